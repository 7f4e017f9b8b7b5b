"""Read CSV files: plain or gzipped, UTF-8, with a header; refuse what is cut off, binary or in another encoding."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wholeplace.place._unreadable import MOST_BYTES, UnreadableError, check_header, refusing_damage

#: A file with more broken rows than this is not looked at further: it is another kind of file.
MOST_RAGGED = 10_000
_CHUNK = 1 << 24
_BLANK_LINE = re.compile(rb"\n[ \t]*\r?\n(?=[^\r\n])")


@dataclass(frozen=True)
class CsvRows:
    """Columns of a CSV as text; `ragged` lists rows with too few or too many cells as (row, found, expected).

    `numbers` are the rows as a spreadsheet numbers them, when blank lines make them other than 2, 3, 4 …
    """

    header: tuple[str, ...]
    frame: pl.DataFrame
    ragged: list[tuple[int, int, int]]
    numbers: pl.Series | None = None


def read_csv(path: Path, keep: Callable[[Sequence[str]], Iterable[str]], *, delimiter: str) -> CsvRows:
    """Read the columns that `keep` chooses from the header. Raises UnreadableError for what is no sound CSV."""
    content = _unzip(path) if path.name.lower().endswith(".gz") else _bytes(path)
    if content.startswith(codecs.BOM_UTF8):
        content = content[len(codecs.BOM_UTF8) :]
    _check_text(content)
    header = _header(content, delimiter)
    wanted = set(keep(header))
    columns = [name for name in dict.fromkeys(header) if name in wanted]
    frame, ragged = _parse(content, columns, delimiter)
    return CsvRows(header, frame, ragged, _row_numbers(content, frame.height, delimiter))


def csv_rows(path: Path, *, delimiter: str) -> list[list[str]]:
    """Every row of a CSV that can be read, header first; blank lines have no cells but those of the header, blank."""
    content = _unzip(path) if path.name.lower().endswith(".gz") else _bytes(path)
    with refusing_damage("csv", "is not a readable CSV"):
        rows = list(_records(content.removeprefix(codecs.BOM_UTF8), delimiter))
    return [row or [""] * len(rows[0]) for row in rows]


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        size = f"{MOST_BYTES // 1024**3} GiB"
        raise UnreadableError("too-large", f"holds more than {size}; cut it to the rows of this place")
    return path.read_bytes()


def _unzip(path: Path) -> bytes | bytearray:
    """Unpack a gzip file, stopping at MOST_BYTES. Raises UnreadableError when it is cut off or no gzip at all."""
    content = bytearray()
    unpacker = zlib.decompressobj(wbits=31)
    with path.open("rb") as packed:
        try:
            while chunk := packed.read(1 << 20):
                while chunk:
                    content += unpacker.decompress(chunk, _CHUNK)
                    if len(content) > MOST_BYTES:
                        raise UnreadableError("too-large", f"unpacks to more than {MOST_BYTES // 1024**3} GiB")
                    if unpacker.eof:  # several gzip members may follow one another
                        chunk = unpacker.unused_data.lstrip(b"\0")
                        unpacker = zlib.decompressobj(wbits=31) if chunk else unpacker
                    else:
                        chunk = unpacker.unconsumed_tail
        except zlib.error:
            raise UnreadableError("archive", "is not a gzip archive, or is damaged; fetch the file again") from None
    if not unpacker.eof:
        raise UnreadableError("archive", "is cut off: the gzip archive ends too early; fetch the file again")
    return content


def _check_text(content: bytes | bytearray) -> None:
    if not content[:_CHUNK].strip() and not content.strip():
        raise UnreadableError("empty-file", "is empty")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableError("encoding", "is UTF-16 text; save it as “CSV UTF-8”")
    if b"\0" in content:
        message = "is not text at all but a binary file with a .csv name; open it in its own program and save it as CSV"
        raise UnreadableError("encoding", message)
    fault = _not_utf8(content)
    if fault is not None:
        row = content.count(b"\n", 0, fault) + 1
        message = f"is not UTF-8 text (byte 0x{content[fault]:02x}); save it as “CSV UTF-8”"
        raise UnreadableError("encoding", message, row=row)
    if content.count(b'"') % 2:
        message = "has a quote that is never closed; the file is cut off, or a quote is not doubled"
        raise UnreadableError("csv", message)


def _not_utf8(content: bytes | bytearray) -> int | None:
    """Where the first byte stands that is not UTF-8, or None; in pieces, so that no second copy is held."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(content), _CHUNK):
        pending = len(decoder.getstate()[0])
        piece = content[start : start + _CHUNK]
        try:
            decoder.decode(piece, final=start + _CHUNK >= len(content))
        except UnicodeDecodeError as error:
            return start - pending + error.start
    return None


