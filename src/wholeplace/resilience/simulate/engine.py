"""Simulate a scenario: many trials of what happens to a place, each from its own draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wholeplace.resilience.model import Happening, Network, event_draws
from wholeplace.resilience.model.draws import NEVER, TICKS_PER_H
from wholeplace.resilience.simulate.prepare import prepare
from wholeplace.resilience.simulate.state import MOMENT, OUTCOME, Tables
from wholeplace.resilience.simulate.trial import run_trials

#: Trials that are run and handed over together.
BATCH = 256


@dataclass(frozen=True)
class Batch:
    """Figures of trials `first_trial`, `first_trial` + 1, …: one row a trial, one column a kept thing.

    `lost_h` is the loss of level integrated over hours; `longest_ticks` the longest outage in microseconds;
    `restored_h` the hour at which everything was back, or the horizon where `not_restored`. `weight` is None unless
    draws were guided: then it is how often the trial counts.
    """

    first_trial: int
    lost_h: NDArray[np.float64]
    outages: NDArray[np.int64]
    longest_ticks: NDArray[np.int64]
    restored_h: NDArray[np.float64]
    not_restored: NDArray[np.bool_]
    weight: NDArray[np.float64] | None = None


class Simulation:
    """A scenario on a network, ready to run any range of trials on any number of threads with the same answers."""

    def __init__(
        self,
        network: Network,
        happenings: Sequence[Happening],
        *,
        horizon_h: float,
        seed: int,
        kept: NDArray[np.int64] | None = None,
        crews: Mapping[str, int] | None = None,
        background: bool = False,
    ) -> None:
        """Lay everything out; `kept` are positions of the things whose figures are wanted, all by default."""
        self.network, self.happenings, self.horizon_h, self.seed = network, tuple(happenings), horizon_h, seed
        self.kept = np.arange(len(network.things.names)) if kept is None else kept
        self._crews, self._background = crews or {}, background
        self._tables = self._prepare(self.kept)

    def _prepare(self, kept: NDArray[np.int64], told: int = 0) -> Tables:
        return prepare(
            self.network,
            self.happenings,
            horizon_ticks=round(self.horizon_h * TICKS_PER_H),
            kept=kept,
            crews=self._crews,
            background=self._background,
            told=told,
        )

    def tell(self, trial: int, lines: int) -> NDArray[Any]:
        """Run one trial and give the lines (`state.TOLD`) of what happened, at most so many."""
        tables = self._prepare(self.kept, told=lines)
        self._batch(tables, trial, 1)
        return tables.tables["told"][: int(tables.root["told_length"][0])]

    def run(self, first_trial: int, trials: int, *, threads: int = 1) -> Iterator[Batch]:
        """Run a range of trials; batches come in order of trials."""
        starts = range(first_trial, first_trial + trials, BATCH)
        sizes = [min(BATCH, first_trial + trials - start) for start in starts]
        if threads == 1:
            yield from (self._batch(self._tables, *one) for one in zip(starts, sizes, strict=True))
            return
        idle: SimpleQueue[Tables] = SimpleQueue()
        for _ in range(threads):
            idle.put(self._tables.copy())

        def batch(start: int, size: int) -> Batch:
            tables = idle.get()
            try:
                return self._batch(tables, start, size)
            finally:
                idle.put(tables)

        with ThreadPoolExecutor(threads) as pool:
            waiting: list[Future[Batch]] = []
            for start, size in zip(starts, sizes, strict=True):
                waiting.append(pool.submit(batch, start, size))
                if len(waiting) > 2 * threads:  # so that finished batches do not pile up
                    yield waiting.pop(0).result()
            yield from (one.result() for one in waiting)

    def _batch(self, tables: Tables, first_trial: int, trials: int) -> Batch:
        moments = self._moments(first_trial, trials)
        outcomes = np.zeros((trials, len(self.kept)), dtype=OUTCOME)
        ends = np.zeros((trials, 2))
        run_trials(tables.root, self.seed, first_trial, trials, moments.ctypes.data, outcomes.ctypes.data, ends)
        restored_h = np.where(ends[:, 0] < 0, self.horizon_h, ends[:, 0] / TICKS_PER_H)
        return Batch(
            first_trial=first_trial,
            lost_h=outcomes["lost_h"],
            outages=outcomes["outages"],
            longest_ticks=outcomes["longest"],
            restored_h=restored_h,
            not_restored=ends[:, 0] < 0,
        )

    def _moments(self, first_trial: int, trials: int) -> NDArray[Any]:
        """What events draw in each of some trials."""
        draws = event_draws(self.happenings, self.seed, first_trial, trials)
        moments = np.zeros((trials, len(self.happenings)), dtype=MOMENT)
        moments["at"] = draws.at.T
        moments["order"] = np.argsort(moments["at"], axis=1, kind="stable")
        moments["share"], moments["lasts"] = draws.share.T, draws.lasts.T
        moments["contained"] = np.minimum(draws.at + draws.contain, NEVER).T
        return moments
