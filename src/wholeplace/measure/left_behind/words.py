"""What is said of the worst-off areas and of who lives there, in sentences."""

from __future__ import annotations

from wholeplace.measure.left_behind.counting import AT_LEAST, AT_MOST, EXACT, NOT_TOLD, Count
from wholeplace.measure.left_behind.people import Group
from wholeplace.measure.left_behind.worst import PUBLISHED, WorstOff
from wholeplace.place.findings import counted

#: A part that is nearer to that of everybody than this, and published without an interval, is hardly more or fewer.
SLIGHT = 0.05


def percent(share: float) -> str:
    """A share of 0 to 1 in per cent with one decimal; what rounds to nothing or to all without being it says so."""
    if 0 < share < 0.0005:
        return "under 0.1%"
    return "over 99.9%" if 0.9995 <= share < 1 else f"{share:.1%}"


def first_upper(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def amount(number: float | None, kind: str) -> str:
    """`4,120`, `at least 4,120`, or that there is no figure."""
    if number is None:
        return "an unknown number"
    return f"{'at least ' if kind == AT_LEAST else ''}{number:,.0f}"


def headline(index: str, worst: WorstOff, residents: Count | None, period: str) -> list[str]:
    """How many areas are worst off, how sure that is, and how many people live in them."""
    chosen = len(worst.areas)
    if not chosen:
        return [f"No area is in {worst.words} by {index}: {counted(worst.ranked, 'area')} have a rank."]
    said = [f"{chosen:,} of {counted(worst.ranked, 'area')} with a rank are in {worst.words} by {index}."]
    if worst.may_leave is not None:
        said.append(
            f"{worst.may_leave:,} of the {chosen:,} may change places with others: with other reasonable choices in "
            "the index they might not be among the worst off, and "
            f"{counted(worst.may_join or 0, 'other area')} might be."
        )
    else:
        why = "the index is published without ranges"
        if worst.choice.startswith(PUBLISHED):
            why = "the ranges of ranks are known among the areas of this place only"
        said.append(f"How sure it is which areas these are is not known: {why}.")
    if residents is not None and residents.share is not None:
        are = {EXACT: "", AT_LEAST: "at least ", AT_MOST: "at most "}[residents.share_is]
        said.append(
            f"{first_upper(amount(residents.in_areas, residents.in_areas_is))} of "
            f"{amount(residents.everywhere, residents.everywhere_is)} residents ({are}{percent(residents.share)}, "
            f"{period}) live in them."
        )
    return said


def group_sentence(group: Group, count: Count, worst: WorstOff) -> str:
    """How many of a group live in the worst-off areas, of how many, and whether that is more than of everybody."""
    who = f"{group.label} who are also {group.second}" if group.second else group.label
    if count.in_areas is None:
        return f"{first_upper(who)}: no figure for these areas."
    numbers = f"{amount(count.in_areas, count.in_areas_is)} of {amount(count.everywhere, count.everywhere_is)}"
    text = f"{first_upper(who)}: {numbers} ({_share(count)}) live in {worst.words}"
    if count.ratio is None or count.base_share is None:
        return f"{text}{_why(count)}."
    than = {"over": "more than", "under": "fewer than", "alike": "about as many as"}[count.word]
    if count.share_lower95 is None and count.word != "alike" and abs(count.ratio - 1) < SLIGHT:
        than = f"hardly {than}"
    base = group.out_of or "everybody counted"
    return f"{text}, {than} the {percent(count.base_share)} of {base} who do ({count.ratio:.2f} times)."


def _share(count: Count) -> str:
    if count.share is None:
        return "what share that is cannot be told"
    bound = "" if count.share_is == EXACT else f"{count.share_is} "
    if count.share_lower95 is None or count.share_upper95 is None:
        return f"{bound}{percent(count.share)}, published without an interval"
    return f"{percent(count.share)}, 95% interval {percent(count.share_lower95)} to {percent(count.share_upper95)}"


def _why(count: Count) -> str:
    """Why a share is not exact."""
    if not count.suppressed and not count.missing:
        return ""
    parts = [
        f"{counted(number, 'area')} {what}"
        for number, what in ((count.suppressed, "suppressed"), (count.missing, "missing"))
        if number
    ]
    inside = count.suppressed_in + count.missing_in
    return f"; {' and '.join(parts)}, {among_worst(inside)}"


def among_worst(number: int) -> str:
    """How many areas without a figure are worst off: where they are, sums of the worst-off areas are too low."""
    return f"{number:,} of them among the worst off" if number else "none of them among the worst off"


def elsewhere_sentences(group: Group, count: Count, *, in_index: bool = False) -> list[str]:
    """How many of a group live outside the worst-off areas, and how many in them are not of the group.

    `in_index`: the index is made with this figure, so that it puts areas in order by it in part.
    """
    if count.share_is in {NOT_TOLD, AT_LEAST} or count.share is None or not count.everywhere:
        return []
    bound = "at least " if count.share_is == AT_MOST else ""
    outside = count.everywhere - (count.in_areas or 0.0)
    text = (
        f"{first_upper(group.label)}: {bound}{outside:,.0f} of {amount(count.everywhere, count.everywhere_is)} "
        f"({bound}{percent(1 - count.share)}{f', {group.period}' if group.period else ''}) do not live in the "
        "worst-off areas"
    )
    if bound:  # every area without a figure lies outside, so that more of them can only raise the part outside
        text += " (the areas without a figure all lie outside them)"
    base = f"all {group.out_of.removeprefix('all ')}" if group.out_of else "everybody counted"
    if count.base_share is not None:
        most = "at most " if bound else ""
        text += f"; {most}{percent(count.share)} do, against {percent(count.base_share)} of {base}"
    if count.base_in and count.in_areas is not None and count.in_areas_is == EXACT:
        others = percent(1 - count.in_areas / count.base_in)
        text += f". Of {base} in those areas, {others} are not of this group"
    return [f"{text}.{' The index is made with this figure.' if in_index else ''}"]
