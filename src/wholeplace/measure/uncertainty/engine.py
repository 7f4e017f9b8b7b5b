"""Make ready to run draws of an index: its tree, scores and intervals in arrays, in an order that is quick to rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.measure.aggregate import combine
from wholeplace.measure.ranks import rank_scores
from wholeplace.measure.uncertainty.choices import IndexChoices, UncertaintyError, UncertaintySettings
from wholeplace.measure.uncertainty.curves import LeafInterval, Noise, lay_out
from wholeplace.measure.uncertainty.draws import (
    Choices,
    aggregation_options,
    draw_weights,
    usable_normalisations,
    weights_can_vary,
)
from wholeplace.measure.uncertainty.evaluate import Engine, processors, turned_leaves
from wholeplace.measure.uncertainty.tree import FlatTree, flatten

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Prepared:
    """An engine and what it picks among.

    `rows` says which area of the caller stands at each ranked place of the engine; `published` are their ranks.
    `normalisations` are those drawn, `left_out` those that cannot be, `moving_leaves` the leaves with intervals.
    """

    engine: Engine
    picks: Choices
    rows: NDArray[np.intp]
    published: NDArray[np.int64]
    normalisations: tuple[str, ...]
    left_out: tuple[str, ...]
    moving_leaves: tuple[str, ...]


def prepare(choices: IndexChoices, settings: UncertaintySettings, *, threads: int | None) -> Prepared:
    """Make ready to run draws.

    The engine's areas stand in the order of their published ranks, areas that are not ranked last: ranks of a draw are
    close to the published ones, so that what is written one after the other lies side by side in memory.
    """
    tree = flatten(choices.root)
    order, ranks = _published_order(choices)
    published = ranks[np.isfinite(ranks)].astype(np.int64)
    normalisations, left_out = usable_normalisations(
        tree,
        {name: np.asarray(m, dtype=np.float64)[tree.columns][:, order] for name, m in choices.normalisations.items()},
    )
    options = aggregation_options(tree, choices.aggregations, normalisations)
    noise = _noise(choices, tree, order, normalisations)
    picks = Choices(
        draws=settings.draws, options=options, weights=weights_can_vary(tree), intervals=noise.position.size > 0
    )
    leaves, matrix = turned_leaves(tree, list(normalisations.values()), options.methods)
    engine = Engine(
        tree=tree,
        methods=options.methods,
        weights=draw_weights(
            tree, draws=settings.draws, concentration=settings.weight_concentration, seed=settings.seed
        ),
        leaves=leaves,
        matrix=matrix,
        inside=_inside(choices)[order],
        noise=noise,
        noise_seed=settings.seed,
        any_missing=bool(np.isnan(leaves[0]).any()),
        sign=-1.0 if choices.rank_1 == "highest" else 1.0,
        ranked=len(published),
        threads=processors() if threads is None else threads,
    )
    moving = tuple(tree.leaf_ids[position] for position in noise.position)
    return Prepared(engine, picks, order[: len(published)], published, tuple(normalisations), tuple(left_out), moving)


def _published_order(choices: IndexChoices) -> tuple[NDArray[np.intp], Floats]:
    """The caller's areas in order of rank, then of code, those without a rank last; and their ranks in that order."""
    by_code = pl.Series(choices.areas).arg_sort().to_numpy().astype(np.intp)
    leaves = np.asarray(next(iter(choices.normalisations.values())), dtype=np.float64)[:, by_code]
    inside = _inside(choices)[by_code]
    scores = np.where(inside, combine(choices.root, leaves.T, inside=inside)[choices.root.id], np.nan)
    ranks = rank_scores(scores, rank_1=choices.rank_1)
    if not np.isfinite(ranks).any():
        raise UncertaintyError("No area has a score, so there are no ranks to draw.")
    by_rank = np.argsort(ranks, kind="stable")
    return by_code[by_rank], ranks[by_rank]


def _inside(choices: IndexChoices) -> NDArray[np.bool_]:
    """Which of the caller's areas are of the place: those that are to be ranked."""
    return np.ones(len(choices.areas), dtype=np.bool_) if choices.ranked is None else choices.ranked


def _noise(
    choices: IndexChoices, tree: FlatTree, order: NDArray[np.intp], normalisations: Mapping[str, Floats]
) -> Noise:
    position = {int(column): at for at, column in enumerate(tree.columns)}
    moving = [
        (
            position[interval.leaf],
            tree.leaf_ids[position[interval.leaf]],
            LeafInterval(
                interval.leaf,
                interval.value[order],
                interval.lower95[order],
                interval.upper95[order],
                interval.curves,
            ),
        )
        for interval in choices.intervals
        if interval.usable().any()
    ]
    areas = [choices.areas[row] for row in order] if moving else []
    return lay_out(moving, areas, normalisations)
