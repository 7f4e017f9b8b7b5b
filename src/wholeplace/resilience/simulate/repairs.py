"""Failures and repairs: crews, their queues, and what a second failure does to a repair."""

from __future__ import annotations

from typing import Any

from numpy import int64

from wholeplace.compiled import inner
from wholeplace.resilience.model.draws import BETA_STEPS, NEVER, Kind, duration, nth_key, ticks, uniform
from wholeplace.resilience.simulate.levels import lift, tell, touch, watch, weigh_down
from wholeplace.resilience.simulate.queue import push
from wholeplace.resilience.simulate.state import (
    AT_WORK,
    BACKGROUND,
    BEYOND,
    CONFINED,
    NONE,
    QUEUED,
    RELEASED,
    REPAIRED,
    TOLD_AT_WORK,
    TOLD_FAILED,
    TOLD_REPAIRED,
    WHOLE,
    State,
    crew_at,
    duration_at,
    manner_at,
    repair_at,
    share_at,
    thing_at,
)


@inner
def draw_duration(state: State, code: int, key: int) -> int:
    """Draw a duration by the number of its distribution."""
    one, u = duration_at(state.durations, code), uniform(state.stream, key)
    if one.kind == Kind.BETA:
        return _beta_duration(state, one, u)
    return duration(one.kind, one.a, one.b, one.c, u)


@inner
def _beta_duration(state: State, one: Any, u: float) -> int:
    """Read a duration between 0 and 1 hours off the table of its quantiles."""
    place = u * BETA_STEPS
    low = int(place)
    first = int(one.c) * (BETA_STEPS + 1) + low
    before, after = share_at(state.betas, first).value, share_at(state.betas, first + 1).value
    return ticks(before + (place - low) * (after - before))


@inner
def fail(state: State, thing: int, repair: int, release: int, event: int, source: int) -> None:
    """Let a thing fail, with so much to repair, of which nothing may be done before `release`."""
    one, now, struck = repair_at(state.repairs, thing), state.now, thing_at(state.things, thing)
    touch(state, thing)
    watch(state, thing)
    if repair == 0:
        state.left_over |= int64(1) << state.lane  # what comes up at once may do so after other things went down
    if state.telling:
        tell(state, TOLD_FAILED, thing, event, source)
    if not struck.failed:
        struck.failed = 1
        one.left = repair
        one.fails_next = NONE
        one.stage = WHOLE
        one.release = 0
        weigh_down(state, thing)
    else:
        if one.stage == AT_WORK:
            one.left = one.end - now
        one.left = max(one.left, repair)
    one.release = max(one.release, release)
    if one.left >= NEVER:
        _leave(state, thing)
        one.stage = BEYOND
    elif one.release > now:
        _leave(state, thing)
        one.stage = CONFINED
        push(state, one.release, RELEASED, thing, NONE)
    elif one.stage == AT_WORK:
        if now + one.left != one.end:
            _work(state, thing)
    elif one.stage == WHOLE:
        enter(state, thing)


@inner
def enter(state: State, thing: int) -> None:
    """Begin a repair, or wait for the crew."""
    one = repair_at(state.repairs, thing)
    if one.crew != NONE:
        crew = crew_at(state.crews, one.crew)
        if crew.busy >= crew.size:
            one.stage = QUEUED
            one.queue_before = crew.last
            one.queue_next = NONE
            if crew.last == NONE:
                crew.first = thing
            else:
                repair_at(state.repairs, crew.last).queue_next = thing
            crew.last = thing
            return
        crew.busy += 1
    _work(state, thing)


@inner
def _work(state: State, thing: int) -> None:
    one = repair_at(state.repairs, thing)
    one.stage = AT_WORK
    one.end = state.now + one.left
    if state.telling:
        tell(state, TOLD_AT_WORK, thing, one.crew, NONE)
    push(state, one.end, REPAIRED, thing, NONE)


@inner
def _leave(state: State, thing: int) -> None:
    """Leave the crew or its queue."""
    one = repair_at(state.repairs, thing)
    if one.crew == NONE:
        return
    if one.stage == AT_WORK:
        _free(state, one.crew)
    elif one.stage == QUEUED:
        crew = crew_at(state.crews, one.crew)
        if one.queue_next == NONE:
            crew.last = one.queue_before
        else:
            repair_at(state.repairs, one.queue_next).queue_before = one.queue_before
        if one.queue_before == NONE:
            crew.first = one.queue_next
        else:
            repair_at(state.repairs, one.queue_before).queue_next = one.queue_next


@inner
def _free(state: State, number: int) -> None:
    """Send one of a crew to the next in its queue."""
    crew = crew_at(state.crews, number)
    crew.busy -= 1
    thing = crew.first
    if thing == NONE or crew.busy >= crew.size:
        return
    crew.first = repair_at(state.repairs, thing).queue_next
    if crew.first == NONE:
        crew.last = NONE
    else:
        repair_at(state.repairs, crew.first).queue_before = NONE
    crew.busy += 1
    _work(state, thing)


@inner
def end_repair(state: State, thing: int) -> None:
    """Take a repaired thing into use; an entry that was overtaken does nothing."""
    one, now = repair_at(state.repairs, thing), state.now
    if one.stage != AT_WORK or one.end != now:
        return
    thing_at(state.things, thing).failed = 0
    one.stage = WHOLE
    if state.telling:
        tell(state, TOLD_REPAIRED, thing, NONE, NONE)
    if one.crew != NONE:
        _free(state, one.crew)
    watch(state, thing)
    if state.background:
        start_running(state, thing)
    lift(state, thing)


@inner
def release(state: State, thing: int) -> None:
    """Begin the repair of a thing once all that struck it is contained."""
    one = repair_at(state.repairs, thing)
    if one.stage == CONFINED and one.release <= state.now:
        enter(state, thing)


@inner
def start_running(state: State, thing: int) -> None:
    """Draw when a thing fails by itself."""
    manner = manner_at(state.manners, thing)
    one = repair_at(state.repairs, thing)
    one.fails_next = NONE
    if manner.mtbf_h == 0.0:
        return
    u = uniform(state.stream, nth_key(manner.running_key, one.runs))
    one.runs += 1
    one.fails_next = state.now + duration(Kind.EXPONENTIAL, manner.mtbf_h, 0.0, 0.0, u)
    push(state, one.fails_next, BACKGROUND, thing, NONE)


@inner
def fail_by_itself(state: State, thing: int) -> None:
    """Let a thing fail by itself, unless something else struck it since its clock was started."""
    one = repair_at(state.repairs, thing)
    if one.fails_next != state.now:
        return
    manner = manner_at(state.manners, thing)
    key = nth_key(manner.own_repair_key, one.own_failures)
    one.own_failures += 1
    fail(state, thing, draw_duration(state, manner.own_repair, key), NONE, NONE, NONE)
