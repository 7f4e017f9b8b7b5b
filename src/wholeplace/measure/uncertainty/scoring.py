"""Compiled scoring of all areas for one draw; import it only where it is run, as numba takes time to load.

A weighted mean of any of the three kinds is g⁻¹(Σ w g(x) / Σ w) with g = x, ln x or 1/x. Leaf scores arrive already as
g(x) of their own level, which is worked out once for every method and not once a draw.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wholeplace.compiled import compiled, inner
from wholeplace.measure.ranks import TIE
from wholeplace.measure.uncertainty.sorting import SortSpace, ends, place_among, place_into, sort_space
from wholeplace.measure.uncertainty.tree import GEOMETRIC, HARMONIC, MEDIAN, RENORMALISATIONS, TreeArrays

_MIN_MAX, _Z_SCORE, _RANK, _PERCENTILE, _EXPONENTIAL, _GOALPOSTS, _LOG_GOALPOSTS = range(1, len(RENORMALISATIONS))
_SMALLEST = 5e-324  # what the logarithm is taken of when a score is not above 0: such an area comes last


class ScoreSpace(NamedTuple):
    """Arrays that one thread scores in, and `inside`, which all read: whether an area is of the place."""

    groups: NDArray[np.float64]
    leaves: NDArray[np.float64]
    turned: NDArray[np.float64]
    present: NDArray[np.float64]
    finite: NDArray[np.float64]
    places: NDArray[np.float64]
    sorting: SortSpace
    inside: NDArray[np.bool_]


def score_space(groups: int, moving_leaves: int, inside: NDArray[np.bool_]) -> ScoreSpace:
    """Room for the scores of every group and of the leaves that are drawn anew, in every area."""
    areas = inside.size
    return ScoreSpace(
        np.empty((groups, areas)),
        np.empty((moving_leaves, areas)),
        np.empty(areas),
        np.empty(areas),
        np.empty(areas),
        np.empty(areas),
        sort_space(areas),
        inside,
    )


@inner
def turn(x: NDArray[np.float64], method: int, out: NDArray[np.float64]) -> None:
    """Write g(x) of a mean: the logarithm, the reciprocal or x itself."""
    if method == GEOMETRIC:
        for i in range(x.size):
            out[i] = math.log(x[i])
    elif method == HARMONIC:
        for i in range(x.size):
            out[i] = 1.0 / x[i]
    else:
        for i in range(x.size):
            out[i] = x[i]


@compiled
def score_tree(
    tree: TreeArrays,
    methods: NDArray[np.int64],
    as_written: bool,
    weights: NDArray[np.float64],
    leaves: NDArray[np.float64],
    moving: NDArray[np.int64],
    any_missing: bool,
    space: ScoreSpace,
) -> None:
    """Score every group of the tree; the root's scores are the last row of `space.groups`.

    `leaves` are g(x) by leaf position; where `moving` is not negative, that row of `space.leaves` is read instead.
    `as_written` takes a geometric mean's weights as its exponents; otherwise a mean is scaled to the sum of the
    weights, so that the alternatives to a mean are as large as the mean itself.
    """
    for g in range(tree.renormal.size):
        out = space.groups[g]
        if methods[g] == MEDIAN:
            _median(tree, g, weights, leaves, moving, space, out)
        else:
            if any_missing:
                for i in range(out.size):
                    space.present[i] = 0.0
            _sum_children(tree, g, methods[g], weights, leaves, moving, any_missing, space, out)
            _finish_mean(out, methods[g], as_written, tree.level_sum[g], any_missing, space.present)
        if tree.renormal[g] > 0:
            everyone = not tree.renormal_place[g]
            _renormalise(out, tree.renormal[g], tree.renormal_ties[g], everyone, tree.renormal_numbers[g], space)


@inner
def _sum_children(
    tree: TreeArrays,
    g: int,
    method: int,
    weights: NDArray[np.float64],
    leaves: NDArray[np.float64],
    moving: NDArray[np.int64],
    any_missing: bool,
    space: ScoreSpace,
    out: NDArray[np.float64],
) -> None:
    """Write Σ w g(x) over a group's children and, where scores can be missing, Σ w of those present."""
    present = space.present
    drop_missing = tree.drop_missing[g]
    for i in range(out.size):
        out[i] = 0.0
    for k in range(tree.first_child[g], tree.first_child[g + 1]):
        child = tree.child[k]
        if child >= tree.leaves:
            row = space.turned
            turn(space.groups[child - tree.leaves], method, row)
        elif moving[child] >= 0:
            row = space.leaves[moving[child]]
        else:
            row = leaves[child]
        weight = weights[k]
        if not any_missing:
            for i in range(out.size):
                out[i] += weight * row[i]
        else:
            for i in range(out.size):
                if not math.isnan(row[i]):
                    out[i] += weight * row[i]
                    present[i] += weight
                elif not drop_missing:
                    out[i] = np.nan


