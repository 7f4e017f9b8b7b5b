"""Text that a spreadsheet would run: kept from running in what we write, and taken back as it was in what we read.

A cell that begins with `=`, `+`, `-` or `@` is a formula to a spreadsheet (OWASP, CSV injection). A leading apostrophe
makes it text there; we write one and take one off again, so that nothing is lost on the way out and back. A plain
number such as -1.55 is no formula and stays as it is.
"""

from __future__ import annotations

import re

import polars as pl

_BEGINS = r"[=+\-@\t\r\n＝＋－＠]"  # also in their wide forms, which some programs take for the same
_RUNS = rf"^'*{_BEGINS}"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
#: What is a formula beyond doubt - it calls a function or a program - and no phone number, dash or handle: it is
#: refused in what is read.
_FORMULA = re.compile(r"=|[+\-@](.*\b[a-z_]\w*\(|.*\|.*!)", re.DOTALL | re.IGNORECASE)


def shielded(column: pl.Expr) -> pl.Expr:
    """A text column with an apostrophe before every cell that a spreadsheet would run."""
    runs = column.str.contains(_RUNS) & ~column.str.contains(_NUMBER)
    return pl.when(runs).then(pl.concat_str(pl.lit("'"), column)).otherwise(column)


def unshielded(column: pl.Expr) -> pl.Expr:
    """A text column without the apostrophes that `shielded` puts."""
    return pl.when(column.str.contains(rf"^'+{_BEGINS}")).then(column.str.slice(1)).otherwise(column)


def shielded_text(text: str) -> str:
    """One text as `shielded` writes it.

    >>> shielded_text("=1+1"), shielded_text("-1.55"), shielded_text("name")
    ("'=1+1", '-1.55', 'name')
    """
    return str(pl.select(shielded(pl.lit(text))).item())


def unshielded_text(text: str) -> str:
    """One text as `unshielded` reads it."""
    return str(pl.select(unshielded(pl.lit(text))).item())


def is_formula(text: str) -> bool:
    """Whether a cell as it is read would be worked out by a spreadsheet.

    >>> [is_formula(text) for text in ("=1+1", "+44 (0)113 496 0000", "-1.5", "@sum(a1)", "'=1+1")]
    [True, False, False, True, False]
    """
    return _FORMULA.match(text) is not None
