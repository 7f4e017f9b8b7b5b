"""Boundaries made ready for pages: GeoJSON for the map, SVG paths for the picture that needs no script."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.place import Geography

#: Width of the drawing that the paths are made for; its height follows the place.
WIDTH = 1000.0
#: A geography of fewer areas is drawn area by area; one of more has tiles, and a mosaic for its picture.
MOST_DRAWN = 2_000
#: Side of the squares of a mosaic, in units of the drawing.
SQUARE = 5

Floats = NDArray[np.float64]


def write_geojson(geography: Geography, path: Path) -> None:
    """Write the boundaries of a geography as GeoJSON: properties area and name, five decimals (about a metre)."""
    import shapely

    assert geography.geometries is not None
    rounded = shapely.transform(geography.geometries, lambda points: np.round(points, 5))
    outlines = np.asarray(shapely.to_geojson(rounded)).tolist()
    features = [
        f'{{"type":"Feature","properties":{_json({"area": area, "name": name})},"geometry":{outline or "null"}}}'
        for (area, name), outline in zip(geography.areas.iter_rows(), outlines, strict=True)
    ]
    path.write_text(f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}', encoding="utf-8")


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


class Drawing:
    """The sheet that every geography of a place is drawn on alike.

    A degree of longitude is drawn shorter by the cosine of the middle latitude, which is true enough across one place
    and not across a country.
    """

    def __init__(self, geographies: list[Geography]) -> None:
        """A sheet that holds all boundaries, which are in longitude and latitude."""
        import shapely

        every = np.array([shapely.total_bounds(geography.geometries) for geography in geographies])
        boxes = every[np.isfinite(every).all(axis=1)]
        west, south, east, north = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])
        squeeze = float(np.cos(np.radians((south + north) / 2)))
        scale = WIDTH / max((east - west) * squeeze, 1e-9)
        self.height = max((north - south) * scale, 1.0)
        self._corner: Floats = np.array([west, north])
        self._scale: Floats = np.array([squeeze * scale, -scale])

    @property
    def view_box(self) -> str:
        """The `viewBox` of the drawing."""
        return f"0 0 {WIDTH:.0f} {self.height:.0f}"

    def place(self, degrees: Floats) -> Floats:
        """Points of longitude and latitude on the sheet."""
        points: Floats = (degrees - self._corner) * self._scale
        return points

    def degrees(self, points: Floats) -> Floats:
        """Points of the sheet as longitude and latitude."""
        degrees: Floats = points / self._scale + self._corner
        return degrees


def svg_shapes(geography: Geography, drawing: Drawing) -> pl.DataFrame:
    """Boundaries as SVG path data: area, name, path; an area without a polygon has an empty path."""
    import shapely

    parts, owner = shapely.get_parts(geography.geometries, return_index=True)
    polygons = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, polygon = shapely.get_rings(parts[polygons], return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    x, y = np.round(drawing.place(points), 1).T
    corners = pl.DataFrame({"owner": owner[polygons][polygon][ring], "ring": ring, "x": x, "y": y})
    same = pl.all_horizontal(pl.col(name) == pl.col(name).shift().fill_null(-1) for name in ("ring", "x", "y"))
    last = pl.col("ring") != pl.col("ring").shift(-1).fill_null(-1)  # a ring ends where it began
    text = pl.format("{},{}", *(pl.col(name).cast(pl.String).str.strip_suffix(".0") for name in ("x", "y")))
    paths = (
        corners.filter(~same)
        .filter(~last)
        .group_by("owner", "ring", maintain_order=True)
        .agg(pl.format("M{}Z", text.str.join("L")).alias("path"))
        .group_by("owner", maintain_order=True)
        .agg(pl.col("path").str.join(""))
    )
    numbered = geography.areas.with_row_index("owner").with_columns(pl.col("owner").cast(pl.Int64))
    joined = numbered.join(paths, on="owner", how="left", maintain_order="left")
    return joined.drop("owner").with_columns(pl.col("path").fill_null(""))


def is_drawn(geography: Geography) -> bool:
    """Whether any area of a geography has a boundary: a file may name its areas and draw none."""
    import shapely

    shapes = geography.geometries
    return shapes is not None and not np.all(shapely.is_missing(shapes) | shapely.is_empty(shapes))


def mosaic(geography: Geography, drawing: Drawing) -> pl.DataFrame:
    """A picture of many areas in small squares, each of the area at its middle.

    Returns `x`, `y` (the corner of a square in the drawing) and `area`, row by row; where no area is, is no square.
    Small areas may have no square: this shows where things are, and never how many areas there are.
    """
    import shapely

    assert geography.geometries is not None
    x, y = np.meshgrid(np.arange(0, WIDTH, SQUARE), np.arange(0, drawing.height, SQUARE))
    corners = np.column_stack([x.ravel(), y.ravel()])
    middles = shapely.points(drawing.degrees(corners + SQUARE / 2))
    square, area = shapely.STRtree(geography.geometries).query(middles, predicate="intersects")
    square, first = np.unique(square, return_index=True)  # a middle on a border is in two areas
    columns = {"x": corners[square, 0].astype(np.int32), "y": corners[square, 1].astype(np.int32)}
    return pl.DataFrame({**columns, "area": geography.areas["area"].gather(area[first])})
