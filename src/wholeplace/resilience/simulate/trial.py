"""One trial after another: what happens next, instant by instant, until the horizon."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import int64
from numpy.typing import NDArray

from wholeplace.compiled import compiled, inlined, inner
from wholeplace.resilience.model.draws import stream_of, uniform
from wholeplace.resilience.simulate.cascades import tell_of_fallen, tell_of_risen
from wholeplace.resilience.simulate.clocks import empty_lines, first_due, take_due
from wholeplace.resilience.simulate.events import end_absence, strike, strike_spreading
from wholeplace.resilience.simulate.lanes import LANES
from wholeplace.resilience.simulate.levels import end_effect, end_outage, take_effects, tell
from wholeplace.resilience.simulate.loops import judge_loops
from wholeplace.resilience.simulate.queue import (
    drop_first,
    due_in_phase,
    entry_of,
    kind_of,
    number_of,
    push_entry,
    thing_of,
)
from wholeplace.resilience.simulate.repairs import end_repair, fail_by_itself, release, start_running
from wholeplace.resilience.simulate.state import (
    BACKGROUND,
    BLACK_RESTARTING,
    HELD,
    MET,
    MOMENT_BYTES,
    NONE,
    OUTCOME_BYTES,
    RELEASED,
    REPAIRED,
    SPREAD,
    STRUCK,
    TOLD_HELD,
    State,
    burden_at,
    clocks_at,
    crew_at,
    edge_at,
    entry_at,
    event_at,
    figures_at,
    group_at,
    infection_at,
    lane_at,
    moment_at,
    number_at,
    out_at,
    outcome_at,
    repair_at,
    row_at,
    scaled_at,
    spare_at,
    strike_at,
    thing_at,
)
from wholeplace.resilience.simulate.together import note_fallen, note_risen, work_out
from wholeplace.resilience.ticks import TICKS_PER_H


@compiled
def run_trials(
    root: NDArray[Any], seed: int, trials: NDArray[np.int64], moments: int, outcomes: int, restored: NDArray[np.int64]
) -> None:
    """Run the trials of these numbers.

    `root` says where everything lies; `moments` and `outcomes` are the addresses of the tables of what events draw
    and of what is found, a row a trial. `restored` gets the tick at which all was back, -1 where it is not.
    """
    state = root[0]
    for first in range(0, len(trials), LANES):
        last = min(first + LANES, len(trials))
        alone = int64(-1)
        if state.in_order:
            state.own_length = state.left_over = 0
            for trial in range(first, last):
                state.noting, state.lane = 1, trial - first
                _begin(state, stream_of(seed, trials[trial]), trial, moments, outcomes)
                _run(state)
                _end_noted(state, trial)
            state.noting = 0
            state.outcomes = outcomes + first * state.kept_count * OUTCOME_BYTES
            work_out(state, ((int64(1) << (last - first)) - 1) & ~state.left_over)
            alone = state.left_over
            _take_restored(state, first, last, restored)
        for trial in range(first, last):
            if (alone >> (trial - first)) & 1:
                _begin(state, stream_of(seed, trials[trial]), trial, moments, outcomes)
                _run(state)
                restored[trial] = -1 if state.was_lowered else state.restored
                _end(state, trial)


@inner
def _take_restored(state: State, first: int, last: int, restored: Any) -> None:
    """Take when all was back in trials that were worked out together; nothing is kept of those that were left over."""
    for lane in range(last - first):
        found = lane_at(state.lanes, lane).restored
        restored[first + lane] = -1 if found == state.horizon else found
        if (state.left_over >> lane) & 1:
            for kept in range(state.kept_count):
                outcome = outcome_at(state.outcomes, lane * state.kept_count + kept)
                outcome.lost_h, outcome.outages, outcome.longest = 0.0, 0, 0


@inner
def _begin(state: State, stream: int, trial: int, moments: int, outcomes: int) -> None:
    state.moments = moments + trial * state.event_count * MOMENT_BYTES
    state.outcomes = outcomes + trial * state.kept_count * OUTCOME_BYTES
    state.now = 0
    state.stream = stream
    if state.noting:
        lane = lane_at(state.lanes, state.lane)
        lane.stream, lane.restored = stream, 0
    state.queue_length = state.fallen_length = state.risen_length = state.touched_length = 0
    state.dirty_length = state.infected_length = state.struck_length = state.told_length = 0
    state.lowered = state.was_lowered = state.lessened = state.restored = 0
    if state.background:
        for at in range(state.running_count):
            thing = number_at(state.running, at).value
            repair = repair_at(state.repairs, thing)
            repair.runs = repair.own_failures = 0
            start_running(state, thing)
    _scale(state, trial, 1)


@inner
def _scale(state: State, trial: int, on: int) -> None:
    """Scale the draws of some strikes in a trial, or put them back, where draws are guided."""
    if state.scaled_starts == 0:
        return
    first = number_at(state.scaled_starts, trial).value
    for at in range(first, number_at(state.scaled_starts, trial + 1).value):
        one = scaled_at(state.scaled, at)
        strike_at(state.strikes, one.strike).scale = one.scale if on else 1.0


@inner
def _run(state: State) -> None:
    """Run one trial."""
    begun = 0
    while True:
        now = first_due(state, int64(0), state.clock_count)
        if state.queue_length > 0:
            now = min(now, entry_at(state.queue, 0).time)
        if begun < state.event_count:
            now = min(now, _start_of(state, begun))
        if now >= state.horizon:
            return
        state.now = now
        started = begun
        while begun < state.event_count and _start_of(state, begun) == now:
            _hit(state, moment_at(state.moments, begun).order)
            begun += 1
        if begun > started + 1:
            _queue_struck(state)  # of several events, to be struck in order of their things
        _work_through(state)
        _settle(state)


@inner
def _start_of(state: State, place: int) -> int:
    """When the event begins that is so many places behind the first."""
    return moment_at(state.moments, moment_at(state.moments, place).order).at


@inner
def _hit(state: State, number: int) -> None:
    """Draw what an event strikes, to be struck in phase 2 of now."""
    event = event_at(state.events, number)
    for at in range(event.first, event.last):
        one = strike_at(state.strikes, at)
        if uniform(state.stream, one.key) * one.scale < one.chance:
            number_at(state.struck, state.struck_length).value = entry_of(STRUCK, one.thing, at)
            state.struck_length += 1


@inner
def _work_through(state: State) -> None:
    """Do all that is due now: what comes back first, then what fails, then the tolerances that ran out.

    Of tolerances that ran out nothing follows in an earlier phase, unless loops are judged.
    """
    while True:
        if due_in_phase(state, 1) or first_due(state, state.tolerance_count, state.clock_count) == state.now:
            _come_back(state)
        elif due_in_phase(state, 2) or state.struck_length > 0:
            _strike(state)
        elif not _run_out(state) or not state.watching:
            return
        if state.watching:
            judge_loops(state)


@inner
def _come_back(state: State) -> None:
    """Phase 1: repairs, returns, releases, and restarts that are through."""
    while due_in_phase(state, 1):
        what = entry_at(state.queue, 0).what
        kind, thing, number = kind_of(what), thing_of(what), number_of(what)
        drop_first(state)
        if kind == REPAIRED:
            end_repair(state, thing)
        elif kind == RELEASED:
            release(state, thing)
        else:
            end_absence(state, number)
    for at in range(take_due(state, state.tolerance_count, state.clock_count)):
        group = int64(out_at(state.turned, at).group)
        black = group_at(state.groups, group).state == BLACK_RESTARTING
        if black and state.telling:
            tell(state, TOLD_HELD, group, NONE, NONE)
        end_effect(state, group, HELD if black else MET)
    if state.noting:
        note_risen(state)
    else:
        tell_of_risen(state)


@inner
def _queue_struck(state: State) -> None:
    """Put what is struck now into the queue, which has it in order."""
    for at in range(state.struck_length):
        push_entry(state, state.now, number_at(state.struck, at).value)
    state.struck_length = 0


@inner
def _strike(state: State) -> None:
    """Phase 2: what fails now, all of it before anything that follows from it."""
    if due_in_phase(state, 2):
        _queue_struck(state)
        while due_in_phase(state, 2):
            number_at(state.struck, state.struck_length).value = entry_at(state.queue, 0).what
            state.struck_length += 1
            drop_first(state)
    struck = state.struck_length
    state.struck_length = 0
    for at in range(struck):
        what = number_at(state.struck, at).value
        kind, thing, number = kind_of(what), thing_of(what), number_of(what)
        if kind == BACKGROUND:
            fail_by_itself(state, thing)
        elif kind == SPREAD:
            edge = edge_at(state.edges, number)
            strike_spreading(state, edge.event, thing, edge.source)
        else:
            strike(state, number)
    if state.noting:
        note_fallen(state)
    else:
        tell_of_fallen(state)


@inner
def _run_out(state: State) -> bool:
    """Phase 3: tolerances that ran out, if any, take effect, and so do those of no length that follow from them."""
    any_due = False
    for clock in range(state.tolerance_count):
        clocks = clocks_at(state.clocks, clock)
        if clocks.due == state.now:
            any_due = True
            take_effects(state, clocks)
    if not any_due:
        return False
    tell_of_fallen(state)
    shortest = clocks_at(state.clocks, int64(0))
    while shortest.due == state.now:
        take_effects(state, shortest)
        tell_of_fallen(state)
    return True


@inner
def _settle(state: State) -> None:
    """Note, after all that happened at an instant, whether everything is back."""
    if state.lowered > 0:
        state.was_lowered = 1
    elif state.was_lowered:
        state.was_lowered = 0
        state.restored = state.now


@inner
def _end(state: State, trial: int) -> None:
    """Take the figures of a trial, and put everything back: most of it has come back by itself where all is up."""
    all_back = state.lowered == 0 and not state.lessened
    for at in range(state.touched_length):
        thing = number_at(state.touched, at).value
        one = thing_at(state.things, thing)
        one.touched = 0
        if one.kept != NONE:
            _take_figures(state, one)
        if not all_back:
            _put_back(state, thing, one)
    empty_lines(state)
    _end_events(state, trial)


@inner
def _end_noted(state: State, trial: int) -> None:
    """Put back what failed in a trial of which only failures and repairs were run."""
    for at in range(state.touched_length):
        one = thing_at(state.things, number_at(state.touched, at).value)
        one.touched = one.failed = one.reasons = 0
    _end_events(state, trial)


@inlined
def _end_events(state: State, trial: int) -> None:
    _scale(state, trial, 0)
    for at in range(state.infected_length):
        infection_at(state.infections, number_at(state.infected, at).value).struck = 0
    for number in range(state.crew_count):
        crew = crew_at(state.crews, number)
        crew.busy = 0
        crew.first = crew.last = NONE


@inlined
def _take_figures(state: State, one: Any) -> None:
    figures, outcome = figures_at(state.figures, one.kept), outcome_at(state.outcomes, one.kept)
    if one.level < 1.0:
        figures.lost += (state.horizon - figures.changed) / TICKS_PER_H * (1.0 - one.level)
        if one.level == 0.0:
            figures.until = state.horizon
    end_outage(state, int64(one.kept))
    outcome.lost_h = figures.lost
    outcome.outages = figures.outages
    outcome.longest = figures.longest
    figures.lost = 0.0
    figures.changed = figures.outages = figures.longest = 0
    figures.since = figures.until = NONE


@inlined
def _put_back(state: State, thing: int, one: Any) -> None:
    """Put a thing back; if it is down, with the groups that it provides for: else they have come back by themselves."""
    burden = burden_at(state.burdens, thing)
    if one.reasons > 0:
        for at in range(one.first_out, one.last_out):
            group: Any = int64(out_at(state.out, at).group)
            if group < 0:
                group = row_at(state.out_rows, ~group).group
            spare_at(state.spares, group).now = spare_at(state.spares_at_start, group).now
            _put_group_back(state, group)
    if one.reasons > 0 or burden.lessened:
        for group in range(burden.first_group, burden.last_group):
            _put_group_back(state, group)
        burden.soft = burden.below = 0
        burden.absence = NONE
        burden.lessened = 0
        one.apart = one.kept != NONE or state.telling
    one.reasons = one.failed = 0
    one.level = 1.0


@inlined
def _put_group_back(state: State, group: int) -> None:
    group_at(state.groups, group).state = MET
