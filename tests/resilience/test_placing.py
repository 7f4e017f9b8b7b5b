"""Where hazards strike: by footprint, by area, and what cannot be placed; both sides of each rule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import shapely
from tests.places import GEOGRAPHIES, INDICATORS, LOOKUP, PLACE_TOML, TABLE, check, errors, told, where
from tests.places import write_place as write_two_wards
from tests.registers import write_registers
from tests.scenarios import FAIL, HAZARD, HEAD, opened, sound

from wholeplace.place import Place
from wholeplace.resilience import Placed, place_things, positions_of
from wholeplace.resilience.scenarios.polygons import highest_inside, sound_polygons

#: Every kind that can fail, so that items are whatever the registers of a test have.
ANY = 'applies_to = ["site", "utility", "system", "team", "dataset", "service", "supplier"]\n'
FLOOD = HAZARD + 'footprint = "hazards/flood.geojson"\n' + ANY
CURVE = 'intensity = "depth"\ncurve = "hazards/curve.csv"\n'
#: Degrees: the footprint of most tests is the square from 10 to 20 east and 50 to 60 north.
SITES = "id,lat,lon\n"


def box(west: float, east: float, **properties: object) -> dict[str, object]:
    ring = [[west, 50], [east, 50], [east, 60], [west, 60], [west, 50]]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def write_flood(folder: Path, *features: dict[str, object]) -> None:
    (folder / "hazards").mkdir(exist_ok=True)
    content = {"type": "FeatureCollection", "features": list(features)}
    (folder / "hazards" / "flood.geojson").write_text(json.dumps(content), encoding="utf-8")


def placed(folder: Path, event: str, **registers: str) -> Placed:
    """Where the one event of a scenario strikes, in a place with these registers and no others."""
    for old in (folder / "registers").glob("*.csv"):
        old.unlink()
    (folder / "scenarios").mkdir(exist_ok=True)
    place = opened(write_registers(folder, registers))
    return place_things(place, sound(place, HEAD + event).events[0])


def chances(one: Placed) -> dict[str, float]:
    assert list(one.things) == sorted(one.things)
    assert one.chances.dtype == np.float64
    return dict(zip(one.things, one.chances.tolist(), strict=True))


# --- Footprints ---


def test_a_point_inside_or_on_the_border_is_struck_and_one_outside_is_placed_and_spared(folder: Path) -> None:
    write_flood(folder, box(10, 20))
    sites = SITES + "inside,55,15\nborder,55,20\ncorner,50,10\noutside,55,20.000001\n"
    found = placed(folder, FLOOD + "chance = 0.3\n", sites=sites)
    expected = {"site:border": 0.3, "site:corner": 0.3, "site:inside": 0.3, "site:outside": 0}
    assert chances(found) == expected
    assert (found.unplaced, found.without_value) == ({}, ())


def test_the_chance_of_an_event_is_1_unless_it_says(folder: Path) -> None:
    write_flood(folder, box(10, 20))
    assert chances(placed(folder, FLOOD, sites=SITES + "inside,55,15\n")) == {"site:inside": 1}


def test_a_curve_is_linear_between_its_rows_and_flat_beyond(folder: Path) -> None:
    """Rows (0.5, 0.2) and (1.5, 0.6): at 1.25 three quarters of the way, 0.2 + 0.75 x 0.4 = 0.5."""
    depths = {"below": 0.1, "first": 0.5, "between": 1.25, "last": 1.5, "above": 9}
    write_flood(folder, *(box(10 * n, 10 * n + 5, depth=depth) for n, depth in enumerate(depths.values())))
    (folder / "hazards" / "curve.csv").write_text("intensity,chance\n0.5,0.2\n1.5,0.6\n", encoding="utf-8")
    sites = SITES + "".join(f"{name},55,{10 * n + 1}\n" for n, name in enumerate(depths))
    found = chances(placed(folder, FLOOD + CURVE, sites=sites))
    expected = {"above": 0.6, "below": 0.2, "between": 0.5, "first": 0.2, "last": 0.6}
    assert found == pytest.approx({f"site:{name}": chance for name, chance in expected.items()})


def test_of_several_polygons_the_highest_chance_counts_and_not_the_deepest(folder: Path) -> None:
    """The curve falls: at depth 1 the chance is 0.9, at depth 2 it is 0.1. East of 18 only the deep one is."""
    write_flood(folder, box(10, 20, depth=2), box(10, 18, depth=1), box(12, 14, depth=2))
    (folder / "hazards" / "curve.csv").write_text("intensity,chance\n1,0.9\n2,0.1\n", encoding="utf-8")
    found = placed(folder, FLOOD + CURVE, sites=SITES + "both,55,15\nthree,55,13\ndeep,55,19\nmet,55,18\n")
    assert chances(found) == {"site:both": 0.9, "site:deep": 0.1, "site:met": 0.9, "site:three": 0.9}


def read_flood(folder: Path, event: str, **registers: str) -> tuple[Placed, list[str]]:
    """As `placed`, where something is told of the scenario: with the rules of that."""
    from tests.scenarios import read

    (folder / "scenarios").mkdir(exist_ok=True)
    place = opened(write_registers(folder, registers))
    scenario, findings = read(place, HEAD + event)
    assert scenario is not None
    return place_things(place, scenario.events[0]), [one.rule for one in findings.items]


def test_where_a_polygon_has_no_intensity_nothing_is_struck_by_it(folder: Path) -> None:
    """The curve alone would give 1 everywhere; the other polygon still strikes what lies in both."""
    write_flood(folder, box(10, 20, depth=None), box(10, 12, depth=0))
    (folder / "hazards" / "curve.csv").write_text("intensity,chance\n0,1\n", encoding="utf-8")
    found, rules = read_flood(folder, FLOOD + CURVE, sites=SITES + "blank,55,15\nboth,55,11\n")
    assert chances(found)["site:blank"] == 0
    assert chances(found)["site:both"] == 1
    assert rules == ["no-intensity"]


def test_a_polygon_that_crosses_itself_is_mended_and_a_line_strikes_nothing(folder: Path) -> None:
    """A bow tie from 10 to 20 east: its waist is at 15 E 55 N, so 11 E 55 N is inside and 15 E 58 N is not."""
    bow = [[10, 50], [20, 60], [20, 50], [10, 60], [10, 50]]
    tie = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [bow]}}
    line = {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": [[0, 58], [30, 58]]}}
    write_flood(folder, line, tie)
    found = chances(placed(folder, FLOOD, sites=SITES + "left,55,11\nover,58,15\n"))
    assert found == {"site:left": 1, "site:over": 0}


def test_grid_coordinates_are_those_of_the_place_and_degrees_come_first(folder: Path) -> None:
    """The grid point of EPSG:27700 (400000, 100000) is 2.000 W 50.799 N, by its definition on the meridian 2 W."""
    write_flood(folder, box(-2.01, -1.99))
    sites = "id,lat,lon,easting,northing\ngrid,,,400000,100000\nboth,55,15,400000,100000\nhalf,55,,400000,100000\n"
    found = placed(folder, FLOOD, sites=sites + "alone,55,,,\nfar,,,1e30,1e30\n")
    assert chances(found) == {"site:alone": 0, "site:both": 0, "site:far": 0, "site:grid": 1, "site:half": 1}
    assert list(found.unplaced) == ["site:alone", "site:far"]


def test_an_area_does_not_say_whether_a_thing_is_in_a_footprint(folder: Path) -> None:
    write_flood(folder, box(10, 20))
    found = placed(folder, FLOOD, sites="id,lat,lon,area\nin,55,15,A1\narea,,,A1\nbare,,,\n")
    assert chances(found) == {"site:area": 0, "site:bare": 0, "site:in": 1}
    assert found.unplaced == {"site:area": "has an area but no coordinates", "site:bare": "nothing says where it is"}


# --- Where their location or site is ---

LINKED = {
    "sites": SITES + "wet,55,15\ndry,55,25\nlost,,\n",
    "teams": "id,site\ncare,wet\nroads,site:dry\nfree,\n",
    "suppliers": "id\nacme\n",
    "organisations": "id\ncouncil\n",
    "systems": (
        "id,location,supplier\nmail,site:wet,\nfile,site:lost,\nmine,system:mail,\nbought,supplier:acme,acme\n"
        "a,system:b,\nb,system:a,\nself,system:self,\nout,organisation:council,\n"
    ),
    "datasets": "id,system,owner\nposts,mine,\nnames,system:mail,\nloose,,\n",
    "services": "id,owner\nmeals,team:care\n",
}


def test_others_are_where_their_location_or_site_is_however_far_that_leads(folder: Path) -> None:
    """Wet at once: mail, care; in two steps: mine, names; in three: posts. A service has no location or site."""
    write_flood(folder, box(10, 20))
    found = placed(folder, FLOOD, **LINKED)
    wet = {"site:wet", "team:care", "system:mail", "system:mine", "dataset:names", "dataset:posts"}
    assert {name for name, chance in chances(found).items() if chance} == wet
    nowhere = {
        "site:lost", "team:free", "supplier:acme", "system:file", "system:bought", "system:a", "system:b",
        "system:self", "system:out", "dataset:loose", "service:meals",
    }  # fmt: skip
    assert set(found.unplaced) == nowhere
    assert set(found.things) - nowhere - wet == {"site:dry", "team:roads"}


def test_a_place_of_its_own_comes_before_that_of_its_location(folder: Path) -> None:
    write_flood(folder, box(10, 20))
    registers = {"sites": SITES + "wet,55,15\n", "systems": "id,location,lat,lon\nown,site:wet,55,25\n"}
    assert chances(placed(folder, FLOOD, **registers)) == {"site:wet": 1, "system:own": 0}


def test_a_way_of_thousands_of_steps_is_followed_to_its_end(folder: Path) -> None:
    write_flood(folder, box(10, 20))
    rows = "".join(f"s{n},{f'system:s{n + 1}' if n < 4999 else 'site:wet'}\n" for n in range(5000))
    found = placed(folder, FLOOD, sites=SITES + "wet,55,15\n", systems="id,location\n" + rows)
    assert found.chances.tolist() == [1] * 5001


# --- Postcodes ---

POSTCODES = """
[[postcode]]
file = "areas/postcodes.csv"
geography = "area"
columns = { postcode = "postcode", area = "area", lat = "lat", lon = "lon" }
"""


@pytest.fixture
def with_postcodes(folder: Path) -> Path:
    text = (folder / "place.toml").read_text(encoding="utf-8")
    (folder / "place.toml").write_text(text + POSTCODES, encoding="utf-8")
    rows = "postcode,area,lat,lon\nLS1 1UR,A2,55,15\nLS2 2AA,A3,,\n"
    (folder / "areas" / "postcodes.csv").write_text(rows, encoding="utf-8")
    return folder


def test_a_postcode_stands_in_for_coordinates_that_are_not_there(with_postcodes: Path) -> None:
    write_flood(with_postcodes, box(10, 20))
    sites = "id,postcode,lat,lon,area\nby,ls11ur,,,\nown,LS1 1UR,55,25,\nunknown,LS9 9ZZ,,,\nbare,LS2 2AA,,,\n"
    found = placed(with_postcodes, FLOOD, sites=sites)
    assert chances(found) == {"site:bare": 0, "site:by": 1, "site:own": 0, "site:unknown": 0}
    assert list(found.unplaced) == ["site:bare", "site:unknown"]


def test_a_postcode_stands_in_for_an_area_where_nothing_else_says(with_postcodes: Path) -> None:
    """No car: 0.2 in A2, 0.3 in A3, 0.4 in A4. The hall's own area and point come before its postcode."""
    sites = "id,postcode,easting,northing,area\nby,LS1 1UR,,,\nbare,LS2 2AA,,,\n"
    sites += "hall,LS1 1UR,,,A4\npoint,LS1 1UR,403500,400500,\n"
    found = placed(with_postcodes, HAZARD + 'areas = "no-car"\n', sites=sites)
    assert chances(found) == {"site:bare": 0.3, "site:by": 0.2, "site:hall": 0.4, "site:point": 0.4}


