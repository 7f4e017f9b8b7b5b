"""The tables that place.toml names: each file read once, with the columns that its sections need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from wholeplace.place.cells import expand_range
from wholeplace.place.config import PlaceFile, TableSection, ValuesSection, resolve
from wholeplace.place.findings import Findings
from wholeplace.place.long_tables import chosen_rows
from wholeplace.place.periods import is_period
from wholeplace.place.tables import Table, read_table, tell_no_column

Section = TableSection | ValuesSection


class Tables:
    """Reads each file that place.toml names once, with all the columns that any section of it needs.

    `read` lists what can be used: the name of a section, the section (without columns that its file does not have),
    its table. `unread` holds the files that could not be read, or not all that was asked of them.
    """

    def __init__(self, folder: Path, sections: PlaceFile, findings: Findings) -> None:
        self._folder, self._findings = folder, findings
        self._files: dict[tuple[str, str], Table | None] = {}
        self._labels = {geography.id: geography.label for geography in sections.geography}
        self._sections: list[Section] = [*sections.table, *sections.values]
        self.read: list[tuple[str, Section, Table]] = []
        self.unread: set[str] = set()
        named: list[tuple[str, Section]] = [(f"[[table]] {n}", one) for n, one in enumerate(sections.table, 1)]
        named += [(f"[[values]] {n}", one) for n, one in enumerate(sections.values, 1)]
        for name, section in named:
            table = self._open(section)
            asked = section if table is None else _with_period(section, table.header)
            usable = self._usable(asked, table) if table is not None else None
            if table is not None and usable is not None:
                self.read.append((name, usable, table))
            if usable is not asked:
                self.unread.add(section.file)

    def _open(self, section: Section) -> Table | None:
        key = (section.file, section.sheet)
        if key not in self._files:
            path = resolve(self._folder, section.file, self._findings)
            self._files[key] = path and read_table(
                path,
                self._findings,
                file=section.file,
                sheet=section.sheet,
                keep=lambda header: self._wanted(key, header),
            )  # type: ignore[assignment]
        return self._files[key]

    def _wanted(self, key: tuple[str, str], header: Sequence[str]) -> Iterator[str]:
        for section in self._sections:
            if (section.file, section.sheet) == key:
                yield from _columns_of(_with_period(section, header), header)
                yield self._labels.get(section.geography, "")

    def _usable(self, section: Section, table: Table) -> Section | None:
        """The section without columns that are not there, each an error; None when nothing is left of it."""
        absent = table.missing(_columns_of(section, table.header))
        for column in absent:
            tell_no_column(self._findings, table.header, file=section.file, column=column)
        if not absent:
            return section
        if isinstance(section, ValuesSection) or section.key in absent:
            return None
        sums = {indicator: columns for indicator, columns in section.sum.items()
                if not set(expand_range(columns, table.header)) & set(absent)}  # fmt: skip
        columns = {column: indicator for column, indicator in section.columns.items() if column not in absent}
        return section.model_copy(update={"columns": columns, "sum": sums})

    def keys(self) -> dict[str, pl.DataFrame]:
        """The area codes and names that the tables of each geography hold."""
        found: dict[str, list[pl.DataFrame]] = {}
        for _, section, table in self.read:
            column = section.key if isinstance(section, TableSection) else section.columns.area
            label = self._labels.get(section.geography, "")
            frame = pl.DataFrame(
                {"area": table.text(column), "name": table.text(label if label in table.header else column)}
            )
            if isinstance(section, ValuesSection):
                frame = frame.filter(chosen_rows(section.where, table))
            found.setdefault(section.geography, []).append(frame.filter(pl.col("area") != ""))
        return {geography: pl.concat(frames) for geography, frames in found.items()}


def _with_period(section: Section, header: Sequence[str]) -> Section:
    """A section as it is meant: the `period` of a long table may be the name of a column instead of a constant."""
    if not isinstance(section, ValuesSection) or section.columns.period:
        return section
    if section.period not in header or is_period(section.period):
        return section
    columns = section.columns.model_copy(update={"period": section.period})
    return section.model_copy(update={"columns": columns})


def _columns_of(section: Section, header: Sequence[str]) -> list[str]:
    """Columns that a section names."""
    if isinstance(section, TableSection):
        wanted = [section.key, *section.columns, *section.scale, *section.blanks]
        for columns in section.sum.values():
            wanted += expand_range(columns, header)
        return wanted
    names = section.columns
    long = [names.area, names.indicator, names.period, names.value, names.count, names.denominator]
    long += [names.lower95, names.upper95, names.status, section.names.get("column", ""), *section.where]
    return [column for column in long if column]
