"""Simulate a scenario: many trials of what happens to a place, each from its own draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wholeplace.resilience.model import Happening, Network, build_network, event_draws
from wholeplace.resilience.model.draws import NEVER
from wholeplace.resilience.results import BLOCK, Batch
from wholeplace.resilience.simulate.prepare import prepare
from wholeplace.resilience.simulate.state import MOMENT, OUTCOME, Tables
from wholeplace.resilience.simulate.trial import run_trials
from wholeplace.resilience.ticks import TICKS_PER_H


def compile_engine() -> None:
    """Run a trial of a network of nothing, so that everything is compiled and kept."""
    Simulation(build_network({}), (), 1.0, 1, np.zeros(0, dtype=np.int64), {}).some(np.arange(1))


@dataclass(frozen=True)
class Scaled:
    """Draws that are scaled: `strikes` (`state.SCALED`) trial by trial, those of each trial from `starts` on."""

    starts: NDArray[np.int64]
    strikes: NDArray[Any]


@dataclass(frozen=True)
class Simulation:
    """A scenario on a network, ready to run any trials on any number of threads with the same answers.

    `kept` are the positions of the things whose figures are wanted; `crews` the sizes that the scenario gives.
    """

    network: Network
    happenings: tuple[Happening, ...]
    horizon_h: float
    seed: int
    kept: NDArray[np.int64]
    crews: Mapping[str, int]
    background: bool = False

    def run(self, first_trial: int, trials: int, *, threads: int = 1) -> Iterator[tuple[int, Batch]]:
        """Run a range of trials; batches come in order, each with the number of its first trial."""
        last = first_trial + trials
        cuts = [first_trial, *range((first_trial // BLOCK + 1) * BLOCK, last, BLOCK), last]
        ranges = [np.arange(start, stop) for start, stop in pairwise(cuts) if start < stop]
        tables = self.tables()
        if threads == 1 or len(ranges) == 1:
            yield from ((int(numbers[0]), self._batch(tables, numbers)) for numbers in ranges)
            return
        idle: SimpleQueue[Tables] = SimpleQueue()
        for _ in range(threads):
            idle.put(tables.copy())

        def batch(numbers: NDArray[np.int64]) -> tuple[int, Batch]:
            own = idle.get()
            try:
                return int(numbers[0]), self._batch(own, numbers)
            finally:
                idle.put(own)

        with ThreadPoolExecutor(threads) as pool:
            waiting: list[Future[tuple[int, Batch]]] = []
            try:
                for numbers in ranges:
                    waiting.append(pool.submit(batch, numbers))
                    if len(waiting) > 2 * threads:  # so that finished batches do not pile up
                        yield waiting.pop(0).result()
                yield from (one.result() for one in waiting)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)  # where the caller wants no more

    def some(self, trials: NDArray[np.int64], *, tables: Tables | None = None, scaled: Scaled | None = None) -> Batch:
        """Run the trials of these numbers, on tables of one's own (see `tables`) or with scaled draws if wanted."""
        return self._batch(self.tables() if tables is None else tables, trials, scaled)

    def tell(self, trial: int, lines: int) -> NDArray[Any]:
        """Run one trial and give the lines (`state.TOLD`) of what happened, at most so many."""
        tables = self.tables(told=lines)
        self._batch(tables, np.array([trial]))
        return tables.tables["told"][: int(tables.root["told_length"][0])]

    def tables(self, *, told: int = 0) -> Tables:
        """Everything laid out for one thread, with room for so many lines of a trace."""
        return prepare(
            self.network,
            self.happenings,
            horizon_ticks=round(self.horizon_h * TICKS_PER_H),
            kept=self.kept,
            crews=self.crews,
            background=self.background,
            told=told,
        )

    def _batch(self, tables: Tables, trials: NDArray[np.int64], scaled: Scaled | None = None) -> Batch:
        moments = self._moments(trials)
        outcomes = np.zeros((len(trials), len(self.kept)), dtype=OUTCOME)
        restored = np.zeros(len(trials), dtype=np.int64)
        tables.root["scaled"] = 0 if scaled is None else scaled.strikes.ctypes.data
        tables.root["scaled_starts"] = 0 if scaled is None else scaled.starts.ctypes.data
        run_trials(tables.root, self.seed, trials, moments.ctypes.data, outcomes.ctypes.data, restored)
        restored_h = np.where(restored < 0, self.horizon_h, restored / TICKS_PER_H)
        return Batch(
            downtime_h=outcomes["lost_h"],
            outages=outcomes["outages"],
            longest_ticks=outcomes["longest"],
            restored_h=restored_h,
            not_restored=restored < 0,
        )

    def _moments(self, trials: NDArray[np.int64]) -> NDArray[Any]:
        """What events draw in each of some trials."""
        draws = event_draws(self.happenings, self.seed, trials)
        moments = np.zeros((len(trials), len(self.happenings)), dtype=MOMENT)
        moments["at"] = draws.at.T
        moments["order"] = np.argsort(moments["at"], axis=1, kind="stable")
        moments["share"], moments["lasts"] = draws.share.T, draws.lasts.T
        moments["contained"] = np.minimum(draws.at + draws.contain, NEVER).T
        return moments
