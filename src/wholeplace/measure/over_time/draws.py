"""Draws of an index's scores in every period, with its values moved within their intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wholeplace.measure.aggregate import NEED_POSITIVE, Node, combine
from wholeplace.measure.index import IndexResult, flipped
from wholeplace.measure.index_spec import ROOT
from wholeplace.measure.leaves import Leaf
from wholeplace.measure.normalise import normalise
from wholeplace.measure.uncertainty.curves import Z_95, text_keys

Floats = NDArray[np.float64]
#: So many areas are drawn at once, so that memory does not grow with their number.
_AT_ONCE = 64


def drawn_scores(results: Sequence[IndexResult], *, draws: int, seed: int) -> Iterator[tuple[slice, dict[str, Floats]]]:
    """Draw the scores of every part, block by block of areas: rows of the block, and part -> periods x draws x areas.

    A value is drawn on each side of the published one by half a normal distribution whose 95 % limit is the published
    limit, as for the ranges of ranks; one without limits stays as published. Values of different areas, parts and
    periods are drawn apart. A period has the same draws whatever it is compared with, so that the change over two
    spans is, draw by draw, the sum of both. What an area draws hangs on the seed and its code.
    """
    first = results[0]
    areas = len(first.areas)
    below, above = _spreads(results)
    value = np.stack([[leaf.value for leaf in one.leaves] for one in results])
    keys = text_keys(first.areas.to_list())
    floors = _floors(results)
    for start in range(0, areas, _AT_ONCE):
        rows = slice(start, min(start + _AT_ONCE, areas))
        shape = (len(results), len(first.leaves), draws)
        z = np.stack([np.random.default_rng([seed, int(key)]).standard_normal(shape) for key in keys[rows]], axis=-1)
        drawn = value[:, :, None, rows] + z * np.where(z < 0, below[:, :, None, rows], above[:, :, None, rows])
        flat = [_scored(first, leaf, number, drawn[:, number], floors) for number, leaf in enumerate(first.leaves)]
        scores = combine(first.root, np.column_stack(flat))
        yield rows, {part: found.reshape(len(results), draws, -1) for part, found in scores.items()}


def _spreads(results: Sequence[IndexResult]) -> tuple[Floats, Floats]:
    """Standard deviations below and above each value, periods x leaves x areas; 0 where there is no interval."""
    sides = []
    for sign, limit in ((1.0, "lower95"), (-1.0, "upper95")):
        away = np.stack([[sign * (leaf.value - getattr(leaf, limit)) for leaf in one.leaves] for one in results])
        sides.append(np.where(np.isfinite(away) & (away > 0), away, 0.0) / Z_95)
    known = has_interval(results)
    return sides[0] * known, sides[1] * known


def has_interval(results: Sequence[IndexResult]) -> NDArray[np.bool_]:
    """Which values have an interval that holds them and has a width: periods x leaves x areas."""

    def one(leaf: Leaf) -> NDArray[np.bool_]:
        return (leaf.lower95 <= leaf.value) & (leaf.value <= leaf.upper95) & (leaf.upper95 > leaf.lower95)

    return np.stack([[one(leaf) for leaf in result.leaves] for result in results])


def _scored(result: IndexResult, leaf: Leaf, number: int, drawn: Floats, floors: Floats | None) -> Floats:
    """Drawn values of one leaf on its scale, flat."""
    spec = leaf.settings.spec()
    x = drawn.ravel()
    if spec.method == "log-goalposts" and spec.low is not None:
        x = np.maximum(x, 1e-6 * spec.low)  # a logarithm has no score for what a draw takes below 0
    y = normalise(x, spec, flip=flipped(result.spec, leaf))
    return y if floors is None else np.maximum(y, floors[number])


def _floors(results: Sequence[IndexResult]) -> Floats | None:
    """The least published score above 0 of each leaf, where a mean needs scores above 0; None where none does."""
    if not any(node.method in NEED_POSITIVE for node in results[0].root.walk() if node.children):
        return None
    every = np.concatenate([one.normalised for one in results])
    return np.array([column[column > 0].min() for column in every.T])


def agreement(results: Sequence[IndexResult], spans: Sequence[tuple[int, int]], *, draws: int, seed: int) -> Floats:
    """In which share of draws of other weights scores change in the same direction: spans x areas, NaN for no score.

    All periods get the same weights, drawn about those of the file as for the ranges of ranks.
    """
    every = np.concatenate([one.normalised for one in results])
    written = np.stack([one.scores[ROOT] for one in results])
    since, until = (list(ends) for ends in zip(*spans, strict=True))
    change = written[until] - written[since]
    rng = np.random.default_rng([seed, 7])
    concentration = results[0].spec.uncertainty.weight_concentration
    same = np.zeros(change.shape)
    for _ in range(draws):
        score = combine(_with_other_weights(results[0].root, concentration, rng), every)[ROOT].reshape(written.shape)
        same += np.sign(score[until] - score[since]) == np.sign(change)
    return np.where(np.isfinite(change), same / draws, np.nan)


def _with_other_weights(node: Node, concentration: float, rng: np.random.Generator) -> Node:
    """The tree with the weights of every level drawn from a Dirichlet distribution about them."""
    children = tuple(_with_other_weights(child, concentration, rng) for child in node.children)
    weights = np.array([child.weight for child in children])
    moving = np.flatnonzero(weights > 0)
    if len(moving) > 1:
        total = weights.sum()
        weights[moving] = total * rng.dirichlet(concentration * weights[moving] / total)
    drawn = tuple(replace(child, weight=float(weight)) for child, weight in zip(children, weights, strict=True))
    return replace(node, children=drawn)
