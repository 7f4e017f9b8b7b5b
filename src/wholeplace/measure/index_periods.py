"""An index of several periods: its file checked, and taken apart into one index for each period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from wholeplace.measure.normalise import BY_RANK, GOALPOSTS
from wholeplace.place.findings import Finding, Findings
from wholeplace.place.periods import is_period, period_bounds, period_middle

if TYPE_CHECKING:
    from collections.abc import Callable

    from wholeplace.measure.index_spec import IndexSpec, PartSection

    Fault = Callable[[str, str, str], None]

#: Ways to normalise a group again that do not hang on which areas and periods there are.
_FIXED = (*GOALPOSTS, "none")


def of_period(spec: IndexSpec, number: int) -> IndexSpec:
    """The index of one of its periods alone, by its number from 0; the scale is still each period's own."""
    asked = spec.periods[number]

    def dated(part: PartSection) -> PartSection:
        own = part.periods[number] if number < len(part.periods) else part.period
        origin = part.from_in.get(asked, part.from_)
        below = [dated(one) for one in part.part]
        return part.model_copy(update={"period": own, "periods": [], "from_": origin, "from_in": {}, "part": below})

    return spec.model_copy(update={"period": asked, "periods": [], "part": [dated(one) for one in spec.part]})


def of_periods(periods: Sequence[str], found: Sequence[Findings]) -> list[Finding]:
    """What was found in each period as one list: what is true of all is told once, the rest with its period."""
    if not periods:
        return [finding for one in found for finding in one.items]
    common = [finding for finding in found[0].items if all(finding in one.items for one in found[1:])]
    told = list(dict.fromkeys(common))
    for period, one in zip(periods, found, strict=True):
        for finding in one.items:
            if finding in common:
                continue
            dated = finding.message if repr(period) in finding.message else f"{period}: {finding.message}"
            told.append(replace(finding, message=dated))
    return told


def check_periods(spec: IndexSpec, findings: Findings, file: str | None) -> None:
    """Add every fault of the periods of an index, and of what cannot be the same in all of them, to `findings`."""

    def fault(message: str, column: str, value: str | None = None) -> None:
        findings.error("periods", message, file=file, column=column, value=value)

    for part, _, _ in spec.parts():
        where = f"part {part.id!r}"
        if not spec.periods and (part.periods or part.from_in):
            key = "periods" if part.periods else "from_in"
            fault(f"{where} has `{key}`, but the index names no `periods`", f"part.{key}", part.id)
        if spec.periods and part.part and (part.periods or part.from_in):
            key = "periods" if part.periods else "from_in"
            fault(f"{where} has parts of its own: write `{key}` there", f"part.{key}", part.id)
    if not spec.periods:
        return
    for message in _row_of_periods(spec.periods):
        fault(message, "periods")
    if len(spec.periods) == 1:
        fault("`periods` names one period; change needs two or more. For one, write `period`", "periods")
    if spec.period:
        fault("`period` and `periods` are both there; `periods` alone says which, and the last is the newest", "period")
    _check_parts(spec, fault)


def _check_parts(spec: IndexSpec, fault: Fault) -> None:
    """Add what is wrong with the parts of an index of several periods."""
    for part, settings in spec.leaves():
        where = f"part {part.id!r}"
        if part.period:
            message = f"{where} has one `period` for all: it would stand still and hide change. Give it `periods`, one "
            fault(f"{message}for each of the index's, or name it under [[missing]]", "part.period", part.id)
        if part.periods and len(part.periods) != len(spec.periods):
            message = f"{where} has {len(part.periods)} `periods` and the index {len(spec.periods)}; give one for each"
            fault(message, "part.periods", part.id)
        for message in _row_of_periods(part.periods):
            fault(f"{where}: {message}", "part.periods", part.id)
        for period in sorted(set(part.from_in) - set(spec.periods)):
            message = f"{where}: `from_in` names {period!r}, which is no period of the index"
            fault(message, "part.from_in", part.id)
        if settings.method in BY_RANK:
            message = f"{where}: {settings.method} says only where an area stands among the others of a period, and "
            message += "nothing would change where everybody does better; use goalposts, min-max or z-score"
            fault(message, "normalise.method", part.id)
        if settings.reference == "source":
            message = f'{where}: `reference = "source"` is not for several periods; the scale is that of the areas of '
            fault(f"{message}this place in all periods, or goalposts", "normalise.reference", part.id)
    for part, _, _ in spec.parts():
        again = part.renormalise.over(spec.normalise).method if part.renormalise is not None else None
        if again is not None and again not in _FIXED:
            message = f"part {part.id!r} is normalised again by {again}, in each period by another scale; use goalposts"
            fault(message, "part.renormalise", part.id)


def _row_of_periods(periods: Sequence[str]) -> list[str]:
    """What is wrong with a list of periods: text that is none, one twice, the wrong order, two that share a day."""
    found = [f"{one!r} is no period; write 2021, 2021-Q1, 2021-04/2022-03" for one in periods if not is_period(one)]
    found += [f"{one!r} is there {count} times" for one, count in Counter(periods).items() if count > 1]
    known = list(dict.fromkeys(one for one in periods if is_period(one)))
    if known != sorted(known, key=period_middle):
        found.append(f"the oldest comes first: {', '.join(sorted(known, key=period_middle))}")
    for one, other in pairwise(sorted(known, key=period_middle)):
        first, second = period_bounds(one), period_bounds(other)
        if first and second and second[0] < first[1]:
            message = "what happened in both would count twice, and no interval of the change could be told"
            found.append(f"{one} and {other} overlap: {message}")
    return found
