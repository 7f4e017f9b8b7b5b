"""Scenarios: what happens to a place, and when; read from TOML files and checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from wholeplace.place import Findings, Place
from wholeplace.place.boundaries import Boundaries
from wholeplace.place.config import Steps, read_toml, validate_toml
from wholeplace.place.distributions import Distribution
from wholeplace.place.findings import did_you_mean
from wholeplace.place.registers.field_types import fault_of
from wholeplace.place.vocabulary import vocabulary
from wholeplace.resilience.scenarios.checks import Problems, check_event, check_settings
from wholeplace.resilience.scenarios.sections import KINDS, EventSection, ScenarioFile, ScenarioSection
from wholeplace.resilience.scenarios.things import Things

#: A scenario of more events than this is a mistake of the program that wrote it.
MOST_EVENTS = 10_000
#: So is a file larger than this, which would take minutes to read.
MOST_BYTES = 16 * 1024**2
#: What is said of things and crews that are in no register.
_OF_THINGS = frozenset({"unknown-item", "unknown-reference"})
#: What stands in for a value that is at fault, so that all else can be checked as well.
_STAND_INS = {"name": "scenario", "horizon_h": 1.0, "at_h": "0"}


@dataclass(frozen=True)
class Event:
    """One event, with what its file says of it made out.

    `section` has its keys as written. `items` are the things it names: those it strikes or, for a spread, those it
    starts from; for a hazard, those that it strikes if they are where it is. `times` has the distribution of each key
    that holds one. `curve` (intensity, chance), `footprint` and `edges` (from, to, chance_per_h) are what the files
    hold that it names.
    """

    number: int
    section: EventSection
    items: tuple[str, ...] = ()
    times: Mapping[str, Distribution] = field(default_factory=dict)
    curve: pl.DataFrame | None = None
    footprint: Boundaries | None = None
    edges: pl.DataFrame | None = None

    @property
    def kind(self) -> str:
        return self.section.kind


@dataclass(frozen=True)
class Scenario:
    """A scenario that can be run on a place; `crews` has the sizes that it gives to crews."""

    id: str
    settings: ScenarioSection
    events: tuple[Event, ...]
    crews: Mapping[str, int]


def scenario_files(folder: Path) -> dict[str, Path]:
    """The scenario files of a place folder by id (file stem)."""
    return {path.stem: path for path in sorted((folder / "scenarios").glob("*.toml"))}


def open_scenario(place: Place, scenario: str | Path) -> Scenario:
    """Read the scenario named by id or path.

    Raises
    ------
    FindingsError
        With every fault, or when there is no such scenario.
    """
    findings = Findings()
    found = read_scenario(place, scenario, findings)
    findings.raise_errors(f"the scenario {scenario}")
    assert found is not None  # without a scenario there is an error
    return found


def read_scenario(place: Place, scenario: str | Path, findings: Findings) -> Scenario | None:
    """Read the scenario named by id or path; every fault is an error in `findings`, and with any the answer is None."""
    found = find_scenario(place.folder, scenario, findings)
    return None if found is None else _read(place, *found, Things(place.registers), findings)


def check_scenarios(place: Place, findings: Findings) -> dict[str, Scenario]:
    """Check every scenario of a place, and the risks that name one, adding to `findings`; return those that can be run.

    Where a register could not be read, that is told already; what scenarios miss for want of it is not.
    """
    things = Things(place.registers)
    read = {}
    before = len(findings.items)
    there = {register.file for register in place.registers.values()}
    unread = any((one.file or "").startswith("registers/") and one.file not in there for one in findings.errors)
    for name, path in scenario_files(place.folder).items():
        file = f"scenarios/{path.name}"
        fault = fault_of(vocabulary().registers["services"].by_name["id"], name)
        if fault:
            findings.warning("id-form", f"{fault}; the file of a scenario is named by its id", file=file, value=name)
        scenario = _read(place, path, file, things, findings)
        if scenario is not None:
            read[name] = scenario
    if unread:
        told = findings.items[before:]
        findings.items[before:] = [one for one in told if one.rule not in _OF_THINGS]
    _check_risks(place, findings)
    return read


def _check_risks(place: Place, findings: Findings) -> None:
    """Warn of risks whose scenario has no file."""
    risks = place.registers.get("risks")
    if risks is None:
        return
    files = scenario_files(place.folder)
    cells = zip(risks.rows, risks.column("scenario").str.strip_chars(), strict=True)
    unknown = [(row, name) for row, name in cells if name and name not in files]
    told = ((f"there is no scenario {name!r}{_instead(name, files)}", row, name) for row, name in unknown)
    findings.several("warning", "no-scenario", told, total=len(unknown), file=risks.file, column="scenario")


def find_scenario(folder: Path, scenario: str | Path, findings: Findings) -> tuple[Path, str] | None:
    """The path of a scenario named by id (file stem) or path, and what to call its file; None with an error."""
    files = scenario_files(folder)
    if str(scenario) in files:
        return files[str(scenario)], f"scenarios/{scenario}.toml"
    path = Path(scenario)
    if path.is_file():
        return path, str(scenario)
    message = f"there is no scenario {str(scenario)!r}{_instead(str(scenario), files)}"
    findings.error("no-scenario", message, file="scenarios/")
    return None


def _instead(scenario: str, files: Mapping[str, Path]) -> str:
    """What might be meant by the name of a scenario that is not there."""
    return did_you_mean(scenario, files) or f"; this place has: {', '.join(files) or 'none'}"


def _read(place: Place, path: Path, file: str, things: Things, findings: Findings) -> Scenario | None:
    """Read one scenario file with everything it names."""
    before = len(findings.errors)
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        message = f"holds more than {MOST_BYTES // 1024**2} MiB, which is no scenario; write fewer events with patterns"
        findings.error("too-large", message, file=file)
        return None
    content = read_toml(path, findings, name=file)
    if content is None:
        return None
    written = content.pop("event", [])
    spec = validate_toml(ScenarioFile, content, findings, file=file, stand_in=_stand_in)
    if spec is not None:
        check_settings(spec, place, findings, file=file)
    events = [_event(place, number, one, file, things, findings) for number, one in _events(written, file, findings)]
    if spec is None or len(findings.errors) > before:
        return None
    sound = tuple(event for event in events if event is not None)
    return Scenario(path.stem, spec.scenario, sound, spec.crews)


def _events(written: Any, file: str, findings: Findings) -> list[tuple[int, dict[str, Any]]]:
    """The events of a file, numbered from 1; what is no list of tables is an error."""
    if not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
        message = "event: must be tables; write [[event]], with two brackets on each side, above each"
        findings.error("toml-value", message, file=file, column="event")
        return []
    if len(written) > MOST_EVENTS:
        message = (
            f"has {len(written):,} events, more than {MOST_EVENTS:,}; one event may strike many things: use patterns"
        )
        findings.error("too-many-events", message, file=file, column="event")
        return []
    return list(enumerate(written, 1))


def _event(
    place: Place, number: int, content: dict[str, Any], file: str, things: Things, findings: Findings
) -> Event | None:
    """One event with everything it names; None when it is of no kind."""
    told = Findings()
    kind = content.get("kind")
    event = None
    if not isinstance(kind, str) or kind not in KINDS:
        near = did_you_mean(kind, KINDS) if isinstance(kind, str) else ""
        message = f"needs a `kind`, one of {', '.join(KINDS)}{near}"
        told.error("event-kind", message, column="kind", value=None if kind is None else str(kind))
    else:
        section = validate_toml(KINDS[kind], content, told, file=file, stand_in=partial(_stand_in, content=content))
        if section is not None:
            made = check_event(section, place, things, Problems(told, place.folder))
            event = Event(number, section, **made)
    for one in told.items:  # those of files that it names are told where they lie
        own = one.file in {None, file}
        where = f"event.{number}.{one.column}" if own and one.column else one.column
        message = f"event {number}: {one.message}" if own else f"{one.message} (event {number} of {file})"
        findings.extend([replace(one, file=file if own else one.file, column=where, message=message)])
    return event


def _stand_in(where: Steps, content: Mapping[str, Any] | None = None) -> object:
    """A value that no check finds a fault with, of a list what is sound in it; None where the key can be left out."""
    if where == ("scenario",):
        return {"name": "scenario", "horizon_h": 1.0}
    written = (content or {}).get(str(where[-1]))
    if isinstance(written, list):
        return [one for one in written if isinstance(one, str)]
    return _STAND_INS.get(str(where[-1]))
