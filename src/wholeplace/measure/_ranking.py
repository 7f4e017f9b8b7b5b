"""Quantiles of ranks."""

from __future__ import annotations


def quantile_position(percent: int, count: int) -> int:
    """Place, from 1, of a quantile in a sorted list of `count` values.

    The rule is the inverse of the empirical distribution (type 1 of Hyndman and Fan, 1996): the least value that at
    least `percent` per cent of the values do not exceed. A quantile of ranks is thus always a rank that was drawn.
    """
    return max(1, -(-percent * count // 100))