# --- Areas ---

#: Squares A1 to A4 from 430000 east, a kilometre each, two to a ward (tests/places.py).
WARD_TABLE = """
[[table]]
file = "indicators/values/wards.csv"
geography = "ward"
key = "code"
period = "2021"
columns = { flood = "flood" }
"""
FLOOD_ROW = "flood,Flood share,proportion,share,low_good,Agency,Open\n"
BY_AREAS = HAZARD + 'areas = "flood"\n'


def two_wards(folder: Path, *sections: str, **tables: str) -> Path:
    """The place with two wards, with tables of the indicator `flood` under indicators/values."""
    files: Mapping[str, str] = {
        "place.toml": PLACE_TOML + GEOGRAPHIES + TABLE + "".join(sections),
        "indicators/indicators.csv": INDICATORS + FLOOD_ROW,
        **{f"{'areas' if name == 'lookup' else 'indicators/values'}/{name}.csv": text for name, text in tables.items()},
    }
    return write_two_wards(folder, files)


def test_an_area_leads_by_look_up_to_the_geography_of_the_indicator(tmp_path: Path) -> None:
    """W1 0.2, W2 0.6. A1 lies in W1 and A3 in W2; no look-up leads from the place (T01) to its wards."""
    two_wards(tmp_path, LOOKUP, WARD_TABLE, wards="code,flood\nW1,0.2\nW2,0.6\n")
    found = placed(tmp_path, BY_AREAS, sites="id,area\na,A1\nb,A3\nc,W2\nd,T01\ne,X9\nf,\n")
    expected = {"site:a": 0.2, "site:b": 0.6, "site:c": 0.6, "site:d": 0, "site:e": 0, "site:f": 0}
    assert chances(found) == expected
    assert found.unplaced == {
        "site:d": "its area 'T01' leads to no area of ward",
        "site:e": "its area 'X9' leads to no area of ward",
        "site:f": "nothing says where it is",
    }


