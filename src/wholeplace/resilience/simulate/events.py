"""Events of a scenario as they begin, strike and end: failures, absences, and what spreads."""

from __future__ import annotations

from wholeplace.compiled import inner
from wholeplace.resilience.model.draws import NEVER, Kind, duration, nth_key, uniform
from wholeplace.resilience.simulate.levels import lessen, lift, take_stock, tell, touch, watch, weigh_down
from wholeplace.resilience.simulate.queue import push
from wholeplace.resilience.simulate.repairs import draw_duration, fail
from wholeplace.resilience.simulate.state import (
    NONE,
    RETURNED,
    SPREAD,
    TOLD_ABSENT,
    TOLD_RETURNED,
    State,
    burden_at,
    edge_at,
    event_at,
    infection_at,
    key_at,
    manner_at,
    moment_at,
    number_at,
    strike_at,
)

#: Kinds of event as the compiled code knows them.
FAILURE, ABSENCE, SPREADING = range(3)


@inner
def strike(state: State, number: int) -> None:
    """Let one thing be struck that an event has hit; what follows depends on the kind of event."""
    one = strike_at(state.strikes, number)
    kind, moment = event_at(state.events, one.event).kind, moment_at(state.moments, one.event)
    if kind == ABSENCE:
        _begin_absence(state, number, moment.share, moment.lasts)
    elif kind == SPREADING:
        strike_spreading(state, one.event, one.thing, NONE)
    else:
        fail(state, one.thing, draw_duration(state, one.repair, one.repair_key), NONE, one.event, NONE)


@inner
def _begin_absence(state: State, number: int, share: float, lasts: int) -> None:
    one = strike_at(state.strikes, number)
    thing = one.thing
    team = manner_at(state.manners, thing)
    away = 0
    for member in range(team.headcount):
        away += uniform(state.stream, nth_key(key_at(state.away_keys, number).value, member)) < share
    if one.everyone:
        away = team.headcount
    present = team.headcount - away
    if team.headcount == 0 or (away == 0 and present >= team.minimum_staff):
        return
    touch(state, thing)
    if state.telling:
        tell(state, TOLD_ABSENT, thing, one.event, present)
    one.below = present < team.minimum_staff
    if one.below:
        burden_at(state.burdens, thing).below += 1
        watch(state, thing)
        weigh_down(state, thing)
    else:
        one.level = present / team.headcount
        lessen(state, thing)
        burden = burden_at(state.burdens, thing)
        one.next = burden.absence
        burden.absence = number
        take_stock(state, thing)
    push(state, min(state.now + lasts, NEVER), RETURNED, thing, number)


@inner
def end_absence(state: State, number: int) -> None:
    """Let members of a team return."""
    one = strike_at(state.strikes, number)
    team = burden_at(state.burdens, one.thing)
    if state.telling:
        tell(state, TOLD_RETURNED, one.thing, one.event, NONE)
    if one.below:
        team.below -= 1
        watch(state, one.thing)
        lift(state, one.thing)
        return
    if team.absence == number:
        team.absence = one.next
    else:
        before = team.absence
        while strike_at(state.strikes, before).next != number:
            before = strike_at(state.strikes, before).next
        strike_at(state.strikes, before).next = one.next
    take_stock(state, one.thing)


@inner
def strike_spreading(state: State, event: int, thing: int, source: int) -> None:
    """Let a thing be struck by what spreads, once an event, and draw when it strikes its neighbours."""
    first, contained = event_at(state.events, event).first_infection, moment_at(state.moments, event).contained
    one = infection_at(state.infections, first + thing)
    if one.struck:
        return
    one.struck = 1
    number_at(state.infected, state.infected_length).value = first + thing
    state.infected_length += 1
    fail(state, thing, draw_duration(state, one.repair, one.repair_key), contained, event, source)
    for number in range(one.first, one.last):
        edge = edge_at(state.edges, number)
        if edge.per_h > 0.0 and not infection_at(state.infections, first + edge.target).struck:
            u = uniform(state.stream, edge.key)
            time = state.now + duration(Kind.EXPONENTIAL, 1.0 / edge.per_h, 0.0, 0.0, u)
            if time < contained:
                push(state, time, SPREAD, edge.target, number)
