"""Combine the parts of an index, level by level, into one score."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    `renormalise`, if any, how its combined score is normalised again. `name` is what people call it, if it
    has one.
    """

    id: str
    weight: float = 1.0
    children: tuple[Node, ...] = ()
    leaf: int = -1
    method: str = "arithmetic"
    rescale: bool = False
    drop_missing: bool = False
    renormalise: NormaliseSpec | None = None
    name: str = ""

    def walk(self) -> Iterator[Node]:
        """This node and all below it, depth first, as written."""
        yield self
        for child in self.children:
            yield from child.walk()

    def within(self) -> dict[str, str]:
        """Part -> the group below this node that is put on a new scale with it; a part in no such group is not there.

        Of groups within one another the outermost counts. What a part of such a group adds to the sum before the new
        scale says nothing of what it adds to the score: the group adds as a whole.
        """
        found: dict[str, str] = {}
        for child in self.children:
            if child.renormalise is None:
                found |= child.within()
            else:
                found |= {part.id: child.id for part in child.walk() if part is not child}
        return found


@dataclass(frozen=True)
class NotPositive:
    """A part of a group that takes a `method` for which its scores must be above 0.

    In which rows they are not, and the score in the first of them.
    """

    part: str
    method: str
    rows: NDArray[np.intp]
    score: float


@dataclass(frozen=True)
class NotNormalised:
    """A part whose combined score cannot be normalised again, and why."""

    part: str
    why: str


class AggregateError(WholeplaceError, ValueError):
    """Parts that cannot be combined: every one in `faults`."""

    def __init__(self, faults: Iterable[NotPositive | NotNormalised]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(_words, self.faults)))


def _words(fault: NotPositive | NotNormalised) -> str:
    if isinstance(fault, NotNormalised):
        return f"the score of part {fault.part!r} cannot be normalised again: {fault.why}"
    return f"part {fault.part!r} has a score of {fault.score:g}, and a {fault.method} mean needs scores above 0"


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
        When a score of 0 or below meets a geometric or harmonic mean, or the combined score of a group cannot be
        normalised again; it names every part for which that is so.
    """
    faults: list[NotPositive | NotNormalised] = []
    scores: dict[str, Floats] = {}
    for child in root.children:
        scores |= _score(child, leaves, inside, faults)
    total = _combine_children(root, scores, inside, faults)
    if faults:
        raise AggregateError(faults)
    return {**scores, root.id: total}


def _score(
    node: Node, leaves: Floats, inside: NDArray[np.bool_] | None, faults: list[NotPositive | NotNormalised]
) -> dict[str, Floats]:
    if not node.children:
        return {node.id: leaves[:, node.leaf]}
    below: dict[str, Floats] = {}
    for child in node.children:
        below |= _score(child, leaves, inside, faults)
    return {node.id: _combine_children(node, below, inside, faults), **below}


def _combine_children(
    node: Node,
    scores: dict[str, Floats],
    inside: NDArray[np.bool_] | None,
    faults: list[NotPositive | NotNormalised],
) -> Floats:
    """The score of a group, or NaN with its faults added to those found; what lies above then finds no fault of its."""
    x = np.column_stack([scores[child.id] for child in node.children])
    below_zero = _not_positive(node, x)
    if below_zero:
        faults.extend(below_zero)
        return np.full(len(x), np.nan)
    score = _mean(node.method, x, effective_weights(node, np.isfinite(x)))
    if node.renormalise is None or (faults and np.isnan(score).all()):
        return score
    reference = inside if node.renormalise.reference == "place" else None
    try:
        return normalise(score, node.renormalise, flip=False, reference=reference, same_within=TIE)
    except NormaliseError as error:
        faults.append(NotNormalised(node.id, str(error)))
        return np.full(len(x), np.nan)


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


def _not_positive(node: Node, x: Floats) -> list[NotPositive]:
    """The parts of a group whose scores its method cannot take."""
    if node.method not in NEED_POSITIVE:
        return []
    bad = x <= 0
    found = []
    for column in np.flatnonzero(bad.any(axis=0)):
        rows = np.flatnonzero(bad[:, column])
        found.append(NotPositive(node.children[column].id, node.method, rows, float(x[rows[0], column])))
    return found


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
