"""Rank numbers, with every rule for ties."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ties = Literal["min", "max", "average"]


def rank_from_least(key: Floats, *, ties: Ties = "min", within: float = 0.0) -> Floats:
    """Rank finite numbers from 1, the least first.

    Numbers that lie within `within` of their neighbour are tied; tied numbers share the lowest (`min`), the highest
    (`max`) or the mean (`average`) of the ranks they take up.
    """
    order = np.argsort(key)
    starts = np.flatnonzero(np.concatenate([[True], np.diff(key[order]) > within])) if len(key) else order
    sizes = np.diff(np.append(starts, len(key)))
    shared = {"min": starts + 1.0, "max": starts + 1.0 * sizes, "average": starts + (sizes + 1) / 2}[ties]
    ranks = np.empty(len(key))
    ranks[order] = np.repeat(shared, sizes)
    return ranks
