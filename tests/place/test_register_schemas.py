"""JSON Schema and Table Schema of registers: valid themselves, and of one mind with our own check."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.commands import run
from tests.place.test_register_cells import CELLS

from wholeplace.place.registers.field_types import fault_of
from wholeplace.place.registers.schemas import json_schema, record_schema, registers_schema, table_schema
from wholeplace.place.vocabulary import RegisterKind, vocabulary

KINDS = vocabulary().registers
SOUND = [(register, field, text) for register, field, good, _, _ in CELLS for text in good]
WRONG = [(register, field, text) for register, field, _, bad, _ in CELLS for text in bad]
#: What the check refuses and no schema can: bounds of numbers in text, numbers of a distribution, days of a month.
BEYOND = {
    ("lat", "-90.001"), ("lat", "90.001"), ("lon", "-180.001"), ("lon", "180.001"), ("mtbf_h", "0"),
    ("repair", "uniform(6, 2)"), ("start", "2025-02-29"),
}  # fmt: skip


def is_valid(kind: RegisterKind, record: dict[str, Any]) -> bool:
    return bool(jsonschema.Draft202012Validator(record_schema(kind)).is_valid(record))


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_schemas_are_schemas(kind: RegisterKind) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema(kind))
    examples = {field.name: field.example for field in kind.fields}
    validator = jsonschema.Draft202012Validator(json_schema(kind))
    assert list(validator.iter_errors([examples])) == []
    required = {field.name: field.example for field in kind.fields if field.required}
    assert validator.is_valid([required])
    assert validator.is_valid([{**required, "a field of our own": "x"}])
    blanks = {field.name: "" for field in kind.fields if not field.required}
    assert validator.is_valid([{**blanks, **required}])
    for name in required:
        assert not validator.is_valid([{field: text for field, text in required.items() if field != name}])
        assert not validator.is_valid([{**required, name: ""}])


@pytest.mark.parametrize(("register", "field", "text"), SOUND)
def test_what_the_check_takes_the_schemas_take(register: str, field: str, text: str) -> None:
    assert is_valid(KINDS[register], {"id": "one", field: text})
    assert table_takes(KINDS[register], field, text)


@pytest.mark.parametrize(("register", "field", "text"), WRONG)
def test_what_the_check_refuses_json_schema_refuses(register: str, field: str, text: str) -> None:
    assert is_valid(KINDS[register], {"id": "one", field: text}) == ((field, text) in BEYOND)


def table_takes(kind: RegisterKind, field: str, text: str) -> bool:
    """Whether a text cell fits the pattern, enum and bounds of Table Schema; types are what Frictionless makes of them."""
    [column] = [one for one in table_schema(kind)["fields"] if one["name"] == field]
    rules = column.get("constraints", {})
    if column["type"] == "boolean":
        return text in {*column["trueValues"], *column["falseValues"]}
    if column["type"] in {"number", "integer"}:
        number = int(text) if column["type"] == "integer" else float(text)
        return bool(rules.get("minimum", number) <= number <= rules.get("maximum", number))
    fits = re.fullmatch(rules["pattern"], text) is not None if "pattern" in rules else True
    return fits and text in rules.get("enum", [text])


@pytest.mark.parametrize(
    ("register", "record", "sound"),
    [
        ("systems", {"mtbf_h": 8760, "black_start": True, "repair": 8, "vulnerability": 0.5, "tags": ["a", "b"]}, True),
        ("systems", {"mtbf_h": 0}, False),
        ("systems", {"repair": -1}, False),
        ("sites", {"lat": 90, "lon": -180, "uprn": 72293547}, True),
        ("sites", {"lat": 90.1}, False),
        ("teams", {"headcount": 12}, True),
        ("teams", {"headcount": 12.5}, False),
        ("services", {"criticality": 1}, True),
        ("services", {"criticality": 5}, False),
        ("services", {"owner": "team:it"}, True),
        ("services", {"owner": "it"}, False),
        ("contracts", {"supplier": "acme"}, True),
        ("contracts", {"supplier": "supplier:acme"}, True),
        ("contracts", {"supplier": "team:acme"}, False),
        ("systems", {"id": "E Mail"}, False),
    ],
)
def test_records_of_other_programs(register: str, record: dict[str, Any], sound: bool) -> None:
    assert is_valid(KINDS[register], {"id": "one", **record}) == sound


def test_a_dependency_as_json() -> None:
    row = {"dependent": "service:a", "provider": "utility:b", "degraded_to": 0.5, "required": 1, "chance": 1}
    assert is_valid(KINDS["dependencies"], row)
    for name, value in [
        ("degraded_to", 1),
        ("degraded_to", 0),
        ("required", 0),
        ("chance", 1.1),
        ("provider", "crew:b"),
    ]:
        assert not is_valid(KINDS["dependencies"], {**row, name: value})


def test_all_registers_in_one_document() -> None:
    schema = registers_schema(vocabulary())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid({"systems": [{"id": "email"}], "crews": [{"id": "it", "size": 2}]})
    assert not validator.is_valid({"crews": [{"id": "it", "size": 0}]})
    assert not validator.is_valid({"system": [{"id": "email"}]})


def test_table_schema_has_the_columns_and_key() -> None:
    """Checked with frictionless 5.21: every schema is sound and takes a row of its examples and one of only the key."""
    for kind in KINDS.values():
        schema = table_schema(kind)
        assert [column["name"] for column in schema["fields"]] == [field.name for field in kind.fields]
        assert schema["primaryKey"] == list(kind.key)
        assert schema["missingValues"] == [""]
        required = [one["name"] for one in schema["fields"] if one.get("constraints", {}).get("required")]
        assert required == [field.name for field in kind.fields if field.required]
        for field in kind.fields:
            assert field.example == "" or table_takes(kind, field.name, field.example), field
            assert fault_of(field, field.example) == ""


def test_the_command_writes_them(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(capfd, "records", "schema", tmp_path / "schemas")
    assert ran.code == 0
    names = {path.name for path in (tmp_path / "schemas").iterdir()}
    assert names == {
        "registers.schema.json",
        *(f"{name}.schema.json" for name in KINDS),
        *(f"{name}.table-schema.json" for name in KINDS),
    }
    for path in (tmp_path / "schemas").iterdir():
        assert json.loads(path.read_text(encoding="utf-8"))["$schema"].startswith("https://")


def test_an_export_fits_the_schemas(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What `records export` writes as JSON and CSV."""
    from tests.places import write_place
    from tests.registers import write_registers

    folder = write_place(tmp_path / "place")
    write_registers(
        folder, {"systems": "id,repair,notes,own\nemail,8,=1,x\n".replace("=1", "text"), "crews": "id\nit\n"}
    )
    assert run(capfd, "records", "export", folder, tmp_path / "out", "--format", "json").code == 0
    content = json.loads((tmp_path / "out" / "registers.json").read_text(encoding="utf-8"))
    assert jsonschema.Draft202012Validator(registers_schema(vocabulary())).is_valid(content)
    assert run(capfd, "records", "export", folder, tmp_path / "out").code == 0
    rows = csv.DictReader(io.StringIO((tmp_path / "out" / "systems.csv").read_text(encoding="utf-8")))
    for row in rows:
        assert all(table_takes(KINDS["systems"], name, text) for name, text in row.items() if text and name != "own")
