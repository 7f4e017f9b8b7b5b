"""The land under the demo town: its outline, its river, and where towns, villages and estates lie.

Everything is in metres from the middle of the place. Only `to_wgs84` and `ORIGIN` tie it to the real Earth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Middle of the place on the British National Grid (EPSG:27700): farmland with room for the largest demo.
ORIGIN = (480_000.0, 345_000.0)
#: A district of middling density: square metres of land for each neighbourhood.
LAND_PER_AREA_M2 = 1_000_000.0
#: Radius of the built-up land of a town of one neighbourhood: 1,500 people at 4,700 to the square kilometre.
BUILT_RADIUS_M = 320.0
RIVER_STEP_M = 150.0
OUTLINE_STEP_M = 300.0

# OSGB36 to WGS 84 by the seven published parameters, spelt out so that grids on the user's machine change nothing.
_PIPELINE = (
    "+proj=pipeline +step +inv +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy "
    "+step +proj=push +v_3 +step +proj=cart +ellps=airy "
    "+step +proj=helmert +x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489 "
    "+convention=position_vector +step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3 "
    "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
)


@dataclass(frozen=True)
class Landscape:
    """Where things are. Arrays of one length describe the towns (the first is the main one), villages and estates."""

    radius_m: float
    outline: Floats
    river: Floats
    towns: Floats
    town_areas: Floats
    industry_angle: Floats
    lobes: Floats
    villages: Floats
    estates: Floats
    estate_radius_m: Floats
    universities: Floats
    university_radius_m: Floats

    @property
    def town_radius_m(self) -> Floats:
        return BUILT_RADIUS_M * np.sqrt(self.town_areas)

    def nearest_town(self, points: Floats) -> tuple[Ints, Floats, Floats]:
        """For each point: its town, how far out it lies (0 the middle, 1 the edge of the built-up land), the angle."""
        best = np.full(len(points), np.inf)
        town = np.zeros(len(points), dtype=np.int64)
        angle = np.zeros(len(points))
        for number, (middle, radius) in enumerate(zip(self.towns, self.town_radius_m, strict=True)):
            east, north = (points - middle).T
            theta = np.arctan2(north, east)
            out = np.hypot(east, north) / (radius * lobe(theta, self.lobes[number]))
            nearer = out < best
            best[nearer], town[nearer], angle[nearer] = out[nearer], number, theta[nearer]
        return town, best, angle


def nearest(places: Floats, points: Floats, *, within_m: float = np.inf) -> tuple[Floats, Ints]:
    """For each point the distance to the nearest of the places, and which it is.

    Where no place is nearer than `within_m` the distance is infinite and the number that of no place.
    """
    from scipy.spatial import cKDTree

    if not len(places):
        return np.full(len(points), np.inf), np.zeros(len(points), dtype=np.int64)
    distance, number = cKDTree(places).query(points, distance_upper_bound=within_m)
    return np.asarray(distance, dtype=np.float64), np.asarray(number, dtype=np.int64)


def lobe(theta: Floats, phases: Floats) -> Floats:
    """How far a town reaches in each direction: it grew along its main roads, so it is no circle."""
    reach: Floats = 1 + 0.22 * np.cos(3 * theta + phases[0]) + 0.13 * np.cos(5 * theta + phases[1])
    return reach


def to_wgs84(points: Floats) -> Floats:
    """Longitude and latitude of points given in metres on the British National Grid."""
    import pyproj

    transformer = pyproj.Transformer.from_pipeline(_PIPELINE)
    return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))


def make_landscape(areas: int, rng: np.random.Generator) -> Landscape:
    """Lay out the land for a place of so many neighbourhoods."""
    radius = float(np.sqrt(LAND_PER_AREA_M2 * areas / np.pi))
    outline = _outline(radius, rng)
    town_areas = _town_sizes(areas)
    built = BUILT_RADIUS_M * np.sqrt(town_areas)
    towns = _place_towns(built, outline, rng)
    count = len(towns)
    industry_angle = rng.uniform(0, 2 * np.pi, count)
    lobes = rng.uniform(0, 2 * np.pi, (count, 2))
    villages = _place_villages(max(4, areas // 13), towns, built, outline, rng)
    estates, estate_radius = _place_estates(towns, town_areas, built, rng)
    large = town_areas >= np.minimum(60, town_areas[0])
    angle = industry_angle[large] + rng.choice([-1, 1], large.sum()) * rng.uniform(1.3, 1.9, large.sum())
    campus = towns[large] + 0.33 * built[large, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return Landscape(
        radius_m=radius,
        outline=outline,
        river=_river(radius, float(built[0]), rng),
        towns=towns,
        town_areas=town_areas,
        industry_angle=industry_angle,
        lobes=lobes,
        villages=villages,
        estates=estates,
        estate_radius_m=estate_radius,
        universities=campus,
        university_radius_m=0.16 * built[large],
    )


def _outline(radius: float, rng: np.random.Generator) -> Floats:
    """An irregular closed line in even steps: a few broad bays and, on top of them, ever finer ones."""
    theta = np.linspace(0, 2 * np.pi, 4 * int(2 * np.pi * radius / OUTLINE_STEP_M), endpoint=False)
    reach = np.ones(len(theta))
    for wave in range(2, 60):
        height = 0.16 if wave < 4 else 0.42 / wave**1.15
        reach += rng.uniform(0.4, 1.0) * height * np.cos(wave * theta + rng.uniform(0, 2 * np.pi))
    line = radius * np.clip(reach, 0.6, 1.5)[:, None] * np.column_stack([1.12 * np.cos(theta), 0.9 * np.sin(theta)])
    return _even_steps(np.vstack([line, line[:1]]), OUTLINE_STEP_M)[:-1]


def _even_steps(line: Floats, step_m: float) -> Floats:
    """Points along a line about `step_m` apart, its first and last point among them."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.linspace(0, along[-1], max(2, round(along[-1] / step_m)) + 1)
    return np.column_stack([np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])])


