"""How every result of the measure room is shown in a notebook and written to a file."""

from __future__ import annotations

import html
from pathlib import Path

import polars as pl


class Result:
    """A result with a main table `frame`; `summary` says in a few sentences what the table holds."""

    frame: pl.DataFrame

    @property
    def summary(self) -> tuple[str, ...]:
        """What to read before the table."""
        return ()

    def to_csv(self, path: str | Path) -> None:
        """Write `frame` as CSV, numbers at full precision, blank where there is none."""
        self.frame.write_csv(path)

    def to_json(self, path: str | Path) -> None:
        """Write `frame` as JSON, a list with one object a row, null where there is no number."""
        Path(path).write_text(self.frame.write_json(), encoding="utf-8")

    def _repr_html_(self) -> str:
        """The sentences and the first rows of the table, for a notebook."""
        lines = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.summary)
        return lines + self.frame._repr_html_()
