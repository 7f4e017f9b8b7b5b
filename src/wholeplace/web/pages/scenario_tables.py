"""The tables of a scenario's page."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from wholeplace.build import ScenarioView
from wholeplace.resilience.results.clock import hours, moment
from wholeplace.web.chances import chances, people, spreads, with_intervals
from wholeplace.web.site import Site
from wholeplace.web.table import Cell, Column, Filter, Row, Table, link
from wholeplace.web.timeline import level_words
from wholeplace.web.words import first_upper, number, percent

#: Rows of a table that the page shows; downloads hold all.
MOST_SHOWN = 20
#: What may become of a service, the worst first.
FATES = ("may pass a limit", "may stop", "may go on at less", "untouched")
_SHARES = ("p_down", "p_over_rto", "p_over_max_tolerable")


def _source(site: Site) -> str:
    return f"simulated by Wholeplace from the registers of {site.name}"


def services_frame(site: Site, view: ScenarioView) -> pl.DataFrame:
    """Every figure of every service, with its limits, Wilson intervals and what may become of it; the worst first."""
    frame = with_intervals(view.items, view.result["trials"], *_SHARES)
    exact = pl.col("item").is_in(view.about["exact"])
    ends = [pl.when(exact).then(None).otherwise(pl.col(f"p_down_{end}")).alias(f"p_down_{end}")
            for end in ("lower95", "upper95")]  # fmt: skip
    over = pl.max_horizontal("p_over_rto", "p_over_max_tolerable").fill_null(0.0)
    fate = (
        pl.when(over > 0)
        .then(pl.lit(FATES[0]))
        .when(pl.col("p_down") > 0)
        .then(pl.lit(FATES[1]))
        .when(pl.col("downtime_h_mean") > 0)
        .then(pl.lit(FATES[2]))
        .otherwise(pl.lit(FATES[3]))
    )
    records = [site.estate.record(item) or {} for item in frame["item"]]
    limits = [pl.Series(name, [record.get(name) for record in records], dtype=pl.String).str.strip_chars()
              .cast(pl.Float64, strict=False) for name in ("rto_h", "max_tolerable_h")]  # fmt: skip
    names = pl.Series("name", [site.estate.label(item) for item in frame["item"]], dtype=pl.String)
    frame = frame.with_columns(*ends, fate.alias("fate"), over.alias("_over"), names, *limits)
    first = ["item", "name", "fate", "rto_h", "max_tolerable_h"]
    worst = ["_over", "p_over_max_tolerable", "p_down", "downtime_h_mean"]
    fates = pl.col("fate").cast(pl.Enum(FATES))
    descending = [False, *(True for _ in worst), False]
    return frame.select(*first, pl.exclude(first)).sort(fates, *worst, "name", descending=descending, nulls_last=True)


def services_table(site: Site, view: ScenarioView) -> Table:
    """What the scenario does to each service."""
    frame = services_frame(site, view)
    there = set(frame["fate"])

    def name(row: Row) -> Cell:
        note = "fewer than 10 trials" if row["few"] and row["p_down"] else ""
        return Cell(row["name"], href=site.url("estate", "things", row["item"]), note=note)

    def passes(key: str, label: str, limit_h: str) -> Column:
        def limit(row: Row) -> str:
            return "" if row[limit_h] is None else f"limit {hours(row[limit_h])}"

        return chances(key, label, none=_says("no limit given"), note=limit)

    spread_hint, size_hint = "mean; then half, 90% and 99% of trials", "m: million, bn: billion"
    return Table(
        id="services",
        caption="Services",
        frame=frame,
        columns=[
            Column("name", "Service", name, head=True),
            chances("p_down", "Has an outage", none=_says("not told")),
            passes("p_over_rto", "Passes its recovery time objective", "rto_h"),
            passes("p_over_max_tolerable", "Passes its longest tolerable outage", "max_tolerable_h"),
            spreads("downtime_h", "Hours lost", hint=spread_hint, none=_says("not told")),
            spreads("longest_outage_h", "Longest outage, hours", hint="the same", none=_says("not told")),
            spreads("person_hours_lost", "Person-hours lost", hint=size_hint, none=_says("users not known")),
        ],
        filters=[Filter("fate", "What may become of it", [(one, first_upper(one)) for one in FATES if one in there])],
        search=("name", "item"),
        source=_source(site),
        page_size=MOST_SHOWN,
    )


def _says(words: str) -> Callable[[Row], str]:
    """The same words for every row."""
    return lambda row: words


def areas_table(site: Site, view: ScenarioView) -> Table:
    """Person-hours lost by area, those that lose most first."""
    frame = view.areas.sort("person_hours_lost_mean", "area", descending=[True, False], nulls_last=True)
    several = frame["geography"].n_unique() > 1

    def name(row: Row) -> Cell:
        return Cell(row["name"], href=site.url("areas", row["area"]) if row["area"] in site.homes else "")

    def geography(row: Row) -> Cell:
        known = row["geography"] in site.geographies
        return Cell(site.geographies[row["geography"]].name if known else site.name)

    return Table(
        id="areas",
        caption="Person-hours lost by area",
        frame=frame,
        columns=[
            Column("name", "Area", name, head=True),
            *([Column("geography", "Of", geography)] if several else []),
            people("Person-hours lost", none="residents not known"),
        ],
        source=_source(site),
        page_size=MOST_SHOWN,
    )


def groups_table(site: Site, view: ScenarioView) -> Table:
    """Person-hours lost by group of users."""
    return Table(
        id="groups",
        caption="Person-hours lost by group",
        frame=view.groups.sort("person_hours_lost_mean", "group", descending=[True, False], nulls_last=True),
        columns=[
            Column("group", "Group", lambda row: Cell(first_upper(row["group"].replace("-", " "))), head=True),
            people("Person-hours lost", none="users not known"),
        ],
        source=_source(site),
        page_size=MOST_SHOWN,
    )


def importance_table(site: Site, view: ScenarioView) -> Table | None:
    """What matters most to the service that is most likely to pass its limits; None where there is no such service."""
    rows = view.result.get("importance")
    if not rows:
        return None
    numbers = dict.fromkeys(("birnbaum", "raw", "rrw"), pl.Float64)
    flags = dict.fromkeys(("raw_infinite", "rrw_infinite"), pl.Boolean)
    frame = pl.DataFrame(rows, schema={"item": pl.String, **numbers, **flags})
    names = pl.Series("name", [site.estate.label(item) for item in frame["item"]], dtype=pl.String)
    frame = frame.with_columns(names).sort("birnbaum", "item", descending=[True, False])

    def times(key: str, without_end: str) -> Column:
        def cell(row: Row) -> Cell:
            if row[f"{key}_infinite"]:
                return Cell(without_end)
            return (
                Cell("not known", css="wp-none") if row[key] is None else Cell(f"{number(row[key], 2)} ×", css="wp-n")
            )

        labels = {
            "raw": ("If it fails", "times as often (RAW)"),
            "rrw": ("If it cannot fail", "times less often (RRW)"),
        }
        return Column(key, labels[key][0], cell, hint=labels[key][1], numeric=True)

    def difference(row: Row) -> Cell:
        share = row["birnbaum"]
        return Cell(percent(share, 1) if share > 0 else f"{number(100 * share, 1 if share else 0)}%", css="wp-n")

    return Table(
        id="importance",
        caption="What matters most",
        frame=frame.select("item", "name", *numbers, *flags),
        columns=[
            link("name", "If this fails, or cannot fail", lambda row: site.url("estate", "things", row["item"])),
            Column("birnbaum", "Difference in the chance", difference, hint="of an outage (Birnbaum)", numeric=True),
            times("raw", "never without it"),
            times("rrw", "never again"),
        ],
        source=_source(site),
        page_size=MOST_SHOWN,
    )


def _spells(site: Site, view: ScenarioView, story: str) -> pl.DataFrame:
    """Spells below level 1 of one trial, or of both, with the names of things, services first."""
    frame = view.spells.filter(pl.col("story") == story) if story else view.spells
    labels = pl.Series("label", [site.estate.label(item) for item in frame["item"]], dtype=pl.String)
    return frame.with_columns(labels, pl.col("item").str.starts_with("service:").alias("_service"))


def spells_of_services(site: Site, view: ScenarioView, story: str) -> pl.DataFrame:
    """Spells of services below level 1 in one trial, in order of the first of each."""
    return _spells(site, view, story).filter("_service")


def timeline_table(site: Site, view: ScenarioView, story: str = "", *, services_only: bool = False) -> Table:
    """When things were below their usual level in a trial; without a `story` in both trials that are told."""
    frame = spells_of_services(site, view, story) if services_only else _spells(site, view, story)
    start, horizon_h = view.start, view.about["horizon_h"]

    def lasted(row: Row) -> Cell:
        return Cell(hours(row["end_h"] - row["start_h"]) + (", not back" if row["end_h"] >= horizon_h else ""))

    return Table(
        id=f"timeline-{story}" if story else "timeline",
        caption=f"Services below their usual level in the {story} trial" if story else "Two trials",
        frame=frame.rename({"label": "name"}),
        columns=[
            link("name", "Service", lambda row: site.url("estate", "things", row["item"])),
            Column("level", "Was", lambda row: Cell(level_words(row["level"]))),
            Column("start_h", "From", lambda row: Cell(first_upper(moment(row["start_h"], start).removeprefix("at ")))),
            Column("end_h", "For", lasted),
        ],
        source=_source(site),
        page_size=500,
    )  # fmt: skip
