"""Polygons: made sound, and which points lie in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wholeplace.place.boundaries import Geometries


def sound_polygons(shapes: Geometries) -> Geometries:
    """Shapes with those made valid that cross themselves; None in place of what is no polygon, or an empty one."""
    import shapely

    polygon = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    crossing = polygon & ~shapely.is_valid(shapes)
    sound = np.where(polygon, shapes, np.array(None))
    sound[crossing] = shapely.make_valid(shapes[crossing])
    return sound


def highest_inside(
    points: Geometries, shapes: Geometries, values: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Whether each point lies in some shape or on its border, and the highest value of the shapes it lies in.

    The value is NaN where a point lies in none, or only in shapes without a value (NaN).
    """
    import shapely

    inside = np.zeros(len(points), dtype=bool)
    highest = np.full(len(points), np.nan)
    tree = shapely.STRtree(points)
    for shape, value in zip(shapes, values, strict=True):  # one by one, for all pairs at once may not fit in memory
        if shape is not None:
            hit = tree.query(shape, predicate="intersects")
            inside[hit] = True
            highest[hit] = np.fmax(highest[hit], value)
    return inside, highest
