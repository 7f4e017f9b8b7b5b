"""What a reader new to a page must find on it: what is measured, as of when, how sure, and what not to conclude."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape

import pytest
from django.test import Client

from wholeplace.measure.portraits.gaps import Direction, Ring, gap

HOME = "/p/harrowmere/"
AREA = "X01000001"
#: One address of each kind of page.
PAGES = {
    "profile": f"areas/{AREA}/",
    "index": "indices/deprivation/",
    "indicator": "indicators/no-car/",
    "left behind": "left-behind/",
    "compare": f"compare/?area={AREA}&area=X01000002",
    "change": "indicators/no-car/change/",
    "uncertainty": "indices/deprivation/uncertainty/",
    "doughnut": "portraits/doughnut/",
    "bar": "bars/council-tax-online/",
    "clusters": "indices/deprivation/clusters/",
    "checklist": "indices/deprivation/checklist/",
    "similar": f"similar/?area={AREA}",
    "portraits": "portraits/",
    "vitality": "indices/vitality/",
    "digital exclusion": "indices/digital-exclusion/",
    "weights": "indices/deprivation/weights/",
    "over time": "indices/inclusive-growth/over-time/?area=X05000001",
    "glossary": "glossary/",
    "data": "data/",
}
#: What each of them says of what is measured, and of what not to conclude.
SAYS = {
    "profile": ("Where people of this invented town lack most", "says nothing about one person or household"),
    "index": ("Where people of this invented town lack most", "A rank says nothing about one person"),
    "indicator": ("Households with no car or van", "nor why it is high or low"),
    "left behind": ("how many people of each group live in them", "These figures say nothing of any one person"),
    "compare": ("Figures of 2024", "nor why areas differ"),
    "change": ("Households without a car: Households with no car or van.", "Nothing here says why a figure changed"),
    "uncertainty": ("Where people of this invented town lack most", "not that the index measures the right thing"),
    "over time": ("Whether wards of this invented town grow more prosperous", "These figures do not follow people"),
    "doughnut": ("The twelve social dimensions", "do not say which matters more"),
    "bar": ("what it asks of people, and how many lack it", "Being below a demand is not being shut out"),
    "clusters": ("Where people of this invented town lack most", "It says where figures lie together, not why"),
    "checklist": ("Multiple deprivation: the lack of things most people have", "does not say that the answer is good"),
    "similar": ("says how unlike two areas are", "Alike in these figures is not alike in everything"),
}


def text(client: Client, page: str) -> str:
    answer = client.get(HOME + PAGES[page])
    assert answer.status_code == 200, page
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", answer.content.decode())))


@pytest.mark.parametrize("page", PAGES)
def test_no_id_is_on_a_page_twice(client: Client, page: str) -> None:
    """Labels, links and names of parts that are said aloud would lead to the wrong one (WCAG 1.3.1, 4.1.2)."""
    ids = Counter(re.findall(r'\bid="([^"]+)"', client.get(HOME + PAGES[page]).content.decode()))
    assert [name for name, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("page", SAYS)
def test_pages_say_what_is_measured_when_and_what_not_to_conclude(client: Client, page: str) -> None:
    said = text(client, page)
    for words in SAYS[page]:
        assert words in said, words
    assert "2024" in said, "no date"
    assert "interval" in said or "draws" in said, "nothing of how sure"


def test_changes_of_percentages_are_told_to_be_percentage_points(client: Client) -> None:
    assert "from 20% to 23% is +3 points" in text(client, "change")
    minutes = client.get(HOME + "indicators/school-attainment/change/").content.decode()
    assert "percentage points" not in minutes


def test_what_is_near_is_told_for_the_area(client: Client) -> None:
    said = text(client, "similar")
    near, half = re.search(r"For this area ([\d.]+) or less is near: .* half within ([\d.]+)\.", said).groups()  # type: ignore[union-attr]
    assert 0 < float(near) < float(half)


def test_no_date_of_next_figures_is_said_to_be_unknown(client: Client) -> None:
    """An invented town has no next figures; a date far away would be taken for one."""
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(HOME + PAGES["indicator"]).content.decode()))
    assert "Next expected The source does not say" in page
    assert re.findall(r"\b20[3-9]\d\b", text(client, "data")) == []  # nor of any other source


@pytest.mark.parametrize("page", ["index", "uncertainty", "checklist", "over time", "doughnut", "bar", "profile"])
def test_pages_of_many_figures_say_when_these_were_issued(client: Client, page: str) -> None:
    assert re.search(r"\. Issued \d{1,2} [A-Z][a-z]+ 20\d\d( to \d{1,2} [A-Z][a-z]+ 20\d\d)?\.", text(client, page))


def test_methods_of_the_checklist_are_told_in_words(client: Client) -> None:
    said = text(client, "checklist")
    for code in ("normal-rank", "eigenvalue over 1 ", "Variance of the first component", "drop-part;"):
        assert code not in said
    assert "ranks on a bell curve" in said
    assert "Groups in which indicators vary together" in said


#: What a lay reader stumbled over, and the words that mend it.
MENDED = {
    "profile": ("where 1 is worst off", "as this index uses", "drawn towards those around", "As published they stand"),
    "index": ("could lie on either side of it", "Share of draws in tenth 1"),
    "left behind": ("do, against", "Caveats of the figures themselves", "Source of these counts"),
    "compare": ("about one in twenty could come by chance", "There is no word without an interval", "Neither means 0"),
    "indicator": ("a count so small", "so that one class can be far wider"),
    "change": ("Go by that count", "not for quoting", "before figures are rounded", "issued"),
    "clusters": ("above and below the mean of all areas", "0.010 is once in a hundred", "neither is the right one"),
    "over time": ("where the two differ, go by the word", "one near a broken line could lie on its other side"),
}


def test_an_index_says_whether_others_could_be_the_worst_off_too(client: Client) -> None:
    said = text(client, "index")
    assert ("be told apart from it: the ranges of their ranks overlap" in said) != (
        "No other area's range of ranks overlaps with its own." in said
    )


@pytest.mark.parametrize("page", MENDED)
def test_pages_say_what_a_lay_reader_missed(client: Client, page: str) -> None:
    said = text(client, page)
    for words in MENDED[page]:
        assert words in said, words


def test_invented_data_is_no_answer_to_who_is_not_in_the_data(client: Client) -> None:
    said = text(client, "left behind")
    absent, caveats = said.index("Who is not in the data"), said.index("Caveats of the figures themselves")
    assert "Invented data" not in said[absent:caveats]
    assert "Invented data" in said[caveats:]


def test_change_without_a_chart_names_none(client: Client) -> None:
    said = text(client, "change")
    assert ("and the chart keep" in said) == ("Areas that changed most" in said)


def test_neither_end_is_called_better_only_where_none_is(client: Client) -> None:
    assert "neither is better" not in text(client, "clusters")
    page = client.get(HOME + "indicators/no-car/clusters/").content.decode()
    assert "neither is better" in page


@pytest.mark.parametrize("words, value, threshold, ring, direction", [
    ("32 against at least 50 is 36% short", 32, 50, "social", "high-is-better"),
    ("44 against at most 35 is 20% short", 44, 35, "social", "high-is-worse"),
    ("45 against at most 30 is 50% over", 45, 30, "ecological", "high-is-worse"),
    ("20 against at least 30 is 50% over", 20, 30, "ecological", "high-is-better"),
])  # fmt: skip
def test_a_gap_is_worked_out_as_the_page_says(
    client: Client, words: str, value: float, threshold: float, ring: Ring, direction: Direction
) -> None:
    assert words in text(client, "doughnut")
    share = float(gap(value, threshold, ring=ring, direction=direction))
    assert words.split(" is ")[1].split("%", maxsplit=1)[0] == f"{100 * share:.0f}"


@pytest.mark.parametrize("page, words", [
    ("doughnut", "a floor is that nobody goes without"),  # which is missed as soon as one person does
    ("doughnut", "% below the floor, 95% interval "),
    ("bar", "as the service counts them"),  # council tax has one user a household
    ("bar", "Numbers of users: Invented, as the services would count them in 2024."),
    ("bar", "With 95% intervals"),
    ("bar", "near it, and not the same"),
    ("uncertainty", "may add up to more than 100%"),
    ("uncertainty", "need not lie in the middle of its range"),
    ("uncertainty", "places wide; in"),
    ("index", "where these are as many by extent"),
    ("digital exclusion", "more is better"),  # of households with an online account, among many lacks
    ("left behind", "The index is made with this figure."),
    ("compare", "is where a rank falls in nine of ten draws"),
    ("checklist", "times its weight"),
    ("over time", "A score that could be noise can hide parts that changed: in "),
    ("over time", "and is no probability"),
])  # fmt: skip
def test_what_a_reader_took_for_a_contradiction_is_explained(client: Client, page: str, words: str) -> None:
    assert words in text(client, page)
