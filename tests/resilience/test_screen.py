"""Screening against exact answers, and draw by draw against the rule in plain words."""

from __future__ import annotations

import numpy as np
import pytest
from tests.resilience.networks import Case, down, random_case

from wholeplace.resilience.model.draws import uniforms
from wholeplace.resilience.screen import Screening

TRIALS = 5_000


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
