"""Look-ups from boundaries alone, on squares whose overlaps are known by heart."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.places import (
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
    values,
    where,
    write_place,
)

from wholeplace.build import build_place, open_build
from wholeplace.measure import indicator_values
from wholeplace.place import Place
from wholeplace.place.area_weighting import NoBoundariesError, lookup_by_area

BY_AREA = '\n[[lookup]]\nfrom = "area"\nto = "ward"\nby = "area"\n'
WARDS = "areas/wards.geojson"


def rect(west: float, east: float) -> list[list[list[float]]]:
    """A strip from x = west to east (km from the south-west corner of A1), one kilometre high."""
    w, e = 430_000 + 1000 * west, 430_000 + 1000 * east
    return [[[w, 433_000], [e, 433_000], [e, 434_000], [w, 434_000], [w, 433_000]]]


def place_with(tmp_path: Path, wards: dict[str, list[list[list[float]]]]) -> Path:
    return write_place(tmp_path, {"place.toml": toml(TABLE, BY_AREA), WARDS: geojson(wards)})


def weights(place: Place) -> list[tuple[str, str, float]]:
    [lookup] = place.lookups
    return [(start, end, round(weight, 6)) for start, end, weight in lookup.frame.rows()]


def test_weights_are_shares_of_ground(tmp_path: Path) -> None:
    """The border between the wards runs a quarter into A2 (1 to 2 km): 0.25 of it lies in W1, 0.75 in W2."""
    folder = place_with(tmp_path, {"W1": rect(0, 1.25), "W2": rect(1.25, 4)})
    place, findings = read(folder)
    assert weights(place) == [
        ("A1", "W1", 1.0),
        ("A2", "W1", 0.25),
        ("A2", "W2", 0.75),
        ("A3", "W2", 1.0),
        ("A4", "W2", 1.0),
    ]
    # W1 = 100 + 0.25 x 200, W2 = 0.75 x 200 + 300 + 400: no one is lost
    moved = indicator_values(place, "residents", geography="ward")["value"].to_list()
    assert moved == pytest.approx([150, 850], rel=1e-6)
    assert sum(moved) == pytest.approx(sum(filter(None, values(place, "residents").values())), rel=1e-12)
    assert errors(findings) == []


def test_a_notice_says_what_is_assumed(tmp_path: Path) -> None:
    report = check(place_with(tmp_path, {"W1": rect(0, 2), "W2": rect(2, 4)}))
    assert [where(finding) for finding in report.findings] == [("notice", "place.toml", None, "lookup.by", "area")]
    assert "spread evenly" in report.findings[0].message


def test_the_python_call_gives_the_same(tmp_path: Path) -> None:
    place, _ = read(place_with(tmp_path, {"W1": rect(0, 1.25), "W2": rect(1.25, 4)}))
    assert lookup_by_area(place, "area", "ward").frame.equals(place.lookups[0].frame)
    back = lookup_by_area(place, "ward", "area").frame
    # of W1's 1.25 km: A1 has 1, A2 0.25; of W2's 2.75 km: A2 0.75, A3 1, A4 1
    assert back["weight"].to_list() == pytest.approx([0.8, 0.2, 0.75 / 2.75, 1 / 2.75, 1 / 2.75], rel=1e-5)


def test_weights_sum_to_1_though_ground_is_lost_and_the_loss_is_named(tmp_path: Path) -> None:
    """W1 ends 0.5 km into A2, W2 starts at 3 km: half of A2 and all of A3 lie in no ward."""
    report = check(place_with(tmp_path, {"W1": rect(0, 1.5), "W2": rect(3, 4)}))
    assert report.place is not None
    assert weights(report.place) == [("A1", "W1", 1.0), ("A2", "W1", 1.0), ("A4", "W2", 1.0)]
    lost = told(report, "lookup-drops")
    assert [(finding.level, finding.value) for finding in lost] == [("warning", "A2"), ("warning", "A3")]
    assert "50.0% of its ground lies in no area of ward" in lost[0].message
    assert "100.0% of its ground" in lost[1].message
    assert "its people are lost on the way to ward" in lost[1].message


def test_areas_that_overlap_each_other_are_named(tmp_path: Path) -> None:
    """W1 and W2 both hold A2: each gets half of it rather than all."""
    report = check(place_with(tmp_path, {"W1": rect(0, 2), "W2": rect(1, 4)}))
    assert report.place is not None
    assert weights(report.place)[1:3] == [("A2", "W1", 0.5), ("A2", "W2", 0.5)]
    finding = only(report, "lookup-doubles")
    assert (finding.level, finding.value) == ("warning", "A2")
    assert "overlap each other (200.0% of its ground)" in finding.message


@pytest.mark.parametrize(("edge", "rows"), [(2.0009, 4), (2.0011, 5)])
def test_a_sliver_below_a_thousandth_is_the_width_of_the_pen(tmp_path: Path, edge: float, rows: int) -> None:
    """0.9 m of A3's kilometre is no part of W1; 1.1 m is."""
    place, _ = read(place_with(tmp_path, {"W1": rect(0, edge), "W2": rect(edge, 4)}))
    found = weights(place)
    assert len(found) == rows
    assert sum(weight for start, _, weight in found if start == "A3") == pytest.approx(1, abs=2e-6)


