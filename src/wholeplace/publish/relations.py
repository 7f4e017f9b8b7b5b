"""Sums between tables: when some counts add up to another in every area, each tells the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from wholeplace.publish.counts import Column, Counts, Floats, Mask

#: So many areas are enough to find a sum; the others then confirm it.
_ROWS = 60
#: More sums of one total than this are not looked for.
_MOST = 8


@dataclass(frozen=True)
class Relation:
    """Columns (by number) that add up to another in every area."""

    total: int
    parts: tuple[int, ...]


def find_relations(counts: Counts) -> list[Relation]:
    """Every way in which columns of whole counts add up to another column.

    Found by numbers, not by names: a whole-number program for each column looks for the fewest others that add up to
    it in every area where all are known, and then for the next. Sums that hold by chance, as they may in a place of
    very few areas, do no harm: more is hidden.
    """
    values = [column.values for column in counts.columns]
    found: list[Relation] = []
    for total, wanted in enumerate(values):
        others = [n for n, one in enumerate(values) if n != total and _may_be_part(one, wanted)]
        taken: list[tuple[int, ...]] = []
        while len(taken) < _MOST and (parts := _parts(wanted, values, others, taken)):
            taken.append(parts)
        found += [Relation(total, parts) for parts in taken]
    return found


def _may_be_part(part: Floats, total: Floats) -> bool:
    both = np.isfinite(part) & np.isfinite(total)
    return bool(both.sum() > 0.5 * np.isfinite(total).sum() and (part[both] <= total[both]).all() and part[both].any())


def _parts(
    total: Floats, values: list[Floats], others: list[int], taken: list[tuple[int, ...]]
) -> tuple[int, ...] | None:
    """The fewest of the others that add up to the total and are not taken already."""
    if len(others) < 2:
        return None
    matrix = np.column_stack([values[n] for n in others])
    known = np.isfinite(total) & (np.isfinite(matrix).mean(axis=1) == 1)
    if known.sum() < min(3, len(total)):  # gaps in different areas: look where the most are known
        known = np.isfinite(total)
        matrix = np.where(np.isfinite(matrix), matrix, 0.0)
    rows = np.flatnonzero(known)
    weighed = matrix[rows] / np.maximum(total[rows], 1.0)[:, None]
    if _residual(weighed, total[rows] / np.maximum(total[rows], 1.0)) > 1e-6:
        return None
    rows = rows[np.linspace(0, len(rows) - 1, min(_ROWS, len(rows))).astype(int)]
    scale = np.maximum(total[rows], 1.0)
    limits = [optimize.LinearConstraint(matrix[rows] / scale[:, None], total[rows] / scale, total[rows] / scale)]
    for one in taken:
        row = np.isin(others, one).astype(float)
        limits.append(optimize.LinearConstraint(row[None, :], -np.inf, row.sum() - 1))
    answer = optimize.milp(
        np.ones(len(others)), constraints=limits, integrality=np.ones(len(others), dtype=np.int64),
        bounds=optimize.Bounds(0, 1), options={"time_limit": 5.0},
    )  # fmt: skip
    if answer.x is None:
        return None
    parts = tuple(others[n] for n in np.flatnonzero(answer.x > 0.5))
    held = np.isfinite(total) & np.all([np.isfinite(values[n]) for n in parts], axis=0)
    adds_up = len(parts) > 1 and np.array_equal(np.sum([values[n] for n in parts], axis=0)[held], total[held])
    return parts if adds_up and held.any() else None


def _residual(matrix: Floats, wanted: Floats) -> float:
    """How far the best sum with weights of 0 or more stays away; without weights it is no nearer."""
    try:
        return float(optimize.nnls(matrix, wanted)[1])
    except RuntimeError:  # not found in so many steps: the whole-number program will say
        return 0.0


def small_anywhere(column: Column, least: int, threshold: int) -> Mask:
    """Areas in which a column is small."""
    with np.errstate(invalid="ignore"):
        return (column.values >= least) & (column.values < threshold)
