"""Life expectancy from deaths and people by age: the abridged life table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy.special import ndtri

from wholeplace.measure.values.estimate import (
    Estimate,
    Floats,
    Limits,
    Texts,
    ValuesError,
    estimate,
    numbers,
    refuse,
    statuses,
    worst_status,
)

#: First ages of the bands that the Office for National Statistics uses: under 1, 1-4, then five years, 90 and over.
LIFE_TABLE_AGES = (0, 1, *range(5, 95, 5))
#: Below so many person-years a life expectancy is not robust (Toson and Baker 2003).
FEWEST_PERSON_YEARS = 5_000
#: A life expectancy whose 95 % interval is wider is not given.
WIDEST_INTERVAL_YEARS = 20.0
#: Of the years of a band, how much those who die in it live: a tenth in the first year of life, else half.
_LIVED_FIRST, _LIVED = 0.1, 0.5


@dataclass(frozen=True)
class LifeTable:
    """Life expectancies at the first age of every band, for every area; arrays are areas x ages.

    `years` has the estimates, with deaths and person-years from that age on; `standard_error` is their error in years;
    `death_risk` is the chance to die within the band (q), `survivors` those of 100,000 born who reach it (l),
    `years_lived` (L) what they live in it. `ages` are the first ages.
    """

    ages: tuple[int, ...]
    years: Estimate
    standard_error: Floats
    death_risk: Floats
    survivors: Floats
    years_lived: Floats

    def at(self, age: int) -> pl.DataFrame:
        """Life expectancy at one first age, a row an area: value, limits, status, withheld."""
        if age not in self.ages:
            raise ValuesError(f"there is no band that begins at {age}; there are: {', '.join(map(str, self.ages))}")
        k = self.ages.index(age)
        rows = self.years.frame.with_row_index("row")
        width = len(self.ages)
        return rows.filter(pl.col("row") % width == k).drop("row")


def life_table(
    deaths: ArrayLike,
    person_years: ArrayLike,
    *,
    ages: Sequence[int] = LIFE_TABLE_AGES,
    status: ArrayLike | None = None,
) -> LifeTable:
    """Abridged period life tables by Chiang's method, as the Office for National Statistics makes them.

    The years that a newborn would live if the death rates of the period stayed as they are: no forecast for anybody.
    People move, so that in a small area it tells who lives there (a care home shortens it) as well as how long.

    Parameters
    ----------
    deaths, person_years
        By area and age band (last axis); people in the middle of the year x years; NaN is missing.
    ages
        First ages of the bands: 0, 1 and on; the last band is open.
    status
        Status codes of the deaths: an area with any suppressed band is suppressed.

    Returns
    -------
    table
        Years, higher is longer. Withheld with 5,000 person-years or fewer, a band without people, more deaths than
        person-years in a band, nobody dead in the last band, or a 95 % interval of over 20 years.

    Raises
    ------
    ValuesError
        When the bands do not match, or a number is negative.

    References
    ----------
    Chiang C L (1968), Introduction to Stochastic Processes in Biostatistics, ch. 9, and (1984), The Life Table and its
    Applications (II); Newell C (1994), Methods and Models in Demography, p. 63-81; the variance of the last band:
    Silcocks P B S, Jenner D A, Reza R (2001), J. Epidemiol. Community Health 55:38-43; limits: Toson B and Baker A
    (2003), National Statistics Methodological Series 33; Eayres D and Williams E S (2004), J. Epidemiol. Community
    Health 58:243-249.
    """
    d, n = np.broadcast_arrays(np.atleast_2d(numbers(deaths)), np.atleast_2d(numbers(person_years)))
    first = list(ages)
    if first[:2] != [0, 1] or first != sorted(set(first)) or d.shape[-1] != len(first):
        raise ValuesError(
            "the bands of a life table begin with the first year of life (0, then 1), in order, with one number each; "
            f"there are {d.shape[-1]} numbers for the first ages {', '.join(map(str, first))}"
        )
    refuse({"deaths below 0": d < 0, "person-years below 0": n < 0})
    known = worst_status(statuses((d, n), None if status is None else np.atleast_2d(status)))
    reason = _reasons(d, n)
    usable = (known == "A") & (reason == "")
    table = _Columns.of(np.where(usable[:, None], d, np.nan), np.where(usable[:, None], n, np.nan), first)
    wide = 2 * float(ndtri(0.975)) * table.standard_error > WIDEST_INTERVAL_YEARS
    too_wide = f"95 % interval wider than {WIDEST_INTERVAL_YEARS:g} years"
    withheld = np.where(wide, too_wide, reason[:, None])

    def limits(level: float) -> Limits:
        reach = float(ndtri(0.5 + level / 2)) * table.standard_error
        return table.years - reach, table.years + reach

    by_age = np.broadcast_to(known[:, None], d.shape)
    used = [np.cumsum(part[:, ::-1], axis=-1)[:, ::-1] for part in (d, n)]
    years = estimate("other", table.years, limits, by_age, withheld=withheld, count=used[0], denominator=used[1])
    return LifeTable(tuple(first), years, table.standard_error, table.q, table.survivors, table.lived)


def _reasons(d: Floats, n: Floats) -> Texts:
    """Why no life table is made of an area, "" where one is; the first reason that holds."""
    total = n.sum(axis=-1)
    reasons = (
        (total <= FEWEST_PERSON_YEARS, f"{FEWEST_PERSON_YEARS:,} person-years or fewer"),
        ((n == 0).any(axis=-1), "an age band without people"),
        ((d > n).any(axis=-1), "more deaths than person-years in an age band"),
        (d[..., -1] == 0, "nobody died in the last age band"),
    )
    return np.select([rows for rows, _ in reasons], [words for _, words in reasons], default="")


@dataclass(frozen=True)
class _Columns:
    """The columns of life tables, by area and band."""

    q: Floats
    survivors: Floats
    lived: Floats
    years: Floats
    standard_error: Floats

    @staticmethod
    def of(d: Floats, n: Floats, first: list[int]) -> _Columns:
        m = d / n
        a = np.where(np.array(first) == 0, _LIVED_FIRST, _LIVED)
        width = np.empty_like(m)
        width[:, :-1] = np.diff(first)
        width[:, -1] = 2 / m[:, -1]  # everybody dies in the last band, on average after 1/m
        q = np.minimum(width * m / (1 + width * (1 - a) * m), 1.0)
        reached = np.cumprod(1 - q[:, :-1], axis=-1)
        survivors = 100_000 * np.concatenate([np.ones_like(q[:, :1]), reached], axis=-1)
        dying = survivors * q
        lived = width * (survivors - (1 - a) * dying)
        lived[:, -1] = survivors[:, -1] / m[:, -1]
        to_come = np.cumsum(lived[:, ::-1], axis=-1)[:, ::-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            years = np.where(survivors == 0, 0.0, to_come / survivors)
            variance_q = np.where(d > 0, q**2 * (1 - q) / d, 0.0)
            after = np.concatenate([years[:, 1:], np.full_like(q[:, :1], np.nan)], axis=-1)
            parts = variance_q * survivors**2 * ((1 - a) * width + after) ** 2
            parts[:, -1] = survivors[:, -1] ** 2 / (d[:, -1] * m[:, -1] ** 2)  # Silcocks: (l/2)² x 4 / (d m²)
            error = np.sqrt(np.cumsum(parts[:, ::-1], axis=-1)[:, ::-1]) / survivors
        return _Columns(q, survivors, lived, years, error)