def _river(radius: float, built_radius: float, rng: np.random.Generator) -> Floats:
    """A winding line right across the place that passes close by the middle of the main town."""
    east = np.arange(-1.9 * radius, 1.9 * radius, RIVER_STEP_M / 3)
    north = np.zeros(len(east))
    wave_m = 2.2 * radius
    while wave_m > 2_400:
        phase = rng.uniform(0, 2 * np.pi)
        north += 0.085 * wave_m * (np.sin(2 * np.pi * east / wave_m + phase) - np.sin(phase))
        wave_m *= rng.uniform(0.42, 0.55)
    turn = rng.uniform(-0.5, 0.5)
    north += 0.1 * built_radius * rng.choice([-1, 1])
    line = np.column_stack([east * np.cos(turn) - north * np.sin(turn), east * np.sin(turn) + north * np.cos(turn)])
    return _even_steps(line, RIVER_STEP_M)


def _town_sizes(areas: int) -> Floats:
    """Neighbourhoods of each town, largest first: a main town and smaller ones by a rank-size rule."""
    rank = np.arange(1, 2 + areas // 150 + 1)
    shares = np.concatenate([[1.0], 0.2 * rank**-0.7])
    sizes: Floats = 0.8 * areas * shares / shares.sum()
    return sizes


def inside(points: Floats, outline: Floats) -> NDArray[np.bool_]:
    """Which points lie within the outline."""
    import shapely

    polygon = shapely.polygons(outline)
    shapely.prepare(polygon)
    within: NDArray[np.bool_] = shapely.contains_xy(polygon, points)
    return within


def spread(count: int, outline: Floats, rng: np.random.Generator) -> Floats:
    """Points spread evenly, but in no visible order, over the land inside the outline (the R2 sequence, shifted)."""
    low, high = outline.min(axis=0), outline.max(axis=0)
    number = np.arange(1, 3 * count + 50)[:, None]
    steps = np.array([0.7548776662466927, 0.5698402909980532])  # powers of 1 / 1.3247…, the plastic number
    points = low + (high - low) * ((rng.uniform(size=2) + number * steps) % 1)
    kept: Floats = points[inside(points, outline)][:count]
    return kept


def _place_towns(built: Floats, outline: Floats, rng: np.random.Generator) -> Floats:
    """The main town in the middle; each next one where it is farthest, for its size, from all so far."""
    towns = np.zeros((1, 2))
    candidates = spread(40 * len(built), 0.8 * outline, rng)
    gap = np.hypot(*candidates.T) - built[0]
    for number in range(1, len(built)):
        chance = np.where(gap > 1.5 * built[number], rng.uniform(size=len(gap)), -1 + gap / 1e9)
        chosen = candidates[int(np.argmax(chance))]
        towns = np.vstack([towns, chosen])
        gap = np.minimum(gap, np.hypot(*(candidates - chosen).T) - built[number])
    return towns


def _place_villages(count: int, towns: Floats, built: Floats, outline: Floats, rng: np.random.Generator) -> Floats:
    candidates = spread(4 * count, 0.93 * outline, rng)
    for town, radius in zip(towns, built, strict=True):
        candidates = candidates[np.hypot(*(candidates - town).T) > 1.3 * radius]
    return candidates[:count]


def _place_estates(towns: Floats, town_areas: Floats, built: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Estates of the last century at the edge of the towns, one for about 30 neighbourhoods."""
    town = np.repeat(np.arange(len(towns)), np.rint(town_areas / 30).astype(int))
    angle = rng.uniform(0, 2 * np.pi, len(town))
    out = rng.uniform(0.6, 0.85, len(town)) * built[town]
    places = towns[town] + out[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return places, rng.uniform(0.8, 1.2, len(town)) * 700.0
