"""Exact chances: by formula, by trying every case, by published fault trees, and the limits that hold."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from tests.resilience.networks import Case, down, p_down, random_case

from wholeplace.resilience.exact import CutSets
from wholeplace.resilience.exact.question import Figures, Question, answers
from wholeplace.resilience.standing import standing_of


def solved(one: Case, names: list[str], target: str | None = None) -> tuple[Figures, CutSets | None, dict[str, int]]:
    """Answer in this process; the last is the number of each thing that can go down."""
    network = one.network
    at = {name: network.things.number[name] for name in names}
    standing = standing_of(network, one.happenings, list(at.values()), horizon_h=10)
    number = {network.things.names[thing]: here for here, thing in enumerate(standing.things.tolist())}
    things = tuple(number[name] for name in names if name in number)
    question = Question(
        standing, things, number.get(target or ""), {here: name for name, here in number.items()}, 100_000
    )
    told = list(answers(question)) if things else [Figures({}, {}, {})]
    figures, cut_sets = told[0], (told[1] if len(told) > 1 else None)
    assert isinstance(figures, Figures)
    assert cut_sets is None or isinstance(cut_sets, CutSets)
    return figures, cut_sets, number


@pytest.mark.parametrize("seed", range(400))
def test_random_networks_against_every_case(seed: int) -> None:
    one = random_case(np.random.default_rng(seed))
    names = one.network.things.names
    target = names[seed % len(names)]
    figures, cut_sets, number = solved(one, names, target)
    for name in names:
        found = figures.p_down[number[name]] if name in number else 0.0
        assert found == pytest.approx(p_down(one, name), rel=1e-12, abs=0)
    struck = {name for hit in one.hits for name, chance in hit.chances.items() if chance > 0}
    for name in struck:
        at = number.get(name, -1)
        base = figures.p_down[number[target]] if target in number else 0.0
        failed, spared = figures.p_down_failed.get(at, base), figures.p_down_spared.get(at, base)
        assert failed == pytest.approx(p_down(one, target, lambda struck: struck | {name}), rel=1e-12, abs=0)  # noqa: B023
        assert spared == pytest.approx(p_down(one, target, lambda struck: struck - {name}), rel=1e-12, abs=0)  # noqa: B023
    if target in number:
        assert cut_sets is not None
        theirs = minimal_cut_sets(one, target, sorted(struck))
        assert cut_sets.count == len(theirs)
        assert {frozenset(cut) for cut in cut_sets.smallest} <= theirs
        assert [len(cut) for cut in cut_sets.smallest] == sorted(map(len, theirs))[:20]


def minimal_cut_sets(one: Case, target: str, things: list[str]) -> set[frozenset[str]]:
    """By trying every set of things, smaller ones first; a row of chance 0 is never in force."""
    never = {(number, row[0]) for number, need in enumerate(one.needs) for row in need.providers
             if isinstance(row, tuple) and row[1] == 0}  # fmt: skip
    found: set[frozenset[str]] = set()
    for size in range(len(things) + 1):
        for cut in map(frozenset, itertools.combinations(things, size)):
            if not any(smaller <= cut for smaller in found) and target in down(one.needs, set(cut), never):
                found.add(cut)
    return found
