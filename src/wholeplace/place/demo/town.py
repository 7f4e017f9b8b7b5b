"""The geography of the demo place: areas, wards and the areas of an older vintage, which all fit without gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wholeplace.place.demo import naming
from wholeplace.place.demo.landscape import ORIGIN, Floats, Ints, Landscape, make_landscape, to_wgs84
from wholeplace.place.demo.partition import choose_seeds, grow, means, merge_edges
from wholeplace.place.demo.tessellation import Cells, make_cells

Shapes = NDArray[np.object_]
Texts = NDArray[np.str_]

AREAS_PER_WARD = 6
AREAS_PER_GROUP = 5
#: Of a hundred areas of the older vintage, how many have been split since, and how many merged with another.
SPLIT_SHARE, MERGED_SHARE = 0.035, 0.025
#: A border shorter than this joins nothing: it might vanish when coordinates are rounded.
LEAST_BORDER_M = 25.0
#: Turns of a border finer than this are left out of the boundary files.
DETAIL_M = 8.0
DEGREE_DECIMALS = 6


@dataclass(frozen=True)
class Town:
    """The geography of the place. Areas, wards and old areas stand in the order of their codes.

    `boundaries`, `old_boundaries` are in WGS 84 degrees, `grid_boundaries` (of areas) and `ward_boundaries` in metres
    of EPSG:27700. An atom is the largest piece of land that lies in one area and in one old area.
    """

    land: Landscape
    cells: Cells
    cell_area: Ints
    codes: Texts
    names: Texts
    boundaries: Shapes
    grid_boundaries: Shapes
    edges: Ints
    ward: Ints
    ward_codes: Texts
    ward_names: Texts
    ward_boundaries: Shapes
    old_codes: Texts
    old_names: Texts
    old_boundaries: Shapes
    atom_area: Ints
    atom_old: Ints
    atom_cells: Ints

    @property
    def middles(self) -> Floats:
        """Where people of each area live, on average: metres from the middle of the place."""
        home = self.cells.homes
        return means(self.cells.points[home], self.cell_area[home], len(self.codes))


@dataclass(frozen=True)
class _Vintages:
    """How today's areas came of older ones: the old area of each atom, and both in the order of their codes."""

    order: Ints
    codes: Texts
    names: Texts
    old_codes: Texts
    old_names: Texts
    atom_area: Ints
    atom_old: Ints
    cell_atom: Ints


def make_town(areas: int, rng: np.random.Generator) -> Town:
    """Lay out a town of so many areas."""
    land = make_landscape(areas, rng)
    cells = make_cells(land, areas, rng)
    area = _areas(cells, areas, rng)
    edges, border_m = _neighbours(cells, area)
    middles = means(cells.points[cells.homes], area[cells.homes], areas)
    group = _groups(edges, border_m, middles, max(2, round(areas / AREAS_PER_GROUP)), rng)
    joined = edges[border_m >= LEAST_BORDER_M]
    vintages = _vintages(cells, area, joined, group, middles, rng)
    number = np.empty(areas, dtype=np.int64)
    number[vintages.order] = np.arange(areas)
    area, edges, middles = number[area], number[edges], middles[vintages.order]
    ward = _groups(edges, border_m, middles, max(6, round(areas / AREAS_PER_WARD)), rng)
    ward_names = naming.ward_names(land, middles, ward, rng)
    atoms = _atom_shapes(cells, vintages.cell_atom)
    degrees = _in_degrees(atoms)
    grid = _union(atoms, vintages.atom_area)
    return Town(
        land=land,
        cells=cells,
        cell_area=area,
        codes=vintages.codes,
        names=vintages.names,
        boundaries=_union(degrees, vintages.atom_area),
        grid_boundaries=grid,
        edges=edges,
        ward=ward,
        ward_codes=naming.codes("X05", np.arange(len(ward_names))),
        ward_names=ward_names,
        ward_boundaries=_union(grid, ward),
        old_codes=vintages.old_codes,
        old_names=vintages.old_names,
        old_boundaries=_union(degrees, vintages.atom_old),
        atom_area=vintages.atom_area,
        atom_old=vintages.atom_old,
        atom_cells=np.bincount(vintages.cell_atom[cells.homes], minlength=len(vintages.atom_area)),
    )


