"""Areas like one another: the distance by hand, its properties, gaps, and what may be compared by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.commands import run

from wholeplace.measure.spatial import SpatialError, choose_figures, similar_to, standardise
from wholeplace.place import Indicator, open_place

AREAS = [f"A{number}" for number in range(7)]


def values(columns: Mapping[str, Sequence[float | None]], period: str = "2024") -> pl.DataFrame:
    rows = [
        {"indicator": name, "area": area, "period": period, "value": value, "status": "O" if value is None else "A"}
        for name, column in columns.items()
        for area, value in zip(AREAS, column, strict=True)
    ]
    return pl.DataFrame(rows, schema_overrides={"value": pl.Float64})


def test_the_distance_by_hand() -> None:
    """x is 0 … 6: median 3, deviations 3 2 1 0 1 2 3, so spread 1.4826 x 2. y is a hundred times as large, turned."""
    x = [0.0, 1, 2, 3, 4, 5, 6]
    found = standardise(values({"x": x, "y": [600 - 100 * one for one in x]}), ["x", "y"]).similar_to("A0")
    spread = 1.4826 * 2
    assert found.frame["area"].to_list() == ["A1", "A2", "A3", "A4", "A5", "A6"]
    assert found.frame["distance"].to_list() == pytest.approx([one / spread for one in x[1:]])
    pair = found.differences.filter(pl.col("area") == "A2")
    assert pair.select("indicator", "here", "there").rows() == [("x", 0, 2), ("y", 600, 400)]
    assert pair["spreads"].to_list() == pytest.approx([2 / spread, -2 / spread])
    assert found.median == pytest.approx(3.5 / spread)


def test_twins_are_at_no_distance_and_it_is_as_far_there_as_back() -> None:
    rng = np.random.default_rng(8)
    columns = {f"x{k}": rng.gamma(2, size=7).tolist() for k in range(5)}
    for column in columns.values():
        column[6] = column[2]
    figures = standardise(values(columns), list(columns))
    distance = {one: dict(figures.similar_to(one).frame.select("area", "distance").rows()) for one in AREAS}
    assert distance["A2"]["A6"] == 0
    assert figures.similar_to("A2").frame["area"][0] == "A6"
    for one in AREAS:
        for other in set(AREAS) - {one}:
            assert distance[one][other] == pytest.approx(distance[other][one])


def test_one_extreme_figure_does_not_decide_alone() -> None:
    """A difference of more than three spreads counts as three, however extreme A6 is; its twin stays its twin."""
    far = [standardise(values({"x": [0, 1, 2, 3, 4, end, end]}), ["x"]) for end in (1e3, 1e9)]
    for figures in far:
        assert dict(figures.similar_to("A0").frame.select("area", "distance").rows())["A6"] == 3
        assert figures.similar_to("A6").frame.row(0)[:2] == ("A5", 0)


def test_missing_figures_are_left_out_of_their_pairs_and_counted() -> None:
    x = [0.0, 1, 2, 3, 4, 5, 6]
    frame = values({"x": x, "y": [None, *x[1:]], "z": [*x[:5], None, None]})
    frame = frame.with_columns(
        pl.when((pl.col("indicator") == "y") & (pl.col("area") == "A6"))
        .then(pl.lit("Q"))
        .otherwise("status")
        .alias("status")
    )
    found = standardise(frame, ["x", "y", "z"]).similar_to("A0")
    rows = {row["area"]: row for row in found.frame.iter_rows(named=True)}
    assert found.own_missing == ("y",)
    assert (rows["A1"]["shared"], rows["A1"]["missing"]) == (2, 1)
    assert found.not_compared == ("A5", "A6")  # one figure of three in common
    assert "A6" not in rows
    pair = found.differences.filter((pl.col("area") == "A1") & (pl.col("indicator") == "y"))
    assert pair.select("here", "spreads").row(0) == (None, None)


def test_figures_without_a_spread_are_left_out_and_named() -> None:
    figures = standardise(
        values({"x": [0.0, 1, 2, 3, 4, 5, 6], "y": [1.0] * 4 + [2, 3, 4], "w": [None] * 7}), ["x", "y", "w", "v"]
    )
    assert figures.used == ["x"]
    assert figures.left_out == {
        "y": "more than half of all areas have the same figure",
        "w": "no figures for these areas",
        "v": "no figures for these areas",
    }
    with pytest.raises(SpatialError, match="none of these figures"):
        standardise(values({"y": [1.0] * 7}), ["y"])


def test_the_latest_period_counts() -> None:
    x = [0.0, 1, 2, 3, 4, 5, 6]
    both = pl.concat([values({"x": x}, "2021"), values({"x": x[::-1]}, "2024")])
    found = standardise(both, ["x"]).similar_to("A0")
    assert found.periods == {"x": "2024"}
    assert found.differences["here"][0] == 6


def indicator(name: str, kind: str, theme: str) -> Indicator:
    return Indicator(id=name, name=name, value_type=kind, unit="", polarity="none", source="", licence="", theme=theme)


KNOWN = {
    one.id: one
    for one in (indicator("a", "proportion", "Homes"), indicator("b", "count", "Homes"), indicator("c", "rate", "Work"))
}


def test_counts_and_ranks_do_not_make_areas_alike_unless_they_are_asked_for() -> None:
    because = {"b": "a count, which says how large an area is"}
    assert choose_figures("all", KNOWN, {}) == (["a", "c"], because)
    assert choose_figures("theme:Homes", KNOWN, {}) == (["a"], because)
    assert choose_figures("index:i", KNOWN, {"i": ["c", "b", "c"]}) == (["c"], because)
    assert choose_figures("b, a", KNOWN, {}) == (["b", "a"], {})


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("index:j", "there is no index 'j'"),
        ("theme:Home", "no theme 'Home'; did you mean 'Homes'"),
        ("a,d", "there is no indicator d"),
        ("", "cannot be compared by ''"),
    ],
)
def test_what_cannot_be_compared_by_is_told(by: str, words: str) -> None:
    with pytest.raises(SpatialError, match=words):
        choose_figures(by, KNOWN, {"i": []})


def test_an_area_of_a_place_and_its_likest(demo_place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    place = open_place(demo_place)
    found = similar_to(place, "X01000043")
    assert found.by == "index:deprivation"
    assert found.frame.height + len(found.similar.not_compared) == 59
    assert found.frame["distance"].is_sorted()
    ran = run(capfd, "spatial", "similar", demo_place, "X01000043", "--json", "--most", "2")
    document = ran.document
    assert document["schema"] == "wholeplace.similar-result/1"
    assert [row["area"] for row in document["areas"]] == found.frame["area"].head(2).to_list()
    pair = [one["spreads"] for one in document["areas"][0]["differences"] if one["spreads"] is not None]
    assert document["areas"][0]["distance"] == pytest.approx(np.sqrt(np.mean(np.minimum(np.abs(pair), 3) ** 2)))
    shown = run(capfd, "spatial", "similar", demo_place, "X01000043", "--by", "no-car,bad-health")
    assert "by 2 figures" in shown.out
    wrong = run(capfd, "spatial", "similar", demo_place, "X0100004")
    assert wrong.code == 1
    assert wrong.plain()
    assert "there is no area 'X0100004'; did you mean" in wrong.err
