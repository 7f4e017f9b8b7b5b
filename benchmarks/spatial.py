"""Local Moran's I and Gi* of a large place with 999 permutations, beside the plain calls of the library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import keep, peak_mb
from wholeplace.measure.moving import values_on
from wholeplace.measure.spatial import Looker, neighbours_of, similar_to
from wholeplace.place import open_place
from wholeplace.place.demo import make_demo

AREAS, PERMUTATIONS, FIGURE, GEOGRAPHY, PERIOD = 33_000, 999, "no-car", "neighbourhood", "2024"


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Wall and processor seconds of a piece of work in this process, and what it gives."""
    wall, processor = time.perf_counter(), time.process_time()
    found = work()
    return time.perf_counter() - wall, time.process_time() - processor, found


def plain(value: Any, row: Any, star: Any, permutations: int) -> tuple[Any, Any]:
    """What a user of the library types."""
    from esda.getisord import G_Local
    from esda.moran import Moran_Local

    settings: dict[str, Any] = {"permutations": permutations, "keep_simulations": False, "seed": 1, "n_jobs": 1}
    return Moran_Local(value, row, **settings), G_Local(value, star, transform="B", star=True, **settings)


def run() -> None:
    """Time both ways in one process, compiling before either, and the command in a process of its own.

    The command keeps compiled code in a folder of its own, so that its first run is as after installation.
    """
    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(Path(scratch) / "compiled")}
        folder = Path(scratch) / "place"
        make_demo(folder, areas=AREAS)
        figures = compare(folder)
        command = [sys.executable, "-m", "wholeplace.cli", "spatial", "clusters", str(folder), FIGURE,
                   "--geography", GEOGRAPHY, "--period", PERIOD, "--json"]  # fmt: skip
        permuted = ["--permutations", str(PERMUTATIONS)]
        for name, more in (("formula", []), ("permutations_first", permuted), ("permutations", permuted)):
            figures[f"command_{name}_s"], _, done = timed(
                lambda more=more: subprocess.run(
                    [*command, *more], capture_output=True, text=True, check=True, env=environment
                )
            )
            assert len(json.loads(done.stdout)["areas"]) == AREAS
    keep("spatial", figures)


def compare(folder: Path) -> dict[str, Any]:
    """Seconds (wall, and of the processor) of each piece, and whether both ways find the same."""
    from libpysal.graph import Graph

    place = open_place(folder)
    values = values_on(place, place.indicators[FIGURE], GEOGRAPHY, PERIOD)
    assert values is not None
    figures: dict[str, Any] = {"areas": values.height, "permutations": PERMUTATIONS}

    def keep_time(name: str, work: Callable[[], Any]) -> Any:
        figures[f"{name}_s"], figures[f"{name}_processor_s"], found = timed(work)
        return found

    neighbours = keep_time("neighbours", lambda: neighbours_of(place, GEOGRAPHY))
    known = values["value"].is_not_null().to_numpy()
    value = values["value"].to_numpy()[known]
    graph = Graph.from_sparse(neighbours.matrix[known][:, known])
    row, star = graph.transform("R"), graph.assign_self_weight(1)
    few = Graph.from_sparse(neighbours.matrix[:200][:, :200])
    keep_time("compile", lambda: plain(value[:200], few.transform("R"), few.assign_self_weight(1), 9))
    moran, spots = keep_time("plain", lambda: plain(value, row, star, PERMUTATIONS))
    looker = Looker(neighbours)
    closed = keep_time("first_formula", lambda: looker.look(values))  # weights are made, for every figure to come
    keep_time("formula", lambda: looker.look(values))
    found = keep_time("ours", lambda: looker.look(values, permutations=PERMUTATIONS))
    ours = found.frame.filter(found.frame["p_value"].is_not_null())
    figures["same_p_values"] = all(
        np.allclose(ours[column], np.minimum(1, 2 * one.p_sim))
        for column, one in (("p_value", moran), ("gi_p_value", spots))
    )
    for name, one in (("permutations", found), ("formula", closed)):
        words = one.counts.items()
        figures[f"named_by_{name}"] = sum(n for word, n in words if word.startswith(("cluster", "outlier")))
    keep_time("similar", lambda: similar_to(place, values["area"][0], by="all"))
    return figures | {"peak_mb": peak_mb()}
