"""Merges of spellings that a named person looks over: the review list goes out, decisions come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wholeplace import output
from wholeplace.errors import WholeplaceError
from wholeplace.place.findings import Findings
from wholeplace.place.registers.spreadsheet_text import unshielded
from wholeplace.place.tables import read_table
from wholeplace.records.exporting import csv_text

KEEP, SPLIT = "keep", "split"
NEEDED = ("spelling", "decision", "decided_by")


class ReviewExistsError(WholeplaceError, FileExistsError):
    """A review list that would be written over one somebody may have written decisions into."""


@dataclass(frozen=True)
class Decision:
    """What a named person decided about one spelling: that it stays in its merge, or is a record of its own."""

    word: str
    person: str


@dataclass(frozen=True)
class Spelling:
    """One way in which a merged name is written, with its rows and sums; `record` is the id it went to."""

    merge: str
    record: str
    text: str
    rows: int
    sums: Mapping[str, str]
    decision: Decision | None


def read_decisions(path: Path, findings: Findings, *, file: str) -> dict[str, Decision]:
    """Decisions by spelling; rows without one are passed over, and every fault is an error."""
    table = read_table(path, findings, file=file)
    if table is None:
        return {}
    absent = table.missing(NEEDED)
    for name in absent:
        message = f"has no column {name!r}; give back the list that --review writes"
        findings.error("no-column", message, file=file, row=1, column=name)
    if absent:
        return {}
    texts = {name: table.frame.select(unshielded(pl.col(name)))[name].str.strip_chars() for name in NEEDED}
    found: dict[str, Decision] = {}
    for spelling, word, person, row in zip(*texts.values(), table.rows, strict=True):
        at = {"file": file, "row": int(row)}
        if not word:
            continue
        if word.lower() not in {KEEP, SPLIT}:
            findings.error("decision", f"must be {KEEP} or {SPLIT}, or blank", **at, column="decision", value=word)
        elif not person:
            message = "a decision needs the name of whoever made it"
            findings.error("decision", message, **at, column="decided_by", value="")
        elif spelling in found and found[spelling].word != word.lower():
            message = "is decided both ways; keep one of the rows"
            findings.error("decision", message, **at, column="spelling", value=spelling)
        else:
            found[spelling] = Decision(word.lower(), person)
    return found


def write_review(path: Path, spellings: Sequence[Spelling], sums: Sequence[str]) -> None:
    """Write the review list: a line for each spelling of each merge, with room for a decision.

    Raises
    ------
    ReviewExistsError
        When there is a file of that name: it may hold decisions.
    """
    if path.exists():
        message = f"{path} is there already and may hold decisions; name another file, or move that one away"
        raise ReviewExistsError(message)
    rows = [
        {
            "merge": one.merge,
            "record": one.record,
            "spelling": one.text,
            "rows": str(one.rows),
            **{name: one.sums[name] for name in sums},
            "decision": one.decision.word if one.decision else "",
            "decided_by": one.decision.person if one.decision else "",
        }
        for one in spellings
    ]
    columns = ["merge", "record", "spelling", "rows", *sums, "decision", "decided_by"]
    frame = pl.DataFrame(
        {name: [row[name] for row in rows] for name in columns}, schema=dict.fromkeys(columns, pl.String)
    )
    output.write_bytes(str(path), csv_text(frame).encode())
