"""What happens at times not known beforehand: a binary heap, ordered by time, phase and thing."""

from __future__ import annotations

from typing import Any

from wholeplace.compiled import inlined, inner
from wholeplace.resilience.simulate.state import STRUCK, State, entry_at

#: Bits of an entry: phase above, then thing, what it does, and a number (of a strike or an event).
_PHASE, _THING, _KIND = 60, 28, 25
_NUMBERS = (1 << _KIND) - 1
#: Strikes of one scenario are numbered with 25 bits.
MOST_STRIKES = 1 << _KIND


@inner
def entry_of(kind: int, thing: int, number: int) -> int:
    """What happens to a thing, as an entry; `number` is that of a strike or an edge."""
    phase = 2 if kind >= STRUCK else 1
    return (phase << _PHASE) | (thing << _THING) | (kind << _KIND) | (number & _NUMBERS)


@inner
def push(state: State, time: int, kind: int, thing: int, number: int) -> None:
    """Add an entry; what lies at or after the horizon is not kept."""
    if time < state.horizon:
        push_entry(state, time, entry_of(kind, thing, number))


@inner
def push_entry(state: State, time: int, what: int) -> None:
    """Add an entry made by `entry_of`."""
    at = state.queue_length
    state.queue_length = at + 1
    while at > 0:
        above = (at - 1) >> 1
        if not _before(time, what, entry_at(state.queue, above)):
            break
        _move(state, above, at)
        at = above
    _put(state, at, time, what)


@inner
def drop_first(state: State) -> None:
    """Take the first entry off; its fields are read before."""
    last = state.queue_length - 1
    state.queue_length = last
    time, what = entry_at(state.queue, last).time, entry_at(state.queue, last).what
    at = 0
    while True:
        below = 2 * at + 1
        if below >= last:
            break
        if below + 1 < last:
            other = entry_at(state.queue, below + 1)
            below += _before(other.time, other.what, entry_at(state.queue, below))
        lower = entry_at(state.queue, below)
        if not _before(lower.time, lower.what, entry_at(state.queue, last)):
            break
        _move(state, below, at)
        at = below
    _put(state, at, time, what)


@inner
def _before(time: int, what: int, other: Any) -> bool:
    return time < other.time or (time == other.time and what < other.what)


@inner
def _move(state: State, start: int, to: int) -> None:
    _put(state, to, entry_at(state.queue, start).time, entry_at(state.queue, start).what)


@inner
def _put(state: State, at: int, time: int, what: int) -> None:
    entry = entry_at(state.queue, at)
    entry.time, entry.what = time, what


@inlined
def due_in_phase(state: State, phase: int) -> bool:
    """Whether the first entry is due now in this phase (1 or 2)."""
    first = entry_at(state.queue, 0)
    return state.queue_length > 0 and first.time == state.now and first.what >> _PHASE == phase


@inner
def thing_of(what: int) -> int:
    return (what >> _THING) & 0xFFFFFFFF


@inner
def kind_of(what: int) -> int:
    return (what >> _KIND) & 7


@inner
def number_of(what: int) -> int:
    return what & _NUMBERS
