"""The tables and map of an index, as several pages show them."""

from __future__ import annotations

import functools
from collections.abc import Callable

import polars as pl

from wholeplace.build import IndexView
from wholeplace.web import charts, maps
from wholeplace.web.site import Site
from wholeplace.web.table import Cell, Column, Filter, Row, Table, link, numbers, text
from wholeplace.web.words import Writer, end_words, number, percent

DECILES = [(str(decile), f"Tenth {decile}") for decile in range(1, 11)]
SHARE = Writer({"unit": "share", "decimals": "0"})


def area_link(site: Site, key: str = "area") -> Callable[[Row], str]:
    """The address of the profile of a row's area."""
    return lambda row: site.url("areas", row[key])


def source_of(index: IndexView) -> str:
    """The sources of an index's indicators, each once."""
    return "; ".join(dict.fromkeys(part["source"] for part in index.parts if part.get("source")))


def has_ranges(index: IndexView) -> bool:
    """Whether uncertainty was run for an index."""
    return "rank_p05" in index.scores.columns


def other_editions(site: Site, index: IndexView) -> list[IndexView]:
    """The indices an index can be an edition of: at least half of their main parts are the same; the newest first."""
    own = {part["id"] for part in index.spec["part"]}
    found = []
    for one in site.indices():
        parts = {part["id"] for part in one.spec["part"]}
        alike = 2 * len(own & parts) >= max(len(own), len(parts))
        if one.id != index.id and alike and end_words(one.spec) == end_words(index.spec):
            found.append(one)
    return sorted(found, key=lambda one: max(one.periods, default=""), reverse=True)


def ranking(site: Site, index: IndexView) -> Table:
    """Every area of an index with rank, score, decile and, where known, the range of its rank."""
    frame = index.scores.join(site.within(index.geography), on="area", how="left", maintain_order="left")
    first = ["rank", "area", "name", "within_name", "score", "decile"]
    known = [name for name in (*first, "rank_p05", "rank_p50", "rank_p95", "p_decile_1", "reference_rank",
                               "reference_decile", "population") if name in frame.columns]  # fmt: skip
    frame = frame.select(*known, *(name for name in frame.columns if name not in known))
    worst, _ = end_words(index.spec)
    columns = [
        numbers("rank", "Rank", number, hint=f"1: {worst}"),
        link("name", "Area", area_link(site)),
    ]
    filters = [Filter("decile", "Tenth", DECILES)]
    larger = site.coarser.get(index.geography)
    if larger:
        columns.append(text("within_name", "In"))
        names = site.build.areas.filter(pl.col("geography") == larger).sort("name")
        filters.append(Filter("within", site.geography_name(larger), names.select("area", "name").rows()))
    columns += [
        numbers("score", "Score", lambda value: number(value, 2)),
        numbers("decile", "Tenth", number, hint=f"of {site.name}"),
    ]
    if "reference_decile" in frame.columns:
        columns.append(numbers("reference_decile", "Tenth", number, hint="of all areas published"))
    if has_ranges(index):
        columns += range_columns(frame["rank"].count())
    return Table(
        id="ranking",
        caption=f"{index.name}: {site.geography_name(index.geography)}",
        frame=frame.with_columns(pl.col("name").fill_null(pl.col("area"))),
        columns=columns,
        geography=index.geography,
        source=source_of(index),
        filters=filters,
        search=("area", "name"),
        order="rank",
        meta={"period": ", ".join(index.periods)},
    )


def range_columns(n: int) -> list[Column]:
    """The range of a rank, in figures and drawn, and the chance of the first tenth."""

    def drawn(row: Row) -> Cell:
        if row["rank"] is None:
            return Cell()
        words = f"rank {row['rank']}, from {row['rank_p05']} to {row['rank_p95']} of {n}"
        return Cell(html=charts.mini_rank(row["rank"], row["rank_p05"], row["rank_p95"], n, words))

    def figures(row: Row) -> Cell:
        if row["rank"] is None:
            return Cell("no value", css="wp-none")
        return Cell(f"{number(row['rank_p05'])} to {number(row['rank_p95'])}", css="wp-n")

    return [
        Column("rank_p05", "Range of rank", figures, hint="9 of 10 draws", numeric=True),
        Column("rank_p95", "Drawn", drawn, hint=f"1 to {n:,}", sortable=False),
        numbers("p_decile_1", "Share of draws in tenth 1", percent),
    ]