def test_of_a_split_look_up_the_largest_share_counts_and_of_even_shares_the_highest_chance(tmp_path: Path) -> None:
    """A1 is 0.7 in W1 (0.2): 0.2, though W2 has 0.6. A2 is split evenly: 0.6. A3 is 0.7 in W2: 0.6."""
    weighted = LOOKUP.replace('to = "ward" }', 'to = "ward", weight = "share" }')
    rows = "code,ward,share\nA1,W1,0.7\nA1,W2,0.3\nA2,W1,0.5\nA2,W2,0.5\nA3,W1,0.3\nA3,W2,0.7\nA4,W2,1\n"
    two_wards(tmp_path, weighted, WARD_TABLE, wards="code,flood\nW1,0.2\nW2,0.6\n", lookup=rows)
    found = placed(tmp_path, BY_AREAS, sites="id,area\na,A1\nb,A2\nc,A3\n")
    assert chances(found) == {"site:a": 0.2, "site:b": 0.6, "site:c": 0.6}


def test_without_an_area_that_leads_there_the_point_counts(tmp_path: Path) -> None:
    """A corner of both wards is 432000 E 433000 N: the higher chance counts. An area that leads there comes first."""
    two_wards(tmp_path, WARD_TABLE, wards="code,flood\nW1,0.2\nW2,0.6\n")
    sites = "id,easting,northing,area\nin,430500,433500,\nmet,432000,433000,\nout,429000,433500,\n"
    found = placed(tmp_path, BY_AREAS, sites=sites + "area,430500,433500,W2\nother,430500,433500,A4\n")
    expected = {"site:area": 0.6, "site:in": 0.2, "site:met": 0.6, "site:other": 0.2, "site:out": 0}
    assert chances(found) == pytest.approx(expected)
    assert found.unplaced == {"site:out": "its point lies in no area of ward"}


