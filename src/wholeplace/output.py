"""Write results for people (tables) and for machines (JSON, CSV), the same way in every command."""

from __future__ import annotations

import json
import math
import secrets
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import polars as pl

from wholeplace.errors import WholeplaceError


class CannotWriteError(WholeplaceError, OSError):
    """An output file that cannot be written."""


def write_text(out: str, text: str) -> None:
    """Write text to a file, all or nothing, and say so; `-` is standard output."""
    if out == "-":
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        return
    write_bytes(out, text.encode())
    click.echo(f"wrote {out}", err=True)


def one_on_standard_output(csv_out: str | None, json_out: str | None) -> None:
    """Refuse to mix two documents on standard output."""
    if csv_out == json_out == "-":
        raise click.UsageError("only one of --csv and --json can be standard output; give the other a file name")


def check_folder(out: str | None) -> None:
    """Refuse a file in a folder that is not there, before long work is done for it."""
    if out not in (None, "-") and not Path(str(out)).parent.is_dir():
        raise CannotWriteError(f"cannot write {out}: there is no folder {Path(str(out)).parent}")


def write_bytes(out: str, content: bytes) -> None:
    """Write bytes to a file, all or nothing, in silence."""
    path = Path(out)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.draft")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        absent = None if path.parent.is_dir() else f"there is no folder {path.parent}"
        raise CannotWriteError(f"cannot write {out}: {absent or error.strerror or error}") from None


def write_json(out: str, content: Any) -> None:
    """Write one JSON document; a number that is not finite is null."""
    try:
        text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
    except ValueError:  # rare: worth a second look at every number only then
        text = json.dumps(_finite(content), ensure_ascii=False, indent=2, allow_nan=False)
    write_text(out, text)


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(item) for item in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def write_csv(out: str, frame: pl.DataFrame) -> None:
    """Write a frame as CSV at full precision, blank where there is no value."""
    write_text(out, frame.write_csv())


def show_table(frame: pl.DataFrame, *, title: str = "", most: int = 20, decimals: int = 3) -> None:
    """Print a frame as a table, at most so many rows; columns that hold nothing are left out."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    shown = frame.select(name for name in frame.columns if frame[name].count() or not frame.height)
    for name, kind in shown.schema.items():
        table.add_column(name, justify="right" if kind.is_numeric() else "left", no_wrap=name != "name")
    for row in shown.head(most).iter_rows():
        table.add_row(*(_shown(cell, decimals) for cell in row))
    console = Console(markup=False, emoji=False)  # names are not ours: [b] and :smile: in them are text
    if not console.is_terminal:
        console.width = 1000  # in a pipe or file nothing has to fit a window
    if title:
        console.print(title, style="bold", highlight=False)
    console.print(table)
    if frame.height > most:
        console.print(f"… {frame.height - most:,} more rows; --csv or --json writes all of them")


def _shown(cell: object, decimals: int) -> str:
    if cell is None:
        return "–"
    return f"{cell:,.{decimals}f}" if isinstance(cell, float) else str(cell)


def echo_lines(lines: Iterable[object], *, err: bool = False) -> None:
    """Print one line each."""
    for line in lines:
        click.echo(str(line), err=err)
