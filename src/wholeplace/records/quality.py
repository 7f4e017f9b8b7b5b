"""How good the registers are: what is missing, wrong, pointing nowhere, there twice or long not looked at."""

from __future__ import annotations

import calendar
import datetime as dt
import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wholeplace.place.config import PlaceSection
from wholeplace.place.findings import Findings
from wholeplace.place.registers import Register
from wholeplace.place.registers.check import things_of
from wholeplace.place.registers.field_types import fault_of
from wholeplace.place.registers.references import full_name, reference_faults, references_in
from wholeplace.records.duplicates import duplicates_in
from wholeplace.records.log import has_log, open_log
from wholeplace.records.state import PlaceRegisters, last_put

#: What can be wrong with a record, in the order in which it is told.
RULES = ("invalid", "dangling", "duplicate", "incomplete", "stale")
_MEND = {"register": pl.String, "thing": pl.String, "organisation": pl.String, "rule": pl.String,
         "field": pl.String, "value": pl.String, "message": pl.String}  # fmt: skip


@dataclass(frozen=True)
class Quality:
    """What an assessment found.

    `figures` has a row for each register (organisation null) and for each of its organisations ("" where a record
    names none): records; wanted and filled (fields, see `RegisterKind.wanted`) and completeness = filled / wanted;
    cells that are not blank, those that are invalid, and validity = 1 − invalid / cells; references and how many of
    them are dangling;
    records that are probably there twice; records that are stale; and records without a date, because their register
    is not in the log. Shares are null where there is nothing to share. `mends` lists every fault with its record.
    """

    day: dt.date
    review_months: int
    figures: pl.DataFrame
    mends: pl.DataFrame


@dataclass(frozen=True)
class _Fault:
    row: int
    rule: str
    field: str
    value: str
    message: str


def quality_of(
    folder: Path,
    settings: PlaceSection,
    *,
    today: dt.date | None = None,
    registers: Mapping[str, Register] | None = None,
) -> Quality:
    """Assess the registers of a place folder, read as commands read them unless given; faults do not stop it."""
    today = today or dt.datetime.now(zoneinfo.ZoneInfo(settings.timezone)).date()
    if registers is None:
        registers = PlaceRegisters(folder).read(Findings())
    times: Mapping[str, Mapping[str, str]] = {}
    if has_log(folder):
        with open_log(folder) as log:
            times = last_put(log)
    zone = zoneinfo.ZoneInfo(settings.timezone)
    days = {
        name: {key: dt.datetime.fromisoformat(time).astimezone(zone).date() for key, time in put.items()}
        for name, put in times.items()
    }
    return assess(registers, days, today=today, review_months=settings.review_months)


def assess(
    registers: Mapping[str, Register],
    last_put: Mapping[str, Mapping[str, dt.date]],
    *,
    today: dt.date,
    review_months: int,
) -> Quality:
    """Assess registers.

    Parameters
    ----------
    registers
        Every register of a place.
    last_put
        The day each record was last put into the log, by register and key.
    today
        The day on which records are looked at.
    review_months
        A record is stale from the day after this many months since it was last put.
    """
    things = things_of(registers)
    figures, mends = [], []
    for name, register in registers.items():
        counts, faults = _assess(register, things, last_put.get(name, {}), today, review_months)
        figures.append(_figures(name, counts))
        mends.append(_mends(register, counts["organisation"], faults))
    return Quality(
        today,
        review_months,
        pl.concat(figures) if figures else _figures("", pl.DataFrame(schema=_COUNTS)).clear(),
        pl.concat(mends) if mends else pl.DataFrame(schema=_MEND),
    )


_COUNTS = {"organisation": pl.String} | dict.fromkeys(
    ("wanted", "filled", "cells", "invalid", "references", "dangling", "duplicates", "stale", "undated"), pl.Int64
)


def _assess(
    register: Register,
    things: Mapping[str, frozenset[str]],
    put: Mapping[str, dt.date],
    today: dt.date,
    review_months: int,
) -> tuple[pl.DataFrame, list[_Fault]]:
    """Counts of each record, and every fault."""
    height = register.frame.height
    missing = list(_missing(register))
    wanted = len(register.kind.wanted)
    cells, references = _cells(register)
    invalid, dangling = list(_invalid(register)), list(_dangling(register, things))
    twice = [_Fault(row, "duplicate", "name", name, message) for row, name, message in duplicates_in(register)]
    days = [put.get(key) for key in register.keys]
    stale = list(_stale(days, today, review_months))
    counts = pl.DataFrame(
        {
            "organisation": register.column("organisation").str.strip_chars().str.strip_prefix("organisation:"),
            "wanted": [wanted] * height,
            "filled": [wanted - count for count in _count(missing, height)],
            "cells": cells,
            "invalid": _count(invalid, height),
            "references": references,
            "dangling": _count(dangling, height),
            "duplicates": _count(twice, height),
            "stale": _count(stale, height),
            "undated": [int(day is None) for day in days],
        },
        schema=_COUNTS,
    )
    return counts, [*invalid, *dangling, *twice, *missing, *stale]