def test_where_there_is_no_value_nothing_is_struck_and_that_is_told_apart_from_zero(tmp_path: Path) -> None:
    """W2 is blank. In the corner of both W1 and W2 the value that there is counts."""
    two_wards(tmp_path, LOOKUP, WARD_TABLE, wards="code,flood\nW1,0\nW2,\n")
    sites = "id,area,easting,northing\nnone,W2,,\nlook-up,A3,,\npoint,,433500,433500\nzero,W1,,\nmet,,432000,433000\n"
    found = placed(tmp_path, BY_AREAS, sites=sites)
    assert set(chances(found).values()) == {0}
    assert found.without_value == ("site:look-up", "site:none", "site:point")
    assert found.unplaced == {}


def test_an_area_without_a_row_has_no_value(tmp_path: Path) -> None:
    two_wards(tmp_path, WARD_TABLE, wards="code,flood\nW1,0.2\n")
    found = placed(tmp_path, BY_AREAS, sites="id,area\na,W2\nb,W1\n")
    assert (chances(found), found.without_value) == ({"site:a": 0, "site:b": 0.2}, ("site:a",))


def test_the_latest_period_with_values_counts(tmp_path: Path) -> None:
    """2022 is later than 2021 in the file's order reversed; 2023 has no value at all."""
    sections = [
        WARD_TABLE.replace("2021", period).replace("wards", f"w{period}") for period in ("2022", "2021", "2023")
    ]
    tables = {f"w{period}": f"code,flood\nW1,{value}\n" for period, value in (("2021", 0.1), ("2022", 0.2))}
    two_wards(tmp_path, *sections, w2023="code,flood\nW1,\n", **tables)
    assert chances(placed(tmp_path, BY_AREAS, sites="id,area\na,W1\n")) == {"site:a": 0.2}


