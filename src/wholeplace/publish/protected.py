"""A place as it may be published: figures hidden and rounded, and everything else worked out from what is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from wholeplace.measure import targets
from wholeplace.measure.disclosure import Rules
from wholeplace.measure.moving import NUMBERS, values_on, with_intervals
from wholeplace.place import Indicator, Lookup, Place, Series, SeriesKey
from wholeplace.place.disclosure_settings import exempt_reason
from wholeplace.publish.beside import guard_all
from wholeplace.publish.counts import Use, counts_of, levels_of
from wholeplace.publish.earlier import Earlier, read_earlier
from wholeplace.publish.guard import Guarded
from wholeplace.publish.licences import licence_address

Cells = dict[tuple[str, str], str]

#: One row a hidden figure: for the council alone.
HIDDEN_SCHEMA = dict.fromkeys(("indicator", "geography", "area", "name", "period", "reason"), pl.String) | {
    "count": pl.Float64,
    "denominator": pl.Float64,
}


@dataclass(frozen=True)
class Protection:
    """A place that may be published, and, for the council alone, what was held back and why.

    `hidden` has a row for each figure that is hidden; `left_out` says of an indicator (or an index or look-up) why none
    of it is published; `exempt` why one is published as it is; `unjudged` names those that hold no counts; `earlier` is
    what earlier releases told.
    """

    place: Place
    hidden: pl.DataFrame
    left_out: dict[str, str]
    exempt: dict[str, str]
    unjudged: list[str]
    earlier: Earlier


def protect_place(place: Place) -> Protection:
    """Hide and round what must not be published as it is, in a copy of a place.

    The copy holds no figure that may not be published, so that whatever is worked out from it (sums, means, intervals,
    ranks, sentences, pictures) tells nothing else. Registers, postcodes and cross-tables are not in it.

    Raises
    ------
    FindingsError
        Earlier releases that are not there, or that tell what would have to be hidden now.
    """
    settings = place.sections.disclosure
    left_out = {
        one.id: f"its licence is not known to be open: {one.licence or 'none is named'}"
        for one in place.indicators.values()
        if not licence_address(one.licence)
    }
    rules = Rules(threshold=settings.threshold, zeros=settings.zeros)
    kept = {key: one for key, one in place.series.items() if key.indicator not in left_out}
    open_place = replace(place, series=kept)
    counted, unfit = counts_of(open_place)
    left_out |= {one.key.indicator: one.why for one in unfit}
    earlier = read_earlier(place, settings.previous)
    guarded = guard_all(open_place, counted, rules, earlier.of)
    left_out |= _refused(guarded)
    cells = {key: _cells(key, guarded) for key in kept if key.indicator not in left_out}
    _hide_derived(settings.derived, cells, left_out)
    exempt = {one.id: reason for one in place.indicators.values() if (reason := exempt_reason(settings, one))}
    exact = {use.key for one in counted for column in one.columns if column.exempt
             for use in column.uses if use.role == "denominator"}  # fmt: skip
    work = _Work(place, cells, left_out, exempt, exact, settings.rounding)
    has_counts = {use.key.indicator for one in counted for column in one.columns for use in column.uses}
    unjudged = [name for name in place.indicators if name not in {*left_out, *has_counts, *exempt, *settings.derived}]
    made = work.place()
    return Protection(made, work.report(), left_out | work.lost_lookups, exempt, unjudged, earlier)


def _refused(guarded: Iterable[Guarded]) -> dict[str, str]:
    """Indicators that are left out as a whole, since no count of theirs can be printed for any date."""
    why: dict[SeriesKey, str] = {}
    every: dict[str, set[SeriesKey]] = {}
    for one in guarded:
        for number, column in enumerate(one.counts.columns):
            for use in column.uses:
                every.setdefault(use.key.indicator, set()).add(use.key)
                if number in one.refused:
                    why.setdefault(use.key, one.refused[number])
    return {name: why[min(keys, key=str)] for name, keys in every.items() if keys <= why.keys()}


def _cells(key: SeriesKey, guarded: Iterable[Guarded]) -> Cells:
    """Hidden cells of an indicator and period, on every geography, with the reason of each."""
    found: Cells = {}
    for one in guarded:
        if key.period not in one.counts.periods:
            continue
        source = SeriesKey(one.counts.geography, key.indicator, key.period)
        count, total = (one.reasons(Use(source, role)) for role in ("count", "denominator"))
        found |= count
        found |= dict.fromkeys(total, "total")
    return found


def _hide_derived(derived: dict[str, list[str]], cells: dict[SeriesKey, Cells], left_out: dict[str, str]) -> None:
    """Hide figures wherever one that they are worked out from is hidden."""
    for name, sources in derived.items():
        gone = [source for source in sources if source in left_out]
        if gone:
            left_out.setdefault(name, f"it is worked out from {', '.join(gone)}, which is not published")
        for key in [key for key in cells if key.indicator == name]:
            for other, hidden in cells.items():
                if other.indicator in sources and other.period == key.period:
                    cells[key] = {**dict.fromkeys(hidden, "total"), **cells[key]}


class _Work:
    """Puts hidden cells into a copy of the place."""

    def __init__(
        self,
        place: Place,
        cells: dict[SeriesKey, Cells],
        left_out: dict[str, str],
        exempt: dict[str, str],
        exact: set[SeriesKey],
        base: int,
    ) -> None:
        self._place, self._cells, self._exempt, self._exact, self._base = place, cells, exempt, exact, base
        self._out = left_out
        self.lost_lookups: dict[str, str] = {}
        self._levels: dict[str, set[str]] = {}
        self._told: list[pl.DataFrame] = [pl.DataFrame(schema=HIDDEN_SCHEMA)]

    def place(self) -> Place:
        """The place that may be published."""
        series = {key: self._series(key) for key in self._place.series if key.indicator not in self._out}
        settled: dict[SeriesKey, pl.DataFrame] = {}
        for key in series:
            for target in targets(self._place):
                at = SeriesKey(target, key.indicator, key.period)
                if at not in settled and self._sums_are_settled(key, target):
                    frame = self._sums(key, target)
                    if frame is not None:
                        settled[at] = frame
        indicators = {name: one for name, one in self._place.indicators.items() if name not in self._out}
        return replace(
            self._place, series=series, settled=settled, indicators=indicators, registers={}, groupings={},
            crosstabs=(), findings=(), rows_outside={}, postcodes=self._place.postcodes.clear(),
            lookups=self._lookups(),
        )  # fmt: skip

    def report(self) -> pl.DataFrame:
        """Every hidden figure, by indicator."""
        return pl.concat(self._told).unique(maintain_order=True).sort("indicator", "period", "geography", "area")

    def _rounds(self, indicator: str) -> bool:
        return self._base > 1 and indicator not in self._exempt

    def _series(self, key: SeriesKey) -> Series:
        """The series with hidden and rounded rows; rows of other places, which serve as comparators, as they are."""
        one, cells = self._place.series[key], self._cells[key]
        frame = one.frame
        rows = frame.select("area", "inside").iter_rows()
        hidden = [inside and (key.geography, area) in cells for area, inside in rows]
        self._note(key, key.geography, frame, hidden, cells)
        if self._rounds(key.indicator):
            frame = self._rounded(key, frame, pl.col("inside"))
        return replace(one, frame=_blank(frame, hidden, self._denominators(key, frame, key.geography)))

    def _rounded(self, key: SeriesKey, frame: pl.DataFrame, where: pl.Expr) -> pl.DataFrame:
        """Counts rounded, and denominators unless they are out as they are."""
        names = ("count",) if key in self._exact else ("count", "denominator")
        return rounded(frame, self._place.indicators[key.indicator], self._base, where, names)

    def _denominators(self, key: SeriesKey, frame: pl.DataFrame, target: str) -> list[bool]:
        """Rows whose denominator is hidden too; elsewhere it is printed though the count is hidden."""
        return [self._cells[key].get((target, area)) == "total" for area in frame["area"]]

    def _sums_are_settled(self, key: SeriesKey, target: str) -> bool:
        """Whether a sum is to be printed as it is worked out here, not from the hidden and rounded parts."""
        if target == key.geography or SeriesKey(target, key.indicator, key.period) in self._place.series:
            return False
        first = next(name for name in self._place.geographies
                     if SeriesKey(name, key.indicator, key.period) in self._place.series)  # fmt: skip
        held = {geography for geography, _ in self._cells[key]}
        changed = bool(held & {key.geography, target}) or self._rounds(key.indicator)
        return first == key.geography and changed and self._is_level(key.geography, target)

    def _is_level(self, geography: str, target: str) -> bool:
        if geography not in self._levels:
            self._levels[geography] = {level.target for level in levels_of(self._place, geography)}
        return target in self._levels[geography]

    def _sums(self, key: SeriesKey, target: str) -> pl.DataFrame | None:
        frame = values_on(self._place, self._place.indicators[key.indicator], target, key.period)
        if frame is None or frame["count"].null_count() == frame.height:
            return None
        cells = self._cells[key]
        hidden = [(target, area) in cells for area in frame["area"]]
        self._note(key, target, frame, hidden, cells)
        if self._rounds(key.indicator):
            frame = self._rounded(key, frame, pl.lit(True))
        return _blank(frame, hidden, self._denominators(key, frame, target))

    def _note(self, key: SeriesKey, target: str, frame: pl.DataFrame, hidden: list[bool], cells: Cells) -> None:
        rows = frame.filter(pl.Series(hidden, dtype=pl.Boolean) & ~pl.col("status").is_in(["Q", "O", "L"]))
        names = {area: self._place.area_name(target, area) for area in rows["area"]}
        self._told.append(
            rows.select(
                pl.lit(key.indicator).alias("indicator"), pl.lit(target).alias("geography"), "area",
                pl.col("area").replace_strict(names, default="", return_dtype=pl.String).alias("name"),
                pl.lit(key.period).alias("period"),
                pl.col("area").map_elements(lambda area: cells[target, area], return_dtype=pl.String).alias("reason"),
                "count", "denominator",
            )
        )  # fmt: skip

    def _lookups(self) -> tuple[Lookup, ...]:
        """Look-ups but those whose shares would tell counts that are hidden or not published."""
        splits = {(one.from_, one.to): one.split_by for one in self._place.sections.lookup if one.split_by}
        kept = []
        for lookup in self._place.lookups:
            by = splits.get((lookup.from_id, lookup.to_id), "")
            hidden = any(key.indicator == by and any(geography == lookup.to_id for geography, _ in cells)
                         for key, cells in self._cells.items())  # fmt: skip
            if by and (hidden or by in self._out):
                why = f"its shares are worked out from {by}, of which figures are hidden"
                self.lost_lookups[f"the look-up from {lookup.from_id} to {lookup.to_id}"] = why
            else:
                kept.append(lookup)
        return tuple(kept)


def _blank(frame: pl.DataFrame, hidden: list[bool], denominators: list[bool]) -> pl.DataFrame:
    """Rows without their numbers where they are hidden, with status Q; a denominator stays unless it is hidden too."""
    here, total = pl.Series(hidden, dtype=pl.Boolean), pl.Series(denominators, dtype=pl.Boolean)
    return frame.with_columns(
        *(pl.when(~here).then(name).alias(name) for name in NUMBERS if name != "denominator"),
        pl.when(~total).then("denominator").alias("denominator"),
        pl.when(here).then(pl.lit("Q")).otherwise("status").alias("status"),
    )


def rounded(
    frame: pl.DataFrame,
    indicator: Indicator,
    base: int,
    where: pl.Expr,
    names: tuple[str, ...] = ("count", "denominator"),
) -> pl.DataFrame:
    """Counts and denominators to the nearest multiple of the base, and figures and intervals as these give them.

    What is worked out from the exact counts would give them back: a share with all its digits, or its interval.
    """
    near = {name: (pl.col(name) / base + 0.5).floor() * base for name in names}
    made = frame.with_columns(pl.when(where).then(near[name]).otherwise(name).alias(name) for name in near)
    if indicator.value_type == "count":
        return made.with_columns(value=pl.when(pl.col("value").is_not_null() & where).then("count").otherwise("value"))
    ratio = (pl.col("count") / pl.col("denominator")).alias("ratio")
    before, after = frame.select(ratio).to_series(), made.select(ratio).to_series()
    value = frame["value"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        crude = np.isclose(value, before.to_numpy() * indicator.multiplier, rtol=1e-6)
        scaled = np.where(before.to_numpy() > 0, value / before.to_numpy(), indicator.multiplier)
    new = pl.Series(after.to_numpy() * np.where(crude, indicator.multiplier, scaled)).fill_nan(None)
    exact = pl.col("value").is_null() | ~where | pl.col("count").is_null() | pl.col("denominator").is_null()
    made = made.with_columns(
        pl.when(exact).then("value").otherwise(new).alias("value"),
        *(pl.when(exact).then(name).alias(name) for name in ("lower95", "upper95")),
    )
    return with_intervals(made, indicator)
