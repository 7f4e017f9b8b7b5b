"""Levels of things: what is lost while they are below 1, and who is told that a thing went down or came up.

A cascade goes step by step through all things of a step together: first what they provide for is counted, then the
groups that became unmet or met are gone through. Lists are written to always and grow where a condition holds, as a
processor cannot guess such conditions and loses more by guessing wrong than by the writing. What was just written is
kept at hand, as reading it back would wait for the writing.
"""

from __future__ import annotations

from typing import Any

from numpy import int64

from wholeplace.compiled import inlined, inner
from wholeplace.resilience.model.draws import uniform
from wholeplace.resilience.simulate.clocks import start_clock, stop_clock
from wholeplace.resilience.simulate.state import (
    BLACK_RESTARTING,
    EFFECT,
    MET,
    NONE,
    RESTARTING,
    TIMING,
    TOLD_EFFECT,
    TOLD_ENDED,
    TOLD_LEVEL,
    TOLD_MET,
    TOLD_UNMET,
    State,
    burden_at,
    eight_at,
    figures_at,
    group_at,
    members_at,
    number_at,
    out_at,
    row_at,
    spare_at,
    strike_at,
    thing_at,
    told_at,
)
from wholeplace.resilience.ticks import TICKS_PER_H


@inner
def tell(state: State, what: int, subject: int, cause: int, source: int) -> None:
    """Add to the trace: what happened to which thing or group, by which event, from what."""
    if state.told_length < state.most_told:
        told = told_at(state.told, state.told_length)
        told.time, told.what, told.subject, told.cause, told.source = state.now, what, subject, cause, source
        if what == TOLD_LEVEL:
            told.level = thing_at(state.things, subject).level
        state.told_length += 1


@inlined
def touch(state: State, thing: int) -> None:
    """Remember to put a thing back after the trial."""
    one = thing_at(state.things, thing)
    number_at(state.touched, state.touched_length).value = thing
    state.touched_length += 1 - one.touched
    one.touched = 1


@inlined
def take_stock(state: State, thing: int) -> None:
    """Work out the level of a thing from what weighs on it, and keep account of what was lost at the old one."""
    one = thing_at(state.things, thing)
    level = 1.0
    if one.reasons > 0:
        level = 0.0
    elif one.lessened:
        level = _lessened_level(state, thing)
    if level != one.level:
        _change_level(state, thing, level)


@inner
def _lessened_level(state: State, thing: int) -> float:
    """The least of the levels that groups and absences leave a thing that is up."""
    level = 1.0
    burden = burden_at(state.burdens, thing)
    if burden.soft > 0:
        for group in range(burden.first_group, burden.last_group):
            one = group_at(state.groups, group)
            if one.soft and one.state >= EFFECT:
                level = min(level, members_at(state.members, group).degraded_to)
    strike = burden.absence
    while strike != NONE:
        level = min(level, strike_at(state.strikes, strike).level)
        strike = strike_at(state.strikes, strike).next
    return level


@inlined
def _change_level(state: State, thing: int, level: float) -> None:
    one = thing_at(state.things, thing)
    state.lowered += (level < 1.0) - (one.level < 1.0)
    if one.kept != NONE:
        figures = figures_at(state.figures, one.kept)
        figures.lost += (state.now - figures.changed) / TICKS_PER_H * (1.0 - one.level)
        figures.changed = state.now
        if level == 0.0:
            if figures.until != state.now:  # else the outage goes on that was interrupted for no time at all
                end_outage(state, int64(one.kept))
                figures.since = state.now
        elif one.level == 0.0:
            figures.until = state.now
    one.level = level
    if state.telling:
        tell(state, TOLD_LEVEL, thing, NONE, NONE)


@inner
def end_outage(state: State, kept: int) -> None:
    """Count the last outage of a thing, if it had one and it took any time."""
    figures = figures_at(state.figures, kept)
    if figures.since != NONE and figures.until > figures.since:
        figures.outages += 1
        figures.longest = max(figures.longest, figures.until - figures.since)


@inlined
def came_up(state: State, row: Any) -> bool:
    """Whether a dependency is there in this trial."""
    return row.chance >= 1.0 or uniform(state.stream, row.key) < row.chance


@inlined
def group_of(state: State, out: Any) -> Any:
    """The group of a row by provider; that of rows of nobody where it did not come up."""
    if out.group >= 0:
        return int64(out.group)
    row = row_at(state.out_rows, ~int64(out.group))
    return row.group if came_up(state, row) else state.nobody


@inlined
def _reach(state: State, one: Any, reached: Any) -> Any:
    """Add the rows that a thing provides to a list of so many; eight at a time, of which the last may be too many.

    One long loop over the rows of many things is faster than many short ones, whose ends cannot be guessed.
    """
    first, rows = int64(one.first_out), int64(one.last_out - one.first_out)
    _copy_eight(state, first, reached)
    at = 8
    while at < rows:
        _copy_eight(state, first + at, reached + at)
        at += 8
    return reached + rows


@inlined
def _copy_eight(state: State, start: int, to: int) -> None:
    eight, copied = eight_at(state.out + 4 * start, int64(0)), eight_at(state.reached + 4 * to, int64(0))
    copied.a, copied.b, copied.c, copied.d = eight.a, eight.b, eight.c, eight.d


@inner
def watch(state: State, thing: int) -> None:
    """Have the loop of a thing judged when the phase has settled."""
    loop = int64(thing_at(state.things, thing).loop)
    if loop != NONE and not number_at(state.dirty_loops, loop).value:
        number_at(state.dirty_loops, loop).value = 1
        number_at(state.dirty, state.dirty_length).value = loop
        state.dirty_length += 1


