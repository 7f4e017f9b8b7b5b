"""Compiled search for second cells to hide; import it only where it is run, as numba takes time to load.

A hidden cell is safe when circulations over hidden cells alone can raise and lower it by `width` together: the reader's
interval is then at least that wide. Where they cannot, a cheap path that closes the circulation through published cells
is found and the cells on it are hidden. Hiding more never narrows an interval, so that a cell once found safe stays so,
and every cell hidden on the way is put in the queue itself.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wholeplace.compiled import compiled, inner
from wholeplace.measure.disclosure.network import HIDDEN, KNOWN, SHOWN, Network

_UNLIMITED = 1 << 50
#: Cost of going through a hidden cell, and of hiding another: this and more, the more people and the higher the level.
_HOP, _NEW_CELL = 8, 24
#: The search leans towards the sink by this factor: a good path soon rather than the best one late.
_GREED = 2


class Graph(NamedTuple):
    """The network's arrays, and room to search in; an edge is row * columns + column."""

    areas: int
    columns: int
    parent: NDArray[np.int64]
    height: NDArray[np.int64]
    child_start: NDArray[np.int64]
    child: NDArray[np.int64]
    value: NDArray[np.int64]
    cost: NDArray[np.int64]
    flow: NDArray[np.int64]
    best: NDArray[np.int64]
    through: NDArray[np.int64]


def graph(net: Network) -> Graph:
    """Room to search the network; `value` and all that is by edge is flat."""
    rows, columns = net.value.shape
    cost = _NEW_CELL * (1 + net.height)[:, None] + np.log2(1 + net.value).astype(np.int64)
    cost[:, -1] *= 2
    nodes = net.areas + (rows - net.areas) * columns + 1
    return Graph(
        areas=net.areas,
        columns=columns,
        parent=net.parent,
        height=net.height,
        child_start=net.child_start,
        child=net.child,
        value=np.ascontiguousarray(net.value.ravel()),
        cost=np.ascontiguousarray(cost.ravel()),
        flow=np.zeros(rows * columns, np.int64),
        best=np.full(nodes, _UNLIMITED),
        through=np.full(nodes, -1),
    )


@inner
def _lower(g: Graph, row: int, column: int) -> int:
    """Node at the lower end of an edge: the sum of an area, or of a column of a larger area."""
    return row if row < g.areas else g.areas + (row - g.areas) * g.columns + column


@inner
def _upper(g: Graph, row: int, column: int) -> int:
    parent = g.parent[row]
    return len(g.best) - 1 if parent < 0 else _lower(g, parent, column)


@inner
def _room(g: Graph, state: NDArray[np.uint8], edge: int, raises: bool, lowest: int) -> int:
    """By how much a cell may still go up or down."""
    if raises:
        return _UNLIMITED
    return g.value[edge] + g.flow[edge] - (lowest if state[edge] <= HIDDEN else 0)


@inner
def _row_column(g: Graph, node: int) -> tuple[int, int]:
    """Row and column of a node; column -1 for areas, where all columns meet, row -1 for the root."""
    if node < g.areas:
        return node, -1
    if node == len(g.best) - 1:
        return -1, -1
    return g.areas + (node - g.areas) // g.columns, (node - g.areas) % g.columns


@inner
def _hops(g: Graph, node: int, sink: int) -> int:
    """The fewest edges between two nodes: along one column, down to an area and up another column, or by the root."""
    row, column = _row_column(g, node)
    other, other_column = _row_column(g, sink)
    top = g.height[-1]
    by_root = (top + 1 - g.height[row] if row >= 0 else 0) + (top + 1 - g.height[other] if other >= 0 else 0)
    if row < 0 or other < 0:
        return by_root
    low = min(g.height[row], g.height[other])
    hops = 0 if column == other_column or column < 0 or other_column < 0 else 2 * low
    while row != other:
        if g.height[row] <= g.height[other]:
            row = g.parent[row]
        else:
            other = g.parent[other]
        hops += 1
    return min(hops, by_root)


@inner
def _edges(g: Graph, row: int, column: int) -> tuple[int, int]:
    """Range of positions of a node's edges: columns for areas and the root, else the edge up and those of children."""
    return (0, g.columns) if column < 0 else (g.child_start[row] - 1, g.child_start[row + 1])


@inner
def _edge(g: Graph, row: int, column: int, position: int) -> tuple[int, int, bool]:
    """Edge of a node at a position: its row and column, and whether it goes up from there."""
    if row < 0:
        return len(g.parent) - 1, position, False
    if column < 0:
        return row, position, True
    if position < g.child_start[row]:
        return row, column, True
    return g.child[position], column, False


