"""Doughnut portraits: gaps by hand, what has no figure, and every fault of a file listed at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.commands import run
from tests.measure.small_places import open_town, town, write_files

from wholeplace.measure.portraits import check_portraits, gap, open_portrait, summarise_portrait
from wholeplace.place import Findings, FindingsError, read_place

HEAD = 'id = "ring"\nname = "Ring"\n'


def dimension(name: str, *measures: str, ring: str = "social", more: str = "") -> str:
    text = f'\n[[dimension]]\nring = "{ring}"\nid = "{name}"\nname = "{name.title()}"\n{more}'
    return text + "".join(f"\n[[dimension.measure]]\n{one}" for one in measures)


def measure(indicator: str, threshold: object, direction: str = "high-is-worse") -> str:
    return f'indicator = "{indicator}"\ndirection = "{direction}"\nthreshold = {threshold}\nsource = "Our choice"\n'


# --- Gaps: worked out by hand ---


@pytest.mark.parametrize(
    ("ring", "direction", "whole", "threshold", "value", "expected"),
    [
        ("social", "high-is-better", None, 50, 31.5, 0.37),  # 18.5 of 50 is lacking
        ("social", "high-is-better", None, 50, 50, 0),  # kept exactly
        ("social", "high-is-better", None, 50, 0, 1),
        ("social", "high-is-worse", 100.0, 4, 10, 6 / 96),  # 6 too many, of the 96 whom the floor protects
        ("social", "high-is-worse", 1.0, 0, 0.12, 0.12),  # nobody should lack it: the share who do
        ("social", "high-is-worse", None, 35, 50, 0.3),  # 50 has to fall by three tenths
        ("social", "high-is-worse", None, 35, 0, 0),
        ("ecological", "high-is-worse", None, 10, 11, 0.1),
        ("ecological", "high-is-worse", None, 10, 35, 2.5),  # overshoot has no end
        ("ecological", "high-is-better", None, 30, 20, 0.5),  # half as much again is needed
        ("ecological", "high-is-better", None, 30, 31, 0),
    ],
)
def test_a_gap_is_a_share_of_the_floor_or_ceiling(
    ring: str, direction: str, whole: float | None, threshold: float, value: float, expected: float
) -> None:
    found = gap([value, np.nan], threshold, ring=ring, direction=direction, whole=whole)  # type: ignore[arg-type]
    assert found[0] == pytest.approx(expected, abs=1e-12)
    assert np.isnan(found[1])


# --- What has no figure is not zero ---


def test_missing_suppressed_zero_and_unmeasured_are_four_things(tmp_path: Path) -> None:
    folder = town(
        tmp_path, {"lack": [0.1, None, "*", 0.0]}, kinds={"lack": "proportion"}, people=[10, 10, 10, 10]
    )  # fmt: skip
    text = HEAD + dimension("homes", measure("lack", 0)) + dimension("voice", more='why = "Nobody asked"\n')
    write_files(folder, {"portraits/ring.toml": text})
    portrait = open_portrait(open_place_of(folder), "ring")
    rows = portrait.frame.filter((portrait.frame["geography"] == "a") & (portrait.frame["dimension"] == "homes"))
    assert rows["gap"].to_list() == [pytest.approx(0.1), None, None, 0.0]
    assert rows["status"].to_list() == ["A", "O", "Q", "A"]
    assert rows["without"].to_list() == [[], ["lack"], ["lack"], []]
    voice = portrait.frame.filter(portrait.frame["dimension"] == "voice")
    assert voice["gap"].null_count() == voice.height
    assert set(voice["status"]) == {"unmeasured"}
    said = " ".join(summarise_portrait("A02", portrait.spec, portrait.of_area("A02").to_dicts()))
    assert "hatched: Homes and Voice" in said
    assert "No figure does not mean no problem" in said


def open_place_of(folder: Path):  # type: ignore[no-untyped-def]
    place = read_place(folder, Findings())
    assert place is not None
    return place


def test_a_dimension_of_several_figures_is_their_mean_or_worst_and_nothing_without_one(tmp_path: Path) -> None:
    folder = town(tmp_path, {"one": [0.1, 0.1], "two": [0.3, None]}, kinds={"one": "proportion", "two": "proportion"})
    both = (measure("one", 0), measure("two", 0))
    text = HEAD + dimension("mean", *both) + dimension("worst", *both, more='rule = "worst"\n')
    write_files(folder, {"portraits/ring.toml": text})
    frame = open_portrait(open_place_of(folder), "ring").frame
    found = {(row["area"], row["dimension"]): row["gap"] for row in frame.to_dicts() if row["geography"] == "a"}
    assert found["A01", "mean"] == pytest.approx(0.2)
    assert found["A01", "worst"] == pytest.approx(0.3)
    assert found["A02", "mean"] is None
    assert found["A02", "worst"] is None


def test_the_mean_of_the_source_counts_areas_outside_the_place(tmp_path: Path) -> None:
    folder = town(tmp_path, {"rate": [2.0, 4.0, 12.0]}, kinds={"rate": "rate"}, inside=["A01", "A03"])
    write_files(folder, {"portraits/ring.toml": HEAD + dimension("safety", measure("rate", '"source-mean"'))})
    portrait = open_portrait(open_place_of(folder), "ring")
    assert portrait.measures["threshold"].unique().to_list() == [6.0]  # (2 + 4 + 12) / 3
    gaps = portrait.frame.filter(portrait.frame["geography"] == "a")["gap"].to_list()
    assert gaps == [0.0, 0.5]  # 12 has to fall by half


# --- Faults ---


def test_every_fault_of_a_portrait_is_listed_at_once(tmp_path: Path) -> None:
    folder = town(tmp_path, {"rank": [1, 2], "lack": [0.1, 0.2]}, kinds={"rank": "rank", "lack": "proportion"})
    text = (
        HEAD.replace('"ring"', '"other"')
        + dimension("a", measure("nowhere", 1))
        + dimension("b", measure("rank", 1))
        + dimension("c", measure("lack", 1.5))
        + dimension("c2", measure("lack", '"source-mean"'))
    )
    write_files(folder, {"portraits/ring.toml": text})
    findings = Findings()
    portraits, _ = check_portraits(open_place_of(folder), findings)
    assert not portraits
    rules = sorted(one.rule for one in findings.errors)
    assert rules == ["id-form", "no-true-zero", "threshold", "threshold", "unknown-indicator"]


def test_a_dimension_says_figures_or_why_there_are_none(tmp_path: Path) -> None:
    folder = town(tmp_path, {"lack": [0.1, 0.2]}, kinds={"lack": "proportion"})
    text = HEAD + dimension("a") + dimension("a", measure("lack", 0), more='why = "Nobody asked"\n')
    write_files(folder, {"portraits/ring.toml": text})
    with pytest.raises(FindingsError) as caught:
        open_portrait(open_place_of(folder), "ring")
    assert [one.rule for one in caught.value.findings] == ["key-twice", "dimension-kind", "dimension-kind"]


def test_a_portrait_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    place = open_town(tmp_path, {"lack": [0.1, 0.2]}, kinds={"lack": "proportion"})
    write_files(tmp_path, {"portraits/ring.toml": HEAD + dimension("homes", measure("lack", 0))})
    with pytest.raises(FindingsError, match=r"no portrait 'wheel'.*ring"):
        open_portrait(place, "wheel")


# --- The command ---


def test_the_command_says_the_same_to_people_and_machines(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = town(tmp_path, {"lack": [0.1, 0.3]}, kinds={"lack": "proportion"}, people=[300, 100])
    text = HEAD + dimension("homes", measure("lack", 0)) + dimension("voice", more='why = "Nobody asked"\n')
    write_files(folder, {"portraits/ring.toml": text})
    answer = run(capfd, "portrait", folder, "ring", "--json").document
    assert answer["schema"] == "wholeplace.portrait/1"
    assert [row["gap"] for row in answer["dimensions"]] == [pytest.approx(0.15), None]  # (30 + 30) / 400
    told = run(capfd, "portrait", folder)
    assert told.code == 0
    assert answer["summary"][0] in " ".join(told.out.split())
    assert "Homes (30.0% below the floor)" in run(capfd, "portrait", folder, "--area", "A02").out
    wrong = run(capfd, "portrait", folder, "--area", "nowhere")
    assert wrong.code == 1
    assert "no area 'nowhere'" in wrong.err
