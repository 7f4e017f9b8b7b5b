"""Rank scores: tied areas share the lowest number, areas without a score have no rank."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Rank1 = Literal["highest", "lowest"]

#: Two scores this close or closer count as equal (contract of the index format).
TIE_WITHIN = 1e-9


def rank_scores(scores: NDArray[np.float64], *, rank_1: Rank1, tie_within: float = TIE_WITHIN) -> NDArray[np.float64]:
    """Rank every score, 1 being the highest or the lowest.

    Scores are tied when no gap between neighbours in the sorted list is over `tie_within`, so that a tie never depends
    on the order of rows. This is the plain form; `_sorting.rank_into` gives the same ranks faster, draw after draw.

    Parameters
    ----------
    scores
        One a row; NaN where there is none.
    rank_1
        Which end of the scores has rank 1.
    tie_within
        Greatest gap, in the unit of the scores, between two that are tied.

    Returns
    -------
    ranks
        1 to the number of scores, as whole numbers; NaN where there is no score.
    """
    ranks = np.full(len(scores), np.nan)
    rows = np.flatnonzero(np.isfinite(scores))
    key = -scores[rows] if rank_1 == "highest" else scores[rows]
    order = np.argsort(key, kind="stable")
    starts_new = np.ones(len(rows), dtype=bool)
    starts_new[1:] = np.diff(key[order]) > tie_within
    ranks[rows[order]] = np.maximum.accumulate(np.where(starts_new, np.arange(1, len(rows) + 1), 0))
    return ranks


def quantile_position(percent: int, count: int) -> int:
    """Place, from 1, of a quantile in a sorted list of `count` values.

    The rule is the inverse of the empirical distribution (type 1 of Hyndman and Fan, 1996): the least value that at
    least `percent` per cent of the values do not exceed. A quantile of ranks is thus always a rank that was drawn.
    """
    return max(1, -(-percent * count // 100))
