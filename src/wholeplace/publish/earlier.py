"""What earlier releases of a place have told: read from the folders that `wholeplace publish` made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wholeplace.place import PLACE, Findings, Place
from wholeplace.place.config import resolve
from wholeplace.publish.counts import Column, Counts, exact_level
from wholeplace.publish.guard import Before

#: What marks a folder as made by `wholeplace publish`, and what it says of itself.
MARK = "wholeplace-published.json"
#: Where the tables of a published folder are, one an indicator.
DATA = "data"
#: What releases before this one showed and hid otherwise than it does: a folder that is replaced is not forgotten.
MEMORY = "wholeplace-earlier.csv"

_KEY = ["indicator", "geography", "area", "period"]
_STATES = ["count", "denominator", "hidden"]
_SCHEMA = dict.fromkeys(_KEY, pl.String) | dict.fromkeys(_STATES, pl.Boolean)


@dataclass(frozen=True)
class Earlier:
    """Every cell of every earlier release: whether one showed its count and its denominator, and whether one hid it."""

    place: Place
    rows: pl.DataFrame

    def of(self, counts: Counts, column: Column) -> Before:
        """What they told of one column of counts."""
        told: set[tuple[str, str]] = set()
        hidden: set[tuple[str, str]] = set()
        for use in column.uses:
            rows = self.rows.filter(
                (pl.col("indicator") == use.key.indicator) & (pl.col("period") == use.key.period)
            ).select("geography", "area", use.role, "hidden")
            for geography, area, there, held in rows.iter_rows():
                if there:
                    told.add((geography, area))
                if held:
                    hidden.add((geography, area))
        here = {counts.geography, *(level.target for level in counts.levels)}
        elsewhere = sorted({geography for geography, _ in told} - here - {PLACE})
        lost = tuple(one for one in elsewhere if one not in self.place.geographies)
        levels = [exact_level(self.place, counts.geography, one) for one in elsewhere if one not in lost]
        others = tuple(level.groups(counts) for level in levels if level is not None)  # divided areas add up to nothing
        return Before(frozenset(told), frozenset(hidden - told), others, lost)


def read_earlier(place: Place, folders: Sequence[str]) -> Earlier:
    """Read the earlier releases that place.toml names.

    Raises
    ------
    FindingsError
        A folder that is not there, or that `wholeplace publish` did not make.
    """
    findings, frames = Findings(), [pl.DataFrame(schema=_SCHEMA)]
    for name in folders:
        folder = resolve(place.folder, name, findings)
        if folder is not None and not (folder / MARK).is_file():
            message = "is no folder that `wholeplace publish` made; name one, or take it out of [disclosure] previous"
            findings.error("previous", message, file="place.toml", column="disclosure.previous", value=name)
        elif folder is not None:
            frames += [_table(path) for path in sorted((folder / DATA).glob("*.csv"))]
            frames += [pl.read_csv(path, schema=_SCHEMA) for path in folder.glob(MEMORY)]
    findings.raise_errors("earlier releases")
    return Earlier(place, _together(frames))


def write_memory(earlier: Earlier, draft: Path) -> None:
    """Leave in a new release what the earlier ones told otherwise; nothing when they told the same.

    It says of which cells a figure was shown or hidden, and no figure.
    """
    now = _together([pl.DataFrame(schema=_SCHEMA), *(_table(path) for path in sorted((draft / DATA).glob("*.csv")))])
    rows = earlier.rows.join(now, on=[*_KEY, *_STATES], how="anti")
    if rows.height:
        rows.write_csv(draft / MEMORY)


def _together(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames).group_by(_KEY).agg(pl.col(_STATES).any()).sort(_KEY)


def _table(path: Path) -> pl.DataFrame:
    frame = pl.read_csv(path, infer_schema=False)
    states = {name: pl.col(name).is_not_null() for name in ("count", "denominator")}
    return frame.select(*_KEY, **states, hidden=pl.col("status") == "Q")
