"""A doughnut portrait: every dimension of every area held against its floor or ceiling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from wholeplace.measure.moving import targets
from wholeplace.measure.portraits.figures import figures_on, periods_of, whole_of
from wholeplace.measure.portraits.gaps import gap
from wholeplace.measure.portraits.portrait_spec import DimensionSection, MeasureSection, PortraitSpec
from wholeplace.measure.portraits.portrait_words import summarise_portrait
from wholeplace.measure.result import Result
from wholeplace.place import Place, SeriesKey

_Schema = dict[str, pl.DataType | type[pl.DataType]]
_GAPS = ("gap", "gap_lower95", "gap_upper95")
DIMENSIONS: _Schema = {
    "geography": pl.String, "area": pl.String, "dimension": pl.String, "ring": pl.String, "name": pl.String,
    **dict.fromkeys(_GAPS, pl.Float64), "status": pl.String, "without": pl.List(pl.String),
}  # fmt: skip
MEASURES: _Schema = {
    "geography": pl.String, "area": pl.String, "dimension": pl.String, "indicator": pl.String, "period": pl.String,
    **dict.fromkeys(("value", "lower95", "upper95"), pl.Float64), "status": pl.String, "moved_from": pl.String,
    **dict.fromkeys(("threshold", *_GAPS), pl.Float64),
}  # fmt: skip
#: Status of a dimension that no indicator measures.
UNMEASURED = "unmeasured"


@dataclass(frozen=True)
class Portrait(Result):
    """A portrait of every area of a place.

    `frame` has a row for each area and dimension: geography, area, dimension, ring, name, gap (shortfall or overshoot
    as a share, 0 where kept) with gap_lower95 and gap_upper95 (null where an indicator is published without), status
    (A, the status of a figure that is not there, or `unmeasured`) and `without`, the indicators that are not there.
    A dimension has a gap only where all its indicators have a figure: nothing is filled in. `measures` has a row for
    each area and indicator, with value, interval, threshold and gap.
    """

    spec: PortraitSpec
    frame: pl.DataFrame
    measures: pl.DataFrame
    place_code: str
    place_name: str

    @property
    def summary(self) -> tuple[str, ...]:
        """What the portrait says of the place as a whole."""
        return summarise_portrait(self.place_name, self.spec, self.of_area(self.place_code).to_dicts())

    def of_area(self, area: str) -> pl.DataFrame:
        """The dimensions of one area, in the order of the file."""
        rows = self.frame.filter(pl.col("area") == area)
        return rows.filter(pl.col("geography") == pl.col("geography").first())

    def measures_of(self, area: str) -> pl.DataFrame:
        """The indicators of one area, in the order of the file."""
        rows = self.measures.filter(pl.col("area") == area)
        return rows.filter(pl.col("geography") == pl.col("geography").first())


def portrait_of(place: Place, spec: PortraitSpec) -> Portrait:
    """Hold every area of a place against the floors and ceilings of a portrait (`checking.open_portrait` reads one).

    An interval of a figure becomes one of its gap end by end, since a gap rises or falls with its figure. With several
    indicators in a dimension the gaps, and the ends of their intervals, are averaged (rule `mean`) or the largest is
    taken (`worst`). The mean of ends is at least as wide as a 95 % interval of the mean, however errors go together,
    as long as they are about normal; the largest of ends is no more than a guide.
    """
    measures = [
        frame
        for dimension in spec.dimension
        for measure in dimension.measure
        for target in targets(place)
        if (frame := _measured(place, dimension, measure, target)) is not None
    ]
    joined = pl.concat([pl.DataFrame(schema=MEASURES), *measures])
    frames = [_dimension(place, dimension, target, joined) for target in targets(place) for dimension in spec.dimension]
    frame = pl.concat([pl.DataFrame(schema=DIMENSIONS), *frames])
    order = {one.id: number for number, one in enumerate(spec.dimension)}
    places = {target: number for number, target in enumerate(targets(place))}
    sorts = [pl.col("geography").replace_strict(places, return_dtype=pl.Int64), "area",
             pl.col("dimension").replace_strict(order, return_dtype=pl.Int64)]  # fmt: skip
    return Portrait(spec, frame.sort(sorts, maintain_order=True), joined.sort(sorts, maintain_order=True),
                    place.settings.code, place.settings.name)  # fmt: skip


def threshold_of(place: Place, measure: MeasureSection, period: str) -> float:
    """The floor or ceiling as a number: as written, or the mean of every area in the table of the indicator."""
    if measure.threshold != "source-mean":
        return float(measure.threshold)
    for geography in place.geographies:
        series = place.series.get(SeriesKey(geography, measure.indicator, period))
        if series is not None and not series.frame["inside"].all():
            return float(series.frame["value"].mean())  # type: ignore[arg-type]
    return float("nan")


def _measured(place: Place, dimension: DimensionSection, measure: MeasureSection, target: str) -> pl.DataFrame | None:
    """One indicator on one geography with its gap."""
    figures = figures_on(place, measure.indicator, target, measure.period)
    if figures is None:
        return None
    threshold = threshold_of(place, measure, figures["period"][0])
    whole = whole_of(place.indicators[measure.indicator])

    def told(column: str) -> pl.Series:
        values = figures[column].to_numpy()
        found = gap(values, threshold, ring=dimension.ring, direction=measure.direction, whole=whole)
        return pl.Series(np.where(np.isfinite(found), found, np.nan)).fill_nan(None)

    ends = ("lower95", "upper95") if measure.direction == "high-is-worse" else ("upper95", "lower95")
    both = figures["lower95"].is_not_null() & figures["upper95"].is_not_null()
    columns = {"gap": told("value"), "gap_lower95": told(ends[0]), "gap_upper95": told(ends[1])}
    return figures.with_columns(
        pl.lit(dimension.id).alias("dimension"),
        pl.lit(measure.indicator).alias("indicator"),
        pl.lit(threshold).alias("threshold"),
        columns["gap"].alias("gap"),
        *(pl.when(both).then(columns[name]).alias(name) for name in _GAPS[1:]),
    ).select(*MEASURES)


def _dimension(place: Place, dimension: DimensionSection, target: str, measures: pl.DataFrame) -> pl.DataFrame:
    """One dimension of every area of a geography."""
    code = place.settings.code
    areas = pl.Series("area", [code]) if target not in place.geographies else place.geographies[target].areas["area"]
    rows = measures.filter((pl.col("geography") == target) & (pl.col("dimension") == dimension.id))
    join = pl.Expr.mean if dimension.rule == "mean" else pl.Expr.max
    full = pl.col("gap").count() == len(dimension.measure)
    sure = full & (pl.col("gap_lower95").count() == pl.len()) & (pl.col("gap_upper95").count() == pl.len())
    lacking = pl.col("gap").is_null()
    found = rows.group_by("area").agg(
        pl.when(full).then(join(pl.col("gap"))).alias("gap"),
        *(pl.when(sure).then(join(pl.col(name))).alias(name) for name in _GAPS[1:]),
        pl.col("status").filter(lacking).sort(descending=True).first().alias("lacks"),
        pl.col("indicator").filter(lacking).alias("without"),
        pl.col("indicator").alias("there"),
    )
    named = [measure.indicator for measure in dimension.measure]
    unmeasured = pl.lit(None if named else UNMEASURED, dtype=pl.String)
    without = pl.lit(pl.Series([named], dtype=pl.List(pl.String)))
    joined = pl.DataFrame({"area": areas}).join(found, on="area", how="left", maintain_order="left")
    return joined.with_columns(
        pl.lit(target).alias("geography"),
        pl.lit(dimension.id).alias("dimension"),
        pl.lit(dimension.ring).alias("ring"),
        pl.lit(dimension.name).alias("name"),
        # an indicator that no way leads to this geography is missing there
        without.list.set_difference(pl.col("there").fill_null(pl.lit([], dtype=pl.List(pl.String))))
        .list.concat(pl.col("without").fill_null(pl.lit([], dtype=pl.List(pl.String))))
        .alias("without"),
        pl.coalesce(unmeasured, pl.when(pl.col("gap").is_not_null()).then(pl.lit("A")), _reason("lacks")).alias(
            "status"
        ),
    ).select(*DIMENSIONS)


def _reason(column: str) -> pl.Expr:
    """The status of the figure that is not there; one that is there but makes no ratio cannot exist as a gap."""
    return pl.col(column).replace({"A": "M"}).fill_null("O")


def latest_period(place: Place, measure: MeasureSection) -> str:
    """The period that a measure asks for, else the latest of its indicator."""
    return measure.period or next(iter(periods_of(place, measure.indicator)), "")
