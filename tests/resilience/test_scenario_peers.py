"""The models that the engine is timed against give what the plain model gives."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.scenario_models.large_places import large_place
from benchmarks.scenario_models.made_place import ready
from benchmarks.scenario_models.plain import run_trial
from benchmarks.scenario_models.random_places import random_place
from benchmarks.scenario_models.subset import hits_of, subset_of
from benchmarks.scenarios import MODELS

from wholeplace.resilience.model import event_draws


@pytest.mark.parametrize("seed", range(3))
def test_the_same_figures(seed: int) -> None:
    made = ready(large_place(200, chance=0.5, seed=seed))
    subset = subset_of(made)
    models = {name: make(subset) for name, make in MODELS.items()}
    for trial, hits in enumerate(hits_of(made, seed=seed, trials=4)):
        draws = event_draws(made.happenings, seed, np.array([trial]))
        plain = run_trial(made.network, made.happenings, draws, seed=seed, trial=trial, crews={},
                          horizon_ticks=made.horizon_ticks, background=False)  # fmt: skip
        assert plain.rules["crew waited for"] > 0
        assert plain.rules["met again in time"] > 0
        assert plain.rules["met by k of n"] > 0
        ticks = [round(hours * 3.6e9) for hours in plain.downtime_h]
        assert max(ticks) > 0
        for name, model in models.items():
            assert model(hits) == (ticks, plain.outages, plain.longest_ticks), name


def test_the_size_of_the_large_place() -> None:
    made = ready(large_place())
    network = made.network
    assert (len(network.things.names), len(network.rows.group), len(network.groups.required)) == (2000, 8000, 5200)
    assert (len(network.services), len(network.crews), made.horizon_ticks) == (300, 4, 720 * 3_600_000_000)
    assert sum(len(happening.strikes.thing) for happening in made.happenings) == 200
    assert (network.loop == -1).all()


def test_other_rules_are_refused() -> None:
    with pytest.raises(ValueError, match="do not know"):
        subset_of(ready(random_place(1)))
