"""Where the things of a place stand: by their own coordinates, area or postcode, or by what they refer to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.place import Place
from wholeplace.place.boundaries import WGS84, Geometries, reproject
from wholeplace.place.postcodes import postcode_key
from wholeplace.place.registers import Register
from wholeplace.place.registers.references import full_name
from wholeplace.place.tables import as_number

#: Fields that say where a thing stands, in pairs: in degrees, and in the coordinate system of the place.
DEGREES, GRID = ("lon", "lat"), ("easting", "northing")
#: Fields that name another thing where this one stands; no register has two of them.
_WHERE = ("site", "location", "system")


@dataclass(frozen=True)
class Positions:
    """Where each record of a place stands, as far as its registers say.

    All are in the order of `names`. `points` are in WGS 84, None where nothing says; `areas` are codes, "" where
    nothing says; `refers` is the number of the record whose place it shares, -1 where it names none.
    """

    names: pl.Series
    points: Geometries
    areas: NDArray[np.object_]
    refers: NDArray[np.int64]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.names)}

    @cached_property
    def has_point(self) -> NDArray[np.bool_]:
        import shapely

        return ~shapely.is_missing(self.points)

    @cached_property
    def has_area(self) -> NDArray[np.bool_]:
        return np.asarray(self.areas != "")

    def found(self, things: Sequence[str], having: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The record that says where each thing is: its own, or the first on the way of references that is `having`.

        Returns
        -------
        numbers
            Of records, one a thing; -1 where the way ends, or runs in a circle, without one.
        """
        nowhere = len(having)
        jump = np.where(having, np.arange(nowhere), np.where(self.refers < 0, nowhere, self.refers))
        jump = np.append(jump, nowhere)
        for _ in range(nowhere.bit_length()):  # each round goes twice as far, so that no way is too long
            jump = jump[jump]
        start = np.array([self._numbers.get(name, nowhere) for name in things], dtype=np.int64)
        ends = jump[start]
        return np.where(np.append(having, False)[ends], ends, -1)


def positions_of(place: Place) -> Positions:
    """Make out where every record stands that has an id.

    A point is that of `lat` and `lon`, else of `easting` and `northing` where the place has a `crs`, else that of the
    postcode where a [[postcode]] of the place gives one. A record without a point or area of its own is in the area of
    its postcode. Postcodes are middles of a few houses each: good to a hundred metres in a town, worse outside.
    """
    registers = [one for one in place.registers.values() if not one.kind.composite]
    blank = pl.DataFrame(schema={"name": pl.String, "area": pl.String, "postcode": pl.String, "refers": pl.String})
    frame = pl.concat([blank, *map(_cells, registers)])
    points = np.concatenate([np.empty(0, dtype=object), *(_points(one, place.settings.crs) for one in registers)])
    areas = frame["area"].to_numpy(allow_copy=True).astype(object)
    _fill_by_postcode(place, frame["postcode"], points, areas)
    numbers = pl.DataFrame({"refers": frame["name"]}).with_row_index("number").unique("refers", keep="first")
    refers = frame.join(numbers, on="refers", how="left", maintain_order="left")["number"]
    return Positions(frame["name"], points, areas, refers.cast(pl.Int64).fill_null(-1).to_numpy())


def _cells(register: Register) -> pl.DataFrame:
    """name, area, postcode, refers of each record."""
    field = next((register.kind.by_name[name] for name in _WHERE if name in register.kind.by_name), None)
    named = pl.repeat("", register.frame.height, dtype=pl.String, eager=True)
    if field is not None:
        cells = register.column(field.name).str.strip_chars()
        named = pl.Series([full_name(field, cell) for cell in cells], dtype=pl.String)
    return pl.DataFrame(
        {
            "name": register.names,
            "area": register.column("area").str.strip_chars(),
            "postcode": register.column("postcode").str.strip_chars(),
            "refers": named,
        }
    )


def _points(register: Register, crs: str) -> Geometries:
    """The point of each record by its coordinates, None without."""
    points = np.full(register.frame.height, None, dtype=object)
    for pair in (GRID, DEGREES):  # degrees last, as they count where both are given
        numbers = pl.DataFrame([as_number(register.column(name)) for name in pair])
        known = ~numbers.select(pl.any_horizontal(pl.all().is_null())).to_series().to_numpy()
        if known.any() and (crs or pair == DEGREES):
            drawn = _drawn(numbers.to_numpy()[known])
            points[known] = drawn if pair == DEGREES else _on_earth(reproject(drawn, crs, WGS84))
    return points


def _drawn(coordinates: NDArray[np.float64]) -> Geometries:
    import shapely

    return np.asarray(shapely.points(coordinates), dtype=object)


def _on_earth(points: Geometries) -> Geometries:
    """Points with None in place of those that lie nowhere on earth, as grid coordinates far off their grid do."""
    import shapely

    return np.where(np.isfinite(shapely.get_coordinates(points)).all(axis=1), points, np.array(None))


def _fill_by_postcode(place: Place, postcodes: pl.Series, points: Geometries, areas: NDArray[np.object_]) -> None:
    """Give a point, and where nothing else says an area, to records that have a postcode in its place."""
    import shapely

    wanting = np.flatnonzero(shapely.is_missing(points) & (postcodes != "").to_numpy())
    if not len(wanting) or not place.postcodes.height:
        return
    asked = pl.DataFrame({"number": wanting, "postcode_key": [postcode_key(one) for one in postcodes[wanting]]})
    found = asked.join(place.postcodes.unique("postcode_key", keep="first", maintain_order=True), on="postcode_key")
    bare = found.filter(pl.Series(areas[found["number"].to_numpy()] == "", dtype=pl.Boolean))
    areas[bare["number"].to_numpy()] = bare["area"].to_numpy()
    placed = found.filter(pl.col("lon").is_not_null() & pl.col("lat").is_not_null())
    if placed.height:
        points[placed["number"].to_numpy()] = _drawn(placed.select("lon", "lat").to_numpy())
