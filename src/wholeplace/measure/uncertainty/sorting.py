"""Compiled sorting, ranking and quantiles; import it only where it is run, as numba takes time to load.

Scores are sorted by a 22-bit key in two passes of a radix sort, and rows whose keys are equal are then put in order by
the scores themselves. The result is therefore exact whatever the key: its width decides the time, not the answer.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wholeplace.compiled import compiled, inner

DIGIT_BITS = 11
DIGITS = 1 << DIGIT_BITS
_KEY_MAX = float(DIGITS * DIGITS - 1)
_SHIFT = np.uint64(32)
_HIGH_SHIFT = np.uint64(32 + DIGIT_BITS)
_DIGIT_MASK = np.uint64(DIGITS - 1)
_ROW_MASK = np.uint64(0xFFFFFFFF)
_AREAS_AT_ONCE = 32


class SortSpace(NamedTuple):
    """Arrays that one thread sorts in: key and row packed in one number, and how often each digit occurs."""

    packed: NDArray[np.uint64]
    swap: NDArray[np.uint64]
    low_counts: NDArray[np.uint32]
    high_counts: NDArray[np.uint32]


def sort_space(size: int) -> SortSpace:
    """Room to sort up to `size` scores (at most 2**32)."""
    return SortSpace(
        np.empty(size, np.uint64), np.empty(size, np.uint64), np.empty(DIGITS, np.uint32), np.empty(DIGITS, np.uint32)
    )


@inner
def _sort_by_key(x: NDArray[np.float64], space: SortSpace) -> None:
    """Leave in `space.packed`, low 32 bits, the rows of `x` in order of their keys. No number may be NaN."""
    n = x.size
    packed, swap, low, high = space.packed, space.swap, space.low_counts, space.high_counts
    least, most = ends(x)
    span = most - least
    scale = _KEY_MAX / span if 1e-290 < span < math.inf else 0.0
    for digit in range(DIGITS):
        low[digit] = 0
        high[digit] = 0
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


@inner
def ends(x: NDArray[np.float64]) -> tuple[float, float]:
    """The least and the greatest of numbers of which none is NaN."""
    least = x[0]
    most = x[0]
    for i in range(x.size):
        least = x[i] if x[i] < least else least
        most = x[i] if x[i] > most else most
    return least, most


@inner
def _sort_equal_keys(x: NDArray[np.float64], packed: NDArray[np.uint64], within: int) -> int:
    """Sort the run of equal keys that `within` belongs to by the numbers themselves; give the place where it starts."""
    key = packed[within] >> _SHIFT
    start = within
    while start > 0 and packed[start - 1] >> _SHIFT == key:
        start -= 1
    end = within + 1
    while end < x.size and packed[end] >> _SHIFT == key:
        end += 1
    _sort_run(x, packed[start:end])
    return start


@inner
def _sort_run(x: NDArray[np.float64], run: NDArray[np.uint64]) -> None:
    """Sort rows by Shell's method: by insertion, first among rows far apart, so that long runs do not take for ever."""
    gap = 1
    while gap < run.size // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for k in range(gap, run.size):
            moved = run[k]
            value = x[moved & _ROW_MASK]
            j = k
            while j >= gap and x[run[j - gap] & _ROW_MASK] > value:
                run[j] = run[j - gap]
                j -= gap
            run[j] = moved
        gap //= 3


@compiled
def rank_into(x: NDArray[np.float64], tie_within: float, space: SortSpace, ranks: NDArray[np.uint32]) -> None:
    """Write the rank of each number, 1 the least; ties (see `rank_scores`) share the lowest rank."""
    if x.size == 0:
        return
    _sort_by_key(x, space)
    packed = space.packed
    last = x[packed[0] & _ROW_MASK]
    rank = 1
    ranks[packed[0] & _ROW_MASK] = 1
    k = 1
    while k < x.size:
        row = packed[k] & _ROW_MASK
        value = x[row]
        if value < last:  # numbers of one key that stand in the wrong order: sort these and rank them afresh
            k = _sort_equal_keys(x, packed, np.int64(k))  # not the literal 1, for which it would be compiled again
            row = packed[k] & _ROW_MASK
            value = x[row]
            if k > 0:
                before = packed[k - 1] & _ROW_MASK
                last = x[before]
                rank = ranks[before]
            else:
                last = value
                rank = 1
        if value - last > tie_within:
            rank = k + 1
        last = value
        ranks[row] = rank
        k += 1


