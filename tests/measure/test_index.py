"""Building an index: what comes out, in what order, and how ties and gaps are ranked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.measure.small_places import group, index_spec, leaf, open_town

from wholeplace.measure import IndexResult, build_index
from wholeplace.measure.ranks import deciles, rank_scores


def built(tmp_path: Path, values: dict[str, list[Any]], *parts: Any, **more: Any) -> IndexResult:
    town = {key: more.pop(key) for key in ("areas", "inside", "wards", "people", "kinds", "period") if key in more}
    return build_index(open_town(tmp_path, values, **town), index_spec(*parts, **more))


def column(result: IndexResult, name: str) -> list[Any]:
    return result.frame[name].to_list()


THREE = {"x": [1, 2, 3], "y": [30, 20, 10]}


def test_columns_are_parts_depth_first_as_written(tmp_path: Path) -> None:
    result = built(tmp_path, {**THREE, "z": [1, 1, 2]}, group("g", 1, [leaf("y"), leaf("x")]), leaf("z"))
    expected = ["area", "score", "rank", "decile", "g_score", "y_score", "x_score", "z_score"]
    assert result.frame.columns == expected


@pytest.mark.parametrize("part_id", ["index", "area", "inside", "score", "rank", "reference"])
def test_a_part_may_have_any_id(tmp_path: Path, part_id: str) -> None:
    """x + 2 y, y under another id: 1 + 60, 2 + 40, 3 + 20."""
    result = built(tmp_path, THREE, leaf("x"), leaf("y", 2, id=part_id))
    assert column(result, "score") == [61, 42, 23]
    assert column(result, f"{part_id}_score") == [30, 20, 10]


def test_part_scores_are_before_weighting(tmp_path: Path) -> None:
    # x as it is, y turned: x_score + 0.1 y_score = 1 - 3, 2 - 2, 3 - 1.
    result = built(tmp_path, THREE, leaf("x"), leaf("y", 0.1, direction="high-is-better"))
    assert column(result, "y_score") == [-30, -20, -10]
    assert column(result, "score") == pytest.approx([-2, 0, 2])


def test_areas_are_in_code_order_and_those_without_a_score_last(tmp_path: Path) -> None:
    values = {"x": [1, None, 3, None, 2]}
    codes = ["a3", "A2", "B1", "A1", "A10"]
    result = built(tmp_path, values, leaf("x"), areas=codes, aggregate={"missing": "drop-part"})
    assert column(result, "area") == ["A10", "B1", "a3", "A1", "A2"]  # code points: capitals before small letters
    assert column(result, "score") == [2, 3, 1, None, None]
    assert column(result, "rank") == [2, 1, 3, None, None]
    assert column(result, "decile") == [7, 4, 10, None, None]
    assert column(result, "x_score")[3:] == [None, None]


@pytest.mark.parametrize(
    ("higher_is", "direction", "rank_1", "ranks"),
    [
        ("worse", "high-is-worse", "highest", [3, 2, 1]),
        ("worse", "high-is-better", "highest", [1, 2, 3]),
        ("better", "high-is-better", "highest", [3, 2, 1]),
        ("better", "high-is-worse", "highest", [1, 2, 3]),
        ("better", "high-is-better", "lowest", [1, 2, 3]),
        ("worse", "high-is-worse", "lowest", [1, 2, 3]),
    ],
)
def test_turning_and_ranking(tmp_path: Path, higher_is: str, direction: str, rank_1: str, ranks: list[int]) -> None:
    part = leaf("x", direction=direction)
    result = built(tmp_path, {"x": [1, 2, 3]}, part, higher_is=higher_is, rank_1=rank_1)
    assert column(result, "rank") == ranks


@pytest.mark.parametrize("rank_1", ["highest", "lowest"])
def test_polarity_of_the_indicator_is_not_used(tmp_path: Path, rank_1: str) -> None:
    place = open_town(tmp_path, {"x": [1, 2, 3]})
    text = (tmp_path / "indicators/indicators.csv").read_text("utf-8").replace('"none"', '"high_good"')
    (tmp_path / "indicators/indicators.csv").write_text(text, "utf-8")
    from wholeplace.place import open_place

    spec = index_spec(leaf("x"), rank_1=rank_1)
    assert build_index(open_place(tmp_path), spec).frame.equals(build_index(place, spec).frame)


def test_ties_within_a_billionth_share_the_lowest_number() -> None:
    scores = np.array([5.0, 5.0 + 0.9e-9, 5.0 + 3e-9, 4.0, np.nan, 5.0 - 0.9e-9])
    assert rank_scores(scores, rank_1="highest")[[0, 1, 2, 3, 5]].tolist() == [2, 2, 1, 5, 2]
    assert rank_scores(scores, rank_1="lowest")[[0, 1, 2, 3, 5]].tolist() == [2, 2, 5, 1, 2]
    assert np.isnan(rank_scores(scores, rank_1="highest")[4])


def test_sums_that_differ_by_rounding_are_tied(tmp_path: Path) -> None:
    # 0.1 + 0.2 = 0.30000000000000004 and 0.3 + 0
    result = built(tmp_path, {"x": [0.1, 0.3, 0.2], "y": [0.2, 0, 0]}, leaf("x"), leaf("y"))
    assert column(result, "rank") == [1, 1, 3]


@pytest.mark.parametrize(
    ("n", "tenths"),
    [
        (2, [5, 10]),
        (3, [4, 7, 10]),
        (10, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (11, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]),
        (20, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10]),
    ],
)
def test_decile_is_ten_times_rank_over_n_rounded_up(n: int, tenths: list[int]) -> None:
    rank = rank_scores(np.arange(n, 0, -1.0), rank_1="highest")
    assert rank.tolist() == list(range(1, n + 1))
    assert deciles(rank).tolist() == tenths


def test_decile_of_ties_is_that_of_their_shared_rank() -> None:
    # Ranks 1, 2, 2, 4, 4, 4, 4, 8, 9, 10 of 10.
    scores = np.array([9.0, 8, 8, 7, 7, 7, 7, 3, 2, 1])
    assert deciles(rank_scores(scores, rank_1="highest")).tolist() == [1, 2, 2, 4, 4, 4, 4, 8, 9, 10]


def test_scores_are_not_rounded(tmp_path: Path) -> None:
    result = built(tmp_path, {"x": [1, 2, 4]}, leaf("x", 1 / 3), normalise={"method": "z-score"})
    # Mean 7/3, sd = sqrt((16/9 + 1/9 + 25/9) / 2) = sqrt(7/3)
    assert column(result, "score")[0] == pytest.approx((1 - 7 / 3) / np.sqrt(7 / 3) / 3, rel=1e-15)


# --- Missing values ---


def test_dropped_leaf_and_dropped_group(tmp_path: Path) -> None:
    values = {"a": [10, 20, None, None], "b": [30, None, None, None], "c": [1, 2, 3, None]}
    parts = (group("g", 0.6, [leaf("a", 0.25), leaf("b", 0.75)]), leaf("c", 0.4))
    result = built(tmp_path, values, *parts, aggregate={"missing": "drop-part"})
    # A01: g = 2.5 + 22.5 = 25, 15 + 0.4; A02: g = 20 with b's weight, 12 + 0.8; A03: no g, c has weight 1: 3.
    assert column(result, "g_score") == [25, 20, None, None]
    assert column(result, "score") == pytest.approx([15.4, 12.8, 3, None])
    assert [finding.rule for finding in result.findings] == ["dropped"] * 3


def test_group_has_its_own_rule_for_missing_parts(tmp_path: Path) -> None:
    values = {"a": [10, 20], "b": [30, None], "c": [1, 2]}
    dropping = group("g", 1, [leaf("a", 0.5), leaf("b", 0.5)], aggregate={"missing": "drop-part"})
    result = built(tmp_path, values, dropping, leaf("c"))
    assert column(result, "score") == [21, 22]


PEOPLE = {"people": [100, 300, 50, 10], "wards": ["W1", "W1", "W1", "W2"]}
IMPUTE = {"missing": "impute", "impute_from": "w"}


@pytest.mark.parametrize("gap", [None, "*"])
def test_gap_is_imputed_from_the_same_larger_area_by_population(tmp_path: Path, gap: Any) -> None:
    # W1 without A03: (2 x 100 + 6 x 300) / 400 = 5.
    result = built(tmp_path, {"x": [2, 6, gap, 9]}, leaf("x"), aggregate=IMPUTE, **PEOPLE)
    assert column(result, "score") == [2, 6, 5, 9]
    assert result.leaves[0].imputed == 1
    assert result.leaves[0].status.to_list() == ["A", "A", "I", "A"]
    assert [(finding.level, finding.rule) for finding in result.findings] == [("notice", "imputed")]


def test_imputed_value_takes_part_in_normalising(tmp_path: Path) -> None:
    # Ranks of 2, 6, 5, 9 among four areas.
    more = {"aggregate": IMPUTE, "normalise": {"method": "rank"}, **PEOPLE}
    assert column(built(tmp_path, {"x": [2, 6, None, 9]}, leaf("x"), **more), "score") == [1, 3, 2, 4]


@pytest.mark.parametrize("other", ["source", "place"])
def test_imputed_value_takes_part_in_normalising_among_the_source(tmp_path: Path, other: str) -> None:
    """A02 takes A01's 2; with A03 and A04 outside the values are 2, 2, 6, 1 and the ranks from the least 2.5, 2.5.

    Whether another part refers to the place, so that there are no common rows, does not change this one.
    """
    values = {"x": [2, None, 6, 1], "y": [1, 2, 3, 4]}
    aggregate = {"missing": "impute", "impute_from": "w"}
    parts = (leaf("x", normalise={"reference": "source"}), leaf("y", normalise={"reference": other}))
    place = open_town(
        tmp_path, values, inside=["A01", "A02"], wards=["W1", "W1", "W1", "W1"], people=[100, 200, 300, 400]
    )
    result = build_index(place, index_spec(*parts, normalise={"method": "rank"}, aggregate=aggregate))
    assert column(result, "x_score") == [2.5, 2.5]


def test_gap_can_be_imputed_from_the_whole_place(tmp_path: Path) -> None:
    # (2 x 100 + 6 x 300 + 9 x 10) / 410
    more = {"aggregate": {"missing": "impute", "impute_from": "place"}, **PEOPLE}
    result = built(tmp_path, {"x": [2, 6, None, 9]}, leaf("x"), **more)
    assert column(result, "score")[2] == pytest.approx(2090 / 410)


# --- Reference ---

ABROAD = {"areas": ["A1", "A2", "A3", "B1", "B2"], "inside": ["A1", "A2", "A3"]}
SOURCE = {"method": "rank", "reference": "source"}


def test_place_is_ranked_among_itself_by_default(tmp_path: Path) -> None:
    result = built(tmp_path, {"x": [1, 3, 5, 4, 9]}, leaf("x"), normalise={"method": "rank"}, **ABROAD)
    assert column(result, "score") == [1, 2, 3]
    assert "reference_rank" not in result.frame.columns


def test_reference_source_takes_every_row_of_the_table(tmp_path: Path) -> None:
    # Among 9, 5, 4, 3, 1.
    result = built(tmp_path, {"x": [1, 3, 5, 4, 9]}, leaf("x"), normalise=SOURCE, **ABROAD)
    assert column(result, "score") == [1, 2, 4]
    assert column(result, "rank") == [3, 2, 1]
    assert column(result, "decile") == [10, 7, 4]
    assert column(result, "reference_rank") == [5, 4, 2]
    assert column(result, "reference_decile") == [10, 8, 4]
    assert result.frame.columns[3:] == ["decile", "x_score", "reference_rank", "reference_decile"]


def test_n_counts_areas_with_a_value(tmp_path: Path) -> None:
    # One of the others has no value: 4 values; only three rows of the source have a score.
    result = built(tmp_path, {"x": [1, 3, 5, None, 9]}, leaf("x"), normalise=SOURCE, **ABROAD)
    assert column(result, "score") == [1, 2, 3]
    assert column(result, "reference_rank") == [4, 3, 2]


def test_without_common_rows_there_is_no_reference_rank(tmp_path: Path) -> None:
    """One leaf refers to the place: there is no set of rows on which both have a score."""
    own = leaf("y", normalise={"reference": "place"})
    values = {"x": [1, 3, 5, 4, 9], "y": [1, 3, 5, 4, 9]}
    result = built(tmp_path, values, leaf("x"), own, normalise=SOURCE, **ABROAD)
    assert column(result, "x_score") == [1, 2, 4]
    assert column(result, "y_score") == [1, 2, 3]
    assert "reference_rank" not in result.frame.columns


def test_min_max_and_z_score_among_the_source(tmp_path: Path) -> None:
    values = {"x": [2, 4, 6, 0, 8]}
    low = built(tmp_path, values, leaf("x"), normalise={"method": "min-max", "reference": "source"}, **ABROAD)
    assert column(low, "score") == [25, 50, 75]
    z = built(tmp_path, values, leaf("x"), normalise={"method": "z-score", "reference": "source"}, **ABROAD)
    assert column(z, "score") == pytest.approx([-2 / np.sqrt(10), 0, 2 / np.sqrt(10)])  # mean 4, sd sqrt(40 / 4)


def test_order_of_the_rows_of_a_source_changes_no_digit(tmp_path: Path) -> None:
    """Sums in floating point depend on their order, so that a z-score among the source could change in its last digit."""
    values = np.random.default_rng(1).normal(size=200)
    codes = [f"A{number:03}" for number in range(200)]
    parts = (leaf("x", normalise={"method": "z-score", "reference": "source"}), leaf("y"))
    scores = []
    for number, order in enumerate((np.arange(200), np.arange(200)[::-1], np.random.default_rng(2).permutation(200))):
        columns = {"x": values[order].tolist(), "y": values[order].tolist()}
        town = {"areas": [codes[row] for row in order], "inside": codes[:20]}
        scores.append(column(built(tmp_path / str(number), columns, *parts, **town), "x_score"))
    assert scores[0] == scores[1] == scores[2]


def test_group_is_normalised_again_among_the_source(tmp_path: Path) -> None:
    again = group("g", 1, [leaf("x", 0.5), leaf("y", 0.5)], renormalise={"method": "rank"})
    values = {"x": [1, 2, 3, 4, 5], "y": [1, 2, 3, 4, 5]}
    normalise = {"method": "none", "reference": "source"}
    assert column(built(tmp_path, values, again, normalise=normalise, **ABROAD), "g_score") == [1, 2, 3]
    by_place = group("g", 1, [leaf("x"), leaf("y")], renormalise={"method": "min-max", "reference": "place"})
    assert column(built(tmp_path, values, by_place, normalise=normalise, **ABROAD), "g_score") == [0, 50, 100]


# --- Settings of parts ---


def test_part_overrides_normalisation_key_by_key(tmp_path: Path) -> None:
    """y takes ties = max over the index's method; z another method."""
    values = {"x": [1, 1, 3], "y": [1, 1, 3], "z": [1, 1, 3]}
    parts = (leaf("x"), leaf("y", normalise={"ties": "max"}), leaf("z", normalise={"method": "min-max"}))
    result = built(tmp_path, values, *parts, normalise={"method": "rank", "ties": "min"})
    assert column(result, "x_score") == [2, 2, 3]
    assert column(result, "y_score") == [1, 1, 3]
    assert column(result, "z_score") == [0, 0, 100]


