"""Things that fail by themselves and are repaired, against the availability of renewal theory.

A thing that fails at rate f = 1 / mtbf and is repaired at rate r = 1 / mean repair, up at time 0, is up at t with chance
A(t) = r / (f + r) + f / (f + r) exp(-(f + r) t): Barlow and Proschan (1965), Mathematical Theory of Reliability,
chapter 3; the expected downtime to a horizon is the integral of 1 - A. Independent things multiply.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from tests.resilience.theory import Compared, integral, place_of, simulated

HORIZON_H = 60.0
#: Mean hours of running and of repair of three things.
PAIRS = {"system:a": (20.0, 5.0), "system:b": (8.0, 2.0), "system:c": (50.0, 12.0)}
SYSTEMS = [
    {"id": name[-1], "mtbf_h": mtbf, "repair": f"exponential({repair})"} for name, (mtbf, repair) in PAIRS.items()
]


def up(name: str, t: float) -> float:
    """A(t)."""
    fails, mends = (1 / mean for mean in PAIRS[name])
    return (mends + fails * math.exp(-(fails + mends) * t)) / (fails + mends)


def chances_up(names: Sequence[str], t: float) -> list[float]:
    """The chance that 0, 1, ... of some things are up, by adding one thing after the other."""
    chances = [1.0]
    for name in names:
        a = up(name, t)
        chances = [low * a + same * (1 - a) for low, same in pairwise([0.0, *chances, 0.0])]
    return chances


def at_least(required: int) -> Callable[[float], float]:
    return lambda t: sum(chances_up(list(PAIRS), t)[required:])


def test_single_things(compared: Compared) -> None:
    """Failures: f times the hours of running; some failure: 1 - exp(-f H); failed at the horizon: 1 - A(H)."""
    found = simulated(place_of({"systems": SYSTEMS}, horizon_h=HORIZON_H, background=True), trials=80_000)
    for name, (mtbf, _) in PAIRS.items():
        downtime = integral(lambda t, name=name: 1 - up(name, t), 0, HORIZON_H)
        compared(found.downtime_h(name), downtime)
        compared(found.outages(name), (HORIZON_H - downtime) / mtbf)
        compared(found.p_down(name), 1 - math.exp(-HORIZON_H / mtbf))
    compared(found.p_not_restored, 1 - math.prod(up(name, HORIZON_H) for name in PAIRS))


def test_series_parallel_and_k_of_n(compared: Compared) -> None:
    """A service needs `required` of three things: down for the integral of the chance that fewer are up.

    Its outages begin when one of exactly `required` things that are up fails: the integral of the sum over things of
    f A(t) times the chance that exactly required - 1 of the others are up (Barlow and Proschan, chapter 3).
    """
    rows = [{"dependent": f"service:{required}", "provider": name, "group": "g", "required": required}
            for required in (1, 2, 3) for name in PAIRS]  # fmt: skip
    services = [{"id": required} for required in (1, 2, 3)]
    place = place_of({"systems": SYSTEMS, "services": services, "dependencies": rows}, horizon_h=HORIZON_H,
                     background=True)  # fmt: skip
    found = simulated(place, trials=80_000, seed=2)
    for required in (1, 2, 3):
        compared(found.downtime_h(f"service:{required}"),
                 integral(lambda t, required=required: 1 - at_least(required)(t), 0, HORIZON_H))  # fmt: skip

        def beginning(t: float, required: int = required) -> float:
            return sum(
                up(name, t) / mtbf * chances_up([one for one in PAIRS if one != name], t)[required - 1]
                for name, (mtbf, _) in PAIRS.items()
            )

        compared(found.outages(f"service:{required}"), integral(beginning, 0, HORIZON_H))


def test_two_things_in_series_of_parallel_pairs(compared: Compared) -> None:
    """A service needs one of two power supplies and one of two lines, and can fail itself: the product of all three."""
    systems = [{"id": f"{kind}{n}", "mtbf_h": 10, "repair": "exponential(4)"} for kind in "pl" for n in "12"]
    rows = [{"dependent": "service:s", "provider": f"system:{kind}{n}", "group": kind} for kind in "pl" for n in "12"]
    service = {"id": "s", "mtbf_h": 40, "repair": "exponential(3)"}
    found = simulated(place_of({"systems": systems, "services": [service], "dependencies": rows}, horizon_h=50,
                               background=True), trials=60_000, seed=3)  # fmt: skip

    def stands(t: float) -> float:
        one = (1 / 4 + 1 / 10 * math.exp(-(1 / 4 + 1 / 10) * t)) / (1 / 4 + 1 / 10)
        own = (1 / 3 + 1 / 40 * math.exp(-(1 / 3 + 1 / 40) * t)) / (1 / 3 + 1 / 40)
        return (1 - (1 - one) ** 2) ** 2 * own

    compared(found.downtime_h("service:s"), integral(lambda t: 1 - stands(t), 0, 50))


def test_in_the_long_run(compared: Compared) -> None:
    """Over 5,000 h a thing is up mtbf / (mtbf + repair) of the time; theory's own rest of the start is 0.02 % of it."""
    found = simulated(place_of({"systems": SYSTEMS}, horizon_h=5_000, background=True), trials=2_000, seed=4)
    for name, (mtbf, repair) in PAIRS.items():
        downtime = integral(lambda t, name=name: 1 - up(name, t), 0, 200) + 4_800 * repair / (mtbf + repair)
        assert downtime / 5_000 == pytest.approx(repair / (mtbf + repair), rel=0.003)
        compared(found.downtime_h(name), downtime)


