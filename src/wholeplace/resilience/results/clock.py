"""Hours of a scenario as people say them."""

from __future__ import annotations

import datetime as dt


def moment(hour: float, start: dt.datetime | None) -> str:
    """An hour as people say it: `at 09:40 on day 2`, or `after 33 h 40 min` where it is not known when hour 0 is."""
    if start is None:
        return "at the start" if hour == 0 else f"after {hours(hour)}"
    at = start + dt.timedelta(hours=hour)
    return f"at {at:%H:%M} on day {(at.date() - start.date()).days + 1}"


def hours(length_h: float) -> str:
    """A length of time in days, hours and minutes, the smallest left out where it says little."""
    minutes = round(length_h * 60)
    days, minutes = divmod(minutes, 24 * 60) if minutes >= 48 * 60 else (0, minutes)
    whole, minutes = divmod(minutes, 60)
    parts = [(days, "days"), (whole, "h"), (0 if days else minutes, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "less than a minute"
