"""Moving values between geographies by contract B, on four areas in two wards.

A1 and A2 lie in W1, A3 and A4 in W2; residents are 100, 200, 300, 400.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.places import GEOGRAPHIES, LOOKUP, PLACE_TOML, read, toml, write_place

from wholeplace.measure import indicator_values, population, targets
from wholeplace.measure.checking import check_measures
from wholeplace.measure.intervals import interval
from wholeplace.place import Findings, Place
from wholeplace.place.periods import period_middle

HEADER = "id,name,value_type,unit,polarity,source,licence,ci_method,up\n"
RESIDENTS = "residents,Residents,count,people,none,Census,Open,,\n"
AREA_TABLE = """
[[table]]
file = "values.csv"
geography = "area"
key = "code"
period = "2021"
suppressed = ["*"]
columns = { x = "x", residents = "residents" }
"""


def wide(tmp_path: Path, cells: list[object], kind: str, *, unit: str = "points", **more: Any) -> Place:
    """A place with one indicator x, from a wide table beside the residents."""
    rows = "".join(f"A{n},{cell},{100 * n}\n" for n, cell in enumerate(cells, 1))
    files = {
        "place.toml": toml(AREA_TABLE, more.pop("lookup", LOOKUP)),
        "values.csv": f"code,x,residents\n{rows}",
        "indicators/indicators.csv": f"{HEADER}{RESIDENTS}x,X,{kind},{unit},none,Test,Open,,{more.pop('up', '')}\n",
        "indicators/values/wide.csv": None,
        **more,
    }
    return read(write_place(tmp_path, files))[0]


LONG = """
[[values]]
file = "values.csv"
geography = "area"
period = "2021"
indicator = "x"
columns = { area = "code", count = "count", denominator = "total", status = "status" }
"""
RESIDENTS_TABLE = """
[[table]]
file = "residents.csv"
geography = "area"
key = "code"
period = "2021"
columns = { residents = "residents" }
"""


def counted(tmp_path: Path, rows: list[str], *, kind: str = "proportion", unit: str = "share", **more: Any) -> Place:
    """A place with one indicator x by counts and denominators: rows `count,total,status` for A1, A2, …"""
    lines = "".join(f"A{n},{row}\n" for n, row in enumerate(rows, 1))
    files = {
        "place.toml": toml(LONG, RESIDENTS_TABLE, more.pop("lookup", LOOKUP)),
        "values.csv": f"code,count,total,status\n{lines}",
        "residents.csv": "code,residents\nA1,100\nA2,200\nA3,300\nA4,400\n",
        "indicators/indicators.csv": f"{HEADER}{RESIDENTS}x,X,{kind},{unit},none,Test,Open,{more.pop('ci', '')},\n",
        "indicators/values/wide.csv": None,
        **more,
    }
    return read(write_place(tmp_path, files))[0]


def moved(place: Place, geography: str, *columns: str) -> dict[str, Any]:
    frame = indicator_values(place, "x", geography=geography)
    assert frame["moved_from"].unique().to_list() == ["area"]
    wanted = columns or ("value",)
    return {row[0]: row[1] if len(wanted) == 1 else row[1:] for row in frame.select("area", *wanted).iter_rows()}


def test_counts_are_summed_to_wards_and_to_the_place(tmp_path: Path) -> None:
    place = wide(tmp_path, [1, 2, 3, 4], "count", unit="people")
    assert moved(place, "ward", "value", "count") == {"W1": (3, 3), "W2": (7, 7)}
    assert moved(place, "place") == {"T01": 10}  # without a look-up


WEIGHTED = LOOKUP.replace('ward = "ward"', "").replace('to = "ward" }', 'to = "ward", weight = "share" }')
WEIGHTS = "code,ward,share\nA1,W1,1\nA2,W1,0.25\nA2,W2,0.75\nA3,W2,1\nA4,W2,1\n"


def test_weights_multiply_counts_first(tmp_path: Path) -> None:
    # W1: 1 + 0.25 x 2 = 1.5; W2: 0.75 x 2 + 3 + 4 = 8.5; the total stays 10.
    more = {"lookup": WEIGHTED, "areas/lookup.csv": WEIGHTS}
    assert moved(wide(tmp_path, [1, 2, 3, 4], "count", unit="people", **more), "ward") == {"W1": 1.5, "W2": 8.5}


def test_proportion_is_the_ratio_of_sums_with_a_new_interval(tmp_path: Path) -> None:
    # W1: (10 + 60) / (100 + 200) = 0.2333, not the mean of 0.1 and 0.3. W2: (0 + 40) / (300 + 400).
    place = counted(tmp_path, ["10,100,", "60,200,", "0,300,", "40,400,"])
    found = moved(place, "ward", "value", "count", "denominator", "lower95", "upper95")
    lower, upper = interval("wilson", [70.0, 40.0], [300.0, 700.0])
    assert found["W1"] == pytest.approx((70 / 300, 70, 300, lower[0], upper[0]))
    assert found["W2"] == pytest.approx((40 / 700, 40, 700, lower[1], upper[1]))


def test_proportion_in_per_cent_and_rate_per_n_keep_their_unit(tmp_path: Path) -> None:
    rows = ["10,100,", "60,200,", "0,300,", "40,400,"]
    assert moved(counted(tmp_path / "a", rows, unit="%"), "ward")["W1"] == pytest.approx(100 * 70 / 300)
    rate = counted(tmp_path / "b", rows, kind="rate", unit='"per 1,000 people"')
    lower, upper = interval("byar", [70.0], [300.0], multiplier=1000.0)
    assert moved(rate, "ward", "value", "lower95", "upper95")["W1"] == pytest.approx((700 / 3, lower[0], upper[0]))


def test_interval_is_by_the_method_named(tmp_path: Path) -> None:
    place = counted(tmp_path, ["10,100,", "60,200,", "0,300,", "40,400,"], ci="none")
    assert moved(place, "ward", "lower95", "upper95")["W1"] == (None, None)


def test_weights_multiply_count_and_denominator_first(tmp_path: Path) -> None:
    # W1: (10 + 0.25 x 60) / (100 + 0.25 x 200) = 25 / 150
    more = {"lookup": WEIGHTED, "areas/lookup.csv": WEIGHTS}
    place = counted(tmp_path, ["10,100,", "60,200,", "0,300,", "40,400,"], **more)
    assert moved(place, "ward", "value", "count", "denominator")["W1"] == pytest.approx((25 / 150, 25, 150))


@pytest.mark.parametrize("kind", ["proportion", "rate", "mean", "ratio", "score"])
def test_what_has_no_counts_is_the_mean_weighted_by_population(tmp_path: Path, kind: str) -> None:
    # W1: (1 x 100 + 4 x 200) / 300 = 3; W2: (7 x 300 + 0 x 400) / 700 = 3; the place: 3000 / 1000 = 3.
    unit = {"proportion": "share", "rate": "per 1000"}.get(kind, "points")
    place = wide(tmp_path, [1, 4, 7, 0], kind, unit=unit)
    assert moved(place, "ward", "value", "count", "lower95") == {"W1": (3, None, None), "W2": (3, None, None)}
    assert moved(place, "place") == {"T01": 3}


def test_weights_multiply_the_population_first(tmp_path: Path) -> None:
    # W1: (1 x 100 + 4 x 50) / 150 = 2; W2: (4 x 150 + 7 x 300 + 0 x 400) / 850
    more = {"lookup": WEIGHTED, "areas/lookup.csv": WEIGHTS}
    assert moved(wide(tmp_path, [1, 4, 7, 0], "mean", **more), "ward") == pytest.approx({"W1": 2, "W2": 2700 / 850})


def test_without_a_population_there_is_no_mean(tmp_path: Path) -> None:
    geographies = GEOGRAPHIES.replace('population = "residents"\n', "")
    sections = PLACE_TOML + geographies + AREA_TABLE + LOOKUP
    place = wide(tmp_path, [1, 4, 7, 0], "mean", **{"place.toml": sections})
    assert indicator_values(place, "x")["geography"].unique().to_list() == ["area"]
    assert set(indicator_values(place, "residents")["geography"]) == {"area", "ward", "place"}


@pytest.mark.parametrize("kind", ["count", "mean"])
def test_suppressed_makes_suppressed_and_missing_stays_missing(tmp_path: Path, kind: str) -> None:
    place = wide(tmp_path, ["*", 2, "", 4], kind, unit="people")
    assert moved(place, "ward", "value", "status") == {"W1": (None, "Q"), "W2": (None, "O")}
    assert moved(place, "place", "value", "status") == {"T01": (None, "Q")}


def test_zero_is_a_value(tmp_path: Path) -> None:
    place = wide(tmp_path, [0, 0, 0, 4], "count", unit="people")
    assert moved(place, "ward", "value", "status") == {"W1": (0, "A"), "W2": (4, "A")}


def test_ratio_with_a_suppressed_count_tells_no_denominator_either(tmp_path: Path) -> None:
    place = counted(tmp_path, [",,Q", "60,200,", "0,300,", "40,400,"])
    found = moved(place, "ward", "value", "count", "denominator", "lower95", "upper95", "status")
    assert found["W1"] == (None, None, None, None, None, "Q")
    assert found["W2"][5] == "A"


def test_area_with_nobody_to_count_adds_nothing(tmp_path: Path) -> None:
    # 0 of 0 in A1 is no missing value: W1 is 60 / 200. Nobody in A3 and A4: a share of W2 cannot exist.
    found = moved(counted(tmp_path, ["0,0,", "60,200,", "0,0,", "0,0,"]), "ward", "value", "denominator", "status")
    assert found == {"W1": (0.3, 200, "A"), "W2": (None, None, "M")}


@pytest.mark.parametrize(("kind", "value"), [("count", 2), ("mean", 2)])
def test_what_cannot_exist_adds_nothing(tmp_path: Path, kind: str, value: float) -> None:
    sections = toml(AREA_TABLE + 'blank = "M"\n', LOOKUP)
    place = wide(tmp_path, ["", 2, "", ""], kind, unit="people", **{"place.toml": sections})
    assert moved(place, "ward", "value", "status") == {"W1": (value, "A"), "W2": (None, "M")}


def test_a_sum_too_large_for_a_number_is_missing(tmp_path: Path) -> None:
    place = wide(tmp_path, ["1e308", "1e308", 1, 1], "mean")
    assert moved(place, "ward", "value", "status") == {"W1": (None, "O"), "W2": (1, "A")}


def test_least_trusted_status_is_kept(tmp_path: Path) -> None:
    place = counted(tmp_path, ["10,100,E", "60,200,U", "0,300,P", "40,400,A"])
    assert moved(place, "ward", "status") == {"W1": "U", "W2": "P"}


def test_up_overrides_the_kind(tmp_path: Path) -> None:
    assert moved(wide(tmp_path / "a", [1, 2, 3, 4], "score", up="sum"), "ward") == {"W1": 3, "W2": 7}
    mean = wide(tmp_path / "b", [1, 4, 7, 0], "count", unit="people", up="mean")
    assert moved(mean, "ward") == {"W1": 3, "W2": 3}
    none = wide(tmp_path / "c", [1, 4, 7, 0], "count", unit="people", up="none")
    assert indicator_values(none, "x")["geography"].unique().to_list() == ["area"]


@pytest.mark.parametrize(("kind", "told"), [("rank", 1), ("index", 1), ("score", 0), ("count", 0)])
def test_ranks_and_indices_move_only_with_a_notice(tmp_path: Path, kind: str, told: int) -> None:
    findings = Findings()
    check_measures(wide(tmp_path, [1, 2, 3, 4], kind), findings)
    notices = [finding for finding in findings.items if finding.rule == "rank-moved"]
    assert [finding.level for finding in notices] == ["notice"] * told


WARD_TABLE = """
[[table]]
file = "wards.csv"
geography = "ward"
key = "code"
period = "2021"
columns = { x = "x" }
"""


def test_own_values_come_before_moved_ones(tmp_path: Path) -> None:
    files = {"wards.csv": "code,x\nW1,50\nW2,60\n", "place.toml": toml(AREA_TABLE, WARD_TABLE, LOOKUP)}
    place = wide(tmp_path, [1, 2, 3, 4], "count", unit="people", **files)
    frame = indicator_values(place, "x", geography="ward")
    assert frame.select("area", "value", "moved_from").rows() == [("W1", 50, None), ("W2", 60, None)]


def test_first_geography_of_place_toml_is_moved(tmp_path: Path) -> None:
    """Both hold 2021: the place takes the areas' 10, named first, not the wards' 110; turned round, the wards'."""
    files = {"wards.csv": "code,x\nW1,50\nW2,60\n", "place.toml": toml(AREA_TABLE, WARD_TABLE, LOOKUP)}
    place = wide(tmp_path / "a", [1, 2, 3, 4], "count", unit="people", **files)
    assert indicator_values(place, "x", geography="place")["value"].to_list() == [10]
    areas, wards = GEOGRAPHIES.strip().split("\n\n")
    files["place.toml"] = f"{PLACE_TOML}\n{wards}\n\n{areas}\n{WARD_TABLE}{AREA_TABLE}{LOOKUP}"
    place = wide(tmp_path / "b", [1, 2, 3, 4], "count", unit="people", **files)
    frame = indicator_values(place, "x", geography="place")
    assert frame.select("value", "moved_from").rows() == [(110, "ward")]


