"""The tree of an index laid out in arrays, children before parents, as the compiled scoring reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wholeplace.measure.aggregate import METHODS, Node
from wholeplace.measure.normalise import RANK_METHODS, NormaliseSpec

ARITHMETIC, GEOMETRIC, HARMONIC, MEDIAN = (METHODS.index(m) for m in ("arithmetic", "geometric", "harmonic", "median"))
#: By the place that tied scores share, counted from the least: the lowest, the mean, the highest. Ranks count from the
#: most, so that their "max" is the lowest place.
TIES = ("max", "average", "min")
RENORMALISATIONS = ("none", "min-max", "z-score", *RANK_METHODS, "goalposts", "log-goalposts")


class TreeArrays(NamedTuple):
    """Groups in an order in which children come before parents; the root is the last.

    `child[first_child[g]:first_child[g + 1]]` are the children of group g: a number below `leaves` is a leaf position,
    any other is `leaves` + a group. `renormal_place` says whether a group that is normalised again refers to the areas
    of the place only; `renormal_numbers` holds constant, range start, range end, low, high, clip (0, 1).
    """

    leaves: int
    first_child: NDArray[np.int64]
    child: NDArray[np.int64]
    level_sum: NDArray[np.float64]
    drop_missing: NDArray[np.bool_]
    renormal: NDArray[np.int64]
    renormal_ties: NDArray[np.int64]
    renormal_place: NDArray[np.bool_]
    renormal_numbers: NDArray[np.float64]


@dataclass(frozen=True)
class FlatTree:
    """An index tree in arrays.

    `columns` are the leaf matrix's columns by leaf position, `parent` the group of each leaf position, `methods` the
    method of each group as written (its place in `aggregate.METHODS`) and `weights` those of `arrays.child`, scaled
    where the index says so.
    """

    arrays: TreeArrays
    leaf_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    leaf_names: tuple[str, ...]
    group_names: tuple[str, ...]
    columns: NDArray[np.int64]
    parent: NDArray[np.int64]
    methods: NDArray[np.int64]
    weights: NDArray[np.float64]
    renormalise: tuple[NormaliseSpec | None, ...]

    def children(self, group: int) -> slice:
        """Where the children of a group stand in `weights` and `arrays.child`."""
        return slice(int(self.arrays.first_child[group]), int(self.arrays.first_child[group + 1]))


def flatten(root: Node) -> FlatTree:
    """Lay a tree out in arrays.

    Raises
    ------
    ValueError
        When the root has no children, two leaves read one column, or a weight is negative or not a number.
    """
    nodes = list(root.walk())
    leaves = [node for node in nodes if not node.children]
    groups = [node for node in reversed(nodes) if node.children]
    _check(root, leaves, groups)
    position = {id(node): k for k, node in enumerate(leaves)}
    position |= {id(node): len(leaves) + g for g, node in enumerate(groups)}
    parent = {id(child): g for g, node in enumerate(groups) for child in node.children}
    arrays = TreeArrays(
        leaves=len(leaves),
        first_child=np.cumsum([0, *(len(node.children) for node in groups)], dtype=np.int64),
        child=np.array([position[id(child)] for node in groups for child in node.children], dtype=np.int64),
        level_sum=np.array([_level_weights(node).sum() for node in groups]),
        drop_missing=np.array([node.drop_missing for node in groups]),
        renormal=np.array([RENORMALISATIONS.index(_spec(node).method) for node in groups], dtype=np.int64),
        renormal_ties=np.array([TIES.index(_spec(node).ties) for node in groups], dtype=np.int64),
        renormal_place=np.array([_spec(node).reference == "place" for node in groups]),
        renormal_numbers=np.array([_numbers(_spec(node)) for node in groups]),
    )
    return FlatTree(
        arrays=arrays,
        leaf_ids=tuple(node.id for node in leaves),
        group_ids=tuple(node.id for node in groups),
        leaf_names=tuple(node.name or node.id for node in leaves),
        group_names=tuple(node.name or node.id for node in groups),
        columns=np.array([node.leaf for node in leaves], dtype=np.int64),
        parent=np.array([parent[id(node)] for node in leaves], dtype=np.int64),
        methods=np.array([METHODS.index(node.method) for node in groups], dtype=np.int64),
        weights=np.concatenate([_level_weights(node) for node in groups]),
        renormalise=tuple(node.renormalise for node in groups),
    )


def keeps_above_zero(spec: NormaliseSpec | None) -> bool:
    """Whether a group's score above 0 is sure to stay above 0 when it is normalised again."""
    if spec is None or spec.method in {"none", *RANK_METHODS}:
        return True
    bounded = spec.method == "min-max" or (spec.method in {"goalposts", "log-goalposts"} and spec.clip)
    return bounded and min(spec.range) > 0


def _check(root: Node, leaves: list[Node], groups: list[Node]) -> None:
    if not root.children:
        raise ValueError("An index needs at least one part.")
    columns = [node.leaf for node in leaves]
    if len(set(columns)) < len(columns) or min(columns) < 0:
        raise ValueError(f"Every leaf needs a column of its own in the leaf matrix; the leaves name {columns!r}.")
    for node in groups:
        weights = np.array([child.weight for child in node.children])
        if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0):
            raise ValueError(f"The weights under {node.id!r} must be 0 or more and not all 0: {weights.tolist()!r}.")


def _level_weights(node: Node) -> NDArray[np.float64]:
    weights = np.array([child.weight for child in node.children], dtype=np.float64)
    always_scaled = node.method in {"harmonic", "median"}
    return weights / weights.sum() if node.rescale or always_scaled else weights


def _spec(node: Node) -> NormaliseSpec:
    return node.renormalise or NormaliseSpec(method="none")


def _numbers(spec: NormaliseSpec) -> list[float]:
    low = 0.0 if spec.low is None else spec.low
    high = 1.0 if spec.high is None else spec.high
    return [spec.constant, *spec.range, low, high, float(spec.clip)]
