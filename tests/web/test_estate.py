"""Pages and API of registers: a small council whose log has two imports, on loopback and off it."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from django.test import Client
from tests.registers import add_row, copy_tables

from wholeplace.build import build_place
from wholeplace.build.registers import THING
from wholeplace.place.vocabulary import read_vocabulary
from wholeplace.records import ImportRequest, apply_import
from wholeplace.records.history import erase_field
from wholeplace.web.settings import configure
from wholeplace.web.site import Sites

FILES = {
    "organisations": "id,name\ncouncil,Testham Council\n",
    "services": "id,name,organisation,owner,contact,rto_h\nmeals,Meals on wheels,council,organisation:council,Jo Field,4\n",
    "suppliers": "id,name,spend_gbp\nacme,Acme Ltd,999\nbolt,Zebra,10500.5\ncrow,Crow,\n",
    "systems": "id,name,supplier,hosting,location\nrota,Rota & rounds,acme,cloud,site:west\npay,Pay,bolt,,\n",
    "sites": "id,name,kind\nwest,Cloud West,cloud-region\n",
    "utilities": "id,name,kind\ngrid,Grid,power\nspare,Generator,power\n",
    "dependencies": (
        "dependent,provider,group,required\nservice:meals,system:rota,,\nsystem:rota,site:west,,\nsystem:rota,supplier:acme,,\n"
        "site:west,utility:grid,power,1\nsite:west,utility:spare,power,1\n"
    ),
}
HOME = "/p/testham/estate/"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("estate") / "testham"
    (folder / "registers").mkdir(parents=True)
    (folder / "place.toml").write_text(
        '[place]\ncode = "T"\nname = "Testham"\ntimezone = "Europe/London"\n', encoding="utf-8"
    )
    for name, text in FILES.items():
        (folder / "registers" / f"{name}.csv").write_text(text, encoding="utf-8")
    apply_import(ImportRequest(folder), person="Ann", reason="First import")
    changed = FILES["services"].replace("Meals on wheels", "Meals at home")
    (folder / "registers" / "services.csv").write_text(changed, encoding="utf-8")
    apply_import(ImportRequest(folder), person="Ben", reason="Renamed")
    build_place(folder)
    return folder


@pytest.fixture
def served(place: Path, client: Client) -> Iterator[Client]:
    """The council on loopback; `client`, which serves the demo place to all other tests, is put back afterwards."""
    from django.conf import settings

    before = settings.WHOLEPLACE_SITES
    configure(Sites([place]), host="127.0.0.1")
    yield Client(SERVER_NAME="127.0.0.1")
    configure(before, host="127.0.0.1")


@pytest.fixture
def exposed(place: Path, client: Client) -> Iterator[Client]:
    """The council served to other machines."""
    from django.conf import settings

    before = settings.WHOLEPLACE_SITES
    configure(Sites([place]), host="0.0.0.0")
    yield Client(SERVER_NAME="10.1.2.3")
    configure(before, host="127.0.0.1")


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_the_estate_at_a_glance(served: Client) -> None:
    page = text(served, HOME)
    rows = list(csv.DictReader(io.StringIO(text(served, HOME + "tables/stood-on.csv"))))
    # The one service stands on all of these, through the system
    assert [(row["thing"], row["services"], row["share"]) for row in rows] == [
        ("site:west", "1", "1.0"),
        ("supplier:acme", "1", "1.0"),
        ("utility:grid", "1", "1.0"),
        ("utility:spare", "1", "1.0"),
    ]
    assert "Cloud West" in page and "Contracts that end within a year" not in re.findall(r"<h2[^>]*>(.*?)</h2>", page)
    assert "for want of a register: contracts that end within a year; plans not tested within a year" in page


def test_the_estate_at_a_glance_has_no_links_that_lead_nowhere(served: Client) -> None:
    """Its tables are shown in one order and from their beginning; addresses speak of no order and no page of them."""
    assert not re.findall(r'href="\?[^"]*(?:sort|page)=', text(served, HOME))


def test_a_register_is_filtered_sorted_and_downloaded(served: Client) -> None:
    page = text(served, HOME + "registers/utilities/")
    assert 'href="/p/testham/estate/things/utility%3Agrid/"' in page
    only = text(served, HOME + "registers/utilities/tables/records.csv?q=gener")
    assert [row["id"] for row in csv.DictReader(io.StringIO(only))] == ["spare"]
    assert json.loads(text(served, HOME + "registers/utilities/tables/records.json"))["rows"][0]["id"] == "spare"


def test_numbers_are_sorted_as_numbers_and_references_by_what_things_are_called(served: Client) -> None:
    def sorted_by(register: str, order: str) -> list[str]:
        rows = text(served, f"{HOME}registers/{register}/tables/records.csv?sort={order}")
        return [row["id"] for row in csv.DictReader(io.StringIO(rows))]

    assert sorted_by("suppliers", "-spend_gbp") == ["bolt", "acme", "crow"]  # 10,500.5 before 999, blank last
    assert sorted_by("suppliers", "spend_gbp") == ["acme", "bolt", "crow"]
    assert "10,500.5" in text(served, HOME + "registers/suppliers/")
    # Acme (a), Zebra (bolt): by the names of suppliers, not by their ids
    assert sorted_by("systems", "supplier") == ["rota", "pay"]


def test_a_record_shows_fields_links_and_history(served: Client) -> None:
    page = text(served, HOME + "things/service:meals/")
    assert "<h1" in page and "Meals at home" in page and "Jo Field" in page
    assert page.index("Renamed") < page.index("First import")  # the newest first
    assert "<del>Meals on wheels</del> <ins>Meals at home</ins>" in page
    assert 'href="/p/testham/estate/things/organisation%3Acouncil/"' in page
    picture = re.search(r"<svg viewBox.*?</svg>", page[page.index("wp-focus") :], re.DOTALL)
    assert picture is not None
    # two steps down: the system, then the site and the supplier it stands on; the grid is a third step
    assert set(re.findall(r'href="/p/testham/estate/things/([^"]+)/"', picture[0])) == {
        "system%3Arota",
        "site%3Awest",
        "supplier%3Aacme",
    }


def test_a_record_without_a_name_is_called_by_what_it_joins(served: Client) -> None:
    page = text(served, HOME + "things/dependency:site:west|power|utility:grid/")
    assert re.search(r"<h1[^>]*>Cloud West · power · Grid</h1>", page)


def test_who_names_a_thing_and_what_alternatives_there_are(served: Client) -> None:
    assert "(systems, as supplier)" in text(served, HOME + "things/supplier:acme/")
    assert text(served, HOME + "things/site:west/").count("(1 of 2 for power must be up)") == 2


def test_a_field_added_to_the_vocabulary_is_on_the_pages(
    tmp_path: Path, served: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A field of the tables is a column of the register and a line of the record, by its label and unit."""
    tables = copy_tables(tmp_path / "vocabulary")
    add_row(tables / "fields.csv", register="utilities", field="colour", label="Colour of its vans", type="text",
            meaning="How to know them")  # fmt: skip
    known = read_vocabulary(tables)
    monkeypatch.setattr("wholeplace.web.estate.vocabulary", lambda: known)
    records = pl.DataFrame({THING: ["utility:grid"], "id": ["grid"], "name": ["Grid"], "colour": ["green"]})
    monkeypatch.setattr("wholeplace.web.estate.Estate.records", lambda self, register: records)
    page = text(served, HOME + "registers/utilities/")
    assert "Colour of its vans" in page and "green" in page
    page = text(served, HOME + "things/utility:grid/")
    assert re.search(r"Colour of its vans<span[^>]*>How to know them</span>", page) and "green" in page


