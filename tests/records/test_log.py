"""The log itself: what an entry holds, what the database refuses, clocks, personal values and their erasing."""

from __future__ import annotations

import hashlib
import json
import random
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.commands import run
from tests.records.small import SUPPLIERS, SYSTEMS, entries, held, make_place, take_in, write_register

from wholeplace.records import importing
from wholeplace.records.history import steps
from wholeplace.records.log import FILE, LogError, open_log

JO = "Jo Field <jo@example.org>"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = make_place(tmp_path / "testham", suppliers=SUPPLIERS, systems=SYSTEMS)
    take_in(folder)
    return folder


def test_an_entry_can_be_worked_out_by_hand(place: Path) -> None:
    first = entries(place)[0]
    assert first[:5] == (1, "suppliers", "acme", "put", '{"code":"01234567","id":"acme","name":"Acme Ltd"}')
    assert first.item_sha256 == hashlib.sha256(first.item.encode()).hexdigest()
    assert (first.person, first.reason, first.previous_hash) == ("Pat", "Test", "0" * 64)
    # SHA-256 over all the rest: the columns as a JSON array without spaces.
    text = (
        f'[1,"suppliers","acme","put",{json.dumps(first.item)},"{first.item_sha256}","{first.time}","Pat","Test",'
        f'"{"0" * 64}"]'
    )
    assert first.hash == hashlib.sha256(text.encode()).hexdigest()
    assert entries(place)[1].previous_hash == first.hash


