"""Who uses a service: rows of service_users, groups among them, residents where there are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.places import GEOGRAPHIES, LOOKUP, PLACE_TOML, TABLE, WIDE, Content, write_place
from tests.registers import write_registers

from wholeplace.place import Findings, Place, read_place
from wholeplace.place.registers import FolderSource
from wholeplace.resilience.results import ServiceUsers, service_users

CALLS, MEALS, TAX = "service:calls", "service:meals", "service:tax"
SERVICES = "id,name\ncalls,Calls\nmeals,Meals\ntax,Tax\n"
HEAD = "service,geography,area,group,people\n"
#: Meals: 30 users in A1 and 20 in A3, of whom 12 and 5 are 65 or older. Calls: only a group. Tax: nothing.
USERS = HEAD + (
    "meals,area,A1,,30\nmeals,area,A3,,20\nmeals,area,A1,65-plus,12\nmeals,area,A3,65-plus,5\ncalls,area,A2,carers,7\n"
)


def opened(folder: Path, users: str = USERS, files: dict[str, Content | None] | None = None) -> Place:
    """The default place (residents 100, 200, 300, 400 in A1 to A4) with services and their users."""
    write_registers(write_place(folder, files), {"services": SERVICES, "service_users": users})
    findings = Findings()
    place = read_place(folder, findings, registers=FolderSource(folder))
    assert place is not None
    assert findings.errors == []
    return place


def by_area(users: ServiceUsers, hours: dict[str, float]) -> dict[str, float]:
    """Person-hours of each area when services lack so many hours in the one trial there is."""
    row = np.array([[hours.get(name, 0.0) for name in users.services]])
    lost = users.downtime_of_sets(row) @ users.by_area
    return dict(zip(users.areas["area"], lost[0].tolist(), strict=True))


def by_group(users: ServiceUsers, hours: dict[str, float]) -> dict[str, float]:
    row = np.array([[hours.get(name, 0.0) for name in users.services]])
    return dict(zip(users.groups, (users.downtime_of_sets(row) @ users.by_group)[0].tolist(), strict=True))


def test_rows_without_a_group_are_all_users_and_groups_are_never_added(tmp_path: Path) -> None:
    users = service_users(opened(tmp_path), [MEALS])
    assert users.total.tolist() == [50.0]
    assert by_area(users, {MEALS: 2}) == {"A1": 60.0, "A2": 0.0, "A3": 40.0, "A4": 0.0}
    assert by_group(users, {MEALS: 2}) == {"65-plus": 34.0}
    assert not users.of_residents.any()
    assert users.notices == ()


def test_without_a_row_without_group_every_resident_is_a_user(tmp_path: Path) -> None:
    users = service_users(opened(tmp_path), [CALLS, MEALS, TAX])
    assert users.total.tolist() == [1000.0, 50.0, 1000.0]
    assert users.of_residents.tolist() == [True, False, True]
    assert by_area(users, {CALLS: 1}) == {"A1": 100.0, "A2": 200.0, "A3": 300.0, "A4": 400.0}
    assert by_area(users, {CALLS: 1, MEALS: 1, TAX: 2}) == {"A1": 330.0, "A2": 600.0, "A3": 920.0, "A4": 1200.0}
    assert by_group(users, {CALLS: 1, MEALS: 1, TAX: 2}) == {"65-plus": 17.0, "carers": 7.0}
    assert users.notices == ("Without a count of all users, every resident is taken for one: 2 services.",)


def test_the_order_of_rows_never_matters(tmp_path: Path) -> None:
    lines = USERS.splitlines(keepends=True)
    one = service_users(opened(tmp_path / "one"), [CALLS, MEALS])
    two = service_users(opened(tmp_path / "two", lines[0] + "".join(reversed(lines[1:]))), [CALLS, MEALS])
    assert one.areas.equals(two.areas)
    assert one.groups == two.groups
    assert (one.by_area != two.by_area).nnz == 0
    assert (one.by_group != two.by_group).nnz == 0


def test_the_prefix_of_a_service_may_be_written(tmp_path: Path) -> None:
    users = service_users(opened(tmp_path, HEAD + "service:meals,area,A1,,30\n"), [MEALS])
    assert users.total.tolist() == [30.0]


def test_no_users_at_all_is_not_unknown(tmp_path: Path) -> None:
    users = service_users(opened(tmp_path, HEAD + "meals,area,A1,,0\n"), [MEALS])
    assert users.total.tolist() == [0.0]


def test_without_a_population_nobody_knows(tmp_path: Path) -> None:
    place_toml = PLACE_TOML + GEOGRAPHIES.replace('population = "residents"\n', "") + TABLE + LOOKUP
    users = service_users(opened(tmp_path, files={"place.toml": place_toml}), [CALLS, MEALS, TAX])
    assert np.isnan(users.total).tolist() == [True, False, True]
    assert not users.of_residents.any()
    assert by_group(users, {CALLS: 3}) == {"65-plus": 0.0, "carers": 21.0}
    assert users.notices == ("No person-hours, as nothing says how many use it: 2 services.",)


def test_without_a_register_all_are_residents(tmp_path: Path) -> None:
    write_registers(write_place(tmp_path), {"services": SERVICES})
    place = read_place(tmp_path, Findings(), registers=FolderSource(tmp_path))
    assert place is not None
    assert service_users(place, [TAX]).total.tolist() == [1000.0]


def test_an_area_without_a_number_of_residents_counts_nobody_and_is_told(tmp_path: Path) -> None:
    wide = WIDE.replace("A2,200", "A2,")
    users = service_users(opened(tmp_path, files={"indicators/values/wide.csv": wide}), [TAX])
    assert users.total.tolist() == [800.0]
    assert users.areas.filter(~pl.col("known"))["area"].to_list() == ["A2"]
    assert users.notices[-1] == ("Nobody is counted where the number of residents is not known: 1 area of area.")
    counted_too = HEAD + "meals,area,A2,,5\n"  # what a service's own rows say of the area is known
    users = service_users(opened(tmp_path / "two", counted_too, {"indicators/values/wide.csv": wide}), [MEALS, TAX])
    assert users.areas["known"].all()


def test_residents_are_those_of_the_latest_period(tmp_path: Path) -> None:
    later = TABLE.replace("wide.csv", "later.csv").replace('"2021"', '"2023"').replace(', share = "no-car"', "")
    files: dict[str, Content | None] = {
        "place.toml": PLACE_TOML + GEOGRAPHIES + later + TABLE + LOOKUP,
        "indicators/values/later.csv": "code,residents\nA1,1\nA2,2\nA3,3\nA4,4\n",
    }
    assert service_users(opened(tmp_path, files=files), [TAX]).total.tolist() == [10.0]


@pytest.mark.parametrize(("wide", "west"), [(WIDE, 300.0), (WIDE.replace("A2,200", "A2,"), None)])
def test_a_geography_without_values_of_its_own_sums_those_below(tmp_path: Path, wide: str, west: float | None) -> None:
    wards, areas = '\n[[geography]]\nid = "ward"', 'population = "residents"\n'
    first, _, second = GEOGRAPHIES.replace(areas, "").partition(wards)
    place_toml = PLACE_TOML + wards + second + areas + first + TABLE + LOOKUP
    files: dict[str, Content | None] = {"place.toml": place_toml, "indicators/values/wide.csv": wide}
    users = service_users(opened(tmp_path, files=files), [TAX])
    assert users.residents_of == "ward"
    assert by_area(users, {TAX: 1}) == {"W1": west or 0.0, "W2": 700.0}
    assert users.areas["known"].to_list() == [west is not None, True]


def test_users_of_services_may_stand_by_areas_of_different_geographies(tmp_path: Path) -> None:
    users = service_users(opened(tmp_path, HEAD + "meals,ward,W2,,5\ncalls,place,T01,,9\n"), [CALLS, MEALS])
    assert users.areas.rows() == [
        ("ward", "W1", "W1", True),
        ("ward", "W2", "W2", True),
        ("place", "T01", "Testham", True),
    ]
    assert by_area(users, {CALLS: 1, MEALS: 2}) == {"W1": 0.0, "W2": 10.0, "T01": 9.0}


def test_an_area_that_is_on_no_map_counts_all_the_same(tmp_path: Path) -> None:
    users = service_users(opened(tmp_path, HEAD + "meals,area,A1,,5\nmeals,area,Z9,,4\n"), [MEALS])
    assert users.total.tolist() == [9.0]
    assert by_area(users, {MEALS: 1})["Z9"] == 4.0
