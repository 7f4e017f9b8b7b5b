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
from wholeplace.place.periods import period_bounds

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

    def groups(self, counts: Counts) -> tuple[str, ...]:
        """The larger area of each area of a table, written with its kind; an area that is in none stands for itself."""
        return tuple(f"{self.target}\0{home or area}" for home, area in zip(self.of, counts.areas, strict=True))


@dataclass(frozen=True)
class Counts:
    """Every column of one geography and time, and the larger areas that its sums are printed for, finest first.

    `periods` are one, or several that overlap: quarters and their year tell each other.
    """

    geography: str
    periods: frozenset[str]
    areas: tuple[str, ...]
    columns: list[Column]
    levels: tuple[Level, ...]

    def known_cells(self, number: int) -> list[tuple[str, str]]:
        """Each area where a column is known, and the larger areas that these lie in, as (geography, area)."""
        known = np.flatnonzero(np.isfinite(self.columns[number].values))
        places = [(self.geography, self.areas), *((level.target, level.of) for level in self.levels)]
        return [(target, areas[at]) for target, areas in places for at in known if areas[at]]


@dataclass(frozen=True)
class Unfit:
    """A series that disclosure control cannot judge, and why."""

    key: SeriesKey
    why: str


def counts_of(place: Place) -> tuple[list[Counts], list[Unfit]]:
    """The counts of a place by geography and time, and the series that hold people in a way that cannot be judged."""
    found: dict[tuple[str, frozenset[str]], list[Column]] = {}
    together = overlapping(key.period for key in place.series)
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
        columns = found.setdefault((key.geography, together[key.period]), [])
        for role, values in amounts.items():
            if (counted or role == "denominator") and np.isfinite(values).any() and _whole(values):
                _add(columns, values, Use(key, role), exempt)
    made = [
        Counts(geography, periods, tuple(place.geographies[geography].areas["area"].sort()), columns,
               levels_of(place, geography))
        for (geography, periods), columns in found.items()
    ]  # fmt: skip
    return made, unfit


def overlapping(periods: Iterable[str]) -> dict[str, frozenset[str]]:
    """Each period with those that overlap it, or overlap one that does, and so on; what is no date is by itself."""
    every = set(periods)
    spans = sorted((*bounds, period) for period in every if (bounds := period_bounds(period)) is not None)
    runs: list[list[str]] = []
    end = None
    for first, after, period in spans:
        if end is None or first >= end:
            runs.append([])
        runs[-1].append(period)
        end = after if end is None else max(end, after)
    found = {period: frozenset(run) for run in runs for period in run}
    return {period: found.get(period, frozenset([period])) for period in every}


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
