"""Boundaries made ready for pages: GeoJSON for the map, SVG paths for the picture that needs no script."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.place import Geography

#: Width of the drawing that the paths are made for; its height follows the place.
WIDTH = 1000.0


def write_geojson(geography: Geography, path: Path) -> None:
    """Write the boundaries of a geography as GeoJSON: properties area and name, five decimals (about a metre)."""
    import shapely

    assert geography.geometries is not None
    features = []
    for (area, name), geometry in zip(geography.areas.iter_rows(), geography.geometries, strict=True):
        shape = None if geometry is None else json.loads(shapely.to_geojson(_rounded(geometry, 5)))
        features.append({"type": "Feature", "properties": {"area": area, "name": name}, "geometry": shape})
    collection = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(collection, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _rounded(geometry: Any, decimals: int) -> Any:
    import shapely

    return shapely.transform(geometry, lambda points: np.round(points, decimals))


def svg_shapes(geography: Geography, bounds: NDArray[np.float64]) -> tuple[pl.DataFrame, str]:
    """Boundaries as SVG path data.

    Parameters
    ----------
    geography
        With geometries in longitude and latitude.
    bounds
        west, south, east, north of the drawing, so that every geography of a place is drawn alike.

    Returns
    -------
    shapes, view_box
        area, name, path; and the `viewBox`. A degree of longitude is drawn shorter by the cosine of the middle
        latitude, which is true enough across one place and not across a country.
    """
    west, south, east, north = bounds
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    scale = WIDTH / max((east - west) * squeeze, 1e-9)
    height = max((north - south) * scale, 1.0)

    def place_point(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([(points[:, 0] - west) * squeeze * scale, (north - points[:, 1]) * scale])

    paths = ["" if geometry is None else _path(geometry, place_point) for geometry in geography.geometries]  # type: ignore[union-attr]
    frame = geography.areas.with_columns(pl.Series("path", paths, dtype=pl.String))
    return frame, f"0 0 {WIDTH:.0f} {height:.0f}"


def _path(geometry: Any, place_point: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> str:
    import shapely

    parts = []
    for polygon in shapely.get_parts(geometry):
        if shapely.get_type_id(polygon) != 3:
            continue
        for ring in shapely.get_rings(polygon):
            points = np.round(place_point(shapely.get_coordinates(ring)), 1)
            keep = np.concatenate([[True], np.any(np.diff(points, axis=0) != 0, axis=1)])
            text = "L".join(f"{x:g},{y:g}" for x, y in points[keep][:-1])
            parts.append(f"M{text}Z")
    return "".join(parts)


def is_drawn(geography: Geography) -> bool:
    """Whether any area of a geography has a boundary: a file may name its areas and draw none."""
    import shapely

    shapes = geography.geometries
    return shapes is not None and not np.all(shapely.is_missing(shapes) | shapely.is_empty(shapes))


def total_bounds(geographies: list[Geography]) -> NDArray[np.float64]:
    """west, south, east, north of all boundaries of a place."""
    import shapely

    every = [shapely.total_bounds(geography.geometries) for geography in geographies]
    boxes = np.array([box for box in every if np.isfinite(box).all()])
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])
