"""Estimates: values of areas with their intervals at 95 and 99.8 %, and why a value is not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from wholeplace.errors import WholeplaceError
from wholeplace.place import WITHOUT_VALUE

Floats = NDArray[np.float64]
Texts = NDArray[np.str_]
Flags = NDArray[np.bool_]
Limits = tuple[Floats, Floats]

#: Every interval is given at both levels: about two and three standard errors.
LEVELS = (0.95, 0.998)
#: So many faulty rows are named in an error; the rest are counted.
_NAMED = 5


class ValuesError(WholeplaceError, ValueError):
    """Numbers that no value can be worked out from; the text names every problem."""


@dataclass(frozen=True)
class Interval:
    """Numbers with their limits at 95 and 99.8 %, NaN where there are none."""

    value: Floats
    lower95: Floats
    upper95: Floats
    lower998: Floats
    upper998: Floats

    def columns(self, name: str) -> dict[str, Floats]:
        """The five by name: `name`, `name_lower95`…"""
        limits = ("lower95", "upper95", "lower998", "upper998")
        return {name: self.value, **{f"{name}_{limit}": getattr(self, limit) for limit in limits}}


@dataclass(frozen=True)
class Estimate:
    """Values with intervals, one for each area or group, in the order of what was given.

    `value` and the limits are in the unit of the value, NaN where there is none. `status` is A where a value was worked
    out, else Q (suppressed), O (missing), L (not collected) or M (cannot exist). `withheld` says in words why a value
    that could be worked out is not given, "" elsewhere; its status is O. `count` and `denominator` are what the value
    came from, NaN where it did not come from such. `kind` is `proportion`, `rate` or `other`.
    """

    kind: str
    value: Floats
    lower95: Floats
    upper95: Floats
    lower998: Floats
    upper998: Floats
    status: Texts
    withheld: Texts
    count: Floats
    denominator: Floats

    def limits(self, level: float) -> Limits:
        """Lower and upper limit at 0.95 or 0.998."""
        return (self.lower95, self.upper95) if level == LEVELS[0] else (self.lower998, self.upper998)

    @property
    def frame(self) -> pl.DataFrame:
        """The estimates as a table: a row each, in the order of the arrays, null where there is nothing."""
        numbers = ("value", "lower95", "upper95", "lower998", "upper998", "count", "denominator")
        columns = {name: pl.Series(np.ravel(getattr(self, name))).fill_nan(None) for name in numbers}
        withheld = pl.Series(np.ravel(self.withheld)).replace("", None)
        return pl.DataFrame({**columns, "status": np.ravel(self.status), "withheld": withheld})


def numbers(given: ArrayLike) -> Floats:
    """Numbers as an array; None and NaN are missing."""
    return np.asarray(given, dtype=np.float64)


def statuses(amounts: tuple[Floats, ...], given: ArrayLike | None = None, *, nobody: Flags | None = None) -> Texts:
    """The status of each value: that given where it has no value, O where an amount is missing, M where nobody is.

    A number beside a status that has no value is not used: what is suppressed stays so.
    """
    shape = np.broadcast_shapes(*(amount.shape for amount in amounts))
    known = np.full(shape, "A") if given is None else np.broadcast_to(np.asarray(given, dtype=str), shape).copy()
    has_value = ~np.isin(known, WITHOUT_VALUE)
    missing = np.zeros(shape, dtype=bool)
    for amount in amounts:
        missing |= ~np.isfinite(amount)
    known[has_value] = "A"
    known[has_value & missing] = "O"
    if nobody is not None:
        known[has_value & ~missing & nobody] = "M"
    return known


def worst_status(status: Texts) -> Texts:
    """One status for the last axis: Q if any is suppressed, else O if any has no value, else A."""
    missing = np.isin(status, WITHOUT_VALUE).any(axis=-1)
    return np.where((status == "Q").any(axis=-1), "Q", np.where(missing, "O", "A"))


def estimate(
    kind: str,
    value: Floats,
    limits: Callable[[float], Limits],
    status: Texts,
    *,
    withheld: Texts | None = None,
    count: Floats | None = None,
    denominator: Floats | None = None,
) -> Estimate:
    """Put an estimate together: limits at both levels, and no number where there is a reason to give none."""
    withheld = np.full(status.shape, "") if withheld is None else np.where(status == "A", withheld, "")
    status = np.where(withheld != "", "O", status)
    shown = status == "A"
    at = [side for level in LEVELS for side in limits(level)]
    told = [np.where(shown, part, np.nan) for part in (value, *at)]
    nothing = np.full(status.shape, np.nan)
    used = [nothing if part is None else np.where(status == "Q", np.nan, part) for part in (count, denominator)]
    return Estimate(kind, told[0], told[1], told[2], told[3], told[4], status, withheld, used[0], used[1])


def refuse(problems: dict[str, Flags]) -> None:
    """Raise one error that names, for each problem, how many rows have it and which."""
    lines = []
    for problem, rows in problems.items():
        where = np.flatnonzero(rows)
        if len(where):
            named = ", ".join(str(row + 1) for row in where[:_NAMED]) + (", …" if len(where) > _NAMED else "")
            lines.append(f"{problem}: {len(where):,} of {rows.size:,} (number {named})")
    if lines:
        raise ValuesError("no values can be worked out from these numbers:\n" + "\n".join(lines))
