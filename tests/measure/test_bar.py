"""The digital bar of a service: bounds against every population there can be, counts by hand, faults listed at once."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.commands import run
from tests.measure.small_places import town, write_files

from wholeplace.build import open_build
from wholeplace.measure.portraits import KINDS, check_portraits, least_and_most, open_bar, read_bar
from wholeplace.place import Findings, read_place

HEAD = 'id = "form"\nname = "The form"\nservice = "service:form"\ngeography = "a"\n'


def bar_text(demands: dict[str, str], head: str = HEAD) -> str:
    """A bar file; a kind without its own lines asks nothing."""
    parts = (f'\n[[demand]]\nkind = "{kind}"\n{demands.get(kind, "asks = " + chr(34) + "nothing" + chr(34))}\n'
             for kind in KINDS)  # fmt: skip
    return head + "".join(parts)


def lack(indicator: str, **more: str) -> str:
    keys = {"indicator": indicator, "unit": "people", "base": "people", **more}
    return 'asks = "It"\n' + "".join(f'{key} = "{value}"\n' for key, value in keys.items())


# --- Bounds ---


def everybody(size: int, lacks: Sequence[int]) -> tuple[int, int]:
    """The fewest and most who lack at least one thing, over every population in which so many lack each."""
    ways = [list(itertools.combinations(range(size), many)) for many in lacks]
    unions = [len(set().union(*chosen)) for chosen in itertools.product(*ways)]
    return min(unions), max(unions)


@pytest.mark.parametrize("lacks", [(0, 0, 0), (1, 2, 2), (3, 3, 0), (2, 3, 4), (5, 1, 1), (4, 4, 4), (2,), (5, 3)])
def test_bounds_are_those_of_every_population_there_can_be(lacks: tuple[int, ...]) -> None:
    size = 5
    least, most = least_and_most(np.array(lacks)[:, None] / size)
    assert (least[0] * size, most[0] * size) == pytest.approx(everybody(size, lacks))


def test_bounds_with_a_figure_missing_have_no_most() -> None:
    least, most = least_and_most([[0.2, np.nan], [np.nan, np.nan]])
    assert least[0] == 0.2
    assert np.isnan(most).all()
    assert np.isnan(least[1])


# --- A bar by hand ---


def make(folder: Path, text: str):  # type: ignore[no-untyped-def]
    kinds = {"no-device": "proportion", "no-skill": "proportion"}
    values = {"no-device": [0.2, 0.1, None], "no-skill": [0.3, 0.05, 0.4]}
    write_files(town(folder, values, kinds=kinds, people=[100, 200, 50]), {"bars/form.toml": text})
    place = read_place(folder, Findings())
    assert place is not None
    return place


def test_people_are_counted_by_demand_and_bounded_together(tmp_path: Path) -> None:
    text = bar_text({"device": lack("no-device"), "skill": lack("no-skill")})
    bar = open_bar(make(tmp_path, text), "form")
    rows = {row["area"]: row for row in bar.frame.to_dicts() if row["geography"] == "a"}
    first, second, third = rows["A01"], rows["A02"], rows["A03"]
    # of 100: 20 and 30 lack one; at least 30 (all 20 among them), at most 50; 1 - 0.8 * 0.7 = 44 would be a guess
    assert (first["least_count"], first["most_count"]) == (pytest.approx(30), pytest.approx(50))
    assert first["largest"] == "skill"
    assert (second["least_count"], second["most_count"]) == (pytest.approx(20), pytest.approx(30))
    assert second["largest"] == "device"
    # a figure that is missing is not 0: at least 20 of 50, and no most
    assert third["least_count"] == pytest.approx(20)
    assert third["most"] is None
    assert (third["known"], third["of"]) == (1, 2)


def test_those_who_meet_a_demand_are_turned_into_those_who_do_not(tmp_path: Path) -> None:
    text = bar_text({"device": lack("no-device", counts="meet")})
    demands = open_bar(make(tmp_path, text), "form").demands
    assert demands.filter(demands["area"] == "A01")["count"].to_list() == [pytest.approx(80)]


def test_a_bar_that_nobody_measures_says_so(tmp_path: Path) -> None:
    text = bar_text(dict.fromkeys(KINDS, 'asks = "It"\nwhy = "Nobody asked"'))
    bar = open_bar(make(tmp_path, text), "form")
    assert bar.frame.is_empty()
    assert "none of them have a figure" in bar.summary[0]
    assert bar.summary[1] == "So nobody is counted here, and nothing says how many are below it."


# --- Faults ---


def test_every_fault_of_a_bar_is_listed_at_once(tmp_path: Path) -> None:
    demands = {
        "device": lack("nowhere"),
        "skill": lack("no-skill", base="no-device"),
        "space": 'asks = "A room"',
        "cost": lack("people"),
    }
    place = make(tmp_path, bar_text(demands, HEAD.replace('"a"', '"nowhere"').replace("service:form", "form")))
    findings = Findings()
    assert read_bar(place.folder / "bars" / "form.toml", findings) is None
    assert sorted(one.rule for one in findings.errors) == ["bar-service", "demand-kind", "unit-base"]
    sound = demands | {"space": 'asks = "A room"\nwhy = "Nobody asked"', "skill": lack("no-skill")}
    write_files(tmp_path, {"bars/form.toml": bar_text(sound, HEAD.replace('"a"', '"nowhere"'))})
    findings = Findings()
    _, bars = check_portraits(place, findings)
    assert not bars
    assert sorted(one.rule for one in findings.errors) == ["not-counted", "unknown-geography", "unknown-indicator"]


def test_a_demand_that_was_forgotten_is_a_fault(tmp_path: Path) -> None:
    place = make(tmp_path, HEAD + '\n[[demand]]\nkind = "device"\nasks = "nothing"\n')
    findings = Findings()
    check_portraits(place, findings)
    assert [one.value for one in findings.errors] == ["bandwidth", "skill", "space", "cost", "confidence"]


# --- The demo place and the command ---


def test_no_bound_of_the_demo_lies_outside_its_demands(demo_place: Path) -> None:
    bar = open_build(demo_place).bar("council-tax-online")
    shares = {(row["area"], row["kind"]): row["share"] for row in bar.demands.to_dicts()}
    checked = 0
    for row in bar.bounds.filter(bar.bounds["known"] == bar.bounds["of"]).to_dicts():
        kinds = [one.kind for one in bar.spec.demand if one.unit == row["unit"]]
        own = [shares[row["area"], kind] for kind in kinds]
        assert row["least"] == pytest.approx(max(own))
        assert row["most"] == pytest.approx(min(1, sum(own)))
        checked += 1
    assert checked > 50


def test_the_command_counts_people_below_the_bar(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    place = make(tmp_path, bar_text({"device": lack("no-device"), "skill": lack("no-skill")}))
    answer = run(capfd, "bar", place.folder, "form", "--area", "A01", "--json").document
    assert answer["schema"] == "wholeplace.bar/1"
    assert [round(row["least_count"]) for row in answer["bounds"]] == [30]
    told = run(capfd, "bar", place.folder, "form", "--area", "A01").out
    assert "At least 30.0% of people (30) are below it: so many lack the skill it asks for; at most 50.0% (50)" in told
    assert run(capfd, "bar", place.folder, "letter").code == 1
