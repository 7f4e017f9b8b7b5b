"""Which record names which: every reference of every register, by the full names of things."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from wholeplace.place.registers.check import references_in
from wholeplace.place.registers.dependencies import full_name
from wholeplace.place.registers.register import Register

SCHEMA = {"thing": pl.String, "register": pl.String, "field": pl.String, "refers_to": pl.String}


def references_of(registers: Mapping[str, Register]) -> pl.DataFrame:
    """thing, register, field, refers_to: one row a reference, whether or not what it names is there.

    Rows of dependencies.csv are left out: they are the edges of the graph and are told there.
    """
    frames = [pl.DataFrame(schema=SCHEMA)]
    for name, register in registers.items():
        if name == "dependencies":
            continue
        for field in register.kind.fields:
            if field.refers and field.name in register.frame.columns:
                cells = zip(register.names, register.column(field.name), strict=True)
                rows = [
                    (thing, name, field.name, full_name(register.kind, field.name, one))
                    for thing, text in cells
                    for one in references_in(field, text)
                ]
                frames.append(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    return pl.concat(frames)
