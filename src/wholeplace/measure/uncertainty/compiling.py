"""The draws of an index, compiled ahead while a place is still being read."""

from __future__ import annotations

import subprocess
import warnings

from wholeplace.compiling import Compiling

#: With less optimising they are as fast to run, and a second less to compile.
DRAWS = Compiling(f"{__name__}:compile_draws", "sorting.summarise_ranks-*.nbc", {"NUMBA_OPT": "1"})


def wait_for(child: subprocess.Popen[bytes]) -> None:
    """Wait until the draws are compiled; what they need besides is loaded meanwhile."""
    import wholeplace.measure.uncertainty.engine  # noqa: F401 (loaded, not used)
    from wholeplace.measure.uncertainty import sensitivity

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SALib's own calls of newer pandas and SciPy
        sensitivity.load()
    child.wait()


def compile_draws() -> None:
    """Draw the least index there is, so that everything is compiled and kept."""
    import numpy as np

    from wholeplace.measure.aggregate import Node
    from wholeplace.measure.uncertainty import IndexChoices, UncertaintySettings, index_uncertainty

    root = Node("index", children=(Node("first", leaf=0), Node("second", leaf=1)))
    scores = {"as published": np.array([[1.0, 2.0], [2.0, 1.0]])}
    settings = UncertaintySettings(draws=1, sensitivity_samples=0)
    index_uncertainty(IndexChoices(root, ["a", "b"], scores, "highest"), settings)
