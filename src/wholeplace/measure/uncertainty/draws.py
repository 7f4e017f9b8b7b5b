"""What a draw of an index is: weights, normalisation, aggregation and values, each picked by a number in [0, 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wholeplace.measure.aggregate import METHODS, NEED_POSITIVE
from wholeplace.measure.uncertainty.curves import text_keys
from wholeplace.measure.uncertainty.tree import FlatTree, keeps_above_zero

Floats = NDArray[np.float64]
SourceId = Literal["weights", "normalisation", "aggregation", "intervals"]
#: Name of the aggregation that the index itself uses, in which every level keeps its own method.
AS_WRITTEN = "as written"


@dataclass(frozen=True)
class Options:
    """The aggregations that are drawn, and which of them each normalisation allows.

    `methods` are options x groups (places in `aggregate.METHODS`), the index as written first; `allowed[n, :count[n]]`
    are the options of normalisation n.
    """

    names: tuple[str, ...]
    methods: NDArray[np.int64]
    allowed: NDArray[np.int64]
    count: NDArray[np.int64]
    left_out: tuple[str, ...]


def usual_share(share: float, concentration: float) -> tuple[float, float]:
    """Between which shares of its group's weight a part of a given share is drawn nineteen times in twenty.

    From the mean and variance of the Dirichlet distribution, taken for normal: for shares not near 0 or 1.
    """
    step = 1.96 * float(np.sqrt(share * (1 - share) / (concentration + 1)))
    return max(0.0, share - step), min(1.0, share + step)


def draw_weights(tree: FlatTree, *, draws: int, concentration: float, seed: int) -> Floats:
    """Draw weights: the published ones in row 0, then one row a draw.

    Each level is drawn from a Dirichlet distribution with parameters concentration x weight / sum of the level, and
    scaled to that sum. The mean is thus the published weight and, with share p = weight / sum, the variance of a share
    p (1 - p) / (concentration + 1). A weight of 0 stays 0. A level's draws depend on the seed and the level's id.
    """
    table = np.tile(tree.weights, (draws + 1, 1))
    for group, key in enumerate(text_keys(tree.group_ids)):
        level = tree.children(group)
        weights = tree.weights[level]
        drawn = np.flatnonzero(weights > 0)
        if len(drawn) < 2:
            continue
        total = weights.sum()
        generator = np.random.default_rng([seed, 1, int(key)])
        shares = generator.dirichlet(concentration * weights[drawn] / total, size=draws)
        table[1:, level.start + drawn] = total * shares
    return table


def weights_can_vary(tree: FlatTree) -> bool:
    """Whether some level has two or more weights above 0."""
    return any((tree.weights[tree.children(group)] > 0).sum() > 1 for group in range(len(tree.group_ids)))


def aggregation_options(tree: FlatTree, names: Sequence[str], normalisations: Mapping[str, Floats]) -> Options:
    """Sort out which aggregations can be drawn under which normalisation.

    An alternative replaces the method of every level. Geometric and harmonic means need scores above 0: where one is
    not, the alternative is not drawn with that normalisation, or not at all when the published normalisation is the
    one with such a score.
    """
    written = tree.methods
    found: list[tuple[str, NDArray[np.int64]]] = [(AS_WRITTEN, written)]
    left_out: list[str] = []
    published = next(iter(normalisations))
    why = {name: _not_above_zero(tree, matrix) for name, matrix in normalisations.items()}
    for name in dict.fromkeys(names):
        methods = np.full(len(written), METHODS.index(name), dtype=np.int64)
        if (methods == written).all():
            continue
        if name in NEED_POSITIVE and why[published]:
            left_out.append(f"the {name} mean, because {why[published]}")
            continue
        found.append((name, methods))
        if name in NEED_POSITIVE:
            left_out += [f"the {name} mean with {n}, because {why[n]}" for n in normalisations if why[n]]
    allowed = np.zeros((len(normalisations), len(found)), dtype=np.int64)
    count = np.zeros(len(normalisations), dtype=np.int64)
    for n, normalisation in enumerate(normalisations):
        usable = [k for k, (name, _) in enumerate(found) if name not in NEED_POSITIVE or not why[normalisation]]
        allowed[n, : len(usable)] = usable
        count[n] = len(usable)
    return Options(
        names=tuple(name for name, _ in found),
        methods=np.array([methods for _, methods in found]),
        allowed=allowed,
        count=count,
        left_out=tuple(left_out),
    )


def usable_normalisations(tree: FlatTree, normalisations: Mapping[str, Floats]) -> tuple[dict[str, Floats], list[str]]:
    """The normalisations that the index's own aggregation can take, and why any other is left out."""
    needs_positive = [METHODS[m] in NEED_POSITIVE for m in tree.methods]
    needs_positive = [
        need or (spec is not None and spec.method == "log-goalposts")
        for need, spec in zip(needs_positive, tree.renormalise, strict=True)
    ]
    if not any(needs_positive):
        return dict(normalisations), []
    kept, left_out = {}, []
    for k, (name, matrix) in enumerate(normalisations.items()):
        why = _not_above_zero(tree, matrix) if k > 0 else None
        if why:
            left_out.append(f"{name}, because the index takes a mean that needs scores above 0 and {why}")
        else:
            kept[name] = matrix
    return kept, left_out


