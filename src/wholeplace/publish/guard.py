"""Which figures of a place must not be printed: every table of people protected, with all that is printed beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from wholeplace.measure.disclosure import Grouping, Protected, Published, Release, Rules, protect
from wholeplace.measure.disclosure.tables import ALL, EACH
from wholeplace.place import FindingsError
from wholeplace.publish.counts import Column, Counts, Mask, Use
from wholeplace.publish.relations import Relation, find_relations, small_anywhere

#: Why a figure is hidden, and what the report says of it.
REASONS = {
    "small": "the count is small",
    "others": "those who are not counted are few",
    "total": "what it is counted out of is hidden",
    "before": "an earlier release hides it",
    "elsewhere": "another table of the same people hides it",
    "second": "it would tell another hidden figure",
    "refused": "others tell it, whatever is hidden",
    "gap": "its source holds back a count that it would tell",
}


@dataclass
class Hidden:
    """What is hidden of one column: reasons by (target, area), the target a geography; "" where it is shown."""

    reasons: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, cells: dict[tuple[str, str], str]) -> None:
        for cell, reason in cells.items():
            self.reasons.setdefault(cell, reason)


@dataclass
class Guarded:
    """What was found for one geography and period: hidden cells by column, and columns that cannot be published."""

    counts: Counts
    hidden: dict[int, Hidden]
    refused: dict[int, str]

    def reasons(self, use: Use) -> dict[tuple[str, str], str]:
        """Why cells are hidden where a series prints a column: all that are known when it cannot be published."""
        number = next((n for n, column in enumerate(self.counts.columns) if use in column.uses), None)
        if number is None:
            return {}
        if number in self.refused:
            return dict.fromkeys(self.counts.known_cells(number), "refused")
        return self.hidden[number].reasons


@dataclass(frozen=True)
class Before:
    """What is told of a column outside its table: cells that are shown and hidden, by (target, area).

    `others` are sums of whole areas that the table does not print (a larger area for each area, as `Level.groups`
    writes them), `lost` kinds of area that earlier releases told and the place no longer has; `elsewhere` are cells
    that other tables of this release hide.
    """

    shown: frozenset[tuple[str, str]] = frozenset()
    hidden: frozenset[tuple[str, str]] = frozenset()
    others: tuple[tuple[str, ...], ...] = ()
    lost: tuple[str, ...] = ()
    elsewhere: frozenset[tuple[str, str]] = frozenset()


#: What is told of a column outside its table.
Past = Callable[[Counts, Column], Before]


def guard(counts: Counts, rules: Rules, past: Past | None = None) -> Guarded:
    """Find what must be hidden of the counts of one geography and period, so that no hidden one can be worked out.

    Totals and denominators come first and are then taken as known; what is measured out of a hidden one is hidden. The
    parts of one total are one table. A proportion is a table of two: those counted, and the others.
    """
    return _Guard(counts, rules, past or (lambda counts, column: Before())).run()


class _Guard:
    def __init__(self, counts: Counts, rules: Rules, past: Past) -> None:
        self.counts, self.rules = counts, rules
        self.done = Guarded(counts, {}, {})
        self.past = {number: past(counts, column) for number, column in enumerate(counts.columns)}

    def run(self) -> Guarded:
        columns = self.counts.columns
        relations = find_relations(self.counts)
        for number in self._tangled(relations):
            self.done.refused[number] = "its counts overlap with others in more than one sum, and some are small"
        relations = [one for one in relations if not {one.total, *one.parts} & self.done.refused.keys()]
        part_of = {part: one for one in reversed(relations) for part in one.parts}
        order = {number: self._depth(number, part_of, ()) for number in range(len(columns))}
        for number in sorted(order, key=lambda n: (order[n], n)):
            if number in self.done.hidden or number in self.done.refused:
                continue
            relation = part_of.get(number)
            if relation is not None:
                self._protect(list(relation.parts), relation.total, rest=False)
            else:
                self._protect([number], self._denominator(number), rest=True)
        return self.done

    def _depth(self, number: int, part_of: dict[int, Relation], seen: tuple[int, ...]) -> int:
        """0 for what stands by itself, 1 for the parts of it and what is measured out of it, and so on."""
        above = part_of[number].total if number in part_of else self._denominator(number)
        if above is None or above in seen:
            return 0
        return 1 + self._depth(above, part_of, (*seen, number))

    def _tangled(self, relations: list[Relation]) -> set[int]:
        """Columns that are parts of several sums, where any count that hangs together with them is small."""
        columns = self.counts.columns
        times = Counter(part for one in relations for part in one.parts)
        several = {number for number, count in times.items() if count > 1}
        several |= {one.total for one in relations if one.total in times}
        found: set[int] = set()
        for number in several:
            group, size = {number}, 0
            while len(group) > size:
                size = len(group)
                group |= {n for one in relations if group & {one.total, *one.parts} for n in (one.total, *one.parts)}
            if any(not columns[n].exempt and self._touchy(columns[n]) for n in group):
                found.add(number)
        return {number for number in found if not columns[number].exempt}

    def _touchy(self, column: Column) -> bool:
        small = small_anywhere(column, self.rules.lowest_hidden, self.rules.threshold).any()
        return bool(small or not np.isfinite(column.values).all())

    def _denominator(self, number: int) -> int | None:
        """The column that a count is measured out of, where all its uses agree and nobody is counted twice."""
        uses = [use for use in self.counts.columns[number].uses if use.role == "count"]
        found = {
            other
            for other, column in enumerate(self.counts.columns)
            for use in uses
            if Use(use.key, "denominator") in column.uses and other != number
        }
        return found.pop() if len(found) == 1 else None

    def _protect(self, parts: list[int], total: int | None, *, rest: bool) -> None:
        columns = self.counts.columns
        if all(columns[n].exempt for n in parts):
            for n in parts:
                self.done.hidden[n] = Hidden()
            return
        if total is not None and total in self.done.refused:
            for n in parts:
                self.done.refused[n] = self.done.refused[total]
            return
        values, with_total = self._values(parts, total, rest=rest)
        known: Mask = np.asarray(np.isfinite(values).all(axis=1))
        if not known.any():
            for n in parts:
                self.done.hidden[n] = Hidden(dict.fromkeys(self.counts.known_cells(n), "gap"))
            return
        table = _Table(self.counts, known, values[known].astype(np.int64), with_total=with_total)
        above = self.done.hidden.get(total) if total is not None else None
        told, withheld = self._masks(table, parts, above)
        try:
            protected = protect(table.release, rules=self.rules, earlier=self._earlier(table, parts),
                                told=told, withheld=withheld)  # fmt: skip
        except FindingsError as error:
            told_before = any(self.past[n].shown for n in parts)
            for n in parts:
                self.done.refused[n] = _refusal(error, told_before)
            return
        lost = dict.fromkeys(name for n in parts for name in self.past[n].lost)
        if lost and protected.hidden.any():
            for n in parts:
                self.done.refused[n] = _lost(lost)
            return
        for place, n in enumerate(parts):
            self.done.hidden[n] = Hidden()
            reasons = table.reasons(protected, place, above, self.past[n], complement=rest and with_total)
            self.done.hidden[n].add(reasons)
            self.done.hidden[n].add(self._gaps(table, n))

    def _values(self, parts: list[int], total: int | None, *, rest: bool) -> tuple[np.ndarray, bool]:
        """The columns of a table, with those who are not counted where there are such; whether they make up a total."""
        columns = self.counts.columns
        values = np.column_stack([columns[n].values for n in parts])
        if total is None or not rest:
            return values, total is not None
        with np.errstate(invalid="ignore"):
            others = columns[total].values - values[:, 0]
        if (others[np.isfinite(others)] < 0).any():  # events, not people: one may be counted twice
            return values, False
        return np.column_stack([values, others]), True

    def _masks(self, table: _Table, parts: list[int], above: Hidden | None) -> tuple[Mask, Mask]:
        """Cells that everybody knows, and cells that are hidden for a reason of their own."""
        told, withheld = (np.zeros(table.shape, dtype=bool) for _ in range(2))
        for row, cell in enumerate(table.cells):
            total_hidden = above is not None and cell in above.reasons
            if table.with_total:
                told[row, -1] = not total_hidden
                withheld[row, :] |= total_hidden
            elif total_hidden:
                withheld[row, :] = True
            for place, n in enumerate(parts):
                told[row, place] |= self.counts.columns[n].exempt or cell in self.past[n].shown
                withheld[row, place] |= cell in self.past[n].hidden or cell in self.past[n].elsewhere
        return told, withheld

    def _earlier(self, table: _Table, parts: list[int]) -> list[Published]:
        """Sums of earlier releases over areas that this release does not print."""
        seen = dict.fromkeys(grouping for n in parts for grouping in self.past[n].others)
        return [table.published(grouping, parts, self.past) for grouping in seen]

    def _gaps(self, table: _Table, number: int) -> dict[tuple[str, str], str]:
        """Cells of areas where another column of the table is not known, and sums over such areas."""
        lone = ~table.known & np.isfinite(self.counts.columns[number].values)
        places = [(self.counts.geography, self.counts.areas), *((one.target, one.of) for one in self.counts.levels)]
        return {(target, areas[at]): "gap" for target, areas in places for at in np.flatnonzero(lone) if areas[at]}


class _Table:
    """A release made of some columns, in the areas where all of them are known."""

    def __init__(self, counts: Counts, known: Mask, values: np.ndarray, *, with_total: bool) -> None:
        self.counts, self.known, self.with_total = counts, known, with_total
        self.areas = tuple(area for area, there in zip(counts.areas, known, strict=True) if there)
        labels = [(counts.geography, area) for area in self.areas]
        groupings = [_grouping(EACH, labels)]
        for level in counts.levels:
            missing = {home for home, there in zip(level.of, known, strict=True) if not there and home}
            homes = [home for home, there in zip(level.of, known, strict=True) if there]
            below = labels
            labels = [
                (level.target, home) if home and home not in missing else lower
                for home, lower in zip(homes, below, strict=True)
            ]
            if labels != below:
                groupings.append(_grouping(level.target, labels))
        self.cells = [cell for grouping in groupings for cell in self._labels(grouping)]
        names = tuple(str(n) for n in range(values.shape[1]))
        columns = [Grouping(EACH, names, np.arange(len(names)))]
        if with_total:
            columns.append(Grouping(ALL, (ALL,), np.zeros(len(names), dtype=np.int64)))
        self.release = Release(
            f"{counts.geography} {min(counts.periods)}", self.areas, names, values, tuple(groupings), tuple(columns)
        )

    @staticmethod
    def _labels(grouping: Grouping) -> list[tuple[str, str]]:
        return [(target, area) for target, _, area in (group.partition("\0") for group in grouping.groups)]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.cells), len(self.release.categories) + self.with_total

    def published(self, homes: tuple[str, ...], parts: list[int], past: dict[int, Before]) -> Published:
        """The table as an earlier release printed it for other larger areas; `homes` has the one of each area."""
        held = [home for home, there in zip(homes, self.known, strict=True) if there]
        rows = _grouping("earlier", [tuple(home.split("\0", 1)) for home in held])  # type: ignore[misc]
        columns = self.release.columns[:1]
        release = Release(
            "an earlier release", self.areas, self.release.categories, self.release.counts, (rows,), columns
        )
        hidden = np.ones((rows.size, len(self.release.categories)), dtype=bool)
        for place, n in enumerate(parts):
            hidden[:, place] = [cell not in past[n].shown for cell in self._labels(rows)]
        return Published(release, hidden)

    def reasons(
        self, protected: Protected, place: int, above: Hidden | None, past: Before, *, complement: bool
    ) -> dict[tuple[str, str], str]:
        """Why each hidden cell of one column is hidden."""
        found: dict[tuple[str, str], str] = {}
        for row in np.flatnonzero(protected.hidden[:, place]):
            cell = self.cells[row]
            if protected.small[row, place]:
                reason = "small"
            elif above is not None and cell in above.reasons:
                reason = "total"
            elif protected.before[row, place]:
                reason = "before" if cell in past.hidden else "elsewhere"
            else:
                reason = "others" if complement and protected.small[row, 1] else "second"
            found.setdefault(cell, reason)
        for cell in self.cells if above is not None else ():
            if cell in above.reasons:  # type: ignore[union-attr]
                found.setdefault(cell, "total")
        return found


def _grouping(name: str, labels: list[tuple[str, str]]) -> Grouping:
    groups = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    texts = tuple(f"{target}\0{area}" for target, area in groups)
    return Grouping(name, texts, np.array([groups[label] for label in labels], dtype=np.int64))


def _lost(names: Iterable[str]) -> str:
    kinds = ", ".join(names)
    return (
        f"an earlier release tells sums of it for {kinds}, which place.toml no longer names; keep [[geography]] and "
        "[[lookup]] of that kind of area, so that these sums are taken into account"
    )


def _refusal(error: FindingsError, told_before: bool) -> str:
    if told_before:
        return "an earlier release tells a count that must be hidden now"
    cells = sum(finding.level == "error" for finding in error.findings)
    return f"{cells:,} of its counts can be worked out from what is published anyway, whatever is hidden"
