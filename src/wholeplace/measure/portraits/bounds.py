"""What can be said of people who lack at least one of several things when only each thing by itself was counted."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def least_and_most(shares: ArrayLike) -> tuple[Floats, Floats]:
    """Bounds of the share below at least one of several demands: the largest share, and the sum, at most 1.

    Nothing is assumed of how the demands go together, so that nothing narrower can be said: some population reaches
    each bound. Multiplying the shares would assume that they are independent, which lacking a device, a skill and
    money are not.

    Parameters
    ----------
    shares
        Shares from 0 to 1, the demands along the first axis, all of one and the same population.

    Returns
    -------
    least, most
        One figure for each column; NaN in `most` where a share is NaN, in `least` only where all are.

    References
    ----------
    Fréchet M (1935), Généralisation du théorème des probabilités totales, Fundamenta Mathematicae 25:379-387.
    """
    each = np.asarray(shares, dtype=np.float64)
    least = np.max(np.where(np.isnan(each), -np.inf, each), axis=0)
    return np.where(np.isneginf(least), np.nan, least), np.minimum(each.sum(axis=0), 1.0)
