"""Values of an indicator on every geography: as published, or moved there by a look-up."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.measure.intervals import interval
from wholeplace.place import PLACE, Geography, Indicator, Lookup, Place, Series, SeriesKey
from wholeplace.place.periods import middle_month, period_middle

Floats = NDArray[np.float64]
NUMBERS = ("value", "lower95", "upper95", "count", "denominator")
SCHEMA = {
    "geography": pl.String,
    "area": pl.String,
    "period": pl.String,
    **dict.fromkeys(NUMBERS, pl.Float64),
    "status": pl.String,
    "moved_from": pl.String,
}
#: Statuses of a moved value, the one that most limits trust first.
_LEAST_TRUSTED = ("U", "B", "P", "I", "E")


def indicator_values(
    place: Place, indicator: str, *, geography: str | None = None, period: str | None = None
) -> pl.DataFrame:
    """Values of one indicator on every geography they can be had for.

    Values held by a geography come as published, with intervals by the indicator's `ci_method`; others are moved from
    the first geography of place.toml that holds them. Areas without a value are there, with a status that says why.

    Returns
    -------
    frame
        geography ("place" for the place as a whole), area, period, value, lower95, upper95, count, denominator,
        status, moved_from (null where nothing was moved).

    Raises
    ------
    KeyError
        When indicators.csv does not have the indicator.
    """
    known = place.indicators[indicator]
    frames = [pl.DataFrame(schema=SCHEMA)]
    periods = dict.fromkeys(key.period for key in place.series if key.indicator == indicator)
    for target in targets(place):
        if geography is not None and geography != target:
            continue
        for one in sorted(periods, key=period_middle):
            if period is None or period == one:
                frame = values_on(place, known, target, one)
                if frame is not None:
                    frames.append(frame)
    return pl.concat(frames)


def targets(place: Place) -> list[str]:
    """Every geography values may be asked for; the place itself last, unless an area of a geography shares its code."""
    shared = any(place.settings.code in geography.codes for geography in place.geographies.values())
    return [*place.geographies, *([] if shared else [PLACE])]


def values_on(place: Place, indicator: Indicator, target: str, period: str) -> pl.DataFrame | None:
    """Values of an indicator and period on one geography, native or moved; None when there is no way."""
    key = SeriesKey(target, indicator.id, period)
    if key in place.settled:
        return place.settled[key]
    native = place.series.get(key)
    if native is not None:
        return _native(place, indicator, native)
    for source in place.geographies:
        series = place.series.get(SeriesKey(source, indicator.id, period))
        if series is not None and (moved := move(place, series, target)) is not None:
            return moved
    return None


def _native(place: Place, indicator: Indicator, series: Series) -> pl.DataFrame:
    geography = place.geographies[series.key.geography]
    frame = with_intervals(aligned(series, geography), indicator)
    return _rows(series.key.geography, series.key.period, frame, None)


def aligned(series: Series, geography: Geography) -> pl.DataFrame:
    """The rows of a series for the areas of a geography, in code order; an area without a row has status O."""
    frame = geography.areas.select("area").join(series.inside.drop("inside"), on="area", how="left")
    return frame.with_columns(pl.col("status").fill_null("O")).sort("area")


def with_intervals(frame: pl.DataFrame, indicator: Indicator) -> pl.DataFrame:
    """Add intervals where count and denominator are known and none were published."""
    lower, upper = limits_at(frame, indicator, level=0.95)
    return frame.with_columns(
        pl.coalesce("lower95", pl.Series(lower).fill_nan(None)).alias("lower95"),
        pl.coalesce("upper95", pl.Series(upper).fill_nan(None)).alias("upper95"),
    )


def limits_at(frame: pl.DataFrame, indicator: Indicator, *, level: float) -> tuple[Floats, Floats]:
    """Limits by the indicator's `ci_method` where count and denominator are known; NaN elsewhere.

    A ratio, as of deaths to those expected, is published on a scale of its own (1, or 100), which its value tells.
    """
    method = indicator.interval_method
    if indicator.value_type not in {"proportion", "rate", "ratio"}:
        method = "none"
    value, count, denominator = (frame[name].to_numpy() for name in ("value", "count", "denominator"))
    scale = np.full(frame.height, indicator.multiplier)
    if indicator.value_type == "ratio":
        with np.errstate(invalid="ignore", divide="ignore"):
            scale = np.where(count > 0, value * denominator / count, np.nan)
    return interval(method, count, denominator, multiplier=scale, level=level)


def move(place: Place, series: Series, target: str) -> pl.DataFrame | None:
    """Move a series to another geography; None when no look-up leads there or its kind does not allow it.

    Counts are summed; proportions and rates with counts are recomputed from summed counts and denominators, with a new
    interval; everything else is the mean weighted by population. A suppressed area makes the result suppressed, a
    missing one leaves it missing; one where no value can exist (nobody to count) adds nothing.
    """
    indicator = place.indicators[series.key.indicator]
    lookup = place.routes.find(series.key.geography, target)
    if lookup is None or indicator.up == "none":
        return None
    source = place.geographies[series.key.geography]
    frame = aligned(series, source)
    way = _Way(lookup, source.areas["area"], _codes(place, target))
    how = manner(indicator, frame)
    if how == "mean":
        people = population(place, source.id, series.key.period)
        if people is None:
            return None
        moved = _mean(way, frame, people["population"].to_numpy())
    else:
        moved = _sum(way, frame, indicator, ratio=how == "ratio")
    return _rows(target, series.key.period, moved, source.id)


def manner(indicator: Indicator, frame: pl.DataFrame) -> str:
    """How an indicator moves to a larger geography: `sum`, `ratio` (of sums) or `mean` (weighted by population)."""
    if indicator.up == "sum" or (indicator.value_type == "count" and indicator.up != "mean"):
        return "sum"
    counted = frame.select((pl.col("count").is_not_null() & pl.col("denominator").is_not_null()).any()).item()
    return "ratio" if counted and indicator.value_type in {"proportion", "rate"} else "mean"


def _codes(place: Place, target: str) -> pl.Series:
    return pl.Series("area", [place.settings.code]) if target == PLACE else place.geographies[target].areas["area"]


class _Way:
    """A look-up as arrays: which source row goes to which target row, with what weight."""

    def __init__(self, lookup: Lookup, source: pl.Series, target: pl.Series) -> None:
        self.target = target
        start = pl.DataFrame({"from_area": source}).with_row_index("i")
        end = pl.DataFrame({"to_area": target}).with_row_index("j")
        rows = lookup.frame.join(start, on="from_area").join(end, on="to_area").sort("j", "i")
        self._i, self._j, self._w = (rows[name].to_numpy() for name in ("i", "j", "weight"))

    def sum(self, amount: Floats) -> Floats:
        """Weighted sums by target; what is missing in a source is missing in its targets."""
        parts: Floats = amount[self._i] * self._w
        return np.bincount(self._j, weights=parts, minlength=len(self.target)).astype(np.float64)

    def any(self, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether any source of a target has the flag."""
        return np.bincount(self._j, weights=flags[self._i], minlength=len(self.target)) > 0


