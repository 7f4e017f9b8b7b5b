"""The tables of a doughnut portrait: its dimensions, the figures below them, and all areas by one dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from wholeplace.build import PortraitView
from wholeplace.measure.portraits import MeasureSection
from wholeplace.place.periods import period_middle
from wholeplace.web.site import PLACE, Site
from wholeplace.web.table import Cell, Column, Row, Table, link
from wholeplace.web.words import NO_VALUE, WITHOUT, Writer, first_upper, percent, period, share_interval

RINGS = {"social": "Social foundation: shortfall below the floor", "ecological": "Ecological ceiling: overshoot"}
_KEPT = {"social": "floor kept", "ecological": "ceiling kept"}
_SIDE = {"social": "short", "ecological": "over"}
_RULES = {"mean": "the mean of its figures", "worst": "the worst of its figures"}


def gap_words(row: Mapping[str, Any]) -> str:
    """A gap in words: how far from the floor or ceiling, kept, or why there is no figure."""
    if row["gap"] is None:
        return "not measured" if row["status"] == "unmeasured" else NO_VALUE.get(row["status"], "missing")
    if row["gap"] == 0:
        return _KEPT[row["ring"]]
    return f"{percent(row['gap'], 1)} {_SIDE[row['ring']]}"


def without_figure(site: Site, view: PortraitView, rows: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """The dimensions of an area that have no figure, each with the reason."""
    reasons = {one.id: one.why for one in view.spec.dimension}

    def why(row: Mapping[str, Any]) -> str:
        if reasons[row["dimension"]]:
            return f"not measured. {reasons[row['dimension']]}"
        lacking = ", ".join(site.indicators[one]["name"] for one in row["without"])
        return f"{NO_VALUE.get(row['status'], 'missing')} here ({lacking})"

    return tuple((row["name"], why(row)) for row in rows if row["gap"] is None)


def gap_cell(row: Row) -> Cell:
    """A gap in a table."""
    return Cell(gap_words(row), css="wp-none" if row["gap"] is None else "wp-n")


def interval_cell(row: Row, of: str = "gap", lower: str = "gap_lower95", upper: str = "gap_upper95") -> Cell:
    """The interval of a share, by the columns that hold it, or the words that it was published without."""
    if row[of] is None:
        return Cell("", css="wp-none")
    shown = share_interval(row[lower], row[upper])
    return Cell(shown or WITHOUT, css="wp-iv" if shown else "wp-none")


def limit_words(site: Site, measure: MeasureSection, threshold: float | None) -> str:
    """The floor or ceiling with its side: `at most 15.0`."""
    indicator = site.indicators[measure.indicator]
    side = "at most" if measure.direction == "high-is-worse" else "at least"
    if threshold is None:
        return f"{side} the mean of every area published"
    return f"{side} {Writer(indicator).plain(threshold)}"


def dates_of(column: pl.Series) -> str:
    """`2021`, or `different dates, the oldest 2019, the newest 2025` where there are several."""
    dates = sorted(column.unique().to_list(), key=period_middle)
    if len(dates) < 2:
        return "".join(period(one) for one in dates)
    return f"different dates, the oldest {period(dates[0])}, the newest {period(dates[-1])}"


def dimensions_table(site: Site, view: PortraitView, area: str) -> Table:
    """The dimensions of one area, ring by ring."""
    rows = view.dimensions.filter(pl.col("area") == area)
    rows = rows.filter(pl.col("geography") == pl.col("geography").first())
    specs = {one.id: one for one in view.spec.dimension}
    frame = rows.with_row_index("number", 1).with_columns(
        pl.col("without").list.join("; "),
        pl.Series("why", [specs[one].why for one in rows["dimension"]], dtype=pl.String),
    )

    def held(row: Row) -> Cell:
        spec = specs[row["dimension"]]
        if spec.why:
            return Cell(spec.why, css="wp-long")
        names = [site.indicators[one.indicator]["name"] for one in spec.measure]
        said = "; ".join(names) + (f" ({_RULES[spec.rule]})" if len(names) > 1 else "")
        if row["gap"] is None and len(names) > 1:
            lacking = [site.indicators[one]["name"] for one in row["without"].split("; ") if one]
            said += f". Without a figure here: {'; '.join(lacking)}"
        return Cell(said, css="wp-long")

    return Table(
        id="dimensions",
        caption="The dimensions",
        frame=frame,
        columns=[
            Column(
                "number", "Dimension", lambda row: Cell(f"{row['number']} {row['name']}"), head=True, sortable=False
            ),
            Column("gap", "Gap", gap_cell, numeric=True, sortable=False),
            Column("gap_lower95", "95% interval", interval_cell, hint="%", numeric=True, sortable=False),
            Column("held", "Measured by", held, sortable=False),
        ],
        source=sources_of(site, view),
        page_size=200,
        group=lambda row: RINGS[row["ring"]],
        meta={"portrait": view.spec.name, "area": area},
    )


def sources_of(site: Site, view: PortraitView) -> str:
    """Where the figures of a portrait come from, each source once."""
    used = (measure.indicator for one in view.spec.dimension for measure in one.measure)
    names = (site.indicators[one]["source"] or "published without a source" for one in used)
    return "; ".join(dict.fromkeys(names))


def indicators_table(site: Site, view: PortraitView, area: str) -> Table:
    """The figures of one area with the floor or ceiling of each and where that comes from."""
    rows = view.measures.filter(pl.col("area") == area)
    rows = rows.filter(pl.col("geography") == pl.col("geography").first())
    names = {one.id: one.name for one in view.spec.dimension}
    limits = {(one.id, measure.indicator): measure for one in view.spec.dimension for measure in one.measure}
    keys = list(zip(rows["dimension"], rows["indicator"], strict=True))
    frame = rows.with_columns(
        pl.Series("indicator_name", [site.indicators[key[1]]["name"] for key in keys], dtype=pl.String),
        pl.Series("unit", [site.indicators[key[1]]["unit"] for key in keys], dtype=pl.String),
        pl.Series("direction", [limits[key].direction for key in keys], dtype=pl.String),
        pl.Series("limit_source", [limits[key].source for key in keys], dtype=pl.String),
        pl.Series("limit_url", [limits[key].url for key in keys], dtype=pl.String),
        pl.Series("source", [site.indicators[key[1]]["source"] for key in keys], dtype=pl.String),
    )

    def figure(row: Row) -> Cell:
        written = Writer(site.indicators[row["indicator"]]).value(row["value"], row["status"])
        return Cell(written, css="wp-none" if row["value"] is None else "wp-n")

    def interval(row: Row) -> Cell:
        written = Writer(site.indicators[row["indicator"]]).interval(row["lower95"], row["upper95"])
        return Cell(written or ("" if row["value"] is None else WITHOUT), css="wp-iv" if written else "wp-none")

    def name(row: Row) -> Cell:
        unit = Writer(site.indicators[row["indicator"]]).unit_words
        note = f"{unit}, {period(row['period'])}. {row['source'] or 'Published without a source'}"
        return Cell(row["indicator_name"], href=site.url("indicators", row["indicator"]), note=first_upper(note))

    def limit(row: Row) -> Cell:
        return Cell(limit_words(site, limits[row["dimension"], row["indicator"]], row["threshold"]), css="wp-n")

    def origin(row: Row) -> Cell:
        measure = limits[row["dimension"], row["indicator"]]
        words = ". ".join(filter(None, (measure.source, measure.date, measure.note)))
        return Cell(words, href=measure.url if measure.url.startswith(("http://", "https://")) else "", css="wp-long")

    return Table(
        id="figures",
        caption="The figures, and the floor or ceiling each is held against",
        frame=frame,
        columns=[
            Column("indicator_name", "Figure", name, head=True, sortable=False),
            Column("dimension", "Of", lambda row: Cell(names[row["dimension"]]), sortable=False),
            Column("value", "Here", figure, numeric=True, sortable=False),
            Column("lower95", "95% interval", interval, numeric=True, sortable=False),
            Column("threshold", "Floor or ceiling", limit, numeric=True, sortable=False),
            Column("limit_source", "Who says so", origin, sortable=False),
        ],
        source=sources_of(site, view),
        page_size=200,
        meta={"portrait": view.spec.name, "area": area},
    )


def areas_table(site: Site, view: PortraitView, dimension: str, geography: str) -> Table:
    """Every area of a geography by one dimension, the largest gap first; names lead to each area's own doughnut."""
    here = (pl.col("geography") == geography) & (pl.col("dimension") == dimension)
    frame = view.dimensions.filter(here).with_columns(
        pl.col("without").list.join("; "),
        pl.col("area").replace_strict(
            {area: name for (one, area), name in site.names.items() if one == geography}, default=None
        ).alias("area_name"),
    )  # fmt: skip
    spec = next(one for one in view.spec.dimension if one.id == dimension)
    home = site.url("portraits", view.id)
    what = "shortfall" if spec.ring == "social" else "overshoot"
    return Table(
        id="areas",
        caption=f"{spec.name}: {what} by area",
        frame=frame.select("area", "area_name", pl.exclude("area", "area_name")),
        columns=[
            link("area_name", "Area", lambda row: f"{home}?area={row['area']}"),
            Column("gap", first_upper(what), gap_cell, numeric=True),
            Column("gap_lower95", "95% interval", interval_cell, hint="%", numeric=True, sortable=False),
        ],
        geography=geography if geography != PLACE else "",
        source=sources_of(site, view),
        order="-gap",
        page_size=25,
        meta={"portrait": view.spec.name},
    )
