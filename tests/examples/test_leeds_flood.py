"""Leeds in a flood: which hospitals, practices and schools it can strike, held against a plain reading of the tables."""

from __future__ import annotations

import csv
import json
import math
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
import shapely
from shapely.geometry import shape

import wholeplace
from wholeplace.build.check import check_place
from wholeplace.place import Place
from wholeplace.records import ImportRequest, apply_import
from wholeplace.records.mapping import map_table
from wholeplace.resilience import Placed, build_graph, open_scenario, place_things

LEEDS = Path(__file__).parents[2] / "examples" / "leeds"
DATA = Path(os.environ.get("WHOLEPLACE_DATA", "")) / "leeds"
#: Mapping files in the order of README.md, each with its table.
MAPS = {
    "schools": "schools", "hospitals": "hospitals", "gp_practices": "gp_practices",
    "acute_hospital_care": "hospitals", "gp_care": "gp_practices", "schooling": "schools",
}  # fmt: skip

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example with the sites, and what stands on them, imported as README.md says."""
    folder = tmp_path_factory.mktemp("places") / "leeds"
    shutil.copytree(LEEDS, folder, ignore=shutil.ignore_patterns(".wholeplace"))
    for name, table in MAPS.items():
        mapped = map_table(DATA / f"{table}.csv", folder / "maps" / f"{name}.toml")
        register = mapped.register
        apply_import(
            ImportRequest(folder, None, False, {register.kind.name: register}, mapped.fields),
            person="tester",
            reason="As published",
        )
    return folder


@pytest.fixture(scope="module")
def place(folder: Path) -> Place:
    return wholeplace.open_place(folder)


@pytest.fixture(scope="module")
def placed(place: Place) -> Placed:
    return place_things(place, open_scenario(place, "flood-zone-3").events[0])


@pytest.fixture(scope="module")
def exposed(placed: Placed) -> dict[str, float]:
    return {name: chance for name, chance in zip(placed.things, placed.chances.tolist(), strict=True) if chance}


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def shares() -> dict[str, float]:
    """Share of people in the zone by neighbourhood, where there are any."""
    found = {row["lsoa11_code"]: float(row["share_people_in_flood_zone3"]) for row in rows("flood_exposure_lsoa11")}
    return {area: share for area, share in found.items() if share > 0}


def test_all_can_be_placed_and_none_is_without_a_value(placed: Placed) -> None:
    kinds = Counter(name.removeprefix("site:").partition("-")[0] for name in placed.things)
    assert kinds == {"school": 306, "hospital": 15, "gp": 107}
    assert (placed.unplaced, placed.without_value) == ({}, ())


def test_no_hospital_stands_in_an_exposed_neighbourhood(exposed: dict[str, float], shares: dict[str, float]) -> None:
    """By the point of each in the outlines of the 19 neighbourhoods with people in the zone."""
    features = json.loads((DATA / "lsoa_2011.geojson").read_text("utf-8"))["features"]
    wet = [shape(one["geometry"]) for one in features if one["properties"]["lsoa11_code"] in shares]
    assert len(wet) == 19
    points = {(float(row["lon"]), float(row["lat"])) for row in rows("hospitals")}
    assert (len(rows("hospitals")), len(points)) == (15, 9)
    assert not any(outline.intersects(shapely.Point(point)) for outline in wet for point in points)
    assert [name for name in exposed if name.startswith("site:hospital-")] == []


def test_four_practices_stand_in_one_all_of_them_active(exposed: dict[str, float], shares: dict[str, float]) -> None:
    inside = [row for row in rows("gp_practices") if row["lsoa11_code"] in shares]
    assert [row["status_code"] for row in inside] == ["A"] * 4
    expected = {f"site:gp-{row['ods_code'].lower()}": shares[row["lsoa11_code"]] for row in inside}
    assert {name: chance for name, chance in exposed.items() if name.startswith("site:gp-")} == expected
    assert sorted(round(chance, 2) for chance in expected.values()) == [0.09, 0.13, 0.19, 0.46]
    assert round(sum(expected.values()), 2) == 0.88


def test_eleven_schools_stand_in_one(exposed: dict[str, float], shares: dict[str, float]) -> None:
    inside = [row for row in rows("schools") if row["lsoa11_code"] in shares]
    expected = {f"site:school-{row['urn']}": shares[row["lsoa11_code"]] for row in inside}
    assert {name: chance for name, chance in exposed.items() if name.startswith("site:school-")} == expected
    assert len(inside) == 11
    assert round(sum(expected.values()), 2) == 3.9
    pupils = [row["pupils"] for row in rows("schools")]
    assert (sum(int(one) for one in pupils if one), pupils.count("")) == (133_298, 18)
    assert sum(int(row["pupils"] or 0) for row in inside) == 4_585
    assert [row["name"] for row in inside if not row["pupils"]] == ["Leeds College of Music"]


def test_chance_that_any_is_closed_as_the_readme_has_it(exposed: dict[str, float]) -> None:
    any_closed = {kind: 1 - math.prod(1 - chance for name, chance in exposed.items() if name.startswith(f"site:{kind}-"))
                  for kind in ("gp", "school")}  # fmt: skip
    assert {kind: round(chance, 2) for kind, chance in any_closed.items()} == {"gp": 0.66, "school": 0.99}


def test_services_stand_on_all_of_their_sites_and_every_row_is_marked_as_an_assumption(place: Place) -> None:
    dependencies = place.registers["dependencies"]
    providers = Counter(dependencies.column("dependent"))
    assert providers == {"service:acute-hospital-care": 2, "service:gp-care": 107, "service:schooling": 306}
    assert dependencies.column("notes").str.starts_with("Assumption: ").all()
    assert place.registers["services"].column("notes").str.starts_with("Assumption: ").all()
    assert len(build_graph(place.registers).rows.rows()) == 415


def test_what_is_degraded_to_is_what_the_exposed_leave(place: Place) -> None:
    """103 of 107 practices and 295 of 306 schools are 0.9626 and 0.9641: both 0.96."""
    levels = place.registers["dependencies"].frame.select("dependent", "degraded_to").unique().rows()
    assert dict(levels) == {
        "service:acute-hospital-care": "",
        "service:gp-care": f"{103 / 107:.2f}",
        "service:schooling": f"{295 / 306:.2f}",
    }


def test_the_check_of_it_all_has_no_errors_or_doubts(folder: Path) -> None:
    report = check_place(folder)
    assert [one for one in report.findings if one.level != "notice"] == []
    assert not {"not-placed", "without-value"} & {one.rule for one in report.findings}
