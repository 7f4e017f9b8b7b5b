"""Places that are made up: in memory, ready for an engine, or as the files that a user would write."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from wholeplace.place.distributions import parse_distribution
from wholeplace.place.registers import Register
from wholeplace.place.vocabulary import vocabulary
from wholeplace.resilience import Event
from wholeplace.resilience.model import Happening, Network, build_network, happenings_of
from wholeplace.resilience.scenarios.scenario import Scenario
from wholeplace.resilience.scenarios.sections import KINDS, ScenarioSection
from wholeplace.resilience.scenarios.things import Things
from wholeplace.resilience.ticks import TICKS_PER_H

PLACE_TOML = '[place]\ncode = "M01"\nname = "Madeup"\n'


@dataclass(frozen=True)
class MadePlace:
    """Registers (columns of text), and the events of a scenario as its file has them.

    `edges` has the tables along which things spread, by the name of their file.
    """

    registers: Mapping[str, pl.DataFrame]
    events: Sequence[Mapping[str, Any]]
    horizon_h: float
    background: bool = False
    crews: Mapping[str, int] = field(default_factory=dict)
    edges: Mapping[str, pl.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class Ready:
    """What an engine is given."""

    network: Network
    happenings: tuple[Happening, ...]
    crews: Mapping[str, int]
    horizon_ticks: int
    background: bool


def ready(made: MadePlace) -> Ready:
    """Make a place ready for an engine, without files."""
    known = vocabulary().registers
    registers = {
        name: Register(known[name], f"registers/{name}.csv", frame, pl.int_range(2, frame.height + 2, eager=True))
        for name, frame in made.registers.items()
    }
    things = Things(registers)
    events = tuple(_event(number, content, things, made.edges) for number, content in enumerate(made.events, 1))
    settings = ScenarioSection(name="made up", horizon_h=made.horizon_h, background=made.background)
    scenario = Scenario("made-up", settings, events, made.crews)
    network = build_network(registers)
    happenings = happenings_of(scenario, network, registers, lambda _: ((), np.empty(0)))
    return Ready(network, happenings, made.crews, round(made.horizon_h * TICKS_PER_H), made.background)


def _event(number: int, content: Mapping[str, Any], things: Things, edges: Mapping[str, pl.DataFrame]) -> Event:
    section = KINDS[content["kind"]](**content)
    patterns = content["start"] if section.kind == "spread" else content["items"]
    items = sorted({name for pattern in patterns for name in things.matching(pattern)})
    texts = {key: getattr(section, key) for key in section.durations}
    times = {key: parse_distribution(text) for key, text in texts.items() if text}
    return Event(number, section, tuple(items), times, edges=edges.get(content.get("along", "")))


def write_files(made: MadePlace, folder: Path) -> Path:
    """Write a place into an empty folder, its scenario as `scenarios/made-up.toml`; return the folder."""
    for name in ("registers", "scenarios"):
        (folder / name).mkdir()
    (folder / "place.toml").write_text(PLACE_TOML, encoding="utf-8")
    for name, frame in made.registers.items():
        frame.write_csv(folder / "registers" / f"{name}.csv")
    for name, frame in made.edges.items():
        frame.write_csv(folder / name)
    (folder / "scenarios" / "made-up.toml").write_text(scenario_text(made), encoding="utf-8")
    return folder


def scenario_text(made: MadePlace) -> str:
    """The file of the scenario."""
    settings = {"name": "made up", "horizon_h": made.horizon_h, "background": made.background}
    tables = [("[scenario]", settings), *(("[[event]]", event) for event in made.events), ("[crews]", made.crews)]
    return "\n".join("\n".join([head, *_lines(table)]) + "\n" for head, table in tables)


def _lines(table: Mapping[str, Any]) -> list[str]:
    """Keys and values; JSON writes texts, numbers, truths and lists of texts as TOML does."""
    return [f"{key} = {json.dumps(value)}" for key, value in table.items()]
