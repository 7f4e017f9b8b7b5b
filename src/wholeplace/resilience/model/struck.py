"""What the events of a scenario may strike, and how likely, as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.place.distributions import Distribution
from wholeplace.place.registers import Register
from wholeplace.place.registers.references import full_name
from wholeplace.resilience.model.draws import (
    NEVER,
    Purpose,
    as_ticks,
    event_key,
    keys,
    name_keys,
    quantiles_of,
    uniforms,
)
from wholeplace.resilience.model.network import Floats, Ints, Network
from wholeplace.resilience.scenarios.scenario import Event, Scenario
from wholeplace.resilience.scenarios.sections import AbsenceSection, ExitSection, SpreadSection

Keys = NDArray[np.uint64]
#: Gives, for a hazard, the things that it may strike and the chance of each before its vulnerability.
Placing = Callable[[Event], tuple[Sequence[str], Floats]]
_NOTHING = Distribution("fixed", (0.0,))
_NEVER = Distribution("never")
_NO_KEYS: Keys = np.empty(0, dtype=np.uint64)


@dataclass(frozen=True)
class Strikes:
    """What one event strikes: things in code-point order, each hit when the draw of `key` is below its `chance`.

    Things that share a key are hit or spared together. `repair` is how long each takes to repair once hit, drawn with
    `repair_key`; for an absence it says nothing.
    """

    thing: Ints
    chance: Floats
    key: Keys
    repair: list[Distribution]
    repair_key: Keys


@dataclass(frozen=True)
class Spreading:
    """Along what one event spreads: an entry a pair of neighbours, sorted by `source`.

    `per_h` is the rate at which a struck source strikes `target`, the target's vulnerability included. `repair` and
    `repair_key` are those of every thing of the network, as any may be struck.
    """

    source: Ints
    target: Ints
    per_h: Floats
    key: Keys
    repair: list[Distribution]
    repair_key: Keys


@dataclass(frozen=True)
class Happening:
    """One event ready to be drawn: when, what it strikes, and what it draws once a trial.

    `at_h` and `notice_h` are added up. `away_key` (of an absence) has the key of the draws for members of each team.
    """

    number: int
    kind: str
    at_h: Distribution
    notice_h: Distribution
    share: Distribution
    lasts_h: Distribution
    contain_h: Distribution
    strikes: Strikes
    away_key: Keys
    spreading: Spreading | None


def happenings_of(
    scenario: Scenario, network: Network, registers: Mapping[str, Register], placing: Placing
) -> tuple[Happening, ...]:
    """Make the events of a scenario ready for a network.

    One draw decides over all that an absence, a spread or a `together` event strikes, and over a supplier with its
    systems; where it is below a thing's own chance times its vulnerability, that thing is struck.
    """
    return tuple(_happening(event, network, registers, placing) for event in scenario.events)


def _happening(event: Event, network: Network, registers: Mapping[str, Register], placing: Placing) -> Happening:
    section, times = event.section, event.times
    strikes = _strikes(event, network, _chances(event, registers, placing))
    teams = network.things.keys[strikes.thing] if isinstance(section, AbsenceSection) else _NO_KEYS
    return Happening(
        number=event.number,
        kind=event.kind,
        at_h=times["at_h"],
        notice_h=times.get("notice_h", _NOTHING),
        share=times.get("share", _NOTHING),
        lasts_h=times.get("lasts", _NEVER),
        contain_h=times.get("contain_h", _NEVER),
        strikes=strikes,
        away_key=keys(teams, Purpose.AWAY, event.number),
        spreading=_spreading(event, section, network) if isinstance(section, SpreadSection) else None,
    )


def _chances(event: Event, registers: Mapping[str, Register], placing: Placing) -> dict[str, tuple[float, str | None]]:
    """What an event may strike, with the chance before vulnerability and whose draw decides: its own where None."""
    section = event.section
    if event.kind == "hazard":
        names, chances = placing(event)
        found = dict(zip(names, chances.tolist(), strict=True))
    else:
        found = dict.fromkeys(event.items, section.chance)
    if isinstance(section, ExitSection):
        return {name: (section.chance, supplier) for name, supplier in _with_systems(event.items, registers)}
    shared = isinstance(section, AbsenceSection | SpreadSection) or getattr(section, "together", False)
    return {name: (chance, "" if shared else None) for name, chance in found.items()}


def _with_systems(suppliers: Sequence[str], registers: Mapping[str, Register]) -> Iterator[tuple[str, str]]:
    """Suppliers and the systems that they supply, each with its supplier."""
    yield from ((supplier, supplier) for supplier in suppliers)
    systems = registers.get("systems")
    if systems is not None:
        field = systems.kind.by_name["supplier"]
        for name, text in zip(systems.names, systems.column("supplier").str.strip_chars(), strict=True):
            supplier = full_name(field, text)
            if supplier in suppliers:
                yield name, supplier


def _strikes(event: Event, network: Network, chances: Mapping[str, tuple[float, str | None]]) -> Strikes:
    things = network.things
    struck = np.array(sorted(things.number[name] for name in chances), dtype=np.int64)
    names = [things.names[at] for at in struck]
    deciding = [chances[name][1] for name in names]
    own = keys(things.keys[struck], Purpose.STRIKE, event.number)
    deciders = keys(name_keys([one or "" for one in deciding]), Purpose.EVENT_CHANCE, event.number)
    return Strikes(
        thing=struck,
        chance=np.minimum(1.0, np.array([chances[name][0] for name in names]) * things.vulnerability[struck]),
        key=np.where(np.array([one is None for one in deciding], dtype=bool), own, deciders),
        repair=[event.times.get("repair", things.repair[at]) for at in struck],
        repair_key=keys(things.keys[struck], Purpose.REPAIR, event.number),
    )


def _spreading(event: Event, section: SpreadSection, network: Network) -> Spreading:
    """The neighbours along which an event spreads; of rows between the same two things one counts."""
    things = network.things
    if event.edges is None:
        source = network.rows.provider
        target = network.groups.dependent[network.rows.group]
        per_h = np.full(len(source), section.chance_per_h or 0.0)
    else:
        source = np.array([things.number[name] for name in event.edges["from"]], dtype=np.int64)
        target = np.array([things.number[name] for name in event.edges["to"]], dtype=np.int64)
        per_h = event.edges["chance_per_h"].to_numpy()
    frame = pl.DataFrame({"source": source, "target": target, "per_h": per_h})
    frame = frame.group_by("source", "target").agg(pl.col("per_h").sum() if event.edges is not None
                                                   else pl.col("per_h").first())  # fmt: skip
    prefixes = tuple(f"{prefix}:" for prefix in section.applies_to)
    spreads_to = [at for at, name in enumerate(things.names) if name.startswith(prefixes)]
    frame = frame.filter((pl.col("source") != pl.col("target")) & pl.col("target").is_in(spreads_to))
    frame = frame.sort("source", "target")
    source, target = frame["source"].to_numpy(), frame["target"].to_numpy()
    pairs = name_keys([f"{things.names[one]}|{things.names[other]}" for one, other in zip(source, target, strict=True)])
    return Spreading(
        source=source,
        target=target,
        per_h=frame["per_h"].to_numpy() * things.vulnerability[target],
        key=keys(pairs, Purpose.SPREAD, event.number),
        repair=[event.times.get("repair", own) for own in things.repair],
        repair_key=keys(things.keys, Purpose.REPAIR, event.number),
    )


@dataclass(frozen=True)
class EventDraws:
    """What events draw once a trial: one row an event, one column a trial, times in ticks.

    `at` has the notice in it; `contain` counts from `at`, `lasts` too.
    """

    at: Ints
    share: Floats
    lasts: Ints
    contain: Ints


def event_draws(happenings: Sequence[Happening], seed: int, trials: Ints) -> EventDraws:
    """Draw what events draw once a trial, for the trials of these numbers."""

    def drawn(distribution: Distribution, purpose: Purpose, number: int) -> Floats:
        if distribution.kind in {"fixed", "never"}:  # whatever is drawn
            return quantiles_of(distribution, np.zeros(len(trials)))
        return quantiles_of(distribution, uniforms(seed, trials, event_key(purpose, number)))

    def table(name: str, purpose: Purpose) -> Floats:
        rows = [drawn(getattr(one, name), purpose, one.number) for one in happenings]
        return np.array(rows, dtype=np.float64).reshape(len(happenings), len(trials))

    at = as_ticks(table("at_h", Purpose.EVENT_AT)) + as_ticks(table("notice_h", Purpose.EVENT_NOTICE))
    return EventDraws(
        at=np.minimum(at, NEVER),
        share=table("share", Purpose.EVENT_SHARE),
        lasts=as_ticks(table("lasts_h", Purpose.EVENT_LASTS)),
        contain=as_ticks(table("contain_h", Purpose.EVENT_CONTAIN)),
    )