DISTRICT = """
[[geography]]
id = "district"
name = "Districts"
file = "areas/districts.geojson"
code = "code"

[[lookup]]
from = "ward"
to = "district"
file = "areas/wards.csv"
columns = { from = "ward", to = "district" }
"""


def district(code: str) -> dict[str, str]:
    ring = [[430000, 433000], [434000, 433000], [434000, 434000], [430000, 434000], [430000, 433000]]
    crs = '{"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}'
    feature = f'{{"type": "Feature", "properties": {{"code": "{code}"}}, "geometry": {{"type": "Polygon", '
    shape = f'{feature}"coordinates": [{ring}]}}}}'
    return {
        "areas/districts.geojson": f'{{"type": "FeatureCollection", "crs": {crs}, "features": [{shape}]}}',
        "areas/wards.csv": f"ward,district\nW1,{code}\nW2,{code}\n",
    }


def test_two_look_ups_make_a_chain(tmp_path: Path) -> None:
    files = {"place.toml": toml(AREA_TABLE, LOOKUP, DISTRICT), **district("D1")}
    place = wide(tmp_path, [1, 4, 7, 0], "mean", **files)
    assert moved(place, "district") == {"D1": 3}


def test_code_that_the_place_and_a_geography_share_is_one_area(tmp_path: Path) -> None:
    files = {"place.toml": toml(AREA_TABLE, DISTRICT.split("[[lookup]]", maxsplit=1)[0]), **district("T01")}
    place = wide(tmp_path, [1, 2, 3, 4], "count", unit="people", **files)
    assert targets(place) == ["area", "ward", "district"]
    assert moved(place, "district") == {"T01": 10}  # the place needs no look-up
    assert "place" not in indicator_values(place, "x")["geography"]


