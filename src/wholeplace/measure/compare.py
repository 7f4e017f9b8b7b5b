"""Compare two indices area by area: who moved, how far, and which parts did it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from wholeplace.errors import WholeplaceError
from wholeplace.measure.aggregate import effective_weights
from wholeplace.measure.index import Floats, IndexResult, spearman
from wholeplace.measure.index_spec import ROOT


class NotComparableError(WholeplaceError, ValueError):
    """Two indices that share no areas."""


@dataclass(frozen=True)
class Comparison:
    """`frame`: area, score_before, score, rank_before, rank, rank_change (positive: nearer to rank 1), decile_before,
    decile, main_part and main_part_change (the part at the top level that moved the score most), in order of the size
    of the move. `spearman` is the rank correlation of the areas in both; the rest are named in only_before, only_after.
    """

    before: str
    after: str
    frame: pl.DataFrame
    spearman: float
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]

    def _repr_html_(self) -> str:
        counted = f"{self.frame.height} areas in both, rank correlation {self.spearman:.3f}"
        head = f"<p>{self.before} to {self.after}: {counted}</p>"
        return head + self.frame._repr_html_()


def compare(before: IndexResult, after: IndexResult) -> Comparison:
    """Compare two built indices on the areas that both have.

    Ranks are those within each index. Where the sets of areas differ (another vintage), a code that both have is taken
    for the same area, which boundary changes can make untrue: `only_before` and `only_after` name the rest.

    Raises
    ------
    NotComparableError
        When no area is in both.
    """
    columns = ["area", "score", "rank", "decile"]
    left = before.frame.select(columns).rename({name: f"{name}_before" for name in columns[1:]})
    joined = left.join(after.frame.select(columns), on="area", how="inner")
    if joined.is_empty():
        raise NotComparableError(f"{before.spec.id} and {after.spec.id} have no area in common")
    changes = _part_changes(before, after, joined["area"])
    joined = joined.with_columns(
        (pl.col("rank_before") - pl.col("rank")).alias("rank_change"), changes["main_part"], changes["main_part_change"]
    )
    joined = joined.select(
        "area", "score_before", "score", "rank_before", "rank", "rank_change", "decile_before", "decile",
        "main_part", "main_part_change",
    )  # fmt: skip
    order = joined.sort(pl.col("rank_change").abs(), "area", descending=[True, False], nulls_last=True)
    first, second = set(before.frame["area"]), set(after.frame["area"])
    same = spearman(
        joined["score_before"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
        joined["score"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
    )
    return Comparison(
        before.spec.id, after.spec.id, order, same, tuple(sorted(first - second)), tuple(sorted(second - first))
    )


def _contributions(result: IndexResult, areas: pl.Series) -> dict[str, Floats]:
    """What each part at the top level adds to the score of some areas."""
    rows = (
        pl.DataFrame({"area": areas})
        .join(pl.DataFrame({"area": result.areas}).with_row_index("i"), on="area", how="left", maintain_order="left")[
            "i"
        ]
        .to_numpy()
    )
    children = result.root.children
    scores = np.column_stack([result.scores[child.id][rows] for child in children])
    weights = effective_weights(result.root, np.isfinite(scores))
    return {child.id: weights[:, i] * np.nan_to_num(scores[:, i]) for i, child in enumerate(children)}


def _part_changes(before: IndexResult, after: IndexResult, areas: pl.Series) -> pl.DataFrame:
    old, new = _contributions(before, areas), _contributions(after, areas)
    shared = [part for part in new if part in old]
    if not shared:
        nothing = pl.lit(None, pl.String)
        return pl.select(nothing.alias("main_part"), pl.lit(None, pl.Float64).alias("main_part_change")).clear(
            len(areas)
        )
    change = np.column_stack([new[part] - old[part] for part in shared])
    most = np.argmax(np.abs(np.nan_to_num(change)), axis=1)
    return pl.DataFrame(
        {
            "main_part": [shared[i] for i in most],
            "main_part_change": pl.Series(change[np.arange(len(most)), most]).fill_nan(None),
        }
    )


def reweigh(result: IndexResult, weights: dict[str, float]) -> pl.DataFrame:
    """Score an index again with other weights of some parts (part id -> weight, 0 or more).

    Returns
    -------
    frame
        area, score, rank, decile, rank_before, rank_change (positive: nearer to rank 1), in order of rank.

    Raises
    ------
    NotComparableError
        When a part is not there, a weight is negative, or all weights of a level are 0.
    """
    from dataclasses import replace

    from wholeplace.measure.aggregate import Node, combine
    from wholeplace.measure.index import rank_scores

    unknown = sorted(set(weights) - set(result.scores) | {part for part in weights if part == ROOT})
    if unknown:
        raise NotComparableError(f"the index {result.spec.id} has no part {', '.join(unknown)}")
    if any(not weight >= 0 or not np.isfinite(weight) for weight in weights.values()):
        raise NotComparableError("a weight is a number of 0 or more")

    def changed(node: Node) -> Node:
        children = tuple(changed(child) for child in node.children)
        if children and not any(child.weight for child in children):
            raise NotComparableError("at least one weight of each level must be above 0")
        return replace(node, weight=weights.get(node.id, node.weight), children=children)

    score = combine(changed(result.root), result.normalised)[ROOT][result.inside]
    rank, decile = rank_scores(score, result.spec.rank_1)
    frame = pl.DataFrame(
        {
            "area": result.areas.filter(pl.Series(result.inside)),
            "score": pl.Series(score).fill_nan(None),
            "rank": pl.Series(rank).fill_nan(None).cast(pl.Int64),
            "decile": pl.Series(decile).fill_nan(None).cast(pl.Int64),
        }
    )
    old = result.frame.select("area", pl.col("rank").alias("rank_before"))
    frame = frame.join(old, on="area", how="left")
    return frame.with_columns((pl.col("rank_before") - pl.col("rank")).alias("rank_change")).sort(
        "rank", "area", nulls_last=True
    )
