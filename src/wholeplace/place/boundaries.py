"""Read areas with their boundaries from GeoJSON and GeoPackage."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.place._unreadable import UnreadableError, refusing_damage
from wholeplace.place.config import not_there
from wholeplace.place.findings import Findings, Level
from wholeplace.place.workbooks import cell_text

Geometries = NDArray[np.object_]

WGS84 = "EPSG:4326"
#: In memory GeoJSON takes some ten times what it does on disk.
_MOST_GEOJSON = 256 * 1024**2


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
    try:
        with path.open("rb"):
            pass  # so that a file that is not there, or not for us to read, is told as that and not as damaged
    except FileNotFoundError:
        findings.error("no-file", not_there(path), file=file)
        return None
    except OSError as error:
        words = "is a folder, not a file" if path.is_dir() else f"cannot be read: {error.strerror or error}"
        findings.error("no-file" if path.is_dir() else "unreadable", words, file=file)
        return None
    suffix = path.suffix.lower()
    if suffix in {".geojson", ".json"}:
        return _read_geojson(path, findings, file)
    if suffix == ".gpkg":
        return _read_geopackage(path, findings, file, layer)
    findings.error("format", "is of no known kind; boundaries are .geojson or .gpkg", file=file)
    return None


def _read_geojson(path: Path, findings: Findings, file: str) -> Boundaries | None:
    if path.stat().st_size > _MOST_GEOJSON:
        message = f"holds more than {_MOST_GEOJSON // 1024**2} MiB; cut it to this place, or use a GeoPackage"
        findings.error("too-large", message, file=file)
        return None
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        findings.error("encoding", f"is not UTF-8 text (byte {error.start}); save it as UTF-8", file=file)
        return None
    except json.JSONDecodeError as error:
        message = f"is not valid JSON, or is cut off: {error.msg}, line {error.lineno}; fetch or export it again"
        findings.error("geojson", message, file=file)
        return None
    except (RecursionError, ValueError):
        findings.error("geojson", "is not valid JSON: its brackets go too deep or a number is too long", file=file)
        return None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        findings.error("geojson", "is JSON but no GeoJSON FeatureCollection", file=file)
        return None
    geometries = np.array([_shape(feature.get("geometry")) for feature in features] or [None], dtype=object)
    geometries = geometries[: len(features)]
    for number in np.flatnonzero([isinstance(geometry, str) for geometry in geometries]):
        findings.error("geojson", "has a geometry that cannot be read", file=file, row=int(number) + 1)
        geometries[number] = None
    try:
        geometries = to_wgs84(geometries, _declared_crs(content))
    except ValueError:
        message = "names a coordinate system that is not known; write it like urn:ogc:def:crs:EPSG::27700"
        findings.error("crs", message, file=file, column="crs", value=_declared_crs(content))
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
    rows = [kept if isinstance(kept := feature.get("properties"), dict) else {} for feature in features]
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame(
        {name: [cell_text(row.get(name)) for row in rows] for name in names}, schema=dict.fromkeys(names, pl.String)
    )


def _declared_crs(content: dict[str, Any]) -> str:
    member = content.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    if not isinstance(properties, dict):
        return WGS84
    code = properties.get("code")
    return str(properties.get("name") or (f"EPSG:{code}" if code else WGS84))


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
    import shapely

    try:
        with refusing_damage("geopackage", "is not a readable GeoPackage"):
            layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
            if not layers:
                raise UnreadableError("no-layer", "has no layer with boundaries")
            if layer and layer not in layers:
                raise UnreadableError("no-layer", f"has no layer {layer!r}; its layers are: {', '.join(layers)}")
            if not layer and len(layers) > 1:
                message = f"holds several layers: {', '.join(layers)}; name one with `layer`"
                raise UnreadableError("no-layer", message)
            meta, _, shapes, columns = pyogrio.raw.read(path, layer=layer or layers[0])
            geometries = shapely.from_wkb(shapes)
    except UnreadableError as error:
        findings.error(error.rule, str(error), file=file, **error.where)
        return None
    except OSError as error:
        findings.error("unreadable", f"cannot be read: {error.strerror or error}", file=file)
        return None
    try:
        geometries = to_wgs84(geometries, str(meta["crs"] or WGS84))
    except ValueError:
        findings.error("crs", "names a coordinate system that is not known", file=file, value=str(meta["crs"]))
        return None
    names = [str(name) for name in meta["fields"]]
    cells = {name: [cell_text(cell) for cell in column] for name, column in zip(names, columns, strict=True)}
    return Boundaries(pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String)), geometries)


def check_geometries(
    codes: Sequence[str], geometries: Geometries, findings: Findings, *, file: str, column: str
) -> None:
    """Report areas without a boundary (notice), with a shape that crosses itself or is no polygon (warning).

    The row of a finding is the number of the feature in the file, from 1; the value is the area's code.
    """
    import shapely

    empty = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    polygon = np.isin(shapely.get_type_id(geometries), (3, 6))
    invalid = ~empty & polygon & ~shapely.is_valid(geometries)

    def tell(level: Level, rule: str, found: NDArray[np.bool_], words: Callable[[int], str]) -> None:
        numbers = [int(number) for number in np.flatnonzero(found)]
        told = ((f"area {codes[number]} {words(number)}", number + 1, codes[number]) for number in numbers)
        findings.several(level, rule, told, total=len(numbers), file=file, column=column)

    tell("notice", "no-boundary", empty, lambda _: "has no boundary; it is in every table but not on the map")
    tell("warning", "not-polygon", ~empty & ~polygon, lambda _: "is drawn as a point or line, not as a polygon")
    tell("warning", "invalid-geometry", invalid,
         lambda number: f"has an invalid shape ({shapely.is_valid_reason(geometries[number])}); "
                        "`check --fix` mends one in a GeoJSON file")  # fmt: skip
    if not np.all(empty):
        west, south, east, north = shapely.total_bounds(geometries)
        if west < -180.01 or east > 180.01 or south < -90.01 or north > 90.01:
            message = "has coordinates that are no longitudes and latitudes; it needs a `crs` member"
            findings.error("crs", message, file=file)
