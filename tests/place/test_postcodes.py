"""Contract B, [[postcode]]: which area each lies in."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.places import LOOKUP, TABLE, check, errors, only, read, toml, where, write_place

SECTION = """
[[postcode]]
file = "postcodes.csv"
geography = "area"
columns = { postcode = "pc", area = "code", lat = "lat", lon = "lon" }
"""


def place(tmp_path: Path, *rows: str) -> Path:
    text = "\n".join(["pc,code,lat,lon", *rows]) + "\n"
    return write_place(tmp_path, {"place.toml": toml(TABLE, LOOKUP, SECTION), "postcodes.csv": text})


def test_postcodes_of_the_place_are_kept_as_people_write_them(tmp_path: Path) -> None:
    found, findings = read(place(tmp_path, "ls1  1aa,A1,53.8,-1.5", " LS1 1AB ,A2,,", "ZZ1 1ZZ,Z1,50,0"))
    assert findings.items == []
    assert found.postcodes.rows() == [
        ("LS1 1AA", "LS11AA", "area", "A1", 53.8, -1.5),
        ("LS1 1AB", "LS11AB", "area", "A2", None, None),
    ]


def test_a_postcode_twice_is_an_error_however_it_is_spaced(tmp_path: Path) -> None:
    report = check(place(tmp_path, "LS1 1AA,A1,,", "LS1 1AB,A1,,", "ls11aa,A2,,"))
    assert where(only(report, "key-twice")) == ("error", "postcodes.csv", 4, "pc", "LS11AA")


def test_a_row_without_a_postcode_is_an_error(tmp_path: Path) -> None:
    report = check(place(tmp_path, "LS1 1AA,A1,,", " ,A1,,"))
    assert where(only(report, "required")) == ("error", "postcodes.csv", 3, "pc", "")


def test_text_for_a_number_is_an_error(tmp_path: Path) -> None:
    report = check(place(tmp_path, "LS1 1AA,A1,53.8N,-1.5"))
    assert where(only(report, "not-number")) == ("error", "postcodes.csv", 2, "lat", "53.8N")


@pytest.mark.parametrize(
    ("lat", "lon", "column"),
    [("90", "180", None), ("90.1", "0", "lat"), ("0", "-180.5", "lon"), ("433000", "0", "lat")],
)
def test_a_point_off_the_globe_is_a_warning_and_not_used(
    tmp_path: Path, lat: str, lon: str, column: str | None
) -> None:
    folder = place(tmp_path, f"LS1 1AA,A1,{lat},{lon}")
    report = check(folder)
    if column is None:
        assert report.findings == []
        return
    value = lat if column == "lat" else lon
    assert where(only(report, "degrees")) == ("warning", "postcodes.csv", 2, column, value)
    assert read(folder)[0].postcodes[column].to_list() == [None]


def test_postcodes_that_join_nothing_are_an_error(tmp_path: Path) -> None:
    report = check(place(tmp_path, "LS1 1AA,Z1,,"))
    assert where(only(report, "no-join")) == ("error", "postcodes.csv", 2, "code", "Z1")


def test_columns_must_be_there(tmp_path: Path) -> None:
    folder = place(tmp_path, "LS1 1AA,A1,,")
    (folder / "postcodes.csv").write_text("pc,kode\nLS1 1AA,A1\n", encoding="utf-8")
    assert errors(check(folder)) == ["no-column"] * 3


def test_a_file_that_is_not_there_is_told_though_its_geography_cannot_be_read_either(tmp_path: Path) -> None:
    folder = write_place(tmp_path, {"place.toml": toml(TABLE, LOOKUP, SECTION), "areas/areas.geojson": None})
    report = check(folder)
    assert [one.file for one in report.findings if one.rule == "no-file"] == ["areas/areas.geojson", "postcodes.csv"]
