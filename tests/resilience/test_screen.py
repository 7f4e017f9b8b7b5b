"""Screening against exact answers, and draw by draw against the rule in plain words."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from tests.resilience.fault_trees import BAOBAB_2, tree_case
from tests.resilience.networks import Case, Hit, Need, case, down, p_down, random_case

from wholeplace.resilience.asking import RefusedError
from wholeplace.resilience.exact import exact
from wholeplace.resilience.model.draws import uniforms
from wholeplace.resilience.screen import Screening, screen
from wholeplace.resilience.screen.words import WIDTH

BLOCK = 64 * WIDTH


def outcomes(one: Case, seed: int, first: int, trials: int) -> list[tuple[set[str], set[tuple[int, str]]]]:
    """What is struck in each trial and which rows did not come up, by the draws as they are defined."""
    names, rows = one.network.things.names, one.network.rows
    dependents = [one.network.things.number[need.dependent] for need in one.needs]
    needs = sorted(range(len(one.needs)), key=lambda number: (dependents[number], number))  # as groups are sorted
    found: list[tuple[set[str], set[tuple[int, str]]]] = [(set(), set()) for _ in range(trials)]
    for strikes in (happening.strikes for happening in one.happenings):
        for thing, chance, key in zip(strikes.thing, strikes.chance, strikes.key, strict=True):
            for trial in np.flatnonzero(uniforms(seed, np.arange(first, first + trials), key) < chance):
                found[trial][0].add(names[thing])
    for row in range(len(rows.group)):
        for trial in np.flatnonzero(
            uniforms(seed, np.arange(first, first + trials), rows.key[row]) >= rows.chance[row]
        ):
            found[trial][1].add((needs[rows.group[row]], names[rows.provider[row]]))
    return found


@pytest.mark.parametrize("seed", range(40))
def test_draw_by_draw(seed: int) -> None:
    """Trial for trial, for a range that neither begins nor ends with a word; the target also when things are forced."""
    one = random_case(np.random.default_rng(seed))
    names = one.network.things.names
    target = names[seed % len(names)]
    screening = Screening(one.network, one.happenings, horizon_h=10, target=target, items=names)
    counts = screening.count(seed, 3, 70)
    cases = outcomes(one, seed, 3, 70)
    for name, found in zip(screening.counted, counts.down, strict=True):
        assert found == sum(name in down(one.needs, struck, out) for struck, out in cases)
    for at, failed, spared in zip(
        screening.standing.things[screening.plan.forced_things], counts.failed, counts.spared, strict=True
    ):
        thing = {names[at]}
        assert failed == sum(target in down(one.needs, struck | thing, out) for struck, out in cases)
        assert spared == sum(target in down(one.needs, struck - thing, out) for struck, out in cases)


def test_against_every_case_within_its_standard_errors() -> None:
    """60 random networks, every thing in each: all within 4 standard errors, nearly all within 3."""
    off = []
    for seed in range(60):
        one = random_case(np.random.default_rng(seed))
        names = one.network.things.names
        found = screen(one.network, one.happenings, horizon_h=10, trials=20_000, seed=seed, items=names)
        for name in names:
            p = p_down(one, name)
            if 0 < p < 1 - 1e-12:
                assert found.p_down_se[name] == pytest.approx(
                    sqrt(found.p_down[name] * (1 - found.p_down[name]) / 20_000)
                )
                off.append(abs(found.p_down[name] - p) / sqrt(p * (1 - p) / 20_000))
            else:
                assert (found.p_down[name], found.p_down_se[name]) == (round(p), 0)
    assert len(off) > 100
    assert max(off) < 4
    assert np.mean(np.array(off) < 3) > 0.99


def test_importance_against_exact() -> None:
    """A fault tree whose chances are raised, so that each P1 and P0 is seen often enough."""
    one = tree_case(BAOBAB_2, chance=0.2)
    trials = 50_000
    found = screen(one.network, one.happenings, horizon_h=1, trials=trials, seed=1, target="system:r1")
    exactly = exact(one.network, one.happenings, horizon_h=1, target="system:r1")
    assert len(found.importance) == 32
    for ours, theirs in zip(found.importance, exactly.importance, strict=True):
        assert ours.item == theirs.item
        for name in ("p_down_failed", "p_down_spared"):
            p = getattr(theirs, name)
            assert abs(getattr(ours, name) - p) < 4 * sqrt(p * (1 - p) / trials)


def counting(threads: int | None, *ranges: tuple[int, int]) -> list[object]:
    one = tree_case(BAOBAB_2, chance=0.2)
    screening = Screening(
        one.network, one.happenings, horizon_h=1, target="system:r1", items=["system:g17", "system:e1"]
    )
    counts = [screening.count(7, first, trials, threads=threads) for first, trials in ranges]
    total = sum(counts[1:], start=counts[0])
    return [total.trials, total.down.tolist(), total.failed.tolist(), total.spared.tolist()]


def test_merged_ranges_and_threads_make_no_difference() -> None:
    whole = counting(1, (5, 40 * BLOCK + 17))
    assert counting(2, (5, 40 * BLOCK + 17)) == whole
    assert counting(3, (5, 1), (6, 63), (69, BLOCK), (69 + BLOCK, 39 * BLOCK - 47)) == whole
    assert counting(1, (4, 40 * BLOCK + 17)) != whole


def test_counting_many_of_many() -> None:
    """k of 9 for every k, against the binomial by counting in numpy on the same draws."""
    names = [f"system:{n}" for n in range(9)]
    services = [f"service:{required}" for required in range(1, 10)]
    one = case([Need(name, names, required) for required, name in enumerate(services, start=1)],
               [Hit(dict.fromkeys(names, 0.4))], services)  # fmt: skip
    counts = Screening(one.network, one.happenings, horizon_h=1).count(3, 0, 1000)
    keys = one.happenings[0].strikes.key
    lost = sum((uniforms(3, np.arange(1000), key) < 0.4).astype(int) for key in keys)
    assert counts.down.tolist() == [int((lost > 9 - required).sum()) for required in range(1, 10)]


def test_what_nothing_strikes_and_what_is_refused() -> None:
    calm = case([Need("service:s", ["system:a"])], [], ["service:s"])
    found = screen(calm.network, calm.happenings, horizon_h=1, trials=100, seed=1, target="service:s")
    assert (found.p_down, found.p_down_se, found.importance) == ({"service:s": 0.0}, {"service:s": 0.0}, ())
    slow = case([Need("service:s", ["system:a"], tolerance_h=2)], [Hit({"system:a": 0.5})], ["service:s"])
    with pytest.raises(RefusedError, match=r"the method screen .* has a tolerance of 2 h"):
        screen(slow.network, slow.happenings, horizon_h=1, trials=100, seed=1)
    with pytest.raises(RefusedError, match=r"no thing 'service:t'.*did you mean 'service:s'"):
        screen(calm.network, calm.happenings, horizon_h=1, trials=100, seed=1, target="service:t")
