"""Minimal cut sets: sets of things that take a target down when just they fail, of which none can be left out."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from oxidd.zbdd import ZBDDFunction, ZBDDManager

from wholeplace.resilience.exact.nodes import Nodes

#: Cut sets listed at most, if there are not more single points of failure.
MOST_LISTED = 20


@dataclass(frozen=True)
class CutSets:
    """How many minimal cut sets there are, and the smallest; those of one thing are the single points of failure.

    A cut set is of things that an event can strike, all of which fail themselves while nothing else does, with every
    dependency row in force, whatever its chance.
    """

    count: int
    smallest: tuple[tuple[str, ...], ...]

    @property
    def single_points(self) -> tuple[str, ...]:
        """Things whose failure alone takes the target down; the target itself is one where an event can strike it."""
        return tuple(one[0] for one in self.smallest if len(one) == 1)


def cut_sets_of(
    nodes: Nodes,
    names: Mapping[int, str],
    given: Mapping[int, bool],
    *,
    most_nodes: int,
    most_listed: int = MOST_LISTED,
) -> CutSets:
    """The minimal cut sets of the first top, whose variables have `names`; all others are `given`.

    Raises
    ------
    MemoryError
        When they cannot be held in `most_nodes` nodes.
    """
    family = _minimal(nodes, given, most_nodes)
    smallest: list[tuple[str, ...]] = []
    for one in _by_size(family):
        if len(smallest) >= most_listed and len(one) > 1:
            break
        smallest.append(tuple(sorted(names[variable] for variable in one)))
    return CutSets(family.sat_count(int(nodes.variable.max()) + 1), tuple(smallest))


def _minimal(nodes: Nodes, given: Mapping[int, bool], most_nodes: int) -> ZBDDFunction:
    """The family of minimal sets of variables with which the first top says yes, as a zero-suppressed diagram.

    As more failures never mend anything, the sets without a variable are those of its "no" side, and those with it are
    the ones of its "yes" side that are not among them.

    References
    ----------
    Rauzy (1993), New algorithms for fault trees analysis; Minato (1993), Zero-suppressed BDDs.
    """
    manager = ZBDDManager(most_nodes, max(most_nodes // 8, 1024), 1)
    manager.add_vars(int(nodes.variable.max()) + 1)
    found: list[ZBDDFunction] = [manager.empty(), manager.base()]
    for variable, if_yes, if_no in zip(nodes.variable[2:].tolist(), nodes.if_yes[2:].tolist(),
                                       nodes.if_no[2:].tolist(), strict=True):  # fmt: skip
        if variable in given:
            found.append(found[if_yes if given[variable] else if_no])
        else:
            without = found[if_no]
            found.append(manager.singleton(variable).make_node(found[if_yes] - without, without))
    return found[int(nodes.tops[0])]


def _by_size(family: ZBDDFunction) -> Iterator[list[int]]:
    """The sets of a family, smaller ones first."""
    least = _least_sizes(family)
    tie = 0  # the order of meeting decides between sets of one size
    ahead: list[tuple[int, int, ZBDDFunction, list[int]]] = [(least[family], tie, family, [])]
    while ahead:
        _, _, node, chosen = heapq.heappop(ahead)
        halves = node.cofactors()
        if halves is None:
            yield chosen
            continue
        variable = node.node_var()
        assert variable is not None  # only leaves have none
        for half, with_it in zip(halves, ([*chosen, variable], chosen), strict=True):
            if half in least:
                tie += 1
                heapq.heappush(ahead, (len(with_it) + least[half], tie, half, with_it))


def _least_sizes(family: ZBDDFunction) -> dict[ZBDDFunction, int]:
    """The size of the smallest set of each node's family; the empty family is left out."""
    found: dict[ZBDDFunction, int] = {}
    ahead = [family]
    met = set()
    while ahead:
        node = ahead[-1]
        halves = node.cofactors()
        if halves is None:
            if node.satisfiable():
                found[node] = 0
            ahead.pop()
        elif node not in met:
            met.add(node)
            ahead += [half for half in halves if half not in met]
        else:
            ahead.pop()
            sizes = [found[half] + extra for half, extra in zip(halves, (1, 0), strict=True) if half in found]
            if sizes:
                found[node] = min(sizes)
    return found
