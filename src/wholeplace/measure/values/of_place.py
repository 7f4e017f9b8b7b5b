"""Comparisons, changes and inequalities of a place's indicators."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from wholeplace.measure.index import IndexResult
from wholeplace.measure.moving import targets, values_on
from wholeplace.measure.result import Result
from wholeplace.measure.values.benchmark import compare_with
from wholeplace.measure.values.changes import BREAK, changes_between, refuse_overlap
from wholeplace.measure.values.crude import proportion, rate
from wholeplace.measure.values.estimate import Estimate, Interval
from wholeplace.measure.values.from_values import NotThereError, estimates
from wholeplace.measure.values.inequality import Inequality, quantile_groups, slope_index
from wholeplace.place import PLACE, Indicator, Place
from wholeplace.place.findings import counted, did_you_mean
from wholeplace.place.periods import period_middle


@dataclass(frozen=True)
class Values(Result):
    """Values of areas with what was found of them; `about` says what they are, `sentences` what to read first."""

    frame: pl.DataFrame
    about: dict[str, object]
    sentences: tuple[str, ...]

    @property
    def summary(self) -> tuple[str, ...]:
        return self.sentences


def compare_areas(
    place: Place,
    indicator: str,
    *,
    geography: str | None = None,
    period: str | None = None,
    benchmark: str | float | None = None,
) -> Values:
    """Compare every area with a benchmark: the place as a whole, another area (its code), or a number.

    The benchmark is taken as known. An area is a part of the place it is compared with, so that the two are a little
    more alike than two places would be.

    Parameters
    ----------
    geography, period
        The first geography with values, and the latest period, when not given.

    Returns
    -------
    values
        area, name, value, limits at 95 and 99.8 %, count, denominator, status, word, certainty (`compare_with`).

    Raises
    ------
    NotThereError
        When the place does not have what is asked for.
    """
    known = indicator_of(place, indicator)
    period = period_of(place, known, period)
    geography, frame = values_of(place, known, geography, period)
    name, against = benchmark_of(place, known, period, benchmark)
    found = estimates(frame, known)
    standing = compare_with(found, against, polarity=known.polarity or "none")
    table = _table(place, geography, frame, found).with_columns(
        pl.Series("word", standing.word), pl.Series("certainty", standing.certainty).replace("", None)
    )
    about: dict[str, object] = {"indicator": indicator, "unit": known.unit, "geography": geography, "period": period}
    about |= {"benchmark": against, "benchmark_name": name, "polarity": known.polarity or "none"}
    return Values(table, about, _told(known, period, table, f"{name} ({short(against)} {known.unit})"))


def change_of_areas(
    place: Place, indicator: str, *, since: str, period: str | None = None, geography: str | None = None
) -> Values:
    """Say for every area how far an indicator moved between two periods, and whether by more than chance (`change`).

    Returns
    -------
    values
        area, name, and the columns of `changes_between`.

    Raises
    ------
    NotThereError
        When values are not there, or the two periods overlap: their estimates are then not independent.
    """
    known = indicator_of(place, indicator)
    period = period_of(place, known, period)
    since = period_of(place, known, since)
    refuse_overlap(since, period)
    geography, after_frame = values_of(place, known, geography, period)
    before_frame = values_on(place, known, geography, since)
    if before_frame is None:
        raise NotThereError(f"{indicator!r} has no values for {geography} in {since}, and no way to move them there")
    table = pl.concat(
        [named(place, geography, after_frame["area"]), changes_between(known, before_frame, after_frame)],
        how="horizontal",
    )
    sentences = [f"{known.name} ({known.unit}), {since} to {period}: {_counts(table['word'])}."]
    sentences.append("The two periods are taken as independent samples; where the same people are in both, or all were "
                     "counted, the interval says only what chance does to so few.")  # fmt: skip
    broken = table.filter((pl.col("status_before") == BREAK) | (pl.col("status") == BREAK)).height
    if broken:
        sentences.append(f"{counted(broken, 'area')} not compared: the series breaks between the periods.")
    if after_frame["moved_from"].null_count() != before_frame["moved_from"].null_count():
        sentences.append("One of the periods was moved here from other areas; part of a change can be of that.")
    about: dict[str, object] = {"indicator": indicator, "unit": known.unit, "geography": geography}
    about |= {"since": since, "period": period}
    return Values(table, about, tuple(sentences))


@dataclass(frozen=True)
class InequalityResult(Values):
    """Values of groups of areas from worst off to best off, and the slope over them (None where nothing differs)."""

    inequality: Inequality


def inequality_of(
    place: Place,
    indicator: str,
    index: IndexResult,
    *,
    period: str | None = None,
    groups: int = 10,
    transform: bool = False,
    seed: int = 1,
) -> InequalityResult:
    """Slope and relative index of inequality of an indicator over areas ordered by an index (`slope_index`).

    Areas are put into groups of about equally many by the index's score, group 1 the worst off; counts and denominators
    are summed by group. An index that holds the indicator orders areas by it in part: the slope then tells less.

    Raises
    ------
    NotThereError
        When the indicator has no counts on the index's geography.
    ValuesError
        When groups are too few, or too small to have a slope.
    """
    known = indicator_of(place, indicator)
    period = period_of(place, known, period)
    geography, frame = values_of(place, known, index.spec.geography, period)
    make = {"proportion": proportion, "rate": rate}.get(known.value_type)
    if make is None or frame["count"].null_count() == frame.height:
        raise NotThereError(f"{indicator!r} has no counts and denominators; a slope over groups needs them")
    scores = frame.select("area").join(
        index.frame.select("area", "score"), on="area", how="left", maintain_order="left"
    )["score"]
    worst = "highest" if index.spec.higher_is == "worse" else "lowest"
    usable = frame["count"].is_not_null() & frame["denominator"].is_not_null() & scores.is_not_null()
    shown = frame.filter(usable)
    if shown.height < groups:
        both = f"with a value of {indicator!r} and a score of {index.spec.id!r}"
        raise NotThereError(f"{counted(shown.height, 'area')} {both} cannot make {groups} groups; ask for fewer")
    order = quantile_groups(scores.filter(usable).to_numpy(), groups, worst=worst)
    by_group = (
        shown.with_columns(pl.Series("group", order).cast(pl.Int64, strict=False))
        .group_by("group")
        .agg(pl.len().alias("areas"), pl.col("count").sum(), pl.col("denominator").sum())
        .sort("group")
    )
    count, people = by_group["count"].to_numpy(), by_group["denominator"].to_numpy()
    found = make(count, people, multiplier=known.multiplier)
    slope = slope_index(people, found.value, lower95=found.lower95, upper95=found.upper95, kind=known.value_type,
                        multiplier=known.multiplier, transform=transform, seed=seed)  # fmt: skip
    table = pl.concat([by_group.select("group", "areas"), found.frame], how="horizontal")
    about: dict[str, object] = {"indicator": indicator, "unit": known.unit, "geography": geography, "period": period}
    about |= {"index": index.spec.id, "groups": groups, "transform": transform}
    left_out = int((~usable).sum())
    return InequalityResult(table, about, _slope_told(known, period, slope, index, left_out), slope)


def indicator_of(place: Place, indicator: str) -> Indicator:
    """An indicator by id; NotThereError where there is none."""
    if indicator not in place.indicators:
        raise NotThereError(f"there is no indicator {indicator!r}{did_you_mean(indicator, place.indicators)}")
    return place.indicators[indicator]


def period_of(place: Place, indicator: Indicator, period: str | None) -> str:
    """A period the indicator has values for; the latest when none is asked for."""
    periods = sorted({key.period for key in place.series if key.indicator == indicator.id}, key=period_middle)
    if not periods or (period is not None and period not in periods):
        asked = f"for the period {period!r}" if period else "at all"
        raise NotThereError(f"{indicator.id!r} has no values {asked}; there are: {', '.join(periods) or 'none'}")
    return period or periods[-1]


def values_of(place: Place, indicator: Indicator, geography: str | None, period: str) -> tuple[str, pl.DataFrame]:
    """Values on a geography, or on the first that has any."""
    if geography is not None and geography not in targets(place):
        raise NotThereError(f"there is no geography {geography!r}; there are: {', '.join(targets(place))}")
    for target in [geography] if geography is not None else targets(place):
        frame = values_on(place, indicator, target, period)
        if frame is not None:
            return target, frame
    where = f" for {geography}" if geography else ""
    raise NotThereError(f"{indicator.id!r} has no values{where} in {period}, and no look-up that could carry them")


def benchmark_of(place: Place, indicator: Indicator, period: str, benchmark: str | float | None) -> tuple[str, float]:
    """Name and value of what areas are compared with."""
    if isinstance(benchmark, float | int):
        return "the number given", float(benchmark)
    code = benchmark or place.settings.code
    for geography in targets(place):
        frame = values_on(place, indicator, geography, period)
        row = None if frame is None else frame.filter(pl.col("area") == code)
        if row is not None and row.height:
            value = row["value"][0]
            if value is None:
                break
            return place.area_name(geography, code), float(value)
    raise NotThereError(f"{code!r} has no value of {indicator.id!r} in {period} to compare with; "
                        "name another area, or give a number")  # fmt: skip


def named(place: Place, geography: str, areas: pl.Series) -> pl.DataFrame:
    """Codes of areas with their names."""
    if geography == PLACE:
        return pl.DataFrame({"area": areas, "name": [place.settings.name] * len(areas)})
    return pl.DataFrame({"area": areas}).join(
        place.geographies[geography].areas, on="area", how="left", maintain_order="left"
    )


def _table(place: Place, geography: str, frame: pl.DataFrame, found: Estimate) -> pl.DataFrame:
    return pl.concat([named(place, geography, frame["area"]), found.frame.drop("withheld")], how="horizontal")


def short(number: float) -> str:
    """A number of four figures for a sentence."""
    return f"{number:,.4g}" if abs(number) < 1000 else f"{number:,.0f}"


def _counts(words: pl.Series) -> str:
    """How many areas each word holds for, the most first: `12 up, 3 down, 105 no clear change`."""
    counts = words.value_counts(sort=True).sort(["count", words.name], descending=[True, False])
    return ", ".join(f"{number:,} {word}" for word, number in counts.iter_rows())


def _told(indicator: Indicator, period: str, table: pl.DataFrame, against: str) -> tuple[str, ...]:
    sentences = [f"{indicator.name}, {period}, beside {against}, at 95 %: {_counts(table['word'])}."]
    different, compared = int((table["certainty"] == "99.8").sum()), int((table["word"] != "not compared").sum())
    if 2 * different > compared > 0:
        sentences.append(f"{different:,} of {compared:,} differ even at 99.8 %: areas differ by much more than chance, "
                         "so that being different says little of any one of them.")  # fmt: skip
    return tuple(sentences)


def _slope_told(
    indicator: Indicator, period: str, slope: Inequality, index: IndexResult, left_out: int
) -> tuple[str, ...]:
    ends = (
        f"{short(slope.worst_off)} at the worst-off end of {index.spec.name}, {short(slope.best_off)} at the best-off"
    )
    sentences = [
        f"{indicator.name} ({indicator.unit}), {period}: {ends}.",
        f"Slope index of inequality {_reach(slope.sii)}.",
    ]
    if slope.rii is not None:
        sentences.append(f"Relative index of inequality {_reach(slope.rii)}.")
    if left_out:
        sentences.append(f"{counted(left_out, 'area')} without a value or a score left out of every group.")
    return tuple(sentences)


def _reach(found: Interval) -> str:
    return f"{short(float(found.value))} (95 %: {short(float(found.lower95))} to {short(float(found.upper95))})"
