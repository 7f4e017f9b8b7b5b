"""Which areas are neighbours: squares counted out, islands and pieces, and places known by points only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import shapely
from tests.measure.small_places import write_files

from wholeplace.measure.spatial import clusters_of, neighbours_of
from wholeplace.measure.spatial.clusters import NO_NEIGHBOURS
from wholeplace.measure.spatial.neighbours import from_boundaries, from_points, from_shapes
from wholeplace.place import Geography, open_place


def grid(rows: int, columns: int, *, far: bool = False) -> Geography:
    """Unit squares in code order; the last one far away if wanted."""
    boxes = [shapely.box(x, y, x + 1, y + 1) for y in range(rows) for x in range(columns)]
    if far:
        boxes[-1] = shapely.box(50, 50, 51, 51)
    areas = pl.DataFrame({"area": [f"A{n:02}" for n in range(len(boxes))]}).with_columns(name="area")
    return Geography("area", "Areas", areas, np.array(boxes, dtype=object))


def test_squares_meet_at_sides_and_corners() -> None:
    found = from_shapes(grid(4, 4))
    counts = dict(found.pairs.group_by("area").len().rows())
    assert [counts[one] for one in ("A00", "A01", "A05")] == [3, 5, 8]  # a corner, a side, an inner square
    assert found.pairs.height == 4 * 3 + 8 * 5 + 4 * 8
    turned = found.pairs.select(area="neighbour", neighbour="area").sort("area", "neighbour")
    assert turned.equals(found.pairs)
    assert (found.islands, found.pieces) == ([], 1)
    assert found.sentences == ["Neighbours are areas that meet at a border or a corner: 5.2 for each area on average."]


def test_islands_pieces_and_areas_without_a_boundary_are_named() -> None:
    squares = grid(3, 6, far=True)
    shapes = squares.geometries.copy()
    shapes[[2, 8, 14]] = None  # a column without boundaries cuts the rest in two
    found = from_boundaries(squares.areas["area"], shapes)
    assert found.unplaced == ("A02", "A08", "A14")
    assert found.islands == ["A02", "A08", "A14", "A17"]
    assert found.pieces == 2
    assert "4 areas have no neighbours and cannot be judged: A02, A08, A14, A17." in found.sentences
    assert found.sentences[-1].startswith("The areas fall into 2 pieces")


def test_one_area_or_none_with_a_boundary_has_no_neighbours() -> None:
    squares = grid(1, 3)
    for kept in (0, 1):
        shapes = squares.geometries.copy()
        shapes[kept:] = None
        found = from_boundaries(squares.areas["area"], shapes)
        assert found.islands == ["A00", "A01", "A02"]
        assert found.pieces == 0


def test_areas_that_overlap_by_a_sliver_are_neighbours() -> None:
    shapes = np.array([shapely.box(0, 0, 1.001, 1), shapely.box(1, 0, 2, 1), shapely.box(2.01, 0, 3, 1)], dtype=object)
    found = from_boundaries(pl.Series(["a", "b", "c"]), shapes)
    assert found.pairs.rows() == [("a", "b"), ("b", "a")]


def test_points_have_their_six_nearest_both_ways() -> None:
    """On a line of points one apart the end has the six next to it, and the middle whoever counts it among theirs."""
    line = np.column_stack([np.arange(20.0), np.zeros(20)])
    found = from_points(pl.Series([f"p{n:02}" for n in range(20)]), line)
    near = dict(found.pairs.group_by("area").agg("neighbour").rows())
    assert near["p00"] == [f"p{n:02}" for n in range(1, 7)]
    assert near["p10"] == [f"p{n:02}" for n in (7, 8, 9, 11, 12, 13)]
    assert "p00" in near["p06"]
    assert "p06" in near["p00"]
    assert found.sentences[0].startswith("These areas have no boundaries here: neighbours are the 6 nearest")


def test_points_on_one_spot_or_nowhere_do_no_harm() -> None:
    spots = np.array([[0, 0], [0, 0], [1, 0], [np.nan, np.nan]])
    found = from_points(pl.Series(["a", "b", "c", "d"]), spots)
    assert set(found.pairs.rows()) == {("a", "b"), ("b", "a"), ("a", "c"), ("c", "a"), ("b", "c"), ("c", "b")}
    assert found.unplaced == ("d",)
    assert from_points(pl.Series(["a", "b"]), np.array([[0, 0], [np.nan, np.nan]])).islands == ["a", "b"]


def test_degrees_of_longitude_are_shorter_in_the_north() -> None:
    """At 60 degrees one of longitude is half one of latitude: 1.5 east is nearer than 1 north."""
    points = np.array([[0, 60], [1.5, 60], [0, 61], *([[40.0 + n, 60] for n in range(8)])])
    near = from_points(pl.Series([f"p{n:02}" for n in range(11)]), points)
    flat = points * [np.cos(np.radians(points[:, 1].mean())), 1]
    assert np.linalg.norm(flat[1] - flat[0]) < np.linalg.norm(flat[2] - flat[0])
    assert ("p00", "p01") in near.pairs.rows()


POINTS_TOML = """
[place]
code = "P1"
name = "P"

[[geography]]
id = "area"
name = "Areas"

[[table]]
file = "values.csv"
geography = "area"
key = "code"
period = "2024"
columns = { share = "share" }

[[postcode]]
file = "postcodes.csv"
geography = "area"
columns = { postcode = "postcode", area = "area", lat = "lat", lon = "lon" }
"""


def test_a_place_without_boundaries_is_looked_at_by_its_postcodes(tmp_path: Path) -> None:
    """Fourteen areas known by a table and postcodes, one of them without any."""
    names = [f"X{n:02}" for n in range(14)]
    values = "code,share\n" + "".join(f"{name},{n}\n" for n, name in enumerate(names))
    postcodes = "postcode,area,lat,lon\n" + "".join(
        f"AA{n} {k}AA,{name},{53 + n / 100 + k / 10000},-1.5\n" for n, name in enumerate(names[:-1]) for k in (1, 2)
    )
    files = {
        "place.toml": POINTS_TOML,
        "values.csv": values,
        "postcodes.csv": postcodes,
        "indicators/indicators.csv": "id,name,value_type,unit,polarity,source,licence\n"
        "share,Share,mean,points,low_good,Test,OGL\n",
    }
    folder = write_files(tmp_path, files)
    place = open_place(folder)
    near = neighbours_of(place, "area")
    assert near is not None
    assert near.how == "points"
    assert near.islands == ["X13"]
    found = clusters_of(place, "share")
    assert found.clusters.moran.i > 0.3  # figures rise from one end of the line to the other
    assert found.frame.filter(pl.col("area") == "X13")["word"].to_list() == [NO_NEIGHBOURS]
