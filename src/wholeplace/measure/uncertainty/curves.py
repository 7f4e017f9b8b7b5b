"""How an indicator that is known only within an interval moves its score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Half-width of a 95 % interval of a normal distribution, in standard deviations.
Z_95 = 1.959963984540054


@dataclass(frozen=True)
class ScoreCurve:
    """Score by value: straight lines between `values` (rising, no two equal), each with its normalised score.

    Beyond the ends the line goes on when `extend`, else the score stays that of the end. A curve through two points
    with `extend` is exact for min-max, z-score, none and goalposts without `clip`.
    """

    values: Floats
    scores: Floats
    extend: bool = False

    @classmethod
    def through(cls, values: Floats, scores: Floats, *, extend: bool = False) -> ScoreCurve:
        """Draw the curve through the published values and their scores.

        Parameters
        ----------
        values, scores
            Of the rows that the normalisation refers to; rows where either is NaN are left out.
        extend
            True where a score is a straight line in the value (min-max, z-score, none, goalposts without `clip`): only
            the two ends are kept, and values beyond them are scored by the same line. False for the rank methods: a
            value beyond all published ones has the score of the nearest.
        """
        known = np.isfinite(values) & np.isfinite(scores)
        distinct, first = np.unique(values[known], return_index=True)
        at = scores[known][first]
        if extend and len(distinct) > 2:
            distinct, at = distinct[[0, -1]], at[[0, -1]]
        return cls(distinct.astype(np.float64), at.astype(np.float64), extend)


@dataclass(frozen=True)
class LeafInterval:
    """A leaf whose values have intervals.

    `leaf` is its column in the leaf matrix; `value`, `lower95` and `upper95` are by area, in the indicator's unit (NaN
    in both limits: that area is held at its published score); `curves` holds one curve for each normalisation, by name.
    """

    leaf: int
    value: Floats
    lower95: Floats
    upper95: Floats
    curves: Mapping[str, ScoreCurve]

    def usable(self) -> NDArray[np.bool_]:
        """Areas whose value can be drawn: value and both limits known, and the limits not both the value."""
        known = np.isfinite(self.value) & np.isfinite(self.lower95) & np.isfinite(self.upper95)
        return known & (self.upper95 > self.lower95)

    def problems(self) -> list[str]:
        """What keeps the interval from being used, in plain words."""
        usable = self.usable()
        outside = usable & ~((self.lower95 <= self.value) & (self.value <= self.upper95))
        found = []
        if outside.any():
            found.append(f"{outside.sum():,} values lie outside their own interval")
        short = [name for name, curve in self.curves.items() if len(curve.values) == 0]
        if short:
            found.append(f"no score is known for any value under {', '.join(short)}")
        return found


class Noise(NamedTuple):
    """Intervals in arrays: rows are moving leaves, columns areas.

    Curve c = row x normalisations + normalisation has the knots `start[c]` to `start[c + 1]`; `guide` says, for each of
    `cells[c]` equal cells from `guide_start[c]`, how many of them lie below the cell, so that no search is needed.
    """

    position: NDArray[np.int64]
    value: Floats
    sd_below: Floats
    sd_above: Floats
    leaf_key: NDArray[np.uint64]
    area_key: NDArray[np.uint64]
    knot_value: Floats
    knot_score: Floats
    extend: NDArray[np.bool_]
    start: NDArray[np.int64]
    guide: NDArray[np.int64]
    guide_start: NDArray[np.int64]
    cells_per_unit: Floats
    floor: Floats


def text_keys(texts: Sequence[str]) -> NDArray[np.uint64]:
    """A number for each text that depends on nothing but the text, to key its draws by."""
    return np.array(
        [int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") for text in texts], dtype=np.uint64
    )


def lay_out(
    intervals: Sequence[tuple[int, str, LeafInterval]], areas: Sequence[str], normalisations: Mapping[str, Floats]
) -> Noise:
    """Put intervals in arrays.

    Parameters
    ----------
    intervals
        Leaf position, leaf id and interval of each moving leaf.
    areas
        Codes of the areas, in the order of the intervals' rows; none are needed without intervals.
    normalisations
        Leaf matrices (leaf positions x areas) by name, the published one first.
    """
    curves = [interval.curves[name] for _, _, interval in intervals for name in normalisations]
    guides = [_guide(curve) for curve in curves]
    below, above = _spread(intervals, len(areas))
    floor = [_least_above_zero(matrix[position]) for position, _, _ in intervals for matrix in normalisations.values()]
    return Noise(
        position=np.array([position for position, _, _ in intervals], dtype=np.int64),
        value=np.array([interval.value for _, _, interval in intervals], dtype=np.float64).reshape(below.shape),
        sd_below=below,
        sd_above=above,
        leaf_key=text_keys([leaf for _, leaf, _ in intervals]),
        area_key=text_keys(areas),
        knot_value=np.concatenate([np.zeros(0), *(curve.values for curve in curves)]),
        knot_score=np.concatenate([np.zeros(0), *(curve.scores for curve in curves)]),
        extend=np.array([curve.extend for curve in curves], dtype=np.bool_),
        start=np.cumsum([0, *(len(curve.values) for curve in curves)], dtype=np.int64),
        guide=np.concatenate([np.zeros(0, dtype=np.int64), *(guide for guide, _ in guides)]),
        guide_start=np.cumsum([0, *(len(guide) for guide, _ in guides)], dtype=np.int64),
        cells_per_unit=np.array([per_unit for _, per_unit in guides]),
        floor=np.array(floor),
    )


def _spread(intervals: Sequence[tuple[int, str, LeafInterval]], areas: int) -> tuple[Floats, Floats]:
    """Standard deviations below and above the value; 0 where an area has no interval."""
    below = np.zeros((len(intervals), areas))
    above = np.zeros((len(intervals), areas))
    for row, (_, _, interval) in enumerate(intervals):
        usable = interval.usable()
        below[row, usable] = (interval.value - interval.lower95)[usable] / Z_95
        above[row, usable] = (interval.upper95 - interval.value)[usable] / Z_95
    return below, above


def _guide(curve: ScoreCurve) -> tuple[NDArray[np.int64], float]:
    """How many knots lie below each of equal cells along the values, and how many cells a unit holds."""
    count = len(curve.values)
    if count < 3:
        return np.zeros(0, dtype=np.int64), 0.0
    cells = 2 * count
    per_unit = (cells - 1) / float(curve.values[-1] - curve.values[0])
    cell = ((curve.values - curve.values[0]) * per_unit).astype(np.int64)
    return np.searchsorted(cell, np.arange(cells + 2)).astype(np.int64), per_unit


def _least_above_zero(scores: Floats) -> float:
    above = scores[scores > 0]
    return float(above.min()) if len(above) else 0.0
