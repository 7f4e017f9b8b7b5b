"""The peer with a heap: an event loop on `heapq` over a networkx graph, made once.

Things and groups are its nodes, numbers both (groups after things); an arrow runs from a provider to each group that it
is in, and from a group to its dependent. The loop walks the graph's own adjacency; what nodes say of themselves is read
into lists before the first trial. `heap_model` is the same loop with the graph copied into lists too.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush

import networkx as nx

from benchmarks.scenario_models.subset import Figures, Hits, Model, Spells, Subset

_REPAIR, _FAILURE, _TOLERANCE = range(3)
_SAID = ("spare", "tolerance", "crew")


def graph_of(subset: Subset) -> nx.DiGraph:
    """The graph of a place."""
    graph = nx.DiGraph()
    things = subset.things
    graph.add_nodes_from((thing, {"crew": crew}) for thing, crew in enumerate(subset.crew))
    for number, (dependent, spare, tolerance) in enumerate(
        zip(subset.dependent, subset.spare, subset.tolerance, strict=True), things
    ):
        graph.add_node(number, spare=spare, tolerance=tolerance)
        graph.add_edge(number, dependent)
    graph.add_edges_from(
        (thing, things + group) for thing, groups in enumerate(subset.provides_for) for group in groups
    )
    return graph


def networkx_model(subset: Subset) -> Model:  # noqa: PLR0915
    """Make a function that runs one trial of a place."""
    graph, horizon = graph_of(subset), subset.horizon
    successors = dict(graph.adjacency())
    nodes = range(len(graph))
    spare, tolerance, crew_of = ([graph.nodes[node].get(name) for node in nodes] for name in _SAID)
    zeros = [0] * len(graph)

    def run(hits: Hits) -> Figures:  # noqa: PLR0915
        down, version = zeros.copy(), zeros.copy()
        in_effect: set[int] = set()
        reasons, spells = [0] * subset.things, Spells(subset.things)
        free = subset.crew_sizes.copy()
        waiting: list[deque[int]] = [deque() for _ in free]
        repair = {thing: ticks for _, thing, ticks in hits}
        heap = [(time, _FAILURE, thing, 0) for time, thing, _ in hits]  # in order, and so a heap

        def go_down(thing: int, now: int) -> None:
            reasons[thing] += 1
            if reasons[thing] > 1:
                return
            spells.since[thing] = now
            for group in successors[thing]:
                down[group] += 1
                if down[group] == spare[group] + 1:
                    if tolerance[group]:
                        heappush(heap, (now + tolerance[group], _TOLERANCE, group, version[group]))
                    else:
                        take_effect(group, now)

        def take_effect(group: int, now: int) -> None:
            in_effect.add(group)
            for dependent in successors[group]:
                go_down(dependent, now)

        def come_up(thing: int, now: int) -> None:
            reasons[thing] -= 1
            if reasons[thing]:
                return
            spells.end(thing, now)
            for group in successors[thing]:
                down[group] -= 1
                if down[group] == spare[group]:
                    version[group] += 1
                    if group in in_effect:
                        in_effect.remove(group)
                        for dependent in successors[group]:
                            come_up(dependent, now)

        def ask_for_repair(thing: int, now: int) -> None:
            crew = crew_of[thing]
            if crew >= 0 and not free[crew]:
                waiting[crew].append(thing)
                return
            if crew >= 0:
                free[crew] -= 1
            heappush(heap, (now + repair[thing], _REPAIR, thing, 0))

        def free_crew(crew: int, now: int) -> None:
            free[crew] += 1
            if waiting[crew]:
                ask_for_repair(waiting[crew].popleft(), now)

        while heap:
            now, phase, node, started = heappop(heap)
            if now >= horizon:
                break
            if phase == _TOLERANCE:
                if version[node] == started:
                    take_effect(node, now)
            elif phase == _FAILURE:
                go_down(node, now)
                ask_for_repair(node, now)
            else:
                if crew_of[node] >= 0:
                    free_crew(crew_of[node], now)
                come_up(node, now)
        return spells.figures(reasons, horizon)

    return run
