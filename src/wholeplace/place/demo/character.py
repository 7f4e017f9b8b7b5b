"""What each area is like underneath: the hidden traits that make its figures move together and with its neighbours'."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from wholeplace.place.demo.landscape import Floats, Ints, nearest
from wholeplace.place.demo.town import Town


def stream(seed: int, purpose: str) -> np.random.Generator:
    """A random generator for one purpose, so that adding a table does not change the others."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


def standardise(values: Floats) -> Floats:
    scaled: Floats = (values - values.mean()) / values.std()
    return scaled


@dataclass(frozen=True)
class Smoother:
    """Average over an area and its neighbours, again and again: what makes noise hang together on a map."""

    edges: Ints
    areas: int

    def __call__(self, values: Floats, rounds: int = 4) -> Floats:
        first, second = self.edges.T
        degree = np.bincount(self.edges.ravel(), minlength=self.areas)
        for _ in range(rounds):
            total = np.bincount(first, values[second], self.areas) + np.bincount(second, values[first], self.areas)
            values = (values + total) / (degree + 1)
        return standardise(values)


@dataclass(frozen=True)
class Character:
    """Hidden traits, one figure an area; all but `student` and `rural` (0 to 1) have mean 0 and deviation 1.

    `traits` are those that indicators may load on; `growth` drives new homes, `terraces` old houses.
    """

    traits: dict[str, Floats]
    growth: Floats
    smooth: Smoother

    def load(self, loadings: dict[str, float]) -> Floats:
        """Weighted sum of traits."""
        total = np.zeros(len(self.growth))
        for name, loading in loadings.items():
            total += loading * self.traits[name]
        return total


def make_character(town: Town, seed: int) -> Character:
    """Derive the traits of every area from where it lies, with smooth and local chance on top."""
    import shapely

    land, places = town.land, town.middles
    rng = stream(seed, "character")
    smooth = Smoother(town.edges, len(places))
    number, out, angle = land.nearest_town(places)
    size = np.clip(np.log(1 + land.town_areas[number]) / np.log(60), 0.35, 1.0)
    toward = angle - land.industry_angle[number]
    inner = size * np.exp(-(((out - 0.3) / 0.2) ** 2))
    industry = size * np.exp(1.6 * (np.cos(toward) - 1) - ((out - 0.45) / 0.35) ** 2)
    leafy = size * np.exp(1.2 * (np.cos(toward - np.pi + 0.4) - 1) - ((out - 0.8) / 0.4) ** 2)
    estate = np.exp(-((nearest(land.estates, places)[0] / 750) ** 2))
    to_campus, campus = nearest(land.universities, places)
    student = np.exp(-((to_campus / (1.2 * land.university_radius_m[campus])) ** 2))
    rural = 1 / (1 + np.exp(-(out - 1.15) / 0.12))

    def chance() -> Floats:
        return rng.normal(size=len(places))

    homes_km2 = 1 / (shapely.area(town.grid_boundaries) / 1e6)
    urban = standardise(0.8 * standardise(np.log(homes_km2)) - 0.5 * rural - 0.35 * np.maximum(out - 0.2, 0))
    deprivation = 1.5 * industry + 0.9 * inner + 1.8 * estate - 1.3 * leafy - 0.55 * rural - 0.5 * student
    deprivation = standardise(standardise(deprivation) + 0.55 * smooth(chance()) + 0.3 * chance())
    age = standardise(0.7 * rural + 0.7 * leafy - 0.6 * inner - 2.2 * student - 0.25 * deprivation)
    age = standardise(age + 0.6 * smooth(chance()) + 0.35 * chance())
    terraces = standardise(1.3 * inner + 1.0 * industry - 0.5 * estate + 0.4 * rural + 0.3 * smooth(chance()))
    remote = standardise(np.log(0.3 + np.maximum(out, 0.05)) + 0.8 * rural + 0.2 * chance())
    growth = smooth(chance(), 2) + 2.5 * (rng.uniform(size=len(places)) < 0.06) * (out > 0.6)
    traits = {
        "deprivation": deprivation,
        "age": age,
        "student": student,
        "urban": urban,
        "terraces": terraces,
        "remote": remote,
        "rural": rural,
    }
    return Character(traits, growth, smooth)
