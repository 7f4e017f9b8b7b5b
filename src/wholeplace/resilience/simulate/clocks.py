"""Clocks of groups: tolerances and restarts that run.

All clocks of one length wait in one line, in the order in which they were started, which is that in which they run
out: nothing has to be sorted. A line only grows at its end; a group whose clock is stopped leaves its place behind,
and as the group knows its place, the place counts for nothing. Then starting and stopping need no cases, which a
processor would guess wrong half of the time, and those that run out together lie side by side.
"""

from __future__ import annotations

from typing import Any

from wholeplace.compiled import inlined, inner
from wholeplace.resilience.model.draws import NEVER
from wholeplace.resilience.simulate.state import NONE, State, clocks_at, group_at, out_at, waiting_at


@inlined
def start_clock(state: State, group: int, clock: int) -> None:
    """Let the clock of a group run from now, for as long as those of its line do."""
    wait_in_line(state, clocks_at(state.clocks, clock), state.waiting, state.now, group, group_at(state.groups, group))


@inlined
def wait_in_line(state: State, clocks: Any, waiting: int, now: int, group: int, one: Any) -> None:
    """Put a group, whose record is `one`, at the end of a line."""
    if clocks.last == clocks.end:
        _close_up(state, clocks)
    last, due = clocks.last, now + clocks.length
    place = waiting_at(waiting, last)
    place.due, place.group = due, group
    one.place = last
    clocks.last = last + 1
    clocks.due = min(clocks.due, due)


@inlined
def stop_clock(state: State, group: int) -> None:
    """Take the clock of a group out of its line; nothing happens where it does not run."""
    group_at(state.groups, group).place = NONE


@inlined
def first_due(state: State, first: int, last: int) -> int:
    """When the first of some clocks runs out: those of tolerances come first, those of restarts after them.

    It may be one that was stopped, in which case nothing happens then.
    """
    due = NEVER
    for clock in range(first, last):
        due = min(due, clocks_at(state.clocks, clock).due)
    return due


@inner
def take_due(state: State, first: int, last: int) -> int:
    """Take the groups off some lines whose clocks have run out now; into `turned`, and how many they are."""
    taken = 0
    for clock in range(first, last):
        clocks = clocks_at(state.clocks, clock)
        if clocks.due == state.now:
            taken = _take_due_of(state, clocks, taken)
    return taken


@inlined
def _take_due_of(state: State, clocks: Any, taken: int) -> int:
    at, due = clocks.first, clocks.due
    while due == state.now:
        group = waiting_at(state.waiting, at).group
        out_at(state.turned, taken).group = group
        taken += group_at(state.groups, group).place == at
        at += 1
        due = waiting_at(state.waiting, at).due if at < clocks.last else NEVER
    clocks.first, clocks.due = at, due
    return taken


@inner
def _close_up(state: State, clocks: Any) -> None:
    """Move what still waits in a line to its beginning; at most half of the line, as no group waits there twice."""
    to = clocks.begin
    for at in range(clocks.first, clocks.last):
        one = waiting_at(state.waiting, at)
        group = group_at(state.groups, one.group)
        if group.place == at:
            place = waiting_at(state.waiting, to)
            place.due, place.group, group.place = one.due, one.group, to
            to += 1
    clocks.first, clocks.last = clocks.begin, to
    clocks.due = waiting_at(state.waiting, clocks.begin).due if to > clocks.begin else NEVER


@inner
def empty_lines(state: State) -> None:
    """Stop all clocks."""
    for clock in range(state.clock_count):
        clocks = clocks_at(state.clocks, clock)
        clocks.first = clocks.last = clocks.begin
        clocks.due = NEVER
