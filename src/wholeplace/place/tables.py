"""Read published tables - CSV, CSV.gz, Parquet, XLSX - as text, refusing in plain words what cannot be trusted."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wholeplace.place.findings import MOST_OF_ONE_KIND, Findings

#: Nothing a place is built from is larger; a small archive that unpacks to more is a mistake or an attack.
MOST_BYTES = 2 * 1024**3


class _UnreadableError(Exception):
    """A file that cannot be used; carries the rule and the words for the finding."""

    def __init__(self, rule: str, message: str, **where: object) -> None:
        super().__init__(message)
        self.rule, self.where = rule, where


@dataclass(frozen=True)
class Table:
    """The wanted columns of a file, each as text ("" where a cell is blank) or, from Parquet, as its number.

    Row `i` of `frame` is row `i + 2` of the file as a spreadsheet numbers it. `header` holds every column there is.
    """

    file: str
    header: tuple[str, ...]
    frame: pl.DataFrame

    def missing(self, columns: Iterable[str]) -> list[str]:
        return [column for column in dict.fromkeys(columns) if column not in self.header]


def read_table(
    path: Path, findings: Findings, *, file: str, columns: Sequence[str] | None = None, sheet: str = ""
) -> Table | None:
    """Read `columns` (all when None) of a table file.

    Whatever makes the file unusable (not there, cut off, not UTF-8, not what its name says, columns that are not
    there, rows with too few or too many cells) is added to `findings` as errors, and the answer is None.
    """
    try:
        table = _read(path, file, columns, sheet, findings)
    except _UnreadableError as error:
        findings.error(error.rule, str(error), file=file, **error.where)
        return None
    except FileNotFoundError:
        findings.error("no-file", "is named but is not there", file=file)
        return None
    except IsADirectoryError:
        findings.error("no-file", "is a folder, not a file", file=file)
        return None
    except OSError as error:
        findings.error("unreadable", f"cannot be read: {error.strerror or error}", file=file)
        return None
    return table


def _read(path: Path, file: str, columns: Sequence[str] | None, sheet: str, findings: Findings) -> Table | None:
    name = path.name.lower()
    if name.endswith((".csv", ".csv.gz", ".tsv", ".tsv.gz")):
        content = unzip(path) if name.endswith(".gz") else _bytes(path)
        return _read_csv(content, file, columns, findings, "\t" if ".tsv" in name else ",")
    if name.endswith(".parquet"):
        frame = _parquet(path)
    elif name.endswith(".xlsx"):
        frame = _xlsx(path, sheet)
    else:
        raise _UnreadableError("format", "is of no known kind; Wholeplace reads .csv, .csv.gz, .parquet and .xlsx")
    header = tuple(frame.columns)
    if not _columns_there(header, columns, file, findings):
        return None
    return Table(file, header, frame.select(list(dict.fromkeys(columns or header))))


def _columns_there(header: Sequence[str], columns: Sequence[str] | None, file: str, findings: Findings) -> bool:
    absent = [column for column in dict.fromkeys(columns or ()) if column not in header]
    listed = ", ".join(header[:12]) + (f" … ({len(header)} in all)" if len(header) > 12 else "")
    for column in absent:
        message = f"has no column {column!r}, which is named in place.toml or required; its columns are: {listed}"
        findings.error("no-column", message, file=file, column=column)
    return not absent


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise _UnreadableError(
            "too-large", f"holds more than {MOST_BYTES // 1024**3} GiB; cut it to the rows of this place"
        )
    return path.read_bytes()


def unzip(path: Path) -> bytes:
    """Unpack a gzip file, stopping at MOST_BYTES. Raises _UnreadableError when it is cut off or no gzip at all."""
    parts, size = [], 0
    unpacker = zlib.decompressobj(wbits=31)
    with path.open("rb") as packed:
        try:
            while chunk := packed.read(1 << 20):
                while chunk:
                    part = unpacker.decompress(chunk, 1 << 26)
                    size += len(part)
                    parts.append(part)
                    if size > MOST_BYTES:
                        raise _UnreadableError("too-large", f"unpacks to more than {MOST_BYTES // 1024**3} GiB")
                    if unpacker.eof:  # several gzip members may follow one another
                        chunk = unpacker.unused_data.lstrip(b"\0")
                        unpacker = zlib.decompressobj(wbits=31) if chunk else unpacker
                    else:
                        chunk = unpacker.unconsumed_tail
        except zlib.error as error:
            raise _UnreadableError("archive", f"is not a readable gzip archive: {error}") from None
    if not unpacker.eof:
        raise _UnreadableError("archive", "is cut off: the gzip archive ends too early; fetch the file again")
    return b"".join(parts)


def _read_csv(
    content: bytes, file: str, columns: Sequence[str] | None, findings: Findings, delimiter: str
) -> Table | None:
    content = content.removeprefix(b"\xef\xbb\xbf")
    _check_text(content)
    header = _header(content, delimiter)
    if not _columns_there(header, columns, file, findings):
        return None
    wanted = list(dict.fromkeys(columns or header))
    frame, ragged = _parse_csv(content, wanted, delimiter)
    for row, found, expected in ragged[:MOST_OF_ONE_KIND]:
        message = (
            f"has {found} cells where the header has {expected}; the row is cut off, or a comma stands in no quotes"
        )
        findings.error("ragged-row", message, file=file, row=row)
    if len(ragged) > MOST_OF_ONE_KIND:
        more = len(ragged) - MOST_OF_ONE_KIND
        findings.error("ragged-row", f"… and {more:,} more rows with too few or too many cells", file=file)
    return None if ragged else Table(file, header, frame)


def _check_text(content: bytes) -> None:
    if not content.strip():
        raise _UnreadableError("empty-file", "is empty")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _UnreadableError("encoding", "is UTF-16 text; save it as “CSV UTF-8”")
    if b"\0" in content[:65536]:
        raise _UnreadableError("encoding", "is not text at all but a binary file with a .csv name")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        found = content[error.start : error.start + 1].hex()
        message = f"is not UTF-8 text (byte 0x{found}); save it as “CSV UTF-8”"
        raise _UnreadableError("encoding", message, row=row) from None
    if content.count(b'"') % 2:
        raise _UnreadableError(
            "csv", "has a quote that is never closed; the file is cut off, or a quote is not doubled"
        )


def _header(content: bytes, delimiter: str) -> tuple[str, ...]:
    head = io.StringIO(content[: 1 << 20].decode("utf-8", errors="ignore"), newline="")
    try:
        header = tuple(next(csv.reader(head, delimiter=delimiter)))
    except (csv.Error, StopIteration) as error:
        raise _UnreadableError("csv", f"has no readable header: {error}") from None
    twice = [name for name, count in Counter(header).items() if count > 1 and name]
    if twice:
        raise _UnreadableError(
            "header-twice", f"has two columns of one name: {', '.join(twice)}", row=1, column=twice[0]
        )
    if len(header) == 1 and header[0].count(";") > 1:
        raise _UnreadableError("csv", "has semicolons between its cells; save it with commas")
    return header


def _check_header(header: Sequence[str]) -> None:
    twice = [name or "(blank)" for name, count in Counter(header).items() if count > 1]
    if twice:
        message = f"has two columns of one name: {', '.join(twice)}"
        raise _UnreadableError("header-twice", message, row=1, column=twice[0])


def _parse_csv(content: bytes, wanted: list[str], delimiter: str) -> tuple[pl.DataFrame, list[tuple[int, int, int]]]:
    """Parse CSV bytes; also list rows whose number of cells is not the header's, as (row, found, expected)."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    ragged: list[tuple[int, int, int]] = []

    def note(row: arrow_csv.InvalidRow) -> str:
        ragged.append((row.number or 0, row.actual_columns, row.expected_columns))
        return "skip"

    def parse(threads: bool) -> pa.Table:
        return arrow_csv.read_csv(
            io.BytesIO(content),
            read_options=arrow_csv.ReadOptions(use_threads=threads, block_size=1 << 24),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=b'"' in content, invalid_row_handler=note
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.large_string()),
                include_columns=wanted,
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )

    try:
        table = parse(threads=True)
        if ragged:  # arrow numbers the rows only when it reads in one thread
            ragged.clear()
            table = parse(threads=False)
    except pa.ArrowInvalid as error:
        raise _UnreadableError("csv", f"is not a readable CSV: {str(error).splitlines()[0]}") from None
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame, ragged


