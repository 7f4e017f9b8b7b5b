"""Read the registers that are to be imported: a CSV, XLSX or JSON file, or a folder of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from wholeplace.place.findings import Findings
from wholeplace.place.registers import Register, read_register
from wholeplace.place.vocabulary import RegisterKind, vocabulary
from wholeplace.place.workbooks import formula_cells, has_macros, sheet_names
from wholeplace.records.state import frame_of

#: Sheets of a workbook that are no registers and are passed over; our templates have them.
NOT_REGISTERS = ("About", "Lists")
_KINDS = (".csv", ".xlsx", ".json")


def read_import(path: Path, findings: Findings) -> dict[str, Register]:
    """Every register that a file or folder holds; each fault is an error."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in _KINDS)
        if not files:
            findings.error("no-file", f"holds no {', '.join(_KINDS)} file", file=str(path))
    else:
        files = [path]
    found: dict[str, Register] = {}
    for file in files:
        for register in _registers_of(file, findings):
            if register.kind.name in found:
                message = f"holds {register.kind.name}, which {found[register.kind.name].file} holds too; import one"
                findings.error("register-twice", message, file=register.file)
            found[register.kind.name] = register
    return found


def _registers_of(path: Path, findings: Findings) -> Iterator[Register]:
    suffix = path.suffix.lower()
    if suffix in {".xlsm", ".xls", ".xlsb", ".ods"}:
        findings.error("format", "is no .xlsx workbook; save it as .xlsx, without macros", file=path.name)
    elif suffix == ".xlsx":
        yield from _sheets(path, findings)
    elif suffix == ".json":
        yield from _json(path, findings)
    else:
        kind = _kind(path.name.split(".")[0], findings, file=path.name)
        register = read_register(path, kind, findings, file=path.name) if kind is not None else None
        if register is not None:
            yield register


def _kind(name: str, findings: Findings, *, file: str, what: str = "file") -> RegisterKind | None:
    """The register that a file or sheet is named after; an error names those there are."""
    known = vocabulary().registers
    kind = known.get(name) or known.get(name.lower().replace(" ", "_"))
    if kind is None:
        message = f"the {what} {name!r} is named after no register; there are: {', '.join(known)}"
        findings.error("unknown-register", message, file=file, value=name)
    return kind


def _sheets(path: Path, findings: Findings) -> Iterator[Register]:
    names = sheet_names(path, findings, file=path.name)
    if has_macros(path):
        findings.error("macros", "holds macros; save it as .xlsx without them", file=path.name)
        return
    single = len(names) == 1 and names[0].lower() not in vocabulary().registers
    for name in names:
        if name in NOT_REGISTERS:
            continue
        file = f"{path.name}, sheet {name}"
        stem = path.stem if single and path.stem in vocabulary().registers else name
        kind = _kind(stem, findings, file=file, what="sheet")
        if kind is None:
            continue
        for cell in formula_cells(path, name):
            message = f"cell {cell} holds a formula; paste its value instead"
            findings.error("formula", message, file=file, row=int("".join(filter(str.isdigit, cell))), value=cell)
        register = read_register(path, kind, findings, file=file, sheet=name)
        if register is not None:
            yield register


def _json(path: Path, findings: Findings) -> Iterator[Register]:
    """`{"systems": [{"id": …}, …], …}`, or the list alone in a file named after its register."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError) as error:
        findings.error("json", f"cannot be read as JSON: {error}", file=path.name)
        return
    named: Mapping[str, Any] = {path.stem: content} if isinstance(content, list) else content
    if not isinstance(named, dict):
        findings.error("json", "must hold an object of registers, or a list of records", file=path.name)
        return
    for name, rows in named.items():
        kind = _kind(name, findings, file=path.name, what="register")
        if kind is None:
            continue
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            findings.error("json", f"{name} must be a list of records", file=path.name, value=name)
            continue
        records = [{field: _text(value) for field, value in row.items()} for row in rows]
        numbers = pl.int_range(1, len(records) + 1, eager=True)
        yield Register(kind, f"{path.name}, {name}", frame_of(kind, records), numbers)


def _text(value: object) -> str:
    """A value of JSON as a cell would hold it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ";".join(_text(one) for one in value)
    return str(value)
