"""1,000 draws of the ranks of England's 33,755 neighbourhoods: Wholeplace beside pandas, on the same draws.

Weights, normalisation and mean vary; both sides rank exactly and give the same quantiles of each area's ranks.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.common import MACHINE_SHARE, PEER_SECONDS, england, in_own_process, keep, seconds
from wholeplace.measure.aggregate import Node
from wholeplace.measure.normalise import NormaliseSpec, normalise
from wholeplace.measure.ranks import rank_scores
from wholeplace.measure.uncertainty import IndexChoices, UncertaintySettings, index_uncertainty
from wholeplace.measure.uncertainty.engine import Prepared, prepare

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DOMAINS = ("income", "employment", "education", "health", "crime", "housing_and_services", "environment")
WEIGHTS = (0.225, 0.225, 0.135, 0.135, 0.093, 0.093, 0.093)
SETTINGS = UncertaintySettings(draws=1000, seed=1, sensitivity_samples=0)
WITH_SOURCES = UncertaintySettings(draws=1000, seed=1)
QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Case:
    """An index to draw: its choices and a word on where its figures come from."""

    choices: IndexChoices
    source: str


def case(areas: int = 33_755) -> Case:
    """England's index, or a generated one of the same shape where the table is not to be had."""
    path = england()
    if path is not None and areas == 33_755:
        table = pd.read_csv(path, usecols=["lsoa21_code", *(f"{domain}_rank" for domain in DOMAINS)])
        codes, ranks = table["lsoa21_code"].tolist(), table.drop(columns="lsoa21_code").to_numpy(dtype=float)
        source = "English Indices of Deprivation 2025, published domain ranks"
    else:
        generator = np.random.default_rng(1)
        codes = [f"X{number:08d}" for number in range(areas)]
        common = generator.normal(size=(areas, 1))
        ranks = (common + generator.normal(size=(areas, len(DOMAINS)))).argsort(axis=0).argsort(axis=0) + 1.0
        source = "generated: seven correlated domains"
    specs = {
        "as published": NormaliseSpec("exponential-rank"),
        "min-max": NormaliseSpec("min-max", range=(1.0, 100.0)),
        "z-score": NormaliseSpec("z-score"),
        "percentile": NormaliseSpec("percentile"),
    }
    matrices = {
        name: np.array([normalise(column, spec, flip=True) for column in ranks.T]) for name, spec in specs.items()
    }
    leaves = tuple(
        Node(domain, weight, leaf=i) for i, (domain, weight) in enumerate(zip(DOMAINS, WEIGHTS, strict=True))
    )
    return Case(IndexChoices(Node("index", children=leaves), codes, matrices, "highest", ("geometric",)), source)


def pandas_scores(choices: IndexChoices, plan: Ints, weights: Floats) -> Iterator[pd.Series]:
    """The peer's score of every draw, by whole columns; logarithms are taken once."""
    scores = [pd.DataFrame(matrix.T, index=choices.areas) for matrix in choices.normalisations.values()]
    logs = [np.log(frame) if (frame > 0).all(axis=None) else None for frame in scores]
    for row, normalisation, mean, _ in plan:
        w = weights[row]
        if mean == 0:
            yield scores[normalisation].dot(w)
        else:
            log = logs[normalisation]
            assert log is not None  # the plan picks the geometric mean only where scores are above 0
            yield np.exp(log.dot(w / w.sum())) * w.sum()


def pandas_ranks(choices: IndexChoices, plan: Ints, weights: Floats) -> pd.DataFrame:
    """The peer's ranks, areas x draws: one rank call a draw."""
    drawn = enumerate(pandas_scores(choices, plan, weights))
    return pd.DataFrame({draw: score.rank(method="min", ascending=False) for draw, score in drawn})


def pandas_summary(drawn: pd.DataFrame) -> pd.DataFrame:
    """The peer's figures of each area over the draws."""
    found = drawn.quantile(list(QUANTILES), axis=1, interpolation="lower").T
    found.columns = pd.Index(["rank_p05", "rank_p50", "rank_p95"])
    found["p_decile_1"] = (drawn <= len(drawn) / 10).mean(axis=1)
    return found


def different_ranks(ready: Prepared, choices: IndexChoices, plan: Ints, drawn: pd.DataFrame) -> dict[str, int]:
    """Compare the ranks of every draw.

    Scores within 1e-9 are tied by the contract, and pandas has no such rule: where ranks differ, the peer's scores are
    ranked again by that rule, and ranks that differ even so are counted as wrong.
    """
    ranks, _ = ready.engine.run(plan, published=ready.published, keep=(0, len(ready.rows)))
    peer = drawn.to_numpy()[ready.rows].T
    wrong = 0
    different = np.flatnonzero((ranks != peer).any(axis=1))
    for draw in different:
        (score,) = pandas_scores(choices, plan[draw : draw + 1], ready.engine.weights)
        again = rank_scores(score.to_numpy(), rank_1=choices.rank_1)[ready.rows]
        wrong += int((ranks[draw] != again).sum())
    return {"ranks": ranks.size, "ranks_tied_within_1e-9": int((ranks != peer).sum()), "ranks_wrong": wrong}


def run() -> dict[str, Any]:
    """Check that both give equal answers, then time both, print the ratio and keep the figures."""
    index = case()
    ready = prepare(index.choices, SETTINGS, threads=None)
    plan = ready.picks.random_plan(seed=SETTINGS.seed)
    ours = index_uncertainty(index.choices, SETTINGS).frame.to_pandas().set_index("area")
    started = time.perf_counter()
    drawn = pandas_ranks(index.choices, plan, ready.engine.weights)
    theirs = pandas_summary(drawn)
    peer = time.perf_counter() - started
    different = int((ours[theirs.columns] - theirs).abs().gt(1e-9).any(axis=1).sum())
    figures: dict[str, Any] = {"source": index.source, "areas": len(ours), "draws": SETTINGS.draws}
    figures |= {"areas_with_different_answers": different, **different_ranks(ready, index.choices, plan, drawn)}
    taken = seconds(lambda: index_uncertainty(index.choices, SETTINGS), runs=5)
    whole = seconds(lambda: index_uncertainty(index.choices, WITH_SOURCES), runs=3)
    figures |= {"wholeplace_s": taken, "pandas_s": peer, "wholeplace_with_sobol_indices_s": whole, **_memory()}
    shown = peer <= PEER_SECONDS * MACHINE_SHARE and different == 0 and figures["ranks_wrong"] == 0
    figures["times_faster"] = peer / taken if shown else "not shown"
    keep("uncertainty", figures)
    return figures


def _memory() -> dict[str, Any]:
    """Peak memory of our side alone, above what importing and the data take; and the first run, which compiles."""
    found = in_own_process(
        "import json; from benchmarks import uncertainty as u; from benchmarks.common import peak_mb;"
        "import wholeplace.measure.uncertainty.evaluate, SALib.analyze.sobol; c = u.case(); before = peak_mb();"
        "u.index_uncertainty(c.choices, u.WITH_SOURCES);"
        "print(json.dumps({'peak_mb': peak_mb(), 'above_import_and_data_mb': peak_mb() - before}))"
    )
    with tempfile.TemporaryDirectory() as cache:
        first = in_own_process(
            "import json, time; from benchmarks import uncertainty as u; c = u.case(500); t = time.perf_counter();"
            "u.index_uncertainty(c.choices, u.SETTINGS); print(json.dumps({'s': time.perf_counter() - t}))",
            NUMBA_CACHE_DIR=cache,
        )
    return {**found, "first_run_with_compiling_s": first["s"]}
