"""Rates and ratios that are compared as if areas had people of the same ages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from wholeplace.measure.intervals import byar
from wholeplace.measure.values.estimate import (
    Estimate,
    Floats,
    Limits,
    ValuesError,
    estimate,
    numbers,
    refuse,
    statuses,
    worst_status,
)

#: With fewer events a directly standardised rate says little, and its interval cannot be trusted.
FEWEST_EVENTS = 10
#: The bands of five years that health statistics of the United Kingdom are published by; the last is open.
FIVE_YEAR_BANDS = tuple(range(0, 95, 5))
_EUROPEAN = Path(__file__).with_name("european_standard_population_2013.csv")


@lru_cache
def _european() -> tuple[tuple[int, int], ...]:
    return tuple(pl.read_csv(_EUROPEAN).iter_rows())


def european_standard_population(first_ages: Sequence[int] = FIVE_YEAR_BANDS) -> Floats:
    """People of the European Standard Population 2013 in age bands that begin at these ages, the last one open.

    Of 100,000 people from age 0 on. A model of the EU's age structure: no real population.

    Raises
    ------
    ValuesError
        When a band begins inside one of its own (0, 1, 5, 10 … 95), which cannot be divided.

    References
    ----------
    Eurostat (2013), Revision of the European Standard Population, Methodologies and working papers.

    Examples
    --------
    >>> european_standard_population([0, 15, 65]).tolist()
    [16000.0, 64500.0, 19500.0]
    """
    ages, people = np.array(_european()).T
    wrong = [age for age in first_ages if age not in ages]
    if wrong or list(first_ages) != sorted(set(first_ages)) or not len(first_ages):
        listed = ", ".join(map(str, ages))
        raise ValuesError(f"age bands must begin at some of {listed}, in order; these do not: {list(first_ages)}")
    band = np.searchsorted(first_ages, ages, side="right") - 1
    inside = band >= 0
    return np.bincount(band[inside], weights=people[inside], minlength=len(first_ages)).astype(np.float64)


def standardised_rate(
    count: ArrayLike,
    population: ArrayLike,
    standard: ArrayLike,
    *,
    multiplier: float = 100_000.0,
    status: ArrayLike | None = None,
) -> Estimate:
    """Directly standardised rate: the rate an area would have with the ages of a standard population.

    Assumes that rates by age differ between areas by about the same factor; where they cross, one number hides it.
    Events must be independent. Rates on different standard populations cannot be compared.

    Parameters
    ----------
    count, population
        Events, and people or person-years, by age band in the last axis; NaN is missing.
    standard
        People of the standard population in the same bands: `european_standard_population`, or a place's own.
    multiplier
        The rate is per this many.
    status
        Status codes of the counts by band: a rate with any suppressed band is suppressed.

    Returns
    -------
    estimate
        Rates with Dobson's interval on Byar's limits; withheld below 10 events, and where a band has nobody.
        `denominator` is the whole population.

    Raises
    ------
    ValuesError
        When a number is negative, there are events where nobody is, or bands and standard do not match.

    References
    ----------
    Dobson A J, Kuulasmaa K, Eberle E, Scherer J (1991), Stat. Med. 10:457-462; Breslow and Day (1987), p. 69.
    """
    x, n = np.broadcast_arrays(numbers(count), numbers(population))
    w = numbers(standard)
    if w.ndim != 1 or x.shape[-1:] != w.shape:
        raise ValuesError(f"there are {x.shape[-1] if x.ndim else 0} age bands and {w.size} of the standard population")
    refuse(
        {
            "counts below 0": x < 0,
            "populations below 0": n < 0,
            "events where nobody is": (n == 0) & (x > 0),
            "standard populations that are not 0 or more": ~(w >= 0),
        }
    )
    by_band = statuses((x, n), status)
    events = x.sum(axis=-1)
    share = w / w.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (share * x / n).sum(axis=-1) * multiplier
        spread = np.sqrt((share**2 * x / n**2).sum(axis=-1) / events) * multiplier

    def limits(level: float) -> Limits:
        lower, upper = byar(events, level=level)
        return value + spread * (lower - events), value + spread * (upper - events)

    few = f"fewer than {FEWEST_EVENTS} events"
    withheld = np.where((n == 0).any(axis=-1), "an age band without people", np.where(events < FEWEST_EVENTS, few, ""))
    return estimate("other", value, limits, worst_status(by_band), withheld=withheld,
                    count=events, denominator=n.sum(axis=-1))  # fmt: skip


def expected_events(population: ArrayLike, reference_count: ArrayLike, reference_population: ArrayLike) -> Floats:
    """Events expected in each area if the reference's rates by age held there; age bands in the last axis."""
    n, x0, n0 = numbers(population), numbers(reference_count), numbers(reference_population)
    refuse({"populations below 0": n < 0, "counts below 0": x0 < 0, "reference populations not above 0": ~(n0 > 0)})
    expected: Floats = (n * (x0 / n0)).sum(axis=-1)
    return expected


def standardised_ratio(
    observed: ArrayLike, expected: ArrayLike, *, multiplier: float = 100.0, status: ArrayLike | None = None
) -> Estimate:
    """Indirectly standardised ratio (of deaths: SMR): events observed against those expected, the reference at 100.

    For areas too small for a directly standardised rate. Two areas can each be compared with the reference, but not
    with each other: each is weighted by its own ages. The reference's rates are taken as known without error.

    Parameters
    ----------
    observed
        Events.
    expected
        Events at the reference's rates: `expected_events`.
    multiplier
        100, or 1; the crude rate of the reference gives the indirectly standardised rate.

    Returns
    -------
    estimate
        Ratios with Byar's intervals, exact below 10 events; where nothing is expected a ratio cannot exist.

    References
    ----------
    Breslow and Day (1987), p. 65-72; Ulm (1990).
    """
    o, e = np.broadcast_arrays(numbers(observed), numbers(expected))
    refuse({"events below 0": o < 0, "expected events below 0": e < 0, "events where none can be": (e == 0) & (o > 0)})

    def limits(level: float) -> Limits:
        lower, upper = byar(o, level=level)
        with np.errstate(invalid="ignore", divide="ignore"):
            return lower / e * multiplier, upper / e * multiplier

    with np.errstate(invalid="ignore", divide="ignore"):
        value = o / e * multiplier
    return estimate("rate", value, limits, statuses((o, e), status, nobody=e == 0), count=o, denominator=e)
