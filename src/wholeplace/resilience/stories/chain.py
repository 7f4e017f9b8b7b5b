"""Why a thing stopped: the chain from an outage back to what an event struck."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wholeplace.resilience.model import Happening, Network
from wholeplace.resilience.simulate import Spell, Trace
from wholeplace.resilience.ticks import TICKS_PER_H


@dataclass(frozen=True)
class Link:
    """One step of a chain: a thing stopped (or went on at a lower level), and why.

    `why` is "failed" (struck by the event of number `event`, or by itself where that is None; `source` is the thing it
    spread from), "absent" (`present` members of a team were left by `event`) or "without": it needed `required` of
    `providers`, and had been without since `since_h`, `tolerance_h` before. `because` has the chains of the providers
    that were down, the last to go down first. `told_before` says that a chain goes on as told further up.
    """

    thing: str
    start_h: float
    end_h: float
    level: float
    why: str
    event: int | None = None
    source: str | None = None
    present: int | None = None
    required: int = 1
    providers: tuple[str, ...] = ()
    since_h: float | None = None
    tolerance_h: float = 0.0
    because: tuple[Link, ...] = ()
    told_before: bool = False


def outages_of(trace: Trace, thing: int) -> list[tuple[float, float]]:
    """From when to when a thing was at level 0 in a trial, in hours; the last may end at the horizon."""
    return [(start, end) for start, end, level in trace.spells_below(thing) if level == 0]


def explain(network: Network, happenings: Sequence[Happening], trace: Trace, thing: int, hour: float) -> Link | None:
    """The chain that led to a thing being below level 1 at an hour; None where it was at level 1.

    Of several reasons that held then, the one that began last is followed: without it the thing would not have stopped
    when it did.
    """
    return _Teller(network, happenings, trace).link(thing, hour)


class _Teller:
    """Tells chains of one trial, each spell of each thing once."""

    def __init__(self, network: Network, happenings: Sequence[Happening], trace: Trace) -> None:
        self.network, self.trace = network, trace
        self.numbers = [one.number for one in happenings]
        self.told: set[tuple[int, float]] = set()

    def link(self, thing: int, hour: float) -> Link | None:
        spell = next((one for one in self.trace.spells_below(thing) if one[0] <= hour < one[1]), None)
        if spell is None:
            return None
        start, end, level = spell
        name = self.network.things.names[thing]
        reason = self._reason(thing, start, hard=level == 0)
        if reason is None or (thing, start) in self.told:
            return Link(name, start, end, level, "failed" if reason is None else reason.why, told_before=True)
        self.told.add((thing, start))
        event = None if reason.cause < 0 else self.numbers[reason.cause]
        if reason.why == "failed":
            source = self.network.things.names[reason.source] if reason.source >= 0 else None
            return Link(name, start, end, level, "failed", event=event, source=source)
        if reason.why == "absent":
            return Link(name, start, end, level, "absent", event=event, present=reason.source)
        return self._without(reason, name, spell)

    def _without(self, effect: Spell, name: str, spell: tuple[float, float, float]) -> Link:
        """A link of a thing that was without a group for too long."""
        network, group = self.network, effect.number
        since = max((one.start_h for one in self.trace.unmet.get(group, []) if one.start_h <= effect.start_h),
                    default=effect.start_h)  # fmt: skip
        rows = range(network.row_starts[group], network.row_starts[group + 1])
        providers = [int(network.rows.provider[row]) for row in rows]
        links = [one for one in (self.link(provider, since) for provider in self._down(providers, since)) if one]
        return Link(
            name,
            *spell,
            "without",
            required=int(network.groups.required[group]),
            providers=tuple(network.things.names[one] for one in providers),
            since_h=since,
            tolerance_h=float(network.groups.tolerance_ticks[group]) / TICKS_PER_H,
            because=tuple(links),
        )

    def _down(self, providers: list[int], hour: float) -> list[int]:
        """Those that were down at an hour, the last to go down first."""
        outages = ((one, spell) for one in providers for spell in outages_of(self.trace, one))
        starts = [(start, one) for one, (start, end) in outages if start <= hour < end]
        return [one for _, one in sorted(starts, key=lambda pair: (-pair[0], pair[1]))]

    def _reason(self, thing: int, hour: float, *, hard: bool) -> Spell | None:
        """What weighed on a thing at an hour; what began last, own failures before absences before groups."""
        found = [spell for spell in self._reasons(thing, hard=hard) if spell.start_h <= hour < spell.end_h]
        return max(found, key=lambda spell: spell.start_h, default=None)

    def _reasons(self, thing: int, *, hard: bool) -> Iterator[Spell]:
        yield from self.trace.failures.get(thing, [])
        yield from self.trace.absences.get(thing, [])
        is_hard = self.network.groups.hard
        for group in range(self.network.group_starts[thing], self.network.group_starts[thing + 1]):
            if is_hard[group] or not hard:
                yield from self.trace.effects.get(group, [])
