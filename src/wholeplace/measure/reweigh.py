"""Score an index again with other weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from wholeplace.errors import WholeplaceError
from wholeplace.measure.aggregate import Node, combine
from wholeplace.measure.index import IndexResult
from wholeplace.measure.index_spec import ROOT
from wholeplace.measure.ranks import deciles, rank_scores


class WeightsError(WholeplaceError, ValueError):
    """Weights that an index cannot be scored with."""


def reweigh(result: IndexResult, weights: dict[str, float]) -> pl.DataFrame:
    """Score an index again with other weights of some parts (part id -> weight, 0 or more).

    Returns
    -------
    frame
        area, score, rank, decile, rank_before, rank_change (positive: nearer to rank 1), in order of rank.

    Raises
    ------
    WeightsError
        When a part is not there, a weight is negative, or all weights of a level are 0.
    """
    unknown = sorted(set(weights) - (set(result.scores) - {ROOT}))
    if unknown:
        raise WeightsError(f"the index {result.spec.id} has no part {', '.join(unknown)}")
    if any(not weight >= 0 or not np.isfinite(weight) for weight in weights.values()):
        raise WeightsError("a weight is a number of 0 or more")

    def changed(node: Node) -> Node:
        children = tuple(changed(child) for child in node.children)
        if children and not any(child.weight for child in children):
            raise WeightsError("at least one weight of each level must be above 0")
        return replace(node, weight=weights.get(node.id, node.weight), children=children)

    score = combine(changed(result.root), result.normalised, inside=result.inside)[ROOT][result.inside]
    rank = rank_scores(score, rank_1=result.spec.rank_1)
    frame = pl.DataFrame(
        {
            "area": result.areas.filter(pl.Series(result.inside)),
            "score": pl.Series(score).fill_nan(None),
            "rank": pl.Series(rank).fill_nan(None).cast(pl.Int64),
            "decile": pl.Series(deciles(rank)).fill_nan(None).cast(pl.Int64),
        }
    )
    old = result.frame.select("area", pl.col("rank").alias("rank_before"))
    frame = frame.join(old, on="area", how="left")
    return frame.with_columns((pl.col("rank_before") - pl.col("rank")).alias("rank_change")).sort(
        "rank", "area", nulls_last=True
    )
