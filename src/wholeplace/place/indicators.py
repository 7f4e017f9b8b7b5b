"""indicators.csv: what each indicator is."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, fields
from pathlib import Path

import polars as pl

from wholeplace.place.area_codes import check_twice
from wholeplace.place.findings import Findings
from wholeplace.place.periods import period_bounds
from wholeplace.place.tables import read_table

VALUE_TYPES = ("count", "proportion", "rate", "mean", "ratio", "score", "rank", "index")
POLARITIES = ("high_good", "low_good", "none")
CI_METHODS = ("wilson", "byar", "dobson", "student-t", "none")
MOVES_UP = ("sum", "mean", "none")
REQUIRED = ("id", "name", "value_type", "unit", "polarity", "source", "licence")
FILE = "indicators/indicators.csv"
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PER = re.compile(r"per ([1-9]\d*(?:,\d{3})*)(?!\w|[.,]\d)", re.ASCII)


@dataclass(frozen=True)
class Indicator:
    """One row of indicators.csv; every field is text, "" where it says nothing."""

    id: str
    name: str
    value_type: str
    unit: str
    polarity: str
    source: str
    licence: str
    definition: str = ""
    theme: str = ""
    decimals: str = ""
    numerator: str = ""
    denominator: str = ""
    ci_method: str = ""
    publisher: str = ""
    url: str = ""
    issued: str = ""
    next_update: str = ""
    caveats: str = ""
    up: str = ""

    @property
    def multiplier(self) -> float:
        """What count/denominator is multiplied by: 1 for a share, 100 for %, N for a rate `per N`."""
        per = _PER.match(self.unit)
        if self.value_type == "rate" and per:
            return float(per[1].replace(",", ""))
        return 100.0 if self.unit == "%" else 1.0

    @property
    def interval_method(self) -> str:
        """The method named in `ci_method`; blank means Wilson for a proportion, Byar for a rate, else none."""
        return self.ci_method or {"proportion": "wilson", "rate": "byar"}.get(self.value_type, "none")


_FIELDS = tuple(field.name for field in fields(Indicator))


def is_id(text: str) -> bool:
    """Say whether `text` is an id of ours: lower-case letters, digits, hyphens."""
    return _ID.fullmatch(text) is not None


def read_indicators(folder: Path, findings: Findings, *, today: dt.date, needed: bool) -> dict[str, Indicator] | None:
    """Read indicators.csv of a place folder; faults go to `findings`, and None says that it cannot be used.

    No such file means no indicators, and is an error only where they are `needed`.
    """
    path = folder / FILE
    if not path.exists() and not needed:
        return {}
    table = read_table(path, findings, file=FILE)
    if table is None:
        return None
    for column in table.missing(REQUIRED):
        findings.error("no-column", f"has no column {column!r}, which is required", file=FILE, column=column)
    known = [column for column in _FIELDS if column in table.header]
    frame = table.frame.select(pl.col(known).str.strip_chars(), table.rows.alias("row"))
    if "id" in known:
        check_twice(frame, ["id"], findings, file=FILE, column="id", what="id")
    indicators: dict[str, Indicator] = {}
    absent = dict.fromkeys(table.missing(REQUIRED), "")
    for fields_of_row in frame.to_dicts():
        row = fields_of_row.pop("row")
        if not fields_of_row.get("id"):
            continue
        indicator = Indicator(**absent, **fields_of_row)
        _check_indicator(indicator, row, set(known), findings, today)
        indicators.setdefault(indicator.id, indicator)
    return indicators


def _check_indicator(indicator: Indicator, row: int, known: set[str], findings: Findings, today: dt.date) -> None:
    """Check one row: required fields and code lists (errors); units, sources and dates (warnings)."""
    for column in ("name", "value_type"):
        if column in known and not getattr(indicator, column):
            message = f"{indicator.id} has no {column}, which is required"
            findings.error("required", message, file=FILE, row=row, column=column, value="")
    for column in ("source", "licence", "polarity"):
        if column in known and not getattr(indicator, column):
            message = f"{indicator.id} has no {column}; " + (
                "write `none` where neither high nor low is good"
                if column == "polarity"
                else "figures without one are shown as “published without”"
            )
            findings.warning(f"no-{column}", message, file=FILE, row=row, column=column, value="")
    if indicator.id and not is_id(indicator.id):
        message = "an id is made of lower-case letters, digits and hyphens"
        findings.warning("id-form", message, file=FILE, row=row, column="id", value=indicator.id)
    lists = {"value_type": VALUE_TYPES, "polarity": POLARITIES, "ci_method": CI_METHODS, "up": MOVES_UP}
    for column, allowed in lists.items():
        value = getattr(indicator, column)
        if value and value not in allowed:
            message = f"must be one of {', '.join(allowed)}"
            findings.error("code-list", message, file=FILE, row=row, column=column, value=value)
    if indicator.decimals and not re.fullmatch("[0-9]+", indicator.decimals):
        findings.error(
            "number", "must be a whole number", file=FILE, row=row, column="decimals", value=indicator.decimals
        )
    unit_fault = _unit_fault(indicator)
    if unit_fault and "unit" in known:
        findings.warning("unit", unit_fault, file=FILE, row=row, column="unit", value=indicator.unit)
    _check_update(indicator, row, findings, today)


def _unit_fault(indicator: Indicator) -> str:
    kind, unit = indicator.value_type, indicator.unit
    if kind == "proportion" and unit not in {"share", "%"}:
        return "a proportion has the unit `share` (0 to 1) or `%`"
    if kind == "rate" and not _PER.match(unit):
        return "the unit of a rate starts with `per N`, as in `per 1,000 residents`"
    if kind == "count" and (unit in {"share", "%"} or _PER.match(unit)):
        return "a count cannot be a share, a percentage or a rate"
    if kind == "rank" and unit in {"share", "%"}:
        return "a rank cannot be a share or a percentage"
    return "" if unit else "has no unit"


def _check_update(indicator: Indicator, row: int, findings: Findings, today: dt.date) -> None:
    for column in ("issued", "next_update"):
        text = getattr(indicator, column)
        if not text:
            continue
        bounds = period_bounds(text)
        if bounds is None:
            message = "is no date; write 2026-03-31, 2026-03 or 2026"
            findings.warning("date", message, file=FILE, row=row, column=column, value=text)
        elif column == "next_update" and bounds[1] <= today:  # the whole of that day, month or year is past
            message = f"{indicator.id} should have been updated by {text}; look for a newer edition"
            findings.warning("past-next-update", message, file=FILE, row=row, column=column, value=text)
