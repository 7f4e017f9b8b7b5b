"""Numbers, gaps and dates as readers see them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

#: What a value that is not there is called. Suppressed, missing and zero are three things.
NO_VALUE = {
    "Q": "suppressed",
    "O": "missing",
    "L": "not collected",
    "M": "cannot exist",
}
NO_VALUE_MEANING = {
    "suppressed": "the publisher held the figure back, most often because it counts few people",
    "missing": "there is no figure for this area",
    "not collected": "nobody asked for this figure here",
    "cannot exist": "the figure makes no sense here",
}
#: What a value with a reservation is marked with.
MARKS = {"E": "estimated", "I": "imputed", "P": "provisional", "U": "low reliability", "B": "break in series"}

MINUS = "\N{MINUS SIGN}"
POLARITY = {
    "high_good": "A higher figure is better.",
    "low_good": "A lower figure is better.",
    "none": "Neither a high nor a low figure is better.",
}
WITHOUT = "published without"
_YEAR = re.compile(r"\d{4}")
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")


def number(value: float | None, decimals: int = 0) -> str:
    """A number with thousands separated and a real minus sign; an empty text for None."""
    if value is None:
        return ""
    text = f"{value:,.{decimals}f}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.,") else MINUS + text[1:]
    return text


def percent(share: float | None, decimals: int = 0) -> str:
    """A share of 0 to 1 in per cent; what rounds to nothing or to all without being it says so."""
    if share is None:
        return ""
    step, written = 10.0**-decimals, number(share * 100, decimals)
    if share > 0 and written == number(0, decimals):
        return f"under {step:g}%"
    if share < 1 and written == number(100, decimals):
        return f"over {100 - step:g}%"
    return f"{written}%"


def share_interval(lower: float | None, upper: float | None) -> str:
    """The interval of a share in per cent without the sign, `22.4 to 23.9`; empty without both ends."""
    return "" if lower is None or upper is None else f"{100 * lower:.1f} to {100 * upper:.1f}"


class Writer:
    """How the values of one indicator are written: scale, decimals, unit."""

    def __init__(self, indicator: Mapping[str, Any]) -> None:
        self.unit = re.sub(r"^GBP\b", "£", str(indicator.get("unit") or ""))
        self.scale = 100.0 if self.unit == "share" else 1.0
        self.suffix = "%" if self.unit in {"%", "share"} else ""
        self.prefix = "£" if self.unit.startswith("£") else ""
        text = str(indicator.get("decimals") or "")
        decimals = int(text) if text.isdigit() else None
        if decimals is not None and self.scale == 100.0:
            decimals = max(0, decimals - 2)  # 0.133 has three decimals, 13.3% one
        self.decimals = 1 if decimals is None else decimals

    def plain(self, value: float | None) -> str:
        """The number with its sign of unit."""
        if value is None:
            return ""
        shown = f"{number(value * self.scale, self.decimals)}{self.suffix}"
        return MINUS + self.prefix + shown[1:] if shown.startswith(MINUS) else self.prefix + shown

    @property
    def after(self) -> str:
        """What of the unit is written after a number, with a space before it: ` minutes`, ` a year` after `£12`."""
        rest = "" if self.suffix else self.unit.removeprefix(self.prefix).strip()
        return f" {rest}" if rest else ""

    def value(self, value: float | None, status: str | None) -> str:
        """The number, with a mark where it has a reservation, or why there is none."""
        if value is None:
            return NO_VALUE.get(status or "O", "missing")
        mark = MARKS.get(status or "")
        return f"{self.plain(value)} ({mark})" if mark else self.plain(value)

    def interval(self, lower: float | None, upper: float | None) -> str:
        """`22.4 to 23.9`, or an empty text."""
        if lower is None or upper is None:
            return ""
        ends = (number(end * self.scale, self.decimals) for end in (lower, upper))
        return " to ".join(ends)

    @property
    def unit_words(self) -> str:
        """The unit, for a column's head."""
        return "%" if self.suffix else self.unit

    @property
    def unit_in_full(self) -> str:
        """The unit at the beginning of a line: `Per cent`, `People`."""
        return "Per cent" if self.suffix else first_upper(self.unit)


def date(text: str | None) -> str:
    """An ISO date as `30 October 2025`; anything else as it is."""
    try:
        day = dt.date.fromisoformat((text or "")[:10])
    except ValueError:
        return text or ""
    return f"{day.day} {day:%B %Y}"


def period(text: str | None) -> str:
    """A period as people write it: `April 2021 to March 2022`, `January to March 2021`; anything else as it is."""
    first, slash, last = (text or "").partition("/")
    if slash:
        return f"{period(first)} to {period(last)}"
    if month := _MONTH.fullmatch(first):
        return f"{dt.date(2000, int(month[2]), 1):%B} {month[1]}"
    if quarter := _QUARTER.fullmatch(first):
        begins = 3 * int(quarter[2]) - 2
        return f"{dt.date(2000, begins, 1):%B} to {dt.date(2000, begins + 2, 1):%B} {quarter[1]}"
    return first if _YEAR.fullmatch(first) else date(first)


def periods(texts: Iterable[str]) -> str:
    """Several periods: `2019, 2021`."""
    return ", ".join(period(text) for text in texts)


def issued_words(dates: Iterable[str | None]) -> str:
    """` Issued 24 June 2025.`, or from the first to the last of several dates of issue; blank where none is known."""
    known = sorted({text[:10] for text in dates if text})
    if not known:
        return ""
    ends = date(known[0]) if len(known) == 1 else f"{date(known[0])} to {date(known[-1])}"
    return f" Issued {ends}."


def plural(count: float, one: str, many: str | None = None) -> str:
    """`1 area`, `1,200 areas`."""
    return f"{count:,.0f} {one if count == 1 else many or one + 's'}"


def first_upper(text: str) -> str:
    """The text with a capital first letter; a unit written with a small one (`tCO2e`, `µg/m3`) stays so."""
    first = text.split(" ", 1)[0].rstrip(",:;")
    plain = first.replace("-", "").replace("’", "").replace("'", "")
    return text[:1].upper() + text[1:] if plain.isalpha() and plain == plain.lower() else text


def end_words(spec: Mapping[str, Any]) -> tuple[str, str]:
    """What the areas at rank 1 and at the last rank of an index are: ("worst off", "best off") or the other way."""
    worst_first = (spec["higher_is"] == "worse") == (spec.get("rank_1", "highest") == "highest")
    return ("worst off", "best off") if worst_first else ("best off", "worst off")
