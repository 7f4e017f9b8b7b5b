"""A table mapped onto a register, with what was read, left out, merged and summed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from wholeplace.place.findings import Finding, Findings, FindingsError, counted
from wholeplace.place.registers import Register
from wholeplace.place.tables import Table, read_table
from wholeplace.records.mapping.amounts import money_text
from wholeplace.records.mapping.decisions import Decision, read_decisions, write_review
from wholeplace.records.mapping.grouping import Grouped, group_rows
from wholeplace.records.mapping.map_file import MapFile, check_columns, read_map
from wholeplace.records.mapping.rows import Rows, map_rows


@dataclass(frozen=True)
class MappedTable:
    """What a mapping makes of a table. `fields` are those that it sets; a record's other fields are none of its."""

    register: Register
    fields: frozenset[str]
    rows: Rows
    grouped: Grouped | None
    findings: tuple[Finding, ...]

    def write_review(self, path: Path) -> None:
        """Write the list of merges with their spellings and sums, for a person to decide on."""
        grouped = self.grouped
        write_review(
            path, grouped.spellings if grouped else (), [one.field for one in grouped.totals] if grouped else ()
        )

    def lines(self) -> Iterator[str]:
        """What is to be said of it before an import, in words."""
        rows, grouped, kind = self.rows, self.grouped, self.register.kind
        yield (
            f"{counted(rows.read, 'row')} of {self.register.file}: {rows.read - rows.asked:,} not asked for, "
            f"{rows.unmapped:,} could not be mapped, {rows.asked - rows.unmapped:,} became "
            f"{counted(self.register.frame.height, 'record')} of {kind.name}"
        )
        if grouped is None:
            return
        if grouped.merges:
            decided = sum(1 for one in grouped.spellings if one.decision)
            yield (
                f"{grouped.merges:,} names are spelt in more than one way ({len(grouped.spellings):,} spellings, "
                f"{decided:,} decided on by a person); --review FILE lists them"
            )
        for line, count in grouped.residual_rows.items():
            amounts = "".join(f", {one.field} {one.residual[line]:,.2f}" for one in grouped.totals)
            yield f"residual line {line}: {count:,} row{'' if count == 1 else 's'}{amounts}"
        for total in grouped.totals:
            same = "they agree to the penny" if total.table == total.records else "THEY DIFFER"
            yield f"{total.field}: {total.table:,.2f} in the table, {total.records:,.2f} in the records; {same}"

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON; amounts are text, so that no penny is lost."""
        rows, grouped = self.rows, self.grouped
        found: dict[str, Any] = {
            "register": self.register.kind.name,
            "rows": {"read": rows.read, "not_asked_for": rows.read - rows.asked, "unmapped": rows.unmapped},
            "records": self.register.frame.height,
            "findings": [one.as_dict() for one in self.findings],
        }
        if grouped is None:
            return found
        totals = [
            {"field": one.field, "column": one.column, "table": money_text(one.table),
             "records": money_text(one.records), "difference": money_text(one.table - one.records),
             "residual": {line: money_text(amount) for line, amount in one.residual.items()}}
            for one in grouped.totals
        ]  # fmt: skip
        merges: dict[str, list[dict[str, Any]]] = {}
        for one in grouped.spellings:
            decision = one.decision.word if one.decision else ""
            spelling = {"spelling": one.text, "record": one.record, "rows": one.rows, **one.sums, "decision": decision}
            merges.setdefault(one.merge, []).append(spelling)
        return {**found, "residual_rows": dict(grouped.residual_rows), "totals": totals, "merges": merges}


def map_table(source: Path, mapping: Path) -> MappedTable:
    """Map a table onto a register as a mapping file says.

    Raises
    ------
    FindingsError
        With every problem of the mapping file, and of the table, at once.
    """
    findings = Findings()
    spec = read_map(mapping, findings)
    wanted = set() if spec is None else {column for _, column in spec.named_columns()}
    table = read_table(
        source, findings, file=source.name, keep=lambda header: [name for name in header if name in wanted],
        sheet=spec.sheet if spec else "",
    )  # fmt: skip
    decisions: dict[str, Decision] = {}
    if spec is not None and table is not None:
        check_columns(spec, table.header, findings, file=mapping.name, table=source.name)
    if spec is not None and spec.group is not None and spec.group.decisions:
        file = spec.group.decisions
        decisions = read_decisions(mapping.parent / file, findings, file=file)
    subject = f"the mapping {mapping} of {source}"
    if findings.errors:  # a key that is spelt wrong is often why another is missing, so it is listed with the errors
        raise FindingsError((replace(one, level="error") for one in findings.items), subject)
    assert spec is not None and table is not None  # else there is an error
    mapped = _mapped(spec, table, decisions, findings)
    findings.raise_errors(subject)
    return mapped


def _mapped(spec: MapFile, table: Table, decisions: dict[str, Decision], findings: Findings) -> MappedTable:
    kind = spec.kind
    assert kind is not None  # read_map has an error else
    rows = map_rows(spec, kind, table, findings)
    if not rows.asked:
        message = "no row is asked for by [where] and [except]; look how the texts are written in the table"
        findings.error("no-rows", message, file=table.file)
    grouped, records, source = None, rows.fields, rows.source
    if spec.group is not None:
        grouped = group_rows(spec.group, kind, rows, table, decisions, findings)
        records, source = grouped.records, grouped.first
    ordered = [name for name in kind.by_name if name in records.columns]
    own = [name for name in records.columns if name not in kind.by_name]
    register = Register(kind, table.file, records.select(ordered + own), table.rows[source].cast(pl.Int64))
    return MappedTable(register, frozenset(records.columns), rows, grouped, tuple(findings.items))