def _header(content: bytes | bytearray, delimiter: str) -> tuple[str, ...]:
    head = io.StringIO(content[: 1 << 20].decode("utf-8", errors="ignore"), newline="")
    try:
        header = tuple(next(csv.reader(head, delimiter=delimiter)))
    except csv.Error as error:
        raise UnreadableError("csv", f"has no readable header: {error}") from None
    if not header:
        raise UnreadableError("csv", "has a blank first row; the header belongs there", row=1)
    check_header(header)
    if len(header) == 1 and header[0].count(";") > 1:
        raise UnreadableError("csv", "has semicolons between its cells; save it with commas", row=1)
    return header


def _parse(
    content: bytes | bytearray, columns: list[str], delimiter: str
) -> tuple[pl.DataFrame, list[tuple[int, int, int]]]:
    """Parse CSV bytes; also list rows whose number of cells is not the header's, as (row, found, expected)."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    ragged = 0

    def note(row: arrow_csv.InvalidRow) -> str:
        nonlocal ragged
        ragged += 1
        return "skip" if ragged < MOST_RAGGED else "error"

    def parse() -> pa.Table:
        return arrow_csv.read_csv(
            pa.BufferReader(content if content.endswith(b"\n") else content + b"\n"),
            read_options=arrow_csv.ReadOptions(block_size=_CHUNK),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=b'"' in content, invalid_row_handler=note
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.large_string()),
                include_columns=columns,
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )

    frame: pl.DataFrame | pl.Series = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    try:
        with refusing_damage("csv", "is not a readable CSV"):
            frame = pl.from_arrow(parse())
    except UnreadableError:
        if not ragged:
            raise
    assert isinstance(frame, pl.DataFrame)
    return frame, _ragged_rows(content, delimiter) if ragged else []


def _records(content: bytes | bytearray, delimiter: str) -> Iterable[list[str]]:
    """Records of a CSV one by one, blank lines as empty lists, as a spreadsheet would show them."""
    return csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""), delimiter=delimiter)


def _ragged_rows(content: bytes | bytearray, delimiter: str) -> list[tuple[int, int, int]]:
    """Rows with too few or too many cells with the numbers they have in a spreadsheet, at most MOST_RAGGED."""
    records = iter(_records(content, delimiter))
    with refusing_damage("csv", "is not a readable CSV"):
        expected = len(next(records))
        found = ((number, len(row), expected) for number, row in enumerate(records, 2) if row and len(row) != expected)
        ragged = list(itertools.islice(found, MOST_RAGGED))
    if not ragged:
        raise UnreadableError("csv", "has rows with too few or too many cells, or a quote in the middle of a cell")
    return ragged


def _row_numbers(content: bytes | bytearray, height: int, delimiter: str) -> pl.Series | None:
    """The number of each row in a spreadsheet, when blank lines stand between rows; they are passed over in reading."""
    if not _BLANK_LINE.search(content):
        return None
    numbers = [number for number, row in enumerate(_records(content, delimiter), 1) if row][1:]
    return pl.Series(numbers, dtype=pl.Int64) if len(numbers) == height else None
