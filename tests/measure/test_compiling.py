"""What is compiled once after installation is compiled ahead, in a process of its own, and found by the first draw."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wholeplace.compiling import compiling_ahead
from wholeplace.measure.uncertainty import DRAWS

#: Waits for the compiling, draws an index of 300 areas and prints how much of it had to be compiled here.
FIRST_DRAW = """
from wholeplace.compiling import compiling_ahead
from wholeplace.measure.uncertainty import DRAWS
with compiling_ahead(DRAWS) as child:
    assert child is not None and child.wait() == 0
with compiling_ahead(DRAWS) as again:
    assert again is None  # done before
import numpy as np
from wholeplace.measure.aggregate import Node
from wholeplace.measure.uncertainty import IndexChoices, index_uncertainty
scores = np.random.default_rng(1).normal(size=(3, 300))
root = Node("index", children=tuple(Node(str(k), leaf=k) for k in range(3)))
choices = IndexChoices(root, [str(k) for k in range(300)], {"as published": scores, "other": 2 * scores}, "highest")
index_uncertainty(choices)
from wholeplace.measure.uncertainty import evaluate, sorting
for function in (evaluate._run_block, sorting.summarise_ranks):
    stats = function.stats
    print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


def test_the_first_draw_finds_everything_compiled(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_DRAW], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["1 0", "1 0"]  # found on disk once, compiled never


#: Waits for the compiling of the scenario engine, and then has a trial told that needs every part of it.
FIRST_TRIAL = """
from wholeplace.compiling import compiling_ahead
from wholeplace.resilience.compiling import ENGINE
with compiling_ahead(ENGINE) as child:
    assert child is not None and child.wait() == 0
assert ENGINE.is_done
import numpy as np
from wholeplace.resilience.model import build_network
from wholeplace.resilience.simulate import Simulation
Simulation(build_network({}), (), 1.0, 1, np.zeros(0, dtype=np.int64), {}).tell(0, lines=9)
from wholeplace.resilience.simulate import trial
stats = trial.run_trials.stats
print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


def test_the_first_trial_finds_the_engine_compiled(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_TRIAL], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["1 0"]


#: Waits for the compiling, deals out the figures of a lattice, and prints how much of esda's had to be compiled here.
PERMUTED = """
import numpy as np
from tests.measure.lattices import figures, lattice
from wholeplace.compiling import compiling_ahead
from wholeplace.measure.spatial import find_clusters
from wholeplace.measure.spatial.compiling import PERMUTATIONS
with compiling_ahead(PERMUTATIONS) as child:
    assert child is not None and child.wait() == 0
assert PERMUTATIONS.is_done
squares = lattice(5, 5)
find_clusters(figures(squares, np.arange(25.0)), squares, permutations=9)
from esda import crand, getisord, moran
kept = crand.compute_chunk, moran._moran_local_crand, getisord._g_local_star_crand
print(*(sum(one.stats.cache_misses.values()) for one in kept), sum(crand.compute_chunk.stats.cache_hits.values()))
"""


@pytest.mark.long
def test_permutations_find_everything_compiled_in_another_process(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", PERMUTED], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "0", "0", "2"]  # the loop is found twice, once for each of the two statistics


def test_nothing_that_only_may_compile_loads_the_compiler() -> None:
    """Pages and commands start sooner and lighter without it."""
    code = "import sys, wholeplace.web.site, wholeplace.measure.spatial.commands, wholeplace.compiling; "
    subprocess.run([sys.executable, "-c", code + "assert 'numba' not in sys.modules"], check=True)


def test_no_process_is_left_when_the_work_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    children = []
    with pytest.raises(RuntimeError), compiling_ahead(DRAWS) as child:
        children.append(child)
        raise RuntimeError("a place with errors")
    assert children[0] is not None
    assert children[0].returncode not in (None, 0)  # ended by us
