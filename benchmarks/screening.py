"""Screening 64 trials a word beside compiled loops that do one trial after another, on the same draws.

2,000 things, 8,000 dependency rows in 5,200 groups, 200 things that may be struck.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from benchmarks.common import keep, seconds
from wholeplace.place.distributions import Distribution
from wholeplace.resilience.model import Groups, Happening, Network, Rows, Strikes, Things
from wholeplace.resilience.model.draws import Purpose, keys, name_keys, stream_of, uniform
from wholeplace.resilience.screen import Screening
from wholeplace.resilience.screen.words import count
from wholeplace.resilience.standing import Standing

THINGS, EXPOSED = 2000, 200
#: Groups by number of rows and how many of these are required: 5,200 groups, 8,000 rows.
SHAPES = {(1, 1): 3400, (2, 1): 800, (3, 2): 600, (3, 1): 400}
#: The chance of each exposed thing, so that about half of all things are down, or 3 in 100.
HEAVY, LIGHT = 0.12, 0.004
SCREENED, LOOPED = 250 * 4096, 10_000


def network(chance: float) -> tuple[Network, Happening]:
    """A network in which each thing needs earlier ones, near ones more often, and an event that strikes the first."""
    generator = np.random.default_rng(1)
    shapes = generator.permutation([shape for shape, many in SHAPES.items() for _ in range(many)])
    dependent = np.sort(generator.integers(EXPOSED, THINGS, len(shapes)))
    size, required = shapes[:, 0], shapes[:, 1]
    group = np.repeat(np.arange(len(size)), size)
    back = generator.exponential(600, len(group)).astype(int) + 1
    provider = np.maximum(dependent[group] - back, generator.integers(0, EXPOSED, len(group)))
    order = np.lexsort((provider, group))
    names = [f"system:{number:05d}" for number in range(THINGS)]
    things = Things(
        names=names,
        repair=[Distribution("fixed", (8.0,))] * THINGS,
        crew=np.full(THINGS, -1),
        mtbf_h=np.full(THINGS, np.inf),
        black_start=np.zeros(THINGS, dtype=bool),
        vulnerability=np.ones(THINGS),
        headcount=np.zeros(THINGS, dtype=np.int64),
        minimum_staff=np.ones(THINGS, dtype=np.int64),
    )
    none = np.zeros(len(size), dtype=np.int64)
    group_names, never_degraded = [f"g{number}" for number in range(len(size))], np.full(len(size), np.nan)
    groups = Groups(dependent, group_names, required, size, none, none, never_degraded)
    row_keys = keys(name_keys([f"{g}|{p}" for g, p in zip(group, provider, strict=True)]), Purpose.ROW)
    rows = Rows(group, provider[order], np.ones(len(group)), row_keys)
    struck = np.arange(EXPOSED)
    now, never = Distribution("fixed", (0.0,)), Distribution("never")
    strikes = Strikes(
        thing=struck,
        chance=np.full(EXPOSED, chance),
        key=keys(things.keys[struck], Purpose.STRIKE, 1),
        repair=[now] * EXPOSED,
        repair_key=keys(things.keys[struck], Purpose.REPAIR, 1),
    )
    event = Happening(1, "fail", now, now, now, never, never, strikes, np.empty(0, dtype=np.uint64), None)
    nothing = np.empty(0)
    return Network(things, groups, rows, {}, np.empty(0, dtype=np.int64), nothing, nothing), event


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def all_rows(strike_starts, chance, key, group_starts, losses, row_starts, provider, seed, trials):  # type: ignore[no-untyped-def]
    """A peer: things in order, every row looked at and no branch to be guessed wrong."""
    things = len(strike_starts) - 1
    down = np.zeros(things, dtype=np.uint8)
    counts = np.zeros(things, dtype=np.int64)
    for trial in range(trials):
        stream = stream_of(seed, trial)
        for thing in range(things):
            is_down = np.uint8(0)
            for strike in range(strike_starts[thing], strike_starts[thing + 1]):
                is_down |= np.uint8(uniform(stream, key[strike]) < chance[strike])
            for group in range(group_starts[thing], group_starts[thing + 1]):
                lost = 0
                for row in range(row_starts[group], row_starts[group + 1]):
                    lost += down[provider[row]]
                is_down |= np.uint8(lost >= losses[group])
            down[thing] = is_down
            counts[thing] += is_down
    return counts


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def failures_only(struck, chance, key, use_starts, use_group, thing_of, losses, seed, trials):  # type: ignore[no-untyped-def]
    """A peer: from what is struck to what that takes down, and nothing else; only what was touched is set back."""
    things = len(use_starts) - 1
    down = np.zeros(things, dtype=np.uint8)
    counts = np.zeros(things, dtype=np.int64)
    lost = np.zeros(len(losses), dtype=np.int16)
    queue = np.zeros(things, dtype=np.int32)
    touched = np.zeros(len(use_group), dtype=np.int32)
    for trial in range(trials):
        stream = stream_of(seed, trial)
        queued, touches, at = 0, 0, 0
        for strike in range(len(struck)):
            if uniform(stream, key[strike]) < chance[strike] and not down[struck[strike]]:
                down[struck[strike]] = 1
                queue[queued] = struck[strike]
                queued += 1
        while at < queued:
            thing = queue[at]
            at += 1
            counts[thing] += 1
            for use in range(use_starts[thing], use_starts[thing + 1]):
                group = use_group[use]
                lost[group] += 1
                touched[touches] = group
                touches += 1
                dependent = thing_of[group]
                if lost[group] == losses[group] and not down[dependent]:
                    down[dependent] = 1
                    queue[queued] = dependent
                    queued += 1
        for one in range(queued):
            down[queue[one]] = 0
        for one in range(touches):
            lost[touched[one]] = 0
    return counts


def peers(standing: Standing) -> dict[str, Callable[[int], NDArray[np.int64]]]:
    """Both loops over so many trials."""
    things, groups = np.arange(len(standing.things)), np.arange(len(standing.losses))
    group_of_row = np.repeat(groups, np.diff(standing.row_starts))
    order = np.argsort(standing.provider, kind="stable")
    use_starts = np.searchsorted(standing.provider[order], np.arange(len(things) + 1))
    small = {name: getattr(standing, name).astype(np.int32)
             for name in ("strike_starts", "group_starts", "losses", "row_starts", "provider")}  # fmt: skip
    struck = np.repeat(things, np.diff(standing.strike_starts)).astype(np.int32)
    thing_of = np.repeat(things, np.diff(standing.group_starts)).astype(np.int32)
    draws = standing.strike_chance, standing.strike_key
    rows = small["group_starts"], small["losses"], small["row_starts"], small["provider"]
    uses = use_starts.astype(np.int32), group_of_row[order].astype(np.int32), thing_of, small["losses"]
    return {
        "all_rows": lambda trials: all_rows(small["strike_starts"], *draws, *rows, np.uint64(1), trials),
        "failures_only": lambda trials: failures_only(struck, *draws, *uses, np.uint64(1), trials),
    }


def nanoseconds(work: Callable[[int], object], trials: int, *, runs: int = 5) -> float:
    """Time of this thread's processor for a trial, the best of some runs; compiles first."""
    work(1)
    taken = []
    for _ in range(runs):
        started = time.thread_time_ns()
        work(trials)
        taken.append(time.thread_time_ns() - started)
    return min(taken) / trials


