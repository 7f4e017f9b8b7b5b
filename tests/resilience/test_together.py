"""Trials worked out together give, bit for bit, what the same trials give when each is run instant by instant."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from benchmarks.scenario_models.large_places import large_place
from benchmarks.scenario_models.made_place import MadePlace, Ready, ready
from benchmarks.scenario_models.random_places import random_place

from wholeplace.resilience.results import Batch
from wholeplace.resilience.simulate import Simulation
from wholeplace.resilience.simulate.lanes import LANES
from wholeplace.resilience.simulate.state import Tables
from wholeplace.resilience.ticks import TICKS_PER_H

_TRIALS = np.arange(LANES + 7)


def _ordered_place(seed: int) -> MadePlace:
    """A place by chance without what only single trials know: loops, levels between up and down, and absences."""
    made = random_place(seed, empty_crews=seed % 2 == 0)
    rows = made.registers.get("dependencies", pl.DataFrame({"dependent": [], "provider": []}, schema_overrides={}))
    if rows.height:
        forward = rows.filter(pl.col("provider") < pl.col("dependent")).with_columns(pl.lit("").alias("degraded_to"))
        size = pl.len().over("dependent", pl.when(pl.col("group") == "").then("provider").otherwise("group"))
        required = pl.min_horizontal(pl.col("required").cast(pl.Int64), size).cast(pl.String)
        rows = forward.with_columns(required.alias("required"))
    registers = {**made.registers, "dependencies": rows}
    registers = {name: frame for name, frame in registers.items() if frame.height}
    events = [event for event in made.events if event["kind"] != "absence"]
    return replace(made, registers=registers, events=events)


def _simulation(made: Ready, seed: int) -> Simulation:
    return Simulation(made.network, made.happenings, made.horizon_ticks / TICKS_PER_H, seed,
                      np.arange(len(made.network.things.names)), made.crews, made.background)  # fmt: skip


def _check_equal(simulation: Simulation, tables: Tables) -> Batch:
    """Run trials both ways; a second time too, as everything has to be put back."""
    alone = simulation.tables()
    assert alone.root["in_order"][0] == tables.root["in_order"][0] == 1
    alone.root["in_order"] = 0
    for _ in range(2):
        one, other = simulation.some(_TRIALS, tables=tables), simulation.some(_TRIALS, tables=alone)
        for field in ("downtime_h", "outages", "longest_ticks", "restored_h", "not_restored"):
            assert np.array_equal(getattr(one, field), getattr(other, field)), field
    return one


@pytest.mark.parametrize("part", range(3))
def test_small_places(part: int) -> None:
    """Of 120 places, most trials can be worked out together; the others have a repair that takes no time."""
    together = 0
    for seed in range(40 * part, 40 * part + 40):
        simulation = _simulation(ready(_ordered_place(seed)), seed)
        tables = simulation.tables()
        _check_equal(simulation, tables)
        together += tables.root["left_over"][0].item() == 0
    assert 10 < together < 40


@pytest.mark.parametrize("chance", [0.05, 0.27, 0.9])
def test_large_places(chance: float) -> None:
    simulation = _simulation(ready(large_place(400, chance=chance)), 1)
    batch = _check_equal(simulation, simulation.tables())
    assert (batch.outages > 1).any()


@pytest.mark.parametrize(("room", "size"), [("own_room", 50), ("listed_room", 10), ("turns_room", 4)])
def test_trials_that_do_not_fit(room: str, size: int) -> None:
    """Where there is no room for its spells, a trial is run by itself."""
    simulation = _simulation(ready(large_place(400)), 1)
    tables = simulation.tables()
    tables.root[room] = size
    _check_equal(simulation, tables)
    assert tables.root["left_over"][0] != 0


def test_other_places_are_run_trial_by_trial() -> None:
    for seed in range(20):
        made = random_place(seed)
        degraded = "dependencies" in made.registers and (made.registers["dependencies"]["degraded_to"] != "").any()
        absences = any(event["kind"] == "absence" for event in made.events)
        if degraded or absences:
            assert _simulation(ready(made), 1).tables().root["in_order"][0] == 0