def summaries(site: Site, index: IndexView) -> Table | None:
    """Population-weighted summaries of the larger areas, or None where there are none."""
    frame = index.summaries
    larger = site.coarser.get(index.geography)
    if larger is None or frame.is_empty():
        return None
    frame = frame.filter(pl.col("geography") == larger).drop("geography")
    if frame.is_empty():
        return None
    first, _ = end_words(index.spec)
    among = " of all published" if "reference_rank" in index.scores.columns else ""
    turned = f"high: {first}"  # the measures of these two count ranks from the other end
    return Table(
        id="larger",
        caption=f"{index.name}: {site.geography_name(larger)}",
        frame=frame,
        columns=[
            link("name", "Area", area_link(site)),
            numbers("areas", "Areas", number),
            numbers("population", "People", number),
            numbers("share_decile_1", "Areas in tenth 1", percent, hint=f"the {first.replace(' ', '-')} tenth{among}"),
            numbers("extent", "Extent", percent, hint="people in or near tenth 1"),
            numbers("average_rank", "Average rank", lambda value: number(value, 1), hint=turned),
            numbers("average_score", "Average score", lambda value: number(value, 1)),
            numbers("local_concentration", "Local concentration", lambda value: number(value, 1), hint=turned),
        ],
        geography=larger,
        source=source_of(index),
        order="-share_decile_1",
        then="extent",
        meta={"period": ", ".join(index.periods)},
    )


def index_map(site: Site, index: IndexView, name: str = "map") -> maps.AreaMap | None:
    """The map of an index by tenths; of larger areas by their share in tenth 1 where its own have no boundaries."""
    ends = end_words(index.spec)
    info = site.geographies.get(index.geography)
    if info is None or not (info.drawn or info.tiled):
        return larger_map(site, index, name)
    scored = index.scores.select("area", "rank", "decile").filter(pl.col("rank").is_not_null())
    n = scored.height
    said = functools.cache(
        lambda: {area: f"rank {rank:,} of {n:,}, tenth {decile}" for area, rank, decile in scored.iter_rows()}
    )

    def words(area: str, label: str) -> str:
        return f"{label}: {said().get(area, 'no score')}"

    legend = maps.decile_legend(ends)
    if n < info.areas:
        legend = [*legend, maps.LegendEntry("none", "no score")]
    title = f"Map of {index.name}, {info.name}, by tenths"
    colours = scored.select(pl.format("d{}", "decile")).to_series().to_list()
    kinds = dict(zip(scored["area"].to_list(), colours, strict=True))
    return maps.draw(site, index.geography, kinds, words, legend, title=title, name=name)


def larger_map(site: Site, index: IndexView, name: str = "map") -> maps.AreaMap | None:
    """Larger areas coloured by how much of each is in tenth 1 of an index."""
    larger = site.coarser.get(index.geography)
    if larger is None:
        return None
    rows = index.summaries.filter(pl.col("geography") == larger)
    values = dict(rows.select("area", "share_decile_1").drop_nulls().iter_rows())
    kinds, legend = maps.classes(values, SHARE)

    def words(area: str, label: str) -> str:
        return f"{label}: {percent(values[area])} of its areas in tenth 1" if area in values else f"{label}: no value"

    title = f"Map of {index.name}: share of areas in tenth 1, {site.geography_name(larger)}"
    return maps.draw(site, larger, kinds, words, legend, title=title, name=name)


def drawn_instead(site: Site, index: IndexView, drawn: maps.AreaMap | None) -> str:
    """A sentence that says why a map is not of the index's own areas; empty where it is."""
    if drawn is not None and drawn.geography == index.geography:
        return ""
    why = "There are no boundaries of these areas in the place folder"
    if drawn is None:
        return f"{why}, so there is no map. The table holds every area."
    return f"{why}, so the map shows larger areas and what share of each is in tenth 1. The table holds every area."
