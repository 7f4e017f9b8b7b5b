"""Areas of a geography that only look-ups name: where the areas of the place lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from wholeplace.place.config import LookupSection, resolve
from wholeplace.place.findings import Findings
from wholeplace.place.tables import read_table


class LookupEnds:
    """Reads the `to` areas of look-ups, which are told of when the look-ups themselves are read."""

    def __init__(self, folder: Path, sections: Sequence[LookupSection]) -> None:
        self._folder, self._sections = folder, sections

    def areas(self, geography: str, label: str, known: Mapping[str, frozenset[str]]) -> pl.DataFrame | None:
        """Areas of `geography` (area, name) that areas of the place lie in; None when no look-up from `known` says.

        `known` holds the codes of the geographies read so far. Rows of areas outside the place lead to areas outside.
        """
        frames = [
            self._read(section, label, known[section.from_])
            for section in self._sections
            if section.to == geography and section.from_ in known
        ]
        read = [frame for frame in frames if frame is not None]
        return pl.concat(read) if read else None

    def _read(self, section: LookupSection, label: str, inside: frozenset[str]) -> pl.DataFrame | None:
        columns, silent = section.columns, Findings()
        path = resolve(self._folder, section.file, silent) if section.file and columns else None
        table = path and read_table(path, silent, file=section.file, sheet=section.sheet)
        if not table or columns is None or table.missing([columns.from_, columns.to]):
            return None
        area = table.text(columns.to)
        name = table.text(label) if label in table.header else area
        chosen = table.text(columns.from_).is_in(list(inside)) & (area != "")
        return pl.DataFrame({"area": area, "name": name}).filter(chosen)
