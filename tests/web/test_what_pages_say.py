"""What pages say of figures: every one with source, date and uncertainty, true for gaps, ranks and odd addresses."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from django.http import QueryDict
from django.test import Client

from wholeplace.build import build_place, open_build
from wholeplace.web.pages import find, related
from wholeplace.web.pages.index_tables import ranking, summaries
from wholeplace.web.pages.indicators import rows_of, scale_of, uncertainty_words, values_table
from wholeplace.web.site import Site
from wholeplace.web.table import misread, show
from wholeplace.web.words import first_upper, percent

HOME = "/p/harrowmere/"
INDEX = HOME + "indices/deprivation/"
INDICATORS = HOME + "indicators/"


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def words(page: str) -> str:
    """A page's text without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture(scope="module")
def site(demo_place: Path) -> Site:
    return Site("harrowmere", demo_place, open_build(demo_place))


# --- Profiles ---


def test_every_indicator_of_a_profile_names_its_source(client: Client, site: Site) -> None:
    area = site.build.areas.filter(pl.col("geography") == "neighbourhood")["area"][0]
    rows = re.findall(r'<th scope="row".*?</th>', text(client, f"{HOME}areas/{area}/").split('id="figures"')[1])
    assert len(rows) > 40
    sources = {source.replace("'", "&#39;") for source in site.build.indicators["source"]}
    assert [row for row in rows if not any(f". {source}" in row for source in sources)] == []


def test_a_ward_says_what_the_indices_say_of_it_and_which_areas_are_in_it(client: Client, site: Site) -> None:
    ward = site.build.areas.filter(pl.col("geography") == "ward")["area"][0]
    page = words(text(client, f"{HOME}areas/{ward}/"))
    row = site.build.index("deprivation").summaries.filter(pl.col("area") == ward).row(0, named=True)
    plural = "area" if row["areas"] == 1 else "areas"
    assert f"of its {row['areas']} ranked {plural} in tenth 1" in page
    assert "published without an interval" in page
    assert all(one["name"] in page for one in related.within(site, "ward", ward))


def test_the_place_itself_is_not_said_to_have_a_tenth_of_its_areas_in_the_first_tenth(
    client: Client, site: Site
) -> None:
    page = words(text(client, f"{HOME}areas/{site.code}/"))
    assert "in tenth 1" not in page
    assert "Areas within" in page


def test_neighbours_of_an_area_are_those_of_its_ward_and_of_its_rank(site: Site) -> None:
    index = site.build.index("deprivation")
    order = index.scores.sort("rank", "area")["area"].to_list()
    assert [row["area"] for row in related.ranked_next(index, order[0])] == order[1:3]
    assert [row["area"] for row in related.ranked_next(index, order[5])] == [*order[3:5], *order[6:8]]
    name, beside = related.beside(site, "neighbourhood", order[0])
    ward = site.build.belongs.filter((pl.col("area") == order[0]) & (pl.col("to_geography") == "ward"))["to_area"][0]
    assert name == site.names["ward", ward]
    inside = {one["area"] for one in related.within(site, "ward", ward)}
    assert {one["area"] for one in beside} == inside - {order[0]}


# --- Indicators ---


def test_a_suppressed_figure_of_the_place_is_told_as_suppressed(client: Client) -> None:
    page = words(text(client, INDICATORS + "homeless-households/?geography=neighbourhood&period=2024"))
    assert "Harrowmere in 2024: suppressed , because figures of some of its areas are suppressed." in page
    assert re.search(r"no figure \(\d+ suppressed\)", page)  # and so does the legend of the map


def test_periods_are_written_as_people_write_them(client: Client) -> None:
    page = text(client, INDICATORS + "life-expectancy/")
    assert "2020 to 2024" in page
    assert "2020/2024" not in words(page)


def test_choices_of_a_figures_status_can_be_told_apart(site: Site) -> None:
    table = values_table(site, "life-expectancy", "ward", "2020/2024")
    (status,) = (one for one in table.filters if one.key == "status")
    assert dict(status.options) == {"P": "Provisional", "Q": "Suppressed", "U": "Low reliability"}


def test_small_charts_of_one_table_share_a_scale_that_holds_every_interval(site: Site) -> None:
    frame = rows_of(site, "homeless-households", "neighbourhood", "2024")
    low, high = scale_of(frame) or (0.0, 0.0)
    assert low == frame["lower95"].min()
    assert high == frame["upper95"].max()
    # The widest interval ends where the line of every row ends: 212 of 220.
    rows = show(values_table(site, "homeless-households", "neighbourhood", "2024"), {}).rows
    ends = [
        float(x) for _, cells in rows for cell in cells for x in re.findall(r'x2="([\d.]+)"[^>]*c-range', cell.html)
    ]
    assert max(ends) == 212
    assert sorted(ends)[-2] < 212


