"""Sum an index of small areas up for the larger areas they lie in."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.measure.index import IndexResult
from wholeplace.measure.index_spec import ROOT
from wholeplace.measure.moving import population, targets
from wholeplace.place import PLACE, Place
from wholeplace.place.periods import period_middle

Floats = NDArray[np.float64]

SCHEMA = {
    "geography": pl.String,
    "area": pl.String,
    "name": pl.String,
    "areas": pl.Int64,
    "population": pl.Float64,
    "average_score": pl.Float64,
    "average_rank": pl.Float64,
    "share_decile_1": pl.Float64,
    "extent": pl.Float64,
    "local_concentration": pl.Float64,
}


def summarise(place: Place, result: IndexResult) -> pl.DataFrame:
    """Population-weighted summaries of an index for every larger geography and the place.

    Assumes that everybody in a small area shares its score; larger areas hide their differences, which is why extent
    and concentration stand beside the averages. Ranks are among all areas the index is ranked in (the source's where
    it has a reference rank).

    Returns
    -------
    frame
        geography, area, name, areas (how many have a score), population (people in them), average_score;
        average_rank (ranks turned round, so that rank 1 of n counts n: higher means more people in top-ranked areas);
        share_decile_1 (of small areas, 0 to 1); extent (share of people in top-ranked areas: weight 1 in the top 10 %,
        then 0.95 falling evenly to 0.05 over percentiles 11 to 30); local_concentration (average of the turned ranks of
        the top-ranked areas that hold 10 % of the people). Empty when no population is known.

    References
    ----------
    English Indices of Deprivation 2019, Research Report, section 3.8: summary measures for higher-level areas.
    """
    latest = max((leaf.period for leaf in result.leaves), key=period_middle, default="")
    people = population(
        place, result.spec.geography, result.spec.period if period_middle(result.spec.period) else latest
    )
    frames = [pl.DataFrame(schema=SCHEMA)]
    if people is None:
        return frames[0]
    ranked = _ranked(result).join(people.select("area", "population"), on="area", how="left")
    for target in targets(place):
        route = None if target == result.spec.geography else place.routes.find(result.spec.geography, target)
        if route is None:
            continue
        rows = route.frame.join(ranked, left_on="from_area", right_on="area").filter(
            pl.col("score").is_not_null() & (pl.col("population") * pl.col("weight") > 0)
        )
        names = pl.DataFrame({"area": [place.settings.code], "name": [place.settings.name]})
        if target != PLACE:
            names = place.geographies[target].areas
        records = [{"area": area, **_summary(part)} for (area,), part in rows.group_by("to_area", maintain_order=True)]
        if records:
            found = pl.DataFrame(records).join(names, on="area", how="left").with_columns(geography=pl.lit(target))
            frames.append(found.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()).sort("area"))
    return pl.concat(frames)


def _ranked(result: IndexResult) -> pl.DataFrame:
    """Score, rank, and the number of areas ranked, by area."""
    rank = "reference_rank" if "reference_rank" in result.frame.columns else "rank"
    scored = int(np.isfinite(result.scores[ROOT]).sum()) if rank != "rank" else result.frame["rank"].count()
    return result.frame.select("area", "score", pl.col(rank).alias("rank"), pl.lit(scored).alias("n"))


def _summary(rows: pl.DataFrame) -> dict[str, object]:
    people = (rows["population"] * rows["weight"]).to_numpy()
    rank, n = rows["rank"].to_numpy().astype(float), int(rows["n"][0])
    turned = n + 1 - rank
    percentile = np.ceil(100 * rank / n - 1e-9)
    total = people.sum()
    return {
        "areas": rows.height,
        "population": float(total),
        "average_score": float((rows["score"].to_numpy() * people).sum() / total),
        "average_rank": float((turned * people).sum() / total),
        "share_decile_1": float((percentile <= 10).mean()),
        "extent": float((extent_weight(percentile) * people).sum() / total),
        "local_concentration": _concentration(turned, people),
    }


def extent_weight(percentile: Floats) -> Floats:
    """Weight of an area in the extent: 1 to the 10th percentile, then 0.95 falling evenly to 0.05 at the 30th."""
    falling = 0.95 - (percentile - 11) * 0.9 / 19
    return np.where(percentile <= 10, 1.0, np.where(percentile <= 30, falling, 0.0))


def _concentration(turned: Floats, people: Floats) -> float:
    """Average turned rank over the top-ranked areas that hold exactly a tenth of the people (the last in part)."""
    order = np.argsort(-turned, kind="stable")
    tenth = people.sum() / 10
    before = np.cumsum(people[order]) - people[order]
    taken = np.clip(tenth - before, 0.0, people[order])
    return float((turned[order] * taken).sum() / tenth)
