"""Clocks of groups: tolerances and restarts that run.

All clocks of one length stand in one list. As time goes forward they run out in the order in which they were started,
so that a list needs no sorting, and a clock that is stopped is unlinked.
"""

from __future__ import annotations

from wholeplace.compiled import inner
from wholeplace.resilience.model.draws import NEVER
from wholeplace.resilience.simulate.state import NONE, State, clocks_at, group_at


@inner
def start_clock(state: State, group: int, clock: int) -> None:
    """Let the clock of a group run from now, for as long as its list says."""
    one, clocks = group_at(state.groups, group), clocks_at(state.clocks, clock)
    one.due = state.now + clocks.length
    one.before = clocks.last
    one.next = NONE
    if clocks.last == NONE:
        clocks.first = group
        state.clock_due = min(state.clock_due, one.due)
    else:
        group_at(state.groups, clocks.last).next = group
    clocks.last = group


@inner
def stop_clock(state: State, group: int, clock: int) -> None:
    """Unlink the clock of a group from its list."""
    one, clocks = group_at(state.groups, group), clocks_at(state.clocks, clock)
    if one.next == NONE:
        clocks.last = one.before
    else:
        group_at(state.groups, one.next).before = one.before
    if one.before == NONE:
        clocks.first = one.next
        if one.due == state.clock_due:
            find_clock_due(state)
    else:
        group_at(state.groups, one.before).next = one.next


@inner
def find_clock_due(state: State) -> None:
    """Find the first clock to run out."""
    due = NEVER
    for clock in range(state.clock_count):
        first = clocks_at(state.clocks, clock).first
        if first != NONE and group_at(state.groups, first).due < due:
            due = group_at(state.groups, first).due
    state.clock_due = due
