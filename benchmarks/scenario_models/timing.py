"""How long the peers take a trial: `python -m benchmarks.scenario_models.timing [THINGS]`."""

from __future__ import annotations

import sys
import time
from typing import Any

from benchmarks.scenario_models.heap_model import heap_model
from benchmarks.scenario_models.large_places import HEAVY_CHANCE, large_place
from benchmarks.scenario_models.made_place import ready
from benchmarks.scenario_models.networkx_model import networkx_model
from benchmarks.scenario_models.simpy_model import simpy_model
from benchmarks.scenario_models.simpy_tuned_model import simpy_tuned_model
from benchmarks.scenario_models.subset import Hits, Model, hits_of, subset_of

#: Cases by the factor on the chance that something is struck.
FACTORS = {"heavy": 1.0, "light": 0.2, "lightest": 0.05}
#: Everything that is timed. The first two are as one would write them; the tuned ones are as quick as they seem to go.
MODELS = {
    "simpy": simpy_model,
    "networkx_heapq": networkx_model,
    "simpy_tuned": simpy_tuned_model,
    "heapq_tuned": heap_model,
}


def peer_times(things: int = 2000, *, factor: float = 1.0, trials: int = 200, seed: int = 1) -> dict[str, Any]:
    """Milliseconds of processor time a trial of each peer, the best of three runs, on the same draws.

    What they draw is drawn before, and its time is not counted. All must give the same figures.
    """
    made = ready(large_place(things, chance=HEAVY_CHANCE * factor))
    subset, hits = subset_of(made), hits_of(made, seed=seed, trials=trials)
    models = {name: make(subset) for name, make in MODELS.items()}
    found = [models["networkx_heapq"](one) for one in hits]
    for model in models.values():
        assert [model(one) for one in hits] == found
    return {
        "things": things,
        "rows": len(made.network.rows.group),
        "groups": len(subset.dependent),
        "struck_a_trial": sum(map(len, hits)) / trials,
        "share_of_things_down": sum(ticks > 0 for downtime, _, _ in found for ticks in downtime) / (trials * things),
        **{f"{name}_ms": _ms(model, hits) for name, model in models.items()},
    }


def _ms(run: Model, hits: list[Hits]) -> float:
    taken = []
    for _ in range(3):
        started = time.thread_time()
        for one in hits:
            run(one)
        taken.append(time.thread_time() - started)
    return 1000 * min(taken) / len(hits)


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    for name, factor in FACTORS.items():
        print(name, peer_times(size, factor=factor, trials=max(3, 400_000 // size)))
