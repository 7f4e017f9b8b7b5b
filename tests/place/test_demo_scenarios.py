"""What may happen to the demo town: every risk has a scenario, and the flood is where the flood zone is."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
import shapely

from wholeplace.build import open_place
from wholeplace.place import Findings
from wholeplace.place.demo.folder import Demo
from wholeplace.resilience import Scenario, check_scenarios


@pytest.fixture(scope="module")
def scenarios(folder: Path) -> dict[str, Scenario]:
    findings = Findings()
    found = check_scenarios(open_place(folder), findings)
    assert findings.items == []  # no warning either
    return found


def test_every_risk_names_a_scenario_and_all_are_named(folder: Path, scenarios: dict[str, Scenario]) -> None:
    risks = pl.read_csv(folder / "registers" / "risks.csv")
    names = dict(risks.select("scenario", "name").iter_rows())
    assert {one.id: one.settings.name for one in scenarios.values()} == names | {"ordinary-month": "An ordinary month"}
    assert risks["kind"].n_unique() == 13


def test_they_use_every_kind_of_event_and_nearly_every_key(scenarios: dict[str, Scenario]) -> None:
    events = [event for one in scenarios.values() for event in one.events]
    assert {event.kind for event in events} == {"fail", "hazard", "absence", "spread", "exit"}
    used = {key for event in events for key in event.section.model_fields_set}
    assert {"where", "together", "footprint", "areas", "curve", "notice_h", "contain_h", "lasts"} <= used
    assert all(event.items for event in events)
    assert {distribution.kind for event in events for distribution in event.times.values()} == {
        "fixed", "lognormal", "triangular", "uniform", "beta", "never"
    }  # fmt: skip


def test_the_flood_is_where_the_flood_zone_is_and_deepest_at_the_river(folder: Path, demo: Demo) -> None:
    features = json.loads((folder / "hazards" / "river-flood.geojson").read_text())["features"]
    bands = [shapely.from_geojson(json.dumps(one["geometry"])) for one in features]
    assert all(band.is_valid for band in bands)
    assert [one["properties"]["depth_m"] for one in features] == [1.8, 0.9, 0.3]
    river = json.loads((folder / "areas" / "river.geojson").read_text())["features"][0]["geometry"]
    line = shapely.from_geojson(json.dumps(river))
    assert line.intersection(bands[0]).length > 0.99 * line.length
    postcodes = demo.postcodes.frame
    wet = shapely.intersects(
        shapely.union_all(bands), shapely.points(postcodes["lon"].to_numpy(), postcodes["lat"].to_numpy())
    )
    flooded = demo.postcodes.flooded == 1
    # Corners are rounded by 8 m, so that a few postcodes at the very edge are on the other side.
    assert wet[flooded].mean() > 0.97
    assert wet[~flooded].mean() < 0.03
