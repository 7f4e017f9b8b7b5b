"""References between registers: what a cell names, and whether it is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import polars as pl

from wholeplace.place.vocabulary import Field

if TYPE_CHECKING:
    from wholeplace.place.registers.register import Register

#: The ids there are, by register.
Things = Mapping[str, frozenset[str]]
#: Columns of `references_of`.
SCHEMA = {"thing": pl.String, "register": pl.String, "field": pl.String, "refers_to": pl.String}


def reference_faults(field: Field, text: str, things: Things) -> Iterator[tuple[str, str]]:
    """Each reference of a cell that leads nowhere, with what is wrong."""
    for one in references_in(field, text):
        register, key = split_reference(field, one)
        if register and key in things.get(register, frozenset()):
            continue
        if register and (len(field.refers) > 1 or ":" not in key):
            file = f"registers/{register}.csv"
            yield one, f"names something that is not in {file}; add it there, or mend the name"
        elif len(field.refers) == 1:
            yield one, f"only the id of one of the {field.refers[0]} can stand here"
        else:
            prefixes = ", ".join(f"{prefix}:" for prefix in field.prefixes)
            yield one, f"must be the name of a thing that begins with one of {prefixes}"


def split_reference(field: Field, text: str) -> tuple[str, str]:
    """The register and id that a reference of a field stands for; ("", text) where it names none of the field's kinds.

    Where a field refers to one register, the prefix may be left out.
    """
    for register, prefix in zip(field.refers, field.prefixes, strict=True):
        if text.startswith(f"{prefix}:"):
            return register, text.removeprefix(f"{prefix}:")
    return (field.refers[0], text) if len(field.refers) == 1 else ("", text)


def references_in(field: Field, text: str) -> list[str]:
    """The references that stand in a cell."""
    pieces = text.split(";") if field.type == "references" else [text]
    return [piece.strip() for piece in pieces if piece.strip()]


def full_name(field: Field, text: str) -> str:
    """The thing that a reference of a field names, with its prefix; "" where it is blank or of none of its kinds."""
    register, key = split_reference(field, text)
    return f"{field.prefixes[field.refers.index(register)]}:{key}" if register and key else ""


def references_of(registers: Mapping[str, Register]) -> pl.DataFrame:
    """thing, register, field, refers_to: one row a reference, whether or not what it names is there.

    Rows of dependencies.csv are left out: they are the edges of the graph and are told there.
    """
    frames = [pl.DataFrame(schema=SCHEMA)]
    for name, register in registers.items():
        for field in register.kind.fields if name != "dependencies" else ():
            if field.refers and field.name in register.frame.columns:
                cells = zip(register.names, register.column(field.name), strict=True)
                rows = [
                    (thing, name, field.name, full_name(field, one) or one)
                    for thing, text in cells
                    for one in references_in(field, text)
                ]
                frames.append(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    return pl.concat(frames)
