"""The engine against an independent plain-Python reading of contract H, on hundreds of random indices.

Values lie on a coarse grid so that ties are common; every normalisation, mean, nesting, missing rule and reference
comes up. What the reference refuses, the engine must refuse for the same reason.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from tests.measure import reference_index
from tests.measure.small_places import group, index_dict, leaf, open_town

from wholeplace.measure import IndexSpec, build_index
from wholeplace.place import FindingsError

INDICATORS = [f"x{number}" for number in range(8)]
METHODS = ["min-max", "z-score", "rank", "percentile", "goalposts", "log-goalposts", "exponential-rank", "none"]
SPECS_A_PLACE = 60
#: Faults met while parts are combined: of several, either side stops at the first it comes to.
COMBINING = {"missing-value", "not-positive", "normalise"}


def random_normalise(draw: random.Random) -> dict[str, Any]:
    made: dict[str, Any] = {"method": draw.choice(METHODS)}
    made |= {"ties": draw.choice(["min", "max", "average"]), "constant": draw.choice([5, 23, 60])}
    made |= {"reference": draw.choice(["place", "source"]), "range": draw.choice([[0, 100], [1, 100], [10, 20]])}
    return made | {"low": draw.choice([2, 5]), "high": draw.choice([7, 11]), "clip": draw.random() < 0.6}


def random_aggregate(draw: random.Random) -> dict[str, Any]:
    made: dict[str, Any] = {"method": draw.choice(["arithmetic", "arithmetic", "geometric", "harmonic", "median"])}
    made |= {"rescale_weights": draw.random() < 0.5, "impute_from": "w"}
    return made | {"missing": draw.choice(["error", "drop-part", "drop-part", "impute"])}


def random_parts(draw: random.Random, left: list[str], depth: int) -> list[dict[str, Any]]:
    """A level of parts; each indicator is used once, as the ids of leaves are those of their indicators."""
    parts: list[dict[str, Any]] = []
    for number in range(draw.randint(1, 3)):
        weight = draw.choice([0.1, 0.25, 1 / 3, 0.5, 1.0, 2.0])
        if depth < 3 and len(left) > 3 and draw.random() < 0.4:
            part = group(f"g{depth}{number}{len(left)}", weight, random_parts(draw, left, depth + 1))
            if draw.random() < 0.3:
                part["renormalise"] = random_normalise(draw)
            if draw.random() < 0.4:
                own = random_aggregate(draw)
                part["aggregate"] = {key: own[key] for key in draw.sample(sorted(own), 2)}
        elif left:
            part = leaf(left.pop(), weight, direction=draw.choice(["high-is-worse", "high-is-better"]))
        else:
            continue
        if draw.random() < 0.25:
            own = random_normalise(draw)
            part["normalise"] = {key: own[key] for key in draw.sample(sorted(own), 3)}
        parts.append(part)
    return parts or [leaf(left.pop(), 1.0)]


def random_index(draw: random.Random) -> dict[str, Any]:
    left = draw.sample(INDICATORS, len(INDICATORS))
    more = {"normalise": random_normalise(draw), "aggregate": random_aggregate(draw)}
    ends = {"higher_is": draw.choice(["worse", "better"]), "rank_1": draw.choice(["highest", "lowest"])}
    return index_dict(*random_parts(draw, left, 1), **more, **ends)


def random_town(draw: random.Random) -> tuple[dict[str, list[float | None]], dict[str, Any]]:
    n = draw.randint(5, 25)
    codes = [f"A{number:02}" for number in range(n)]
    gap = draw.choice([0.0, 0.1, 0.3])
    values = {
        name: [None if draw.random() < gap else float(draw.randint(1, 12)) for _ in range(n)] for name in INDICATORS
    }
    draw.shuffle(codes)
    settings = {"areas": codes, "inside": draw.sample(codes, draw.randint(4, n)), "people": draw.choices(range(9), k=n)}
    return values, settings | {"wards": draw.choices(["W1", "W2"], k=n)}


@pytest.mark.parametrize("seed", range(10))
def test_random_indices_come_out_as_the_contract_says(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    values, settings = random_town(draw)
    place = open_town(tmp_path, values, **settings)
    codes = settings["areas"]
    table = {name: dict(zip(codes, column, strict=True)) for name, column in values.items()}
    people = dict(zip(codes, map(float, settings["people"]), strict=True))
    home = dict(zip(codes, settings["wards"], strict=True))
    built = 0
    for number in range(SPECS_A_PLACE):
        spec = random_index(draw)
        try:
            expected = reference_index.build(spec, table, settings["inside"], people=people, home=home)
        except reference_index.RefusedError as refusal:
            with pytest.raises(FindingsError) as caught:
                build_index(place, IndexSpec.model_validate(spec))
            rules = {finding.rule for finding in caught.value.findings if finding.level == "error"}
            assert str(refusal) in rules or {str(refusal), *rules} <= COMBINING, (number, spec)
            continue
        rows = build_index(place, IndexSpec.model_validate(spec)).frame.to_dicts()
        assert [list(row) for row in rows] == [list(row) for row in expected], (number, spec)
        for row, right in zip(rows, expected, strict=True):
            exact = {"area", "rank", "decile", "reference_rank", "reference_decile"}
            assert {key: row[key] for key in row if key in exact} == {k: right[k] for k in right if k in exact}, spec
            scores = [key for key in row if key not in exact]
            assert [row[key] is None for key in scores] == [right[key] is None for key in scores], (number, spec)
            known = [key for key in scores if row[key] is not None]
            assert [row[key] for key in known] == pytest.approx([right[key] for key in known], abs=1e-9, rel=1e-9), spec
        built += 1
    assert built >= SPECS_A_PLACE / 5  # refusals are checked too, but most of the work is in what can be built
