"""Check a scenario against the place it is for: numbers, durations, and the things, crews and indicators it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import polars as pl

from wholeplace.place import Findings, Place
from wholeplace.place.distributions import Distribution, DistributionError, parse_distribution
from wholeplace.place.findings import counted, did_you_mean
from wholeplace.place.registers.field_types import fault_of
from wholeplace.place.vocabulary import vocabulary
from wholeplace.resilience.scenarios.sections import (
    AbsenceSection,
    EventSection,
    ExitSection,
    FailSection,
    HazardSection,
    ScenarioFile,
    SpreadSection,
)
from wholeplace.resilience.scenarios.tables import read_curve, read_edges, read_footprint
from wholeplace.resilience.scenarios.things import Things
from wholeplace.resilience.scenarios.where_clause import WhereError, parse_where

#: Distributions that can give a share: those of which no draw need be above 1.
_OF_SHARES = ("fixed", "uniform", "triangular", "beta")
#: Names shown of a longer list.
_SHOWN = 5


@dataclass(frozen=True)
class Problems:
    """Where the faults of one event go, and the folder from which its files are found."""

    findings: Findings
    folder: Path

    def error(self, rule: str, message: str, *, key: str, value: object = None) -> None:
        self.findings.error(rule, message, column=key, value=None if value is None else str(value))

    def told_of(self, key: str) -> bool:
        """Whether a value of the key is known to be at fault already."""
        return any((one.column or "").split(".")[0] == key for one in self.findings.items)


def check_settings(spec: ScenarioFile, place: Place, findings: Findings, *, file: str) -> None:
    """Check everything of a scenario but its events."""
    settings = spec.scenario
    if not settings.name.strip():
        findings.error("required", "a scenario needs a `name` that says what happens", file=file,
                       column="scenario.name", value=settings.name)  # fmt: skip
    if not (isfinite(settings.horizon_h) and settings.horizon_h > 0):
        findings.error("out-of-range", "`horizon_h` must be above 0: the hours that are looked at", file=file,
                       column="scenario.horizon_h", value=str(settings.horizon_h))  # fmt: skip
    crews = place.registers.get("crews")
    known = list(crews.keys) if crews is not None else []
    size = vocabulary().registers["crews"].by_name["size"]
    for crew, number in spec.crews.items():
        if crew not in known:
            near = did_you_mean(crew, known) or f"; there are: {listed(known)}"
            message = f"[crews] names a crew that is not in registers/crews.csv: {crew!r}{near}"
            findings.error("unknown-reference", message, file=file, column=f"crews.{crew}", value=crew)
        fault = fault_of(size, str(number))
        if fault:
            message = f"[crews] gives {crew!r} a size that {fault}"
            findings.error("out-of-range", message, file=file, column=f"crews.{crew}", value=str(number))


def check_event(section: EventSection, place: Place, things: Things, problems: Problems) -> dict[str, Any]:
    """Check one event of a known kind; return what it names, made out, as fields of an `Event`."""
    _check_chance(section.chance, "chance", problems)
    times = _durations(section, problems)
    made: dict[str, Any] = {"times": times}
    if isinstance(section, FailSection):
        items = _items(section.items, "items", section.where, things, problems)
        _check_repair(section, items, things, problems)
    elif isinstance(section, HazardSection):
        items = _of_where(_of_kinds(section.applies_to, things, problems), section.where, things, problems)
        made |= _hazard(section, place, problems)
    elif isinstance(section, AbsenceSection):
        items = _items(section.items, "items", section.where, things, problems, only="team")
        _check_share(section, times, problems)
    elif isinstance(section, SpreadSection):
        items = _items(section.start, "start", "", things, problems)
        _of_kinds(section.applies_to, things, problems)
        made |= _spread(section, things, problems)
    elif isinstance(section, ExitSection):
        items = _items(section.items, "items", section.where, things, problems, only="supplier")
    return made | {"items": tuple(items)}


def _check_chance(chance: float, key: str, problems: Problems) -> None:
    if not 0 <= chance <= 1:
        problems.error("out-of-range", f"`{key}` must lie between 0 and 1", key=key, value=chance)


def _durations(section: EventSection, problems: Problems) -> dict[str, Distribution]:
    """The distributions that an event gives, by key."""
    found = {}
    for key in section.durations:
        text = getattr(section, key)
        if not text.strip():
            if key in section.model_fields_set:
                problems.error("required", f"`{key}` is empty; write hours or a distribution, or leave it out", key=key)
            continue
        try:
            found[key] = parse_distribution(text)
        except DistributionError as error:
            problems.error("distribution", f"`{key}`: {error}", key=key, value=text)
    return found


def _items(
    patterns: Iterable[str], key: str, where: str, things: Things, problems: Problems, *, only: str = ""
) -> list[str]:
    """The things that patterns mean and a condition holds for; of one kind where `only` is its prefix."""
    patterns = list(patterns)
    if not patterns and not problems.told_of(key):
        problems.error("required", f"says nothing of what it strikes; list names or patterns in `{key}`", key=key)
    found: dict[str, None] = {}
    for pattern in patterns:
        named = things.matching(pattern)
        if not named:
            near = things.nearest(pattern)
            hint = f"; did you mean {near!r}?" if near else "; names look like system:email, patterns like site:*"
            message = f"`{key}` matches nothing in the registers that can fail{hint}"
            problems.error("unknown-item", message, key=key, value=pattern)
        others = [name for name in named if only and not name.startswith(f"{only}:")]
        if others:
            message = f"`{key}` must be of the kind {only}: and means others here: {listed(others)}"
            problems.error("wrong-kind", message, key=key, value=pattern)
        found |= dict.fromkeys(named)
    return _of_where(sorted(found), where, things, problems)


def _of_where(names: list[str], where: str, things: Things, problems: Problems) -> list[str]:
    """Those of some things for which a condition holds; all of them without one."""
    if not where.strip():
        return names
    try:
        condition = parse_where(where)
    except WhereError as error:
        problems.error("where", f"`where`: {error}", key="where", value=where)
        return names
    known = things.fields
    for field in condition.fields:
        if field not in known:
            message = f"`where` names a field that no register has: {field!r}{did_you_mean(field, known)}"
            problems.error("where", message, key="where", value=where)
    return things.where(names, condition)


def _of_kinds(prefixes: list[str], things: Things, problems: Problems) -> list[str]:
    """The things of some kinds."""
    known = [kind.prefix for kind in vocabulary().registers.values() if kind.can_fail]
    for prefix in prefixes:
        if prefix not in known:
            message = f"`applies_to` names no kind of thing that can fail; there are: {', '.join(known)}"
            problems.error("wrong-kind", f"{message}{did_you_mean(prefix, known)}", key="applies_to", value=prefix)
    return things.of_kinds(prefixes)


def _check_repair(section: FailSection, items: list[str], things: Things, problems: Problems) -> None:
    """Warn of what would stay down to the horizon because nothing says how long its repair takes."""
    if section.repair:
        return
    without = [name for name in items if name not in things.with_repair]
    if without:
        message = (
            f"nothing says how long {counted(len(without), 'thing')} would take to repair, so that they stay down to "
            f"the end: {listed(without)}; give the event a `repair`, or them one in their register"
        )
        problems.findings.warning("no-repair", message, column="repair")


def _check_share(section: AbsenceSection, times: Mapping[str, Distribution], problems: Problems) -> None:
    if not section.share.strip():
        if not problems.told_of("share"):
            message = 'does not say how many are away; give `share`, such as 0.3 or "beta(2, 8)"'
            problems.error("required", message, key="share")
        return
    share = times.get("share")
    if share is None:
        return
    if share.kind not in _OF_SHARES or (share.kind != "beta" and max(share.numbers) > 1):
        message = f"`share` must lie between 0 and 1; write a number or one of {', '.join(_OF_SHARES)}"
        problems.error("out-of-range", message, key="share", value=section.share)


def _spread(section: SpreadSection, things: Things, problems: Problems) -> dict[str, Any]:
    rate = section.chance_per_h
    along_dependencies = section.along == "dependencies"
    if rate is not None and not (isfinite(rate) and rate >= 0):
        problems.error("out-of-range", "`chance_per_h` must be a rate of 0 or more", key="chance_per_h", value=rate)
    if along_dependencies and rate is None and not problems.told_of("chance_per_h"):
        message = "does not say how fast it spreads; give `chance_per_h`, the strikes on a neighbour an hour"
        problems.error("required", message, key="chance_per_h")
    if along_dependencies:
        return {}
    if not along_dependencies and rate is not None:
        message = "the file that `along` names has rates of its own, so that `chance_per_h` changes nothing"
        problems.findings.warning("no-effect", message, column="chance_per_h", value=str(rate))
    if "." not in section.along:
        message = '`along` must be "dependencies" or name a CSV with the columns from, to, chance_per_h'
        problems.error("wrong-kind", message, key="along", value=section.along)
        return {}
    return {"edges": read_edges(problems.folder, section.along, things, problems.findings)}


def _hazard(section: HazardSection, place: Place, problems: Problems) -> dict[str, Any]:
    """What the files and the indicator of a hazard hold."""
    if not section.footprint and not section.areas and not (problems.told_of("footprint") or problems.told_of("areas")):
        message = "does not say where it strikes; give a `footprint` (GeoJSON) or `areas` (an indicator)"
        problems.error("required", message, key="footprint")
    if section.footprint and section.areas:
        message = "has both a `footprint` and `areas`; keep the one that says where it strikes"
        problems.error("contradiction", message, key="areas", value=section.areas)
    if section.areas:
        _check_areas(section.areas, place, problems)
    _check_intensity(section, problems)
    made: dict[str, Any] = {}
    if section.footprint:
        made["footprint"] = read_footprint(place, section.footprint, section.intensity, problems.findings)
    if section.curve:
        made["curve"] = read_curve(problems.folder, section.curve, problems.findings)
    return made


def _check_intensity(section: HazardSection, problems: Problems) -> None:
    """A curve and the intensity it is read at belong together, and to a footprint; without them `chance` holds."""
    if section.footprint and section.curve and not section.intensity:
        message = "has a `curve` but no `intensity`: the property of the footprint at which the curve is read"
        problems.error("required", message, key="intensity")
    idle = {}
    if section.areas:
        idle = dict.fromkeys(("curve", "intensity", "chance"), "the indicator is the chance")
    elif section.curve:
        idle = {"chance": "the curve gives the chance"}
    elif section.intensity:
        idle = {"intensity": "there is no `curve` that turns it into a chance; where it is blank nothing is struck"}
    for key, because in idle.items():
        if key in section.model_fields_set and getattr(section, key) != "":
            message = f"`{key}` changes nothing here: {because}"
            problems.findings.warning("no-effect", message, column=key, value=str(getattr(section, key)))


def _check_areas(indicator: str, place: Place, problems: Problems) -> None:
    """Check that an indicator is there and that its values are chances."""
    if indicator not in place.indicators:
        near = did_you_mean(indicator, place.indicators) or "; add it there, or mend the name"
        message = f"`areas` names an indicator that is not in indicators.csv{near}"
        problems.error("unknown-indicator", message, key="areas", value=indicator)
        return
    held = [series for key, series in place.series.items() if key.indicator == indicator]
    if not any(series.inside["value"].count() for series in held):
        problems.error("no-values", "`areas` names an indicator without values", key="areas", value=indicator)
    values = pl.concat([pl.Series(dtype=pl.Float64), *(series.frame["value"].drop_nulls() for series in held)])
    wrong = values.filter(~values.is_between(0, 1))
    if not wrong.is_empty():
        message = (
            f"`areas` must be an indicator whose values are chances between 0 and 1; {counted(wrong.len(), 'value')} "
            f"of {values.len():,} lie outside, the farthest {wrong[(wrong - 0.5).abs().arg_max() or 0]:g}"
        )
        problems.error("out-of-range", message, key="areas", value=indicator)
    elif place.indicators[indicator].unit == "%":
        message = f"`areas` takes values as chances from 0 to 1, and {indicator} is in %: 0.8 would be a chance of 0.8"
        problems.findings.warning("unit", message, column="areas", value=indicator)


def listed(names: Sequence[str]) -> str:
    """The first few of some names, and how many more there are."""
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return (", ".join(names[:_SHOWN]) or "none") + more
