"""What a step of the checklist says, and how."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["done", "look", "not said"]


@dataclass(frozen=True)
class Step:
    """One of the ten steps: `state`, one plain `sentence`, `figures` (what and how much), what to `do`."""

    number: int
    title: str
    state: State
    sentence: str
    figures: tuple[tuple[str, str], ...] = ()
    do: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The step for JSON; each figure has `what` and `value`."""
        return asdict(self) | {"figures": [{"what": what, "value": value} for what, value in self.figures]}


def two(value: float | None) -> str:
    """A number with two places; NaN and None are not known."""
    return "not known" if value is None or value != value else f"{value:.2f}".replace("-", "−")


def joined(names: list[str], most: int = 5) -> str:
    """Names in a row, the first few of many."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