def test_a_shape_that_crosses_itself_is_made_valid_first(tmp_path: Path) -> None:
    """A bow tie in A1's square is two triangles of a quarter of its ground each, left of 1 km: all in W1."""
    bow = [[[430_000, 433_000], [431_000, 434_000], [431_000, 433_000], [430_000, 434_000], [430_000, 433_000]]]
    areas = {"A1": bow, **{f"A{n}": square(430_000 + 1000 * (n - 1), 433_000) for n in (2, 3, 4)}}
    folder = place_with(tmp_path, {"W1": rect(0.5, 2), "W2": rect(2, 4)})
    (folder / "areas/areas.geojson").write_text(geojson(areas), encoding="utf-8")
    report = check(folder)
    assert report.place is not None
    assert weights(report.place)[0] == ("A1", "W1", 1.0)
    # the bow tie is even about x = 0.5 km, where W1 starts: half of its ground is lost
    assert "A1: 50.0%" in only(report, "lookup-drops").message


def test_an_area_without_a_boundary_has_no_row_and_is_lost(tmp_path: Path) -> None:
    folder = place_with(tmp_path, {"W1": rect(0, 2), "W2": rect(2, 4)})
    areas = {"A1": None, **{f"A{n}": square(430_000 + 1000 * (n - 1), 433_000) for n in (2, 3, 4)}}
    (folder / "areas/areas.geojson").write_text(geojson(areas), encoding="utf-8")
    report = check(folder)
    assert report.place is not None
    assert weights(report.place)[0] == ("A2", "W1", 1.0)
    assert only(report, "lookup-drops").value == "A1"


# --- What stands in the way ---


@pytest.mark.parametrize(
    ("crs", "words"),
    [("", "has no `crs`"), ("EPSG:4326", "measures in degrees"), ("EPSG:9", "is no coordinate system")],
)
def test_without_a_projected_crs_it_is_an_error(tmp_path: Path, crs: str, words: str) -> None:
    text = toml(TABLE, BY_AREA).replace('crs = "EPSG:27700"', f'crs = "{crs}"')
    finding = only(check(write_place(tmp_path, {"place.toml": text})), "lookup-area")
    assert where(finding) == ("error", "place.toml", None, "lookup.by", "area")
    assert words in finding.message


def test_without_boundaries_it_is_an_error(tmp_path: Path) -> None:
    keyed = '[[geography]]\nid = "area"\nname = "Areas"\n[[geography]]\nid = "ward"\nname = "Wards"\n'
    wards = TABLE.replace('"area"', '"ward"')
    folder = write_place(tmp_path, {"place.toml": PLACE_TOML + keyed + TABLE + wards + BY_AREA})
    finding = only(check(folder), "lookup-area")
    assert finding.level == "error"
    assert "there are no boundaries of area and ward" in finding.message
    with pytest.raises(NoBoundariesError, match="no boundaries of area and ward"):
        lookup_by_area(read(folder)[0], "area", "ward")


@pytest.mark.parametrize(
    "line", ['file = "areas/lookup.csv"', 'columns = { from = "a", to = "b" }', 'split_by = "residents"']
)
def test_by_area_and_a_file_together_are_an_error(tmp_path: Path, line: str) -> None:
    finding = only(check(write_place(tmp_path, {"place.toml": toml(TABLE, BY_AREA + line + "\n")})), "lookup-area")
    assert f"no use for {line.partition(' ')[0]}" in finding.message


def test_by_anything_else_is_an_error(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {"place.toml": toml(TABLE, BY_AREA.replace('by = "area"', 'by = "people"'))}))
    assert only(report, "toml-value").column == "lookup.1.by"


def test_a_place_with_a_look_up_by_area_builds(tmp_path: Path) -> None:
    folder = place_with(tmp_path, {"W1": rect(0, 1.25), "W2": rect(1.25, 4)})
    build_place(folder)
    belongs = open_build(folder).belongs.filter(geography="area", area="A2", to_geography="ward")
    assert belongs.select("to_area", "share").rows() == [("W1", pytest.approx(0.25)), ("W2", pytest.approx(0.75))]
    assert "" not in open_build(folder).manifest["inputs"]  # there is no file to keep the sum of
    assert build_place(folder).ran == []