def _areas(cells: Cells, areas: int, rng: np.random.Generator) -> Ints:
    """Grow areas over the cells from seeds where people live; the river is crossed only where nothing else is left."""
    homes = np.flatnonzero(cells.homes)
    seeds = homes[choose_seeds(cells.points[homes], areas)]
    away = cells.points[cells.edges[:, 0]] - cells.points[cells.edges[:, 1]]
    cost = np.hypot(*away.T) * rng.uniform(1, 1.7, len(away))
    cost += 1e7 * (cells.across_river | (cells.border_m < LEAST_BORDER_M))
    return grow(cells.edges, cost, seeds, len(cells.points))


def _neighbours(cells: Cells, area: Ints) -> tuple[Ints, Floats]:
    """Pairs of areas with the length of their common border, of which the river counts for a tenth."""
    return merge_edges(cells.edges, np.where(cells.across_river, 0.1, 1.0) * cells.border_m, area)


def _groups(edges: Ints, border_m: Floats, middles: Floats, groups: int, rng: np.random.Generator) -> Ints:
    """Group areas into connected groups of about one size; a short common border or the river holds less well."""
    cost = rng.uniform(1, 1.3, len(edges)) * (1 + 150 / np.maximum(border_m, 1))
    cost += 1e3 * (border_m < LEAST_BORDER_M)
    return grow(edges, cost, choose_seeds(middles, groups), len(middles))


def _vintages(
    cells: Cells, area: Ints, edges: Ints, group: Ints, middles: Floats, rng: np.random.Generator
) -> _Vintages:
    """Invent the older vintage: some of its areas have been split in two since then, some pairs merged into one.

    Areas that have not changed keep their code and name, as in the real geography; the others have new ones.
    """
    areas = len(middles)
    pairs = _pairs_to_join(edges, group, areas, rng)
    cell_atom, halved = _halve(cells, area, set(pairs.ravel().tolist()), areas, rng)
    atom_area = np.concatenate([np.arange(areas), halved])
    atom_old = np.arange(len(atom_area))
    atom_old[pairs[:, 1]] = pairs[:, 0]
    place = middles[atom_area]
    group = naming.number_from_north(group, middles)
    old, first = np.unique(atom_old, return_index=True)
    order = np.lexsort((old, -place[first, 1], group[atom_area[first]]))
    rank = np.empty(len(atom_area), dtype=np.int64)
    rank[old[order]] = np.arange(len(old))
    atom_old = rank[atom_old]
    old_group = group[atom_area[first[order]]]
    changed = np.zeros(areas, dtype=bool)
    changed[pairs.ravel()] = True
    changed[halved] = True
    codes = np.empty(areas, dtype=np.int64)
    codes[~changed] = atom_old[:areas][~changed]
    new = np.flatnonzero(changed)
    new = new[np.lexsort((new, -middles[new, 1], group[new]))]
    codes[new] = len(old) + np.arange(len(new))
    names = naming.area_names(np.concatenate([old_group, group[new]]))
    order = np.argsort(codes)
    number = np.empty(areas, dtype=np.int64)
    number[order] = np.arange(areas)
    return _Vintages(
        order=order,
        codes=naming.codes("X01", codes[order]),
        names=names[codes[order]],
        old_codes=naming.codes("X01", np.arange(len(old))),
        old_names=names[: len(old)],
        atom_area=number[atom_area],
        atom_old=atom_old,
        cell_atom=cell_atom,
    )


