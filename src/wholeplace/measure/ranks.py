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

#: Whole numbers are counted instead of sorted while their span is at most this many times their number.
_COUNTED_SPAN = 4
#: Above this not every whole number has a float of its own.
_LARGEST_WHOLE = 2.0**53


def rank_from_least(key: Floats, *, ties: Ties = "min", within: float = 0.0) -> Floats:
    """Rank finite numbers from 1, the least first.

    Numbers that lie within `within` of their neighbour are tied, so that a tie never depends on the order of rows; tied
    numbers share the lowest (`min`), the highest (`max`) or the mean (`average`) of the ranks they take up.
    """
    counted = _steps(key) if within < 1 else None
    if counted is not None:
        sizes = np.bincount(counted)
        return _shared(np.cumsum(sizes) - sizes, sizes, ties)[counted]
    order = np.argsort(key)
    starts = np.flatnonzero(np.concatenate([[True], np.diff(key[order]) > within])) if len(key) else order
    sizes = np.diff(np.append(starts, len(key)))
    ranks = np.empty(len(key))
    ranks[order] = np.repeat(_shared(starts, sizes, ties), sizes)
    return ranks


def _shared(before: NDArray[np.intp], sizes: NDArray[np.intp], ties: Ties) -> Floats:
    """The rank that each group of tied numbers shares, from how many numbers come before it and its size."""
    first, last = before + np.float64(1), np.float64(1) * (before + sizes)
    middle: Floats = (first + last) / 2
    return {"min": first, "max": last, "average": middle}[ties]


def _steps(key: Floats) -> NDArray[np.intp] | None:
    """Whole numbers as steps above the least, where they lie close enough together to be counted; else None.

    Published ranks, counts and deciles are such numbers, and counting them takes a quarter of the time of sorting.
    """
    if not len(key):
        return None
    least, most = float(key.min()), float(key.max())
    if most - least > _COUNTED_SPAN * len(key) or max(abs(least), abs(most)) > _LARGEST_WHOLE:
        return None
    whole = key.astype(np.intp)
    return whole - int(least) if np.array_equal(whole, key) else None


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
