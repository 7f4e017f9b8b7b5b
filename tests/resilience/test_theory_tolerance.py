"""Tolerances, restarts and substitutes, against the tails of repair times.

What needs a thing that is struck at 0 and repaired after R h is down from its tolerance T to R, if R > T: with chance
P(R > T), for E[(R - T)+] h in the mean. For an exponential R with mean m these are exp(-T / m) and m exp(-T / m); for a
lognormal one with median M and sigma s, with d = ln(M / T) / s and N the normal distribution function, N(d) and
M exp(s^2 / 2) N(d + s) - T N(d) (as in Black and Scholes 1973, whose option pays (R - T)+).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats
from tests.resilience.theory import Compared, Found, estimate, integral, place_of, simulated

TRIALS = 40_000
MEAN, MEDIAN, SIGMA = 10.0, 8.0, 0.9
REPAIRS = {"exponential": f"exponential({MEAN})", "lognormal": f"lognormal(median={MEDIAN}, sigma={SIGMA})"}
LAWS = {"exponential": stats.expon(scale=MEAN), "lognormal": stats.lognorm(SIGMA, scale=MEDIAN)}


def tail(kind: str, hours: float) -> float:
    """P(R > hours)."""
    if kind == "exponential":
        return math.exp(-hours / MEAN)
    return float(stats.norm.cdf(math.log(MEDIAN / hours) / SIGMA)) if hours > 0 else 1.0


def excess(kind: str, hours: float) -> float:
    """E[(R - hours)+]."""
    if kind == "exponential":
        return MEAN * math.exp(-hours / MEAN)
    d = math.log(MEDIAN / hours) / SIGMA
    return float(MEDIAN * math.exp(SIGMA**2 / 2) * stats.norm.cdf(d + SIGMA) - hours * stats.norm.cdf(d))


def struck(rows: Sequence[dict[str, Any]], repair: str, *, seed: int, services: Sequence[dict[str, Any]] = (),
           things: str = "a", horizon_h: float = 5_000) -> Found:  # fmt: skip
    """Things that all fail at 0; what else there is never does. Rows have `on` and `by` in place of full names."""
    named = [{"dependent": row["on"] if ":" in row["on"] else f"system:{row['on']}", "provider": f"system:{row['by']}",
              **{key: value for key, value in row.items() if key not in ("on", "by")}} for row in rows]  # fmt: skip
    others = sorted({row["on"] for row in rows if ":" not in row["on"]})
    systems = [{"id": name, "repair": repair} for name in [*things, *others]]
    event = {"kind": "fail", "at_h": 0, "items": [f"system:{name}" for name in things]}
    registers = {"systems": systems, "dependencies": named, "services": services}
    return simulated(place_of(registers, [event], horizon_h=horizon_h), trials=TRIALS, seed=seed)


@pytest.mark.parametrize("kind", REPAIRS)
@pytest.mark.parametrize("tolerance_h", [0.5, 6.0, 20.0])
def test_tails(compared: Compared, kind: str, tolerance_h: float) -> None:
    """Limits too: an outage longer than 4 h is a repair longer than tolerance + 4 h. To x of its level: 1 - x as much."""
    rows = [{"on": "service:s", "by": "a", "tolerance_h": tolerance_h},
            {"on": "d", "by": "a", "tolerance_h": tolerance_h, "degraded_to": 0.3}]  # fmt: skip
    found = struck(rows, REPAIRS[kind], seed=1, services=[{"id": "s", "rto_h": 4, "max_tolerable_h": 12}])
    compared(found.downtime_h("system:a"), LAWS[kind].mean())
    compared(found.p_down("service:s"), tail(kind, tolerance_h))
    compared(found.downtime_h("service:s"), excess(kind, tolerance_h))
    compared(found.longest_h("service:s"), excess(kind, tolerance_h))
    compared(found.p_over_rto("service:s"), tail(kind, tolerance_h + 4))
    compared(found.p_over_max_tolerable("service:s"), tail(kind, tolerance_h + 12))
    compared(found.downtime_h("system:d"), 0.7 * excess(kind, tolerance_h))
    assert found.outages("system:d").mean == 0


@pytest.mark.parametrize("kind", REPAIRS)
def test_cut_off_at_the_horizon(compared: Compared, kind: str) -> None:
    """At a horizon of 15 h: E[(min(R, 15) - T)+] is what lies above T less what lies above 15 h."""
    found = struck([{"on": "b", "by": "a", "tolerance_h": 6}], REPAIRS[kind], seed=2, horizon_h=15)
    compared(found.downtime_h("system:b"), excess(kind, 6) - excess(kind, 15))
    compared(found.p_down("system:b"), tail(kind, 6))
    compared(found.p_not_restored, tail(kind, 15))
    compared(found.restored_h, LAWS[kind].mean() - excess(kind, 15))


@pytest.mark.parametrize("kind", REPAIRS)
def test_chains(compared: Compared, kind: str) -> None:
    """Each waits for the one before it: the third is down after the sum of three tolerances."""
    steps = [2.0, 3.5, 6.0]
    rows = [{"on": f"c{n + 1}", "by": f"c{n}" if n else "a", "tolerance_h": step} for n, step in enumerate(steps)]
    found = struck(rows, REPAIRS[kind], seed=3)
    for number, waited in enumerate(np.cumsum(steps), start=1):
        compared(found.p_down(f"system:c{number}"), tail(kind, waited))
        compared(found.downtime_h(f"system:c{number}"), excess(kind, waited))


@pytest.mark.parametrize("kind", REPAIRS)
def test_chains_with_restarts(compared: Compared, kind: str) -> None:
    """b: tolerance 3 h, restart 5 h; c: tolerance 6 h, restart 2 h.

    b is down from 3 to R + 5, if R > 3: for E[(R - 3)+] + 5 P(R > 3). That is R + 2 h, more than the 6 h of c if R > 4:
    c is down from 9 to R + 7, if R > 4: for E[(R - 4)+] + 2 P(R > 4), as R + 7 - 9 = (R - 4) + 2.
    """
    rows = [{"on": "b", "by": "a", "tolerance_h": 3, "restart_h": 5},
            {"on": "c", "by": "b", "tolerance_h": 6, "restart_h": 2}]  # fmt: skip
    found = struck(rows, REPAIRS[kind], seed=4)
    compared(found.p_down("system:b"), tail(kind, 3))
    compared(found.downtime_h("system:b"), excess(kind, 3) + 5 * tail(kind, 3))
    compared(found.p_down("system:c"), tail(kind, 4))
    compared(found.downtime_h("system:c"), excess(kind, 4) + 2 * tail(kind, 4))


def failing_again_and_again(settings: dict[str, float], *, mtbf: float, repair: float, horizon_h: float, trials: int,
                            seed: int) -> Found:  # fmt: skip
    """a fails by itself and is repaired, both exponential; b needs it."""
    systems = [{"id": "a", "mtbf_h": mtbf, "repair": f"exponential({repair})"}, {"id": "b"}]
    rows = [{"dependent": "system:b", "provider": "system:a", **settings}]
    place = place_of({"systems": systems, "dependencies": rows}, horizon_h=horizon_h, background=True)
    return simulated(place, trials=trials, seed=seed)


def test_the_tolerance_is_full_again(compared: Compared) -> None:
    """A thing that fails by itself at rate f, repaired at rate r; b waits T h each time, however often.

    b is down at t when a is down all the time from t - T: chance (1 - A(t - T)) exp(-r T), with A as in
    test_theory_availability. Its outages begin T after failures whose repair takes longer: rate f A(t - T) exp(-r T).
    Over the first 40 h and with 3 h, in which a fails five times in the mean.
    """
    mtbf, repair, tolerance, horizon = 6.0, 2.0, 3.0, 40.0
    found = failing_again_and_again({"tolerance_h": tolerance}, mtbf=mtbf, repair=repair, horizon_h=horizon,
                                    trials=TRIALS, seed=5)  # fmt: skip
    fails, mends = 1 / mtbf, 1 / repair
    longer = math.exp(-mends * tolerance)
    down = integral(lambda t: fails * (1 - math.exp(-(fails + mends) * t)) / (fails + mends), 0, horizon - tolerance)
    compared(found.downtime_h("system:b"), longer * down)
    compared(found.outages("system:b"), longer * fails * (horizon - tolerance - down))
    assert found.outages("system:a").mean > 4.5


def test_restarts_that_are_interrupted_begin_anew(compared: Compared) -> None:
    """b is up at t if a never failed before, or has been up for the restart of 5 h: with chance exp(-f t) before 5 h.

    From then on A(t - 5) exp(-5 f). Its outages begin when a fails while b is up: f times the hours of that.
    """
    mtbf, repair, restart, horizon = 8.0, 3.0, 5.0, 60.0
    found = failing_again_and_again({"restart_h": restart}, mtbf=mtbf, repair=repair, horizon_h=horizon,
                                    trials=TRIALS, seed=8)  # fmt: skip
    fails, mends = 1 / mtbf, 1 / repair
    at_first = mtbf * (1 - math.exp(-fails * restart))
    a_up = integral(lambda t: (mends + fails * math.exp(-(fails + mends) * t)) / (fails + mends), 0, horizon - restart)
    up = at_first + math.exp(-fails * restart) * a_up
    compared(found.downtime_h("system:b"), horizon - up)
    compared(found.outages("system:b"), fails * up)


def test_no_tolerance_while_a_restart_goes_on(compared: Compared) -> None:
    """With a tolerance of 2 h and a restart of 5 h, over 30,000 h: times between effects and in them, by first steps.

    Before an effect: runs and repairs within the tolerance until, with chance p = exp(-2 r), one takes longer. So
    (1 / f + (1 - p) / r) / p hours. In effect: what is left of the repair, 1 / r, then runs until one is of 5 h, which
    each is with chance q = exp(-5 f): (1 / r + (1 - q) / f) / q hours; no tolerance there. The share of the time in
    effect is that of a renewal process (Cox 1962, chapter 7); what its start adds is an hour or so, far within errors.
    """
    mtbf, repair, horizon = 8.0, 3.0, 30_000.0
    found = failing_again_and_again({"tolerance_h": 2, "restart_h": 5}, mtbf=mtbf, repair=repair, horizon_h=horizon,
                                    trials=60, seed=9)  # fmt: skip
    p, q = math.exp(-2 / repair), math.exp(-5 / mtbf)
    before, within = (mtbf + (1 - p) * repair) / p, (repair + (1 - q) * mtbf) / q
    compared(found.downtime_h("system:b"), horizon * within / (before + within))
    compared(found.outages("system:b"), horizon / (before + within))


@pytest.mark.parametrize("kind", REPAIRS)
@pytest.mark.parametrize("required", [1, 2, 4, 5])
def test_substitutes(compared: Compared, kind: str, required: int) -> None:
    """Five things struck at once, of which `required` must be up: unmet until so many are repaired.

    After t fewer are with chance P(Binomial(5, P(R <= t)) < required) (order statistics: David and Nagaraja 2003,
    section 2.1); down when that is so after the tolerance of 3 h, for the integral of it from there on.
    """
    rows = [{"on": "s", "by": name, "group": "g", "required": required, "tolerance_h": 3} for name in "abcde"]
    found = struck(rows, REPAIRS[kind], seed=6, things="abcde", horizon_h=20_000)

    def unmet(t: float) -> float:
        return float(stats.binom.cdf(required - 1, 5, LAWS[kind].cdf(t)))

    compared(found.p_down("system:s"), unmet(3))
    compared(found.downtime_h("system:s"), sum(integral(unmet, *ends) for ends in ((3, 50), (50, 500), (500, 20_000))))


def test_a_substitute_of_its_own_kind(compared: Compared) -> None:
    """A main thing back after R1 exponential(10), a substitute after R2 exponential(4): unmet until the first is back.

    The lesser is exponential with rate 1/10 + 1/4, mean 20/7 h: tolerance 2 h. Together with another need, of tolerance
    5 h for the main thing alone, s is down while either is in effect.
    """
    systems = [{"id": "a", "repair": "exponential(10)"}, {"id": "b", "repair": "exponential(4)"}]
    rows = [{"dependent": "service:s", "provider": f"system:{name}", "group": "g", "tolerance_h": 2} for name in "ab"]
    more = [{**row, "dependent": "service:t"} for row in rows]
    more.append({"dependent": "service:t", "provider": "system:a", "group": "h", "tolerance_h": 5})
    registers = {"systems": systems, "services": [{"id": "s"}, {"id": "t"}], "dependencies": [*rows, *more]}
    event = {"kind": "fail", "at_h": 0, "items": ["system:*"]}
    found = simulated(place_of(registers, [event], horizon_h=1_000), trials=TRIALS, seed=7)
    mean = 20 / 7
    compared(found.p_down("service:s"), math.exp(-2 / mean))
    compared(found.downtime_h("service:s"), mean * math.exp(-2 / mean))
    compared(estimate(np.minimum(found.hours("system:a"), found.hours("system:b"))), mean)
    # t is down from 2 h to the first repair, and from 5 h to that of a: of the first, what is after 5 h is in both.
    both = mean * (math.exp(-2 / mean) - math.exp(-5 / mean)) + 10 * math.exp(-5 / 10)
    compared(found.downtime_h("service:t"), both)
    either = math.exp(-2 / mean) + math.exp(-5 / 10) * (1 - math.exp(-2 / 4))  # b back within 2 h, a not within 5 h
    compared(found.p_down("service:t"), either)
