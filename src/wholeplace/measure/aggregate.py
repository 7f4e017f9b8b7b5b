"""Combine the parts of an index, level by level, into one score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wholeplace.errors import WholeplaceError
from wholeplace.measure.normalise import NormaliseError, NormaliseSpec, normalise
from wholeplace.measure.ranks import TIE

Floats = NDArray[np.float64]

METHODS = ("arithmetic", "geometric", "harmonic", "median")
#: Means that need scores above 0.
NEED_POSITIVE = ("geometric", "harmonic")


@dataclass(frozen=True)
class Node:
    """A part of an index: a leaf (column `leaf` of the leaf matrix) or a group of `children`.

    `method`, `rescale` (weights of a level scaled to sum to 1) and `drop_missing` say how a group is combined;
    `renormalise`, if any, how its combined score is normalised again.
    """

    id: str
    weight: float = 1.0
    children: tuple[Node, ...] = ()
    leaf: int = -1
    method: str = "arithmetic"
    rescale: bool = False
    drop_missing: bool = False
    renormalise: NormaliseSpec | None = None

    def walk(self) -> Iterator[Node]:
        """This node and all below it, depth first, as written."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class NotPositive:
    """A part of a group with scores not above 0: in which rows, and the score in the first of them."""

    part: str
    rows: NDArray[np.intp]
    score: float


class AggregateError(WholeplaceError, ValueError):
    """Scores not above 0 that meet a geometric or harmonic mean; `faults` has one item a part of the group."""

    def __init__(self, method: str, faults: tuple[NotPositive, ...]) -> None:
        self.method, self.faults = method, faults
        parts = ", ".join(f"{fault.part} ({fault.score:g})" for fault in faults)
        super().__init__(f"a {method} mean needs scores above 0, and there are others in: {parts}")


def combine(root: Node, leaves: Floats, *, inside: NDArray[np.bool_] | None = None) -> dict[str, Floats]:
    """Score every part of an index.

    Parameters
    ----------
    root
        The whole index as a group.
    leaves
        Normalised, turned leaf scores, areas x leaves; NaN where missing.
    inside
        Which rows are areas of the place; all when None. A group that is normalised again with reference "place"
        refers to these, else to all rows.

    Returns
    -------
    scores
        Part id -> scores by area, in the order of `root.walk()` (the root's own last); NaN where a part is missing.

    Raises
    ------
    AggregateError
        When a score of 0 or below meets a geometric or harmonic mean.
    NormaliseError
        When the combined score of a group cannot be normalised again.
    """
    scores: dict[str, Floats] = {}
    for child in root.children:
        scores |= _score(child, leaves, inside)
    total = _combine_children(root, np.column_stack([scores[child.id] for child in root.children]), inside)
    return {**scores, root.id: total}


def _score(node: Node, leaves: Floats, inside: NDArray[np.bool_] | None) -> dict[str, Floats]:
    if not node.children:
        return {node.id: leaves[:, node.leaf]}
    below: dict[str, Floats] = {}
    for child in node.children:
        below |= _score(child, leaves, inside)
    own = _combine_children(node, np.column_stack([below[child.id] for child in node.children]), inside)
    return {node.id: own, **below}


def _combine_children(node: Node, x: Floats, inside: NDArray[np.bool_] | None) -> Floats:
    weights = effective_weights(node, np.isfinite(x))
    _require_positive(node, x)
    score = _mean(node.method, x, weights)
    if node.renormalise is None:
        return score
    reference = inside if node.renormalise.reference == "place" else None
    try:
        return normalise(score, node.renormalise, flip=False, reference=reference, same_within=TIE)
    except NormaliseError as error:
        raise NormaliseError(f"the score of part {node.id!r} cannot be normalised again: {error}") from None


def effective_weights(node: Node, present: NDArray[np.bool_]) -> Floats:
    """Weights of a group's children by area (areas x children), after rescaling and after dropping missing parts.

    A dropped part's siblings are scaled so that their weights keep their sum. NaN where the group has no score.
    """
    weights = np.array([child.weight for child in node.children])
    total = weights.sum()
    if node.rescale or node.method in {"harmonic", "median"}:
        weights, total = weights / total, 1.0
    if present.all():
        return np.broadcast_to(weights, present.shape)
    by_area = np.where(present, weights, 0.0)
    left = by_area.sum(axis=1, keepdims=True)
    complete = present.all(axis=1, keepdims=True)
    if node.drop_missing:
        with np.errstate(invalid="ignore", divide="ignore"):
            scaled = np.where(left > 0, by_area * total / left, np.nan)
        return np.where(complete, by_area, scaled)
    return np.where(complete, by_area, np.nan)


def _require_positive(node: Node, x: Floats) -> None:
    if node.method not in NEED_POSITIVE:
        return
    bad = x <= 0
    if not bad.any():
        return
    columns = [(node.children[column].id, x[:, column], bad[:, column]) for column in np.flatnonzero(bad.any(axis=0))]
    faults = (NotPositive(part, np.flatnonzero(rows), float(score[rows][0])) for part, score, rows in columns)
    raise AggregateError(node.method, tuple(faults))


def _mean(method: str, x: Floats, weights: Floats) -> Floats:
    known = np.isfinite(x)
    filled = x if known.all() else np.where(known, x, 1.0)  # a missing part has weight 0 or makes the whole NaN
    mean: Floats
    if method == "arithmetic":
        mean = np.einsum("ij,ij->i", weights, filled)
    elif method == "geometric":
        mean = np.exp((weights * np.log(filled)).sum(axis=1))
    elif method == "harmonic":
        mean = weights.sum(axis=1) / (weights / filled).sum(axis=1)
    else:
        mean = _weighted_median(np.where(weights > 0, filled, np.inf), weights)
    return mean


def _weighted_median(x: Floats, weights: Floats) -> Floats:
    """The least score at which half of the weight is reached (the lower of two)."""
    order = np.argsort(x, axis=1, kind="stable")
    cumulative = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    reached = cumulative >= 0.5 * cumulative[:, -1:] - 1e-12
    first = np.argmax(reached, axis=1)
    median = np.take_along_axis(np.take_along_axis(x, order, axis=1), first[:, None], axis=1)[:, 0]
    return np.where(np.isnan(cumulative[:, -1]), np.nan, median)
