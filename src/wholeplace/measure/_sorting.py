"""Compiled sorting, ranking and quantiles; import it only where it is run, as numba takes time to load.

Scores are sorted by a 24-bit key in two passes of a radix sort, and rows whose keys are equal are then put in order by
the scores themselves. The result is therefore exact whatever the key: its width decides the time, not the answer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

DIGIT_BITS = 12
DIGITS = 1 << DIGIT_BITS
_KEY_MAX = float(DIGITS * DIGITS - 1)
_SHIFT = np.uint64(32)
_HIGH_SHIFT = np.uint64(32 + DIGIT_BITS)
_DIGIT_MASK = np.uint64(DIGITS - 1)
_ROW_MASK = np.uint64(0xFFFFFFFF)
#: Runs of equal keys up to this long are sorted by insertion.
_SHORT_RUN = 64
_COARSE_CELLS = 256
_AREAS_AT_ONCE = 32


class SortSpace(NamedTuple):
    """Arrays that one thread sorts in: key and row packed in one number, and how often each digit occurs."""

    packed: NDArray[np.uint64]
    swap: NDArray[np.uint64]
    low_counts: NDArray[np.uint32]
    high_counts: NDArray[np.uint32]


@njit(nogil=True, cache=True)
def sort_space(size: int) -> SortSpace:
    """Room to sort up to `size` scores (at most 2**32)."""
    return SortSpace(
        np.empty(size, np.uint64), np.empty(size, np.uint64), np.empty(DIGITS, np.uint32), np.empty(DIGITS, np.uint32)
    )


@njit(nogil=True, cache=True)
def sort_rows(x: NDArray[np.float64], space: SortSpace) -> None:
    """Leave in `space.packed`, low 32 bits, the rows of `x` from the least to the greatest. None may be NaN."""
    n = x.size
    packed, swap, low, high = space.packed, space.swap, space.low_counts, space.high_counts
    least, most = _ends(x)
    span = most - least
    scale = _KEY_MAX / span if np.isfinite(span) and span > 1e-290 else 0.0
    low[:] = 0
    high[:] = 0
    for i in range(n):
        key = np.uint64(np.int32((x[i] - least) * scale)) if scale > 0.0 else np.uint64(0)
        packed[i] = (key << _SHIFT) | np.uint64(i)
    for i in range(n):
        key = packed[i] >> _SHIFT
        low[key & _DIGIT_MASK] += np.uint32(1)
        high[key >> np.uint64(DIGIT_BITS)] += np.uint32(1)
    before_low = np.uint32(0)
    before_high = np.uint32(0)
    for digit in range(DIGITS):
        count = low[digit]
        low[digit] = before_low
        before_low += count
        count = high[digit]
        high[digit] = before_high
        before_high += count
    for i in range(n):
        digit_low = (packed[i] >> _SHIFT) & _DIGIT_MASK
        swap[low[digit_low]] = packed[i]
        low[digit_low] += np.uint32(1)
    for i in range(n):
        digit_high = swap[i] >> _HIGH_SHIFT
        packed[high[digit_high]] = swap[i]
        high[digit_high] += np.uint32(1)
    _sort_equal_keys(x, packed)


@njit(nogil=True, cache=True, fastmath={"nnan", "nsz"})
def _ends(x: NDArray[np.float64]) -> tuple[float, float]:
    """The least and the greatest of numbers of which none is NaN."""
    least = x[0]
    most = x[0]
    for value in x:
        least = value if value < least else least
        most = value if value > most else most
    return least, most


@njit(nogil=True, cache=True)
def _sort_equal_keys(x: NDArray[np.float64], packed: NDArray[np.uint64]) -> None:
    """Sort each run of equal keys by the numbers themselves."""
    k = 1
    while k < x.size:
        if packed[k] >> _SHIFT == packed[k - 1] >> _SHIFT:
            start = k - 1
            while k < x.size and packed[k] >> _SHIFT == packed[start] >> _SHIFT:
                k += 1
            _sort_run(x, packed[start:k])
        k += 1


@njit(nogil=True, cache=True)
def _sort_run(x: NDArray[np.float64], run: NDArray[np.uint64]) -> None:
    """Sort a few rows by insertion, many by merging."""
    if run.size > _SHORT_RUN:
        values = np.empty(run.size)
        for k in range(run.size):
            values[k] = x[run[k] & _ROW_MASK]
        run[:] = run[np.argsort(values, kind="mergesort")]
        return
    for k in range(1, run.size):
        moved = run[k]
        value = x[moved & _ROW_MASK]
        j = k
        while j > 0 and x[run[j - 1] & _ROW_MASK] > value:
            run[j] = run[j - 1]
            j -= 1
        run[j] = moved


@njit(nogil=True, cache=True)
def rank_into(x: NDArray[np.float64], tie_within: float, space: SortSpace, ranks: NDArray[np.uint32]) -> None:
    """Write the rank of each number, 1 the least; ties (see `rank_scores`) share the lowest rank."""
    if x.size == 0:
        return
    sort_rows(x, space)
    rank = 1
    row = space.packed[0] & _ROW_MASK
    last = x[row]
    ranks[row] = 1
    for k in range(1, x.size):
        row = space.packed[k] & _ROW_MASK
        if x[row] - last > tie_within:
            rank = k + 1
        last = x[row]
        ranks[row] = rank


@njit(nogil=True, cache=True)
def place_into(x: NDArray[np.float64], ties: int, space: SortSpace, places: NDArray[np.float64]) -> None:
    """Write each number's place from the least, 1 to n; equal numbers share their lowest (0), mean (1) or highest (2)."""
    if x.size == 0:
        return
    sort_rows(x, space)
    start = 0
    while start < x.size:
        value = x[space.packed[start] & _ROW_MASK]
        end = start + 1
        while end < x.size and x[space.packed[end] & _ROW_MASK] == value:
            end += 1
        place = float(start + 1) if ties == 0 else float(end) if ties == 2 else 0.5 * (start + 1 + end)
        for k in range(start, end):
            places[space.packed[k] & _ROW_MASK] = place
        start = end


