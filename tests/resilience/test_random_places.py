"""Places by chance: they are legal, meet every rule, and are the same in memory and in files, in any order of rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from benchmarks.scenario_models.figures import TrialResult
from benchmarks.scenario_models.made_place import Ready, ready, write_files
from benchmarks.scenario_models.plain import run_trial
from benchmarks.scenario_models.random_places import random_place

from wholeplace.place import Findings, read_place
from wholeplace.place.registers import FolderSource, check_registers
from wholeplace.resilience import check_scenarios
from wholeplace.resilience.model import build_network, event_draws, happenings_of

#: Rules that must have taken effect in the places below, each named as the plain model counts it.
RULES = {
    "absence below minimum", "absence level", "background failure", "background failure while down", "black start",
    "black start lost while held up", "black start lost while restarting", "crew goes on to the next",
    "crew of nobody", "crew starts at once", "crew waited for", "degraded", "effect at once", "exit", "fail",
    "held until containment", "held up by black start", "larger repair kept", "larger repair taken", "loop",
    "met again in time", "met by k of n", "met during black start", "met while held up", "never repaired",
    "nobody away", "overlapping absences", "released", "repair beta", "repair exponential", "repair fixed",
    "repair lognormal", "repair never", "repair stopped by spread", "repair triangular", "repair turned to never",
    "repair uniform", "repaired", "restart", "restart interrupted", "returned", "row did not come up", "spared",
    "spread contained", "spread struck", "spread to a neighbour", "together", "tolerance ran out",
    "tolerance ran out while down", "wait stopped by spread", "wait turned to never",
}  # fmt: skip


def _run(made: Ready, *, seed: int, trial: int) -> TrialResult:
    draws = event_draws(made.happenings, seed, np.array([trial]))
    return run_trial(made.network, made.happenings, draws, seed=seed, trial=trial, crews=made.crews,
                     horizon_ticks=made.horizon_ticks, background=made.background)  # fmt: skip


def test_every_rule_takes_effect_somewhere() -> None:
    met: Counter[str] = Counter()
    for seed in range(200):
        made = ready(random_place(seed, empty_crews=True))
        for trial in range(2):
            met += _run(made, seed=seed, trial=trial).rules
    assert RULES - set(met) == set()
    assert set(met) - RULES == set()


@pytest.mark.parametrize("seed", range(20))
def test_the_same_from_files(seed: int, tmp_path: Path) -> None:
    """What is made in memory is what a user's files would give, and these have no fault."""
    made = random_place(seed)
    write_files(made, tmp_path)
    findings = Findings()
    place = read_place(tmp_path, findings, registers=FolderSource(tmp_path))
    assert place is not None
    check_registers(place.registers, findings)
    scenario = check_scenarios(place, findings).get("made-up")
    assert [one.message for one in findings.errors] == []
    assert scenario is not None
    network = build_network(place.registers)
    happenings = happenings_of(scenario, network, place.registers, lambda _: ((), np.empty(0)))
    quick = ready(made)
    from_files = replace(quick, network=network, happenings=happenings, crews=scenario.crews,
                         background=scenario.settings.background)  # fmt: skip
    for trial in range(3):
        assert _run(from_files, seed=1, trial=trial) == _run(quick, seed=1, trial=trial)


@pytest.mark.parametrize("seed", range(40))
def test_order_of_rows_is_of_no_matter(seed: int) -> None:
    made = random_place(seed)
    turned = {name: frame.reverse() for name, frame in made.registers.items()}
    edges: dict[str, pl.DataFrame] = {name: frame.reverse() for name, frame in made.edges.items()}
    other = ready(replace(made, registers=turned, edges=edges))
    for trial in range(3):
        assert _run(other, seed=seed, trial=trial) == _run(ready(made), seed=seed, trial=trial)
