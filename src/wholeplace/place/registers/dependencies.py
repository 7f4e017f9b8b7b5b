"""Dependency rows: columns that belong to a group, and references that no row stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from wholeplace.place.findings import Findings
from wholeplace.place.registers.register import Register
from wholeplace.place.vocabulary import RegisterKind, vocabulary

#: Columns of a whole group; in its rows a blank agrees with any value.
GROUP_COLUMNS = ("required", "tolerance_h", "degraded_to", "restart_h")
#: Fields by which a thing stands on another: without a row in dependencies.csv they make no edge.
IMPLIED = {"systems": ("location", "supplier"), "teams": ("site",), "datasets": ("system",)}


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
    number = pl.int_range(frame.height, eager=True).cast(pl.String)
    own = pl.when(pl.col("group") == "").then(pl.lit("row ") + number).otherwise(pl.lit("group ") + pl.col("group"))
    groups = frame.with_columns(own.alias("own")).group_by("dependent", "own", "group", maintain_order=True)
    for (dependent, _, group), rows in groups:
        where = f"{dependent}, group {group!r}" if group else str(dependent)
        for name in GROUP_COLUMNS:
            _check_agree(where, name, rows.filter(pl.col(name) != ""), register.file, findings)
        required = rows.filter(pl.col("required").str.contains(r"^\d{1,9}$"))
        if required.height and int(required["required"][0]) > rows.height:
            message = f"{where} requires {required['required'][0]} providers and has {rows.height}"
            findings.error(
                "required-too-many", message, file=register.file, row=required["row"][0], column="required",
                value=required["required"][0],
            )  # fmt: skip


def _check_agree(where: str, column: str, rows: pl.DataFrame, file: str, findings: Findings) -> None:
    """Two different values of a column that belongs to a group are an error."""
    numbers = rows.with_columns(pl.col(column).cast(pl.Float64, strict=False).alias("number"))
    different = numbers.unique("number", maintain_order=True, keep="first")
    if different.height > 1:
        said = ", ".join(
            f"{value} for {provider}" + ("" if row is None else f" in row {row}")
            for value, provider, row in different.select(column, "provider", "row").rows()
        )
        message = f"{where}: {column} belongs to the whole group and is {said}; write one value"
        findings.error(
            "group-disagrees", message, file=file, row=different["row"][1], column=column, value=different[column][1]
        )


@dataclass(frozen=True)
class Undeclared:
    """A field that names a thing which no dependency row makes the record stand on."""

    register: str
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
    """Every reference of IMPLIED that has no dependency row."""
    table = registers.get("dependencies")
    declared = set()
    if table is not None:
        pairs = zip(
            table.column("dependent").str.strip_chars(), table.column("provider").str.strip_chars(), strict=True
        )
        declared = set(pairs)
    for name, columns in IMPLIED.items():
        register = registers.get(name)
        if register is None:
            continue
        for column in columns:
            cells = zip(register.names, register.column(column).str.strip_chars(), register.rows, strict=True)
            for dependent, text, row in cells:
                provider = full_name(register.kind, column, text)
                if provider and (dependent, provider) not in declared:
                    yield Undeclared(name, register.file, int(row), column, dependent, provider)


def full_name(kind: RegisterKind, column: str, text: str) -> str:
    """The thing that a reference names, with its prefix; "" where it is blank."""
    if not text or vocabulary().split(text) is not None:
        return text
    refers = kind.by_name[column].refers
    return f"{vocabulary().registers[refers[0]].prefix}:{text}" if len(refers) == 1 else text
