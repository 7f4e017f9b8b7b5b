"""Shares of few people drawn towards those around them, and normal scores of ranks: by hand and against scipy."""

from __future__ import annotations

from math import exp, log, sqrt
from pathlib import Path

import numpy as np
import pytest
from tests.measure.small_places import csv_text, index_spec, leaf, open_town, write_files

from wholeplace.measure import build_index
from wholeplace.measure.describe import describe_method
from wholeplace.measure.normalise import NormaliseSpec, normalise
from wholeplace.measure.shrinking import shrink
from wholeplace.place import FindingsError, Place, open_place


def logit(r: float, n: float) -> float:
    return log((r + 0.5) / (n - r + 0.5))


def test_a_share_is_drawn_in_as_the_formula_has_it() -> None:
    """Two areas of one group, 2 of 20 and 30 of 100; each step of the formula written out with ordinary numbers."""
    value, lower, upper = shrink(np.array([2.0, 30.0]), np.array([20.0, 100.0]), np.array([0, 0]))
    middle = logit(32, 120)
    own = [logit(2, 20), logit(30, 100)]
    between = ((own[0] - middle) ** 2 + (own[1] - middle) ** 2) / (2 - 1)
    for i, (r, n) in enumerate([(2, 20), (30, 100)]):
        variance = (n + 1) * (n + 2) / (n * (r + 1) * (n - r + 1))
        weight = (1 / variance) / (1 / variance + 1 / between)
        drawn = weight * own[i] + (1 - weight) * middle
        assert value[i] == pytest.approx(1 / (1 + exp(-drawn)))
        half = 1.959964 * sqrt(weight * variance)
        assert (lower[i], upper[i]) == pytest.approx((1 / (1 + exp(half - drawn)), 1 / (1 + exp(-half - drawn))))
    assert 2 / 20 < value[0] < 32 / 120 < value[1]


def test_few_people_are_drawn_in_more_than_many() -> None:
    """The same share of 40 % among areas of 10 and 12 %: of 10 people it goes a good way, of 10,000 hardly any."""
    count, people = np.array([4.0, 4000, 9000, 12_000]), np.array([10.0, 10_000, 90_000, 100_000])
    value, *_ = shrink(count, people, np.zeros(4, dtype=np.int64))
    assert 0.125 < value[0] < 0.35
    assert value[1] == pytest.approx(0.4, abs=0.001)


def test_who_is_alone_stays_and_who_is_like_all_others_becomes_them() -> None:
    count, people = np.array([3.0, 10, 10, np.nan, 5, 5]), np.array([30.0, 100, 100, 50, 0, 50])
    value, *_ = shrink(count, people, np.array([0, 1, 1, 1, 1, -1]))
    assert value[0] == pytest.approx(3.5 / 31)  # alone: only the half that is added to count and rest
    assert value[1:3] == pytest.approx(20.5 / 201, abs=1e-4)  # hardly any variance about the group
    assert np.isnan(value[3:]).all()  # hidden, nobody to count, in no group


def shares_town(folder: Path) -> Place:
    """Four areas in two wards with counts; A04's count is hidden."""
    open_town(folder, {"x": [1, 2, 3, 4]}, kinds={"x": "score"}, wards=["W1", "W1", "W2", "W2"])
    rows = {"area": ["A01", "A02", "A03", "A04"], "count": [2, 30, 5, "*"], "people": [20, 100, 50, 60]}
    text = (folder / "place.toml").read_text(encoding="utf-8")
    text += '\n[[values]]\nfile = "values/s.csv"\ngeography = "a"\nperiod = "2021"\nindicator = "s"\n'
    text += 'suppressed = ["*"]\ncolumns = { area = "area", count = "count", denominator = "people" }\n'
    about = (folder / "indicators" / "indicators.csv").read_text(encoding="utf-8")
    about += "s,Share,proportion,%,none,Test,OGL,,\n"
    write_files(folder, {"place.toml": text, "values/s.csv": csv_text(rows), "indicators/indicators.csv": about})
    return open_place(folder)


def test_a_part_is_shrunk_in_its_unit_and_the_method_says_so(tmp_path: Path) -> None:
    place = shares_town(tmp_path)
    spec = index_spec(leaf("s", shrink_to="w"), leaf("x"), aggregate={"missing": "drop-part"})
    result = build_index(place, spec)
    value, lower, _ = shrink(np.array([2.0, 30, 5]), np.array([20.0, 100, 50]), np.array([0, 0, 1]))
    assert result.leaves[0].value[:3] == pytest.approx(100 * value)
    assert result.leaves[0].lower95[:3] == pytest.approx(100 * lower)
    assert np.isnan(result.leaves[0].value[3])  # a hidden count is not guessed from its neighbours
    assert result.leaves[0].status.to_list()[3] == "Q"
    assert any("So treated: Share" in sentence for sentence in describe_method(place, result))


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (leaf("s", shrink_to="nowhere"), "a geography that is not there: 'nowhere'"),
        (leaf("x", shrink_to="w"), "'x' is no proportion with counts and denominators"),
        (leaf("s", shrink_to="w", normalise={"method": "z-score", "reference": "source"}), "compares unlike things"),
        ({"id": "g", "weight": 1, "shrink_to": "w", "part": [leaf("x")]}, "only an indicator is shrunk"),
    ],
)
def test_what_cannot_be_shrunk_is_refused(tmp_path: Path, part: dict[str, object], words: str) -> None:
    place = shares_town(tmp_path)
    with pytest.raises(FindingsError) as caught:
        build_index(place, index_spec(part, leaf("x", id="other"), aggregate={"missing": "drop-part"}))
    assert any(words in finding.message for finding in caught.value.findings)


def test_normal_scores_are_the_quantiles_of_scipy_turned_as_asked() -> None:
    from scipy import stats

    x = np.array([3.0, 1.0, 2.0, 2.0, np.nan, 9.0])
    ranks = stats.rankdata(x[[0, 1, 2, 3, 5]])
    wanted = stats.norm.ppf(ranks / 6)
    scores = normalise(x, NormaliseSpec("normal-rank"), flip=False)
    assert scores[[0, 1, 2, 3, 5]] == pytest.approx(wanted)
    assert np.isnan(scores[4])
    assert normalise(x, NormaliseSpec("normal-rank"), flip=True)[5] == pytest.approx(-wanted[4])


def test_a_group_is_not_normalised_again_by_normal_scores(tmp_path: Path) -> None:
    place = open_town(tmp_path, {"x": [1, 2, 3], "y": [3, 1, 2]})
    part = {"id": "g", "weight": 1, "renormalise": {"method": "normal-rank"}, "part": [leaf("x"), leaf("y")]}
    with pytest.raises(FindingsError, match="normal-rank is for indicators"):
        build_index(place, index_spec(part))
