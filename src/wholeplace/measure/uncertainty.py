"""How sure the ranks of an index are: seeded draws over weights, normalisation, aggregation and indicator values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.errors import WholeplaceError
from wholeplace.measure._curves import LeafInterval, ScoreCurve
from wholeplace.measure._draws import (
    SOURCES,
    Choices,
    Options,
    SourceId,
    aggregation_options,
    draw_weights,
    usable_normalisations,
    weights_can_vary,
)
from wholeplace.measure._ranking import Rank1
from wholeplace.measure._tree import FlatTree, flatten
from wholeplace.measure.aggregate import METHODS, Node

if TYPE_CHECKING:
    from wholeplace.measure._evaluate import Engine
    from wholeplace.measure._sensitivity import SobolShares

__all__ = [
    "IndexChoices",
    "LeafInterval",
    "ScoreCurve",
    "Source",
    "Uncertainty",
    "UncertaintyError",
    "UncertaintySettings",
    "index_uncertainty",
]

Floats = NDArray[np.float64]
_PERCENTS = (5, 50, 95)


class UncertaintyError(WholeplaceError, ValueError):
    """Inputs or settings that no draws can be made from."""


@dataclass(frozen=True)
class IndexChoices:
    """An index and the choices that could as well have been made.

    Attributes
    ----------
    root
        The index as a tree; a leaf's `leaf` is its row in the matrices below.
    areas
        Code of every area (column of the matrices). Draws are keyed by code, so that the order does not matter.
    normalisations
        Name -> normalised leaf scores, leaves x areas, turned so that higher is what the index names; NaN where
        missing, in the same places in all. The first is the published one.
    rank_1
        Whether the highest or the lowest score has rank 1.
    aggregations
        Methods that could replace the index's own at every level. Geometric and harmonic means are drawn only with
        normalisations whose scores are all above 0; what is left out is reported.
    intervals
        Leaves whose values have intervals, for as many leaves as have them.
    ranked
        Areas that are ranked; all when None. The others only serve where a level is normalised again.
    why_not
        Source id -> why the caller gives nothing for it ("the sources are published without intervals").
    """

    root: Node
    areas: Sequence[str]
    normalisations: Mapping[str, Floats]
    rank_1: Rank1
    aggregations: Sequence[str] = ()
    intervals: Sequence[LeafInterval] = ()
    ranked: NDArray[np.bool_] | None = None
    why_not: Mapping[SourceId, str] = field(default_factory=dict)


@dataclass(frozen=True)
class UncertaintySettings:
    """How many draws, of what.

    `weight_concentration`: the higher, the closer drawn weights stay to the published ones (see `index_uncertainty`).
    `sensitivity_samples`, a power of 2: base sample of the Sobol indices; 0 leaves them and the mean shifts by source
    out.
    """

    draws: int = 1000
    seed: int = 1
    weight_concentration: float = 100.0
    sensitivity_samples: int = 512


@dataclass(frozen=True)
class Source:
    """One source of uncertainty and how much it moves ranks.

    Attributes
    ----------
    id
        weights, normalisation, aggregation or intervals.
    included, why_not
        Whether it was varied and, if not, why.
    choices
        What was drawn among, the published choice first (normalisation, aggregation), or which leaves (intervals).
    left_out
        Choices that were asked for and could not be drawn, each with the reason.
    mean_rank_shift
        Places by which an area's rank differs from its published rank, on average over areas and draws, when only this
        source varies and the others stay as published. Higher is less sure.
    s1, st
        First-order and total Sobol index: the share of the variance of the mean rank shift between draws that this
        source explains alone, and together with the others. Estimates: they can fall a little outside 0 to 1.
    s1_half_width, st_half_width
        Half-widths of their 95 % intervals.
    """

    id: SourceId
    included: bool
    why_not: str | None = None
    choices: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    mean_rank_shift: float | None = None
    s1: float | None = None
    s1_half_width: float | None = None
    st: float | None = None
    st_half_width: float | None = None


@dataclass(frozen=True)
class Uncertainty:
    """Rank intervals of an index and what makes them wide.

    `areas` has one row an area, in the order given: `area`, `rank` (published), `rank_p05`, `rank_p50`, `rank_p95`
    (ranks), `mean_rank`, `p_decile_1` (0 to 1); empty for an area without a score. `settings` are those used.
    """

    areas: pl.DataFrame
    sources: tuple[Source, ...]
    settings: UncertaintySettings

    def source(self, source: SourceId) -> Source:
        """One source by its id."""
        return next(found for found in self.sources if found.id == source)

    def as_dict(self) -> dict[str, Any]:
        """Settings and sources as plain values, without the areas."""
        return {**asdict(self.settings), "sources": [asdict(source) for source in self.sources]}

    def to_csv(self, path: Path | str) -> None:
        """Write the areas' rank intervals."""
        self.areas.write_csv(Path(path))

    def to_json(self, path: Path | str) -> None:
        """Write settings, sources and areas."""
        Path(path).write_text(json.dumps({**self.as_dict(), "areas": self.areas.to_dicts()}, indent=1), "utf-8")

    def _repr_html_(self) -> str:
        rows = pl.DataFrame([asdict(source) for source in self.sources]).select(
            "id", "included", "why_not", "mean_rank_shift", "s1", "st"
        )
        return f"{rows._repr_html_()}{self.areas._repr_html_()}"


