"""What a cell of each type of field may hold, and the words for what it may not."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from wholeplace.place.distributions import DistributionError, parse_distribution
from wholeplace.place.periods import is_period
from wholeplace.place.registers.changes import ChangeError, parse_changes
from wholeplace.place.vocabulary import Field

Check = Callable[[str], str]
#: Numbers with more digits are none of people, providers or days.
_MOST_DIGITS = 15
_ID = re.compile(r"[a-z0-9-]+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True)
class FieldType:
    """A type of field: `words` say what a cell may hold, `rule` is the code of the finding for one that does not.

    `fault` says what is wrong with a cell that is not blank, "" when nothing is; without it any text will do.
    """

    words: str
    rule: str = ""
    fault: Check | None = None


def is_number(field: Field) -> bool:
    """Whether the cells of a field are numbers, to be sorted and written as such."""
    return TYPES[field.type].rule == "number"


def fault_of(field: Field, text: str) -> str:
    """What is wrong with a cell that is not blank, and what to write instead; "" when it is sound."""
    if field.type == "code":
        known = [code.code for code in field.codes]
        return "" if text in known else f"must be one of {', '.join(known)}"
    check = TYPES[field.type].fault
    return check(text) if check is not None else ""


def is_free(field: Field) -> bool:
    """Whether a cell of a field may hold any text."""
    return not TYPES[field.type].rule


def words_of(field: Field) -> str:
    """What a cell of a field may hold, in plain words."""
    if field.type == "code":
        return f"one of: {', '.join(code.code for code in field.codes)}"
    if field.type == "reference" and len(field.refers) == 1:
        return f"the id of one of the {field.refers[0]}"
    if field.refers:
        kinds = "any register" if len(field.refers) > 8 else ", ".join(field.refers)
        form = f"with prefix (as {field.prefixes[0]}:…), from {kinds}"
        return f"names {form}; several with ; between them" if field.type == "references" else f"a name {form}"
    words = TYPES[field.type].words
    return f"{words}; for example {', '.join(code.code for code in field.codes)}" if field.codes else words


def is_numeric(field: Field) -> bool:
    """Whether every cell of a field is one number."""
    return TYPES[field.type].rule == "number"


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
    return number if isfinite(number) and "_" not in text and text.isascii() else None


def _whole(least: int) -> Check:
    def check(text: str) -> str:
        if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
            return "must be a whole number"
        return "" if int(text) >= least else f"must be at least {least}"

    return check


def _date(text: str) -> str:
    try:
        sound = _DATE.fullmatch(text) is not None and dt.date.fromisoformat(text) is not None
    except ValueError:
        sound = False
    return "" if sound else "is no date; write year, month and day as 2026-03-31"


def _period(text: str) -> str:
    return "" if is_period(text) else "is no period; write 2026, 2026-Q1, 2026-03 or 2025-04/2026-03"


def _yes_no(text: str) -> str:
    return "" if text in {"yes", "no"} else "must be yes or no"


def _uprn(text: str) -> str:
    return "" if text.isascii() and text.isdigit() and len(text) <= 12 else "must be a number of up to 12 digits"


def _id(text: str) -> str:
    return "" if _ID.fullmatch(text) else "an id is made of lower-case letters, digits and hyphens"


def _distribution(text: str) -> str:
    try:
        parse_distribution(text)
    except DistributionError as error:
        return str(error)
    return ""


def _changes(text: str) -> str:
    try:
        parse_changes(text)
    except ChangeError as error:
        return str(error)
    return ""


#: Every type that a field may have, by the word in the column `type` of fields.csv.
TYPES: dict[str, FieldType] = {
    "id": FieldType("lower-case letters, digits and hyphens", "id-form", _id),
    "text": FieldType("text"),
    "texts": FieldType("words, with ; between them"),
    "reference": FieldType("the name of a thing"),  # that it is there is checked apart
    "references": FieldType("names of things, with ; between them"),
    "code": FieldType("one of a list", "code-list"),  # see fault_of
    "number": FieldType("a number", "number", _number()),
    "amount": FieldType("a number, 0 or more", "number", _number(0)),
    "positive": FieldType("a number above 0", "number", _number(0, open_ends=True)),
    "factor": FieldType("a number, 0 or more", "number", _number(0)),
    "share": FieldType("a number from 0 to 1", "number", _number(0, 1)),
    "level": FieldType("a number between 0 and 1, and neither of them", "number", _number(0, 1, open_ends=True)),
    "latitude": FieldType("degrees from -90 to 90", "number", _number(-90, 90)),
    "longitude": FieldType("degrees from -180 to 180", "number", _number(-180, 180)),
    "whole": FieldType("a whole number, 0 or more", "number", _whole(0)),
    "count": FieldType("a whole number, 1 or more", "number", _whole(1)),
    "date": FieldType("a date, as 2026-03-31", "date", _date),
    "period": FieldType("a period: 2026, 2026-Q1, 2026-03 or 2025-04/2026-03", "period-form", _period),
    "yes-no": FieldType("yes or no", "code-list", _yes_no),
    "uprn": FieldType("a number of up to 12 digits", "uprn", _uprn),
    "distribution": FieldType(
        "hours (or 30min, 3d), never, or a distribution such as lognormal(median=8, p95=30)",
        "distribution",
        _distribution,
    ),
    "changes": FieldType("changes, with ; between them", "changes", _changes),
}  # fmt: skip
