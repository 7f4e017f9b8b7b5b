"""Small registers for tests, and what the check says of them."""

from __future__ import annotations

import csv
import shutil
from importlib.resources import as_file, files
from pathlib import Path

from wholeplace.place import Finding, Findings
from wholeplace.place.registers import FolderSource, Register, check_registers

#: What a finding points at: file (without folder and ending), row, column, value.
Spot = tuple[str, int | None, str | None, str | None]


def write_registers(folder: Path, tables: dict[str, str]) -> Path:
    """Write CSV files of registers into a folder: the name of each with its text."""
    (folder / "registers").mkdir(parents=True, exist_ok=True)
    for name, text in tables.items():
        (folder / "registers" / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    return folder


def read_registers(folder: Path, **tables: str) -> tuple[dict[str, Register], list[Finding]]:
    """The registers of a folder with such files in it, and everything the check says of them."""
    findings = Findings()
    registers = FolderSource(write_registers(folder, tables)).read(findings)
    check_registers(registers, findings)
    return registers, findings.items


def found(folder: Path, **tables: str) -> list[Finding]:
    """Everything the check says of registers; nothing that is said only of references without a dependency row."""
    return [one for one in read_registers(folder, **tables)[1] if one.rule != "no-dependency-row"]


def spot(finding: Finding) -> Spot:
    """What a finding points at."""
    return (
        (finding.file or "").removeprefix("registers/").removesuffix(".csv"),
        finding.row,
        finding.column,
        finding.value,
    )


def copy_tables(folder: Path) -> Path:
    """The tables of the vocabulary in a folder of their own."""
    folder.mkdir(exist_ok=True)
    with as_file(files("wholeplace.place.vocabulary")) as tables:
        for name in ("registers.csv", "fields.csv", "codes.csv"):
            shutil.copy(tables / name, folder / name)
    return folder


def add_row(file: Path, **cells: str) -> None:
    """A row at the end of a table; blank where nothing is said."""
    with file.open(encoding="utf-8", newline="") as table:
        header = next(csv.reader(table))
    with file.open("a", encoding="utf-8", newline="") as table:
        csv.DictWriter(table, header, restval="", lineterminator="\n").writerow(cells)
