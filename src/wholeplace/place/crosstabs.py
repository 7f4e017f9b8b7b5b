"""Cross-tables: how many are in two groups at once, area by area, as a publisher counted them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from wholeplace.place.area_codes import AreaCodes, check_twice
from wholeplace.place.cells import Cells
from wholeplace.place.config import CrosstabSection, resolve
from wholeplace.place.findings import Findings, counted, did_you_mean
from wholeplace.place.geography import Geography
from wholeplace.place.groupings import Grouping
from wholeplace.place.series import Series, SeriesKey
from wholeplace.place.tables import Table, read_table


@dataclass(frozen=True)
class Crosstab:
    """A cross-table of two or more groupings.

    `frame`: area, one column a grouping (its id; the cell's category in words), count (null where there is none),
    status (A, Q suppressed, O missing). It has every area of the geography with every combination of categories: a
    combination without a row in the file is missing, which is not zero. `groupings` are in the order of place.toml.
    """

    id: str
    name: str
    geography: str
    period: str
    groupings: tuple[str, ...]
    frame: pl.DataFrame
    file: str
    source: str = ""
    licence: str = ""


@dataclass(frozen=True)
class CrosstabContext:
    """What a cross-table is checked against: the areas, groupings and single indicators of its place."""

    geographies: Mapping[str, Geography]
    groupings: Mapping[str, Grouping]
    series: Mapping[SeriesKey, Series]


def read_crosstabs(
    folder: Path, sections: Sequence[CrosstabSection], context: CrosstabContext, findings: Findings
) -> tuple[tuple[Crosstab, ...], dict[str, int]]:
    """Read every [[crosstab]] of place.toml; also how many rows of each file are of areas outside the place.

    Errors: what makes a file unreadable, a grouping that is not there, fewer than two groupings, text or a negative
    number as a count, a combination twice, codes that do not join, rows that are totals of the others. Warnings: sums
    that disagree with the place's own indicators, and groupings of which no category has the name of a group.
    """
    found: dict[str, Crosstab] = {}
    outside: dict[str, int] = {}
    for section in sections:
        if section.id in found:
            message = f"two cross-tables have the id {section.id!r}; give one another"
            findings.error("id-twice", message, file="place.toml", column="crosstab.id", value=section.id)
            continue
        names = _groupings_of(section, context, findings)
        table = _open(folder, section, findings)
        geography = context.geographies.get(section.geography)
        if names is None or table is None or geography is None:
            continue
        frame = _rows(section, names, table, geography, findings)
        if frame is None:
            continue
        inside = frame.filter(pl.col("area").is_in(geography.code_list))
        outside[section.file] = frame.height - inside.height
        _check_totals(section, names, inside, findings)
        whole = _complete(section, names, inside, geography, findings)
        found[section.id] = Crosstab(section.id, section.name, section.geography, section.period, names, whole,
                                     section.file, section.source, section.licence)  # fmt: skip
        _check_margins(section, found[section.id], context, findings)
    return tuple(found.values()), outside


def _groupings_of(section: CrosstabSection, context: CrosstabContext, findings: Findings) -> tuple[str, ...] | None:
    """The groupings that a section crosses, or None where what it says cannot be used."""
    where = {"file": "place.toml", "column": f"crosstab.{section.id}.columns"}
    absent = [name for name in ("area", "count") if name not in section.columns]
    for name in absent:
        findings.error("required", f"the cross-table {section.id} does not say which column holds the {name}", **where)
    names = [name for name in section.columns if name not in {"area", "count"}]
    unknown = [name for name in names if name not in context.groupings]
    for name in unknown:
        message = f"{name!r} is no grouping of place.toml{did_you_mean(name, context.groupings)}; add a [[grouping]]"
        findings.error("unknown-grouping", message, **where, value=name)
    if len(names) < 2:
        message = f"the cross-table {section.id} crosses {counted(len(names), 'grouping')}; it needs two or more"
        findings.error("required", message, **where)
    for name in sorted(set(section.names) - set(names)):
        message = f"names are given for {name!r}, which is no column of the cross-table"
        findings.error("unknown-grouping", message, **where, value=name)
    return None if absent or unknown or len(names) < 2 else tuple(names)


def _open(folder: Path, section: CrosstabSection, findings: Findings) -> Table | None:
    path = resolve(folder, section.file, findings)
    if path is None:
        return None
    return read_table(path, findings, file=section.file, columns=list(section.columns.values()), sheet=section.sheet)


def _rows(
    section: CrosstabSection, names: tuple[str, ...], table: Table, geography: Geography, findings: Findings
) -> pl.DataFrame | None:
    """The rows of the file as area, groupings, count, status; None when its codes are of other areas."""
    numbers, status = Cells(table, section.file, section.suppressed, findings).numbers(
        section.columns["count"], blank="O"
    )
    frame = pl.DataFrame({"area": table.text(section.columns["area"]), "row": table.rows})
    for name in names:
        text = table.text(section.columns[name]).str.strip_chars()
        blank = table.rows.filter(text == "")
        findings.cells("error", "required", f"has no {name}", ((row, "") for row in blank), total=len(blank),
                       file=section.file, column=section.columns[name])  # fmt: skip
        _check_names(section, name, text, findings)
        frame = frame.with_columns(text.replace(section.names.get(name, {})).alias(name))
    frame = frame.with_columns(numbers.alias("count"), status.alias("status"))
    negative = frame.filter(pl.col("count") < 0)
    cells = ((row, f"{value:g}") for row, value in negative.select("row", "count").iter_rows())
    findings.cells("error", "negative-count", "is below nothing; a count is 0 or more", cells, total=negative.height,
                   file=section.file, column=section.columns["count"])  # fmt: skip
    check_twice(frame, ["area", *names], findings, file=section.file, column=section.columns["area"])
    codes = AreaCodes(section.file, section.columns["area"], frame["area"], frame["row"])
    return frame.drop("row") if codes.check(geography, {}, findings) else None


def _check_names(section: CrosstabSection, name: str, text: pl.Series, findings: Findings) -> None:
    for absent in sorted(set(section.names.get(name, {})) - set(text.unique())):
        message = f"no row has {absent!r}, which place.toml gives a name"
        findings.warning("name-unused", message, file=section.file, column=section.columns[name], value=absent)


def _check_totals(section: CrosstabSection, names: tuple[str, ...], frame: pl.DataFrame, findings: Findings) -> None:
    """Refuse rows that are totals of others: every sum would count people twice."""
    for name in names:
        if frame[name].n_unique() < 3 or (frame["status"] != "A").any():
            continue
        sums = frame.group_by("area", name).agg(pl.col("count").sum())
        sums = sums.with_columns((pl.col("count") * 2 == pl.col("count").sum().over("area")).alias("half"))
        halves = sums.group_by(name).agg(pl.col("half").all(), pl.col("count").sum())
        for label in halves.filter(pl.col("half") & (pl.col("count") > 0))[name]:
            message = f"{label!r} counts as many as all other categories of {name} together; leave rows of totals out"
            findings.error("crosstab-total", message, file=section.file, column=section.columns[name], value=label)


def _complete(
    section: CrosstabSection, names: tuple[str, ...], frame: pl.DataFrame, geography: Geography, findings: Findings
) -> pl.DataFrame:
    """Every area with every combination of categories; those without a row are missing, and counted."""
    whole = geography.areas.select("area").sort("area")
    for name in names:
        whole = whole.join(frame.select(name).unique(maintain_order=True), how="cross")
    joined = whole.join(frame.unique(["area", *names], maintain_order=True), on=["area", *names], how="left",
                        maintain_order="left")  # fmt: skip
    covered = set(frame["area"])
    absent = joined.filter(pl.col("status").is_null() & pl.col("area").is_in(list(covered)))
    if absent.height:
        message = (
            f"{counted(absent.height, 'combination')} of {section.id} in areas that the file has no row for: they are "
            "taken as missing; write 0 where there is nobody"
        )
        findings.notice("no-row", message, file=section.file, column=section.columns["area"], value=absent["area"][0])
    return joined.with_columns(pl.col("status").fill_null("O"))


def _check_margins(section: CrosstabSection, table: Crosstab, context: CrosstabContext, findings: Findings) -> None:
    """Set the sums of a cross-table beside the indicators that count the same groups on the same areas and date."""
    for name in table.groupings:
        members = context.groupings[name].members
        categories = set(table.frame[name].unique())
        if not categories & set(members.values()):
            has, wants = (", ".join(map(repr, some[:3])) for some in (sorted(categories), list(members.values())))
            message = (
                f"none of the categories of {name} is called as a group of the grouping: it has {has}, the grouping "
                f"{wants}; say which is which in [crosstab.names]"
            )
            findings.warning("crosstab-label", message, file=section.file, column=section.columns[name])
        for indicator, label in members.items():
            series = context.series.get(SeriesKey(table.geography, indicator, table.period))
            if series is not None and label in categories:
                _check_margin(section, table, name, label, series, findings)


def _check_margin(
    section: CrosstabSection, table: Crosstab, name: str, label: str, series: Series, findings: Findings
) -> None:
    sums = table.frame.filter(pl.col(name) == label).group_by("area").agg(
        pl.col("count").sum(), (pl.col("status") == "Q").any().alias("hidden"),
        (pl.col("status") == "O").any().alias("missing"),
    )  # fmt: skip
    both = sums.join(series.inside.select("area", pl.col("count").alias("published")).drop_nulls(), on="area")
    apart = (pl.col("count") - pl.col("published")).alias("apart")
    both = both.with_columns(apart).filter(
        ~pl.col("missing") & ((pl.col("apart") > 0.5) | (~pl.col("hidden") & (pl.col("apart") < -0.5)))
    )
    if both.height:
        worst = both.sort(pl.col("apart").abs(), "area", descending=[True, False]).row(0, named=True)
        message = (
            f"{label!r} adds up to another number than {series.key.indicator} in {counted(both.height, 'area')}; most "
            f"in {worst['area']}, {worst['count']:,.0f} against {worst['published']:,.0f}. Small differences can come "
            "of disclosure control; large ones of another population"
        )
        findings.warning("crosstab-margin", message, file=section.file, column=section.columns[name], value=label)
