"""Cascades: what spreads in time, against pure births and gamma times; what passes on by chance, as bond percolation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.linalg import expm
from tests.resilience.theory import Compared, Found, estimate, integral, place_of, simulated

TRIALS = 40_000
RATE = 0.1


def spread(pairs: Iterable[tuple[str, str]], contain_h: object, *, seed: int, start: str = "a", rate: float = RATE,
           repair: object = 0, weak: Mapping[str, float] = {}, horizon_h: float = 1_000) -> Found:  # fmt: skip
    """What spreads along pairs, from one thing at 0 until it is contained."""
    pairs = list(pairs)
    names = sorted({name for pair in pairs for name in pair})
    edges = [{"from": f"system:{one}", "to": f"system:{other}", "chance_per_h": rate} for one, other in pairs]
    systems = [{"id": name, "vulnerability": weak.get(name, 1)} for name in names]
    event = {"kind": "spread", "at_h": 0, "start": [f"system:{start}"], "along": "edges.csv", "repair": repair}
    event |= {} if contain_h is None else {"contain_h": str(contain_h)}
    place = place_of({"systems": systems}, [event], horizon_h=horizon_h, edges=edges)
    return simulated(place, trials=TRIALS, seed=seed)


def test_along_a_line(compared: Compared) -> None:
    """The n-th on a line is struck after the sum of n exponential times: gamma (n, 10 h), if before the containment.

    Held until 25 h and repaired in 4 h: down for E[(25 - X)+] + 4 P(X < 25).
    """
    found = spread(zip("abcde", "bcdef", strict=True), 25, seed=1, repair=4)
    compared(found.downtime_h("system:a"), 29)
    for n, name in enumerate("bcdef", start=1):
        law = stats.gamma(n, scale=1 / RATE)
        struck = float(law.cdf(25))
        compared(found.p_down(f"system:{name}"), struck)
        hours = integral(law.cdf, 0, 25)
        compared(found.downtime_h(f"system:{name}"), hours + 4 * struck)


def test_along_a_line_contained_at_no_fixed_hour(compared: Compared) -> None:
    """Contained after exponential(15): each step comes before that with chance 0.1 / (0.1 + 1/15) (no memory)."""
    found = spread(zip("abcd", "bcde", strict=True), "exponential(15)", seed=2)
    for n, name in enumerate("bcde", start=1):
        compared(found.p_down(f"system:{name}"), (RATE / (RATE + 1 / 15)) ** n)


def test_two_ways_round(compared: Compared) -> None:
    """To d by b or by c, each the sum of two times (gamma, shape 2): the sooner; b is twice as vulnerable, so faster.

    By b: rates 0.2 and 0.1, P(X <= t) = 1 - 2 exp(-0.1 t) + exp(-0.2 t); c takes gamma (2, 10 h). Independent ways.
    """
    found = spread([("a", "b"), ("b", "d"), ("a", "c"), ("c", "d")], 12, seed=3, weak={"b": 2})
    compared(found.p_down("system:b"), 1 - math.exp(-0.2 * 12))
    by_b = 1 - 2 * math.exp(-0.1 * 12) + math.exp(-0.2 * 12)
    by_c = float(stats.gamma(2, scale=10).cdf(12))
    compared(found.p_down("system:d"), 1 - (1 - by_b) * (1 - by_c))


def test_down_a_tree(compared: Compared) -> None:
    """Three children each, to the third generation: 3^n things, struck after gamma (n, 10 h) each."""
    levels = ["a", *("".join(way) for n in (1, 2, 3) for way in product("xyz", repeat=n))]
    pairs = [(("a" if len(name) == 1 else name[:-1]), name) for name in levels[1:]]
    found = spread(pairs, 14, seed=4, repair="1")
    for n in (1, 2, 3):
        of_level = [found.down(f"system:{name}") for name in levels[1:] if len(name) == n]
        compared(estimate(np.sum(of_level, axis=0)), 3**n * float(stats.gamma(n, scale=10).cdf(14)))


def births(things: int, rate: float) -> NDArray[np.float64]:
    """Rates of the epidemic in which each of k struck things strikes each of the others at a rate: k (n - k) rate."""
    q = np.zeros((things, things))
    for k in range(1, things):
        q[k - 1, k] = k * (things - k) * rate
        q[k - 1, k - 1] = -q[k - 1, k]
    return q


@pytest.mark.parametrize(("things", "contain_h"), [(4, 6.0), (8, 4.0), (8, 2.0)])
def test_everyone_meets_everyone(compared: Compared, things: int, contain_h: float) -> None:
    """The simple epidemic (Bailey 1975, Mathematical Theory of Infectious Diseases, chapter 5), as a chain of births.

    How many are struck by the containment: the first row of exp(Q t).
    """
    names = "abcdefgh"[:things]
    found = spread([(one, other) for one in names for other in names if one != other], contain_h, seed=5)
    size = np.sum([found.down(f"system:{name}") for name in names], axis=0)
    chances = expm(births(things, RATE) * contain_h)[0]
    compared(estimate(size), float(chances @ np.arange(1, things + 1)))
    for k in range(1, things + 1):
        compared(estimate(size == k), float(chances[k - 1]))


def test_everyone_meets_everyone_for_as_long_as_it_takes(compared: Compared) -> None:
    """Of 6 the last is struck after the sum of 1 / (k (6 - k) 0.1) h; never contained, so down to the horizon of 500.

    Contained after exponential(2): from k to k + 1 with chance k (6 - k) 0.1 / (k (6 - k) 0.1 + 1 / 2).
    """
    names = "abcdef"
    pairs = [(one, other) for one in names for other in names if one != other]
    found = spread(pairs, None, seed=6, horizon_h=500)
    last = 500 - np.min([found.hours(f"system:{name}") for name in names], axis=0)
    compared(estimate(last), sum(1 / (k * (6 - k) * RATE) for k in range(1, 6)))
    found = spread(pairs, "exponential(2)", seed=7)
    size = np.sum([found.down(f"system:{name}") for name in names], axis=0)
    reached = 1.0
    for k in range(1, 6):
        reached *= k * (6 - k) * RATE / (k * (6 - k) * RATE + 1 / 2)
        compared(estimate(size > k), reached)


def passed_on(
    rows: Sequence[tuple[str, str, float]], *, seed: int, services: Mapping[str, Sequence[str]] = {}
) -> Found:
    """Things that each need another (dependent, provider, chance of the row); a fails. A service needs all of some."""
    records = [
        {"dependent": f"system:{one}", "provider": f"system:{other}", "chance": chance} for one, other, chance in rows
    ]
    records += [{"dependent": f"service:{service}", "provider": f"system:{name}"}
                for service, needed in services.items() for name in needed]  # fmt: skip
    names = sorted({name for row in rows for name in row[:2]})
    registers = {"systems": [{"id": name, "repair": 8} for name in names], "dependencies": records,
                 "services": [{"id": service} for service in services]}  # fmt: skip
    return simulated(
        place_of(registers, [{"kind": "fail", "at_h": 0, "items": ["system:a"]}]), trials=TRIALS, seed=seed
    )


def test_rows_that_come_up_by_chance_along_a_line(compared: Compared) -> None:
    """All rows on the way must have come up: 0.8^n."""
    found = passed_on([(one, other, 0.8) for one, other in zip("bcdefg", "abcdef", strict=True)], seed=8)
    for n, name in enumerate("bcdefg", start=1):
        compared(found.p_down(f"system:{name}"), 0.8**n)


def test_branching(compared: Compared) -> None:
    """Down a tree of three children whose rows come up with chance 0.4: a branching process (Harris 1963, chapter 1).

    Offspring are binomial (3, 0.4), G(s) = (0.6 + 0.4 s)^3; generation n has died out with chance G(G(... G(0))), and
    1.2^n members in the mean. A service for each generation needs all of it.
    """
    levels = ["a", *("".join(way) for n in (1, 2, 3, 4) for way in product("xyz", repeat=n))]
    rows = [(name, "a" if len(name) == 1 else name[:-1], 0.4) for name in levels[1:]]
    of_level = {str(n): [name for name in levels[1:] if len(name) == n] for n in (1, 2, 3, 4)}
    found = passed_on(rows, seed=9, services=of_level)
    died_out = 0.0
    for n in (1, 2, 3, 4):
        died_out = (0.6 + 0.4 * died_out) ** 3
        compared(found.p_down(f"service:{n}"), 1 - died_out)
        compared(estimate(np.sum([found.down(f"system:{name}") for name in of_level[str(n)]], axis=0)), 1.2**n)


@pytest.mark.parametrize("chance", [0.35, 0.5, 0.7])
def test_percolation_on_a_lattice(compared: Compared, chance: float) -> None:
    """3 x 3 things, each needing its neighbours by rows that come up with a chance; the corner a fails.

    What is down is the cluster of the corner in bond percolation, by trying all 2^12 sets of bonds. A bond here is two
    rows, one each way, with draws of their own; a search from one corner asks a bond once, from the side that it comes
    to first, so the cluster has the same chances (Grimmett 1999, Percolation, section 1.6). All is loops here.
    """
    names = "abcdefghi"
    bonds = [(at, at + step) for at in range(9) for step in (1, 3) if (at % 3 < 2 if step == 1 else at < 6)]
    rows = [(names[one], names[other], chance) for pair in bonds for one, other in (pair, pair[::-1])]
    found = passed_on(rows, seed=10)
    reached, sizes = np.zeros(9), np.zeros(10)
    for there in product([False, True], repeat=len(bonds)):
        p = math.prod(chance if one else 1 - chance for one in there)
        cluster = {0}
        before = 0
        while before < len(cluster):
            before = len(cluster)
            for (one, other), is_there in zip(bonds, there, strict=True):
                if is_there and (one in cluster or other in cluster):
                    cluster |= {one, other}
        reached[list(cluster)] += p
        sizes[len(cluster)] += p
    for name, p in zip(names[1:], reached[1:], strict=True):
        compared(found.p_down(f"system:{name}"), p)
    size = np.sum([found.down(f"system:{name}") for name in names], axis=0)
    for k in range(1, 10):
        compared(estimate(size == k), sizes[k])