def test_part_that_holds_parts_overrides_aggregation(tmp_path: Path) -> None:
    values = {"x": [4, 1], "y": [9, 1]}
    own = group("g", 1, [leaf("x", 0.5), leaf("y", 0.5)], aggregate={"method": "geometric"})
    assert column(built(tmp_path, values, own), "score") == pytest.approx([6, 1])


def test_cuts_are_counted_inside_the_place_only(tmp_path: Path) -> None:
    normalise = {"method": "goalposts", "low": 2, "high": 4}
    result = built(tmp_path, {"x": [1, 3, 5, 4, 9]}, leaf("x"), normalise=normalise, **ABROAD)
    assert column(result, "score") == [0, 50, 100]
    assert result.cuts == {"x": 2}
    assert [(finding.level, finding.rule) for finding in result.findings] == [("notice", "cut")]


# --- Periods and geographies ---


def two_years(tmp_path: Path) -> Any:
    place = open_town(tmp_path, {"x": [1, 2, 3]}, period="2019")
    text = (tmp_path / "place.toml").read_text("utf-8")
    section = text[text.index("[[table]]") :].replace("values/a.csv", "values/b.csv").replace('"2019"', '"2021"')
    (tmp_path / "place.toml").write_text(text + section, "utf-8")
    (tmp_path / "values/b.csv").write_text("code,x\nA01,9\nA02,8\nA03,7\n", "utf-8")
    from wholeplace.place import open_place

    assert place.folder == tmp_path
    return open_place(tmp_path)


