"""What stands in a workbook beside its cells, read from its own XML."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import python_calamine

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass(frozen=True)
class Sheet:
    """A sheet: its rows of text, notes by cell, drop-downs by column letters, and what is locked.

    A drop-down is what it offers (a list in words or where the list stands) and whether other words are refused.
    """

    rows: list[list[object]]
    notes: dict[str, str]
    choices: dict[str, tuple[str, bool]]
    protected: bool
    locked: dict[str, bool]
    free_columns: bool


def read_sheets(path: Path) -> dict[str, Sheet]:
    """Every sheet of a workbook by name."""
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    with zipfile.ZipFile(path) as archive:
        styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
        formats = styles.find(f"{_MAIN}cellXfs")
        assert formats is not None
        free = [
            protection is not None and protection.get("locked") == "0"
            for one in formats
            for protection in [one.find(f"{_MAIN}protection")]
        ]
        sheets = {}
        for number, name in enumerate(book.sheet_names, 1):
            tree = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
            sheets[name] = _sheet(tree, _notes(archive, number), free, book.get_sheet_by_name(name).to_python())
    return sheets


def _notes(archive: zipfile.ZipFile, number: int) -> dict[str, str]:
    links = f"xl/worksheets/_rels/sheet{number}.xml.rels"
    found = re.search(r"comments\d+\.xml", archive.read(links).decode()) if links in archive.namelist() else None
    if found is None:
        return {}
    tree = ElementTree.fromstring(archive.read(f"xl/{found[0]}"))
    return {str(one.get("ref")): "".join(one.itertext()) for one in tree.iter(f"{_MAIN}comment")}


def _sheet(tree: ElementTree.Element, notes: dict[str, str], free: list[bool], rows: list[list[object]]) -> Sheet:
    choices = {}
    for one in tree.iter(f"{_MAIN}dataValidation"):
        cells = re.match(r"([A-Z]+)2:\1(\d+)$", str(one.get("sqref")))
        source = one.find(f"{_MAIN}formula1")
        assert cells, one.get("sqref")
        assert int(cells[2]) == 1_048_576
        assert source is not None
        choices[cells[1]] = (source.text or "", one.get("showErrorMessage") == "1")
    columns = [free[int(one.get("style", "0"))] for one in tree.iter(f"{_MAIN}col")]
    locked = {str(cell.get("r")): not free[int(cell.get("s", "0"))] for cell in tree.iter(f"{_MAIN}c")}
    protected = tree.find(f"{_MAIN}sheetProtection") is not None
    return Sheet(rows, notes, choices, protected, locked, all(columns))
