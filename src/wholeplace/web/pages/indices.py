"""Indices: the list, the page of one, and what its ranking hangs on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse

from wholeplace.build import IndexView
from wholeplace.measure.describe import SCALE_NAMES
from wholeplace.web import charts, maps
from wholeplace.web.frames import frame_lines
from wholeplace.web.pages import checklist, index_tables
from wholeplace.web.rendering import render
from wholeplace.web.site import Site
from wholeplace.web.table import Cell, Column, Row, Table, link, numbers, show, text
from wholeplace.web.words import end_words, number, percent, period, periods

SOURCE_NAMES = {
    "weights": "The weights",
    "normalisation": "How indicators are put on one scale",
    "aggregation": "How parts are combined",
    "intervals": "The indicators within their intervals",
}
#: What the choices that were drawn among are called.
CHOICE_NAMES = {
    "as published": "as written",
    **SCALE_NAMES,
    "arithmetic": "weighted sum",
    "geometric": "weighted geometric mean",
    "harmonic": "weighted harmonic mean",
    "median": "weighted median",
}
#: So many areas at the top of a ranking are drawn with the range of their rank.
MOST_DRAWN_RANKS = 25


def find_index(site: Site, name: str) -> IndexView:
    """An index by id; Http404 where there is none."""
    if name not in site.build.indices:
        raise Http404(f"There is no index {name!r} in {site.name}.")
    return site.build.index(name)


def list_tables(site: Site, params: Mapping[str, str]) -> dict[str, Callable[[], Table | None]]:
    """The one table of the list of indices."""
    return {"indices": lambda: list_table(site)}


def list_table(site: Site) -> Table:
    """Every index."""
    rows = [
        {
            "index": index.id,
            "name": index.name,
            "areas": index.scores["rank"].count(),
            "geography": site.geography_name(index.geography),
            "indicators": sum(1 for part in index.parts if part["indicator"]),
            "period": ", ".join(index.periods),
            "source": index_tables.source_of(index),
        }
        for index in site.indices()
    ]
    schema = {**dict.fromkeys(("index", "name", "geography", "period", "source"), pl.String), "areas": pl.Int64,
              "indicators": pl.Int64}  # fmt: skip
    return Table(
        id="indices",
        caption=f"Indices of {site.name}",
        frame=pl.DataFrame(rows, schema=schema),
        columns=[
            link("name", "Index", lambda row: site.url("indices", row["index"])),
            text("geography", "Of"),
            numbers("areas", "Areas ranked", number),
            numbers("indicators", "Indicators", number),
            Column("period", "Figures of", lambda row: Cell(periods(row["period"].split(", ")))),
            text("source", "Source", sortable=False),
        ],
    )


def list_view(request: HttpRequest, site: Site) -> HttpResponse:
    """Every index."""
    return render(
        request,
        "indices.html",
        site,
        title="Indices",
        nav="indices",
        table=show(list_table(site), request.GET),
    )


def tables(site: Site, params: Mapping[str, str], *, index: str) -> dict[str, Callable[[], Table | None]]:
    """The tables of the page of an index."""
    one = find_index(site, index)
    return {
        "ranking": lambda: index_tables.ranking(site, one),
        "larger": lambda: index_tables.summaries(site, one),
        "parts": lambda: parts_table(site, one),
        "people": lambda: checklist.people_table(one),
        "missing": lambda: checklist.missing_table(one),
    }


def area_map(site: Site, params: Mapping[str, str], *, index: str) -> maps.AreaMap | None:
    """The map of the page of an index."""
    return index_tables.index_map(site, find_index(site, index))


def view(request: HttpRequest, site: Site, *, index: str) -> HttpResponse:
    """The page of an index: map, ranking, larger areas, method and weights."""
    one = find_index(site, index)
    larger = index_tables.summaries(site, one)
    drawn = index_tables.index_map(site, one)
    missing = checklist.missing_table(one)
    return render(
        request,
        "index.html",
        site,
        title=one.name,
        nav="indices",
        trail=[("Indices", site.url("indices"))],
        index=one,
        ends=end_words(one.spec),
        geography=site.geography_name(one.geography),
        sentences=[s for s in site.build.sentences if s.get("link") == {"kind": "index", "id": one.id}],
        map=drawn,
        framed=frame_lines(request, site, ("indices", one.id), one.name, [("Map", "")]) if drawn else [],
        instead=index_tables.drawn_instead(site, one, drawn),
        ranking=show(index_tables.ranking(site, one), request.GET),
        larger=larger and show(larger, None),
        parts=show(parts_table(site, one), None),
        people=show(checklist.people_table(one), None),
        missing=missing and show(missing, None),
        uncertain=index_tables.has_ranges(one),
        draws=(one.uncertainty or {}).get("draws"),
        source=index_tables.source_of(one),
        figure=one.name,
        editions=bool(index_tables.other_editions(site, one)),
    )


def parts_table(site: Site, index: IndexView) -> Table:
    """What an index is made of: parts at every level with their weights."""
    frame = pl.DataFrame(index.parts, infer_schema_length=None)

    def name(row: Row) -> Cell:
        href = site.url("indicators", row["indicator"]) if row["indicator"] else ""
        return Cell(row["name"], href=href, css=f"wp-depth-{row['depth']}")

    def direction(row: Row) -> Cell:
        return Cell((row["direction"] or "").replace("-", " "))

    def sure(row: Row) -> Cell:
        if not row["indicator"]:
            return Cell()
        return Cell(
            "95% interval" if row["has_interval"] else "published without", css="" if row["has_interval"] else "wp-none"
        )

    return Table(
        id="parts",
        caption="Parts and weights",
        frame=frame,
        columns=[
            Column("name", "Part", name, head=True, sortable=False),
            Column("weight", "Weight", lambda row: Cell(number(row["weight"], 3), css="wp-n"), hint="in its group",
                   numeric=True, sortable=False),
            Column("direction", "Direction", direction, sortable=False),
            Column("period", "Date", lambda row: Cell(period(row["period"])), sortable=False),
            Column("source", "Source", lambda row: Cell(row["source"] or ""), sortable=False),
            Column("has_interval", "Uncertainty", sure, sortable=False),
        ],
        source=index_tables.source_of(index),
        page_size=500,
    )  # fmt: skip


def uncertainty_tables(site: Site, params: Mapping[str, str], *, index: str) -> dict[str, Callable[[], Table | None]]:
    """The tables of the uncertainty page."""
    one = find_index(site, index)
    if not one.uncertainty:
        return {}
    return {"sources": lambda: sources_table(one), "ranges": lambda: widest_table(site, one)}


def uncertainty_view(request: HttpRequest, site: Site, *, index: str) -> HttpResponse:
    """What each choice moves, and how far ranks can be trusted."""
    one = find_index(site, index)
    trail = [("Indices", site.url("indices")), (one.name, site.url("indices", one.id))]
    context: dict[str, Any] = {"index": one, "about": one.uncertainty, "geography": site.geography_name(one.geography)}
    if one.uncertainty and index_tables.has_ranges(one):
        context |= {
            "sources": show(sources_table(one), None),
            "moved": moved_chart(one),
            "top": top_chart(site, one),
            "table": show(widest_table(site, one), request.GET),
            "names": SOURCE_NAMES,
            "ends": end_words(one.spec),
            "robust": one.checklist["steps"][6]["data"],
        }
    title = f"How sure is the ranking? {one.name}"
    return render(request, "uncertainty.html", site, title=title, nav="indices", trail=trail,
                  figure=f"the uncertainty of {one.name}", **context)  # fmt: skip


def sources_table(index: IndexView) -> Table:
    """What each source of uncertainty moves by itself and together with the others."""
    rows = [
        {
            "source": one["id"],
            "_name": SOURCE_NAMES.get(one["id"], one["id"]),
            "included": "yes" if one["included"] else "no",
            "why_not": one["why_not"],
            "choices": ", ".join(one.get("choices") or []),
            "left_out": "; ".join(one.get("left_out") or []),
            **{key: one.get(key) for key in ("mean_rank_shift", "s1", "s1_half_width", "st", "st_half_width")},
        }
        for one in (index.uncertainty or {})["sources"]
    ]
    figures = ("mean_rank_shift", "s1", "s1_half_width", "st", "st_half_width")
    texts = ("source", "_name", "included", "why_not", "choices", "left_out")
    schema = {**dict.fromkeys(texts, pl.String), **dict.fromkeys(figures, pl.Float64)}

    def places(row: Row) -> Cell:
        if row["mean_rank_shift"] is None:
            return Cell(f"not varied: {row['why_not']}", css="wp-none wp-sentence")
        return Cell(number(row["mean_rank_shift"], 1), css="wp-n")

    def share(key: str) -> Callable[[Row], Cell]:
        def cell(row: Row) -> Cell:
            if row[key] is None:
                return Cell()
            half = row[f"{key}_half_width"]
            margin = f" (± {number(100 * half)})" if half is not None else ""
            # an estimate may fall outside 0 to 1
            return Cell(percent(min(max(row[key], 0.001), 0.999)) + margin, css="wp-n")

        return cell

    names = {part["id"]: part["name"] for part in index.parts} | CHOICE_NAMES

    def varied(row: Row) -> Cell:
        if row["source"] == "weights":
            return Cell("drawn around the weights as written", css="wp-sentence")
        words = "; ".join(names.get(one, one) for one in (row["choices"] or "").split(", "))
        return Cell(f"{words}. Left out: {row['left_out']}" if row["left_out"] else words, css="wp-sentence")

    return Table(
        id="sources",
        caption="What each choice moves",
        frame=pl.DataFrame(rows, schema=schema),
        columns=[
            Column("_name", "Choice", lambda row: Cell(row["_name"]), head=True, sortable=False),
            Column("mean_rank_shift", "Places moved", places, hint="an area, on average", numeric=True, sortable=False),
            Column(
                "s1", "Explains alone", share("s1"), hint="of how whole rankings differ", numeric=True, sortable=False
            ),
            Column("st", "With the others", share("st"), hint="joint effects counted in", numeric=True, sortable=False),
            Column("choices", "What was varied", varied, sortable=False),
        ],
    )


def moved_chart(index: IndexView) -> Any:
    """Bars of how many places each choice moves an area."""
    sources = [one for one in (index.uncertainty or {})["sources"] if one["mean_rank_shift"] is not None]
    rows = [
        (SOURCE_NAMES.get(one["id"], one["id"]), one["mean_rank_shift"], f"{number(one['mean_rank_shift'], 1)} places")
        for one in sources
    ]
    said = "; ".join(f"{name}: {shown}" for name, _, shown in rows)
    return charts.bars(rows, title="Places moved by each choice alone", about=f"{said}.", name="moved")


def top_chart(site: Site, index: IndexView) -> Any:
    """The areas at the top of the ranking with the range of their rank."""
    top = index.scores.filter(pl.col("rank").is_not_null()).sort("rank", "area").head(MOST_DRAWN_RANKS)
    rows = [
        (
            f"{row['rank']}. {row['name'] or row['area']}",
            float(row["rank"]),
            float(row["rank_p05"]),
            float(row["rank_p95"]),
        )
        for row in top.iter_rows(named=True)
    ]
    high = max(row[3] for row in rows)
    said = "; ".join(f"{name}: {low:.0f} to {high_:.0f}" for name, _, low, high_ in rows[:5])
    return charts.intervals(
        rows, low=1, high=high, title="Range of rank of the areas ranked first", about=f"{said}; and so on.", name="top"
    )


def widest_table(site: Site, index: IndexView) -> Table:
    """Every area with the width of the range of its rank, widest first."""
    table = index_tables.ranking(site, index)
    names = ["area", "name", "rank", "rank_p05", "rank_p50", "rank_p95", "p_decile_1"]
    frame = table.frame.select(*names, (pl.col("rank_p95") - pl.col("rank_p05")).alias("width"))
    return Table(
        id="ranges",
        caption="Range of rank of every area",
        frame=frame,
        columns=[
            link("name", "Area", index_tables.area_link(site)),
            numbers("rank", "Rank", number),
            *index_tables.range_columns(frame["rank"].count()),
            numbers("width", "Width", number, hint="places from end to end"),
        ],
        geography=index.geography,
        source=table.source,
        search=("area", "name"),
        order="-width",
        page_size=25,
    )
