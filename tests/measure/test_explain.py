"""Scores taken apart to the last indicator: what each part adds, and that it adds up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.measure.small_places import group, index_spec, leaf, open_town
from tests.places import LOOKUP, read, toml, write_place

from wholeplace.measure import build_index, explain
from wholeplace.measure.explain import UnknownAreaError

VALUES = {"x": [1, 2, None, 4, 5], "y": [9, 4, 7, 1, None], "z": [3, 5, 4, 2, 1], "u": [2, None, 5, 3, 7]}


def explained(tmp_path: Path, *parts: dict[str, Any], area: str | None = None, **more: Any) -> pl.DataFrame:
    place = open_town(tmp_path, VALUES)
    return explain(place, build_index(place, index_spec(*parts, **more)), area)


def test_contributions_of_a_nested_sum(tmp_path: Path) -> None:
    """score = 0.5 (0.4 x + 0.6 y) + 2 z for A01: 0.5 (0.4 + 5.4) + 6 = 8.9."""
    parts = (group("g", 0.5, [leaf("x", 0.4), leaf("y", 0.6)], name="Both"), leaf("z", 2))
    frame = explained(tmp_path, *parts, area="A01", aggregate={"missing": "drop-part"})
    assert frame.select("part", "depth", "score", "weight", "contribution", "adjustment").rows() == [
        ("index", 0, pytest.approx(8.9), 1, pytest.approx(8.9), 0),
        ("g", 1, pytest.approx(5.8), 0.5, pytest.approx(2.9), 0),
        ("x", 2, 1, 0.4, pytest.approx(0.2), None),
        ("y", 2, 9, 0.6, pytest.approx(2.7), None),
        ("z", 1, 3, 2, 6, None),
    ]
    assert frame["name"].to_list() == ["Test", "Both", "X", "Y", "Z"]
    assert frame["value"].to_list() == [None, None, 1, 9, 3]
    assert frame["period"].to_list() == [None, None, "2021", "2021", "2021"]


def test_a_part_may_be_called_index(tmp_path: Path) -> None:
    """index = 2 (x + z), the whole = 0.5 index + 3 u: for A01 2 x (1 + 3) = 8 and 4 + 3 x 2 = 10."""
    parts = (group("index", 0.5, [leaf("x", 2), leaf("z", 2)]), leaf("u", 3))
    frame = explained(tmp_path, *parts, area="A01", aggregate={"missing": "drop-part"})
    assert frame.select("part", "depth", "score", "contribution").rows() == [
        ("index", 0, 10, 10),
        ("index", 1, 8, 4),
        ("x", 2, 1, 1),
        ("z", 2, 3, 3),
        ("u", 1, 2, 6),
    ]


def test_dropped_part_adds_nothing_and_its_sibling_more(tmp_path: Path) -> None:
    parts = (group("g", 0.5, [leaf("x", 0.4), leaf("y", 0.6)]), leaf("z", 2))
    frame = explained(tmp_path, *parts, area="A03", aggregate={"missing": "drop-part"})
    found = {row["part"]: row for row in frame.to_dicts()}
    assert found["x"]["score"] is None
    assert found["x"]["contribution"] is None
    assert found["x"]["status"] == "O"
    assert found["y"]["contribution"] == pytest.approx(0.5 * 7)


@pytest.mark.parametrize("method", ["arithmetic", "geometric", "harmonic", "median"])
@pytest.mark.parametrize("rescale", [False, True])
@pytest.mark.parametrize("again", [None, {"method": "exponential-rank"}, {"method": "z-score"}])
def test_leaves_and_adjustments_add_up_to_the_score(
    tmp_path: Path, method: str, rescale: bool, again: dict[str, Any] | None
) -> None:
    if again == {"method": "z-score"} and method in {"geometric", "harmonic"}:
        again = {"method": "min-max", "range": [1, 10]}
    below = group("g", 0.5, [leaf("x", 0.4), leaf("y", 0.7)], **({"renormalise": again} if again else {}))
    parts = (below, leaf("z", 0.3), group("h", 0.4, [leaf("u", 2, direction="high-is-worse")]))
    settings = {"method": method, "rescale_weights": rescale, "missing": "drop-part"}
    frame = explained(tmp_path, *parts, aggregate=settings)
    assert frame["area"].unique().sort().to_list() == ["A01", "A02", "A03", "A04", "A05"]
    is_leaf = pl.col("indicator").is_not_null()
    sums = frame.group_by("area", maintain_order=True).agg(
        pl.col("contribution").filter(is_leaf).sum() + pl.col("adjustment").sum(),
        pl.col("score").filter(pl.col("part") == "index").first(),
    )
    assert sums["contribution"].to_list() == pytest.approx(sums["score"].to_list(), abs=1e-12)


def test_group_and_what_is_below_it_add_up_too(tmp_path: Path) -> None:
    below = group("g", 0.5, [leaf("z", 0.4), leaf("u", 0.7)], aggregate={"method": "geometric"})
    frame = explained(tmp_path, below, area="A01", aggregate={"missing": "drop-part"})
    found = {row["part"]: row for row in frame.to_dicts()}
    pieces = found["z"]["contribution"] + found["u"]["contribution"] + found["g"]["adjustment"]
    assert found["g"]["contribution"] == pytest.approx(pieces)
    assert found["g"]["adjustment"] != 0


def test_area_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnknownAreaError, match="no area 'A99'"):
        explained(tmp_path, leaf("z"), area="A99")


def test_area_outside_the_place_is_not_explained(tmp_path: Path) -> None:
    place = open_town(tmp_path, VALUES, inside=["A01", "A02"])
    spec = index_spec(leaf("z"), normalise={"method": "rank", "reference": "source"})
    result = build_index(place, spec)
    assert explain(place, result)["area"].unique().sort().to_list() == ["A01", "A02"]
    with pytest.raises(UnknownAreaError):
        explain(place, result, "A03")


def test_raw_values_come_with_unit_interval_and_status(tmp_path: Path) -> None:
    long = (
        '\n[[values]]\nfile = "long.csv"\ngeography = "area"\nperiod = "2021"\nindicator = "no-car"\n'
        'columns = { area = "code", count = "count", denominator = "total" }\n'
    )
    table = "code,count,total\nA1,81,263\nA2,15,148\nA3,0,20\nA4,1,29\n"
    files = {"place.toml": toml(long, LOOKUP).replace('population = "residents"\n', ""), "long.csv": table}
    place = read(write_place(tmp_path, files))[0]
    part = leaf("no-car", name="Without a car")
    frame = explain(place, build_index(place, index_spec(part, geography="area")), "A2")
    row = frame.row(1, named=True)
    assert (row["name"], row["unit"], row["status"]) == ("Without a car", "share", "A")
    # Newcombe (1998): 15 of 148 is 0.0624 to 0.1605.
    assert [round(row[key], 4) for key in ("value", "lower95", "upper95")] == [0.1014, 0.0624, 0.1605]
