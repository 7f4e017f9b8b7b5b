"""What a step of the checklist says, and how."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from math import isnan
from typing import Any, Literal

State = Literal["done", "look", "open"]


@dataclass(frozen=True)
class Step:
    """One of the ten steps.

    `state` is done, look (something wants a person's eye) or open (a person must still write, or do, something).
    `sentence` and `figures` (what and how much) are what the program found, `data` the same as numbers; `said` is
    what the makers wrote of it in the index file, `do` what is left to do.
    """

    number: int
    title: str
    state: State
    sentence: str
    figures: tuple[tuple[str, str], ...] = ()
    do: str = ""
    said: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The step for JSON; each figure has `what` and `value`."""
        return asdict(self) | {"figures": [{"what": what, "value": value} for what, value in self.figures]}


def two(value: float | None) -> str:
    """A number with two places; NaN and None are not known."""
    return "not known" if value is None or isnan(value) else f"{value:.2f}".replace("-", "−")


def joined(names: list[str], most: int = 5) -> str:
    """Names in a row, the first few of many."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
