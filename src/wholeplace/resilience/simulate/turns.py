"""Turns: the instants at which something goes down or comes up, and when so many things are down at once.

A turn is one whole number: the instant, doubled, and one more where something goes down then. So at one instant
what comes up does so before anything goes down, as in trials run instant by instant.
"""

from __future__ import annotations

from wholeplace.compiled import inlined, inner
from wholeplace.resilience.simulate.state import number_at


@inlined
def add_turns(turns: int, length: int, start: int, end: int) -> int:
    """Add both turns of a spell to a list that has so many; how many it has then."""
    number_at(turns, length).value = (start << 1) | 1
    number_at(turns, length + 1).value = end << 1
    return length + 2


@inner
def sort_turns(turns: int, length: int) -> None:
    """Sort turns (Shell 1959, with the gaps of Tokuda 1992): most lists have four, a few very many."""
    gap = 1
    while 8 * gap < length:
        gap = (9 * gap) // 4 + 1
    while gap > 0:
        for start in range(gap, length):
            turn, at = number_at(turns, start).value, start
            while at >= gap and number_at(turns, at - gap).value > turn:
                number_at(turns, at).value = number_at(turns, at - gap).value
                at -= gap
            number_at(turns, at).value = turn
        gap = (4 * gap) // 9
