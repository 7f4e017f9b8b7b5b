"""Which areas had their boundaries drawn anew between two vintages, as a look-up between them says."""

from __future__ import annotations

import polars as pl

#: What may have become of an area between two vintages.
SAME, RECODED, SPLIT, MERGED, REDRAWN = "same", "new code", "split", "merged", "redrawn"


def boundary_changes(lookup: pl.DataFrame) -> pl.DataFrame:
    """Say what became of each area of the newer vintage.

    A look-up tells which areas hold one another's people, not where a line ran: an area that kept its code and all its
    people may have had its outline moved over empty ground. What it leaves out is not known.

    Parameters
    ----------
    lookup
        from_area, to_area, from the older vintage to the newer; every pair that shares people.

    Returns
    -------
    frame
        area (of the newer vintage), before (the areas it was made from), change: `same` (one to one, one code), `new
        code` (one to one), `split` (a part of one), `merged` (all of several), `redrawn` (parts of several); in code
        order.
    """
    pairs = lookup.select("from_area", "to_area").unique()
    pairs = pairs.with_columns(
        pl.len().over("from_area").alias("parts"), pl.len().over("to_area").alias("sources")
    ).sort("to_area", "from_area")
    one = pl.col("sources") == 1
    whole = pl.col("parts").max() == 1
    found = pairs.group_by("to_area", maintain_order=True).agg(
        pl.col("from_area").alias("before"),
        pl.when(one.first() & whole)
        .then(
            pl.when(pl.col("from_area").first() == pl.col("to_area").first())
            .then(pl.lit(SAME))
            .otherwise(pl.lit(RECODED))
        )
        .when(one.first())
        .then(pl.lit(SPLIT))
        .when(whole)
        .then(pl.lit(MERGED))
        .otherwise(pl.lit(REDRAWN))
        .alias("change"),
    )
    return found.rename({"to_area": "area"}).select("area", "before", "change")
