"""Small cases, one for each rule of dependencies and scenarios, with what must come out worked out by hand.

They belong to no engine: `cases` has them all, and `opened_case` makes one ready to be run by any.
Durations are fixed and chances 0 or 1, so that one trial of any seed gives the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tests.places import PLACE_TOML
from tests.registers import write_registers
from tests.scenarios import opened, read

from wholeplace.resilience import Scenario
from wholeplace.resilience.model import Happening, Network, build_network, happenings_of

#: Figures of one thing: downtime_h, outages, longest outage in hours.
Figures = tuple[float, int, float]


@dataclass(frozen=True)
class RuleCase:
    """A case: its registers as CSV text, the rest of its scenario file, and the figures of all things that lose any.

    Things that are not in `expected` lose nothing. `restored_h` is None where it is the horizon, not restored.
    """

    name: str
    registers: Mapping[str, str]
    events: str
    expected: Mapping[str, Figures]
    restored_h: float | None
    files: Mapping[str, str] = field(default_factory=dict)
    horizon_h: float = 100.0
    background: bool = False

    @property
    def scenario(self) -> str:
        background = str(self.background).lower()
        return f'[scenario]\nname = "case"\nhorizon_h = {self.horizon_h}\nbackground = {background}\n{self.events}'


@dataclass(frozen=True)
class Opened:
    """A case ready to be run."""

    network: Network
    scenario: Scenario
    happenings: tuple[Happening, ...]


def opened_case(case: RuleCase, folder: Path) -> Opened:
    """Write a case as a place folder, read it back as any place is read, and make it ready."""
    (folder / "place.toml").write_text(PLACE_TOML, encoding="utf-8")
    (folder / "scenarios").mkdir()
    for name, text in case.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    place = opened(write_registers(folder, dict(case.registers)))
    scenario, findings = read(place, case.scenario)
    assert scenario is not None, findings.items
    network = build_network(place.registers)
    happenings = happenings_of(scenario, network, place.registers, lambda _: ((), np.empty(0)))
    return Opened(network, scenario, happenings)


def figures_of(network: Network, downtime_h: object, outages: object, longest_ticks: object) -> dict[str, Figures]:
    """Figures of the things that lose any, from arrays in the order of the network's things."""
    rows = np.column_stack([np.asarray(downtime_h, dtype=float), np.asarray(outages, dtype=float),
                            np.asarray(longest_ticks, dtype=float) / 3.6e9])  # fmt: skip
    named = zip(network.things.names, rows.tolist(), strict=True)
    return {name: (row[0], int(row[1]), row[2]) for name, row in named if any(row)}


def table(columns: str, *rows: str) -> str:
    return "\n".join([columns, *rows]) + "\n"


def systems(*rows: str, columns: str = "id,repair,crew") -> dict[str, str]:
    """Systems; what a row leaves out at its end is blank."""
    width = columns.count(",")
    return {"systems": table(columns, *(row + "," * (width - row.count(",")) for row in rows))}


def needs(*rows: str, columns: str = "tolerance_h") -> dict[str, str]:
    """Dependencies between systems, written `c a …` for a row of which c is the dependent and a the provider."""
    found = []
    for row in rows:
        dependent, provider, *others = row.split()
        names = (one if ":" in one else f"system:{one}" for one in (dependent, provider))
        found.append(",".join([*names, *(("" if one == "-" else one) for one in others)]))
    width = columns.count(",") + 2
    padded = (row + "," * (width - row.count(",")) for row in found)
    return {"dependencies": table(f"dependent,provider,{columns}", *padded)}


def crews(**sizes: int) -> dict[str, str]:
    return {"crews": table("id,size", *(f"{name},{size}" for name, size in sizes.items()))}


def event(kind: str, at_h: float, items: str, **others: object) -> str:
    """An event; `items` are system ids, or names or patterns with their prefix, with spaces between."""
    names = [one if ":" in one else f"system:{one}" for one in items.split()]
    keys = {"start" if kind == "spread" else "items": names, **others}
    lines = [f"{key} = {_written(value)}" for key, value in keys.items()]
    return "\n".join(["[[event]]", f'kind = "{kind}"', f"at_h = {at_h}", *lines]) + "\n"


def _written(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(f'"{one}"' for one in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def fail(at_h: float, items: str, repair: str | float | None = None, **others: object) -> str:
    return event("fail", at_h, items, **({} if repair is None else {"repair": repair}), **others)


def down(hours: float) -> Figures:
    """The figures of a thing with one outage of so many hours."""
    return (hours, 1, hours)


def cases() -> dict[str, RuleCase]:
    """Every case by its name."""
    from tests.resilience import rule_cases_d, rule_cases_e, rule_cases_loops

    every = [*rule_cases_d.CASES, *rule_cases_loops.CASES, *rule_cases_e.CASES]
    assert len({case.name for case in every}) == len(every)
    return {case.name: case for case in every}
