"""Levels of things, what is lost while they are below 1, and what weighs on them."""

from __future__ import annotations

from typing import Any

from numpy import int64

from wholeplace.compiled import inlined, inner
from wholeplace.resilience.model.draws import NEVER, uniform
from wholeplace.resilience.simulate.clocks import start_clock
from wholeplace.resilience.simulate.state import (
    EFFECT,
    NONE,
    TIMING,
    TOLD_EFFECT,
    TOLD_ENDED,
    TOLD_LEVEL,
    State,
    burden_at,
    figures_at,
    group_at,
    members_at,
    number_at,
    row_at,
    strike_at,
    thing_at,
    told_at,
    waiting_at,
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


@inner
def take_stock(state: State, thing: int) -> None:
    """Work out the level of a thing from what weighs on it, and keep account of what was lost at the old one."""
    one = thing_at(state.things, thing)
    level = 1.0
    if one.reasons > 0:
        level = 0.0
    elif burden_at(state.burdens, thing).lessened:
        level = _lessened_level(state, thing)
    if level != one.level:
        _change_level(state, thing, level)


@inner
def lessen(state: State, thing: int) -> None:
    """Note that there is more to the level of a thing than up or down."""
    burden_at(state.burdens, thing).lessened = 1
    thing_at(state.things, thing).apart = 1
    state.lessened = 1


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


@inner
def watch(state: State, thing: int) -> None:
    """Have the loop of a thing judged when the phase has settled."""
    loop = burden_at(state.burdens, thing).loop
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


@inlined
def run_tolerance(state: State, group: int) -> None:
    """Start the tolerance of an unmet group; one of no tolerance takes effect when the instant ends."""
    one = group_at(state.groups, group)
    one.state = TIMING
    start_clock(state, group, int64(one.tolerance))


@inlined
def take_effects(state: State, clocks: Any) -> None:
    """Let the groups of a line whose tolerances run out now take effect; who falls by that waits in `fallen`."""
    things, groups, waiting = state.things, state.groups, state.waiting
    fallen, length, now = state.fallen, state.fallen_length, state.now
    at, due = clocks.first, clocks.due
    while due == now:
        group = waiting_at(waiting, at).group
        one = group_at(groups, group)
        runs = one.place == at  # else its clock was stopped
        if one.plain:
            one.state += runs  # from TIMING to EFFECT
            thing = int64(one.dependent)
            dependent = thing_at(things, thing)
            reasons = dependent.reasons + runs
            dependent.reasons = reasons
            number_at(fallen, length).value = thing
            length += runs & (reasons == 1)
        elif runs:
            state.fallen_length = length
            _take_effect(state, group)
            length = state.fallen_length
        at += 1
        due = waiting_at(waiting, at).due if at < clocks.last else NEVER
    clocks.first, clocks.due = at, due
    state.fallen_length = length


@inner
def _take_effect(state: State, group: int) -> None:
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
        lessen(state, dependent)
        burden_at(state.burdens, dependent).soft += 1
        take_stock(state, dependent)
    else:
        weigh_down(state, dependent)


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