@inner
def _finish_mean(
    out: NDArray[np.float64],
    method: int,
    as_written: bool,
    total: float,
    any_missing: bool,
    present: NDArray[np.float64],
) -> None:
    """Turn Σ w g(x) into the mean; siblings of a missing part keep the sum of the level, `total`."""
    if any_missing:
        for i in range(out.size):
            out[i] = out[i] * total / present[i] if present[i] > 0.0 else np.nan
    if method == GEOMETRIC:
        if as_written:
            for i in range(out.size):
                out[i] = math.exp(out[i])
        else:
            for i in range(out.size):
                out[i] = total * math.exp(out[i] / total)
    elif method == HARMONIC:
        for i in range(out.size):
            out[i] = total * total / out[i]


@inner
def _median(
    tree: TreeArrays,
    g: int,
    weights: NDArray[np.float64],
    leaves: NDArray[np.float64],
    moving: NDArray[np.int64],
    space: ScoreSpace,
    out: NDArray[np.float64],
) -> None:
    """Write the weighted median, the lower of two, times the sum of the level."""
    first = tree.first_child[g]
    children = tree.first_child[g + 1] - first
    child_of = tree.child
    leaf_count = tree.leaves
    groups = space.groups
    moved = space.leaves
    drop_missing = tree.drop_missing[g]
    values = np.empty(children)
    shares = np.empty(children)
    total = tree.level_sum[g]
    for i in range(out.size):
        count = 0
        missing = False
        present = 0.0
        for k in range(children):
            child = child_of[first + k]
            if child >= leaf_count:
                value = groups[child - leaf_count, i]
            elif moving[child] >= 0:
                value = moved[moving[child], i]
            else:
                value = leaves[child, i]
            weight = weights[first + k]
            if math.isnan(value):
                missing = True
            elif weight > 0.0:
                present += weight
                j = count
                while j > 0 and values[j - 1] > value:
                    values[j] = values[j - 1]
                    shares[j] = shares[j - 1]
                    j -= 1
                values[j] = value
                shares[j] = weight
                count += 1
        if count == 0 or (missing and not drop_missing):
            out[i] = np.nan
            continue
        reached = shares[0]
        j = 0
        while j < count - 1 and reached < (0.5 - 1e-12) * present:
            j += 1
            reached += shares[j]
        out[i] = total * values[j]


@inner
def _renormalise(
    x: NDArray[np.float64], method: int, ties: int, everyone: bool, numbers: NDArray[np.float64], space: ScoreSpace
) -> None:
    """Normalise a group's scores again, in place, as `normalise.normalise` does.

    The reference is every area, or not `everyone` but those of the place.
    """
    constant, start, end, low, high, clip = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]
    finite = space.finite
    n = 0
    for i in range(x.size):
        if not math.isnan(x[i]) and (everyone or space.inside[i]):
            finite[n] = x[i]
            n += 1
    if n == 0:
        return
    finite = finite[:n]
    if method in (_RANK, _PERCENTILE, _EXPONENTIAL):
        place_into(finite, ties, TIE, space.sorting, space.places)
        _places_of_all(x, finite, ties, everyone, space)
        _from_places(x, method, constant, finite.size)
    elif method == _Z_SCORE:
        mean, sd = _mean_and_sd(finite)
        for i in range(x.size):
            x[i] = (x[i] - mean) / sd if sd > 0.0 else 0.0 * x[i]
    else:
        if method == _MIN_MAX:
            low, high = ends(finite)
        if method == _LOG_GOALPOSTS:
            low, high = math.log(low), math.log(high)
        for i in range(x.size):
            value = math.log(max(x[i], _SMALLEST)) if method == _LOG_GOALPOSTS and not math.isnan(x[i]) else x[i]
            y = start + (end - start) * (value - low) / (high - low) if high > low else start + 0.0 * value
            if clip > 0.0 and method != _MIN_MAX and not math.isnan(y):
                y = min(max(y, min(start, end)), max(start, end))
            x[i] = y


@inner
def _mean_and_sd(x: NDArray[np.float64]) -> tuple[float, float]:
    """Mean and standard deviation (n - 1) of some numbers."""
    total = 0.0
    for i in range(x.size):
        total += x[i]
    mean = total / x.size
    squares = 0.0
    for i in range(x.size):
        squares += (x[i] - mean) ** 2
    return mean, math.sqrt(squares / (x.size - 1)) if x.size > 1 else 0.0


@inner
def _places_of_all(
    x: NDArray[np.float64], reference: NDArray[np.float64], ties: int, everyone: bool, space: ScoreSpace
) -> None:
    """Replace scores by their places among the reference, whose own places stand in `space.places`."""
    k = 0
    for i in range(x.size):
        if math.isnan(x[i]):
            continue
        if everyone or space.inside[i]:
            x[i] = space.places[k]
            k += 1
        else:
            x[i] = place_among(x[i], reference, ties, TIE, space.sorting)


@inner
def _from_places(x: NDArray[np.float64], method: int, constant: float, n: int) -> None:
    """Turn places counted from the least (n + 1 - rank) into rank scores."""
    if method == _RANK:
        return
    spread = 1.0 - math.exp(-100.0 / constant)
    for i in range(x.size):
        if method == _PERCENTILE:
            x[i] = 100.0 * (x[i] - 0.5) / n
        else:
            x[i] = -constant * math.log(1.0 - (x[i] / n) * spread)
