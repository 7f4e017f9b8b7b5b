"""Files that events of a scenario name: footprints, curves, ways of spreading; both sides of each rule."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.scenarios import HAZARD, HEAD, REGISTERS, SPREAD, footprint, opened, sound, told, warned

from wholeplace.place import Place


def test_a_curve_and_ways_of_spreading_are_read(place: Place) -> None:
    hazards = place.folder / "hazards"
    (hazards / "flood.geojson").write_text(footprint(400_000, depth="0.5"), encoding="utf-8")
    (hazards / "curve.csv").write_text("intensity,chance\n0,0\n0.5,0.4\n2,1\n")
    (hazards / "ways.csv").write_text("from,to,chance_per_h\nsystem:email,system:ledger,0.5\n")
    flood = 'footprint = "hazards/flood.geojson"\nintensity = "depth"\ncurve = "hazards/curve.csv"\n'
    spread = SPREAD.replace("chance_per_h = 0.02", 'along = "hazards/ways.csv"')
    hazard, along = sound(place, HEAD + HAZARD + flood + spread).events
    assert hazard.curve is not None
    assert hazard.curve.rows() == [(0, 0), (0.5, 0.4), (2, 1)]
    assert along.edges is not None
    assert along.edges.rows() == [("system:email", "system:ledger", 0.5)]


@pytest.mark.parametrize(
    ("west", "outside"), [(403_999, False), (404_001, True), (300_000, True)]
)  # the place ends at 404000
def test_a_footprint_wholly_outside_the_place_is_an_error(place: Place, west: float, outside: bool) -> None:
    (place.folder / "hazards" / "flood.geojson").write_text(footprint(west), encoding="utf-8")
    expected = [("footprint-outside", None, None)] if outside else []
    assert told(place, HEAD + HAZARD + 'footprint = "hazards/flood.geojson"\n') == expected


def test_a_footprint_that_holds_only_a_site_is_not_outside(folder: Path) -> None:
    add = "away,Away,500500,400500,1\n"
    (folder / "registers/sites.csv").write_text(REGISTERS["sites"] + add, encoding="utf-8")
    (folder / "hazards" / "flood.geojson").write_text(footprint(500_000), encoding="utf-8")
    assert told(opened(folder), HEAD + HAZARD + 'footprint = "hazards/flood.geojson"\n') == []


def test_a_footprint_in_metres_without_a_crs_is_outside(place: Place) -> None:
    content = json.loads(footprint(400_000))
    del content["crs"]
    (place.folder / "hazards" / "flood.geojson").write_text(json.dumps(content), encoding="utf-8")
    text = HEAD + HAZARD + 'footprint = "hazards/flood.geojson"\n'
    assert told(place, text) == [("footprint-outside", None, None)]


@pytest.mark.parametrize(
    ("depth", "expected"),
    [
        ("0.5", []),
        ("deep", [("number", "depth", "deep")]),
        (None, [("no-column", "depth", None)]),
    ],
)
def test_the_intensity_of_a_footprint(
    place: Place, depth: str | None, expected: list[tuple[str, str, str | None]]
) -> None:
    (place.folder / "hazards" / "flood.geojson").write_text(footprint(400_000, depth=depth), encoding="utf-8")
    (place.folder / "hazards" / "curve.csv").write_text("intensity,chance\n0,0\n1,1\n")
    text = 'footprint = "hazards/flood.geojson"\nintensity = "depth"\ncurve = "hazards/curve.csv"\n'
    assert told(place, HEAD + HAZARD + text) == expected


def test_no_intensity_somewhere_is_a_notice(place: Place) -> None:
    (place.folder / "hazards" / "flood.geojson").write_text(footprint(400_000, depth=""), encoding="utf-8")
    (place.folder / "hazards" / "curve.csv").write_text("intensity,chance\n0,0\n")
    text = 'footprint = "hazards/flood.geojson"\nintensity = "depth"\ncurve = "hazards/curve.csv"\n'
    assert warned(place, HEAD + HAZARD + text) == [("no-intensity", "depth", "")]


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        ("intensity,chance\n", [("empty-file", None, None)]),
        ("depth,chance\n1,1\n", [("no-column", "intensity", None)]),
        ("intensity,chance\n0,0\nx,\n", [("number", "intensity", "x"), ("number", "chance", "")]),
        ("intensity,chance\n0,-0.1\n1,1.1\n", [("out-of-range", "chance", "-0.1"), ("out-of-range", "chance", "1.1")]),
        ("intensity,chance\n1,0\n1,1\n", [("not-rising", "intensity", "1")]),
        ("intensity,chance\n2,0\n1,1\n3,1\n", [("not-rising", "intensity", "1")]),
        ("intensity,chance\n0,1\n1,0\n", []),  # the chance itself may fall
    ],
)
def test_faults_of_a_curve(place: Place, curve: str, expected: list[tuple[str, str | None, str | None]]) -> None:
    (place.folder / "hazards" / "flood.geojson").write_text(footprint(400_000, depth="1"), encoding="utf-8")
    (place.folder / "hazards" / "curve.csv").write_text(curve, encoding="utf-8")
    text = 'footprint = "hazards/flood.geojson"\nintensity = "depth"\ncurve = "hazards/curve.csv"\n'
    assert told(place, HEAD + HAZARD + text) == expected


def test_what_belongs_together_in_a_hazard(place: Place) -> None:
    (place.folder / "hazards" / "flood.geojson").write_text(footprint(400_000, depth="1"), encoding="utf-8")
    (place.folder / "hazards" / "curve.csv").write_text("intensity,chance\n0,0\n", encoding="utf-8")
    flood = HEAD + HAZARD + 'footprint = "hazards/flood.geojson"\n'
    curve = 'curve = "hazards/curve.csv"\n'
    assert told(place, flood + 'areas = "no-car"\n') == [("contradiction", "event.1.areas", "no-car")]
    assert told(place, flood + curve) == [("required", "event.1.intensity", None)]
    assert warned(place, flood + 'intensity = "depth"\n') == [("no-effect", "event.1.intensity", "depth")]
    both = flood + curve + 'intensity = "depth"\n'
    assert warned(place, both + "chance = 0.5\n") == [("no-effect", "event.1.chance", "0.5")]
    areas = HEAD + HAZARD + 'areas = "no-car"\nchance = 0.5\n'
    assert warned(place, areas) == [("no-effect", "event.1.chance", "0.5")]


def test_faults_of_the_ways_along_which_it_spreads(place: Place) -> None:
    ways = "from,to,chance_per_h\nsystem:email,system:legder,0.5\nsite:hall,site:shed,-1\n"
    (place.folder / "hazards" / "ways.csv").write_text(ways, encoding="utf-8")
    text = SPREAD.replace("chance_per_h = 0.02", 'along = "hazards/ways.csv"')
    assert told(place, HEAD + text) == [
        ("unknown-item", "to", "system:legder"),
        ("out-of-range", "chance_per_h", "-1"),
    ]
    assert told(place, HEAD + text.replace("ways", "way")) == [("no-file", None, None)]
