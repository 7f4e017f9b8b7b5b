"""Find the values that an index is made of, and say plainly which are not to be had."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.measure.index_spec import IndexSpec, PartSection
from wholeplace.measure.moving import move, period_middle, population, with_intervals
from wholeplace.place import Findings, Place, Series, SeriesKey

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Leaf:
    """The raw values of one leaf, by row computed: value, lower95 and upper95 (NaN where not known), status.

    `source` holds every value of the table the indicator came from; `common` says that the rows computed are just
    these. `imputed` counts values that were filled in.
    """

    part: str
    indicator: str
    direction: str
    period: str
    value: Floats
    lower95: Floats
    upper95: Floats
    status: NDArray[np.str_]
    source: Floats | None = None
    common: bool = False
    moved_from: str | None = None
    imputed: int = 0


@dataclass(frozen=True)
class Leaves:
    """All leaves of an index on one set of rows; `common` when these are the rows of the source of every leaf."""

    areas: pl.Series
    inside: NDArray[np.bool_]
    leaves: tuple[Leaf, ...]
    common: bool


@dataclass(frozen=True)
class _Held:
    """Values found for a leaf: all rows of the source (native), or the areas of the geography (moved)."""

    part: PartSection
    period: str
    frame: pl.DataFrame
    series: Series | None
    source: bool


def find_leaves(place: Place, spec: IndexSpec, findings: Findings) -> Leaves:
    """Collect the leaves of an index, or add to `findings` every reason why they cannot be had."""
    geography = place.geographies.get(spec.geography)
    nothing = Leaves(pl.Series("area", [], pl.String), np.array([], dtype=bool), (), common=False)
    if geography is None:
        known = ", ".join(place.geographies) or "none"
        findings.error("unknown-geography", f"there is no geography {spec.geography!r}; this place has: {known}",
                       column="geography", value=spec.geography)  # fmt: skip
        return nothing
    if geography.areas.height < 2:
        message = f"{geography.id} has {geography.areas.height} area(s); an index compares areas and needs two or more"
        findings.error("one-area", message, column="geography", value=geography.id)
        return nothing
    held = [
        found
        for part, settings in spec.leaves()
        if (found := _find(place, spec, part, findings, source=settings.reference == "source")) is not None
    ]
    if len(held) < len(spec.leaves()):
        return nothing
    areas, common = _rows(geography.areas["area"], held)
    inside = areas.is_in(list(geography.codes)).to_numpy()
    leaves = tuple(_leaf(one, areas, common=common) for one in held)
    leaves = _fill(place, spec, leaves, areas, inside, findings)
    return Leaves(areas, inside, leaves, common)


def _find(place: Place, spec: IndexSpec, part: PartSection, findings: Findings, *, source: bool) -> _Held | None:
    """The values of one leaf, or None with an error that says what there is instead."""

    def fault(rule: str, message: str) -> None:
        findings.error(rule, f"part {part.id!r}: {message}", column="part.indicator", value=part.indicator)

    if part.indicator not in place.indicators:
        fault("unknown-indicator", f"{part.indicator!r} is not in indicators.csv")
        return None
    origin = part.from_ or spec.geography
    if origin not in place.geographies:
        fault("unknown-geography", f"`from` names a geography that is not there: {origin!r}")
        return None
    held = {key.period for key in place.series if key.indicator == part.indicator and key.geography == origin}
    if not held:
        fault("no-values", _where_else(place, spec, part, origin))
        return None
    asked = part.period or spec.period
    period = max(held, key=period_middle) if asked == "latest" else asked
    if period not in held:
        wanted = f"the period {period!r}" if period else "no period (none is given)"
        fault("no-period", f"{part.indicator!r} has no values for {wanted}; there are: {', '.join(sorted(held))}")
        return None
    series = place.series[SeriesKey(origin, part.indicator, period)]
    known = place.indicators[part.indicator]
    if origin == spec.geography:
        return _Held(part, period, with_intervals(series.frame, known), series, source)
    moved = move(place, series, spec.geography)
    if moved is None:
        fault("no-lookup", f"no look-up or population leads from {origin} to {spec.geography}")
        return None
    return _Held(part, period, moved.with_columns(pl.lit(True).alias("inside")), None, source)


def _where_else(place: Place, spec: IndexSpec, part: PartSection, origin: str) -> str:
    """Say that an indicator has no values on a geography, and which look-up could carry them there."""
    others = dict.fromkeys(key.geography for key in place.series if key.indicator == part.indicator)
    message = f"{part.indicator!r} has no values on {origin}"
    routes = [other for other in others if place.routes.find(other, spec.geography) is not None]
    if routes:
        way = f"the look-up from {routes[0]} to {spec.geography} could carry them"
        return f'{message}; {way}: ask for it with `from = "{routes[0]}"`'
    if others:
        return f"{message}, only on {', '.join(others)}, and no look-up leads from there to {spec.geography}"
    return f"{message}, or on any other geography"


def _rows(areas: pl.Series, held: list[_Held]) -> tuple[pl.Series, bool]:
    """The rows to compute: those of the common source when every leaf refers to one, else the areas of the place."""
    if not all(one.source and one.series is not None for one in held):
        return areas, False
    first = held[0].frame["area"].sort()
    if not all(
        one.frame["area"] is held[0].frame["area"] or first.equals(one.frame["area"].sort()) for one in held[1:]
    ):
        return areas, False
    return pl.concat([areas, first]).unique().sort(), True


def _leaf(held: _Held, areas: pl.Series, *, common: bool) -> Leaf:
    frame = pl.DataFrame({"area": areas}).join(held.frame, on="area", how="left", maintain_order="left")

    def column(name: str) -> Floats:
        return frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy()

    source = held.frame["value"].fill_null(np.nan).to_numpy() if held.source and held.series is not None else None
    return Leaf(
        part=held.part.id,
        indicator=held.part.indicator,
        direction=held.part.direction or "",
        period=held.period,
        value=column("value"),
        lower95=column("lower95"),
        upper95=column("upper95"),
        status=frame["status"].fill_null("O").to_numpy().astype(str),
        source=source,
        common=common,
        moved_from=held.part.from_ if held.series is None else None,
    )


def _fill(
    place: Place,
    spec: IndexSpec,
    leaves: tuple[Leaf, ...],
    areas: pl.Series,
    inside: NDArray[np.bool_],
    findings: Findings,
) -> tuple[Leaf, ...]:
    """Treat missing values as each leaf's group asks: an error, left to be dropped, or imputed."""
    rules = spec.missing_rule()
    done = []
    for leaf in leaves:
        gaps = np.isnan(leaf.value) & inside
        rule = rules[leaf.part]
        if gaps.all() or np.isnan(leaf.value[inside]).all():
            message = f"part {leaf.part!r}: every value of {leaf.indicator!r} in {leaf.period} is missing or suppressed"
            findings.error("all-missing", message, column=leaf.indicator, value=leaf.part)
        elif gaps.any() and rule.missing == "impute":
            leaf = _impute(place, spec, leaf, areas, gaps, str(rule.impute_from), findings)
        elif gaps.any():
            _report_gaps(leaf, areas, gaps, findings, fatal=rule.missing != "drop-part")
        done.append(leaf)
    return tuple(done)


