"""How far a figure is from where it should be: below a social floor, or beyond an ecological ceiling."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ring = Literal["social", "ecological"]
Direction = Literal["high-is-better", "high-is-worse"]


def gap(value: ArrayLike, threshold: float, *, ring: Ring, direction: Direction, whole: float | None = None) -> Floats:
    """Shortfall below a floor, or overshoot of a ceiling, as a share; 0 where the floor or ceiling is kept.

    With threshold t, figure v and, for a proportion, its `whole` w (1, or 100 for per cent):

    - social, high is better: (t - v) / t;
    - social, high is worse, a proportion: (v - t) / (w - t), the shortfall of those who do not lack it, w - v,
      below the floor w - t; with t = 0 the share of people who lack it;
    - social, high is worse, any other: 1 - t / v, the share by which the figure has to fall;
    - ecological, high is worse: v / t - 1; high is better: t / v - 1.

    Each is monotone in v, so that limits of an interval may be given in place of values. Not for ranks or for scores
    that can be below 0: a share of a floor needs a scale with a true zero.

    Parameters
    ----------
    value
        Figures in the indicator's unit, 0 or more; NaN where there is none.
    threshold
        The floor or ceiling in the same unit; see `threshold_fault` for what it may be.
    ring, direction, whole
        Which formula holds.

    Returns
    -------
    gap
        Shortfalls from 0 to 1, overshoots from 0 up; NaN without a figure, infinite where t / v has v = 0.

    References
    ----------
    Raworth K (2017), Doughnut Economics; O'Neill D W et al. (2018), Nature Sustainability 1:88-95, who divide by the
    threshold as here. The forms for figures of which less is better are ours: docs/background/portraits.md.
    """
    v = np.asarray(value, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        if ring == "ecological":
            found = v / threshold - 1 if direction == "high-is-worse" else threshold / v - 1
            return np.maximum(found, 0.0)
        if direction == "high-is-better":
            found = (threshold - v) / threshold
        elif whole is not None:
            found = (v - threshold) / (whole - threshold)
        else:
            found = np.where(v == 0, 0.0, 1 - threshold / v)
        return np.clip(found, 0.0, 1.0)


def threshold_fault(threshold: float, *, ring: Ring, direction: Direction, whole: float | None) -> str:
    """Why a threshold cannot be used, or an empty text."""
    if ring == "social" and direction == "high-is-worse" and whole is not None:
        return "" if 0 <= threshold < whole else f"must be 0 or more and below {whole:g}, the whole"
    return "" if threshold > 0 else "must be above 0: the gap is a share of it"
