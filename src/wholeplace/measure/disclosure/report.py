"""A protected release as tables: what may be printed, and, for the council alone, what was hidden and why."""

from __future__ import annotations

import numpy as np
import polars as pl

from wholeplace.measure.disclosure.protect import Protected
from wholeplace.measure.disclosure.rounding import rounded
from wholeplace.measure.disclosure.tables import Grouping, Mask, Release

#: What names a cell: the level of its area and the area, the set of its category and the category.
CELL = ("level", "area", "set", "category")


def printable(protected: Protected, *, rounding: bool = False) -> pl.DataFrame:
    """The release to print: level, area, set, category, count; null where hidden.

    With `rounding` every count that is left is rounded to the nearest multiple of the rules' base. It then tells
    less than the exact ones would, so that what is hidden stays so; totals need not add up any more.
    """
    values = protected.release.values()
    if rounding:
        values = rounded(values, protected.rules.rounding_base)
    count = pl.Series("count", values.ravel())
    return cell_names(protected.release).with_columns(
        count=pl.when(pl.Series(protected.hidden.ravel())).then(None).otherwise(count)
    )


def cell_names(release: Release) -> pl.DataFrame:
    """A row per cell of a release, in the order of its arrays."""
    rows, columns = _named(release.rows, "level", "area"), _named(release.columns, "set", "category")
    return rows.join(columns, how="cross", maintain_order="left_right")


def _named(groupings: tuple[Grouping, ...], grouping: str, group: str) -> pl.DataFrame:
    pairs = [(one.name, name) for one in groupings for name in one.groups]
    return pl.DataFrame(pairs, schema={grouping: pl.String, group: pl.String}, orient="row")


def hidden_cells(protected: Protected) -> pl.DataFrame:
    """Every hidden cell and why. Not for publication: the reason alone says that a count is small.

    Returns
    -------
    frame
        level, area, set, category, count, reason (small; before: an earlier release hides it; second: it would tell
        another), protects (the cell it would tell, where it is one of this release), margin (the sums by which it
        would: those of its own area, of its own category, or a longer way round).
    """
    named = cell_names(protected.release)
    at = np.flatnonzero(protected.hidden.ravel())
    other = protected.because.ravel()[at]
    second = ~(protected.small | protected.before).ravel()[at]
    other = np.where(second, other, -1)
    text = pl.concat_str(CELL, separator=" / ")
    found = named[at].with_columns(
        count=pl.Series(protected.release.values().ravel()[at]),
        reason=pl.Series(np.where(second, "second", np.where(protected.small.ravel()[at], "small", "before"))),
    )
    protects = named[np.maximum(other, 0)]
    same_area, same_category = (_same(found, protects, pair) for pair in (CELL[:2], CELL[2:]))
    margin = np.where(same_area, "sum over categories", np.where(same_category, "sum over areas", "several sums"))
    margin = np.where(other >= 0, margin, np.where(second, "sums with other releases", ""))
    return found.with_columns(
        protects=pl.when(pl.Series(other >= 0)).then(protects.select(text).to_series()),
        margin=pl.when(pl.Series(margin != "")).then(pl.Series(margin)),
    )


def _same(found: pl.DataFrame, other: pl.DataFrame, columns: tuple[str, ...]) -> Mask:
    same = np.ones(found.height, dtype=bool)
    for column in columns:
        same &= (found[column] == other[column]).to_numpy()
    return same


def summary(protected: Protected) -> pl.DataFrame:
    """Cells and hidden cells per level of areas, and how many people are in them. Not for publication.

    Returns
    -------
    frame
        level, set, cells, hidden, small, before, second, people (in hidden cells), share_hidden (of people, 0 to 1).
    """
    flat = {"small": protected.small & protected.hidden, "before": protected.before, "hidden": protected.hidden}
    values = protected.release.values()
    frame = cell_names(protected.release).with_columns(
        pl.Series("value", values.ravel()), *(pl.Series(name, mask.ravel()) for name, mask in flat.items())
    )
    return (
        frame.group_by("level", "set", maintain_order=True)
        .agg(
            pl.len().alias("cells"),
            pl.col("hidden", "small", "before").sum(),
            people=pl.col("value").filter(pl.col("hidden")).sum(),
            all_people=pl.col("value").sum(),
        )
        .with_columns(
            second=pl.col("hidden") - pl.col("small") - pl.col("before"),
            share_hidden=pl.when(pl.col("all_people") > 0).then(pl.col("people") / pl.col("all_people")),
        )
        .select("level", "set", "cells", "hidden", "small", "before", "second", "people", "share_hidden")
    )
