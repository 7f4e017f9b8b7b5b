"""Small places simulated, and their figures held against what theory says they must be.

A figure must lie within four of its own standard errors of theory, and of the figures of one file nearly all within
three; their distances, in standard errors, must also be as large as those of honest errors are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest
from benchmarks.scenario_models.made_place import MadePlace, Ready, ready
from numpy.typing import NDArray
from scipy import integrate
from scipy.sparse import csr_array

from wholeplace.resilience.model import Network
from wholeplace.resilience.results import Batch, ServiceUsers, Summary, Watched, merged
from wholeplace.resilience.simulate import Simulation
from wholeplace.resilience.ticks import TICKS_PER_H

#: Rows of a register, or events of a scenario, as their files have them.
Records = Sequence[Mapping[str, Any]]


class Estimate(NamedTuple):
    """A mean over trials and its standard error."""

    mean: float
    se: float


class Compared:
    """Holds estimates against theory one by one, and all of them together at the end."""

    def __init__(self) -> None:
        self.distances: list[float] = []

    def __call__(self, found: Estimate, theory: float) -> None:
        """Within four standard errors; where no two trials differ, equal."""
        if found.se == 0:
            assert found.mean == pytest.approx(theory, abs=1e-9)
            return
        distance = (found.mean - theory) / found.se
        assert abs(distance) <= 4, f"{found.mean:.6g} +- {found.se:.2g}, not {theory:.6g}: {distance:+.1f}"
        self.distances.append(distance)

    def check_together(self) -> None:
        """Nearly all within three; and root mean square near 1, so that errors are not told too large either."""
        distances = np.abs(self.distances)
        if len(distances) < 20:  # a few tests that were run by themselves
            return
        assert (distances <= 3).mean() >= 0.97
        assert 0.6 < np.sqrt(np.mean(distances**2)) < 1.4


@dataclass(frozen=True)
class Found:
    """What a simulation of some trials came to."""

    network: Network
    batch: Batch
    summary: Summary

    def _at(self, name: str) -> int:
        return self.network.things.number[name]

    def p_down(self, name: str) -> Estimate:
        p, se = self.summary.p_down
        return Estimate(p[self._at(name)], se[self._at(name)])

    def p_over_rto(self, name: str) -> Estimate:
        p, se = self.summary.share(self.summary.watched.columns.over_rto)
        return Estimate(p[self._at(name)], se[self._at(name)])

    def p_over_max_tolerable(self, name: str) -> Estimate:
        p, se = self.summary.share(self.summary.watched.columns.over_max_tolerable)
        return Estimate(p[self._at(name)], se[self._at(name)])

    def _moment(self, column: int) -> Estimate:
        return Estimate(float(self.summary.moments.mean[column]), float(self.summary.moments.se[column]))

    def downtime_h(self, name: str) -> Estimate:
        return self._moment(self.summary.watched.columns.downtime.start + self._at(name))

    def longest_h(self, name: str) -> Estimate:
        return self._moment(self.summary.watched.columns.longest.start + self._at(name))

    def outages(self, name: str) -> Estimate:
        return self._moment(self.summary.watched.columns.outages.start + self._at(name))

    @property
    def restored_h(self) -> Estimate:
        return self._moment(self.summary.watched.columns.restored)

    @property
    def p_not_restored(self) -> Estimate:
        at = self.summary.watched.columns.not_restored
        p, se = self.summary.share(slice(at, at + 1))
        return Estimate(p[0], se[0])

    def down(self, name: str) -> NDArray[np.bool_]:
        """In which trials a thing had an outage."""
        return self.batch.outages[:, self._at(name)] > 0

    def hours(self, name: str) -> NDArray[np.float64]:
        """The downtime of a thing in each trial."""
        return self.batch.downtime_h[:, self._at(name)]


def estimate(values: NDArray[Any]) -> Estimate:
    """The mean of a figure of each trial."""
    return Estimate(float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values))))


def place_of(
    registers: Mapping[str, Records],
    events: Records = (),
    *,
    horizon_h: float = 100.0,
    background: bool = False,
    edges: Records = (),
) -> MadePlace:
    """A place by its records, in which all that is not written is blank; `edges` are those of the file edges.csv."""
    frames = {name: _frame(records) for name, records in registers.items() if records}
    along = {"edges.csv": pl.DataFrame(list(edges))} if edges else {}
    return MadePlace(frames, list(events), horizon_h, background, {}, along)


def _frame(records: Records) -> pl.DataFrame:
    columns = {column: pl.String for record in records for column in record}
    texts = [{column: str(record.get(column, "")) for column in columns} for record in records]
    return pl.DataFrame(texts, schema=columns)


def simulation_of(made: Ready, *, seed: int = 1) -> Simulation:
    """A simulation in which all things are kept."""
    every = np.arange(len(made.network.things.names))
    return Simulation(made.network, made.happenings, made.horizon_ticks / TICKS_PER_H, seed, every, made.crews,
                      made.background)  # fmt: skip


def watched_of(network: Network, horizon_h: float) -> Watched:
    """All things watched, with the limits of services; nobody uses them."""
    names, nobody = tuple(network.things.names), csr_array((1, 1))
    none = ServiceUsers((), np.empty(0), np.empty(0, bool), np.empty(0, int), pl.DataFrame(), nobody, (), nobody)
    rto_h, most_h = np.full((2, len(names)), np.nan)
    rto_h[network.services], most_h[network.services] = network.rto_h, network.max_tolerable_h
    return Watched(names, horizon_h, none, rto_h, most_h)


def simulated(place: MadePlace, *, trials: int, seed: int = 1) -> Found:
    """Simulate a place."""
    made = ready(place)
    watched = watched_of(made.network, place.horizon_h)
    batches = list(simulation_of(made, seed=seed).run(0, trials))
    summary = merged(Summary.of(batch, first, watched) for first, batch in batches)
    fields = ("downtime_h", "outages", "longest_ticks", "restored_h", "not_restored")
    whole = Batch(*(np.concatenate([getattr(batch, field) for _, batch in batches]) for field in fields))
    return Found(made.network, whole, summary)


def integral(function: Any, low: float, high: float) -> float:
    """The integral of a function of one number."""
    return float(integrate.quad(function, low, high, limit=200, epsabs=1e-10)[0])
