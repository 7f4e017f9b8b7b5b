"""The plain model of the rules, against numbers worked out by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from benchmarks.scenario_models.figures import TrialResult
from benchmarks.scenario_models.plain import run_trial
from tests.resilience.rule_cases import Opened, RuleCase, cases, figures_of, opened_case

from wholeplace.resilience.model import event_draws
from wholeplace.resilience.model.draws import Purpose, keys, nth_key, stream_of, uniform


@pytest.mark.parametrize("case", cases().values(), ids=cases().keys())
def test_by_hand(case: RuleCase, tmp_path: Path) -> None:
    opened = opened_case(case, tmp_path)
    result = run_trial(
        opened.network,
        opened.happenings,
        event_draws(opened.happenings, 1, np.array([0])),
        seed=1,
        trial=0,
        crews=opened.scenario.crews,
        horizon_ticks=int(case.horizon_h * 3.6e9),
        background=case.background,
    )
    figures = figures_of(opened.network, result.downtime_h, result.outages, result.longest_ticks)
    expected = {name: pytest.approx(figure, abs=1e-9) for name, figure in case.expected.items()}
    assert figures == expected
    restored_h = case.horizon_h if case.restored_h is None else case.restored_h
    assert result.restored_h == pytest.approx(restored_h, abs=1e-9)
    assert result.not_restored == (case.restored_h is None)


def _case(registers: dict[str, str], events: str, *, background: bool = False) -> RuleCase:
    return RuleCase("drawn", registers, events, {}, None, background=background, horizon_h=40.0)


def _run(opened: Opened, trial: int, *, background: bool = False) -> TrialResult:
    draws = event_draws(opened.happenings, 7, np.array([trial]))
    return run_trial(opened.network, opened.happenings, draws, seed=7, trial=trial, crews={},
                     horizon_ticks=int(40 * 3.6e9), background=background)  # fmt: skip


def test_background_failures_come_after_running_times(tmp_path: Path) -> None:
    """Mean running time 5 h, repair 2 h: runs are -5 ln(1 - u) with u of the stated keys, one after the other."""
    registers = {"systems": "id,repair,mtbf_h\na,2,5\n"}
    opened = opened_case(_case(registers, "", background=True), tmp_path)
    key = keys(opened.network.things.keys, Purpose.RUNNING)[0]
    for trial in range(5):
        stream = np.uint64(stream_of(7, trial))
        now, spells = 0.0, []
        for run in range(100):
            now += -5 * math.log1p(-uniform(stream, np.uint64(nth_key(key, run))))
            if now >= 40:
                break
            spells.append(min(2.0, 40 - now))
            now += 2
            if now >= 40:
                break
        result = _run(opened, trial, background=True)
        assert result.outages == [len(spells)]
        assert result.downtime_h == [pytest.approx(sum(spells), abs=1e-8)]


def test_an_event_puts_off_the_next_background_failure(tmp_path: Path) -> None:
    """The clock starts anew at the end of the repair: an event at 0.001 h, before any run ends, repaired at 3.001 h."""
    registers = {"systems": "id,repair,mtbf_h\na,3,1\n"}
    event = '[[event]]\nkind = "fail"\nat_h = 0.001\nitems = ["system:a"]\n'
    opened = opened_case(_case(registers, event, background=True), tmp_path)
    key = keys(opened.network.things.keys, Purpose.RUNNING)[0]
    stream = np.uint64(stream_of(7, 3))
    first, second = (-math.log1p(-uniform(stream, np.uint64(nth_key(key, run)))) for run in range(2))
    assert first > 0.001
    draws = event_draws(opened.happenings, 7, np.array([3]))
    just_before = int((3.001 + second) * 3.6e9) - 10
    shown = run_trial(opened.network, opened.happenings, draws, seed=7, trial=3, crews={},
                      horizon_ticks=just_before, background=True)  # fmt: skip
    assert (shown.outages, shown.not_restored) == ([1], False)
    shown = run_trial(opened.network, opened.happenings, draws, seed=7, trial=3, crews={},
                      horizon_ticks=just_before + 20, background=True)  # fmt: skip
    assert (shown.outages, shown.not_restored) == ([2], True)


def test_members_are_away_one_by_one(tmp_path: Path) -> None:
    """Of 10 members each is away at share 0.3 by a draw of its own; the team is at present / 10, or down below 6."""
    registers = {"teams": "id,headcount,minimum_staff\nt,10,6\n"}
    event = '[[event]]\nkind = "absence"\nat_h = 2\nitems = ["team:t"]\nshare = "fixed(0.3)"\nlasts = 10\n'
    opened = opened_case(_case(registers, event), tmp_path)
    key = opened.happenings[0].away_key[0]
    present_of = []
    for trial in range(400):
        stream = np.uint64(stream_of(7, trial))
        present = sum(uniform(stream, np.uint64(nth_key(key, member))) >= 0.3 for member in range(10))
        present_of.append(present)
        result = _run(opened, trial)
        assert result.outages == [int(present < 6)]
        assert result.downtime_h == [pytest.approx(10.0 if present < 6 else 10 - present)]
    # Binomial(10, 0.7): mean 7, standard deviation 1.449; four standard errors of 400 trials are 0.29.
    assert np.mean(present_of) == pytest.approx(7, abs=0.29)


def test_things_of_one_draw_are_hit_together(tmp_path: Path) -> None:
    """a is hit whenever b, of half its chance, is: 0.6 and 0.6 x 0.5; four standard errors of 600 trials are 0.08."""
    registers = {"systems": "id,repair,vulnerability\na,1,1\nb,1,0.5\n"}
    event = '[[event]]\nkind = "fail"\nat_h = 0\nitems = ["system:*"]\nchance = 0.6\ntogether = true\n'
    opened = opened_case(_case(registers, event), tmp_path)
    hits = np.array([_run(opened, trial).outages for trial in range(600)])
    assert (hits[:, 0] >= hits[:, 1]).all()
    assert hits.mean(axis=0) == pytest.approx([0.6, 0.3], abs=0.08)


def test_spread_in_time(tmp_path: Path) -> None:
    """b is struck within 10 h at a rate of 0.1 an hour and vulnerability 0.5: chance 1 - exp(-0.5) = 0.393."""
    registers = {"systems": "id,repair,vulnerability\na,1,1\nb,1,0.5\n",
                 "dependencies": "dependent,provider,tolerance_h\nsystem:b,system:a,100\n"}  # fmt: skip
    event = '[[event]]\nkind = "spread"\nat_h = 0\nstart = ["system:a"]\nchance_per_h = 0.1\ncontain_h = 10\n'
    opened = opened_case(_case(registers, event), tmp_path)
    struck = [_run(opened, trial) for trial in range(600)]
    assert np.mean([one.outages[1] for one in struck]) == pytest.approx(1 - math.exp(-0.5), abs=0.08)
    assert all(one.downtime_h[0] == 11 for one in struck)  # held to 10, repaired at 11
    assert all(one.downtime_h[1] < 11 + 1e-9 for one in struck)


def test_a_row_comes_up_by_its_chance(tmp_path: Path) -> None:
    """c goes down with a in the trials in which its row (chance 0.25) came up: four standard errors are 0.07."""
    registers = {"systems": "id,repair\na,1\nc,1\n",
                 "dependencies": "dependent,provider,chance\nsystem:c,system:a,0.25\n"}  # fmt: skip
    event = '[[event]]\nkind = "fail"\nat_h = 0\nitems = ["system:a"]\n'
    opened = opened_case(_case(registers, event), tmp_path)
    assert np.mean([_run(opened, trial).outages[1] for trial in range(600)]) == pytest.approx(0.25, abs=0.07)
