"""Spells of a thing in trials in which there is more to it than one spell: listed trial by trial (see together.py).

Of a group of one provider, or of two that have to be down both, effects are read off their spells. Of any other all
turns of its providers are gone through in order.
"""

from __future__ import annotations

from typing import Any

from numpy import int64

from wholeplace.compiled import inlined, inner
from wholeplace.resilience.model.draws import uniform
from wholeplace.resilience.simulate.lanes import lane_of, ones
from wholeplace.resilience.simulate.state import (
    NONE,
    State,
    lane_at,
    need_at,
    number_at,
    ordered_at,
    own_spell_at,
    row_at,
    spell_at,
)
from wholeplace.resilience.simulate.turns import add_turns, sort_turns


@inlined
def place_of_spell(provider: Any, bit: int) -> int:
    """Where the spell of a thing is in a trial in which it is down."""
    return provider.first + ones(provider.down & (bit - 1))


@inner
def work_out_apart(state: State, one: Any, seen: int, apart: int) -> Any:
    """Work out the spells of a thing in some trials, each by itself; where there are several they are listed."""
    several = int64(0)
    while apart != 0:
        bit = apart & -apart
        apart ^= bit
        spell, first = spell_at(state.spell_of, lane_of(bit)), state.listed_length
        found = _list_spells(state, one, bit) - first
        if found == 1:
            listed = spell_at(state.listed, first)
            spell.start, spell.end = listed.start, listed.end
        elif found > 1:
            spell.start, spell.end = first, first + found
            state.listed_length = first + found
            several |= bit
        seen |= bit if found > 0 else 0
    return seen, several


@inlined
def _list_spells(state: State, one: Any, bit: int) -> int:
    """List the spells of a thing in one trial; how long the list is then."""
    length, lane = state.listed_length, lane_of(bit)
    number = int64(one.own)
    while number != NONE:
        own = own_spell_at(state.own_spells, number)
        if own.lane == lane:
            length = _add_spell(state, bit, length, own.start, own.end)
        number = own.next
    for at in range(one.first_need, one.last_need):
        need = need_at(state.needs, at)
        if need.mask & bit:
            rows = need.last_row - need.first_row
            if need.simple and rows == 1:
                length = _add_effects_of_one(state, need, bit, length)
            elif need.simple and rows == 2 and need.short == 2:
                length = _add_effects_of_two(state, need, bit, length)
            else:
                length = _add_effects(state, need, bit, length)
    return length


@inner
def _add_spell(state: State, bit: int, length: int, start: int, end: int) -> int:
    """Add a spell to those of a thing that are listed, in order; those that overlap become one."""
    listed = state.listed
    if length == state.listed_room:
        state.left_over |= bit
        return length
    last = length
    while last > state.listed_length and spell_at(listed, last - 1).start >= end:
        last -= 1
    first = last
    while first > state.listed_length and spell_at(listed, first - 1).end > start:
        first -= 1
        start, end = min(start, spell_at(listed, first).start), max(end, spell_at(listed, first).end)
    if first == last:
        for at in range(length, first, -1):
            _put(listed, at, spell_at(listed, at - 1))
    else:
        for at in range(last, length):
            _put(listed, at + first + 1 - last, spell_at(listed, at))
    spell = spell_at(listed, first)
    spell.start, spell.end = start, end
    return length + first + 1 - last


@inlined
def _put(listed: int, at: int, one: Any) -> None:
    to = spell_at(listed, at)
    to.start, to.end = one.start, one.end


@inlined
def _spells_in(state: State, provider: Any, bit: int) -> Any:
    """All spells of a thing in a trial in which it is down: their table, and from where to where in it."""
    place = place_of_spell(provider, bit)
    if provider.several & bit:
        spell = spell_at(state.spells, place)
        return state.listed, spell.start, spell.end
    return state.spells, place, place + 1


@inner
def _add_effects_of_one(state: State, need: Any, bit: int, length: int) -> int:
    """Add the effects of a group of one provider."""
    provider, tolerance = (
        ordered_at(state.ordered, number_at(state.providers, int64(need.first_row)).value),
        need.tolerance,
    )
    spells, first, last = _spells_in(state, provider, bit)
    for at in range(first, last):
        start, end = spell_at(spells, at).start + tolerance, spell_at(spells, at).end
        if start < end:
            length = _add_spell(state, bit, length, start, end)
    return length


@inner
def _add_effects_of_two(state: State, need: Any, bit: int, length: int) -> int:
    """Add the effects of a group of two providers, both of which have to be down."""
    one = ordered_at(state.ordered, number_at(state.providers, int64(need.first_row)).value)
    other = ordered_at(state.ordered, number_at(state.providers, int64(need.first_row) + 1).value)
    spells, first, last = _spells_in(state, one, bit)
    of_other, first_of_other, last_of_other = _spells_in(state, other, bit)
    for at in range(first, last):
        spell = spell_at(spells, at)
        for place in range(first_of_other, last_of_other):
            overlap = spell_at(of_other, place)
            start, end = max(spell.start, overlap.start) + need.tolerance, min(spell.end, overlap.end)
            if start < end:
                length = _add_spell(state, bit, length, start, end)
    return length


@inner
def _add_effects(state: State, need: Any, bit: int, length: int) -> int:
    """Add the effects of any group in one trial."""
    turns, many = state.turns, _gather_turns(state, need, bit)
    sort_turns(turns, many)
    down, start, until = 0, int64(0), int64(-1)
    lane = lane_at(state.lanes, lane_of(bit))
    for at in range(many):
        turn = number_at(turns, at).value
        if turn & 1:
            down += 1
            start = turn >> 1 if down == need.short else start
        else:
            end = turn >> 1
            begins = start if start < until else start + need.tolerance  # it may not have restarted yet
            if down == need.short and begins < end:
                until = min(end + need.restart, state.horizon)
                lane.restored = max(lane.restored, until)
                length = _add_spell(state, bit, length, begins, until)
            down -= 1
    return length


@inner
def _gather_turns(state: State, need: Any, bit: int) -> int:
    """Gather the turns of all providers of a group in one trial; how many they are."""
    length, lane = 0, lane_at(state.lanes, lane_of(bit))
    for at in range(need.first_row, need.last_row):
        provider = ordered_at(state.ordered, number_at(state.providers, at).value)
        if provider.down & bit and (need.simple or _came_up(state, at, lane.stream)):
            spells, first, last = _spells_in(state, provider, bit)
            for place in range(first, last):
                if length + 2 > state.turns_room:
                    state.left_over |= bit
                    return 0
                spell = spell_at(spells, place)
                length = add_turns(state.turns, length, spell.start, spell.end)
    return length


@inlined
def _came_up(state: State, at: int, stream: Any) -> bool:
    row = row_at(state.rows, at)
    return row.chance >= 1.0 or uniform(stream, row.key) < row.chance