def _sum(way: _Way, frame: pl.DataFrame, indicator: Indicator, *, ratio: bool) -> pl.DataFrame:
    counted = ratio or indicator.value_type == "count"
    total = way.sum(_amounts(frame, "count" if counted else "value"))
    nothing = np.full(len(total), np.nan)
    value, lower, upper, people = total, nothing, nothing, nothing
    cannot_exist = _only(way, frame, "M")
    if ratio:
        people = way.sum(_amounts(frame, "denominator"))
        cannot_exist |= people == 0
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(people > 0, total / people * indicator.multiplier, np.nan)
        lower, upper = interval(indicator.interval_method, total, people, multiplier=indicator.multiplier)
    count = total if counted else nothing
    numbers = dict(zip(NUMBERS, (value, lower, upper, count, people), strict=True))
    return _frame(way, frame, numbers, cannot_exist)


def _mean(way: _Way, frame: pl.DataFrame, people: Floats) -> pl.DataFrame:
    weight = np.where(frame["status"].to_numpy() == "M", 0.0, people)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        lived_in = np.where(weight == 0, 0.0, weight * frame["value"].to_numpy())  # nobody there: it weighs nothing
        total = way.sum(weight)
        mean = np.where(total > 0, way.sum(lived_in) / total, np.nan)
    nothing = np.full(len(mean), np.nan)
    numbers = dict(zip(NUMBERS, (mean, nothing, nothing, nothing, nothing), strict=True))
    return _frame(way, frame, numbers, _only(way, frame, "M"))