def index_uncertainty(
    choices: IndexChoices, settings: UncertaintySettings | None = None, *, threads: int | None = None
) -> Uncertainty:
    """Draw an index many times over and see how its ranks move.

    Each draw takes at once:

    * weights of every level from a Dirichlet distribution around the published ones (parameters: concentration x share
      of the level, so that a share p has standard deviation √(p (1 - p) / (concentration + 1)): at 100, a weight of a
      quarter is drawn between 0.17 and 0.34 nineteen times in twenty), kept to the sum of the level; 0 stays 0;
    * one of the normalisations and one of the aggregations, each as likely as any other. An alternative mean is
      multiplied by its level's sum of weights, so that no level gains or loses influence by the change of mean;
    * values of the leaves with intervals: half of the draws on each side of the published value, each half a
      half-normal whose 95 % limit is the published one. The value is thus the median and the limits are the 2.5 and
      97.5 per cent points. Values of different areas and leaves are drawn independently.

    Areas are then ranked exactly, not by bins. What a normalisation refers to (least and greatest value, mean, spread,
    order of the published values) is held fixed: a drawn value is read off it by straight lines between published
    values. Intervals of ranks are therefore a little too narrow where all areas' values are uncertain together.

    When not to use it: draws say how much a rank depends on choices that could as well have been made, not whether the
    index measures the right thing, nor about errors in the data that no interval describes. With two or three areas
    the ranks have little room to move and the shares of sources mean little.

    Parameters
    ----------
    choices
        The index, its alternatives and intervals.
    settings
        Draws, seed, concentration, base sample; the defaults when None.
    threads
        Threads to run on; every processor when None. It changes the time, never a figure.

    Returns
    -------
    uncertainty
        Rank quantiles (the least drawn rank that at least 5, 50, 95 per cent of draws do not exceed), chance of decile
        1 (10 x rank at most the number of ranked areas), mean rank, and the sources. The same seed gives the same
        figures, whatever the order of areas and the number of threads.

    Raises
    ------
    UncertaintyError
        All problems of the inputs together.

    References
    ----------
    OECD/JRC (2008), Handbook on Constructing Composite Indicators, step 7 (uncertainty and sensitivity analysis, R̄s);
    Saisana, Saltelli and Tarantola (2005), Journal of the Royal Statistical Society A 168, 307-323 (triggers).
    """
    from wholeplace.measure._evaluate import processors

    settings = settings or UncertaintySettings()
    _check(choices, settings)
    tree = flatten(choices.root)
    canonical, order = _prepare(choices, tree)
    normalisations, left_out = usable_normalisations(tree, canonical.normalisations)
    options = aggregation_options(tree, canonical.aggregations, normalisations)
    picks = Choices(draws=settings.draws, options=options, intervals=bool(canonical.intervals))
    engine, rows, published = _engine(
        canonical, tree, normalisations, options, settings, processors() if threads is None else threads
    )
    plan = picks.random_plan(seed=settings.seed)
    if not weights_can_vary(tree):
        plan[:, 0] = 0
    quantiles, p_decile_1, mean_rank = engine.summarise(plan, published=published, percents=_PERCENTS)
    frame = _frame(choices.areas, order[rows], published, quantiles, p_decile_1, mean_rank)
    sources = _sources(canonical, tree, normalisations, tuple(left_out), picks)
    return Uncertainty(frame, _measure(sources, picks, engine, published, settings), settings)


