"""Pages of the doughnut and of digital bars: geometry of the picture, what is hatched, and figures as they were built."""

from __future__ import annotations

import csv
import io
import math
import re
from html import unescape
from pathlib import Path

import polars as pl
import pytest
from django.test import Client

from wholeplace.build import Build, open_build
from wholeplace.web.demand_bars import DemandBar, demand_bars
from wholeplace.web.doughnut import DESK, PHONE, Wedge, doughnut, sector, wrapped
from wholeplace.web.settings import configure
from wholeplace.web.site import Sites

HOME = "/p/harrowmere/"
DOUGHNUT = HOME + "portraits/doughnut/"
BAR = HOME + "bars/council-tax-online/"


def html(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def text(client: Client, address: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html(client, address))))


def rows(client: Client, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(html(client, address))))


@pytest.fixture(scope="module")
def build(demo_place: Path) -> Build:
    return open_build(demo_place)


# --- The picture ---


def desk(picture: str) -> str:
    return picture.split('<div class="wp-phone">', maxsplit=1)[0]


def polar(path: str, middle: tuple[float, float]) -> list[tuple[float, float]]:
    """Radius and angle (from the top, clockwise, in degrees) of each point of a sector's path."""
    ends = re.findall(r"(?:M|L|0 0 [01] )(-?[\d.]+),(-?[\d.]+)", path)
    found = []
    for x, y in ((float(x) - middle[0], middle[1] - float(y)) for x, y in ends):
        found.append((math.hypot(x, y), math.degrees(math.atan2(x, y)) % 360))
    return found


def test_a_sector_runs_out_and_back_between_its_radii_and_angles() -> None:
    points = polar(sector((50, 50), 10, 30, 0.0, math.pi / 2), (50, 50))
    expected = [(30, 0), (30, 45), (30, 90), (10, 90), (10, 45), (10, 0)]
    for (radius, angle), (right_radius, right_angle) in zip(points, expected, strict=True):
        assert radius == pytest.approx(right_radius, abs=0.02)
        assert angle % 360 == pytest.approx(right_angle, abs=0.1) or angle == pytest.approx(360, abs=0.1)


def test_gaps_are_lengths_along_the_radius_in_proportion() -> None:
    for rings in (DESK, PHONE):
        assert rings.radius("social", 0) == rings.floor
        assert rings.radius("social", 1) == rings.centre
        assert rings.radius("social", 0.5) == pytest.approx((rings.floor + rings.centre) / 2)
        assert rings.radius("ecological", 0) == rings.ceiling
        assert rings.radius("ecological", 0.5) == pytest.approx((rings.ceiling + rings.edge) / 2)
        assert rings.radius("ecological", 3) == rings.edge  # and the wedge has a point


def test_wedges_grow_inwards_and_outwards_and_what_has_no_figure_is_hatched() -> None:
    wedges = [
        Wedge(1, "Food", "social", 0.5, 0.4, 0.6),
        Wedge(2, "Voice", "social", None, None, None),
        Wedge(3, "Water", "social", 0.0, 0.0, 0.0),
        Wedge(4, "Climate change", "ecological", 0.5, None, None),
        Wedge(5, "Soil", "ecological", 2.0, None, None),
    ]
    shapes = desk(str(doughnut(wedges, title="Ring", about="Told", name="ring")))
    middle = (DESK.width / 2, DESK.height / 2)
    gaps = re.findall(r'<path d="([^"]+)" class="d-gap"/>', shapes)
    assert len(gaps) == 4  # Food, Climate change, Soil and its point; none for Water, which is kept, nor for Voice
    food, climate, soil = (polar(path, middle) for path in gaps[:3])
    assert [radius for radius, _ in food] == pytest.approx(
        [DESK.floor] * 3 + [DESK.radius("social", 0.5)] * 3, abs=0.02
    )
    assert {round(angle) % 360 for _, angle in food} == {0, 60, 120}  # a third of the ring
    assert max(radius for radius, _ in climate) == pytest.approx(DESK.radius("ecological", 0.5), abs=0.02)
    assert min(radius for radius, _ in climate) == pytest.approx(DESK.ceiling, abs=0.02)
    assert max(radius for radius, _ in soil) == pytest.approx(DESK.edge, abs=0.02)
    hatched = re.findall(r'<path d="([^"]+)" fill="url\(#ring-hatch\)" class="d-none"/>', shapes)
    assert len(hatched) == 1
    assert {round(angle) for _, angle in polar(hatched[0], middle)} == {120, 180, 240}
    assert {round(radius) for radius, _ in polar(hatched[0], middle)} == {round(DESK.floor), round(DESK.centre)}
    assert shapes.count('class="d-range"') == 1  # only Food has an interval