def test_geography_without_a_look_up_has_no_values(tmp_path: Path) -> None:
    place = wide(tmp_path, [1, 2, 3, 4], "count", unit="people", lookup="")
    assert set(indicator_values(place, "x")["geography"]) == {"area", "place"}


# --- Population ---


def years(tmp_path: Path, periods: list[str], *, period: str, kind: str = "mean") -> Place:
    """Residents in several periods, all in A1 in the first, all in A2 in the second, …; x is 1, 2, 3, 4 by area."""
    sections, files = "", {}
    for number, one in enumerate(periods):
        files[f"r{number}.csv"] = "code,residents\n" + "".join(f"A{n + 1},{int(n == number)}\n" for n in range(4))
        sections += RESIDENTS_TABLE.replace("residents.csv", f"r{number}.csv").replace('"2021"', f'"{one}"')
    table = AREA_TABLE.replace(', residents = "residents"', "").replace('"2021"', f'"{period}"')
    return wide(tmp_path, [1, 2, 3, 4], kind, **{"place.toml": toml(table, sections, LOOKUP), **files})


@pytest.mark.parametrize(
    ("period", "value"),
    [
        ("2021", 2),  # its own
        ("2019", 1),  # before the first
        ("2020-06-30/2020-07-01", 1),  # between 2020 (middle 1 July 2020) and 2021, nearer to 2020
        ("2022", 2),  # as far from 2021 as from 2023: the earlier
        ("2022-07", 3),  # 16 July 2022: half a month nearer to 2 July 2023
        ("2030", 3),
    ],
)
def test_population_is_of_the_nearest_period_the_earlier_of_two(tmp_path: Path, period: str, value: float) -> None:
    place = years(tmp_path, ["2020", "2021", "2023"], period=period)
    assert moved(place, "place") == {"T01": value}


