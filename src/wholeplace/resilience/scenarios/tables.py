"""The files that events of a scenario name: curves, footprints, and the ways along which something spreads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from wholeplace.place import Findings, Place
from wholeplace.place.boundaries import Boundaries, Geometries, read_boundaries
from wholeplace.place.config import resolve
from wholeplace.place.findings import did_you_mean
from wholeplace.place.tables import Table, as_number, read_table
from wholeplace.resilience.scenarios.polygons import sound_polygons
from wholeplace.resilience.scenarios.positions import positions_of
from wholeplace.resilience.scenarios.things import Things


def read_curve(folder: Path, file: str, findings: Findings) -> pl.DataFrame | None:
    """Read a curve: intensity and the chance of failing at it, 0 to 1, in rising order of intensity."""
    table = _table(folder, file, ("intensity", "chance"), findings)
    if table is None:
        return None
    before = len(findings.errors)
    intensity = _numbers(table, "intensity", file, findings)
    chance = _numbers(table, "chance", file, findings)
    _tell(table, "chance", ~chance.is_between(0, 1), "out-of-range", "must lie between 0 and 1", findings)
    _tell(table, "intensity", intensity.diff() <= 0, "not-rising", "must be above the intensity before it", findings)
    if not table.frame.height:
        findings.error("empty-file", "has a header and no rows; a curve needs at least one", file=file)
    return pl.DataFrame([intensity, chance]) if len(findings.errors) == before else None


def read_edges(folder: Path, file: str, things: Things, findings: Findings) -> pl.DataFrame | None:
    """Read the ways along which something spreads: from, to, and strikes an hour."""
    table = _table(folder, file, ("from", "to", "chance_per_h"), findings)
    if table is None:
        return None
    before = len(findings.errors)
    ends = [table.text(name).str.strip_chars() for name in ("from", "to")]
    for column in ends:
        unknown = column.map_elements(lambda name: name not in things, return_dtype=pl.Boolean)
        _tell(table, column.name, unknown, "unknown-item", "names nothing in the registers that can fail", findings)
    rate = _numbers(table, "chance_per_h", file, findings)
    _tell(table, "chance_per_h", rate < 0, "out-of-range", "must be a rate of 0 or more", findings)
    return pl.DataFrame([*ends, rate]) if len(findings.errors) == before else None


def _table(folder: Path, file: str, columns: Sequence[str], findings: Findings) -> Table | None:
    """A table that has certain columns."""
    path = resolve(folder, file, findings)
    table = None if path is None else read_table(path, findings, file=file)
    if table is None:
        return None
    absent = table.missing(columns)
    for column in absent:
        message = f"has no column {column!r}; it needs {', '.join(columns)} and has {', '.join(table.header)}"
        findings.error("no-column", message, file=file, row=1, column=column)
    return None if absent else table


def _numbers(table: Table, column: str, file: str, findings: Findings) -> pl.Series:
    """A column of numbers; what is none is told, and null."""
    numbers = as_number(table.frame[column])
    _tell(table, column, numbers.is_null(), "number", "is no number", findings)
    return numbers


def _tell(table: Table, column: str, wrong: pl.Series, rule: str, message: str, findings: Findings) -> None:
    at = wrong.fill_null(value=False).arg_true()
    cells = table.text(column)
    told = ((int(table.rows[row]), cells[row]) for row in at)
    findings.cells("error", rule, message, told, total=len(at), file=table.file, column=column)


def read_footprint(place: Place, file: str, intensity: str, findings: Findings) -> Boundaries | None:
    """Read where a hazard is, in WGS 84: polygons, with the property `intensity` where one is named."""
    import shapely

    path = resolve(place.folder, file, findings)
    footprint = None if path is None else read_boundaries(path, findings, file=file)
    if footprint is None:
        return None
    before = len(findings.errors)
    shapes = sound_polygons(footprint.geometries)
    if shapely.is_missing(shapes).all():
        findings.error("not-polygon", "has no polygon; a footprint is drawn as areas", file=file)
    elif _is_outside(shapes, place):
        message = (
            "lies wholly outside the place; is it of another place, or in metres without a `crs` member that says so?"
        )
        findings.error("footprint-outside", message, file=file)
    if intensity:
        _check_intensity(footprint.frame, intensity, file, findings)
    return footprint if len(findings.errors) == before else None


def _check_intensity(frame: pl.DataFrame, intensity: str, file: str, findings: Findings) -> None:
    """Check the property that says how strong a hazard is: there, and a number or blank."""
    if intensity not in frame.columns:
        near = did_you_mean(intensity, frame.columns) or f"; it has: {', '.join(frame.columns) or 'none'}"
        findings.error("no-column", f"has no property {intensity!r}{near}", file=file, column=intensity)
        return
    cells = frame[intensity].str.strip_chars()
    wrong = (as_number(cells).is_null() & (cells != "")).arg_true()
    told = ((int(row) + 1, cells[row]) for row in wrong)
    findings.cells("error", "number", "is no number", told, total=len(wrong), file=file, column=intensity)
    blank = (cells == "").arg_true()
    message = "has no intensity there: nothing is struck"
    blanks = ((int(row) + 1, "") for row in blank)
    findings.cells("notice", "no-intensity", message, blanks, total=len(blank), file=file, column=intensity)


def _is_outside(shapes: Geometries, place: Place) -> bool:
    """Whether shapes meet no area of a place and none of its sites; not where the place has neither on a map."""
    import shapely

    positions = positions_of(place)
    drawn = [sound_polygons(one.geometries) for one in place.geographies.values() if one.geometries is not None]
    known = np.concatenate([positions.points, *drawn])
    tree = shapely.STRtree(known[~shapely.is_missing(known)])
    return bool(len(tree)) and not len(tree.query(shapes, predicate="intersects")[0])
