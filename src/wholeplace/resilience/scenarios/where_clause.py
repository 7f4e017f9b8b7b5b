"""Which things are meant, by what their registers say of them: `hosting == 'cloud' and headcount < 5`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

import polars as pl

from wholeplace.errors import WholeplaceError

OPERATORS = ("==", "!=", "<", ">")
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'[^']*'|"[^"]*")|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))"""
    r"""|(?P<word>[^\W\d][\w-]*)|(?P<operator>[=!<>]+)|(?P<other>\S))""",
    re.ASCII,
)


class WhereError(WholeplaceError, ValueError):
    """Text that is no condition; says what is wrong and at which letter."""


@dataclass(frozen=True)
class Comparison:
    """A field compared with a text or a number."""

    field: str
    operator: str
    value: str | float


@dataclass(frozen=True)
class Where:
    """Comparisons that must all hold, in several groups of which one is enough."""

    any_of: tuple[tuple[Comparison, ...], ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it names, each once."""
        return tuple(dict.fromkeys(one.field for group in self.any_of for one in group))

    def holds(self, columns: Mapping[str, pl.Series]) -> pl.Series:
        """For which records it holds; `columns` has the text of every field it names.

        A text is compared as text, letter by letter; a number with the field read as a number, where a text that is
        none is other than any number. A blank field satisfies only `!=`.
        """
        return reduce(or_, (reduce(and_, (_holds(one, columns[one.field]) for one in group)) for group in self.any_of))


def _holds(one: Comparison, column: pl.Series) -> pl.Series:
    cells = column.str.strip_chars()
    field: pl.Series = cells if isinstance(one.value, str) else cells.cast(pl.Float64, strict=False).fill_nan(None)
    if one.operator == "!=":
        return (field != one.value).fill_null(value=True) | (cells == "")
    compared = {"==": field.eq, "<": field.lt, ">": field.gt}[one.operator](one.value)
    return compared.fill_null(value=False) & (cells != "")


def parse_where(text: str) -> Where:
    """Read a condition: `==`, `!=`, `<`, `>` between a field and a value, `and` (binds closer), `or`; no brackets.

    >>> parse_where("hosting == 'cloud' or headcount > 5").fields
    ('hosting', 'headcount')

    Raises
    ------
    WhereError
        With the place in the text.
    """
    tokens = [(match.lastgroup or "", match[match.lastgroup or 0], match.start(match.lastgroup or 0))
              for match in _TOKEN.finditer(text.rstrip())]  # fmt: skip
    groups: list[tuple[Comparison, ...]] = []
    group: list[Comparison] = []
    at = 0
    while True:
        group.append(_comparison(tokens[at : at + 3], len(text.rstrip())))
        at += 3
        if at == len(tokens):
            return Where((*groups, tuple(group)))
        kind, word, letter = tokens[at]
        if kind != "word" or word not in {"and", "or"}:
            raise _fault(f"`and` or `or` must stand before {word!r}", letter)
        if word == "or":
            groups.append(tuple(group))
            group = []
        at += 1


def _comparison(tokens: list[tuple[str, str, int]], end: int) -> Comparison:
    """A field, an operator and a value; what is missing is missing at the `end` of the text."""
    if not tokens:
        raise _fault("a comparison is missing, such as hosting == 'cloud'", end)
    kind, field, at = tokens[0]
    if field in {"(", ")"}:
        raise _fault("brackets cannot be used; `and` binds closer than `or`", at)
    if kind != "word" or field in {"and", "or"}:
        raise _fault(f"the name of a field must stand here, not {field!r}", at)
    if len(tokens) < 2:
        raise _fault(f"one of {', '.join(OPERATORS)} is missing after {field!r}", end)
    kind, operator, at = tokens[1]
    if operator not in OPERATORS:
        raise _fault(f"one of {', '.join(OPERATORS)} must stand here, not {operator!r}", at)
    if len(tokens) < 3:
        raise _fault(f"a value is missing after {operator}", end)
    kind, value, at = tokens[2]
    if kind == "number":
        return Comparison(field, operator, float(value))
    if kind == "text":
        return Comparison(field, operator, value[1:-1].strip())
    if value in {"'", '"'}:
        raise _fault("the quote is not closed", at)
    raise _fault(f"{value!r} is neither a number nor text in quotes", at)


def _fault(words: str, at: int) -> WhereError:
    return WhereError(f"{words} (at letter {at + 1})")
