"""The ten steps of making an index, whom its parts count, and what it has no data for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl
from django.http import HttpRequest, HttpResponse
from markupsafe import Markup

from wholeplace.build import IndexView
from wholeplace.place.findings import counted
from wholeplace.web.pages import index_tables, indices
from wholeplace.web.rendering import render
from wholeplace.web.site import Site
from wholeplace.web.table import Cell, Column, Row, Table, show, text
from wholeplace.web.words import number, period

#: The style and the words of each state.
STATES = {
    "done": ("wp-tag", "Done"),
    "look": ("wp-tag wp-tag--warning", "To look at"),
    "open": ("wp-tag wp-tag--error", "Open"),
}


def tables(site: Site, params: Mapping[str, str], *, index: str) -> dict[str, Callable[[], Table | None]]:
    """The table of the checklist."""
    one = indices.find_index(site, index)
    return {"steps": lambda: steps_table(one), "pairs": lambda: pairs_table(one)}


def view(request: HttpRequest, site: Site, *, index: str) -> HttpResponse:
    """The ten steps as far as they are known of an index."""
    one = indices.find_index(site, index)
    return render(
        request,
        "checklist.html",
        site,
        title=f"Ten steps of making an index: {one.name}",
        nav="indices",
        trail=[("Indices", site.url("indices")), (one.name, site.url("indices", one.id))],
        index=one,
        found=one.checklist,
        table=show(steps_table(one), None),
        pairs=show(pairs_table(one), request.GET),
        states=STATES,
        source=index_tables.source_of(one),
        figure=f"the checklist of {one.name}",
    )


def steps_table(index: IndexView) -> Table:
    """One row a step."""
    rows = [
        {key: step[key] for key in ("number", "title", "state", "sentence", "said", "do")}
        for step in index.checklist["steps"]
    ]
    return Table(
        id="steps",
        caption="The ten steps",
        frame=pl.DataFrame(rows),
        columns=[
            Column("title", "Step", lambda row: Cell(f"{row['number']}. {row['title']}", href=f"#step-{row['number']}"),
                   head=True, sortable=False),
            Column("state", "State", lambda row: Cell(html=tag(row["state"])), sortable=False),
            text("sentence", "What the program found", sortable=False, css="wp-sentence"),
        ],
        source=index_tables.source_of(index),
    )  # fmt: skip


def tag(state: str) -> Markup:
    """A state as a coloured word."""
    return Markup('<strong class="{}">{}</strong>').format(*STATES[state])


def pairs_table(index: IndexView) -> Table:
    """How closely each two indicators of an index go together, the closest first."""
    names = {part["id"]: part["name"] for part in index.parts}
    step = index.checklist["steps"][3]
    schema = {"part": pl.String, "other": pl.String, "correlation": pl.Float64}
    frame = pl.DataFrame(step["data"]["correlations"], schema=schema)

    def correlation(row: Row) -> Cell:
        if row["correlation"] is None:
            return Cell("not known", css="wp-none")
        return Cell(number(row["correlation"], 2), css="wp-n")

    return Table(
        id="pairs",
        caption="How closely indicators go together",
        frame=frame.sort("correlation", descending=True, nulls_last=True, maintain_order=True),
        columns=[
            Column("part", "Indicator", lambda row: Cell(names[row["part"]]), head=True),
            Column("other", "With", lambda row: Cell(names[row["other"]])),
            Column("correlation", "Correlation", correlation, numeric=True),
        ],
        source=index_tables.source_of(index),
        page_size=15,
    )


def people_table(index: IndexView) -> Table:
    """Whom each indicator counts in the whole place."""
    schema = {**dict.fromkeys(("part", "name", "whom", "period", "source"), pl.String), "count": pl.Float64,
              "areas_without": pl.Int64}  # fmt: skip

    good = {part["id"] for part in index.parts if part["direction"] == "high-is-better"}

    def part(row: Row) -> Cell:
        return Cell(row["name"], note="more is better" if row["part"] in good else "")

    def count(row: Row) -> Cell:
        if row["count"] is None:
            return Cell("published without counts", css="wp-none")
        without = f"{counted(row['areas_without'], 'area')} hidden or missing" if row["areas_without"] else ""
        return Cell(number(row["count"]), note=without, css="wp-n")

    return Table(
        id="people",
        caption="Whom each part counts",
        frame=pl.DataFrame(index.people, schema=schema),
        columns=[
            Column("name", "Part", part, head=True, sortable=False),
            Column("count", "Counted", count, numeric=True, sortable=False),
            Column("whom", "Whom", lambda row: Cell(row["whom"] or ""), sortable=False),
            Column("period", "Date", lambda row: Cell(period(row["period"])), sortable=False),
            text("source", "Source", sortable=False),
        ],
        source=index_tables.source_of(index),
        page_size=500,
    )


def missing_table(index: IndexView) -> Table | None:
    """Dimensions that belong to the index and have no data; None where every dimension has some."""
    rows = index.spec.get("missing") or []
    if not rows:
        return None
    schema = dict.fromkeys(("id", "name", "why", "where_to_get"), pl.String)
    return Table(
        id="missing",
        caption="What belongs here and has no data",
        frame=pl.DataFrame(rows, schema=schema),
        columns=[
            Column("name", "What", lambda row: Cell(row["name"]), head=True, sortable=False),
            text("why", "Why there is none", sortable=False, css="wp-sentence"),
            text("where_to_get", "Where to get it", sortable=False, css="wp-sentence"),
        ],
        page_size=500,
    )
