"""What a register may hold, as JSON Schema (2020-12) and as Frictionless Table Schema, written from the vocabulary.

They let other programs check our files. They say less than `wholeplace check`: whether a reference leads somewhere,
dates are in order or a distribution's numbers make sense is beyond them, but what they refuse the check refuses too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wholeplace.place.distributions import FORMS
from wholeplace.place.registers.templates import write_files
from wholeplace.place.vocabulary import Field, RegisterKind, Vocabulary, vocabulary

JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
TABLE_SCHEMA = "https://datapackage.org/profiles/2.0/tableschema.json"
_AMOUNT = r"[+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?"
_NUMBER = rf"[-]?{_AMOUNT}"
_ID = "[a-z0-9-]+"
#: Type of a field -> the pattern of its text, where it has one.
_PATTERNS = {
    "id": _ID,
    "number": _NUMBER,
    "latitude": _NUMBER,
    "longitude": _NUMBER,
    **dict.fromkeys(("amount", "positive", "factor", "share", "level"), _AMOUNT),
    "whole": "[0-9]{1,15}",
    "count": "0*[1-9][0-9]{0,14}",
    "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "period": r"[0-9]{4}[0-9QSW-]*(/[0-9]{4}[0-9QSW-]*)?",
    "uprn": "[0-9]{1,12}",
    "distribution": rf"(never|{_AMOUNT} *[a-z]*|({'|'.join(FORMS)}) *[(][^()]*[)])",
}
#: Type of a field -> bounds of its number: lowest, highest, and whether these themselves are left out.
_BOUNDS: dict[str, tuple[int | None, int | None, bool]] = {
    "number": (None, None, False),
    "amount": (0, None, False),
    "factor": (0, None, False),
    "positive": (0, None, True),
    "share": (0, 1, False),
    "level": (0, 1, True),
    "latitude": (-90, 90, False),
    "longitude": (-180, 180, False),
    "whole": (0, None, False),
    "count": (1, None, False),
}
_INTEGERS = ("whole", "count")


def write_schemas(folder: Path, *, known: Vocabulary | None = None) -> list[Path]:
    """Write the schemas of every register into a folder, over those that are there, and return the paths."""
    known = known or vocabulary()
    contents = {"registers.schema.json": registers_schema(known)}
    for kind in known.registers.values():
        contents[f"{kind.name}.schema.json"] = json_schema(kind)
        contents[f"{kind.name}.table-schema.json"] = table_schema(kind)
    files = {
        name: (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode() for name, content in contents.items()
    }
    return write_files(folder, files)


def registers_schema(known: Vocabulary) -> dict[str, Any]:
    """JSON Schema of all registers in one document, as `records export --format json` writes them."""
    kinds = known.registers
    return {
        "$schema": JSON_SCHEMA,
        "title": "Registers of a place",
        "type": "object",
        "properties": {name: {"type": "array", "items": {"$ref": f"#/$defs/{name}"}} for name in kinds},
        "additionalProperties": False,
        "$defs": {name: record_schema(kind) for name, kind in kinds.items()},
    }


def json_schema(kind: RegisterKind) -> dict[str, Any]:
    """JSON Schema of one register, a list of records; `#/$defs/record` is that of one record."""
    return {
        "$schema": JSON_SCHEMA,
        "title": kind.title,
        "description": f"{kind.meaning}.",
        "type": "array",
        "items": {"$ref": "#/$defs/record"},
        "$defs": {"record": record_schema(kind)},
    }


def record_schema(kind: RegisterKind) -> dict[str, Any]:
    """JSON Schema of one record. Values may be text as in a spreadsheet, or numbers, true and false, and lists."""
    return {
        "title": kind.one,
        "type": "object",
        "properties": {field.name: _property(field) for field in kind.fields},
        "required": [field.name for field in kind.fields if field.required],
    }


def _property(field: Field) -> dict[str, Any]:
    known = {"description": _description(field), "examples": [field.example] if field.example else [],
             "default": field.default, "x-unit": field.unit, "x-standard": field.standard}  # fmt: skip
    notes = {name: value for name, value in known.items() if value}
    value = _value(field)
    if field.required:
        return {**notes, **value}
    return {**notes, "anyOf": [value, {"enum": ["", None]}]}


def _value(field: Field) -> dict[str, Any]:
    """JSON Schema of a value that is not blank."""
    if field.type == "yes-no":
        return {"enum": ["yes", "no", True, False]}
    if field.type == "code":
        codes = [code.code for code in field.codes]
        return {"enum": [*codes, *(int(code) for code in codes if code.isdigit())]}
    if field.type in _BOUNDS:
        number = "integer" if field.type in _INTEGERS else "number"
        return {"type": [number, "string"], "pattern": f"^{_pattern(field)}$", **_json_bounds(field)}
    if field.type in {"texts", "references"}:
        each: dict[str, Any] = {"type": "string"}
        return {"type": ["string", "array"], "items": each}
    value: dict[str, Any] = {"type": "string"}
    if field.type == "distribution":
        value = {"type": ["string", "number"], "minimum": 0}
    elif field.type in {"uprn", "period"}:
        value = {"type": ["string", "integer"], "minimum": 0}
    pattern = _pattern(field)
    if pattern:
        value["pattern"] = f"^{pattern}$"
    elif field.required:
        value["minLength"] = 1
    return value


def _json_bounds(field: Field) -> dict[str, int]:
    lowest, highest, left_out = _BOUNDS[field.type]
    least, most = ("exclusiveMinimum", "exclusiveMaximum") if left_out else ("minimum", "maximum")
    bounds = {least: lowest, most: highest}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _pattern(field: Field) -> str:
    """The pattern that the whole text of a field has; "" where it may be any."""
    if field.type == "reference":
        prefixes = f"({'|'.join(field.prefixes)}):"
        return f"({prefixes})?{_ID}" if len(field.prefixes) == 1 else f"{prefixes}{_ID}"
    return _PATTERNS.get(field.type, "")


def _description(field: Field) -> str:
    suggested = field.codes if field.type != "code" else ()
    words = [f"{field.meaning}."]
    words += [f"Suggested: {', '.join(code.code for code in suggested)}."] if suggested else []
    words += ["Personal."] if field.personal else []
    words += [f"Refers to {', '.join(field.refers)}."] if field.refers else []
    return " ".join(words)


def table_schema(kind: RegisterKind) -> dict[str, Any]:
    """Frictionless Table Schema of the CSV file of one register."""
    return {
        "$schema": TABLE_SCHEMA,
        "title": kind.title,
        "description": f"{kind.meaning}.",
        "fields": [_column(field) for field in kind.fields],
        "fieldsMatch": "partial",
        "missingValues": [""],
        "primaryKey": list(kind.key),
    }


def _column(field: Field) -> dict[str, Any]:
    column: dict[str, Any] = {"name": field.name, "type": "string", "description": _description(field)}
    if field.example:
        column["example"] = field.example
    constraints: dict[str, Any] = {"required": True} if field.required else {}
    if field.type in _BOUNDS:
        column["type"] = "integer" if field.type in _INTEGERS else "number"
        lowest, highest, _ = _BOUNDS[field.type]
        constraints |= {} if lowest is None else {"minimum": lowest}
        constraints |= {} if highest is None else {"maximum": highest}
    elif field.type == "date":
        column["type"] = "date"
    elif field.type == "yes-no":
        column |= {"type": "boolean", "trueValues": ["yes"], "falseValues": ["no"]}
    elif field.type == "code":
        constraints["enum"] = [code.code for code in field.codes]
    elif _pattern(field):
        constraints["pattern"] = _pattern(field)
    if constraints:
        column["constraints"] = constraints
    return column
