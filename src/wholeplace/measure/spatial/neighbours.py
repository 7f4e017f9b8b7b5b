"""Which areas are neighbours: by a shared boundary, or where there are only points by nearness."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.errors import WholeplaceError
from wholeplace.place import Geography, Place
from wholeplace.place.findings import counted

if TYPE_CHECKING:
    from scipy import sparse

#: Of areas known by a point only, so many of the nearest are neighbours.
NEAREST = 6
BOUNDARIES, POINTS = "boundaries", "points"
PAIRS = {"area": pl.String, "neighbour": pl.String}

Shapes = NDArray[np.object_]


class SpatialError(WholeplaceError, ValueError):
    """A question about neighbours, clusters or likeness that these areas or figures cannot answer."""


@dataclass(frozen=True)
class Neighbours:
    """The areas of a geography and which are neighbours of which.

    `areas` holds every code in order; `pairs` has area, neighbour, each pair both ways. `how` is "boundaries" (areas
    that share a point of their boundaries, known as queen contiguity) or "points" (the six nearest, and those of whose
    six an area is one). `unplaced` areas have neither boundary nor point.
    """

    areas: pl.Series
    pairs: pl.DataFrame
    how: str
    unplaced: tuple[str, ...] = ()

    @cached_property
    def islands(self) -> list[str]:
        """The areas without neighbours, those without a place among them."""
        return self.areas.filter(~self.areas.is_in(self.pairs["area"].implode())).to_list()

    @cached_property
    def pieces(self) -> int:
        """Into how many pieces the areas with neighbours fall, between which no chain of neighbours leads."""
        from scipy.sparse import csgraph

        return int(csgraph.connected_components(self.matrix, directed=False)[0]) - len(self.islands)

    @cached_property
    def matrix(self) -> sparse.csr_array:
        """1 where two areas are neighbours, in the order of `areas`."""
        from scipy import sparse

        place = {area: number for number, area in enumerate(self.areas.to_list())}
        rows, columns = (self.pairs[name].replace_strict(place, return_dtype=pl.Int64).to_numpy() for name in PAIRS)
        size = len(self.areas)
        return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(size, size))

    @cached_property
    def sentences(self) -> list[str]:
        """How neighbours were found, which areas have none, and whether there are several pieces."""
        number, islands = len(self.areas), self.islands
        mean = self.pairs.height / max(number - len(islands), 1)
        how = (
            "Neighbours are areas that meet at a border or a corner"
            if self.how == BOUNDARIES
            else f"These areas have no boundaries here: neighbours are the {NEAREST} nearest by their points"
        )
        said = [f"{how}: {mean:.1f} for each area on average."]
        if islands:
            some = ", ".join(islands[:5]) + (" …" if len(islands) > 5 else "")
            verb = "has" if len(islands) == 1 else "have"
            said.append(f"{counted(len(islands), 'area')} {verb} no neighbours and cannot be judged: {some}.")
        if self.pieces > 1:
            said.append(f"The areas fall into {self.pieces:,} pieces that do not touch; each is judged by its own.")
        return said


def neighbours_of(place: Place, geography: str) -> Neighbours | None:
    """The neighbours of a geography: from its boundaries, else from its points, else from its postcodes.

    Returns
    -------
    neighbours
        None where nothing says where the areas lie.
    """
    known = place.geographies[geography]
    if known.geometries is not None:
        return from_shapes(known)
    postcodes = place.postcodes.filter((pl.col("geography") == geography) & pl.col("lat").is_not_null())
    if postcodes.is_empty():
        return None
    middles = postcodes.group_by("area").agg(pl.col("lon", "lat").mean())
    points = known.areas.select("area").join(middles, on="area", how="left", maintain_order="left")
    return from_points(known.areas["area"], points.select("lon", "lat").to_numpy().astype(float))


def from_shapes(geography: Geography) -> Neighbours:
    """Find neighbours from the shapes of a geography: areas that share a point, by the borders of polygons.

    Areas that overlap by a sliver are neighbours too; where outlines were simplified one by one, a gap between two
    tells them apart. Where some areas are points or lines, the middles of all are taken. Method: queen contiguity,
    `libpysal.graph`.
    """
    import shapely

    shapes = geography.geometries
    assert shapes is not None
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if not np.isin(shapely.get_type_id(shapes[there]), (3, 6)).all():
        middles = shapely.centroid(shapes)
        return from_points(geography.areas["area"], np.column_stack([shapely.get_x(middles), shapely.get_y(middles)]))
    return from_boundaries(geography.areas["area"], shapes)


def from_boundaries(areas: pl.Series, shapes: Shapes) -> Neighbours:
    """Neighbours of polygons that share at least one point of their boundaries; see `from_shapes`."""
    import geopandas
    import shapely
    from libpysal.graph import Graph

    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    codes = areas.to_numpy().astype(object)
    if there.sum() < 2:
        return Neighbours(areas, pl.DataFrame(schema=PAIRS), BOUNDARIES, tuple(codes[~there]))
    known = geopandas.GeoSeries(shapely.force_2d(shapes[there]), index=codes[there])
    graph = Graph.build_fuzzy_contiguity(known, predicate="intersects")
    return Neighbours(areas, _pairs(graph.adjacency), BOUNDARIES, tuple(codes[~there]))


def from_points(areas: pl.Series, degrees: NDArray[np.float64]) -> Neighbours:
    """The nearest neighbours of points (longitude, latitude; NaN where an area has none), made mutual.

    Distances are of a map on which a degree of longitude is shortened by the middle latitude, which is true enough
    across one place. Method: k nearest neighbours
    (`scipy.spatial`; libpysal's refuses areas whose points fall together).
    """
    from scipy.spatial import KDTree

    there = np.isfinite(degrees).all(axis=1)
    codes = areas.to_numpy().astype(object)
    number = int(there.sum())
    if number < 2:
        return Neighbours(areas, pl.DataFrame(schema=PAIRS), POINTS, tuple(codes[~there]))
    flat = degrees[there] * [np.cos(np.radians(degrees[there, 1].mean())), 1.0]
    near = KDTree(flat).query(flat, k=min(NEAREST + 1, number))[1]  # itself among them, but for points on one spot
    numbers = np.column_stack([np.repeat(np.arange(number), near.shape[1]), near.ravel()])
    numbers = numbers[numbers[:, 0] != numbers[:, 1]]
    both = np.unique(np.vstack([numbers, numbers[:, ::-1]]), axis=0)
    named = codes[there][both]
    pairs = pl.DataFrame({"area": named[:, 0].tolist(), "neighbour": named[:, 1].tolist()}, schema=PAIRS)
    return Neighbours(areas, pairs.sort("area", "neighbour"), POINTS, tuple(codes[~there]))


def _pairs(adjacency: object) -> pl.DataFrame:
    """The pairs of a graph's table, in which an island is its own neighbour with weight 0."""
    table = adjacency[adjacency > 0]  # type: ignore[index,operator]
    ends = [table.index.get_level_values(level).to_list() for level in ("focal", "neighbor")]
    return pl.DataFrame(dict(zip(PAIRS, ends, strict=True)), schema=PAIRS).sort("area", "neighbour")