def test_period_is_that_of_the_part_else_of_the_index(tmp_path: Path) -> None:
    place = two_years(tmp_path)
    by_index = build_index(place, index_spec(leaf("x"), period="2019"))
    assert column(by_index, "score") == [1, 2, 3]
    by_part = build_index(place, index_spec(leaf("x", period="2021"), period="2019"))
    assert column(by_part, "score") == [9, 8, 7]


def test_latest_period_is_taken_when_asked_for(tmp_path: Path) -> None:
    place = two_years(tmp_path)
    for spec in (index_spec(leaf("x", period="latest"), period="2019"), index_spec(leaf("x"), period="latest")):
        result = build_index(place, spec)
        assert column(result, "score") == [9, 8, 7]
        assert result.leaves[0].period == "2021"


def test_values_are_moved_from_another_geography_when_asked_for(tmp_path: Path) -> None:
    """An index of wards from areas: W1 = (1 x 100 + 4 x 300) / 400 = 3.25, W2 = 7."""
    place = open_town(tmp_path, {"x": [1, 4, 7]}, people=[100, 300, 50], wards=["W1", "W1", "W2"])
    result = build_index(place, index_spec(leaf("x", **{"from": "a"}), geography="w"))
    assert column(result, "area") == ["W1", "W2"]
    assert column(result, "score") == [3.25, 7]
    assert result.leaves[0].moved_from == "a"


