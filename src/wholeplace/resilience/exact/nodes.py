"""Decision diagrams as arrays, and chances worked out on them."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from oxidd.bdd import BDDFunction

from wholeplace.resilience.model.network import Floats, Ints

#: Numbers held at once while chances are worked out, at most.
_MOST_AT_ONCE = 8_000_000
_NO, _YES = 0, 1


@dataclass(frozen=True)
class Nodes:
    """The nodes of diagrams, deepest first, so that every node comes after the two that it leads to.

    Node 0 says no, node 1 yes; `variable` is -1 for both. `tops` are the nodes of the diagrams.
    """

    variable: Ints
    if_yes: Ints
    if_no: Ints
    tops: Ints


def nodes_of(functions: Sequence[BDDFunction]) -> Nodes:
    """The nodes of some diagrams, each once."""
    manager = functions[0].manager
    number = {manager.false(): _NO, manager.true(): _YES}
    links = array("q", [-1, _NO, _NO, -1, _YES, _YES])  # level, if yes, if no
    ahead = [one for one in functions if one not in number]
    while ahead:
        one = ahead[-1]
        halves = one.cofactors()
        if one in number or halves is None:
            ahead.pop()
        elif unknown := [half for half in halves if half not in number]:
            ahead += unknown
        else:
            ahead.pop()
            number[one] = len(links) // 3
            links.extend((one.node_level() or 0, number[halves[0]], number[halves[1]]))
    table = np.frombuffer(links, dtype=np.int64).reshape(-1, 3)
    order = np.lexsort((-table[:, 0], table[:, 0] >= 0))  # the leaves, then the deepest
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    tops = np.array([number[one] for one in functions], dtype=np.int64)
    return Nodes(table[order, 0], place[table[order, 1]], place[table[order, 2]], place[tops])


def chances(nodes: Nodes, cases: Floats) -> Floats:
    """The chance of a yes at each top, in each of several cases; one row of `cases` has the chances of all variables.

    Only products and sums of numbers from 0 to 1 are taken, so even the smallest chances keep their digits. The answer
    has a row a case, a column a top.
    """
    at_once = max(1, _MOST_AT_ONCE // len(nodes.variable))
    parts = [_chances(nodes, cases[first : first + at_once]) for first in range(0, len(cases), at_once)]
    return np.concatenate(parts)


def _chances(nodes: Nodes, cases: Floats) -> Floats:
    value = np.empty((len(nodes.variable), len(cases)))
    value[_NO], value[_YES] = 0.0, 1.0
    starts = np.flatnonzero(np.diff(nodes.variable, prepend=-2))  # the two leaves, then a run of nodes a variable
    for first, last in zip(starts[1:], [*starts[2:], len(nodes.variable)], strict=True):
        chance = cases[:, nodes.variable[first]]
        yes, no = value[nodes.if_yes[first:last]], value[nodes.if_no[first:last]]
        value[first:last] = chance * yes + (1 - chance) * no
    return value[nodes.tops].T
