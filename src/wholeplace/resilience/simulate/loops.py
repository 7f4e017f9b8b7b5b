"""Loops that can start by themselves: which of their things could stand together, and what that holds up."""

from __future__ import annotations

from numpy import int64

from wholeplace.compiled import inner
from wholeplace.resilience.simulate.cascades import tell_of_risen
from wholeplace.resilience.simulate.clocks import start_clock, stop_clock
from wholeplace.resilience.simulate.levels import (
    came_up,
    end_effect,
    group_of,
    run_tolerance,
    tell,
    watch,
)
from wholeplace.resilience.simulate.state import (
    BLACK_RESTARTING,
    EFFECT,
    HELD,
    NONE,
    TIMING,
    TOLD_HELD,
    State,
    burden_at,
    group_at,
    members_at,
    number_at,
    out_at,
    row_at,
    spare_at,
    thing_at,
)


@inner
def judge_loops(state: State) -> None:
    """Judge every loop in which something changed since it was last judged, until nothing changes any more."""
    while state.dirty_length > 0:
        state.dirty_length -= 1
        loop = number_at(state.dirty, state.dirty_length).value
        number_at(state.dirty_loops, loop).value = 0
        _find_standing(state, loop)
        for at in range(number_at(state.loop_starts, loop).value, number_at(state.loop_starts, loop + 1).value):
            thing = number_at(state.loop_things, at).value
            if burden_at(state.burdens, thing).black_start:
                _hold(state, thing)
        tell_of_risen(state)


@inner
def _find_standing(state: State, loop: int) -> None:
    """Mark the largest set of a loop's things that could stand together, as it is now outside the loop.

    Starting from all that are neither failed nor below their minimum, those are taken out that have a group which
    the others cannot meet and whose tolerance has run out, until none is left to take out.
    """
    first, last = number_at(state.loop_starts, loop).value, number_at(state.loop_starts, loop + 1).value
    for at in range(first, last):
        thing = number_at(state.loop_things, at).value
        one = burden_at(state.burdens, thing)
        one.standing = not thing_at(state.things, thing).failed and one.below == 0
    fallen = 0
    for at in range(first, last):
        thing = number_at(state.loop_things, at).value
        _count_reached(state, thing, loop)
    for at in range(first, last):
        thing = number_at(state.loop_things, at).value
        if burden_at(state.burdens, thing).standing and not _could_stand(state, thing):
            burden_at(state.burdens, thing).standing = 0
            number_at(state.risen, fallen).value = thing
            fallen += 1
    while fallen > 0:
        fallen -= 1
        one = thing_at(state.things, number_at(state.risen, fallen).value)
        for at in range(one.first_out, one.last_out):
            group = group_of(state, out_at(state.out, at))
            if group == state.nobody or group_at(state.groups, group).soft:
                continue
            thing = int64(group_at(state.groups, group).dependent)
            dependent = burden_at(state.burdens, thing)
            if dependent.loop != loop:
                continue
            members_at(state.members, group).reached -= 1
            if dependent.standing and not _could_stand(state, thing):
                dependent.standing = 0
                number_at(state.risen, fallen).value = thing
                fallen += 1


@inner
def _count_reached(state: State, thing: int, loop: int) -> None:
    """Count, for each hard group of a thing, the rows that are up if all who stand in its loop are."""
    burden = burden_at(state.burdens, thing)
    for group in range(burden.first_group, burden.last_group):
        if group_at(state.groups, group).soft:
            continue
        members = members_at(state.members, group)
        spare = spare_at(state.spares_at_start, group).now
        reached = spare - (members.last_row - members.first_row)  # so that 0 is just enough
        for at in range(members.first_row, members.last_row):
            row = row_at(state.rows, at)
            provider = burden_at(state.burdens, row.provider)
            up = provider.standing if provider.loop == loop else thing_at(state.things, row.provider).reasons == 0
            reached += up or not came_up(state, row)
        members.reached = reached


@inner
def _could_stand(state: State, thing: int) -> bool:
    burden = burden_at(state.burdens, thing)
    for group in range(burden.first_group, burden.last_group):
        one = group_at(state.groups, group)
        short = not one.soft and members_at(state.members, group).reached < 0
        if short and one.state != TIMING:
            return False
    return True


@inner
def _hold(state: State, thing: int) -> None:
    """Restart a black-start thing whose loop could stand, or let its tolerances run where the loop no longer can."""
    burden = burden_at(state.burdens, thing)
    for number in range(burden.first_group, burden.last_group):
        group = group_at(state.groups, number)
        if group.soft:
            continue
        if burden.standing:
            if group.state == EFFECT:
                if group.restart == NONE:
                    if state.telling:
                        tell(state, TOLD_HELD, number, NONE, NONE)
                    end_effect(state, number, HELD)
                else:
                    group.state = BLACK_RESTARTING
                    start_clock(state, number, int64(group.restart))
        elif group.state == BLACK_RESTARTING:
            stop_clock(state, number)
            group.state = EFFECT
        elif group.state == HELD:
            run_tolerance(state, number)
            watch(state, thing)  # within its tolerance it counts as standing again
