"""Who is left behind in an opened place."""

from __future__ import annotations

import polars as pl

from wholeplace.measure.index import IndexResult
from wholeplace.measure.left_behind.people import People
from wholeplace.measure.left_behind.result import LeftBehind, left_behind
from wholeplace.measure.left_behind.worst import PUBLISHED
from wholeplace.measure.moving import SCHEMA, indicator_values, population
from wholeplace.place import Place
from wholeplace.place.periods import period_middle


def left_behind_of(
    place: Place, index: IndexResult, *, worst: str = "10", by: str = "", second: str = "", draws: int | None = None
) -> LeftBehind:
    """Count who lives in the worst-off areas of a built index; see `left_behind` for what it is not.

    The ranges of ranks come from `uncertainty_of` with `draws` draws (the index file's when None).
    """
    from wholeplace.measure.uncertainty import uncertainty_of

    ranges = not worst.startswith(PUBLISHED)  # which has no use for them
    scores = uncertainty_of(index, draws=draws).frame if ranges else index.frame
    people = people_of(place, index.spec.geography)
    return left_behind(scores, index.spec, people, worst=worst, by=by, second=second)


def people_of(place: Place, geography: str) -> People:
    """What a place holds of its people on one geography, figures moved there by look-ups included."""
    named = {name for one in place.groupings.values() for name in (*one.members, one.whole) if name}
    frames = [
        indicator_values(place, name, geography=geography).select(pl.lit(name).alias("indicator"), *SCHEMA)
        for name in sorted(named)
    ]
    values = pl.concat([pl.DataFrame(schema={"indicator": pl.String, **SCHEMA}), *frames])
    latest = max((key.period for key in place.series), key=period_middle, default="2021")
    living = population(place, geography, latest)
    if living is None:
        living = pl.DataFrame(schema={"area": pl.String, "population": pl.Float64, "period": pl.String})
    living = living.select(pl.lit(geography).alias("geography"), "area", "population",
                           pl.col("period").alias("population_period"))  # fmt: skip
    return People(values, place.indicators, living, place.groupings, place.crosstabs)
