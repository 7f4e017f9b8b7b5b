"""A reader who wants to know hidden counts: linear programming over what is printed, sharing no code with the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.optimize import linprog

Cell = tuple[str, str, str, str]


@dataclass(frozen=True)
class Printed:
    """What is out: level, area, set, category, count (null where hidden), and who belongs to what, which is public."""

    frame: pl.DataFrame
    area_of: Mapping[str, Mapping[str, str]]  # level -> base area -> group
    category_of: Mapping[str, Mapping[str, str]]  # set -> base category -> group


def attack(printed: list[Printed], *, least_hidden: int) -> dict[tuple[int, Cell], tuple[float, float]]:
    """The least and the most of every hidden cell, by (number of the release, cell)."""
    areas, categories = list(printed[0].area_of["each"]), list(printed[0].category_of["each"])
    unknowns = [(area, category) for area in areas for category in categories]
    equations, right, limits, most = [], [], [], []
    hidden: dict[tuple[int, Cell], np.ndarray] = {}
    for number, one in enumerate(printed):
        for level, area, group, category, count in one.frame.iter_rows():
            row = np.array(
                [one.area_of[level][a] == area and one.category_of[group][c] == category for a, c in unknowns],
                dtype=float,
            )
            if count is not None:
                equations.append(row)
                right.append(count)
                continue
            hidden[number, (level, area, group, category)] = row
            limits.append(-row)
            most.append(-least_hidden)
    rules = {"A_eq": np.array(equations), "b_eq": np.array(right), "A_ub": np.array(limits), "b_ub": np.array(most)}
    if not equations:
        rules |= {"A_eq": None, "b_eq": None}
    found = {}
    for cell, row in hidden.items():
        lowest = linprog(row, **rules, method="highs")
        highest = linprog(-row, **rules, method="highs")
        assert lowest.status == 0, lowest.message
        found[cell] = (lowest.fun, np.inf if highest.status == 3 else -highest.fun)
    return found


def narrow(found: Mapping[tuple[int, Cell], tuple[float, float]], *, width: int) -> list[tuple[int, Cell]]:
    """Hidden cells known to within less than `width`."""
    return [cell for cell, (low, high) in found.items() if high - low < width - 1e-6]
