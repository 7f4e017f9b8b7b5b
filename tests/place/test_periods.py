"""Periods as SDMX writes them, and those that an indicator misses."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from tests.places import INDICATORS, LOOKUP, TABLE, check, only, told, toml, where, write_place

from wholeplace.place.periods import gaps, is_period, period_bounds


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2021", "2021-01-01", "2022-01-01"),
        ("2021-Q1", "2021-01-01", "2021-04-01"),
        ("2021-Q4", "2021-10-01", "2022-01-01"),
        ("2021-S2", "2021-07-01", "2022-01-01"),
        ("2021-03", "2021-03-01", "2021-04-01"),
        ("2021-12", "2021-12-01", "2022-01-01"),
        ("2021-03-21", "2021-03-21", "2021-03-22"),
        ("2024-02-29", "2024-02-29", "2024-03-01"),
        ("2021-W01", "2021-01-04", "2021-01-11"),  # ISO week 1 of 2021 starts on Monday 4 January
        ("2021-04/2022-03", "2021-04-01", "2022-04-01"),
        ("2019/2021", "2019-01-01", "2022-01-01"),
        ("2021/2021", "2021-01-01", "2022-01-01"),
        ("9999", None, None),  # the calendar ends before the day after it
    ],
)
def test_bounds(text: str, first: str | None, after: str | None) -> None:
    expected = None if first is None or after is None else (dt.date.fromisoformat(first), dt.date.fromisoformat(after))
    assert period_bounds(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "21", "2021-Q0", "2021-Q5", "2021-S3", "2021-13", "2021-00", "2021-02-29", "2021-W54", "2021/22", "2021-22/",
     "2022/2021", "2021-", " 2021", "2021 ", "census", "2021-1", "20211", "/", "2021/2022/2023", "٢٠٢١"],
)  # fmt: skip
def test_texts_that_are_no_period(text: str) -> None:
    assert not is_period(text)


@pytest.mark.parametrize("text", ["2021/22", "2021-13"])
def test_a_period_that_is_none_is_one_warning(tmp_path: Path, text: str) -> None:
    report = check(write_place(tmp_path, {"place.toml": toml(TABLE.replace("2021", text), LOOKUP)}))
    assert where(only(report, "period-form")) == ("warning", "indicators/values/wide.csv", None, "period", text)


@pytest.mark.parametrize("text", ["2021", '"2021"', "2021-03-21", '"2021-04/2022-03"'])
def test_periods_with_and_without_quotes(tmp_path: Path, text: str) -> None:
    report = check(write_place(tmp_path, {"place.toml": toml(TABLE.replace('"2021"', text), LOOKUP)}))
    assert report.findings == []


# --- Gaps ---


@pytest.mark.parametrize(
    ("periods", "missing"),
    [
        (["2018", "2019", "2020"], []),
        (["2018", "2019", "2021"], ["2020"]),
        (["2018", "2020", "2021", "2023"], ["2019", "2022"]),
        (["2018", "2020"], []),  # two are no run
        (["2011", "2021", "2022"], []),  # nine gaps in a run of three: single years
        (["2018", "2020", "2022"], []),  # every second year
        (["2018", "2020", "2024"], ["2022"]),
        (["2018", "2020", "2023"], []),  # no rhythm
        (["2021-Q3", "2021-Q4", "2022-Q2"], ["2022-Q1"]),
        (["2021-11", "2021-12", "2022-02"], ["2022-01"]),
        (["2020-S1", "2020-S2", "2021-S2"], ["2021-S1"]),
        (["2018-04/2019-03", "2019-04/2020-03", "2021-04/2022-03"], ["2020-04/2021-03"]),
        (["2018", "2019", "2020-Q1", "2021"], ["2020"]),  # a quarter is no year
        (["2018-03-01", "2018-03-02", "2018-03-04", "census"], []),  # days and texts make no run
    ],
)
def test_gaps_of_a_run(periods: list[str], missing: list[str]) -> None:
    assert gaps(periods) == missing
    assert gaps(reversed(periods)) == missing  # the order of the file does not matter


LONG = """
[[values]]
file = "indicators/values/long.csv"
geography = "area"
columns = { area = "code", indicator = "what", period = "when", value = "n" }
"""


def long(tmp_path: Path, held: dict[str, list[str]], indicators: str = INDICATORS) -> Path:
    rows = [f"A{n},{what},{when},0" for what, whens in held.items() for when in whens for n in (1, 2, 3, 4)]
    text = "code,what,when,n\n" + "\n".join(rows) + "\n"
    return write_place(tmp_path, {"place.toml": toml(LONG, LOOKUP), "indicators/values/long.csv": text,
                                  "indicators/indicators.csv": indicators})  # fmt: skip


def test_a_gap_in_a_yearly_run_is_a_warning(tmp_path: Path) -> None:
    years = ["2018", "2019", "2021"]
    found = told(check(long(tmp_path, {"residents": years, "no-car": years})), "missing-period")
    assert [where(finding) for finding in found] == [
        ("warning", "indicators/values/long.csv", None, "n", "2020"),
        ("warning", "indicators/values/long.csv", None, "n", "2020"),
    ]
    assert found[0].message == "residents has values on area for 2018, 2019, 2021 but not for 2020"


def test_a_period_that_others_of_the_table_have_is_a_warning(tmp_path: Path) -> None:
    found = told(check(long(tmp_path, {"residents": ["2011", "2021"], "no-car": ["2021"]})), "missing-period")
    assert [where(finding) for finding in found] == [("warning", "indicators/values/long.csv", None, "n", "2011")]
    assert "no-car has no values on area for 2011, which others of its table have" in found[0].message


def test_a_run_without_gaps_has_no_finding(tmp_path: Path) -> None:
    years = ["2018", "2019", "2020"]
    assert check(long(tmp_path, {"residents": years, "no-car": years})).findings == []


def source_tables(tmp_path: Path, source: str) -> Path:
    """Residents in 2021 and 2022, no-car in 2021 alone, each period a table of its own."""
    later = TABLE.replace("2021", "2022").replace(', share = "no-car"', "")
    indicators = INDICATORS.replace("low_good,Census", f"low_good,{source}")
    return write_place(tmp_path, {"place.toml": toml(TABLE, later, LOOKUP), "indicators/indicators.csv": indicators})


def test_a_period_that_others_of_the_source_have_is_a_notice(tmp_path: Path) -> None:
    finding = only(check(source_tables(tmp_path, "Census")), "missing-period")
    assert where(finding) == ("notice", "indicators/values/wide.csv", None, "share", "2022")
    assert "which others of the same source have" in finding.message


def test_periods_of_other_sources_say_nothing(tmp_path: Path) -> None:
    assert told(check(source_tables(tmp_path, "Survey")), "missing-period") == []


def test_a_column_that_holds_no_periods_at_all_is_an_error(tmp_path: Path) -> None:
    """101 texts that are none: the column is another one, and is not told of text by text."""
    rows = "".join(f"A1,residents,x{number},1\n" for number in range(101))
    folder = long(tmp_path, {})
    (folder / "indicators/values/long.csv").write_text("code,what,when,n\n" + rows, encoding="utf-8")
    finding = only(check(folder), "period-form")
    assert where(finding) == ("error", "indicators/values/long.csv", None, "when", "x0")
    assert "nor are 100 other texts of the column or more" in finding.message