def test_uncertainty_of_an_indicator_is_what_its_figures_have() -> None:
    wilson = {"ci_method": "", "value_type": "proportion"}
    assert uncertainty_words(wilson, intervals=True).startswith("Wilson")
    assert uncertainty_words(wilson, intervals=False) == "Published without an interval"
    assert uncertainty_words({"ci_method": "none", "value_type": "mean"}, intervals=True).endswith("by the source")


def test_a_geography_or_date_without_figures_is_told(client: Client) -> None:
    page = words(text(client, INDICATORS + "no-car/?geography=moon&period=2024"))
    assert "There are no figures of this indicator for “moon” in 2024. Shown are: Neighbourhoods 2021, 2024." in page
    text(client, INDICATORS + "no-car/tables/values.csv?geography=moon", status=404)


# --- Tables ---


def test_what_an_address_asks_and_a_table_has_not_is_told_and_no_download(client: Client, site: Site) -> None:
    table = ranking(site, site.build.index("deprivation"))
    assert misread(table, QueryDict("decile=11&sort=colour")) == [
        "Tenth has no choice “11”.",
        "The table cannot be sorted by “colour”.",
    ]
    assert "Tenth has no choice “11”." in text(client, INDEX + "?decile=11")
    text(client, INDEX + "tables/ranking.csv?decile=11", status=404)
    text(client, INDEX + "tables/ranking.csv?decile=1")


def test_only_the_main_table_of_a_page_is_sorted_by_the_address(client: Client, site: Site) -> None:
    sorts = re.findall(r'href="\?[^"]*sort=[^"#]*#([^"]+)"', text(client, INDEX))
    assert set(sorts) == {"ranking"}
    table = summaries(site, site.build.index("deprivation"))
    assert table is not None
    assert not show(table, None).sortable
    assert show(table, {}).sortable


def test_every_cell_on_a_phone_has_a_label_of_its_own(site: Site) -> None:
    index = site.build.index("deprivation")
    table = ranking(site, index)
    assert len(set(table.labels)) == len(table.labels)
    twins = [*table.columns, *(column for column in table.columns if column.key == "decile")]
    doubled = type(table)(table.id, table.caption, table.frame, twins)
    assert doubled.labels.count("Tenth of Harrowmere") == 2  # told with its hint where a head comes twice


def test_the_link_that_shows_all_rows_keeps_the_weights_and_drops_the_search(client: Client) -> None:
    page = text(client, INDEX + "weights/?w-income=3&q=001")
    (link,) = re.findall(r'href="([^"]+)">Show all', page)
    assert link == INDEX + "weights/?w-income=3#ranks"


def test_a_page_of_faults_says_so_in_its_title(client: Client) -> None:
    assert "<title>Error: " in text(client, INDEX + "weights/?w-income=much", status=400)
    assert "<title>Error: " in text(client, HOME + "find/?q=+")


def test_titles_of_pages_differ(client: Client, site: Site) -> None:
    addresses = ("", f"areas/{site.code}/", "areas/", "find/", "find/?q=001", "indices/", "indicators/", "data/")
    titles = [re.findall("<title>(.*?)</title>", text(client, HOME + address))[0] for address in addresses]
    assert len(set(titles)) == len(titles)


def test_the_choices_an_index_was_varied_by_have_names(client: Client) -> None:
    page = words(text(client, INDEX + "uncertainty/"))
    assert "from the lowest to the highest value (min-max)" in page
    assert "children-in-poverty" not in page


# --- Places with little or nothing in them ---


def test_a_place_without_figures_has_every_page(tmp_path: Path) -> None:
    from wholeplace.web.pages import data, indicators, overview, profile
    from wholeplace.web.pages.indices import list_table

    (tmp_path / "place.toml").write_text('[place]\ncode = "X1"\nname = "Nowhere"\n', encoding="utf-8")
    build_place(tmp_path)
    bare = Site("bare", tmp_path, open_build(tmp_path))
    assert show(indicators.list_table(bare), {}).total == 0
    assert show(list_table(bare), {}).total == 0
    assert show(data.licences_table(bare), {}).total == show(data.sources_table(bare), {}).total == 0
    assert show(profile.indicators_table(bare, "place", "X1"), {}).total == 0
    assert overview.facts(bare) == []


# --- Leeds ---


