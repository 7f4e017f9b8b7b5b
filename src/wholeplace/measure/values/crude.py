"""Proportions, crude rates and means with their intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from wholeplace.measure.intervals import byar, wilson
from wholeplace.measure.values.estimate import Estimate, Limits, estimate, numbers, refuse, statuses


def proportion(
    count: ArrayLike, denominator: ArrayLike, *, multiplier: float = 1.0, status: ArrayLike | None = None
) -> Estimate:
    """Share of people with a property, with Wilson score intervals.

    Assumes that each person counts once and that people are independent. Not for events that can happen to one person
    twice (a rate is meant), nor for shares of a sum of money.

    Parameters
    ----------
    count, denominator
        People with the property, and all people; NaN is missing, 0 is a value.
    multiplier
        1 for shares from 0 to 1, 100 for per cent.
    status
        Status codes of the counts, where they have any: a value with status Q stays suppressed.

    Returns
    -------
    estimate
        Shares x multiplier. The share of nobody (denominator 0) cannot exist: status M.

    Raises
    ------
    ValuesError
        When a count is negative or above its denominator.

    References
    ----------
    Wilson E B (1927), J. Am. Stat. Assoc. 22:209-212.

    Examples
    --------
    >>> found = proportion([6, 0], [120, 20])
    >>> found.lower95.round(4).tolist(), found.upper95.round(4).tolist()
    ([0.0231, 0.0], [0.1048, 0.1611])
    """
    x, n = np.broadcast_arrays(numbers(count), numbers(denominator))
    refuse({"counts below 0": x < 0, "denominators below 0": n < 0, "counts above their denominator": x > n})

    def limits(level: float) -> Limits:
        lower, upper = wilson(x, n, level=level)
        return lower * multiplier, upper * multiplier

    with np.errstate(invalid="ignore", divide="ignore"):
        value = x / n * multiplier
    return estimate("proportion", value, limits, statuses((x, n), status, nobody=n == 0), count=x, denominator=n)


def rate(
    count: ArrayLike, denominator: ArrayLike, *, multiplier: float = 100_000.0, status: ArrayLike | None = None
) -> Estimate:
    """Events per so many people or person-years (crude rate), with Byar's intervals, exact below 10 events.

    Assumes independent events and a denominator known without error. A crude rate of an older area is higher for its
    age alone: compare areas by `standardised_rate`. Where one person can have many events the interval is too narrow.

    Parameters
    ----------
    count, denominator
        Events, and people (person-years where the events are of several years); NaN is missing, 0 is a value.
    multiplier
        The rate is per this many.
    status
        Status codes of the counts, where they have any.

    Raises
    ------
    ValuesError
        When a count or denominator is negative, or there are events where nobody is.

    References
    ----------
    Breslow N E and Day N E (1987), Statistical Methods in Cancer Research II, p. 69 (Byar); Ulm K (1990),
    Am. J. Epidemiol. 131:373-375 (exact).

    Examples
    --------
    >>> found = rate([6, 24], [120, 162])
    >>> found.lower95.round(1).tolist(), found.upper95.round(1).tolist()
    ([1834.9, 9489.3], [10882.9, 22044.2])
    """
    x, n = np.broadcast_arrays(numbers(count), numbers(denominator))
    refuse({"counts below 0": x < 0, "denominators below 0": n < 0, "events where nobody is": (n == 0) & (x > 0)})

    def limits(level: float) -> Limits:
        lower, upper = byar(x, level=level)
        with np.errstate(invalid="ignore", divide="ignore"):
            return lower / n * multiplier, upper / n * multiplier

    with np.errstate(invalid="ignore", divide="ignore"):
        value = x / n * multiplier
    return estimate("rate", value, limits, statuses((x, n), status, nobody=n == 0), count=x, denominator=n)


def mean(value: ArrayLike, sd: ArrayLike, size: ArrayLike) -> Estimate:
    """Interval of a mean from its standard deviation and the number of people it is the mean of (Student's t).

    Assumes a sample of independent people and a mean that is about normal; for very uneven amounts (income, waiting
    times) and few people it is too narrow on the long side. Not for a mean over everybody there is.

    Parameters
    ----------
    value, sd, size
        Mean, standard deviation (with n - 1) and number of people; the interval of one person cannot be told, and is
        NaN while the value stands.

    Raises
    ------
    ValuesError
        When a standard deviation or a number of people is negative.

    References
    ----------
    Student (1908), Biometrika 6:1-25; Armitage P and Berry G (1994), Statistical Methods in Medical Research, 4.4.
    """
    m, s, n = np.broadcast_arrays(numbers(value), numbers(sd), numbers(size))
    refuse({"standard deviations below 0": s < 0, "numbers of people below 0": n < 0})

    def limits(level: float) -> Limits:
        with np.errstate(invalid="ignore", divide="ignore"):
            half = np.where(n > 1, stdtrit(np.maximum(n - 1, 1), 0.5 + level / 2), np.nan) * s / np.sqrt(n)
        return m - half, m + half

    return estimate("other", m, limits, statuses((m, n), nobody=n == 0), denominator=n)
