"""Clocks of groups: tolerances and restarts that run.

All clocks of one length stand in one ring, in the order in which they were started, which is that in which they run
out: nothing has to be sorted. Each ring has a group of its own that never runs out, so that it is never empty; a group
whose clock does not run is a ring by itself. Then starting and stopping need no cases, which a processor would guess
wrong half of the time.
"""

from __future__ import annotations

from typing import Any

from numpy import int64

from wholeplace.compiled import inner
from wholeplace.resilience.model.draws import NEVER
from wholeplace.resilience.simulate.state import State, clocks_at, group_at


@inner
def start_clock(state: State, group: int, clock: int) -> None:
    """Let the clock of a group run from now, for as long as those of its ring do."""
    one, clocks = group_at(state.groups, group), clocks_at(state.clocks, clock)
    end = group_at(state.groups, clocks.ring)
    last = end.before
    one.due = state.now + clocks.length
    one.before = last
    one.next = clocks.ring
    group_at(state.groups, last).next = group
    end.before = group


@inner
def stop_clock(state: State, group: int) -> None:
    """Take the clock of a group out of its ring; nothing happens where it does not run."""
    one = group_at(state.groups, group)
    group_at(state.groups, one.before).next = one.next
    group_at(state.groups, one.next).before = one.before
    one.before = one.next = group


@inner
def first_due(state: State, first: int, last: int) -> int:
    """When the first of some clocks runs out: those of tolerances come first, those of restarts after them."""
    due = NEVER
    for clock in range(first, last):
        due = min(due, group_at(state.groups, _first_of(state, clock)).due)
    return due


@inner
def take_due(state: State, clock: int) -> Any:
    """Take the first group whose clock has run out now off a ring; the ring's own group when there is none."""
    first = _first_of(state, clock)
    if group_at(state.groups, first).due == state.now:
        stop_clock(state, first)
        return first
    return int64(clocks_at(state.clocks, clock).ring)


@inner
def empty_rings(state: State) -> None:
    """Stop all clocks, after the groups in the rings have been put back."""
    for clock in range(state.clock_count):
        ring = clocks_at(state.clocks, clock).ring
        end = group_at(state.groups, ring)
        end.before = end.next = ring


@inner
def _first_of(state: State, clock: int) -> Any:
    return int64(group_at(state.groups, clocks_at(state.clocks, clock).ring).next)
