"""Crews, against the machine-repair queue M/M/c//N and against lists worked off one by one.

N things that each fail at rate f while they run, and c repairers with rate r each: the number failed is a birth and
death process with births (N - n) f and deaths min(n, c) r (Kleinrock 1975, Queueing Systems 1, section 3.8). From all up
at 0 its chances at t are the first row of exp(Q t), with Q its matrix of rates; hours spent in each state to a horizon
are read off the exponential of Q with one column more (Van Loan 1978).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import replace
from math import comb, factorial

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import expm
from tests.resilience.theory import Compared, Found, estimate, place_of, simulated

MTBF_H, REPAIR_H = 20.0, 5.0
LETTERS = "abcdefghijkl"


def rates(things: int, size: int) -> NDArray[np.float64]:
    """Q: from n failed things to n + 1 and n - 1."""
    q = np.zeros((things + 1, things + 1))
    for n in range(things + 1):
        if n < things:
            q[n, n + 1] = (things - n) / MTBF_H
        if n:
            q[n, n - 1] = min(n, size) / REPAIR_H
        q[n, n] = -q[n].sum()
    return q


def hours_in_states(q: NDArray[np.float64], horizon_h: float) -> NDArray[np.float64]:
    """Expected hours in each state from 0 to the horizon, from state 0."""
    states = len(q)
    double = np.zeros((2 * states, 2 * states))
    double[:states, :states], double[:states, states:] = q, np.eye(states)
    return np.asarray(expm(double * horizon_h)[0, states:])


def repaired_by_a_crew(things: int, size: int, horizon_h: float, *, trials: int, seed: int) -> Found:
    """Things that fail by themselves; service:k needs k + 1 fewer than all of them, so is down while more than k are."""
    systems = [{"id": one, "mtbf_h": MTBF_H, "repair": f"exponential({REPAIR_H})", "crew": "it"}
               for one in LETTERS[:things]]  # fmt: skip
    rows = [{"dependent": f"service:{k}", "provider": f"system:{one}", "group": "g", "required": things - k}
            for k in range(things) for one in LETTERS[:things]]  # fmt: skip
    services = [{"id": k} for k in range(things)]
    crews = [{"id": "it", "size": size}]
    registers = {"systems": systems, "services": services, "dependencies": rows, "crews": crews}
    return simulated(place_of(registers, horizon_h=horizon_h, background=True), trials=trials, seed=seed)


@pytest.mark.parametrize(("things", "size"), [(3, 1), (5, 1), (5, 2), (6, 3), (4, 4)])
def test_machine_repair_from_the_start(compared: Compared, things: int, size: int) -> None:
    """Hours with more than k failed; failures at f times the hours of running; some failed at the horizon.

    Outages of service:k begin with a birth in state k: (N - k) f times the hours in it.
    """
    horizon = 40.0
    found = repaired_by_a_crew(things, size, horizon, trials=40_000, seed=1)
    q = rates(things, size)
    hours = hours_in_states(q, horizon)
    assert hours.sum() == pytest.approx(horizon)
    failed = float(hours @ np.arange(things + 1))
    names = [f"system:{one}" for one in LETTERS[:things]]
    compared(estimate(sum(found.hours(name) for name in names)), failed)
    compared(estimate(found.batch.outages[:, -things:].sum(axis=1)), (things * horizon - failed) / MTBF_H)
    for k in range(things):
        compared(found.downtime_h(f"service:{k}"), float(hours[k + 1 :].sum()))
        compared(found.outages(f"service:{k}"), float(hours[k]) * (things - k) / MTBF_H)
    compared(found.p_not_restored, 1 - expm(q * horizon)[0, 0])


@pytest.mark.parametrize(("things", "size"), [(5, 1), (6, 2)])
def test_machine_repair_in_the_long_run(compared: Compared, things: int, size: int) -> None:
    """Over 4,000 h, the first part of which (all up at first) is worth some hours, taken from exp(Q t).

    Shares of time by the formula of the queue: p(n) ~ C(N, n) (f / r)^n, times n! / (c! c^(n - c)) above c.
    """
    horizon = 4_000.0
    load = REPAIR_H / MTBF_H
    weights = np.array([comb(things, n) * load**n * (factorial(n) / (factorial(size) * size ** (n - size)) if n > size else 1)
                        for n in range(things + 1)])  # fmt: skip
    steady = weights / weights.sum()
    warm = hours_in_states(rates(things, size), horizon) - steady * horizon
    assert np.abs(warm).max() < 25
    found = repaired_by_a_crew(things, size, horizon, trials=1_500, seed=2)
    for k in range(things):
        compared(found.downtime_h(f"service:{k}"), float((steady * horizon + warm)[k + 1 :].sum()))


@pytest.mark.parametrize(("things", "size"), [(8, 1), (8, 3), (5, 5)])
def test_all_at_once(compared: Compared, things: int, size: int) -> None:
    """The time until all are repaired: with i left min(i, c) are at work, so the sum of m / min(i, c) (Renyi 1953).

    The time until k are left, likewise, is that of the service which bears k failures; exponential repairs of mean m.
    """
    systems = [{"id": one, "repair": f"exponential({REPAIR_H})", "crew": "it"} for one in LETTERS[:things]]
    rows = [{"dependent": f"service:{k}", "provider": f"system:{one}", "group": "g", "required": things - k}
            for k in range(things) for one in LETTERS[:things]]  # fmt: skip
    registers = {"systems": systems, "crews": [{"id": "it", "size": size}], "dependencies": rows,
                 "services": [{"id": k} for k in range(things)]}  # fmt: skip
    event = {"kind": "fail", "at_h": 0, "items": ["system:*"]}
    found = simulated(place_of(registers, [event], horizon_h=2_000), trials=40_000, seed=3)
    until = [sum(REPAIR_H / min(i, size) for i in range(k + 1, things + 1)) for k in range(things)]
    compared(found.restored_h, until[0])
    for k in range(things):
        compared(found.downtime_h(f"service:{k}"), until[k])


def worked_off(jobs: Sequence[tuple[float, float]], size: int) -> list[float]:
    """When each job (its start, its length; in order of coming) ends: each goes to whoever is free first.

    List scheduling: Graham (1966), Bounds for certain multiprocessing anomalies.
    """
    free = [0.0] * size
    ends = []
    for came, length in jobs:
        ends.append(max(came, heapq.heappop(free)) + length)
        heapq.heappush(free, ends[-1])
    return ends


@pytest.mark.parametrize("seed", range(100))
def test_lists_are_worked_off_in_order(seed: int) -> None:
    """Failures at once (queued by name) or one after the other, repairs of fixed length, by hand of a scheduler."""
    luck = np.random.default_rng(seed)
    things, size = int(luck.integers(1, 13)), int(luck.integers(1, 5))
    lengths = luck.integers(1, 2_000, things) / 100
    at = np.zeros(things) if seed % 2 else luck.choice(np.arange(1, 2_000), things, replace=False) / 100
    systems = [{"id": one, "repair": length, "crew": "it"} for one, length in zip(LETTERS, lengths, strict=False)]
    events = [{"kind": "fail", "at_h": str(came), "items": [f"system:{one}"]}
              for one, came in zip(LETTERS, at, strict=False)]  # fmt: skip
    registers = {"systems": systems, "crews": [{"id": "it", "size": size}]}
    found = simulated(place_of(registers, events, horizon_h=1_000), trials=1)
    order = np.argsort(at, kind="stable")
    ends = worked_off([(at[one], lengths[one]) for one in order], size)
    assert found.batch.downtime_h[0, order] == pytest.approx(np.array(ends) - at[order], abs=1e-8)
    assert found.batch.restored_h[0] == pytest.approx(max(ends), abs=1e-8)


def test_a_crew_override(compared: Compared) -> None:
    """Two things struck at once, exponential repairs of 5 h: by one the second is back after 10 h, by two after 7.5 h."""
    systems = [{"id": one, "repair": "exponential(5)", "crew": "it"} for one in "ab"]
    event = {"kind": "fail", "at_h": 0, "items": ["system:*"]}
    place = place_of({"systems": systems, "crews": [{"id": "it", "size": 1}]}, [event], horizon_h=1_000)
    compared(simulated(place, trials=40_000, seed=5).restored_h, 10.0)
    compared(simulated(replace(place, crews={"it": 2}), trials=40_000, seed=5).restored_h, 7.5)
