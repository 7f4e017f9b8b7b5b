"""Who is counted where: the counts and denominators of a place, the same people once, and the sums of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.measure import targets
from wholeplace.measure.moving import aligned
from wholeplace.place import Place, SeriesKey
from wholeplace.place.disclosure_settings import exempt_reason

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Use:
    """Where a column of counts is printed: as the count of a series, or as its denominator."""

    key: SeriesKey
    role: str  # "count" or "denominator"


@dataclass
class Column:
    """The same people in every area of one geography and period, NaN where no number is held.

    `exempt` columns are out already: everybody knows them. A column that both an exempt and another series print is.
    """

    values: Floats
    exempt: bool
    uses: list[Use] = field(default_factory=list)


@dataclass(frozen=True)
class Level:
    """Larger areas made of whole areas: `of[i]` is the larger area that area i lies in, "" for none."""

    target: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class Counts:
    """Every column of one geography and period, and the larger areas that its sums are printed for, finest first."""

    geography: str
    period: str
    areas: tuple[str, ...]
    columns: list[Column]
    levels: tuple[Level, ...]

    def used(self, key: SeriesKey, role: str) -> Column | None:
        """The column that a series prints, if it has one."""
        return next((one for one in self.columns if Use(key, role) in one.uses), None)


@dataclass(frozen=True)
class Unfit:
    """A series that disclosure control cannot judge, and why."""

    key: SeriesKey
    why: str


def counts_of(place: Place) -> tuple[list[Counts], list[Unfit]]:
    """The counts of a place by geography and period, and the series that hold people in a way that cannot be judged."""
    found: dict[tuple[str, str], list[Column]] = {}
    unfit: list[Unfit] = []
    for key, series in place.series.items():
        indicator = place.indicators[key.indicator]
        frame = aligned(series, place.geographies[key.geography])
        exempt = bool(exempt_reason(place.sections.disclosure, indicator))
        amounts = {role: _amounts(frame, role) for role in ("count", "denominator")}
        counted = bool(np.isfinite(amounts["count"]).any())
        why = "" if exempt else _unfit(indicator.value_type, counted, amounts["count"])
        if why:
            unfit.append(Unfit(key, why))
            continue
        columns = found.setdefault((key.geography, key.period), [])
        for role, values in amounts.items():
            if (counted or role == "denominator") and np.isfinite(values).any() and _whole(values):
                _add(columns, values, Use(key, role), exempt)
    made = [
        Counts(geography, period, tuple(place.geographies[geography].areas["area"].sort()), columns,
               levels_of(place, geography))
        for (geography, period), columns in found.items()
    ]  # fmt: skip
    return made, unfit


def _amounts(frame: pl.DataFrame, role: str) -> Floats:
    """Numbers of one column; where no value can exist nobody is counted, and a status without a value has no count."""
    nothing = pl.col("status").is_in(["Q", "O", "L"]) & pl.lit(role == "count")
    kept = pl.when(pl.col("status") == "M").then(pl.col(role).fill_null(0.0)).when(~nothing).then(pl.col(role))
    values: Floats = frame.select(kept).to_series().cast(pl.Float64).fill_null(np.nan).to_numpy().copy()
    return values


def _whole(values: Floats) -> bool:
    known = values[np.isfinite(values)]
    return bool(np.all((known >= 0) & (np.abs(known - np.round(known)) < 1e-6) & (known < 2**40)))


def _unfit(value_type: str, counted: bool, count: Floats) -> str:
    if counted and not _whole(count):
        return "its counts are not whole numbers of people, so that nobody can say which are small"
    if value_type in {"proportion", "rate"} and not counted:
        return "it holds no counts, so that nobody can say how few people a figure is about"
    return ""


def _add(columns: list[Column], values: Floats, use: Use, exempt: bool) -> None:
    """Put a column with those of the same people, or by itself."""
    for one in columns:
        both = np.isfinite(one.values) & np.isfinite(values)
        least = max(1, min(np.isfinite(one.values).sum(), np.isfinite(values).sum()) // 2)
        if both.sum() >= least and np.array_equal(one.values[both], values[both]):
            one.values = np.where(np.isfinite(one.values), one.values, values)
            one.uses.append(use)
            one.exempt |= exempt
            return
    columns.append(Column(np.round(values), exempt, [use]))


def levels_of(place: Place, geography: str) -> tuple[Level, ...]:
    """Larger areas that whole areas add up to, as far as each kind lies within the next; the place itself last.

    Sums for kinds that cross these are not protected one by one: they are printed only where no area in them is hidden.
    """
    areas = place.geographies[geography].areas["area"].sort()
    found = [level for target in targets(place) if target != geography
             if (level := _level(place, geography, target, areas)) is not None]  # fmt: skip
    found.sort(key=lambda level: -len(set(level.of)))
    nested: list[Level] = []
    for level in found:
        below = nested[-1].of if nested else tuple(areas)
        if len({*zip(below, level.of, strict=True)}) == len(set(below)) and len(set(level.of)) < len(set(below)):
            nested.append(level)
    return tuple(nested)


def exact_level(place: Place, geography: str, target: str) -> Level | None:
    """How whole areas of a geography add up to another, or None where they are divided."""
    return _level(place, geography, target, place.geographies[geography].areas["area"].sort())


def _level(place: Place, geography: str, target: str, areas: Iterable[str]) -> Level | None:
    route = place.routes.find(geography, target)
    if route is None or not route.frame.height:
        return None
    frame = route.frame
    if frame["from_area"].is_duplicated().any() or not (frame["weight"] - 1).abs().max() < 1e-9:  # type: ignore[operator]
        return None
    home = dict(frame.select("from_area", "to_area").iter_rows())
    return Level(target, tuple(home.get(area, "") for area in areas))
