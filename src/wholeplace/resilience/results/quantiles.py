"""Quantiles over all trials, zeros included, from values of which only those above 0 are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Which quantiles are told.
LEVELS = {"p50": 0.5, "p90": 0.9, "p99": 0.99}


@dataclass(frozen=True)
class AboveZero:
    """The values above 0 of a block of `trials` that begins with trial `start`, figure by figure.

    Those of figure f are `values[ends[f]:ends[f + 1]]`.
    """

    start: int
    trials: int
    ends: NDArray[np.int64]
    values: Floats

    @classmethod
    def of(cls, start: int, table: Floats) -> AboveZero:
        """Of a table with a row a trial and a column a figure, none below 0."""
        by_figure = np.ascontiguousarray(table.T)
        above = by_figure > 0
        ends = np.concatenate([[0], np.cumsum(above.sum(axis=1))])
        return cls(start, len(table), ends, by_figure[above])


def quantiles(blocks: Sequence[AboveZero]) -> Floats:
    """Quantiles (figures x LEVELS) over the trials of some blocks: linear between ranks, as numpy and pandas do it.

    The value at rank h = q (n - 1) of the sorted trials, counted from 0; where h is not whole, between its neighbours
    in proportion.

    References
    ----------
    Hyndman R J, Fan Y (1996), Sample quantiles in statistical packages. Am. Stat. 50:361-365: definition 7.
    """
    n = sum(block.trials for block in blocks)
    return np.array([_of(values, n) for values in _figures(blocks)]).reshape(-1, len(LEVELS))


def _figures(blocks: Sequence[AboveZero]) -> Iterator[Floats]:
    if blocks:
        ends = [block.ends.tolist() for block in blocks]
        for figure in range(len(ends[0]) - 1):
            yield np.concatenate(
                [block.values[end[figure] : end[figure + 1]] for block, end in zip(blocks, ends, strict=True)]
            )


def _of(values: Floats, n: int) -> list[float]:
    """Quantiles of these values and as many zeros as make up n trials."""
    zeros = n - len(values)
    places = [level * (n - 1) for level in LEVELS.values()]
    ranks = sorted({min(int(place) + step, n - 1) for place in places for step in (0, 1)})
    above = [rank - zeros for rank in ranks if rank >= zeros]
    sorted_there = np.partition(values, above) if above else values
    at = {rank: float(sorted_there[rank - zeros]) if rank >= zeros else 0.0 for rank in ranks}
    found = []
    for place in places:
        low, high = at[int(place)], at[min(int(place) + 1, n - 1)]
        found.append(low + (high - low) * (place - int(place)))
    return found