def test_of_several_geographies_the_one_of_the_area_counts_then_the_first(tmp_path: Path) -> None:
    """Areas A1 to A4 have 0.1 to 0.4, wards 0.8 and 0.9. By point the areas come first, as in place.toml."""
    areas = WARD_TABLE.replace('"ward"', '"area"').replace("wards", "areas")
    rows = "".join(f"A{n},0.{n}\n" for n in range(1, 5))
    two_wards(tmp_path, LOOKUP, WARD_TABLE, areas, areas="code,flood\n" + rows, wards="code,flood\nW1,0.8\nW2,0.9\n")
    sites = "id,area,easting,northing\nof-area,A3,,\nof-ward,W1,,\npoint,,432500,433500\n"
    found = chances(placed(tmp_path, BY_AREAS, sites=sites))
    assert found == {"site:of-area": 0.3, "site:of-ward": 0.8, "site:point": 0.3}


def test_of_several_geographies_that_an_area_leads_to_the_first_counts(tmp_path: Path) -> None:
    """The old area O1 leads to A3 (0.3) and to W1 (0.8); areas stand before wards in place.toml."""
    old = '[[geography]]\nid = "old"\nname = "Old"\n[[table]]\nfile = "indicators/values/old.csv"\n'
    old += 'geography = "old"\nkey = "code"\nperiod = "2021"\ncolumns = { residents = "residents" }\n'
    ways = [
        LOOKUP.replace('from = "area"', 'from = "old"', 1).replace('to = "ward"\n', f'to = "{to}"\n')
        .replace("lookup.csv", f"old-{to}.csv")
        for to in ("ward", "area")
    ]  # fmt: skip
    areas = WARD_TABLE.replace('"ward"', '"area"').replace("wards", "areas")
    values = {"areas": "code,flood\nA3,0.3\n", "wards": "code,flood\nW1,0.8\n", "old": "code,residents\nO1,5\n"}
    two_wards(tmp_path, WARD_TABLE, areas, old, *ways, **values)
    for to, end in (("area", "A3"), ("ward", "W1")):
        (tmp_path / "areas" / f"old-{to}.csv").write_text(f"code,ward\nO1,{end}\n", encoding="utf-8")
    assert chances(placed(tmp_path, BY_AREAS, sites="id,area\na,O1\n")) == {"site:a": 0.3}


def test_others_are_in_the_area_of_their_site(tmp_path: Path) -> None:
    two_wards(tmp_path, LOOKUP, WARD_TABLE, wards="code,flood\nW1,0.2\nW2,0.6\n")
    event = BY_AREAS + 'applies_to = ["team"]\n'
    found = placed(tmp_path, event, sites="id,area\nhall,A4\n", teams="id,site\ncare,hall\nfree,\n")
    assert chances(found) == {"team:care": 0.6, "team:free": 0}


# --- What the check says ---


def test_the_check_counts_and_names_what_no_hazard_can_strike(tmp_path: Path) -> None:
    two_wards(tmp_path, WARD_TABLE, wards="code,flood\nW1,0.2\nW2,\n")
    sites = "id,area\n" + "".join(f"n{n},\n" for n in range(1, 8)) + "blank,W2\nwet,W1\n"
    write_registers(tmp_path, {"sites": sites})
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "flood.toml").write_text(HEAD + FAIL.replace("system:email", "site:wet") + BY_AREAS)
    report = check(tmp_path)
    [placing] = told(report, "not-placed")
    assert where(placing) == ("notice", "scenarios/flood.toml", None, "event.2.areas", None)
    because = "(nothing says where it is)"
    assert placing.message == (
        "event 2: 7 of 9 things cannot be placed, so that nothing strikes them: "
        f"{', '.join(f'site:n{n} {because}' for n in range(1, 6))} and 2 more"
    )
    [value] = told(report, "without-value")
    assert where(value) == ("notice", "scenarios/flood.toml", None, "event.2.areas", None)
    assert value.message == (
        "event 2: 1 of 9 things stand where flood has no value, so that nothing strikes them: site:blank"
    )


def test_the_check_says_nothing_where_all_can_be_placed(folder: Path) -> None:
    write_flood(folder, box(-3, 3))
    (folder / "registers" / "sites.csv").write_text(SITES + "dry,55,15\n", encoding="utf-8")
    (folder / "scenarios" / "flood.toml").write_text(HEAD + HAZARD + 'footprint = "hazards/flood.geojson"\n')
    report = check(folder)
    assert errors(report) == []
    assert told(report, "not-placed") == told(report, "without-value") == []


