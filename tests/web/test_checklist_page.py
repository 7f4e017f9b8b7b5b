"""The page of the ten steps, and whom parts count on the page of an index."""

from __future__ import annotations

from pathlib import Path

from django.test import Client

from wholeplace.build import open_build
from wholeplace.web.pages.checklist import tag

HOME = "/p/harrowmere/indices/digital-exclusion/"


def test_the_index_page_links_the_steps_and_says_whom_parts_count(client: Client) -> None:
    text = client.get(HOME).content.decode()
    assert f'href="{HOME}checklist/"' in text
    assert "What it is for" in text
    assert "Whom each part counts" in text
    assert "excluded people" not in text


def test_the_checklist_shows_every_step_with_its_state_and_is_downloadable(client: Client) -> None:
    text = client.get(HOME + "checklist/").content.decode()
    assert [f'id="step-{number}"' in text for number in range(1, 11)] == [True] * 10
    assert "Cronbach’s alpha" in text
    assert 'href="' in text
    assert client.get("/p/harrowmere/indices/none/checklist/").status_code == 404


def test_what_a_person_wrote_and_what_is_left_stand_beside_what_was_found(client: Client) -> None:
    text = client.get(HOME + "checklist/").content.decode()
    assert "What the makers say:" in text
    assert "That is a judgement: try your own." in text
    assert "“robustness” under [reasons] in the index file" in text
    steps = client.get(HOME + "checklist/tables/steps.json").json()
    assert [row["state"] for row in steps["rows"]].count("open") == 0
    assert tag("open") == '<strong class="wp-tag wp-tag--error">Open</strong>'


def test_pairs_of_indicators_can_be_sorted_and_downloaded_whole(client: Client) -> None:
    first = client.get(HOME + "checklist/?sort=correlation").content.decode()
    assert "<details open" in first or "open>" in first
    rows = client.get(HOME + "checklist/tables/pairs.json").json()["rows"]
    assert len(rows) == 12 * 11 / 2
    assert all(-1 <= row["correlation"] <= 1 for row in rows)


def test_the_checklist_is_in_the_api(client: Client) -> None:
    found = client.get("/api/v1/p/harrowmere/indices/digital-exclusion/checklist").json()
    assert [step["number"] for step in found["steps"]] == list(range(1, 11))
    assert found["steps"][3]["data"]["areas"] > 0


def test_what_has_no_data_is_hatched_on_the_index_and_on_profiles_and_nowhere_else(
    client: Client, demo_place: Path
) -> None:
    area = open_build(demo_place).index("deprivation").scores["area"][0]
    for address in ("/p/harrowmere/indices/deprivation/", f"/p/harrowmere/areas/{area}/"):
        text = client.get(address).content.decode()
        assert "Homes in poor condition: no data" in text
        assert 'fill="url(#without-deprivation-1)"' in text
    page = client.get("/p/harrowmere/indices/deprivation/").content.decode()
    assert 'id="missing"' in page
    assert "nothing was filled in" in page
    assert "no data" not in client.get(HOME).content.decode()
    rows = client.get("/p/harrowmere/indices/deprivation/tables/missing.json").json()["rows"]
    assert [row["id"] for row in rows] == ["road-accidents", "poor-homes", "higher-education"]
    assert client.get(HOME + "tables/missing.json").status_code == 404
