"""Values as published: the [[table]] and [[values]] of place.toml turned into one series an indicator and period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import NamedTuple

import numpy as np
import polars as pl

from wholeplace.place.config import TableSection, ValuesSection, is_period
from wholeplace.place.findings import Findings
from wholeplace.place.indicators import Indicator
from wholeplace.place.tables import Table, as_number, as_text

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
#: A cell with one of these has no value.
WITHOUT_VALUE = ("Q", "O", "L", "M")
NUMBERS = ("value", "count", "denominator", "lower95", "upper95")


class SeriesKey(NamedTuple):
    """What makes a series unique in a place."""

    geography: str
    indicator: str
    period: str


@dataclass(frozen=True)
class Series:
    """One indicator on one geography in one period, as published.

    `frame`: area, value, count, denominator, lower95, upper95 (Float64, null where not known), status (one letter of
    STATUSES), inside (whether the area is one of the place; the others serve as comparators). `file` and `section`
    say where it came from.
    """

    key: SeriesKey
    frame: pl.DataFrame
    file: str
    section: str

    @property
    def inside(self) -> pl.DataFrame:
        return self.frame.filter("inside")


@dataclass
class SeriesReader:
    """Turns tables into series, collecting findings and the rows that belong to other places."""

    indicators: dict[str, Indicator]
    findings: Findings
    series: dict[SeriesKey, Series] = field(default_factory=dict)
    rows_outside: dict[str, pl.Series] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)

    def add_wide(self, section: TableSection, name: str, table: Table, areas: frozenset[str]) -> None:
        """Take the series of one [[table]]."""
        keys = as_text(table.frame[section.key])
        _check_twice(pl.DataFrame({"area": keys}), "area", self.findings, section.file, section.key)
        inside = keys.is_in(list(areas))
        self._note_outside(section.file, ~inside)
        reader = _Cells(table, section.file, section.suppressed, self.findings)
        made: dict[str, tuple[pl.Series, pl.Series]] = {}
        for column, indicator in section.columns.items():
            made[indicator] = reader.numbers(
                column, blank=section.blanks.get(column, section.blank), scale=section.scale.get(column, 1.0)
            )
        for indicator, columns in section.sum.items():
            parts = [
                reader.numbers(column, blank=section.blanks.get(column, section.blank))
                for column in expand_range(columns, table.header)
            ]
            total = reduce(lambda left, right: left + right, (number for number, _ in parts))
            made[indicator] = (total, worst_status([status for _, status in parts]))
        for indicator, (number, status) in made.items():
            known = self._indicator(indicator, section.file)
            if known is None:
                continue
            frame = pl.DataFrame({"area": keys, "value": number, "status": status, "inside": inside}).with_columns(
                pl.col("value").alias("count")
                if known.value_type == "count"
                else pl.lit(None, pl.Float64).alias("count"),
                *(pl.lit(None, pl.Float64).alias(column) for column in ("denominator", "lower95", "upper95")),
            )
            self._keep(SeriesKey(section.geography, indicator, section.period), frame, section.file, name)

    def add_long(self, section: ValuesSection, name: str, table: Table, areas: frozenset[str]) -> None:
        """Take the series of one [[values]]."""
        frame = long_rows(section, table, self.findings)
        if frame is None:
            return
        self.left_out[f"{name} ({section.file})"] = int(frame["indicator"].is_null().sum())
        frame = frame.filter(pl.col("indicator").is_not_null())
        frame = frame.with_columns(pl.col("area").is_in(list(areas)).alias("inside"))
        mask = np.zeros(table.frame.height, dtype=bool)
        mask[frame.filter(~pl.col("inside"))["row"].to_numpy() - 2] = True
        self._note_outside(section.file, pl.Series(mask))
        twice = pl.concat_str("area", "indicator", "period", separator=" ")
        _check_twice(
            frame.select("row", twice.alias("area")), "area", self.findings, section.file, section.columns.area
        )
        frame = self._numbers(section, table, frame)
        for key, part in frame.partition_by("indicator", "period", as_dict=True, maintain_order=True).items():
            known = self._indicator(str(key[0]), section.file)
            if known is not None:
                complete = complete_values(part, known, section, self.findings)
                self._keep(SeriesKey(section.geography, str(key[0]), str(key[1])), complete, section.file, name)

    def _numbers(self, section: ValuesSection, table: Table, frame: pl.DataFrame) -> pl.DataFrame:
        """Read the number columns and the status of the wanted rows of a long table."""
        rows = frame["row"].to_numpy() - 2
        wanted = Table(table.file, table.header, table.frame[rows])
        reader = _Cells(wanted, section.file, section.suppressed, self.findings, frame["row"])
        suppressed = pl.repeat(False, frame.height, eager=True)
        for number in NUMBERS:
            column = getattr(section.columns, number)
            if not column:
                frame = frame.with_columns(pl.lit(None, pl.Float64).alias(number))
                continue
            values, status = reader.numbers(column, blank="O")
            frame = frame.with_columns(values.alias(number))
            suppressed = suppressed | (status == "Q")
        status = pl.repeat("", frame.height, eager=True)
        if section.columns.status:
            status = as_text(wanted.frame[section.columns.status]).str.strip_chars()
            bad = ~status.is_in(["", *STATUSES])
            cells = zip(frame["row"].filter(bad), status.filter(bad), strict=True)
            message = f"is no status code; they are {', '.join(STATUSES)}"
            self.findings.cells("error", "status", message, cells, total=int(bad.sum()),
                                file=section.file, column=section.columns.status)  # fmt: skip
        return frame.with_columns(
            pl.when(suppressed).then(pl.lit("Q")).otherwise(status).alias("status"),
        )

    def _indicator(self, indicator: str, file: str) -> Indicator | None:
        known = self.indicators.get(indicator)
        if known is None and not any(
            item.rule == "unknown-indicator" and item.value == indicator for item in self.findings.items
        ):
            message = f"{indicator!r} is not in indicators.csv; add a row for it there"
            self.findings.error("unknown-indicator", message, file=file, value=indicator)
        return known

    def _note_outside(self, file: str, outside: pl.Series) -> None:
        self.rows_outside[file] = self.rows_outside[file] | outside if file in self.rows_outside else outside

    def _keep(self, key: SeriesKey, frame: pl.DataFrame, file: str, section: str) -> None:
        if key in self.series:
            first = self.series[key]
            message = (
                f"{key.indicator} on {key.geography} in {key.period} comes from two places: "
                f"{first.section} ({first.file}) and {section} ({file}); keep one"
            )
            self.findings.error("series-twice", message, file="place.toml", value=key.indicator)
            return
        if not is_period(key.period):
            message = "is no period; write 2021, 2021-Q1, 2021-03 or 2021-04/2022-03"
            self.findings.warning("period-form", message, file=file, column="period", value=key.period)
        frame = frame.select("area", *NUMBERS, "status", "inside")
        check_plausible(key, frame, self.indicators[key.indicator], self.findings, file)
        self.series[key] = Series(key, frame, file, section)


@dataclass
class _Cells:
    """Reads the number columns of one table, telling blank, suppressed and wrong cells apart."""

    table: Table
    file: str
    suppressed: Sequence[str]
    findings: Findings
    rows: pl.Series | None = None

    def numbers(self, column: str, *, blank: str, scale: float = 1.0) -> tuple[pl.Series, pl.Series]:
        cells = self.table.frame[column]
        number = as_number(cells)
        text = as_text(cells).str.strip_chars()
        empty = text == ""
        hidden = text.is_in(list(self.suppressed)) & ~empty
        number = number.set(hidden, None)
        bad = number.is_null() & ~empty & ~hidden
        if bad.any():
            rows = self.rows if self.rows is not None else pl.int_range(2, len(cells) + 2, eager=True)
            message = (
                "is not a number; write figures without commas, signs or words, "
                "or list the text under `suppressed` if it means suppressed"
            )
            found = zip(rows.filter(bad), text.filter(bad), strict=True)
            self.findings.cells("error", "not-number", message, found, total=int(bad.sum()),
                                file=self.file, column=column)  # fmt: skip
        statuses = pl.select(
            pl.when(hidden).then(pl.lit("Q")).when(empty).then(pl.lit(blank)).otherwise(pl.lit("A"))
        ).to_series()
        return (number * scale if scale != 1.0 else number), statuses


def worst_status(statuses: Sequence[pl.Series]) -> pl.Series:
    """The status of a sum: suppressed when a part is, else missing when a part has no value, else normal."""
    frame = pl.DataFrame({str(number): status for number, status in enumerate(statuses)})
    without = [code for code in WITHOUT_VALUE if code != "Q"]
    return frame.select(
        pl.when(pl.any_horizontal(pl.all() == "Q"))
        .then(pl.lit("Q"))
        .when(pl.any_horizontal(pl.all().is_in(without)))
        .then(pl.lit("O"))
        .otherwise(pl.lit("A"))
        .alias("status")
    )["status"]


def expand_range(columns: Sequence[str], header: Sequence[str]) -> Iterator[str]:
    """Names of columns; `a..c` stands for all from a to c in the order of the file."""
    for column in columns:
        first, dots, last = column.partition("..")
        if dots and first in header and last in header:
            yield from header[header.index(first) : header.index(last) + 1]
        else:
            yield column


def _check_twice(frame: pl.DataFrame, column: str, findings: Findings, file: str, label: str) -> None:
    """Report keys that stand in more than one row, naming the rows."""
    if "row" not in frame.columns:
        frame = frame.with_columns(pl.int_range(2, pl.len() + 2).alias("row"))
    keys = frame.filter(pl.col(column).is_duplicated() | (pl.col(column) == ""))
    if keys.is_empty():
        return
    groups = keys.group_by(column, maintain_order=True).agg(pl.col("row"))
    for key, rows in groups.head(100).iter_rows():
        where = ", ".join(map(str, rows[:10])) + (" …" if len(rows) > 10 else "")
        if key == "":
            findings.error("required", f"no area code in rows {where}", file=file, row=rows[0], column=label)
        else:
            message = f"{key!r} is there {len(rows)} times, in rows {where}; keep one"
            findings.error("key-twice", message, file=file, row=rows[1], column=label, value=key)
    if groups.height > 100:
        findings.error("key-twice", f"… and {groups.height - 100:,} more keys are there twice", file=file, column=label)


def long_rows(section: ValuesSection, table: Table, findings: Findings) -> pl.DataFrame | None:
    """Pick the wanted rows of a long table: row (as numbered in the file), area, indicator (null = no name), period."""
    columns = section.columns
    wanted = pl.repeat(True, table.frame.height, eager=True)
    for column, allowed in section.where.items():
        wanted &= as_text(table.frame[column]).is_in([allowed] if isinstance(allowed, str) else allowed)
    names = {text: indicator for text, indicator in section.names.items() if text != "column"}
    if "column" in section.names:
        text = as_text(table.frame[section.names["column"]])
        indicator = text.replace_strict(names, default=None, return_dtype=pl.String)
        for absent in sorted(set(names) - set(text.unique())):
            message = f"no row has {absent!r} in column {section.names['column']!r}, which place.toml gives a name"
            findings.warning("name-unused", message, file=section.file, value=absent)
    elif columns.indicator:
        indicator = as_text(table.frame[columns.indicator])
    elif section.indicator:
        indicator = pl.repeat(section.indicator, table.frame.height, eager=True)
    else:
        message = "says nowhere which indicator its rows are of; give `columns.indicator` or [values.names]"
        findings.error("required", message, file="place.toml", column="values", value=section.file)
        return None
    period = (
        as_text(table.frame[columns.period])
        if columns.period
        else pl.repeat(section.period, table.frame.height, eager=True)
    )
    frame = pl.DataFrame({"area": as_text(table.frame[columns.area]), "indicator": indicator, "period": period})
    frame = frame.with_columns(pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("row")).filter(wanted)
    blank = frame.filter(pl.col("period") == "")
    if not blank.is_empty():
        findings.cells("error", "no-period", "has no period", ((row, None) for row in blank["row"]),
                       total=blank.height, file=section.file, column=columns.period or "period")  # fmt: skip
    return frame


def complete_values(
    frame: pl.DataFrame, indicator: Indicator, section: ValuesSection, findings: Findings
) -> pl.DataFrame:
    """Work out values from counts and denominators; report cells that are empty without a status that says why."""
    kind = indicator.value_type
    derived = (
        pl.col("count")
        if kind == "count"
        else pl.when(pl.col("denominator") > 0).then(pl.col("count") / pl.col("denominator") * indicator.multiplier)
    )
    if kind in {"count", "proportion", "rate"}:
        frame = frame.with_columns(pl.coalesce("value", derived).alias("value"))
    if kind == "count":
        frame = frame.with_columns(pl.coalesce("count", "value").alias("count"))
    no_one = pl.col("value").is_null() & (pl.col("denominator") == 0) & pl.col("status").is_in(["", "A"])
    frame = frame.with_columns(pl.when(no_one).then(pl.lit("M")).otherwise("status").alias("status"))
    empty = frame.filter(pl.col("value").is_null() & ~pl.col("status").is_in(WITHOUT_VALUE))
    message = "is empty and no status says why; write the status Q (suppressed), O (missing), L (not collected) or M"
    column = section.columns.value or section.columns.count
    findings.cells("error", "empty-value", message, ((row, None) for row in empty["row"]),
                   total=empty.height, file=section.file, column=column)  # fmt: skip
    hidden = pl.col("status").is_in(WITHOUT_VALUE)
    shown = frame.filter(hidden & pl.col("value").is_not_null())
    message = "has a value although its status says that there is none; the value is not used"
    findings.cells("warning", "status-with-value", message, ((row, None) for row in shown["row"]),
                   total=shown.height, file=section.file, column=section.columns.status)  # fmt: skip
    return frame.with_columns(
        *(pl.when(~hidden).then(column).alias(column) for column in NUMBERS),
        pl.when(pl.col("status") == "").then(pl.lit("A")).otherwise("status").alias("status"),
    )


def check_plausible(key: SeriesKey, frame: pl.DataFrame, indicator: Indicator, findings: Findings, file: str) -> None:
    """Warn of values that the indicator's type and unit make doubtful."""
    limits = {
        "proportion": (0.0, 100.0 if indicator.unit == "%" else 1.0),
        "count": (0.0, np.inf),
        "rate": (0.0, np.inf),
    }
    low, high = limits.get(indicator.value_type, (-np.inf, np.inf))
    doubtful = frame.filter((pl.col("value") < low) | (pl.col("value") > high + 1e-9))
    if not doubtful.is_empty():
        area, value = doubtful.select("area", "value").row(0)
        unit = "100 %" if indicator.unit == "%" else "1"
        rule = "share-over-1" if value > high else "negative"
        words = f"over {unit}" if value > high else "below 0"
        message = f"{doubtful.height} values of {key.indicator} ({key.period}) are {words}, first in area {area}"
        findings.warning(rule, message, file=file, column=key.indicator, value=f"{value:g}")
    crossed = frame.filter((pl.col("lower95") > pl.col("upper95")) | (pl.col("value") < pl.col("lower95"))
                           | (pl.col("value") > pl.col("upper95")))  # fmt: skip
    if not crossed.is_empty():
        message = f"{crossed.height} values of {key.indicator} ({key.period}) lie outside their own interval"
        findings.warning("interval", message, file=file, column=key.indicator, value=crossed["area"][0])
