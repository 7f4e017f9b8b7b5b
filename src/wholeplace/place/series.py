"""Values as published: the [[table]] and [[values]] of place.toml turned into one series an indicator and period."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import NamedTuple

import numpy as np
import polars as pl

from wholeplace.place.area_codes import AreaCodes, check_twice
from wholeplace.place.cells import WITHOUT_VALUE, Cells, expand_range, worst_status
from wholeplace.place.config import TableSection, ValuesSection
from wholeplace.place.doubts import check_plausible
from wholeplace.place.findings import Findings, counted, did_you_mean
from wholeplace.place.geography import Geography
from wholeplace.place.indicators import Indicator
from wholeplace.place.long_tables import NUMBERS, STATUSES, complete_values, long_rows, read_numbers
from wholeplace.place.periods import is_period
from wholeplace.place.tables import Table

__all__ = ["NUMBERS", "STATUSES", "WITHOUT_VALUE", "Series", "SeriesKey", "SeriesReader"]

#: A column of periods with more texts than this that are none is another column.
_MOST_STRANGE_PERIODS = 100


class SeriesKey(NamedTuple):
    """What makes a series unique in a place."""

    geography: str
    indicator: str
    period: str


@dataclass(frozen=True)
class Series:
    """One indicator on one geography in one period, as published.

    `frame`: area, value, count, denominator, lower95, upper95 (Float64, null where not known), status (one letter of
    STATUSES), inside (whether the area is one of the place; the others serve as comparators). `file`, `section` and
    `column` say where it came from.
    """

    key: SeriesKey
    frame: pl.DataFrame
    file: str
    section: str
    column: str = ""

    @property
    def inside(self) -> pl.DataFrame:
        return self.frame.filter("inside")


@dataclass
class SeriesReader:
    """Turns tables into series, collecting findings and the rows that belong to other places.

    With `told_all`, indicators.csv could not be read: that is told already, and not again for each indicator.
    """

    indicators: Mapping[str, Indicator]
    geographies: Mapping[str, Geography]
    findings: Findings
    told_all: bool = False
    series: dict[SeriesKey, Series] = field(default_factory=dict)
    _outside: dict[tuple[str, str], pl.Series] = field(default_factory=dict)
    _unknown: set[str] = field(default_factory=set)
    _strange: set[tuple[str, str]] = field(default_factory=set)

    @property
    def rows_outside(self) -> dict[str, int]:
        """Rows of areas that are not of this place, by file; a row that several sections read counts once."""
        counts: dict[str, int] = {}
        for (file, _), rows in self._outside.items():
            counts[file] = counts.get(file, 0) + int(rows.sum())
        return counts

    def add_wide(self, section: TableSection, name: str, table: Table, geography: Geography) -> bool:
        """Take the series of one [[table]]; False when nothing can be made of it."""
        keys = table.text(section.key)
        frame = pl.DataFrame({"area": keys, "row": table.rows, "inside": keys.is_in(geography.code_list)})
        check_twice(frame, ["area"], self.findings, file=section.file, column=section.key)
        self._note_outside(section, ~frame["inside"])
        codes = AreaCodes(section.file, section.key, keys, table.rows)
        if not codes.check(geography, self.geographies, self.findings):
            return False
        reader = Cells(table, section.file, section.suppressed, self.findings)

        def numbers(column: str) -> tuple[pl.Series, pl.Series]:
            blank = section.blanks.get(column, section.blank)
            return reader.numbers(column, blank=blank, scale=section.scale.get(column, 1.0))

        made = [(indicator, column, *numbers(column)) for column, indicator in section.columns.items()]
        for indicator, columns in section.sum.items():
            expanded = self._summands(section, name, indicator, table.header)
            parts = [numbers(column) for column in expanded]
            if parts:
                total = reduce(lambda left, right: left + right, (number for number, _ in parts))
                made.append((indicator, ", ".join(columns), total, worst_status([status for _, status in parts])))
        self._check_period([section.period], section.file)
        for indicator, column, number, status in made:
            known = self._indicator(indicator, section.file)
            if known is None:
                continue
            filled = frame.with_columns(number.alias("value"), status.alias("status")).with_columns(
                pl.col("value").alias("count") if known.value_type == "count" else _nothing("count"),
                *(_nothing(column) for column in ("denominator", "lower95", "upper95")),
            )
            key = SeriesKey(section.geography, indicator, section.period)
            self._keep(key, filled, section.file, name, column)
        return True

    def _summands(self, section: TableSection, name: str, indicator: str, header: Sequence[str]) -> list[str]:
        """The columns that a sum adds up, each once; none, a range of none or one named twice is an error."""
        columns = list(expand_range(section.sum[indicator], header))
        hollow = [one for one in section.sum[indicator] if not list(expand_range([one], header))]
        if hollow or not columns:
            what = f" for {', '.join(hollow)}" if hollow else ""
            message = f"{name}: the sum {indicator} adds up no columns{what}; a range runs in the order of the file"
            self.findings.error("empty-sum", message, file="place.toml", column="table.sum", value=indicator)
        twice = sorted({column for column in columns if columns.count(column) > 1})
        if twice:
            message = f"{name}: the sum {indicator} counts {', '.join(twice)} more than once"
            self.findings.error("sum-twice", message, file="place.toml", column="table.sum", value=twice[0])
        return list(dict.fromkeys(columns))

    def add_long(self, section: ValuesSection, name: str, table: Table, geography: Geography) -> bool:
        """Take the series of one [[values]]; False when nothing can be made of it."""
        frame = long_rows(section, name, table, self.findings)
        if frame is None:
            return False
        unnamed = int(frame["indicator"].is_null().sum())
        if unnamed:
            have = "has" if unnamed == 1 else "have"
            message = f"{counted(unnamed, 'row')} {have} no indicator named in {name}: left out"
            self.findings.notice("left-out", message, file=section.file, column=section.names.get("column"))
        frame = frame.filter(pl.col("indicator").is_not_null())
        frame = frame.with_columns(pl.col("area").is_in(geography.code_list).alias("inside"))
        outside = np.zeros(table.frame.height, dtype=bool)
        outside[frame.filter(~pl.col("inside"))["place"].to_numpy()] = True
        self._note_outside(section, pl.Series(outside))
        column = section.columns.area
        check_twice(frame, ["area", "indicator", "period"], self.findings, file=section.file, column=column)
        codes = AreaCodes(section.file, column, frame["area"], frame["row"])
        if frame.height and not codes.check(geography, self.geographies, self.findings):
            return False
        frame = self._known(frame, section)
        if not self._check_period(frame["period"].unique(maintain_order=True), section.file, section.columns.period):
            return False
        frame = read_numbers(section, table, frame, self.findings)
        column = section.columns.value or section.columns.count
        covered = frame.filter("inside")["area"].n_unique()
        for key, part in frame.partition_by("indicator", "period", as_dict=True, maintain_order=True).items():
            indicator, period = map(str, key)
            complete = complete_values(part, self.indicators[indicator], section, self.findings)
            self._check_rows(section, indicator, period, part, covered)
            self._keep(SeriesKey(section.geography, indicator, period), complete, section.file, name, column)
        return True

    def _check_rows(
        self, section: ValuesSection, indicator: str, period: str, part: pl.DataFrame, covered: int
    ) -> None:
        """Give notice of a series with fewer areas than others of its table; areas with no row at all are told of."""
        absent = covered - part.filter("inside")["area"].n_unique()
        if absent:
            message = (
                f"{indicator} in {period} has no row for {counted(absent, 'area')} that other rows of the table have"
            )
            self.findings.notice("no-row", message, file=section.file, column=section.columns.area, value=indicator)

    def _known(self, frame: pl.DataFrame, section: ValuesSection) -> pl.DataFrame:
        """The rows of indicators that indicators.csv has; the others are told of, each indicator once."""
        known = frame["indicator"].is_in(list(self.indicators))
        for indicator in frame["indicator"].filter(~known).unique(maintain_order=True).head(self.findings.most + 1):
            self._indicator(indicator, section.file)
        return frame.filter(known)

    def _indicator(self, indicator: str, file: str) -> Indicator | None:
        known = self.indicators.get(indicator)
        if known is None and not self.told_all and indicator not in self._unknown:
            self._unknown.add(indicator)
            near = did_you_mean(indicator, self.indicators)
            message = f"{indicator!r} is not in indicators.csv; add a row for it there{near}"
            if len(self._unknown) <= self.findings.most:
                self.findings.error("unknown-indicator", message, file=file, value=indicator)
            elif len(self._unknown) == self.findings.most + 1:
                self.findings.error("unknown-indicator", "… and more are not in indicators.csv", file=file)
        return known

    def _check_period(self, periods: Iterable[str], file: str, column: str = "period") -> bool:
        """Warn of texts that are no period; False when there are so many that the column must be another one."""
        unlike = (period for period in periods if not is_period(period))
        strange = list(itertools.islice(unlike, _MOST_STRANGE_PERIODS + 1))
        message = "is no period; write 2021, 2021-Q1, 2021-03 or 2021-04/2022-03"
        if len(strange) > _MOST_STRANGE_PERIODS:
            message = f"{message}; nor are {_MOST_STRANGE_PERIODS} other texts of the column or more"
            self.findings.error("period-form", message, file=file, column=column, value=strange[0])
            return False
        for period in strange:
            if (file, period) not in self._strange:
                self._strange.add((file, period))
                self.findings.warning("period-form", message, file=file, column=column, value=period)
        return True

    def _note_outside(self, section: TableSection | ValuesSection, outside: pl.Series) -> None:
        file = (section.file, section.sheet)
        self._outside[file] = self._outside[file] | outside if file in self._outside else outside

    def _keep(self, key: SeriesKey, frame: pl.DataFrame, file: str, section: str, column: str) -> None:
        if key in self.series:
            first = self.series[key]
            message = (
                f"{key.indicator} on {key.geography} in {key.period} comes from two places: {first.section} "
                f"({first.file}, column {first.column}) and {section} ({file}, column {column}); keep one"
            )
            self.findings.error("series-twice", message, file="place.toml", value=key.indicator)
            return
        known = self.indicators[key.indicator]
        check_plausible(frame, known, self.findings, file=file, column=column, period=key.period)
        if frame["area"].is_duplicated().any():  # told of as an error; what else there is to tell needs one row an area
            frame = frame.unique("area", keep="first", maintain_order=True)
        self.series[key] = Series(key, frame.select("area", *NUMBERS, "status", "inside"), file, section, column)


def _nothing(column: str) -> pl.Expr:
    return pl.lit(None, pl.Float64).alias(column)
