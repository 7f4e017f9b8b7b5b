"""Read number columns of a published table, telling blank, suppressed and wrong cells apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from wholeplace.place.findings import Findings
from wholeplace.place.tables import Table, as_number, as_text

#: A cell with one of these statuses has no value.
WITHOUT_VALUE = ("Q", "O", "L", "M")


@dataclass
class Cells:
    """The number columns of one table; a column is read once, so that a wrong cell in it is told once."""

    table: Table
    file: str
    suppressed: Sequence[str]
    findings: Findings
    _read: dict[str, tuple[pl.Series, pl.Series]] = field(default_factory=dict)

    def numbers(self, column: str, *, blank: str, scale: float = 1.0) -> tuple[pl.Series, pl.Series]:
        """The numbers of a column and the status of each cell: A, Q (suppressed), `blank`, or O for a wrong one."""
        if column not in self._read:
            self._read[column] = self._numbers(column, blank, scale)
        return self._read[column]

    def _numbers(self, column: str, blank: str, scale: float) -> tuple[pl.Series, pl.Series]:
        cells = self.table.frame[column]
        number = as_number(cells)
        if not number.null_count() and not self._may_hide_a_number:
            return number * scale, pl.Series(["A"]).new_from_index(0, len(number))
        text = as_text(cells).str.strip_chars()
        empty = text == ""
        hidden = text.is_in(list(self.suppressed)) & ~empty
        number = number.set(hidden, None)
        bad = number.is_null() & ~empty & ~hidden
        if bad.any():
            message = (
                "is not a number; write figures without commas, signs or words, "
                "or list the text under `suppressed` if it means suppressed"
            )
            found = zip(self.table.rows.filter(bad), text.filter(bad), strict=True)
            self.findings.cells("error", "not-number", message, found, total=int(bad.sum()),
                                file=self.file, column=column)  # fmt: skip
        statuses = pl.select(
            pl.when(hidden)
            .then(pl.lit("Q"))
            .when(empty)
            .then(pl.lit(blank))
            .when(bad)
            .then(pl.lit("O"))
            .otherwise(pl.lit("A"))
        ).to_series()
        return number * scale, statuses

    @cached_property
    def _may_hide_a_number(self) -> bool:
        """Whether a figure, as 0 or -1, is among the texts that mean suppressed."""
        texts = pl.Series(list(self.suppressed), dtype=pl.String)
        return as_number(texts).null_count() < len(texts)


def worst_status(statuses: Sequence[pl.Series]) -> pl.Series:
    """The status of a sum: suppressed when a part is, else missing when a part has no value, else normal."""
    frame = pl.DataFrame({str(number): status for number, status in enumerate(statuses)})
    without = [code for code in WITHOUT_VALUE if code != "Q"]
    return frame.select(
        pl.when(pl.any_horizontal(pl.all() == "Q"))
        .then(pl.lit("Q"))
        .when(pl.any_horizontal(pl.all().is_in(without)))
        .then(pl.lit("O"))
        .otherwise(pl.lit("A"))
        .alias("status")
    )["status"]


def expand_range(columns: Sequence[str], header: Sequence[str]) -> Iterator[str]:
    """Names of columns; `a..c` stands for all from a to c in the order of the file."""
    for column in columns:
        first, dots, last = column.partition("..")
        if dots and column not in header and first in header and last in header:
            yield from header[header.index(first) : header.index(last) + 1]
        else:
            yield column
