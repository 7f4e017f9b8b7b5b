"""The tables of a digital bar: its demands, the ways into the service, and every neighbourhood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from wholeplace.build import BarView
from wholeplace.measure.portraits import KINDS
from wholeplace.place.findings import counted
from wholeplace.web.pages.portrait_tables import interval_cell
from wholeplace.web.settings import on_loopback
from wholeplace.web.site import Site
from wholeplace.web.table import Cell, Column, Row, Table, link
from wholeplace.web.words import NO_VALUE, first_upper, number, percent, period


def bound_words(row: Mapping[str, Any]) -> str:
    """Between what share of people the truth lies, or that no most can be told."""
    if row["least"] is None:
        return "no figure"
    if row["most"] is None:
        return f"at least {percent(row['least'], 1)}; no most can be told"
    if row["of"] == 1:
        return percent(row["least"], 1)
    return f"at least {percent(row['least'], 1)}, at most {percent(row['most'], 1)}"


def demands_table(site: Site, view: BarView, area: str) -> Table:
    """The six demands of a service and the people of one area below each."""
    rows = {row["kind"]: row for row in view.demands.filter(pl.col("area") == area).iter_rows(named=True)}
    held = view.demands.filter(pl.col("geography") == view.spec.geography).group_by("kind").agg(
        pl.col("share").count().alias("with"), pl.len().alias("all")
    )  # fmt: skip
    figures = {kind: (have, every) for kind, have, every in held.iter_rows()}
    blank = dict.fromkeys(("share", "lower95", "upper95", "count", "base"))
    listed = []
    for one in view.spec.demand:
        status = "not demanded" if not one.made else "not measured"
        row: Row = {"kind": one.kind, "asks": one.asks, "unit": one.unit, "indicator": one.indicator, "period": None,
               **blank, "status": status, "why": one.why, **{k: v for k, v in rows.get(one.kind, {}).items()
               if k not in {"geography", "area"}}}  # fmt: skip
        listed.append(row)
    schema = {
        **dict.fromkeys(("kind", "asks", "unit", "indicator", "period"), pl.String),
        **dict.fromkeys(blank, pl.Float64), "status": pl.String, "why": pl.String,
    }  # fmt: skip

    def share(row: Row) -> Cell:
        if row["share"] is None:
            return Cell(NO_VALUE.get(row["status"]) or row["status"], css="wp-none")
        return Cell(f"{percent(row['share'], 1)} of {row['unit']}", css="wp-n")

    def people(row: Row) -> Cell:
        return Cell("", css="wp-none") if row["count"] is None else Cell(f"about {number(row['count'])}", css="wp-n")

    def interval(row: Row) -> Cell:
        return interval_cell(row, "share", "lower95", "upper95")

    def origin(row: Row) -> Cell:
        if not row["indicator"]:
            return Cell(row["why"] or "", css="wp-long")
        one = site.indicators[row["indicator"]]
        source = one["source"] or "published without a source"
        said = f"{one['name']}, {period(row['period'])}. {first_upper(source)}"
        have, every = figures.get(row["kind"], (0, 0))
        if row["share"] is None and area == site.code and have:
            said += f". {have} of {every} neighbourhoods have a figure; without the rest the whole cannot be told"
        return Cell(said, href=site.url("indicators", row["indicator"]), css="wp-long")

    def demand(row: Row) -> Cell:
        return Cell(first_upper(row["kind"]), note=row["asks"] if row["asks"].lower() != "nothing" else "asks nothing")

    return Table(
        id="demands",
        caption="What the service asks, and who is below it",
        frame=pl.DataFrame(listed, schema=schema, orient="row"),
        columns=[
            Column("kind", "Demand", demand, head=True, sortable=False),
            Column("share", "Below it", share, numeric=True, sortable=False),
            Column("count", "People", people, hint="or households", numeric=True, sortable=False),
            Column("lower95", "95% interval", interval, hint="%", numeric=True, sortable=False),
            Column("indicator", "Figure, date and source", origin, sortable=False),
        ],
        source=sources_of(site, view),
        meta={"bar": view.spec.name, "area": area},
    )


def sources_of(site: Site, view: BarView) -> str:
    """Where the figures of a bar come from, each source once."""
    names = (site.indicators[one.indicator]["source"] or "published without a source"
             for one in view.spec.demand if one.indicator)  # fmt: skip
    return "; ".join(dict.fromkeys(names))


def bars_of(site: Site, service: str) -> list[BarView]:
    """Every bar of a service."""
    return [bar for name in site.build.bars if (bar := site.build.bar(name)).spec.service == service]


def ways_table(site: Site, view: BarView, area: str) -> Table:
    """Every bar of the same service: one row a way in and unit."""
    listed = []
    for other in bars_of(site, view.spec.service):
        made = [one for one in other.spec.demand if one.made]
        unmeasured = "; ".join(f"{one.kind}: {one.asks}" for one in made if not one.indicator)
        about = {"bar": other.id, "name": other.spec.name, "made": len(made), "unmeasured": unmeasured}
        rows = other.bounds.filter(pl.col("area") == area).select(
            "unit", "least", "most", "least_count", "most_count", "known", "of"
        )  # fmt: skip
        listed += [{**about, **row} for row in rows.iter_rows(named=True)] or [about]
    schema = {
        "bar": pl.String, "name": pl.String, "made": pl.Int64, "unmeasured": pl.String, "unit": pl.String,
        **dict.fromkeys(("least", "most", "least_count", "most_count"), pl.Float64), "known": pl.Int64, "of": pl.Int64,
    }  # fmt: skip

    def below(row: Row) -> Cell:
        if row["unit"] is None:
            return Cell("nobody is counted", css="wp-none")
        more = " or more" if row["unmeasured"] and row["of"] == 1 and row["least"] is not None else ""
        said = f"{first_upper(row['unit'])}: {bound_words(row)}{more}"
        if row["least"] is None:
            return Cell(said, css="wp-none")
        return Cell(f"{said}, by {row['of']} of its {counted(row['made'], 'demand')}")

    def way(row: Row) -> Cell:
        if row["bar"] == view.id:
            return Cell(row["name"], note="this page")
        return Cell(row["name"], href=site.url("bars", row["bar"]))

    return Table(
        id="ways",
        caption=f"Ways into {view.service}",
        frame=pl.DataFrame(listed, schema=schema, orient="row"),
        columns=[
            Column("name", "Way in", way, head=True, sortable=False),
            Column("made", f"Demands of {len(KINDS)}", lambda row: Cell(str(row["made"])), numeric=True,
                   sortable=False),
            Column("least", "Below at least one measured demand", below, sortable=False),
            Column("unmeasured", "Demands nobody measures", lambda row: Cell(row["unmeasured"] or "none"),
                   sortable=False),
        ],
        source=sources_of(site, view),
        meta={"service": view.service, "area": area},
    )  # fmt: skip


def users_note(view: BarView) -> str:
    """Where the numbers of users come from and of when they are; blank without users.

    What the register notes is for the council alone, as the rest of the estate is: other machines are not told.
    """
    if not view.users.height:
        return ""
    if not on_loopback():
        return "the council's register of service users"
    noted = [one for one in view.users["notes"].unique(maintain_order=True) if one]
    return "; ".join(noted) or "the register names neither source nor date"


def areas_table(site: Site, view: BarView, unit: str) -> Table:
    """Every neighbourhood with the least and most that are below the bar, and those who use the service."""
    here = (pl.col("geography") == view.spec.geography) & (pl.col("unit") == unit)
    names = {area: name for (one, area), name in site.names.items() if one == view.spec.geography}
    users = view.users.drop("notes")
    frame = view.bounds.filter(here).join(users, on="area", how="left", maintain_order="left").with_columns(
        pl.col("area").replace_strict(names, default=None, return_dtype=pl.String).alias("area_name")
    )  # fmt: skip
    home = site.url("bars", view.id)

    def told(key: str) -> Any:
        def cell(row: Row) -> Cell:
            if row[key] is None:
                return Cell("cannot be told", css="wp-none")
            count = row[f"{key}_count"]
            people = f" (about {number(count)})" if count is not None else ""
            return Cell(f"{percent(row[key], 1)}{people}", css="wp-n")

        return cell

    def known(row: Row) -> Cell:
        return Cell(f"{row['known']} of {row['of']}", css="" if row["known"] == row["of"] else "wp-none")

    def interval(row: Row) -> Cell:
        return interval_cell(row, "most", "least_lower95", "most_upper95")

    columns = [
        link("area_name", "Area", lambda row: f"{home}?area={row['area']}"),
        Column("least", "At least", told("least"), hint=unit, numeric=True),
        Column("most", "At most", told("most"), hint=unit, numeric=True),
        Column("least_lower95", "With 95% intervals", interval, hint="from and to, %", numeric=True, sortable=False),
        Column("largest", "Largest lack", lambda row: Cell(row["largest"] or "")),
        Column("known", "Demands with a figure", known, numeric=True),
    ]
    if view.users.height:
        columns.append(Column("people", "Use the service", lambda row: Cell(number(row["people"]) or "not counted"),
                              hint="as the service counts them", numeric=True))  # fmt: skip
    return Table(
        id="areas",
        caption=f"{site.geographies[view.spec.geography].name}: {unit} below at least one measured demand",
        frame=frame.select("area", "area_name", pl.exclude("area", "area_name")),
        columns=columns,
        geography=view.spec.geography,
        source=sources_of(site, view),
        order="-least",
        page_size=25,
        meta={"bar": view.spec.name, "unit": unit},
    )
