"""Import registers into the log: say what would change, check it, and apply it in one transaction or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from wholeplace.place.findings import Finding, Findings
from wholeplace.place.registers import FolderSource, Register
from wholeplace.place.registers.check import check_references, check_registers, things_of
from wholeplace.place.registers.dependencies import check_groups
from wholeplace.place.vocabulary import name_of, vocabulary
from wholeplace.records.files import read_import
from wholeplace.records.log import Change, Log, has_log, open_log
from wholeplace.records.state import Held, as_register, frame_of, held_records, now, records_of, registers_in


@dataclass(frozen=True)
class Difference:
    """What an import does to one record: `before` and `after` are its fields, None where there is no record."""

    register: str
    key: str
    before: Mapping[str, str] | None
    after: Mapping[str, str] | None

    @property
    def action(self) -> str:
        """removed, changed or added."""
        return "removed" if self.after is None else "added" if self.before is None else "changed"

    @property
    def name(self) -> str:
        """The name of the thing."""
        return name_of(vocabulary().registers[self.register], self.key)

    def fields(self) -> Iterator[tuple[str, str, str]]:
        """Each field that differs: name, before, after."""
        before, after = self.before or {}, self.after or {}
        for field in dict.fromkeys([*before, *after]):
            if before.get(field, "") != after.get(field, ""):
                yield field, before.get(field, ""), after.get(field, "")


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do, removed records first, then changed, then added; and how many stay as they are."""

    differences: tuple[Difference, ...]
    unchanged: int
    findings: tuple[Finding, ...] = ()

    def count(self, action: str) -> int:
        return sum(1 for one in self.differences if one.action == action)

    def as_dict(self) -> dict[str, Any]:
        """The plan as JSON."""
        counts = {action: self.count(action) for action in ("removed", "changed", "added")}
        listed = [
            {"action": one.action, "register": one.register, "key": one.key,
             "fields": [{"field": f, "before": b, "after": a} for f, b, a in one.fields()]}
            for one in self.differences
        ]  # fmt: skip
        return {**counts, "unchanged": self.unchanged, "changes": listed}


@dataclass(frozen=True)
class ImportRequest:
    """What is to be imported into which place. Without `source`, the place's own register files, each as a whole.

    `whole`: records that a register of the import does not have are removed. `only`: the import sets these fields
    alone; a record that is there keeps what it has in the others.
    """

    folder: Path
    source: Path | None = None
    whole: bool = False
    registers: Mapping[str, Register] | None = None
    only: frozenset[str] | None = None

    def read(self, findings: Findings) -> Mapping[str, Register]:
        """The registers to import."""
        if self.registers is not None:
            return self.registers
        if self.source is None:
            return FolderSource(self.folder).read(findings)
        return read_import(self.source, findings)


def plan_import(request: ImportRequest) -> ImportPlan:
    """Say what an import would do, without writing anything.

    Raises
    ------
    FindingsError
        With every fault of what is to be imported.
    """
    new = _sound(request)
    if not has_log(request.folder):
        return _plan(request, new, {})
    with open_log(request.folder) as log:
        return _plan(request, new, _held(log))


def apply_import(request: ImportRequest, *, person: str, reason: str) -> ImportPlan:
    """Import, in one transaction: when it returns, every entry is on the disk; when it raises, none is.

    Raises
    ------
    FindingsError
        With every fault of what is to be imported; nothing is written then.
    """
    new = _sound(request)
    with open_log(request.folder, create=True) as log, log.transaction():
        plan = _plan(request, new, _held(log))
        log.append([_change(one) for one in plan.differences], time=now(), person=person, reason=reason)
    return plan


def _sound(request: ImportRequest) -> Mapping[str, Register]:
    findings = Findings()
    new = request.read(findings)
    findings.raise_errors(f"the import into {request.folder}")
    return new


def _held(log: Log) -> dict[str, dict[str, Held]]:
    return {name: held_records(log, name) for name in registers_in(log)}


def _change(one: Difference) -> Change:
    fields = vocabulary().registers[one.register].fields
    return Change(one.register, one.key, one.after, frozenset(field.name for field in fields if field.personal))


def _plan(request: ImportRequest, new: Mapping[str, Register], held: Mapping[str, Mapping[str, Held]]) -> ImportPlan:
    whole = request.whole or (request.source is None and request.registers is None)
    if request.only is not None:
        new = {name: _with_other_fields(one, held.get(name, {}), request.only) for name, one in new.items()}
    differences: list[Difference] = []
    unchanged = 0
    for name, register in new.items():
        records = records_of(register)
        before = {key: one.record for key, one in held.get(name, {}).items()}
        gone = sorted(before.keys() - records.keys()) if whole else []
        differences += [Difference(name, key, before[key], None) for key in gone]
        for key in sorted(records):
            if before.get(key) == records[key]:
                unchanged += 1
            else:
                differences.append(Difference(name, key, before.get(key), records[key]))
    order = {"removed": 0, "changed": 1, "added": 2}
    differences.sort(key=lambda one: order[one.action])
    findings = _check(request, new, held, differences)
    return ImportPlan(tuple(differences), unchanged, tuple(findings.items))


def _with_other_fields(new: Register, held: Mapping[str, Held], only: frozenset[str]) -> Register:
    """A register to import, each record with the fields that it has in the log and the import does not set."""
    rows = zip(new.keys, new.frame.iter_rows(named=True), strict=True)
    kept = {key: {name: text for name, text in one.record.items() if name not in only} for key, one in held.items()}
    frame = frame_of(new.kind, (kept.get(key, {}) | row for key, row in rows))
    return Register(new.kind, new.file, frame, new.rows)


def _check(
    request: ImportRequest,
    new: Mapping[str, Register],
    held: Mapping[str, Mapping[str, Held]],
    differences: list[Difference],
) -> Findings:
    """Check what is imported, and what would be left pointing nowhere or at odds; raise every error at once."""
    present = FolderSource(request.folder).read(Findings())
    present |= {name: as_register(vocabulary().registers[name], records) for name, records in held.items()}
    after = {**present, **{name: _after(name, new[name], held.get(name, {}), differences) for name in new}}
    findings = Findings()
    check_registers(new, findings, things=things_of(after))
    known = {_told(one) for one in findings.items}
    before = {_told(one) for one in _whole_faults(present)}
    findings.extend(one for one in _whole_faults(after) if _told(one) not in before | known)
    findings.raise_errors(f"the import into {request.folder}")
    return findings


def _after(name: str, new: Register, held: Mapping[str, Held], differences: list[Difference]) -> Register:
    """A register as the import would leave it."""
    records = {key: one.record for key, one in held.items()} | records_of(new)
    for one in differences:
        if one.register == name and one.after is None:
            records.pop(one.key, None)
    kind = vocabulary().registers[name]
    numbers = [held[key].number if key in held else 0 for key in records]
    return Register(
        kind, f"{name} after the import", frame_of(kind, records.values()), pl.Series("row", numbers, dtype=pl.Int64)
    )


def _whole_faults(registers: Mapping[str, Register]) -> list[Finding]:
    """What can be wrong only between records: references and groups."""
    findings = Findings()
    things = things_of(registers)
    for register in registers.values():
        for field in register.kind.fields:
            if field.refers and field.name in register.frame.columns:
                check_references(register, field, things, findings)
    if "dependencies" in registers:
        check_groups(registers["dependencies"], findings)
    return findings.items


def _told(one: Finding) -> tuple[str, str | None, str | None]:
    """What a fault is, wherever it stands."""
    return one.rule, one.column, one.value
