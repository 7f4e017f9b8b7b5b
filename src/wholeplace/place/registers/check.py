"""Check registers against the vocabulary and one another; every fault is told with file, row, column and value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from wholeplace.place.area_codes import check_twice
from wholeplace.place.findings import Findings
from wholeplace.place.indicators import is_id
from wholeplace.place.registers.dependencies import check_groups, check_undeclared
from wholeplace.place.registers.field_types import fault_of
from wholeplace.place.registers.register import Register
from wholeplace.place.vocabulary import Field, vocabulary

#: Pairs of dates of which the first may not come after the second.
_IN_ORDER = {"contracts": (("start", "end"),)}
#: Pairs of numbers of which the first should not be above the second.
_RISING = {"teams": (("minimum_staff", "headcount"),), "services": (("rto_h", "max_tolerable_h"),)}


def check_registers(registers: Mapping[str, Register], findings: Findings) -> None:
    """Add every fault of the registers of a place."""
    check_records(registers, findings, things=things_of(registers))
    if "dependencies" in registers:
        check_groups(registers["dependencies"], findings)
    check_undeclared(registers, findings)


def check_records(
    registers: Mapping[str, Register], findings: Findings, *, things: Mapping[str, frozenset[str]]
) -> None:
    """Add the faults of each record; `things` are the ids there are in the place."""
    for register in registers.values():
        check_key(register, findings)
        for field in register.kind.fields:
            if field.name not in register.frame.columns:
                continue
            check_field(register, field, findings)
            if field.refers:
                check_references(register, field, things, findings)
        _check_order(register, findings)


def things_of(registers: Mapping[str, Register]) -> dict[str, frozenset[str]]:
    """The ids there are, by register."""
    return {name: frozenset(register.keys) for name, register in registers.items() if not register.kind.composite}


def check_key(register: Register, findings: Findings) -> None:
    """Check that every record has a key and no two have the same, and that ids are written as ids."""
    kind, file = register.kind, register.file
    if not kind.composite:
        frame = pl.DataFrame({"id": register.keys, "row": register.rows})
        check_twice(frame, ["id"], findings, file=file, column="id", what="id")
        ids = frame.filter(pl.col("id") != "")
        bad = [(row, one) for one, row in ids.rows() if not is_id(one)]
        message = "an id is made of lower-case letters, digits and hyphens"
        findings.cells("warning", "id-form", message, bad, total=len(bad), file=file, column="id")
        return
    for name in kind.key:
        if kind.by_name[name].required:
            blank = register.rows.filter(register.column(name).str.strip_chars() == "")
            message = f"has no {name}, which is part of its key"
            cells = ((row, "") for row in blank)
            findings.cells("error", "required", message, cells, total=len(blank), file=file, column=name)
    frame = pl.DataFrame({"key": register.keys, "row": register.rows})
    check_twice(frame, ["key"], findings, file=file, column=kind.key[0], what="key")


def check_field(register: Register, field: Field, findings: Findings) -> None:
    """Check every cell of one field against its type; each different text is looked at once."""
    cells = pl.DataFrame({"text": register.column(field.name).str.strip_chars(), "row": register.rows})
    if field.required and field.name not in register.kind.key:
        blank = cells.filter(pl.col("text") == "")["row"]
        told = ((row, "") for row in blank)
        message = f"has no {field.name}, which is required"
        findings.cells("error", "required", message, told, total=len(blank), file=register.file, column=field.name)
    texts = cells["text"].unique(maintain_order=True)
    faults = {text: fault for text in texts if text and (fault := fault_of(field, text))}
    if not faults:
        return
    bad = cells.filter(pl.col("text").is_in(list(faults)))
    told_each = ((faults[text], row, text) for text, row in bad.rows())
    rule = {"code": "code-list", "date": "date", "distribution": "distribution"}.get(field.type, field.type)
    findings.several("error", rule, told_each, total=bad.height, file=register.file, column=field.name)


def check_references(
    register: Register, field: Field, things: Mapping[str, frozenset[str]], findings: Findings
) -> None:
    """Check that every thing a field names is in its register."""
    cells = pl.DataFrame({"text": register.column(field.name).str.strip_chars(), "row": register.rows})
    cells = cells.filter(pl.col("text") != "")
    faults = {text: list(reference_faults(field, text, things)) for text in cells["text"].unique(maintain_order=True)}
    bad = cells.filter(pl.col("text").is_in([text for text, found in faults.items() if found]))
    told = ((words, row, one) for text, row in bad.rows() for one, words in faults[text])
    total = sum(len(faults[text]) for text in bad["text"])
    findings.several("error", "unknown-reference", told, total=total, file=register.file, column=field.name)


def reference_faults(field: Field, text: str, things: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """Each reference of a cell that leads nowhere, with what is wrong."""
    known = vocabulary()
    for one in references_in(field, text):
        found = known.split(one)
        if found is None and len(field.refers) == 1 and one:
            kind, key = known.registers[field.refers[0]], one
        elif found is None:
            prefixes = ", ".join(f"{known.registers[name].prefix}:" for name in field.refers)
            yield one, f"does not say what kind of thing it is; write it with one of {prefixes}"
            continue
        else:
            kind, key = found
        if kind.name not in field.refers:
            titles = ", ".join(known.registers[name].one for name in field.refers)
            yield one, f"names a {kind.one}, where only these can stand: {titles}"
        elif key not in things.get(kind.name, frozenset()):
            yield one, f"names a {kind.one} that is not in {kind.file}; add it there, or mend the name"


def references_in(field: Field, text: str) -> list[str]:
    """The references that stand in a cell."""
    pieces = text.split(";") if field.type == "references" else [text]
    return [piece.strip() for piece in pieces if piece.strip()]


def _check_order(register: Register, findings: Findings) -> None:
    """Dates in the wrong order are errors; numbers that contradict one another are doubts."""
    for first, last in _IN_ORDER.get(register.kind.name, ()):
        pairs = _pairs(register, first, last)
        bad = pairs.filter(
            pl.col("first").str.to_date("%Y-%m-%d", strict=False) > pl.col("last").str.to_date("%Y-%m-%d", strict=False)
        )
        told = ((f"{last} comes before {first}, which is {one}", row, other) for one, other, row in bad.rows())
        findings.several("error", "date-order", told, total=bad.height, file=register.file, column=last)
    for first, last in _RISING.get(register.kind.name, ()):
        pairs = _pairs(register, first, last)
        bad = pairs.filter(
            pl.col("first").cast(pl.Float64, strict=False) > pl.col("last").cast(pl.Float64, strict=False)
        )
        told = ((f"{first} is {one}, which is more than {last}", row, other) for one, other, row in bad.rows())
        findings.several("warning", "number-order", told, total=bad.height, file=register.file, column=last)


def _pairs(register: Register, first: str, last: str) -> pl.DataFrame:
    """Two fields of every record that has both."""
    frame = pl.DataFrame(
        {
            "first": register.column(first).str.strip_chars(),
            "last": register.column(last).str.strip_chars(),
            "row": register.rows,
        }
    )
    return frame.filter((pl.col("first") != "") & (pl.col("last") != ""))
