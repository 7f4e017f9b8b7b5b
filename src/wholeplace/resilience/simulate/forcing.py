"""How much each thing matters to a target, with time: the same trials with the thing made to fail, and kept from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wholeplace.resilience.model import Happening, Network
from wholeplace.resilience.simulate.engine import Simulation
from wholeplace.resilience.simulate.state import Tables

#: Trials are fewer where things are many: so many rows of dependencies are gone through at most, all in all ...
MOST_STEPS = 400_000_000
#: ... but never fewer trials than these, if there are as many.
LEAST_TRIALS = 1_000


class Chances(NamedTuple):
    """How often a target goes down: as it is, when a thing fails, and when the thing cannot fail."""

    thing: int
    p: float
    p_failed: float
    p_spared: float


def forced_trials(network: Network, things: int, trials: int) -> int:
    """How many trials importance is worked out from."""
    steps = 2 * max(things, 1) * (len(network.things.names) + len(network.rows.group))
    return min(trials, max(LEAST_TRIALS, MOST_STEPS // steps))


def importance_by_trials(
    simulation: Simulation,
    target: int,
    things: Sequence[int],
    *,
    trials: int,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> list[Chances]:
    """The chance that a target has an outage in the first trials, as it is and with each thing forced both ways.

    A thing made to fail is struck by every event that may strike it: a team loses all its members, and what spreads
    begins with it too. One kept from failing is struck by none, and does not fail by itself.
    """
    numbers = np.arange(trials)
    of_target = replace(
        simulation,
        kept=np.array([target]),
        happenings=tuple(_with_possible_starts(one, things, simulation.network) for one in simulation.happenings),
    )
    tables = of_target.tables()

    def chance(forced: Tables) -> float:
        return float((of_target.some(numbers, tables=forced).outages[:, 0] > 0).mean())

    as_it_is = chance(tables.copy())
    found = []
    for done, thing in enumerate(things):
        progress(done, len(things))
        found.append(Chances(thing, as_it_is, chance(_failing(tables, thing)), chance(_spared(tables, thing))))
    return found


def _with_possible_starts(happening: Happening, things: Sequence[int], network: Network) -> Happening:
    """A spread that might begin with any of some things that it can reach, were their chance not 0."""
    spreading, strikes = happening.spreading, happening.strikes
    if spreading is None:
        return happening
    more = np.setdiff1d(np.intersect1d(things, spreading.target), strikes.thing)
    order = np.argsort(np.concatenate([strikes.thing, more]), kind="stable")

    def joined(of_starts: NDArray[Any], of_more: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([of_starts, of_more])[order]

    repairs = [*strikes.repair, *(spreading.repair[thing] for thing in more.tolist())]
    starts = replace(
        strikes,
        thing=joined(strikes.thing, more),
        chance=joined(strikes.chance, np.zeros(len(more))),
        key=joined(strikes.key, np.zeros(len(more), dtype=np.uint64)),
        repair=[repairs[at] for at in order.tolist()],
        repair_key=joined(strikes.repair_key, spreading.repair_key[more]),
    )
    return replace(happening, strikes=starts)


def _failing(tables: Tables, thing: int) -> Tables:
    forced = tables.copy()
    strikes = forced.tables["strikes"]
    of_thing = strikes["thing"] == thing
    strikes["chance"][of_thing] = 1.0
    strikes["everyone"][of_thing] = 1
    return forced


def _spared(tables: Tables, thing: int) -> Tables:
    forced = tables.copy()
    strikes, edges = forced.tables["strikes"], forced.tables["edges"]
    of_thing = strikes["thing"] == thing
    strikes["chance"][of_thing] = 0.0
    edges["per_h"][edges["target"] == thing] = 0.0
    forced.tables["manners"]["mtbf_h"][thing] = 0.0
    return forced
