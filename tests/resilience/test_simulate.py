"""The event kernel: the cases worked out by hand, and the plain model trial by trial on places by chance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.scenario_models.made_place import Ready, ready
from benchmarks.scenario_models.plain import run_trial
from benchmarks.scenario_models.random_places import random_place
from tests.resilience.rule_cases import RuleCase, cases, opened_case

from wholeplace.resilience.model import event_draws
from wholeplace.resilience.results import Batch
from wholeplace.resilience.simulate import Simulation
from wholeplace.resilience.ticks import TICKS_PER_H


@pytest.mark.parametrize("case", cases().values(), ids=cases().keys())
def test_rule(case: RuleCase, tmp_path: Path) -> None:
    opened = opened_case(case, tmp_path)
    names = opened.network.things.names
    simulation = Simulation(opened.network, opened.happenings, case.horizon_h, 1, np.arange(len(names)),
                            opened.scenario.crews, case.background)  # fmt: skip
    batch = simulation.some(np.array([0]))
    found = {
        name: (
            float(batch.downtime_h[0, at]),
            int(batch.outages[0, at]),
            float(batch.longest_ticks[0, at] / TICKS_PER_H),
        )
        for at, name in enumerate(names)
        if batch.downtime_h[0, at]
    }
    assert set(found) == set(case.expected)
    for name, figures in case.expected.items():
        assert found[name] == pytest.approx(figures, abs=1e-9), name
    restored = None if batch.not_restored[0] else float(batch.restored_h[0])
    assert restored == (None if case.restored_h is None else pytest.approx(case.restored_h, abs=1e-9))


def _simulation(made: Ready, seed: int) -> Simulation:
    return Simulation(made.network, made.happenings, made.horizon_ticks / TICKS_PER_H, seed,
                      np.arange(len(made.network.things.names)), made.crews, made.background)  # fmt: skip


def _check_equal(made: Ready, batch: Batch, at: int, *, seed: int, trial: int) -> None:
    plain = run_trial(made.network, made.happenings, event_draws(made.happenings, seed, np.array([trial])), seed=seed,
                      trial=trial, crews=made.crews, horizon_ticks=made.horizon_ticks,
                      background=made.background)  # fmt: skip
    assert batch.outages[at].tolist() == plain.outages
    assert batch.longest_ticks[at].tolist() == plain.longest_ticks
    assert batch.downtime_h[at].tolist() == pytest.approx(plain.downtime_h, abs=1e-9)
    assert batch.restored_h[at] == pytest.approx(plain.restored_h, abs=1e-9)
    assert bool(batch.not_restored[at]) == plain.not_restored


def _compare(seeds: range, trials: int) -> None:
    for seed in seeds:
        made = ready(random_place(seed, empty_crews=seed % 2 == 0))
        batch = _simulation(made, seed).some(np.arange(trials))
        for trial in range(trials):
            _check_equal(made, batch, trial, seed=seed, trial=trial)


@pytest.mark.parametrize("part", range(4))
def test_trial_by_trial_equal_to_the_plain_model(part: int) -> None:
    """1,600 trials of 800 places; test_random_places.py shows that such places meet every rule."""
    _compare(range(10_000 + 200 * part, 10_200 + 200 * part), 2)


@pytest.mark.long
def test_trial_by_trial_equal_to_the_plain_model_at_length() -> None:
    _compare(range(20_000, 30_000), 3)


@pytest.mark.parametrize("seed", range(12))
def test_any_range_on_any_threads_is_the_same(seed: int) -> None:
    simulation = _simulation(ready(random_place(seed)), seed)
    whole = [batch for _, batch in simulation.run(0, 700)]
    threads = [batch for _, batch in simulation.run(0, 700, threads=3)]
    pieces = [batch for start, size in ((0, 1), (1, 299), (300, 400)) for _, batch in simulation.run(start, size)]
    for field in ("downtime_h", "outages", "longest_ticks", "restored_h", "not_restored"):
        figures = np.concatenate([getattr(batch, field) for batch in whole])
        assert np.array_equal(figures, np.concatenate([getattr(batch, field) for batch in threads]))
        assert np.array_equal(figures, np.concatenate([getattr(batch, field) for batch in pieces]))