@inner
def _path(g, state, source, sink, banned, least, new_cells, lowest, patience, seen):  # type: ignore[no-untyped-def]
    """Find a cheap path with room for `least` from source to sink; True if there is one (in g.through)."""
    for node in seen:
        g.best[node] = _UNLIMITED
    seen.clear()
    heap = [(np.int64(0), np.int64(0), np.int64(source))]
    g.best[source] = 0
    seen.append(np.int64(source))
    while heap and patience > 0:
        _, minus_cost, node = heapq.heappop(heap)
        if -minus_cost > g.best[node]:
            continue
        if node == sink:
            return True
        patience -= 1
        node_row, node_column = _row_column(g, node)
        first, last = _edges(g, node_row, node_column)
        for position in range(first, last):
            row, column, goes_up = _edge(g, node_row, node_column, position)
            edge = row * g.columns + column
            if edge == banned or state[edge] == KNOWN or (state[edge] == SHOWN and not new_cells):
                continue
            if _room(g, state, edge, goes_up == (column == g.columns - 1), lowest) < least:
                continue
            other = _upper(g, row, column) if goes_up else _lower(g, row, column)
            longer = (g.cost[edge] if state[edge] == SHOWN else _HOP) - minus_cost
            if longer < g.best[other]:
                if g.best[other] == _UNLIMITED:
                    seen.append(np.int64(other))
                g.best[other] = longer
                g.through[other] = edge
                towards = longer + _GREED * _HOP * _hops(g, other, sink)
                heapq.heappush(heap, (np.int64(towards), np.int64(-longer), np.int64(other)))
    return False


@inner
def _step(g: Graph, edge: int, at: int) -> tuple[int, bool]:
    """The other end of an edge on a path that arrived `at` this end, and whether the cell was raised on it."""
    row, column = edge // g.columns, edge % g.columns
    lower, upper = _lower(g, row, column), _upper(g, row, column)
    went_up = at == upper
    return (lower if went_up else upper), went_up == (column == g.columns - 1)


@inner
def _push(g, state, edge, up, wanted, new_cells, lowest, patience, seen, touched, because, queue):  # type: ignore[no-untyped-def]
    """Raise (or lower) the cell by up to `wanted`; return by how much. New cells on the way are hidden and queued."""
    row, column = edge // g.columns, edge % g.columns
    lower, upper = _lower(g, row, column), _upper(g, row, column)
    forward = up == (column == g.columns - 1)  # whether the change itself runs from the lower to the upper end
    source, sink = (upper, lower) if forward else (lower, upper)
    if not up:
        wanted = min(wanted, _room(g, state, edge, False, lowest))
    moved = 0
    least = wanted
    while moved < wanted:
        least = min(least, wanted - moved)
        if not _path(g, state, source, sink, edge, least, new_cells, lowest, patience, seen):
            if least == 1:
                break
            least = max(1, least // 3)
            continue
        amount = wanted - moved
        at = sink
        while at != source:
            at_edge = g.through[at]
            at, raised = _step(g, at_edge, at)
            amount = min(amount, _room(g, state, at_edge, raised, lowest))
        at = sink
        while at != source:
            at_edge = g.through[at]
            at, raised = _step(g, at_edge, at)
            g.flow[at_edge] += amount if raised else -amount
            touched.append(np.int64(at_edge))
            if state[at_edge] == SHOWN:
                state[at_edge] = HIDDEN
                because[at_edge] = edge
                queue.append(np.int64(at_edge))
        moved += amount
    for used in touched:
        g.flow[used] = 0
    touched.clear()
    return moved


@compiled
def cover(g, state, targets, width, new_cells, lowest, patience, because):  # type: ignore[no-untyped-def]
    """Make every target's interval at least `width` wide, hiding more where `new_cells`; return those that are not.

    `state` and `because` (for each edge the cell it was hidden for) are changed in place.
    """
    g.best[:] = _UNLIMITED
    queue = [np.int64(edge) for edge in targets]
    seen = [np.int64(0)]
    touched = [np.int64(0)]
    touched.clear()
    failed = [np.int64(0)]
    failed.clear()
    position = 0
    while position < len(queue):
        edge = queue[position]
        position += 1
        up = _push(g, state, edge, True, width, False, lowest, patience, seen, touched, because, queue)
        if up >= width:
            continue
        down = _push(g, state, edge, False, width - up, False, lowest, patience, seen, touched, because, queue)
        if up + down < width and new_cells:
            up = _push(g, state, edge, True, width - down, True, lowest, patience, seen, touched, because, queue)
            if up + down < width:
                down = _push(g, state, edge, False, width - up, True, lowest, patience, seen, touched, because, queue)
        if up + down < width:
            failed.append(edge)
    return failed
