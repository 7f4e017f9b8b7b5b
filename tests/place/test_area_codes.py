"""Contract B: areas of the place, rows outside, codes alike but for zeros or case, mixed vintages."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.places import (
    GEOGRAPHIES,
    LOOKUP,
    PLACE_TOML,
    TABLE,
    WIDE,
    check,
    errors,
    only,
    read,
    told,
    toml,
    values,
    where,
    write_place,
)

from wholeplace.measure import indicator_values, targets
from wholeplace.place import SeriesKey

FILE = "indicators/values/wide.csv"
KEYED = '[[geography]]\nid = "area"\nname = "Areas"\n'


def test_rows_of_other_areas_are_counted_and_kept_as_comparators(tmp_path: Path) -> None:
    folder = write_place(tmp_path, {FILE: WIDE + "Z1,900,0.9\nZ2,800,0.8\n"})
    report = check(folder)
    assert report.findings == []
    assert report.rows_outside == {FILE: 2}
    assert report.place is not None
    series = report.place.series[SeriesKey("area", "residents", "2021")]
    assert series.frame.select("area", "value", "inside").rows()[3:] == [
        ("A4", 400, True),
        ("Z1", 900, False),
        ("Z2", 800, False),
    ]
    assert "Z1" not in values(report.place, "residents")
    # 1000 without the others
    assert indicator_values(report.place, "residents", geography="place")["value"].to_list() == [1000]


def test_a_row_that_several_sections_read_is_outside_once(tmp_path: Path) -> None:
    text = toml(TABLE, TABLE.replace('"2021"', '"2022"'), LOOKUP)
    assert check(write_place(tmp_path, {"place.toml": text, FILE: WIDE + "Z1,9,0.9\n"})).rows_outside == {FILE: 1}


def test_rows_outside_of_a_long_table_are_those_it_was_asked_for(tmp_path: Path) -> None:
    section = """
