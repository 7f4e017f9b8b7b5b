"""Contract B: GeoJSON and GeoPackage, their coordinate systems, and areas without or with faulty shapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from shapely.geometry import Polygon
from tests.places import (
    AREAS,
    GEOGRAPHIES,
    LOOKUP,
    PLACE_TOML,
    TABLE,
    check,
    errors,
    geojson,
    only,
    read,
    square,
    told,
    toml,
    where,
    write_place,
)

from wholeplace.build import build_place, open_build
from wholeplace.place.boundaries import WGS84, reproject

FILE = "areas/areas.geojson"


def geometries(folder: Path) -> Any:
    place, findings = read(folder)
    assert errors(findings) == [], findings.items
    found = place.geographies["area"].geometries
    assert found is not None
    return found


def test_a_crs_member_is_obeyed(tmp_path: Path) -> None:
    """Leeds Town Hall is at 429960 E, 433950 N of the National Grid, 53.8008 N, 1.5465 W by the Ordnance Survey."""
    rings = square(429_960, 433_950)
    found = geometries(write_place(tmp_path, {FILE: geojson({**AREAS, "A1": rings})}))
    lon, lat = shapely.get_coordinates(found[0])[0]
    assert lon == pytest.approx(-1.5465, abs=2e-3)
    assert lat == pytest.approx(53.8008, abs=2e-3)


@pytest.mark.parametrize("crs", [None, "urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"])
def test_without_one_geojson_is_longitude_and_latitude(tmp_path: Path, crs: str | None) -> None:
    shapes = {code: square(-1.6 + number / 10, 53.8, size=0.1) for number, code in enumerate(AREAS)}
    found = geometries(write_place(tmp_path, {FILE: geojson(shapes, crs=crs)}))
    assert shapely.get_coordinates(found[0])[0].tolist() == [-1.6, 53.8]


def test_the_old_form_of_a_crs_member_is_obeyed_too(tmp_path: Path) -> None:
    content = json.loads(geojson(AREAS)) | {"crs": {"type": "EPSG", "properties": {"code": 27700}}}
    found = geometries(write_place(tmp_path, {FILE: json.dumps(content)}))
    assert -2 < shapely.get_coordinates(found[0])[0][0] < -1


def test_metres_without_a_crs_member_are_an_error(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {FILE: geojson(AREAS, crs=None)}))
    assert where(only(report, "crs"))[:2] == ("error", FILE)
    assert "needs a `crs` member" in only(report, "crs").message


def test_a_crs_that_is_not_known_is_an_error(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {FILE: geojson(AREAS, crs="urn:ogc:def:crs:EPSG::99999")}))
    assert where(only(report, "crs")) == ("error", FILE, None, "crs", "urn:ogc:def:crs:EPSG::99999")
    assert errors(report) == ["crs"]  # what hangs on the areas is not told as well


@pytest.mark.parametrize("crs", ["EPSG:27700", "EPSG:4326", "EPSG:3857"])
def test_a_geopackage_carries_its_own(tmp_path: Path, crs: str) -> None:
    folder = write_place(
        tmp_path, {FILE: None, "place.toml": toml(TABLE, LOOKUP).replace("areas.geojson", "areas.gpkg")}
    )
    drawn = geopandas.GeoDataFrame(
        {"code": list(AREAS), "name": [f"Area {code}" for code in AREAS]},
        geometry=[Polygon(rings[0]) for rings in AREAS.values()],
        crs="EPSG:27700",
    ).to_crs(crs)
    drawn.to_file(folder / "areas/areas.gpkg", layer="areas")
    expected = reproject(np.array([Polygon(AREAS["A1"][0])], dtype=object), "EPSG:27700", WGS84)
    assert shapely.get_coordinates(geometries(folder)[0]) == pytest.approx(
        shapely.get_coordinates(expected[0]), abs=1e-6
    )


def test_of_several_layers_one_must_be_named(tmp_path: Path) -> None:
    folder = write_place(tmp_path, {FILE: None})
    drawn = geopandas.GeoDataFrame({"code": list(AREAS), "name": list(AREAS)},
                                   geometry=[Polygon(rings[0]) for rings in AREAS.values()], crs="EPSG:27700")  # fmt: skip
    for layer in ("old", "new"):
        drawn.to_file(folder / "areas/areas.gpkg", layer=layer)
    for layer, words in (("", "holds several layers: old, new"), ("newer", "has no layer 'newer'; its layers are")):
        text = toml(TABLE, LOOKUP).replace('areas.geojson"', f'areas.gpkg"\nlayer = "{layer}"')
        (folder / "place.toml").write_text(text, encoding="utf-8")
        assert words in only(check(folder), "no-layer").message
    (folder / "place.toml").write_text(text.replace('"newer"', '"new"'), encoding="utf-8")
    assert check(folder).ok


def test_numeric_codes_of_a_geopackage_have_no_decimal_point(tmp_path: Path) -> None:
    """A column of whole numbers with a gap is held as floats; 7 is not `7.0`."""
    folder = write_place(tmp_path, {FILE: None, "place.toml": toml().replace("areas.geojson", "areas.gpkg")})
    drawn = geopandas.GeoDataFrame({"code": [7.0, 8.0, None, 10.0], "name": list(AREAS)},
                                   geometry=[Polygon(rings[0]) for rings in AREAS.values()], crs="EPSG:27700")  # fmt: skip
    drawn.to_file(folder / "areas/areas.gpkg")
    place, findings = read(folder)
    assert place.geographies["area"].areas["area"].to_list() == ["", "10", "7", "8"]
    assert where(only(findings, "required")) == ("error", "areas/areas.gpkg", 3, "code", "")


# --- Areas ---


def test_areas_are_in_code_order_with_their_names(tmp_path: Path) -> None:
    shapes = {code: AREAS[code] for code in ("A3", "A1", "A4", "A2")}
    place, _ = read(write_place(tmp_path, {FILE: geojson(shapes)}))
    assert place.geographies["area"].areas.rows() == [(code, f"Area {code}") for code in ("A1", "A2", "A3", "A4")]
    # the shape went with its code: A1 is the westernmost
    found = place.geographies["area"].geometries
    assert found is not None
    assert np.all(np.diff([shapely.bounds(one)[0] for one in found]) > 0)


def test_without_a_label_the_name_is_the_code(tmp_path: Path) -> None:
    place, _ = read(write_place(tmp_path))
    assert place.geographies["ward"].areas.rows() == [("W1", "W1"), ("W2", "W2")]


def test_duplicate_codes_are_an_error_naming_the_features(tmp_path: Path) -> None:
    content = json.loads(geojson(AREAS))
    content["features"][2]["properties"]["code"] = "A1"
    report = check(write_place(tmp_path, {FILE: json.dumps(content)}))
    finding = only(report, "key-twice")
    assert where(finding) == ("error", FILE, 3, "code", "A1")
    assert "in features 1, 3" in finding.message


@pytest.mark.parametrize("code", [None, ""])
def test_a_feature_without_a_code_is_an_error(tmp_path: Path, code: str | None) -> None:
    content = json.loads(geojson(AREAS))
    content["features"][3]["properties"]["code"] = code
    report = check(write_place(tmp_path, {FILE: json.dumps(content)}))
    assert where(only(report, "required")) == ("error", FILE, 4, "code", "")


@pytest.mark.parametrize(("key", "column"), [('code = "code"', "kode"), ('label = "name"', "naem")])
def test_properties_that_place_toml_names_must_be_there(tmp_path: Path, key: str, column: str) -> None:
    text = toml(TABLE, LOOKUP).replace(key, f'{key.partition(" ")[0]} = "{column}"', 1)
    report = check(write_place(tmp_path, {"place.toml": text}))
    assert where(only(report, "no-column")) == ("error", FILE, None, column, None)


def test_a_file_needs_the_name_of_its_code(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {"place.toml": toml(TABLE, LOOKUP).replace('code = "code"\n', "", 1)}))
    assert where(only(report, "required")) == ("error", "place.toml", None, "geography.area.code", None)


# --- Shapes ---


def test_an_area_without_a_boundary_is_a_notice(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {FILE: geojson({**AREAS, "A3": None})}))
    assert where(only(report, "no-boundary")) == ("notice", FILE, 3, "code", "A3")
    assert report.ok
    assert report.areas["area"] == 4


#: A bow tie: the ring crosses itself in the middle.
BOW_TIE = [[[430_000, 433_000], [431_000, 434_000], [431_000, 433_000], [430_000, 434_000], [430_000, 433_000]]]


def test_a_place_whose_file_draws_none_of_its_areas_builds_without_a_map(tmp_path: Path) -> None:
    files = {FILE: geojson(dict.fromkeys(AREAS)), "place.toml": PLACE_TOML + GEOGRAPHIES.split("[[geography]]\nid = \"w")[0] + TABLE}  # fmt: skip
    folder = write_place(tmp_path, files)
    assert len(told(check(folder), "no-boundary")) == 4
    build_place(folder)
    built = open_build(folder)
    assert (built.shapes("area"), built.boundaries("area")) == (None, None)


def test_an_invalid_shape_is_a_warning_with_its_reason(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {FILE: geojson({**AREAS, "A1": BOW_TIE})}))
    finding = only(report, "invalid-geometry")
    assert where(finding) == ("warning", FILE, 1, "code", "A1")
    assert "Self-intersection" in finding.message


def test_a_point_is_no_area(tmp_path: Path) -> None:
    content = json.loads(geojson(AREAS))
    content["features"][1]["geometry"] = {"type": "Point", "coordinates": [430_000, 433_000]}
    report = check(write_place(tmp_path, {FILE: json.dumps(content)}))
    assert where(only(report, "not-polygon")) == ("warning", FILE, 2, "code", "A2")


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Polygon", "coordinates": "none"},
        {"type": "Hexagon", "coordinates": []},
        {"type": "Polygon"},
        ["Polygon"],
        {"type": "Polygon", "coordinates": [[["a", "b"], ["c", "d"], ["e", "f"], ["a", "b"]]]},
    ],
)
def test_a_geometry_that_cannot_be_read_is_an_error(tmp_path: Path, geometry: object) -> None:
    content = json.loads(geojson(AREAS))
    content["features"][1]["geometry"] = geometry
    report = check(write_place(tmp_path, {FILE: json.dumps(content)}))
    assert where(only(report, "geojson")) == ("error", FILE, 2, None, None)


@pytest.mark.parametrize("properties", [None, [], "x", 5])
def test_a_feature_without_properties_has_no_code(tmp_path: Path, properties: object) -> None:
    content = json.loads(geojson(AREAS))
    content["features"][1]["properties"] = properties
    report = check(write_place(tmp_path, {FILE: json.dumps(content)}))
    assert only(report, "required").row == 2


@pytest.mark.parametrize(
    "content", ["[]", "5", '{"type": "Feature"}', '{"type": "FeatureCollection", "features": [1]}']
)
def test_json_that_is_no_geojson_is_an_error(tmp_path: Path, content: str) -> None:
    report = check(write_place(tmp_path, {FILE: content}))
    assert where(only(report, "geojson")) == ("error", FILE, None, None, None)


@pytest.mark.parametrize("crs", [5, "EPSG:27700", {"type": "name", "properties": []}, {"properties": {"name": None}}])
def test_a_crs_member_that_says_nothing_is_passed_over(tmp_path: Path, crs: object) -> None:
    shapes = {code: square(-1.6 + number / 10, 53.8, size=0.1) for number, code in enumerate(AREAS)}
    content = json.loads(geojson(shapes, crs=None)) | {"crs": crs}
    assert told(check(write_place(tmp_path, {FILE: json.dumps(content)})), "crs") == []
