"""Dependency rows: columns that belong to a group, and references that no row stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from wholeplace.place.findings import Findings
from wholeplace.place.registers.references import full_name, split_reference
from wholeplace.place.registers.register import Register
from wholeplace.place.vocabulary import Field

#: Columns of a whole group; in its rows a blank agrees with any value.
GROUP_COLUMNS = ("required", "tolerance_h", "degraded_to", "restart_h")


#: What the notes of a row begin with that has no published source.
ASSUMPTION = "Assumption"


def assumed_rows(register: Register) -> pl.Series:
    """Which dependency rows are assumptions: those whose notes say so at their beginning."""
    return register.column("notes").str.strip_chars().str.starts_with(ASSUMPTION)


def check_groups(register: Register, findings: Findings) -> None:
    """Check that the rows of a group agree, and that it does not require more providers than it has.

    Rows may be null, where a record stands in no file.
    """
    frame = pl.DataFrame(
        {
            "dependent": register.column("dependent").str.strip_chars(),
            "provider": register.column("provider").str.strip_chars(),
            "group": register.column("group").str.strip_chars(),
            **{name: register.column(name).str.strip_chars() for name in GROUP_COLUMNS},
            "row": register.rows,
        }
    )
    number = pl.int_range(pl.len()).cast(pl.String)
    own = pl.when(pl.col("group") == "").then(pl.lit("row ") + number).otherwise(pl.lit("group ") + pl.col("group"))
    frame = frame.with_columns(own.alias("own")).with_columns(pl.len().over("dependent", "own").alias("rows"))
    for name in GROUP_COLUMNS:
        _check_agree(name, frame, register.file, findings)
    _check_required(frame, register.file, findings)


def _check_agree(column: str, frame: pl.DataFrame, file: str, findings: Findings) -> None:
    """Two different values of a column that belongs to a group are an error."""
    numbers = frame.filter((pl.col(column) != "") & (pl.col("rows") > 1))
    numbers = numbers.with_columns(pl.col(column).cast(pl.Float64, strict=False).alias("number"))
    different = numbers.unique(["dependent", "own", "number"], maintain_order=True, keep="first")
    groups = different.group_by("dependent", "group", maintain_order=True).agg(column, "provider", "row")
    groups = groups.filter(pl.col("row").list.len() > 1)
    told = (
        (f"{_where(dependent, group)}: {column} belongs to the whole group and is "
         f"{_said(values, providers, rows)}; write one value", rows[1], values[1])
        for dependent, group, values, providers, rows in groups.iter_rows()
    )  # fmt: skip
    findings.several("error", "group-disagrees", told, total=groups.height, file=file, column=column)


def _said(values: list[str], providers: list[str], rows: list[int | None]) -> str:
    """Which value stands where."""
    return ", ".join(
        f"{value} for {provider}" + ("" if row is None else f" in row {row}")
        for value, provider, row in zip(values, providers, rows, strict=True)
    )


def _check_required(frame: pl.DataFrame, file: str, findings: Findings) -> None:
    """A group that requires more providers than it has can never be met."""
    needed = pl.col("required").cast(pl.Int64, strict=False)
    high = frame.filter(needed > pl.col("rows")).unique(["dependent", "own"], maintain_order=True, keep="first")
    told = (
        (f"{_where(dependent, group)} requires {required} providers and has {rows}", row, required)
        for dependent, group, required, rows, row in high.select("dependent", "group", "required", "rows", "row").rows()
    )
    findings.several("error", "required-too-many", told, total=high.height, file=file, column="required")


def _where(dependent: str, group: str) -> str:
    return f"{dependent}, group {group!r}" if group else dependent


@dataclass(frozen=True)
class Undeclared:
    """A field that names a thing which no dependency row makes the record stand on."""

    file: str
    row: int
    column: str
    dependent: str
    provider: str


def check_undeclared(registers: Mapping[str, Register], findings: Findings) -> None:
    """List references without a dependency row, as notices: only dependencies.csv makes edges."""
    by_column: dict[tuple[str, str], list[Undeclared]] = {}
    for one in undeclared(registers):
        by_column.setdefault((one.file, one.column), []).append(one)
    for (file, column), found in by_column.items():
        told = (
            (f"{one.dependent} names {one.provider}, but no row of dependencies.csv says that it depends on it; "
             "--fix adds one", one.row, one.provider)
            for one in found
        )  # fmt: skip
        findings.several("notice", "no-dependency-row", told, total=len(found), file=file, column=column)


def undeclared(registers: Mapping[str, Register]) -> Iterator[Undeclared]:
    """Every field by which a record stands on a thing that is there, where no dependency row says so."""
    table = registers.get("dependencies")
    ends = {name: pl.Series([], dtype=pl.String) if table is None else table.column(name).str.strip_chars()
            for name in ("dependent", "provider")}  # fmt: skip
    declared = pl.DataFrame(ends)
    for register in registers.values():
        for field in register.kind.fields:
            if not field.stands_on or not register.kind.can_fail or field.name not in register.frame.columns:
                continue
            texts = register.column(field.name).str.strip_chars()
            named = _providers(field, texts, registers)
            cells = pl.DataFrame({"dependent": register.names, "text": texts, "row": register.rows})
            cells = cells.join(named, on="text", maintain_order="left").join(
                declared, on=["dependent", "provider"], how="anti", maintain_order="left"
            )
            for dependent, provider, row in cells.select("dependent", "provider", "row").iter_rows():
                yield Undeclared(register.file, row, field.name, dependent, provider)


def _providers(field: Field, texts: pl.Series, registers: Mapping[str, Register]) -> pl.DataFrame:
    """The different texts of a reference that name something which is there and can fail: text, provider."""
    there = {name: frozenset(registers[name].keys) for name in field.refers
             if name in registers and registers[name].kind.can_fail}  # fmt: skip
    found = []
    for text in texts.unique():
        register, key = split_reference(field, text)
        if key in there.get(register, ()):
            found.append((text, full_name(field, text)))
    return pl.DataFrame(found, schema={"text": pl.String, "provider": pl.String}, orient="row")
