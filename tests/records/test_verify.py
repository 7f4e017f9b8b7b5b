"""A log that was altered is found broken, by `records verify` and by the verifier of the documentation."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.commands import run
from tests.records.small import SUPPLIERS, SYSTEMS, entries, make_place, take_in, tamper, write_register

from wholeplace.records.canonical import canonical, entry_hash
from wholeplace.records.log import FILE

VERIFIER = Path(__file__).parents[2] / "docs" / "background" / "verify_log.py"
Verify = Callable[..., bool]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A log of six entries."""
    folder = make_place(tmp_path / "testham", suppliers=SUPPLIERS, systems=SYSTEMS)
    take_in(folder)
    write_register(folder, "systems", SYSTEMS.replace("E-mail", "Café ☕"))
    take_in(folder, reason="Renamed")
    write_register(folder, "systems", SYSTEMS.replace("E-mail", "Mail"))
    take_in(folder, reason="Renamed again")
    return folder


def ours(place: Path, capfd: pytest.CaptureFixture[str], *more: str) -> bool:
    """Whether `records verify` finds the log sound; exit code and document must say the same."""
    said = run(capfd, "records", "verify", place, "--json", *more)
    assert list(said.document) == ["entries", "head", "ok", "problems"]
    assert said.code == (0 if said.document["ok"] else 1)
    assert bool(said.document["problems"]) is not said.document["ok"]
    assert said.err == ""
    return bool(said.document["ok"])


