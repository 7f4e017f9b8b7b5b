"""Lay a network and the events of a scenario out for the compiled trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wholeplace.resilience.model import Happening, Network
from wholeplace.resilience.model.draws import NEVER, Durations, Purpose, keys
from wholeplace.resilience.simulate import state as layout
from wholeplace.resilience.simulate.events import ABSENCE, FAILURE, SPREADING
from wholeplace.resilience.simulate.ordered import in_order, no_tables, ordered_tables
from wholeplace.resilience.simulate.state import NONE, Tables

#: Spare providers of a group that is never short of any.
_PLENTY = 2**30
_KINDS = {"fail": FAILURE, "hazard": FAILURE, "exit": FAILURE, "absence": ABSENCE, "spread": SPREADING}


def prepare(
    network: Network,
    happenings: Sequence[Happening],
    *,
    horizon_ticks: int,
    kept: NDArray[np.int64],
    crews: Mapping[str, int],
    background: bool,
    told: int = 0,
) -> Tables:
    """Make the tables that one thread works on.

    `kept` are the positions of the things whose figures are kept; `crews` has the sizes that the scenario gives;
    `told` is how many lines a trace may have, 0 for none.
    """
    durations = Durations()
    things = _things(network, kept, telling=told > 0)
    loop = _starting_loops(network)
    clocks, groups = _clocks_and_groups(network, loop, telling=told > 0)
    loop_starts, loop_things = _loops(loop)
    events, strikes, away_keys = _events(happenings, network, durations)
    infections, edges = _infections_and_edges(happenings, len(things), durations)
    manners = _manners(network, durations)
    burdens, repairs = _burdens_and_repairs(network, loop)
    members, spares = _members_and_spares(network, len(groups))
    rows = _rows(network)
    out_rows = _out_rows(network, rows, things)
    durations_table, betas = durations.arrays()
    tables = {
        "things": things,
        "burdens": burdens,
        "repairs": repairs,
        "manners": manners,
        "groups": groups,
        "rows": rows,
        "members": members,
        "spares": spares.copy(),
        "spares_at_start": spares,
        "out": _out(out_rows),
        "reached": np.zeros(len(rows) + layout.AT_ONCE, layout.OUT),
        "turned": np.zeros(len(rows) + layout.AT_ONCE, layout.OUT),
        "out_rows": out_rows,
        "clocks": clocks,
        "waiting": np.zeros(clocks["end"].max(initial=0), dtype=layout.WAITING),
        "crews": _crews({**network.crews, **crews}),
        "queue": np.zeros(64 + 4 * len(things) + 6 * len(strikes) + 3 * len(edges) + 4 * len(infections), layout.ENTRY),
        "figures": _figures(len(kept)),
        "events": events,
        "strikes": strikes,
        "away_keys": away_keys,
        "infections": infections,
        "edges": edges,
        "durations": _as_table(durations_table, layout.DURATION),
        "betas": _column(betas.ravel(), layout.SHARE),
        "running": _column(np.flatnonzero(manners["mtbf_h"]), layout.NUMBER),
        "loop_starts": _column(loop_starts, layout.NUMBER),
        "loop_things": _column(loop_things, layout.NUMBER),
        "told": np.zeros(told, dtype=layout.TOLD),
    }
    stacks = {"dirty_loops": loop_starts, "dirty": loop_starts, "fallen": things, "risen": things,
              "touched": things, "infected": infections}  # fmt: skip
    at_an_instant = len(things) + len(strikes) + len(edges)
    tables |= {name: np.zeros(len(of) + 1, dtype=layout.NUMBER) for name, of in stacks.items()}
    together = told == 0 and in_order(network, happenings)
    more = len(things) if background or len(edges) else 0
    tables |= ordered_tables(network, kept, failures=len(strikes) + more) if together else no_tables()
    tables["struck"] = np.zeros(at_an_instant, dtype=layout.NUMBER)
    watching = len(loop_starts) > 1
    return Tables(tables, horizon=horizon_ticks, background=background, telling=told > 0, watching=watching,
                  in_order=together, nobody=len(groups) - 1,
                  tolerance_count=len(np.unique(network.groups.tolerance_ticks)))  # fmt: skip


def _out_rows(network: Network, rows: NDArray[Any], things: NDArray[Any]) -> NDArray[Any]:
    """The rows by provider, in two parts of each, and where these parts begin and end.

    In the first part a row is all that its group has, so that the group turns with the provider and nothing is counted.
    """
    groups = network.groups
    alone = ((groups.size == 1) & (groups.required == 1))[rows["group"]] & (rows["chance"] >= 1)
    starts = network.rows_by_provider[1]
    alone_of = np.bincount(rows["provider"][alone], minlength=len(things))
    unsure_of = np.bincount(rows["provider"][rows["chance"] < 1], minlength=len(things))
    things["first_out"], things["last_out"] = starts[:-1], starts[1:]
    things["counted_out"] = starts[:-1] + alone_of
    things["many"] = (unsure_of > 0) | (np.maximum(alone_of, np.diff(starts) - alone_of) > layout.AT_ONCE)
    return rows[np.lexsort((~alone, rows["provider"]))]


def _out(rows: NDArray[Any]) -> NDArray[Any]:
    """The groups of the rows by provider, with room behind, as some are read at once."""
    out = np.zeros(len(rows) + layout.AT_ONCE, dtype=layout.OUT)
    out["group"][: len(rows)] = np.where(rows["chance"] >= 1, rows["group"], ~np.arange(len(rows)))
    return out


def _column(values: NDArray[Any], kind: np.dtype[Any]) -> NDArray[Any]:
    table = np.zeros(len(values), dtype=kind)
    table[(kind.names or ())[0]] = values
    return table


def _as_table(values: NDArray[np.float64], kind: np.dtype[Any]) -> NDArray[Any]:
    table = np.zeros(len(values), dtype=kind)
    for at, name in enumerate(kind.names or ()):
        table[name] = values[:, at]
    return table


def _crews(sizes: Mapping[str, int]) -> NDArray[Any]:
    crews = np.zeros(len(sizes), dtype=layout.CREW)
    crews["size"] = list(sizes.values())
    crews["first"] = crews["last"] = NONE
    return crews


def _figures(kept: int) -> NDArray[Any]:
    figures = np.zeros(kept, dtype=layout.FIGURES)
    figures["since"] = figures["until"] = NONE
    return figures


def _manners(network: Network, durations: Durations) -> NDArray[Any]:
    of_place = network.things
    manners = np.zeros(len(of_place.names), dtype=layout.MANNER)
    manners["headcount"], manners["minimum_staff"] = of_place.headcount, of_place.minimum_staff
    manners["own_repair"] = [durations.code(one) for one in of_place.repair]
    manners["own_repair_key"] = keys(of_place.keys, Purpose.OWN_REPAIR)
    manners["running_key"] = keys(of_place.keys, Purpose.RUNNING)
    manners["mtbf_h"] = np.where(np.isfinite(of_place.mtbf_h), of_place.mtbf_h, 0.0)
    return manners


def _things(network: Network, kept: NDArray[np.int64], *, telling: bool) -> NDArray[Any]:
    things = np.zeros(len(network.things.names), dtype=layout.THING)
    things["kept"] = NONE
    things["kept"][kept] = np.arange(len(kept))
    things["apart"] = telling | (things["kept"] != NONE)
    things["level"] = 1.0
    return things


def _burdens_and_repairs(network: Network, loop: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
    burdens = np.zeros(len(network.things.names), dtype=layout.BURDEN)
    burdens["first_group"], burdens["last_group"] = network.group_starts[:-1], network.group_starts[1:]
    burdens["black_start"] = network.things.black_start
    burdens["loop"] = loop
    burdens["absence"] = NONE
    repairs = np.zeros(len(burdens), dtype=layout.REPAIR)
    repairs["crew"] = network.things.crew
    repairs["fails_next"] = NONE
    return burdens, repairs


def _starting_loops(network: Network) -> NDArray[np.int64]:
    """The loop of each thing, numbered from 0, where it can start by itself; else NONE."""
    loop = network.loop
    starting = np.unique(loop[(loop != NONE) & network.things.black_start])
    return np.where(np.isin(loop, starting), np.searchsorted(starting, loop), NONE)


def _clocks_and_groups(
    network: Network, loop: NDArray[np.int64], *, telling: bool
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Clocks by length, and the groups: those of the place and one of nobody."""
    of_place = network.groups
    tolerances, tolerance = np.unique(of_place.tolerance_ticks, return_inverse=True)
    restarts, restart = np.unique(of_place.restart_ticks[of_place.restart_ticks > 0], return_inverse=True)
    clocks = np.zeros(len(tolerances) + len(restarts), dtype=layout.CLOCKS)
    clocks["length"] = np.concatenate([tolerances, restarts])
    waiting = np.concatenate(
        [np.bincount(tolerance, minlength=len(tolerances)), np.bincount(restart, minlength=len(restarts))]
    )
    clocks["end"] = np.cumsum(2 * waiting)  # twice as many as can wait at once, so that lines seldom close up
    clocks["begin"] = clocks["first"] = clocks["last"] = clocks["end"] - 2 * waiting
    clocks["due"] = NEVER
    every = np.zeros(len(of_place.required) + 1, dtype=layout.GROUP)
    groups = every[:-1]
    groups["dependent"] = of_place.dependent
    groups["tolerance"] = tolerance
    groups["restart"] = NONE
    groups["restart"][of_place.restart_ticks > 0] = restart + len(tolerances)
    groups["soft"] = ~of_place.hard
    groups["watched"] = of_place.hard & (loop[of_place.dependent] != NONE)
    groups["plain"] = of_place.hard & (groups["watched"] == 0) & (groups["restart"] == NONE) & (not telling)
    return clocks, every


