"""The compiled part of a screening: 64 trials are the bits of one word, so one operation decides over all of them.

Blocks of `WIDTH` words are worked on together: the processor does several words at once, and what has to be looked up
is looked up once a block. Inner loops are over the words of a block and nothing else, as the compiler turns just these
into instructions for many words.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from wholeplace.compiled import compiled, inner
from wholeplace.resilience.model.draws import mix, stream_of

#: Words of a block: 4,096 trials. The lines of 2,000 things are then 1 MB, which stays near the processor.
WIDTH = 64
_TRIALS = 64 * WIDTH
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_NONE = np.uint64(0)
_ONE = np.uint64(1)
#: What is held to be true of a line while others are worked out again.
_AS_DRAWN, _FAILS, _SPARED = -1, 0, 1


@compiled
def count(plan, seed, first_trial, trials):
    """Count in how many of a range of trials lines say yes.

    Returns, for the plan's `items`, the number of trials in which each is down; for its `forced` things, the number in
    which the target is down when the thing fails, and when it cannot.
    """
    lines = np.zeros((1 + len(plan.key) + len(plan.set_of), WIDTH), dtype=np.uint64)
    other = np.zeros((len(lines) if len(plan.forced) else 0, WIDTH), dtype=np.uint64)
    work = np.zeros((34, WIDTH), dtype=np.uint64)
    streams = np.zeros(_TRIALS, dtype=np.uint64)
    counted = np.zeros(WIDTH, dtype=np.uint64)
    dirty = np.zeros(len(plan.looped), dtype=np.bool_)
    changed = np.zeros(len(lines), dtype=np.int64)
    of_items = np.zeros(len(plan.items), dtype=np.int64)
    of_forced = np.zeros((len(plan.forced), 2), dtype=np.int64)
    lines[0, :] = _ALL
    for start in range(0, trials, _TRIALS):
        for trial in range(_TRIALS):
            streams[trial] = stream_of(seed, first_trial + np.uint64(start + trial))
        for word in range(WIDTH):
            left = trials - start - 64 * word
            counted[word] = _ALL if left >= 64 else (_ONE << np.uint64(max(left, 0))) - _ONE
        _draw(plan, streams, lines)
        _settle(plan, 0, len(plan.looped), lines, work, -1, _AS_DRAWN)
        for item in range(len(plan.items)):
            of_items[item] += _ones(lines[plan.items[item]], counted)
        if len(plan.forced):
            other[:] = lines
            for at in range(len(plan.forced)):
                for what in (_FAILS, _SPARED):
                    changes = _settle_again(plan, plan.forced[at], what, lines, other, work, dirty, changed)
                    of_forced[at, what] += _ones(other[plan.target], counted)
                    for change in range(changes):
                        other[changed[change], :] = lines[changed[change], :]
    return of_items, of_forced


@inner
def _draw(plan, streams, lines):
    """Make every draw of a block."""
    for draw in range(len(plan.key)):
        key, limit = plan.key[draw], plan.limit[draw]
        for word in range(WIDTH):
            bits = _NONE
            for trial in range(64):
                yes = np.uint64(mix(streams[64 * word + trial] ^ key) < limit)
                bits |= yes << np.uint64(trial)
            lines[1 + draw, word] = bits


@inner
def _settle(plan, first_set, last_set, lines, work, forced, what):
    """Work out some sets of lines; a loop from all up, until nothing more has to go down.

    The line `forced` fails, or cannot fail itself, as `what` has it.
    """
    set_starts, looped, group_starts = plan.set_starts, plan.looped, plan.group_starts
    needed, input_starts, inputs = plan.needed, plan.input_starts, plan.inputs
    found, some = work[0], work[1]
    above = 1 + len(plan.key)
    for one in range(first_set, last_set):
        if looped[one]:
            lines[above + set_starts[one] : above + set_starts[one + 1], :] = _NONE
        moved = True
        while moved:
            moved = False
            for at in range(set_starts[one], set_starts[one + 1]):
                line = above + at
                is_forced = line == forced
                start = _ALL if is_forced and what == _FAILS else _NONE
                for word in range(WIDTH):
                    found[word] = start
                for group in range(group_starts[at] + is_forced, group_starts[at + 1]):
                    enough, first, last = needed[group], input_starts[group], input_starts[group + 1]
                    if enough == 1:
                        _add_any(inputs, first, last, lines, found)
                    elif enough == last - first:
                        _add_every(inputs, first, last, lines, some, found)
                    else:
                        _add_counted(enough, inputs, first, last, lines, work)
                if looped[one]:
                    moved |= _differ(found, lines[line])
                for word in range(WIDTH):
                    lines[line, word] = found[word]


@inner
def _add_any(inputs, first, last, lines, found):
    for at in range(first, last):
        line = inputs[at]
        for word in range(WIDTH):
            found[word] |= lines[line, word]


@inner
def _add_every(inputs, first, last, lines, every, found):
    line, other = inputs[first], inputs[first + 1]
    for word in range(WIDTH):
        every[word] = lines[line, word] & lines[other, word]
    for at in range(first + 2, last):
        line = inputs[at]
        for word in range(WIDTH):
            every[word] &= lines[line, word]
    for word in range(WIDTH):
        found[word] |= every[word]


@inner
def _add_counted(enough, inputs, first, last, lines, work):
    """Add to `work[0]` where enough inputs say yes.

    Every bit has a counter, of which each line of `work` from the third holds one binary place. They start so that they
    run over when there are enough.
    """
    places = 0
    while (1 << places) < enough:
        places += 1
    for place in range(places):
        start = _ALL if (((1 << places) - enough) >> place) & 1 else _NONE
        for word in range(WIDTH):
            work[2 + place, word] = start
    for at in range(first, last):
        line = inputs[at]
        for word in range(WIDTH):
            work[1, word] = lines[line, word]
        for place in range(2, 2 + places):
            for word in range(WIDTH):
                bit, more = work[place, word], work[1, word]
                work[1, word] = bit & more
                work[place, word] = bit ^ more
        for word in range(WIDTH):
            work[0, word] |= work[1, word]


@inner
def _settle_again(plan, forced, what, lines, other, work, dirty, changed):
    """Work out again, into `other`, what changes towards the target when a thing fails or cannot.

    Returns how many lines were changed; these are in `changed`.
    """
    changes = 0
    above = 1 + len(plan.key)
    own = plan.set_of[forced - above]
    dirty[own] = True
    for one in range(own, plan.set_of[plan.target - above] + 1):
        if dirty[one]:
            dirty[one] = False
            _settle(plan, one, one + 1, other, work, forced, what)
            for line in range(above + plan.set_starts[one], above + plan.set_starts[one + 1]):
                if _differ(lines[line], other[line]):
                    changed[changes] = line
                    changes += 1
                    for link in range(plan.reader_starts[line], plan.reader_starts[line + 1]):
                        reader = plan.readers[link]
                        if reader > one and plan.towards[reader]:
                            dirty[reader] = True
    return changes


@inner
def _differ(one, other):
    difference = _NONE
    for word in range(WIDTH):
        difference |= one[word] ^ other[word]
    return difference != _NONE


@inner
def _ones(words, counted):
    """How many of the counted bits are 1 (sums in a tree: Warren, Hacker's Delight, 2nd edition 2012, section 5-1)."""
    found = _NONE
    for word in range(WIDTH):
        bits = words[word] & counted[word]
        bits -= (bits >> _ONE) & np.uint64(0x5555555555555555)
        bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
        bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
        found += (bits * np.uint64(0x0101010101010101)) >> np.uint64(56)
    return np.int64(found)
