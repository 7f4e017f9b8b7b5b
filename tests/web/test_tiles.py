"""Maps of many areas: vector tiles, the figures that join them, and the picture that needs no script."""

from __future__ import annotations

import gzip
import math
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyogrio
import pytest
import shapely
from django.conf import settings
from django.test import Client
from tests.places import changed, write_place
from tests.web.squares import COLUMNS, GAP, ROWS, code

from wholeplace.build import build_place, open_build
from wholeplace.build.tiles import Tiles, to_mercator, write_tiles, zooms
from wholeplace.place import Geography
from wholeplace.web.settings import configure
from wholeplace.web.site import Sites

HOME = "/p/squares/"
TILES = HOME + "tiles/area/"


@pytest.fixture
def pages(many_areas: Path) -> Iterator[Client]:
    """A client for the pages of the place of many areas; those of the demo place are served again afterwards."""
    before = settings.WHOLEPLACE_SITES if settings.configured else None
    configure(Sites([many_areas]), host="testserver")
    yield Client()
    if before is not None:
        settings.WHOLEPLACE_SITES = before


def middle_of(folder: Path, area: str) -> tuple[float, float]:
    """Longitude and latitude of the middle of an area, from the boundaries of the build."""
    path = open_build(folder).boundaries("area")
    assert path is not None
    _, _, shapes, (areas, _) = pyogrio.raw.read(path)
    point = shapely.centroid(shapely.from_wkb(shapes[areas.tolist().index(area)]))
    return point.x, point.y


def tile_at(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    """Column and row of the tile that a point is in: the rule of web maps (openstreetmap.org, "Slippy map tilenames")."""
    column = (longitude + 180) / 360 * 2**zoom
    row = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * 2**zoom
    return int(column), int(row)


def decoded(body: bytes, zoom: int, column: int, row: int, scratch: Path) -> dict[str, shapely.Geometry]:
    """Areas of a tile and their shapes in EPSG:3857."""
    path = scratch / "tile.mvt"
    path.write_bytes(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
    about, _, shapes, fields = pyogrio.raw.read(path, X=column, Y=row, Z=zoom)
    areas = fields[about["fields"].tolist().index("area")]
    return dict(zip(areas.tolist(), shapely.from_wkb(shapes), strict=True))


@pytest.mark.parametrize("area", [code(0, 0), code(35, 35), code(71, 69), GAP])
def test_a_tile_holds_the_areas_that_lie_in_it(pages: Client, many_areas: Path, tmp_path: Path, area: str) -> None:
    tiles = open_build(many_areas).tiles("area")
    assert tiles is not None
    longitude, latitude = middle_of(many_areas, area)
    here = shapely.Point(*to_mercator(np.array([[longitude, latitude]]))[0])
    for zoom in range(tiles.least_zoom, tiles.most_zoom + 1):
        column, row = tile_at(longitude, latitude, zoom)
        answer = pages.get(f"{TILES}{zoom}/{column}/{row}.mvt")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/vnd.mapbox-vector-tile")
        found = decoded(answer.content, zoom, column, row, tmp_path)
        assert [name for name, shape in found.items() if shapely.contains(shape, here)] == [area]


def test_the_closest_tiles_hold_every_area_once_they_are_put_together(many_areas: Path, tmp_path: Path) -> None:
    tiles = open_build(many_areas).tiles("area")
    assert tiles is not None
    with sqlite3.connect(tiles.path) as database:
        rows = database.execute(
            "SELECT tile_column, tile_row, tile_data FROM tiles WHERE zoom_level = ?", (tiles.most_zoom,)
        ).fetchall()
    database.close()
    found = set()
    for column, row, body in rows:
        found |= set(decoded(body, tiles.most_zoom, column, 2**tiles.most_zoom - 1 - row, tmp_path))
    assert found == {code(column, row) for column in range(COLUMNS) for row in range(ROWS)}


def test_areas_without_a_boundary_are_left_out_of_tiles(tmp_path: Path) -> None:
    shapes = np.array([shapely.box(0, 51, 0.1, 51.1), None, shapely.Polygon()], dtype=object)
    areas = pl.DataFrame({"area": ["A", "B", "C"], "name": ["A", "B", "C"]})
    write_tiles(Geography("area", "Areas", areas, shapes), tmp_path / "tiles.mbtiles")
    tiles = Tiles.open(tmp_path / "tiles.mbtiles")
    column, row = tile_at(0.05, 51.05, tiles.least_zoom)
    body = tiles.read(tiles.least_zoom, column, row)
    assert body is not None
    assert set(decoded(body, tiles.least_zoom, column, row, tmp_path)) == {"A"}


def test_zooms_go_from_the_whole_place_on_a_phone_to_single_areas() -> None:
    # At zoom z the world is 512 x 2^z pixels. 100 km are 1/400.75 of it, so 240 pixels at log2(240 x 400.75 / 512) =
    # 7.55; and one km is 50 steps of 4,096 a tile at log2(50 x 40,075 / 4,096) = 8.93.
    west, south = np.meshgrid(np.arange(0, 100_000, 1000), np.arange(0, 100_000, 1000))
    shapes = shapely.box(west.ravel(), south.ravel(), west.ravel() + 1000, south.ravel() + 1000)
    assert zooms(shapes) == (7, 9)


def test_tiles_are_not_sent_again_unchanged_and_come_packed_only_to_who_can_unpack(
    pages: Client, many_areas: Path
) -> None:
    tiles = open_build(many_areas).tiles("area")
    assert tiles is not None
    column, row = tile_at(*middle_of(many_areas, code(35, 35)), tiles.least_zoom)
    address = f"{TILES}{tiles.least_zoom}/{column}/{row}.mvt"
    packed = pages.get(address, HTTP_ACCEPT_ENCODING="gzip")
    plain = pages.get(address)
    assert packed["Content-Encoding"] == "gzip"
    assert not plain.has_header("Content-Encoding")
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in packed["Vary"]
    again = pages.get(address, HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=packed["ETag"])
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("7/0/0.mvt", 204),  # a tile of the world, with nothing in it
        ("7/128/0.mvt", 400),
        ("7/0/128.mvt", 400),
        ("6/0/0.mvt", 400),
        ("20/0/0.mvt", 400),
        ("7/-1/0.mvt", 404),
        ("7/0/x.mvt", 404),
        ("../ward/7/0/0.mvt", 404),
        ("../area/99999999999999999999/0/0.mvt", 400),
    ],
)
def test_a_tile_that_cannot_be_is_refused(pages: Client, address: str, status: int) -> None:
    path = HOME + "tiles/" + address.removeprefix("../") if address.startswith("../") else TILES + address
    assert pages.get(path).status_code == status


