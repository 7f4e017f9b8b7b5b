"""Deaths and person-years of the demo place's wards by age: life tables of them tell the published figures."""

from __future__ import annotations

import numpy as np
import polars as pl

from wholeplace.place.demo.landscape import Floats
from wholeplace.place.demo.people import PERIODS, People
from wholeplace.place.demo.town import Town

PERIOD, YEARS = "2020/2024", 5
#: First ages of the bands that life tables are made of; the last is open.
FIRST_AGES = np.array([0, 1, *range(5, 95, 5)])
_OLDEST = 120


def make_deaths(town: Town, people: People, life_expectancy: pl.DataFrame) -> pl.DataFrame:
    """Make a long table of deaths and person-years: area, age, count, population; `*` where the ward's is suppressed.

    Death rates are the usual curve over age, raised or lowered in each ward until they give its published life
    expectancy; deaths are what these rates mean for its people, rounded so that no death is lost over the ages.
    """
    published = life_expectancy.filter(pl.col("period") == PERIOD)
    target = published["value"].fill_null(published["value"].mean()).to_numpy()
    by_age = sum(people.by_age[period] for period in PERIODS) / len(PERIODS)
    in_band = np.stack([part.sum(axis=1) for part in np.split(by_age, FIRST_AGES[1:], axis=1)], axis=1)
    of_ward = [np.bincount(town.ward, column, len(town.ward_codes)) for column in in_band.T]
    person_years = np.rint(YEARS * np.stack(of_ward, axis=1)).astype(np.int64)
    whole = np.rint(np.cumsum(_rates(target) * person_years, axis=1)).astype(np.int64)
    deaths = np.diff(whole, axis=1, prepend=0)
    bands = len(FIRST_AGES)
    hidden = np.repeat((published["status"] == "Q").to_numpy(), bands)
    frame = pl.DataFrame(
        {
            "area": np.repeat(town.ward_codes, bands),
            "period": [PERIOD] * hidden.size,
            "age": np.tile([_band_name(k) for k in range(bands)], len(town.ward_codes)),
            "count": deaths.ravel(),
            "population": person_years.ravel(),
        }
    )
    shown = pl.when(pl.lit(pl.Series(hidden))).then(pl.lit("*")).otherwise(pl.col("count").cast(pl.String))
    return frame.with_columns(shown.alias("count"))


def _band_name(k: int) -> str:
    first = FIRST_AGES[k]
    if k == len(FIRST_AGES) - 1:
        return f"{first}+"
    last = FIRST_AGES[k + 1] - 1
    return f"{first}-{last}" if last > first else f"{first}"


def _rates(target: Floats) -> Floats:
    """Death rates by band at which people live so long: wards x bands."""
    age = np.arange(_OLDEST)
    usual = 0.00012 + 0.000022 * np.exp(0.1 * age)
    usual[0] = 0.0038
    low, high = np.full(len(target), -3.0), np.full(len(target), 3.0)
    for _ in range(40):  # halve the stretch that the right factor lies in
        middle = (low + high) / 2
        too_long = _years_lived(usual, middle).sum(axis=1) > target
        low, high = np.where(too_long, middle, low), np.where(too_long, high, middle)
    reached, lived = _survivors(usual, low), _years_lived(usual, low)
    ends = np.concatenate([reached[:, FIRST_AGES], np.zeros((len(target), 1))], axis=1)
    rates: Floats = -np.diff(ends, axis=1) / np.add.reduceat(lived, FIRST_AGES, axis=1)
    return rates


def _survivors(usual: Floats, factor: Floats) -> Floats:
    """Share of those born who reach each age, and the one after the last."""
    hazard = np.cumsum(usual * np.exp(factor)[:, None], axis=1)
    reached: Floats = np.exp(-np.concatenate([np.zeros((len(factor), 1)), hazard], axis=1))
    return reached


def _years_lived(usual: Floats, factor: Floats) -> Floats:
    """Years lived at each age for one born."""
    reached = _survivors(usual, factor)
    lived: Floats = (reached[:, :-1] + reached[:, 1:]) / 2
    return lived