def test_names_are_text_and_not_mark_up(served: Client) -> None:
    assert "Rota &amp; rounds" in text(served, HOME + "things/system:rota/")


def test_as_at_an_earlier_time(served: Client) -> None:
    when = json.loads(text(served, "/api/v1/p/testham/estate/things/service:meals/history"))["items"][0]["time"]
    page = text(served, f"{HOME}things/service:meals/?at={when}")
    assert re.search(r"<h1[^>]*>Meals on wheels</h1>", page)
    assert "Meals on wheels" in text(served, f"{HOME}registers/services/?at={when}")
    assert "There are no records at that time" in text(served, HOME + "registers/services/?at=2001-01-01")
    assert "is no date or time" in text(served, HOME + "registers/services/?at=yesterday")


def test_what_is_erased_is_gone_from_the_past_too(tmp_path: Path, place: Path, client: Client) -> None:
    """The past is kept at hand between requests, and must not remember what the log has forgotten meanwhile."""
    from django.conf import settings

    folder = tmp_path / "testham"
    shutil.copytree(place, folder)
    before = settings.WHOLEPLACE_SITES
    configure(Sites([folder]), host="127.0.0.1")
    try:
        local = Client(SERVER_NAME="127.0.0.1")
        when = json.loads(text(local, "/api/v1/p/testham/estate/things/service:meals/history"))["items"][0]["time"]
        address = f"{HOME}things/service:meals/?at={when}"
        assert "Jo Field" in text(local, address)
        erase_field(folder, "service:meals", "contact", person="Ann", reason="Asked to", apply=True)
        assert "Jo Field" not in text(local, address)
    finally:
        configure(before, host="127.0.0.1")


