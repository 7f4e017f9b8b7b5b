"""Compiled draws of leaf scores within their intervals; import it only where it is run.

A draw is a function of the seed, the number of the draw, the leaf's id and the area's code and of nothing else, so that
neither the order of rows nor the number of threads nor the other areas change it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from wholeplace.compiled import compiled, inner
from wholeplace.measure.uncertainty.curves import Noise
from wholeplace.measure.uncertainty.tree import GEOMETRIC, HARMONIC

# Constants of SplitMix64 (Steele, Lea and Flood, 2014, Fast splittable pseudorandom number generators).
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_TO_UNIT = 2.0**-53


@inner
def mix(number: np.uint64) -> np.uint64:
    """Scatter 64 bits: the output function of SplitMix64."""
    z = number + _STEP
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    return z ^ (z >> np.uint64(31))


@inner
def normal(key: np.uint64) -> float:
    """A standard normal number that depends only on the key (Box and Muller, 1958)."""
    first = mix(key)
    second = mix(first)
    radius = math.sqrt(-2.0 * math.log((float(first >> np.uint64(11)) + 0.5) * _TO_UNIT))
    return radius * math.cos(2.0 * math.pi * _TO_UNIT * float(second >> np.uint64(11)))


@compiled
def perturb(
    noise: Noise,
    draw: int,
    seed: int,
    normalisation: int,
    normalisations: int,
    methods: NDArray[np.int64],
    leaves: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write the drawn scores of the moving leaves, as g(x) of the mean that each meets.

    `methods` are by leaf position; `leaves` are the published g(x), kept where an area has no interval. The published
    value is the median of the draws and the limits are their 2.5 and 97.5 per cent points: half of the draws lie on
    each side, each half a half-normal. Before a logarithm or a reciprocal no score is let below the leaf's least
    published one.
    """
    of_draw = mix(np.uint64(seed) ^ mix(np.uint64(draw)))
    for row in range(noise.position.size):
        position = noise.position[row]
        method = methods[position]
        curve = row * normalisations + normalisation
        of_leaf = mix(of_draw ^ noise.leaf_key[row])
        for i in range(out.shape[1]):
            below = noise.sd_below[row, i]
            above = noise.sd_above[row, i]
            if below + above <= 0.0 or np.isnan(leaves[position, i]):
                out[row, i] = leaves[position, i]
                continue
            z = normal(of_leaf ^ noise.area_key[i])
            score = _read_off(noise, curve, noise.value[row, i] + z * (below if z < 0.0 else above))
            if method == GEOMETRIC:
                score = np.log(max(score, noise.floor[curve]))
            elif method == HARMONIC:
                score = 1.0 / max(score, noise.floor[curve])
            out[row, i] = score


@inner
def _read_off(noise: Noise, curve: int, value: float) -> float:
    """The score at a value, by straight lines between knots."""
    first = noise.start[curve]
    last = noise.start[curve + 1] - 1
    x = noise.knot_value
    y = noise.knot_score
    if first == last:
        return float(y[first])
    if value <= x[first]:
        if not noise.extend[curve]:
            return float(y[first])
        low = first
    elif value >= x[last]:
        if not noise.extend[curve]:
            return float(y[last])
        low = last - 1
    elif last == first + 1:
        low = first
    else:
        cell = noise.guide_start[curve] + np.int64((value - x[first]) * noise.cells_per_unit[curve])
        low = first + max(noise.guide[cell] - 1, 0)
        high = min(first + noise.guide[cell + 1], last)
        while high - low > 1:
            middle = (low + high) >> 1
            if x[middle] <= value:
                low = middle
            else:
                high = middle
    share = (value - x[low]) / (x[low + 1] - x[low])
    return float(y[low] + (y[low + 1] - y[low]) * share)
