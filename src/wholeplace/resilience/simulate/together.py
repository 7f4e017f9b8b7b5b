"""Trials worked out together, thing by thing, in places in which nothing needs itself.

There what fails, and for how long, follows from nothing but events, repairs and crews; and a thing is down while it is
failed or one of its groups is in effect, which follows from when its providers are down. So each trial is run with
failures and repairs alone, and noted; then each thing is gone through once for many trials, after all that it needs.
Masks say in which of the trials something is so at all, 60 at a step; only those are looked at one by one.

In most of them a thing is down once, and the spells of its groups overlap: that takes the earliest start and the latest
end (`spell_of`). The trials in which it is more involved are worked out apart, with lists of spells (apart.py).
"""

from __future__ import annotations

from typing import Any

from numpy import int64

from wholeplace.compiled import inlined, inner
from wholeplace.resilience.simulate.apart import place_of_spell, work_out_apart
from wholeplace.resilience.simulate.lanes import lane_of, ones
from wholeplace.resilience.simulate.state import (
    NONE,
    OUTCOME_BYTES,
    State,
    lane_at,
    need_at,
    number_at,
    ordered_at,
    outcome_at,
    own_spell_at,
    spell_at,
)
from wholeplace.resilience.ticks import TICKS_PER_H


@inner
def note_fallen(state: State) -> None:
    """Note that things failed now, in the trial of `lane`."""
    for at in range(state.fallen_length):
        one = ordered_at(state.ordered, number_at(state.place_of, number_at(state.fallen, at).value).value)
        number = state.own_length
        if number == state.own_room:
            state.left_over |= int64(1) << state.lane
            break
        state.own_length = number + 1
        spell = own_spell_at(state.own_spells, number)
        spell.start, spell.end, spell.lane, spell.next = state.now, state.horizon, state.lane, NONE
        if one.own == NONE:
            one.own = number
        else:
            own_spell_at(state.own_spells, int64(one.last_own)).next = number
        one.last_own = number
    state.fallen_length = 0


@inner
def note_risen(state: State) -> None:
    """Note that things were repaired now."""
    for at in range(state.risen_length):
        one = ordered_at(state.ordered, number_at(state.place_of, number_at(state.risen, at).value).value)
        spell = own_spell_at(state.own_spells, int64(one.last_own))
        if spell.lane == state.lane:  # else there was no room for it
            spell.end = state.now
    state.risen_length = 0


@inner
def work_out(state: State, lanes: int) -> None:
    """Work out when each thing is down in the trials of some lanes, and take the figures of those that are kept."""
    state.spells_length = state.listed_length = 0
    for place in range(state.ordered_count):
        one = ordered_at(state.ordered, place)
        seen, apart = _take_own(state, one, lanes)
        for number in range(one.first_need, one.last_need):
            need = need_at(state.needs, number)
            mask, involved = _may_be_unmet(state, need, lanes)
            need.mask = mask
            if mask != 0:
                apart |= mask & involved
                seen, apart = _take_group(state, need, mask & ~apart, seen, apart)
        several = int64(0)
        if apart != 0:
            seen, several = work_out_apart(state, one, seen & ~apart, apart)
        one.own = NONE
        one.down, one.several = seen, several
        if seen != 0:
            _keep_spells(state, one, seen)
            if one.kept != NONE:
                _take_figures(state, one, seen, several)


@inlined
def _take_own(state: State, one: Any, lanes: int) -> Any:
    """Begin with the spells for which a thing is failed; in which trials it is so, and in which more than once."""
    seen = apart = int64(0)
    number = int64(one.own)
    while number != NONE:
        own = own_spell_at(state.own_spells, number)
        bit = (int64(1) << own.lane) & lanes
        apart |= seen & bit
        seen |= bit
        spell, lane = spell_at(state.spell_of, own.lane), lane_at(state.lanes, own.lane)
        spell.start, spell.end = own.start, own.end
        lane.restored = max(lane.restored, own.end)
        number = own.next
    return seen, apart


@inlined
def _may_be_unmet(state: State, need: Any, lanes: int) -> Any:
    """In which trials enough providers of a group are down at some time, and in which it has to be worked out apart."""
    mask, involved = lanes, int64(0)
    for at in range(need.first_row, need.last_row):
        provider = ordered_at(state.ordered, number_at(state.providers, at).value)
        mask &= provider.down
        involved |= provider.several
    if need.short < need.last_row - need.first_row:
        mask = _enough_down(state, need, lanes)
    return mask, involved if need.simple else mask


@inner
def _enough_down(state: State, need: Any, lanes: int) -> int:
    """In which trials so many of the providers of a group are down at some time."""
    short = int64(need.short)
    for many in range(1, short + 1):
        number_at(state.at_least, many).value = 0
    number_at(state.at_least, 0).value = lanes
    for at in range(need.first_row, need.last_row):
        down = ordered_at(state.ordered, number_at(state.providers, at).value).down
        for many in range(short, 0, -1):
            number_at(state.at_least, many).value |= number_at(state.at_least, many - 1).value & down
    return number_at(state.at_least, short).value


