"""Take scores apart to the last indicator, so that the pieces add up to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.errors import WholeplaceError
from wholeplace.measure.aggregate import Floats, Node, effective_weights
from wholeplace.measure.index import IndexResult
from wholeplace.measure.index_spec import ROOT, PartSection
from wholeplace.place import Place
from wholeplace.place.findings import did_you_mean

#: What the row of the whole index is called; a part of this id stands further down, at a depth of 1 or more.
WHOLE = "index"
SCHEMA = {
    "area": pl.String,
    "part": pl.String,
    "name": pl.String,
    "depth": pl.Int64,
    "indicator": pl.String,
    "period": pl.String,
    "value": pl.Float64,
    "lower95": pl.Float64,
    "upper95": pl.Float64,
    "unit": pl.String,
    "status": pl.String,
    "score": pl.Float64,
    "weight": pl.Float64,
    "contribution": pl.Float64,
    "adjustment": pl.Float64,
}


class UnknownAreaError(WholeplaceError, KeyError):
    """An area code that is not there."""

    def __str__(self) -> str:
        return str(self.args[0])


def explain(place: Place, result: IndexResult, area: str | None = None) -> pl.DataFrame:
    """Say what each part adds to the score of an area (of every area when `area` is None).

    Returns
    -------
    frame
        One row an area and part, depth first, the whole index first (depth 0): for leaves the raw value with its
        interval, unit and status; the part's `score` after normalising and turning; its `weight` as written; its
        `contribution` to the final score; and for a group the `adjustment`: what its score has beyond the weighted sum
        of its parts because it is no arithmetic mean or is normalised again. For each area the contributions of the
        leaves and the adjustments of the groups add up to the score.

    Raises
    ------
    UnknownAreaError
        When the index has no such area.

    Notes
    -----
    Contributions say how the arithmetic of the index works, not what causes what.
    """
    keep = result.inside if area is None else result.inside & (result.areas == area).to_numpy()
    if not keep.any():
        near = did_you_mean(str(area), result.areas.filter(pl.Series(result.inside)))
        raise UnknownAreaError(f"the index {result.spec.id} has no area {area!r}{near}")
    scores = {part: values[keep] for part, values in result.scores.items()}
    shares: dict[str, Floats] = {ROOT: np.ones(int(keep.sum()))}
    adjustments: dict[str, Floats] = {}
    for node in result.root.walk():
        if node.children:
            _share_out(node, scores, shares, adjustments)
    codes = result.areas.filter(pl.Series(keep))
    order = [(ROOT, 0), *((part.id, depth) for part, depth, _ in result.spec.parts())]
    sections = {part.id: part for part, _, _ in result.spec.parts()}
    frames = []
    for number, (part, depth) in enumerate(order):
        columns = _leaf_columns(place, result, part, keep) if part in sections else {"name": result.spec.name}
        if part in sections and sections[part].part:
            columns = {"name": sections[part].name or part}
        frame = pl.DataFrame({"area": codes, "score": scores[part], "contribution": shares[part] * scores[part]})
        extra = {"adjustment": adjustments[part]} if part in adjustments else {}
        frame = frame.with_columns(
            pl.lit(part or WHOLE).alias("part"),
            pl.lit(depth).alias("depth"),
            pl.lit(number).alias("_order"),
            pl.lit(sections[part].weight if part in sections else 1.0).alias("weight"),
            *(_column(name, value) for name, value in {**columns, **extra}.items()),
        )
        absent = [pl.lit(None, kind).alias(name) for name, kind in SCHEMA.items() if name not in frame.columns]
        frame = frame.with_columns(absent)
        frames.append(frame.select("_order", *(pl.col(name).cast(kind) for name, kind in SCHEMA.items())))
    table = pl.concat(frames).sort("area", "_order").drop("_order")
    return table.with_columns(pl.col(pl.Float64).fill_nan(None))


def _column(name: str, value: str | NDArray[Any]) -> pl.Expr | pl.Series:
    return pl.lit(value).alias(name) if isinstance(value, str) else pl.Series(name, value)


def _leaf_columns(
    place: Place, result: IndexResult, part: str, keep: NDArray[np.bool_]
) -> dict[str, str | NDArray[Any]]:
    leaf = next((leaf for leaf in result.leaves if leaf.part == part), None)
    if leaf is None:
        return {}
    section = next(section for section, _ in result.spec.leaves() if section.id == part)
    return {
        "name": part_name(place, section),
        "indicator": leaf.indicator,
        "period": leaf.period,
        "unit": place.indicators[leaf.indicator].unit,
        "value": leaf.value[keep],
        "lower95": leaf.lower95[keep],
        "upper95": leaf.upper95[keep],
        "status": leaf.status.filter(pl.Series(keep)).to_numpy(),
    }


def part_name(place: Place, part: PartSection) -> str:
    """What a part is called: its own name, its indicator's, or its id."""
    indicator = place.indicators.get(part.indicator)
    return part.name or (indicator.name if indicator else part.id)


def _share_out(
    node: Node, scores: dict[str, Floats], shares: dict[str, Floats], adjustments: dict[str, Floats]
) -> None:
    """Pass a group's share of the final score on to its children, and note what their weighted sum leaves over."""
    below = np.column_stack([scores[child.id] for child in node.children])
    weights = effective_weights(node, np.isfinite(below))
    for column, child in enumerate(node.children):
        shares[child.id] = shares[node.id] * weights[:, column]
    left = shares[node.id] * (scores[node.id] - np.nansum(weights * below, axis=1))
    adjustments[node.id] = np.where(np.abs(left) < 1e-12, 0.0, left)
