"""What must hold in any place, tried on places by chance: more substitutes, longer tolerances, other orders, other cuts.

Places of the same seed meet the same draws, so that they are compared trial by trial.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.scenario_models.made_place import MadePlace, ready
from benchmarks.scenario_models.random_places import KINDS, random_place
from numpy.typing import NDArray
from tests.resilience.theory import Found, simulated, simulation_of, watched_of

from wholeplace.resilience.results import Summary, merged
from wholeplace.resilience.results.figures import item_figures

TRIALS = 40
ROUNDING_H = 1e-9
#: A change of a place; None where there is nothing to change.
Change = Callable[[MadePlace, random.Random], "MadePlace | None"]


def with_register(place: MadePlace, name: str, frame: pl.DataFrame) -> MadePlace:
    return replace(place, registers={**place.registers, name: frame})


def without_spread(place: MadePlace) -> MadePlace:
    return replace(place, events=[event for event in place.events if event["kind"] != "spread"])


def without_black_start(place: MadePlace) -> MadePlace:
    frames = {name: frame.with_columns(pl.lit("").alias("black_start")) if "black_start" in frame.columns else frame
              for name, frame in place.registers.items()}  # fmt: skip
    return replace(place, registers=frames)


def things_of(place: MadePlace) -> list[str]:
    return sorted(
        f"{KINDS[name]}:{one}" for name, frame in place.registers.items() if name in KINDS for one in frame["id"]
    )


def with_alternative(place: MadePlace, luck: random.Random) -> MadePlace | None:
    """One row more in a group that has a name: another thing of the place, or one that fails for a while."""
    rows = place.registers["dependencies"]
    grouped = rows.filter(pl.col("group") != "")
    if not grouped.height:
        return None
    row = dict(luck.choice(grouped.sort(rows.columns).to_dicts()))
    same = (pl.col("dependent") == row["dependent"]) & (pl.col("group") == row["group"])
    others = [name for name in things_of(place) if name not in rows.filter(same)["provider"].to_list()]
    fresh = {"id": "fresh", "repair": "6", "mtbf_h": "9"}
    row |= {"provider": luck.choice([*others, "system:fresh"]), "chance": luck.choice(("", "", "0.5"))}
    new = pl.concat([rows, pl.DataFrame([row], schema=rows.schema)])
    systems = pl.concat([place.registers.get("systems", pl.DataFrame()), pl.DataFrame([fresh])], how="diagonal")
    return with_register(with_register(place, "dependencies", new), "systems", systems.fill_null(""))


def with_longer_tolerance(place: MadePlace, luck: random.Random) -> MadePlace:
    """One group that waits 1 to 7 h longer."""
    rows = place.registers["dependencies"]
    groups = [(one, group or other) for one, group, other in rows.select("dependent", "group", "provider").iter_rows()]
    longer, more = luck.choice(sorted(set(groups))), luck.choice((1.0, 3.0, 7.0))
    hours = [str(float(text) + more) if group == longer else text
             for group, text in zip(groups, rows["tolerance_h"], strict=True)]  # fmt: skip
    return with_register(place, "dependencies", rows.with_columns(pl.Series("tolerance_h", hours)))


def hours_more(before: Found, after: Found) -> NDArray[np.float64]:
    """By how many hours each thing of the place before was down longer after, in each trial."""
    at = [after.network.things.number[name] for name in before.network.things.names]
    return after.batch.downtime_h[:, at] - before.batch.downtime_h


def never_adds_downtime(change: Change, seeds: range, *, spread: bool) -> Counter[str]:
    """Check places before and after a change; count what it did."""
    seen: Counter[str] = Counter()
    for seed in seeds:
        place = without_black_start(random_place(seed))
        place = place if spread else without_spread(place)
        if "dependencies" not in place.registers:
            continue
        other = change(place, random.Random(seed))
        if other is None:
            continue
        before, after = (simulated(one, trials=TRIALS, seed=seed) for one in (place, other))
        more = hours_more(before, after)
        assert more.max() <= ROUNDING_H, seed
        at = [after.network.things.number[name] for name in before.network.things.names]
        seen["places helped"] += bool((more < -ROUNDING_H).any())
        seen["places with more outages"] += bool((after.batch.outages[:, at] > before.batch.outages).any())
    return seen


def test_another_alternative_never_hurts() -> None:
    """Nothing is down longer, in any trial, where nothing spreads and the alternative shares no crew.

    Not so with a black start: what is held up a while sooner may run out of its tolerance once more later, come back at
    once by the black start, and all the same make those who need it restart anew.
    """
    seen = never_adds_downtime(with_alternative, range(80), spread=False)
    assert seen["places helped"] > 20


def test_a_longer_tolerance_never_adds_downtime() -> None:
    """Nothing is down longer, in any trial, though there may be more outages: one long one may become two shorter ones."""
    seen = never_adds_downtime(with_longer_tolerance, range(80), spread=True)
    assert seen["places helped"] > 20
    assert seen["places with more outages"] > 2


@pytest.mark.long
def test_more_alternatives_and_longer_tolerances_at_length() -> None:
    never_adds_downtime(with_alternative, range(1_000, 4_000), spread=False)
    never_adds_downtime(with_longer_tolerance, range(1_000, 4_000), spread=True)


def batches_equal(one: Found, other: Found, names: list[str]) -> None:
    """The same figures of some things, trial by trial."""
    for field in ("downtime_h", "outages", "longest_ticks"):
        mine, theirs = (
            getattr(found.batch, field)[:, [found.network.things.number[name] for name in names]]
            for found in (one, other)
        )
        assert np.array_equal(mine, theirs), field


@pytest.mark.parametrize("seed", range(30))
def test_the_order_of_rows_never_matters(seed: int) -> None:
    """Registers, dependencies, ways of spreading and patterns of events, each shuffled."""
    luck, place = random.Random(seed), random_place(seed)
    mixed = replace(
        place,
        registers={name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in place.registers.items()},
        edges={name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in place.edges.items()},
        events=[_shuffled(event, luck) for event in place.events],
    )
    one, other = (simulated(each, trials=100, seed=seed) for each in (place, mixed))
    batches_equal(one, other, one.network.things.names)
    assert np.array_equal(one.batch.restored_h, other.batch.restored_h)


def _shuffled(event: Any, luck: random.Random) -> dict[str, Any]:
    lists = {key: luck.sample(value, len(value)) for key, value in event.items() if isinstance(value, list)}
    return {**event, **lists}


@pytest.mark.parametrize("seed", range(12))
def test_neither_cuts_nor_threads_matter(seed: int) -> None:
    """The table of figures of 3,000 trials, to the last bit: in one range, in pieces, on one to three threads."""
    place = random_place(seed)
    made = ready(place)
    simulation, watched = simulation_of(made, seed=seed), watched_of(made.network, place.horizon_h)

    def summary(first: int, trials: int, threads: int) -> Summary:
        run = simulation.run(first, trials, threads=threads)
        return merged(Summary.of(batch, start, watched) for start, batch in run)

    whole = item_figures(summary(0, 3_000, 1))
    cuts = [0, *sorted(random.Random(seed).sample(range(1, 3_000), 4)), 3_000]
    pieces = [summary(low, high - low, 1 + at % 3) for at, (low, high) in enumerate(pairwise(cuts))]
    assert item_figures(merged(reversed(pieces))).equals(whole, null_equal=True)
    for threads in (2, 3):
        assert item_figures(summary(0, 3_000, threads)).equals(whole, null_equal=True)


@pytest.mark.parametrize("seed", range(30))
def test_what_did_not_change_meets_the_same_luck(seed: int) -> None:
    """A thing more that nothing needs, that fails, is struck, and sorts before all others; and one more event at the end.

    All else is the same to the last digit, background, spread, absences and crews included.
    """
    place = random_place(seed)
    fresh = pl.DataFrame([{"id": "0-fresh", "repair": "exponential(mean=3)", "mtbf_h": "4"}])
    sites = pl.concat([place.registers.get("sites", pl.DataFrame()), fresh], how="diagonal").fill_null("")
    named = [{**event, "items": [one for pattern in event["items"] for one in _matching(place, pattern)]}
             if "items" in event else event for event in place.events]  # fmt: skip
    one = replace(place, events=named)
    last = {"kind": "fail", "at_h": "2", "items": ["site:0-fresh"], "chance": 0.5}
    other = replace(with_register(one, "sites", sites), events=[*named, last])
    before, after = (simulated(each, trials=100, seed=seed) for each in (one, other))
    assert after.p_down("site:0-fresh").mean > 0
    batches_equal(before, after, before.network.things.names)


def _matching(place: MadePlace, pattern: str) -> list[str]:
    if not pattern.endswith("*"):
        return [pattern]
    return [name for name in things_of(place) if name.startswith(pattern[:-1])]


@pytest.mark.parametrize("seed", range(20))
def test_a_change_reaches_only_what_stands_below_it(seed: int) -> None:
    """Other repairs of one thing that has no crew: only it and what needs it, however far, can lose other hours.

    In trials in which it has no failure nothing at all differs.
    """
    place = random_place(seed)
    luck = random.Random(seed)
    thing = luck.choice(things_of(place))
    register = next(name for name, prefix in KINDS.items() if thing.startswith(f"{prefix}:"))
    frame = place.registers[register]
    its = pl.col("id") == thing.partition(":")[2]
    alone = frame.with_columns(crew=pl.when(its).then(pl.lit("")).otherwise("crew"))
    slower = alone.with_columns(repair=pl.when(its).then(pl.lit("lognormal(median=9, sigma=0.5)")).otherwise("repair"))
    before, after = (simulated(with_register(place, register, one), trials=100, seed=seed) for one in (alone, slower))
    below = {thing}
    rows = place.registers["dependencies"].select("dependent", "provider").rows()
    for _ in rows:
        below |= {dependent for dependent, provider in rows if provider in below}
    batches_equal(before, after, [name for name in before.network.things.names if name not in below])
    failed = before.down(thing) | after.down(thing)
    assert not hours_more(before, after)[~failed].any()
