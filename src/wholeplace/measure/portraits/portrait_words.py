"""What a portrait says in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wholeplace.measure.portraits.portrait_spec import PortraitSpec
from wholeplace.place.findings import counted

Row = Mapping[str, Any]
#: Of each ring: what the limit is called, what being on its wrong side is called, and what it is to keep it.
_RINGS = {
    "social": ("social floor", "is short of its social floor in", "below the floor"),
    "ecological": ("ecological ceiling", "is beyond its ecological ceiling in", "beyond the ceiling"),
}


def share_words(gap: float) -> str:
    """A gap in per cent; what rounds to nothing without being it says so."""
    if 0 < gap < 0.0005:
        return "under 0.1%"
    return f"{100 * gap:,.1f}%" if gap < 1 else f"{100 * gap:,.0f}%"


def summarise_portrait(name: str, spec: PortraitSpec, rows: Sequence[Row]) -> tuple[str, ...]:
    """Sentences on one area from its rows of dimensions: each ring with its worst, what is unsure, what is not there.

    Parameters
    ----------
    name
        What the area is called.
    spec
        The portrait.
    rows
        Its rows of `Portrait.frame`.
    """
    told = [
        sentence for ring in _RINGS if (sentence := _ring(name, [row for row in rows if row["ring"] == ring], ring))
    ]
    strict = {one.id for one in spec.dimension if one.nobody}
    if of_nobody := [row["name"] for row in rows if row["gap"] and row["dimension"] in strict]:
        which = listed(of_nobody) if len(of_nobody) < 4 else f"{len(of_nobody)} of those short of it"
        told.append(f"In {which} a floor is that nobody goes without, so that anybody who does makes a shortfall.")
    unsure = [row["name"] for row in rows if row["gap"] and row["gap_lower95"] == 0]
    if unsure:
        verb = "is" if len(unsure) == 1 else "are"
        chance = "on the wrong side by no more than chance can do: the 95% interval reaches the limit"
        told.append(f"{listed(unsure)} {verb} {chance}.")
    bare = [row["name"] for row in rows if row["gap"] and row["gap_lower95"] is None]
    if bare:
        which = f"in {listed(bare)}" if len(bare) < 4 else f"in {len(bare)} of those on the wrong side"
        told.append(f"Nobody says how sure the figures are {which}: they are published without an interval.")
    without = [row["name"] for row in rows if row["gap"] is None]
    if without:
        told.append(f"Without a figure here, and drawn hatched: {listed(without)}. No figure does not mean no problem.")
    return tuple(told)


def portrait_in_brief(rows: Sequence[Row]) -> str:
    """`short of 10 of 11 floors, beyond 4 of 7 ceilings`: of the dimensions of one area that have figures."""
    told = []
    for ring, words, what in (("social", "short of", "floor"), ("ecological", "beyond", "ceiling")):
        known = [row["gap"] > 0 for row in rows if row["ring"] == ring and row["gap"] is not None]
        if known:
            told.append(f"{words} {sum(known)} of {counted(len(known), what)}")
    return ", ".join(told) or "no figures"


def _ring(name: str, rows: Sequence[Row], ring: str) -> str:
    """One sentence on a ring, if the portrait has it."""
    if not rows:
        return ""
    limit, wrong, side = _RINGS[ring]
    known = [row for row in rows if row["gap"] is not None]
    if not known:
        return f"No {'social' if ring == 'social' else 'ecological'} dimension has figures for {name}."
    missed = sorted((row for row in known if row["gap"] > 0), key=lambda row: -row["gap"])
    of = f"{counted(len(known), f'{ring} dimension')} with figures"
    if not missed:
        return f"{name} keeps its {limit} in all {of}."
    worst = listed([f"{row['name']} ({share_words(row['gap'])} {side}{_ends(row)})" for row in missed[:2]])
    largest = "the largest gaps" if len(missed) > 1 else "the gap"
    return f"{name} {wrong} {len(missed)} of {of}; {largest}: {worst}."


def _ends(row: Row) -> str:
    """The interval of a gap, where it has one."""
    lower, upper = row["gap_lower95"], row["gap_upper95"]
    if lower is None or upper is None:
        return ""
    return f", 95% interval {share_words(lower)} to {share_words(upper)}"


def listed(words: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
