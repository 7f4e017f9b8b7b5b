"""The event kernel beside SimPy and heapq models of the same rules, on the same draws; its speed by threads and size.

2,000 things, 8,000 dependency rows in 5,200 groups of k of n, 200 things that may be struck, 4 crews, 30 days.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.common import in_own_process, keep
from benchmarks.scenario_models.heap_model import heap_model
from benchmarks.scenario_models.large_places import HEAVY_CHANCE, large_place
from benchmarks.scenario_models.made_place import Ready, ready
from benchmarks.scenario_models.networkx_model import networkx_model
from benchmarks.scenario_models.simpy_model import simpy_model
from benchmarks.scenario_models.simpy_tuned_model import simpy_tuned_model
from benchmarks.scenario_models.subset import Hits, Model, hits_of, subset_of
from wholeplace.resilience.simulate import Simulation
from wholeplace.resilience.ticks import TICKS_PER_H

#: Cases by the factor on the chance that something is struck: about half, a tenth and a fiftieth of things go down.
FACTORS = {"heavy": 1.0, "light": 0.2, "lightest": 0.05}
#: The first two are as one would write them; the tuned ones are as quick as they seem to go.
MODELS = {
    "simpy": simpy_model,
    "networkx_heapq": networkx_model,
    "simpy_tuned": simpy_tuned_model,
    "heapq_tuned": heap_model,
}
#: Milliseconds a heavy trial that the peers took where they were first measured, and what a machine may add; where a
#: peer is slower, its ratio is not shown.
FIRST_MEASURED_MS = {"simpy": 16.2, "networkx_heapq": 7.2}
MACHINE_SHARE = 1.3
COMPARED, TIMED = 200, 2_048

_TEN_THOUSAND = """
import json, tempfile, time
from pathlib import Path
from benchmarks.common import peak_mb
from benchmarks.scenario_models.large_places import large_place
from benchmarks.scenario_models.made_place import write_files
from wholeplace.build.opening import open_place
from wholeplace.resilience.run import Options, finish_run, prepare_run
with tempfile.TemporaryDirectory() as folder:
    run = prepare_run(open_place(write_files(large_place(2000), Path(folder))), "made-up")
    finish_run(run, Options(method="simulate", trials=1))
    before = peak_mb()
    started = time.perf_counter()
    finish_run(run, Options(method="simulate", trials=10_000))
    print(json.dumps({"seconds": time.perf_counter() - started, "mb_more": peak_mb() - before}))
"""


def made(things: int, factor: float) -> Ready:
    return ready(large_place(things, chance=HEAVY_CHANCE * factor))


def simulation_of(place: Ready, *, all_items: bool = False) -> Simulation:
    """Of the services alone, as people ask for it, or of everything."""
    network = place.network
    kept = np.arange(len(network.things.names)) if all_items else network.services
    return Simulation(network, place.happenings, place.horizon_ticks / TICKS_PER_H, 1, kept, place.crews)


def compared(factor: float) -> dict[str, Any]:
    """Check that all give the same figures of everything, then time a trial of each on one thread's processor."""
    place = made(2000, factor)
    subset, hits = subset_of(place), hits_of(place, seed=1, trials=COMPARED)
    models = {name: make(subset) for name, make in MODELS.items()}
    ours = simulation_of(place, all_items=True).some(np.arange(COMPARED))
    for model in models.values():
        for trial, one in enumerate(hits):
            downtime, outages, longest = model(one)
            assert np.allclose(np.array(downtime) / TICKS_PER_H, ours.downtime_h[trial], atol=1e-9)
            assert ours.outages[trial].tolist() == outages
            assert ours.longest_ticks[trial].tolist() == longest
    simulation, tables = simulation_of(place), simulation_of(place).tables()
    taken_ns = _best_ns({
        "kernel": (lambda: simulation.some(np.arange(TIMED), tables=tables), TIMED),
        **{name: (lambda model=model: _run_all(model, hits), COMPARED) for name, model in models.items()},
    })  # fmt: skip
    kernel_us = 1e-3 * taken_ns.pop("kernel")
    peers = {name: 1e-6 * taken for name, taken in taken_ns.items()}
    shown = {name: taken for name, taken in peers.items()
             if factor < 1 or taken <= MACHINE_SHARE * FIRST_MEASURED_MS.get(name, taken)}  # fmt: skip
    return {
        "share_of_things_down": float((ours.outages > 0).mean()),
        "struck_a_trial": sum(map(len, hits)) / COMPARED,
        "kernel_us_a_trial": kernel_us,
        **{f"{name}_ms_a_trial": taken for name, taken in peers.items()},
        **{f"ratio_to_{name}": 1e3 * taken / kernel_us for name, taken in shown.items()},
    }


