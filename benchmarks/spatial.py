"""Local Moran's I and Gi* of a large place with 999 permutations, beside the plain calls of the library."""

from __future__ import annotations

import json
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


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def plain(value: Any, row: Any, star: Any, permutations: int) -> tuple[Any, Any]:
    """What a user of the library types."""
    from esda.getisord import G_Local
    from esda.moran import Moran_Local

    settings: dict[str, Any] = {"permutations": permutations, "keep_simulations": False, "seed": 1, "n_jobs": 1}
    return Moran_Local(value, row, **settings), G_Local(value, star, transform="B", star=True, **settings)


def run() -> None:
    """Time both ways in one process, compiling before either, and the command in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "place"
        make_demo(folder, areas=AREAS)
        figures = compare(folder)
        command = [sys.executable, "-m", "wholeplace.cli", "spatial", "clusters", str(folder), FIGURE,
                   "--geography", GEOGRAPHY, "--period", PERIOD, "--json"]  # fmt: skip
        for name, more in (
            ("command_formula_s", []),
            ("command_permutations_s", ["--permutations", str(PERMUTATIONS)]),
        ):
            figures[name], done = timed(
                lambda more=more: subprocess.run([*command, *more], capture_output=True, text=True, check=True)
            )
            assert len(json.loads(done.stdout)["areas"]) == AREAS
    keep("spatial", figures | {"areas": AREAS, "permutations": PERMUTATIONS, "peak_mb": peak_mb()})


def compare(folder: Path) -> dict[str, Any]:
    from libpysal.graph import Graph

    place = open_place(folder)
    values = values_on(place, place.indicators[FIGURE], GEOGRAPHY, PERIOD)
    assert values is not None
    figures: dict[str, Any] = {}
    figures["neighbours_s"], neighbours = timed(lambda: neighbours_of(place, GEOGRAPHY))
    known = values["value"].is_not_null().to_numpy()
    value = values["value"].to_numpy()[known]
    graph = Graph.from_sparse(neighbours.matrix[known][:, known])
    row, star = graph.transform("R"), graph.assign_self_weight(1)
    few = Graph.from_sparse(neighbours.matrix[:200][:, :200])
    figures["compile_s"], _ = timed(lambda: plain(value[:200], few.transform("R"), few.assign_self_weight(1), 9))
    figures["plain_s"], (moran, spots) = timed(lambda: plain(value, row, star, PERMUTATIONS))
    looker = Looker(neighbours)
    looker.look(values)  # weights, which are the same for every figure
    figures["ours_s"], found = timed(lambda: looker.look(values, permutations=PERMUTATIONS))
    figures["formula_s"], closed = timed(lambda: looker.look(values))
    ours = found.frame.filter(found.frame["p_value"].is_not_null())
    same = np.array_equal(ours["p_value"], np.minimum(1, 2 * moran.p_sim))
    figures["same_p_values_moran"] = bool(same)
    figures["same_z_gi"] = bool(np.allclose(ours["gi_z"], spots.Zs))
    figures["named_by_permutations"], figures["named_by_formula"] = (
        sum(count for word, count in one.counts.items() if word.startswith(("cluster", "outlier")))
        for one in (found, closed)
    )
    figures["similar_s"], _ = timed(lambda: similar_to(place, values["area"][0], by="all"))
    return figures
