"""Read areas with their boundaries from GeoJSON and GeoPackage."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.place.findings import Findings

Geometries = NDArray[np.object_]

WGS84 = "EPSG:4326"


@dataclass(frozen=True)
class Boundaries:
    """Features of a boundary file: text properties and geometries in WGS 84 (None where a feature has none).

    `frame` has one column a property; `geometries[i]` belongs to row `i`, feature `i + 1` of the file.
    """

    frame: pl.DataFrame
    geometries: Geometries


def read_boundaries(path: Path, findings: Findings, *, file: str, layer: str = "") -> Boundaries | None:
    """Read a GeoJSON or GeoPackage file; what makes it unusable is added to `findings` and the answer is None.

    GeoJSON is WGS 84 unless it has a `crs` member, which is obeyed; a GeoPackage carries its own.
    """
    if not path.is_file():
        findings.error("no-file", "is named but is not there", file=file)
        return None
    suffix = path.suffix.lower()
    if suffix in {".geojson", ".json"}:
        return _read_geojson(path, findings, file)
    if suffix == ".gpkg":
        return _read_geopackage(path, findings, file, layer)
    findings.error("format", "is of no known kind; boundaries are .geojson or .gpkg", file=file)
    return None


def _read_geojson(path: Path, findings: Findings, file: str) -> Boundaries | None:
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        findings.error("encoding", f"is not UTF-8 text (byte {error.start}); save it as UTF-8", file=file)
        return None
    except (json.JSONDecodeError, RecursionError) as error:
        findings.error("geojson", f"is not valid JSON, or is cut off: {error}", file=file)
        return None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        findings.error("geojson", "is JSON but no GeoJSON FeatureCollection", file=file)
        return None
    geometries = np.array([_shape(feature.get("geometry")) for feature in features] or [None], dtype=object)
    geometries = geometries[: len(features)]
    for number in np.flatnonzero([isinstance(geometry, str) for geometry in geometries]):
        findings.error("geojson", f"feature {number + 1} has a geometry that cannot be read", file=file)
        geometries[number] = None
    try:
        geometries = to_wgs84(geometries, _declared_crs(content))
    except ValueError as error:
        findings.error("crs", f"names a coordinate system that is not known: {error}", file=file)
        return None
    return Boundaries(_properties(features), geometries)


def _shape(geometry: Any) -> object:
    """Build a shapely geometry; a text marks one that cannot be built."""
    import shapely
    from shapely.geometry import shape

    if geometry is None:
        return None
    try:
        return shape(geometry)
    except (shapely.errors.ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return "unreadable"


def _properties(features: Sequence[dict[str, Any]]) -> pl.DataFrame:
    rows = [feature.get("properties") or {} for feature in features]
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame(
        {name: ["" if row.get(name) is None else str(row[name]) for row in rows] for name in names},
        schema=dict.fromkeys(names, pl.String),
    )


def _declared_crs(content: dict[str, Any]) -> str:
    member = content.get("crs") or {}
    properties = member.get("properties") if isinstance(member, dict) else {}
    return str((properties or {}).get("name") or WGS84)


def to_wgs84(geometries: Geometries, crs: str) -> Geometries:
    """Move geometries from `crs` to WGS 84 longitude/latitude. Raises ValueError for a CRS that is not known."""
    if crs == WGS84 or "CRS84" in crs:
        return geometries
    return reproject(geometries, crs, WGS84)


def reproject(geometries: Geometries, source: str, target: str) -> Geometries:
    """Move geometries from one coordinate system to another. Raises ValueError for one that is not known."""
    import pyproj
    import shapely

    try:
        transformer = pyproj.Transformer.from_crs(source, target, always_xy=True)
    except pyproj.exceptions.CRSError as error:
        raise ValueError(str(error)) from None

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))

    moved: Geometries = shapely.transform(shapely.force_2d(geometries), move)
    return moved


def _read_geopackage(path: Path, findings: Findings, file: str, layer: str) -> Boundaries | None:
    import pyogrio

    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        if layer and layer not in layers:
            findings.error("no-layer", f"has no layer {layer!r}; its layers are: {', '.join(layers)}", file=file)
            return None
        if not layer and len(layers) > 1:
            message = f"holds several layers: {', '.join(layers)}; name one with `layer`"
            findings.error("no-layer", message, file=file)
            return None
        meta, _, shapes, columns = pyogrio.raw.read(path, layer=layer or None)
    except pyogrio.errors.DataSourceError as error:
        findings.error("geopackage", f"is not a readable GeoPackage: {error}", file=file)
        return None
    import shapely

    frame = pl.DataFrame(
        {
            str(name): ["" if cell is None else str(cell) for cell in column]
            for name, column in zip(meta["fields"], columns, strict=True)
        }
    )
    return Boundaries(frame, to_wgs84(shapely.from_wkb(shapes), str(meta["crs"] or WGS84)))


def check_geometries(codes: Sequence[str], geometries: Geometries, findings: Findings, *, file: str) -> None:
    """Report areas without a boundary (notice), with a shape that crosses itself or is no polygon (warning)."""
    import shapely

    empty = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    for number in map(int, np.flatnonzero(empty)):
        message = f"area {codes[number]} has no boundary; it is in every table but not on the map"
        findings.notice("no-boundary", message, file=file, row=number + 1, value=codes[number])
    polygon = np.isin(shapely.get_type_id(geometries), (3, 6))
    for number in map(int, np.flatnonzero(~empty & ~polygon)):
        message = f"area {codes[number]} is drawn as a point or line, not as a polygon"
        findings.warning("not-polygon", message, file=file, row=number + 1, value=codes[number])
    invalid = ~empty & polygon & ~shapely.is_valid(geometries)
    for number in map(int, np.flatnonzero(invalid)):
        reason = shapely.is_valid_reason(geometries[number])
        message = f"area {codes[number]} has an invalid shape: {reason}; `check --fix` offers to mend it"
        findings.warning("invalid-geometry", message, file=file, row=number + 1, value=codes[number])
    if not np.all(empty):
        west, south, east, north = shapely.total_bounds(geometries)
        if west < -180.01 or east > 180.01 or south < -90.01 or north > 90.01:
            message = "has coordinates that are no longitudes and latitudes; it needs a `crs` member"
            findings.error("crs", message, file=file)
