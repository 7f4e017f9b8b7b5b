"""Contract B, indicators.csv: required fields, code lists, units, sources, licences and dates."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from tests.places import INDICATORS, check, errors, only, told, where, write_place

from wholeplace.place import Findings, read_place

FILE = "indicators/indicators.csv"
HEAD = "id,name,value_type,unit,polarity,source,licence"
FIRST = INDICATORS.splitlines()[1]


def place(tmp_path: Path, row: str, head: str = HEAD) -> Path:
    """The row stands second, as row 3; `residents` is row 2."""
    commas = "," * (head.count(",") - HEAD.count(","))
    return write_place(tmp_path, {FILE: f"{head}\n{FIRST}{commas}\n{row}\n"})


@pytest.mark.parametrize("column", HEAD.split(","))
def test_a_required_column_must_be_there(tmp_path: Path, column: str) -> None:
    lines = [line.split(",") for line in INDICATORS.splitlines()]
    at = lines[0].index(column)
    text = "\n".join(",".join(cells[:at] + cells[at + 1 :]) for cells in lines) + "\n"
    report = check(write_place(tmp_path, {FILE: text}))
    finding = told(report, "no-column")[0]
    assert where(finding) == ("error", FILE, None, column, None)
    assert not any(finding.row for finding in report.findings)  # not once a row as well


@pytest.mark.parametrize(("column", "cell"), [("name", "No car"), ("value_type", "proportion")])
def test_a_required_cell_must_be_filled(tmp_path: Path, column: str, cell: str) -> None:
    report = check(place(tmp_path, "no-car,No car,proportion,share,low_good,Census,Open".replace(cell, "", 1)))
    assert where(only(report, "required")) == ("error", FILE, 3, column, "")


def test_an_id_must_be_filled_and_there_once(tmp_path: Path) -> None:
    row = ",No car,proportion,share,low_good,Census,Open\nresidents,Again,count,people,none,Census,Open"
    report = check(place(tmp_path, row))
    assert where(only(report, "required")) == ("error", FILE, 3, "id", "")
    assert where(only(report, "key-twice")) == ("error", FILE, 4, "id", "residents")


@pytest.mark.parametrize("column", ["source", "licence"])
def test_an_indicator_without_source_or_licence_is_a_warning(tmp_path: Path, column: str) -> None:
    cells = {"source": "low_good,,Open", "licence": "low_good,Census,"}[column]
    report = check(place(tmp_path, f"no-car,No car,proportion,share,{cells}"))
    assert where(only(report, f"no-{column}")) == ("warning", FILE, 3, column, "")
    assert report.ok


@pytest.mark.parametrize("kind", ["count", "proportion", "rate", "mean", "ratio", "score", "rank", "index"])
def test_value_types_of_the_contract(tmp_path: Path, kind: str) -> None:
    unit = {"proportion": "share", "rate": "per 1000"}.get(kind, "points")
    report = check(place(tmp_path, f"no-car,No car,{kind},{unit},low_good,Census,Open"))
    assert [finding for finding in report.findings if finding.level != "notice"] == []


@pytest.mark.parametrize(
    ("column", "value"),
    [("value_type", "share"), ("polarity", "bad"), ("ci_method", "Wilson"), ("up", "add"), ("value_type", "Count")],
)
def test_other_codes_are_errors(tmp_path: Path, column: str, value: str) -> None:
    cells = {"value_type": "proportion", "polarity": "low_good", "ci_method": "", "up": ""} | {column: value}
    row = (
        f"no-car,No car,{cells['value_type']},share,{cells['polarity']},Census,Open,{cells['ci_method']},{cells['up']}"
    )
    report = check(place(tmp_path, row, HEAD + ",ci_method,up"))
    assert where(only(report, "code-list")) == ("error", FILE, 3, column, value)


@pytest.mark.parametrize("method", ["wilson", "byar", "dobson", "student-t", "none", ""])
def test_interval_methods_of_the_contract(tmp_path: Path, method: str) -> None:
    report = check(
        place(tmp_path, f"no-car,No car,proportion,share,low_good,Census,Open,{method}", HEAD + ",ci_method")
    )
    assert errors(report) == []


@pytest.mark.parametrize(
    ("decimals", "sound"), [("0", True), ("2", True), ("-1", False), ("1.5", False), ("two", False), ("²", False)]
)
def test_decimals_are_a_whole_number(tmp_path: Path, decimals: str, sound: bool) -> None:
    report = check(
        place(tmp_path, f"no-car,No car,proportion,share,low_good,Census,Open,{decimals}", HEAD + ",decimals")
    )
    assert [where(finding) for finding in told(report, "number")] == (
        [] if sound else [("error", FILE, 3, "decimals", decimals)]
    )


@pytest.mark.parametrize(
    ("kind", "unit", "sound"),
    [
        ("proportion", "share", True),
        ("proportion", "%", True),
        ("proportion", "percent", False),
        ("proportion", "per 1000", False),
        ("rate", "per 1000 residents", True),
        ("rate", "per 100,000", True),
        ("rate", "per 1,000, by age", True),
        ("rate", "per 100k", False),
        ("rate", "per 1.5 residents", False),
        ("rate", "per 1,00", False),
        ("rate", "per , residents", False),
        ("rate", "per 0 residents", False),
        ("rate", "%", False),
        ("rate", "crimes", False),
        ("count", "people", True),
        ("count", "%", False),
        ("count", "per 1000", False),
        ("rank", "rank", True),
        ("rank", "%", False),
        ("mean", "years", True),
        ("mean", "", False),
    ],
)
def test_units_that_do_not_fit_the_value_type_are_warnings(tmp_path: Path, kind: str, unit: str, sound: bool) -> None:
    report = check(place(tmp_path, f'no-car,No car,{kind},"{unit}",low_good,Census,Open'))
    assert [where(finding) for finding in told(report, "unit")] == (
        [] if sound else [("warning", FILE, 3, "unit", unit)]
    )
    assert report.ok


@pytest.mark.parametrize("text", ["soon", "2021-13", "31/12/2021", "2021-02-30", "2021-2"])
@pytest.mark.parametrize("column", ["issued", "next_update"])
def test_dates_that_are_none_are_warnings(tmp_path: Path, column: str, text: str) -> None:
    report = check(place(tmp_path, f"no-car,No car,proportion,share,low_good,Census,Open,{text}", f"{HEAD},{column}"))
    assert where(only(report, "date")) == ("warning", FILE, 3, column, text)


@pytest.mark.parametrize(
    ("text", "past"),
    [
        ("2026-03-30", True),
        ("2026-03-31", False),  # today: not past yet
        ("2026-04-01", False),
        ("2026-02", True),
        ("2026-03", False),  # by the end of this month
        ("2025", True),
        ("2026", False),
    ],
)
def test_past_next_update_is_a_warning_once_the_whole_of_it_is_past(tmp_path: Path, text: str, past: bool) -> None:
    folder = place(tmp_path, f"no-car,No car,proportion,share,low_good,Census,Open,{text}", f"{HEAD},next_update")
    findings = Findings()
    read_place(folder, findings, today=dt.date(2026, 3, 31))
    assert [where(finding) for finding in told(findings, "past-next-update")] == (
        [("warning", FILE, 3, "next_update", text)] if past else []
    )


def test_no_indicators_file_is_one_error_where_tables_name_indicators(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {FILE: None}))
    assert where(only(report, "no-file")) == ("error", FILE, None, None, None)
    assert errors(report) == ["no-file"]


def test_an_indicators_file_that_cannot_be_read_is_one_error(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {FILE: INDICATORS.encode("utf-16")}))
    assert errors(report) == ["encoding"]


def test_a_population_that_is_no_indicator_is_an_error(tmp_path: Path) -> None:
    from tests.places import LOOKUP, TABLE, toml

    text = toml(TABLE, LOOKUP).replace('population = "residents"', 'population = "people"')
    report = check(write_place(tmp_path, {"place.toml": text}))
    assert where(only(report, "unknown-indicator")) == (
        "error",
        "place.toml",
        None,
        "geography.area.population",
        "people",
    )
