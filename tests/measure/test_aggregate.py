"""Means, weights, missing parts and nested levels, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from wholeplace.measure.aggregate import AggregateError, Node, combine
from wholeplace.measure.normalise import NormaliseSpec

NAN = np.nan


def node(name: str, weight: float, column: int) -> Node:
    return Node(name, weight, leaf=column)


def level(weights: list[float], **settings: Any) -> Node:
    children = tuple(node("abcdef"[column], weight, column) for column, weight in enumerate(weights))
    return Node("index", 1.0, children, **settings)


def score(root: Node, rows: Any) -> list[float]:
    return [float(one) for one in combine(root, np.array(rows, dtype=float))["index"]]


def test_arithmetic_uses_weights_as_written() -> None:
    # 0.5 x 10 + 0.3 x 20 = 11; the weights add up to 0.8, and stay so.
    assert score(level([0.5, 0.3]), [[10, 20]]) == [11.0]


def test_rescaled_weights_add_up_to_one() -> None:
    # 11 / 0.8
    assert score(level([0.5, 0.3], rescale=True), [[10, 20]]) == [pytest.approx(13.75)]


def test_geometric_uses_weights_as_exponents() -> None:
    # 4^0.5 x 9^1 = 18; scaled to 1/3 and 2/3 it is the cube root of 4 x 81 = 324.
    assert score(level([0.5, 1.0], method="geometric"), [[4, 9]]) == [pytest.approx(18)]
    assert score(level([0.5, 1.0], method="geometric", rescale=True), [[4, 9]]) == [pytest.approx(324 ** (1 / 3))]


@pytest.mark.parametrize("rescale", [False, True])
def test_harmonic_always_scales_weights(rescale: bool) -> None:
    # (1 + 3) / (1/2 + 3/6) = 4
    assert score(level([1.0, 3.0], method="harmonic", rescale=rescale), [[2, 6]]) == [pytest.approx(4)]


@pytest.mark.parametrize("rescale", [False, True])
@pytest.mark.parametrize(
    ("weights", "row", "median"),
    [
        ([1, 1, 1], [5, 1, 9], 5),
        ([1, 1], [5, 1], 1),  # half the weight is reached at 1: the lower of two
        ([1, 3], [1, 5], 5),
        ([3, 1], [1, 5], 1),
        ([2, 1, 1], [7, 1, 2], 2),  # 1 and 2 together have just half
        ([0, 1, 1], [0, 5, 7], 5),  # a weight of 0 is never the median
        ([0.1, 0.2, 0.3], [3, 1, 2], 2),  # 0.3 of 0.6 lies beyond 2 only but for rounding
    ],
)
def test_median_is_the_weighted_lower_one(weights: list[float], row: list[float], median: float, rescale: bool) -> None:
    assert score(level([float(w) for w in weights], method="median", rescale=rescale), [row]) == [median]


def test_missing_part_leaves_no_score_unless_it_may_be_dropped() -> None:
    rows = [[10, NAN], [NAN, NAN], [10, 20]]
    assert np.isnan(score(level([0.5, 0.3]), rows)).tolist() == [True, True, False]
    assert np.isnan(score(level([0.5, 0.3], drop_missing=True), rows)).tolist() == [False, True, False]


def test_siblings_of_a_dropped_part_keep_the_sum_of_the_weights() -> None:
    # Weights 0.2, 0.3, 0.5; without the last, 0.2 and 0.3 become 0.4 and 0.6: 4 + 12 = 16.
    assert score(level([0.2, 0.3, 0.5], drop_missing=True), [[10, 20, NAN]]) == [pytest.approx(16)]
    # As written they add up to 2, and keep 2: 0.4, 0.6, 1.0 become 0.8, 1.2: 8 + 24 = 32.
    assert score(level([0.4, 0.6, 1.0], drop_missing=True), [[10, 20, NAN]]) == [pytest.approx(32)]
    # Geometric with exponents 1 and 1: the one that is left gets 2.
    assert score(level([1.0, 1.0], method="geometric", drop_missing=True), [[3, NAN]]) == [pytest.approx(9)]
    # Harmonic and median of one part are that part.
    assert score(level([1.0, 3.0], method="harmonic", drop_missing=True), [[NAN, 6]]) == [pytest.approx(6)]
    assert score(level([1.0, 3.0], method="median", drop_missing=True), [[NAN, 6]]) == [6]


def nested(**settings: Any) -> Node:
    """index = 1 x g + 2 x c, g = 0.5 a + 0.5 b."""
    below = Node("g", 1.0, (node("a", 0.5, 0), node("b", 0.5, 1)), **settings)
    return Node("index", 1.0, (below, node("c", 2.0, 2)), drop_missing=True)


def test_levels_are_combined_from_the_bottom() -> None:
    scores = combine(nested(), np.array([[2.0, 4.0, 10.0]]))
    assert {part: float(one[0]) for part, one in scores.items()} == {"g": 3, "a": 2, "b": 4, "c": 10, "index": 23}


def test_each_level_has_its_own_mean() -> None:
    # g = 4^0.5 x 9^0.5 = 6, index = 6 + 2 x 10
    assert score(nested(method="geometric"), [[4, 9, 10]]) == [pytest.approx(26)]


def test_group_is_missing_only_when_all_its_parts_are() -> None:
    rows = [[2, NAN, 10], [NAN, NAN, 10]]
    scores = combine(nested(drop_missing=True), np.array(rows))
    assert scores["g"][0] == 2  # b's weight goes to a
    assert np.isnan(scores["g"][1])
    # Without g, c's weight 2 becomes 3, the sum of the level.
    assert scores["index"].tolist() == [22, 30]


def test_combined_score_is_normalised_again() -> None:
    again = NormaliseSpec("min-max")
    scores = combine(nested(renormalise=again), np.array([[0.0, 2, 1], [4.0, 2, 1], [10.0, 12, 1]]))
    # g = 1, 3, 11 becomes 0, 20, 100.
    assert scores["g"].tolist() == [0, pytest.approx(20), 100]
    assert scores["index"].tolist() == [2, pytest.approx(22), 102]


def test_parts_of_a_group_on_a_new_scale_lie_within_the_outermost_such_group() -> None:
    again = NormaliseSpec("rank")
    inner = Node("inner", 1.0, (node("a", 1.0, 0), node("b", 1.0, 1)), renormalise=again)
    outer = Node("outer", 1.0, (inner, node("c", 1.0, 2)), renormalise=again)
    plain = Node("plain", 1.0, (Node("deep", 1.0, (node("d", 1.0, 3),), renormalise=again), node("e", 1.0, 4)))
    # the whole itself is no part: its own new scale leaves what is below it as it is
    root = Node("index", 1.0, (outer, plain), renormalise=again)
    assert root.within() == {"inner": "outer", "a": "outer", "b": "outer", "c": "outer", "d": "deep"}


def test_normalising_again_refers_to_the_place_or_to_all_rows() -> None:
    rows = np.array([[0.0, 0, 1], [4.0, 4, 1], [8.0, 8, 1]])
    inside = np.array([True, True, False])
    by_place = combine(nested(renormalise=NormaliseSpec("min-max", reference="place")), rows, inside=inside)
    by_source = combine(nested(renormalise=NormaliseSpec("min-max", reference="source")), rows, inside=inside)
    assert by_place["g"].tolist() == [0, 100, 200]
    assert by_source["g"].tolist() == [0, 50, 100]


def test_ties_of_combined_scores_are_not_broken_by_rounding() -> None:
    # 0.1 + 0.2 and 0.3 differ in the last digit; as scores they are tied, as in the final ranking.
    group = Node("g", 1.0, (node("a", 1.0, 0), node("b", 1.0, 1)), renormalise=NormaliseSpec("rank"))
    scores = combine(Node("index", 1.0, (group,)), np.array([[0.1, 0.2], [0.3, 0.0], [0.0, 0.1]]))
    assert scores["g"].tolist() == [2.5, 2.5, 1]


def test_score_that_cannot_be_normalised_again_is_named() -> None:
    with pytest.raises(AggregateError, match="part 'g' cannot be normalised again: every value is 3"):
        combine(nested(renormalise=NormaliseSpec("z-score")), np.array([[2.0, 4, 1], [3.0, 3, 1]]))


@pytest.mark.parametrize("method", ["geometric", "harmonic"])
def test_scores_not_above_zero_name_parts_and_rows(method: str) -> None:
    with pytest.raises(AggregateError) as caught:
        combine(level([1.0, 1.0, 1.0], method=method), np.array([[1.0, 0.0, 3.0], [-2.0, 1.0, 1.0], [NAN, 1.0, 0.0]]))
    faults = [(fault.part, fault.rows.tolist(), fault.score) for fault in caught.value.faults]
    assert faults == [("a", [1], -2.0), ("b", [0], 0.0), ("c", [2], 0.0)]


def test_faults_of_all_groups_are_told_and_none_that_only_follows() -> None:
    """g and h take geometric means of scores of 0; k is all 5s; what lies above them is found no fault with."""
    again = NormaliseSpec("min-max")
    g = Node("g", 1.0, (node("a", 1.0, 0),), method="geometric", renormalise=again)
    h = Node("h", 1.0, (node("b", 1.0, 1),), method="harmonic")
    k = Node("k", 1.0, (node("c", 1.0, 2),), renormalise=again)
    with pytest.raises(AggregateError) as caught:
        combine(Node("index", 1.0, (g, h, k), method="geometric"), np.array([[0.0, 1, 5], [1, 0, 5]]))
    assert str(caught.value) == (
        "part 'a' has a score of 0, and a geometric mean needs scores above 0; "
        "part 'b' has a score of 0, and a harmonic mean needs scores above 0; "
        "the score of part 'k' cannot be normalised again: every value is 5, and min-max cannot spread one value out"
    )


def test_score_just_above_zero_will_do() -> None:
    assert score(level([1.0], method="geometric"), [[1e-300]]) == [pytest.approx(1e-300)]


def test_walk_is_depth_first_as_written() -> None:
    assert [one.id for one in nested().walk()] == ["index", "g", "a", "b", "c"]
    assert replace(nested(), id="other").walk().__next__().id == "other"
