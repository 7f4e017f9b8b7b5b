"""Square areas in rows and columns, and figures on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from wholeplace.measure.spatial import Neighbours
from wholeplace.measure.spatial.neighbours import BOUNDARIES, PAIRS

QUEEN = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1) if (row, column) != (0, 0)]
ROOK = [(-1, 0), (1, 0), (0, -1), (0, 1)]


def lattice(rows: int, columns: int, steps: Sequence[tuple[int, int]] = tuple(QUEEN)) -> Neighbours:
    """A lattice whose areas are coded by row and column: a00, a01 …"""
    pairs = [
        (code(row, column), code(row + down, column + right))
        for row in range(rows)
        for column in range(columns)
        for down, right in steps
        if 0 <= row + down < rows and 0 <= column + right < columns
    ]
    areas = pl.Series("area", [code(row, column) for row in range(rows) for column in range(columns)])
    return Neighbours(areas, pl.DataFrame(pairs, schema=PAIRS, orient="row"), BOUNDARIES)


def code(row: int, column: int) -> str:
    return f"a{row:02}{column:02}"


def figures(neighbours: Neighbours, values: Sequence[float | None] | np.ndarray) -> pl.DataFrame:
    """One value an area in code order; None is missing."""
    frame = pl.DataFrame({"area": neighbours.areas, "value": list(values)}, schema_overrides={"value": pl.Float64})
    return frame.with_columns(
        pl.when(pl.col("value").is_null()).then(pl.lit("O")).otherwise(pl.lit("A")).alias("status")
    )