def _parquet(path: Path) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(path)
    except FileNotFoundError:
        raise
    except Exception as error:  # whatever polars makes of a damaged file, the user hears one plain line
        raise _UnreadableError("parquet", f"is not a readable Parquet file: {str(error).splitlines()[0]}") from None
    numeric = {name for name, kind in frame.schema.items() if kind.is_float()}
    return frame.select(
        pl.col(name) if name in numeric else pl.col(name).cast(pl.String).fill_null("") for name in frame.columns
    )


def _xlsx(path: Path, sheet: str) -> pl.DataFrame:
    check_archive(path)
    import python_calamine

    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            if sheet and sheet not in book.sheet_names:
                names = ", ".join(book.sheet_names)
                raise _UnreadableError("no-sheet", f"has no sheet {sheet!r}; its sheets are: {names}")
            rows = book.get_sheet_by_name(sheet or book.sheet_names[0]).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, zipfile.BadZipFile) as error:
        raise _UnreadableError("xlsx", f"is not a readable workbook: {error}") from None
    if not rows:
        raise _UnreadableError("empty-file", "holds no rows")
    header = [_cell(cell) for cell in rows[0]]
    while header and not header[-1]:
        header.pop()
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise _UnreadableError(
            "header-twice", f"has two columns of one name: {', '.join(twice)}", row=1, column=twice[0]
        )
    body = [[_cell(cell) for cell in row[: len(header)]] for row in rows[1:]]
    while body and not any(body[-1]):
        body.pop()
    return pl.DataFrame(body, schema=dict.fromkeys(header, pl.String), orient="row")


def check_archive(path: Path) -> None:
    """Refuse a zip-based file (XLSX, GeoPackage is none) that is no zip or unpacks to more than MOST_BYTES."""
    with path.open("rb"):
        pass  # so that a missing file is told as missing, not as a bad archive
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile:
        raise _UnreadableError(
            "xlsx", "is not a workbook (.xlsx); it may be cut off, or another kind of file renamed"
        ) from None
    packed = path.stat().st_size
    if size > MOST_BYTES or (size > 256 * 1024**2 and size > 200 * packed):
        raise _UnreadableError("zip-bomb", f"unpacks {packed:,} bytes to {size:,}; it is not opened")


def _cell(cell: object) -> str:
    """Write a spreadsheet cell as the text that a person sees in it."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return "" if cell is None else str(cell)


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
        column = column.str.strip_chars(" ")
    number = column.cast(pl.Float64, strict=False)
    return pl.select(pl.when(number.is_finite()).then(number)).to_series().rename(column.name)
