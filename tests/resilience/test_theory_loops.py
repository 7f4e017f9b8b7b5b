"""Loops that come back by a black start, solved by hand for any repair; and layers of k of n, as a Markov chain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import stats
from tests.resilience.theory import Compared, Found, estimate, place_of, simulated

TRIALS = 40_000
MEAN_H = 10.0
RESTART_H = {"a": 3.0, "b": 2.0, "c": 5.0}


def ring(struck: str, *, black_start: str = "a", tolerance_h: float = 0, seed: int, horizon_h: float = 1_000,
         settings: Sequence[dict[str, Any]] = ()) -> Found:  # fmt: skip
    """a needs c, b needs a, c needs b, each with its restart; a tolerance for a alone. One fails at 0."""
    rows = [{"dependent": f"system:{one}", "provider": f"system:{other}", "restart_h": RESTART_H[one],
             "tolerance_h": tolerance_h if one == "a" else 0} for one, other in ("ac", "ba", "cb")]  # fmt: skip
    systems = [{"id": name, "repair": f"exponential({MEAN_H})", "black_start": "yes" if name in black_start else "no"}
               for name in "abc"]  # fmt: skip
    event = {"kind": "fail", "at_h": 0, "items": [f"system:{struck}"]}
    registers = {"systems": systems, "dependencies": [*rows, *settings]}
    return simulated(place_of(registers, [event], horizon_h=horizon_h), trials=TRIALS, seed=seed)


@pytest.mark.parametrize("struck", ["a", "b", "c"])
def test_a_ring_comes_back_through_its_black_start(compared: Compared, struck: str) -> None:
    """All go down at 0. When the struck thing is repaired, after R, all could hold each other up: a restarts (3 h).

    Then b (2 h more), then c (5 h more): E[R] + 3, + 5, + 10. Where c is the black start, c after 5 h, a after 8, b
    after 10; where two are, the rest follows the sooner.
    """
    found = ring(struck, seed=1)
    for name, more in {"a": 3, "b": 5, "c": 10}.items():
        compared(found.downtime_h(f"system:{name}"), MEAN_H + more)
        assert found.outages(f"system:{name}").mean == 1
    found = ring(struck, black_start="c", seed=2)
    for name, more in {"c": 5, "a": 8, "b": 10}.items():
        compared(found.downtime_h(f"system:{name}"), MEAN_H + more)
    found = ring(struck, black_start="ac", seed=3)  # a and c restart side by side, then b after a
    for name, more in {"a": 3, "b": 5, "c": 5}.items():
        compared(found.downtime_h(f"system:{name}"), MEAN_H + more)


def test_without_a_black_start_it_stays_down() -> None:
    found = ring("a", black_start="", seed=4, horizon_h=300)
    assert (found.batch.downtime_h == 300).all()
    assert found.p_not_restored.mean == 1


def test_a_tolerance_within_the_ring(compared: Compared) -> None:
    """a bears 12 h without c; b is struck, and repaired after R exponential(10); c restarts within 5 h, a within 3.

    R <= 7: c is back by 12 h, at R + 5; a never goes down.
    7 < R <= 12: b is back, c not yet; a goes down at 12, takes b with it, restarts at once: a 3 h, b to 17, c to 22.
    R > 12: a goes down at 12; all begins at R: a to R + 3, b to R + 5, c to R + 10. (R at just 7 or 12 h never is.)
    """
    found = ring("b", tolerance_h=12, seed=5)
    early, late = math.exp(-7 / MEAN_H), math.exp(-12 / MEAN_H)
    between = early - late
    compared(found.p_down("system:a"), early)
    compared(found.downtime_h("system:a"), 3 * between + late * (MEAN_H + 3))  # E[R - 12 | R > 12] = 10
    until_7 = MEAN_H * (1 - early) - 7 * early  # E[R; R <= 7]
    compared(found.downtime_h("system:c"), until_7 + 5 * (1 - early) + 22 * between + late * (12 + MEAN_H + 10))
    until_12 = MEAN_H * (1 - late) - 12 * late
    compared(found.downtime_h("system:b"), until_12 + 5 * between + late * (12 + MEAN_H + 5))
    compared(found.outages("system:b"), 1 + between)


def test_a_loop_with_a_way_out_needs_no_black_start(compared: Compared) -> None:
    """a needs c or d, and d stands outside: with b struck, a and all that follows stay up or come back by themselves.

    b is down for R and c follows to R + 5; a is held by d. With d down too (repaired after 25 h at the latest by
    beta(2, 2) + 24, so after c has no way back), a goes down at 0 and comes back with d.
    """
    rows = [{"dependent": "system:a", "provider": "system:c", "group": "g"},
            {"dependent": "system:a", "provider": "system:d", "group": "g"},
            {"dependent": "system:b", "provider": "system:a"}, {"dependent": "system:c", "provider": "system:b", "restart_h": 5}]  # fmt: skip
    systems = [{"id": name, "repair": f"exponential({MEAN_H})"} for name in "abcd"]
    registers = {"systems": systems, "dependencies": rows}
    one = {"kind": "fail", "at_h": 0, "items": ["system:b"]}
    found = simulated(place_of(registers, [one], horizon_h=1_000), trials=TRIALS, seed=6)
    assert found.p_down("system:a").mean == 0
    compared(found.downtime_h("system:b"), MEAN_H)
    compared(found.downtime_h("system:c"), MEAN_H + 5)
    both = {**one, "items": ["system:b", "system:d"]}
    found = simulated(place_of(registers, [both], horizon_h=2_000), trials=TRIALS, seed=7)
    compared(found.downtime_h("system:a"), MEAN_H)  # with d
    compared(found.downtime_h("system:b"), 1.5 * MEAN_H)  # with the later of its own repair and d: 10 (1 + 1/2)
    compared(found.downtime_h("system:c"), 1.5 * MEAN_H + 5)


@pytest.mark.parametrize(("own", "chance"), [(0.0, 0.7), (0.1, 1.0), (0.1, 0.6)])
def test_layers_of_k_of_n(compared: Compared, own: float, chance: float) -> None:
    """Four layers of five things; each needs three of the five before it, by rows that come up with a chance.

    Given m down in a layer, each of the next is down with chance 1 - (1 - own)(1 - P(Binomial(m, chance) > 2)), apart
    from the others: the number down is a Markov chain from layer to layer. Own failures at 0 with 0.3 in the first.
    """
    layers = [[f"{layer}{n}" for n in range(5)] for layer in "abcd"]
    rows = [{"dependent": f"system:{one}", "provider": f"system:{other}", "group": "g", "required": 3, "chance": chance}
            for before, layer in pairwise(layers) for one in layer for other in before]  # fmt: skip
    registers = {"systems": [{"id": name, "repair": 8} for layer in layers for name in layer], "dependencies": rows}
    events = [{"kind": "fail", "at_h": 0, "items": ["system:a*"], "chance": 0.3}]
    events += [{"kind": "fail", "at_h": 0, "items": [f"system:{layer}*" for layer in "bcd"], "chance": own}] * (own > 0)
    found = simulated(place_of(registers, events), trials=TRIALS, seed=8)
    number = np.arange(6)
    chances = stats.binom.pmf(number, 5, 0.3)
    falls = 1 - (1 - own) * (1 - stats.binom.sf(2, number, chance))
    for layer in layers:
        down = np.sum([found.down(f"system:{name}") for name in layer], axis=0)
        for m in range(6):
            if chances[m] > 0.0005:
                compared(estimate(down == m), float(chances[m]))
        chances = chances @ stats.binom.pmf(number[None, :], 5, falls[:, None])
