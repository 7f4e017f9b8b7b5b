"""The page of the ten steps, and whom parts count on the page of an index."""

from __future__ import annotations

from django.test import Client

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


def test_an_index_whose_file_says_nothing_is_told_so(client: Client) -> None:
    text = client.get("/p/harrowmere/indices/deprivation/checklist/").content.decode()
    assert "open" in text
