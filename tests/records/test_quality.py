"""Quality of registers, counted by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from tests.commands import run
from tests.places import write_place
from tests.records.small import PLACE_TOML, make_place, take_in, write_register

from wholeplace.build import build_place, open_build
from wholeplace.place.config import PlaceSection
from wholeplace.records import importing
from wholeplace.records.duplicates import MOST_AT_ONE_POSTCODE, alike, plain_name
from wholeplace.records.quality import Quality, months_after, quality_of

ORGANISATIONS = "id,name,kind\nshire,Northshire,council\n"
SITES = """\
id,name,kind,organisation,postcode,lat,contact
hall,Town Hall,office,shire,LS1 1UR,53.8,
hall2,The Town-Hall,office,organisation:shire,,,
library,Central Library,,shire,ls11ur,,
libary,Central Libary,library,,LS1 1UR,200,
depot,,depot,nobody,LS2 2AA,53.8,
"""
SETTINGS = PlaceSection(code="T01", name="Testham", timezone="Europe/London")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return make_place(tmp_path / "testham", organisations=ORGANISATIONS, sites=SITES)


def figures(found: Quality, register: str, organisation: str | None) -> dict[str, object]:
    rows = found.figures.filter(pl.col("register") == register, pl.col("organisation").eq_missing(organisation))
    return rows.row(0, named=True)


def test_figures_of_a_register(place: Path) -> None:
    """Wanted of a site: name, kind, and one of lat, easting, postcode: 3 × 5 = 15.

    Missing: name of depot, kind of library, place of hall2. Cells: 6 + 4 + 4 + 5 + 5 = 24 (id counts); the latitude 200
    cannot be. References: 4 organisations, of which nobody is none. Twice: hall and hall2 by name, library and libary by
    postcode and name; depot has no name.
    """
    found = figures(quality_of(place, SETTINGS), "sites", None)
    assert found == {
        "register": "sites", "organisation": None, "records": 5,
        "wanted": 15, "filled": 12, "completeness": 0.8,
        "cells": 24, "invalid": 1, "validity": 1 - 1 / 24,
        "references": 4, "dangling": 1, "duplicates": 4, "stale": 0, "undated": 5,
    }  # fmt: skip


def test_figures_of_organisations(place: Path) -> None:
    found = quality_of(place, SETTINGS)
    names = found.figures.filter(pl.col("register") == "sites")["organisation"].to_list()
    assert names == [None, "", "nobody", "shire"]
    shire = figures(found, "sites", "shire")  # hall, hall2 and library
    assert (shire["records"], shire["wanted"], shire["filled"], shire["duplicates"]) == (3, 9, 7, 3)


def test_what_to_mend(place: Path) -> None:
    mends = quality_of(place, SETTINGS).mends
    assert mends.select("thing", "organisation", "rule", "field", "value").rows() == [
        ("site:hall", "shire", "duplicate", "name", "Town Hall"),
        ("site:hall2", "shire", "duplicate", "name", "The Town-Hall"),
        ("site:hall2", "shire", "incomplete", "lat|easting|postcode", ""),
        ("site:library", "shire", "duplicate", "name", "Central Library"),
        ("site:library", "shire", "incomplete", "kind", ""),
        ("site:libary", "", "invalid", "lat", "200"),
        ("site:libary", "", "duplicate", "name", "Central Libary"),
        ("site:depot", "nobody", "dangling", "organisation", "organisation:nobody"),
        ("site:depot", "nobody", "incomplete", "name", ""),
    ]
    assert mends["message"][0] == "has the same name as site:hall2, 'The Town-Hall'; keep one if they are the same"
    assert mends["message"][5] == "must lie between -90 and 90"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Acme Ltd", "ACME Limited", True),
        ("St Mary's", "St. Marys", True),
        ("Café & Bar", "Cafe and bar", True),
        ("Acme", "Acme North", False),
        ("Hall 1", "Hall 2", False),
    ],
)
def test_names_that_are_the_same(one: str, other: str, same: bool) -> None:
    assert (plain_name(one) == plain_name(other)) is same


def test_names_that_are_alike_at_one_postcode() -> None:
    """2 × matching letters / all letters: library and libary match in 6 of 13: 12/13 = 0.92; hall 1 and hall 2: 10/12."""
    assert alike("library", "libary")
    assert not alike("hall 1", "hall 2")  # 0.83
    assert alike("hallway 1", "hallway 2")  # 16/18 = 0.89
    assert not alike("town hall", "town hall annexe")  # 18/25 = 0.72


def test_so_many_at_one_postcode_are_not_compared(tmp_path: Path) -> None:
    rows = [f"s{number},Beach hut number {number},AB1 2CD" for number in range(MOST_AT_ONE_POSTCODE + 1)]
    place = make_place(tmp_path / "testham", sites="\n".join(["id,name,postcode", *rows]))
    assert figures(quality_of(place, SETTINGS), "sites", None)["duplicates"] == 0
    write_register(place, "sites", "\n".join(["id,name,postcode", *rows[:-1]]))
    assert figures(quality_of(place, SETTINGS), "sites", None)["duplicates"] != 0


def test_staleness_from_when_a_record_was_last_put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put on 31 March 2026, in London already 1 April: stale from 2 April 2027, by a review each twelve months."""
    place = make_place(tmp_path / "testham", suppliers="id,name\nacme,Acme\nbolt,Bolt\n")
    monkeypatch.setattr(importing, "now", lambda: "2026-01-10T12:00:00.000000Z")
    take_in(place)
    monkeypatch.setattr(importing, "now", lambda: "2026-03-31T23:30:00.000000Z")
    write_register(place, "suppliers", "id,name\nacme,Acme Ltd\nbolt,Bolt\n")
    take_in(place)

    def stale(today: dt.date, settings: PlaceSection = SETTINGS) -> list[str]:
        mends = quality_of(place, settings, today=today).mends
        return mends.filter(pl.col("rule") == "stale")["thing"].to_list()

    assert stale(dt.date(2027, 1, 10)) == []
    assert stale(dt.date(2027, 1, 11)) == ["supplier:bolt"]
    assert stale(dt.date(2027, 4, 1)) == ["supplier:bolt"]
    assert stale(dt.date(2027, 4, 2)) == ["supplier:acme", "supplier:bolt"]
    quarterly = SETTINGS.model_copy(update={"review_months": 3})
    assert stale(dt.date(2026, 4, 11), quarterly) == ["supplier:bolt"]
    assert figures(quality_of(place, SETTINGS), "suppliers", None)["undated"] == 0


