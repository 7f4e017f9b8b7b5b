"""What the log says of a register now or at any past time."""

from __future__ import annotations

import datetime as dt
import json
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wholeplace.errors import WholeplaceError
from wholeplace.place.findings import Findings
from wholeplace.place.registers import FolderSource, Register
from wholeplace.place.vocabulary import RegisterKind, vocabulary
from wholeplace.records.canonical import SALTED
from wholeplace.records.log import FILE, Log, has_log, open_log


class WhenError(WholeplaceError, ValueError):
    """Text that is no date or time."""


@dataclass(frozen=True)
class Held:
    """A record as the log holds it: the number of its latest entry and its fields that are not blank."""

    number: int
    record: Mapping[str, str]


def registers_in(log: Log, *, at: str | None = None) -> list[str]:
    """Registers that have any entry (up to a time), in the order of the vocabulary."""
    last = log.last_number if at is None else log.number_at(at)
    query = "SELECT 1 FROM entry WHERE register = ? AND number <= ? LIMIT 1"
    return [name for name in vocabulary().registers if log.connection.execute(query, (name, last)).fetchone()]


def held_records(log: Log, register: str, *, at: str | None = None) -> dict[str, Held]:
    """Every record of a register by key, in order of keys; `at` is a time as the log writes it, None means now."""
    last = log.last_number if at is None else log.number_at(at)
    latest = "SELECT max(number) FROM entry WHERE register = ? AND number <= ? GROUP BY key"
    query = f"SELECT number, key, item FROM entry WHERE number IN ({latest}) AND action = 'put' ORDER BY key"  # noqa: S608
    personal = [field.name for field in vocabulary().registers[register].fields if field.personal]
    found = {
        key: Held(number, json.loads(item)) for number, key, item in log.connection.execute(query, (register, last))
    }
    hidden = [one.number for one in found.values() if any(name in one.record for name in personal)]
    values = log.personal_values(hidden)
    for key, one in found.items():
        if any(name in one.record for name in personal):
            found[key] = Held(one.number, _shown(one, personal, values))
    return found


def _shown(held: Held, personal: Sequence[str], values: Mapping[tuple[int, str], str]) -> dict[str, str]:
    """A record with its personal values in place of their hashes, without those that are erased."""
    record = dict(held.record)
    for name in personal:
        if record.get(name, "").startswith(SALTED):
            value = values.get((held.number, name))
            if value is None:
                del record[name]
            else:
                record[name] = value
    return record


def last_put(log: Log) -> dict[str, dict[str, str]]:
    """When each record that there is was last put, by register and key."""
    latest = "SELECT max(number) FROM entry WHERE register = ? GROUP BY key"
    query = f"SELECT key, time FROM entry WHERE number IN ({latest}) AND action = 'put'"  # noqa: S608
    return {name: dict(log.connection.execute(query, (name,)).fetchall()) for name in registers_in(log)}


def as_register(kind: RegisterKind, held: Mapping[str, Held], *, file: str = FILE.as_posix()) -> Register:
    """Records of the log as a register; its rows go by the numbers of their entries."""
    return Register(kind, file, frame_of(kind, (one.record for one in held.values())),
                    pl.Series("row", [one.number for one in held.values()], dtype=pl.Int64))  # fmt: skip


def registers_as_at(log: Log, at: str) -> dict[str, Register]:
    """Every register of which the log had any entry at a time (see `parse_when`), as it was then."""
    kinds = vocabulary().registers
    return {name: as_register(kinds[name], held_records(log, name, at=at)) for name in registers_in(log, at=at)}


def frame_of(kind: RegisterKind, records: Iterable[Mapping[str, str]]) -> pl.DataFrame:
    """Records as a table: the fields of the register in their order, then columns of the place's own."""
    rows = list(records)
    columns = in_order(kind, *rows)
    return pl.DataFrame({name: [row.get(name, "") for row in rows] for name in columns},
                        schema=dict.fromkeys(columns, pl.String))  # fmt: skip


def in_order(kind: RegisterKind, *records: Mapping[str, str]) -> list[str]:
    """Names of fields: those of the register in their order, then the columns of the place's own that records have."""
    return [*kind.by_name, *dict.fromkeys(name for record in records for name in record if name not in kind.by_name)]


@dataclass(frozen=True)
class PlaceRegisters:
    """The registers of a place folder: from the log where it has any entry of a register, else from the CSV files."""

    folder: Path

    def read(self, findings: Findings) -> dict[str, Register]:
        """Every register; files that differ from the log are told of."""
        files = FolderSource(self.folder).read(findings)
        logged = self._logged() if has_log(self.folder) else {}
        for name in sorted(files.keys() & logged.keys()):
            _tell_difference(files[name], logged[name], findings)
        found = {**files, **logged}
        return {name: found[name] for name in vocabulary().registers if name in found}

    def _logged(self) -> dict[str, Register]:
        kinds = vocabulary().registers
        with open_log(self.folder) as log, log.snapshot():
            return {name: as_register(kinds[name], held_records(log, name)) for name in registers_in(log)}


def _tell_difference(file: Register, log: Register, findings: Findings) -> None:
    """Warn when a register's file is not what the log says."""
    written, held = records_of(file), records_of(log)
    if written == held:
        return
    added = len(written.keys() - held.keys())
    removed = len(held.keys() - written.keys())
    changed = sum(1 for key in written.keys() & held.keys() if written[key] != held[key])
    counts = f"{added} more, {removed} fewer, {changed} different"
    message = f"differs from the records log, which counts ({counts}); `wholeplace records import` takes it over"
    findings.warning("differs-from-log", message, file=file.file)


def records_of(register: Register) -> dict[str, dict[str, str]]:
    """Records by key, without their blank fields; of two with one key, the later.

    A new line in a cell is one letter, whatever program wrote it: spreadsheet programs put theirs in its place, and
    would change every such record.
    """
    frame = register.frame
    lined = [name for name in frame.columns if frame[name].str.contains("\r", literal=True).any()]
    frame = frame.with_columns(pl.col(name).str.replace_all("\r\n?", "\n") for name in lined)
    return {
        key: {name: text for name, text in row.items() if text and not text.isspace()}
        for key, row in zip(register.keys, frame.iter_rows(named=True), strict=True)
    }


def now() -> str:
    """The present time as the log writes it."""
    return _utc(dt.datetime.now(dt.UTC))


def _utc(time: dt.datetime) -> str:
    return time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_when(text: str, timezone: str) -> str:
    """A date or time as the log writes it.

    A date alone means its end; a date or time without an offset is of the place's own time zone.

    >>> parse_when("2026-03-29", "Europe/London")
    '2026-03-29T22:59:59.999999Z'
    """
    zone = zoneinfo.ZoneInfo(timezone)
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = None
    try:
        if day is not None:
            next_day = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
            return _utc(next_day.astimezone(dt.UTC) - dt.timedelta(microseconds=1))
        time = dt.datetime.fromisoformat(text)
        return _utc(time if time.tzinfo else time.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        raise WhenError(f"{text!r} is no date or time; write 2026-03-31 or 2026-03-31T09:00") from None
