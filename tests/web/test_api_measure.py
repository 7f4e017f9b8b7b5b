"""The API of portraits, bars, clusters and similar areas: the same figures as build and commands, and clear refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from django.test import Client

from wholeplace.build import Build, open_build
from wholeplace.build.portrait_commands import bar, portrait
from wholeplace.measure.spatial.commands import similar

API = "/api/v1/p/harrowmere/"


@pytest.fixture(scope="module")
def build(demo_place: Path) -> Build:
    return open_build(demo_place)


@pytest.fixture(scope="module")
def area(build: Build) -> str:
    return str(build.index("deprivation").scores["area"][3])


def get(client: Client, address: str, **query: str) -> Any:
    answer = client.get(API + address, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def refusal(client: Client, address: str, **query: str) -> tuple[int, str]:
    answer = client.get(API + address, query)
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["detail"]


def test_openapi_describes_them(client: Client) -> None:
    paths = json.loads(client.get("/api/openapi.json").content)["paths"]
    for path in (
        "portraits", "portraits/{portrait}/dimensions", "portraits/{portrait}/measures",
        "portraits/{portrait}/areas/{area}", "bars", "bars/{bar}/demands", "bars/{bar}/bounds", "bars/{bar}/areas/{area}",
        "clusters", "indicators/{indicator}/clusters", "indices/{index}/clusters", "similar",
    ):  # fmt: skip
        operation = paths[f"/api/v1/p/{{place}}/{path}"]["get"]
        assert operation["description"], path
        assert {"200", "404", "422"} <= set(operation["responses"])


# --- Portraits ---


def test_a_doughnut_names_its_limits_and_who_says_so(client: Client) -> None:
    (one,) = get(client, "portraits")["items"]
    dimensions = {row["id"]: row for row in one["dimension"]}
    food = dimensions["food"]["measure"]
    assert (food[1]["indicator"], food[1]["threshold"], food[1]["direction"]) == ("shop-minutes", 15, "high-is-worse")
    assert food[0]["source"] == "The floor is that nobody lacks it"
    assert dimensions["ozone-layer"]["why"] and not dimensions["ozone-layer"]["measure"]


def test_gaps_and_figures_of_areas_are_those_of_the_build(client: Client, build: Build, area: str) -> None:
    asked = {"area": area, "geography": "neighbourhood"}
    mine = (pl.col("area") == area) & (pl.col("geography") == "neighbourhood")
    for name, frame in (("dimensions", "dimensions"), ("measures", "measures")):
        rows = get(client, f"portraits/doughnut/{name}", **asked)
        held = getattr(build.portrait("doughnut"), frame).filter(mine)
        assert rows["count"] == held.height > 0
        assert rows["items"] == held.to_dicts()
    food = get(client, "portraits/doughnut/dimensions", dimension="food", geography="ward")
    assert {row["dimension"] for row in food["items"]} == {"food"}
    assert food["count"] == build.areas.filter(pl.col("geography") == "ward").height


def test_one_area_s_doughnut_and_bar_are_the_documents_of_the_commands(
    client: Client, demo_place: Path, area: str
) -> None:
    ran = CliRunner().invoke(portrait, [str(demo_place), "doughnut", "--area", area, "--json"])
    assert get(client, f"portraits/doughnut/areas/{area}") == json.loads(ran.output)
    ran = CliRunner().invoke(bar, [str(demo_place), "council-tax-online", "--area", area, "--json"])
    told = json.loads(ran.output)
    assert told.pop("areas") == []
    assert get(client, f"bars/council-tax-online/areas/{area}") == told


def test_demands_and_bounds_of_areas_are_those_of_the_build(client: Client, build: Build) -> None:
    bars = {row["id"]: row for row in get(client, "bars")["items"]}
    assert bars["council-tax-online"]["service"] == "service:council-tax"
    assert len(bars["council-tax-online"]["demand"]) == 6
    view = build.bar("council-tax-online")
    rows = get(client, "bars/council-tax-online/bounds", unit="adults", geography="neighbourhood")
    held = view.bounds.filter((pl.col("unit") == "adults") & (pl.col("geography") == "neighbourhood"))
    assert rows["items"] == held.to_dicts()
    assert all(row["least"] <= row["most"] for row in rows["items"] if row["most"] is not None)
    rows = get(client, "bars/council-tax-online/demands", kind="device", geography="place")
    assert [row["kind"] for row in rows["items"]] == ["device"]


def test_what_a_portrait_or_bar_has_not_is_refused_by_name(client: Client) -> None:
    assert refusal(client, "portraits/pretzel/dimensions") == (404, "There is no portrait 'pretzel'.")
    status, said = refusal(client, "portraits/doughnut/dimensions", dimension="fod")
    assert status == 422 and "There is no dimension 'fod'. There are: food, health" in said
    assert refusal(client, "portraits/doughnut/measures", area="nowhere")[0] == 422
    assert refusal(client, "portraits/doughnut/areas/nowhere")[0] == 404
    assert refusal(client, "bars/none/bounds")[0] == 404
    assert "There are: device, bandwidth" in refusal(client, "bars/council-tax-online/demands", kind="phone")[1]
    status, said = refusal(client, "bars/council-tax-online/bounds", unit="cats")
    assert status == 422 and "households" in said
    assert refusal(client, "bars/council-tax-online/bounds", units="adults")[0] == 422  # a slip of the pen


# --- Clusters and similar areas ---


def test_the_list_says_where_clusters_were_looked_for_and_where_they_could_not_be(client: Client, build: Build) -> None:
    found = get(client, "clusters", limit="5000")
    assert found["count"] == len(build.clusters) + len(build.indices)
    for row in found["items"]:
        assert (row["counts"] is None) == (row["why_not"] is not None), row
        if row["counts"]:
            assert sum(row["counts"].values()) > 0
    assert {row["id"] for row in found["items"] if row["kind"] == "index"} == set(build.indices)
    some = get(client, "clusters", geography="neighbourhood", limit="3")
    assert {row["geography"] for row in some["items"]} == {"neighbourhood"} and some["next"]


def test_clusters_carry_their_words_and_each_word_its_areas(client: Client, build: Build) -> None:
    found = get(client, "indices/deprivation/clusters")
    about = found["about"]
    assert found["count"] == 60 == sum(about["counts"].values())
    assert about["sentences"] and about["cautions"] and "p_value" in about["moran"]
    for word, count in about["counts"].items():
        rows = get(client, "indices/deprivation/clusters", word=word)
        assert rows["count"] == count
        assert {row["word"] for row in rows["items"]} <= {word}
    one = found["items"][0]
    assert get(client, "indices/deprivation/clusters", area=one["area"])["items"] == [one]
    rows = get(client, "indicators/income-deprived/clusters", geography="neighbourhood")["items"]
    held = build.clusters_of("income-deprived", "neighbourhood")
    assert [{key: row[key] for key in held.columns} for row in rows] == held.to_dicts()


def test_clusters_that_were_not_looked_for_are_refused_with_the_reason(client: Client, build: Build) -> None:
    without = next(key for key, about in build.clusters.items() if "why_not" in about)
    status, said = refusal(client, f"indicators/{without[0]}/clusters", geography=without[1])
    assert status == 404 and build.clusters[without]["why_not"] in said
    status, said = refusal(client, "indicators/income-deprived/clusters", geography="moon")
    assert status == 422 and "not looked for on 'moon'; there are: neighbourhood" in said
    assert refusal(client, "indicators/none/clusters")[0] == 404
    assert "There is no word 'warm'" in refusal(client, "indices/deprivation/clusters", word="warm")[1]


def test_similar_areas_are_the_document_of_the_command(client: Client, demo_place: Path, area: str) -> None:
    asked = ["--by", "index:deprivation", "--most", "3"]
    ran = CliRunner().invoke(similar, [str(demo_place), area, *asked, "--json"])
    found = get(client, "similar", area=area, by="index:deprivation", most="3")
    told = json.loads(ran.output)
    assert found.keys() == told.keys()
    assert len(found["areas"]) == 3
    for ours, theirs in zip(found["areas"], told["areas"], strict=True):
        assert ours["area"] == theirs["area"] and ours["name"] == theirs["name"]
        assert ours["distance"] == pytest.approx(theirs["distance"], rel=1e-12)
        assert [row["indicator"] for row in ours["differences"]] == [row["indicator"] for row in theirs["differences"]]
    for key in ("schema", "by", "geography", "name", "sentences", "used", "left_out", "not_compared"):
        assert found[key] == told[key], key


def test_areas_and_choices_that_are_not_there_are_refused(client: Client, build: Build) -> None:
    assert refusal(client, "similar")[0] == 422  # no area
    assert refusal(client, "similar", area="nowhere")[0] == 422
    area = str(build.index("deprivation").scores["area"][0])
    status, said = refusal(client, "similar", area=area, by="index:depravity")
    assert status == 422 and "There is no index 'depravity'" in said and "did you mean" in said
    whole = build.areas.filter(pl.col("geography") == "place")["area"][0]
    assert "no other areas" in refusal(client, "similar", area=whole)[1]
