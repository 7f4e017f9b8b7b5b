"""Long tables: one row an area, indicator and period."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from wholeplace.place.cells import WITHOUT_VALUE, Cells
from wholeplace.place.config import ValuesSection
from wholeplace.place.findings import Findings
from wholeplace.place.indicators import Indicator
from wholeplace.place.tables import Table

STATUSES = {
    "A": "normal",
    "E": "estimated",
    "I": "imputed",
    "P": "provisional",
    "U": "low reliability",
    "B": "break in the series",
    "L": "not collected",
    "M": "cannot exist",
    "O": "missing",
    "Q": "suppressed",
}
NUMBERS = ("value", "count", "denominator", "lower95", "upper95")


def chosen_rows(where: Mapping[str, str | list[str]], table: Table) -> pl.Series:
    """Which rows are asked for by `where`: columns with the text, or texts, that they are to hold."""
    chosen = pl.repeat(True, table.frame.height, eager=True)
    for column, allowed in where.items():
        chosen &= table.text(column).is_in([allowed] if isinstance(allowed, str) else allowed)
    return chosen


def long_rows(section: ValuesSection, name: str, table: Table, findings: Findings) -> pl.DataFrame | None:
    """Pick the wanted rows of a long table: row (as numbered in the file), area, indicator (null = no name), period."""
    columns, height = section.columns, table.frame.height
    names = {text: indicator for text, indicator in section.names.items() if text != "column"}
    faults = []
    if not (columns.value or columns.count):
        faults.append("which column holds the figures; give `columns.value` or `columns.count`")
    if not (columns.period or section.period):
        faults.append("of which period its rows are; give `period` or `columns.period`")
    if names and "column" not in section.names:
        faults.append("in which column the texts of [values.names] stand; give it a `column`")
    elif not (names or columns.indicator or section.indicator):
        faults.append("of which indicator its rows are; give `columns.indicator` or [values.names]")
    for fault in faults:
        message = f"{name} says nowhere {fault}"
        findings.error("required", message, file="place.toml", column="values", value=section.file)
    if faults:
        return None
    chosen = chosen_rows(section.where, table)
    if section.where and not chosen.any():
        asked = ", ".join(f"{column} = {allowed!r}" for column, allowed in section.where.items())
        findings.warning("no-rows", f"no row has {asked}, which `where` asks for", file=section.file,
                         column=next(iter(section.where)))  # fmt: skip
    if names:
        text = table.text(section.names["column"])
        indicator = text.replace_strict(names, default=None, return_dtype=pl.String)
        for absent in sorted(set(names) - set(text.filter(chosen).unique())):
            message = f"no row has {absent!r} in column {section.names['column']!r}, which place.toml gives a name"
            findings.warning("name-unused", message, file=section.file, column=section.names["column"], value=absent)
    elif columns.indicator:
        indicator = table.text(columns.indicator)
    else:
        indicator = pl.repeat(section.indicator, height, eager=True)
    period = table.text(columns.period) if columns.period else pl.repeat(section.period, height, eager=True)
    frame = pl.DataFrame(
        {"row": table.rows, "area": table.text(columns.area), "indicator": indicator, "period": period}
    )
    frame = frame.with_row_index("place").filter(chosen)
    blank = frame.filter((pl.col("period") == "") & pl.col("indicator").is_not_null())
    findings.cells("error", "no-period", "has no period", ((row, "") for row in blank["row"]),
                   total=blank.height, file=section.file, column=columns.period)  # fmt: skip
    return frame.filter(pl.col("period") != "")


def read_numbers(section: ValuesSection, table: Table, frame: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Add the numbers and the status of the wanted rows, and `wrong`: a cell of the row is no number, and told of.

    A row is suppressed when its value is, or when it has none and the count or denominator it is made of is. What is
    suppressed beside a published value is only not known.
    """
    wanted = Table(table.file, table.header, table.frame[frame["place"]], frame["row"])
    reader = Cells(wanted, section.file, section.suppressed, findings)
    nothing = pl.repeat(None, frame.height, dtype=pl.Float64, eager=True)
    given = pl.repeat("", frame.height, eager=True)
    statuses: dict[str, pl.Series] = {}
    for number in NUMBERS:
        column = getattr(section.columns, number)
        values, statuses[number] = reader.numbers(column, blank="") if column else (nothing, given)
        frame = frame.with_columns(values.alias(number))
    wrong = pl.DataFrame(statuses).select(pl.any_horizontal(pl.all() == "O")).to_series()
    hidden = (statuses["value"] == "Q") | (
        (statuses["value"] != "A") & ((statuses["count"] == "Q") | (statuses["denominator"] == "Q"))
    )
    status = given
    if section.columns.status:
        status = wanted.text(section.columns.status).str.strip_chars()
        bad = ~status.is_in(["", *STATUSES])
        message = f"is no status code; they are {', '.join(STATUSES)}"
        findings.cells("error", "status", message, zip(frame["row"].filter(bad), status.filter(bad), strict=True),
                       total=int(bad.sum()), file=section.file, column=section.columns.status)  # fmt: skip
        wrong |= bad
    return frame.with_columns(pl.when(hidden).then(pl.lit("Q")).otherwise(status).alias("status"), wrong.alias("wrong"))


def complete_values(
    frame: pl.DataFrame, indicator: Indicator, section: ValuesSection, findings: Findings
) -> pl.DataFrame:
    """Work out values from counts and denominators; report cells that are empty without a status that says why.

    A share of no one (0 of 0) cannot exist: it gets the status M and keeps its count and denominator, so that the
    area adds nothing to a larger one and does not make it missing.
    """
    kind = indicator.value_type
    column = section.columns.value or section.columns.count
    derived = (
        pl.col("count")
        if kind == "count"
        else pl.when(pl.col("denominator") > 0).then(pl.col("count") / pl.col("denominator") * indicator.multiplier)
    )
    if kind in {"count", "proportion", "rate"}:
        frame = frame.with_columns(pl.coalesce("value", derived).alias("value"))
    if kind == "count":
        frame = frame.with_columns(pl.coalesce("count", "value").alias("count"))
    unexplained = pl.col("value").is_null() & pl.col("status").is_in(["", "A"]) & ~pl.col("wrong")
    no_one = unexplained & (pl.col("count") == 0) & (pl.col("denominator") == 0)
    frame = frame.with_columns(
        pl.when(no_one).then(pl.lit("M")).otherwise("status").alias("status"), no_one.fill_null(False).alias("no_one")
    )
    empty = frame.filter(pl.col("value").is_null() & ~pl.col("status").is_in(WITHOUT_VALUE) & ~pl.col("wrong"))
    message = "is empty and no status says why; write the status Q (suppressed), O (missing), L (not collected) or M"
    findings.cells("error", "empty-value", message, ((row, "") for row in empty["row"]),
                   total=empty.height, file=section.file, column=column)  # fmt: skip
    hidden = pl.col("status").is_in(WITHOUT_VALUE)
    shown = frame.filter(hidden & pl.col("value").is_not_null())
    message = "has a value although its status says that there is none; the value is not used"
    cells = ((row, f"{value:g}") for row, value in shown.select("row", "value").iter_rows())
    findings.cells("warning", "status-with-value", message, cells,
                   total=shown.height, file=section.file, column=section.columns.status or column)  # fmt: skip
    return frame.with_columns(
        *(pl.when(~hidden | pl.col("no_one")).then(column).alias(column) for column in NUMBERS),
        pl.when(pl.col("status") == "").then(pl.lit("A")).otherwise("status").alias("status"),
    )
