"""What is said in sentences: how an index was made, the main findings of a place, and populations that disagree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.measure.small_places import group, index_spec, leaf, open_town
from tests.places import INDICATORS, LOOKUP, TABLE, read, toml, write_place

from wholeplace.measure import build_index
from wholeplace.measure.checking import check_measures
from wholeplace.measure.describe import describe_method, parts_list
from wholeplace.measure.sentences import main_findings
from wholeplace.measure.uncertainty import uncertainty_of
from wholeplace.place import Findings

VALUES = {"x": [1, 2, 3], "y": [5, 4, None]}


def described(tmp_path: Path, *parts: dict[str, Any], **more: Any) -> list[str]:
    place = open_town(tmp_path, VALUES, people=[10, 20, 30], wards=["W1", "W1", "W1"])
    return describe_method(place, build_index(place, index_spec(*parts, **more)))


def test_method_of_a_plain_index(tmp_path: Path) -> None:
    assert described(tmp_path, leaf("x"), normalise={"method": "min-max"}) == [
        "Test is made of 1 indicator for 3 areas: Areas.",
        "A higher score means that an area is worse off; rank 1 is the highest score.",
        "Each indicator is put on a scale from 0 (the lowest value) to 100 (the highest), and turned round where a "
        "high value means the opposite.",
        "The score is the weighted sum of its parts.",
        "Weights are used exactly as they are written.",
        "Every area needs a value for every part.",
        "Tenths are ten groups of as equal size as can be; of fewer than ten areas some tenths hold none.",
    ]


def test_method_says_that_tenth_1_holds_rank_1_where_there_are_ten_areas(tmp_path: Path) -> None:
    place = open_town(tmp_path, {"x": list(range(10))})  # rank 1 of 10 is in tenth ceil(10 / 10) = 1, of 9 in tenth 2
    assert describe_method(place, build_index(place, index_spec(leaf("x"))))[-1].endswith("tenth 1 holds rank 1.")


def test_method_says_what_was_filled_in_cut_and_compared(tmp_path: Path) -> None:
    normalise = {"method": "goalposts", "low": 2, "high": 4, "reference": "source", "range": [1, 10]}
    aggregate = {"method": "geometric", "missing": "impute", "impute_from": "w", "rescale_weights": True}
    own = group("g", 1, [leaf("y")], aggregate={"method": "median"})
    said = described(tmp_path, leaf("x"), own, normalise=normalise, aggregate=aggregate, rank_1="lowest")
    for sentence in (
        "A higher score means that an area is worse off; rank 1 is the lowest score.",
        "It is compared with all areas of the published tables, also those outside this place.",
        "The score is the weighted geometric mean of its parts, so that a low score of one part is not fully made up "
        "for by a high one of another.",
        "Some groups of parts are scored by the weighted median of their parts.",
        "Weights are scaled so that each level adds up to 1.",
        "Values filled in this way: 1.",
        "Values of x that lay beyond the goalposts and were cut to them: 1.",
        "Values of y that lay beyond the goalposts and were cut to them: 2.",
    ):
        assert sentence in said


def test_parts_are_listed_with_what_they_are(tmp_path: Path) -> None:
    place = open_town(tmp_path, VALUES)
    result = build_index(place, index_spec(group("g", 2, [leaf("x", 0.5, name="Ex")])))
    rows = parts_list(place, result)
    assert [(row["id"], row["name"], row["depth"], row["parent"], row["weight"]) for row in rows] == [
        ("g", "g", 1, None, 2),
        ("x", "Ex", 2, "g", 0.5),
    ]
    assert rows[1]["indicator"] == "x"
    assert (rows[1]["period"], rows[1]["unit"], rows[1]["has_interval"]) == ("2021", "points", False)


# --- Main findings ---

LONG = """
[[values]]
file = "long.csv"
geography = "area"
period = "2021"
indicator = "no-car"
columns = { area = "code", count = "count", denominator = "total" }
"""
WARDS = {"W1": ("A1", "A2"), "W2": ("A3",), "W3": ("A4",)}


def gap_place(tmp_path: Path, table: str, polarity: str = "low_good", section: str = LONG) -> Any:
    """Four areas in three wards (a gap needs three), people without a car by count."""
    from tests.places import geojson, square

    squares = {code: square(430_000 + 1000 * number, 433_000) for number, code in enumerate(WARDS)}
    lookup = "code,ward\n" + "".join(f"{area},{ward}\n" for ward, areas in WARDS.items() for area in areas)
    residents = TABLE.replace(', share = "no-car"', "")
    files = {
        "place.toml": toml(residents, section, LOOKUP),
        "long.csv": table,
        "areas/wards.geojson": geojson(squares),
        "areas/lookup.csv": lookup,
        "indicators/indicators.csv": INDICATORS.replace("low_good", polarity),
    }
    return read(write_place(tmp_path, files))[0]


WIDE_GAP = "code,count,total\nA1,810,2000\nA2,0,630\nA3,150,1480\nA4,300,2000\n"


def test_gap_between_wards_is_told_with_its_intervals(tmp_path: Path) -> None:
    # Wilson by hand, z^2 = 3.8415. W1: 810 of 2,630 = 0.30798; centre (0.30798 + 0.00073) / 1.00146 = 0.30826,
    # half-width 1.95996 sqrt(0.30798 x 0.69202 / 2630 + 3.8415 / (4 x 2630^2)) / 1.00146 = 0.01763: 0.2906 to 0.3259.
    # W2: 150 of 1,480 = 0.10135: (0.10135 + 0.00130) / 1.00260 = 0.10238, half-width 0.01539: 0.0870 to 0.1178.
    (found,) = main_findings(gap_place(tmp_path, WIDE_GAP), {})
    assert found["text"] == "No car: W1 has 30.8% (95% interval 29.1 to 32.6), W2 10.1% (95% interval 8.7 to 11.8)."
    assert (found["kind"], found["link"], found["period"]) == ("gap", {"kind": "indicator", "id": "no-car"}, "2021")


@pytest.mark.parametrize(
    "table",
    [
        "A1,300,1000\nA2,4,63\nA3,280,1000\nA4,310,1000\n",  # within chance
        "A1,81,200\nA2,0,63\nA3,15,148\nA4,30,200\n",  # too few people without a car to make much of
        "A1,81,200\nA2,0,63\nA3,0,148\nA4,30,200\n",  # nobody: no ratio
    ],
)
def test_gap_that_says_little_is_not_told(tmp_path: Path, table: str) -> None:
    assert main_findings(gap_place(tmp_path, f"code,count,total\n{table}"), {}) == []


def test_gap_with_published_intervals_needs_no_counts(tmp_path: Path) -> None:
    table = "code,value,low,high\nW1,0.3,0.29,0.31\nW2,0.1,0.09,0.11\nW3,0.2,0.19,0.21\n"
    columns = '{ area = "code", value = "value", lower95 = "low", upper95 = "high" }'
    section = LONG[: LONG.index("columns")].replace('"area"', '"ward"') + f"columns = {columns}\n"
    (found,) = main_findings(gap_place(tmp_path, table, section=section), {})
    assert found["text"] == "No car: W1 has 30.0% (95% interval 29.0 to 31.0), W2 10.0% (95% interval 9.0 to 11.0)."


def test_gap_without_polarity_is_not_told(tmp_path: Path) -> None:
    assert main_findings(gap_place(tmp_path, WIDE_GAP, polarity="none"), {}) == []


def test_worst_area_and_share_in_the_worst_tenth(tmp_path: Path) -> None:
    values = {"x": [20, *range(18, -1, -1)]}
    inside = [f"A{number:02}" for number in (1, 2, 5, 9)]
    place = open_town(tmp_path, values, inside=inside)
    spec = index_spec(leaf("x"), name="Need", normalise={"method": "rank", "reference": "source"})
    first, second = main_findings(place, {"need": build_index(place, spec)})
    # A01 and A02 are ranks 1 and 2 of 20.
    assert first["text"] == (
        "2 of 4 areas (50%) are among the worst-off tenth of all 20 areas of the published tables by Need; "
        "10% would be in line with the rest. This share is published without an interval."
    )
    assert (
        second["text"] == "A01 comes out as the worst-off of 4 areas by Need; this rank is published without a range."
    )
    assert second["link"] == {"kind": "index", "id": "need"}
    assert second["source"] == "Test"


def test_best_area_when_higher_is_better(tmp_path: Path) -> None:
    place = open_town(tmp_path, {"x": [1, 2, 3]})
    part = leaf("x", direction="high-is-better")
    (found,) = main_findings(place, {"i": build_index(place, index_spec(part, higher_is="better"))})
    assert found["text"] == "A03 comes out as the best-off of 3 areas by Test; this rank is published without a range."
    (lowest,) = main_findings(place, {"i": build_index(place, index_spec(part, higher_is="better", rank_1="lowest"))})
    assert (
        lowest["text"] == "A01 comes out as the worst-off of 3 areas by Test; this rank is published without a range."
    )


def test_rank_is_told_with_its_range_and_where_the_area_lies(tmp_path: Path) -> None:
    place = open_town(tmp_path, {"x": [9, 5, 1]}, people=[10, 20, 30], wards=["W1", "W1", "W2"])
    result = build_index(place, index_spec(leaf("x")))

    def told(low: int, high: int) -> str:
        ranges = result.frame.with_columns(rank_p05=pl.lit(low), rank_p95=pl.lit(high))
        return str(main_findings(place, {"i": replace(result, frame=ranges)})[0]["text"])

    assert told(1, 2) == (
        "A01 in W1 comes out as the worst-off of 3 areas by Test; its rank is from 1 to 2 in nine draws of ten with "
        "other reasonable choices of weights and method. 2 other areas cannot safely be told apart from it: the ranges of "
        "their ranks overlap."
    )
    # A range of 1 to 1 leaves one draw in ten in which the area may be elsewhere.
    assert "stays there in at least nine draws of ten" in told(1, 1)
    apart = result.frame.with_columns(rank_p05="rank", rank_p95="rank")
    (alone,) = main_findings(place, {"i": replace(result, frame=apart)})
    assert str(alone["text"]).endswith("No other area's range of ranks overlaps with its own.")


def test_gap_is_told_with_the_decimals_of_its_indicator(tmp_path: Path) -> None:
    place = gap_place(tmp_path, WIDE_GAP)
    place.indicators["no-car"] = replace(place.indicators["no-car"], decimals="4")  # of a share: 2 of per cent
    (found,) = main_findings(place, {})
    assert found["text"].startswith("No car: W1 has 30.80% (95% interval 29.06 to 32.59), W2 10.14%")


def test_what_is_held_as_published_is_told_by_name(tmp_path: Path) -> None:
    # Of three indicators one has an interval that moves; the others stay, one of them without a name of its own.
    place = open_town(tmp_path, {"x": [1, 2, 3], "no-car": [5, 4, 6], "z": [2, 1, 3]})
    result = build_index(place, index_spec(leaf("x", name="Ex"), leaf("no-car"), leaf("z")))
    last = result.leaves[2]
    moving = replace(last, lower95=last.value - 0.5, upper95=last.value + 0.5)
    about = uncertainty_of(replace(result, leaves=(*result.leaves[:2], moving)), draws=20, sensitivity_samples=0).about
    assert about["sentences"][-1] == (
        "Held as published, because they come without counts or intervals: 2 of 3 indicators (Ex, no car)."
    )


# --- Populations ---

WARD_TABLE = """
[[table]]
file = "wards.csv"
geography = "ward"
key = "code"
period = "2021"
columns = { residents = "residents" }
"""


def population_warnings(tmp_path: Path, wards: str) -> list[str]:
    """Residents of the four areas are 1,000 in all."""
    files = {"place.toml": toml(TABLE, WARD_TABLE, LOOKUP), "wards.csv": f"code,residents\n{wards}"}
    findings = Findings()
    check_measures(read(write_place(tmp_path, files))[0], findings)
    return [finding.message for finding in findings.items if finding.rule == "population"]


def test_population_within_half_a_per_cent_reconciles(tmp_path: Path) -> None:
    assert population_warnings(tmp_path / "a", "W1,300\nW2,705\n") == []
    (told,) = population_warnings(tmp_path / "b", "W1,300\nW2,706\n")
    assert told == (
        "the population by Census in 2021 is 1,000 on area (residents) but 1,006 on ward (residents); areas are "
        "missing or counted twice"
    )
