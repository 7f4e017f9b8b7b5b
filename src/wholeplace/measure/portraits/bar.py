"""The digital bar of a service: how many people of each neighbourhood are below what it demands."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from wholeplace.measure.moving import targets
from wholeplace.measure.portraits.bar_spec import BarSpec, DemandSection
from wholeplace.measure.portraits.bar_words import summarise_bar
from wholeplace.measure.portraits.bounds import least_and_most
from wholeplace.measure.portraits.figures import figures_on, whole_of
from wholeplace.measure.result import Result
from wholeplace.place import PLACE, Place

_TEXTS = ("geography", "area", "kind", "unit", "indicator", "period")
_NUMBERS = ("share", "lower95", "upper95", "count", "base")
DEMANDS = {
    **dict.fromkeys(_TEXTS, pl.String), **dict.fromkeys(_NUMBERS, pl.Float64), "status": pl.String,
}  # fmt: skip
_BOUNDS = ("least", "least_lower95", "most", "most_upper95", "least_count", "most_count", "base")
BOUNDS = {
    **dict.fromkeys(("geography", "area", "unit", "largest"), pl.String), **dict.fromkeys(_BOUNDS, pl.Float64),
    "known": pl.Int64, "of": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class Bar(Result):
    """What a service demands, and the people below it, in each area of one geography and in the place.

    `demands` has a row for each area and measured demand: the share (0 to 1) and count below it, with its interval.
    `frame` has a row for each area and unit: `least` and `most`, between which the share below at least one measured
    demand of the unit lies, whatever the demands have to do with each other; `largest` names the demand that makes
    `least`; `least_lower95` is its lower limit, `most_upper95` the sum of upper limits (null where one is published
    without); `known` of `of` demands have a figure in the area, and without all of them `most` is null.
    `users` has area, people and notes for the service, where the register counts them on the same areas, else is empty.
    """

    spec: BarSpec
    frame: pl.DataFrame
    demands: pl.DataFrame
    users: pl.DataFrame
    place_code: str
    place_name: str

    @property
    def summary(self) -> tuple[str, ...]:
        """What the bar says of the place as a whole."""
        whole = pl.col("area") == self.place_code
        return summarise_bar(
            self.place_name, self.spec, self.demands.filter(whole).to_dicts(), self.frame.filter(whole).to_dicts()
        )


def bar_of(place: Place, spec: BarSpec) -> Bar:
    """Hold what the areas of a place have against the bar of a service (`checking.open_bar` reads one).

    Shares are never multiplied: how lacking a device goes with lacking a skill is not in figures of areas.
    """
    wanted = dict.fromkeys([spec.geography, PLACE if PLACE in targets(place) else _home(place)])
    rows = [
        frame
        for target in wanted
        for demand in spec.demand
        if demand.indicator and (frame := _below(place, demand, target)) is not None
    ]
    demands = pl.concat([pl.DataFrame(schema=DEMANDS), *rows])
    frames = [
        _bounds(place, spec, unit, target, demands)
        for target in wanted
        for unit in dict.fromkeys(one.unit for one in spec.demand if one.indicator)
    ]
    frame = pl.concat([pl.DataFrame(schema=BOUNDS), *frames])
    return Bar(spec, frame, demands, _users(place, spec), place.settings.code, place.settings.name)


def _home(place: Place) -> str:
    """The geography that holds the place itself as an area of its own."""
    return next(name for name, one in place.geographies.items() if place.settings.code in one.codes)


def _below(place: Place, demand: DemandSection, target: str) -> pl.DataFrame | None:
    """Share and count of those below one demand, on one geography."""
    figures = figures_on(place, demand.indicator, target, demand.period)
    if figures is None:
        return None
    whole = whole_of(place.indicators[demand.indicator]) or 1.0
    names = {"share": "value", "lower95": "lower95", "upper95": "upper95"}
    if demand.counts == "meet":
        names = {"share": "value", "lower95": "upper95", "upper95": "lower95"}
    shares = [
        (1 - pl.col(old) / whole if demand.counts == "meet" else pl.col(old) / whole).alias(f"new_{new}")
        for new, old in names.items()
    ]
    found = figures.with_columns(shares)
    base = figures_on(place, demand.base, target, "") if demand.base else None
    if base is None:
        found = found.with_columns(pl.col("denominator").alias("base"))
    else:
        people = base.select("area", pl.col("value").alias("base"))
        found = found.join(people, on="area", how="left", maintain_order="left")
    return found.select(
        "geography",
        "area",
        pl.lit(demand.kind).alias("kind"),
        pl.lit(demand.unit).alias("unit"),
        pl.lit(demand.indicator).alias("indicator"),
        "period",
        *(pl.col(f"new_{name}").alias(name) for name in names),
        (pl.col("new_share") * pl.col("base")).alias("count"),
        "base",
        "status",
    ).cast(DEMANDS)  # type: ignore[arg-type]


def _bounds(place: Place, spec: BarSpec, unit: str, target: str, demands: pl.DataFrame) -> pl.DataFrame:
    """Bounds of those below at least one demand of a unit, in every area of a geography."""
    code = place.settings.code
    areas = pl.Series("area", [code]) if target == PLACE else place.geographies[target].areas["area"]
    kinds = [one.kind for one in spec.demand if one.indicator and one.unit == unit]
    here = demands.filter((pl.col("geography") == target) & (pl.col("unit") == unit))

    def column(kind: str, name: str) -> pl.Series:
        rows = here.filter(pl.col("kind") == kind).select("area", name)
        return pl.DataFrame({"area": areas}).join(rows, on="area", how="left", maintain_order="left")[name]

    def each(name: str) -> pl.DataFrame:
        return pl.DataFrame([column(kind, name).alias(kind) for kind in kinds])

    shares, lower, upper, base = each("share"), each("lower95"), each("upper95"), each("base")
    least, most = least_and_most(shares.to_numpy().T)
    _, most_upper = least_and_most(upper.to_numpy().T)
    largest = pl.concat_list(pl.all().fill_null(-1.0)).list.arg_max()
    people = base.select(pl.max_horizontal(pl.all())).to_series()
    frame = pl.DataFrame({"area": areas, "_i": shares.select(largest).to_series(), "base": people}).with_columns(
        pl.Series("least", least).fill_nan(None),
        pl.Series("most", most).fill_nan(None),
        pl.Series("most_upper95", most_upper).fill_nan(None),
        lower.select(pl.concat_list(pl.all()).alias("_lower")).to_series(),
        shares.select(pl.sum_horizontal(pl.all().is_not_null().cast(pl.Int64)).alias("known")).to_series(),
        pl.lit(target).alias("geography"),
        pl.lit(unit).alias("unit"),
        pl.lit(len(kinds), dtype=pl.Int64).alias("of"),
    )
    some = pl.col("known") > 0
    return frame.with_columns(
        pl.when(some)
        .then(pl.col("_i").cast(pl.Int64).replace_strict(dict(enumerate(kinds)), default=None))
        .alias("largest"),
        pl.when(some).then(pl.col("_lower").list.get(pl.col("_i"), null_on_oob=True)).alias("least_lower95"),
        (pl.col("least") * pl.col("base")).alias("least_count"),
        (pl.col("most") * pl.col("base")).alias("most_count"),
    ).select(*BOUNDS)


def _users(place: Place, spec: BarSpec) -> pl.DataFrame:
    """People who use the service by area of the bar's geography, as the register of users counts them and notes it."""
    empty = pl.DataFrame(schema={"area": pl.String, "people": pl.Float64, "notes": pl.String})
    register = place.registers.get("service_users")
    if register is None:
        return empty
    frame = pl.DataFrame(
        [register.column(name) for name in ("service", "geography", "area", "group", "people", "notes")]
    )
    service = spec.service.removeprefix("service:")
    own = pl.col("service").str.strip_prefix("service:") == service
    rows = frame.filter(own & (pl.col("geography") == spec.geography) & (pl.col("group") == ""))
    return rows.select("area", pl.col("people").cast(pl.Float64, strict=False), "notes") if rows.height else empty