@pytest.mark.real
def test_all_areas_published_stand_beside_an_area_only_where_they_are_of_its_kind(leeds_place: Path) -> None:
    from wholeplace.web.pages.profile import indicators_table

    leeds = Site("leeds", leeds_place, open_build(leeds_place))
    labels = {home: indicators_table(leeds, home, code).labels for home, code in (
        ("lsoa21", "E01011264"), ("ward22", "E05011387"))}  # fmt: skip
    assert "All areas published" in labels["lsoa21"]  # England's neighbourhoods are in the tables
    assert "All areas published" not in labels["ward22"]  # its wards are not


@pytest.mark.real
def test_a_postcode_is_told_with_the_kind_of_area_that_its_link_leads_to(leeds_place: Path) -> None:
    # The code E01011527 is a neighbourhood of 2011 and of 2021; its profile is the one of 2021.
    leeds = Site("leeds", leeds_place, open_build(leeds_place))
    (found,) = find.find(leeds, "bd11js")["postcodes"]
    assert (found["geography"], found["area"]) == ("lsoa11", "E01011527")
    assert found["kind"] == "Neighbourhoods (LSOA 2021)"


@pytest.mark.real
def test_ranks_are_not_joined_to_a_rank_of_the_place(leeds_place: Path) -> None:
    from wholeplace.web.pages.indicators import headline, whole_of

    leeds = Site("leeds", leeds_place, open_build(leeds_place))
    about = leeds.indicators["iod25-imd-rank"]
    assert headline(leeds, about, whole_of(leeds, "iod25-imd-rank", "2025"), "2025") == ("", "", "")
    score = headline(leeds, leeds.indicators["iod25-imd-score"], whole_of(leeds, "iod25-imd-score", "2025"), "2025")
    assert (score[0], score[2]) == ("Leeds in 2025: ", ", score (0 to 100) (published without an interval).")


def test_every_page_of_the_invented_town_says_that_it_is_invented(client: Client) -> None:
    for address in ("", "areas/", "indices/deprivation/", "compare/", "method/", "indices/deprivation/embed/"):
        assert "Harrowmere is an invented town" in text(client, f"/p/harrowmere/{address}")


@pytest.mark.parametrize(
    ("unit", "shown"), [("per cent", "Per cent"), ("tCO2e a year", "tCO2e a year"), ("µg/m3", "µg/m3"), ("", "")]
)
def test_units_keep_their_small_letters(unit: str, shown: str) -> None:
    assert first_upper(unit) == shown


def test_what_is_not_all_or_nothing_never_reads_as_if_it_were() -> None:
    # 99.95 rounds up to 100.0 and 0.04 down to 0.0 at one decimal
    assert [percent(share, 1) for share in (0.9995, 0.9994, 1.0)] == ["over 99.9%", "99.9%", "100.0%"]
    assert [percent(share, 1) for share in (0.0004, 0.0006, 0.0)] == ["under 0.1%", "0.1%", "0.0%"]


def test_what_each_choice_explains_is_the_same_in_the_sentence_and_in_the_table(client: Client, site: Site) -> None:
    page = words(text(client, INDEX + "uncertainty/"))
    told = [one for one in site.build.index("deprivation").uncertainty["sources"] if one["s1"] is not None]
    assert told
    for one in told:
        share = "under 1%" if one["s1"] < 0.005 else percent(one["s1"])
        margin = f"(± {100 * one['s1_half_width']:.0f}"
        assert f"explains {share} of how much whole rankings differ {margin} percentage points)" in page
        assert f"{share} {margin})" in page


def test_a_part_that_rules_out_a_mean_is_called_by_its_name(client: Client, site: Site) -> None:
    parts = site.build.index("deprivation").parts
    page = words(text(client, INDEX + "uncertainty/"))
    assert "more than in any other" in page
    assert not any(f"in '{part['id']}' more than in any other" in page for part in parts)
    assert any(f"in {part['name']} more than in any other" in page for part in parts)


def test_areas_that_are_together_only_in_older_boundaries_say_whose_figures_are_compared(
    client: Client, site: Site
) -> None:
    areas = site.build.areas
    now = set(areas.filter(pl.col("geography") == "neighbourhood")["area"])
    older = [one for one in site.geographies if one != "neighbourhood" and now & {c for g, c in site.names if g == one}]
    codes = {code for geography, code in site.names if geography == older[0]}
    both, gone = sorted(codes & now), sorted(codes - now)
    said = "so that only figures of those are shown"
    assert said in words(text(client, f"{HOME}compare/?area={both[0]}&area={gone[0]}"))
    assert said not in words(text(client, f"{HOME}compare/?area={both[0]}&area={both[1]}"))
