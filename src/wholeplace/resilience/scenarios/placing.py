"""Where hazards strike: the chance that each thing is struck by one, from where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.place import Findings, Place
from wholeplace.place.findings import counted
from wholeplace.place.periods import period_middle
from wholeplace.place.tables import as_number
from wholeplace.resilience.scenarios.checks import listed
from wholeplace.resilience.scenarios.polygons import highest_inside, sound_polygons
from wholeplace.resilience.scenarios.positions import Positions, positions_of
from wholeplace.resilience.scenarios.scenario import Event, Scenario
from wholeplace.resilience.scenarios.sections import HazardSection

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Placed:
    """What one hazard strikes, before vulnerability.

    `chances` (0 to 1, higher is likelier to be struck) belong to `things`, the items of the event in code-point order.
    `unplaced` has those that cannot be placed, each with why; `without_value` those where no value says how likely it
    is. Both have the chance 0.
    """

    things: tuple[str, ...]
    chances: Floats
    unplaced: Mapping[str, str]
    without_value: tuple[str, ...]


def place_things(place: Place, event: Event, *, positions: Positions | None = None) -> Placed:
    """Find the chance with which a hazard strikes each of its items, from where they stand.

    With a footprint a thing is struck where its point lies in a polygon or on its border: with what the curve says of
    the intensity there (linear between its rows, flat beyond), or without a curve with the `chance` of the event; of
    several polygons with the highest. Elsewhere the chance is 0.

    With `areas` the value of the indicator is the chance, of its latest period with values, in the thing's area where
    the indicator is known on that geography; else in the area to which look-ups lead from the thing's own, of several
    the one with the largest share; else in the area in which its point lies, of several the one with the highest value.
    Of several geographies with the indicator the first of place.toml counts at each of these steps.

    Do not read the chance of an area as that of a building in it: it is the same for all that stand there.

    Parameters
    ----------
    positions
        Where the things of the place stand, when that is known already; `positions_of(place)` otherwise.

    Raises
    ------
    ValueError
        When the event is no hazard.
    """
    section = event.section
    if not isinstance(section, HazardSection):
        raise ValueError(f"event {event.number} is a {event.kind}; only a hazard strikes by where things stand")
    positions = positions or positions_of(place)
    things = tuple(sorted(event.items))
    if section.areas:
        return _by_areas(place, section.areas, things, positions)
    return _by_footprint(event, section, things, positions)


def check_placing(place: Place, scenarios: Mapping[str, Scenario], findings: Findings) -> None:
    """Give notice of what no hazard of these scenarios can strike: what cannot be placed, and what has no value."""
    hazards = [(name, event) for name, one in scenarios.items() for event in one.events if event.kind == "hazard"]
    positions = positions_of(place) if hazards else None
    for name, event in hazards:
        placed = place_things(place, event, positions=positions)
        assert isinstance(event.section, HazardSection)  # a hazard has no other
        key = "areas" if event.section.areas else "footprint"
        where = {"file": f"scenarios/{name}.toml", "column": f"event.{event.number}.{key}"}
        if placed.unplaced:
            words = [f"{thing} ({why})" for thing, why in placed.unplaced.items()]
            message = f"{_of_all(placed, words)} cannot be placed, so that nothing strikes them: {listed(words)}"
            findings.notice("not-placed", f"event {event.number}: {message}", **where)
        if placed.without_value:
            message = (
                f"{_of_all(placed, placed.without_value)} stand where {event.section.areas} has no value, so that "
                f"nothing strikes them: {listed(placed.without_value)}"
            )
            findings.notice("without-value", f"event {event.number}: {message}", **where)


def _of_all(placed: Placed, some: Sequence[str]) -> str:
    return f"{len(some):,} of {counted(len(placed.things), 'thing')}"


def _by_footprint(event: Event, section: HazardSection, things: tuple[str, ...], positions: Positions) -> Placed:
    assert event.footprint is not None  # a hazard that was read has one, or areas
    numbers = positions.found(things, positions.has_point)
    has_point = numbers >= 0
    shapes = sound_polygons(event.footprint.geometries)
    inside, highest = highest_inside(positions.points[numbers[has_point]], shapes, _chances_within(event, section))
    chances = np.zeros(len(things))
    chances[has_point] = np.where(inside, highest, 0.0)
    has_area = positions.found(things, positions.has_area) >= 0
    why = {
        thing: "has an area but no coordinates" if area else "nothing says where it is"
        for thing, point, area in zip(things, has_point, has_area, strict=True)
        if not point
    }
    return Placed(things, chances, why, ())


def _chances_within(event: Event, section: HazardSection) -> Floats:
    """The chance in each polygon of a footprint; 0 where it has no intensity."""
    assert event.footprint is not None
    chance = np.full(len(event.footprint.geometries), section.chance)
    if not section.intensity:
        return chance
    intensity = as_number(event.footprint.frame[section.intensity]).to_numpy()
    if event.curve is not None:
        chance = np.interp(intensity, event.curve["intensity"].to_numpy(), event.curve["chance"].to_numpy())
    return np.where(np.isnan(intensity), 0.0, chance)


def _by_areas(place: Place, indicator: str, things: tuple[str, ...], positions: Positions) -> Placed:
    numbers = positions.found(things, positions.has_area | positions.has_point)
    held = _held(place, indicator)
    by_code = _by_code(place, held)
    areas = [positions.areas[number] if number >= 0 else "" for number in numbers]
    placed = np.array([area in by_code for area in areas], dtype=bool)
    chances = np.array([by_code.get(area, np.nan) for area in areas], dtype=np.float64)
    has_point = np.array([number >= 0 and positions.has_point[number] for number in numbers], dtype=bool)
    for geography, values in held.items():
        shapes = place.geographies[geography].geometries
        waiting = np.flatnonzero(~placed & has_point)
        if shapes is not None and len(waiting):
            inside, value = highest_inside(
                positions.points[numbers[waiting]], sound_polygons(shapes), values["chance"].to_numpy()
            )
            placed[waiting], chances[waiting] = inside, value
    why = {
        thing: _why_in_no_area(area, point=point, geographies=list(held))
        for thing, area, point, known in zip(things, areas, has_point, placed, strict=True)
        if not known
    }
    without = tuple(things[number] for number in np.flatnonzero(placed & np.isnan(chances)))
    return Placed(things, np.nan_to_num(chances), why, without)


def _why_in_no_area(area: str, *, point: bool, geographies: list[str]) -> str:
    named = " or ".join(geographies)
    if point:
        return f"its point lies in no area of {named}"
    return f"its area {area!r} leads to no area of {named}" if area else "nothing says where it is"


def _held(place: Place, indicator: str) -> dict[str, pl.DataFrame]:
    """The chance in each area (area, chance; null without value) by geography, of the latest period with values."""
    held = {}
    for name, geography in place.geographies.items():
        periods = {
            key.period: series.inside.select("area", pl.col("value").alias("chance"))
            for key, series in place.series.items()
            if key[:2] == (name, indicator) and series.inside["value"].count()
        }
        if periods:
            latest = periods[max(sorted(periods), key=period_middle)]
            held[name] = geography.areas.select("area").join(latest, on="area", how="left", maintain_order="left")
    return held


def _by_code(place: Place, held: Mapping[str, pl.DataFrame]) -> dict[str, float]:
    """The chance by code, of every area that is one of the geographies held or leads to one; NaN without value."""
    tables = list(held.values())
    for geography, values in held.items():
        for source in place.geographies:
            route = place.routes.find(source, geography)
            if route is not None:
                ends = route.frame.join(values.rename({"area": "to_area"}), on="to_area")
                largest = ends.sort("weight", "chance", descending=True, nulls_last=True).unique(
                    "from_area", keep="first", maintain_order=True
                )
                tables.append(largest.select(pl.col("from_area").alias("area"), "chance"))
    chances: dict[str, float] = {}
    for table in tables:
        for area, chance in table.iter_rows():
            chances.setdefault(area, np.nan if chance is None else chance)
    return chances