def test_a_removal_holds_an_empty_record(place: Path) -> None:
    write_register(place, "systems", SYSTEMS.rpartition("payroll")[0])
    take_in(place)
    assert entries(place)[-1][1:5] == ("systems", "payroll", "remove", "{}")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET reason = 'Other' WHERE number = 1",
        "DELETE FROM entry WHERE number = 4",
        "DELETE FROM entry",
        "INSERT OR REPLACE INTO entry SELECT 1, register, key, action, item, item_sha256, time, person, 'Other', previous_hash, hash FROM entry WHERE number = 1",
        "INSERT INTO entry SELECT 9, register, key, action, item, item_sha256, time, person, reason, previous_hash, hash FROM entry WHERE number = 1",
        "UPDATE personal SET value = 'Somebody else'",
    ],
)
def test_the_database_refuses_changes(place: Path, statement: str) -> None:
    before = entries(place)
    with closing(sqlite3.connect(place / FILE)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    assert entries(place) == before


def test_a_clock_that_goes_back_does_not_bring_entries_out_of_order(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = entries(place)[-1].time
    monkeypatch.setattr(importing, "now", lambda: "2001-01-01T00:00:00.000000Z")
    write_register(place, "suppliers", SUPPLIERS.replace("Bolt", "Bold"))
    take_in(place)
    assert entries(place)[-1].time == last
    assert held(place)["suppliers"]["bolt"]["name"] == "Bold plc"


def test_a_personal_field_stands_in_the_item_as_a_salted_hash(place: Path) -> None:
    email = next(entry for entry in entries(place) if entry.key == "email")
    assert JO not in email.item
    with closing(sqlite3.connect(place / FILE)) as connection:
        ((number, field, salt, value),) = connection.execute("SELECT * FROM personal").fetchall()
    assert (number, field, value) == (email.number, "contact", JO)
    assert len(salt) == 32
    assert json.loads(email.item)["contact"] == "sha256:" + hashlib.sha256((salt + JO).encode()).hexdigest()
    assert held(place)["systems"]["email"]["contact"] == JO  # and is read as it was written


def test_two_records_with_one_contact_have_different_hashes(place: Path) -> None:
    write_register(place, "systems", SYSTEMS.replace("on-premises,", f"on-premises,{JO}"))
    take_in(place)
    hashes = {json.loads(entry.item)["contact"] for entry in entries(place) if "contact" in entry.item}
    assert len(hashes) == 2


def traces(place: Path, text: str) -> list[str]:
    """The files under .wholeplace in which some text stands as bytes."""
    files = (place / ".wholeplace").rglob("*")
    return [path.name for path in files if path.is_file() and text.encode() in path.read_bytes()]


def test_an_erased_value_is_gone_from_the_file_and_the_chain_still_holds(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_register(place, "systems", SYSTEMS.replace("jo@example.org", "jo.field@example.com"))
    take_in(place)
    assert traces(place, "jo@example.org") != []
    erase = ("records", "erase", place, "system:email", "contact", "--reason", "Asked to", "--person", "Sam")
    said = run(capfd, *erase)
    assert (said.code, said.out) == (
        0, "2 values of contact of system:email would be erased; --yes does it\n",
    )  # fmt: skip
    assert len(entries(place)) == 5
    assert run(capfd, *erase, "--yes").code == 0
    assert traces(place, "Jo Field") == []
    last = entries(place)[-1]
    assert (last.number, last.action, last.person, last.reason) == (6, "put", "Sam", "Asked to")
    assert "contact" not in held(place)["systems"]["email"]
    assert run(capfd, "records", "verify", place).code == 0
    # Nothing is left to erase: no other entry.
    assert run(capfd, *erase, "--yes").out.startswith("0 values")
    assert len(entries(place)) == 6
    [first, *_] = steps(place, [entry for entry in entries(place) if entry.key == "email"])
    assert ("contact", "", "(erased)") in first.fields


def test_erased_values_leave_no_trace_on_pages_that_were_split_and_merged(place: Path) -> None:
    """SQLite moves cells between pages as others go, and leaves copies of some behind, `secure_delete` or not."""
    sizes = random.Random(1)
    rows = [f"s{number:04},secret{number:04}-{'x' * sizes.choice([5, 50, 300, 900])}" for number in range(3000)]
    rows += [f"s{number},secret{number}-{'x' * 9000}" for number in range(3000, 3010)]  # over several pages
    file = place.parent / "sites.csv"
    file.write_text("id,contact\n" + "\n".join(rows) + "\n")
    take_in(place, file)
    erased = sizes.sample(range(3010), 2700)
    with open_log(place, write=True) as log:
        for number in erased:
            with log.transaction():
                assert log.erase("sites", f"s{number:04}", "contact") == 1
        log.scrub()
    content = b"".join(path.read_bytes() for path in (place / ".wholeplace").iterdir())
    left = {int(found) for found in re.findall(rb"secret(\d{4})", content)}
    assert left == set(range(3010)) - set(erased)


def test_an_erasing_that_readers_hinder_says_so_and_is_done_by_the_next(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wholeplace.records.history import erase_field

    monkeypatch.setattr("wholeplace.records.log.WAIT_S", 0.2)
    with open_log(place) as reader, reader.snapshot():
        assert reader.last_number == 4
        with pytest.raises(LogError, match="others are reading"):
            erase_field(place, "system:email", "contact", person="Pat", reason="Test", apply=True)
        assert reader.last_number == 4  # it sees one moment
    assert erase_field(place, "system:email", "contact", person="Pat", reason="Test", apply=True) == 0
    assert traces(place, "Jo Field") == []
    assert len(entries(place)) == 5


def test_only_personal_fields_can_be_erased(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = run(capfd, "records", "erase", place, "system:email", "name", "--reason", "Asked to", "--yes")
    assert said.code == 1
    assert "these are: contact" in said.err
    said = run(capfd, "records", "erase", place, "dependency:a|b|c", "notes", "--reason", "Asked to", "--yes")
    assert said.code == 1
    assert len(entries(place)) == 4


def test_the_history_of_a_thing_is_a_list_oldest_first(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_register(place, "suppliers", SUPPLIERS.replace("Bolt", "Bold"))
    take_in(place, reason="New name")
    said = run(capfd, "records", "history", place, "supplier:bolt", "--json")
    assert (said.code, said.err) == (0, "")
    assert [list(entry) for entry in said.document] == 2 * [
        [
            "number",
            "register",
            "key",
            "action",
            "item",
            "item_sha256",
            "time",
            "person",
            "reason",
            "previous_hash",
            "hash",
        ]
    ]
    assert [(entry["number"], entry["reason"]) for entry in said.document] == [(2, "Test"), (5, "New name")]
    assert json.loads(said.document[1]["item"])["name"] == "Bold plc"
    said = run(capfd, "records", "history", place, "supplier:bolt")
    assert "    name: Bolt plc → Bold plc" in said.out.splitlines()


def test_a_thing_that_the_log_does_not_know(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = run(capfd, "records", "history", place, "supplier:bold", "--json")
    assert (said.code, said.out) == (1, "")
    assert "did you mean bolt?" in said.err
    assert run(capfd, "records", "history", place, "bolt").code == 1


def test_a_text_that_looks_like_a_hash_is_a_text(place: Path) -> None:
    write_register(place, "suppliers", "id,name,notes,contact\nacme,Acme Ltd,sha256:00,sha256:11\nbolt,Bolt,,\n")
    take_in(place)
    assert held(place)["suppliers"]["acme"]["notes"] == "sha256:00"
    assert held(place)["suppliers"]["acme"]["contact"] == "sha256:11"
    [step] = steps(place, [entry for entry in entries(place) if entry.key == "acme"][1:])
    assert ("notes", "", "sha256:00") in step.fields


def test_what_is_no_log_is_told_in_plain_words(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (place / FILE).write_bytes(b"this is no database, but a long enough text to look at" * 100)
    for command in (("verify", place), ("history", place, "supplier:acme"), ("import", place)):
        said = run(capfd, "records", *command)
        assert (said.code, said.plain()) == (1, True)
        assert "records.sqlite3" in said.out + said.err
    document = run(capfd, "records", "verify", place, "--json").document
    assert (document["entries"], document["ok"], len(document["problems"])) == (0, False, 1)


def test_a_log_that_was_never_finished_being_made_is_none(place: Path) -> None:
    """A process that was stopped while it made the log leaves a file without tables."""
    for path in (place / ".wholeplace").iterdir():
        path.unlink()
    with closing(sqlite3.connect(place / FILE)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    assert list(held(place)["systems"]) == ["email", "payroll"]  # from the CSV
    with pytest.raises(LogError, match="no records log yet"), open_log(place):
        pass
    take_in(place)
    assert len(entries(place)) == 4


def test_readers_cannot_write_and_do_not_wait_for_a_writer(place: Path) -> None:
    with open_log(place, write=True) as writer, writer.transaction(), open_log(place) as reader:
        assert reader.last_number == 4
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.connection.execute("INSERT INTO personal VALUES (1, 'x', 'y', 'z')")