def compared(chance: float) -> dict[str, float]:
    """Check that all three count the same, then time them."""
    place, event = network(chance)
    names = place.things.names
    screening = Screening(place, [event], horizon_h=1, items=names)
    standing = screening.standing
    assert not standing.looped.any()  # the peers know no loops
    number = [standing.number[place.things.number[name]] for name in screening.counted]
    ours = screening.count(1, 0, LOOPED).down
    loops = {}
    for name, peer in peers(standing).items():
        assert (peer(LOOPED)[number] == ours).all()
        loops[name] = nanoseconds(peer, LOOPED)
    screened = nanoseconds(lambda trials: count(screening.plan, np.uint64(1), np.uint64(0), trials), SCREENED)
    return {
        "things": len(standing.things),
        "rows": len(standing.provider),
        "share_of_things_down": float(ours.sum() / LOOPED / THINGS),
        **{f"{name}_ns_a_trial": taken for name, taken in loops.items()},
        "screen_ns_a_trial": screened,
        "ratio_to_the_quicker_loop": min(loops.values()) / screened,
    }


def run() -> None:
    """The heavy and the light case on one thread, and the heavy one on two."""
    heavy, light = compared(HEAVY), compared(LIGHT)
    place, event = network(HEAVY)
    screening = Screening(place, [event], horizon_h=1, items=place.things.names)
    one, two = (seconds(lambda: screening.count(1, 0, 4 * SCREENED, threads=threads)) for threads in (1, 2))  # noqa: B023
    keep("screening", {"heavy": heavy, "light": light, "two_threads_against_one": one / two})
