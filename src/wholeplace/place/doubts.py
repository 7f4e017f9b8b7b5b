"""Doubt values that their indicator's type and unit make unlikely."""

from __future__ import annotations

import polars as pl

from wholeplace.place.findings import Findings
from wholeplace.place.indicators import Indicator

#: Doubtful cells of one column that are told one by one; the rest are counted.
_TOLD = 10


def check_plausible(
    frame: pl.DataFrame, indicator: Indicator, findings: Findings, *, file: str, column: str, period: str
) -> None:
    """Warn of shares over 1, percentages over 100, figures below 0, and values outside their own interval.

    `frame` has row, area, value, lower95, upper95. Which way a doubtful figure is wrong is not guessed: it is used.
    """

    def tell(rule: str, doubtful: pl.Expr, words: str) -> None:
        found = frame.filter(doubtful)
        for row, area, value in found.select("row", "area", "value").head(_TOLD).iter_rows():
            message = f"{indicator.id} of {area} in {period} {words}"
            findings.warning(rule, message, file=file, row=row, column=column, value=f"{value:g}")
        if found.height > _TOLD:
            message = f"… and {found.height - _TOLD:,} more values of {indicator.id} in {period}: each {words}"
            findings.warning(rule, message, file=file, column=column)

    value, lower, upper = pl.col("value"), pl.col("lower95"), pl.col("upper95")
    if indicator.value_type == "proportion" and indicator.unit == "%":
        tell("over-100-percent", value > 100 + 1e-9, "is over 100 %, which no part of a whole is")
    elif indicator.value_type == "proportion":
        tell("share-over-1", value > 1 + 1e-9, "is over 1, which no share is; is it a percentage?")
    if indicator.value_type in {"proportion", "count", "rate"}:
        tell("negative", value < 0, f"is below 0, which no {indicator.value_type} is")
    tell("interval", (lower > upper) | (value < lower) | (value > upper), "lies outside its own interval")
