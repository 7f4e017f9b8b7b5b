"""Hiding counts of a large table, and of small ones beside a linear program for each cell."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse
from scipy.optimize import linprog

from benchmarks.common import keep, peak_mb, seconds
from wholeplace.measure.disclosure import Protected, Release, Rules, count_table, protect, unsafe
from wholeplace.measure.disclosure.audit import Published, knowledge
from wholeplace.measure.disclosure.repair import repair

AREAS, CATEGORIES = 33_755, 20
#: Areas and categories of the tables that the peer judges (linear programs) and covers (whole-number programs).
SMALL = ((20, 5), (40, 8), (80, 10))


def table(areas: int, categories: int, *, districts: int, people: float, seed: int = 1) -> Release:
    """Counts as censuses have them: sizes of areas, shares of categories and their mixture by area all vary."""
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(np.full(categories, 0.7))
    size = rng.gamma(2, people / 2, size=(areas, 1))
    counts = rng.poisson(size * share * rng.gamma(1, 1, size=(areas, categories)))
    frame = pl.DataFrame({f"c{j}": counts[:, j] for j in range(categories)}).with_columns(
        area=pl.Series([f"a{i}" for i in range(areas)]),
        district=pl.Series([f"d{i * districts // areas}" for i in range(areas)]),
    )
    names = [f"c{j}" for j in range(categories)]
    return count_table(frame, name="table", levels=["district"] if districts > 1 else [], categories=names)


def told_by_linprog(protected: Protected, rules: Rules) -> int:
    """Hidden cells known to within less than the threshold, by two linear programs for each."""
    what = knowledge([Published(protected.release, protected.hidden)], rules)
    targets = what.targets[: int(protected.hidden.sum())]
    limits: dict[str, Any] = {
        "A_eq": sparse.csr_array(what.known),
        "b_eq": what.known @ what.base,
        "A_ub": sparse.csr_array(-what.hidden),
        "b_ub": np.full(what.hidden.shape[0], -float(rules.lowest_hidden)),
    }
    told = 0
    for number in range(targets.shape[0]):
        cell = targets[[number]].toarray()[0]
        low, high = (linprog(sign * cell, **limits, method="highs") for sign in (1, -1))
        told += high.status != 3 and -high.fun - low.fun < rules.threshold - 1e-6
    return told


def large(rules: Rules) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for name, districts, people in (("flat", 1, 1200), ("districts", 307, 1200), ("districts_sparse", 307, 200)):
        release = table(AREAS, CATEGORIES, districts=districts, people=people)
        started, processor = time.perf_counter(), time.process_time()
        protected = protect(release, rules=rules)
        figures[f"{name}_s"] = time.perf_counter() - started
        figures[f"{name}_processor_s"] = time.process_time() - processor
        started = time.perf_counter()
        figures[f"{name}_told"] = unsafe(protected)
        figures[f"{name}_search_anew_s"] = time.perf_counter() - started
        figures[f"{name}_cells"] = int(protected.hidden.size)
        figures[f"{name}_small"] = int(protected.small.sum())
        figures[f"{name}_hidden"] = int(protected.hidden.sum())
    return figures


def beside_the_library(rules: Rules) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for areas, categories in SMALL:
        name = f"{areas}x{categories}"
        release = table(areas, categories, districts=4, people=30.0 * categories)
        protected = protect(release, rules=rules)
        naive = Protected(release, rules, protected.small, protected.before, protected.small, protected.because)
        for pattern in (protected, naive):
            if unsafe(pattern) != told_by_linprog(pattern, rules):
                raise RuntimeError("the two ways do not find the same cells")
        figures[f"{name}_small"], figures[f"{name}_hidden"] = int(naive.hidden.sum()), int(protected.hidden.sum())
        figures[f"{name}_judge_ms"] = 1000 * seconds(lambda protected=protected: unsafe(protected))
        figures[f"{name}_judge_linprog_ms"] = 1000 * seconds(
            lambda protected=protected: told_by_linprog(protected, rules), runs=1
        )
        figures[f"{name}_protect_ms"] = 1000 * seconds(lambda release=release: protect(release, rules=rules))
        if areas <= 40:
            known = np.zeros(protected.hidden.shape, dtype=bool)
            nothing = np.full(protected.hidden.size, -1)
            started = time.perf_counter()
            plain = repair(
                Published(release, protected.small),
                [],
                needed=protected.small,
                known=known,
                rules=rules,
                because=nothing,
            )
            figures[f"{name}_program_per_cell_ms"] = 1000 * (time.perf_counter() - started)
            figures[f"{name}_program_per_cell_hidden"] = int(plain.hidden.sum())
    return figures


def run() -> None:
    """Time disclosure control and keep the figures."""
    rules = Rules()
    protect(table(50, 3, districts=2, people=60), rules=rules)  # compiles
    figures = beside_the_library(rules) | large(rules)
    keep("disclosure", figures | {"peak_mb": peak_mb()})
