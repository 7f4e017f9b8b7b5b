"""Rare outages: guided trials against formulas and the exact engine, and their refusals."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from tests.places import PLACE_TOML
from tests.registers import write_registers

from wholeplace.build.opening import open_place
from wholeplace.resilience.rare import GuidedError
from wholeplace.resilience.results import ScenarioResult
from wholeplace.resilience.run import Options, RunError, prepare_run, run_scenario

DEPENDENCIES = "dependent,provider,group,required,tolerance_h\n"


def _run(folder: Path, events: str, *, dependencies: str, systems: str, options: Options) -> ScenarioResult:
    (folder / "place.toml").write_text(PLACE_TOML, encoding="utf-8")
    (folder / "scenarios").mkdir(exist_ok=True)
    (folder / "scenarios" / "rare.toml").write_text(f'[scenario]\nname = "rare"\nhorizon_h = 100\n{events}')
    write_registers(folder, {"systems": "id,repair\n" + systems, "services": "id,rto_h\ns,8\n",
                             "dependencies": DEPENDENCIES + dependencies})  # fmt: skip
    return run_scenario(open_place(folder), "rare", options=options)


def _fail(items: str, chance: float, at_h: float = 0) -> str:
    return f'[[event]]\nkind = "fail"\nat_h = {at_h}\nitems = [{items}]\nchance = {chance}\n'


ALTERNATIVES = "service:s,system:a,g,1,0\nservice:s,system:b,g,1,0\nservice:s,system:c,g,1,0\n"
GUIDED = Options(target="service:s", guided=True, trials=4_000)


def test_three_of_three_by_formula(tmp_path: Path) -> None:
    """All three of three alternatives down at once: 1e-4 cubed, 1e-12."""
    events = _fail('"system:*"', 1e-4)
    result = _run(tmp_path, events, dependencies=ALTERNATIVES, systems="a,12\nb,12\nc,12\n", options=GUIDED)
    item = result.as_dict()["items"]["service:s"]
    assert item["p_down"] == pytest.approx(1e-12)  # one set: every trial has the same weight
    assert item["effective_trials"] == pytest.approx(4_000)
    assert item["downtime_h"]["mean"] == pytest.approx(12e-12)


def test_recovery_objective_of_a_rare_outage(tmp_path: Path) -> None:
    """Down for the least of three exponential repairs of 12 h, so exponential of mean 4 h: over 8 h with exp(-2)."""
    events = _fail('"system:*"', 1e-4)
    systems = "".join(f"{one},exponential(mean=12)\n" for one in "abc")
    result = _run(tmp_path, events, dependencies=ALTERNATIVES, systems=systems, options=GUIDED)
    item = result.as_dict()["items"]["service:s"]
    assert abs(item["p_over_rto"] - 1e-12 * math.exp(-2)) < 4 * item["p_over_rto_se"]
    assert 0 < item["p_over_rto_se"] < 0.1 * item["p_over_rto"]


def test_at_different_hours_with_repairs(tmp_path: Path) -> None:
    """a at 0 h and b at 10 h, repaired in 12 h each: down together from 10 to 12 h."""
    events = _fail('"system:a"', 1e-5) + _fail('"system:b"', 1e-5, at_h=10)
    two = "service:s,system:a,g,1,0\nservice:s,system:b,g,1,0\n"
    result = _run(tmp_path, events, dependencies=two, systems="a,12\nb,12\n", options=GUIDED)
    item = result.as_dict()["items"]["service:s"]
    assert (item["p_down"], item["downtime_h"]["mean"]) == (pytest.approx(1e-10), pytest.approx(2e-10))


@pytest.mark.parametrize("seed", range(4))
def test_as_exact(seed: int, tmp_path: Path) -> None:
    """Two of four and one single point, small chances of different size, some drawn together: within 4 errors."""
    luck = np.random.default_rng(seed)
    chances = 10.0 ** luck.uniform(-5, -2, 5)
    events = "".join(_fail(f'"system:{one}"', chance) for one, chance in zip("abcde", chances, strict=True))
    events += _fail('"system:a", "system:c"', 1e-5) + "together = true\n"
    rows = (
        "".join(f"service:s,system:{one},g,3,0\n" for one in "abcd")
        + "service:s,system:x,,1,0\nsystem:x,system:e,,1,0\n"
    )
    systems = "".join(f"{one},12\n" for one in "abcdex")
    both = [
        _run(tmp_path, events, dependencies=rows, systems=systems, options=options).as_dict()["items"]["service:s"]
        for options in (
            Options(target="service:s", method="exact"),
            Options(target="service:s", guided=True, seed=seed),
        )
    ]
    # Sets that hit together may be in none of 10,000 trials: 3 in 10,000 could be such (rule of three).
    allowed = 4 * both[1]["p_down_se"] + 3e-4 * both[0]["p_down"]
    assert abs(both[0]["p_down"] - both[1]["p_down"]) <= allowed
    assert both[1]["p_down_se"] < 0.05 * both[1]["p_down"]


def test_a_tolerance_that_is_hardly_ever_passed_is_refused(tmp_path: Path) -> None:
    """The repair outlasts a tolerance of 100 h with exp(-100/3): no trial sees it, and that is said."""
    with pytest.raises(GuidedError, match="worth 0 trials, fewer than the 100"):
        _run(tmp_path, _fail('"system:a"', 1e-4), dependencies="service:s,system:a,,1,90\n",
             systems="a,exponential(mean=3)\n", options=GUIDED)  # fmt: skip


def test_nothing_can_take_it_down(tmp_path: Path) -> None:
    events = _fail('"system:a"', 1e-4)
    result = _run(tmp_path, events, dependencies=ALTERNATIVES, systems="a,12\nb,12\nc,12\n", options=GUIDED)
    assert result.as_dict()["items"]["service:s"]["p_down"] == 0
    assert "its chance is 0" in result.notices[-1]


def test_what_cannot_be_guided_is_refused(tmp_path: Path) -> None:
    spread = '[[event]]\nkind = "spread"\nat_h = 0\nstart = ["system:a"]\nchance_per_h = 1\n'
    with pytest.raises(GuidedError, match="not events of kind spread"):
        _run(tmp_path, spread, dependencies=ALTERNATIVES, systems="a,12\nb,12\nc,12\n", options=GUIDED)
    run = prepare_run(open_place(tmp_path), "rare")
    with pytest.raises(RunError, match="one --target"):
        run_scenario(run.place, "rare", options=Options(guided=True))