def _run_all(model: Model, hits: list[Hits]) -> None:
    for one in hits:
        model(one)


def _best_ns(works: dict[str, tuple[Callable[[], object], int]], *, rounds: int = 10) -> dict[str, float]:
    """Nanoseconds of one thread's processor for a trial of each work: the best of some rounds, after one not counted.

    In a round each has its turn, so that a slow moment of the machine meets all of them. What stands before is frozen:
    models of many small objects wake Python's garbage collector, and it would be unfair to charge them for walking the
    place and the tables that this benchmark keeps.
    """
    taken: dict[str, list[int]] = {name: [] for name in works}
    for work, _ in works.values():
        work()
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for name, (work, _) in works.items():
            started = time.thread_time_ns()
            work()
            taken[name].append(time.thread_time_ns() - started)
    gc.unfreeze()
    return {name: min(taken[name]) / trials for name, (_, trials) in works.items()}


def _wall_s(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def threads() -> dict[str, float]:
    """Wall seconds of 20,000 heavy trials on one thread and on two, the best of fifteen rounds of both."""
    simulation = simulation_of(made(2000, 1.0))

    def seconds(many: int) -> float:
        return _wall_s(lambda: [None for _ in simulation.run(0, 20_000, threads=many)])

    seconds(2)
    one, two = np.min([(seconds(1), seconds(2)) for _ in range(15)], axis=0).tolist()
    return {"one_thread_s": one, "two_threads_s": two, "two_against_one": one / two}


def sizes() -> dict[str, Any]:
    """Microseconds a light trial by the number of things, laying out apart; linear where the last column is level."""
    found = {}
    for things in (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000):
        place = made(things, FACTORS["light"])
        simulation = simulation_of(place)
        started = time.perf_counter()
        tables = simulation.tables()
        laid_out_s = time.perf_counter() - started
        trials = max(20, 200_000 // things)
        work = (lambda: simulation.some(np.arange(trials), tables=tables)), trials  # noqa: B023
        us = 1e-3 * _best_ns({"kernel": work}, rounds=3)["kernel"]
        found[f"{things}_things"] = {"lay_out_s": laid_out_s, "us_a_trial": us, "ns_a_thing": 1e3 * us / things}
    return found


def hundred_thousand() -> dict[str, float]:
    """Wall seconds of laying out and running 1,000 light trials of 100,000 things, on all threads."""
    place = made(100_000, FACTORS["light"])
    simulation = simulation_of(place)
    seconds = _wall_s(lambda: [None for _ in simulation.run(0, 1_000, threads=2)])
    return {"things": 100_000, "rows": len(place.network.rows.group), "seconds": seconds}


def run() -> None:
    """Everything, in one run on one machine."""
    cases = {name: compared(factor) for name, factor in FACTORS.items()}
    ten_thousand = in_own_process(_TEN_THOUSAND)
    keep("scenarios", {**cases, "threads": threads(), "ten_thousand_heavy_trials": ten_thousand,
                       "hundred_thousand_things_1000_light_trials": hundred_thousand(), "sizes": sizes()})  # fmt: skip
