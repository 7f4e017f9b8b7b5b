"""A register in memory, and where registers come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

import polars as pl

from wholeplace.place._unreadable import UnreadableError
from wholeplace.place.findings import Findings
from wholeplace.place.registers.spreadsheet_text import is_formula, unshielded, unshielded_text
from wholeplace.place.tables import raw_rows, read_table
from wholeplace.place.vocabulary import RegisterKind, Vocabulary, vocabulary

#: A register may have columns of its own; a file with more of them than this is another kind of file.
MOST_OTHER_COLUMNS = 100


@dataclass(frozen=True)
class Register:
    """The records of one register.

    `frame` holds every column as text, "" where a cell is blank; `rows` numbers its rows as `file` does (the header is
    row 1; a record of the log goes by the number of its entry).
    """

    kind: RegisterKind
    file: str
    frame: pl.DataFrame
    rows: pl.Series

    @cached_property
    def keys(self) -> pl.Series:
        """The key of each record: its id, or `prefix:` and the parts of the key with `|` between them."""
        return keys_of(self.kind, self.frame)

    @cached_property
    def names(self) -> pl.Series:
        """The name of each thing, `prefix:id`."""
        return self.keys if self.kind.composite else f"{self.kind.prefix}:" + self.keys

    def column(self, name: str) -> pl.Series:
        """One field of every record; blank where the register has no such column."""
        if name in self.frame.columns:
            return self.frame[name]
        return pl.repeat("", self.frame.height, dtype=pl.String, eager=True).alias(name)


class RegisterSource(Protocol):
    """Where the registers of a place come from: a folder of files, or the records log."""

    def read(self, findings: Findings) -> Mapping[str, Register]:
        """Every register there is, by name; faults of reading go to `findings`."""


@dataclass(frozen=True)
class FolderSource:
    """Registers from the CSV files under `registers/` of a place folder."""

    folder: Path
    known: Vocabulary = field(default_factory=vocabulary)

    def read(self, findings: Findings) -> dict[str, Register]:
        """Every register that has a file; a file that is no register is told of."""
        found = {}
        for path in sorted((self.folder / "registers").glob("*.csv")):
            kind = self.known.registers.get(path.stem)
            file = f"registers/{path.name}"
            if kind is None:
                tell_no_register(findings, self.known, path.stem, file=file)
                continue
            register = read_register(path, kind, findings, file=file)
            if register is not None:
                found[kind.name] = register
        return found


def tell_no_register(findings: Findings, known: Vocabulary, name: str, *, file: str) -> None:
    """Add the warning that a file or sheet goes by the name of no register."""
    from difflib import get_close_matches

    near = get_close_matches(name, known.registers, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(known.registers)}"
    findings.warning("unknown-register", f"{name!r} is no register and is not read{hint}", file=file, value=name)


def read_register(path: Path, kind: RegisterKind, findings: Findings, *, file: str, sheet: str = "") -> Register | None:
    """Read one register from a table file; None, with an error, when it cannot be used at all."""
    table = read_table(path, findings, file=file, sheet=sheet)
    if table is None:
        return None
    columns = [name for name in table.header if name]
    if len(columns) < len(table.header):
        _tell_unnamed(path, sheet, findings, file=file)
    plain = [unshielded_text(name) for name in columns]
    if not check_columns(plain, kind, findings, file=file):
        return None
    text = pl.DataFrame([table.text(name) for name in columns])
    if not sheet:  # in a workbook text is text, whatever it begins with
        _tell_formulas(text, table.rows, findings, file=file)
    filled = text.select(pl.any_horizontal(pl.all().str.strip_chars() != "")).to_series()  # rows of blanks are none
    frame = text.select(unshielded(pl.col(name)).alias(new) for name, new in zip(columns, plain, strict=True))
    return Register(kind, file, frame.filter(filled), table.rows.filter(filled))


def _tell_unnamed(path: Path, sheet: str, findings: Findings, *, file: str) -> None:
    """Refuse text in columns without a name, under which it could not be kept."""
    try:
        header, *rows = raw_rows(path, sheet)
    except UnreadableError as error:
        findings.error(error.rule, str(error), file=file, **error.where)
        return
    unnamed = [column for column, name in enumerate(header) if not name]
    bad = [(number, row[column]) for number, row in enumerate(rows, 2) for column in unnamed if row[column].strip()]
    message = "stands in a column without a name; write one in row 1"
    findings.cells("error", "unnamed-column", message, bad, total=len(bad), file=file, column="")


def check_columns(columns: Sequence[str], kind: RegisterKind, findings: Findings, *, file: str) -> bool:
    """Whether a table with these columns can be used as a register; what is wrong is an error."""
    absent = [one.name for one in kind.fields if one.required and one.name not in columns]
    for name in absent:
        message = f"has no column {name!r}, which every row of {kind.title.lower()} needs"
        findings.error("no-column", message, file=file, row=1, column=name)
    twice = [name for name, count in Counter(columns).items() if count > 1]
    if twice:
        findings.error("header-twice", f"has two columns of one name: {', '.join(twice)}", file=file, row=1,
                       column=twice[0])  # fmt: skip
    others = [name for name in columns if name not in kind.by_name]
    if len(others) > MOST_OTHER_COLUMNS:
        message = f"has {len(others)} columns that {kind.title.lower()} do not have; is it another kind of table?"
        findings.error("too-many-columns", message, file=file, row=1, column=others[0])
    return not absent and not twice and len(others) <= MOST_OTHER_COLUMNS


def _tell_formulas(frame: pl.DataFrame, rows: pl.Series, findings: Findings, *, file: str) -> None:
    """Refuse cells that a spreadsheet would work out: what they show elsewhere is not what stands in the file."""
    message = "is a formula; write its result, or an apostrophe before it where it is meant as text"
    for name in filter(is_formula, frame.columns):
        findings.error("formula", message, file=file, row=1, column=name, value=name)
    for name in frame.columns:
        cells = frame[name]
        likely = cells.str.contains(r"^[=+\-@]").arg_true()
        bad = [(int(rows[at]), cells[at]) for at in likely if is_formula(cells[at])]
        findings.cells("error", "formula", message, bad, total=len(bad), file=file, column=name)


def keys_of(kind: RegisterKind, frame: pl.DataFrame) -> pl.Series:
    """The key of each row of a register's table."""

    def part(name: str) -> pl.Expr:
        cell = pl.col(name).str.strip_chars() if name in frame.columns else pl.lit("")
        prefixes = kind.by_name[name].prefixes
        if len(prefixes) == 1:  # the prefix may be written and means nothing
            return cell.str.strip_prefix(f"{prefixes[0]}:")
        return cell

    if not kind.composite:
        return frame.select(part("id").alias("key"))["key"]
    parts = pl.concat_str([part(name) for name in kind.key], separator="|")
    return frame.select((pl.lit(f"{kind.prefix}:") + parts).alias("key"))["key"]
