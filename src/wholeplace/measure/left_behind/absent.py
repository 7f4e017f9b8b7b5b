"""Who is not in the data: areas without a score, suppressed and missing figures, groups that nobody counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from wholeplace.measure.left_behind.counting import Count
from wholeplace.measure.left_behind.people import Group, People
from wholeplace.measure.left_behind.words import among_worst, first_upper
from wholeplace.measure.left_behind.worst import WorstOff
from wholeplace.place.findings import counted
from wholeplace.place.groupings import Grouping

#: So many codes are named; the rest are counted.
_NAMED = 5


@dataclass(frozen=True)
class Absence:
    """Somebody who is not in the data: `what` kind of gap it is, `text` in a sentence."""

    what: str
    text: str


def not_in_the_data(
    people: People,
    geography: str,
    by: str,
    second: str,
    worst: WorstOff,
    rows: Sequence[tuple[Group, Count]],
    without: Sequence[str],
) -> list[Absence]:
    """List who the figures leave out: named, never filled in."""
    found = [*_without_score(people, geography, worst)]
    for group, count in rows:
        who = f"{group.label} who are also {group.second}" if group.second else group.label
        for kind, number, inside in (
            ("suppressed", count.suppressed, count.suppressed_in),
            ("missing", count.missing, count.missing_in),
        ):
            if number:
                text = f"{first_upper(who)}: {kind} in {counted(number, 'area')}, {among_worst(inside)}."
                found.append(Absence(kind, text))
    found += [
        Absence("no figures", f"{first_upper(label)}: this place holds no counts of them for these areas.")
        for label in without
    ]
    names = [one for one in dict.fromkeys((by, second)) if one]
    for grouping in (people.groupings[name] for name in names):
        if grouping.not_counted:
            found.append(Absence("not counted", grouping.not_counted))
        found += _caveats(people, grouping)
    return found


def _caveats(people: People, grouping: Grouping) -> list[Absence]:
    """The caveats of the indicators of a grouping, each once, with the groups it is said of."""
    said: dict[str, list[str]] = {}
    for name, label in grouping.members.items():
        if people.indicators[name].caveats:
            said.setdefault(people.indicators[name].caveats, []).append(label)
    return [Absence("caveat", f"{first_upper(', '.join(labels))}: {text}") for text, labels in said.items()]


def _without_score(people: People, geography: str, worst: WorstOff) -> list[Absence]:
    codes = worst.without_score
    if not codes:
        return []
    rows = people.population.filter((pl.col("geography") == geography) & pl.col("area").is_in(codes))
    known = rows["population"].drop_nulls()
    living = f", where {known.sum():,.0f} people live" if len(known) == len(codes) else ""
    listed = ", ".join(codes[:_NAMED]) + (" …" if len(codes) > _NAMED else "")
    text = (
        f"{counted(len(codes), 'area')} without a score{living}: nobody can say whether they are worst off ({listed})."
    )
    return [Absence("no score", text)]
