"""Chances of going down by drawing: bit-parallel Monte Carlo, for the questions that exact answers, at any size."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import sqrt

import numpy as np

from wholeplace.resilience.asking import asked_of, importance_of, position, refuse
from wholeplace.resilience.importance import Importance
from wholeplace.resilience.model import Happening, Network
from wholeplace.resilience.model.network import Ints
from wholeplace.resilience.screen.plan import Plan, plan_of
from wholeplace.resilience.screen.words import WIDTH, count
from wholeplace.resilience.standing import Standing, standing_of

#: A thread takes so many trials at a time, or more: whole blocks.
_SHARE = 16 * 64 * WIDTH


@dataclass(frozen=True)
class Counts:
    """In how many of some trials things were down; counts of other trials of the same screening add up.

    `down` in the order of the things asked for; `failed` and `spared` hold, for things by position, the trials in which
    the target was down when the thing failed, and when it could not.
    """

    trials: int
    down: Ints
    failed: Ints
    spared: Ints

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.trials + other.trials, self.down + other.down, self.failed + other.failed,
                      self.spared + other.spared)  # fmt: skip


@dataclass(frozen=True)
class ScreenResult:
    """Chances of going down by share of trials; `p_down` and its standard error by name of each thing asked for.

    With a `target`: `importance` of each thing above it that an event can strike, in code-point order, on the same
    draws. A chance of which no trial saw anything has a standard error of 0: that is not to say that it is 0.
    """

    trials: int
    seed: int
    p_down: Mapping[str, float]
    p_down_se: Mapping[str, float]
    target: str | None
    importance: tuple[Importance, ...]


class Screening:
    """A scenario on a network, laid out for drawing; `count` draws any range of trials, `result` adds it up.

    Parameters
    ----------
    target
        A thing for which importance is wanted, too.
    items
        Whose chances are wanted; by default every service and the target. Those of them above which some row has a
        tolerance are left out; without a target there are none among the services, or the scenario is refused.

    Raises
    ------
    RefusedError
        When the scenario has times in it that matter; it names the first reason (see `refusal_of`).
    """

    def __init__(
        self,
        network: Network,
        happenings: Sequence[Happening],
        *,
        horizon_h: float,
        background: bool = False,
        target: str | None = None,
        items: Sequence[str] | None = None,
    ) -> None:
        refuse("screen", network, happenings, background=background, target=target)
        self.network, self.happenings, self.horizon_h, self.target = network, happenings, horizon_h, target
        self.asked = asked_of(network, items, target)
        self.standing: Standing = standing_of(network, happenings, list(self.asked.values()), horizon_h=horizon_h)
        number = self.standing.number
        self.counted = [name for name, at in self.asked.items() if at in number]
        items_at = [number[self.asked[name]] for name in self.counted]
        at = None if target is None else number.get(position(network, target))
        self.plan: Plan = plan_of(self.standing, items_at, at)

    def count(self, seed: int, first_trial: int, trials: int, *, threads: int | None = None) -> Counts:
        """Draw a range of trials.

        Trial for trial the same things are down as in a simulation of the same seed in which no failure is over before
        it has begun. The number of threads (by default, of processors) and how trials are split make no difference.
        """
        many = threads or os.cpu_count() or 1
        share = max(_SHARE, -(-trials // many // _SHARE) * _SHARE)
        starts = range(first_trial, first_trial + trials, share)
        ranges = [(start, min(share, first_trial + trials - start)) for start in starts]

        def drawn(one: tuple[int, int]) -> Counts:
            down, forced = count(self.plan, np.uint64(seed), np.uint64(one[0]), one[1])
            return Counts(one[1], down, forced[:, 0].copy(), forced[:, 1].copy())

        with ThreadPoolExecutor(many) as pool:
            return sum(pool.map(drawn, ranges), start=self._none())

    def _none(self) -> Counts:
        nothing = np.zeros(len(self.plan.forced), dtype=np.int64)
        return Counts(0, np.zeros(len(self.counted), dtype=np.int64), nothing, nothing)

    def result(self, counts: Counts, seed: int) -> ScreenResult:
        """The figures of what was counted."""
        shares = dict(zip(self.counted, (counts.down / counts.trials).tolist(), strict=True))
        p_down = {name: shares.get(name, 0.0) for name in self.asked}
        p_down_se = {name: sqrt(share * (1 - share) / counts.trials) for name, share in p_down.items()}
        importance: tuple[Importance, ...] = ()
        if self.target is not None:
            forced = self.standing.things[self.plan.forced_things].tolist()
            failed, spared = (dict(zip(forced, (one / counts.trials).tolist(), strict=True))
                              for one in (counts.failed, counts.spared))  # fmt: skip
            importance = importance_of(self.network, self.happenings, self.target, horizon_h=self.horizon_h,
                                       p_down=p_down[self.target], failed=failed, spared=spared)  # fmt: skip
        return ScreenResult(counts.trials, seed, p_down, p_down_se, self.target, importance)


def screen(
    network: Network,
    happenings: Sequence[Happening],
    *,
    horizon_h: float,
    trials: int,
    seed: int,
    background: bool = False,
    target: str | None = None,
    items: Sequence[str] | None = None,
) -> ScreenResult:
    """Estimate the chance that things go down when all events of a scenario strike at one instant; see `Screening`."""
    screening = Screening(network, happenings, horizon_h=horizon_h, background=background, target=target, items=items)
    return screening.result(screening.count(seed, 0, trials), seed)
