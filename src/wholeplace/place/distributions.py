"""Durations and shares that are not known for sure, written as text: `lognormal(median=24, p95=90)`."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass

from wholeplace.errors import WholeplaceError

#: Hours in one of each unit that may be written behind a number.
UNITS_H = {"s": 1 / 3600, "min": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0}
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([a-zA-Z]*)", re.ASCII)
_CALL = re.compile(r"([a-z]+)\s*\((.*)\)", re.DOTALL)
#: The standard normal's 95 per cent point.
_Z95 = 1.6448536269514722
#: Distribution -> the sets of names that its numbers may have, in their order when they are written without names.
FORMS: dict[str, tuple[tuple[str, ...], ...]] = {
    "fixed": (("value",),),
    "exponential": (("mean",),),
    "lognormal": (("median", "sigma"), ("median", "p95")),
    "triangular": (("min", "mode", "max"),),
    "uniform": (("min", "max"),),
    "beta": (("a", "b"),),
}
#: Numbers that are no durations, and so take no unit.
_PLAIN = {"sigma", "a", "b"}


class DistributionError(WholeplaceError, ValueError):
    """Text that is no distribution; says what is wrong and at which letter."""


@dataclass(frozen=True)
class Distribution:
    """`kind` is a name of FORMS or "never"; `numbers` its parameters, in hours where they are durations.

    fixed (value,) · exponential (mean,) · lognormal (median, sigma of the logarithm) · triangular (min, mode, max) ·
    uniform (min, max) · beta (a, b) · never ().
    """

    kind: str
    numbers: tuple[float, ...] = ()


def parse_distribution(text: str) -> Distribution:
    """Read a distribution.

    A bare number is fixed. Hours unless a unit (s, min, h, d, w) is written behind a number, also inside brackets.

    >>> parse_distribution("30min")
    Distribution(kind='fixed', numbers=(0.5,))
    >>> parse_distribution("uniform(2, 1d)").numbers
    (2.0, 24.0)

    Raises
    ------
    DistributionError
        With the place in the text.
    """
    start = len(text) - len(text.lstrip())
    written = text.strip()
    if written == "never":
        return Distribution("never")
    if _NUMBER.match(written) and "(" not in written:
        return _checked("fixed", {"value": (_number(written, start, "value"), start)})
    call = _CALL.fullmatch(written)
    if call is None:
        if re.match(r"[a-z]+\s*\([^()]*$", written):
            raise _fault("the bracket is not closed", start + len(written))
        raise _fault("is no distribution; write a number of hours, `never`, or one of "
                     f"{', '.join(FORMS)} with its numbers in brackets", start)  # fmt: skip
    kind, inside = call.groups()
    if kind not in FORMS:
        raise _fault(f"there is no distribution {kind!r}; there are: {', '.join([*FORMS, 'never'])}", start)
    return _checked(kind, _arguments(kind, inside, start + call.start(2)))


def _arguments(kind: str, inside: str, at: int) -> dict[str, tuple[float, int]]:
    """The numbers in the brackets by name, each with where it stands."""
    found: dict[str, tuple[float, int]] = {}
    end = at + len(inside)
    pieces = inside.split(",") if inside.strip() else []
    named = ["=" in piece for piece in pieces]
    if any(named) and not all(named):
        raise _fault("some of its numbers have names and some have not; name all or none", at)
    form = FORMS[kind][0]
    for position, piece in enumerate(pieces):
        name, _, number = piece.partition("=") if named[0] else ("", "", piece)
        where = at + len(piece) - len(number.lstrip())
        name = name.strip() if named[0] else (form[position] if position < len(form) else "")
        if name in found:
            raise _fault(f"{name} is written twice", where)
        if not any(name in one for one in FORMS[kind]):
            raise _fault(f"{_needs(kind)}, not {name or 'so many numbers'}", where)
        found[name] = _number(number.strip(), where, name), where
        at += len(piece) + 1
    if not any(set(found) == set(one) for one in FORMS[kind]):
        raise _fault(_needs(kind), end)
    return found


def _needs(kind: str) -> str:
    return f"{kind} needs " + " or ".join(", ".join(form) for form in FORMS[kind])


def _number(text: str, at: int, name: str) -> float:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise _fault(f"{text!r} is no number", at)
    number, unit = float(match[1]), match[2]
    if not unit:
        return number
    if name in _PLAIN:
        raise _fault(f"{name} is a plain number and takes no unit", at + match.start(2))
    if unit not in UNITS_H:
        raise _fault(f"there is no unit {unit!r}; there are: {', '.join(UNITS_H)}", at + match.start(2))
    return number * UNITS_H[unit]


def _checked(kind: str, given: dict[str, tuple[float, int]]) -> Distribution:
    """Check that the numbers make a distribution of times (or shares) that are not negative."""
    form = next(form for form in FORMS[kind] if set(form) == set(given))
    for name in form:
        number, at = given[name]
        if not math.isfinite(number):
            raise _fault(f"{name} must be finite", at)
        if number <= 0 and (kind in {"beta", "exponential"} or name in {"median", "p95"}):
            raise _fault(f"{name} must be above 0", at)
        if number < 0:
            raise _fault(f"{name} cannot be below 0", at)
    numbers = tuple(given[name][0] for name in form)
    for first, last in itertools.pairwise(form):
        if given[last][0] < given[first][0] and (kind in {"triangular", "uniform"} or last == "p95"):
            raise _fault(f"{last} must be at least {first}", given[last][1])
    if form == ("median", "p95"):
        numbers = numbers[0], math.log(numbers[1] / numbers[0]) / _Z95
    return Distribution(kind, numbers)


def _fault(words: str, at: int) -> DistributionError:
    return DistributionError(f"{words} (at letter {at + 1})")
