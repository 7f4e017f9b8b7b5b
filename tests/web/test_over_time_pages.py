"""Pages of an index over time: what stands in them is what was built, and the pictures are drawn to scale."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from django.test import Client

from wholeplace.build import IndexView, open_build
from wholeplace.measure.explain import WHOLE
from wholeplace.measure.over_time import NOISE
from wholeplace.web.http import find_site
from wholeplace.web.pages import over_time_tables
from wholeplace.web.quadrants import Fields, Track, quadrants
from wholeplace.web.small_lines import Point, small_lines

INDEX = "/p/harrowmere/indices/inclusive-growth/"
HOME = INDEX + "over-time/"
API = "/api/v1/p/harrowmere/indices/"


def html(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return str(answer.content.decode())


def text(client: Client, address: str, status: int = 200) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html(client, address, status))))


def rows(client: Client, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(html(client, address))))


@pytest.fixture(scope="module")
def index(demo_place: Path) -> IndexView:
    return open_build(demo_place).index("inclusive-growth")


def test_the_page_says_how_many_areas_changed_by_more_than_noise(client: Client, index: IndexView) -> None:
    view = index.over_time
    assert view is not None
    assert view.periods == ["2020", "2021", "2022", "2023", "2024"]
    whole = view.changes.filter(since="2020", period="2024", part="index")
    page = text(client, HOME)
    assert f"2020 to 2024. Of {whole.height} areas ( Wards 2024 ): ".replace("( ", "(").replace(" )", ")") in page
    assert f"{(whole['word'] == NOISE).sum()} could be noise" in page
    assert "These figures do not follow people" in page
    assert "What businesses produce: no data" in page  # named and drawn hatched, never filled in
    assert html(client, HOME).count('class="wp-without__bar"') == 2


def test_the_newest_period_is_the_page_of_the_index_which_links_to_the_years(client: Client, index: IndexView) -> None:
    page = html(client, INDEX)
    assert f'href="{HOME}"' in page
    assert "Over time, 2020 to 2024" in page
    assert "One scale holds for all periods (2020, 2021, 2022, 2023, 2024)" in page
    assert index.over_time is not None
    newest = index.over_time.scores.filter(period="2024")
    assert newest["score"].to_list() == index.scores["score"].to_list()


def test_areas_that_are_chosen_are_compared_and_stand_in_every_address(client: Client, index: IndexView) -> None:
    codes = index.scores["area"].to_list()[:2]
    query = "&".join(f"area={code}" for code in codes)
    page = html(client, f"{HOME}?{query}")
    assert page.count('class="wp-small-lines"') == 2
    assert page.count('class="q-marked"') == 4  # in the wide and in the narrow picture
    assert f"tables/parts.csv?from=2020&amp;to=2024&amp;{query.replace('&', '&amp;')}" in page
    table = rows(client, f"{HOME}tables/parts.csv?{query}")
    assert index.over_time is not None
    built = index.over_time.changes.filter(since="2020", period="2024", area=codes[1])
    assert [float(row[f"{codes[1]}_change"]) for row in table] == pytest.approx(built["change"].to_list())


def test_a_span_can_be_chosen_and_its_downloads_are_of_it(client: Client, index: IndexView) -> None:
    page = text(client, HOME + "?from=2022&to=2023")
    assert "2022 to 2023. Of" in page
    table = rows(client, HOME + "tables/changes.csv?from=2022&to=2023")
    assert index.over_time is not None
    scores = {(row["area"], row["period"]): row["score"] for row in index.over_time.scores.iter_rows(named=True)}
    for row in table:
        assert float(row["change"]) == pytest.approx(scores[row["area"], "2023"] - scores[row["area"], "2022"])


def test_what_an_address_cannot_have_is_told(client: Client) -> None:
    page = text(client, HOME + "?from=2021&to=2024&area=E99&area=X05000001", 400)
    assert "There is no change from 2021 to 2024 here; there are: 2020 to 2024; 2020 to 2021" in page
    assert "has no area 'E99'" in page
    assert client.get(HOME + "tables/changes.csv?from=2021&to=2024").status_code == 404
    five = "&".join(f"area=X0500000{number}" for number in range(1, 6))
    assert "Up to four areas can be chosen; left out: X05000005" in text(client, f"{HOME}?{five}", 400)
    assert client.get("/p/harrowmere/indices/deprivation/over-time/").status_code == 404


def test_the_map_and_the_tables_tell_the_same(client: Client, index: IndexView) -> None:
    assert index.over_time is not None
    whole = index.over_time.changes.filter(since="2020", period="2024", part="index")
    found = client.get(HOME + "map.json").json()
    better = {"c5": "better off", "c1": "worse off", "c3": "could be noise", "none": "not compared"}
    assert {area: better[kind] for area, kind in zip(found["areas"], found["kinds"], strict=True)} == dict(
        whole.select("area", "word").iter_rows()
    )
    for table in ("changes", "scores", "themes", "parts", "missing"):
        assert rows(client, f"{HOME}tables/{table}.csv")


def test_machines_get_scores_and_changes(client: Client, index: IndexView) -> None:
    area = index.scores["area"][0]
    found = client.get(API + "inclusive-growth/over-time", {"area": area}).json()
    assert [row["period"] for row in found["items"]] == ["2020", "2021", "2022", "2023", "2024"]
    assert all(row["score_lower95"] < row["score"] < row["score_upper95"] for row in found["items"])
    wanted = {"area": area, "part": "index", "since": "2020", "period": "2024"}
    [row] = client.get(API + "inclusive-growth/changes", wanted).json()["items"]
    assert row["change"] == pytest.approx(found["items"][-1]["score"] - found["items"][0]["score"])
    assert client.get(API + "deprivation/over-time").status_code == 404
    assert client.get(API + "inclusive-growth/changes", {"from": "2020"}).status_code == 422
    for asked in ({"area": "nowhere"}, {"part": "gold"}, {"since": "1999"}, {"period": "2099"}):
        assert client.get(API + "inclusive-growth/changes", asked).status_code == 422, asked
    assert client.get(API + "inclusive-growth/over-time", {"period": "1999"}).status_code == 422
    assert client.get(API + "deprivation/scores", {"area": "nowhere"}).status_code == 422


def test_the_page_says_which_way_is_good(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    page = text(client, HOME)
    assert page.count("A high score is good") == 1 and "a score rises where an area does better" in page
    spec = find_site("harrowmere").build.index("inclusive-growth").spec
    monkeypatch.setitem(spec, "higher_is", "worse")
    page = text(client, HOME)
    assert "A high score is bad: a score falls where an area does better" in page
    assert "a score rises where an area does better" not in page


# --- The pictures ---


def test_arrows_begin_where_an_area_was_and_end_where_it_is() -> None:
    tracks = [Track("One", (0.0, 0.0), (100.0, 50.0), "up", marked=True), Track("Two", (50.0, 20.0), (50.0, 20.0), "")]
    fields = Fields((50.0, 25.0), ("a", "b", "c", "d"), ("Right", "Up"))
    wide = quadrants(tracks, fields, title="T", about="A", name="n").split('<div class="wp-phone">')[0]
    # across -8 to 108 between 52 and 748, up -7.5 to 57.5 between 560 and 12
    marked = re.search(r'class="q-marked">.*?x1="([\d.]+)" y1="([\d.]+)".*?d="M([\d.]+),([\d.]+)L', wide)
    assert marked is not None
    points = [float(one) for one in marked.groups()]
    assert points == pytest.approx([52 + 696 * 8 / 116, 560 - 548 * 7.5 / 65, 52 + 696 * 108 / 116, 560 - 548 * 57.5 / 65],
                                   abs=0.1)  # fmt: skip
    assert wide.count("<path") == 1  # what stood still is a dot
    assert "One: up" in wide


def test_a_name_never_stands_on_an_arrow() -> None:
    # The arrow ends at the right edge: no room ahead of its head, its own line behind it, so the name stands above.
    tracks = [Track("Highfold", (0.0, 25.0), (100.0, 25.0), ""), Track("Low", (0.0, 0.0), (10.0, 50.0), "")]
    fields = Fields((50.0, 25.0), ("a", "b", "c", "d"), ("Right", "Up"))
    wide = quadrants(tracks, fields, title="T", about="A", name="n").split('<div class="wp-phone">')[0]
    line = float(re.search(r'class="q-track"><title>Highfold.*?y1="([\d.]+)"', wide)[1])  # type: ignore[index]
    name = float(re.search(r'y="([\d.]+)" class="c-text c-small q-label[^>]*>Highfold', wide)[1])  # type: ignore[index]
    assert abs(name - line) > 8


def test_periods_stand_where_they_lie_in_time_and_a_gap_breaks_the_line() -> None:
    points = [Point(one, one, score, None, None, 10.0) for one, score in
              (("2019", 10.0), ("2020", 20.0), ("2021", None), ("2024", 30.0))]  # fmt: skip
    drawn = small_lines(points, (0, 40), "words")
    across = [float(one) for one in re.findall(r'<circle cx="([\d.]+)"', drawn)]
    assert (across[1] - across[0]) / (across[2] - across[0]) == pytest.approx(1 / 5, abs=0.002)
    assert drawn.count('class="l-line"') == 1  # 2019 to 2020; nothing leads over the gap to 2024
    assert drawn.count('class="l-average"') == 1


def test_every_picture_has_its_table(client: Client) -> None:
    page = html(client, HOME)
    for table in ("changes", "scores", "themes", "parts"):
        assert f'href="{HOME}tables/{table}.csv' in page
    assert (
        pl.read_csv(io.StringIO(html(client, HOME + "tables/themes.csv")))["field"]
        .is_in(["both", "first", "second", "neither"])
        .all()
    )


def test_the_profile_of_a_ward_says_what_its_score_did(client: Client, index: IndexView) -> None:
    area = index.scores["area"][0]
    assert index.over_time is not None
    row = index.over_time.changes.filter(since="2020", period="2024", part="index", area=area).row(0, named=True)
    page = text(client, f"/p/harrowmere/areas/{area}/")
    assert f"From 2020 to 2024 its score went from {row['before']:.1f} to {row['after']:.1f}" in page
    assert f"): {row['word']}, all areas looked at." in page


def test_parts_that_changed_otherwise_than_the_score_are_named() -> None:
    """Not those below the main parts, nor those that went the same way or could be noise."""
    rows = [
        ("a", WHOLE, 0, "better off"), ("a", "first", 1, "better off"), ("a", "second", 1, "worse off"),
        ("a", "deep", 2, "worse off"), ("b", WHOLE, 0, "could be noise"), ("b", "first", 1, "worse off"),
        ("b", "second", 1, "better off"), ("c", WHOLE, 0, "worse off"), ("c", "first", 1, "could be noise"),
        ("d", WHOLE, 0, "not compared"), ("d", "first", 1, "better off"),
    ]  # fmt: skip
    changes = pl.DataFrame(rows, schema=["area", "part", "depth", "word"], orient="row")
    index = SimpleNamespace(parts=[{"id": "first", "name": "Prosperity"}, {"id": "second", "name": "Inclusion"}])
    assert over_time_tables.turned_parts(index, changes) == {  # type: ignore[arg-type]
        "a": "but Inclusion: worse off",
        "b": "but Prosperity: worse off; Inclusion: better off",
    }


@pytest.mark.parametrize(
    ("before", "after", "first", "second", "unclear"),
    [
        ("second", "both", "better off", "could be noise", []),
        ("second", "both", "could be noise", "better off", ["Prosperity"]),
        ("both", "neither", "worse off", "could be noise", ["Inclusion"]),
        ("both", "neither", "worse off", "worse off", []),
        ("both", "neither", "could be noise", "could be noise", ["Prosperity", "Inclusion"]),
        ("neither", "first", "not compared", "better off", ["Prosperity"]),
    ],
)
def test_a_field_that_changed_names_the_parts_that_crossed_the_middle_by_what_could_be_noise(
    before: str, after: str, first: str, second: str, unclear: list[str]
) -> None:
    row = {"field_before": before, "field": after, "first_word": first, "second_word": second}
    names = " and of ".join(unclear)
    said = f" (the change of {names} could be noise)" if unclear else ""
    assert over_time_tables._unclear(row, ["Prosperity", "Inclusion"]) == said
