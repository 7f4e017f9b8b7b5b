"""What a scenario file may hold: its settings and the five kinds of event, with what they are by default."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator

from wholeplace.place.config import Section


def _duration(value: object) -> object:
    """Let a number of hours pass where a distribution may stand."""
    return repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _moment(value: object) -> object:
    """Let a day without an hour pass as its midnight."""
    return dt.datetime.combine(value, dt.time()) if type(value) is dt.date else value


#: Hours as text: a number or a distribution.
Duration = Annotated[str, BeforeValidator(_duration)]
Moment = Annotated[dt.datetime, BeforeValidator(_moment)]


class ScenarioSection(Section):
    name: str
    horizon_h: float
    background: bool = False
    start: Moment | None = None
    about: str = ""


class EventSection(Section):
    """What every kind of event has; `durations` names the keys that hold a distribution."""

    durations: ClassVar[tuple[str, ...]] = ("at_h", "repair")
    kind: str
    at_h: Duration
    chance: float = 1.0


class FailSection(EventSection):
    """Things fail."""

    kind: Literal["fail"]
    items: list[str] = []
    where: str = ""
    together: bool = False
    repair: Duration = ""


class HazardSection(EventSection):
    """Things fail where something harmful is."""

    kind: Literal["hazard"]
    footprint: str = ""
    areas: str = ""
    intensity: str = ""
    curve: str = ""
    applies_to: list[str] = ["site", "utility"]
    where: str = ""
    together: bool = False
    repair: Duration = ""


class AbsenceSection(EventSection):
    """Some members of teams are away. Without `lasts` they stay away."""

    durations: ClassVar[tuple[str, ...]] = ("at_h", "share", "lasts")
    kind: Literal["absence"]
    items: list[str] = []
    where: str = ""
    share: Duration = ""
    lasts: Duration = "never"


class SpreadSection(EventSection):
    """Something spreads from thing to thing until it is contained."""

    durations: ClassVar[tuple[str, ...]] = ("at_h", "contain_h", "repair")
    kind: Literal["spread"]
    start: list[str] = []
    along: str = "dependencies"
    chance_per_h: float | None = None
    contain_h: Duration = "never"
    applies_to: list[str] = ["system", "dataset"]
    repair: Duration = ""


class ExitSection(EventSection):
    """Suppliers stop, and every system that they supply."""

    durations: ClassVar[tuple[str, ...]] = ("at_h", "notice_h", "repair")
    kind: Literal["exit"]
    items: list[str] = []
    where: str = ""
    notice_h: Duration = "0"
    repair: Duration = ""


#: Every kind of event by its name.
KINDS: dict[str, type[EventSection]] = {
    "fail": FailSection,
    "hazard": HazardSection,
    "absence": AbsenceSection,
    "spread": SpreadSection,
    "exit": ExitSection,
}


class ScenarioFile(Section):
    """A scenario file but for its events, each of which is of a kind of its own."""

    scenario: ScenarioSection
    crews: dict[str, int] = {}
