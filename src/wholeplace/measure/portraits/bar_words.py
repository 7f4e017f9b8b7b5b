"""What a digital bar says in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wholeplace.measure.portraits.bar_spec import KINDS, BarSpec
from wholeplace.measure.portraits.portrait_words import listed, share_words

Row = Mapping[str, Any]
#: What those below a demand lack.
LACKS = {
    "device": "the device it asks for",
    "bandwidth": "the connection it asks for",
    "skill": "the skill it asks for",
    "space": "the private place it asks for",
    "cost": "the money it asks for",
    "confidence": "the confidence it asks for",
}
_BARE = "a figure is published without an interval"


def summarise_bar(name: str, spec: BarSpec, demands: Sequence[Row], bounds: Sequence[Row]) -> tuple[str, ...]:
    """Sentences on one area from its rows of `Bar.demands` and `Bar.frame`.

    Parameters
    ----------
    name
        What the area is called.
    spec
        The bar.
    demands, bounds
        The area's rows.
    """
    made = [one for one in spec.demand if one.made]
    if not made:
        return (f"{spec.name} demands nothing of the six.",)
    known = {row["kind"] for row in demands if row["share"] is not None}
    measured, verb = str(len(known)) if known else "none", "has" if len(known) == 1 else "have"
    told = [
        f"{spec.name} makes {len(made)} of the {len(KINDS)} demands a service can make "
        f"({listed(list(KINDS))}); {measured} of them {verb} a figure in {name}."
    ]
    told += [_bound(row) for row in bounds if row["least"] is not None]
    absent = [one.kind for one in made if one.kind not in known]
    if not known:
        told.append("So nobody is counted here, and nothing says how many are below it.")
    elif absent:
        told.append(
            f"What it asks of {listed(absent)} has no figure in {name}: "
            "who falls short in that only is not counted here."
        )
    if len({row["unit"] for row in bounds}) > 1:
        told.append(
            "Figures of different units stand apart: a household below and an adult below cannot be added, and an "
            "adult whose household is below is among the adults only by lacks of their own."
        )
    return tuple(told)


def _bound(row: Row) -> str:
    people = f" ({row['least_count']:,.0f})" if row["least_count"] is not None else ""
    if row["of"] == 1:
        below = f"{share_words(row['least'])} of {row['unit']}{people}"
        one = f"{below} are below its one measured demand: they lack {LACKS[row['largest']]}"
        if row["least_lower95"] is None or row["most_upper95"] is None:
            return f"{one}; {_BARE}."
        return f"{one} (95% interval {share_words(row['least_lower95'])} to {share_words(row['most_upper95'])})."
    least = f"{share_words(row['least'])} of {row['unit']}{people}"
    start = f"At least {least} are below it: so many lack {LACKS[row['largest']]}"
    if row["most"] is None:
        have = "has" if row["known"] == 1 else "have"
        known = f"{row['known']} of its {row['of']} measured demands on them {have} a figure here"
        return f"{start}; {known}, so that the most cannot be told."
    most = f" ({row['most_count']:,.0f})" if row["most_count"] is not None else ""
    told = (
        f"{start}; at most {share_words(row['most'])}{most} are below at least one of its {row['of']} measured demands."
    )
    if row["least_lower95"] is None or row["most_upper95"] is None:
        return f"{told} Nobody says how sure that is: {_BARE}."
    ends = f"{share_words(row['least_lower95'])} to {share_words(row['most_upper95'])}"
    return f"{told} With the 95% intervals of the figures: {ends}."
