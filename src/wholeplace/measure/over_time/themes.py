"""Two main parts of an index told apart: which areas are above the middle in both, in one, in neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from wholeplace.measure.index import IndexResult

#: Where an area lies: above the middle in both main parts, in the first or second only, in neither.
BOTH, FIRST, SECOND, NEITHER = "both", "first", "second", "neither"


def two_themes(results: Sequence[IndexResult], middles: Mapping[str, float | None]) -> pl.DataFrame | None:
    """Scores of the two main parts of an index in every period, and in which of four fields each area lies.

    The middle is the average of all areas over all periods, the same in each, so that an area can leave a field by
    what it does itself and not because others moved. A score on the middle counts as below it.

    Returns
    -------
    frame
        period, area, first, second, field (both, first, second or neither; null without scores). None for an index of
        more or fewer than two main parts.
    """
    parts = [part.id for part in results[-1].spec.part]
    if len(parts) != 2 or any(middles.get(part) is None for part in parts):
        return None
    over = [pl.col(f"{part}_score") > middles[part] for part in parts]
    field = (
        pl.when(over[0] & over[1]).then(pl.lit(BOTH))
        .when(over[0] & ~over[1]).then(pl.lit(FIRST))
        .when(~over[0] & over[1]).then(pl.lit(SECOND))
        .when(~over[0] & ~over[1]).then(pl.lit(NEITHER))
    )  # fmt: skip
    frames = [
        one.frame.select(
            pl.lit(one.spec.period).alias("period"), "area",
            pl.col(f"{parts[0]}_score").alias("first"), pl.col(f"{parts[1]}_score").alias("second"),
            field.alias("field"),
        )
        for one in results
    ]  # fmt: skip
    return pl.concat(frames)
