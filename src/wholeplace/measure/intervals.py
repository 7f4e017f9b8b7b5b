"""Confidence intervals of public-health practice: Wilson for proportions, Byar and exact Poisson for counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv, ndtri

Floats = NDArray[np.float64]


def wilson(count: ArrayLike, denominator: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson score interval of a proportion.

    Assumes independent people and a denominator known without error. Not for rates that may exceed 1.

    Parameters
    ----------
    count, denominator
        People with the property, and all people; count <= denominator.
    level
        Confidence level, 0 to 1.

    Returns
    -------
    lower, upper
        Shares from 0 to 1; NaN where the denominator is 0, missing, or smaller than the count.

    References
    ----------
    Wilson E B (1927), J. Am. Stat. Assoc. 22:209-212; Newcombe R G (1998), Stat. Med. 17:857-872.
    """
    x, n = np.asarray(count, dtype=float), np.asarray(denominator, dtype=float)
    z = float(ndtri(0.5 + level / 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        n = np.where((n > 0) & (x >= 0) & (x <= n), n, np.nan)
        centre = 2 * x + z * z
        half = z * np.sqrt(z * z + 4 * x * (1 - x / n))
        lower, upper = (centre - half) / (2 * (n + z * z)), (centre + half) / (2 * (n + z * z))
    return np.maximum(lower, 0.0), np.minimum(upper, 1.0)


def byar(count: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Interval of a Poisson count: Byar's approximation, and the exact one below 10 events.

    Divide by the denominator and multiply for a rate. Assumes independent events; not for proportions near 1.

    Returns
    -------
    lower, upper
        In events; NaN where the count is missing or negative. At 0 events the lower limit is 0.

    References
    ----------
    Breslow N E and Day N E (1987), Statistical Methods in Cancer Research II, p. 69 (Byar);
    exact limits from the chi-square distribution, Ulm K (1990), Am. J. Epidemiol. 131:373-375.
    """
    x = np.asarray(count, dtype=float)
    tail = (1 - level) / 2
    z = float(ndtri(1 - tail))
    with np.errstate(invalid="ignore", divide="ignore"):
        x = np.where(x >= 0, x, np.nan)
        lower = x * (1 - 1 / (9 * x) - z / (3 * np.sqrt(x))) ** 3
        upper = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * np.sqrt(x + 1))) ** 3
        few = x < 10  # exact: the chi-squared quantile of 2a degrees of freedom is twice the inverse of gamma(a)
        exact_lower = np.where(x > 0, gammaincinv(np.where(x > 0, x, 1), tail), 0.0)
        exact_upper = gammaincinv(x + 1, 1 - tail)
    return np.where(few, exact_lower, lower), np.where(few, exact_upper, upper)


def interval(
    method: str, count: ArrayLike, denominator: ArrayLike, *, multiplier: float | Floats = 1.0, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval of count / denominator x multiplier by the method that indicators.csv names.

    `dobson` and `student-t` need more than a count and a denominator, so that they, like `none`, give NaN here.
    """
    if method == "wilson":
        lower, upper = wilson(count, denominator, level=level)
        return lower * multiplier, upper * multiplier
    if method == "byar":
        n = np.asarray(denominator, dtype=float)
        n = np.where(n > 0, n, np.nan)
        lower, upper = byar(count, level=level)
        return lower / n * multiplier, upper / n * multiplier
    nothing = np.full(np.shape(np.asarray(count, dtype=float)), np.nan)
    return nothing, nothing.copy()
