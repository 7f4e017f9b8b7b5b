"""Group cells into areas, and areas into wards, so that each group hangs together."""

from __future__ import annotations

import numpy as np

from wholeplace.place.demo.landscape import Floats, Ints, nearest


def choose_seeds(points: Floats, groups: int, *, relax: int = 1) -> Ints:
    """Pick one point as the seed of each group, so that about equally many points are nearest to each.

    The points are halved again and again across the longer side, then the seeds move to the middle of the points
    nearest to them, `relax` times, which takes the squareness out.
    """
    seeds = np.empty(groups, dtype=np.int64)
    found = 0
    stack = [(np.arange(len(points)), groups)]
    while stack:
        members, count = stack.pop()
        if count == 1:
            seeds[found] = members[_middle(points[members])]
            found += 1
            continue
        axis = int(np.argmax(np.ptp(points[members], axis=0)))
        members = members[np.argsort(points[members, axis], kind="stable")]
        cut = len(members) * (count // 2) // count
        stack += [(members[:cut], count // 2), (members[cut:], count - count // 2)]
    for _ in range(relax):
        group = nearest(points[seeds], points)[1]
        away = np.hypot(*(points - means(points, group, groups)[group]).T)
        order = np.lexsort((away, group))
        seeds = order[np.searchsorted(group[order], np.arange(groups))]
    return seeds


def means(points: Floats, group: Ints, groups: int) -> Floats:
    """The middle of the points of each group."""
    size = np.bincount(group, minlength=groups)
    return np.column_stack([np.bincount(group, points[:, axis], groups) / size for axis in (0, 1)])


def _middle(points: Floats) -> int:
    return int(np.argmin(((points - points.mean(axis=0)) ** 2).sum(axis=1)))


def grow(edges: Ints, lengths: Floats, seeds: Ints, count: int) -> Ints:
    """Give each of `count` nodes the number of the seed it can reach over the shortest way.

    Every node on that way gets the same seed, so each group is connected. `edges` are pairs of nodes; a node that no
    seed reaches gets -1.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    graph = coo_array((lengths, (edges[:, 0], edges[:, 1])), shape=(count, count)).tocsr()
    _, _, source = dijkstra(graph, directed=False, indices=seeds, min_only=True, return_predecessors=True)
    number = np.full(count, -1, dtype=np.int64)
    number[seeds] = np.arange(len(seeds))
    return np.where(source < 0, -1, number[source.clip(0)])


def merge_edges(edges: Ints, lengths: Floats, groups: Ints) -> tuple[Ints, Floats]:
    """Edges between groups, each once and ordered, with the summed length of border of the edges between them."""
    pairs: Ints = np.sort(groups[edges], axis=1)
    between = pairs[:, 0] != pairs[:, 1]
    merged, where = np.unique(pairs[between], axis=0, return_inverse=True)
    summed: Floats = np.bincount(where.ravel(), lengths[between], len(merged)).astype(np.float64)
    return merged.astype(np.int64), summed
