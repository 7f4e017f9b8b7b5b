"""The records log: an SQLite file to which entries are added and in which nothing is ever changed or removed."""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Literal, NamedTuple

from wholeplace.errors import WholeplaceError
from wholeplace.records.canonical import BEGINNING, canonical, entry_hash, salted_hash, sha256

#: Where the log of a place folder is.
FILE = Path(".wholeplace") / "records.sqlite3"
#: The format of the log; a later program reads every earlier one.
FORMAT = 1  # `user_version` below
#: Seconds to wait for another import to end.
WAIT_S = 60
#: Entries written in one go, so that a large import does not fill the memory.
_AT_ONCE = 10_000
Action = Literal["put", "remove"]

_SCHEMA = """
CREATE TABLE entry (
    number INTEGER PRIMARY KEY,
    register TEXT NOT NULL,
    key TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('put', 'remove')),
    item TEXT NOT NULL,
    item_sha256 TEXT NOT NULL,
    time TEXT NOT NULL,
    person TEXT NOT NULL,
    reason TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX entry_by_key ON entry (register, key, number);
CREATE TABLE personal (
    entry INTEGER NOT NULL REFERENCES entry (number),
    field TEXT NOT NULL,
    salt TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (entry, field)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER entry_is_not_changed BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'entries of the records log are never changed'); END;
CREATE TRIGGER entry_is_not_removed BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'entries of the records log are never removed'); END;
CREATE TRIGGER entry_is_added_at_the_end BEFORE INSERT ON entry
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM entry)
BEGIN SELECT RAISE(ABORT, 'entries of the records log are added at its end'); END;
CREATE TRIGGER personal_is_not_changed BEFORE UPDATE ON personal
BEGIN SELECT RAISE(ABORT, 'personal values are erased, never changed'); END;
PRAGMA user_version = 1;
"""

_OF_RECORD = "field = ? AND entry IN (SELECT number FROM entry WHERE register = ? AND key = ?)"


class LogError(WholeplaceError, OSError):
    """A log that cannot be opened, read or written, or is none."""


class Entry(NamedTuple):
    """One entry.

    `item` is canonical JSON, `{}` where a record is removed; `time` is UTC as 2026-03-31T12:00:00.000000Z.
    """

    number: int
    register: str
    key: str
    action: Action
    item: str
    item_sha256: str
    time: str
    person: str
    reason: str
    previous_hash: str
    hash: str


@dataclass(frozen=True)
class Change:
    """What an import does to one record: `record` holds its fields that are not blank, None where it is removed."""

    register: str
    key: str
    record: Mapping[str, str] | None
    personal: frozenset[str] = frozenset()