def test_figures_of_a_map_have_every_area_with_its_class_and_words(pages: Client) -> None:
    found = pages.get(f"{HOME}indices/need/map.json").json()
    assert found["home"] == f"{HOME}areas/"
    assert len(found["areas"]) == len(found["kinds"]) == len(found["words"]) == COLUMNS * ROWS
    by_area = dict(zip(found["areas"], zip(found["kinds"], found["words"], strict=True), strict=True))
    # The figure grows with column and row: the north-east corner is worst off of 5,039.
    assert by_area[code(71, 69)] == ("d1", "Area S7169: rank 1 of 5,039, tenth 1")
    assert by_area[code(0, 1)] == ("d10", "Area S0001: rank 5,039 of 5,039, tenth 10")
    assert by_area[GAP] == ("none", "Area S0000: no score")
    indicator = pages.get(f"{HOME}indicators/no-car/map.json").json()
    said = dict(zip(indicator["areas"], indicator["words"], strict=True))
    assert said[code(71, 69)] == "Area S7169: 71.7%"
    assert said[GAP] == "Area S0000: missing"


@pytest.mark.parametrize("address", ["", "areas/area/", "indices/need/", "indicators/no-car/"])
def test_pages_of_many_areas_have_a_map_a_picture_in_squares_and_a_table(pages: Client, address: str) -> None:
    page = pages.get(HOME + address).content.decode()
    assert f'data-tiles="{TILES}{{z}}/{{x}}/{{y}}.mvt"' in page
    assert f'data-figures="{HOME}{address}map.json"' in page
    assert "too many" not in page
    assert len(re.findall(r'<path class="m-(?:d|q)\d+"', page)) in {5, 10}  # one for each colour class
    assert "m-area" not in page  # nothing drawn area by area
    assert "This picture is made of small squares" in page
    assert "data-boundaries" not in page


def test_a_filter_in_the_address_reaches_the_figures(pages: Client) -> None:
    page = pages.get(f"{HOME}indicators/no-car/?geography=area&period=2021").content.decode()
    assert f'data-figures="{HOME}indicators/no-car/map.json?geography=area&amp;period=2021"' in page


def test_the_picture_has_the_colours_of_the_areas_at_the_middle_of_its_squares(many_areas: Path) -> None:
    build = open_build(many_areas)
    squares = build.mosaic("area")
    assert squares is not None
    # The drawing is 1,000 units wide for 72 columns, a little more for the turn of the grid against north: a square of
    # the picture at (500, half the height) lies near the middle of the place.
    _, _, width, height = map(float, squares.view_box.split())
    x, y = 5 * (width // 10), 5 * (height // 10)
    area = squares.frame.filter((squares.frame["x"] == x) & (squares.frame["y"] == y))["area"].item()
    assert abs(int(area[1:3]) - 36) <= 2
    assert abs(int(area[3:5]) - 35) <= 2


def test_tiles_are_a_step_that_runs_again_only_for_other_boundaries(tmp_path: Path, many_areas: Path) -> None:
    folder = tmp_path / "squares"
    shutil.copytree(many_areas, folder)
    assert "tiles" in open_build(folder).manifest["steps"]
    table = folder / "indicators/values/wide.csv"
    table.write_text(changed(lambda text: text.replace(f"{GAP},100,", f"{GAP},100,0.5"), table.read_text()))
    report = build_place(folder)
    assert {"place", "index-need"} <= set(report.ran)
    assert {"tiles", "shapes"} <= set(report.unchanged)
    boundaries = folder / "areas/areas.geojson"
    boundaries.write_text(changed(lambda text: text.replace(f"Area {GAP}", "Corner"), boundaries.read_text()))
    assert {"tiles", "shapes"} <= set(build_place(folder).ran)
    assert build_place(folder).ran == []


def test_a_place_of_few_areas_has_no_tiles(tmp_path: Path) -> None:
    folder = write_place(tmp_path)
    assert "tiles" not in build_place(folder).ran
    assert open_build(folder).tiles("area") is None
    assert open_build(folder).mosaic("area") is None
