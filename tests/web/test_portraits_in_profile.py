"""Portraits where people look for them: in the profile of an area and in its report; and what has no data, with why."""

from __future__ import annotations

import io
import re
from html import unescape
from pathlib import Path

import polars as pl
import pytest
from django.test import Client
from pypdf import PdfReader

from wholeplace.build import open_build
from wholeplace.measure.portraits import PortraitSpec, portrait_in_brief, summarise_bar, summarise_portrait
from wholeplace.web.pages import portrait_brief
from wholeplace.web.pages.portrait_tables import dates_of
from wholeplace.web.report import area_contents, write_pdf
from wholeplace.web.site import PLACE, Site
from wholeplace.web.still import standing_still

HOME = "/p/harrowmere/areas/"


@pytest.fixture(scope="module")
def site(demo_place: Path) -> Site:
    return Site("harrowmere", demo_place, open_build(demo_place))


@pytest.fixture(scope="module")
def area(site: Site) -> str:
    return str(site.build.index("deprivation").scores["area"][0])


def words(client: Client, address: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", client.get(address).content.decode())))


def plain(text: str) -> str:
    return re.sub(r"\s+", "", text)


# --- Sentences ---


def gap(
    name: str, share: float | None, lower: float | None, upper: float | None, status: str = "A"
) -> dict[str, object]:
    limits = {"gap": share, "gap_lower95": lower, "gap_upper95": upper}
    return {"dimension": name.lower(), "name": name, "ring": "social", "status": status, **limits}


def spec(**floors: float) -> PortraitSpec:
    """A portrait in which figures of which less is better have these floors."""
    dimensions = [
        {"ring": "social", "id": name, "name": name, "measure": [
            {"indicator": name, "direction": "high-is-worse", "threshold": floor, "source": "our choice"}]}
        for name, floor in floors.items()
    ]  # fmt: skip
    return PortraitSpec.model_validate({"id": "p", "name": "P", "dimension": dimensions})


def test_a_floor_of_nobody_is_told_as_such() -> None:
    """It is missed as soon as one person goes without, which makes the count of floors missed high."""
    rows = [gap("Food", 0.2, 0.1, 0.3), gap("Homes", 0.1, 0.05, 0.15), gap("Water", 0.0, 0.0, 0.0)]
    words = "a floor is that nobody goes without, so that anybody who does makes a shortfall."
    assert summarise_portrait("Ashby", spec(food=5), rows[:1])[1:] == ()
    # Water keeps its floor: it is not among those that are short
    assert summarise_portrait("Ashby", spec(food=0, homes=5, water=0), rows)[1:] == (f"In Food {words}",)
    many = [gap(name, 0.1, 0.05, 0.2) for name in ("A", "B", "C", "D")]
    said = summarise_portrait("Ashby", spec(a=0, b=0, c=0, d=0), many)
    assert said[1] == f"In 4 of those short of it {words}"


def test_shortfalls_without_an_interval_are_told_as_such() -> None:
    rows = [gap("Food", 0.2, 0.1, 0.3), gap("Voice", 0.1, None, None), gap("Water", 0.0, None, None)]
    said = summarise_portrait("Ashby", spec(), rows)
    assert said[0] == (
        "Ashby is short of its social floor in 2 of 3 social dimensions with figures; the largest gaps: "
        "Food (20.0% below the floor, 95% interval 10.0% to 30.0%) and Voice (10.0% below the floor)."
    )
    # Water keeps its floor: nothing is said of how sure a gap of nothing is
    assert said[1:] == ("Nobody says how sure the figures are in Voice: they are published without an interval.",)
    assert len(summarise_portrait("Ashby", spec(), [gap("Food", 0.2, 0.1, 0.3)])) == 1
    many = [gap(name, 0.1, None, None) for name in ("Food", "Voice", "Health", "Energy")]
    assert "in 4 of those on the wrong side" in summarise_portrait("Ashby", spec(), many)[1]


def test_counts_in_brief_are_of_dimensions_with_figures() -> None:
    rows = [gap("Food", 0.2, 0.1, 0.3), gap("Water", 0.0, 0.0, 0.0), gap("Voice", None, None, None, "Q")]
    assert portrait_in_brief(rows) == "short of 1 of 2 floors"
    over = {**gap("Air", 0.5, None, None), "ring": "ecological"}
    assert portrait_in_brief([*rows, over]) == "short of 1 of 2 floors, beyond 1 of 1 ceiling"
    assert portrait_in_brief([gap("Voice", None, None, None, "O")]) == "no figures"


def test_dates_of_figures_that_are_held_together() -> None:
    assert dates_of(pl.Series(["2021", "2021"])) == "2021"
    several = dates_of(pl.Series(["2025", "2019-04/2020-03", "2021"]))
    assert several == "different dates, the oldest April 2019 to March 2020, the newest 2025"
    assert dates_of(pl.Series([], dtype=pl.String)) == ""


def test_a_bound_says_its_interval_or_that_there_is_none(site: Site) -> None:
    spec = site.build.bar("council-tax-online").spec
    one = {"unit": "adults", "least": 0.06, "most": 0.06, "least_lower95": 0.021, "most_upper95": 0.162, "known": 1,
           "of": 1, "largest": "cost", "least_count": 75.0, "most_count": 75.0}  # fmt: skip
    assert "(95% interval 2.1% to 16.2%)." in summarise_bar("Ashby", spec, [], [one])[1]
    bare = {**one, "least_lower95": None, "most_upper95": None}
    assert "published without an interval" in summarise_bar("Ashby", spec, [], [bare])[1]
    assert "published without an interval" in summarise_bar("Ashby", spec, [], [{**bare, "of": 2, "known": 2}])[1]


# --- Profile ---


def test_the_profile_tells_each_portrait_of_the_area_and_leads_to_it(client: Client, site: Site, area: str) -> None:
    page = words(client, f"{HOME}{area}/")
    name = site.names["neighbourhood", area]
    here = (pl.col("geography") == site.homes[area]) & (pl.col("area") == area)  # two vintages share the code
    rows = site.build.portrait("doughnut").dimensions.filter(here)
    short = rows.filter((pl.col("ring") == "social") & (pl.col("gap") > 0)).height
    known = rows.filter((pl.col("ring") == "social") & pl.col("gap").is_not_null()).height
    assert f"{name} is short of its social floor in {short} of {known} social dimensions with figures" in page
    assert f"short of {short} of {known} floors, beyond " in page  # at the top, with a link down
    least = site.build.bar("council-tax-online").bounds.filter(
        (pl.col("area") == area) & (pl.col("unit") == "households")
    )["least"][0]
    assert f"At least {100 * least:.1f}% of households" in page
    assert "Figures of 2024." in page[page.index("is short of its social floor") : page.index("At least")]
    answer = client.get(f"{HOME}{area}/").content.decode()
    for link in (f"portraits/doughnut/?area={area}", f"bars/council-tax-online/?area={area}"):
        assert f'href="/p/harrowmere/{link}"' in answer
        assert name in words(client, f"/p/harrowmere/{link}")


def test_a_ward_has_the_doughnut_and_no_bar_that_does_not_reach_it(client: Client, site: Site) -> None:
    ward = site.build.areas.filter(pl.col("geography") == "ward")["area"][0]
    page = client.get(f"{HOME}{ward}/").content.decode()
    assert f"portraits/doughnut/?area={ward}" in page
    assert "/bars/" not in page
    assert [one.id for one in portrait_brief.briefs_of(site, "ward", ward)] == ["portrait-doughnut"]


def test_what_an_area_lacks_is_told_with_the_reason(site: Site) -> None:
    brief = portrait_brief.briefs_of(site, PLACE, site.code)[0]
    reasons = dict(brief.without)
    spec = site.build.portrait("doughnut").spec
    why = next(one.why for one in spec.dimension if one.id == "ozone-layer")
    assert reasons["Ozone layer"] == f"not measured. {why}"
    without = (pl.col("status") == "O") & (pl.col("geography") == "neighbourhood")
    row = site.build.portrait("doughnut").dimensions.filter(without).row(0, named=True)
    told = dict(portrait_brief.briefs_of(site, "neighbourhood", row["area"])[0].without)[row["name"]]
    assert told == f"missing here ({site.indicators[row['without'][0]]['name']})"


def test_pages_that_are_published_hold_no_portraits(client: Client, area: str) -> None:
    with standing_still():
        page = client.get(f"{HOME}{area}/").content.decode()
    assert "/portraits/doughnut" not in page and "social floor" not in page


# --- Report ---


def test_the_report_holds_the_portraits_and_every_dimension_without_data_with_why(site: Site, area: str) -> None:
    reader = PdfReader(io.BytesIO(write_pdf(area_contents(site, area))))
    said = plain(" ".join(page.extract_text() for page in reader.pages))
    for brief in portrait_brief.briefs_of(site, "neighbourhood", area):
        assert plain(brief.name) in said
        for sentence in brief.sentences:
            assert plain(sentence) in said, sentence
        for name, why in brief.without:
            assert plain(f"{name}: {why}") in said, name
    of_area = [index for index in site.indices() if index.geography == "neighbourhood"]
    missing = [one for index in of_area for one in index.spec.get("missing") or []]
    assert missing
    for one in missing:
        assert plain(f"{one['name']}: {one['why']}") in said, one["name"]
    assert plain("nothing was filled in") in said