@pytest.mark.parametrize(
    ("scenario", "says"), [("flod", "; did you mean 'flood'?"), ("zzz", "; this place has: flood")]
)
def test_a_risk_that_names_no_scenario_there_is_is_a_warning(folder: Path, scenario: str, says: str) -> None:
    (folder / "scenarios" / "flood.toml").write_text(HEAD, encoding="utf-8")
    write_registers(folder, {"risks": f"id,scenario\na,flood\nb,{scenario}\nc,\n"})
    [one] = told(check(folder), "no-scenario")
    assert where(one) == ("warning", "registers/risks.csv", 3, "scenario", scenario)
    assert one.message == f"there is no scenario {scenario!r}{says}"


@pytest.mark.parametrize(("unit", "rules"), [("share", []), ("%", ["unit"])])
def test_an_indicator_in_percent_with_small_values_is_doubtful(tmp_path: Path, unit: str, rules: list[str]) -> None:
    two_wards(tmp_path, WARD_TABLE, wards="code,flood\nW1,0.2\nW2,0.8\n")
    row = FLOOD_ROW.replace("share,low", f"{unit},low")
    (tmp_path / "indicators" / "indicators.csv").write_text(INDICATORS + row, encoding="utf-8")
    (tmp_path / "scenarios").mkdir()
    found, said = read_flood(tmp_path, BY_AREAS, sites="id,area\na,W1\n")
    assert (chances(found), said) == ({"site:a": 0.2}, rules)


def test_an_indicator_with_values_only_outside_the_place_has_none(tmp_path: Path) -> None:
    """The ward X1 is of another place: it serves as a comparator and strikes nothing here."""
    two_wards(tmp_path, WARD_TABLE, wards="code,flood\nW1,\nX1,0.2\n")
    write_registers(tmp_path, {"sites": "id,area\na,W1\n"})
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "flood.toml").write_text(HEAD + BY_AREAS)
    assert errors(check(tmp_path)) == ["no-values"]


# --- In Python ---


def test_only_a_hazard_can_be_placed(place: Place) -> None:
    event = sound(place, HEAD + FAIL).events[0]
    with pytest.raises(ValueError, match="event 1 is a fail"):
        place_things(place, event)


def test_positions_that_are_given_are_used(folder: Path) -> None:
    write_flood(folder, box(10, 20))
    place = opened(write_registers(folder, {"sites": SITES + "wet,55,15\n"}))
    event = sound(place, HEAD + HAZARD + 'footprint = "hazards/flood.geojson"\n').events[0]
    positions = positions_of(place)
    assert place_things(place, event, positions=positions).chances.tolist() == [1]
    positions.points[positions.names.to_list().index("site:wet")] = shapely.Point(25, 55)
    assert place_things(place, event, positions=positions).chances.tolist() == [0]


def test_highest_of_many_boxes_is_what_plain_comparison_finds() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.random((2, 500))
    west, south = rng.random((2, 60))
    size, value = rng.random((2, 60)) * 0.3, rng.random(60)
    value[::7] = np.nan
    within = (x >= west[:, None]) & (x <= west[:, None] + size[0][:, None])
    within &= (y >= south[:, None]) & (y <= south[:, None] + size[1][:, None])
    shapes = np.asarray(shapely.box(west, south, west + size[0], south + size[1]), dtype=object)
    inside, highest = highest_inside(np.asarray(shapely.points(x, y), dtype=object), shapes, value)
    best = np.where(within & ~np.isnan(value)[:, None], np.nan_to_num(value)[:, None], -1).max(axis=0)
    assert inside.tolist() == within.any(axis=0).tolist()
    assert np.nan_to_num(highest, nan=-1).tolist() == best.tolist()
    assert 0 < inside.sum() < 500


def test_shapes_that_are_no_polygon_are_left_out_in_place() -> None:
    shapes = np.array([shapely.Point(0, 0), None, shapely.Polygon(), shapely.box(0, 0, 1, 1)], dtype=object)
    assert [shape is None for shape in sound_polygons(shapes)] == [True, True, True, False]


def test_shapes_that_cross_themselves_are_made_valid() -> None:
    tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    assert not tie.is_valid
    [mended] = sound_polygons(np.array([tie], dtype=object))
    assert (mended.is_valid, mended.area) == (True, 2)  # two triangles of base 2 and height 1
