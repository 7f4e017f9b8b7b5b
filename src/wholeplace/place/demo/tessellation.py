"""Small cells that cover the demo place: what postcodes' catchments are to a real census, its areas are built of.

Cells are the Voronoi cells of points that lie close together where people live. Two rows of points, mirrored along
the river and along the outline, make cell borders run exactly there, so nothing is ever clipped or overlaid.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from wholeplace.place.demo.landscape import (
    OUTLINE_STEP_M,
    RIVER_STEP_M,
    Floats,
    Ints,
    Landscape,
    inside,
    lobe,
    nearest,
    spread,
)

CELLS_PER_AREA = 6
FIELDS_PER_AREA = 3
_URBAN, _VILLAGE = 0.80, 0.15


@dataclass(frozen=True)
class Cells:
    """Cells of the place and which of them touch.

    The vertices of cell `i` are those numbered `corners[ring_start[i] : ring_start[i + 1]]`; `homes` marks cells where
    people live close together; `side` is -1 or 1 along the two banks of the river, else 0; `edges` are pairs of
    touching cells with the `border_m` they share.
    """

    points: Floats
    vertices: Floats
    corners: Ints
    ring_start: Ints
    homes: NDArray[np.bool_]
    side: Ints
    edges: Ints
    border_m: Floats

    @property
    def across_river(self) -> NDArray[np.bool_]:
        across: NDArray[np.bool_] = self.side[self.edges].prod(axis=1) == -1
        return across


def make_cells(land: Landscape, areas: int, rng: np.random.Generator) -> Cells:
    """Cover the place with cells, about nine for each neighbourhood."""
    from scipy.spatial import Voronoi

    points, kind, side = _points(land, areas, rng)
    points = _relax(points, kind)
    kept = np.flatnonzero(inside(points, land.outline))
    diagram = Voronoi(points)
    position = np.full(len(points), -1, dtype=np.int64)
    position[kept] = np.arange(len(kept))
    edges = position[diagram.ridge_points]
    both = (edges >= 0).all(axis=1)
    ends = diagram.vertices[np.array(diagram.ridge_vertices)[both]]
    rings = [diagram.regions[number] for number in diagram.point_region[kept]]
    return Cells(
        points=points[kept],
        vertices=diagram.vertices,
        corners=np.fromiter(chain.from_iterable(rings), dtype=np.int64),
        ring_start=np.cumsum([0, *map(len, rings)]),
        homes=kind[kept] == 1,
        side=side[kept],
        edges=edges[both],
        border_m=np.hypot(*(ends[:, 0] - ends[:, 1]).T),
    )


def _points(land: Landscape, areas: int, rng: np.random.Generator) -> tuple[Floats, Ints, Ints]:
    """All points with their kind (1 homes, 0 fields, 2 banks and outline: these stay put) and side of the river."""
    homes = _home_points(land, CELLS_PER_AREA * areas, rng)
    fields = spread(FIELDS_PER_AREA * areas, land.outline, rng)
    left, right = _both_sides(land.river, 0.45 * RIVER_STEP_M)
    rim = np.vstack(_both_sides(np.vstack([land.outline, land.outline[:1]]), 0.3 * OUTLINE_STEP_M))
    homes, fields, rim = (_away_from(land.river, group, 0.9 * RIVER_STEP_M) for group in (homes, fields, rim))
    homes, fields = (_away_from(land.outline, group, 0.7 * OUTLINE_STEP_M) for group in (homes, fields))
    far = 4 * land.radius_m * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    groups = [(homes, 1, 0), (fields, 0, 0), (left, 2, -1), (right, 2, 1), (rim, 2, 0), (far, 2, 0)]
    kind = np.concatenate([np.full(len(group), number) for group, number, _ in groups])
    side = np.concatenate([np.full(len(group), bank) for group, _, bank in groups])
    return _steady(np.vstack([group for group, _, _ in groups])), kind, side


def _steady(points: Floats) -> Floats:
    """Points to a tenth of a metre.

    Processors differ in the last digit of a cosine. Cells on the river and the outline have corners on one circle, so
    that such a digit would decide which of them touch, and another town would come of the same seed.
    """
    return np.round(points, 1)


def _away_from(line: Floats, points: Floats, distance_m: float) -> Floats:
    """The points that are farther than so much from the points of a line."""
    kept: Floats = points[nearest(line, points, within_m=1.01 * distance_m)[0] > distance_m]
    return kept


def _both_sides(line: Floats, offset_m: float) -> tuple[Floats, Floats]:
    """Points at the middle of each step of a line, moved to its left and its right."""
    step = np.diff(line, axis=0)
    normal = np.column_stack([-step[:, 1], step[:, 0]]) / np.hypot(*step.T)[:, None]
    middle = (line[1:] + line[:-1]) / 2
    return middle + offset_m * normal, middle - offset_m * normal


def _home_points(land: Landscape, count: int, rng: np.random.Generator) -> Floats:
    """Points where people live: dense in the middle of towns, thinner outwards, knots in villages, a few anywhere."""
    town_count = round(_URBAN * count)
    town = np.repeat(np.arange(len(land.towns)), _shares(land.town_areas, town_count))
    theta = rng.uniform(0, 2 * np.pi, town_count)
    out = rng.uniform(size=town_count) ** 0.66 * land.town_radius_m[town] * lobe(theta, land.lobes[town].T)
    in_towns = land.towns[town] + out[:, None] * np.column_stack([np.cos(theta), np.sin(theta)])
    village_count = round(_VILLAGE * count)
    village = np.repeat(
        np.arange(len(land.villages)), _shares(rng.pareto(2.5, len(land.villages)) + 0.7, village_count)
    )
    in_villages = land.villages[village] + rng.normal(0, 330, (village_count, 2))
    scattered = spread(count - town_count - village_count, land.outline, rng)
    points = np.vstack([in_towns, in_villages, scattered])
    kept: Floats = points[inside(points, land.outline)]
    return kept


def _shares(weights: Floats, total: int) -> Ints:
    """Split a whole number in proportion to weights; the parts are whole and add up to it."""
    ends = np.rint(np.cumsum(weights) / weights.sum() * total).astype(np.int64)
    parts: Ints = np.diff(ends, prepend=0)
    return parts


def _relax(points: Floats, kind: Ints) -> Floats:
    """Move each free point half-way to the middle of its neighbours, so that cells are of even size nearby."""
    from scipy.spatial import Delaunay

    start, neighbours = Delaunay(points).vertex_neighbor_vertices
    owner = np.repeat(np.arange(len(points)), np.diff(start))
    size = np.bincount(owner, minlength=len(points))
    middle = np.column_stack([np.bincount(owner, points[neighbours, axis], len(points)) / size for axis in (0, 1)])
    return _steady(np.where((kind < 2)[:, None], (points + middle) / 2, points))