@inlined
def _take_group(state: State, need: Any, mask: int, seen: int, apart: int) -> Any:
    """Add the effects of a group to the spells of its dependent, in the trials of a mask."""
    if need.last_row - need.first_row > 1:
        return _take_effects_of_many(state, need, mask, seen, apart)
    provider = ordered_at(state.ordered, number_at(state.providers, int64(need.first_row)).value)
    first, down, tolerance = int64(provider.first), provider.down, need.tolerance
    spells, spell_of = state.spells, state.spell_of
    rest, begun = mask & ~seen, seen
    while rest != 0:
        bit = rest & -rest
        rest ^= bit
        of_provider = spell_at(spells, first + ones(down & (bit - 1)))
        start, end = of_provider.start + tolerance, of_provider.end
        spell = spell_at(spell_of, lane_of(bit))
        spell.start, spell.end = start, end
        seen |= bit if start < end else 0
    rest = mask & begun
    while rest != 0:
        bit = rest & -rest
        rest ^= bit
        of_provider = spell_at(spells, first + ones(down & (bit - 1)))
        start, end = of_provider.start + tolerance, of_provider.end
        apart |= _join(spell_at(spell_of, lane_of(bit)), bit, start, end)
    return seen, apart


@inlined
def _join(spell: Any, bit: int, start: int, end: int) -> int:
    """Add an effect to the spell of its dependent; gives the bit of the trial where they do not overlap, else 0."""
    before, after = spell.start, spell.end
    takes_effect = start < end
    start, end = (start, end) if takes_effect else (before, after)
    spell.start, spell.end = min(start, before), max(end, after)
    return 0 if (start < after) & (before < end) else bit


@inner
def _take_effects_of_many(state: State, need: Any, mask: int, seen: int, apart: int) -> Any:
    """Do the same for a group of several providers, all of which or two of which have to be down."""
    tolerance, all_of_them = need.tolerance, need.short == need.last_row - need.first_row
    while mask != 0:
        bit = mask & -mask
        mask ^= bit
        if all_of_them:
            start, end = _all_down(state, need, bit)
            overlap = True
        else:
            start, end, overlap = _two_down(state, need, bit)
        start += tolerance
        spell = spell_at(state.spell_of, lane_of(bit))
        if not overlap:
            apart |= bit
        elif seen & bit:
            apart |= _join(spell, bit, start, end)
        else:
            spell.start, spell.end = start, end
            seen |= bit if start < end else 0
    return seen, apart


@inlined
def _all_down(state: State, need: Any, bit: int) -> Any:
    """From when to when all providers of a group are down."""
    start, end = int64(0), state.horizon
    for at in range(need.first_row, need.last_row):
        provider = ordered_at(state.ordered, number_at(state.providers, at).value)
        spell = spell_at(state.spells, place_of_spell(provider, bit))
        start, end = max(start, spell.start), min(end, spell.end)
    return start, end


@inlined
def _two_down(state: State, need: Any, bit: int) -> Any:
    """From when to when two or more providers of a group are down, and whether all that are down at all overlap."""
    first_start = second_start = earliest_end = state.horizon
    last_end = end_before = latest_start = int64(0)
    for at in range(need.first_row, need.last_row):
        provider = ordered_at(state.ordered, number_at(state.providers, at).value)
        if provider.down & bit:
            spell = spell_at(state.spells, place_of_spell(provider, bit))
            start, end = spell.start, spell.end
            second_start, first_start = min(second_start, max(first_start, start)), min(first_start, start)
            end_before, last_end = max(end_before, min(last_end, end)), max(last_end, end)
            latest_start, earliest_end = max(latest_start, start), min(earliest_end, end)
    return second_start, end_before, latest_start < earliest_end


@inlined
def _keep_spells(state: State, one: Any, seen: int) -> None:
    """Put the spells of a thing, one for each trial in which it is down, behind those of other things."""
    length = state.spells_length
    one.first = length
    while seen != 0:
        bit = seen & -seen
        seen ^= bit
        spell, kept = spell_at(state.spell_of, lane_of(bit)), spell_at(state.spells, length)
        kept.start, kept.end = spell.start, spell.end
        length += 1
    state.spells_length = length


@inner
def _take_figures(state: State, one: Any, seen: int, several: int) -> None:
    """Say of a kept thing how long it was down, how often, and for how long at most."""
    while seen != 0:
        bit = seen & -seen
        seen ^= bit
        lane = lane_of(bit)
        spell = spell_at(state.spell_of, lane)
        outcome = outcome_at(state.outcomes + lane * state.kept_count * OUTCOME_BYTES, int64(one.kept))
        if several & bit:
            _add_up(state, outcome, spell.start, spell.end)
        else:
            outcome.lost_h = (spell.end - spell.start) / TICKS_PER_H
            outcome.outages = 1
            outcome.longest = spell.end - spell.start


@inner
def _add_up(state: State, outcome: Any, first: int, last: int) -> None:
    """Add up some spells that are listed; those that are interrupted for no time at all are one outage."""
    lost, outages, longest, since, until = 0.0, 0, int64(0), int64(0), int64(-1)
    for at in range(first, last):
        spell = spell_at(state.listed, at)
        lost += (spell.end - spell.start) / TICKS_PER_H
        if spell.start != until:
            outages += 1
            since = spell.start
        until = spell.end
        longest = max(longest, until - since)
    outcome.lost_h, outcome.outages, outcome.longest = lost, outages, longest
