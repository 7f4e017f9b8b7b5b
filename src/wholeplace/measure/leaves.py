"""Find the values that an index is made of, and say plainly which are not to be had."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.measure.index_spec import IndexSpec, NormaliseSection, PartSection
from wholeplace.measure.moving import move, population, with_intervals
from wholeplace.measure.shrinking import shrunken, why_not_shrunk
from wholeplace.place import PLACE, Findings, Place, Series, SeriesKey
from wholeplace.place.findings import counted, did_you_mean
from wholeplace.place.periods import period_middle

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Leaf:
    """The raw values of one leaf, by row computed: value, lower95 and upper95 (NaN where not known), status.

    `settings` are those that it is to be normalised by.
    `source` holds every value of the table the indicator came from, and those that were filled in, which `imputed`
    counts; `common` says that the rows computed are just these.
    """

    part: str
    indicator: str
    direction: str
    settings: NormaliseSection
    period: str
    value: Floats
    lower95: Floats
    upper95: Floats
    status: pl.Series
    source: Floats | None = None
    common: bool = False
    moved_from: str | None = None
    imputed: int = 0
    shrunk_to: str | None = None


@dataclass(frozen=True)
class Leaves:
    """All leaves of an index on one set of rows; `common` when these are the rows of the source of every leaf."""

    areas: pl.Series
    inside: NDArray[np.bool_]
    leaves: tuple[Leaf, ...]
    common: bool


@dataclass(frozen=True)
class _Held:
    """Values found for a leaf: all rows of the table (native), or the areas of the geography (moved).

    `source`: the leaf is to be placed among all rows of the table it came from, `series`.
    """

    part: PartSection
    settings: NormaliseSection
    period: str
    frame: pl.DataFrame
    series: Series
    moved: bool = False

    @property
    def source(self) -> bool:
        return self.settings.reference == "source"


def find_leaves(place: Place, spec: IndexSpec, findings: Findings) -> Leaves:
    """Collect the leaves of an index, or add to `findings` every reason why they cannot be had."""
    geography = place.geographies.get(spec.geography)
    nothing = Leaves(pl.Series("area", [], pl.String), np.array([], dtype=bool), (), common=False)
    if geography is None:
        known = ", ".join(place.geographies) or "none"
        findings.error("unknown-geography", f"there is no geography {spec.geography!r}; this place has: {known}",
                       column="geography", value=spec.geography)  # fmt: skip
    elif geography.areas.height < 2:
        message = f"{geography.id} has {geography.areas.height} area(s); an index compares areas and needs two or more"
        findings.error("one-area", message, column="geography", value=geography.id)
    named = [(part, settings) for part, settings in spec.leaves() if _is_known(place, part, findings)]
    if geography is None or geography.areas.height < 2:
        return nothing
    held = [found for part, settings in named if (found := _find(place, spec, part, settings, findings)) is not None]
    if not held:
        return nothing
    areas, common = _rows(geography.areas["area"], held)
    inside = np.ones(len(areas), dtype=bool)
    if common:
        inside = areas.is_in(geography.areas["area"].implode()).to_numpy()
    leaves = tuple(_leaf(one, areas, common=common) for one in held)
    leaves = _fill(place, spec, leaves, areas, inside, findings)
    return Leaves(areas, inside, leaves, common)


def _is_known(place: Place, part: PartSection, findings: Findings) -> bool:
    """Whether a leaf names an indicator of the place; an error where it names another."""
    if part.indicator and part.indicator not in place.indicators:
        near = did_you_mean(part.indicator, place.indicators)
        message = f"part {part.id!r}: {part.indicator!r} is not in indicators.csv{near}"
        findings.error("unknown-indicator", message, column="part.indicator", value=part.indicator)
    return part.indicator in place.indicators  # one without is a fault of the file, told with its others


def _find(
    place: Place, spec: IndexSpec, part: PartSection, settings: NormaliseSection, findings: Findings
) -> _Held | None:
    """The values of one leaf, or None with an error that says what there is instead."""

    def fault(rule: str, message: str) -> None:
        findings.error(rule, f"part {part.id!r}: {message}", column="part.indicator", value=part.indicator)

    origin = part.from_ or spec.geography
    if origin not in place.geographies:
        fault("unknown-geography", f"`from` names a geography that is not there: {origin!r}")
        return None
    held = {key.period for key in place.series if key.indicator == part.indicator and key.geography == origin}
    if not held:
        fault("no-values", _where_else(place, spec, part, origin))
        return None
    asked = part.period or spec.period
    period = max(sorted(held), key=period_middle) if asked == "latest" else asked
    if period not in held:
        wanted = f"the period {period!r}" if period else "no period (none is given)"
        fault("no-period", f"{part.indicator!r} has no values for {wanted}; there are: {', '.join(sorted(held))}")
        return None
    series = place.series[SeriesKey(origin, part.indicator, period)]
    if origin == spec.geography:
        native = with_intervals(series.frame, place.indicators[part.indicator])
        return _shrunk(place, spec, _Held(part, settings, period, native, series), findings)
    moved = move(place, series, spec.geography)
    if moved is None:
        fault("no-lookup", _why_not_moved(place, spec, part, origin))
        return None
    _note_move(place, spec, part, findings, source=settings.reference == "source")
    held_here = moved.with_columns(pl.lit(True).alias("inside"))
    return _shrunk(place, spec, _Held(part, settings, period, held_here, series, moved=True), findings)


def _shrunk(place: Place, spec: IndexSpec, held: _Held, findings: Findings) -> _Held | None:
    """A leaf with its values shrunk where its part asks for it; None with an error where that cannot be."""
    larger = held.part.shrink_to
    if not larger:
        return held
    indicator = place.indicators[held.part.indicator]
    why = why_not_shrunk(place, indicator, held.frame, spec.geography, larger)
    if held.source:
        why = 'it is shrunk among the areas of this place, so that `reference = "source"` compares unlike things'
    if why is not None:
        message = f"part {held.part.id!r}: {why}"
        findings.error("shrink", message, column="part.shrink_to", value=larger)
        return None
    return replace(held, frame=shrunken(place, indicator, held.frame, spec.geography, larger))


def _where_else(place: Place, spec: IndexSpec, part: PartSection, origin: str) -> str:
    """Say that an indicator has no values on a geography, and which look-up could carry them there."""
    others = dict.fromkeys(key.geography for key in place.series if key.indicator == part.indicator)
    message = f"{part.indicator!r} has no values on {origin}"
    for other in others:
        route = place.routes.find(other, spec.geography)
        if route is not None:
            way = f"the look-up from {other} to {spec.geography}{f' ({route.file})' if route.file else ''}"
            return f'{message}; {way} could carry them there: ask for it with `from = "{other}"`'
    if others:
        return f"{message}, only on {', '.join(others)}, and no look-up leads from there to {spec.geography}"
    return f"{message}, or on any other geography"


def _why_not_moved(place: Place, spec: IndexSpec, part: PartSection, origin: str) -> str:
    if place.routes.find(origin, spec.geography) is None:
        return f"no look-up leads from {origin} to {spec.geography}"
    if place.indicators[part.indicator].up == "none":
        return f"{part.indicator!r} is not to be moved: `up` in indicators.csv is none"
    return f"moving it from {origin} to {spec.geography} needs the population of {origin}, which is not known"


def _note_move(place: Place, spec: IndexSpec, part: PartSection, findings: Findings, *, source: bool) -> None:
    """Say what a reader may not expect of values moved from another geography."""
    known, way = place.indicators[part.indicator], f"is moved from {part.from_} to {spec.geography}"
    if known.value_type in ("rank", "index"):
        message = f"part {part.id!r}: {known.id} {way} as a mean, and the mean of a {known.value_type} orders nothing"
        findings.notice("rank-moved", message, column="part.from", value=part.id)
    if source:
        message = f"part {part.id!r}: {known.id} {way}, and is placed among the areas of {part.from_} in its table"
        findings.notice("source-moved", message, column="part.from", value=part.id)


def _rows(areas: pl.Series, held: list[_Held]) -> tuple[pl.Series, bool]:
    """The rows to compute: those of the common source when every leaf refers to one, else the areas of the place."""
    if not all(one.source and not one.moved for one in held):
        return areas, False
    first = held[0].frame["area"].sort()
    if not all(
        one.frame["area"] is held[0].frame["area"] or first.equals(one.frame["area"].sort()) for one in held[1:]
    ):
        return areas, False
    return pl.concat([areas, first]).unique().sort(), True


def _leaf(held: _Held, areas: pl.Series, *, common: bool) -> Leaf:
    frame = held.frame
    if not areas.equals(frame["area"]):
        frame = pl.DataFrame({"area": areas}).join(frame, on="area", how="left", maintain_order="left")

    def column(name: str) -> Floats:
        held = frame[name]
        if held.null_count() == len(held):  # most limits are not known, and filling in costs less than turning nulls
            return np.full(len(held), np.nan)
        return held.cast(pl.Float64).to_numpy()  # null becomes NaN

    source = held.series.frame["value"].to_numpy() if held.source else None
    return Leaf(
        part=held.part.id,
        indicator=held.part.indicator,
        direction=held.part.direction or "",
        settings=held.settings,
        period=held.period,
        value=column("value"),
        lower95=column("lower95"),
        upper95=column("upper95"),
        status=frame["status"].fill_null("O") if frame["status"].null_count() else frame["status"],
        source=source,
        common=common,
        moved_from=held.part.from_ if held.moved else None,
        shrunk_to=held.part.shrink_to or None,
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
        elif gaps.any() and rule.missing == "impute" and rule.impute_from:
            leaf = _impute(place, spec, leaf, areas, gaps, rule.impute_from, findings)
        elif gaps.any() and rule.missing != "impute":
            _report_gaps(leaf, areas, gaps, findings, fatal=rule.missing != "drop-part")
        done.append(leaf)
    return tuple(done)


def _report_gaps(leaf: Leaf, areas: pl.Series, gaps: NDArray[np.bool_], findings: Findings, *, fatal: bool) -> None:
    codes = areas.filter(pl.Series(gaps))
    hidden = int((leaf.status.filter(pl.Series(gaps)) == "Q").sum())
    message = (
        f"part {leaf.part!r}: {leaf.indicator!r} has no value in {counted(len(codes), 'area')} ({hidden} suppressed): "
        f"{some_of(codes)}"
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
    known_area = larger in place.geographies or larger == PLACE
    route = place.routes.find(spec.geography, larger) if known_area else None
    people = population(place, spec.geography, leaf.period)
    if route is None or people is None:
        what = f"no look-up leads from {spec.geography} to {larger!r}" if route is None else "no population is known"
        findings.error("impute", f"part {leaf.part!r} cannot be imputed: {what}", column="aggregate.impute_from")
        return leaf
    valued = pl.DataFrame({"from_area": areas, "value": pl.Series(leaf.value).fill_nan(None)}).drop_nulls()
    people = people.select(pl.col("area").alias("from_area"), "population")
    members = route.frame.join(valued, on="from_area").join(people, on="from_area").sort("from_area")
    weight = pl.col("population") * pl.col("weight")
    means = members.filter(weight > 0).group_by("to_area").agg((pl.col("value") * weight).sum() / weight.sum())
    home = route.frame.sort("weight", descending=True, maintain_order=True).unique("from_area", keep="first")
    around = pl.DataFrame({"from_area": areas}).join(home, on="from_area", how="left", maintain_order="left")
    filled = around.join(means, on="to_area", how="left", maintain_order="left")["value"].fill_null(np.nan).to_numpy()
    value = np.where(gaps, filled, leaf.value)
    still = areas.filter(pl.Series(np.isnan(value) & gaps))
    if len(still):
        message = (
            f"part {leaf.part!r} cannot be imputed in {some_of(still)}, as no area of the same {larger} has a value "
            "and a population"
        )
        findings.error("impute", message, column=leaf.indicator, value=still[0])
    count = int(gaps.sum())
    message = f"part {leaf.part!r}: {counted(count, 'value')} {'is' if count == 1 else 'are'} imputed from {larger}"
    findings.notice("imputed", message, column=leaf.indicator, value=leaf.part)
    status = leaf.status.zip_with(pl.Series(~gaps), pl.repeat("I", len(gaps), eager=True))
    source = None if leaf.source is None else np.concatenate([leaf.source, value[gaps]])
    return replace(leaf, value=value, status=status, source=source, imputed=count)


def some_of(codes: pl.Series, most: int = 10) -> str:
    """The first few of some codes, and how many more there are."""
    return ", ".join(codes.head(most)) + (f" and {len(codes) - most:,} more" if len(codes) > most else "")
