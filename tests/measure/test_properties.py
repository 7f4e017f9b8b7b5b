"""What must hold for any values: the order of rows, the scale of weights, and how areas are cut do not matter."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.measure.small_places import index_spec, leaf, open_town

from wholeplace.measure import build_index, byar, explain, wilson
from wholeplace.measure.aggregate import Node, combine
from wholeplace.measure.moving import move
from wholeplace.measure.normalise import METHODS, NormaliseSpec, normalise
from wholeplace.measure.ranks import deciles, rank_scores
from wholeplace.place import Series, SeriesKey

FEW = settings(max_examples=25, deadline=None)
numbers = st.lists(st.integers(1, 9), min_size=4, max_size=12)
AGGREGATIONS = ["arithmetic", "geometric", "harmonic", "median"]


def normalised(x: list[float], method: str, *, flip: bool = False) -> np.ndarray[Any, np.dtype[np.float64]]:
    return normalise(np.array(x, dtype=float), NormaliseSpec(method, low=2.0, high=8.0), flip=flip)


@pytest.mark.parametrize("method", METHODS)
@given(x=numbers, seed=st.integers(0, 99))
def test_order_of_rows_does_not_matter_to_a_normalisation(method: str, x: list[float], seed: int) -> None:
    if len(set(x)) == 1:
        x = [*x, x[0] + 1]
    order = random.Random(seed).sample(range(len(x)), len(x))
    assert normalised([x[i] for i in order], method) == pytest.approx(normalised(x, method)[order])


@pytest.mark.parametrize("method", METHODS)
@given(x=numbers)
def test_more_never_scores_less_and_turned_never_more(method: str, x: list[float]) -> None:
    x = sorted([*x, x[0] + 1])
    assert (np.diff(normalised(x, method)) >= -1e-12).all()
    assert (np.diff(normalised(x, method, flip=True)) <= 1e-12).all()


@pytest.mark.parametrize("method", AGGREGATIONS)
@given(rows=st.lists(st.tuples(*[st.integers(1, 99)] * 3), min_size=2, max_size=20), scale=st.floats(0.01, 100))
def test_scaling_all_weights_does_not_change_ranks(method: str, rows: list[tuple[int, ...]], scale: float) -> None:
    def ranks(factor: float) -> list[float]:
        children = tuple(Node(f"p{i}", weight * factor, leaf=i) for i, weight in enumerate([0.2, 0.3, 0.5]))
        scores = combine(Node("index", 1.0, children, method=method, rescale=True), np.array(rows, dtype=float))
        return rank_scores(scores["index"], rank_1="highest").tolist()

    assert ranks(scale) == ranks(1.0)


@pytest.mark.parametrize("method", AGGREGATIONS)
@given(row=st.tuples(*[st.floats(0.1, 100)] * 3), drop=st.integers(0, 2))
def test_scaled_mean_lies_between_its_parts(method: str, row: tuple[float, ...], drop: int) -> None:
    children = tuple(Node(f"p{i}", weight, leaf=i) for i, weight in enumerate([0.2, 0.3, 0.5]))
    root = Node("index", 1.0, children, method=method, rescale=True, drop_missing=True)
    x = np.array([row, row])
    x[1, drop] = np.nan
    for known, score in zip((row, np.delete(row, drop)), combine(root, x)["index"], strict=True):
        assert min(known) * (1 - 1e-12) <= score <= max(known) * (1 + 1e-12)


@given(scores=st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_ranks_count_the_areas_before(scores: list[int]) -> None:
    rank = rank_scores(np.array(scores, dtype=float), rank_1="highest")
    assert rank.tolist() == [1 + sum(other > own for other in scores) for own in scores]
    assert deciles(rank).tolist() == [-(-10 * r // len(scores)) for r in rank]


@given(count=st.integers(0, 500), more=st.integers(0, 500))
def test_intervals_hold_the_value(count: int, more: int) -> None:
    lower, upper = byar(count)
    assert lower <= count <= upper
    if count + more:
        low, high = wilson(count, count + more)
        assert 0 <= low <= count / (count + more) <= high <= 1


@FEW
@given(data=st.data())
def test_order_of_rows_in_the_table_does_not_matter(data: st.DataObject) -> None:
    x = data.draw(numbers)
    y = data.draw(st.lists(st.integers(1, 9), min_size=len(x), max_size=len(x)))
    order = data.draw(st.permutations(range(len(x))))
    codes = [f"A{number:02}" for number in range(len(x))]
    spec = index_spec(leaf("x", 0.3), leaf("y", 0.7, direction="high-is-better"), normalise={"method": "percentile"})
    frames = []
    for rows in (range(len(x)), order):
        with tempfile.TemporaryDirectory() as folder:
            values = {"x": [x[i] for i in rows], "y": [y[i] for i in rows]}
            place = open_town(Path(folder), values, areas=[codes[i] for i in rows])
            result = build_index(place, spec)
            frames.append((result.frame, explain(place, result)))
    assert frames[0][0].equals(frames[1][0])
    assert frames[0][1].equals(frames[1][1])


@FEW
@given(
    people=st.lists(st.integers(1, 50), min_size=3, max_size=6),
    share=st.lists(st.floats(0, 1), min_size=3, max_size=6),
    cut=st.integers(1, 49),
)
def test_splitting_an_area_does_not_change_a_moved_mean(people: list[int], share: list[float], cut: int) -> None:
    """The first area in two, with the same value: the place's population-weighted mean stays."""
    n = min(len(people), len(share))
    people, share = [people[0] + cut, *people[1:n]], share[:n]
    whole = _moved(share, people)
    parts = _moved([share[0], *share], [people[0] - cut, cut, *people[1:]])
    assert whole == pytest.approx(parts, abs=1e-12)


@FEW
@given(counts=st.lists(st.tuples(st.integers(0, 50), st.integers(50, 90)), min_size=2, max_size=6), cut=st.floats(0, 1))
def test_splitting_an_area_does_not_change_a_moved_proportion(counts: list[tuple[int, int]], cut: float) -> None:
    """The first area in two, with the same proportion: Σcount / Σdenominator stays, and so does its interval."""
    first, *rest = counts
    halves = [(first[0] * cut, first[1] * cut), (first[0] * (1 - cut), first[1] * (1 - cut))]
    assert _moved_ratio(counts) == pytest.approx(_moved_ratio([*halves, *rest]))


def _moved(share: list[float], people: list[int]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        place = open_town(Path(folder), {"x": share}, people=people)
        frame = move(place, place.series[SeriesKey("a", "x", "2021")], "place")
        assert frame is not None
        return float(frame["value"][0])


def _moved_ratio(counts: list[tuple[float, float]]) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        place = open_town(Path(folder), {"x": [0.5] * len(counts)}, kinds={"x": "proportion"})
        series = place.series[SeriesKey("a", "x", "2021")]
        columns = {"count": [float(count) for count, _ in counts], "denominator": [float(n) for _, n in counts]}
        frame = series.frame.with_columns(**{name: pl.Series(column) for name, column in columns.items()})
        moved = move(place, Series(series.key, frame, series.file, series.section), "place")
        assert moved is not None
        return [float(moved[name][0]) for name in ("value", "lower95", "upper95", "count", "denominator")]