def _report_gaps(leaf: Leaf, areas: pl.Series, gaps: NDArray[np.bool_], findings: Findings, *, fatal: bool) -> None:
    codes = areas.filter(pl.Series(gaps)).to_list()
    hidden = int((leaf.status[gaps] == "Q").sum())
    listed = ", ".join(codes[:10]) + (f" and {len(codes) - 10} more" if len(codes) > 10 else "")
    message = (
        f"part {leaf.part!r}: {leaf.indicator!r} has no value in {len(codes)} areas ({hidden} suppressed): {listed}"
    )
    if fatal:
        message += "; set `missing` under [aggregate] to drop-part or impute, or complete the table"
        findings.error("missing-value", message, column=leaf.indicator, value=codes[0])
    else:
        findings.notice("dropped", message + "; the part is left out there", column=leaf.indicator, value=codes[0])


def _impute(
    place: Place,
    spec: IndexSpec,
    leaf: Leaf,
    areas: pl.Series,
    gaps: NDArray[np.bool_],
    larger: str,
    findings: Findings,
) -> Leaf:
    """Fill gaps with the population-weighted mean of the areas with a value in the same larger area."""
    route = place.routes.find(spec.geography, larger) if larger in place.geographies else None
    people = population(place, spec.geography, leaf.period)
    if route is None or people is None:
        what = f"no look-up leads from {spec.geography} to {larger!r}" if route is None else "no population is known"
        findings.error("impute", f"part {leaf.part!r} cannot be imputed: {what}", column="aggregate.impute_from")
        return leaf
    home = route.frame.sort("weight", descending=True, maintain_order=True).unique("from_area", keep="first")
    frame = (
        pl.DataFrame({"area": areas, "value": pl.Series(leaf.value).fill_nan(None)})
        .join(home, left_on="area", right_on="from_area", how="left", maintain_order="left")
        .join(people.select("area", "population"), on="area", how="left", maintain_order="left")
    )
    known = pl.col("value").is_not_null() & pl.col("population").is_not_null() & pl.col("to_area").is_not_null()
    weighted = pl.when(known).then(pl.col("value") * pl.col("population")).sum().over("to_area")
    weight = pl.when(known).then(pl.col("population")).sum().over("to_area")
    mean = frame.select(pl.when(weight > 0).then(weighted / weight))[:, 0].fill_null(np.nan).to_numpy()
    value = np.where(gaps, mean, leaf.value)
    still = np.isnan(value) & gaps
    for code in areas.filter(pl.Series(still)):
        message = f"part {leaf.part!r}: {code} cannot be imputed, as no area of the same {larger} has a value"
        findings.error("impute", message, column=leaf.indicator, value=code)
    status = np.where(gaps, "I", leaf.status)
    findings.notice("imputed", f"part {leaf.part!r}: {int(gaps.sum())} values are imputed from {larger}",
                    column=leaf.indicator, value=leaf.part)  # fmt: skip
    return replace(leaf, value=value, status=status, imputed=int(gaps.sum()))
