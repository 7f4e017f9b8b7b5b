"""One record for all rows of a name: spellings merged by a stated rule, amounts summed to the penny."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from wholeplace.place.findings import Findings
from wholeplace.place.tables import Table
from wholeplace.place.vocabulary import RegisterKind
from wholeplace.records.mapping.amounts import as_decimal, money_text
from wholeplace.records.mapping.decisions import SPLIT, Decision, Spelling
from wholeplace.records.mapping.map_file import GroupSection
from wholeplace.records.mapping.names import id_of_key, is_usable, marked_id, name_key
from wholeplace.records.mapping.rows import Rows

#: Where rows with no name go when no residual line is given for a blank one.
NO_NAME = ("no-name", "No name given")


@dataclass(frozen=True)
class Total:
    """One field that was summed: over the rows of the table, over the records made, and over each residual line."""

    field: str
    column: str
    table: Decimal
    records: Decimal
    residual: Mapping[str, Decimal]


@dataclass(frozen=True)
class Grouped:
    """Records made of groups of rows. `first` is where in the table the first row of each record is."""

    records: pl.DataFrame
    first: pl.Series
    spellings: tuple[Spelling, ...]
    merges: int
    residual_rows: Mapping[str, int]
    totals: tuple[Total, ...]


@dataclass(frozen=True)
class _Spelt:
    """One spelling: the numbers of its rows among those asked for, and where in the table the first is."""

    text: str
    at: list[int]
    first: int


_Records = Mapping[str, list[_Spelt]]


def group_rows(
    group: GroupSection, kind: RegisterKind, rows: Rows, table: Table, decisions: Mapping[str, Decision],
    findings: Findings,
) -> Grouped:  # fmt: skip
    """Group rows by the name in a column, merging its spellings, and sum the columns that are to be summed."""
    names = table.text(group.by)[rows.source].str.strip_chars()
    record_of = {text: _record(text, group, decisions) for text in names.unique()}
    residual = {NO_NAME[0]: NO_NAME[1]} | {line.id: line.name for line in group.residual}
    amounts = {field: _amounts(column, rows, table, findings) for field, column in group.sum.items()}
    frame = pl.DataFrame({"spelling": names, "source": rows.source}).with_row_index("at")
    ids = {text: record for text, (record, _) in record_of.items()}
    frame = frame.with_columns(pl.col("spelling").replace_strict(ids, return_dtype=pl.String).alias("record"))
    records: dict[str, list[_Spelt]] = {}
    by_spelling = frame.group_by("record", "spelling").agg("at", pl.col("source").min())
    for record, spelling, at, first in by_spelling.sort("record", "spelling").iter_rows():
        records.setdefault(record, []).append(_Spelt(spelling, at, first))
    _tell_taken(records, residual, record_of, table, findings)
    columns: dict[str, list[str]] = {"id": list(records)}
    columns["name"] = [residual.get(record) or _name(found) for record, found in records.items()]
    totals = []
    for field, values in amounts.items():
        sums = {record: _sum(values, found) for record, found in records.items()}
        columns[field] = [_text(kind, field, amount) for amount in sums.values()]
        written = sum((Decimal(text) for text in columns[field]), Decimal())
        of_lines = {line: sums[line] for line in residual if line in sums}
        totals.append(Total(field, group.sum[field], sum(values, Decimal()), written, of_lines))
    columns |= _common(rows, frame, list(records), residual, table, findings)
    spellings = _spellings(records, record_of, amounts, kind, decisions)
    return Grouped(
        records=pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)),
        first=pl.Series("first", [min(one.first for one in found) for found in records.values()], dtype=pl.UInt32),
        spellings=spellings,
        merges=len({one.merge for one in spellings}),
        residual_rows={line: sum(len(one.at) for one in records[line]) for line in residual if line in records},
        totals=tuple(totals),
    )


def _record(text: str, group: GroupSection, decisions: Mapping[str, Decision]) -> tuple[str, str]:
    """The id of the record that a spelling goes to, and of its merge: the same unless it was split from it.

    What stands in place of a name is known by the same rule as names are, so that REDACTED is redacted; a residual
    line has no merge.
    """
    key = name_key(text)
    for line in group.residual:
        if any(text == one or (is_usable(key) and key == name_key(one)) for one in line.texts):
            return line.id, ""
    if not is_usable(key):
        return next((line.id for line in group.residual if "" in line.texts), NO_NAME[0]), ""
    merge = id_of_key(key)
    decision = decisions.get(text)
    return (marked_id(key, text) if decision and decision.word == SPLIT else merge), merge


def _amounts(column: str, rows: Rows, table: Table, findings: Findings) -> list[Decimal]:
    """The amount of every row; one that cannot be read is an error, for a sum with a hole is none."""
    texts = table.text(column)[rows.source]
    known = {text: as_decimal(text) for text in texts.unique()}
    bad = [at for at, text in enumerate(texts) if known[text] is None]
    message = "is no amount, so nothing can be summed; mend it, or leave such rows out by [where] or [except]"
    cells = ((int(table.rows[int(rows.source[at])]), texts[at]) for at in bad)
    findings.cells("error", "not-number", message, cells, total=len(bad), file=table.file, column=column)
    return [known[text] or Decimal() for text in texts]


def _sum(values: Sequence[Decimal], found: Sequence[_Spelt]) -> Decimal:
    return sum((values[at] for one in found for at in one.at), Decimal())


def _name(found: Sequence[_Spelt]) -> str:
    """What a record is called: its spelling with the most rows, of equals the first in the order of letters."""
    return min(found, key=lambda one: (-len(one.at), one.text)).text


def _text(kind: RegisterKind, field: str, amount: Decimal) -> str:
    """A sum as text: money with its pence, a whole number without decimals."""
    if kind.by_name[field].unit == "GBP":
        return money_text(amount)
    return f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount.normalize():f}"


def _common(
    rows: Rows, frame: pl.DataFrame, records: list[str], residual: Mapping[str, str], table: Table, findings: Findings
) -> dict[str, list[str]]:
    """Other fields of each record: what all its rows that are not blank say; where they differ, blank and told of."""
    found: dict[str, list[str]] = {}
    for name in rows.fields.columns:
        both = frame.select("record", "source").with_columns(rows.fields[name].alias("text"))
        agreed = both.filter(pl.col("text") != "").group_by("record").agg(
            pl.col("text").unique().sort(), pl.col("source").min()
        )  # fmt: skip
        said = {record: (texts, source) for record, texts, source in agreed.iter_rows()}
        differ = sorted((source, record) for record, (texts, source) in said.items()
                        if len(texts) > 1 and record not in residual)  # fmt: skip
        told = ((f"rows of {record} differ in {name} ({', '.join(said[record][0][:3])}…), which is left blank",
                 int(table.rows[source]), None) for source, record in differ)  # fmt: skip
        findings.several("warning", "differs", told, total=len(differ), file=table.file, column=name)
        found[name] = [said[one][0][0] if one in said and len(said[one][0]) == 1 else "" for one in records]
    return found


def _tell_taken(
    records: _Records, residual: Mapping[str, str], record_of: Mapping[str, tuple[str, str]], table: Table,
    findings: Findings,
) -> None:  # fmt: skip
    """Refuse a name that would get the id of a residual line and so be mixed up with it."""
    for record in residual:
        for one in records.get(record, []):
            if record_of[one.text][1]:
                message = f"would get the id {record!r}, which is that of a residual line; give that line another id"
                findings.error("id-taken", message, file=table.file, row=int(table.rows[one.first]), value=one.text)


def _spellings(
    records: _Records, record_of: Mapping[str, tuple[str, str]], amounts: Mapping[str, Sequence[Decimal]],
    kind: RegisterKind, decisions: Mapping[str, Decision],
) -> tuple[Spelling, ...]:  # fmt: skip
    """Every spelling of every name that is spelt in more than one way, by merge and spelling."""
    of_merge: dict[str, list[Spelling]] = {}
    for record, found in records.items():
        for one in found:
            merge = record_of[one.text][1]
            if merge:
                sums = {field: _text(kind, field, _sum(values, [one])) for field, values in amounts.items()}
                spelling = Spelling(merge, record, one.text, len(one.at), sums, decisions.get(one.text))
                of_merge.setdefault(merge, []).append(spelling)
    several = [sorted(found, key=lambda one: one.text) for _, found in sorted(of_merge.items()) if len(found) > 1]
    return tuple(one for found in several for one in found)
