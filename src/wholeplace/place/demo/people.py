"""Residents by age, households and postcodes of the demo place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from wholeplace.place.demo import naming
from wholeplace.place.demo.character import Character, stream
from wholeplace.place.demo.landscape import ORIGIN, Floats, Ints, nearest, to_wgs84
from wholeplace.place.demo.town import Town

AGES = 91
OLD_PERIOD, PERIODS = "2019", ("2021", "2024")
RESIDENTS_AN_AREA, LEAST_RESIDENTS, MOST_RESIDENTS = 1480.0, 1000, 3000
HOUSEHOLDS_A_POSTCODE = 17
#: No flood of the river reaches farther.
WIDEST_FLOOD_M = 750.0


@dataclass(frozen=True)
class People:
    """Residents of each area by single year of age (the last column is 90 and over) and households, by period.

    `old_residents`, `old_working_age` are those of 2019 in the areas of the older vintage; `bases` are the
    denominators that indicators may use.
    """

    by_age: dict[str, Ints]
    households: dict[str, Ints]
    old_residents: Ints
    old_working_age: Ints
    bases: dict[str, dict[str, Ints]]

    def residents(self, period: str) -> Ints:
        total: Ints = self.by_age[period].sum(axis=1)
        return total


def make_people(town: Town, character: Character, seed: int) -> People:
    """Draw the residents of every area in each period from its traits."""
    rng = stream(seed, "people")
    areas = len(town.codes)
    student = character.traits["student"]
    wanted = RESIDENTS_AN_AREA * np.exp(rng.normal(0, 0.14, areas)) * (1 + 0.2 * student)
    first = np.clip(np.rint(wanted), LEAST_RESIDENTS, MOST_RESIDENTS).astype(np.int64)
    change = np.exp(0.008 + 0.022 * character.growth + rng.normal(0, 0.008, areas))
    totals = {PERIODS[0]: first, PERIODS[1]: np.rint(first * change).astype(np.int64)}
    ages = _age_shares(character)
    by_age = {period: rng.multinomial(total, ages) for period, total in totals.items()}
    households = {period: _households(counts) for period, counts in by_age.items()}
    before = np.rint(first * np.exp(-0.009 - 0.012 * character.growth)).astype(np.int64)
    old_residents = _to_old_areas(town, before)
    working = by_age[PERIODS[0]][:, 16:65].sum(axis=1) / first
    share = np.bincount(town.atom_old, (working * before)[town.atom_area]) / np.bincount(
        town.atom_old, before[town.atom_area]
    )
    shops = {"shop-units": _shop_units(character)}
    bases = {period: _bases(by_age[period], households[period], rng) | shops for period in PERIODS}
    return People(by_age, households, old_residents, np.rint(share * old_residents).astype(np.int64), bases)


def _age_shares(character: Character) -> Floats:
    """Share of each year of age in each area: a mix of stages of life, leaning by the area's traits."""
    stages = pl.read_csv(naming.TABLES / "life_stages.csv")
    age = np.arange(AGES + 12)
    total = np.zeros((len(character.growth), AGES))
    for stage in stages.iter_rows(named=True):
        bell = np.exp(-0.5 * ((age - stage["middle_age"]) / stage["spread_years"]) ** 2)
        bell = np.concatenate([bell[: AGES - 1], [bell[AGES - 1 :].sum()]]) / bell.sum()
        traits = {"deprivation": stage["deprivation"], "age": stage["age"], "student": stage["student"]}
        weight = stage["share"] * np.exp(character.load(traits | {"urban": stage["urban"], "rural": stage["rural"]}))
        total += weight[:, None] * bell
    shares: Floats = total / total.sum(axis=1, keepdims=True)
    return shares


def _households(by_age: Ints) -> Ints:
    """Households by adults: about two to a home, fewer where many are old, more where students share."""
    adults = by_age[:, 16:].sum(axis=1)
    old = by_age[:, 65:].sum(axis=1) / adults
    young = by_age[:, 18:23].sum(axis=1) / adults
    homes: Ints = np.rint(adults / (1.98 - 0.75 * old + 0.8 * young)).astype(np.int64)
    return homes


