"""Read registers from a JSON file: `{"systems": [{"id": …}, …], …}`, or a list in a file named after its register."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from wholeplace.place._unreadable import MOST_BYTES
from wholeplace.place.findings import Findings
from wholeplace.place.registers import Register
from wholeplace.place.registers.register import check_columns
from wholeplace.place.vocabulary import RegisterKind, vocabulary
from wholeplace.records.state import frame_of


class _ShapeError(ValueError):
    """JSON that holds something else than records of text."""


def find_kind(name: str, findings: Findings, *, file: str, what: str = "file") -> RegisterKind | None:
    """The register that a file or sheet is named after; an error names those there are."""
    known = vocabulary().registers
    kind = known.get(name) or known.get(name.lower().replace(" ", "_"))
    if kind is None:
        message = f"the {what} {name!r} is named after no register; there are: {', '.join(known)}"
        findings.error("unknown-register", message, file=file, value=name)
    return kind


def json_registers(path: Path, findings: Findings) -> Iterator[Register]:
    """Every register of a JSON file; the rows of each are its records, counted from 1."""
    content = _read(path, findings)
    if content is None:
        return
    named = content if isinstance(content, dict) else {path.stem: content}
    for name, rows in named.items():
        kind = find_kind(name, findings, file=path.name, what="register")
        if kind is None:
            continue
        file = f"{path.name}, {name}"
        if not isinstance(rows, list):
            findings.error("json", f"{name} must be a list of records", file=file)
            continue
        records, before = [], len(findings.errors)
        for number, row in enumerate(rows, 1):
            records.append(_record(row, findings, file=file, row=number))
        columns = list(dict.fromkeys(column for record in records for column in record))
        if len(findings.errors) == before and check_columns(columns, kind, findings, file=file):
            numbers = pl.int_range(1, len(records) + 1, eager=True)
            yield Register(kind, file, frame_of(kind, records), numbers)


def _read(path: Path, findings: Findings) -> dict[str, Any] | list[Any] | None:
    """What a JSON file holds, figures as they are written; None, with an error, when it cannot be used."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("it is too large")
        text = path.read_text(encoding="utf-8-sig")
        content = json.loads(
            text, parse_int=str, parse_float=str, parse_constant=_no_constant, object_pairs_hook=_no_name_twice
        )
        if isinstance(content, dict | list):
            return content
        raise _ShapeError("it must hold an object of registers, or a list of records")
    except FileNotFoundError:
        findings.error("no-file", "is named but is not there", file=path.name)
    except UnicodeDecodeError as error:
        findings.error("encoding", f"is not UTF-8 text (byte {error.start}); save it as UTF-8", file=path.name)
    except OSError as error:
        findings.error("unreadable", f"cannot be read: {error.strerror}", file=path.name)
    except RecursionError:
        findings.error("json", "cannot be read as JSON: its brackets go too deep", file=path.name)
    except ValueError as error:
        findings.error("json", f"cannot be read as JSON: {error}", file=path.name)
    return None


def _no_constant(name: str) -> str:
    raise _ShapeError(f"{name} is no JSON")


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _ShapeError(f"an object has {twice!r} twice")
    return found


def _record(content: object, findings: Findings, *, file: str, row: int) -> dict[str, str]:
    """One record with every value as text; what is none is an error."""
    if not isinstance(content, dict):
        findings.error("json", "is no record: it must be an object of fields", file=file, row=row)
        return {}
    record = {}
    for field, value in content.items():
        try:
            record[field] = _text(value)
            (field + record[field]).encode()
        except _ShapeError as error:
            findings.error("json", str(error), file=file, row=row, column=field)
        except UnicodeEncodeError:
            findings.error("encoding", "holds half of a letter (a lone surrogate)", file=file, row=row)
    return record


def _text(value: object) -> str:
    """A value of JSON as a cell would hold it. Raises _ShapeError for what no cell can hold."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) and ";" not in one for one in value):
        return ";".join(value)
    raise _ShapeError("must be text, a number, true, false, null, or a list of texts without semicolons")