def _not_above_zero(tree: FlatTree, matrix: Floats) -> str | None:
    """Why a mean that needs scores above 0 cannot be taken; None when it can. Rows of the matrix are leaf positions."""
    with np.errstate(invalid="ignore"):
        counts = (matrix <= 0).sum(axis=1)
    if counts.any():
        worst = int(counts.argmax())
        where = f"in {tree.leaf_names[worst]} more than in any other"
        return f"{counts.sum():,} scores of areas in its {len(tree.leaf_names)} indicators would be 0 or less, {where}"
    for group, spec in zip(tree.group_names[:-1], tree.renormalise[:-1], strict=True):
        if spec is not None and not keeps_above_zero(spec):
            return f"the scores of {group} are normalised again by {spec.method} and may then be 0 or less"
    return None


@dataclass(frozen=True)
class Choices:
    """How many weights, normalisations, aggregations and indicator values there are to pick among."""

    draws: int
    options: Options
    weights: bool
    intervals: bool

    def count(self, source: SourceId) -> int:
        """Number of different picks of a source; 1 when it does not vary."""
        return {
            "weights": self.draws if self.weights else 1,
            "normalisation": len(self.options.count),
            "aggregation": int(self.options.count.max()),
            "intervals": self.draws if self.intervals else 1,
        }[source]

    def plan(self, trigger: Mapping[SourceId, Floats], size: int) -> NDArray[np.int64]:
        """Turn triggers in [0, 1) into picks: columns weights row, normalisation, aggregation, interval draw.

        A source without a trigger keeps what is published. All picks of a source are equally likely; an aggregation is
        picked among those that the picked normalisation allows.
        """
        plan = np.zeros((size, 4), dtype=np.int64)
        if "weights" in trigger and self.weights:
            plan[:, 0] = 1 + _pick(trigger["weights"], self.draws)
        if "normalisation" in trigger:
            plan[:, 1] = _pick(trigger["normalisation"], len(self.options.count))
        if "aggregation" in trigger:
            picked = _pick(trigger["aggregation"], self.options.count[plan[:, 1]])
            plan[:, 2] = self.options.allowed[plan[:, 1], picked]
        if "intervals" in trigger and self.intervals:
            plan[:, 3] = 1 + _pick(trigger["intervals"], self.draws)
        return plan

    def random_plan(self, *, seed: int) -> NDArray[np.int64]:
        """The draws proper: draw d takes weights d and values d, and a normalisation and aggregation at random."""
        generator = np.random.default_rng([seed, 2])
        own = (np.arange(self.draws) + 0.5) / self.draws
        trigger: dict[SourceId, Floats] = {
            "weights": own,
            "normalisation": generator.random(self.draws),
            "aggregation": generator.random(self.draws),
            "intervals": own,
        }
        return self.plan(trigger, self.draws)

    def single_plan(self, source: SourceId, *, at_most: int) -> NDArray[np.int64]:
        """Draws in which only one source varies: every pick of it once, or the first `at_most`."""
        count = int(self.options.count[0]) if source == "aggregation" else self.count(source)
        own = (np.arange(count) + 0.5) / count
        return self.plan({source: own}, count)[:at_most]


def _pick(trigger: Floats, count: int | NDArray[np.int64]) -> NDArray[np.int64]:
    picked: NDArray[np.int64] = np.minimum((trigger * count).astype(np.int64), np.asarray(count) - 1)
    return picked