def _pairs_to_join(edges: Ints, group: Ints, areas: int, rng: np.random.Generator) -> Ints:
    """Pairs of neighbours in one group that were one area in the older vintage; no area is in two pairs."""
    candidates = edges[group[edges[:, 0]] == group[edges[:, 1]]]
    wanted = max(2, round(SPLIT_SHARE * areas))
    taken: set[int] = set()
    pairs: list[tuple[int, int]] = []
    for first, second in candidates[rng.permutation(len(candidates))].tolist():
        if len(pairs) < wanted and not {first, second} & taken:
            pairs.append((first, second))
            taken |= {first, second}
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _halve(cells: Cells, area: Ints, keep_whole: set[int], areas: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Cut some areas in two connected halves with homes in both; give the atom of each cell and the areas cut."""
    by_area = np.argsort(area, kind="stable")
    starts = np.searchsorted(area[by_area], np.arange(areas + 1))
    sure = (cells.border_m >= LEAST_BORDER_M) & (area[cells.edges[:, 0]] == area[cells.edges[:, 1]])
    inner = cells.edges[sure]
    inner = inner[np.argsort(area[inner[:, 0]], kind="stable")]
    edge_starts = np.searchsorted(area[inner[:, 0]], np.arange(areas + 1))
    cell_atom = area.copy()
    halved: list[int] = []
    wanted = max(2, round(MERGED_SHARE * areas))
    for number in rng.permutation(areas).tolist():
        if len(halved) == wanted:
            break
        members = np.sort(by_area[starts[number] : starts[number + 1]])
        homes = members[cells.homes[members]]
        if number in keep_whole or len(homes) < 4:
            continue
        here = np.searchsorted(members, inner[edge_starts[number] : edge_starts[number + 1]])
        axis = int(np.argmax(np.ptp(cells.points[homes], axis=0)))
        ends = homes[[np.argmin(cells.points[homes, axis]), np.argmax(cells.points[homes, axis])]]
        half = grow(here, np.ones(len(here)), np.searchsorted(members, ends), len(members))
        if half.min() < 0 or min(np.bincount(half[np.isin(members, homes)], minlength=2)) < 2:
            continue
        cell_atom[members[half == 1]] = areas + len(halved)
        halved.append(number)
    return cell_atom, np.array(halved, dtype=np.int64)


def _atom_shapes(cells: Cells, cell_atom: Ints) -> Shapes:
    """Polygons of the atoms in metres of EPSG:27700, with coordinates in tenths of a metre and without fine turns."""
    import shapely

    corners = np.round(cells.vertices + ORIGIN, 1)
    ends, starts = cells.ring_start[1:], cells.ring_start[:-1]
    order = np.insert(cells.corners, ends, cells.corners[starts])  # a ring ends where it began
    rings = cells.ring_start + np.arange(len(cells.ring_start))
    polygons = shapely.from_ragged_array(shapely.GeometryType.POLYGON, corners[order], (rings, np.arange(len(rings))))
    atoms = _union(polygons, cell_atom)
    simple: Shapes = shapely.coverage_simplify(atoms, DETAIL_M)
    return simple


def _union(shapes: Shapes, group: Ints) -> Shapes:
    """Join the shapes of each group; they share corners exactly, so nothing is moved and no gap can open."""
    import shapely

    order = np.argsort(group, kind="stable")
    parts = np.split(shapes[order], np.cumsum(np.bincount(group))[:-1])
    joined = np.array([part[0] if len(part) == 1 else shapely.coverage_union_all(part) for part in parts], dtype=object)
    single = shapely.get_num_geometries(joined) == 1
    joined[single] = shapely.get_geometry(joined[single], 0)
    normal: Shapes = shapely.normalize(joined)
    return normal


def _in_degrees(shapes: Shapes) -> Shapes:
    """The same shapes in WGS 84. A corner of two shapes is moved and rounded alike in both, so borders stay shared."""
    import shapely

    def move(points: Floats) -> Floats:
        return np.round(to_wgs84(points), DEGREE_DECIMALS)

    moved: Shapes = shapely.transform(shapes, move)
    return moved
