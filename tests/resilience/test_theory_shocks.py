"""Shocks against limits: recovery objectives, shocks of a common cause, shocks at no fixed hour."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from tests.resilience.theory import Compared, Found, integral, place_of, simulated

TRIALS = 60_000
LAWS = {
    "exponential(9)": stats.expon(scale=9),
    "lognormal(median=6, sigma=0.8)": stats.lognorm(0.8, scale=6),
    "lognormal(median=6, p95=30)": stats.lognorm(math.log(5) / stats.norm.ppf(0.95), scale=6),
    "triangular(2, 5, 30)": stats.triang(3 / 28, loc=2, scale=28),
    "triangular(2, 2, 30)": stats.triang(0, loc=2, scale=28),
    "uniform(1, 20)": stats.uniform(1, 19),
    "beta(2, 5)": stats.beta(2, 5),
}


def shocked(chance: float, repair: str, *, rto_h: object, most_h: object = "", seed: int = 1) -> Found:
    """One service struck at 3 h with a chance."""
    service = {"id": "s", "rto_h": rto_h, "max_tolerable_h": most_h, "repair": repair}
    event = {"kind": "fail", "at_h": 3, "items": ["service:s"], "chance": chance}
    return simulated(place_of({"services": [service]}, [event], horizon_h=1_000), trials=TRIALS, seed=seed)


@pytest.mark.parametrize("repair", LAWS)
def test_limits_are_passed_by_the_tail_of_the_repair(compared: Compared, repair: str) -> None:
    """p P(R > limit), for limits at the median and the 95 per cent point; p E[R] hours; all over at 3 h + R."""
    law = LAWS[repair]
    low, high = (float(law.ppf(level)) for level in (0.5, 0.95))
    found = shocked(0.4, repair, rto_h=low, most_h=high)
    compared(found.p_down("service:s"), 0.4)
    compared(found.p_over_rto("service:s"), 0.4 * 0.5)
    compared(found.p_over_max_tolerable("service:s"), 0.4 * 0.05)
    compared(found.downtime_h("service:s"), 0.4 * float(law.mean()))
    compared(found.longest_h("service:s"), 0.4 * float(law.mean()))
    compared(found.restored_h, 0.4 * (3 + float(law.mean())))
    # The 99 per cent point of the downtime is that of 97.5 per cent of repairs: 0.4 x 0.025 = 0.01 lie above.
    longest = found.summary.quantiles()[0, 2]
    assert 0.4 * law.sf(longest) == pytest.approx(0.01, abs=4 * math.sqrt(0.01 * 0.99 / TRIALS))


def test_a_limit_met_exactly_is_kept() -> None:
    """8 h of repair and a limit of 8 h: never passed, in any trial; by a microsecond more, always."""
    assert shocked(1, "fixed(8)", rto_h=8).p_over_rto("service:s").mean == 0
    assert shocked(1, "fixed(8.0000000003)", rto_h=8).p_over_rto("service:s").mean == 1
    assert shocked(1, "fixed(8)", rto_h=0).p_over_rto("service:s").mean == 1


def test_overlapping_shocks_make_one_outage(compared: Compared) -> None:
    """Struck at 0 and at 5 h, repairs R1, R2 exponential(9): the later end counts.

    If R1 > 5 (chance q = exp(-5 / 9)) one outage of max(R1, 5 + R2) = 5 + max of two exponentials, the first by its lack
    of memory; else two. Longer than 12 h: q (1 - (1 - exp(-7/9))^2) + (1 - q) exp(-12/9), as R1 < 5 is not.
    """
    service = {"id": "s", "rto_h": 12, "repair": "exponential(9)"}
    events = [{"kind": "fail", "at_h": at, "items": ["service:s"]} for at in (0, 5)]
    found = simulated(place_of({"services": [service]}, events, horizon_h=1_000), trials=TRIALS, seed=2)
    q = math.exp(-5 / 9)
    compared(found.outages("service:s"), 1 + (1 - q))
    compared(found.p_over_rto("service:s"), q * (1 - (1 - math.exp(-7 / 9)) ** 2) + (1 - q) * math.exp(-12 / 9))
    first = 9 * (1 - q)  # E[min(R1, 5)]
    compared(found.downtime_h("service:s"), first + q * 9 * 1.5 + (1 - q) * 9)


def test_shocks_at_no_fixed_hour(compared: Compared) -> None:
    """At exponential(30), repaired after exponential(9), to a horizon of 50 h.

    Down to the horizon at most: the integral of the density of the hour times E[min(R, 50 - hour)].
    """
    service = {"id": "s", "repair": "exponential(9)", "rto_h": 10}
    event = {"kind": "fail", "at_h": "exponential(30)", "items": ["service:s"]}
    found = simulated(place_of({"services": [service]}, [event], horizon_h=50), trials=TRIALS, seed=3)
    compared(found.p_down("service:s"), 1 - math.exp(-50 / 30))

    def density(t: float) -> float:
        return math.exp(-t / 30) / 30

    compared(found.downtime_h("service:s"), integral(lambda t: density(t) * 9 * (1 - math.exp(-(50 - t) / 9)), 0, 50))
    compared(found.p_over_rto("service:s"), (1 - math.exp(-40 / 30)) * math.exp(-10 / 9))  # it must begin before 40 h
    compared(found.p_not_restored, integral(lambda t: density(t) * math.exp(-(50 - t) / 9), 0, 50))


@pytest.mark.parametrize("together", [True, False])
def test_a_common_cause(compared: Compared, together: bool) -> None:
    """Things of chance 0.5 times vulnerability 0.4, 1 and 3 (cut at 1): 0.2, 0.5 and 1.

    By one draw any is hit whenever a less vulnerable one is: both of the first two 0.2, either 0.5. By draws of their
    own 0.1 and 0.6.
    """
    systems = [{"id": one, "repair": 4, "vulnerability": weak} for one, weak in zip("abc", (0.4, 1, 3), strict=True)]
    rows = [{"dependent": f"service:{kind}", "provider": f"system:{one}", "group": "g", "required": required}
            for kind, required in (("both", 1), ("either", 2)) for one in "ab"]  # fmt: skip
    services = [{"id": kind} for kind in ("both", "either")]
    event = {"kind": "fail", "at_h": 0, "items": ["system:*"], "chance": 0.5, "together": together}
    place = place_of({"systems": systems, "services": services, "dependencies": rows}, [event])
    found = simulated(place, trials=TRIALS, seed=4)
    for one, chance in zip("abc", (0.2, 0.5, 1.0), strict=True):
        compared(found.p_down(f"system:{one}"), chance)
    compared(found.p_down("service:both"), 0.2 if together else 0.1)
    compared(found.p_down("service:either"), 0.5 if together else 0.6)


def test_the_exit_of_a_supplier(compared: Compared) -> None:
    """The supplier and its two systems go by one draw of 0.3 after a notice of exponential(20), and stay away.

    Gone before the horizon of 60 h: 0.3 (1 - exp(-3)); for the hours that are left then: 0.3 E[(60 - notice)+].
    """
    systems = [{"id": "a", "supplier": "acme"}, {"id": "b", "supplier": "acme"}, {"id": "c", "supplier": "other"}]
    suppliers = [{"id": "acme"}, {"id": "other"}]
    event = {"kind": "exit", "at_h": 0, "items": ["supplier:acme"], "notice_h": "exponential(20)", "chance": 0.3,
             "repair": "never"}  # fmt: skip
    place = place_of({"systems": systems, "suppliers": suppliers}, [event], horizon_h=60)
    found = simulated(place, trials=TRIALS, seed=5)
    for name in ("system:a", "system:b", "supplier:acme"):
        compared(found.p_down(name), 0.3 * (1 - math.exp(-3)))
        compared(found.downtime_h(name), 0.3 * (60 - 20 * (1 - math.exp(-3))))
    assert np.array_equal(found.hours("system:a"), found.hours("supplier:acme"))
    assert found.p_down("system:c").mean == 0
