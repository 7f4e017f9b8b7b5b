"""An index over time: one scale for all periods, changes with intervals, and everything that is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.commands import run
from tests.measure.small_places import csv_text, group, indicators_text, leaf, write_files

from wholeplace.build.check import check_place
from wholeplace.measure import IndexSpec, build_index
from wholeplace.measure.index import build_periods
from wholeplace.measure.over_time import BETTER, NOISE, NOT_COMPARED, WORSE, NotOverTimeError, over_time
from wholeplace.measure.over_time.themes import two_themes
from wholeplace.place import FindingsError, Place, open_place

GOOD = {"direction": "high-is-better"}
HEAD = '[place]\ncode = "T1"\nname = "Town"\n\n[[geography]]\nid = "a"\nname = "Areas"\n'
COLUMNS = ("area", "indicator", "period", "value", "lower95", "upper95", "status")
LONG = '\n[[values]]\nfile = "values/long.csv"\ngeography = "a"\n'
LONG += "columns = { " + ", ".join(f'{name} = "{name}"' for name in COLUMNS) + " }\n"

Cells = Mapping[tuple[str, str], Sequence[float | tuple[float, float] | None]]


def files(cells: Cells) -> dict[str, str]:
    """Files of a place of areas A1, A2, …: (indicator, period) -> a value an area, or value and half of its interval."""
    rows: dict[str, list[object]] = {name: [] for name in COLUMNS}
    for (indicator, period), values in cells.items():
        for number, cell in enumerate(values, 1):
            value, half = cell if isinstance(cell, tuple) else (cell, None)
            ends = (None, None) if value is None or half is None else (value - half, value + half)
            row = (f"A{number}", indicator, period, value, *ends, "O" if value is None else "A")
            for name, one in zip(rows, row, strict=True):
                rows[name].append(one)
    kinds = dict.fromkeys((indicator for indicator, _ in cells), "score")
    return {"place.toml": HEAD + LONG, "values/long.csv": csv_text(rows),
            "indicators/indicators.csv": indicators_text(kinds)}  # fmt: skip


def town(folder: Path, cells: Cells) -> Place:
    return open_place(write_files(folder, files(cells)))


def spec(periods: Sequence[str], *parts: dict[str, Any], **more: Any) -> IndexSpec:
    base = {"id": "grow", "name": "Grow", "geography": "a", "periods": list(periods), "higher_is": "better"}
    base |= {"normalise": {"method": "min-max"}, "part": list(parts)}
    return IndexSpec.model_validate(base | more)


def goal(name: str, weight: float = 1.0, **more: Any) -> dict[str, Any]:
    """A part between the goalposts 0 and 100, so that a score is its value."""
    settings = {"method": "goalposts", "low": 0, "high": 100, "clip": False}
    return leaf(name, weight, normalise=settings, **({"direction": "high-is-better"} | more))


def column(frame: pl.DataFrame, name: str = "score") -> list[float]:
    return frame.sort("area")[name].to_list()


# --- One scale ---

PANEL: Cells = {
    ("x", "2020"): [10, 20, 30], ("x", "2021"): [20, 40, 50],
    ("y", "2020"): [8, 6, 4], ("y", "2021"): [6, 4, 0],
}  # fmt: skip


def test_min_max_takes_its_ends_from_all_areas_in_all_periods(tmp_path: Path) -> None:
    # x runs from 10 to 50: 0, 25, 50 and 25, 75, 100. y is bad and runs from 8 (0) to 0 (100): 0, 25, 50 and 25, 50, 100.
    index = spec(["2020", "2021"], leaf("x", 3, **GOOD), leaf("y", 1), aggregate={"rescale_weights": True})
    first, last = build_periods(town(tmp_path, PANEL), index)
    assert column(first.frame, "x_score") == pytest.approx([0, 25, 50])
    assert column(last.frame, "x_score") == pytest.approx([25, 75, 100])
    assert column(first.frame, "y_score") == pytest.approx([0, 25, 50])
    assert column(last.frame, "y_score") == pytest.approx([25, 50, 100])
    assert column(first.frame) == pytest.approx([0, 25, 50])
    assert column(last.frame) == pytest.approx([25, 68.75, 100])


def test_z_scores_take_mean_and_spread_from_all_areas_in_all_periods(tmp_path: Path) -> None:
    index = spec(["2020", "2021"], leaf("x", **GOOD), leaf("y", 0), normalise={"method": "z-score"})
    results = build_periods(town(tmp_path, PANEL), index)
    x, y = [10, 20, 30, 20, 40, 50], [8, 6, 4, 6, 4, 0]
    found = [score for one in results for score in column(one.frame, "x_score")]
    assert found == pytest.approx([(value - mean(x)) / stdev(x) for value in x])
    turned = [score for one in results for score in column(one.frame, "y_score")]
    assert turned == pytest.approx([-(value - mean(y)) / stdev(y) for value in y])


def test_where_all_get_better_alike_every_score_rises_and_no_rank_moves(tmp_path: Path) -> None:
    place = town(tmp_path, {("x", "2020"): [10, 25, 40], ("x", "2024"): [15, 30, 45]})
    first, last = build_periods(place, spec(["2020", "2024"], leaf("x", **GOOD)))
    # the scale runs from 10 to 45: 5 more are 100 x 5 / 35
    assert np.subtract(column(last.frame), column(first.frame)) == pytest.approx([100 * 5 / 35] * 3)
    assert column(first.frame, "rank") == column(last.frame, "rank") == [3, 2, 1]


def test_the_index_by_itself_is_its_newest_period(tmp_path: Path) -> None:
    place, index = town(tmp_path, PANEL), spec(["2020", "2021"], leaf("x", **GOOD))
    newest = build_index(place, index)
    assert newest.spec.period == "2021"
    assert newest.frame.equals(build_periods(place, index)[-1].frame)
    assert newest.written is not None
    assert newest.written.periods == ["2020", "2021"]


def test_a_later_period_moves_scores_between_ends_of_the_data_and_not_between_goalposts(tmp_path: Path) -> None:
    place = town(tmp_path, {**PANEL, ("x", "2022"): [5, 90, 60]})

    def first(periods: list[str], part: dict[str, Any]) -> list[float]:
        return column(build_periods(place, spec(periods, part))[0].frame)

    both, all_three = ["2020", "2021"], ["2020", "2021", "2022"]
    assert first(both, goal("x")) == first(all_three, goal("x")) == pytest.approx([10, 20, 30])
    assert first(all_three, leaf("x", **GOOD)) != pytest.approx(first(both, leaf("x", **GOOD)))


def test_wards_are_sums_of_counts_and_no_means_of_shares(tmp_path: Path) -> None:
    # Of 100 people 50, of 900 people 90: 140 of 1,000 are 14 %; the mean of 50 % and 10 % would be 30 %.
    rows: dict[str, list[object]] = {"area": ["A1", "A2", "A3"] * 2, "period": ["2020"] * 3 + ["2021"] * 3,
                                     "count": [50, 90, 30, 40, 60, 60], "total": [100, 900, 100] * 2}  # fmt: skip
    text = (
        HEAD + '\n[[geography]]\nid = "w"\nname = "Wards"\n\n[[lookup]]\nfrom = "a"\nto = "w"\nfile = "areas/w.csv"\n'
    )
    text += (
        'columns = { from = "a", to = "w" }\n\n[[values]]\nfile = "values/x.csv"\ngeography = "a"\nindicator = "x"\n'
    )
    text += 'columns = { area = "area", period = "period", count = "count", denominator = "total" }\n'
    text += '\n[[values]]\nfile = "values/w.csv"\ngeography = "w"\nindicator = "n"\nperiod = "2020"\n'
    text += 'columns = { area = "w", value = "n" }\n'
    write_files(tmp_path, {
        "place.toml": text, "values/x.csv": csv_text(rows), "values/w.csv": "w,n\nW1,1\nW2,1\n",
        "areas/w.csv": "a,w\nA1,W1\nA2,W1\nA3,W2\n",
        "indicators/indicators.csv": indicators_text({"x": "proportion", "n": "score"}),
    })  # fmt: skip
    part = goal("x") | {"from": "a", "normalise": {"method": "goalposts", "low": 0, "high": 1}}
    found = over_time(open_place(tmp_path), spec(["2020", "2021"], part, geography="w"), draws=200)
    assert found.frame["score"].to_list() == pytest.approx([14, 30, 10, 60])
    assert found.overall["word"].to_list() == [WORSE, BETTER]  # 140 to 100 of 1,000, 30 to 60 of 100


# --- Changes and their intervals ---


def test_the_interval_of_a_change_squares_and_adds_what_both_ends_vary(tmp_path: Path) -> None:
    # One part: sd 2 and 1.5 give 2.5. Two parts of 0.6 and 0.4: sqrt(0.36 (4 + 2.25) + 0.16 (1 + 9)).
    place = town(tmp_path, {
        ("x", "2020"): [(40, 1.96 * 2)] * 2, ("x", "2021"): [(50, 1.96 * 1.5)] * 2,
        ("y", "2020"): [(30, 1.96)] * 2, ("y", "2021"): [(20, 1.96 * 3)] * 2,
    })  # fmt: skip
    alone = over_time(place, spec(["2020", "2021"], goal("x")), draws=20_000).overall.row(0, named=True)
    assert alone["change"] == pytest.approx(10)
    assert (alone["lower95"], alone["upper95"]) == pytest.approx((10 - 1.96 * 2.5, 10 + 1.96 * 2.5), abs=0.15)
    both = over_time(place, spec(["2020", "2021"], goal("x", 0.6), goal("y", 0.4)), draws=20_000).overall
    half = 1.96 * sqrt(0.36 * 6.25 + 0.16 * 10)
    assert both["lower95"].to_list() == pytest.approx([2 - half] * 2, abs=0.15)
    assert both["upper95"].to_list() == pytest.approx([2 + half] * 2, abs=0.15)


def test_the_average_of_independent_areas_is_surer_than_one_of_them(tmp_path: Path) -> None:
    place = town(tmp_path, {("x", "2020"): [(40, 4.0)] * 16, ("x", "2021"): [(44, 4.0)] * 16})
    found = over_time(place, spec(["2020", "2021"], goal("x")), draws=4_000)
    half = 4 * sqrt(2) / 4  # of sixteen areas, each counting alike where nobody knows how many people live there
    row = found.averages.filter(part="index").row(0, named=True)
    assert (row["change"], row["lower95"], row["upper95"]) == pytest.approx((4, 4 - half, 4 + half), abs=0.1)
    assert row["word"] == BETTER
    assert set(found.overall["word"]) == {NOISE}  # 4 with an interval of 5.7 either side
    assert found.weighted_by == ""


def test_words_turn_with_what_a_high_score_means_and_change_over_all_spans_adds_up(tmp_path: Path) -> None:
    cells: Cells = {("x", period): [(value, 1.0), (90 - value, 1.0)]
                    for period, value in (("2019", 20.0), ("2021", 35.0), ("2024", 60.0))}  # fmt: skip
    place = town(tmp_path, cells)
    better = over_time(place, spec(["2019", "2021", "2024"], goal("x")), draws=500)
    assert better.spans == [("2019", "2024"), ("2019", "2021"), ("2021", "2024")]
    assert better.overall["word"].to_list() == [BETTER, WORSE]
    changes = better.changes.filter(part="index")["change"].to_list()
    assert changes == pytest.approx([40, -40, 15, -15, 25, -25])
    worse = spec(["2019", "2021", "2024"], goal("x", direction="high-is-worse"), higher_is="worse")
    assert over_time(place, worse, draws=500).overall["word"].to_list() == [WORSE, BETTER]


def test_where_nothing_changed_single_areas_look_changed_and_all_together_do_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    cells: Cells = {("x", period): [(float(value), 1.96 * 3) for value in rng.normal(50, 3, 200)]
                    for period in ("2020", "2021")}  # fmt: skip
    found = over_time(town(tmp_path, cells), spec(["2020", "2021"], goal("x")), draws=400).overall
    assert 3 <= (found["word_alone"] != NOISE).sum() <= 20  # about ten of 200
    assert set(found["word"]) == {NOISE}


def test_without_intervals_or_with_other_figures_nothing_is_told(tmp_path: Path) -> None:
    cells: Cells = {
        ("x", "2020"): [(10, 1.0), (20, 1.0), 30], ("x", "2021"): [(50, 1.0), (60, 1.0), 70],
        ("y", "2020"): [10, 20, 30], ("y", "2021"): [10, None, 30],
    }  # fmt: skip
    parts = (goal("x", 0.5), goal("y", 0.5))
    index = spec(["2020", "2021"], *parts, aggregate={"missing": "drop-part", "rescale_weights": True})
    found = over_time(town(tmp_path, cells), index, draws=200)
    # A2 has no y in 2021: its score is made of other figures than in 2020. A3 has no interval at all.
    assert found.overall["word"].to_list() == [BETTER, NOT_COMPARED, NOT_COMPARED]
    assert found.overall["change"].to_list() == [pytest.approx(20), None, pytest.approx(20)]
    assert found.overall["lower95"].is_null().to_list() == [False, True, True]
    assert any("taken as exact" in said and said.endswith("Y.") for said in found.cautions)
    bare = over_time(town(tmp_path / "bare", {("x", p): [1, 2, 3] for p in ("2020", "2021")}),
                     spec(["2020", "2021"], leaf("x", **GOOD)))  # fmt: skip
    assert set(bare.overall["word"]) == {NOT_COMPARED}
    assert "noise cannot be told from change" in bare.cautions[0]


def test_other_weights_turn_a_change_round_where_parts_pull_against_each_other(tmp_path: Path) -> None:
    # +10 and -9 with weights w and 1 - w, which vary about 1/2 by sqrt(0.25 / 101): above 0 where w > 9/19, in 70 %.
    place = town(tmp_path, {
        ("x", "2020"): [(10, 1.0), (10, 1.0)], ("x", "2021"): [(20, 1.0), (20, 1.0)],
        ("y", "2020"): [(50, 1.0), (50, 1.0)], ("y", "2021"): [(41, 1.0), (60, 1.0)],
    })  # fmt: skip
    index = spec(["2020", "2021"], goal("x", 0.5), goal("y", 0.5), uncertainty={"weight_concentration": 100})
    agree = over_time(place, index, draws=100).overall["weights_agree"].to_list()
    assert agree[0] == pytest.approx(0.70, abs=0.09)
    assert agree[1] == 1


def test_same_seed_same_draws_whatever_other_areas_there_are(tmp_path: Path) -> None:
    few: Cells = {("x", period): [(value, 3.0) for value in values]
                  for period, values in (("2020", (30, 40)), ("2021", (35, 38)))}  # fmt: skip
    more: Cells = {key: [*values, (70, 3.0)] for key, values in few.items()}
    index = spec(["2020", "2021"], goal("x"))
    one, other = (over_time(town(tmp_path / name, cells), index, draws=300, seed=4).overall
                  for name, cells in (("few", few), ("more", more)))  # fmt: skip
    assert other.head(2)["lower95"].to_list() == pytest.approx(one["lower95"].to_list())
    another = over_time(town(tmp_path / "few", few), index, draws=300, seed=5).overall
    assert another["lower95"].to_list() != one["lower95"].to_list()


# --- Themes and dates of their own ---


def test_two_themes_are_told_apart_by_the_middle_of_all_areas_and_periods(tmp_path: Path) -> None:
    place = town(tmp_path, {
        ("x", "2020"): [20, 60, 40, 80], ("x", "2021"): [60, 60, 40, 40],
        ("y", "2020"): [20, 60, 80, 40], ("y", "2021"): [60, 60, 20, 60],
    })  # fmt: skip
    found = over_time(place, spec(["2020", "2021"], goal("x", 0.5), goal("y", 0.5)), draws=50)
    assert found.middles == pytest.approx({"index": 50, "x": 50, "y": 50})
    assert found.themes is not None
    assert found.themes["field"].to_list() == [
        "neither",
        "both",
        "second",
        "first",
        "both",
        "both",
        "neither",
        "second",
    ]
    assert two_themes(build_periods(place, spec(["2020", "2021"], goal("x"))), {"x": 50.0}) is None


def test_a_part_may_have_dates_of_its_own_and_come_from_elsewhere(tmp_path: Path) -> None:
    place = town(tmp_path, {("x", "2021"): [10, 20], ("x", "2024"): [30, 40], ("y", "2018/2020"): [1, 2],
                            ("y", "2021/2023"): [3, 4]})  # fmt: skip
    own = goal("y", periods=["2018/2020", "2021/2023"])
    first, last = build_periods(place, spec(["2021", "2024"], goal("x"), own))
    assert [leaf.period for leaf in last.leaves] == ["2024", "2021/2023"]
    assert column(first.frame, "y_score") == pytest.approx([1, 2])


# --- What is refused ---


def faults(place: Place, index: IndexSpec) -> str:
    with pytest.raises(FindingsError) as refused:
        build_index(place, index)
    return "\n".join(str(finding) for finding in refused.value.findings if finding.level == "error")


@pytest.mark.parametrize(
    ("periods", "more", "words"),
    [
        (["2020"], {}, "names one period; change needs two or more"),
        (["2021", "2020"], {}, "the oldest comes first: 2020, 2021"),
        (["2020", "2020", "2021"], {}, "'2020' is there 2 times"),
        (["2020", "soon"], {}, "'soon' is no period"),
        (["2020", "2021"], {"period": "2021"}, "`period` and `periods` are both there"),
        (["2020", "2021", "2021/2022"], {}, "2021 and 2021/2022 overlap"),
        (["2020", "2021"], {"normalise": {"method": "rank"}}, "nothing would change where everybody does better"),
        (["2020", "2021"], {"normalise": {"method": "z-score", "reference": "source"}}, "is not for several periods"),
        (["2020", "2022"], {}, "'x' has no values for the period '2022'; there are: 2020, 2021"),
    ],
)
def test_periods_that_cannot_be_followed_are_refused(
    periods: list[str], more: dict[str, Any], words: str, tmp_path: Path
) -> None:
    assert words in faults(town(tmp_path, PANEL), spec(periods, leaf("x", **GOOD), **more))


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (leaf("x", period="2020", **GOOD), "it would stand still and hide change"),
        (leaf("x", periods=["2020"], **GOOD), "has 1 `periods` and the index 2; give one for each"),
        (leaf("x", periods=["2021", "2020"], **GOOD), "part 'x': the oldest comes first: 2020, 2021"),
        (leaf("x", from_in={"2019": "a"}, **GOOD), "`from_in` names '2019', which is no period of the index"),
        (group("g", 1, [leaf("x", **GOOD)], renormalise={"method": "min-max"}), "in each period by another scale"),
        (group("g", 1, [leaf("x", **GOOD)], periods=["2020", "2021"]), "has parts of its own: write `periods` there"),
    ],
)
def test_parts_that_cannot_be_followed_are_refused(part: dict[str, Any], words: str, tmp_path: Path) -> None:
    assert words in faults(town(tmp_path, PANEL), spec(["2020", "2021"], part))


def test_periods_of_parts_need_periods_of_the_index(tmp_path: Path) -> None:
    index = spec([], leaf("x", periods=["2020"], **GOOD), period="2020")
    assert "part 'x' has `periods`, but the index names no `periods`" in faults(town(tmp_path, PANEL), index)


def test_a_gap_is_told_with_its_period_and_what_holds_for_all_is_told_once(tmp_path: Path) -> None:
    place = town(tmp_path, {**PANEL, ("x", "2021"): [None, 40, 50]})
    told = faults(place, spec(["2020", "2021"], leaf("x", **GOOD), leaf("z", **GOOD)))
    assert "2021: part 'x': 'x' has no value in 1 area" in told
    assert told.count("'z' is not in indicators.csv") == 1
    same = town(tmp_path / "same", {("x", "2020"): [3, 3], ("x", "2021"): [3, 3]})
    told = faults(same, spec(["2020", "2021"], leaf("x", **GOOD)))
    assert told.count("every value is 3") == 1


INDEX = """id = "grow"
name = "Grow"
geography = "a"
periods = {}
higher_is = "better"
[normalise]
method = "{}"
[[part]]
id = "x"
indicator = "x"
weight = 1
direction = "high-is-better"
"""


def test_check_lists_every_fault_of_such_a_file_with_its_file(tmp_path: Path) -> None:
    write_files(tmp_path, {**files(PANEL), "indices/grow.toml": INDEX.format('["2021", 2019]', "percentile")})
    told = [finding for finding in check_place(tmp_path).findings if finding.level == "error"]
    assert {finding.file for finding in told} == {"indices/grow.toml"}
    assert [(finding.rule, finding.column) for finding in told] == [
        ("periods", "periods"), ("periods", "normalise.method"), ("no-period", "part.indicator"),
    ]  # fmt: skip


def test_the_command_tells_people_and_machines(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cells: Cells = {("x", "2020"): [(10, 1.0), (20, 1.0)], ("x", "2021"): [(30, 1.0), (20.5, 1.0)]}
    write_files(tmp_path, {**files(cells), "indices/grow.toml": INDEX.format("[2020, 2021]", "min-max")})
    done = run(capfd, "index", "over-time", tmp_path, "grow")
    assert "2020 to 2021, 2 areas: 1 better off, 1 could be noise." in done.out
    document = run(capfd, "index", "over-time", tmp_path, "grow", "--json", "-").document
    assert document["schema"] == "wholeplace.index-over-time/1"
    assert document["periods"] == ["2020", "2021"]
    assert [row["score"] for row in document["scores"]] == pytest.approx([0, 50, 100, 52.5])
    assert {row["word"] for row in document["changes"] if row["part"] == "index"} == {BETTER, NOISE}


def test_an_index_of_one_period_says_nothing_of_change(tmp_path: Path) -> None:
    index = IndexSpec.model_validate({"id": "one", "name": "One", "geography": "a", "period": "2020",
                                      "higher_is": "better", "part": [goal("x")]})  # fmt: skip
    with pytest.raises(NotOverTimeError, match="has one period; name two or more under `periods`"):
        over_time(town(tmp_path, PANEL), index)