@njit(nogil=True, cache=True)
def summarise_ranks(
    ranks: NDArray[np.uint32],
    first: int,
    last: int,
    positions: NDArray[np.int64],
    decile_1_upto: int,
    quantiles: NDArray[np.int64],
    decile_1_draws: NDArray[np.int64],
    means: NDArray[np.float64],
) -> None:
    """Summarise columns `first` to `last` of a table of ranks, draws x areas.

    `positions` are places from 1 in the sorted draws (`quantile_position`), `decile_1_upto` the last rank in decile 1.
    """
    draws = ranks.shape[0]
    block = np.empty((_AREAS_AT_ONCE, draws), np.int64)
    coarse = np.empty(_COARSE_CELLS, np.int64)
    for begin in range(first, last, _AREAS_AT_ONCE):
        width = min(_AREAS_AT_ONCE, last - begin)
        for draw in range(draws):
            for i in range(width):
                block[i, draw] = ranks[draw, begin + i]
        for i in range(width):
            column = block[i]
            total = 0
            in_decile_1 = 0
            for draw in range(draws):
                total += column[draw]
                in_decile_1 += column[draw] <= decile_1_upto
            means[begin + i] = total / draws
            decile_1_draws[begin + i] = in_decile_1
            _select(column, positions, coarse, quantiles[:, begin + i])


@njit(nogil=True, cache=True)
def _select(
    values: NDArray[np.int64], positions: NDArray[np.int64], coarse: NDArray[np.int64], out: NDArray[np.int64]
) -> None:
    """Write the values at some places of the sorted list, by counting: first in wide cells, then within one cell."""
    least = values.min()
    shift = 0
    while (values.max() - least) >> shift >= _COARSE_CELLS:
        shift += 1
    coarse[:] = 0
    for value in values:
        coarse[(value - least) >> shift] += 1
    fine = np.empty(1 << shift, np.int64)
    for q in range(positions.size):
        before = 0
        cell = 0
        while before + coarse[cell] < positions[q]:
            before += coarse[cell]
            cell += 1
        fine[:] = 0
        for value in values:
            offset = (value - least) - (cell << shift)
            if 0 <= offset < fine.size:
                fine[offset] += 1
        step = 0
        while before + fine[step] < positions[q]:
            before += fine[step]
            step += 1
        out[q] = least + (cell << shift) + step
