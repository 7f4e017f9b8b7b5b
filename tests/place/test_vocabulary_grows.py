"""A row added to the tables of the vocabulary shows everywhere; so does a whole register."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest
from tests.registers import add_row, copy_tables, spot, write_registers
from tests.workbooks import read_sheets

from wholeplace.place import Finding, Findings
from wholeplace.place.registers import FolderSource, check_registers
from wholeplace.place.registers.reference import reference_page
from wholeplace.place.registers.schemas import json_schema, registers_schema, table_schema
from wholeplace.place.registers.templates import write_templates
from wholeplace.place.vocabulary import Vocabulary, read_vocabulary


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    """The vocabulary with a field of systems, one of everything that can fail, and two registers more."""
    folder = copy_tables(tmp_path_factory.mktemp("vocabulary"))
    fields, registers, codes = (folder / name for name in ("fields.csv", "registers.csv", "codes.csv"))
    add_row(codes, list="rating", code="green", label="Green", meaning="In hand")
    add_row(codes, list="rating", code="red", label="Red", meaning="Out of hand")
    add_row(fields, register="systems", field="patched", type="date", meaning="Day of the last patch",
            example="2026-03-31", standard="CIS 7")  # fmt: skip
    add_row(fields, register="can-fail", field="rating", type="code", codes="rating", default="green",
            meaning="How it is doing", example="red")  # fmt: skip
    add_row(registers, name="initiatives", prefix="initiative", key="id", title="Initiatives", one="initiative",
            can_fail="no", wanted="name;begins|ends", meaning="What is under way to make things better")  # fmt: skip
    add_row(fields, register="initiatives", field="improves", type="references", refers="services;systems",
            meaning="What it makes better", example="service:meals")  # fmt: skip
    add_row(fields, register="initiatives", field="begins", type="date", meaning="First day", example="2026-04-01")
    add_row(fields, register="initiatives", field="ends", type="date", at_least="begins", meaning="Last day",
            example="2026-09-30")  # fmt: skip
    add_row(registers, name="sensors", prefix="sensor", key="id", title="Sensors", one="sensor", can_fail="yes",
            meaning="What measures")  # fmt: skip
    add_row(fields, register="sensors", field="gateway", type="reference", refers="systems", stands_on="yes",
            meaning="What carries its figures", example="lorawan")  # fmt: skip
    return read_vocabulary(folder)


def said(folder: Path, known: Vocabulary, tables: Mapping[str, str]) -> list[Finding]:
    """What the check says of registers by a vocabulary of their own."""
    findings = Findings()
    check_registers(FolderSource(write_registers(folder, dict(tables)), known).read(findings), findings, known=known)
    return findings.items


def test_a_field_is_checked(tmp_path: Path, known: Vocabulary) -> None:
    assert said(tmp_path, known, {"systems": "id,patched,rating\nemail,2026-03-31,red\n"}) == []
    findings = said(tmp_path, known, {"systems": "id,patched,rating\nemail,31/03/2026,amber\n"})
    assert [(one.level, one.rule, *spot(one)) for one in findings] == [
        ("error", "date", "systems", 2, "patched", "31/03/2026"),
        ("error", "code-list", "systems", 2, "rating", "amber"),
    ]
    changes = {"systems": "id\nemail\n", "mitigations": "id,changes\none,system:email.rating = green\n"}
    assert said(tmp_path, known, changes) == []


def test_a_field_is_in_the_templates(tmp_path: Path, known: Vocabulary) -> None:
    write_templates(tmp_path, known=known)
    header = (tmp_path / "systems.csv").read_text(encoding="utf-8").strip().split(",")
    assert header.count("patched") == header.count("rating") == 1
    assert "rating" in (tmp_path / "sites.csv").read_text(encoding="utf-8").strip().split(",")
    assert "rating" not in (tmp_path / "plans.csv").read_text(encoding="utf-8")
    [workbook] = write_templates(tmp_path, form="xlsx", known=known)
    sheets = read_sheets(workbook)
    assert sheets["systems"].rows == [header]
    notes = list(sheets["systems"].notes.values())
    assert notes[header.index("patched")] == (
        "Day of the last patch.\nWrite a date, as 2026-03-31.\nExample: 2026-03-31\nStandard: CIS 7"
    )
    assert "Blank means green." in notes[header.index("rating")]
    columns = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    source, closed = sheets["systems"].choices[columns[header.index("rating")]]
    assert closed
    assert source.startswith("Lists!")
    lists = [str(cell) for row in sheets["Lists"].rows for cell in row]
    assert {"green", "red", "Red: Out of hand"} <= set(lists)


def test_a_field_is_in_the_schemas(known: Vocabulary) -> None:
    kind = known.registers["systems"]
    validator = jsonschema.Draft202012Validator(json_schema(kind))
    assert validator.is_valid([{"id": "email", "patched": "2026-03-31", "rating": "red"}])
    assert not validator.is_valid([{"id": "email", "patched": "31/03/2026"}])
    assert not validator.is_valid([{"id": "email", "rating": "amber"}])
    whole = jsonschema.Draft202012Validator(registers_schema(known))
    assert not whole.is_valid({"sites": [{"id": "hall", "rating": "amber"}]})
    columns = {column["name"]: column for column in table_schema(kind)["fields"]}
    assert columns["patched"]["type"] == "date"
    assert columns["rating"]["constraints"] == {"enum": ["green", "red"]}


def test_a_field_is_in_the_reference(known: Vocabulary) -> None:
    systems = reference_page(known).partition("## Systems\n")[2].partition("\n## ")[0]
    assert "| `patched` | Day of the last patch | a date, as 2026-03-31 |  | `2026-03-31` | CIS 7 |" in systems
    assert "| `red` | Red | Out of hand |" in systems


def test_a_register_is_checked(tmp_path: Path, known: Vocabulary) -> None:
    """Its common fields, references both ways, order of dates, and what stands on what."""
    tables = {
        "systems": "id\nlorawan\n",
        "sensors": "id,name,gateway,repair\nriver,River,lorawan,3d\n",
        "initiatives": "id,improves,begins,ends\nfaster,system:lorawan;service:none,2026-05-01,2026-04-01\n",
        "plans": "id,covers\none,initiative:faster;sensor:river\n",
        "dependencies": "dependent,provider\nsensor:river,sensor:river\n",
    }
    assert sorted((one.level, one.rule, *spot(one)[2:]) for one in said(tmp_path, known, tables)) == [
        ("error", "date-order", "ends", "2026-04-01"),
        ("error", "unknown-reference", "improves", "service:none"),
        ("notice", "no-dependency-row", "gateway", "system:lorawan"),
    ]


def test_a_register_is_in_templates_schemas_and_reference(tmp_path: Path, known: Vocabulary) -> None:
    write_templates(tmp_path, known=known)
    header = (tmp_path / "initiatives.csv").read_text(encoding="utf-8").strip().split(",")
    assert header[:3] == ["id", "name", "organisation"]
    assert sorted(header[3:]) == ["begins", "contact", "ends", "improves", "notes", "tags"]
    [workbook] = write_templates(tmp_path, form="xlsx", known=known)
    assert {"initiatives", "sensors"} <= read_sheets(workbook).keys()
    whole = jsonschema.Draft202012Validator(registers_schema(known))
    assert whole.is_valid({"initiatives": [{"id": "faster", "begins": "2026-04-01"}], "sensors": [{"id": "river"}]})
    assert not whole.is_valid({"initiatives": [{"begins": "2026-04-01"}]})
    dependency = table_schema(known.registers["dependencies"])["fields"][1]["constraints"]["pattern"]
    assert "sensor" in dependency
    assert "initiative" not in dependency
    page = reference_page(known)
    assert "## Initiatives\n\nWhat is under way to make things better.\n" in page
    assert "File `registers/sensors.csv`; prefix `sensor:`" in page
