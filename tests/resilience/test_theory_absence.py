"""Absences, against the binomial and beta-binomial distributions.

A share is drawn once for the event, and each member of a team of N is away with that chance: with a share of beta(a, b)
the number away is beta-binomial (Johnson, Kemp and Kotz 2005, Univariate Discrete Distributions, section 6.2.2). A team
with fewer than its minimum present is down; else it stands at present / N.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy import stats
from tests.resilience.theory import Compared, Found, estimate, integral, place_of, simulated

TRIALS = 25_000
LASTS_H = 40.0


def absence(**others: Any) -> dict[str, Any]:
    return {"kind": "absence", "at_h": 2, "items": ["team:*"], "lasts": LASTS_H, **others}


def absent(
    teams: Mapping[str, tuple[int, int]], *events: Mapping[str, Any], seed: int, horizon_h: float = 100
) -> Found:
    """Teams by name, with headcount and minimum; services that need any one, or every one of them."""
    records = [{"id": name, "headcount": people, "minimum_staff": least} for name, (people, least) in teams.items()]
    rows = [{"dependent": f"service:{kind}", "provider": f"team:{name}", "group": "g", "required": required}
            for kind, required in (("any", 1), ("every", len(teams))) for name in teams]  # fmt: skip
    registers = {"teams": records, "services": [{"id": "any"}, {"id": "every"}], "dependencies": rows}
    return simulated(place_of(registers, events, horizon_h=horizon_h), trials=TRIALS, seed=seed)


def lost(people: int, least: int, away: int) -> float:
    """1 - level with so many away."""
    return 1.0 if people - away < least else away / people


@pytest.mark.parametrize(("people", "least"), [(10, 6), (10, 10), (10, 1), (3, 2), (40, 30), (1, 1), (5, 0)])
@pytest.mark.parametrize(
    ("share", "law"),
    [
        ("beta(2, 8)", lambda n: stats.betabinom(n, 2, 8)),
        ("beta(0.5, 0.5)", lambda n: stats.betabinom(n, 0.5, 0.5)),
        ("uniform(0, 1)", lambda n: stats.betabinom(n, 1, 1)),
        ("fixed(0.6)", lambda n: stats.binom(n, 0.6)),
    ],
)
def test_below_the_minimum_and_level(compared: Compared, people: int, least: int, share: str, law: Any) -> None:
    """P(away > N - least), and the hours of the absence times the mean loss; by a chance of 0.7 for the event.

    With a minimum of 0 and nobody present a team is at level 0, which is an outage, but not down for those who need it.
    """
    found = absent({"t": (people, least)}, absence(share=share, chance=0.7), seed=1)
    away = law(people)
    compared(found.p_down("team:t"), 0.7 * float(away.sf(people - max(least, 1))))
    mean = sum(float(away.pmf(k)) * lost(people, least, k) for k in range(people + 1))
    compared(found.downtime_h("team:t"), 0.7 * LASTS_H * mean)
    compared(
        found.downtime_h("service:any"), 0.7 * LASTS_H * float(away.sf(people - least))
    )  # levels are not passed on
    for k in range(1, people - least + 1):  # just so many away, where it is not too rare to be told
        if away.pmf(k) > 0.001:
            compared(estimate(np.isclose(found.hours("team:t"), LASTS_H * k / people)), 0.7 * float(away.pmf(k)))


def test_teams_of_one_event_share_its_share(compared: Compared) -> None:
    """Teams of 8 (at least 6), 5 (at least 4) and 20 (at least 15): given the share they are independent.

    All down, and any down: the integral over the share, of density beta(2, 6), of the product of binomial tails.
    """
    teams = {"a": (8, 6), "b": (5, 4), "c": (20, 15)}
    found = absent(teams, absence(share="beta(2, 6)"), seed=2)

    def down(people: int, least: int, share: float) -> float:
        return float(stats.binom.sf(people - least, people, share))

    density = stats.beta(2, 6).pdf
    every = integral(lambda s: density(s) * math.prod(down(*team, s) for team in teams.values()), 0, 1)
    none = integral(lambda s: density(s) * math.prod(1 - down(*team, s) for team in teams.values()), 0, 1)
    compared(found.p_down("service:any"), every)
    compared(found.p_down("service:every"), 1 - none)
    apart = math.prod(float(stats.betabinom.sf(people - least, people, 2, 6)) for people, least in teams.values())
    assert every > 2 * apart  # so that a share for each team would be seen


def test_absences_that_overlap(compared: Compared) -> None:
    """A team of 6 (at least 4) in two absences, at 2-42 and 30-70 h, of shares 0.2 and 0.3; each is judged apart.

    Hours of the lost level: 28 of the first, 12 of the worse, 28 of the second; 12 of the worse by trying all pairs.
    """
    found = absent({"t": (6, 4)}, absence(share="fixed(0.2)"), absence(share="fixed(0.3)", at_h=30), seed=3)
    first, second = stats.binom(6, 0.2), stats.binom(6, 0.3)
    alone = [sum(float(law.pmf(k)) * lost(6, 4, k) for k in range(7)) for law in (first, second)]
    worse = sum(
        float(first.pmf(k) * second.pmf(m)) * max(lost(6, 4, k), lost(6, 4, m)) for k in range(7) for m in range(7)
    )
    compared(found.downtime_h("team:t"), 28 * alone[0] + 12 * worse + 28 * alone[1])
    either = 1 - float(first.cdf(2) * second.cdf(2))
    compared(found.p_down("team:t"), either)
    compared(found.outages("team:t"), either)  # they meet, so two in a row are one
    both = float(first.sf(2) * second.sf(2))
    compared(found.longest_h("team:t"), 68 * both + 40 * (either - both))


def test_an_absence_of_no_fixed_length(compared: Compared) -> None:
    """From exponential(20) on for exponential(30), to a horizon of 60 h: the integral over its beginning.

    E[hours in the absence] = integral of exp(-t / 20) / 20 x 30 (1 - exp(-(60 - t) / 30)) over 0 to 60.
    """
    event = absence(share="beta(3, 5)", at_h="exponential(20)", lasts="exponential(30)")
    found = absent({"t": (9, 5)}, event, seed=4, horizon_h=60)
    hours = integral(lambda t: math.exp(-t / 20) / 20 * 30 * (1 - math.exp(-(60 - t) / 30)), 0, 60)
    away = stats.betabinom(9, 3, 5)
    compared(found.downtime_h("team:t"), hours * sum(float(away.pmf(k)) * lost(9, 5, k) for k in range(10)))
    compared(found.downtime_h("service:any"), hours * float(away.sf(4)))
    compared(found.p_down("team:t"), (1 - math.exp(-60 / 20)) * float(away.sf(4)))
