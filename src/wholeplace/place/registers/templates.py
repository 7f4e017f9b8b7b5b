"""Empty tables to fill in, written from the vocabulary: one CSV a register, or one workbook with a sheet each."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from wholeplace import output
from wholeplace.errors import WholeplaceError
from wholeplace.place.registers.field_types import words_of
from wholeplace.place.registers.reference import reference_page
from wholeplace.place.vocabulary import Code, Field, RegisterKind, Vocabulary, vocabulary

Form = Literal["csv", "xlsx"]
#: Sheets of the workbook that are no registers; imports pass over them.
ABOUT, LISTS = "About", "Lists"
WORKBOOK = "registers.xlsx"
#: Rows of a sheet, and the column after the last one.
_LAST_ROW, _LAST_COLUMN = 1_048_575, 16_383
#: What stays allowed where headings are protected.
_ALLOWED = dict.fromkeys(
    ("format_cells", "format_columns", "format_rows", "insert_rows", "delete_rows", "sort", "autofilter"), True
)
_WORDS = (
    "Each sheet is one register of your place: one row for each record, from row 2 down. Fill in the sheets you need "
    "and leave the others as they are. Only columns with a darker heading must be filled.",
    "Point at a heading to read what it means and what to write. Where there is a list, a cell offers it.",
    "An id is a short name that never changes, made of lower-case letters, digits and hyphens: council-tax.",
    "Other sheets refer to a thing by its id. Where several kinds may stand, write the kind before it: team:revenues.",
    "Several words in one cell have a semicolon between them. Yes and no are yes and no. Dates are 2026-03-31.",
    "Columns of your own may stand to the right of the others; they are kept. Headings are protected against slips, "
    "without a password.",
    "When it is filled in:   wholeplace records import my-place registers.xlsx   says what would change, and what is "
    "wrong. With  --yes --reason “Why”  it is done.",
)


class TemplateError(WholeplaceError, FileExistsError):
    """Templates that would be written over files."""


def write_templates(folder: Path, *, form: Form = "csv", known: Vocabulary | None = None) -> list[Path]:
    """Write empty registers into a folder and return the paths: CSVs with a page about their fields, or a workbook.

    They import as no records. Raises TemplateError where one of the files is there already; nothing is written then.
    """
    known = known or vocabulary()
    if form == "xlsx":
        files = {WORKBOOK: template_workbook(known)}
    else:
        files = {f"{kind.name}.csv": csv_header(kind).encode() for kind in known.registers.values()}
        files["registers.md"] = reference_page(known).encode()
    there = [name for name in files if (folder / name).exists()]
    if there:
        raise TemplateError(f"{folder} has {', '.join(there)} already; choose another folder, nothing was written")
    return write_files(folder, files)


def write_files(folder: Path, files: dict[str, bytes]) -> list[Path]:
    """Write files into a folder, which is made where it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output.CannotWriteError(f"cannot make {folder}: {error.strerror or error}") from None
    for name, content in files.items():
        output.write_bytes(str(folder / name), content)
    return [folder / name for name in files]


def csv_header(kind: RegisterKind) -> str:
    """The header of a register as CSV."""
    return ",".join(field.name for field in kind.fields) + "\n"


def note_of(field: Field) -> str:
    """What a person who fills in a field needs to know, line by line."""
    lines = [f"{field.meaning}.", f"Write {words_of(field)}." + (f" Unit: {field.unit}." if field.unit else "")]
    lines += ["Required."] if field.required else []
    lines += [f"Blank means {field.default}."] if field.default else []
    lines += ["Personal: kept apart, and can be erased."] if field.personal else []
    lines += ["Say so in the sheet dependencies too, or it counts for nothing there."] if field.stands_on else []
    lines += [f"Not before or below {field.at_least}."] if field.at_least else []
    lines += [f"Example: {field.example}"] if field.example else []
    lines += [f"Standard: {field.standard}"] if field.standard else []
    return "\n".join(lines)


