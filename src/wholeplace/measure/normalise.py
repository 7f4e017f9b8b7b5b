"""Put indicators on one scale: the nine normalisations of an index, all turned so that higher means the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wholeplace.errors import WholeplaceError
from wholeplace.measure.ranks import Ties, rank_from_least

Floats = NDArray[np.float64]

RANK_METHODS = ("rank", "percentile", "exponential-rank")
GOALPOSTS = ("goalposts", "log-goalposts")
#: Methods that look at ranks alone; the last is for indicators, not for groups that are normalised again.
BY_RANK = (*RANK_METHODS, "normal-rank")
METHODS = ("min-max", "z-score", *BY_RANK, *GOALPOSTS, "none")
#: Computed values whose spread is this share of their size are one value and noise.
ROUNDING = 1e-12


class NormaliseError(WholeplaceError, ValueError):
    """A column that the chosen method cannot normalise."""


@dataclass(frozen=True)
class NormaliseSpec:
    """How a column is normalised.

    `constant` is of exponential-rank; `ties` (min, max, average) of the rank methods; `range` of min-max and the
    goalposts; `low`, `high` (in the indicator's unit) and `clip` (values beyond them are cut to them) of the goalposts;
    `reference` is "place" or "source".
    """

    method: str
    constant: float = 23.0
    ties: Ties = "average"
    range: tuple[float, float] = (0.0, 100.0)
    reference: str = "place"
    low: float | None = None
    high: float | None = None
    clip: bool = True


def normalise(
    x: Floats,
    spec: NormaliseSpec,
    *,
    flip: bool,
    reference: NDArray[np.bool_] | None = None,
    same_within: float = 0.0,
) -> Floats:
    """Normalise one column.

    Parameters
    ----------
    x
        Values, NaN where there is none (they stay NaN and count nowhere).
    spec
        The method and its settings.
    flip
        Turn the column round, because high values of it mean the opposite of what the index measures.
    reference
        Which rows set minimum, maximum, mean, sd and ranks; all when None. Other rows are placed among them.
    same_within
        Values that lie this close share a rank. Above 0 for computed values, whose last digits are noise.

    Returns
    -------
    y
        Normalised values. min-max and goalposts: on `spec.range` (goalposts beyond it unless `clip`); z-score: mean 0,
        sd 1 (n - 1); rank: 1 to n, n being the most; percentile: 0 to 100; exponential-rank: 0 to 100;
        normal-rank: mean 0, the normal score of rank/(n + 1); none: as is.

    Raises
    ------
    NormaliseError
        A constant column for min-max or z-score; a value not above 0 for log-goalposts without `clip`; no value at all.

    References
    ----------
    OECD/JRC (2008), Handbook on Constructing Composite Indicators, step 5; exponential transformation with constant 23:
    English Indices of Deprivation, Technical Report (2019), appendix on exponential transformation.
    """
    inside = np.isfinite(x) if reference is None else np.isfinite(x) & reference
    if not inside.any():
        raise NormaliseError("it has no values at all")
    if spec.method in BY_RANK:
        return _by_rank(as_ties(x, same_within), spec, flip=flip, inside=inside)
    if spec.method == "z-score":
        return _z_score(x, x[inside], flip=flip)
    if spec.method == "none":
        return -x if flip else x.copy()
    low, high = goalposts(x[inside], spec)
    if spec.clip and spec.method in GOALPOSTS:
        x = np.clip(x, low, high)
    if spec.method == "log-goalposts":
        if np.any(x <= 0):
            raise NormaliseError("log-goalposts need values above 0, and it has values of 0 or below")
        x, low, high = np.log(x), float(np.log(low)), float(np.log(high))
    start, end = spec.range
    y: Floats = start + (end - start) * ((x - low) / (high - low))
    return start + end - y if flip else y


def goalposts(x: Floats, spec: NormaliseSpec) -> tuple[float, float]:
    """The two ends of a linear scale: the goalposts, or the least and greatest value."""
    if spec.method != "min-max":
        assert spec.low is not None and spec.high is not None  # checked when the index file is read
        return spec.low, spec.high
    low, high = float(x.min()), float(x.max())
    if is_constant(x):
        raise NormaliseError(f"every value is {low:g}, and min-max cannot spread one value out")
    return low, high


def is_constant(x: Floats) -> bool:
    """Whether all values are one, but for the noise of computing them."""
    return float(np.ptp(x)) <= ROUNDING * float(np.abs(x).max())


def cut_count(x: Floats, spec: NormaliseSpec) -> int:
    """How many values goalposts with `clip` cut."""
    if spec.method not in GOALPOSTS or not spec.clip:
        return 0
    low, high = goalposts(x, spec)
    return int(np.sum((x < low) | (x > high)))


def as_ties(x: Floats, within: float) -> Floats:
    """Make values equal that lie no further than `within` from the next one in order; NaN stays NaN."""
    if not within:
        return x
    order = np.argsort(x, kind="stable")
    starts = np.concatenate([[True], ~(np.diff(x[order]) <= within)])
    first = np.maximum.accumulate(np.where(starts, np.arange(len(x)), 0))
    same = np.empty_like(x)
    same[order] = x[order][first]
    return same


def _z_score(x: Floats, reference: Floats, *, flip: bool) -> Floats:
    if is_constant(reference):
        raise NormaliseError(f"every value is {reference[0]:g}, and a z-score needs values that differ")
    z: Floats = (x - reference.mean()) / reference.std(ddof=1)
    return -z if flip else z


def _by_rank(x: Floats, spec: NormaliseSpec, *, flip: bool, inside: NDArray[np.bool_]) -> Floats:
    """Rank methods; rank 1 is the most of what the index names."""
    key = x if flip else -x
    n = int(inside.sum())
    if n == len(x):
        ranks = rank_from_least(key, ties=spec.ties)
    else:
        present = np.isfinite(x)
        ranks = np.full(len(x), np.nan)
        if n == present.sum():
            ranks[present] = rank_from_least(key[present], ties=spec.ties)
        else:
            ranks[present] = _rank_among(key[present], np.sort(key[inside]), spec.ties)
    if spec.method == "rank":
        return n + 1 - ranks
    if spec.method == "normal-rank":
        from scipy.special import ndtri  # Van der Waerden (1952), Indagationes Mathematicae 14

        scores: Floats = ndtri((n + 1 - ranks) / (n + 1))
        return scores
    if spec.method == "percentile":
        return 100 * (n + 0.5 - ranks) / n
    share = (n + 1 - ranks) / n
    with np.errstate(divide="ignore"):  # with a tiny constant e^(-100/c) is 0, and the most is 100 all the same
        rest = np.log((1 - share) + share * np.exp(-100 / spec.constant))  # 1 - R (1 - e^(-100/c))
    y: Floats = np.minimum(-spec.constant * rest, 100.0)
    return y


def _rank_among(key: Floats, reference: Floats, ties: str) -> Floats:
    """Rank each key among the reference, in which it takes the place of its equals or, if it has none, the next."""
    before = np.searchsorted(reference, key, side="left")
    equals = np.maximum(np.searchsorted(reference, key, side="right") - before, 1)
    rank: Floats = {"min": before + 1.0, "max": before + 1.0 * equals, "average": before + (equals + 1) / 2}[ties]
    return np.minimum(rank, len(reference))
