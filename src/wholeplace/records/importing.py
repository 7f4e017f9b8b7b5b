"""Import registers into the log: say what would change, check it, and apply it in one transaction or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from wholeplace.place.findings import Finding, Findings
from wholeplace.place.registers import FolderSource, Register
from wholeplace.place.vocabulary import name_of, vocabulary
from wholeplace.records.canonical import BEGINNING
from wholeplace.records.files import read_import
from wholeplace.records.import_checks import Records, check_import
from wholeplace.records.log import Change, Log, has_log, open_log
from wholeplace.records.state import held_records, in_order, now, records_of, registers_in


@dataclass(frozen=True)
class Difference:
    """What an import does to one record: `before` and `after` are its fields, None where there is no record."""

    register: str
    key: str
    before: Mapping[str, str] | None
    after: Mapping[str, str] | None

    @cached_property
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
        for field in in_order(vocabulary().registers[self.register], before, after):
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
        findings = [finding.as_dict() for finding in self.findings]
        listed = [
            {"action": one.action, "register": one.register, "key": one.key,
             "fields": [{"field": f, "before": b, "after": a} for f, b, a in one.fields()]}
            for one in self.differences
        ]  # fmt: skip
        return {"ok": True, **counts, "unchanged": self.unchanged, "changes": listed, "findings": findings}


@dataclass(frozen=True)
class ImportRequest:
    """What is to be imported into which place. Without `source`, the place's own register files, each as a whole.

    `whole`: records that a register of the import does not have are removed. Without it they are kept; where the log
    has nothing of the register yet, they are those of its CSV, which go into the log with the import. `only`: the
    import sets these fields alone; a record that is there keeps what it has in the others.
    """

    folder: Path
    source: Path | None = None
    whole: bool = False
    registers: Mapping[str, Register] | None = None
    only: frozenset[str] | None = None

    @property
    def takes_whole(self) -> bool:
        """Whether a record that a register of the import does not have is removed."""
        return self.whole or (self.source is None and self.registers is None)

    def read(self, findings: Findings) -> Mapping[str, Register]:
        """The registers to import."""
        if self.registers is not None:
            return self.registers
        if self.source is None:
            return FolderSource(self.folder).read(findings)
        return read_import(self.source, findings)


@dataclass(frozen=True)
class _Seen:
    """What the log held when a plan was made, and its head then."""

    head: str
    held: Records

    @classmethod
    def of(cls, log: Log) -> _Seen:
        held = {name: {key: one.record for key, one in held_records(log, name).items()} for name in registers_in(log)}
        return cls(log.head, held)


def plan_import(request: ImportRequest) -> ImportPlan:
    """Say what an import would do, without writing anything.

    Raises
    ------
    FindingsError
        With every fault of what is to be imported.
    """
    new, told = _sound(request)
    return _plan(request, new, _look(request.folder).held, told)


def apply_import(request: ImportRequest, *, person: str, reason: str) -> ImportPlan:
    """Import, in one transaction: when it returns, every entry is on the disk; when it raises, none is.

    Raises
    ------
    FindingsError
        With every fault of what is to be imported; nothing is written then.
    """
    new, told = _sound(request)
    seen = _look(request.folder)
    plan = _plan(request, new, seen.held, told)
    if not plan.differences:
        return plan
    with open_log(request.folder, create=True) as log, log.transaction():
        if log.head != seen.head:  # others have imported meanwhile, and nobody can from here on
            plan = _plan(request, new, _Seen.of(log).held, told)
        log.append(map(_change, plan.differences), time=now(), person=person, reason=reason)
    return plan


def _sound(request: ImportRequest) -> tuple[Mapping[str, Register], list[Finding]]:
    """The registers to import, which can be read, and what else there is to tell of their files."""
    findings = Findings()
    new = request.read(findings)
    findings.raise_errors(f"the import into {request.folder}")
    return new, findings.items


def _look(folder: Path) -> _Seen:
    if not has_log(folder):
        return _Seen(BEGINNING, {})
    with open_log(folder) as log, log.snapshot():
        return _Seen.of(log)


def _change(one: Difference) -> Change:
    return Change(one.register, one.key, one.after, _personal(one.register))


@cache
def _personal(register: str) -> frozenset[str]:
    return frozenset(field.name for field in vocabulary().registers[register].fields if field.personal)


def _plan(request: ImportRequest, new: Mapping[str, Register], held: Records, told: Sequence[Finding]) -> ImportPlan:
    given = {name: records_of(register) for name, register in new.items()}
    files = new if request.source is None and request.registers is None else _files(request, new, held)
    in_files = {name: records_of(register) for name, register in files.items() if name not in held}
    kept = {} if request.takes_whole else {**in_files, **held}
    if request.only is not None:
        there = {**in_files, **held}
        given = {name: _with_other_fields(one, there.get(name, {}), request.only) for name, one in given.items()}
    after = {name: {**kept.get(name, {}), **records} for name, records in given.items()}
    differences = [one for name in new for one in _differences(name, held.get(name, {}), after[name])]
    differences.sort(key=lambda one: _ORDER[one.action])
    taken = [] if request.takes_whole else [_without(files[name], given[name]) for name in new if name in in_files]
    present = {**in_files, **held}
    findings = check_import([*new.values(), *taken], given, present, {**present, **after})
    for register in taken:
        message = f"the log has nothing of it yet, so that its other {register.frame.height} records go into it too"
        findings.notice("takes-file", message, file=register.file)
    findings.raise_errors(f"the import into {request.folder}")
    unchanged = sum(held.get(name, {}).get(key) == record for name in given for key, record in given[name].items())
    return ImportPlan(tuple(differences), unchanged, (*told, *findings.items))


def _with_other_fields(
    given: Mapping[str, Mapping[str, str]], there: Mapping[str, Mapping[str, str]], only: frozenset[str]
) -> dict[str, dict[str, str]]:
    """Records to import, each with the fields that it has already and the import does not set."""
    return {
        key: {**{name: text for name, text in there.get(key, {}).items() if name not in only}, **record}
        for key, record in given.items()
    }


def _without(register: Register, records: Mapping[str, object]) -> Register:
    """A register without those of its records that are in `records` too."""
    stays = ~register.keys.is_in(list(records))
    return replace(register, frame=register.frame.filter(stays), rows=register.rows.filter(stays))


_ORDER = {"removed": 0, "changed": 1, "added": 2}


def _differences(
    register: str, before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> Iterator[Difference]:
    """What becomes of each record of a register that does not stay as it is, in order of keys."""
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield Difference(register, key, before.get(key), after.get(key))


def _files(request: ImportRequest, new: Mapping[str, Register], held: Records) -> Mapping[str, Register]:
    """The CSV files of a place; faults count where the import takes over what stands in the file."""
    findings = Findings()
    files = FolderSource(request.folder).read(findings)
    taken = [] if request.takes_whole else [vocabulary().registers[name].file for name in new if name not in held]
    faults = Findings()
    faults.extend(finding for finding in findings.items if finding.file in taken)
    faults.raise_errors(f"the import into {request.folder}")
    return files