def _check(choices: IndexChoices, settings: UncertaintySettings) -> None:
    """Collect every problem of the inputs."""
    found: list[str] = []
    areas = len(choices.areas)
    if len(set(choices.areas)) < areas:
        found.append("Some area codes stand twice in `areas`.")
    if not choices.normalisations:
        found.append("`normalisations` is empty; give at least the published one.")
    matrices = {name: np.asarray(matrix) for name, matrix in choices.normalisations.items()}
    leaves = sum(1 for node in choices.root.walk() if not node.children)
    for name, matrix in matrices.items():
        if matrix.shape != (leaves, areas):
            found.append(f"{name!r} is {matrix.shape}, but the index has {leaves} leaves and {areas:,} areas.")
    if not found:
        first = np.isnan(next(iter(matrices.values())))
        found += [
            f"{name!r} has scores missing where {next(iter(matrices))!r} has not, or the other way round."
            for name, matrix in matrices.items()
            if not np.array_equal(np.isnan(matrix), first)
        ]
        found += [f"{name!r} has scores that are infinite." for name, m in matrices.items() if np.isinf(m).any()]
    found += [f"Unknown aggregation {name!r}; known: {', '.join(METHODS)}." for name in choices.aggregations if name not in METHODS]
    for interval in choices.intervals:
        found += [f"Leaf {interval.leaf}: {problem}." for problem in interval.problems()]
        absent = [name for name in choices.normalisations if name not in interval.curves]
        if absent:
            found.append(f"Leaf {interval.leaf} has no curve for {', '.join(absent)}.")
    found += _check_settings(settings)
    if found:
        raise UncertaintyError("\n".join(found))


def _check_settings(settings: UncertaintySettings) -> list[str]:
    found = []
    if settings.draws < 1:
        found.append(f"`draws` must be 1 or more, not {settings.draws!r}.")
    if settings.seed < 0:
        found.append(f"`seed` must be 0 or more, not {settings.seed!r}.")
    if not (np.isfinite(settings.weight_concentration) and settings.weight_concentration > 0):
        found.append(f"`weight_concentration` must be above 0, not {settings.weight_concentration!r}.")
    samples = settings.sensitivity_samples
    if samples < 0 or samples & (samples - 1):
        found.append(f"`sensitivity_samples` must be 0 or a power of 2, not {samples!r}.")
    return found


def _prepare(choices: IndexChoices, tree: FlatTree) -> tuple[IndexChoices, NDArray[np.intp]]:
    """Put areas in the order of their codes and leaves in that of the tree."""
    order = np.argsort(np.asarray(choices.areas))
    leaf_at = {int(column): position for position, column in enumerate(tree.columns)}
    ranked = np.ones(len(order), dtype=bool) if choices.ranked is None else choices.ranked
    return IndexChoices(
        root=choices.root,
        areas=[choices.areas[row] for row in order],
        normalisations={
            name: np.ascontiguousarray(np.asarray(matrix, dtype=np.float64)[tree.columns][:, order])
            for name, matrix in choices.normalisations.items()
        },
        rank_1=choices.rank_1,
        aggregations=choices.aggregations,
        intervals=[
            _reordered(interval, leaf_at[interval.leaf], order)
            for interval in choices.intervals
            if interval.usable().any()
        ],
        ranked=ranked[order],
        why_not=choices.why_not,
    ), order


def _reordered(interval: LeafInterval, position: int, order: NDArray[np.intp]) -> LeafInterval:
    return LeafInterval(
        position, interval.value[order], interval.lower95[order], interval.upper95[order], interval.curves
    )


def _engine(
    choices: IndexChoices,
    tree: FlatTree,
    normalisations: Mapping[str, Floats],
    options: Options,
    settings: UncertaintySettings,
    threads: int,
) -> tuple[Engine, NDArray[np.intp], NDArray[np.int64]]:
    """Make the engine, with the published ranks of its areas and where each stands in `choices`.

    The engine's areas stand in the order of their published ranks: the ranks of a draw are close to these, so that what
    is written one after the other lies side by side in memory.
    """
    ...
