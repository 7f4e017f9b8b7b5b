"""The registers of a place as their pages see them: records by name, links both ways, and what they were before."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from wholeplace.build import Build
from wholeplace.build.registers import THING
from wholeplace.place.vocabulary import RegisterKind, Vocabulary, vocabulary
from wholeplace.records import has_log, open_log, parse_when, register_as_at
from wholeplace.resilience import Graph

#: Past states of registers that are kept at hand; what was cannot change.
_PAST_KEPT = 16


class Estate:
    """The registers of one build."""

    def __init__(self, folder: Path, build: Build) -> None:
        self.folder, self._build = folder, build

    @cached_property
    def about(self) -> dict[str, Any]:
        """The day the estate was looked at, and the registers there are; empty where the build holds none."""
        return dict(self._build.json("registers")) if self._build.has("registers.json") else {"registers": []}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return vocabulary()

    @cached_property
    def registers(self) -> dict[str, dict[str, Any]]:
        """name, title, one, meaning, records, from_log of every register, by name."""
        return {register["name"]: register for register in self.about["registers"]}

    def kind(self, register: str) -> RegisterKind:
        return self.vocabulary.registers[register]

    def table(self, name: str) -> pl.DataFrame:
        """A table of the estate at a glance."""
        return self._build.frame(f"estate-{name}")

    @cached_property
    def graph(self) -> Graph:
        return Graph(self._build.frame("graph-things"), self._build.frame("graph-rows"))

    def records(self, register: str, when: str = "") -> pl.DataFrame:
        """The records of a register, THING first: as built, or as the log had them at a date or time.

        Raises WhenError for text that is no time.
        """
        if not when:
            return self._build.frame(f"register-{register}")
        time = self.time_of(when)
        return _past(self.folder, register, time, _last_entry(self.folder, time))

    def time_of(self, when: str) -> str:
        """A date or time as the log writes it. Raises WhenError for text that is none."""
        return parse_when(when, str(self._build.place.get("timezone") or "UTC"))

    @cached_property
    def _rows(self) -> Mapping[str, Mapping[str, int]]:
        """Where each thing stands in its register."""
        return {name: {thing: row for row, thing in enumerate(self.records(name)[THING])} for name in self.registers}

    def record(self, thing: str, when: str = "") -> dict[str, str] | None:
        """The fields of one thing, blank ones left out; None where there is no such thing."""
        found = self.vocabulary.split(thing)
        if found is None or found[0].name not in self.registers:
            return None
        name = found[0].name
        if when:
            rows = self.records(name, when).filter(pl.col(THING) == thing).to_dicts()
        else:
            row = self._rows[name].get(thing)
            rows = [] if row is None else [self.records(name).row(row, named=True)]
        return {field: text for field, text in rows[0].items() if text and field != THING} if rows else None

    @cached_property
    def _users(self) -> dict[str, list[tuple[str, str, str]]]:
        """Thing -> (thing, register, field) that names it."""
        used: dict[str, list[tuple[str, str, str]]] = {}
        for thing, register, field, refers_to in self._build.frame("references").iter_rows():
            used.setdefault(refers_to, []).append((thing, register, field))
        return used

    def used_by(self, thing: str) -> list[tuple[str, str, str]]:
        """Who names a thing: (thing, register, field), dependency rows left out."""
        return self._users.get(thing, [])

    def label(self, thing: str) -> str:
        """What a thing is called; its full name where it is called nothing."""
        record = self.record(thing)
        return (record or {}).get("name", "") or thing

    @property
    def has_log(self) -> bool:
        return has_log(self.folder)


def _last_entry(folder: Path, time: str) -> int:
    """The number of the last entry up to a time: while it is the same, so is what was."""
    if not has_log(folder):
        return 0
    with open_log(folder) as log:
        return log.last_number_at(time)


@lru_cache(maxsize=_PAST_KEPT)
def _past(folder: Path, register: str, time: str, last: int) -> pl.DataFrame:
    """A register as the log had it; `last` is part of what the answer is kept by."""
    found = register_as_at(folder, register, time)
    return found.frame.insert_column(0, found.names.alias(THING)).sort(THING)
