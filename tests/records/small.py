"""Small places for tests of the records: registers of a few rows, written by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from wholeplace.place.findings import Findings
from wholeplace.place.registers import Register
from wholeplace.records import ImportRequest, PlaceRegisters, apply_import
from wholeplace.records.importing import ImportPlan
from wholeplace.records.log import FILE, Entry, open_log
from wholeplace.records.state import records_of

PLACE_TOML = '[place]\ncode = "T01"\nname = "Testham"\ncountry = "GB"\ntimezone = "Europe/London"\n'
SUPPLIERS = "id,name,code\nacme,Acme Ltd,01234567\nbolt,Bolt plc,00000042\n"
SYSTEMS = (
    "id,name,supplier,hosting,contact\n"
    "email,E-mail,acme,cloud,Jo Field <jo@example.org>\n"
    "payroll,Payroll,bolt,on-premises,\n"
)


def make_place(folder: Path, **registers: str) -> Path:
    """A place folder with these registers and nothing else."""
    (folder / "registers").mkdir(parents=True)
    (folder / "place.toml").write_text(PLACE_TOML, encoding="utf-8")
    for name, text in registers.items():
        write_register(folder, name, text)
    return folder


def write_register(folder: Path, name: str, text: str) -> Path:
    """Write the CSV of one register of a place."""
    path = folder / "registers" / f"{name}.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def take_in(folder: Path, source: Path | None = None, *, whole: bool = False, reason: str = "Test") -> ImportPlan:
    """Import and apply."""
    return apply_import(ImportRequest(folder, source, whole), person="Pat", reason=reason)


def entries(folder: Path) -> list[Entry]:
    """Every entry of the log."""
    with open_log(folder) as log:
        return list(log.entries())


def short(folder: Path) -> list[tuple[str, str, str]]:
    """Register, key and action of every entry."""
    return [(entry.register, entry.key, entry.action) for entry in entries(folder)]


def held(folder: Path) -> Mapping[str, dict[str, dict[str, str]]]:
    """Every record of a place as commands read it, by register and key."""
    return {name: records_of(register) for name, register in registers(folder).items()}


def registers(folder: Path) -> dict[str, Register]:
    """The registers of a place as commands read them, which must be without a fault."""
    findings = Findings()
    found = PlaceRegisters(folder).read(findings)
    assert not findings.errors
    return found


def tamper(folder: Path, *statements: str, file: Path | None = None) -> None:
    """Alter a log as somebody would who has the file and knows SQL."""
    with closing(sqlite3.connect(file or folder / FILE)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
