"""What still stands when things fail at one instant: the part of a network above some things, without time.

A thing is down when it is struck itself, or when in some group without `degraded_to` fewer than `required` rows count
as up; a row that did not come up counts as up. A loop keeps the largest set of its things that can stay up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wholeplace.resilience.graphs.loops import strong_sets
from wholeplace.resilience.model import Happening, Network
from wholeplace.resilience.model.draws import as_ticks
from wholeplace.resilience.model.network import Bools, Floats, Ints
from wholeplace.resilience.model.struck import Keys


@dataclass(frozen=True)
class Standing:
    """What decides whether some things stand, as arrays: things that can go down, each after what it depends on.

    Things are numbered anew from 0; `things` has their positions in the network. Things between two entries of
    `set_starts` reach each other; a set that is `looped` has to be settled as a whole. The groups of thing i lie
    between `group_starts[i]` and `[i + 1]`, the rows of group g between `row_starts[g]` and `[g + 1]`; a group takes
    its thing down when `losses` of its rows or more are down. The strikes on thing i lie between `strike_starts[i]` and
    `[i + 1]`. Left out is what can never go down, whatever is struck, with the rows and groups that it settles.
    """

    things: Ints
    set_starts: Ints
    looped: Bools
    group_starts: Ints
    losses: Ints
    row_starts: Ints
    provider: Ints
    row_chance: Floats
    row_key: Keys
    strike_starts: Ints
    strike_chance: Floats
    strike_key: Keys

    @cached_property
    def number(self) -> dict[int, int]:
        """The number here of each position in the network."""
        return {thing: number for number, thing in enumerate(self.things.tolist())}

    @property
    def exposed(self) -> Ints:
        """The things (as numbered here) that something may strike."""
        return np.flatnonzero(np.diff(self.strike_starts))


def above(network: Network, things: Iterable[int]) -> Bools:
    """Which things some `things` depend on, through any row; these are among them."""
    found = np.zeros(len(network.things.names), dtype=bool)
    ahead = list(things)
    found[ahead] = True
    while ahead:
        thing = ahead.pop()
        for provider in network.rows.provider[_rows_of(network, thing)].tolist():
            if not found[provider]:
                found[provider] = True
                ahead.append(provider)
    return found


def _rows_of(network: Network, thing: int) -> slice:
    first, last = network.group_starts[thing], network.group_starts[thing + 1]
    return slice(int(network.row_starts[first]), int(network.row_starts[last]))


def at_tick(one: Happening) -> int:
    """When an event at a fixed hour happens."""
    return int(as_ticks(np.array([*one.at_h.numbers, *one.notice_h.numbers])).sum())


def strikes_of(happenings: Sequence[Happening], *, horizon_h: float) -> dict[int, list[tuple[float, int]]]:
    """What may strike each thing (a position in the network): chance and key of each draw; nothing past the horizon."""
    found: dict[int, list[tuple[float, int]]] = {}
    horizon = int(as_ticks(np.array([horizon_h]))[0])
    for one in happenings:
        if at_tick(one) < horizon:
            strikes = one.strikes
            for thing, chance, key in zip(strikes.thing.tolist(), strikes.chance.tolist(), strikes.key.tolist(),
                                          strict=True):  # fmt: skip
                if chance > 0:
                    found.setdefault(thing, []).append((chance, key))
    return found


@dataclass(frozen=True)
class _Group:
    """A group that may take its thing down: how many of its rows, of those that may be down, must be."""

    losses: int
    rows: tuple[int, ...]


def standing_of(
    network: Network, happenings: Sequence[Happening], things: Sequence[int], *, horizon_h: float
) -> Standing:
    """Work out what decides whether some things (positions in the network) stand.

    The scenario is one that exact and screen do not refuse.
    """
    strikes = strikes_of(happenings, horizon_h=horizon_h)
    can_fail = _struck_at_worst(network, strikes)
    hard = network.groups.hard
    groups: dict[int, list[_Group]] = {}
    ahead = [thing for thing in dict.fromkeys(things) if can_fail[thing]]
    met = set(ahead)
    while ahead:
        thing = ahead.pop()
        groups[thing] = list(_groups_of(network, thing, hard, can_fail))
        for provider in (p for one in groups[thing] for p in network.rows.provider[list(one.rows)].tolist()):
            if provider not in met:
                met.add(provider)
                ahead.append(provider)
    return _as_arrays(network, strikes, groups)


def _groups_of(network: Network, thing: int, hard: Bools, can_fail: Bools) -> Iterator[_Group]:
    rows = network.rows
    for group in range(int(network.group_starts[thing]), int(network.group_starts[thing + 1])):
        losses = int(network.groups.size[group] - network.groups.required[group]) + 1
        span = range(int(network.row_starts[group]), int(network.row_starts[group + 1]))
        loose = tuple(row for row in span if rows.chance[row] > 0 and can_fail[rows.provider[row]])
        if hard[group] and len(loose) >= losses:
            yield _Group(losses, loose)


def _struck_at_worst(network: Network, strikes: Iterable[int]) -> Bools:
    """Which things are down when everything that may be struck is, and every row came up."""
    groups, rows = network.groups, network.rows
    order, starts = network.rows_by_provider
    left = np.where(groups.hard, groups.size - groups.required + 1, np.iinfo(np.int64).max)
    down = np.zeros(len(network.things.names), dtype=bool)
    ahead = list(strikes)
    down[ahead] = True
    while ahead:
        thing = ahead.pop()
        for row in order[starts[thing] : starts[thing + 1]].tolist():
            if rows.chance[row] > 0:
                group = rows.group[row]
                left[group] -= 1
                dependent = int(groups.dependent[group])
                if left[group] == 0 and not down[dependent]:
                    down[dependent] = True
                    ahead.append(dependent)
    return down


def _as_arrays(
    network: Network, strikes: dict[int, list[tuple[float, int]]], groups: dict[int, list[_Group]]
) -> Standing:
    rows = network.rows
    found = sorted(groups)
    at = {thing: number for number, thing in enumerate(found)}
    providers = [[at[p] for one in groups[thing] for p in rows.provider[list(one.rows)].tolist()] for thing in found]
    sets = strong_sets(providers)
    order = [found[number] for members in sets for number in members]
    number = {thing: here for here, thing in enumerate(order)}
    kept_groups = [one for thing in order for one in groups[thing]]
    kept_rows = np.array([row for one in kept_groups for row in one.rows], dtype=np.int64)
    hits = [strikes.get(thing, []) for thing in order]
    return Standing(
        things=np.array(order, dtype=np.int64),
        set_starts=_starts(len(members) for members in sets),
        looped=np.array([len(m) > 1 or m[0] in providers[m[0]] for m in sets], dtype=bool),
        group_starts=_starts(len(groups[thing]) for thing in order),
        losses=np.array([one.losses for one in kept_groups], dtype=np.int64),
        row_starts=_starts(len(one.rows) for one in kept_groups),
        provider=np.array([number[p] for p in rows.provider[kept_rows].tolist()], dtype=np.int64),
        row_chance=rows.chance[kept_rows],
        row_key=rows.key[kept_rows],
        strike_starts=_starts(map(len, hits)),
        strike_chance=np.array([chance for one in hits for chance, _ in one], dtype=np.float64),
        strike_key=np.array([key for one in hits for _, key in one], dtype=np.uint64),
    )


def _starts(sizes: Iterable[int]) -> Ints:
    return np.cumsum([0, *sizes], dtype=np.int64)