def theirs(place: Path, *more: str) -> bool:
    """Whether the verifier of the documentation, run by itself, finds the log sound."""
    command = [sys.executable, "-I", str(VERIFIER), str(place / FILE), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "ValueError" in done.stderr, done.stderr
    return done.returncode == 0


@pytest.fixture
def sound(place: Path, capfd: pytest.CaptureFixture[str]) -> Verify:
    """Verify with both; they must agree."""

    def verify(head: str = "") -> bool:
        found = ours(place, capfd, *(["--expect", head] if head else []))
        assert theirs(place, *([head] if head else [])) is found
        return found

    return verify


def test_a_log_that_was_not_altered(place: Path, sound: Verify, capfd: pytest.CaptureFixture[str]) -> None:
    said = run(capfd, "records", "verify", place, "--json").document
    last = entries(place)[-1].hash
    assert said == {"entries": 6, "head": last, "ok": True, "problems": []}
    assert run(capfd, "records", "verify", place, "--json").document == said
    assert run(capfd, "records", "verify", place).out == f"6 entries, sound; head {last}\n"
    assert sound()
    assert sound(last)
    assert sound(entries(place)[2].hash)  # a head written down when the log was shorter
    assert not sound("0" * 63 + "1")


#: What somebody with the file could do, as SQL.
ALTERATIONS = {
    "a byte of an item": "UPDATE entry SET item = replace(item, 'Acme', 'Akme') WHERE number = 1",
    "a byte of an item that is no letter": "UPDATE entry SET item = CAST(replace(CAST(item AS BLOB), x'C3A9', x'C328') AS TEXT) WHERE number = 5",
    "the hash of an item": "UPDATE entry SET item_sha256 = replace(item_sha256, 'a', 'b') WHERE number = 2",
    "a hash": "UPDATE entry SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE number = 3",
    "a previous hash": "UPDATE entry SET previous_hash = hash WHERE number = 4",
    "a register": "UPDATE entry SET register = 'sites' WHERE number = 1",
    "a key": "UPDATE entry SET key = 'akme' WHERE number = 1",
    "an action": "UPDATE entry SET action = 'remove' WHERE number = 2",
    "a time": "UPDATE entry SET time = '2020-01-01T00:00:00.000000Z' WHERE number = 1",
    "a person": "UPDATE entry SET person = 'Sam' WHERE number = 6",
    "a reason": "UPDATE entry SET reason = 'Other' WHERE number = 6",
    "an entry taken out": "DELETE FROM entry WHERE number = 3",
    "the first entry taken out": "DELETE FROM entry WHERE number = 1",
}


@pytest.mark.parametrize("statement", ALTERATIONS.values(), ids=ALTERATIONS.keys())
def test_an_alteration_is_found(place: Path, sound: Verify, statement: str) -> None:
    head = entries(place)[-1].hash
    tamper(place, "PRAGMA foreign_keys = OFF", statement)
    assert not sound()
    assert not sound(head)


def test_an_item_and_its_hash_altered_together(place: Path, sound: Verify) -> None:
    item = canonical({"id": "acme", "name": "Other"})
    digest = hashlib.sha256(item.encode()).hexdigest()
    tamper(place, f"UPDATE entry SET item = '{item}', item_sha256 = '{digest}' WHERE number = 1")
    assert not sound()


def test_two_entries_that_change_places(place: Path, sound: Verify) -> None:
    tamper(place, "UPDATE entry SET number = 99 WHERE number = 1", "UPDATE entry SET number = 1 WHERE number = 2",
           "UPDATE entry SET number = 2 WHERE number = 99")  # fmt: skip
    assert not sound()


def test_the_last_entry_cut_off_is_found_by_the_head_that_was_written_down(place: Path, sound: Verify) -> None:
    head = entries(place)[-1].hash
    tamper(place, "DELETE FROM personal WHERE entry = 6", "DELETE FROM entry WHERE number = 6")
    assert sound()  # nothing inside the log shows it
    assert not sound(head)


def test_the_last_entry_altered_with_all_its_hashes_is_found_by_the_head(place: Path, sound: Verify) -> None:
    last = entries(place)[-1]
    head = last.hash
    item = last.item.replace("Mail", "Nail")
    digest = hashlib.sha256(item.encode()).hexdigest()
    columns = (*last[:4], item, digest, *last[6:10])
    tamper(
        place,
        f"UPDATE entry SET item = '{item}', item_sha256 = '{digest}', hash = '{entry_hash(columns)}' WHERE number = 6",
    )
    assert sound()
    assert not sound(head)


def test_a_personal_value_that_was_altered_or_taken_away(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tamper(place, "UPDATE personal SET value = 'Somebody else' WHERE entry = 5")
    assert not ours(place, capfd)
    tamper(place, "DELETE FROM personal WHERE entry = 5")
    assert not ours(place, capfd)
    said = run(capfd, "records", "verify", place, "--json").document
    assert said["problems"] == [
        "entry 5: the personal value of 'contact' is gone, and no later entry says that it was erased"
    ]


def test_every_byte_of_an_item_counts(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each byte of the items in the file itself, changed to another one and back."""
    with closing(sqlite3.connect(place / FILE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = (place / FILE).read_bytes()
    item = entries(place)[4].item.encode()
    assert content.count(item) == 1
    start = content.index(item)
    for at in range(start, start + len(item), 7):
        for other in (content[at] ^ 1, 0x80, 0):
            if other != content[at]:
                (place / FILE).write_bytes(content[:at] + bytes([other]) + content[at + 1 :])
                assert not ours(place, capfd)
                assert not theirs(place)
    (place / FILE).write_bytes(content)
    assert ours(place, capfd)


def test_a_damaged_file_is_no_fault_of_ours(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Zeros over a page of the file: whatever SQLite makes of it, it is told in plain words."""
    content = (place / FILE).read_bytes()
    for page in range(1, len(content) // 4096):
        (place / FILE).write_bytes(content[: page * 4096] + bytes(4096) + content[(page + 1) * 4096 :])
        said = run(capfd, "records", "verify", place, "--json")
        assert (said.code, said.plain()) == (1, True)


def test_a_place_without_a_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = run(capfd, "records", "verify", make_place(tmp_path / "new"), "--json")
    assert (said.code, said.out) == (1, "")
    assert "no records log yet" in said.err


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    """Names in order of their UTF-16 code units, from the example of RFC 8785, section 3.2.3, with text for values."""
    record = {"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
              "\U0001f600": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}  # fmt: skip
    assert list(json.loads(canonical(record)).values()) == [
        "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]  # fmt: skip
    # Section 3.2.2.2: only these escapes, everything else as it is.
    assert canonical({"a": '\u20ac$\u000f\nA\'B"\\\\"/'}) == '{"a":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'


def test_the_verifier_is_short() -> None:
    assert len(VERIFIER.read_text().splitlines()) <= 40
