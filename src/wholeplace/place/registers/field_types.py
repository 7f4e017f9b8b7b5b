"""What a cell of each type of field may hold, and the words for what it may not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from math import isfinite

from wholeplace.place.distributions import DistributionError, parse_distribution
from wholeplace.place.periods import is_period
from wholeplace.place.vocabulary import Field

Check = Callable[[str], str]


def fault_of(field: Field, text: str) -> str:
    """What is wrong with a cell that is not blank, and what to write instead; "" when it is sound."""
    if field.type == "code":
        return _of_list(field, text)
    check = _CHECKS.get(field.type)
    return check(text) if check is not None else ""


def _of_list(field: Field, text: str) -> str:
    known = [code.code for code in field.codes]
    return "" if text in known else f"must be one of {', '.join(known)}"


def _number(least: float | None = None, most: float | None = None, *, open_ends: bool = False) -> Check:
    """A check for a number within bounds, which belong to it unless `open_ends`."""

    def check(text: str) -> str:
        number = as_float(text)
        if number is None:
            return "is no number; write it without commas, signs or words"
        below = least is not None and (number < least or (open_ends and number == least))
        above = most is not None and (number > most or (open_ends and number == most))
        if not (below or above):
            return ""
        if most is None:
            return f"must be {'above' if open_ends else 'at least'} {least:g}"
        return f"must lie between {least:g} and {most:g}" + (", and be neither" if open_ends else "")

    return check


def as_float(text: str) -> float | None:
    """A finite number, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) and "_" not in text else None


def _whole(least: int) -> Check:
    def check(text: str) -> str:
        if not (text.isascii() and text.isdigit()):
            return "must be a whole number"
        return "" if int(text) >= least else f"must be at least {least}"

    return check


def _date(text: str) -> str:
    try:
        dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC)
    except ValueError:
        return "is no date; write year, month and day as 2026-03-31"
    return "" if len(text) == len("2026-03-31") else "is no date; write year, month and day as 2026-03-31"


def _period(text: str) -> str:
    return "" if is_period(text) else "is no period; write 2026, 2026-Q1, 2026-03 or 2025-04/2026-03"


def _yes_no(text: str) -> str:
    return "" if text in {"yes", "no"} else "must be yes or no"


def _uprn(text: str) -> str:
    return "" if text.isascii() and text.isdigit() and len(text) <= 12 else "must be a number of up to 12 digits"


def _distribution(text: str) -> str:
    try:
        parse_distribution(text)
    except DistributionError as error:
        return str(error)
    return ""


#: Type of a field -> its check; types that are not here (text, references) take any text.
_CHECKS: dict[str, Check] = {
    "number": _number(),
    "amount": _number(0),
    "positive": _number(0, open_ends=True),
    "factor": _number(0),
    "share": _number(0, 1),
    "level": _number(0, 1, open_ends=True),
    "latitude": _number(-90, 90),
    "longitude": _number(-180, 180),
    "whole": _whole(0),
    "count": _whole(1),
    "date": _date,
    "period": _period,
    "yes-no": _yes_no,
    "uprn": _uprn,
    "distribution": _distribution,
}
