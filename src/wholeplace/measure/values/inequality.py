"""Slope and relative index of inequality: how far a value differs from the worst-off to the best-off people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy.special import expit, logit, ndtri

from wholeplace.measure.values.estimate import LEVELS, Floats, Interval, ValuesError, numbers
from wholeplace.place.findings import counted

#: Scale on which a value's chance error is about normal, and the way back: as it is, log for rates, logit for shares.
_SCALES: dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]] = {
    "other": (np.positive, np.positive),
    "rate": (np.log, np.exp),
    "proportion": (logit, expit),
}
FEWEST_GROUPS, MOST_GROUPS = 5, 100


@dataclass(frozen=True)
class Inequality:
    """Slope index (`sii`) and relative index (`rii`) with intervals, each one number.

    `sii`, in the unit of the value, is the fitted value at the best-off end less that at the worst-off end; `rii` is
    the one divided by the other, None where the line meets 0 and it would mean nothing (`transform` keeps it above).
    `worst_off` and `best_off` are these ends.
    """

    sii: Interval
    rii: Interval | None
    worst_off: float
    best_off: float
    draws: int
    seed: int

    @property
    def numbers(self) -> dict[str, float | None]:
        """Everything by name, for a file: sii, sii_lower95 … rii … worst_off, best_off, draws, seed."""
        rii = self.rii or Interval(*[np.array(np.nan)] * 5)
        columns = self.sii.columns("sii") | rii.columns("rii")
        ends = {"worst_off": self.worst_off, "best_off": self.best_off, "draws": self.draws, "seed": self.seed}
        return {name: float(part) if np.isfinite(part) else None for name, part in columns.items()} | ends


def quantile_groups(value: ArrayLike, groups: int = 10, *, worst: str = "highest") -> Floats:
    """Put areas into groups of about equally many, group 1 the worst off; NaN for areas without a value.

    Tied areas go into one group. With fewer areas than groups there are none.

    Parameters
    ----------
    value
        A score of deprivation or of anything else that orders areas.
    worst
        Which values are the worst off: highest or lowest.

    References
    ----------
    Office for Health Improvement and Disparities, Technical Guide: Assigning Deprivation Categories.
    """
    if worst not in {"highest", "lowest"}:
        raise ValuesError(f"`worst` must be highest or lowest, not {worst!r}")
    v = numbers(value)
    n = int(np.isfinite(v).sum())
    found = np.full(v.shape, np.nan)
    if n >= groups:
        order = pl.Series(v).fill_nan(None).rank("min", descending=worst == "highest").cast(pl.Float64).to_numpy()
        found = np.maximum(groups + 1 - np.ceil((n + 1 - order) / (n / groups)), 1)
    return found


def relative_rank(population: ArrayLike) -> Floats:
    """The middle of each group's stretch of the population, 0 at the worst-off end and 1 at the best-off."""
    share = numbers(population) / np.sum(numbers(population))
    middle: Floats = np.cumsum(share) - share / 2
    return middle


