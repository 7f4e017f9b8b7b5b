"""Pages of clusters and of areas like one another: what they say is what was computed, and every way back is there."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from wholeplace.build import Build, open_build
from wholeplace.measure.spatial import clusters_of, similar_to
from wholeplace.place import open_place

HOME = "/p/harrowmere/"
CLUSTERS = HOME + "indicators/nitrogen-dioxide/clusters/"
INDEX = HOME + "indices/deprivation/clusters/"


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def rows(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


@pytest.fixture(scope="module")
def build(demo_place: Path) -> Build:
    return open_build(demo_place)


def test_the_build_holds_the_clusters_that_the_command_finds(build: Build, demo_place: Path) -> None:
    place = open_place(demo_place)
    found = clusters_of(place, "nitrogen-dioxide")
    held = build.clusters_of("nitrogen-dioxide", "neighbourhood")
    assert held.equals(found.frame.drop("name"))
    assert build.clusters["nitrogen-dioxide", "neighbourhood"]["sentences"] == found.sentences
    index = clusters_of(place, "deprivation")
    assert build.index("deprivation").clusters["moran"]["i"] == index.clusters.moran.i
    kinds = {geography for _, geography in build.clusters}
    assert kinds <= {"neighbourhood", "neighbourhood11", "ward"}


def test_a_page_of_clusters_says_what_was_found_and_what_it_is_not(client: Client, build: Build) -> None:
    said = text(client, CLUSTERS)
    for one in build.clusters["nitrogen-dioxide", "neighbourhood"]["sentences"]:
        assert one in said
    assert "not why" in said
    assert "Source: " in said
    count = build.clusters["nitrogen-dioxide", "neighbourhood"]["counts"]["cluster of high"]
    assert count > 0
    assert f"Cluster of high (worse, and so are its neighbours): {count}" in said
    assert said.count("could be chance") > 5


def test_map_and_table_show_the_same_areas(client: Client, build: Build) -> None:
    held = dict(build.clusters_of("nitrogen-dioxide", "neighbourhood").select("area", "word").rows())
    page = client.get(CLUSTERS).content.decode()
    drawn = dict(re.findall(r'data-area="(\w+)" data-class="(\w+)"', page))
    assert {area for area, css in drawn.items() if css == "c1"} == {
        a for a, w in held.items() if w == "cluster of high"
    }
    assert {css for area, css in drawn.items() if held[area] == "could be chance"} == {"c3"}
    table = rows(client, CLUSTERS + "tables/clusters.csv")
    assert {row["area"]: row["word"] for row in table} == held
    some = rows(client, CLUSTERS + "tables/clusters.csv?word=cluster+of+high")
    assert len(some) == sum(word == "cluster of high" for word in held.values())
    assert {"local_i", "z", "p_value", "gi_z", "gi_p_value", "quadrant"} <= set(table[0])


def test_the_other_way_to_look_colours_hot_and_cold_spots(client: Client, build: Build) -> None:
    held = dict(build.clusters_of("nitrogen-dioxide", "neighbourhood").select("area", "gi_word").rows())
    page = client.get(CLUSTERS + "?look=spots").content.decode()
    drawn = dict(re.findall(r'data-area="(\w+)" data-class="(\w+)"', page))
    assert {held[area] for area, css in drawn.items() if css == "c1"} == {"hot spot"}
    assert {held[area] for area, css in drawn.items() if css == "c5"} == {"cold spot"}
    assert "Hot spot (worse)" in page


def test_where_high_is_better_the_colours_are_turned(client: Client, build: Build) -> None:
    better = [
        one["id"] for one in build.clusters.values()
        if one["high"] == "better" and one.get("counts", {}).get("cluster of high") and one["geography"] == "neighbourhood"
    ]  # fmt: skip
    assert better
    held = dict(build.clusters_of(better[0], "neighbourhood").select("area", "word").rows())
    page = client.get(f"{HOME}indicators/{better[0]}/clusters/").content.decode()
    drawn = dict(re.findall(r'data-area="(\w+)" data-class="(\w+)"', page))
    assert {css for area, css in drawn.items() if held[area] == "cluster of high"} == {"c5"}
    assert "Cluster of high (better, and so are its neighbours)" in page


def test_an_address_that_asks_for_what_is_not_there_says_so(client: Client) -> None:
    assert "There is no way to look called “lisa”." in text(client, CLUSTERS + "?look=lisa")
    assert "not looked for on “moon”" in text(client, CLUSTERS + "?geography=moon")
    text(client, CLUSTERS + "tables/clusters.csv?look=lisa", 404)
    text(client, HOME + "indicators/nothing/clusters/", 404)
    text(client, HOME + "indices/nothing/clusters/", 404)


def test_every_figure_leads_to_its_clusters_and_back(client: Client) -> None:
    assert f'href="{CLUSTERS}"' in client.get(HOME + "indicators/nitrogen-dioxide/").content.decode()
    assert f'href="{INDEX}"' in client.get(HOME + "indices/deprivation/").content.decode()
    assert f'href="{HOME}indices/deprivation/"' in client.get(INDEX).content.decode()
    sitemap = client.get("/sitemap.xml").content.decode()
    for address in (CLUSTERS, INDEX, HOME + "similar/"):
        assert f"{address}</loc>" in sitemap
    assert "of 60 areas are in clusters" in text(client, INDEX)
    assert len(rows(client, INDEX + "tables/clusters.csv")) == 60


def test_a_figure_that_is_everywhere_the_same_has_a_page_that_says_why_not(client: Client, build: Build) -> None:
    without = [one for one in build.clusters.values() if "why_not" in one]
    for one in without:
        said = text(client, f"{HOME}indicators/{one['id']}/clusters/?geography={one['geography']}")
        assert f"No clusters are shown for {one['geography_name']}: {one['why_not']}." in said


def test_areas_like_one_another_are_those_that_the_command_finds(client: Client, demo_place: Path) -> None:
    found = similar_to(open_place(demo_place), "X01000043")
    page = HOME + "similar/?area=X01000043"
    said = text(client, page)
    name = open_build(demo_place).areas.filter(geography="neighbourhood", area="X01000043")["name"].item()
    assert f"Areas like {name}" in said
    likest = found.frame["name"].head(3).to_list()
    assert f"Likest to {name}: {likest[0]} , {likest[1]} , {likest[2]} ." in said
    for one in found.sentences:
        assert one in said
    table = rows(client, HOME + "similar/tables/similar.csv?area=X01000043")
    assert [row["area"] for row in table] == found.frame["area"].to_list()
    assert [float(row["distance"]) for row in table] == pytest.approx(found.frame["distance"].to_list())
    pair = rows(client, HOME + f"similar/tables/pair.csv?area=X01000043&with={table[1]['area']}")
    assert len(pair) == len(found.similar.used)
    assert 'similar/?area=X01000043"' in client.get(HOME + "areas/X01000043/").content.decode()


def test_areas_are_compared_by_what_the_address_says(client: Client) -> None:
    assert "by 1 figure." in text(client, HOME + "similar/?area=X01000043&by=no-car")
    assert "There is no theme 'Moon'" in text(client, HOME + "similar/?area=X01000043&by=theme:Moon", 400)
    assert "There is no area 'nowhere'" in text(client, HOME + "similar/?area=nowhere", 400)
    assert "Every area has a code" in text(client, HOME + "similar/")
    text(client, HOME + "similar/tables/similar.csv?area=nowhere", 404)


def test_what_is_looked_for_is_told_first(client: Client) -> None:
    page = f"{HOME}indices/deprivation/clusters/"
    for query, first, second in (
        ("", "in clusters", "hot spots (high"),
        ("?look=spots", "hot spots (high", "in clusters"),
    ):
        said = text(client, page + query)
        assert said.index(first) < said.index(second)
