"""Check an import: each record of it, and what it would leave at odds with the records that stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import polars as pl

from wholeplace.place.findings import Findings
from wholeplace.place.registers import Register
from wholeplace.place.registers.check import check_records
from wholeplace.place.registers.dependencies import check_groups
from wholeplace.place.registers.mitigations import check_changes
from wholeplace.place.registers.references import full_name, references_in
from wholeplace.place.vocabulary import RegisterKind, name_of, vocabulary
from wholeplace.records.state import frame_of

#: Records by register and key.
Records: TypeAlias = Mapping[str, Mapping[str, Mapping[str, str]]]


def check_import(checked: Sequence[Register], given: Records, present: Records, after: Records) -> Findings:
    """Every fault of an import.

    Parameters
    ----------
    checked
        The registers that are to be taken in.
    given
        The records of the import.
    present, after
        Every record of the place as it is, and as the import would leave it.
    """
    findings = Findings()
    kinds = vocabulary().registers
    things = {name: frozenset(records) for name, records in after.items() if not kinds[name].composite}
    for register in checked:
        check_records({register.kind.name: register}, findings, things=things)
    _check_removed(given, present, after, findings)
    if "dependencies" in given:
        _check_groups(checked, given, present, after, findings)
    rows = frame_of(kinds["dependencies"], after.get("dependencies", {}).values())
    numbers = pl.Series("row", [None] * rows.height, dtype=pl.Int64)
    dependencies = Register(kinds["dependencies"], kinds["dependencies"].file, rows, numbers)
    for register in checked:
        if register.kind.name == "mitigations":
            check_changes(register, dependencies, things, vocabulary(), findings)
    return findings


def _check_removed(given: Records, present: Records, after: Records, findings: Findings) -> None:
    """Check that no record which stays refers to one that the import would remove."""
    kinds = vocabulary().registers
    removed = {
        name_of(kinds[name], key)
        for name in given
        if not kinds[name].composite
        for key in present.get(name, {}).keys() - after[name].keys()
    }
    if not removed:
        return
    for name, records in after.items():
        stay = {key: record for key, record in records.items() if key not in given.get(name, {})}
        told = list(_refers_to(kinds[name], stay, removed))
        findings.several("error", "removed-reference", told, total=len(told), file=kinds[name].title)


def _refers_to(
    kind: RegisterKind, records: Mapping[str, Mapping[str, str]], removed: set[str]
) -> Iterator[tuple[str, None, str]]:
    fields = [field for field in kind.fields if field.refers]
    for key, record in records.items():
        for field in fields:
            for one in references_in(field, record.get(field.name, "")):
                thing = full_name(field, one)
                if thing in removed:
                    words = f"{name_of(kind, key)} names it as {field.name}; keep it, or change that record first"
                    yield f"would be removed, and {words}", None, thing


def _check_groups(
    checked: Iterable[Register], given: Records, present: Records, after: Records, findings: Findings
) -> None:
    """Check the groups that the import touches, with the rows of them that stay as they are."""
    [register] = [one for one in checked if one.kind.name == "dependencies"][:1]
    before, now = present.get("dependencies", {}), after["dependencies"]
    changed = [key for key in before.keys() | now.keys() if before.get(key) != now.get(key)]
    touched = {(before.get(key) or now[key]).get("dependent", "").strip() for key in changed}
    rows = dict(zip(register.keys, register.rows, strict=True))
    records = {key: record for key, record in now.items() if record.get("dependent", "").strip() in touched}
    numbers = pl.Series("row", [rows.get(key) for key in records], dtype=pl.Int64)
    check_groups(Register(register.kind, register.file, frame_of(register.kind, records.values()), numbers), findings)
