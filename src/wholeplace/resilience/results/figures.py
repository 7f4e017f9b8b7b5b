"""The tables of a result, from the summary of its trials."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from wholeplace.resilience.results.products import steady_product
from wholeplace.resilience.results.quantiles import LEVELS
from wholeplace.resilience.results.summary import Summary

Floats = NDArray[np.float64]
#: The parts of a mean, and of one with quantiles.
ESTIMATE = ("mean", "se")
SPREAD = (*ESTIMATE, *LEVELS)
#: With fewer trials down than this a figure stands on little.
FEW_TRIALS = 10
#: Of an item: name of a figure -> its parts; () for a number by itself.
ITEM_FIGURES: dict[str, tuple[str, ...]] = {
    "p_down": (),
    "p_down_se": (),
    "downtime_h": SPREAD,
    "outages": ESTIMATE,
    "longest_outage_h": SPREAD,
    "p_over_rto": (),
    "p_over_rto_se": (),
    "p_over_max_tolerable": (),
    "p_over_max_tolerable_se": (),
    "person_hours_lost": SPREAD,
}
#: Areas are worked out so many at a time.
_AREAS_AT_ONCE = 4096


def columns_of(figure: str, parts: tuple[str, ...]) -> list[str]:
    """The columns that a figure has in a table."""
    return [f"{figure}_{part}" for part in parts] or [figure]


def item_schema() -> dict[str, pl.DataType]:
    """Columns of a table of items."""
    figures = [name for figure, parts in ITEM_FIGURES.items() for name in columns_of(figure, parts)]
    numbers: dict[str, pl.DataType] = {name: pl.Float64() for name in figures}
    return {"item": pl.String(), **numbers, "few": pl.Boolean(), "effective_trials": pl.Float64()}


def item_figures(summary: Summary) -> pl.DataFrame:
    """One row an item, in code-point order, with the columns of `item_schema`; null where there is no figure."""
    watched, moments = summary.watched, summary.moments
    at, quantile = watched.columns, summary.quantiles()
    users = np.full(len(watched.items), np.nan)
    users[watched.service_at] = watched.users.total
    found: dict[str, Floats] = {}
    for figure, where in (("downtime_h", at.downtime), ("longest_outage_h", at.longest)):
        found |= {f"{figure}_mean": moments.mean[where], f"{figure}_se": moments.se[where]}
        found |= {f"{figure}_{level}": quantile[where, number] for number, level in enumerate(LEVELS)}
    found |= {"outages_mean": moments.mean[at.outages], "outages_se": moments.se[at.outages]}
    found["p_down"], found["p_down_se"] = summary.p_down
    for figure, where, limit in (
        ("p_over_rto", at.over_rto, watched.rto_h),
        ("p_over_max_tolerable", at.over_max_tolerable, watched.max_tolerable_h),
    ):
        for name, numbers in zip((figure, f"{figure}_se"), summary.share(where), strict=True):
            found[name] = np.where(np.isnan(limit), np.nan, numbers)
    found |= {f"person_hours_lost_{part}": found[f"downtime_h_{part}"] * users for part in SPREAD}
    frame = pl.DataFrame(
        {
            "item": pl.Series(watched.items, dtype=pl.String),
            **found,
            "few": summary.hits < FEW_TRIALS,
            "effective_trials": summary.effective_trials if summary.weighted else np.full(len(users), np.nan),
        }
    )
    return frame.select(*item_schema()).with_columns(pl.col(pl.Float64).fill_nan(None)).sort("item")


def person_hours_by_area(summary: Summary) -> pl.DataFrame:
    """geography, area, name, person_hours_lost_mean, person_hours_lost_se; null where nobody knows who lives there."""
    users = summary.watched.users
    mean, se = _people_without(summary, users.by_area, 0)
    known = users.areas["known"].to_numpy()
    return users.areas.select(
        "geography",
        "area",
        "name",
        pl.Series("person_hours_lost_mean", np.where(known, mean, np.nan)).fill_nan(None),
        pl.Series("person_hours_lost_se", np.where(known, se, np.nan)).fill_nan(None),
    )


def person_hours_by_group(summary: Summary) -> pl.DataFrame:
    """group, person_hours_lost_mean, person_hours_lost_se, in code-point order; groups overlap and do not add up."""
    users = summary.watched.users
    mean, se = _people_without(summary, users.by_group, users.by_area.shape[1])
    return pl.DataFrame(
        {
            "group": pl.Series(users.groups, dtype=pl.String),
            "person_hours_lost_mean": pl.Series(mean, dtype=pl.Float64).fill_nan(None),
            "person_hours_lost_se": pl.Series(se, dtype=pl.Float64).fill_nan(None),
        }
    )


def _people_without(summary: Summary, people: csr_array, first: int) -> tuple[Floats, Floats]:
    """Mean person-hours of areas or groups (a column each of `people`), with standard errors.

    The variance of what an area loses is u'Cu, with u its people by set of users and C the covariance of the hours of
    these sets: trials x areas are never there at once. Where there are too many sets they were added up trial by trial
    instead, and stand from the number `first` on.
    """
    moments, sets = summary.moments, summary.watched.columns.sets
    if not summary.watched.by_sets:
        here = slice(sets.start + first, sets.start + first + people.shape[1])
        return moments.mean[here], moments.se[here]
    mean = people.T @ moments.mean[sets]
    if moments.n < 2:
        return mean, np.full(people.shape[1], np.nan)
    covariance = moments.together / (moments.n - 1) / moments.n
    spread = np.empty(people.shape[1])
    by_column = people.T.tocsr()
    for start in range(0, len(spread), _AREAS_AT_ONCE):
        some = by_column[start : start + _AREAS_AT_ONCE].toarray()
        spread[start : start + _AREAS_AT_ONCE] = (steady_product(some, covariance) * some).sum(axis=1)
    return mean, np.sqrt(np.maximum(spread, 0.0))
