"""Numbers, charts and downloads: small things worked out by hand."""

from __future__ import annotations

import io
import re

import polars as pl
import pytest
import python_calamine

from wholeplace.web.bars import ShareBar, share_bars
from wholeplace.web.charts import Piece, bars, histogram_bins, ticks, waterfall
from wholeplace.web.dumbbell import Pair, dumbbell
from wholeplace.web.exports import write_csv, write_xlsx
from wholeplace.web.maps import classes
from wholeplace.web.side_by_side import Lane, side_by_side
from wholeplace.web.words import Writer, issued_words, number, percent, period


def test_dates_of_issue_are_told_from_the_first_to_the_last() -> None:
    assert issued_words([None, ""]) == ""
    assert issued_words(["2025-06-24", None, "2025-06-24"]) == " Issued 24 June 2025."
    assert issued_words(["2025-10-30", "2024-01-02", ""]) == " Issued 2 January 2024 to 30 October 2025."


def test_ticks_are_round_numbers_inside_the_range() -> None:
    assert ticks(0, 10) == [0, 2, 4, 6, 8, 10]
    assert ticks(0.07, 0.31) == [0.1, 0.15, 0.2, 0.25, 0.3]
    assert ticks(3, 3) == [3]


def test_a_histogram_counts_each_value_once_and_the_end_with_the_last_bar() -> None:
    bins = histogram_bins([0, 1, 1, 9.9, 10], about=5)  # steps of 2 from 0 to 10
    assert [(one.low, one.high, one.count) for one in bins] == [(0, 2, 3), (2, 4, 0), (4, 6, 0), (6, 8, 0), (8, 10, 2)]


def test_few_whole_numbers_are_counted_each_by_itself() -> None:
    # Tenths: equal steps from 1 to 10 would put 9 and 10 into one bar and make a peak of it.
    bins = histogram_bins([1, 1, 2, 4])
    assert [(one.first, one.last, one.count) for one in bins] == [(1, 1, 2), (2, 2, 1), (3, 3, 0), (4, 4, 1)]
    assert [(one.low, one.high) for one in bins] == [(0.5, 1.5), (1.5, 2.5), (2.5, 3.5), (3.5, 4.5)]


def test_words_after_bars_stay_inside_the_picture() -> None:
    drawn = bars([("A", 28.0, "down 28: 59 to 87")], title="", about="", name="x")
    for width, x in re.findall(r'viewBox="0 0 (\d+).*?<text x="([\d.]+)"[^>]*>down', drawn, re.DOTALL):
        assert float(x) + 7 * len("down 28: 59 to 87") <= float(width)


def test_periods_as_people_write_them() -> None:
    given = ["2021", "2021-Q1", "2021-03", "2021-03-21", "2021-04/2022-03", "2020/2024", "summer", None]
    assert [period(one) for one in given] == [
        "2021", "January to March 2021", "March 2021", "21 March 2021", "April 2021 to March 2022", "2020 to 2024",
        "summer", "",
    ]  # fmt: skip


def test_decimals_of_a_share_are_those_of_the_share() -> None:
    writer = Writer({"unit": "share", "decimals": "3"})  # 0.133 is 13.3%
    assert writer.plain(0.13272) == "13.3%"
    assert writer.interval(0.1166, 0.15069) == "11.7 to 15.1"
    assert Writer({"unit": "share", "decimals": ""}).plain(0.13272) == "13.3%"
    assert Writer({"unit": "%", "decimals": "2"}).plain(13.272) == "13.27%"
    income = Writer({"unit": "GBP a year", "decimals": "0"})
    assert [income.plain(41518), income.plain(-3), income.after, income.unit_words] == [
        "£41,518", "−£3", " a year", "£ a year"]  # fmt: skip
    assert Writer({"unit": "minutes"}).after == " minutes" and Writer({"unit": "share"}).after == ""


def test_equal_values_are_in_one_class() -> None:
    kinds, legend = classes(
        {"a": 0.0, "b": 0.0, "c": 0.0, "d": 0.0, "e": 7.0}, Writer({"unit": "people", "decimals": "0"})
    )
    assert kinds["a"] == kinds["d"] != kinds["e"]
    assert [entry.words for entry in legend] == ["0 (4)", "7 (1)"]