class Log:
    """An open log. Read with `entries`; write inside `transaction` with `append`."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection, self.path = connection, path

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read inside is of one moment, whatever others write meanwhile."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("ROLLBACK")

    @property
    def head(self) -> str:
        """The hash of the last entry; BEGINNING when there is none."""
        row = self.connection.execute("SELECT hash FROM entry ORDER BY number DESC LIMIT 1").fetchone()
        return BEGINNING if row is None else str(row[0])

    @property
    def last_number(self) -> int:
        """The number of the last entry, 0 when there is none; entries are numbered without a gap."""
        return int(self.connection.execute("SELECT coalesce(max(number), 0) FROM entry").fetchone()[0])

    @property
    def last_time(self) -> str:
        """The time of the last entry, "" when there is none."""
        row = self.connection.execute("SELECT time FROM entry ORDER BY number DESC LIMIT 1").fetchone()
        return "" if row is None else str(row[0])

    def number_at(self, time: str) -> int:
        """The number of the last entry up to a time; times never fall, so that it is found by halving."""
        least, most = 0, self.last_number
        while least < most:
            middle = (least + most + 1) // 2
            query = "SELECT time <= ? FROM entry WHERE number <= ? ORDER BY number DESC LIMIT 1"
            row = self.connection.execute(query, (time, middle)).fetchone()
            least, most = (middle, most) if row is None or row[0] else (least, middle - 1)
        return least

    def entries(self, *, register: str | None = None, key: str | None = None) -> Iterator[Entry]:
        """Entries in order: all, those of a register, or those of one record."""
        wanted = {"register": register, "key": key}
        given = {name: value for name, value in wanted.items() if value is not None}
        where = " AND ".join(f"{name} = ?" for name in given)
        query = f"SELECT * FROM entry {f'WHERE {where}' if where else ''} ORDER BY number"  # noqa: S608 (own names)
        return (Entry(*row) for row in self.connection.execute(query, list(given.values())))

    def personal_values(self, numbers: Sequence[int]) -> dict[tuple[int, str], str]:
        """Personal values by entry and field, those that are erased left out."""
        found: dict[tuple[int, str], str] = {}
        for start in range(0, len(numbers), 500):
            some = list(numbers[start : start + 500])
            marks = ",".join("?" * len(some))
            query = f"SELECT entry, field, value FROM personal WHERE entry IN ({marks})"  # noqa: S608 (marks only)
            found |= {(entry, field): value for entry, field, value in self.connection.execute(query, some)}
        return found

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is appended inside is kept, or nothing; nobody else writes meanwhile.

        Raises LogError when somebody else does not stop writing, or the disk does not take it.
        """
        with _in_plain_words(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def append(self, changes: Iterable[Change], *, time: str, person: str, reason: str) -> str:
        """Add one entry for each change and return the new head.

        `time` is never earlier than the last entry's, whatever the clock says.
        """
        number, previous, time = self.last_number, self.head, max(time, self.last_time)
        added: list[Entry] = []
        personal: list[tuple[int, str, str, str]] = []
        for change in changes:
            number += 1
            kept, hidden = _hide(change.record or {}, change.personal)
            personal += [(number, field, salt, value) for field, salt, value in hidden]
            item = canonical(kept)
            action: Action = "remove" if change.record is None else "put"
            columns = (number, change.register, change.key, action, item, sha256(item), time, person, reason, previous)
            previous = entry_hash(columns)
            added.append(Entry(*columns, previous))
            if len(added) == _AT_ONCE:
                self._insert(added, personal)
                added, personal = [], []
        self._insert(added, personal)
        return previous

    def _insert(self, entries: list[Entry], personal: list[tuple[int, str, str, str]]) -> None:
        self.connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", entries)
        self.connection.executemany("INSERT INTO personal VALUES (?, ?, ?, ?)", personal)

    def count_personal(self, register: str, key: str, field: str) -> int:
        """How many values of a personal field of a record are kept."""
        query = f"SELECT count(*) FROM personal WHERE {_OF_RECORD}"  # noqa: S608 (own words)
        return int(self.connection.execute(query, (field, register, key)).fetchone()[0])

    def erase(self, register: str, key: str, field: str) -> int:
        """Forget every value that a personal field of a record has had; the chain of hashes still holds.

        After the transaction `scrub` makes sure that no trace is left on the pages of the file.
        """
        query = f"DELETE FROM personal WHERE {_OF_RECORD}"  # noqa: S608 (own words)
        return self.connection.execute(query, (field, register, key)).rowcount

    def scrub(self) -> None:
        """Write the file anew without what was erased, and empty the journal beside it.

        Raises LogError when somebody reads the journal for so long that it cannot be emptied.
        """
        with _in_plain_words(self.path):
            self.connection.execute("VACUUM")
            busy = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            message = (
                "what was erased still stands in the journal beside it, as others are reading; it goes when they end"
            )
            raise LogError(f"{self.path}: {message}")

    def close(self) -> None:
        """Close it, and fold the journal in unless others are at it."""
        with contextlib.suppress(sqlite3.Error):
            self.connection.execute("PRAGMA busy_timeout = 0")
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.connection.close()


@contextmanager
def _in_plain_words(path: Path) -> Iterator[None]:
    """Turn what SQLite says into what a person can do."""
    try:
        yield
    except sqlite3.Error as error:
        raise LogError(f"cannot write to {path}: {_words(error)}") from None


def _words(error: sqlite3.Error) -> str:
    words = str(error)
    return f"others have been writing to it for more than {WAIT_S} s; try again" if "locked" in words else words


def _hide(record: Mapping[str, str], personal: frozenset[str]) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """A record with personal fields replaced by salted hashes, and what was hidden as (field, salt, value)."""
    hidden = [(field, secrets.token_hex(16), record[field]) for field in record if field in personal]
    hashes = {field: salted_hash(salt, value) for field, salt, value in hidden}
    return {**record, **hashes}, hidden


def has_log(folder: Path) -> bool:
    """Whether a place has a log; one that was never finished being made is none."""
    path = folder / FILE
    if not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=WAIT_S)) as connection:
            return _has_tables(connection)
    except sqlite3.Error:
        return True  # whoever opens it is told what is wrong


@contextmanager
def open_log(folder: Path, *, create: bool = False, write: bool = False) -> Iterator[Log]:
    """Open the log of a place folder to read, or to `write`; with `create`, make it where there is none.

    Raises LogError when there is none, or the file is no log of ours.
    """
    path = folder / FILE
    if create:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LogError(f"cannot write to {path.parent}: {error.strerror}") from None
    elif not has_log(folder):
        raise LogError(f"{folder} has no records log yet; `wholeplace records import {folder}` starts one")
    log = Log(connect(path, create=create, read_only=not (create or write)), path)
    try:
        yield log
    finally:
        log.close()


def connect(path: Path, *, create: bool = False, read_only: bool = False) -> sqlite3.Connection:
    """Connect to a log file, which is checked to be one. Commits are on the disk when they return."""
    connection = None
    try:
        # Readers open it for writing too: the last one to leave folds the journal in.
        uri = f"{path.resolve().as_uri()}?mode={'rwc' if create else 'rw'}"
        connection = sqlite3.connect(uri, uri=True, timeout=WAIT_S, isolation_level=None)
        if create:
            _make(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        known = connection.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('entry', 'personal')").fetchone()
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise LogError(f"{path} cannot be opened as a records log: {_words(error)}") from None
    if version > FORMAT:
        connection.close()
        raise LogError(f"{path} is of a later Wholeplace (format {version}); this one reads up to {FORMAT}")
    if version != FORMAT or known[0] != 2:
        connection.close()
        raise LogError(f"{path} is no records log of Wholeplace")
    return connection


def _make(connection: sqlite3.Connection) -> None:
    """Make the tables in a new file; of several at once one makes them."""
    if _has_tables(connection):
        return
    _set_wal(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not _has_tables(connection):
            make_tables(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _has_tables(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _set_wal(connection: sqlite3.Connection) -> None:
    """Keep a write-ahead journal. SQLite does not wait for others here, so that we must."""
    until = monotonic() + WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if monotonic() > until:
                raise
            sleep(0.02)


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables and their triggers, inside a transaction."""
    for statement in _statements(_SCHEMA):
        connection.execute(statement)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one; a trigger holds semicolons of its own."""
    piece = ""
    for line in script.splitlines(keepends=True):
        piece += line
        if sqlite3.complete_statement(piece):
            yield piece
            piece = ""
