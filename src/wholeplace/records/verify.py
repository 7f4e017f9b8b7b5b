"""Work every hash of a log out again, and say what was altered."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

from wholeplace.place.vocabulary import vocabulary
from wholeplace.records.canonical import BEGINNING, SALTED, entry_hash, salted_hash, sha256
from wholeplace.records.log import Entry, Log

#: A log broken in more places than this is told of by these.
MOST_PROBLEMS = 100


@dataclass
class Verification:
    """What verifying found: how many entries, the hash of the last one, and what is wrong."""

    entries: int = 0
    head: str = BEGINNING
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems

    def as_dict(self) -> dict[str, object]:
        return {"entries": self.entries, "head": self.head, "ok": self.ok, "problems": self.problems}


def verify_log(log: Log, *, expect: str | None = None) -> Verification:
    """Check numbers, items, hashes and personal values of every entry, and the file they are in.

    With `expect`, also that the last hash is that one.

    The last entries can be cut off without a trace inside the log: keep the head that a verification prints somewhere
    else, and give it as `expect` next time; it may also be the hash of any earlier entry.
    """
    found = Verification()
    expected = (expect or BEGINNING).strip().lower()
    log.connection.text_factory = _as_written
    try:
        with log.snapshot():
            met = _check_entries(log, found, expected) or expected == BEGINNING
            found.problems += itertools.islice(_personal_faults(log), MOST_PROBLEMS)
            # An index that leaves entries out would show an older record, though every entry is sound.
            damage = log.connection.execute(f"PRAGMA integrity_check({MOST_PROBLEMS})").fetchall()
            found.problems += [f"the file is damaged: {words}" for (words,) in damage if words != "ok"]
    except (sqlite3.Error, TypeError, AttributeError) as error:  # broken pages give columns of any kind, or none
        found.problems.append(f"the file is damaged and cannot be read to its end: {error}")
        return found
    finally:
        log.connection.text_factory = str
    if not met:
        found.problems.append(f"no entry has the expected hash {expect}: entries are missing, or it is another log")
    return found


def _as_written(content: bytes) -> str:
    """Text of the log whatever has become of its bytes."""
    return content.decode("utf-8", "surrogateescape")


def _check_entries(log: Log, found: Verification, expected: str) -> bool:
    """Check the chain; whether any entry has the expected hash."""
    number, previous, time, met = 1, BEGINNING, "", False
    for entry in log.entries():
        faults = list(_faults(entry, number, previous, time))
        if faults:
            found.problems += [f"entry {entry.number}: {fault}" for fault in faults]
        met = met or entry.hash == expected
        found.entries += 1
        number, previous, time = entry.number + 1, entry.hash, entry.time
        if len(found.problems) >= MOST_PROBLEMS:
            found.problems.append("… and perhaps more; checking stopped here")
            break
    found.head = previous.encode("ascii", "replace").decode()
    return met


def _faults(entry: Entry, number: int, previous: str, time: str) -> Iterator[str]:
    """What is wrong with an entry that is to have a number and follow on a hash and a time."""
    if entry.number != number:
        yield f"comes where entry {number} should stand"
    if sha256(entry.item) != entry.item_sha256:
        yield "its item is not what its hash says"
    if entry.previous_hash != previous:
        yield "does not follow on the entry before it"
    if entry_hash(entry[:-1]) != entry.hash:
        yield "its hash is not that of its columns"
    if entry.time < time:
        yield "its time lies before that of the entry before it"


def _personal_faults(log: Log) -> Iterator[str]:
    """Personal values that are not those that the items hold the hashes of, and those that went without an entry."""
    query = "SELECT p.entry, p.field, p.salt, p.value, e.item FROM personal p LEFT JOIN entry e ON e.number = p.entry"
    for entry, name, salt, value, item in log.connection.execute(query):
        if item is None or f'"{name}":"{salted_hash(salt, value)}"' not in item:
            yield f"entry {entry}: the personal value of {name!r} is not the one whose hash it holds"
    names = {field.name for kind in vocabulary().registers.values() for field in kind.fields if field.personal}
    for name in sorted(names):
        for (entry,) in log.connection.execute(_GONE, {"name": name, "mark": f'"{name}":"{SALTED}'}):
            yield f"entry {entry}: the personal value of {name!r} is gone, and no later entry says that it was erased"


#: Entries whose personal value is not kept, though no later entry of the record is without the field.
_GONE = """
SELECT e.number FROM entry e
WHERE instr(e.item, :mark)
AND NOT EXISTS (SELECT 1 FROM personal p WHERE p.entry = e.number AND p.field = :name)
AND NOT EXISTS (
    SELECT 1 FROM entry l
    WHERE l.register = e.register AND l.key = e.key AND l.number > e.number AND NOT instr(l.item, :mark)
)
"""