@pytest.mark.parametrize(
    ("held", "period"),
    [
        (["2020", "2022"], "2021"),  # 2020 had a day more
        (["2021-01", "2021-03"], "2021-02"),
        (["2021-Q2", "2021-Q4"], "2021-Q3"),
        (["2019-04/2020-03", "2021-04/2022-03"], "2020-04/2021-03"),
        (["2021-03-20", "2021-03-22"], "2021-03-21"),
    ],
)
def test_months_and_years_are_counted_alike_however_many_days_they_have(
    tmp_path: Path, held: list[str], period: str
) -> None:
    assert moved(years(tmp_path, held, period=period), "place") == {"T01": 1}


def test_population_without_own_values_is_summed_from_below(tmp_path: Path) -> None:
    place = wide(tmp_path, [1, 2, 3, 4], "mean")
    people = population(place, "ward", "2021")
    assert people is not None
    assert people.rows() == [("W1", 300.0, "2021"), ("W2", 700.0, "2021")]
    whole = population(place, "place", "2021")
    assert whole is not None
    assert whole.rows() == [("T01", 1000.0, "2021")]


def test_mean_from_a_geography_whose_population_is_summed(tmp_path: Path) -> None:
    """Values on wards, residents only on areas: (1 x 300 + 11 x 700) / 1000 = 8."""
    files = {"wards.csv": "code,x\nW1,1\nW2,11\n", "place.toml": toml(RESIDENTS_TABLE, WARD_TABLE, LOOKUP)}
    files["residents.csv"] = "code,residents\nA1,100\nA2,200\nA3,300\nA4,400\n"
    place = wide(tmp_path, [1, 2, 3, 4], "mean", **files)
    assert indicator_values(place, "x", geography="place")["value"].to_list() == [8]