@inlined
def weigh_down(state: State, thing: int) -> None:
    """Give a thing one more reason to be down; at the first it falls, which `tell_of_fallen` tells."""
    one = thing_at(state.things, thing)
    reasons = one.reasons + 1
    one.reasons = reasons
    number_at(state.fallen, state.fallen_length).value = thing
    state.fallen_length += reasons == 1


@inlined
def lift(state: State, thing: int) -> None:
    """Take one reason to be down off a thing; when it was the last it rises, which `tell_of_risen` tells."""
    one = thing_at(state.things, thing)
    reasons = one.reasons - 1
    one.reasons = reasons
    number_at(state.risen, state.risen_length).value = thing
    state.risen_length += reasons == 0


@inner
def tell_of_fallen(state: State) -> None:
    """Tell all that need them of the things that fell, and start the clocks of groups that became unmet."""
    reached = 0
    for at in range(state.fallen_length):
        thing = number_at(state.fallen, at).value
        touch(state, thing)
        take_stock(state, thing)
        reached = _reach(state, thing_at(state.things, thing), reached)
    state.fallen_length = 0
    unmet = _count(state, reached, int64(-1), int64(-1))
    for at in range(unmet):
        group = number_at(state.turned, at).value
        one = group_at(state.groups, group)
        if state.telling:
            tell(state, TOLD_UNMET, group, NONE, NONE)
        if one.state == RESTARTING:
            stop_clock(state, group)
            one.state = EFFECT
        else:
            run_tolerance(state, group)


@inlined
def _count(state: State, reached: int, by: int, turning: int) -> int:
    """Count a provider more or less for each row reached; groups that come to `turning` by it go into `turned`."""
    turned, rows, spares, groups = 0, state.reached, state.spares, state.turned
    for at in range(reached):
        group = group_of(state, out_at(rows, at))
        spare = spare_at(spares, group)
        left = spare.now + by
        spare.now = left
        number_at(groups, turned).value = group
        turned += left == turning
    if state.watching:
        for at in range(reached):
            _watch_dependent(state, group_of(state, out_at(rows, at)))
    return turned


@inner
def _watch_dependent(state: State, group: int) -> None:
    one = group_at(state.groups, group)
    if one.watched:
        watch(state, int64(one.dependent))


@inlined
def run_tolerance(state: State, group: int) -> None:
    """Start the tolerance of an unmet group; one of no tolerance takes effect when the instant ends."""
    one = group_at(state.groups, group)
    one.state = TIMING
    start_clock(state, group, int64(one.tolerance))


@inlined
def take_effect(state: State, group: int) -> None:
    """Let a group that was unmet for too long weigh on its dependent; who falls by that waits in `fallen`."""
    one = group_at(state.groups, group)
    dependent = int64(one.dependent)
    one.state = EFFECT
    if state.telling:
        tell(state, TOLD_EFFECT, group, NONE, NONE)
    if one.watched:
        watch(state, dependent)
    if one.soft:
        touch(state, dependent)
        thing_at(state.things, dependent).lessened = 1
        burden_at(state.burdens, dependent).soft += 1
        take_stock(state, dependent)
    else:
        weigh_down(state, dependent)


@inner
def tell_of_risen(state: State) -> None:
    """Tell all that need them of the things that came up, and so on until nothing more comes up by that."""
    begun = 0
    while begun < state.risen_length:
        reached = 0
        end = state.risen_length
        for at in range(begun, end):
            thing = number_at(state.risen, at).value
            take_stock(state, thing)
            reached = _reach(state, thing_at(state.things, thing), reached)
        begun = end
        met = _count(state, reached, int64(1), int64(0))
        for at in range(met):
            _become_met(state, number_at(state.turned, at).value)
    state.risen_length = 0


@inlined
def _become_met(state: State, group: int) -> None:
    one = group_at(state.groups, group)
    if state.telling:
        tell(state, TOLD_MET, group, NONE, NONE)
    if one.plain:
        # In its tolerance or in effect, and nothing else: of both cases what the other needs does no harm.
        weighed = one.state == EFFECT
        stop_clock(state, group)
        one.state = MET
        thing = int64(one.dependent)
        dependent = thing_at(state.things, thing)
        reasons = dependent.reasons - weighed
        dependent.reasons = reasons
        number_at(state.risen, state.risen_length).value = thing
        state.risen_length += weighed & (reasons == 0)
        if state.telling and weighed:
            tell(state, TOLD_ENDED, group, NONE, NONE)
    elif one.state == BLACK_RESTARTING:
        one.state = RESTARTING
    elif one.state == EFFECT and one.restart != NONE:
        one.state = RESTARTING
        start_clock(state, group, int64(one.restart))
    elif one.state == EFFECT:
        end_effect(state, group, MET)
    else:
        stop_clock(state, group)
        one.state = MET


@inner
def end_effect(state: State, group: int, to: int) -> None:
    """Let a group weigh on its dependent no more; `to` is MET or HELD. Who comes up by that waits in `risen`."""
    one = group_at(state.groups, group)
    dependent = int64(one.dependent)
    one.state = to
    if state.telling:
        tell(state, TOLD_ENDED, group, NONE, NONE)
    if one.watched:
        watch(state, dependent)
    if one.soft:
        burden_at(state.burdens, dependent).soft -= 1
        take_stock(state, dependent)
    else:
        lift(state, dependent)