def template_workbook(known: Vocabulary) -> bytes:
    """A workbook with one sheet a register; every cell is text, so that no spreadsheet turns codes into numbers."""
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"title": "Registers of a place"})
        styles = {
            "title": book.add_format({"bold": True, "font_size": 16}),
            "words": book.add_format({"text_wrap": True, "valign": "top"}),
            "head": book.add_format({"bold": True, "num_format": "@", "bg_color": "#DDE6EE", "bottom": 1}),
            "must": book.add_format({"bold": True, "num_format": "@", "bg_color": "#BFD3E6", "bottom": 1}),
            "free": book.add_format({"num_format": "@", "locked": False}),
        }
        _about(book, known, styles)
        sheets = {kind.name: book.add_worksheet(kind.name) for kind in known.registers.values()}
        ranges = _lists(book, known, styles)
        for kind in known.registers.values():
            _register(sheets[kind.name], kind, ranges, styles)
    return content.getvalue()


def _about(book: Any, known: Vocabulary, styles: dict[str, Any]) -> None:
    """The sheet that says in plain words what this is."""
    sheet = book.add_worksheet(ABOUT)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 90)
    sheet.fit_to_pages(1, 0)
    sheet.set_row(0, 24)
    sheet.write_string(0, 0, "Registers of a place", styles["title"])
    row = 2
    for words in _WORDS:
        sheet.merge_range(row, 0, row, 1, words, styles["words"])
        sheet.set_row(row, 15 * (1 + len(words) // 105))
        row += 1
    row += 1
    for column, words in enumerate(("Sheet", "What stands in it")):
        sheet.write_string(row, column, words, styles["head"])
    for kind in known.registers.values():
        row += 1
        sheet.write_url(row, 0, f"internal:'{kind.name}'!A1", string=kind.name)
        sheet.write_string(row, 1, f"{kind.meaning}.", styles["words"])
    sheet.protect("", _ALLOWED)


def _lists(book: Any, known: Vocabulary, styles: dict[str, Any]) -> dict[tuple[Code, ...], str]:
    """The sheet with every code and its meaning; returns where the codes of each list stand."""
    sheet = book.add_worksheet(LISTS)
    sheet.freeze_panes(1, 0)
    users: dict[tuple[Code, ...], list[str]] = {}
    for kind in known.registers.values():
        for field in kind.fields:
            if field.codes:
                users.setdefault(field.codes, []).append(f"{kind.name}.{field.name}")
    ranges = {}
    for number, (codes, names) in enumerate(users.items()):
        column = 2 * number
        sheet.set_column(column, column, 22)
        sheet.set_column(column + 1, column + 1, 44)
        sheet.write_string(0, column, ", ".join(names), styles["head"])
        sheet.write_string(0, column + 1, "Meaning", styles["head"])
        for row, code in enumerate(codes, 1):
            sheet.write_string(row, column, code.code)
            sheet.write_string(row, column + 1, f"{code.label}: {code.meaning}")
        ranges[codes] = _range(column, len(codes))
    sheet.protect("", _ALLOWED)
    return ranges


def _range(column: int, rows: int) -> str:
    from xlsxwriter.utility import xl_rowcol_to_cell

    ends = (xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True) for row in (1, rows))
    return f"={LISTS}!{':'.join(ends)}"


def _register(sheet: Any, kind: RegisterKind, ranges: dict[tuple[Code, ...], str], styles: dict[str, Any]) -> None:
    """One sheet: protected headings with notes over free cells with drop-downs."""
    sheet.freeze_panes(1, 1 if not kind.composite else 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_column(len(kind.fields), _LAST_COLUMN, None, styles["free"])
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{_LAST_ROW + 1}"})
    for column, field in enumerate(kind.fields):
        sheet.set_column(column, column, max(14, len(field.name) + 4), styles["free"])
        sheet.write_string(0, column, field.name, styles["must" if field.required else "head"])
        note = note_of(field)
        lines = sum(1 + len(line) // 48 for line in note.splitlines())
        sheet.write_comment(0, column, note, {"author": "", "width": 320, "height": 18 * lines + 12})
        for choice in _choices(field, ranges):
            sheet.data_validation(1, column, _LAST_ROW, column, choice)
    sheet.protect("", _ALLOWED)


def _choices(field: Field, ranges: dict[tuple[Code, ...], str]) -> Iterator[dict[str, Any]]:
    """The drop-down of a field, if it has one; a list that is only a suggestion lets other words pass."""
    if field.type == "yes-no":
        yield {"validate": "list", "source": ["yes", "no"], "error_message": "Write yes or no."}
    elif field.type == "code":
        yield {"validate": "list", "source": ranges[field.codes],
               "error_message": f"Choose one of the list; their meanings stand in the sheet {LISTS}."}  # fmt: skip
    elif field.codes:
        yield {"validate": "list", "source": ranges[field.codes], "show_error": False}
