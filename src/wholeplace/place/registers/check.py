"""Check registers against the vocabulary and one another; every fault is told with file, row, column and value."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from wholeplace.place.area_codes import check_twice
from wholeplace.place.findings import Findings
from wholeplace.place.registers.dependencies import check_groups, check_undeclared
from wholeplace.place.registers.field_types import TYPES, fault_of, is_free
from wholeplace.place.registers.mitigations import check_changes
from wholeplace.place.registers.references import Things, reference_faults
from wholeplace.place.registers.register import Register
from wholeplace.place.vocabulary import Field, Vocabulary, vocabulary


def check_registers(registers: Mapping[str, Register], findings: Findings, *, known: Vocabulary | None = None) -> None:
    """Add every fault of the registers of a place."""
    things = things_of(registers)
    check_records(registers, findings, things=things)
    if "dependencies" in registers:
        check_groups(registers["dependencies"], findings)
    if "mitigations" in registers:
        groups = registers.get("dependencies")
        check_changes(registers["mitigations"], groups, things, known or vocabulary(), findings)
    check_undeclared(registers, findings)


def check_records(registers: Mapping[str, Register], findings: Findings, *, things: Things) -> None:
    """Add the faults of each record; `things` are the ids there are in the place."""
    for register in registers.values():
        check_key(register, findings)
        for field in register.kind.fields:
            if field.name not in register.frame.columns:
                continue
            check_field(register, field, findings)
            if field.refers:
                check_references(register, field, things, findings)
            if field.at_least:
                _check_order(register, register.kind.by_name[field.at_least], field, findings)
    if "service_users" in registers:
        _check_one_geography(registers["service_users"], findings)


def check_key(register: Register, findings: Findings) -> None:
    """Check that every record has a key and no two have the same."""
    kind, file = register.kind, register.file
    if not kind.composite:
        frame = pl.DataFrame({"id": register.keys, "row": register.rows})
        check_twice(frame, ["id"], findings, file=file, column="id", what="id")
        return
    frame = pl.DataFrame({"key": register.keys, "row": register.rows})
    check_twice(frame, ["key"], findings, file=file, column=kind.key[0], what="key")


def check_field(register: Register, field: Field, findings: Findings) -> None:
    """Check every cell of one field against its type; each different text is looked at once."""
    cells = pl.DataFrame({"text": register.column(field.name).str.strip_chars(), "row": register.rows})
    if field.required and field.type != "id":  # a record without an id is told of with the keys
        blank = cells.filter(pl.col("text") == "")["row"]
        message = f"has no {field.name}, which every row of {register.kind.title.lower()} needs"
        told = ((row, "") for row in blank)
        findings.cells("error", "required", message, told, total=len(blank), file=register.file, column=field.name)
    if is_free(field):
        return
    texts = cells["text"].unique(maintain_order=True)
    faults = {text: fault for text in texts if text and (fault := fault_of(field, text))}
    if not faults:
        return
    bad = cells.filter(pl.col("text").is_in(list(faults)))
    told_each = ((faults[text], row, text) for text, row in bad.rows())
    rule = TYPES[field.type].rule
    findings.several("error", rule, told_each, total=bad.height, file=register.file, column=field.name)


def things_of(registers: Mapping[str, Register]) -> dict[str, frozenset[str]]:
    """The ids there are, by register."""
    return {name: frozenset(register.keys) for name, register in registers.items() if not register.kind.composite}


def check_references(register: Register, field: Field, things: Things, findings: Findings) -> None:
    """Check that every thing a field names is in its register."""
    cells = pl.DataFrame({"text": register.column(field.name).str.strip_chars(), "row": register.rows})
    cells = cells.filter(pl.col("text") != "")
    faults = {text: list(reference_faults(field, text, things)) for text in cells["text"].unique(maintain_order=True)}
    bad = cells.filter(pl.col("text").is_in([text for text, found in faults.items() if found]))
    told = ((words, row, one) for text, row in bad.rows() for one, words in faults[text])
    total = sum(len(faults[text]) for text in bad["text"])
    findings.several("error", "unknown-reference", told, total=total, file=register.file, column=field.name)


def _check_order(register: Register, first: Field, last: Field, findings: Findings) -> None:
    """Dates in the wrong order are errors; numbers that contradict one another are doubts."""
    pairs = pl.DataFrame(
        {
            "first": register.column(first.name).str.strip_chars(),
            "last": register.column(last.name).str.strip_chars(),
            "row": register.rows,
        }
    )
    dates = last.type == "date"
    begins, ends = (
        one.str.to_date("%Y-%m-%d", strict=False) if dates else one.cast(pl.Float64, strict=False)
        for one in (pl.col("first"), pl.col("last"))
    )
    bad = pairs.filter(begins > ends)
    words = f"comes before {first.name}, which is" if dates else f"is below {first.name}, which is"
    told = ((f"{last.name} {words} {one}", row, other) for one, other, row in bad.rows())
    level, rule = ("error", "date-order") if dates else ("warning", "number-order")
    findings.several(level, rule, told, total=bad.height, file=register.file, column=last.name)  # type: ignore[arg-type]


def _check_one_geography(register: Register, findings: Findings) -> None:
    """The users of one service stand in areas of one geography, or they would be counted twice."""
    [prefix] = register.kind.by_name["service"].prefixes
    frame = pl.DataFrame(
        {
            "service": register.column("service").str.strip_chars().str.strip_prefix(f"{prefix}:"),
            "geography": register.column("geography").str.strip_chars(),
            "row": register.rows,
        }
    ).filter(pl.col("geography") != "")
    first = pl.col("geography").first().over("service")
    mixed = frame.with_columns(first=first).filter(pl.col("first") != pl.col("geography"))
    mixed = mixed.unique(["service", "geography"], maintain_order=True, keep="first")
    told = (
        (f"the users of {service} stand by areas of {one} above; write all of one service by one geography", row, other)
        for service, other, row, one in mixed.rows()
    )
    findings.several("error", "two-geographies", told, total=mixed.height, file=register.file, column="geography")
