"""Pages that say who is left behind, set areas side by side, tell change from noise, and explain words."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from tests.measure.small_places import town, write_files
from tests.places import write_place

from wholeplace.build import Build, build_place, open_build
from wholeplace.measure import IndexSpec
from wholeplace.measure.left_behind import left_behind
from wholeplace.web.glossary import glossary
from wholeplace.web.pages.index_tables import other_editions
from wholeplace.web.settings import configure
from wholeplace.web.site import Sites

HOME = "/p/harrowmere/"
LEFT = HOME + "left-behind/"
TEMPLATES = Path(__file__).parents[2] / "src" / "wholeplace" / "web" / "templates"


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def rows(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


@contextmanager
def serving(demo_place: Path, *others: Path) -> Iterator[None]:
    """Serve other places beside the demo place for a while."""
    configure(Sites([demo_place, *others]), host="127.0.0.1")
    try:
        yield
    finally:
        configure(Sites([demo_place]), host="127.0.0.1")


@pytest.fixture(scope="module")
def build(demo_place: Path) -> Build:
    return open_build(demo_place)


# --- Who is left behind ---


def test_the_page_says_what_the_engine_says_and_sums_agree_with_the_tables(client: Client, build: Build) -> None:
    view = build.index("deprivation")
    found = left_behind(view.scores, IndexSpec.model_validate(view.spec), build.people, by="disability")
    page = text(client, LEFT + "?index=deprivation&by=disability")
    for sentence in (*found.sentences, *found.elsewhere):
        assert sentence in page
    worst = set(view.scores.filter(view.scores["decile"] == 1)["area"])
    values = build.values_of("disabled").filter(geography="neighbourhood", period="2024")
    inside = values.filter(values["area"].is_in(list(worst)))
    [row] = rows(client, LEFT + "tables/groups.csv?index=deprivation&by=disability")
    assert float(row["in_areas"]) == inside["count"].sum()
    assert float(row["everywhere"]) == values["count"].sum()
    assert f"{inside['count'].sum():,.0f} of {values['count'].sum():,.0f}" in page


def test_a_choice_stands_in_the_address_of_every_link_and_download(client: Client) -> None:
    page = client.get(LEFT + "?index=deprivation&worst=20&by=age&and=disability").content.decode()
    for table in ("groups", "worst"):
        [address] = re.findall(rf'href="([^"]*tables/{table}\.csv[^"]*)"', page)
        assert "worst=20" in address
        assert "and=disability" in address
        assert rows(client, unescape(address))


def test_two_groups_at_once_add_up_to_each_of_them(client: Client) -> None:
    both = rows(client, LEFT + "tables/groups.csv?index=deprivation&by=age&and=disability")
    one = {row["group"]: row for row in rows(client, LEFT + "tables/groups.csv?index=deprivation&by=age")}
    assert len(both) == 6
    for name in ("children (0 to 15)", "people aged 65 and over"):
        parts = [row for row in both if row["group"] == name]
        assert sum(float(row["in_areas"]) for row in parts) == float(one[name]["in_areas"])
        assert sum(float(row["everywhere"]) for row in parts) == float(one[name]["everywhere"])


def test_cross_tables_stand_on_the_data_page_with_their_source(client: Client) -> None:
    found = [row for row in rows(client, HOME + "data/tables/tables.csv") if "age_by_disability" in row["file"]]
    assert [(row["indicators"], row["missing"], row["suppressed"]) for row in found] == [
        ("Age by disability", "0", "0")
    ]
    assert "Harrowmere residents' count 2024 (invented)" in found[0]["sources"]
    assert len(found[0]["sha256"]) == 64


def test_what_cannot_be_crossed_is_said_and_the_first_grouping_is_shown(client: Client) -> None:
    page = text(client, LEFT + "?index=deprivation&by=age&and=language")
    assert "Age and Language cannot be crossed here" in page
    assert "never multiplied" in page
    assert "Shown is Age alone" in page
    assert client.get(LEFT + "tables/groups.csv?index=deprivation&by=age&and=language").status_code == 404


def test_suppressed_areas_are_told_and_never_taken_for_nobody(client: Client) -> None:
    page = text(client, LEFT + "?index=deprivation&by=language")
    assert re.search(r"suppressed in \d+ areas?, (\d+|none) of them among the worst off", page)
    assert re.search(r"of at least [\d,]+ \(at most", page)


@pytest.mark.parametrize(
    "query", ["worst=foo", "worst=90", "index=none", "by=none", "by=age&and=none", "by=age&and=age"]
)
def test_faults_in_the_address_are_told_in_words(client: Client, query: str) -> None:
    assert "There is a problem" in text(client, f"{LEFT}?{query}", status=400)
    assert client.get(f"{LEFT}tables/groups.csv?{query}").status_code == 404


def test_the_page_says_who_in_need_lives_elsewhere_and_who_is_not_in_the_data(client: Client) -> None:
    page = text(client, LEFT)
    assert re.search(r"People in low-income families: [\d,]+ of [\d,]+ \(\d+\.\d%, 2024\) do not live", page)
    assert "are not residents in the sense of these figures" in page
    assert "Who is not in the data" in page


def test_a_place_without_groupings_or_index_says_so(tmp_path: Path, client: Client, demo_place: Path) -> None:
    bare = write_place(tmp_path / "testham")
    build_place(bare)
    with_index = town(tmp_path / "town", {"x": [4, 3, 2, 1]}, people=[100, 100, 100, 100])
    part = '[[part]]\nid = "x"\nindicator = "x"\nweight = 1\ndirection = "high-is-worse"\n'
    head = 'id = "one"\nname = "One"\ngeography = "a"\nperiod = "2021"\nhigher_is = "worse"\nrank_1 = "highest"\n'
    write_files(with_index, {"indices/one.toml": head + '[normalise]\nmethod = "rank"\n' + part})
    build_place(with_index)
    with serving(demo_place, bare, with_index):
        assert "This place has no index yet" in text(client, "/p/testham/left-behind/")
        page = text(client, "/p/town/left-behind/")
        assert "No area is in the worst-off tenth of areas by One: 4 areas have a rank" in page
        assert "does not say which of its indicators count people of which group" in page
        assert "1 of 4 areas" in text(client, "/p/town/left-behind/?worst=30")


# --- Side by side ---


def test_areas_stand_side_by_side_with_what_is_better_and_worse(client: Client, build: Build) -> None:
    areas = build.index("deprivation").scores.sort("rank")["area"].to_list()
    worst, best = areas[0], areas[-1]
    found = {
        row["indicator"]: row for row in rows(client, f"{HOME}compare/tables/indicators.csv?area={worst}&area={best}")
    }
    row = found["income-deprived"]
    values = build.values_of("income-deprived").filter(area=worst, period="2024")
    assert float(row[f"{worst}_value"]) == values["value"][0]
    assert (row[f"{worst}_standing"], row[f"{best}_standing"]) == ("worse", "better")
    assert found["residents"][f"{worst}_standing"] == "not compared"  # a count
    page = text(client, f"{HOME}compare/?area={worst}&area={best}")
    assert "worse than Harrowmere" in page
    assert "better than Harrowmere" in page


def test_the_search_box_adds_an_area_or_offers_those_it_finds(client: Client, build: Build) -> None:
    first, second = build.index("deprivation").scores["area"].to_list()[:2]
    answer = client.get(f"{HOME}compare/?area={first}&q={second}")
    assert (answer.status_code, answer["Location"]) == (302, f"{HOME}compare/?area={first}&area={second}")
    page = client.get(f"{HOME}compare/?area={first}&q=Harrowmere").content.decode()
    offered = re.findall(r'href="(\?area=[^"]*)">Add', page)
    assert len(offered) > 5
    assert client.get(HOME + "compare/" + unescape(offered[0])).status_code == 200


def test_more_than_four_unknown_codes_and_mixed_kinds_are_told(client: Client, build: Build) -> None:
    areas = build.index("deprivation").scores["area"].to_list()
    ward = build.areas.filter(geography="ward")["area"][0]
    five = "&".join(f"area={one}" for one in areas[:5])
    assert "Up to four areas can be compared; left out" in text(client, f"{HOME}compare/?{five}", status=400)
    assert "There is no area 'nope'" in text(client, f"{HOME}compare/?area=nope", status=400)
    mixed = text(client, f"{HOME}compare/?area={areas[0]}&area={ward}", status=400)
    assert "Areas of different kinds cannot be compared" in mixed
    assert client.get(f"{HOME}compare/tables/indicators.csv?{five}").status_code == 404
    assert "No area is chosen yet" in text(client, f"{HOME}compare/")


def test_profiles_and_lists_of_areas_lead_to_the_comparison(client: Client, build: Build) -> None:
    area = build.index("deprivation").scores["area"][0]
    assert f'compare/?area={area}"' in client.get(f"{HOME}areas/{area}/").content.decode()
    assert f'"{HOME}compare/"' in client.get(f"{HOME}areas/neighbourhood/").content.decode()


# --- Change ---


def test_the_page_of_a_change_counts_by_both_rules_and_the_table_agrees(client: Client) -> None:
    found = rows(client, HOME + "indicators/out-of-work/change/tables/changes.csv?from=2019&to=2024")
    clear = [row for row in found if row["clear_among_all"] == "true"]
    alone = [row for row in found if row["word"] in {"up", "down"}]
    assert 0 < len(clear) <= len(alone) < len(found)
    page = text(client, HOME + "indicators/out-of-work/change/?from=2019&to=2024")
    assert f"{len(clear)} of {len(found)} areas changed by more than noise" in page
    up = sum(row["word"] == "up" for row in alone)
    assert f"one by one, {up} went up and {len(alone) - up} went down" in page


def test_boundaries_that_changed_are_named_and_their_figures_marked_as_moved(client: Client, demo_place: Path) -> None:
    page = text(client, HOME + "indicators/out-of-work/change/?from=2019&to=2024")
    assert "The figures of 2019 were published for other boundaries (Neighbourhoods 2011) and moved" in page
    found = rows(client, HOME + "indicators/out-of-work/change/tables/boundaries.csv?from=2019&to=2024")
    with (demo_place / "areas" / "neighbourhood11_to_neighbourhood.csv").open(encoding="utf-8") as file:
        pairs = [(row["area11_code"], row["area_code"], row["change_code"]) for row in csv.DictReader(file)]
    assert {row["area"] for row in found} == {new for _, new, change in pairs if change in {"S", "M"}}
    kinds = {row["area"]: row["change"] for row in found}
    assert {kinds[new] for _, new, change in pairs if change == "S"} == {"split"}
    assert {kinds[new] for _, new, change in pairs if change == "M"} == {"merged"}
    assert page.count("% (moved)") >= 1
    assert "Take care" not in text(client, HOME + "indicators/no-car/change/")


@pytest.mark.parametrize("indicator, up", [("no-broadband", "c1"), ("online-account", "c5")])
def test_maps_of_change_are_warm_where_it_got_worse(client: Client, indicator: str, up: str) -> None:
    """More households without broadband are for the worse, more with an online account for the better."""
    change = f"{HOME}indicators/{indicator}/change/"
    colours = {"up": up, "down": {"c1": "c5", "c5": "c1"}[up], "noise": "c3"}
    verdicts = {row["area"]: row["verdict"] for row in rows(client, f"{change}tables/changes.csv")}
    drawn = client.get(f"{change}map.json").json()
    kinds = dict(zip(drawn["areas"], drawn["kinds"], strict=True))
    assert {"up", "down"} & set(verdicts.values())
    assert all(kinds[area] == colours[verdict] for area, verdict in verdicts.items() if verdict in colours)


def test_figures_without_intervals_say_that_noise_cannot_be_told(client: Client) -> None:
    page = text(client, HOME + "indicators/household-income/change/")
    assert "noise cannot be told from change in any area" in page


def test_faults_in_the_address_of_a_change(client: Client) -> None:
    assert client.get(HOME + "indicators/flood-zone-share/change/").status_code == 404  # one date only
    assert "no figures of 1999" in text(client, HOME + "indicators/no-car/change/?to=1999")
    assert "no other date 1999" in text(client, HOME + "indicators/no-car/change/?from=1999")
    assert client.get(HOME + "indicators/no-car/change/tables/changes.csv?from=1999").status_code == 404
    assert "no two dates for" in text(client, HOME + "indicators/no-car/change/?geography=moon")


def test_an_index_with_no_other_edition_has_no_page_of_change(client: Client) -> None:
    assert client.get(HOME + "indices/deprivation/change/").status_code == 404
    assert "between editions" not in client.get(HOME + "indices/deprivation/").content.decode()


@pytest.mark.real
def test_leeds_says_what_cannot_be_crossed_and_what_of_editions_cannot_be_compared(
    leeds_place: Path, client: Client, demo_place: Path
) -> None:
    configured = Sites([leeds_place])
    site = configured.get("leeds")
    assert site is not None
    [other] = other_editions(site, site.build.index("imd-2025"))
    assert other.id == "imd-2019"
    with serving(demo_place, leeds_place):
        page = text(client, "/p/leeds/left-behind/?index=imd-2025&worst=published-10&by=ethnic-group")
        assert "Two groups cannot be crossed here" in page
        # Census 2021, TS021: 45,386 Black residents of Leeds; the neighbourhoods are the 10 % of England most deprived.
        assert re.search(r"Black people: 22,259 of 45,386 \(49\.0%", page)
        # the figures of docs/background/left-behind.md
        assert "People on low incomes: 120,155 of 201,420 (59.7%, 2025) do not live in the worst-off areas" in page
        assert "Of all residents in those areas, 43.8% are not of this group" in page
        page = text(client, "/p/leeds/indices/imd-2025/change/")
        assert "ranks may be compared with care, scores not" in page
        assert "Boundaries changed: 1 merged, 14 split" in page


# --- Glossary ---


def used() -> dict[str, set[str]]:
    """Terms that the templates link to, and the templates each stands in."""
    found: dict[str, set[str]] = {}
    for path in TEMPLATES.glob("*.html"):
        for name in re.findall(r"\{\{\s*term\(\s*[\"']([a-z-]+)[\"']", path.read_text(encoding="utf-8")):
            found.setdefault(name, set()).add(path.name)
    return found


def test_every_term_that_is_used_is_there_and_every_one_that_is_there_is_used() -> None:
    assert set(used()) == set(glossary())


def test_no_term_is_explained_by_itself() -> None:
    terms = glossary()

    def above(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"{' > '.join((*way, name))} goes round"
        for one in terms[name].needs:
            above(one, (*way, name))

    for name, one in terms.items():
        above(name, ())
        own = re.sub(r"\s*\(.*\)", "", one.name).lower()
        assert own.removesuffix("s") not in one.words.lower().split(), name


def test_terms_on_pages_lead_to_the_glossary(client: Client) -> None:
    page = client.get(HOME + "glossary/").content.decode()
    for name in glossary():
        assert f'id="{name}"' in page
    assert f'href="{HOME}glossary/#ecological-fallacy"' in client.get(LEFT).content.decode()
