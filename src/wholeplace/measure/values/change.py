"""Change between two periods, or difference between two areas, with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import ndtri

from wholeplace.measure.values.estimate import LEVELS, Estimate, Floats, Interval, Limits, Texts, ValuesError


@dataclass(frozen=True)
class Change:
    """Differences (after − before, in the unit of the values) and ratios (after / before) with their intervals.

    NaN where either value is missing, suppressed or withheld; a ratio also where either count is 0. `word` is up or
    down where the 95 % interval of the difference leaves 0 out, "no clear change" where it does not, and
    "not compared" where there is none. `certainty` is "99.8" or "95", the largest at which it still holds.
    """

    difference: Interval
    ratio: Interval
    word: Texts
    certainty: Texts

    @property
    def frame(self) -> pl.DataFrame:
        """The changes as a table, null for none: difference, difference_lower95 … ratio …, word, certainty."""
        numbers = self.difference.columns("difference") | self.ratio.columns("ratio")
        columns = {name: pl.Series(np.ravel(part)).fill_nan(None) for name, part in numbers.items()}
        certainty = pl.Series(np.ravel(self.certainty)).replace("", None)
        return pl.DataFrame({**columns, "word": np.ravel(self.word), "certainty": certainty})


def change(before: Estimate, after: Estimate) -> Change:
    """Say how far values moved from one period (or area) to another, and how sure that is.

    Assumes **independent** estimates. It is not for periods that overlap (rolling years), for one set of people asked
    twice (a panel), or for an area and a larger one that holds it: the interval is then wrong, mostly too wide for
    those asked twice. Between two full counts it says what chance would do to so few people, and nothing else.

    The interval of a difference squares and adds the distances to the limits of both: for proportions Newcombe's method
    10, for all others the same with their own limits (MOVER). Ratios: on the log scale, with the variance
    1/x₁ + 1/x₀ of rates, 1/x₁ − 1/n₁ + 1/x₀ − 1/n₀ of proportions, and from the limits of all others.

    Parameters
    ----------
    before, after
        Estimates of one kind, unit and shape.

    References
    ----------
    Newcombe R G (1998), Stat. Med. 17:873-890; Zou G Y and Donner A (2008), Stat. Med. 27:1693-1702 (MOVER);
    Rothman K J and Greenland S (1998), Modern Epidemiology (rates); Katz D et al. (1978), Biometrics
    34:469-474 (proportions).
    """
    if before.kind != after.kind or before.value.shape != after.value.shape:
        raise ValuesError(
            f"only like can be compared: {before.kind} {before.value.shape} and {after.kind} {after.value.shape}"
        )
    sides = [side for level in LEVELS for side in _limits_of_difference(before, after, level)]
    difference = Interval(after.value - before.value, *sides)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where((before.value > 0) & (after.value > 0), after.value / before.value, np.nan)
        error = np.sqrt(_log_variance(before) + _log_variance(after))
        reach = [np.exp(float(ndtri(0.5 + level / 2)) * error) for level in LEVELS]
    ratios = Interval(ratio, ratio / reach[0], ratio * reach[0], ratio / reach[1], ratio * reach[1])
    return Change(difference, ratios, *_words(difference))


def _limits_of_difference(before: Estimate, after: Estimate, level: float) -> Limits:
    (l0, u0), (l1, u1) = before.limits(level), after.limits(level)
    middle = after.value - before.value
    lower = middle - np.sqrt((after.value - l1) ** 2 + (u0 - before.value) ** 2)
    return lower, middle + np.sqrt((u1 - after.value) ** 2 + (before.value - l0) ** 2)


def _log_variance(estimate: Estimate) -> Floats:
    """Variance of the logarithm of each value."""
    if estimate.kind == "other":
        width: Floats = np.log(estimate.upper95) - np.log(estimate.lower95)
        return (width / (2 * float(ndtri(0.975)))) ** 2
    variance: Floats = 1 / estimate.count
    return variance - 1 / estimate.denominator if estimate.kind == "proportion" else variance


def _words(difference: Interval) -> tuple[Texts, Texts]:
    word = np.where(np.isfinite(difference.lower95), "no clear change", "not compared").astype("U15")
    certainty = np.full(word.shape, "").astype("U4")
    limits = ((difference.lower95, difference.upper95), (difference.lower998, difference.upper998))
    for level, (lower, upper) in zip(LEVELS, limits, strict=True):
        word[lower > 0], word[upper < 0] = "up", "down"
        certainty[(lower > 0) | (upper < 0)] = f"{100 * level:g}"
    return word, certainty