def test_moved_values_are_placed_among_the_table_they_came_from(tmp_path: Path) -> None:
    """Among 7, 4, 1: W1 with 3.25 comes after 4 and takes place 3, W2 with 7 place 1."""
    place = open_town(tmp_path, {"x": [1, 4, 7]}, people=[100, 300, 50], wards=["W1", "W1", "W2"])
    result = build_index(place, index_spec(leaf("x", **{"from": "a"}), geography="w", normalise=SOURCE))
    assert column(result, "score") == [1, 3]
    assert "reference_rank" not in result.frame.columns
    assert [finding.rule for finding in result.findings] == ["source-moved"]


def test_moved_means_of_one_value_are_ties(tmp_path: Path) -> None:
    """0.3 in every area of W1: the mean by population is 0.3 but for rounding, as in W2."""
    place = open_town(tmp_path, {"x": [0.3, 0.3, 0.3, 0.1]}, people=[1, 7, 3, 1], wards=["W1", "W1", "W2", "W3"])
    spec = index_spec(leaf("x", **{"from": "a"}), geography="w", normalise={"method": "rank"})
    assert column(build_index(place, spec), "score") == [2.5, 2.5, 1]


def test_moved_rank_gives_notice(tmp_path: Path) -> None:
    people = {"people": [100, 300, 50], "wards": ["W1", "W1", "W2"]}
    place = open_town(tmp_path, {"x": [1, 2, 3]}, kinds={"x": "rank"}, **people)
    result = build_index(place, index_spec(leaf("x", **{"from": "a"}), geography="w"))
    assert [(finding.level, finding.rule) for finding in result.findings] == [("notice", "rank-moved")]


def test_result_can_be_had_as_text_csv_json_and_html(tmp_path: Path) -> None:
    result = built(tmp_path, {"x": [1, 2, 1 / 3]}, leaf("x"), name="Risk & <need>")
    result.to_csv(tmp_path / "out.csv")
    result.to_json(tmp_path / "out.json")
    assert pl.read_csv(tmp_path / "out.csv").equals(result.frame)
    assert pl.read_json(tmp_path / "out.json").equals(result.frame)
    html = result._repr_html_()
    assert html.startswith("<p>Risk &amp; &lt;need&gt;: 3 areas; a higher score is worse, rank 1 the highest.</p>")
    assert "<table" in html
