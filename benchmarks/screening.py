"""Screening 64 trials a word beside a compiled loop that does one trial after another, on the same draws.

2,000 things, 8,000 dependency rows in 5,200 groups, 200 things that may be struck, about half of all things down.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from benchmarks.common import keep, seconds
from wholeplace.place.distributions import Distribution
from wholeplace.resilience.model import Groups, Happening, Network, Rows, Strikes, Things
from wholeplace.resilience.model.draws import Purpose, keys, name_keys, stream_of, uniform
from wholeplace.resilience.screen import Screening

THINGS, EXPOSED = 2000, 200
#: Groups by number of rows and how many of these are required: 5,200 groups, 8,000 rows.
SHAPES = {(1, 1): 3400, (2, 1): 800, (3, 2): 600, (3, 1): 400}
CHANCE = 0.004
SCREENED, LOOPED = 1_000_000, 20_000


def network() -> tuple[Network, Happening]:
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
    groups = Groups(dependent, [f"g{g}" for g in range(len(size))], required, size, none, none, np.full(len(size), np.nan))
    row_keys = keys(name_keys([f"{g}|{p}" for g, p in zip(group, provider, strict=True)]), Purpose.ROW)
    rows = Rows(group, provider[order], np.ones(len(group)), row_keys)
    struck = np.arange(EXPOSED)
    now, never = Distribution("fixed", (0.0,)), Distribution("never")
    strikes = Strikes(
        thing=struck,
        chance=np.full(EXPOSED, CHANCE),
        key=keys(things.keys[struck], Purpose.STRIKE, 1),
        repair=[now] * EXPOSED,
        repair_key=keys(things.keys[struck], Purpose.REPAIR, 1),
    )
    event = Happening(1, "fail", now, now, now, never, never, strikes, np.empty(0, dtype=np.uint64), None)
    nothing = np.empty(0)
    return Network(things, groups, rows, {}, np.empty(0, dtype=np.int64), nothing, nothing), event


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def one_by_one(strike_starts, chance, key, group_starts, losses, row_starts, provider, seed, trials):  # type: ignore[no-untyped-def]
    """The peer: trial after trial, things in order, each group left as soon as it is decided."""
    things = len(strike_starts) - 1
    down = np.zeros(things, dtype=np.uint8)
    counts = np.zeros(things, dtype=np.int64)
    for trial in range(trials):
        stream = stream_of(seed, trial)
        for thing in range(things):
            is_down = False
            for strike in range(strike_starts[thing], strike_starts[thing + 1]):
                if uniform(stream, key[strike]) < chance[strike]:
                    is_down = True
                    break
            if not is_down:
                for group in range(group_starts[thing], group_starts[thing + 1]):
                    left = losses[group]
                    for row in range(row_starts[group], row_starts[group + 1]):
                        left -= down[provider[row]]
                    if left <= 0:
                        is_down = True
                        break
            down[thing] = is_down
            counts[thing] += is_down
    return counts


def run() -> None:
    """Check that both count the same, then time both on one thread, and the screening on two."""
    place, event = network()
    names = place.things.names
    screening = Screening(place, [event], horizon_h=1, items=names)
    standing = screening.standing
    arrays: list[Any] = [standing.strike_starts.astype(np.int32), standing.strike_chance, standing.strike_key,
                         standing.group_starts.astype(np.int32), standing.losses.astype(np.int32),
                         standing.row_starts.astype(np.int32), standing.provider.astype(np.int32)]  # fmt: skip

    def looped() -> Any:
        return one_by_one(*arrays, np.uint64(1), LOOPED)

    counts = looped()
    ours = screening.count(1, 0, LOOPED, threads=1).down
    number = [standing.number[place.things.number[name]] for name in screening.counted]
    assert (counts[number] == ours).all()
    some = Screening(place, [event], horizon_h=1, items=names[-20:])
    some.count(1, 0, 100_000)
    loop_s = seconds(looped) / LOOPED
    one_s = seconds(lambda: some.count(1, 0, SCREENED, threads=1)) / SCREENED
    two_s = seconds(lambda: some.count(1, 0, SCREENED, threads=2)) / SCREENED
    figures = {
        "things": len(standing.things),
        "rows": len(standing.provider),
        "share_of_things_down": float(ours.sum() / LOOPED / THINGS),
        "loop_ns_a_trial": loop_s * 1e9,
        "screen_ns_a_trial": one_s * 1e9,
        "ratio": loop_s / one_s,
        "two_threads_against_one": one_s / two_s,
    }
    keep("screening", figures)
