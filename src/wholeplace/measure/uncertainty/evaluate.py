"""Run draws of an index: score all areas, rank them, and keep ranks or only how far they moved.

Threads are plain Python threads that run compiled code without the interpreter's lock, each on its own block of draws.
Every draw writes to its own place, so that the number of threads cannot change a figure; and unlike numba's own
threads, several requests of a web server can run draws at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from wholeplace.compiled import compiled
from wholeplace.measure.aggregate import METHODS
from wholeplace.measure.ranks import TIE
from wholeplace.measure.uncertainty.choices import UncertaintyError
from wholeplace.measure.uncertainty.curves import Noise
from wholeplace.measure.uncertainty.perturbing import perturb
from wholeplace.measure.uncertainty.scoring import ScoreSpace, score_space, score_tree
from wholeplace.measure.uncertainty.sorting import rank_into, summarise_ranks
from wholeplace.measure.uncertainty.tree import FlatTree, TreeArrays

Floats = NDArray[np.float64]
Ranks = NDArray[np.uint16] | NDArray[np.uint32]

_DRAWS_A_BLOCK = 16
_AREAS_A_BLOCK = 2048
#: Ranks held at once. With more draws x areas than fit, the draws are run again for the next areas.
_MOST_BYTES = 256 * 2**20


@compiled
def _run_block(
    plan: NDArray[np.int64],
    tree: TreeArrays,
    methods: NDArray[np.int64],
    leaf_methods: NDArray[np.int64],
    weights: NDArray[np.float64],
    leaves: NDArray[np.float64],
    matrix: NDArray[np.int64],
    noise: Noise,
    noise_seed: int,
    any_missing: bool,
    sign: float,
    published: NDArray[np.int64],
    kept: Ranks,
    first_kept: int,
    shifts: NDArray[np.int64],
    space: ScoreSpace,
) -> None:
    """Run the draws of a plan; area rows are the ranked ones first, `published.size` of them."""
    ranked = published.size
    still = np.empty(tree.leaves, np.int64)
    moving = np.empty(tree.leaves, np.int64)
    for position in range(tree.leaves):
        still[position] = -1
        moving[position] = -1
    for row in range(noise.position.size):
        moving[noise.position[row]] = row
    ranks = np.empty(ranked, np.uint32)
    for d in range(plan.shape[0]):
        normalisation, option = plan[d, 1], plan[d, 2]
        turned = leaves[matrix[normalisation, option]]
        drawn = plan[d, 3] > 0
        if drawn:
            perturb(
                noise,
                plan[d, 3],
                noise_seed,
                normalisation,
                matrix.shape[0],
                leaf_methods[option],
                turned,
                space.leaves,
            )
        score_tree(
            tree,
            methods[option],
            option == 0,
            weights[plan[d, 0]],
            turned,
            moving if drawn else still,
            any_missing,
            space,
        )
        score = space.groups[-1][:ranked]
        scored = True
        for i in range(ranked):
            score[i] *= sign
            scored &= not np.isnan(score[i])
        if not scored:
            shifts[d] = -1
            continue
        rank_into(score, TIE, space.sorting, ranks)
        shift = 0
        for i in range(ranked):
            shift += abs(np.int64(ranks[i]) - published[i])
        shifts[d] = shift
        row = kept[d]
        window = ranks[first_kept : first_kept + row.size]
        for i in range(row.size):
            row[i] = window[i]


@dataclass(frozen=True)
class Engine:
    """Everything that stays the same from draw to draw.

    `leaves` are matrices g(x), leaf positions x areas, `matrix` which of them a normalisation x option reads; areas are
    in the engine's own order, the `ranked` ones first; `inside` says which are of the place. `sign` is -1 where the
    highest score has rank 1.
    """

    tree: FlatTree
    methods: NDArray[np.int64]
    weights: Floats
    leaves: Floats
    matrix: NDArray[np.int64]
    inside: NDArray[np.bool_]
    noise: Noise
    noise_seed: int
    any_missing: bool
    sign: float
    ranked: int
    threads: int

    def run(
        self, plan: NDArray[np.int64], *, published: NDArray[np.int64], keep: tuple[int, int] = (0, 0)
    ) -> tuple[Ranks, Floats]:
        """Run draws.

        Returns
        -------
        ranks, shifts
            Ranks of the areas `keep[0]` up to `keep[1]`, draws x areas; and for each draw the mean absolute shift of an
            area's rank from `published`, in places.
        """
        kept = np.empty((len(plan), keep[1] - keep[0]), dtype=_rank_type(self.ranked))
        shifts = np.zeros(len(plan), dtype=np.int64)
        leaf_methods = np.ascontiguousarray(self.methods[:, self.tree.parent])

        spaces: SimpleQueue[ScoreSpace] = SimpleQueue()  # one a thread: new memory is slower to get than to fill
        for _ in range(self.threads):
            spaces.put(score_space(len(self.tree.group_ids), self.noise.position.size, self.inside))

        def block(first: int) -> None:
            space = spaces.get()
            rows = slice(first, first + _DRAWS_A_BLOCK)
            _run_block(
                plan[rows],
                self.tree.arrays,
                self.methods,
                leaf_methods,
                self.weights,
                self.leaves,
                self.matrix,
                self.noise,
                self.noise_seed,
                self.any_missing,
                self.sign,
                published,
                kept[rows],
                keep[0],
                shifts[rows],
                space,
            )
            spaces.put(space)

        self._in_threads(block, range(0, len(plan), _DRAWS_A_BLOCK))
        if (shifts < 0).any():
            raise UncertaintyError(
                f"In {(shifts < 0).sum():,} draws areas have no score that have a published one, because every part "
                "they have came out with a weight of 0. Set `weight_concentration` higher."
            )
        return kept, shifts / self.ranked

    def summarise(
        self, plan: NDArray[np.int64], *, published: NDArray[np.int64], percents: tuple[int, ...]
    ) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Run draws and summarise the ranks of each area: quantiles (percents x areas), chance of decile 1, mean."""
        draws, areas = len(plan), self.ranked
        positions = np.array([quantile_position(percent, draws) for percent in percents], dtype=np.int64)
        quantiles = np.empty((len(percents), areas), dtype=np.int64)
        decile_1 = np.empty(areas, dtype=np.int64)
        means = np.empty(areas)
        at_once = max(1, _MOST_BYTES // (draws * _rank_type(areas).itemsize))
        for begin in range(0, areas, at_once):
            end = min(begin + at_once, areas)
            ranks, _ = self.run(plan, published=published, keep=(begin, end))
            block = partial(
                _summarise_block, ranks, positions, areas // 10,
                quantiles[:, begin:end], decile_1[begin:end], means[begin:end],
            )  # fmt: skip
            self._in_threads(block, range(0, end - begin, _AREAS_A_BLOCK))
        return quantiles, decile_1 / draws, means

    def _in_threads(self, block: Callable[[int], None], starts: range) -> None:
        if self.threads == 1 or len(starts) < 2:
            for start in starts:
                block(start)
            return
        with ThreadPoolExecutor(max_workers=self.threads) as pool:
            for _ in pool.map(block, starts):
                pass


def _rank_type(areas: int) -> np.dtype[np.uint16] | np.dtype[np.uint32]:
    return np.dtype(np.uint16) if areas <= np.iinfo(np.uint16).max else np.dtype(np.uint32)


def _summarise_block(
    ranks: Ranks,
    positions: NDArray[np.int64],
    decile_1_upto: int,
    quantiles: NDArray[np.int64],
    decile_1: NDArray[np.int64],
    means: Floats,
    first: int,
) -> None:
    last = min(first + _AREAS_A_BLOCK, ranks.shape[1])
    summarise_ranks(ranks, first, last, positions, decile_1_upto, quantiles, decile_1, means)


def quantile_position(percent: int, count: int) -> int:
    """Place, from 1, of a quantile in a sorted list of `count` values.

    The rule is the inverse of the empirical distribution (type 1 of Hyndman and Fan, 1996): the least value that at
    least `percent` per cent of the values do not exceed. A quantile of ranks is thus always a rank that was drawn.
    """
    return max(1, -(-percent * count // 100))


def turned_leaves(
    tree: FlatTree, matrices: list[Floats], methods: NDArray[np.int64]
) -> tuple[Floats, NDArray[np.int64]]:
    """Leaf scores as g(x) of the mean that each meets (logarithm, reciprocal or as they are).

    Returns
    -------
    leaves, matrix
        The different matrices, and for each normalisation x option which of them it reads.
    """
    turns = np.where(np.isin(methods, [METHODS.index("geometric"), METHODS.index("harmonic")]), methods, 0)
    turns = turns[:, tree.parent]
    distinct, which = np.unique(turns, axis=0, return_inverse=True)
    leaves = []
    for x in matrices:
        for turn in distinct:
            turned = x.copy()
            as_log, as_reciprocal = turn == METHODS.index("geometric"), turn == METHODS.index("harmonic")
            with np.errstate(divide="ignore", invalid="ignore"):  # a mean that needs scores above 0 is not drawn
                turned[as_log] = np.log(x[as_log])
                turned[as_reciprocal] = 1 / x[as_reciprocal]
            leaves.append(turned)
    matrix = np.arange(len(matrices))[:, None] * len(distinct) + which.reshape(1, -1)
    return np.array(leaves), matrix.astype(np.int64)


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
