"""What earlier releases of a place have told: read from the folders that `wholeplace publish` made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wholeplace.place import Findings, Place
from wholeplace.place.config import resolve
from wholeplace.publish.counts import Column, Counts, exact_level
from wholeplace.publish.guard import Before

#: What marks a folder as made by `wholeplace publish`, and what it says of itself.
MARK = "wholeplace-published.json"
#: Where the tables of a published folder are, one an indicator.
DATA = "data"

_SCHEMA = {"indicator": pl.String, "geography": pl.String, "area": pl.String, "period": pl.String,
           "count": pl.Float64, "denominator": pl.Float64, "status": pl.String}  # fmt: skip


@dataclass(frozen=True)
class Earlier:
    """The rows of every earlier release, one under the other."""

    place: Place
    rows: pl.DataFrame

    def of(self, counts: Counts, column: Column) -> Before:
        """What they told of one column of counts."""
        told: set[tuple[str, str]] = set()
        hidden: set[tuple[str, str]] = set()
        for use in column.uses:
            rows = self.rows.filter((pl.col("indicator") == use.key.indicator) & (pl.col("period") == counts.period))
            cells = rows.select("geography", "area", pl.col(use.role).is_not_null().alias("there"), "status")
            for geography, area, there, status in cells.iter_rows():
                if there:
                    told.add((geography, area))
                elif status == "Q":
                    hidden.add((geography, area))
        here = {counts.geography, *(level.target for level in counts.levels)}
        return Before(frozenset(told), frozenset(hidden - told), self._others(counts, {g for g, _ in told} - here))

    def _others(self, counts: Counts, geographies: set[str]) -> tuple[tuple[str, ...], ...]:
        """How whole areas add up to areas printed elsewhere only; divided ones cannot be taken into account."""
        found = []
        for geography in sorted(geographies):
            level = (
                exact_level(self.place, counts.geography, geography) if geography in self.place.geographies else None
            )
            if level is not None:
                pairs = zip(level.of, counts.areas, strict=True)
                found.append(tuple(f"{geography}\0{home or area}" for home, area in pairs))
        return tuple(found)


def read_earlier(place: Place, folders: Sequence[str]) -> Earlier | None:
    """Read the earlier releases that place.toml names; None when it names none.

    Raises
    ------
    FindingsError
        A folder that is not there, or that `wholeplace publish` did not make.
    """
    if not folders:
        return None
    findings, frames = Findings(), [pl.DataFrame(schema=_SCHEMA)]
    for name in folders:
        folder = resolve(place.folder, name, findings)
        if folder is not None and not (folder / MARK).is_file():
            message = "is no folder that `wholeplace publish` made; name one, or take it out of [disclosure] previous"
            findings.error("previous", message, file="place.toml", column="disclosure.previous", value=name)
        elif folder is not None:
            frames += [_read(path) for path in sorted((folder / DATA).glob("*.csv"))]
    findings.raise_errors("earlier releases")
    return Earlier(place, pl.concat(frames))


def _read(path: Path) -> pl.DataFrame:
    frame = pl.read_csv(path, infer_schema=False)
    return frame.select(pl.col(name).cast(kind) for name, kind in _SCHEMA.items())
