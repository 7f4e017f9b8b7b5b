"""A large place made up for timing: 2,000 things with 8,000 dependency rows, or as many more as are asked for.

Utilities, which the events strike, below; seven layers of systems above them; services on top. Nothing depends on
anything above itself.
"""

from __future__ import annotations

import random
from itertools import pairwise

import polars as pl

from benchmarks.scenario_models.made_place import MadePlace

#: Shares of all things: struck by events, and services.
EXPOSED, SERVICES = 0.1, 0.15
LAYERS = 7
#: Sizes of groups, the number required, and how many there are for every 2,000 things: 5,200 groups of 8,000 rows.
GROUPS = ((1, 1, 3000), (2, 1, 1600), (3, 2, 300), (3, 1, 300))
TOLERANCES_H = ("0", "1", "4", "12", "24", "72")
CREWS = ("electricians", "engineers", "fitters", "plumbers")
#: Hours at which a quarter each of what is exposed is struck.
STRUCK_AT_H = (0, 6, 24, 48)
#: The chance at which about half of all things go down in a trial.
HEAVY_CHANCE = 0.27


def large_place(things: int = 2000, *, chance: float = HEAVY_CHANCE, seed: int = 1) -> MadePlace:
    """A place of so many things (a multiple of 20, at least 200), struck with such a chance over 30 days."""
    luck = random.Random(seed)
    exposed, services = round(things * EXPOSED), round(things * SERVICES)
    systems = things - exposed - services
    utilities = [f"q{number % len(STRUCK_AT_H)}-{number:06d}" for number in range(exposed)]
    layered = [f"s{1 + LAYERS * number // systems}-{number:06d}" for number in range(systems)]
    on_top = [f"{number:06d}" for number in range(services)]
    names = [
        *(f"utility:{one}" for one in utilities),
        *(f"system:{one}" for one in layered),
        *(f"service:{one}" for one in on_top),
    ]
    bounds = [0, *(exposed + systems * layer // LAYERS for layer in range(LAYERS + 1)), things]
    return MadePlace(
        registers={
            "utilities": _records(luck, utilities),
            "systems": _records(luck, layered),
            "services": _records(luck, on_top).with_columns(rto_h=pl.lit("24")),
            "crews": pl.DataFrame({"id": CREWS, "size": [str(max(1, 3 * things // 2000))] * len(CREWS)}),
            "dependencies": _rows(luck, names, bounds),
        },
        events=[
            {"kind": "fail", "at_h": hour, "items": [f"utility:q{quarter}-*"], "chance": chance}
            for quarter, hour in enumerate(STRUCK_AT_H)
        ],
        horizon_h=720.0,
    )


def _records(luck: random.Random, ids: list[str]) -> pl.DataFrame:
    crews = [luck.choice(CREWS) for _ in ids]
    return pl.DataFrame({"id": ids, "repair": "lognormal(median=24, sigma=0.8)", "crew": crews})


def _rows(luck: random.Random, names: list[str], bounds: list[int]) -> pl.DataFrame:
    """Groups dealt out to all that is not exposed, two or three each, with providers from any layer below."""
    exposed, things = bounds[1], len(names)
    kinds = [(size, required) for size, required, number in GROUPS for _ in range(number * things // 2000)]
    luck.shuffle(kinds)
    dependents = list(range(exposed, things)) * 3
    columns: dict[str, list[str]] = {"dependent": [], "group": [], "provider": [], "required": [], "tolerance_h": []}
    below = {at: start for start, end in pairwise(bounds[1:]) for at in range(start, end)}
    for number, (size, required) in enumerate(kinds):
        dependent = dependents[number]
        tolerance_h = luck.choice(TOLERANCES_H)
        for provider in luck.sample(range(below[dependent]), size):
            columns["dependent"].append(names[dependent])
            columns["group"].append(f"g{number}")
            columns["provider"].append(names[provider])
            columns["required"].append(str(required))
            columns["tolerance_h"].append(tolerance_h)
    return pl.DataFrame(columns)
