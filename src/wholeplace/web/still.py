"""Pages that stand still: written to files once, with no server behind them that could search, sort or choose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: More rows of a table than this are in its download only.
MOST_ROWS = 2_000

_STILL: ContextVar[bool] = ContextVar("still", default=False)


def is_still() -> bool:
    """Whether the page that is being made will stand still."""
    return _STILL.get()


@contextmanager
def standing_still() -> Iterator[None]:
    """Make pages that stand still: no forms, no orders to choose, every row at once, no scripts."""
    token = _STILL.set(True)
    try:
        yield
    finally:
        _STILL.reset(token)
