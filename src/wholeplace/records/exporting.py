"""Write registers out as spreadsheets and JSON, so that reading them back changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import polars as pl

from wholeplace import output
from wholeplace.errors import WholeplaceError
from wholeplace.output import CannotWriteError
from wholeplace.place.registers import Register
from wholeplace.place.registers.spreadsheet_text import shielded, shielded_text
from wholeplace.place.workbooks import MOST_LETTERS
from wholeplace.records.state import records_of

Form = Literal["csv", "xlsx", "json"]
#: Rows of a sheet below its header.
_MOST_ROWS = 1_048_575


class TooLongError(WholeplaceError, ValueError):
    """Registers that a workbook cannot hold."""


def export_registers(registers: Mapping[str, Register], folder: Path, *, form: Form = "csv") -> list[Path]:
    """Write every register into a folder: one CSV each, or one workbook or JSON file `registers` for all.

    Records stand in order of their keys. A cell that a spreadsheet would run is kept from running (see
    `place.registers.spreadsheet_text`), and in a workbook every cell is text besides.

    Raises
    ------
    TooLongError
        When a workbook cannot hold a text or so many rows; nothing is written then.
    CannotWriteError
        When the folder or a file in it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWriteError(f"cannot write to {folder}: {error.strerror}") from None
    if form == "xlsx":
        path = folder / "registers.xlsx"
        output.write_bytes(str(path), workbook(registers))
        return [path]
    if form == "json":
        path = folder / "registers.json"
        content = {name: list(records_of(register).values()) for name, register in registers.items()}
        output.write_bytes(str(path), (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())
        return [path]
    written = []
    for name, register in registers.items():
        path = folder / f"{name}.csv"
        output.write_bytes(str(path), csv_text(register.frame).encode())
        written.append(path)
    return written


def csv_text(frame: pl.DataFrame) -> str:
    """A table of text as CSV that no spreadsheet runs."""
    return frame.select(shielded(pl.col(name)).alias(shielded_text(name)) for name in frame.columns).write_csv()


def workbook(registers: Mapping[str, Register]) -> bytes:
    """A workbook with one sheet a register, every cell as text."""
    import io

    import xlsxwriter

    _check_fits(registers)
    content = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, {"in_memory": True, **options}) as book:
        as_text = book.add_format({"num_format": "@"})
        head = book.add_format({"bold": True, "num_format": "@"})
        for name, register in registers.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for column, title in enumerate(register.frame.columns):
                sheet.set_column(column, column, 18, as_text)
                sheet.write_string(0, column, shielded_text(title), head)
                cells = register.frame.select(shielded(pl.col(title))).to_series()
                for row, text in enumerate(cells, 1):
                    if text:
                        sheet.write_string(row, column, text, as_text)
    return content.getvalue()


def _check_fits(registers: Mapping[str, Register]) -> None:
    """Refuse what a workbook would cut off: it would be lost without a word."""
    faults = []
    for name, register in registers.items():
        if register.frame.height > _MOST_ROWS:
            faults.append(f"{name} has {register.frame.height:,} records and a sheet holds {_MOST_ROWS:,}")
        for column in register.frame.columns:
            long = (register.frame[column].str.len_chars() > MOST_LETTERS - 1).arg_true()  # one for an apostrophe
            faults += [f"{column} of {register.names[at]} is longer than the {MOST_LETTERS:,} letters a cell holds"
                       for at in long]  # fmt: skip
    if faults:
        raise TooLongError("\n".join(["a workbook cannot hold this; export it as csv or json:", *faults]))
