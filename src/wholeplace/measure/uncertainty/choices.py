"""What an index's uncertainty is worked out from: the index, choices that could as well have been made, settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wholeplace.errors import WholeplaceError
from wholeplace.measure.aggregate import METHODS, Node
from wholeplace.measure.ranks import Rank1
from wholeplace.measure.uncertainty.curves import LeafInterval
from wholeplace.measure.uncertainty.draws import SourceId

Floats = NDArray[np.float64]


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
        Areas that are ranked, those of the place; all when None. The others only serve where a level is normalised
        again with reference "source".
    why_not
        Source id -> why the caller gives nothing for it ("the sources are published without intervals").
    left_out
        Source id -> choices that the caller wanted and could not give, each with the reason; reported with the source.
    """

    root: Node
    areas: Sequence[str]
    normalisations: Mapping[str, Floats]
    rank_1: Rank1
    aggregations: Sequence[str] = ()
    intervals: Sequence[LeafInterval] = ()
    ranked: NDArray[np.bool_] | None = None
    why_not: Mapping[SourceId, str] = field(default_factory=dict)
    left_out: Mapping[SourceId, Sequence[str]] = field(default_factory=dict)


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


def check_choices(choices: IndexChoices, settings: UncertaintySettings) -> None:
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
    unknown = [name for name in choices.aggregations if name not in METHODS]
    found += [f"Unknown aggregation {name!r}; known: {', '.join(METHODS)}." for name in unknown]
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