@compiled
def place_into(
    x: NDArray[np.float64], ties: int, tie_within: float, space: SortSpace, places: NDArray[np.float64]
) -> None:
    """Write each number's place from the least, 1 to n; tied numbers share their lowest (0), mean (1), highest (2)."""
    if x.size == 0:
        return
    _sort_by_key(x, space)
    packed = space.packed
    for k in range(1, x.size):
        if x[packed[k] & _ROW_MASK] < x[packed[k - 1] & _ROW_MASK]:
            _sort_equal_keys(x, packed, k)
    start = 0
    while start < x.size:
        last = x[packed[start] & _ROW_MASK]
        end = start + 1
        while end < x.size and x[packed[end] & _ROW_MASK] - last <= tie_within:
            last = x[packed[end] & _ROW_MASK]
            end += 1
        place = float(start + 1) if ties == 0 else float(end) if ties == 2 else 0.5 * (start + 1 + end)
        for k in range(start, end):
            places[packed[k] & _ROW_MASK] = place
        start = end


@inner
def place_among(value: float, x: NDArray[np.float64], ties: int, tie_within: float, space: SortSpace) -> float:
    """The place a number takes among others that `place_into` has just sorted: its equals', else that of the next."""
    below = _count_below(value - tie_within, x, space.packed)
    equals = _count_below(np.nextafter(value + tie_within, math.inf), x, space.packed) - below
    if equals == 0:
        return float(max(below, 1))
    return float(below + 1) if ties == 0 else float(below + equals) if ties == 2 else below + 0.5 * (equals + 1)


@inner
def _count_below(limit: float, x: NDArray[np.float64], packed: NDArray[np.uint64]) -> int:
    """How many sorted numbers lie below a limit."""
    low = 0
    high = x.size
    while low < high:
        middle = (low + high) >> 1
        if x[packed[middle] & _ROW_MASK] < limit:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def summarise_ranks(
    ranks: NDArray[np.uint16] | NDArray[np.uint32],
    first: int,
    last: int,
    positions: NDArray[np.int64],
    decile_1_upto: int,
    quantiles: NDArray[np.int64],
    decile_1_draws: NDArray[np.int64],
    means: NDArray[np.float64],
) -> None:
    """Summarise columns `first` to `last` of a table of ranks, draws x areas.

    `positions` are rising places from 1 in the sorted draws (`quantile_position`), `decile_1_upto` the last rank in
    decile 1.
    """
    draws = ranks.shape[0]
    block = np.empty((_AREAS_AT_ONCE, draws), ranks.dtype)
    for begin in range(first, last, _AREAS_AT_ONCE):
        width = min(_AREAS_AT_ONCE, last - begin)
        for draw in range(draws):
            for i in range(width):
                block[i, draw] = ranks[draw, begin + i]
        for i in range(width):
            column = block[i]
            total = 0
            least = column[0]
            most = column[0]
            for draw in range(draws):
                total += column[draw]
                least = column[draw] if column[draw] < least else least
                most = column[draw] if column[draw] > most else most
            means[begin + i] = total / draws
            decile_1_draws[begin + i] = _count_upto(column, decile_1_upto)
            quantile = np.int64(least)  # with a sign: numba makes unsigned and signed a float
            for q in range(positions.size):
                quantile = _select(column, positions[q], quantile, np.int64(most))
                quantiles[q, begin + i] = quantile


@inner
def _select(values: NDArray[np.uint16] | NDArray[np.uint32], position: int, low: np.int64, high: np.int64) -> np.int64:
    """The value at a place of the sorted list, known to lie from `low` to `high`: halve that span until it is one."""
    while low < high:
        middle = (low + high) >> 1
        if _count_upto(values, middle) >= position:
            high = middle
        else:
            low = middle + 1
    return low


@inner
def _count_upto(values: NDArray[np.uint16] | NDArray[np.uint32], most: int | np.int64) -> int:
    limit = values.dtype.type(most)
    count = np.uint32(0)
    for i in range(values.size):  # by index and in 32 bits, which the compiler turns into vector instructions
        count = np.uint32(count + np.uint32(values[i] <= limit))
    return int(count)
