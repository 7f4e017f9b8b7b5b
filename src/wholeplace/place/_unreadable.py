"""What the readers of table files share: the exception that becomes a finding, and how much they will read."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence

#: Nothing a place is built from is larger; a small archive that unpacks to more is a mistake or an attack.
MOST_BYTES = 1024**3


class UnreadableError(Exception):
    """A file that cannot be used; carries the rule and the words for the finding, and where it is."""

    def __init__(self, rule: str, message: str, **where: object) -> None:
        super().__init__(message)
        self.rule, self.where = rule, where


def check_header(header: Sequence[str]) -> None:
    """Refuse a header with two columns of one name; blank names cannot be asked for and may repeat."""
    twice = [name for name, count in Counter(header).items() if count > 1 and name]
    if twice:
        message = f"has two columns of one name: {', '.join(twice)}"
        raise UnreadableError("header-twice", message, row=1, column=twice[0])


@contextlib.contextmanager
def refusing_damage(rule: str, words: str) -> Iterator[None]:
    """Turn whatever a library makes of a damaged file, a panic of its Rust code included, into UnreadableError."""
    try:
        yield
    except (UnreadableError, OSError, MemoryError):
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise  # the user's own interruption
        lines = str(error).splitlines()
        raise UnreadableError(rule, f"{words}: {lines[0] if lines else 'it is damaged'}") from None
