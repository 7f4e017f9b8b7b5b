"""Funnel limits: how far from a benchmark chance alone takes areas of each size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy.special import ndtri, pdtrik

from wholeplace.measure.values.estimate import LEVELS, Floats, Limits, Texts, ValuesError, numbers, refuse


@dataclass(frozen=True)
class Funnel:
    """Limits around a benchmark by denominator (for a ratio: by expected events), in the unit of the value."""

    denominator: Floats
    benchmark: float
    lower95: Floats
    upper95: Floats
    lower998: Floats
    upper998: Floats

    def position(self, value: ArrayLike) -> Texts:
        """Where the value of each denominator lies: low 99.8, low 95, within, high 95, high 99.8, or "" without one."""
        v = np.broadcast_to(numbers(value), self.denominator.shape)
        found = np.where(np.isfinite(v) & np.isfinite(self.lower95), "within", "").astype("U9")
        for level, lower, upper in ((95, self.lower95, self.upper95), (99.8, self.lower998, self.upper998)):
            found[v < lower], found[v > upper] = f"low {level:g}", f"high {level:g}"
        return found

    @property
    def frame(self) -> pl.DataFrame:
        """The limits as a table, in the order of the denominators given."""
        names = ("denominator", "lower95", "upper95", "lower998", "upper998")
        columns = {name: pl.Series(np.ravel(getattr(self, name))).fill_nan(None) for name in names}
        return pl.DataFrame(columns).insert_column(1, pl.lit(self.benchmark).alias("benchmark"))


def proportion_funnel(benchmark: float, denominator: ArrayLike, *, multiplier: float = 1.0) -> Funnel:
    """Funnel limits of proportions: those shares whose Wilson interval just reaches the benchmark.

    Inverting Wilson's interval gives p ± z √(p(1 − p)/n). Assumes nothing but chance makes areas differ: where most
    areas lie outside, they differ by other things (overdispersion), and being outside says little of any one.

    Parameters
    ----------
    benchmark
        The share to compare with, x multiplier: often the sum of counts by the sum of denominators.
    denominator
        People; no limits where there are none.

    References
    ----------
    Spiegelhalter D J (2005), Stat. Med. 24:1185-1202; Public Health England, Technical Guidance on funnel plots.
    """
    n, p = numbers(denominator), benchmark / multiplier
    if not 0 <= p <= 1:
        raise ValuesError(f"the benchmark of a proportion lies from 0 to {multiplier:g}, not {benchmark!r}")
    refuse({"denominators below 0": n < 0})

    def limits(level: float) -> Limits:
        with np.errstate(divide="ignore", invalid="ignore"):
            half = np.where(n > 0, float(ndtri(0.5 + level / 2)) * np.sqrt(p * (1 - p) / n), np.nan)
        return np.maximum(p - half, 0) * multiplier, np.minimum(p + half, 1) * multiplier

    return _funnel(n, benchmark, limits)


def rate_funnel(benchmark: float, denominator: ArrayLike, *, multiplier: float = 100_000.0) -> Funnel:
    """Funnel limits of rates, and of ratios of observed to expected events: exact Poisson limits.

    The limit at a denominator is the rate whose exact interval just reaches the benchmark, with counts taken as
    continuous. Where fewer than 3.7 events are expected, no area is below the lower limit at 95 %: it is 0.

    Parameters
    ----------
    benchmark
        The rate to compare with, per multiplier; for a ratio 100 (multiplier 100) or 1.
    denominator
        People or person-years; for a ratio the expected events; for a directly standardised rate
        multiplier x events / rate.

    References
    ----------
    Spiegelhalter (2005), appendix; Public Health England, Technical Guidance on funnel plots.
    """
    n = numbers(denominator)
    refuse({"denominators below 0": n < 0})
    if benchmark < 0:
        raise ValuesError(f"a rate to compare with is 0 or more, not {benchmark!r}")
    expected = benchmark / multiplier * n

    def limits(level: float) -> Limits:
        tail = (1 - level) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(n > 0, multiplier / n, np.nan)
            fewest, most = pdtrik(tail, expected), pdtrik(1 - tail, expected) + 1  # neither goes below 0 events
        return numbers(fewest * scale), numbers(np.where(expected > 0, most, 0.0) * scale)

    return _funnel(n, benchmark, limits)


def _funnel(n: Floats, benchmark: float, limits: Callable[[float], Limits]) -> Funnel:
    sides = [side for level in LEVELS for side in limits(level)]
    return Funnel(n, float(benchmark), *sides)
