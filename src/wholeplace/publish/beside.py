"""The same people counted for several kinds of area: what one table hides, no other may tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from wholeplace.measure.disclosure import Rules
from wholeplace.place import Place
from wholeplace.publish.counts import Column, Counts, Level, exact_level
from wholeplace.publish.guard import Before, Guarded, Past, guard

Cell = tuple[str, str]


def guard_all(place: Place, counted: Sequence[Counts], rules: Rules, past: Past) -> list[Guarded]:
    """Guard every geography and time, and those that count the same people for several kinds of area together.

    Tables of one indicator for areas and for wards, as a source gives them, are guarded in turn, each knowing what the
    others hide and print, until nothing more is hidden. What is hidden once stays so, and the cells are finite.
    """
    beside = _Beside(place, counted)
    guarded = [guard(one, rules, past) for one in counted]
    linked = [number for number in range(len(counted)) if beside.has(number)]
    size = -1
    while linked and size != (size := _size(guarded)):
        for number in linked:
            again = guard(counted[number], rules, beside.past(number, guarded, past))
            guarded[number] = _both(guarded[number], again)
    return guarded


def _size(guarded: Sequence[Guarded]) -> int:
    return sum(len(one.refused) + sum(len(hidden.reasons) for hidden in one.hidden.values()) for one in guarded)


def _both(first: Guarded, again: Guarded) -> Guarded:
    """What either run hides, for the reason that was found first."""
    for number, hidden in again.hidden.items():
        if number in first.hidden:
            first.hidden[number].add(hidden.reasons)
        else:
            first.hidden[number] = hidden
    for number, why in again.refused.items():
        first.refused.setdefault(number, why)
    return first


class _Beside:
    """Which columns of different kinds of area count the same people."""

    def __init__(self, place: Place, counted: Sequence[Counts]) -> None:
        self._counted = counted
        self._same: dict[tuple[int, int], set[tuple[int, int]]] = {}
        self._levels: dict[tuple[int, int], Level] = {}
        for fine, one in enumerate(counted):
            for coarse, other in enumerate(counted):
                if one.geography == other.geography or one.periods != other.periods:
                    continue
                level = exact_level(place, one.geography, other.geography)
                if level is not None:
                    pairs = set(_pairs(one, other, level))
                    self._levels[fine, coarse] = level
                    self._same.setdefault((fine, coarse), set()).update(pairs)
                    self._same.setdefault((coarse, fine), set()).update((b, a) for a, b in pairs)

    def has(self, number: int) -> bool:
        """Whether others count people of this one."""
        return any(pairs for (one, _), pairs in self._same.items() if one == number)

    def past(self, number: int, guarded: Sequence[Guarded], past: Past) -> Past:
        """What earlier releases told, and with it what the other tables of this one print and hide."""

        def told(counts: Counts, column: Column) -> Before:
            at = next(n for n, one in enumerate(counts.columns) if one is column)
            found = past(counts, column)
            own = guarded[number].hidden.get(at)
            elsewhere: set[Cell] = set(own.reasons) if own else set()
            shown: set[Cell] = set()
            others: list[tuple[str, ...]] = []
            for (one, other), pairs in self._same.items():
                for match in (b for a, b in pairs if (one, a) == (number, at)):
                    hidden = guarded[other].hidden.get(match)
                    cells = set(hidden.reasons) if hidden else set()
                    elsewhere |= cells
                    if match not in guarded[other].refused and (grouping := self._crossing(number, other)):
                        others.append(grouping)
                        shown |= _printed(self._counted[other], match) - cells
            return replace(
                found,
                shown=found.shown | shown,
                others=tuple(dict.fromkeys([*found.others, *others])),
                elsewhere=frozenset(elsewhere),
            )

        return told

    def _crossing(self, fine: int, coarse: int) -> tuple[str, ...] | None:
        """How areas add up to those of another table, where their sums are not in the table of the areas anyway."""
        level, counts = self._levels.get((fine, coarse)), self._counted[fine]
        if level is None or level.target in {one.target for one in counts.levels}:
            return None
        return level.groups(counts)


def _printed(counts: Counts, column: int) -> set[Cell]:
    known = np.isfinite(counts.columns[column].values)
    return {(counts.geography, area) for area, there in zip(counts.areas, known, strict=True) if there}


def _pairs(fine: Counts, coarse: Counts, level: Level) -> list[tuple[int, int]]:
    """Columns of the same series, and columns that add up to one another in every area."""
    rows = {area: row for row, area in enumerate(coarse.areas)}
    homes = np.array([rows.get(area, -1) for area in level.of])
    names = [{(use.key.indicator, use.key.period, use.role) for use in column.uses} for column in coarse.columns]
    found = []
    for a, column in enumerate(fine.columns):
        sums = np.zeros(len(coarse.areas))
        np.add.at(sums, homes[homes >= 0], column.values[homes >= 0])
        own = {(use.key.indicator, use.key.period, use.role) for use in column.uses}
        for b, other in enumerate(coarse.columns):
            both = np.isfinite(sums) & np.isfinite(other.values)
            if own & names[b] or (both.any() and np.array_equal(sums[both], other.values[both])):
                found.append((a, b))
    return found
