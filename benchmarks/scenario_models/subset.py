"""The part of the rules that the models for timing know, as plain lists, with all that is drawn drawn beforehand.

Fail events that strike each thing once at most, groups of k of n with a tolerance, repairs with crews, a horizon; no
degrading, restarts, chance of rows, loops or background failures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.scenario_models.made_place import Ready
from benchmarks.scenario_models.state import ticks_of
from wholeplace.resilience.model import event_draws
from wholeplace.resilience.model.draws import NEVER, stream_of, uniform


@dataclass(frozen=True)
class Subset:
    """`spare` is how many providers of each group may be down; `provides_for` the groups that each thing is in."""

    things: int
    dependent: list[int]
    spare: list[int]
    tolerance: list[int]
    provides_for: list[list[int]]
    crew: list[int]
    crew_sizes: list[int]
    horizon: int


class Spells:
    """The spells for which things are down in one trial, in ticks: since when, all together, how many, the longest."""

    def __init__(self, things: int) -> None:
        self.since = [0] * things
        self.downtime = [0] * things
        self.outages = [0] * things
        self.longest = [0] * things

    def end(self, thing: int, now: int) -> None:
        """A thing that was down is up again, or the horizon has come."""
        ticks = now - self.since[thing]
        self.downtime[thing] += ticks
        self.outages[thing] += 1
        if ticks > self.longest[thing]:  # noqa: PLR1730 - a call of `max` takes longer
            self.longest[thing] = ticks

    def figures(self, reasons: list[int], horizon: int) -> Figures:
        """Downtime, outages and longest outage of every thing; what has a reason to be down is so to the horizon."""
        for thing, number in enumerate(reasons):
            if number:
                self.end(thing, horizon)
        return self.downtime, self.outages, self.longest


#: Ticks of downtime, number of outages and ticks of the longest, by thing.
Figures = tuple[list[int], list[int], list[int]]
#: What strikes in one trial, in the order of time and thing: (time, thing, ticks of repair).
Hits = list[tuple[int, int, int]]
#: Runs one trial.
Model = Callable[[Hits], Figures]


def subset_of(ready: Ready) -> Subset:
    """The lists of a place of which the models for timing know every rule.

    Raises
    ------
    ValueError
        When there is a rule that they do not know.
    """
    network = ready.network
    groups, rows = network.groups, network.rows
    struck = [thing for happening in ready.happenings for thing in happening.strikes.thing.tolist()]
    known = (
        groups.hard.all()
        and not groups.restart_ticks.any()
        and (rows.chance == 1).all()
        and (network.loop == -1).all()
        and not ready.background
        and all(happening.kind == "fail" for happening in ready.happenings)
        and len(set(struck)) == len(struck)
    )
    if not known:
        raise ValueError("the place has rules that the models for timing do not know")
    order, starts = network.rows_by_provider
    group_of_row = rows.group[order].tolist()
    return Subset(
        things=len(network.things.names),
        dependent=groups.dependent.tolist(),
        spare=(groups.size - groups.required).tolist(),
        tolerance=groups.tolerance_ticks.tolist(),
        provides_for=[group_of_row[start:end] for start, end in pairwise(starts.tolist())],
        crew=network.things.crew.tolist(),
        crew_sizes=list({**network.crews, **ready.crews}.values()),
        horizon=ready.horizon_ticks,
    )


def hits_of(ready: Ready, *, seed: int, trials: int) -> list[Hits]:
    """What strikes in each of a number of trials, drawn as the engine draws it."""
    draws = event_draws(ready.happenings, seed, np.arange(trials))
    return [_hits(ready, draws.at[:, trial].tolist(), np.uint64(stream_of(seed, trial))) for trial in range(trials)]


def _hits(ready: Ready, at: list[int], stream: np.uint64) -> Hits:
    found = []
    for happening, time in zip(ready.happenings, at, strict=True):
        strikes = happening.strikes
        for k, thing in enumerate(strikes.thing.tolist()):
            if time < ready.horizon_ticks and uniform(stream, strikes.key[k]) < strikes.chance[k]:
                repair = ticks_of(strikes.repair[k], uniform(stream, strikes.repair_key[k]))
                if not 0 < repair < NEVER:
                    raise ValueError("the models for timing know no repairs of no time or without end")
                found.append((time, thing, repair))
    return sorted(found)