def _count(faults: list[_Fault], height: int) -> list[int]:
    """Faults of each row."""
    counts = [0] * height
    for fault in faults:
        counts[fault.row] += 1
    return counts


def _missing(register: Register) -> Iterator[_Fault]:
    for names in register.kind.wanted:
        blank = pl.select(pl.all_horizontal(_text(register, name) == "" for name in names)).to_series()
        for row in blank.arg_true():
            yield _Fault(row, "incomplete", "|".join(names), "", f"has no {' or '.join(names)}")


def _text(register: Register, name: str) -> pl.Series:
    return register.column(name).str.strip_chars()


def _cells(register: Register) -> tuple[pl.Series, pl.Series]:
    """How many cells of each record are not blank, and how many references it has."""
    known = [field for field in register.kind.fields if field.name in register.frame.columns]
    zero = pl.zeros(register.frame.height, dtype=pl.Int64, eager=True)
    filled = sum(((_text(register, field.name) != "").cast(pl.Int64) for field in known), zero)
    references = zero
    for field in known:
        if field.refers:
            counts = {text: len(references_in(field, text)) for text in _text(register, field.name).unique()}
            number = _text(register, field.name).replace_strict(counts, return_dtype=pl.Int64)
            references = references + number
    return filled, references


def _invalid(register: Register) -> Iterator[_Fault]:
    for field in register.kind.fields:
        texts = _text(register, field.name)
        faults = {text: fault for text in texts.unique() if text and (fault := fault_of(field, text))}
        for row in texts.is_in(list(faults)).arg_true() if faults else ():
            yield _Fault(row, "invalid", field.name, texts[row], faults[texts[row]])


def _dangling(register: Register, things: Mapping[str, frozenset[str]]) -> Iterator[_Fault]:
    for field in register.kind.fields:
        if not field.refers:
            continue
        texts = _text(register, field.name)
        faults = {text: found for text in texts.unique() if (found := list(reference_faults(field, text, things)))}
        for row in texts.is_in(list(faults)).arg_true() if faults else ():
            for one, message in faults[texts[row]]:
                yield _Fault(row, "dangling", field.name, full_name(register.kind.by_name[field.name], one), message)


def _stale(days: list[dt.date | None], today: dt.date, months: int) -> Iterator[_Fault]:
    for row, day in enumerate(days):
        if day is not None and today > months_after(day, months):
            message = f"was last put on {day}; look whether it still holds"
            yield _Fault(row, "stale", "", day.isoformat(), message)


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last of that month where it has no such day.

    >>> months_after(dt.date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _figures(name: str, counts: pl.DataFrame) -> pl.DataFrame:
    """Sums for the register, then for each organisation in order."""
    sums = [pl.len().cast(pl.Int64).alias("records"), *(pl.col(one).sum() for one in list(_COUNTS)[1:])]
    whole = counts.select(pl.lit(None, pl.String).alias("organisation"), *sums)
    each = counts.group_by("organisation").agg(sums).sort("organisation")
    return pl.concat([whole, each]).select(
        pl.lit(name).alias("register"),
        "organisation", "records", "wanted", "filled",
        _share(pl.col("filled"), pl.col("wanted")).alias("completeness"),
        "cells", "invalid",
        (1 - _share(pl.col("invalid"), pl.col("cells"))).alias("validity"),
        "references", "dangling", "duplicates", "stale", "undated",
    )  # fmt: skip


def _share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(part / whole)


def _mends(register: Register, organisations: pl.Series, faults: list[_Fault]) -> pl.DataFrame:
    """The faults of a register with the names of their records, by record and then in order of RULES."""
    names = register.names
    rows = [
        (register.kind.name, names[one.row], organisations[one.row], one.rule, one.field, one.value, one.message)
        for one in sorted(faults, key=lambda one: (one.row, RULES.index(one.rule)))
    ]
    return pl.DataFrame(rows, schema=_MEND, orient="row")