def _to_old_areas(town: Town, people: Ints) -> Ints:
    """Residents in the older vintage: those of an area that was two are shared out by where homes lie."""
    size = np.bincount(town.atom_area, town.atom_cells)
    part = np.floor(people[town.atom_area] * town.atom_cells / size[town.atom_area]).astype(np.int64)
    first = np.unique(town.atom_area, return_index=True)[1]
    part[first] += people - np.bincount(town.atom_area, part).astype(np.int64)  # what rounding left over
    return np.bincount(town.atom_old, part).astype(np.int64)


def _bases(by_age: Ints, households: Ints, rng: np.random.Generator) -> dict[str, Ints]:
    """Everything that an indicator may be a share of."""

    def between(first: int, last: int) -> Ints:
        total: Ints = by_age[:, first : last + 1].sum(axis=1)
        return total

    return {
        "residents": between(0, 90),
        "children": between(0, 15),
        "young": between(16, 24),
        "working-age": between(16, 64),
        "adults": between(16, 90),
        "older": between(65, 90),
        "under-75-three-years": 3 * between(0, 74),
        "year-6-three-years": between(9, 11),
        "households": households,
        "certificates": rng.binomial(households, 0.66),
    }


def _shop_units(character: Character) -> Ints:
    """Units at street level in the nearest centre of each area."""
    traits = character.traits
    units: Ints = np.rint(np.clip(16 * np.exp(0.5 * traits["urban"] - 0.35 * traits["remote"]), 5, 140)).astype(
        np.int64
    )
    return units


@dataclass(frozen=True)
class Postcodes:
    """Postcodes with their area, place and whether the river's flood zone reaches them."""

    frame: pl.DataFrame
    area: Ints
    flooded: Ints


def make_postcodes(town: Town, people: People, seed: int) -> Postcodes:
    """Place about one postcode for 17 households of each area, in the cells where its people live."""
    rng = stream(seed, "postcodes")
    count = np.maximum(1, np.rint(people.households[PERIODS[1]] / HOUSEHOLDS_A_POSTCODE)).astype(np.int64)
    order = np.lexsort((np.arange(len(count)), town.ward))
    area = np.repeat(order, count[order])
    points = _points_in_cells(town, area, rng)
    distance, step = nearest(town.land.river, points, within_m=WIDEST_FLOOD_M)
    degrees = np.round(to_wgs84(points + ORIGIN), 5)
    frame = pl.DataFrame(
        {
            "postcode": naming.postcodes(len(area)),
            "lat": degrees[:, 1],
            "lon": degrees[:, 0],
            "area_code": town.codes[area],
        }
    )
    return Postcodes(frame, area, (distance < flood_reach_m(step)).astype(np.int64))


def people_in_flood_zone(people: People, postcodes: Postcodes) -> Ints:
    """Residents of each area whose postcode a flood of the river reaches."""
    residents = people.residents(PERIODS[1])
    share = np.bincount(postcodes.area, postcodes.flooded, len(residents)) / np.bincount(postcodes.area)
    found: Ints = np.rint(share * residents).astype(np.int64)
    return found


def flood_reach_m(step: Ints) -> Floats:
    """How far from the river its flood reaches, at each of these steps along it."""
    return np.asarray(430 + 180 * np.sin(step / 9.0) + 120 * np.sin(step / 23.0 + 1))


def _points_in_cells(town: Town, area: Ints, rng: np.random.Generator) -> Floats:
    """A point well inside a cell of homes of each given area: between the cell's own point and two of its corners."""
    cells = town.cells
    homes = np.flatnonzero(cells.homes)
    homes = homes[np.argsort(town.cell_area[homes], kind="stable")]
    start = np.searchsorted(town.cell_area[homes], np.arange(len(town.codes)))
    size = np.bincount(town.cell_area[homes], minlength=len(town.codes))
    cell = homes[start[area] + np.floor(rng.uniform(size=len(area)) * size[area]).astype(np.int64)]
    corners, first, rings = np.diff(cells.ring_start), cells.ring_start[:-1], cells.corners
    corner = np.floor(rng.uniform(size=len(area)) * corners[cell]).astype(np.int64)
    here = cells.vertices[rings[first[cell] + corner]]
    after = cells.vertices[rings[first[cell] + (corner + 1) % corners[cell]]]
    out, along = 0.9 * np.sqrt(rng.uniform(size=len(area))), rng.uniform(size=len(area))
    edge = here + along[:, None] * (after - here)
    points: Floats = cells.points[cell] + out[:, None] * (edge - cells.points[cell])
    return points
