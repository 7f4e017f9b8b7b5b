"""One trial told in full: when each thing failed, was repaired, ran out of what it needs, and came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from numpy.typing import NDArray

from wholeplace.resilience.simulate import state as told
from wholeplace.resilience.simulate.engine import Simulation
from wholeplace.resilience.ticks import TICKS_PER_H

#: Lines that a trace has room for at first; it is run again with more where they do not do.
_LINES = 20_000


@dataclass(frozen=True)
class Spell:
    """A time, from `start_h` up to `end_h` (infinite where it did not end), in which something weighed on a thing.

    `why` is "failed" or "absent" (of the thing `number`, by the event `cause`, -1 where it failed by itself; `source`
    is the thing it spread from, or -1, or how many of a team were present), or "unmet" or "effect" (of the group
    `number`).
    """

    why: str
    number: int
    start_h: float
    end_h: float
    cause: int = -1
    source: int = -1


@dataclass(frozen=True)
class Trace:
    """One trial: what weighed on each thing, and how its level went.

    `failures`, `absences` are spells by thing; `unmet`, `effects` by group; `levels` has, by thing, the hours at which
    the level changed for good, with the new level.
    """

    trial: int
    horizon_h: float
    failures: Mapping[int, list[Spell]] = field(default_factory=dict)
    absences: Mapping[int, list[Spell]] = field(default_factory=dict)
    unmet: Mapping[int, list[Spell]] = field(default_factory=dict)
    effects: Mapping[int, list[Spell]] = field(default_factory=dict)
    levels: Mapping[int, list[tuple[float, float]]] = field(default_factory=dict)

    def level_at(self, thing: int, hour: float) -> float:
        """The level of a thing at an hour, after all that happens then."""
        level = 1.0
        for at, new in self.levels.get(thing, []):
            if at > hour:
                break
            level = new
        return level

    def spells_below(self, thing: int) -> list[tuple[float, float, float]]:
        """Each time a thing spent at one level below 1: from, to (the horizon at most), level."""
        changes = self.levels.get(thing, [])
        ends = [*(hour for hour, _ in changes[1:]), self.horizon_h]
        return [(start, end, level) for (start, level), end in zip(changes, ends, strict=False) if level < 1]


def trace_trial(simulation: Simulation, trial: int) -> Trace:
    """Run one trial again and tell all of it."""
    lines = _LINES
    while True:
        found = simulation.tell(trial, lines)
        if len(found) < lines:
            return _read(found, trial, simulation.horizon_h)
        lines *= 8


_STARTS = {told.TOLD_FAILED: "failed", told.TOLD_ABSENT: "absent", told.TOLD_UNMET: "unmet", told.TOLD_EFFECT: "effect"}
_ENDS = {
    told.TOLD_REPAIRED: "failed",
    told.TOLD_RETURNED: "absent",
    told.TOLD_MET: "unmet",
    told.TOLD_ENDED: "effect",
}


def _read(lines: NDArray[Any], trial: int, horizon_h: float) -> Trace:
    """Make spells of the lines of a trace."""
    spells: dict[str, dict[int, list[Spell]]] = {why: {} for why in _STARTS.values()}
    levels: dict[int, list[tuple[float, float]]] = {}
    for time, what, subject, cause, source, level in lines.tolist():
        hour = time / TICKS_PER_H
        if what == told.TOLD_LEVEL:
            _note_level(levels.setdefault(subject, []), hour, level)
        elif what in _STARTS:
            why = _STARTS[what]
            of_subject = spells[why].setdefault(subject, [])
            if why == "failed" and of_subject and of_subject[-1].end_h == inf:
                continue  # struck again while it was failed
            of_subject.append(Spell(why, subject, hour, inf, cause, source))
        elif what in _ENDS:
            _close(spells[_ENDS[what]].get(subject, []), hour, cause)
    return Trace(
        trial,
        horizon_h,
        failures=spells["failed"],
        absences=spells["absent"],
        unmet=spells["unmet"],
        effects=spells["effect"],
        levels=levels,
    )


def _note_level(changes: list[tuple[float, float]], hour: float, level: float) -> None:
    """Add a change; of several at one instant the last counts, and what is no change after all is left out."""
    if changes and changes[-1][0] == hour:
        changes.pop()
    before = changes[-1][1] if changes else 1.0
    if level != before:
        changes.append((hour, level))


def _close(spells: list[Spell], hour: float, cause: int) -> None:
    """End the open spell (of absences: that of the same event)."""
    for at in range(len(spells) - 1, -1, -1):
        spell = spells[at]
        if spell.end_h == inf and (spell.why != "absent" or spell.cause == cause):
            spells[at] = Spell(spell.why, spell.number, spell.start_h, hour, spell.cause, spell.source)
            return
