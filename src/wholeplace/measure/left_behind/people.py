"""Who is counted where: the counts of each group of a grouping, and of two groups at once from a cross-table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from wholeplace.measure.left_behind.worst import LeftBehindError
from wholeplace.place import Indicator
from wholeplace.place.crosstabs import Crosstab
from wholeplace.place.findings import did_you_mean
from wholeplace.place.groupings import Grouping
from wholeplace.place.periods import middle_month, period_middle


@dataclass(frozen=True)
class People:
    """What a place holds of its people.

    `values`: indicator, geography, area, period, value, count, denominator, status, moved_from, for at least every
    indicator that a grouping names. `population`: geography, area, population, population_period.
    """

    values: pl.DataFrame
    indicators: Mapping[str, Indicator]
    population: pl.DataFrame
    groupings: Mapping[str, Grouping] = field(default_factory=dict)
    crosstabs: Sequence[Crosstab] = ()

    def grouping(self, name: str) -> Grouping:
        """A grouping by id. Raises LeftBehindError where there is none."""
        if name not in self.groupings:
            listed = ", ".join(self.groupings) or "none; place.toml names them in [[grouping]]"
            raise LeftBehindError(
                f"there is no grouping {name!r}{did_you_mean(name, self.groupings)}; there are: {listed}"
            )
        return self.groupings[name]

    def crossed_with(self, name: str, geography: str) -> list[str]:
        """The groupings that some cross-table counts together with this one on a geography."""
        tables = [one for one in self.crosstabs if one.geography == geography and name in one.groupings]
        return [other for other in self.groupings if other != name and any(other in one.groupings for one in tables)]

    def crosstab(self, first: str, second: str, geography: str) -> Crosstab:
        """The cross-table of two groupings on a geography, the latest. Raises LeftBehindError where there is none."""
        tables = [one for one in self.crosstabs if one.geography == geography and {first, second} <= set(one.groupings)]
        if not tables or first == second:
            names = " and ".join(self.grouping(one).name for one in (first, second))
            if first == second:
                raise LeftBehindError(f"{names} are one grouping; name two")
            raise LeftBehindError(
                f"{names} cannot be crossed here: no table of this place counts both at once for these areas. Shares "
                "of one are never multiplied by shares of the other: that is wrong whenever the two go together"
            )
        return max(tables, key=lambda one: period_middle(one.period))


@dataclass(frozen=True)
class Group:
    """One group with its counts by area: `cells` has area, count, base, status."""

    label: str
    period: str
    cells: pl.DataFrame
    indicator: str = ""
    second: str = ""
    out_of: str = ""
    base_period: str = ""
    moved_from: str = ""
    intervals: bool = False


def groups_of(people: People, grouping: Grouping, geography: str) -> tuple[list[Group], list[str]]:
    """The groups that have counts on a geography, each at its latest date; and the labels of those that have none."""
    found: list[Group] = []
    without: list[str] = []
    for name, label in grouping.members.items():
        indicator = people.indicators[name]
        rows = _latest(people, name, geography)
        if rows is None:
            without.append(label)
            continue
        period, moved = str(rows["period"][0]), str(rows["moved_from"].drop_nulls().first() or "")
        base, out_of, base_period = pl.col("denominator"), indicator.denominator, period
        if indicator.value_type == "count":
            rows, out_of, base_period = _with_whole(people, rows, grouping.whole, geography, period)
            base = pl.col("whole")
        cells = rows.select("area", "count", base.alias("base"), "status")
        intervals = indicator.value_type == "proportion" and indicator.interval_method == "wilson"
        found.append(Group(label, period, cells, name, "", out_of, base_period, moved, intervals))
    return found, without


def _latest(people: People, indicator: str, geography: str, near: str = "") -> pl.DataFrame | None:
    """The counts of an indicator on a geography at its latest date, or at the one nearest to another."""
    rows = people.values.filter(
        (pl.col("indicator") == indicator) & (pl.col("geography") == geography) & pl.col("period").is_not_null()
    )
    counted = rows.filter(pl.col("count").is_not_null())["period"].unique().to_list()
    if not counted:
        return None

    def distance(period: str) -> tuple[float, float]:
        here, there = middle_month(period), middle_month(near)
        return abs((here or 0) - (there or 0)), period_middle(period)

    period = min(counted, key=distance) if near else max(counted, key=period_middle)
    return rows.filter(pl.col("period") == period)


def _with_whole(
    people: People, rows: pl.DataFrame, whole: str, geography: str, period: str
) -> tuple[pl.DataFrame, str, str]:
    """Rows of a count with everybody beside it, of the nearest date; null where place.toml names no such indicator."""
    everybody = _latest(people, whole, geography, near=period) if whole else None
    if everybody is None:
        return rows.with_columns(pl.lit(None, pl.Float64).alias("whole")), "", ""
    beside = everybody.select("area", pl.col("count").alias("whole"))
    name = _lower_first(people.indicators[whole].name)
    return rows.join(beside, on="area", how="left"), name, str(everybody["period"][0])


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def crossed_groups(table: Crosstab, first: str, second: str) -> list[Group]:
    """Every pair of a category of one grouping and one of another, counted together in a cross-table.

    A third grouping of the table is summed over. The base of each pair is everybody the table counts.
    """
    by = ["area", first, second]
    cells = table.frame.group_by(by, maintain_order=True).agg(_summed(), _worst())
    everybody = table.frame.group_by("area").agg(_summed().alias("base"))
    cells = cells.join(everybody, on="area", how="left")
    return [
        Group(str(label), table.period, part.select("area", "count", "base", "status"), second=str(other),
              out_of="everybody counted", base_period=table.period)
        for (label, other), part in cells.partition_by(first, second, as_dict=True, maintain_order=True).items()
    ]  # fmt: skip


def _summed() -> pl.Expr:
    """A sum that is null when any part of it is."""
    return pl.when(pl.col("count").null_count() == 0).then(pl.col("count").sum()).alias("count")


def _worst() -> pl.Expr:
    status = pl.col("status")
    return (
        pl.when((status == "Q").any()).then(pl.lit("Q")).when((status == "O").any()).then(pl.lit("O"))
        .otherwise(pl.lit("A")).alias("status")
    )  # fmt: skip