def slope_index(
    population: ArrayLike,
    value: ArrayLike,
    *,
    lower95: ArrayLike | None = None,
    upper95: ArrayLike | None = None,
    standard_error: ArrayLike | None = None,
    kind: str = "other",
    transform: bool = False,
    multiplier: float = 1.0,
    draws: int = 100_000,
    seed: int = 1,
) -> Inequality:
    """Slope index and relative index of inequality over groups ordered from worst off to best off.

    The value of each group is regressed on its relative rank (the middle of its stretch of the population), weighted
    by population: Low and Low multiply both sides by the square root of the population's share, which is the same.
    With `transform` the logarithm (rate) or the logit (proportion) is regressed, and both ends are taken back.
    Intervals are by simulation: values are drawn from their errors (normal on the scale of the kind) and fitted again.

    Assumes that the value rises or falls about evenly from one end to the other; look at the groups first. Chance is
    all that the interval holds, not a bend in the line. Not for fewer than 5 groups, or groups that have no order.

    Parameters
    ----------
    population, value
        Of each group, worst off first.
    lower95, upper95, standard_error
        Either both limits of the values or their standard error (on the scale of the kind: of the log of a rate, the
        logit of a proportion).
    kind
        rate, proportion or other.
    multiplier
        What proportions are multiplied by: 100 for values in per cent.

    Raises
    ------
    ValuesError
        When groups are too few or too many, a number is missing, or a value does not fit its kind.

    References
    ----------
    Low A and Low A (2004), J. Public Health 26:388-395; Mackenbach J P and Kunst A E (1997), Soc. Sci. Med. 44:757-771.
    """
    people, unit = numbers(population), multiplier if kind == "proportion" else 1.0
    y = numbers(value) / unit
    if kind not in _SCALES:
        raise ValuesError(f"`kind` must be one of {', '.join(_SCALES)}, not {kind!r}")
    if transform and kind == "other":
        raise ValuesError("`transform` is for rates and proportions")
    there, back = _SCALES[kind]
    error = _standard_error(lower95, upper95, standard_error, there, unit)
    _refuse_groups(people, y, error, kind)
    noise = np.random.default_rng(seed).standard_normal((draws, len(y)))
    fitted = there(y) + np.vstack([np.zeros(len(y)), error * noise])  # the values themselves come first
    if transform:
        worst, best = (back(end) for end in _fitted_ends(people, fitted))
    else:
        worst, best = _fitted_ends(people, back(fitted))
    rii = _with_interval(best / worst) if (worst > 0).all() and best[0] > 0 else None
    sii = _with_interval((best - worst) * unit)
    return Inequality(sii, rii, float(worst[0]) * unit, float(best[0]) * unit, draws, seed)


def _fitted_ends(people: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """The ends at rank 0 and 1 of the weighted line through each row of values."""
    share, rank = people / people.sum(), relative_rank(people)
    centre = share @ rank
    slope: Floats = rows @ (share * (rank - centre)) / (share @ (rank - centre) ** 2)
    worst: Floats = rows @ share - slope * centre
    return worst, worst + slope


def _standard_error(
    lower95: ArrayLike | None,
    upper95: ArrayLike | None,
    standard_error: ArrayLike | None,
    there: Callable[[Floats], Floats],
    unit: float,
) -> Floats:
    if standard_error is not None:
        return numbers(standard_error)
    if lower95 is None or upper95 is None:
        raise ValuesError("give both limits of the values, or their standard error")
    with np.errstate(divide="ignore", invalid="ignore"):
        width: Floats = there(numbers(upper95) / unit) - there(numbers(lower95) / unit)
    return width / (2 * float(ndtri(0.975)))


def _refuse_groups(people: Floats, y: Floats, error: Floats, kind: str) -> None:
    if not people.shape == y.shape == error.shape or people.ndim != 1:
        raise ValuesError("population, value and error must have one number for each group")
    if not FEWEST_GROUPS <= len(y) <= MOST_GROUPS:
        raise ValuesError(f"{counted(len(y), 'group')} given; a slope needs {FEWEST_GROUPS} to {MOST_GROUPS}")
    usable = (people > 0) & np.isfinite(y) & np.isfinite(error) & (error >= 0)
    if kind != "other":
        usable &= (y > 0) & (y < (1 if kind == "proportion" else np.inf))
    if not usable.all():
        named = ", ".join(str(group + 1) for group in np.flatnonzero(~usable))
        raise ValuesError(
            f"group {named}: no people, no value, no interval, or a value that a {kind} on its scale cannot have "
            "(0, or a share of 1); make the groups larger"
        )


def _with_interval(fitted: Floats) -> Interval:
    """The value itself, which comes first, with the limits of the draws after it."""
    tails = [tail for level in LEVELS for tail in ((1 - level) / 2, (1 + level) / 2)]
    return Interval(fitted[0], *np.quantile(fitted[1:], tails))
