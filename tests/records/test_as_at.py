"""A place as at a past time: dates mean their end, times without an offset are the place's own."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.commands import run
from tests.records.small import make_place, take_in, write_register

from wholeplace.records import importing
from wholeplace.records.state import WhenError, parse_when

#: Name of the one supplier after each import, and when that was.
TIMES = {
    "winter": "2026-01-10T12:00:00.000000Z",
    "last of March": "2026-03-31T22:59:59.999999Z",  # 23:59:59.999999 in London, summer time
    "first of April": "2026-03-31T23:00:00.000000Z",  # 00:00 on 1 April in London
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = make_place(tmp_path / "testham", suppliers="id,name\nacme,new\n")
    for name, time in TIMES.items():
        monkeypatch.setattr(importing, "now", lambda time=time: time)
        write_register(folder, "suppliers", f"id,name\nacme,{name}\n")
        take_in(folder)
    return folder


@pytest.mark.parametrize(
    ("when", "name"),
    [
        ("2026-01-09", None),
        ("2026-01-10", "winter"),  # its end, so that noon is in it
        ("2026-01-10T11:59:59.999999", None),  # winter: the place's time is UTC
        ("2026-01-10T12:00", "winter"),
        ("2026-01-10T12:00+01:00", None),  # 11:00 UTC
        ("2026-01-10T13:00+01:00", "winter"),
        ("2026-03-31", "last of March"),  # its end in summer time is 22:59:59.999999 UTC
        ("20260331", "last of March"),  # ISO 8601 without hyphens is a date too
        ("2026-03-31T23:59:59.999999", "last of March"),
        ("2026-04-01T00:00", "first of April"),
        ("2026-03-31T23:00Z", "first of April"),
        ("2026-03-31T22:59Z", "winter"),
        ("2026-04-01", "first of April"),
        ("9998-12-31", "first of April"),
    ],
)
def test_as_at(place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], when: str, name: str | None) -> None:
    assert run(capfd, "records", "as-at", place, when, tmp_path / "then").code == 0
    file = tmp_path / "then" / "suppliers.csv"
    found = pl.read_csv(file)["name"].to_list() if file.exists() else [None]
    assert found == [name]


def test_the_end_of_a_day_is_its_end_where_clocks_change() -> None:
    assert parse_when("2026-03-29", "Europe/London") == "2026-03-29T22:59:59.999999Z"  # 23 hours long
    assert parse_when("2026-03-28", "Europe/London") == "2026-03-28T23:59:59.999999Z"
    assert parse_when("2026-10-25", "Europe/London") == "2026-10-25T23:59:59.999999Z"  # 25 hours long
    assert parse_when("2026-03-31", "Asia/Kolkata") == "2026-03-31T18:29:59.999999Z"


@pytest.mark.parametrize("when", ["yesterday", "2026-02-30", "2026-13", "2026", "31/03/2026", "", "9999-12-31"])
def test_what_is_no_time_is_refused(place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], when: str) -> None:
    with pytest.raises(WhenError):
        parse_when(when, "Europe/London")
    said = run(capfd, "records", "as-at", place, when, tmp_path / "then")
    assert (said.code, said.plain(), (tmp_path / "then").exists()) == (1, True, False)


def test_a_register_that_was_emptied_is_a_header(
    place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_register(place, "suppliers", "id,name\n")
    take_in(place)
    run(capfd, "records", "as-at", place, "2026-12-31", tmp_path / "then")
    assert pl.read_csv(tmp_path / "then" / "suppliers.csv").height == 0


def test_files_from_before_are_named(place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "then").mkdir()
    (tmp_path / "then" / "plans.csv").write_text("id\nold\n")
    said = run(capfd, "records", "as-at", place, "2026-12-31", tmp_path / "then")
    assert "plans.csv" in said.err


def test_a_time_zone_that_is_none(place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (place / "place.toml").write_text('[place]\ncode = "T01"\nname = "Testham"\ntimezone = "Mars/Base"\n')
    said = run(capfd, "records", "as-at", place, "2026-03-31", tmp_path / "then")
    assert (said.code, said.plain(), "Mars/Base" in said.err) == (1, True, True)


def test_a_record_that_was_removed_and_put_again(
    place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for time, text in (("2026-05-01", "id,name\n"), ("2026-06-01", "id,name\nacme,again\n")):
        monkeypatch.setattr(importing, "now", lambda time=time: f"{time}T12:00:00.000000Z")
        write_register(place, "suppliers", text)
        take_in(place)
    for when, names in (("2026-04-30", ["first of April"]), ("2026-05-31", []), ("2026-06-01", ["again"])):
        run(capfd, "records", "as-at", place, when, tmp_path / when)
        assert pl.read_csv(tmp_path / when / "suppliers.csv", infer_schema=False)["name"].to_list() == names
