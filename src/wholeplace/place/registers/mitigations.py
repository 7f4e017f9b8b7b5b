"""Mitigations: what their changes name, and the values they give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from wholeplace.place.findings import Findings
from wholeplace.place.registers.changes import Change, ChangeError, parse_changes
from wholeplace.place.registers.field_types import as_float, fault_of, is_numeric
from wholeplace.place.registers.references import Things, reference_faults
from wholeplace.place.registers.register import Register
from wholeplace.place.vocabulary import Field, Vocabulary

#: Columns of a dependency row that name it, and are not changed but written anew.
_NAMING = ("dependent", "provider", "group")


def check_changes(
    register: Register, dependencies: Register | None, things: Things, known: Vocabulary, findings: Findings
) -> None:
    """Check that every change names a thing that is there and gives a field of it a value it can have.

    The groups that changes name are looked up in `dependencies`, where these are all of a place.
    """
    checker = _Checker(things, known, dependencies)
    told = []
    for text, row in zip(register.column("changes").str.strip_chars(), register.rows, strict=True):
        try:
            changes = parse_changes(text)
        except ChangeError:
            continue  # told with the cells of its type
        told += [(words, int(row), value) for change in changes for value, words in checker.faults(change)]
    findings.several("error", "changes", told, total=len(told), file=register.file, column="changes")


@dataclass(frozen=True)
class _Checker:
    things: Things
    known: Vocabulary
    dependencies: Register | None

    def faults(self, change: Change) -> Iterator[tuple[str, str]]:
        """Each value of a change that is wrong, with why."""
        if change.dependency:
            fields = self.known.registers["dependencies"].by_name
            named = [("dependent", change.thing)] + ([("provider", change.provider)] if change.provider else [])
            wrong = [fault for name, thing in named for fault in reference_faults(fields[name], thing, self.things)]
            yield from wrong
            if change.operator == "add":
                return
            if not wrong:
                yield from self._row_faults(change)
            fields = {name: field for name, field in fields.items() if name not in _NAMING}
        else:
            found = self.known.split(change.thing)
            if found is None or found[0].composite:
                yield change.thing, "names no thing; its prefix must be that of a register"
                return
            kind, key = found
            if key not in self.things.get(kind.name, frozenset()):
                yield change.thing, f"names something that is not in {kind.file}"
            fields = {name: field for name, field in kind.by_name.items() if name != "id"}
        if change.field not in fields:
            yield change.field, f"{change.thing} has no such field to change; it has: {', '.join(fields)}"
        else:
            yield from self._value_faults(change, fields[change.field])

    def _value_faults(self, change: Change, field: Field) -> Iterator[tuple[str, str]]:
        if change.operator == "=":
            fault = fault_of(field, change.value)
            if fault:
                yield change.value, f"{field.name} {fault}"
            elif field.refers:
                yield from reference_faults(field, change.value, self.things)
        elif not is_numeric(field):
            yield change.field, f"is no number, so {change.operator} does nothing to it; write ="
        elif as_float(change.value) is None:
            yield change.value, f"is no number, which {change.operator} needs"

    def _row_faults(self, change: Change) -> Iterator[tuple[str, str]]:
        """A group, or a row without a group, that no dependency row has."""
        if self.dependencies is None:
            return
        if change.group and (change.thing, change.group) not in self._groups:
            yield change.group, f"{change.thing} has no group of this name in dependencies.csv"
        if change.provider and (change.thing, change.provider) not in self._single_rows:
            yield change.provider, f"no row without a group in dependencies.csv says that {change.thing} needs it"

    @cached_property
    def _groups(self) -> set[tuple[str, str]]:
        return set(self._rows.select("dependent", "group").rows())

    @cached_property
    def _single_rows(self) -> set[tuple[str, str]]:
        return set(self._rows.filter(pl.col("group") == "").select("dependent", "provider").rows())

    @cached_property
    def _rows(self) -> pl.DataFrame:
        assert self.dependencies is not None
        return pl.DataFrame({name: self.dependencies.column(name).str.strip_chars() for name in _NAMING})
