"""Random draws that depend on nothing but seed, trial, thing and purpose.

A draw is a hash of these four, so it is the same on any number of threads and in any order of asking, and two versions
of a place are compared draw by draw: what did not change between them meets the same luck.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from wholeplace.compiled import compiled
from wholeplace.place.distributions import Distribution
from wholeplace.resilience.ticks import TICKS_PER_H

#: A time that never comes.
NEVER = 2**61
#: Steps of the table that stands for the quantiles of a beta distribution where one is a duration.
BETA_STEPS = 4096

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


class Purpose(IntEnum):
    """What a draw is for."""

    EVENT_CHANCE = 1
    EVENT_AT = 2
    EVENT_SHARE = 3
    EVENT_LASTS = 4
    EVENT_CONTAIN = 5
    EVENT_NOTICE = 6
    STRIKE = 7
    REPAIR = 8
    RUNNING = 9
    OWN_REPAIR = 10
    ROW = 11
    AWAY = 12
    SPREAD = 13
    GUIDE = 14


class Kind(IntEnum):
    """Distributions as the compiled code knows them."""

    NEVER = 0
    FIXED = 1
    EXPONENTIAL = 2
    LOGNORMAL = 3
    TRIANGULAR = 4
    UNIFORM = 5
    BETA = 6


@compiled
def mix(x: Any) -> Any:
    """Turn 64 bits into 64 others of which each depends on all (the finaliser of SplitMix64, Steele et al. 2014)."""
    x = (x ^ (x >> np.uint64(30))) * _FIRST
    x = (x ^ (x >> np.uint64(27))) * _SECOND
    return x ^ (x >> np.uint64(31))


@compiled
def stream_of(seed: int, trial: int) -> Any:
    """What stands for a trial of a seed in every draw."""
    return mix(mix(np.uint64(seed) + _GOLDEN) + np.uint64(trial) * _GOLDEN)


@compiled
def uniform(stream: Any, key: Any) -> float:
    """A number from 0 up to but not 1; `key` stands for thing and purpose."""
    return np.float64(mix(stream ^ key) >> np.uint64(11)) * 2.0**-53


@compiled
def nth_key(key: Any, number: int) -> Any:
    """The key of the draw that is made the `number`-th time for one purpose, counted from 0."""
    return key + np.uint64(number) * _GOLDEN


def name_keys(names: Sequence[str]) -> NDArray[np.uint64]:
    """64 bits that stand for each name, whatever else there is."""
    digests = b"".join(hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def keys(names: NDArray[np.uint64], purpose: Purpose, event: int = 0) -> NDArray[np.uint64]:
    """The keys of the draws for one purpose (of one event) of things whose `name_keys` are given."""
    with np.errstate(over="ignore"):
        mixed: NDArray[np.uint64] = _mixed(
            names + _mixed(np.uint64(purpose) + np.uint64(256) * np.uint64(event) + _GOLDEN)
        )
    return mixed


def _mixed(x: Any) -> Any:
    """`mix` for arrays, without compiling."""
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint64(30))) * _FIRST
        x = (x ^ (x >> np.uint64(27))) * _SECOND
        return x ^ (x >> np.uint64(31))


def event_key(purpose: Purpose, event: int) -> np.uint64:
    """The key of the draw that an event makes once a trial."""
    return np.uint64(keys(np.zeros(1, dtype=np.uint64), purpose, event)[0])


def uniforms(seed: int, trials: NDArray[np.int64], key: np.uint64) -> NDArray[np.float64]:
    """The draws of one key in some trials, by their numbers."""
    with np.errstate(over="ignore"):
        streams = _mixed(_mixed(np.uint64(seed) + _GOLDEN) + trials.astype(np.uint64) * _GOLDEN)
        bits: NDArray[np.uint64] = _mixed(streams ^ key) >> np.uint64(11)
    return bits.astype(np.float64) * 2.0**-53


@compiled
def normal_quantile(p: float) -> float:
    """The standard normal's quantile, to about 16 digits (Wichura 1988, algorithm AS 241, PPND16)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = ((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
                  + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
               + 133.14166789178437745) * r + 3.387132872796366608  # fmt: skip
        low = ((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
                  + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
               + 42.313330701600911252) * r + 1.0  # fmt: skip
        return q * top / low
    r = p if q < 0.0 else 1.0 - p
    r = math.sqrt(-math.log(max(r, 2.0**-55)))
    if r <= 5.0:
        r -= 1.6
        top = ((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
                  + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
               + 4.6303378461565452959) * r + 1.42343711074968357734  # fmt: skip
        low = ((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
                  + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
               + 2.05319162663775882187) * r + 1.0  # fmt: skip
    else:
        r -= 5.0
        top = ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
                  + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
               + 5.4637849111641143699) * r + 6.6579046435011037772  # fmt: skip
        low = ((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
                  + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
               + 0.59983220655588793769) * r + 1.0  # fmt: skip
    return -top / low if q < 0.0 else top / low


@compiled
def ticks(hours: float) -> Any:
    """Hours as whole ticks; what is too far off never comes."""
    return np.int64(min(hours * TICKS_PER_H, 2.0**61) + 0.5)


@compiled
def duration(kind: int, a: float, b: float, c: float, u: float) -> Any:
    """Ticks of a duration of which a share `u` of draws is shorter; a, b, c are its numbers, as in `Distribution`.

    For all kinds but a beta distribution, whose quantiles are read off a table.
    """
    if kind == Kind.FIXED:
        return ticks(a)
    if kind == Kind.EXPONENTIAL:
        return ticks(-a * math.log1p(-u))
    if kind == Kind.LOGNORMAL:
        return ticks(a * math.exp(b * normal_quantile(u)))
    if kind == Kind.TRIANGULAR:
        if u * (c - a) <= b - a:
            return ticks(a + math.sqrt(u * (c - a) * (b - a)))
        return ticks(c - math.sqrt((1.0 - u) * (c - a) * (c - b)))
    if kind == Kind.UNIFORM:
        return ticks(a + u * (b - a))
    return np.int64(2**61)


class Durations:
    """Distributions of durations, coded for the compiled code; a distribution asked for twice is held once."""

    def __init__(self) -> None:
        self._codes: dict[Distribution, int] = {}
        self._betas: list[NDArray[np.float64]] = []
        self._rows: list[tuple[float, float, float, float]] = []

    def code(self, distribution: Distribution) -> int:
        """The number by which a distribution is known in `arrays`."""
        if distribution not in self._codes:
            a, b, c, *_ = [*distribution.numbers, 0.0, 0.0, 0.0]
            if distribution.kind == "beta":
                share = np.linspace(0, 1, BETA_STEPS + 1)
                c = float(len(self._betas))
                self._betas.append(special.betaincinv(a, b, share))
            self._codes[distribution] = len(self._rows)
            self._rows.append((float(Kind[distribution.kind.upper()]), a, b, c))
        return self._codes[distribution]

    def arrays(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """One row a distribution (kind, a, b, c), and the table of quantiles of those that are beta."""
        rows = np.array(self._rows, dtype=np.float64).reshape(-1, 4)
        return rows, np.array(self._betas, dtype=np.float64).reshape(-1, BETA_STEPS + 1)


def quantiles_of(distribution: Distribution, u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values (hours, or shares) of a distribution of which shares `u` of draws are smaller; infinite for `never`."""
    numbers = distribution.numbers
    match distribution.kind:
        case "never":
            return np.full(len(u), np.inf)
        case "fixed":
            return np.full(len(u), numbers[0])
        case "exponential":
            return -numbers[0] * np.log1p(-u)
        case "lognormal":
            return np.asarray(numbers[0] * np.exp(numbers[1] * special.ndtri(np.maximum(u, 2.0**-55))))
        case "triangular":
            low, mode, high = numbers
            left = low + np.sqrt(u * (high - low) * (mode - low))
            right = high - np.sqrt((1 - u) * (high - low) * (high - mode))
            return np.where(u * (high - low) <= mode - low, left, right)
        case "uniform":
            return numbers[0] + u * (numbers[1] - numbers[0])
        case _:
            return np.asarray(special.betaincinv(numbers[0], numbers[1], u))


def as_ticks(hours: NDArray[np.float64]) -> NDArray[np.int64]:
    """`ticks` for arrays."""
    return (np.minimum(hours * TICKS_PER_H, 2.0**61) + 0.5).astype(np.int64)