def test_area_where_nobody_lives_weighs_nothing(tmp_path: Path) -> None:
    files = {"place.toml": toml(AREA_TABLE, LOOKUP)}
    place = wide(tmp_path, [1, 4, 7, 0], "mean", **files)
    text = "code,x,residents\nA1,,0\nA2,4,200\nA3,7,0\nA4,0,0\n"
    (tmp_path / "values.csv").write_text(text, encoding="utf-8")
    place = read(tmp_path)[0]
    assert moved(place, "ward", "value", "status") == {"W1": (4, "A"), "W2": (None, "O")}


@pytest.mark.parametrize(
    ("period", "year"),
    [
        ("2021", 2021.5),
        ("2021-Q1", 2021.123),
        ("2021-03", 2021.205),
        ("2021-03-21", 2021.219),
        ("2021-04/2022-03", 2021.747),
        ("2021-12", 2021.958),
    ],
)
def test_middle_of_a_period(period: str, year: float) -> None:
    # Days from 1 January 2021 to the middle: Q1 45 of 365, March 59 + 15.5, 21 March 79.5, April to March 90 + 182.5.
    start = period_middle("2021-01-01") - 0.5 / 365.2425
    assert period_middle(period) - start + 2021 == pytest.approx(year, abs=1.5e-3)


def test_text_that_is_no_period_has_no_middle() -> None:
    assert [period_middle(text) for text in ("latest", "", "2021-13", "2021-02-30", "soon")] == [0.0] * 5
