"""Two indices side by side: who moved, how far, which parts did it; and an index with other weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.measure.small_places import group, index_spec, leaf, open_town

from wholeplace.measure import IndexResult, build_index, compare, reweigh
from wholeplace.measure.compare import NotComparableError
from wholeplace.measure.reweigh import WeightsError

#: Scores by x are 1 to 5; y turns the order of some.
VALUES = {"x": [1, 2, 3, 4, 5], "y": [5, 0, 0, 0, 1], "z": [0, 0, 0, 0, 0]}


def result(tmp_path: Path, *parts: dict[str, Any], name: str = "test", **more: Any) -> IndexResult:
    town = {key: more.pop(key) for key in ("areas", "inside") if key in more}
    values = more.pop("values", VALUES)
    return build_index(open_town(tmp_path, values, **town), index_spec(*parts, id=name, **more))


def test_moves_by_hand(tmp_path: Path) -> None:
    """Before: x, so ranks 5 4 3 2 1. After: x + y, scores 6 2 3 4 6, ranks 1 5 4 3 1."""
    before = result(tmp_path / "a", leaf("x", 1), leaf("y", 0), name="before")
    after = result(tmp_path / "b", leaf("x", 1), leaf("y", 1), name="after")
    found = compare(before, after)
    columns = ["area", "score_before", "score", "score_change", "rank_before", "rank", "rank_change", "main_part"]
    assert found.frame.select(columns).rows() == [
        ("A01", 1, 6, 5, 5, 1, 4, "y"),
        ("A02", 2, 2, 0, 4, 5, -1, "y"),
        ("A03", 3, 3, 0, 3, 4, -1, "y"),
        ("A04", 4, 4, 0, 2, 3, -1, "y"),
        ("A05", 5, 6, 1, 1, 1, 0, None),
    ]
    assert found.frame.select("decile_before", "decile").rows()[0] == (10, 2)
    assert found.frame["y_contribution_change"].to_list() == [5, 0, 0, 0, 1]
    # y changes by 1.2 on average: 3.8, 1.2, 1.2, 1.2 and 0.2 away from it, 1.52 on average.
    assert found.parts.select("part", "mean_change", "mean_shift", "main_part_in").rows() == [
        ("y", pytest.approx(1.2), pytest.approx(1.52), 4),
        ("x", 0, 0, 0),
    ]


@pytest.mark.parametrize("part_id", ["score", "rank", "rank-change", "index"])
def test_parts_may_be_called_like_other_columns(tmp_path: Path, part_id: str) -> None:
    """The part weighs 1 before and 2 after, so that its contribution changes by its score."""
    place = open_town(tmp_path, {"x": [3, 1, 2], "y": [1, 1, 1]})
    before, after = (build_index(place, index_spec(leaf("x", weight, id=part_id), leaf("y"))) for weight in (1, 2))
    found = compare(before, after).frame.sort("area")
    assert found["score_change"].to_list() == [3, 1, 2]
    assert found["rank_change"].to_list() == [0, 0, 0]
    assert found[f"{part_id}_contribution_change"].to_list() == [3, 1, 2]


def test_changes_of_parts_add_up_to_the_change_of_the_score(tmp_path: Path) -> None:
    before = result(tmp_path / "a", leaf("x", 0.4), leaf("y", 0.6))
    after = result(tmp_path / "b", leaf("x", 0.7), leaf("y", 0.3))
    frame = compare(before, after).frame
    assert (frame["x_contribution_change"] + frame["y_contribution_change"]).to_list() == pytest.approx(
        frame["score_change"].to_list()
    )


def test_main_part_is_relative_to_what_moves_every_area(tmp_path: Path) -> None:
    """Every score rises by 100 through z, which moves no rank; y moves them."""
    values = {**VALUES, "w": [100] * 5}
    before = result(tmp_path / "a", leaf("x"), leaf("y", 0), leaf("w", 0), values=values)
    after = result(tmp_path / "b", leaf("x"), leaf("y"), leaf("w"), values=values)
    assert set(compare(before, after).frame["main_part"]) == {"y", None}


def test_main_part_pushes_the_way_the_area_went_when_rank_1_is_lowest(tmp_path: Path) -> None:
    before = result(tmp_path / "a", leaf("x"), leaf("y", 0), rank_1="lowest")
    after = result(tmp_path / "b", leaf("x"), leaf("y"), rank_1="lowest")
    frame = compare(before, after).frame
    # Ranks 1 2 3 4 5 become 4 1 2 3 4.
    rows = dict(zip(frame["area"], frame.select("rank_change", "main_part").rows(), strict=True))
    assert rows == {"A01": (-3, "y"), "A02": (1, "y"), "A03": (1, "y"), "A04": (1, "y"), "A05": (1, "y")}


def test_it_is_said_in_words(tmp_path: Path) -> None:
    before = result(tmp_path / "a", leaf("x", 1), leaf("y", 0), name="before")
    after = result(tmp_path / "b", leaf("x", 1), leaf("y", 1, name="Cold homes"), name="after")
    found = compare(before, after, names={"A01": "Mill Lane"})
    assert found.summary == (
        "From before to after: 5 areas have a rank in both (rank correlation 0.205). Half of them move 1 place or "
        "fewer, the most is 4; 4 (80%) change decile.",
        "Furthest towards rank 1: Mill Lane by 4 (rank 5 to 1, mainly Cold homes).",
        "Furthest away from rank 1: A02 by 1 (rank 4 to 5, mainly Cold homes); A03 by 1 (rank 3 to 4, mainly Cold "
        "homes); A04 by 1 (rank 2 to 3, mainly Cold homes).",
        "Of the 4 areas whose rank changes, the part that does most is Cold homes in 4 (100%).",
    )
    assert found.frame["name"].to_list()[:2] == ["Mill Lane", "A02"]


def test_what_is_in_one_only_is_named(tmp_path: Path) -> None:
    more = {"missing": "drop-part"}
    old = {"x": [1, 2, 3], "y": [1, 2, 2]}
    before = result(tmp_path / "a", leaf("x"), leaf("y"), values=old, areas=["A", "B", "C"], name="old", aggregate=more)
    new = {"x": [1, 2, 3], "z": [3, 2, 2]}
    after = result(tmp_path / "b", leaf("x"), leaf("z"), values=new, areas=["B", "C", "D"], name="new", aggregate=more)
    found = compare(before, after)
    assert sorted(found.frame["area"]) == ["B", "C"]
    assert (found.only_before, found.only_after) == (("A",), ("D",))
    assert found.cautions == (
        "Only old has the parts y: what they did is not shown.",
        "Only new has the parts z: what they did is not shown.",
    )
    assert found.summary[-2:] == (
        "1 area is only in old and is left out: A",
        "1 area is only in new and is left out: D",
    )


def test_indices_that_mean_the_opposite_are_compared_with_a_warning(tmp_path: Path) -> None:
    before = result(tmp_path / "a", leaf("x"), name="bad")
    after = result(tmp_path / "b", leaf("x"), name="good", higher_is="better")
    assert compare(before, after).cautions == (
        "Take care: rank 1 is the worst-off area of bad but the best-off of good, so that a move means little.",
    )


def test_no_move_no_parts_to_blame(tmp_path: Path) -> None:
    same = result(tmp_path, leaf("x"), leaf("y"))
    found = compare(same, same)
    assert set(found.frame["rank_change"]) == {0}
    assert found.frame["main_part"].null_count() == 5
    assert found.spearman == pytest.approx(1)
    assert len(found.summary) == 1


def test_equal_scores_have_no_correlation(tmp_path: Path) -> None:
    before = result(tmp_path / "a", leaf("x"))
    after = result(tmp_path / "b", leaf("z"))
    found = compare(before, after)
    assert found.spearman is None
    assert "correlation" not in found.summary[0]


def test_areas_without_a_score_come_last(tmp_path: Path) -> None:
    values = {"x": [1, 2, None], "y": [2, 1, 1]}
    before = result(tmp_path / "a", leaf("x"), values=values, aggregate={"missing": "drop-part"})
    after = result(tmp_path / "b", leaf("y"), values=values)
    frame = compare(before, after).frame
    assert frame["area"].to_list()[-1] == "A03"
    assert frame["rank_change"].to_list()[-1] is None


def test_indices_without_a_common_area_are_refused(tmp_path: Path) -> None:
    before = result(tmp_path / "a", leaf("x"), values={"x": [1, 2]}, areas=["A", "B"])
    after = result(tmp_path / "b", leaf("x"), values={"x": [1, 2]}, areas=["C", "D"])
    with pytest.raises(NotComparableError, match="no area in common"):
        compare(before, after)


def test_comparison_can_be_had_as_csv_json_and_html(tmp_path: Path) -> None:
    before = result(tmp_path / "a", leaf("x", 1), leaf("y", 0), name="before")
    after = result(tmp_path / "b", leaf("x", 1), leaf("y", 1), name="after")
    found = compare(before, after)
    found.to_csv(tmp_path / "out.csv")
    found.to_json(tmp_path / "out.json")
    assert pl.read_csv(tmp_path / "out.csv").equals(found.frame)
    assert pl.read_json(tmp_path / "out.json").equals(found.frame)
    html = found._repr_html_()
    assert html.startswith("<p>From before to after: 5 areas have a rank in both")
    assert "<table" in html


# --- Other weights ---


def test_other_weights_give_what_an_index_with_them_gives(tmp_path: Path) -> None:
    parts = [leaf("x", 0.4), leaf("y", 0.6)]
    own = result(tmp_path / "a", group("g", 1, parts, renormalise={"method": "rank"}), leaf("z", 1))
    other = [leaf("x", 2), leaf("y", 0.1)]
    right = result(tmp_path / "b", group("g", 3, other, renormalise={"method": "rank"}), leaf("z", 1))
    found = reweigh(own, {"x": 2, "y": 0.1, "g": 3}).sort("area")
    assert found.select("area", "score", "rank", "decile").equals(right.frame.select("area", "score", "rank", "decile"))
    before = own.frame["rank"]
    assert found["rank_before"].equals(before, check_names=False)
    assert found["rank_change"].to_list() == (before - found["rank"]).to_list()


def test_no_weights_no_change(tmp_path: Path) -> None:
    own = result(tmp_path, leaf("x", 0.4), leaf("y", 0.6))
    assert set(reweigh(own, {})["rank_change"]) == {0}


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"w": 1.0}, "no part w"),
        ({"index": 1.0}, "no part index"),
        ({"x": -1.0}, "0 or more"),
        ({"x": float("nan")}, "0 or more"),
        ({"x": float("inf")}, "0 or more"),
        ({"x": 0.0, "y": 0.0}, "at least one weight"),
    ],
)
def test_weights_that_cannot_be(tmp_path: Path, weights: dict[str, float], words: str) -> None:
    with pytest.raises(WeightsError, match=words):
        reweigh(result(tmp_path, leaf("x"), leaf("y")), weights)
