"""Periods as SDMX writes them: what they span, and which are missing from a run of them."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable

_PERIOD = re.compile(r"(\d{4})(?:-(?:(Q[1-4]|S[12])|W(\d{2})|(\d{2})(?:-(\d{2}))?))?", re.ASCII)


def period_bounds(text: str) -> tuple[dt.date, dt.date] | None:
    """First day of a period and the day after its last one; None for text that is no period.

    Periods are 2021, 2021-Q1, 2021-S1, 2021-03, 2021-W05, 2021-03-21, or two of these as in 2021-04/2022-03.
    """
    first, slash, last = text.partition("/")
    start, end = _bounds(first), _bounds(last) if slash else _bounds(first)
    if start is None or end is None or end[1] <= start[0]:
        return None
    return start[0], end[1]


def middle_month(text: str) -> float | None:
    """The middle of a period of whole months, counted in months from the year 0; None for any other text.

    Months are counted alike however many days they have: 2020 and 2022 are as far from 2021.
    """
    bounds = period_bounds(text)
    if bounds is None or any(day.day != 1 for day in bounds):
        return None
    return sum(day.year * 12 + day.month - 1 for day in bounds) / 2


def period_middle(period: str) -> float:
    """The middle of a period as a year with fraction; 0 for text that is no period."""
    bounds = period_bounds(period)
    return 0.0 if bounds is None else (bounds[0].toordinal() + bounds[1].toordinal()) / 2 / 365.2425


def is_period(text: str) -> bool:
    """Say whether `text` is a period as SDMX writes it and the calendar has it."""
    return period_bounds(text) is not None


def _bounds(text: str) -> tuple[dt.date, dt.date] | None:
    match = _PERIOD.fullmatch(text)
    if not match:
        return None
    year, part, week, month, day = match.groups()
    try:
        if week:
            start = dt.date.fromisocalendar(int(year), int(week), 1)
            return start, start + dt.timedelta(days=7)
        if day:
            start = dt.date(int(year), int(month), int(day))
            return start, start + dt.timedelta(days=1)
        months = {"Q": 3, "S": 6}[part[0]] if part else 1 if month else 12
        first = (int(part[1]) - 1) * months if part else int(month) - 1 if month else 0
        after = int(year) * 12 + first + months
        return dt.date(int(year), first + 1, 1), dt.date(after // 12, after % 12 + 1, 1)
    except (ValueError, OverflowError):
        return None


def gaps(periods: Iterable[str]) -> list[str]:
    """Periods missing from a run of years (calendar or other, as 2021-04/2022-03), half-years, quarters or months.

    A run is three periods or more of one length, each a step or a few from the next, with fewer gaps than periods. The
    step is the shortest there is: a survey of every second year misses nothing in the years between.
    """
    runs: dict[tuple[bool, int, int], set[int]] = defaultdict(set)
    for period in periods:
        months = _months(period)
        if months is not None:
            start, length = months
            runs["/" in period, length, start % length].add(start // length)
    missing = []
    for (ranged, length, phase), run in runs.items():
        held = sorted(run)
        steps = [later - earlier for earlier, later in itertools.pairwise(held)]
        if len(held) < 3 or any(step % min(steps) for step in steps):
            continue
        absent = [number for number in range(held[0], held[-1], min(steps)) if number not in run]
        if len(absent) < len(held):
            missing += [_written(number * length + phase, length, ranged=ranged) for number in absent]
    return missing


def _months(period: str) -> tuple[int, int] | None:
    """First month (counted from the year 0) and number of months of a period of whole months, as gaps are counted."""
    plain = re.fullmatch(r"\d{4}(-(Q\d|S\d|\d\d))?|\d{4}-\d\d/\d{4}-\d\d", period)
    bounds = period_bounds(period) if plain else None
    if bounds is None:
        return None
    start, after = bounds
    return start.year * 12 + start.month - 1, (after.year - start.year) * 12 + after.month - start.month


def _written(start: int, length: int, *, ranged: bool) -> str:
    year, month = divmod(start, 12)
    if ranged:
        last_year, last_month = divmod(start + length - 1, 12)
        return f"{year}-{month + 1:02d}/{last_year}-{last_month + 1:02d}"
    part = {12: "", 6: f"-S{month // 6 + 1}", 3: f"-Q{month // 3 + 1}", 1: f"-{month + 1:02d}"}
    return f"{year}{part[length]}"
