"""Shares and rates are the count in other clothes: what a printed figure tells about the count behind it."""

from __future__ import annotations

import math

import polars as pl

from wholeplace.measure.disclosure.protect import Protected
from wholeplace.measure.disclosure.report import CELL, printable


def counts_behind(figure: float, *, denominator: int, multiplier: float = 100.0, decimals: int = 1) -> tuple[int, int]:
    """The least and the most people that a printed share or rate can stand for, its denominator known.

    The figure is count / denominator x multiplier, rounded to `decimals`; a half may have been rounded either way.

    Raises
    ------
    ValueError
        No whole count gives the figure.
    """
    half = 0.5 * 10.0**-decimals
    slack = 1e-9 * max(1.0, abs(figure))
    low = math.ceil((figure - half - slack) * denominator / multiplier)
    high = math.floor((figure + half + slack) * denominator / multiplier)
    if low > high:
        raise ValueError(f"no count out of {denominator:,} gives {figure}: check the denominator and the decimals")
    return max(low, 0), high


def hide_derived(figures: pl.DataFrame, protected: Protected, *, value: str = "value") -> pl.DataFrame:
    """Hide every figure that is made from a hidden cell, as numerator or as denominator.

    Parameters
    ----------
    figures
        level, area, set, category of the numerator; where the denominator is a cell of the release too,
        `of_level`, `of_area`, `of_set`, `of_category`; the figure in the column `value`. A complement (the share that
        has not) is a figure of the same cell: give the cell that is counted, or both.
    protected
        The release the figures are made from.

    Raises
    ------
    ValueError
        A figure of a cell that the release does not have, which would be printed unchecked.
    """
    printed = printable(protected).with_columns(_known=pl.lit(True), _shown=pl.col("count").is_not_null()).drop("count")
    keys = [list(CELL)]
    if "of_area" in figures.columns:
        keys.append([f"of_{column}" for column in CELL])
    shown = pl.lit(True)
    for number, key in enumerate(keys):
        names = {"_known": f"_known{number}", "_shown": f"_shown{number}"}
        figures = figures.join(
            printed.rename(names), left_on=key, right_on=list(CELL), how="left", maintain_order="left", nulls_equal=True
        )
        unknown = figures.filter(pl.col(names["_known"]).is_null() & pl.any_horizontal(pl.col(key).is_not_null()))
        if unknown.height:
            first = " / ".join(map(str, unknown.select(key).row(0)))
            raise ValueError(f"{unknown.height:,} figures are of cells that the release does not have, first {first}")
        shown &= pl.col(names["_shown"]).fill_null(True)
    return figures.with_columns(pl.when(shown).then(pl.col(value)).alias(value)).select(
        pl.exclude([f"_{what}{number}" for what in ("known", "shown") for number in range(len(keys))])
    )
