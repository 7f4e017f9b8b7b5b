"""Work every hash of a log out again, and say what was altered."""

from __future__ import annotations

from dataclasses import dataclass, field

from wholeplace.records.canonical import BEGINNING, entry_hash, salted_hash, sha256
from wholeplace.records.log import Log

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
    """Check numbers, items, hashes and personal values of every entry, and with `expect` that the last hash is that.

    The last entries can be cut off without a trace inside the log: keep the head that a verification prints somewhere
    else, and give it as `expect` next time; it may also be the hash of any earlier entry.
    """
    found = Verification()
    expected_number, previous, time = 1, BEGINNING, ""
    met = expect in (None, BEGINNING)
    for entry in log.entries():
        faults = []
        if entry.number != expected_number:
            faults.append(f"comes where entry {expected_number} should stand")
        if sha256(entry.item) != entry.item_sha256:
            faults.append("its item is not what its hash says")
        if entry.previous_hash != previous:
            faults.append("does not follow on the entry before it")
        if entry_hash(entry[:-1]) != entry.hash:
            faults.append("its hash is not that of its columns")
        if entry.time < time:
            faults.append("its time lies before that of the entry before it")
        met = met or entry.hash == expect
        found.problems += [f"entry {entry.number}: {fault}" for fault in faults]
        found.entries += 1
        expected_number, previous, time = entry.number + 1, entry.hash, entry.time
        if len(found.problems) >= MOST_PROBLEMS:
            found.problems.append("… and perhaps more; checking stopped here")
            break
    found.head = previous
    found.problems += _personal_faults(log)
    if not met:
        found.problems.append(f"no entry has the expected hash {expect}: entries are missing, or it is another log")
    return found


def _personal_faults(log: Log) -> list[str]:
    """Personal values that are not those that the items hold the hashes of."""
    query = (
        "SELECT p.entry, p.field, p.salt, p.value, json_extract(e.item, '$.' || json_quote(p.field)) "
        "FROM personal p LEFT JOIN entry e ON e.number = p.entry"
    )
    return [
        f"entry {entry}: the personal value of {name} is not the one whose hash it holds"
        for entry, name, salt, value, hashed in log.connection.execute(query)
        if hashed != salted_hash(salt, value)
    ][:MOST_PROBLEMS]
