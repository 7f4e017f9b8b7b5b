"""Cascades: who is told that a thing went down or came up, and what that does to groups.

A cascade goes step by step through all things of a step together: first what they provide for is counted, then the
groups that became unmet or met are gone through. Lists are written to always and grow where a condition holds, as a
processor cannot guess such conditions and loses more by guessing wrong than by the writing. What was just written is
kept at hand, as reading it back would wait for the writing.
"""

from __future__ import annotations

from typing import Any

from numpy import int64

from wholeplace.compiled import inlined, inner
from wholeplace.resilience.simulate.clocks import start_clock, stop_clock, wait_in_line
from wholeplace.resilience.simulate.levels import end_effect, group_of, run_tolerance, take_stock, tell, watch
from wholeplace.resilience.simulate.state import (
    BLACK_RESTARTING,
    EFFECT,
    MET,
    NONE,
    RESTARTING,
    TIMING,
    TOLD_MET,
    TOLD_UNMET,
    State,
    clocks_at,
    eight_at,
    group_at,
    number_at,
    out_at,
    spare_at,
    thing_at,
)


@inlined
def _reach(state: State, one: Any, turned: Any, reached: Any) -> Any:
    """Add the groups that a thing provides for to two lists of so many: those that turn with it, and those counted.

    So many are copied at once of which the last may be too many. One long loop over the groups of many things is faster
    than many short ones, whose ends cannot be guessed.
    """
    if one.many:
        return _reach_one_by_one(state, one, turned, reached)
    first, counted, last = int64(one.first_out), int64(one.counted_out), int64(one.last_out)
    _copy_some(state.out, first, state.turned, turned)
    _copy_some(state.out, counted, state.reached, reached)
    return turned + (counted - first), reached + (last - counted)


@inlined
def _copy_some(table: int, start: int, to_table: int, to: int) -> None:
    """Copy so many groups as go at once."""
    eight, copied = eight_at(table + 4 * start, int64(0)), eight_at(to_table + 4 * to, int64(0))
    copied.a, copied.b, copied.c, copied.d = eight.a, eight.b, eight.c, eight.d


@inner
def _reach_one_by_one(state: State, one: Any, turned: int, reached: int) -> Any:
    """Do the same for a thing with many rows, or some that may not have come up."""
    for at in range(one.first_out, one.counted_out):
        out_at(state.turned, turned).group = out_at(state.out, at).group
        turned += 1
    for at in range(one.counted_out, one.last_out):
        out_at(state.reached, reached).group = group_of(state, out_at(state.out, at))
        reached += 1
    return turned, reached


@inner
def tell_of_fallen(state: State) -> None:
    """Tell all that need them of the things that fell, and start the clocks of groups that became unmet."""
    turned = reached = apart = 0
    things, fallen, touched, length = state.things, state.fallen, state.touched, state.touched_length
    for at in range(state.fallen_length):
        thing = number_at(fallen, at).value
        one = thing_at(things, thing)
        number_at(touched, length).value = thing
        length += 1 - one.touched
        one.touched = 1
        if one.apart:
            apart += 1
            take_stock(state, thing)
        else:
            one.level = 0.0
        turned, reached = _reach(state, one, turned, reached)
    state.lowered += state.fallen_length - apart
    state.fallen_length = 0
    state.touched_length = length
    _miss(state, _count(state, reached, turned, int64(-1), int64(-1)))


@inlined
def _miss(state: State, unmet: int) -> None:
    """Let groups become unmet, the first so many that `turned` has."""
    groups, turned, clocks, waiting, now = state.groups, state.turned, state.clocks, state.waiting, state.now
    for at in range(unmet):
        group = int64(out_at(turned, at).group)
        one = group_at(groups, group)
        if one.plain:
            one.state = TIMING
            wait_in_line(state, clocks_at(clocks, int64(one.tolerance)), waiting, now, group, one)
        else:
            _become_unmet(state, group)


@inner
def _become_unmet(state: State, group: int) -> None:
    one = group_at(state.groups, group)
    if state.telling:
        tell(state, TOLD_UNMET, group, NONE, NONE)
    if one.state == RESTARTING:
        stop_clock(state, group)
        one.state = EFFECT
    else:
        run_tolerance(state, group)


@inlined
def _count(state: State, reached: int, turned: int, by: int, turning: int) -> int:
    """Count a provider more or less for each group reached; those that come to `turning` by it join `turned`."""
    if state.watching:
        _watch_dependents(state, state.turned, turned)
        _watch_dependents(state, state.reached, reached)
    rows, spares, groups = state.reached, state.spares, state.turned
    for at in range(reached):
        group = out_at(rows, at).group
        spare = spare_at(spares, int64(group))
        left = spare.now + by
        spare.now = left
        out_at(groups, turned).group = group
        turned += left == turning
    return turned


@inner
def _watch_dependents(state: State, groups: int, many: int) -> None:
    """Watch the dependents of the first so many groups of a list that has its address."""
    for at in range(many):
        _watch_dependent(state, int64(out_at(groups, at).group))


@inner
def _watch_dependent(state: State, group: int) -> None:
    one = group_at(state.groups, group)
    if one.watched:
        watch(state, int64(one.dependent))


@inner
def tell_of_risen(state: State) -> None:
    """Tell all that need them of the things that came up, and so on until nothing more comes up by that."""
    begun = apart = 0
    things, risen = state.things, state.risen
    while begun < state.risen_length:
        turned = reached = 0
        end = state.risen_length
        for at in range(begun, end):
            thing = number_at(risen, at).value
            one = thing_at(things, thing)
            if one.apart:
                apart += 1
                take_stock(state, thing)
            else:
                one.level = 1.0
            turned, reached = _reach(state, one, turned, reached)
        begun = end
        _meet(state, _count(state, reached, turned, int64(1), int64(0)))
    state.lowered -= state.risen_length - apart
    state.risen_length = 0


@inlined
def _meet(state: State, met: int) -> None:
    """Let groups become met, the first so many that `turned` has."""
    things, groups, turned, risen, length = state.things, state.groups, state.turned, state.risen, state.risen_length
    for at in range(met):
        group = int64(out_at(turned, at).group)
        one = group_at(groups, group)
        if one.plain:
            # In its tolerance or in effect, and nothing else: of both cases what the other needs does no harm.
            weighed = one.state == EFFECT
            one.place = NONE
            one.state = MET
            thing = int64(one.dependent)
            dependent = thing_at(things, thing)
            reasons = dependent.reasons - weighed
            dependent.reasons = reasons
            number_at(risen, length).value = thing
            length += weighed & (reasons == 0)
        else:
            state.risen_length = length
            _become_met(state, group)
            length = state.risen_length
    state.risen_length = length


@inner
def _become_met(state: State, group: int) -> None:
    one = group_at(state.groups, group)
    if state.telling:
        tell(state, TOLD_MET, group, NONE, NONE)
    if one.state == BLACK_RESTARTING:
        one.state = RESTARTING
    elif one.state == EFFECT and one.restart != NONE:
        one.state = RESTARTING
        start_clock(state, group, int64(one.restart))
    elif one.state == EFFECT:
        end_effect(state, group, MET)
    else:
        stop_clock(state, group)
        one.state = MET
