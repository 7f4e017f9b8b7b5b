"""Compile the draws of an index in a process of their own, while a place is still being read.

Compiling takes seconds, once after installation; its result is kept on disk, where the process that waits finds it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from wholeplace.compiled import kept_in

_CHILD = "from wholeplace.measure.uncertainty.compiling import compile_draws; compile_draws()"


@contextmanager
def compiling_ahead() -> Iterator[subprocess.Popen[bytes] | None]:
    """Compile in another process, to be waited for before the first draw; None when it was done before."""
    if _compiled_before():
        yield None
        return
    environment = {**os.environ, "NUMBA_OPT": "1"}  # as fast to run, and a second less to compile
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    try:
        yield child
    finally:
        child.kill()  # nothing is left running where the work that needs it has failed
        child.wait()


def wait_for(child: subprocess.Popen[bytes]) -> None:
    """Wait until all is compiled; what draws need besides is loaded meanwhile."""
    import wholeplace.measure.uncertainty.engine  # noqa: F401 (loaded, not used)
    from wholeplace.measure.uncertainty import sensitivity

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SALib's own calls of newer pandas and SciPy
        sensitivity.load()
    child.wait()


def _compiled_before() -> bool:
    """Whether numba has kept what it compiled of these sources."""
    return next(kept_in().rglob("sorting.summarise_ranks-*.nbc"), None) is not None  # the last one to be compiled


def compile_draws() -> None:
    """Draw the least index there is, so that everything is compiled and kept."""
    import numpy as np

    from wholeplace.measure.aggregate import Node
    from wholeplace.measure.uncertainty import IndexChoices, UncertaintySettings, index_uncertainty

    root = Node("index", children=(Node("first", leaf=0), Node("second", leaf=1)))
    scores = {"as published": np.array([[1.0, 2.0], [2.0, 1.0]])}
    settings = UncertaintySettings(draws=1, sensitivity_samples=0)
    index_uncertainty(IndexChoices(root, ["a", "b"], scores, "highest"), settings)
