"""Rank numbers, with every rule for ties; ranks and deciles of scores."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ties = Literal["min", "max", "average"]
Rank1 = Literal["highest", "lowest"]

#: Two scores this close or closer count as equal.
TIE = 1e-9


def rank_from_least(key: Floats, *, ties: Ties = "min", within: float = 0.0) -> Floats:
    """Rank finite numbers from 1, the least first.

    Numbers that lie within `within` of their neighbour are tied, so that a tie never depends on the order of rows; tied
    numbers share the lowest (`min`), the highest (`max`) or the mean (`average`) of the ranks they take up.
    """
    order = np.argsort(key)
    starts = np.flatnonzero(np.concatenate([[True], np.diff(key[order]) > within])) if len(key) else order
    sizes = np.diff(np.append(starts, len(key)))
    shared = {"min": starts + 1.0, "max": starts + 1.0 * sizes, "average": starts + (sizes + 1) / 2}[ties]
    ranks = np.empty(len(key))
    ranks[order] = np.repeat(shared, sizes)
    return ranks


def rank_scores(scores: Floats, *, rank_1: Rank1) -> Floats:
    """Rank scores, 1 being the highest or the lowest; NaN where there is no score.

    Scores within `TIE` of the next share the lowest number. This is the plain form; `_sorting.rank_into` gives the same
    ranks faster, draw after draw.
    """
    present = np.isfinite(scores)
    ranks = np.full(len(scores), np.nan)
    ranks[present] = rank_from_least(-scores[present] if rank_1 == "highest" else scores[present], within=TIE)
    return ranks


def deciles(ranks: Floats) -> Floats:
    """Decile of ranks, ceil(10 x rank / n) of the n that are ranked; NaN where there is no rank."""
    n = np.isfinite(ranks).sum()
    return np.ceil(10 * ranks / n) if n else ranks
