"""Read the sheets of an XLSX workbook as text, refusing archives that would fill the memory."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from math import isnan
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import polars as pl

from wholeplace.place._unreadable import MOST_BYTES, UnreadableError, check_header, refusing_damage
from wholeplace.place.findings import Findings

#: A workbook that packs a page of zeros into a kilobyte is a mistake or an attack; small ones may pack well.
MOST_PACKED, SMALL_BYTES = 200, 256 * 1024**2
#: Cells from the first to the last one written; a spreadsheet program itself stops long before.
MOST_CELLS = 20_000_000
#: The longest text a cell may hold by the format; a longer one, repeated by reference, fills the memory.
MOST_LETTERS = 32_767
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_REFERENCE = re.compile(rb'r="([A-Z]{1,3})([0-9]{1,7})"')


def read_workbook(path: Path, sheet: str) -> tuple[tuple[str, ...], pl.DataFrame]:
    """Read one sheet (the first when `sheet` is ""): its first row, the header, and the columns that have a name in it.

    Every cell is text.
    """
    _check_archive(path)
    return _as_frame(_cells(path, sheet))


def sheet_rows(path: Path, sheet: str) -> list[list[str]]:
    """Every row of a sheet that `read_workbook` could read, header first, as text."""
    return [[cell_text(cell) for cell in row] for row in _cells(path, sheet)]


def _cells(path: Path, sheet: str) -> Sequence[Sequence[object]]:
    import python_calamine

    with (
        refusing_damage("xlsx", "is not a readable workbook"),
        python_calamine.CalamineWorkbook.from_path(str(path)) as book,
    ):
        names = book.sheet_names
        if not names:
            raise UnreadableError("xlsx", "has no sheets")
        if sheet and sheet not in names:
            raise UnreadableError("no-sheet", f"has no sheet {sheet!r}; its sheets are: {', '.join(names)}")
        return book.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)


def _as_frame(rows: Sequence[Sequence[object]]) -> tuple[tuple[str, ...], pl.DataFrame]:
    if not rows:
        raise UnreadableError("empty-file", "holds no rows")
    header = [cell_text(cell) for cell in rows[0]]
    check_header(header)
    columns = {name: number for number, name in enumerate(header) if name}
    body = [[cell_text(row[number]) for number in columns.values()] for row in rows[1:]]
    while body and not any(body[-1]):
        body.pop()
    return tuple(header), pl.DataFrame(body, schema=dict.fromkeys(columns, pl.String), orient="row")


def cell_text(cell: object) -> str:
    """Write a cell of a spreadsheet or attribute table as the text that a person sees in it."""
    if isinstance(cell, bool | np.bool_):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        whole = cell.is_integer() and abs(cell) < 1e15
        return str(int(cell)) if whole else "" if isnan(cell) else str(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _check_archive(path: Path) -> None:
    """Unpack a workbook piece by piece without keeping it, so that nothing it says of its size is believed."""
    try:
        with zipfile.ZipFile(path) as archive:
            said = sum(item.file_size for item in archive.infolist())
            _check_size(said, path.stat().st_size)
            for item in archive.infolist():
                _check_member(archive, item)
    except (FileNotFoundError, PermissionError):
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        message = "is not a workbook (.xlsx); it may be cut off, locked by a password, or another kind of file renamed"
        raise UnreadableError("xlsx", message) from None


def _check_size(size: int, packed: int) -> None:
    if size > MOST_BYTES or (size > SMALL_BYTES and size > MOST_PACKED * packed):
        raise UnreadableError("zip-bomb", f"unpacks {packed:,} bytes to {size:,}; it is not opened")


def _check_member(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> None:
    """Read one file of the archive through (which checks its sum), and look how large its sheet is."""
    sheet, texts = item.filename.startswith("xl/worksheets/"), item.filename == "xl/sharedStrings.xml"
    last_row = last_column = letters = 0
    tail = b""
    with archive.open(item) as member:
        while chunk := member.read(1 << 20):
            if sheet:
                piece = tail + chunk
                for column, row in _REFERENCE.findall(piece):
                    last_row, last_column = max(last_row, int(row)), max(last_column, _column_number(column))
                tail = piece[-32:]
                _check_cells(last_row, last_column)
            elif texts:
                pieces = chunk.split(b"<")
                letters = letters + len(pieces[0]) if len(pieces) == 1 else len(pieces[-1])
                if max(letters, *map(len, pieces)) > 8 * MOST_LETTERS:  # bytes of a letter, escapes and mark-up
                    raise UnreadableError(
                        "zip-bomb", "has a cell with more text than a cell can hold; it is not opened"
                    )


def _check_cells(rows: int, columns: int) -> None:
    if rows * columns > MOST_CELLS:
        message = f"has a sheet of {rows:,} rows by {columns:,} columns; clear the cells outside the table"
        raise UnreadableError("too-large", message)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def sheet_names(path: Path, findings: Findings, *, file: str) -> list[str]:
    """The sheets of a workbook; none, with an error, when it cannot be read."""
    import python_calamine

    try:
        _check_archive(path)
        with (
            refusing_damage("xlsx", "is not a readable workbook"),
            python_calamine.CalamineWorkbook.from_path(str(path)) as book,
        ):
            return list(book.sheet_names)
    except UnreadableError as error:
        findings.error(error.rule, str(error), file=file, **error.where)
    except FileNotFoundError:
        findings.error("no-file", "is named but is not there", file=file)
    except OSError as error:
        findings.error("unreadable", f"cannot be read: {error.strerror or error}", file=file)
    return []


def has_macros(path: Path) -> bool:
    """Whether a workbook that can be read brings macros with it, whatever its name says."""
    with zipfile.ZipFile(path) as archive:
        names = [name.lower() for name in archive.namelist()]
        types = archive.read("[Content_Types].xml") if "[Content_Types].xml" in archive.namelist() else b""
    inside = any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in names)
    return inside or b"macroEnabled" in types or b"vbaProject" in types


def formula_cells(path: Path, sheet: str) -> list[str]:
    """The cells of a sheet that hold a formula instead of a value, as `B3`.

    Raises UnreadableError when the sheet cannot be looked through.
    """
    with refusing_damage("xlsx", "cannot be looked through for formulas"), zipfile.ZipFile(path) as archive:
        content = archive.read(_sheet_member(archive, sheet))
        if not _FORMULA.search(content):
            return []
        return list(_cells_with_formula(content))


def _cells_with_formula(content: bytes) -> Iterator[str]:
    """Cells with a formula; one that does not say where it is stands after the one before it."""
    row = column = 0
    for event, element in ElementTree.iterparse(io.BytesIO(content), ("start", "end")):
        name = _local(element.tag)
        if event == "start" and name == "row":
            row, column = int(element.get("r") or row + 1), 0
        elif event == "start" and name == "c":
            said = _CELL.fullmatch(element.get("r") or "")
            column = _column_number(said[1].encode()) if said else column + 1
            row = int(said[2]) if said else row
        elif event == "end" and name == "f":
            yield f"{_column_letters(column)}{row}"
        elif event == "end" and name == "row":
            element.clear()


def _column_letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _sheet_member(archive: zipfile.ZipFile, sheet: str) -> str:
    """The file of the archive that holds a sheet, by way of the workbook's relations."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): str(link.get("Target")) for link in links}
    for element in book.iter():
        if _local(element.tag) == "sheet" and element.get("name") == sheet:
            [link] = [value for name, value in element.items() if name.endswith("}id")]
            target = targets[link]
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise ValueError(f"there is no sheet {sheet!r}")


def _local(tag: str) -> str:
    """The name of an XML element without its namespace: strict and transitional workbooks differ in it."""
    return tag.rpartition("}")[2]
