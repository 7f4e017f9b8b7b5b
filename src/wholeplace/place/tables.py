"""Read published tables - CSV, CSV.gz, Parquet, XLSX - as text, refusing in plain words what cannot be trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wholeplace.place._unreadable import UnreadableError, check_header, refusing_damage
from wholeplace.place.config import not_there
from wholeplace.place.csv_files import csv_rows, read_csv
from wholeplace.place.findings import Findings, counted, did_you_mean
from wholeplace.place.workbooks import read_workbook, sheet_rows

Keep = Callable[[Sequence[str]], Iterable[str]]


@dataclass(frozen=True)
class Table:
    """The wanted columns of a file, each as text ("" where a cell is blank) or, from Parquet, as its number.

    `header` holds every column there is; `rows` numbers the rows as a spreadsheet does (the header is row 1).
    """

    file: str
    header: tuple[str, ...]
    frame: pl.DataFrame
    rows: pl.Series

    def missing(self, columns: Iterable[str]) -> list[str]:
        """Those of `columns` that the file does not have."""
        return [column for column in dict.fromkeys(columns) if column not in self.header]

    def text(self, column: str) -> pl.Series:
        """One column as text."""
        return as_text(self.frame[column])


def read_table(
    path: Path,
    findings: Findings,
    *,
    file: str,
    columns: Sequence[str] | None = None,
    keep: Keep | None = None,
    sheet: str = "",
) -> Table | None:
    """Read `columns` of a table file, which must be there, or those that `keep` picks from the header, or all.

    Whatever makes the file unusable (not there, cut off, not UTF-8, not what its name says, columns that are not
    there, rows with too few or too many cells) is added to `findings` as errors, and the answer is None.
    """
    try:
        return _read(path, file, columns, keep or (lambda header: columns or header), sheet, findings)
    except UnreadableError as error:
        findings.error(error.rule, str(error), file=file, **error.where)
    except FileNotFoundError:
        findings.error("no-file", not_there(path), file=file)
    except IsADirectoryError:
        findings.error("no-file", "is a folder, not a file", file=file)
    except OSError as error:
        words = "is a folder, not a file" if path.is_dir() else f"cannot be read: {error.strerror or error}"
        findings.error("unreadable", words, file=file)
    return None


def raw_rows(path: Path, sheet: str = "") -> list[list[str]]:
    """Every row of a CSV or workbook that `read_table` could read, header first, columns without a name too."""
    name = path.name.lower()
    if name.endswith(".xlsx"):
        return sheet_rows(path, sheet)
    return csv_rows(path, delimiter="\t" if ".tsv" in name else ",") if ".csv" in name or ".tsv" in name else []


def _read(
    path: Path, file: str, columns: Sequence[str] | None, keep: Keep, sheet: str, findings: Findings
) -> Table | None:
    name = path.name.lower()
    ragged, numbers = [], None
    with path.open("rb"):
        pass  # so that a file that is not there, or not for us to read, is told as that and not as damaged
    if name.endswith((".csv", ".csv.gz", ".tsv", ".tsv.gz")):
        found = read_csv(path, keep, delimiter="\t" if ".tsv" in name else ",")
        header, frame, ragged, numbers = found.header, found.frame, found.ragged, found.numbers
    elif name.endswith(".parquet"):
        header, frame = _parquet(path, keep)
    elif name.endswith(".xlsx"):
        header, frame = read_workbook(path, sheet)
        wanted = set(keep(header))
        frame = frame.select(column for column in frame.columns if column in wanted)
    else:
        raise UnreadableError("format", "is of no known kind; Wholeplace reads .csv, .csv.gz, .parquet and .xlsx")
    sound = _columns_there(header, columns, file, findings)
    advice = "the row is cut off, or a comma stands in no quotes"
    told = (
        (f"has {counted(cells, 'cell')} where the header has {number}; {advice}", row, None)
        for row, cells, number in ragged
    )
    findings.several("error", "ragged-row", told, total=len(ragged), file=file)
    rows = numbers if numbers is not None else pl.int_range(2, frame.height + 2, eager=True)
    return Table(file, header, frame, rows) if sound and not ragged else None


def _columns_there(header: Sequence[str], columns: Sequence[str] | None, file: str, findings: Findings) -> bool:
    absent = [column for column in dict.fromkeys(columns or ()) if column not in header]
    for column in absent:
        tell_no_column(findings, header, file=file, column=column)
    return not absent


def tell_no_column(findings: Findings, header: Sequence[str], *, file: str, column: str) -> None:
    """Add the error for a column that place.toml names and the file does not have."""
    listed = ", ".join(header[:12]) + (f" … ({len(header)} in all)" if len(header) > 12 else "")
    near = did_you_mean(column, header)
    message = f"has no column {column!r}, which place.toml names{near or ';'} its columns are: {listed}"
    findings.error("no-column", message, file=file, column=column)


def _parquet(path: Path, keep: Keep) -> tuple[tuple[str, ...], pl.DataFrame]:
    """Read columns of a Parquet file: floats as numbers with NaN as blank, all else as text, nested ones as blank.

    Truth is written yes and no, as in every other file.
    """
    with refusing_damage("parquet", "is not a readable Parquet file"):
        header = tuple(pl.read_parquet_schema(path))
        check_header(header)
        wanted = set(keep(header))
        frame = pl.read_parquet(path, columns=[name for name in header if name in wanted])

    def plain(name: str) -> pl.Expr:
        kind = frame.schema[name]
        if kind.is_float():
            return pl.col(name).fill_nan(None)
        if kind == pl.Boolean:
            return pl.col(name).replace_strict({True: "yes", False: "no"}, default="", return_dtype=pl.String)
        if kind.is_nested() or kind in {pl.Binary, pl.Object}:
            return pl.lit("").alias(name)
        return pl.col(name).cast(pl.String).fill_null("")

    return header, frame.with_columns(plain(name) for name in frame.columns)


def as_text(column: pl.Series) -> pl.Series:
    """A column as text; a float that is whole (a code read from Parquet) loses its `.0`."""
    if column.dtype == pl.String:
        return column
    whole = column.cast(pl.Int64, strict=False)
    return (
        pl.select(
            pl.when(whole.cast(column.dtype) == column).then(whole.cast(pl.String)).otherwise(column.cast(pl.String))
        )
        .to_series()
        .fill_null("")
        .rename(column.name)
    )


def as_number(column: pl.Series) -> pl.Series:
    """A column as Float64; blank, not a number and not finite become null (the caller tells these apart)."""
    if column.dtype == pl.String:
        column = column.str.strip_chars()
    number = column.cast(pl.Float64, strict=False)
    return pl.select(pl.when(number.is_finite()).then(number)).to_series().rename(column.name)
