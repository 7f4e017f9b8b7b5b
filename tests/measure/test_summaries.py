"""Summaries of larger areas by England's definitions, by hand on ten areas.

English Indices of Deprivation 2019, Research Report, section 3.8: average score and average rank (rank 1 of n counts
n) weighted by population; proportion of areas in the most deprived tenth; extent (people in the most deprived tenth
count 1, then 0.95 in the 11th percentile falling evenly to 0.05 in the 30th); local concentration (average rank of the
most deprived areas that hold a tenth of the people).

Scores are 10, 9, … 1, so ranks 1 to 10 and percentiles 10, 20, … 100. W1 is A01, A03, A05, … (odd), W2 the rest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.measure.small_places import index_spec, leaf, open_town

from wholeplace.measure import build_index, summarise
from wholeplace.measure.summaries import extent_weight

TEN = {"x": [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]}
PEOPLE = [50, 100, 200, 100, 250, 100, 300, 100, 200, 100]
WARDS = ["W1", "W2"] * 5


def summaries(tmp_path: Path, values: dict[str, list[Any]] = TEN, **more: Any) -> dict[str, dict[str, Any]]:
    settings = {"people": PEOPLE, "wards": WARDS} | {k: more.pop(k) for k in ("people", "wards", "inside") if k in more}
    place = open_town(tmp_path, values, **settings)
    result = build_index(place, index_spec(leaf("x"), **more))
    return {row["area"]: row for row in summarise(place, result).to_dicts()}


def test_extent_weight_falls_evenly() -> None:
    assert extent_weight(np.array([1.0, 10, 11, 20, 30, 31, 100])) == pytest.approx(
        [1, 1, 0.95, 0.95 - 9 * 0.9 / 19, 0.05, 0, 0]
    )


def test_ten_areas_by_hand(tmp_path: Path) -> None:
    found = summaries(tmp_path)
    first = found["W1"]
    assert (first["geography"], first["areas"], first["population"]) == ("w", 5, 1000)
    # (10 x 50 + 8 x 200 + 6 x 250 + 4 x 300 + 2 x 200) / 1000; the ranks turned round are the scores here.
    assert first["average_score"] == pytest.approx(5.2)
    assert first["average_rank"] == pytest.approx(5.2)
    assert first["share_decile_1"] == pytest.approx(0.2)  # A01 of five areas
    # A01 is in percentile 10: 50 people count 1. A03 is in percentile 30: 200 x 0.05 = 10. (50 + 10) / 1000.
    assert first["extent"] == pytest.approx(0.06)
    # A tenth is 100 people: 50 of A01 (10) and 50 of A03 (8): 9.
    assert first["local_concentration"] == pytest.approx(9)
    second = found["W2"]
    assert (second["population"], second["share_decile_1"]) == (500, 0)
    # 100 people in percentile 20: weight 0.95 - 9 x 0.9 / 19 = 0.523684; a fifth of the people.
    assert second["extent"] == pytest.approx(0.1047368, abs=1e-7)
    assert second["local_concentration"] == pytest.approx(9)  # 50 people, all of A02, which is rank 2 of 10


def test_the_place_is_a_larger_area_too(tmp_path: Path) -> None:
    whole = summaries(tmp_path)["T1"]
    assert (whole["geography"], whole["name"], whole["areas"], whole["population"]) == ("place", "Town", 10, 1500)
    # W1 5.2 x 1000 and W2 (9 + 7 + 5 + 3 + 1) x 100
    assert whole["average_score"] == pytest.approx((5200 + 2500) / 1500)
    assert whole["share_decile_1"] == pytest.approx(0.1)
    # 150 people: 50 of A01, 100 of A02.
    assert whole["local_concentration"] == pytest.approx((50 * 10 + 100 * 9) / 150)


def test_rank_1_lowest_turns_ranks_not_scores(tmp_path: Path) -> None:
    first = summaries(tmp_path, rank_1="lowest")["W1"]
    assert first["average_score"] == pytest.approx(5.2)
    assert first["average_rank"] == pytest.approx(11 - 5.2)


def test_area_without_a_score_and_its_people_are_left_out(tmp_path: Path) -> None:
    values = {"x": [10, 9, None, 7, 6, 5, 4, 3, 2, 1]}
    first = summaries(tmp_path, values, aggregate={"missing": "drop-part"})["W1"]
    assert (first["areas"], first["population"]) == (4, 800)
    assert first["average_score"] == pytest.approx((500 + 1500 + 1200 + 400) / 800)


def test_reference_ranks_are_used_where_there_are_any(tmp_path: Path) -> None:
    """Only the odd areas are of the place: A01 is rank 1 of 10 in the source, though the first of 5 here."""
    odd = [f"A{number:02}" for number in (1, 3, 5, 7, 9)]
    settings = {"normalise": {"method": "none", "reference": "source"}, "inside": odd}
    whole = summaries(tmp_path, **settings, wards=["W1", "W1"] * 5)["T1"]
    assert whole["average_rank"] == pytest.approx(5.2)
    assert whole["share_decile_1"] == pytest.approx(0.2)


def test_without_population_there_is_no_summary(tmp_path: Path) -> None:
    assert summaries(tmp_path, people=None) == {}


def test_population_is_that_of_the_values_when_the_index_takes_the_latest(tmp_path: Path) -> None:
    assert summaries(tmp_path, period="latest")["W1"]["population"] == 1000
