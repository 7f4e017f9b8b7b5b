"""What comes out of the demo town's scenarios: each tells a story of its own, as its file says, and none is absurd.

The bounds are what an emergency planner would take for plausible, not figures to be hit: a service that is out to the end
of most trials, a failure that nobody feels, or a town that never recovers, is a fault of the demo's registers.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wholeplace.build import open_place
from wholeplace.resilience.results import ScenarioResult
from wholeplace.resilience.run import Options, finish_run, prepare_run

TRIALS = 300
HARMLESS = "ordinary-month"
#: The chance that a service is down at all, as the first lines of each scenario tell it: scenario, service, from, to.
TOLD = [
    ("building-collapse", "free-school-meals", 0.2, 0.4),
    ("building-collapse", "warm-rooms", 0.1, 0.3),
    ("care-supplier-fails", "home-care", 0.15, 0.35),
    ("data-centre-loss", "benefits", 0.9, 1),
    ("data-centre-loss", "rents", 0.8, 1),
    ("data-not-shared", "safeguarding-adults", 0, 0.02),
    ("election-trust", "elections", 0.08, 0.25),
    ("employer-leaves", "school-transport", 0.4, 0.6),
    ("epidemic", "emergency-shelter", 0.1, 0.25),
    ("epidemic", "home-care", 0, 0.1),
    ("fernleigh-fails", "benefits", 0.95, 1),
    ("food-prices", "meals-at-home", 0.4, 0.6),
    ("heatwave", "street-lighting", 0.4, 0.6),
    ("invoice-fraud", "paying-suppliers", 0.9, 1),
    ("online-fraud", "customer-contact", 0.2, 0.4),
    (HARMLESS, "home-care", 0, 0.02),
    (HARMLESS, "benefits", 0, 0.1),
    ("phones-fail", "care-alarms", 0.8, 1),
    ("power-food-water", "care-alarms", 0.9, 1),
    ("ransomware", "school-admissions", 0.95, 1),
    ("riot", "home-care", 0.6, 0.8),
    ("river-flood", "flood-warning", 0.25, 0.5),
    ("supplier-breach", "planning", 0.95, 1),
    ("unfair-scoring", "benefits", 0, 0.05),
]


@pytest.fixture(scope="module")
def results(folder: Path) -> dict[str, ScenarioResult]:
    place = open_place(folder)
    options = Options(method="simulate", trials=TRIALS, seed=1)
    names = sorted(path.stem for path in (folder / "scenarios").glob("*.toml"))
    return {name: finish_run(prepare_run(place, name), options) for name in names}


def test_every_scenario_hits_some_service_and_is_over_in_the_end(results: dict[str, ScenarioResult]) -> None:
    assert len(results) == 20
    for name, result in results.items():
        items = result.items
        assert items.height == 42, name
        assert items["downtime_h_mean"].max() > 1, name
        told = result.as_dict()
        assert told["p_not_restored"] < 0.2, name
        assert told["total_person_hours_lost"]["mean"] > 0, name


def test_no_service_is_out_to_the_end_of_most_trials(results: dict[str, ScenarioResult]) -> None:
    for name, result in results.items():
        told = result.as_dict()
        longest = {item: one["longest_outage_h"]["p50"] for item, one in told["items"].items()}
        assert {item: hours for item, hours in longest.items() if hours > 0.6 * told["horizon_h"]} == {}, name


@pytest.mark.parametrize(("name", "service", "least", "most"), TOLD)
def test_chances_are_those_that_the_scenario_tells(
    results: dict[str, ScenarioResult], name: str, service: str, least: float, most: float
) -> None:
    assert least <= results[name].as_dict()["items"][f"service:{service}"]["p_down"] <= most


def test_each_scenario_tells_the_person_hours_that_come_out(folder: Path, results: dict[str, ScenarioResult]) -> None:
    """Within a third (and three standard errors): the lines are rounded, and of more trials than these."""
    for name, result in results.items():
        text = (folder / "scenarios" / f"{name}.toml").read_text(encoding="utf-8").partition("[scenario]")[0]
        said = re.search(r"(About|Under) ([\d.]+) million person-hours", re.sub(r"\n# ", " ", text))
        assert said, name
        lost = result.as_dict()["total_person_hours_lost"]
        figure, slack = float(said[2]) * 1e6, 3 * lost["se"]
        assert lost["mean"] < 4 / 3 * figure + slack, name
        assert said[1] == "Under" or lost["mean"] > 2 / 3 * figure - slack, name


def test_disasters_are_far_worse_than_an_ordinary_month(results: dict[str, ScenarioResult]) -> None:
    lost = {name: result.as_dict()["total_person_hours_lost"]["mean"] for name, result in results.items()}
    for name in ("ransomware", "river-flood", "power-food-water", "data-centre-loss", "epidemic", "fernleigh-fails"):
        assert lost[name] > 8 * lost[HARMLESS], name


def test_no_service_of_few_drowns_the_rest(results: dict[str, ScenarioResult]) -> None:
    """Every service has users of its own: in no scenario do internal services or planning make up the person-hours."""
    few = {"paying-staff", "paying-suppliers", "planning", "building-control", "licensing"}
    for name, result in results.items():
        if name == "invoice-fraud":  # its story
            continue
        told = result.as_dict()
        lost = sum(told["items"][f"service:{one}"]["person_hours_lost"]["mean"] for one in few)
        assert lost < 0.2 * told["total_person_hours_lost"]["mean"], name
