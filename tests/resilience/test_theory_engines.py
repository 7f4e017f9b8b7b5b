"""The engines against each other where all three can answer: exact, screen and simulate, loops included."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from math import sqrt

import numpy as np
import polars as pl
import pytest
from benchmarks.scenario_models.made_place import MadePlace, Ready, ready
from benchmarks.scenario_models.random_places import random_place
from tests.resilience.networks import random_case
from tests.resilience.theory import Compared, Estimate

from wholeplace.resilience.exact import exact
from wholeplace.resilience.model import Happening, Network
from wholeplace.resilience.screen import Screening
from wholeplace.resilience.simulate import Simulation

HORIZON_H = 24.0
FIRST = 37  # so that ranges begin and end within a word


def times_down(network: Network, happenings: Sequence[Happening], seed: int, trials: int) -> Mapping[str, np.ndarray]:
    """In which trials things had an outage, by simulation."""
    names = network.things.names
    simulation = Simulation(network, tuple(happenings), HORIZON_H, seed, np.arange(len(names)), {})
    outages = np.concatenate([batch.outages for _, batch in simulation.run(FIRST, trials)])
    return dict(zip(names, (outages > 0).T, strict=True))


def without_time(seed: int) -> Ready:
    """A place by chance with all taken out of it that exact refuses, and repairs that are not over at once.

    Loops, alternatives, rows by chance, vulnerability, crews, black starts, restarts and exits stay; events come at one
    hour, so that suppliers go with their systems.
    """
    luck = random.Random(seed)
    place = random_place(seed)
    registers = {name: _at_once(_some_repair(frame, luck)) for name, frame in place.registers.items()}
    kept = [event for event in place.events if event["kind"] in ("fail", "exit")]
    names = sorted(f"{register[:-1]}:{one}" for register, frame in registers.items()
                   if register not in ("crews", "dependencies") for one in frame["id"])  # fmt: skip
    kept.append({"kind": "fail", "items": luck.sample(names, 3), "chance": 0.4})
    events = [{key: value for key, value in event.items() if key != "repair"} | {"at_h": "2"} for event in kept]
    events = [event | ({"notice_h": "0"} if event["kind"] == "exit" else {}) for event in events]
    events = [event | ({"chance": luck.choice((0.1, 0.3, 0.6))} if event["chance"] == 1 else {}) for event in events]
    return ready(MadePlace(registers, events, HORIZON_H, False, place.crews))


def _at_once(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.lit("").alias("tolerance_h")) if "tolerance_h" in frame.columns else frame


def _some_repair(frame: pl.DataFrame, luck: random.Random) -> pl.DataFrame:
    if "repair" not in frame.columns:
        return frame
    repairs = [luck.choice(("1", "8", "exponential(mean=4)", "never", "lognormal(median=4, sigma=0.8)"))
               for _ in range(frame.height)]  # fmt: skip
    return frame.with_columns(pl.Series("repair", repairs))


@pytest.mark.parametrize("seed", range(60))
def test_simulate_is_screen_trial_by_trial(seed: int) -> None:
    """The same draws: in each of 200 trials the same things go down, counted one range a trial and all together."""
    one = random_case(np.random.default_rng(seed))
    _check_trials(one.network, one.happenings, seed)


@pytest.mark.parametrize("seed", range(100))
def test_simulate_is_screen_in_places_by_chance(seed: int) -> None:
    made = without_time(seed)
    _check_trials(made.network, made.happenings, seed)


def _check_trials(network: Network, happenings: Sequence[Happening], seed: int) -> None:
    trials = 200
    screening = Screening(network, happenings, horizon_h=HORIZON_H, items=network.things.names)
    down = times_down(network, happenings, seed, trials)
    counted = dict(zip(screening.counted, screening.count(seed, FIRST, trials).down.tolist(), strict=True))
    assert {name: int(there.sum()) for name, there in down.items() if there.any() or name in counted} == counted
    for trial in range(0, trials, 10):
        in_one = screening.count(seed, FIRST + trial, 1, threads=1).down.tolist()
        assert in_one == [int(down[name][trial]) for name in screening.counted]


@pytest.mark.parametrize("seed", range(8))
def test_simulate_and_screen_are_as_exact(compared: Compared, seed: int) -> None:
    """Every thing of a place by chance, within the standard error of a share, sqrt(p (1 - p) / n) of exact p."""
    made = without_time(1_000 + seed)
    _check_exact(compared, made, seed, 40_000)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100))
def test_simulate_and_screen_are_as_exact_at_length(compared: Compared, seed: int) -> None:
    _check_exact(compared, without_time(2_000 + seed), seed, 200_000)


def _check_exact(compared: Compared, made: Ready, seed: int, trials: int) -> None:
    names = made.network.things.names
    exactly = exact(made.network, made.happenings, horizon_h=HORIZON_H, items=names).p_down
    down = times_down(made.network, made.happenings, seed, trials)
    screening = Screening(made.network, made.happenings, horizon_h=HORIZON_H, items=names)
    screened = screening.result(screening.count(seed, FIRST, trials), seed).p_down
    for name in names:
        p = exactly[name]
        assert screened[name] == down[name].mean()
        compared(Estimate(float(down[name].mean()), sqrt(p * (1 - p) / trials) if 1e-12 < p < 1 - 1e-12 else 0.0), p)


def test_places_by_chance_have_what_matters() -> None:
    """Among the places above are loops with and without a black start, rows by chance and things of one draw."""
    places = [without_time(seed) for seed in range(100)]
    loops = [made.network.things.black_start[made.network.loop == loop].any()
             for made in places for loop in range(made.network.loop.max() + 1)]  # fmt: skip
    assert sum(loops) > 20
    assert len(loops) - sum(loops) > 5, len(loops)
    assert sum(bool((made.network.rows.chance < 1).any()) for made in places) > 20
    assert (
        sum(
            any(len(set(one.strikes.key.tolist())) < len(one.strikes.key) for one in made.happenings) for made in places
        )
        > 10
    )
