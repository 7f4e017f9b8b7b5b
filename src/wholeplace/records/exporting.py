"""Write registers out as spreadsheets and JSON, so that reading them back changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import polars as pl

from wholeplace import output
from wholeplace.place.registers import Register
from wholeplace.place.registers.spreadsheet_text import shielded
from wholeplace.records.state import records_of

Form = Literal["csv", "xlsx", "json"]


def export_registers(registers: Mapping[str, Register], folder: Path, *, form: Form = "csv") -> list[Path]:
    """Write every register into a folder: one CSV each, or one workbook or JSON file `registers` for all.

    Records stand in order of their keys. A cell that a spreadsheet would run is kept from running (see
    `place.registers.spreadsheet_text`), and in a workbook every cell is text besides.
    """
    folder.mkdir(parents=True, exist_ok=True)
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
    return frame.select(shielded(pl.col(name)).alias(name) for name in frame.columns).write_csv()


def workbook(registers: Mapping[str, Register]) -> bytes:
    """A workbook with one sheet a register, every cell as text."""
    import io

    import xlsxwriter

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
                sheet.write_string(0, column, title, head)
                cells = register.frame.select(shielded(pl.col(title)))[title]
                for row, text in enumerate(cells, 1):
                    if text:
                        sheet.write_string(row, column, text, as_text)
    return content.getvalue()