def test_suppressed_missing_and_zero_are_three_things() -> None:
    writer = Writer({"unit": "%", "decimals": "1"})
    assert [writer.value(None, "Q"), writer.value(None, "O"), writer.value(0.0, "A")] == [
        "suppressed",
        "missing",
        "0.0%",
    ]


def test_small_shares_are_not_shown_as_nothing() -> None:
    assert [percent(0), percent(0.004), percent(0.004, 1), percent(0.998), percent(1)] == [
        "0%", "under 1%", "0.4%", "over 99%", "100%",
    ]  # fmt: skip
    assert number(-0.04, 1) == "0.0"
    assert number(-1234.5, 1) == "\N{MINUS SIGN}1,234.5"


def test_a_name_cannot_break_out_of_a_chart() -> None:
    drawn = waterfall([Piece("<script>", 1.0, 1, False)], 1.0, title="<b>", about="", name="x")
    assert "<script>" not in drawn
    assert "<b>" not in drawn


def test_texts_that_a_spreadsheet_would_run_are_written_as_texts() -> None:
    frame = pl.DataFrame({"name": ["=1+1", "@x", "-", "plain"], "value": [-1.0, 2.0, None, 0.0]})
    assert write_csv(frame).decode() == "name,value\n'=1+1,-1.0\n'@x,2.0\n'-,\nplain,0.0\n"
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(write_xlsx(frame, {"title": "=2+2"})))
    assert book.get_sheet_by_name("table").to_python()[1] == ["=1+1", -1.0]


def test_bars_of_shares_are_as_long_as_their_shares_and_the_line_stands_where_everybody_is() -> None:
    rows = [ShareBar("One", "", 0.4, "40%", 0.2), ShareBar("Two", "who are also", 0.1, "10%", None)]
    drawn = str(share_bars(rows, title="T", about="A", name="n"))
    desk = drawn.split("wp-phone", maxsplit=1)[0]
    widths = [float(one) for one in re.findall(r'width="([\d.]+)" height="20.0" class="c-bar"', desk)]
    assert widths[1] / widths[0] == pytest.approx(0.25, abs=0.001)
    [at] = re.findall(r'<line x1="([\d.]+)"[^>]*class="c-place"', desk)
    assert (float(at) - 2) / widths[0] == pytest.approx(0.5, abs=0.001)


def test_a_pair_is_a_ring_before_and_a_dot_after_on_one_scale() -> None:
    drawn = str(dumbbell([Pair("A", 1, 3, "+2"), Pair("B", 2, 1, "-1")], scale=10, title="T", about="A", name="n"))
    desk = drawn.split("wp-phone", maxsplit=1)[0]
    rings = [float(one) for one in re.findall(r'cx="([\d.]+)"[^>]*class="c-other"', desk)]
    dots = [float(one) for one in re.findall(r'cx="([\d.]+)"[^>]*class="c-point"', desk)]
    assert rings[0] == dots[1]  # both 1
    assert (rings[1] - rings[0]) * 2 == pytest.approx(dots[0] - dots[1], abs=0.2)  # 2 lies half way from 1 to 3


def test_the_figure_of_a_pair_is_never_cut_off_in_a_narrow_window() -> None:
    name = "\u2003\u2003Children in poverty after housing costs"
    drawn = str(dumbbell([Pair(name, 1, 3, "+2.0, better off")], scale=1, title="T", about="A", name="n"))
    phone = drawn.split("wp-phone", maxsplit=1)[1]
    words = " ".join(one.strip() for one in re.findall(r'class="c-text c-small">([^<]*)</text>', phone))
    assert "Children in poverty after housing costs: +2.0, better off" in words
    assert "…" not in drawn


def test_lanes_stand_below_one_another_and_one_without_a_figure_stays_empty() -> None:
    lanes = [Lane("A", 5, 4, 6), Lane("B", None, None, None), Lane("C", 10, None, None)]
    drawn = str(side_by_side(lanes, 7.5, (0, 10), "words"))
    dots = [float(one) for one in re.findall(r'cx="([\d.]+)"', drawn)]
    assert len(dots) == 2
    assert (dots[1] - 22) == pytest.approx(2 * (dots[0] - 22))
    assert drawn.count("c-range") == 1
    assert drawn.count("c-grid") == 3
