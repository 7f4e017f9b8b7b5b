"""Findings: what a check has to say, collected so that every problem is told at once."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from wholeplace.errors import WholeplaceError

Level = Literal["error", "warning", "notice"]

#: A file with ten million wrong cells is one problem to its owner; past this many of one kind the rest are counted.
MOST_OF_ONE_KIND = 100


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 area, 1,200 areas."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def did_you_mean(asked: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` when one of the known names is much like the one asked for, else nothing."""
    near = difflib.get_close_matches(asked, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


@dataclass(frozen=True)
class Finding:
    """One thing a check found.

    `rule` is a stable code for counting; `message` says what is wrong and what to do. `row` is the row as a
    spreadsheet numbers it (the header is row 1).
    """

    level: Level
    rule: str
    message: str
    file: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    def __str__(self) -> str:
        places = [self.file] if self.file else []
        places += [f"row {self.row}"] if self.row is not None else []
        places += [f"column {self.column}"] if self.column else []
        where = ", ".join(places)
        value = f" (value {self.value!r})" if self.value is not None else ""
        return f"{self.level}: {where + ': ' if where else ''}{self.message}{value} [{self.rule}]"


class FindingsError(WholeplaceError, ValueError):
    """Raised when at least one finding is an error; `findings` holds all of them."""

    def __init__(self, findings: Iterable[Finding], subject: str = "") -> None:
        self.findings = list(findings)
        errors = [finding for finding in self.findings if finding.level == "error"]
        count = counted(len(errors), "problem")
        head = f"{subject}: {count}" if subject else count
        super().__init__("\n".join([head, *(f"  {error}" for error in errors)]))


@dataclass
class Findings:
    """A collector that checks add to while they run.

    `most` findings of one kind are listed, the rest counted; `file` is where a finding lies that names no file.
    """

    items: list[Finding] = field(default_factory=list)
    strict: bool = False
    most: int = MOST_OF_ONE_KIND
    file: str | None = None

    def error(self, rule: str, message: str, **where: object) -> None:
        self._add("error", rule, message, where)

    def warning(self, rule: str, message: str, **where: object) -> None:
        self._add("error" if self.strict else "warning", rule, message, where)

    def notice(self, rule: str, message: str, **where: object) -> None:
        self._add("notice", rule, message, where)

    def _add(self, level: Level, rule: str, message: str, where: dict[str, object]) -> None:
        self.items.append(Finding(level, rule, message, **{"file": self.file, **where}))  # type: ignore[arg-type]

    def several(
        self,
        level: Level,
        rule: str,
        told: Iterable[tuple[str, int | None, str | None]],
        *,
        total: int,
        file: str,
        column: str | None = None,
    ) -> None:
        """Add one finding for each (message, row, value), at most `most`; the rest are counted in a last one."""
        add = {"error": self.error, "warning": self.warning, "notice": self.notice}[level]
        shown = 0
        for message, row, value in itertools.islice(told, self.most):
            add(rule, message, file=file, row=row, column=column, value=value)
            shown += 1
        if total > shown:
            add(rule, f"… and {total - shown:,} more with the same problem", file=file, column=column)

    def cells(
        self,
        level: Level,
        rule: str,
        message: str,
        cells: Iterable[tuple[int, str | None]],
        *,
        total: int,
        file: str,
        column: str,
    ) -> None:
        """Add one finding of the same words for each cell (row, value); see `several`."""
        told = ((message, row, value) for row, value in cells)
        self.several(level, rule, told, total=total, file=file, column=column)

    def extend(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            strict_error = self.strict and finding.level == "warning"
            self.items.append(replace(finding, level="error") if strict_error else finding)

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.items if finding.level == "error"]

    def raise_errors(self, subject: str = "") -> None:
        if self.errors:
            raise FindingsError(self.items, subject)