def _members_and_spares(network: Network, groups: int) -> tuple[NDArray[Any], NDArray[Any]]:
    members = np.zeros(len(network.groups.required), dtype=layout.MEMBERS)
    members["first_row"], members["last_row"] = network.row_starts[:-1], network.row_starts[1:]
    members["degraded_to"] = network.groups.degraded_to
    spares = np.zeros(groups, dtype=layout.SPARE)
    spares["now"] = _PLENTY
    spares["now"][: len(members)] = network.groups.size - network.groups.required
    return members, spares


def _rows(network: Network) -> NDArray[Any]:
    rows = np.zeros(len(network.rows.group), dtype=layout.ROW)
    rows["group"], rows["provider"] = network.rows.group, network.rows.provider
    rows["chance"], rows["key"] = network.rows.chance, network.rows.key
    return rows


def _loops(loop: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the things of each loop begin, and the things, loop by loop."""
    inside = np.flatnonzero(loop != NONE)
    order = inside[np.argsort(loop[inside], kind="stable")]
    loops = int(loop.max(initial=NONE)) + 1
    return np.searchsorted(loop[order], np.arange(loops + 1)).astype(np.int64), order.astype(np.int64)


def _events(
    happenings: Sequence[Happening], network: Network, durations: Durations
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Events, what they strike, and the keys of the draws for members of teams, one for each strike."""
    events = np.zeros(len(happenings), dtype=layout.EVENT)
    sizes = [len(one.strikes.thing) for one in happenings]
    ends = np.cumsum(sizes, dtype=np.int64)
    events["kind"] = [_KINDS[one.kind] for one in happenings]
    events["first"], events["last"] = ends - sizes, ends
    spreading = np.array([one.spreading is not None for one in happenings], dtype=bool)
    events["first_infection"] = (np.cumsum(spreading) - 1) * len(network.things.names)
    strikes = np.zeros(sum(sizes), dtype=layout.STRIKE)
    for number, one in enumerate(happenings):
        part = strikes[events["first"][number] : events["last"][number]]
        part["thing"], part["event"] = one.strikes.thing, number
        part["chance"], part["scale"] = one.strikes.chance, 1.0
        part["key"], part["repair_key"] = one.strikes.key, one.strikes.repair_key
        part["repair"] = [durations.code(repair) for repair in one.strikes.repair]
    strikes["next"] = NONE
    away = [one.away_key if len(one.away_key) else np.zeros(size, dtype=np.uint64)
            for one, size in zip(happenings, sizes, strict=True)]  # fmt: skip
    return events, strikes, _column(_joined(away, np.uint64), layout.KEY)


def _infections_and_edges(
    happenings: Sequence[Happening], things: int, durations: Durations
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The things of every spreading event in turn, and the edges along which each goes on, by source."""
    all_infections, all_edges, before = [], [], 0
    for number, one in enumerate(happenings):
        if one.spreading is None:
            continue
        starts = before + np.searchsorted(one.spreading.source, np.arange(things + 1))
        infections = np.zeros(things, dtype=layout.INFECTION)
        infections["first"], infections["last"] = starts[:-1], starts[1:]
        infections["repair"] = [durations.code(repair) for repair in one.spreading.repair]
        infections["repair_key"] = one.spreading.repair_key
        edges = np.zeros(len(one.spreading.source), dtype=layout.EDGE)
        edges["source"], edges["target"], edges["event"] = one.spreading.source, one.spreading.target, number
        edges["per_h"], edges["key"] = one.spreading.per_h, one.spreading.key
        all_infections.append(infections)
        all_edges.append(edges)
        before += len(edges)
    return _joined(all_infections, layout.INFECTION), _joined(all_edges, layout.EDGE)


def _joined(parts: Sequence[NDArray[Any]], kind: Any) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype=kind), *parts]).astype(kind, copy=False)
