"""Pages as they come from the server, without a browser."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.test import Client

from wholeplace.build import open_build

HOME = "/p/harrowmere/"
INDEX = HOME + "indices/deprivation/"


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def addresses(client: Client) -> list[str]:
    tree = ElementTree.fromstring(text(client, "/sitemap.xml"))
    found = [element.text or "" for element in tree.iter() if element.tag.endswith("loc")]
    return [re.sub(r"^https?://[^/]+", "", address) for address in found]


@pytest.mark.parametrize("one_in", [10, pytest.param(1, marks=pytest.mark.long)])
def test_every_page_of_the_sitemap_answers_in_html(client: Client, one_in: int) -> None:
    found = addresses(client)
    kinds = {kind_of(address) for address in found}
    assert {HOME, HOME + "areas/*/", HOME + "indices/*/", HOME + "indices/*/weights/", HOME + "indicators/*/"} <= kinds
    assert {HOME + "data/", HOME + "find/", HOME + "method/", HOME + "accessibility/"} <= kinds
    assert not [address for address in found if "?" in address or "/tables/" in address or "/api/" in address]
    first = {kind_of(address): address for address in reversed(found)}
    asked = dict.fromkeys([*first.values(), *found[::one_in]])
    for address in asked:
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (200, "text/html"), address


def test_links_of_each_kind_of_page_lead_somewhere(client: Client) -> None:
    """Pages of the sitemap are answered above; of all other links three of each kind are followed."""
    listed = addresses(client)
    kinds: dict[str, list[str]] = {}
    for address in {kind_of(address): address for address in listed}.values():
        for link in re.findall(r'href="(/[^"#]*)', text(client, address)):
            link = link.replace("&amp;", "&")
            if not link.startswith("/static/") and link not in listed:
                kinds.setdefault(kind_of(link), []).append(link)
    followed = [link for links in kinds.values() for link in sorted(set(links))[::-1][:3]]
    assert len(followed) > 100
    assert [link for link in followed if client.get(link).status_code != 200] == []


def kind_of(address: str) -> str:
    """An address with stars for ids and for what its query asks for."""
    address = re.sub(r"(areas|indices|indicators|registers|things|scenarios)/[^/]+/", r"\1/*/", address)
    return re.sub(r"=[^&]*", "=*", address)


def test_pages_allow_no_inline_style_or_script_and_hold_none(client: Client) -> None:
    for address in (HOME, INDEX, INDEX + "weights/"):
        answer = client.get(address)
        assert "unsafe-inline" not in answer["Content-Security-Policy"]
        page = answer.content.decode()
        assert not re.search(r"<style|\sstyle=|<script>|\son\w+=", page)


def test_overview_says_the_main_findings_with_source_and_interval(client: Client, demo_place: Path) -> None:
    page = text(client, HOME)
    for sentence in open_build(demo_place).sentences:
        assert sentence["source"].split(";")[0].replace("&", "&amp;") in page
    assert re.search(r"its rank is from \d+ to \d+|stays there", page)
    assert "95% interval" in page


def test_a_profile_takes_each_score_apart_and_it_adds_up(client: Client, demo_place: Path) -> None:
    build = open_build(demo_place)
    index = build.index("deprivation")
    area = index.scores.sort("rank")["area"][0]
    assert "What makes up the score" in text(client, f"{HOME}areas/{area}/")
    rows = index.explain(area)
    whole = rows[0]["contribution"]
    leaves = sum(row["contribution"] or 0.0 for row in rows if row["indicator"])
    assert leaves + sum(row["adjustment"] or 0.0 for row in rows) == pytest.approx(whole, abs=1e-9)


def test_parts_of_a_group_on_a_new_scale_have_no_addition_of_their_own(client: Client, demo_place: Path) -> None:
    """Income is one indicator, ranked and stretched: what the indicator adds before that says nothing of the score."""
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text(client, f"{HOME}areas/X01000010/")))
    assert "0.225" in page and "within Income" in page
    assert "A group that is put on a new scale adds as a whole" in page
    # those that add by themselves make up the score
    rows = open_build(demo_place).index("deprivation").explain("X01000010")
    domains = [row["contribution"] for row in rows if row["depth"] == 1]
    assert sum(domains) == pytest.approx(rows[0]["score"], abs=1e-9)


def test_larger_areas_alike_in_tenth_1_are_ordered_by_extent(client: Client) -> None:
    found = list(csv.DictReader(io.StringIO(text(client, f"{HOME}indices/deprivation/tables/larger.csv"))))
    keys = [(-float(row["share_decile_1"]), -float(row["extent"])) for row in found]
    assert keys == sorted(keys) and len({share for share, _ in keys}) < len(keys)


def test_suppressed_and_missing_are_told_in_words_and_are_not_zero(client: Client, demo_place: Path) -> None:
    values = open_build(demo_place).values
    for status, word in (("Q", "suppressed"), ("O", "missing")):
        row = values.filter((values["status"] == status) & values["moved_from"].is_null()).row(0, named=True)
        address = f"{HOME}indicators/{row['indicator']}/?geography={row['geography']}&period={row['period']}"
        assert word in text(client, address).lower(), address


def test_own_weights_stand_in_the_address_and_move_ranks(client: Client, demo_place: Path) -> None:
    form = text(client, INDEX + "weights/")
    fields = re.findall(r'<input[^>]*name="([^"]+)"', form)
    field = next(name for name in fields if name not in {"q", "page"})
    moved = text(client, f"{INDEX}weights/?{field}=9")
    assert "change rank" in moved
    assert 'value="9"' in moved
    wrong = client.get(f"{INDEX}weights/?{field}=much")
    assert wrong.status_code == 400
    assert "There is a problem" in wrong.content.decode()


def test_a_table_is_the_same_in_every_format(client: Client, demo_place: Path) -> None:
    links = re.findall(r'href="([^"]+/tables/[^"]+\.(?:csv|json|xlsx|geojson)[^"]*)"', text(client, INDEX))
    by_ending = {
        link.split("?")[0].rsplit(".", 1)[1]: link.replace("&amp;", "&") for link in links if "ranking" in link
    }
    by_ending = by_ending or {link.split("?")[0].rsplit(".", 1)[1]: link.replace("&amp;", "&") for link in links}
    assert set(by_ending) == {"csv", "json", "xlsx", "geojson"}
    rows = list(csv.DictReader(io.StringIO(client.get(by_ending["csv"]).content.decode("utf-8-sig"))))
    features = json.loads(client.get(by_ending["geojson"]).content)["features"]
    assert len(rows) == len(features) == open_build(demo_place).index("deprivation").scores.height
    json.loads(client.get(by_ending["json"]).content)
    assert client.get(by_ending["xlsx"]).content[:2] == b"PK"


def test_finding_by_postcode_forgives_case_and_spaces(client: Client, demo_place: Path) -> None:
    postcode = open_build(demo_place).postcodes["postcode"][0]
    answer = client.get(HOME + "find/", {"q": postcode.replace(" ", "").lower()}, follow=True)
    assert answer.status_code == 200
    assert postcode in answer.content.decode()


def test_finding_nothing_says_what_to_try(client: Client) -> None:
    page = text(client, HOME + "find/?q=zzzz")
    assert "zzzz" in page
    assert "0 results" not in page or "try" in page.lower()


def test_what_is_typed_is_never_run(client: Client) -> None:
    attack = "<script>alert(1)</script>"
    assert attack not in text(client, HOME + f"find/?q={attack}")


def test_an_unknown_page_is_a_404_in_plain_words(client: Client) -> None:
    answer = client.get(HOME + "areas/nowhere/")
    assert answer.status_code == 404
    assert "Traceback" not in answer.content.decode()


def test_unchanged_pages_are_not_sent_again(client: Client) -> None:
    first = client.get(HOME + "data/")
    again = client.get(HOME + "data/", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304


def test_a_slip_of_the_pen_finds_names_spelt_alike_whatever_their_number(client: Client, demo_place: Path) -> None:
    areas = open_build(demo_place).areas
    name = areas.filter(areas["geography"] == "neighbourhood")["name"][0]
    word, number = name.rsplit(" ", 1)  # such as Harrowmere 001A
    page = text(client, f"{HOME}find/?q={word[:-1]}q {number}")
    assert "Did you mean" in page
    assert word in page.split("Did you mean")[1]
    assert "Did you mean" not in text(client, f"{HOME}find/?q=zzzz 9")
    assert "Did you mean" not in text(client, f"{HOME}find/?q=ZX99")