def test_repairs_of_fixed_length(compared: Compared) -> None:
    """Up at t after n repairs of D: a Poisson number n of failures within t - n D hours of running.

    A(t) = sum over n <= t / D of exp(-f (t - n D)) (f (t - n D))^n / n!: Barlow and Proschan, chapter 3.
    """
    mtbf, repair, horizon = 5.0, 3.0, 30.0

    def is_up(t: float) -> float:
        return math.fsum(stats.poisson.pmf(n, (t - n * repair) / mtbf) for n in range(int(t // repair) + 1))

    found = simulated(place_of({"systems": [{"id": "a", "mtbf_h": mtbf, "repair": repair}]}, horizon_h=horizon,
                               background=True), trials=60_000, seed=5)  # fmt: skip
    between = np.arange(0, horizon + repair, repair)  # A jumps nowhere, but bends there
    downtime = sum(integral(lambda t: 1 - is_up(t), low, high) for low, high in pairwise(between))
    compared(found.downtime_h("system:a"), downtime)
    compared(found.outages("system:a"), (horizon - downtime) / mtbf)
    compared(found.p_not_restored, 1 - is_up(horizon))


@pytest.mark.parametrize(
    ("repair", "law"),
    [
        ("lognormal(median=4, sigma=0.8)", stats.lognorm(0.8, scale=4)),
        ("triangular(1, 3, 8)", stats.triang(2 / 7, loc=1, scale=7)),
        ("uniform(0.5, 6)", stats.uniform(0.5, 5.5)),
        ("beta(2, 3)", stats.beta(2, 3)),
        ("exponential(3)", stats.expon(scale=3)),
    ],
)
def test_repairs_of_any_length_in_the_long_run(
    compared: Compared, repair: str, law: stats.distributions.rv_frozen
) -> None:
    """Mean hours of running within H: H m / c + m / c (c2 / (2 c) - m2 / (2 m)), but for what dies out.

    m, m2 first and second moment of running, c, c2 of a run and its repair: the renewal theorem (Cox 1962, Renewal
    Theory, sections 4.2 and 7.3). Running is exponential, m2 = 2 m^2; runs and repairs are independent.
    """
    m, mean, second = 12.0, float(law.mean()), float(law.moment(2))
    cycle, cycle2 = m + mean, 2 * m**2 + 2 * m * mean + second
    running = 1_000 * m / cycle + m / cycle * (cycle2 / (2 * cycle) - m)
    place = place_of({"systems": [{"id": "a", "mtbf_h": m, "repair": repair}]}, horizon_h=1_000, background=True)
    found = simulated(place, trials=6_000, seed=6)
    compared(found.downtime_h("system:a"), 1_000 - running)
    compared(found.outages("system:a"), running / m)