def _amounts(frame: pl.DataFrame, column: str) -> Floats:
    """A column to be summed; where no value can exist there is nothing to add, which is not the same as missing."""
    return frame.select(pl.when(pl.col("status") == "M").then(pl.col(column).fill_null(0.0)).otherwise(column))[
        :, 0
    ].to_numpy()


def _has(way: _Way, frame: pl.DataFrame, status: str) -> NDArray[np.bool_]:
    return way.any((frame["status"] == status).to_numpy())


def _only(way: _Way, frame: pl.DataFrame, status: str) -> NDArray[np.bool_]:
    return _has(way, frame, status) & ~way.any((frame["status"] != status).to_numpy())


def _frame(way: _Way, frame: pl.DataFrame, numbers: dict[str, Floats], cannot_exist: NDArray[np.bool_]) -> pl.DataFrame:
    """Moved numbers with their status; none are told where an area is suppressed or missing, or no area is there."""
    hidden, reached = _has(way, frame, "Q"), way.any(np.ones(frame.height, dtype=bool))
    without = ~np.isfinite(numbers["value"]) | cannot_exist | ~reached
    status = np.full(len(way.target), "A")
    for code in reversed(_LEAST_TRUSTED):
        status[_has(way, frame, code)] = code
    status[without] = np.where(cannot_exist & reached, "M", "O")[without]
    status[hidden] = "Q"
    cleaned = {name: np.where(hidden | without, np.nan, number) for name, number in numbers.items()}
    columns = {name: pl.Series(number).fill_nan(None) for name, number in cleaned.items()}
    return pl.DataFrame({"area": way.target, **columns, "status": status})


def _rows(geography: str, period: str, frame: pl.DataFrame, moved_from: str | None) -> pl.DataFrame:
    return frame.select(
        pl.lit(geography).alias("geography"),
        "area",
        pl.lit(period).alias("period"),
        *NUMBERS,
        "status",
        pl.lit(moved_from, pl.String).alias("moved_from"),
    )


def population(place: Place, geography: str, near: str) -> pl.DataFrame | None:
    """People by area of a geography (area, population, period) in the period nearest to `near`, the earlier of two.

    A geography without values of its own gets the sum of the one below. None when nothing says how many live there.
    """
    names = [place.geographies[geography].population] if geography != PLACE else []
    names += [other.population for other in place.geographies.values()]
    for name in dict.fromkeys(filter(None, names)):
        if name not in place.indicators:
            continue
        native = {key.period for key in place.series if key.indicator == name and key.geography == geography}
        periods = native or {key.period for key in place.series if key.indicator == name}
        for period in sorted(periods, key=lambda one: _distance(one, near)):
            frame = values_on(place, place.indicators[name], geography, period)
            if frame is not None:
                return frame.select("area", pl.col("value").alias("population"), "period").sort("area")
    return None


def _distance(period: str, near: str) -> tuple[float, float]:
    """How far a period is from another, in years; of two as near, the earlier comes first."""
    here, there = middle_month(period), middle_month(near)
    if here is None or there is None:
        return abs(period_middle(period) - period_middle(near)), period_middle(period)
    return abs(here - there) / 12, period_middle(period)