[[values]]
file = "indicators/values/wide.csv"
geography = "area"
period = "2021"
indicator = "residents"
columns = { area = "code", value = "n" }
where = { kind = "all" }
"""
    text = "code,kind,n\nA1,all,1\nZ1,all,2\nZ1,some,3\nZ2,some,4\n"
    assert check(write_place(tmp_path, {"place.toml": toml(section), FILE: text})).rows_outside == {FILE: 1}


def test_an_area_without_a_row_is_missing_and_counted(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {FILE: WIDE.replace("A3,300,0.3\n", "")}))
    finding = only(report, "no-row")
    assert where(finding) == ("notice", FILE, None, "code", "A3")
    assert "1 of 4 areas of area have no row" in finding.message
    assert report.place is not None
    rows = indicator_values(report.place, "residents", geography="area").select("area", "value", "status").rows()
    assert rows[2] == ("A3", None, "O")


def test_no_code_that_joins_is_one_error(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {FILE: WIDE.replace("A", "E0")}))
    finding = only(report, "no-join")
    assert where(finding) == ("error", FILE, 2, "code", "E01")
    assert "none of its 4 area codes is an area of area" in finding.message
    assert errors(report) == ["no-join"]


def test_one_code_that_joins_is_enough(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {FILE: WIDE.replace("A2", "E2").replace("A3", "E3").replace("A4", "E4")}))
    assert report.ok
    assert report.rows_outside == {FILE: 3}


# --- Codes alike ---


def alike_files(code: str) -> dict[str, str | bytes | None]:
    """Areas 01, 02, b1 by their codes, and a table that writes the first of them another way."""
    from tests.places import geojson, square

    return {
        "place.toml": PLACE_TOML + GEOGRAPHIES.partition("[[geography]]\nid = \"ward\"")[0] + TABLE,
        "areas/areas.geojson": geojson({"01": square(430_000, 433_000), "02": square(431_000, 433_000), "b1": square(432_000, 433_000)}),
        FILE: f"code,residents,share\n{code},1,0\n02,2,0\n",
    }  # fmt: skip


@pytest.mark.parametrize(("code", "right"), [("1", "01"), ("001", "01"), (" 01", "01"), ("B1", "b1"), ("0B1 ", "b1")])
def test_a_code_outside_that_equals_one_inside_but_for_zeros_or_case_is_an_error(
    tmp_path: Path, code: str, right: str
) -> None:
    report = check(write_place(tmp_path, alike_files(code)))
    finding = only(report, "code-alike")
    assert where(finding) == ("error", FILE, 2, "code", code)
    assert f"is {right!r} of area" in finding.message


@pytest.mark.parametrize("code", ["10", "b11", "0b2", "0", "1b"])
def test_other_codes_are_other_areas(tmp_path: Path, code: str) -> None:
    report = check(write_place(tmp_path, alike_files(code)))
    assert told(report, "code-alike") == []
    assert report.rows_outside == {FILE: 1}


def test_codes_that_all_lost_their_zeros_are_told_as_that(tmp_path: Path) -> None:
    files = alike_files("1")
    files[FILE] = "code,residents,share\n1,1,0\n2,2,0\n"
    report = check(write_place(tmp_path, files))
    assert [finding.value for finding in told(report, "code-alike")] == ["1", "2"]
    assert told(report, "no-join") == []


def test_a_long_table_names_the_first_row_and_counts_the_others(tmp_path: Path) -> None:
    files = alike_files("1")
    section = '[[values]]\nfile = "indicators/values/wide.csv"\ngeography = "area"\nperiod = "2021"\n'
    section += 'columns = { area = "code", indicator = "what", value = "n" }\n'
    files["place.toml"] = str(files["place.toml"]).replace(TABLE, section)
    files[FILE] = "code,what,n\n02,residents,1\n1,residents,1\n1,no-car,0\n"
    finding = only(check(write_place(tmp_path, files)), "code-alike")
    assert finding.row == 3
    assert "in 2 rows" in finding.message


def test_alike_codes_of_a_look_up_and_of_postcodes_are_errors_too(tmp_path: Path) -> None:
    postcode = '[[postcode]]\nfile = "pc.csv"\ngeography = "area"\ncolumns = { postcode = "pc", area = "code" }\n'
    files = {
        "place.toml": toml(TABLE, LOOKUP, postcode),
        "areas/lookup.csv": "code,ward\na1,W1\nA2,W1\nA3,w2\nA4,W2\n",
        "pc.csv": "pc,code\nLS1 1AA,A1\nLS1 1AB,a2\n",
    }
    assert [where(finding) for finding in told(check(write_place(tmp_path, files)), "code-alike")] == [
        ("error", "areas/lookup.csv", 2, "code", "a1"),
        ("error", "areas/lookup.csv", 4, "ward", "w2"),
        ("error", "pc.csv", 3, "code", "a2"),
    ]


def test_two_areas_of_a_boundary_file_may_be_alike(tmp_path: Path) -> None:
    """The file says which areas there are; that two codes are alike is a warning."""
    from tests.places import geojson, square

    files = alike_files("01")
    files["areas/areas.geojson"] = geojson({"01": square(430_000, 433_000), "1": square(431_000, 433_000), "02": square(432_000, 433_000)})  # fmt: skip
    finding = only(check(write_place(tmp_path, files)), "codes-alike")
    assert (finding.level, finding.file) == ("warning", "areas/areas.geojson")


# --- Areas from keys ---


def test_without_a_file_the_areas_are_the_keys_of_the_tables(tmp_path: Path) -> None:
    other = TABLE.replace("wide.csv", "other.csv").replace('"2021"', '"2022"')
    geography = KEYED + 'label = "name"\n'
    files = {
        "place.toml": PLACE_TOML + geography + TABLE + other,
        FILE: "code,name,residents,share\nA2,Two,1,0\nA1,One,2,0\n",
        "indicators/values/other.csv": "code,residents,share\nA3,3,0\nA1,4,0\n",
    }
    place, findings = read(write_place(tmp_path, files))
    assert errors(findings) == []
    areas = place.geographies["area"]
    # in code order; the name is the label where the table has it, else the code
    assert areas.areas.rows() == [("A1", "One"), ("A2", "Two"), ("A3", "A3")]
    assert areas.geometries is None
    assert dict(place.rows_outside) == {FILE: 0, "indicators/values/other.csv": 0}


def test_codes_of_two_tables_that_differ_by_a_zero_are_an_error(tmp_path: Path) -> None:
    other = TABLE.replace("wide.csv", "other.csv").replace('"2021"', '"2022"')
    files = {
        "place.toml": PLACE_TOML + KEYED + TABLE + other,
        FILE: "code,residents,share\n01,1,0\n02,2,0\n",
        "indicators/values/other.csv": "code,residents,share\n1,3,0\n02,4,0\n",
    }
    finding = only(check(write_place(tmp_path, files)), "code-alike")
    assert where(finding) == ("error", "place.toml", None, "geography.area", "01")
    assert "'01', '1'" in finding.message


def test_a_geography_without_file_or_table_has_no_areas(tmp_path: Path) -> None:
    finding = only(check(write_place(tmp_path, {"place.toml": PLACE_TOML + KEYED})), "no-areas")
    assert (finding.level, finding.value) == ("warning", "area")


WARD = '[[geography]]\nid = "ward"\nname = "Wards"\n'
CITY = '[[geography]]\nid = "city"\nname = "Cities"\nlabel = "name"\n'
TO_CITY = LOOKUP.replace('"ward"\nfile', '"city"\nfile').replace('from = "area"', 'from = "ward"').replace(
    "lookup.csv", "cities.csv").replace('from = "code", to = "ward"', 'from = "ward", to = "city"')  # fmt: skip


def test_without_a_file_or_table_the_areas_are_those_that_look_ups_lead_to(tmp_path: Path) -> None:
    """Z9 is an area outside the place, so that neither W8 nor, in two steps, C8 is an area of it."""
    files = {
        "place.toml": PLACE_TOML + CITY + WARD + KEYED + TABLE + LOOKUP + TO_CITY,
        "areas/lookup.csv": "code,ward\nA1,W1\nA2,W1\nA3,W2\nA4,W2\nZ9,W8\n",
        "areas/cities.csv": "ward,city,name\nW1,C1,One\nW2,C1,One\nW8,C8,Eight\n",
    }
    place, findings = read(write_place(tmp_path, files))
    assert findings.items == []
    assert list(place.geographies) == ["city", "ward", "area"]  # as in place.toml
    assert place.geographies["ward"].areas.rows() == [("W1", "W1"), ("W2", "W2")]
    assert place.geographies["city"].areas.rows() == [("C1", "One")]
    frame = indicator_values(place, "residents", geography="ward")
    assert frame.select("area", "value", "moved_from").rows() == [("W1", 300, "area"), ("W2", 700, "area")]
    assert indicator_values(place, "residents", geography="city")["value"].to_list() == [1000]


def test_tables_say_which_areas_there_are_before_look_ups_do(tmp_path: Path) -> None:
    table = TABLE.replace("wide.csv", "wards.csv").replace('"area"', '"ward"')
    files = {
        "place.toml": PLACE_TOML + WARD + KEYED + TABLE + table + LOOKUP,
        "indicators/values/wards.csv": "code,residents,share\nW1,300,0.2\n",
    }
    assert read(write_place(tmp_path, files))[0].geographies["ward"].codes == {"W1"}


@pytest.mark.parametrize(("content", "rule"), [(None, "no-file"), ("code,wd\nA1,W1\n", "no-column")])
def test_a_look_up_that_leads_to_no_areas_is_still_read_and_told_of_once(
    tmp_path: Path, content: str | None, rule: str
) -> None:
    files = {"place.toml": PLACE_TOML + WARD + KEYED + TABLE + LOOKUP, "areas/lookup.csv": content}
    report = check(write_place(tmp_path, files))
    assert errors(report) == [rule]
    assert only(report, rule).file == "areas/lookup.csv"


# --- Vintages ---


def test_codes_of_another_geography_are_a_warning(tmp_path: Path) -> None:
    text = toml(TABLE, LOOKUP)
    report = check(write_place(tmp_path, {"place.toml": text, FILE: WIDE + "Z1,1,0\nW2,1,0\nW1,1,0\n"}))
    finding = only(report, "mixed-vintages")
    assert where(finding) == ("warning", FILE, 7, "code", "W2")
    assert "2 of its codes are areas of ward, not of area: W2, W1" in finding.message


# --- The place itself ---


def test_the_place_is_an_area_with_its_own_code_and_every_area_belongs_to_it(tmp_path: Path) -> None:
    place, _ = read(write_place(tmp_path, {"place.toml": toml(TABLE)}))  # no look-up at all
    assert targets(place) == ["area", "ward", "place"]
    frame = indicator_values(place, "residents", geography="place")
    assert frame.select("area", "value", "moved_from").rows() == [("T01", 1000, "area")]


def test_a_code_shared_by_the_place_and_a_geography_is_one_area(tmp_path: Path) -> None:
    """A geography `city` has one area, T01: it gets the values of the place, and the place is not there twice."""
    from tests.places import AREAS, geojson

    city = '[[geography]]\nid = "city"\nname = "City"\nfile = "areas/city.geojson"\ncode = "code"\n'
    files = {"place.toml": toml(city, TABLE, LOOKUP), "areas/city.geojson": geojson({"T01": AREAS["A1"]})}
    place, findings = read(write_place(tmp_path, files))
    assert errors(findings) == []
    assert targets(place) == ["area", "ward", "city"]
    rows = indicator_values(place, "residents").filter(area="T01").select("geography", "value").rows()
    assert rows == [("city", 1000)]


def test_such_an_area_without_a_name_has_the_name_of_the_place(tmp_path: Path) -> None:
    city = '[[geography]]\nid = "city"\nname = "City"\n'
    files = {"place.toml": toml(city, TABLE, LOOKUP, TABLE.replace('"area"', '"city"').replace("wide", "city"))}
    files["indicators/values/city.csv"] = "code,residents,share\nT01,1000,0.3\n"
    place, _ = read(write_place(tmp_path, files))
    assert place.area_name("city", "T01") == "Testham"


def test_two_chains_to_the_place_are_no_error(tmp_path: Path) -> None:
    from tests.places import AREAS, geojson

    city = '[[geography]]\nid = "city"\nname = "City"\nfile = "areas/city.geojson"\ncode = "code"\n'
    other = '[[geography]]\nid = "other"\nname = "Other"\nfile = "areas/wards.geojson"\ncode = "code"\n'
    ways = [("area", "ward"), ("area", "other"), ("ward", "city"), ("other", "city")]
    lookups = "".join(
        f'[[lookup]]\nfrom = "{start}"\nto = "{end}"\nfile = "areas/{"lookup" if start == "area" else "city"}.csv"\n'
        'columns = { from = "code", to = "ward" }\n'
        for start, end in ways
    )
    files = {
        "place.toml": toml(city, other, TABLE, lookups),
        "areas/city.geojson": geojson({"T01": AREAS["A1"]}),
        "areas/city.csv": "code,ward\nW1,T01\nW2,T01\n",
    }
    assert errors(check(write_place(tmp_path, files))) == []
