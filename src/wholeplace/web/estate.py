"""The registers of a place as their pages see them: records by name, links both ways; as they are or as they were."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from wholeplace.build import Build
from wholeplace.build.registers import THING, register_frames, registers_about
from wholeplace.place.vocabulary import RegisterKind, Vocabulary, vocabulary
from wholeplace.records import WhenError, has_log, open_log, parse_when, registers_as_at
from wholeplace.resilience import Graph

#: Past states of all registers that are kept at hand while the log stays as it is.
_PAST_KEPT = 4


class Estate:
    """All registers at one time. `about` says which there are, `frame` gives the tables of `build.registers`."""

    def __init__(self, about: Mapping[str, Any], frame: Callable[[str], pl.DataFrame], when: str = "") -> None:
        self.about, self._frame, self.when = about, frame, when

    @property
    def vocabulary(self) -> Vocabulary:
        return vocabulary()

    @cached_property
    def registers(self) -> dict[str, dict[str, Any]]:
        """name, title, one, meaning, records, from_log of every register, by name."""
        return {register["name"]: register for register in self.about["registers"]}

    def kind(self, register: str) -> RegisterKind:
        """What the vocabulary says of a register."""
        return self.vocabulary.registers[register]

    def table(self, name: str) -> pl.DataFrame:
        """A table of the estate at a glance."""
        return self._frame(f"estate-{name}")

    def quality(self, name: str) -> pl.DataFrame:
        """A table of the quality of the registers as built: quality, quality-mends or quality-history."""
        return self._frame(name)

    @cached_property
    def graph(self) -> Graph:
        """Who needs whom."""
        return Graph(self._frame("graph-things"), self._frame("graph-rows"))

    def records(self, register: str) -> pl.DataFrame:
        """The records of a register, THING first."""
        return self._frame(f"register-{register}")

    @cached_property
    def _rows(self) -> Mapping[str, Mapping[str, int]]:
        """Where each thing stands in its register."""
        return {name: {thing: row for row, thing in enumerate(self.records(name)[THING])} for name in self.registers}

    def record(self, thing: str) -> dict[str, str] | None:
        """The fields of one thing, blank ones left out; None where there is no such thing."""
        found = self.vocabulary.split(thing)
        row = None if found is None else self._rows.get(found[0].name, {}).get(thing)
        if found is None or row is None:
            return None
        fields = self.records(found[0].name).row(row, named=True)
        return {field: text for field, text in fields.items() if text and field != THING}

    @cached_property
    def _users(self) -> dict[str, list[tuple[str, str, str]]]:
        used: dict[str, list[tuple[str, str, str]]] = {}
        for thing, register, field, refers_to in self._frame("references").iter_rows():
            used.setdefault(refers_to, []).append((thing, register, field))
        return used

    def used_by(self, thing: str) -> list[tuple[str, str, str]]:
        """Who names a thing: (thing, register, field), dependency rows left out."""
        return self._users.get(thing, [])

    def risks_of(self, scenario: str) -> list[str]:
        """The risks that a scenario plays through."""
        if "risks" not in self.registers or "scenario" not in (risks := self.records("risks")).columns:
            return []
        return risks.filter(pl.col("scenario").str.strip_chars() == scenario)[THING].to_list()

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """What each thing is called, where it has a name."""
        frames = (self.records(name) for name in self.registers)
        named = (
            frame.filter(pl.col("name") != "").select(THING, "name") for frame in frames if "name" in frame.columns
        )
        return {thing: name for frame in named for thing, name in frame.iter_rows()}

    def label(self, thing: str) -> str:
        """What a thing is called; its full name where it is called nothing."""
        return self.labels.get(thing, thing)


def present_estate(build: Build) -> Estate:
    """The registers as they were built."""
    about = build.json("registers") if build.has("registers.json") else {"registers": []}
    return Estate(about, build.frame)


def past_estate(folder: Path, when: str, timezone: str) -> Estate:
    """The registers as the log had them at a date or time.

    Raises WhenError for text that is no time, and where there is no log.
    """
    time = parse_when(when, timezone)
    if not has_log(folder):
        raise WhenError("this place has no records log yet, so that only the present can be shown")
    with open_log(folder) as log:
        head = log.head
    day = dt.datetime.fromisoformat(time).astimezone(zoneinfo.ZoneInfo(timezone)).date()
    about, frames = _past(folder, head, time, day)
    return Estate(about, frames.__getitem__, when)


@lru_cache(maxsize=_PAST_KEPT)
def _past(folder: Path, head: str, time: str, day: dt.date) -> tuple[dict[str, Any], dict[str, pl.DataFrame]]:
    """All tables as at a time.

    `head` is there to be remembered by: any later entry, an erasure or another log put in its place is read anew.
    """
    with open_log(folder) as log:
        registers = registers_as_at(log, time)
    return registers_about(registers, day), register_frames(registers, day)
