"""How much of the movement of ranks each source of uncertainty explains: Sobol indices by SALib."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wholeplace.measure.uncertainty.draws import Choices, SourceId

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SobolShares:
    """Sobol indices of one source, shares of the variance of the mean rank shift, and half-widths of 95 % intervals."""

    s1: float
    s1_half_width: float
    st: float
    st_half_width: float


def load() -> tuple[Any, Any]:
    """SALib's modules for analysing and for sampling; loading them takes half a second."""
    from SALib.analyze import sobol as analyse
    from SALib.sample import sobol as sample

    return analyse, sample


def sobol_shares(
    choices: Choices,
    sources: Sequence[SourceId],
    *,
    samples: int,
    seed: int,
    mean_shift: Callable[[NDArray[np.int64]], Floats],
) -> dict[SourceId, SobolShares] | None:
    """Estimate first-order and total Sobol indices of the sources that vary.

    One trigger in [0, 1) a source picks its draw. The result of a draw is the mean absolute shift of an area's rank
    from the published rank, R̄s of the Handbook.

    Parameters
    ----------
    choices, sources
        What is picked among, and the sources that vary.
    samples
        Base sample, a power of 2; samples x (sources + 2) draws are run, fewer where picks repeat.
    seed
        Of the sample and of the intervals' resampling.
    mean_shift
        Runs draws and gives R̄s of each.

    Returns
    -------
    shares
        By source; None when no source varies or R̄s is the same in all draws.

    References
    ----------
    OECD/JRC (2008), Handbook on Constructing Composite Indicators, step 7; Saltelli et al. (2010), Variance based
    sensitivity analysis of model output, Computer Physics Communications 181; SALib (Herman and Usher, 2017).
    """
    if not sources:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # SALib's own calls of newer pandas and SciPy
        warnings.simplefilter("ignore", DeprecationWarning)
        analyse, sample = load()
        problem = {"num_vars": len(sources), "names": list(sources), "bounds": [[0.0, 1.0]] * len(sources)}
        generator = np.random.default_rng([seed, 3])
        points = sample.sample(problem, samples, calc_second_order=False, seed=generator)
        plan = choices.plan({source: points[:, k] for k, source in enumerate(sources)}, len(points))
        distinct, which = np.unique(plan, axis=0, return_inverse=True)
        shifts = mean_shift(distinct)[which.reshape(-1)]
        if np.ptp(shifts) == 0:
            return None
        own_seed = int(generator.integers(1, 2**31))  # SALib takes 0 as no seed
        found = analyse.analyze(problem, shifts, calc_second_order=False, seed=own_seed)
    return {
        source: SobolShares(*(float(found[key][k]) for key in ("S1", "S1_conf", "ST", "ST_conf")))
        for k, source in enumerate(sources)
    }