def test_months() -> None:
    assert months_after(dt.date(2026, 8, 31), 6) == dt.date(2027, 2, 28)
    assert months_after(dt.date(2027, 8, 31), 6) == dt.date(2028, 2, 29)
    assert months_after(dt.date(2026, 12, 1), 1) == dt.date(2027, 1, 1)


def test_the_command(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = run(capfd, "records", "quality", place, "--json")
    assert (said.code, said.err, list(said.document)) == (0, "", ["day", "review_months", "figures", "mends"])
    assert said.document["review_months"] == 12
    assert (len(said.document["figures"]), len(said.document["mends"])) == (6, 9)
    said = run(capfd, "records", "quality", place)
    assert (said.code, said.plain()) == (0, True)
    assert "site:libary, lat '200': must lie between -90 and 90" in said.out.splitlines()
    assert "site:library has no kind" in said.out.splitlines()
    (place / "place.toml").write_text(PLACE_TOML + "review_months = 6\n")
    assert run(capfd, "records", "quality", place, "--json").document["review_months"] == 6
    (place / "place.toml").write_text(PLACE_TOML + "review_months = 0\n")
    assert run(capfd, "records", "quality", place).code == 1


def test_a_place_without_registers(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = run(capfd, "records", "quality", make_place(tmp_path / "new"), "--json")
    assert (said.document["figures"], said.document["mends"]) == ([], [])


def test_a_build_keeps_quality_and_what_it_was_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_place(tmp_path / "testham", {
        "registers/suppliers.csv": "id,name\nacme,\n", "registers/organisations.csv": ORGANISATIONS,
    })  # fmt: skip
    build_place(folder)
    built = open_build(folder)
    assert built.quality is not None
    assert built.quality_mends["thing"].to_list() == ["supplier:acme", "supplier:acme"]  # no name, no code
    assert built.quality_history["filled"].to_list() == [2, 2, 0, 0]  # two registers, each and by organisation

    (folder / "registers" / "suppliers.csv").write_text("id,name\nacme,Acme\n")
    assert "quality" in build_place(folder).ran
    history = open_build(folder).quality_history
    assert history["built"].n_unique() == 2
    assert history.filter(pl.col("register") == "suppliers")["filled"].to_list() == [0, 0, 1, 1]

    (folder / "registers" / "suppliers.csv").write_text("id,name\nacme,Acme plc\n")  # the figures stay as they are
    assert "quality" in build_place(folder).ran
    assert open_build(folder).quality_history.equals(history)


def test_a_build_notices_an_import(tmp_path: Path) -> None:
    folder = write_place(tmp_path / "testham", {"registers/suppliers.csv": "id,name\nacme,Acme\n"})
    take_in(folder)
    build_place(folder)
    assert build_place(folder).ran == []
    file = tmp_path / "suppliers.csv"
    file.write_text("id,name\nbolt,Bolt\n")
    take_in(folder, file)
    report = build_place(folder)
    assert "quality" in report.ran
    assert "place" in report.unchanged  # areas and values do not depend on registers
    assert open_build(folder).quality["records"].to_list()[0] == 2


def test_a_place_without_registers_has_no_quality(tmp_path: Path) -> None:
    folder = write_place(tmp_path / "testham")
    build_place(folder)
    assert open_build(folder).quality is None
