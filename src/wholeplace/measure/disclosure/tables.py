"""What is about to be published: counts by area and category, the totals beside them, and the rules of the place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.place import Findings

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Names of the groupings that every table has: each member for itself, and all of them together.
EACH, ALL = "each", "all"


@dataclass(frozen=True)
class Rules:
    """What a place counts as safe.

    Parameters
    ----------
    threshold
        Counts from 1 to `threshold` - 1 are hidden, and nobody may work out any hidden count to within an interval
        narrower than `threshold`.
    rounding_base
        Multiples that published counts are rounded to where a method rounds; 1 leaves them as they are.
    zeros
        "shown": a count of nobody is published, and readers know that no hidden count is 0. "hidden": zeros are hidden
        like small counts (where it harms people to know that nobody, hence everybody else, has a property).
    """

    threshold: int = 10
    rounding_base: int = 5
    zeros: Literal["shown", "hidden"] = "shown"

    def __post_init__(self) -> None:
        findings = Findings()
        if self.threshold < 2:
            findings.error(
                "threshold", f"`threshold` is {self.threshold}: give 2 or more, so that a count of 1 is hidden"
            )
        if self.rounding_base < 1:
            findings.error("rounding", f"`rounding_base` is {self.rounding_base}: give 1 (no rounding) or more")
        if self.zeros not in {"shown", "hidden"}:
            findings.error("zeros", f"`zeros` is {self.zeros!r}: give 'shown' or 'hidden'")
        findings.raise_errors("disclosure rules")

    @property
    def lowest_hidden(self) -> int:
        """The smallest count that a reader must reckon with behind a hidden cell."""
        return 1 if self.zeros == "shown" else 0

    def small(self, counts: Ints) -> Mask:
        """Which counts are hidden for what they are."""
        return (counts >= self.lowest_hidden) & (counts < self.threshold)


@dataclass(frozen=True)
class Grouping:
    """One way of gathering areas (or categories): `of[i]` is the group that member i belongs to."""

    name: str
    groups: tuple[str, ...]
    of: Ints

    @property
    def size(self) -> int:
        return len(self.groups)


@dataclass(frozen=True)
class Release:
    """A table as it will be published: every group of `rows` crossed with every group of `columns`.

    `counts` are whole people by base area and category, whether or not these are published themselves. A cell of the
    release is a row group and a column group; arrays of cells are (row groups, column groups), groupings one after the
    other in the order given.
    """

    name: str
    areas: tuple[str, ...]
    categories: tuple[str, ...]
    counts: Ints
    rows: tuple[Grouping, ...]
    columns: tuple[Grouping, ...]

    def values(self) -> Ints:
        """The true count of every cell."""
        by_row = np.concatenate([summed(self.counts, grouping) for grouping in self.rows])
        return np.concatenate([summed(by_row.T, grouping) for grouping in self.columns]).T

    def labels(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """(grouping, group) of every row and of every column of cells."""
        return _labels(self.rows), _labels(self.columns)


def _labels(groupings: Sequence[Grouping]) -> list[tuple[str, str]]:
    return [(grouping.name, group) for grouping in groupings for group in grouping.groups]


def summed(counts: Ints, grouping: Grouping) -> Ints:
    """Rows of counts added up by group."""
    sums = np.zeros((grouping.size, counts.shape[1]), dtype=np.int64)
    np.add.at(sums, grouping.of, counts)
    return sums


def count_table(
    frame: pl.DataFrame,
    *,
    name: str,
    area: str = "area",
    categories: Sequence[str] | None = None,
    levels: Sequence[str] = (),
    bands: Mapping[str, Mapping[str, str]] | None = None,
    publish_areas: bool = True,
    publish_categories: bool = True,
    row_totals: bool = True,
    grand_total: bool = True,
) -> Release:
    """Make a release from a frame with a row per area and a column of counts per category.

    Parameters
    ----------
    frame
        Column `area`, one column for each of `levels` naming the larger area of each area, the rest (or `categories`)
        whole counts of people, none missing.
    levels
        Larger areas that are published too, such as ward.
    bands
        Coarser categories that are published too: name of the set of bands -> {category: band}.
    publish_areas, publish_categories
        Whether areas and categories themselves are in the release, or only what they add up to.
    row_totals, grand_total
        Whether the total over categories is published, and the row of the whole place.

    Raises
    ------
    FindingsError
        Counts that are missing, negative or not whole; areas twice; a category without a band; all in one report.
    """
    bands = dict(bands or {})
    taken = list(categories) if categories is not None else [c for c in frame.columns if c not in {area, *levels}]
    findings = Findings(file=name)
    _check_frame(frame, findings, area=area, levels=levels, categories=taken, bands=bands)
    findings.raise_errors("table of counts")
    areas = tuple(frame[area].cast(pl.String))
    rows = [_each(areas)] if publish_areas else []
    rows += [_grouping(level, frame[level].cast(pl.String).to_list()) for level in levels]
    columns = [_each(tuple(taken))] if publish_categories else []
    columns += [_grouping(band, [bands[band][category] for category in taken]) for band in bands]
    rows += [_grouping(ALL, [ALL] * len(areas))] if grand_total or not rows else []
    columns += [_grouping(ALL, [ALL] * len(taken))] if row_totals or not columns else []
    counts = frame.select(pl.col(taken).cast(pl.Int64)).to_numpy().astype(np.int64, copy=True)
    return Release(name, areas, tuple(taken), counts, tuple(rows), tuple(columns))


def _each(members: tuple[str, ...]) -> Grouping:
    return Grouping(EACH, members, np.arange(len(members)))


def _grouping(name: str, group_of: Sequence[str]) -> Grouping:
    groups = tuple(dict.fromkeys(group_of))
    position = {group: index for index, group in enumerate(groups)}
    return Grouping(name, groups, np.array([position[group] for group in group_of], dtype=np.int64))


def _check_frame(
    frame: pl.DataFrame,
    findings: Findings,
    *,
    area: str,
    levels: Sequence[str],
    categories: Sequence[str],
    bands: Mapping[str, Mapping[str, str]],
) -> None:
    missing = [column for column in (area, *levels, *categories) if column not in frame.columns]
    for column in missing:
        findings.error("column", f"has no column {column!r}; it has {', '.join(frame.columns)}", column=column)
    if frame.is_empty() or not categories:
        findings.error("empty", "has no counts: give at least one area and one column of counts")
    if missing:
        return
    for column in (area, *levels):
        for row in np.flatnonzero(frame[column].is_null().to_numpy()):
            findings.error("key", "is empty: name the area", row=int(row) + 2, column=column)
    for twice in frame.filter(frame[area].is_duplicated())[area].unique().to_list():
        findings.error("key-twice", "is in more than one row; an area has one row", column=area, value=str(twice))
    for column in categories:
        _check_counts(frame[column], findings)
    for band, of in bands.items():
        for category in categories:
            if category not in of:
                findings.error("band", f"gives no band for the category {category!r}", column=band, value=category)


def _check_counts(column: pl.Series, findings: Findings) -> None:
    if not column.dtype.is_numeric():
        findings.error("count", f"holds {column.dtype}, not counts", column=column.name)
        return
    value = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    with np.errstate(invalid="ignore"):
        wrong = ~((value >= 0) & (value == np.floor(value)) & (value < 2**40))
    rows = np.flatnonzero(wrong)
    told = (
        ("is not a whole count of people, 0 or more", int(row) + 2, None if np.isnan(value[row]) else f"{value[row]:g}")
        for row in rows
    )
    findings.several("error", "count", told, total=len(rows), file=findings.file or "", column=column.name)