def test_what_is_not_there(served: Client) -> None:
    for address in ("registers/nothing/", "things/service:nothing/", "things/nothing/", "graph.png"):
        assert served.get(HOME + address).status_code == 404, address


def test_quality_says_what_to_mend_and_where(served: Client) -> None:
    shares = list(csv.DictReader(io.StringIO(text(served, HOME + "quality/tables/shares.csv"))))
    [services] = [row for row in shares if row["register"] == "services" and not row["organisation"]]
    # wanted of a service: name, owner, criticality, rto_h, max_tolerable_h, contact; criticality and the tolerance lack
    assert (services["wanted"], services["filled"]) == ("6", "4")
    mends = csv.DictReader(io.StringIO(text(served, HOME + "quality/tables/mends.csv?register=services")))
    assert [(row["thing"], row["rule"], row["field"]) for row in mends] == [
        ("service:meals", "incomplete", "criticality"),
        ("service:meals", "incomplete", "max_tolerable_h"),
    ]
    assert "Incomplete: has no criticality" in text(served, HOME + "things/service:meals/")
    assert len(list(csv.DictReader(io.StringIO(text(served, HOME + "quality/tables/history.csv"))))) == 1


def test_graph_downloads(served: Client) -> None:
    assert '"system:rota" -> "site:west"' in text(served, HOME + "graph.dot")
    graph = json.loads(text(served, HOME + "graph.json"))
    assert len(graph["dependencies"]) == 5


def test_api(served: Client) -> None:
    root = "/api/v1/p/testham/estate/"
    thing = json.loads(text(served, root + "things/system:rota"))
    assert thing["record"]["supplier"] == "acme"
    assert [(one["thing"], one["from"], one["step"]) for one in thing["depends_on"]] == [
        ("site:west", "system:rota", 1),
        ("utility:grid", "site:west", 2),
        ("utility:spare", "site:west", 2),
        ("supplier:acme", "system:rota", 1),
    ]
    assert [one["thing"] for one in thing["needed_by"]] == ["service:meals"]
    records = json.loads(text(served, root + "registers/utilities?limit=1"))
    assert (records["count"], records["items"][0]["thing"]) == (2, "utility:grid")
    assert served.get(root + "registers?at=never").status_code == 422
    assert served.get(root + "registers?colour=red").status_code == 422
    assert served.get(root + "registers/nothing").status_code == 404


def test_off_loopback_registers_are_refused_in_plain_words(exposed: Client) -> None:
    pages = [
        "",
        "quality/",
        "quality/tables/mends.csv",
        "registers/services/",
        "things/service:meals/",
        "registers/services/tables/records.csv",
        "graph.dot",
    ]
    for address in pages:
        answer = exposed.get(HOME + address)
        assert answer.status_code == 403, address
        assert "only on the machine that serves" in answer.content.decode().lower()
        assert "Meals" not in answer.content.decode()
    for address in ("registers", "registers/services", "things/service:meals", "things/service:meals/history", "graph"):
        answer = exposed.get("/api/v1/p/testham/estate/" + address)
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


def test_off_loopback_nothing_else_leads_to_registers(exposed: Client) -> None:
    assert "/estate/" not in text(exposed, "/sitemap.xml")
    assert "/estate/" not in text(exposed, "/p/testham/")
    assert "dependencies.csv" not in text(exposed, "/p/testham/data/")


def test_a_place_of_registers_alone_has_all_its_other_pages_too(served: Client) -> None:
    sitemap = text(served, "/sitemap.xml")
    addresses = [address.removeprefix("http://127.0.0.1") for address in re.findall(r"<loc>(.*?)</loc>", sitemap)]
    assert {f"{HOME}things/{thing}/" for thing in ("service%3Ameals", "utility%3Agrid")} <= set(addresses)
    for address in addresses:
        assert served.get(address).status_code == 200, address
