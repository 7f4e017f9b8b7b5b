"""What the engines without time, exact and screen, are asked, and which of it they can answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from wholeplace.errors import WholeplaceError
from wholeplace.place.findings import did_you_mean
from wholeplace.resilience.importance import Importance
from wholeplace.resilience.model import Happening, Network
from wholeplace.resilience.model.network import Bools
from wholeplace.resilience.standing import above, at_tick, strikes_of
from wholeplace.resilience.ticks import TICKS_PER_H

#: Kinds of events that are over in an instant.
_INSTANT = frozenset({"fail", "hazard", "exit"})


class RefusedError(WholeplaceError, ValueError):
    """A scenario in which time matters, asked of an engine that knows no time."""


def refusal_of(
    network: Network, happenings: Sequence[Happening], *, background: bool, target: int | None = None
) -> str | None:
    """The first reason why a scenario cannot be answered without time; None where it can.

    Answered are scenarios of which every event is a fail, hazard or exit at one fixed hour, without failures in the
    background, where no row above the target (without one: above any service) has a tolerance. Repairs are ignored.
    """
    for one in happenings:
        if one.kind not in _INSTANT:
            return f"event {one.number} is of kind {one.kind}; only fail, hazard and exit are over in an instant"
        if one.at_h.kind != "fixed" or one.notice_h.kind != "fixed":
            return f"event {one.number} ({one.kind}) is not at a fixed hour"
        if at_tick(one) != at_tick(happenings[0]):
            hours = [at_tick(event) / TICKS_PER_H for event in (happenings[0], one)]
            return f"event {happenings[0].number} is at hour {hours[0]:g}, event {one.number} at hour {hours[1]:g}"
    if background:
        return "with `background = true` things also fail by themselves, at any time"
    row = _first_with_tolerance(network, network.services.tolist() if target is None else [target])
    return None if row is None else _tolerance_told(network, row)


def refuse(
    method: str,
    network: Network,
    happenings: Sequence[Happening],
    *,
    background: bool,
    target: str | None,
) -> None:
    """Refuse what cannot be answered without time.

    Raises
    ------
    RefusedError
        With the first reason.
    """
    reason = refusal_of(network, happenings, background=background,
                        target=None if target is None else position(network, target))  # fmt: skip
    if reason is not None:
        raise RefusedError(f"the method {method} knows no time, and here time matters: {reason}. Use --method simulate")


def position(network: Network, name: str) -> int:
    """Where a thing stands in the network.

    Raises
    ------
    RefusedError
        When there is no such thing.
    """
    if name not in network.things.number:
        raise RefusedError(f"there is no thing {name!r} in the registers{did_you_mean(name, network.things.names)}")
    return network.things.number[name]


def asked_of(network: Network, items: Sequence[str] | None, target: str | None) -> dict[str, int]:
    """The positions of `items` (None: every service) and the target, without those above which a row has a tolerance.

    In code-point order.
    """
    services = [network.things.names[at] for at in network.services.tolist()]
    names = {*(services if items is None else items), *([] if target is None else [target])}
    tolerant = _under_tolerance(network)
    asked = {name: position(network, name) for name in sorted(names)}
    return {name: at for name, at in asked.items() if not tolerant[at]}


def _first_with_tolerance(network: Network, things: Iterable[int]) -> int | None:
    """The first row above some things that has a tolerance."""
    tolerant = network.groups.tolerance_ticks > 0
    rows = np.flatnonzero((above(network, things)[network.groups.dependent] & tolerant)[network.rows.group])
    return int(rows[0]) if len(rows) else None


def _under_tolerance(network: Network) -> Bools:
    """Which things have some row with a tolerance above them."""
    order, starts = network.rows_by_provider
    dependents = network.groups.dependent[network.rows.group[order]]
    found = np.zeros(len(network.things.names), dtype=bool)
    found[network.groups.dependent[network.groups.tolerance_ticks > 0]] = True
    ahead = np.flatnonzero(found).tolist()
    while ahead:
        thing = ahead.pop()
        for dependent in dependents[starts[thing] : starts[thing + 1]].tolist():
            if not found[dependent]:
                found[dependent] = True
                ahead.append(dependent)
    return found


def _tolerance_told(network: Network, row: int) -> str:
    group = network.rows.group[row]
    names = network.things.names
    dependent, provider = names[network.groups.dependent[group]], names[network.rows.provider[row]]
    hours = network.groups.tolerance_ticks[group] / TICKS_PER_H
    return f"dependency:{dependent}|{network.groups.name[group]}|{provider} has a tolerance of {hours:g} h"


def importance_of(
    network: Network,
    happenings: Sequence[Happening],
    target: str,
    *,
    horizon_h: float,
    p_down: float,
    failed: Mapping[int, float],
    spared: Mapping[int, float],
) -> tuple[Importance, ...]:
    """The importance of each thing above a target that an event can strike, in code-point order.

    `failed` and `spared` hold, by position, the target's chance of going down when the thing fails or cannot; things
    that are not in them make no difference to it.
    """
    names, is_above = network.things.names, above(network, [position(network, target)])
    struck = sorted(thing for thing in strikes_of(happenings, horizon_h=horizon_h) if is_above[thing])
    return tuple(Importance(names[at], p_down, failed.get(at, p_down), spared.get(at, p_down)) for at in struck)
