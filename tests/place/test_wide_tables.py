"""Contract B, [[table]]: blank, suppressed, missing and zero; scale; sums; what makes a number doubtful."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.places import (
    INDICATORS,
    LOOKUP,
    TABLE,
    WIDE,
    check,
    only,
    read,
    statuses,
    told,
    toml,
    values,
    where,
    write_place,
)

from wholeplace.place import SeriesKey

FILE = "indicators/values/wide.csv"
MIXED = "code,residents,share\nA1,0,0\nA2,,0.2\nA3,*,c\nA4,400,\n"


@pytest.mark.parametrize("blank", ["O", "Q", "L", "M"])
def test_suppressed_missing_and_zero_are_three_things(tmp_path: Path, blank: str) -> None:
    section = TABLE + f'blank = "{blank}"\nsuppressed = ["*", "c"]\n'
    place, findings = read(write_place(tmp_path, {"place.toml": toml(section, LOOKUP), FILE: MIXED}))
    assert findings.items == []
    assert values(place, "residents") == {"A1": 0, "A2": None, "A3": None, "A4": 400}
    assert statuses(place, "residents") == {"A1": "A", "A2": blank, "A3": "Q", "A4": "A"}
    assert statuses(place, "no-car") == {"A1": "A", "A2": "A", "A3": "Q", "A4": blank}


def test_a_blank_cell_is_missing_unless_said_otherwise_and_by_column(tmp_path: Path) -> None:
    section = TABLE + 'blanks = { share = "Q" }\nsuppressed = ["*", "c"]\n'
    place, _ = read(write_place(tmp_path, {"place.toml": toml(section, LOOKUP), FILE: MIXED}))
    assert statuses(place, "residents")["A2"] == "O"
    assert statuses(place, "no-car")["A4"] == "Q"


def test_blanks_by_column_win_over_blank(tmp_path: Path) -> None:
    section = TABLE + 'blank = "L"\nblanks = { share = "O" }\nsuppressed = ["*", "c"]\n'
    place, _ = read(write_place(tmp_path, {"place.toml": toml(section, LOOKUP), FILE: MIXED}))
    assert statuses(place, "residents")["A2"] == "L"
    assert statuses(place, "no-car")["A4"] == "O"


def test_text_that_is_not_listed_as_suppressed_is_an_error_in_its_cell(tmp_path: Path) -> None:
    section = TABLE + 'suppressed = ["*"]\n'
    report = check(write_place(tmp_path, {"place.toml": toml(section, LOOKUP), FILE: MIXED}))
    assert where(only(report, "not-number")) == ("error", FILE, 4, "share", "c")


@pytest.mark.parametrize(
    "text", ["1,234", "£5", "12%", "NA", "n/a", "-", "inf", "NaN", "1 234", "1.2.3", "0x10", "..", "12 people"]
)
def test_numbers_as_text_are_errors(tmp_path: Path, text: str) -> None:
    report = check(write_place(tmp_path, {FILE: WIDE.replace("A2,200", f'A2,"{text}"')}))
    assert where(only(report, "not-number")) == ("error", FILE, 3, "residents", text)


@pytest.mark.parametrize(
    ("text", "number"), [(" 200 ", 200), ("2e2", 200), ("+200", 200), ("200.0", 200), ("\t200", 200)]
)
def test_numbers_however_they_are_written(tmp_path: Path, text: str, number: float) -> None:
    place, findings = read(write_place(tmp_path, {FILE: WIDE.replace("A2,200", f"A2,{text}")}))
    assert findings.items == []
    assert values(place, "residents")["A2"] == number


def test_a_suppressed_text_may_be_a_number(tmp_path: Path) -> None:
    """Some publishers write -1 for what they hold back; `suppressed = [-1]` and `["-1"]` say the same."""
    for number, listed in enumerate(("-1", '"-1"')):
        section = TABLE + f"suppressed = [{listed}]\n"
        files = {"place.toml": toml(section, LOOKUP), FILE: WIDE.replace("A2,200", "A2,-1")}
        place, findings = read(write_place(tmp_path / str(number), files))
        assert findings.items == []
        assert statuses(place, "residents")["A2"] == "Q"


def test_scale_multiplies_the_values_of_a_column(tmp_path: Path) -> None:
    section = TABLE + "scale = { share = 100 }\n"
    indicators = INDICATORS.replace("proportion,share", "proportion,%")
    files = {"place.toml": toml(section, LOOKUP), "indicators/indicators.csv": indicators}
    place, findings = read(write_place(tmp_path, files))
    assert findings.items == []
    assert values(place, "no-car") == pytest.approx({"A1": 10, "A2": 20, "A3": 30, "A4": 40})
    assert values(place, "residents")["A1"] == 100


def test_a_count_is_its_own_count(tmp_path: Path) -> None:
    place, _ = read(write_place(tmp_path))
    frame = place.series[SeriesKey("area", "residents", "2021")].frame
    assert frame["count"].to_list() == [100, 200, 300, 400]
    assert place.series[SeriesKey("area", "no-car", "2021")].frame["count"].to_list() == [None] * 4


# --- Sums ---

AGES = "code,age_0,age_1,other,age_2,age_10\nA1,1,2,99,4,8\nA2,1,,99,4,8\nA3,*,2,99,4,8\nA4,*,,99,0,0\n"
BANDS = """
[[table]]
file = "indicators/values/wide.csv"
geography = "area"
key = "code"
period = "2021"
suppressed = ["*"]
[table.sum]
"""


def sums(tmp_path: Path, line: str) -> tuple[dict[str, float | None], dict[str, str]]:
    place, findings = read(write_place(tmp_path, {"place.toml": toml(BANDS + line), FILE: AGES}))
    assert [finding for finding in findings.items if finding.level == "error"] == []
    return values(place, "residents"), statuses(place, "residents")


def test_a_sum_adds_columns_by_name(tmp_path: Path) -> None:
    total, status = sums(tmp_path, 'residents = ["age_2", "age_10"]\n')
    assert total == {"A1": 12, "A2": 12, "A3": 12, "A4": 0}
    assert set(status.values()) == {"A"}


def test_a_range_is_in_the_order_of_the_file(tmp_path: Path) -> None:
    # age_1, other, age_2: what stands between is in it, whatever it is called
    total, _ = sums(tmp_path, 'residents = ["age_1..age_2", "age_10"]\n')
    assert total["A1"] == 2 + 99 + 4 + 8


def test_a_sum_with_a_suppressed_part_is_suppressed_with_a_missing_one_missing(tmp_path: Path) -> None:
    total, status = sums(tmp_path, 'residents = ["age_0..age_1", "age_2..age_10"]\n')
    assert total == {"A1": 15, "A2": None, "A3": None, "A4": None}
    assert status == {"A1": "A", "A2": "O", "A3": "Q", "A4": "Q"}  # A4 has both


def test_scale_holds_in_a_sum_too(tmp_path: Path) -> None:
    """Parts in thousands beside parts in ones: 1 + 1000 x 2."""
    section = BANDS.replace("[table.sum]", "scale = { age_1 = 1000 }\n[table.sum]") + 'residents = ["age_0", "age_1"]\n'
    place, _ = read(write_place(tmp_path, {"place.toml": toml(section), FILE: AGES}))
    assert values(place, "residents")["A1"] == 2001


@pytest.mark.parametrize(
    ("line", "rule", "column"),
    [
        ('residents = ["age_0..age_99"]', "no-column", "age_0..age_99"),
        ('residents = ["age_10..age_0"]', "empty-sum", "table.sum"),
        ('residents = ["age_0", "age_10..age_1"]', "empty-sum", "table.sum"),
        ("residents = []", "empty-sum", "table.sum"),
        ('residents = ["age_0", "age_0..age_1"]', "sum-twice", "table.sum"),
    ],
)
def test_a_sum_that_cannot_be_meant(tmp_path: Path, line: str, rule: str, column: str) -> None:
    report = check(write_place(tmp_path, {"place.toml": toml(BANDS + line + "\n"), FILE: AGES}))
    finding = only(report, rule)
    assert (finding.level, finding.column) == ("error", column)


def test_a_wrong_cell_of_a_column_in_several_sums_is_told_once(tmp_path: Path) -> None:
    section = (
        BANDS.replace("[table.sum]", 'columns = { age_0 = "no-car" }\n[table.sum]') + 'residents = ["age_0..age_1"]\n'
    )
    report = check(write_place(tmp_path, {"place.toml": toml(section), FILE: AGES.replace("A1,1", "A1,one")}))
    assert where(only(report, "not-number")) == ("error", FILE, 2, "age_0", "one")


# --- Doubtful figures ---


@pytest.mark.parametrize(
    ("unit", "at", "over", "rule"),
    [("share", "1", "1.001", "share-over-1"), ("%", "100", "100.1", "over-100-percent")],
)
def test_shares_over_1_and_percentages_over_100_are_warnings(
    tmp_path: Path, unit: str, at: str, over: str, rule: str
) -> None:
    files = {
        FILE: WIDE.replace("0.2", at).replace("0.4", over),
        "indicators/indicators.csv": INDICATORS.replace(",share", f",{unit}"),
    }
    report = check(write_place(tmp_path, files))
    assert where(only(report, rule)) == ("warning", FILE, 5, "share", over)  # the value exactly at the limit is none
    assert report.ok


def test_each_doubtful_cell_is_told_up_to_ten(tmp_path: Path) -> None:
    rows = "".join(f"Z{number},1,5\n" for number in range(12))
    report = check(write_place(tmp_path, {FILE: WIDE + rows}))
    found = told(report, "share-over-1")
    assert [finding.row for finding in found] == [*range(6, 16), None]
    assert found[-1].message.startswith("… and 2 more values of no-car")


@pytest.mark.parametrize(("column", "cell"), [("residents", "A1,100,0.1"), ("share", "A1,100,0.1")])
def test_figures_below_zero_are_warnings(tmp_path: Path, column: str, cell: str) -> None:
    text = cell.replace("100", "-1") if column == "residents" else cell.replace("0.1", "-0.1")
    report = check(write_place(tmp_path, {FILE: WIDE.replace(cell, text)}))
    finding = only(report, "negative")
    assert (finding.level, finding.row, finding.column) == ("warning", 2, column)


# --- Keys and series ---


def test_a_key_twice_is_an_error_naming_its_rows(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {FILE: WIDE + "A2,5,0.5\nA2,6,0.6\n"}))
    finding = only(report, "key-twice")
    assert where(finding) == ("error", FILE, 6, "code", "A2")
    assert "3 times, in rows 3, 6, 7" in finding.message


def test_a_row_without_an_area_code_is_an_error(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {FILE: WIDE + ",5,0.5\n  ,6,0.6\n"}))
    assert [where(finding) for finding in told(report, "required")] == [
        ("error", FILE, 6, "code", ""),
        ("error", FILE, 7, "code", ""),
    ]


def test_the_same_series_from_two_places_is_an_error_naming_both(tmp_path: Path) -> None:
    other = TABLE.replace("wide.csv", "other.csv").replace(', share = "no-car"', "")
    report = check(
        write_place(tmp_path, {"place.toml": toml(TABLE, other, LOOKUP), "indicators/values/other.csv": WIDE})
    )
    finding = only(report, "series-twice")
    assert finding.value == "residents"
    assert "[[table]] 1 (indicators/values/wide.csv, column residents)" in finding.message
    assert "[[table]] 2 (indicators/values/other.csv, column residents)" in finding.message


def test_so_are_two_columns_of_one_table(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {"place.toml": toml(TABLE.replace('"no-car"', '"residents"'), LOOKUP)}))
    assert (
        "column residents) and [[table]] 1 (indicators/values/wide.csv, column share)"
        in only(report, "series-twice").message
    )


def test_and_a_column_and_a_sum(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {"place.toml": toml(TABLE + '[table.sum]\nresidents = ["share"]\n', LOOKUP)}))
    assert only(report, "series-twice").value == "residents"


def test_another_period_or_geography_is_another_series(tmp_path: Path) -> None:
    wards = TABLE.replace('geography = "area"', 'geography = "ward"').replace("wide.csv", "wards.csv")
    text = toml(TABLE, TABLE.replace('"2021"', '"2022"'), wards, LOOKUP)
    files = {"place.toml": text, "indicators/values/wards.csv": "code,residents,share\nW1,300,0.1\nW2,700,0.2\n"}
    assert check(write_place(tmp_path, files)).findings == []


def test_an_indicator_that_is_not_in_indicators_csv_is_one_error(tmp_path: Path) -> None:
    sections = [TABLE.replace('"no-car"', '"nocar"').replace("2021", period) for period in ("2021", "2022")]
    report = check(write_place(tmp_path, {"place.toml": toml(*sections, LOOKUP)}))
    assert where(only(report, "unknown-indicator")) == ("error", FILE, None, None, "nocar")


def test_an_indicator_without_values_is_a_notice(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {"place.toml": toml(TABLE.replace(', share = "no-car"', ""), LOOKUP)}))
    assert where(only(report, "no-values")) == ("notice", "indicators/indicators.csv", None, "id", "no-car")