def test_names_are_whole_or_a_number_stands_for_them() -> None:
    assert wrapped("16 Nitrogen and phosphorus", 100) == ["16 Nitrogen", "and phosphorus"]
    assert wrapped("1 Incomprehensibilities", 60) == []
    long = [Wedge(number, "Incomprehensibilities of life", "social", 0.1, None, None) for number in range(1, 25)]
    names = re.findall(r"<text[^>]*>([^<]*)</text>", desk(str(doughnut(long, title="t", about="a", name="n"))))
    assert names == [str(number) for number in range(1, 25)]


def test_a_demand_without_a_figure_is_hatched_from_end_to_end_and_bounds_start_at_the_least() -> None:
    bars = [DemandBar("Skill", "missing", 0, None), DemandBar("Any", "from a to b", 0.2, 0.6, bounds=True)]
    shapes = desk(str(demand_bars(bars, title="t", about="a", name="n")))
    hatched = re.search(
        r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="[\d.]+" fill="url\(#n-hatch\)"', shapes
    )
    bound = re.search(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="[\d.]+" class="c-bar-group"', shapes)
    assert hatched
    assert bound
    whole = float(hatched[2])
    assert float(bound[1]) - float(hatched[1]) == pytest.approx(0.2 * whole, abs=0.2)
    assert float(bound[2]) == pytest.approx(0.4 * whole, abs=0.2)


# --- The doughnut page ---


def test_the_page_tells_every_dimension_and_hatches_those_without_a_figure(client: Client, build: Build) -> None:
    own = build.portrait("doughnut").dimensions.filter(pl.col("geography") == "place")
    page = html(client, DOUGHNUT)
    lacking = own["gap"].null_count()
    assert 3 <= lacking < own.height
    assert desk(page).count('fill="url(#doughnut-hatch)"') == lacking
    told = text(client, DOUGHNUT)
    for name in own["name"]:
        assert name in told
    for one in build.portrait("doughnut").spec.dimension:
        assert not one.why or one.why in told
    assert "No figure does not mean no problem" in told
    assert "published without" in told


def test_the_table_holds_what_was_built_and_no_zero_for_a_gap_that_nobody_knows(client: Client, build: Build) -> None:
    own = build.portrait("doughnut").dimensions.filter(pl.col("geography") == "place")
    table = rows(client, DOUGHNUT + "tables/dimensions.csv")
    assert [row["name"] for row in table] == own["name"].to_list()
    for row, built in zip(table, own.iter_rows(named=True), strict=True):
        assert row["gap"] == ("" if built["gap"] is None else pytest.approx(str(built["gap"])))
        assert row["status"] == built["status"]


def test_a_ward_and_a_neighbourhood_have_doughnuts_of_their_own(client: Client, build: Build) -> None:
    frame = build.portrait("doughnut").dimensions
    for geography in ("ward", "neighbourhood"):
        area = frame.filter(pl.col("geography") == geography)["area"][0]
        own = frame.filter((pl.col("area") == area) & (pl.col("geography") == geography))
        table = rows(client, f"{DOUGHNUT}tables/dimensions.csv?area={area}")
        assert [row["status"] for row in table] == own["status"].to_list()
        assert build.areas.filter(pl.col("area") == area)["name"][0] in text(client, f"{DOUGHNUT}?area={area}")
        assert f'<option value="{area}" selected>' in client.get(f"{DOUGHNUT}?area={area}").content.decode()
    assert client.get(f"{DOUGHNUT}?area=nowhere").status_code == 404
    assert client.get(HOME + "portraits/wheel/").status_code == 404


def test_an_area_of_too_many_to_list_is_still_the_one_chosen(
    client: Client, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wholeplace.web.pages.portraits.MOST_TO_CHOOSE", 20)
    codes = build.areas.filter(pl.col("geography") == "neighbourhood")["area"]
    page = client.get(f"{DOUGHNUT}?area={codes[0]}").content.decode()
    assert f'<option value="{codes[0]}" selected>' in page
    assert f'<option value="{codes[1]}"' not in page


def test_areas_are_compared_by_the_dimension_asked_for(client: Client, build: Build) -> None:
    table = rows(client, f"{DOUGHNUT}tables/areas.csv?dimension=energy&geography=ward")
    built = build.portrait("doughnut").dimensions.filter(
        (pl.col("dimension") == "energy") & (pl.col("geography") == "ward")
    )
    assert {row["area"]: float(row["gap"]) for row in table} == dict(built.select("area", "gap").rows())
    assert [float(row["gap"]) for row in table] == sorted(built["gap"], reverse=True)
    assert "Ozone layer has no figures" in text(client, DOUGHNUT + "?dimension=ozone-layer")


# --- The bar page ---


def test_a_bar_says_least_and_most_and_never_a_product(client: Client, build: Build) -> None:
    view = build.bar("council-tax-online")
    own = view.demands.filter((pl.col("geography") == "place") & (pl.col("unit") == "adults"))
    least, most = own["share"].max(), own["share"].sum()
    told = text(client, BAR)
    assert f"at least {100 * least:.1f}%, at most {100 * most:.1f}%" in told  # type: ignore[operator]
    assert "excluded people" not in told
    assert "Shares are never multiplied" in told
    bounds = rows(client, BAR + "tables/areas.csv?unit=adults")
    built = view.bounds.filter((pl.col("geography") == "neighbourhood") & (pl.col("unit") == "adults"))
    assert {row["area"]: row["least"] for row in bounds} == {
        area: "" if least is None else str(least) for area, least in built.select("area", "least").rows()
    }


def test_other_ways_into_a_service_are_told(client: Client) -> None:
    told = text(client, HOME + "bars/council-tax-phone-and-hub/")
    assert "Ways into Council tax collection" in told
    assert "Council tax, online only" in told
    assert "not demanded" in told
    assert client.get(HOME + "bars/council-tax-by-post/").status_code == 404


def test_what_the_register_notes_of_users_is_told_on_this_machine_only(client: Client, demo_place: Path) -> None:
    """Registers are the council's own; figures of portraits are shown to whoever can reach the pages."""
    assert "Numbers of users: Invented, as the services would count them in 2024." in text(client, BAR)
    assert all("notes" not in row for row in rows(client, BAR + "tables/areas.csv"))
    configure(Sites([demo_place]), host="0.0.0.0")
    try:
        answer = Client(SERVER_NAME="10.1.2.3").get(BAR)
        assert answer.status_code == 200
        assert "Invented, as the services would" not in answer.content.decode()
        assert "register of service users" in answer.content.decode()
    finally:
        configure(Sites([demo_place]), host="127.0.0.1")


def test_portraits_are_found_from_the_first_page_and_the_site_map(client: Client) -> None:
    for address in (HOME, HOME + "portraits/", "/sitemap.xml"):
        page = html(client, address)
        assert "portraits/doughnut/" in page
        assert "bars/council-tax-online/" in page
