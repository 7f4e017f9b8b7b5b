"""Contract B, [[values]]: rows by `where` and names, values from counts, statuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.places import INDICATORS, LOOKUP, check, errors, only, read, statuses, told, toml, values, where, write_place

from wholeplace.measure import indicator_values
from wholeplace.place import Place, SeriesKey

FILE = "indicators/values/long.csv"
HEAD = '\n[[values]]\nfile = "indicators/values/long.csv"\ngeography = "area"\n'
FULL = (
    HEAD
    + """
columns = { area = "code", indicator = "what", period = "when", value = "value", count = "count", \
denominator = "total", lower95 = "low", upper95 = "high", status = "status" }
suppressed = ["*"]
"""
)
COLUMNS = "code,what,when,value,count,total,low,high,status"


def long(tmp_path: Path, rows: list[str], *, section: str = FULL, head: str = COLUMNS, **files: str) -> Path:
    """A place whose one table is long; rows for A1 alone leave the other areas without, which is a notice."""
    content = "\n".join([head, *rows]) + "\n"
    return write_place(tmp_path, {"place.toml": toml(section, LOOKUP), FILE: content, **files})


def row(place: Place, indicator: str, area: str = "A1") -> dict[str, object]:
    frame = place.series[SeriesKey("area", indicator, "2021")].frame
    return next(one for one in frame.to_dicts() if one["area"] == area)


# --- Periods ---


@pytest.mark.parametrize("period", ['period = "when"', 'columns.period = "when"'])
def test_a_period_may_be_the_name_of_a_column(tmp_path: Path, period: str) -> None:
    section = HEAD + f'columns = {{ area = "code", count = "count" }}\nindicator = "residents"\n{period}\n'
    if "columns" in period:
        section = section.replace('"count" }', '"count", period = "when" }').replace(period, "")
    place, findings = read(long(tmp_path, ["A1,2021,5", "A1,2022,6"], section=section, head="code,when,count"))
    assert errors(findings) == []
    assert [(key.period, one.frame["value"][0]) for key, one in place.series.items()] == [("2021", 5), ("2022", 6)]


def test_a_period_that_is_one_is_a_constant_though_a_column_has_its_name(tmp_path: Path) -> None:
    section = HEAD + 'columns = { area = "code", count = "2021" }\nindicator = "residents"\nperiod = "2021"\n'
    place, _ = read(long(tmp_path, ["A1,5"], section=section, head="code,2021"))
    assert [key.period for key in place.series] == ["2021"]


# --- Values worked out ---


@pytest.mark.parametrize(
    ("value_type", "unit", "expected"),
    [
        ("proportion", "share", 0.25),  # 5 / 20
        ("proportion", "%", 25.0),
        ("rate", "per 1000 people", 250.0),
        ("rate", "per 1,000 people", 250.0),
        ("rate", "per 100,000", 25_000.0),
        ("count", "people", 5.0),
    ],
)
def test_a_value_is_made_of_count_and_denominator(tmp_path: Path, value_type: str, unit: str, expected: float) -> None:
    indicators = INDICATORS.replace("proportion,share", f'{value_type},"{unit}"')
    folder = long(tmp_path, ["A1,no-car,2021,,5,20,,,"], **{"indicators/indicators.csv": indicators})
    place, findings = read(folder)
    assert errors(findings) == []
    assert values(place, "no-car")["A1"] == pytest.approx(expected, rel=1e-15)


def test_a_value_that_is_given_is_kept(tmp_path: Path) -> None:
    place, _ = read(long(tmp_path, ["A1,no-car,2021,0.26,5,20,0.2,0.3,E"]))
    found = {
        key: row(place, "no-car")[key] for key in ("value", "count", "denominator", "lower95", "upper95", "status")
    }
    assert found == {"value": 0.26, "count": 5, "denominator": 20, "lower95": 0.2, "upper95": 0.3, "status": "E"}


def test_a_count_takes_value_for_count_and_count_for_value(tmp_path: Path) -> None:
    place, _ = read(long(tmp_path, ["A1,residents,2021,7,,,,,", "A2,residents,2021,,8,,,,"]))
    assert values(place, "residents") == {"A1": 7, "A2": 8}
    assert [row(place, "residents", area)["count"] for area in ("A1", "A2")] == [7, 8]


def test_zero_is_a_value(tmp_path: Path) -> None:
    place, findings = read(long(tmp_path, ["A1,no-car,2021,0,,,,,", "A2,no-car,2021,,0,20,,,A"]))
    assert errors(findings) == []
    assert values(place, "no-car") == {"A1": 0, "A2": 0}
    assert set(statuses(place, "no-car").values()) == {"A"}


def test_a_share_of_no_one_cannot_exist_and_does_not_make_a_ward_missing(tmp_path: Path) -> None:
    place, findings = read(long(tmp_path, ["A1,no-car,2021,,0,0,,,", "A2,no-car,2021,,5,20,,,"]))
    assert errors(findings) == []
    assert statuses(place, "no-car")["A1"] == "M"
    moved = indicator_values(place, "no-car", geography="ward").row(0, named=True)
    # W1 = (0 + 5) / (0 + 20)
    assert (moved["area"], moved["value"], moved["count"], moved["denominator"]) == ("W1", 0.25, 5, 20)


@pytest.mark.parametrize(("count", "total"), [("3", "0"), ("", "0"), ("3", ""), ("", "")])
def test_what_cannot_be_worked_out_is_an_empty_value(tmp_path: Path, count: str, total: str) -> None:
    report = check(long(tmp_path, [f"A1,no-car,2021,,{count},{total},,,"]))
    assert where(only(report, "empty-value")) == ("error", FILE, 2, "value", "")


# --- Statuses ---


@pytest.mark.parametrize("status", ["A", ""])
def test_an_empty_value_with_status_a_or_none_is_an_error(tmp_path: Path, status: str) -> None:
    report = check(long(tmp_path, ["A1,no-car,2021,0.5,,,,,", f"A2,no-car,2021,,,,,,{status}"]))
    assert where(only(report, "empty-value")) == ("error", FILE, 3, "value", "")


@pytest.mark.parametrize("status", ["Q", "O", "L", "M"])
def test_an_empty_value_whose_status_says_why_is_none(tmp_path: Path, status: str) -> None:
    place, findings = read(long(tmp_path, [f"A1,no-car,2021,,,,,,{status}"]))
    assert errors(findings) == []
    assert values(place, "no-car") == {"A1": None}
    assert statuses(place, "no-car") == {"A1": status}


@pytest.mark.parametrize("status", ["A", "E", "I", "P", "U", "B"])
def test_every_other_status_has_a_value(tmp_path: Path, status: str) -> None:
    place, findings = read(long(tmp_path, [f"A1,no-car,2021,0.5,,,,,{status}"]))
    assert errors(findings) == []
    assert statuses(place, "no-car") == {"A1": status}


@pytest.mark.parametrize("status", ["a", "X", "AA", "?"])
def test_a_status_that_is_none_is_an_error(tmp_path: Path, status: str) -> None:
    report = check(long(tmp_path, [f"A1,no-car,2021,0.5,,,,,{status}"]))
    assert where(only(report, "status")) == ("error", FILE, 2, "status", status)


def test_a_value_with_a_status_that_denies_it_is_a_warning_and_not_used(tmp_path: Path) -> None:
    folder = long(tmp_path, ["A1,no-car,2021,0.5,,,,,Q"])
    assert where(only(check(folder), "status-with-value")) == ("warning", FILE, 2, "status", "0.5")
    place, _ = read(folder)
    assert values(place, "no-car") == {"A1": None}


@pytest.mark.parametrize("cells", ["*,,", ",*,20", ",5,*", ",*,*", "*,5,20"])
def test_a_suppressed_cell_suppresses_the_value_it_makes(tmp_path: Path, cells: str) -> None:
    place, findings = read(long(tmp_path, [f"A1,no-car,2021,{cells},,,A"]))
    assert errors(findings) == []
    assert values(place, "no-car") == {"A1": None}
    assert statuses(place, "no-car") == {"A1": "Q"}


@pytest.mark.parametrize("cells", ["0.5,*,*,,", "0.5,,,*,*"])
def test_a_value_that_is_published_stays_though_what_it_is_made_of_is_suppressed(tmp_path: Path, cells: str) -> None:
    place, findings = read(long(tmp_path, [f"A1,no-car,2021,{cells},"]))
    assert errors(findings) == []
    assert values(place, "no-car") == {"A1": 0.5}
    assert statuses(place, "no-car") == {"A1": "A"}


def test_text_in_a_number_column_is_one_error_and_no_empty_value_besides(tmp_path: Path) -> None:
    report = check(long(tmp_path, ["A1,no-car,2021,half,,,,,"]))
    assert errors(report) == ["not-number"]
    assert where(only(report, "not-number")) == ("error", FILE, 2, "value", "half")


def test_a_value_outside_its_interval_is_a_warning(tmp_path: Path) -> None:
    rows = ["A1,no-car,2021,0.5,,,0.6,0.7,", "A2,no-car,2021,0.5,,,0.5,0.5,", "A3,no-car,2021,0.5,,,0.7,0.3,"]
    assert [finding.row for finding in told(check(long(tmp_path, rows)), "interval")] == [2, 4]


# --- Which rows ---

CENSUS = "code,table,category,count,total\n" + "".join(
    f"A{n},car,None,{n},10\nA{n},car,One,{10 - n},10\nA{n},people,All,{n}00,\n" for n in (1, 2, 3, 4)
)
NAMED = HEAD + 'period = "2021"\ncolumns = { area = "code", count = "count", denominator = "total" }\n'


def test_where_picks_rows_and_names_give_indicators(tmp_path: Path) -> None:
    section = NAMED + 'where = { table = "car" }\n[values.names]\ncolumn = "category"\n"None" = "no-car"\n'
    folder = write_place(tmp_path, {"place.toml": toml(section, LOOKUP), FILE: CENSUS})
    place, findings = read(folder)
    assert values(place, "no-car") == {"A1": 0.1, "A2": 0.2, "A3": 0.3, "A4": 0.4}
    left = only(findings, "left-out")  # the four rows `One`; those of the other table are not asked for
    assert (left.level, left.file, left.column) == ("notice", FILE, "category")
    assert left.message.startswith("4 rows have no indicator")
    assert ("area", "residents", "2021") not in place.series


def test_where_may_list_texts_and_hold_for_several_columns(tmp_path: Path) -> None:
    section = NAMED + 'where = { table = ["car", "people"], category = "All" }\nindicator = "residents"\n'
    place, _ = read(write_place(tmp_path, {"place.toml": toml(section, LOOKUP), FILE: CENSUS}))
    assert values(place, "residents") == {"A1": 100, "A2": 200, "A3": 300, "A4": 400}


def test_where_that_no_row_meets_is_a_warning(tmp_path: Path) -> None:
    section = NAMED + 'where = { table = "cars" }\nindicator = "no-car"\n'
    report = check(write_place(tmp_path, {"place.toml": toml(section, LOOKUP), FILE: CENSUS}))
    finding = only(report, "no-rows")
    assert (finding.level, finding.file, finding.column) == ("warning", FILE, "table")


def test_a_name_that_no_row_has_is_a_warning(tmp_path: Path) -> None:
    section = NAMED + '[values.names]\ncolumn = "category"\n"None" = "no-car"\n"Nil" = "residents"\n'
    report = check(write_place(tmp_path, {"place.toml": toml(section, LOOKUP), FILE: CENSUS}))
    assert where(only(report, "name-unused")) == ("warning", FILE, None, "category", "Nil")


def test_a_column_that_where_or_names_ask_for_must_be_there(tmp_path: Path) -> None:
    section = NAMED + 'where = { tabel = "car" }\n[values.names]\ncolumn = "kategory"\n"None" = "no-car"\n'
    report = check(write_place(tmp_path, {"place.toml": toml(section, LOOKUP), FILE: CENSUS}))
    assert [finding.column for finding in told(report, "no-column")] == ["kategory", "tabel"]


def test_an_area_is_missing_when_the_rows_asked_for_lack_it(tmp_path: Path) -> None:
    """A2 has a row of the other table, which is no row for this one."""
    text = CENSUS.replace("A2,car,None,2,10\n", "").replace("A2,car,One,8,10\n", "")
    section = (
        NAMED + 'where = { table = "car" }\n[values.names]\ncolumn = "category"\n"None" = "no-car"\n"One" = "one-car"\n'
    )
    indicators = INDICATORS + "one-car,One car,proportion,share,none,Census,Open\n"
    files = {"place.toml": toml(section, LOOKUP), FILE: text, "indicators/indicators.csv": indicators}
    finding = only(check(write_place(tmp_path, files)), "no-row")
    assert where(finding) == ("notice", FILE, None, "code", "A2")
    assert "1 of 4 areas" in finding.message


def test_an_area_without_a_row_for_one_of_several_indicators_is_counted(tmp_path: Path) -> None:
    rows = [f"A{n},{what},2021,0,,,,," for n in (1, 2, 3, 4) for what in ("residents", "no-car")][:-1]  # A4, no-car
    finding = only(check(long(tmp_path, rows)), "no-row")
    assert where(finding) == ("notice", FILE, None, "code", "no-car")
    assert "no row for 1 area that" in finding.message


def test_a_key_is_area_indicator_and_period(tmp_path: Path) -> None:
    rows = ["A1,residents,2021,1,,,,,", "A1,no-car,2021,1,,,,,", "A1,residents,2020,1,,,,,", "A2,residents,2021,1,,,,,"]
    assert told(check(long(tmp_path / "sound", rows)), "key-twice") == []
    report = check(long(tmp_path / "twice", [*rows, "A1,residents,2021,2,,,,,"]))
    finding = only(report, "key-twice")
    assert where(finding) == ("error", FILE, 6, "code", "A1")
    assert "'A1 residents 2021' is there 2 times, in rows 2, 6" in finding.message


def test_a_row_without_area_or_period_is_an_error(tmp_path: Path) -> None:
    report = check(long(tmp_path, ["A1,residents,2021,1,,,,,", ",residents,2021,1,,,,,", "A2,residents,,1,,,,,"]))
    assert where(only(report, "required")) == ("error", FILE, 3, "code", "")
    assert where(only(report, "no-period")) == ("error", FILE, 4, "when", "")


@pytest.mark.parametrize(
    ("section", "words"),
    [
        (NAMED, "of which indicator"),
        (NAMED.replace('period = "2021"\n', "") + 'indicator = "no-car"\n', "of which period"),
        (
            HEAD + 'period = "2021"\nindicator = "no-car"\ncolumns = { area = "code" }\n',
            "which column holds the figures",
        ),
        (NAMED + '[values.names]\n"None" = "no-car"\n', "in which column the texts"),
    ],
)
def test_what_a_section_must_say_is_one_error_not_one_a_row(tmp_path: Path, section: str, words: str) -> None:
    report = check(write_place(tmp_path, {"place.toml": toml(section, LOOKUP), FILE: CENSUS}))
    assert errors(report) == ["required"]
    assert words in only(report, "required").message


def test_suppressed_missing_and_zero_move_to_wards_as_three_things(tmp_path: Path) -> None:
    """W1 has a suppressed area: suppressed. W2 has a missing one: missing. With a zero in its place W2 has a sum."""
    rows = [
        "A1,residents,2021,,,,,,Q",
        "A2,residents,2021,5,,,,,",
        "A3,residents,2021,,,,,,O",
        "A4,residents,2021,5,,,,,",
    ]
    place, _ = read(long(tmp_path / "gap", rows))
    wards = indicator_values(place, "residents", geography="ward").select("area", "value", "status").rows()
    assert wards == [("W1", None, "Q"), ("W2", None, "O")]
    rows[2] = "A3,residents,2021,0,,,,,"
    place, _ = read(long(tmp_path / "zero", rows))
    wards = indicator_values(place, "residents", geography="ward").select("area", "value", "status").rows()
    assert wards == [("W1", None, "Q"), ("W2", 5.0, "A")]
