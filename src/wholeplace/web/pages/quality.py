"""How good the registers are, what there is to mend, and how that has changed from build to build."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse

from wholeplace.web.estate import Estate
from wholeplace.web.pages.estate import thing_url
from wholeplace.web.rendering import render
from wholeplace.web.site import Site
from wholeplace.web.table import Cell, Column, Filter, Row, Table, numbers, show, text
from wholeplace.web.words import date, number, percent

#: What can be wrong with a record, in the words of the page.
RULES = {
    "invalid": "Not what the field holds",
    "dangling": "Names what is not there",
    "duplicate": "Probably there twice",
    "incomplete": "Incomplete",
    "stale": "Long not looked at",
}

Made = dict[str, Callable[[], Table | None]]


def shares_table(site: Site) -> Table:
    """Every register, and every organisation of it, with its shares and counts."""
    estate = site.estate
    frame = estate.quality("quality").with_columns(
        pl.col("organisation").is_null().alias("_whole"),
        pl.col("organisation").fill_null("").alias("organisation"),
        pl.when(pl.col("undated") < pl.col("records")).then(pl.col("stale")).alias("stale"),  # no dates is not 0
    )

    def register(row: Row) -> Cell:
        return Cell(estate.kind(row["register"]).title, href=site.url("estate", "registers", row["register"]))

    def organisation(row: Row) -> Cell:
        name = row["organisation"]
        said = "none named" if not name else estate.label(f"organisation:{name}")
        return Cell("all" if row["_whole"] else said)

    order = {name: place for place, name in enumerate(estate.registers)}
    frame = frame.with_columns(pl.col("register").replace_strict(order, default=len(order)).alias("_order"))
    frame = frame.sort("_order", pl.col("_whole").not_(), "organisation")
    return Table(
        id="shares",
        caption="Quality by register and organisation",
        frame=frame,
        columns=[
            Column("register", "Register", register, head=True),
            Column("organisation", "Organisation", organisation),
            numbers("records", "Records", number),
            numbers("completeness", "Complete", percent, hint="wanted fields filled"),
            numbers("validity", "Valid", percent, hint="cells as they should be"),
            numbers("dangling", "Dangling", number, hint="references to nothing"),
            numbers("duplicates", "Twice", number, hint="probably"),
            numbers("stale", "Stale", number, hint="past their review"),
        ],
        filters=[Filter("register", "Register", [(name, estate.kind(name).title) for name in estate.registers])],
    )


def mends_table(site: Site) -> Table:
    """Every fault of every record."""
    estate = site.estate
    frame = estate.quality("quality-mends")
    organisations = sorted(name for name in frame["organisation"].unique() if name)
    return Table(
        id="mends",
        caption="What to mend",
        frame=frame.with_columns(pl.Series("_called", [estate.label(thing) for thing in frame["thing"]], pl.String)),
        columns=[
            Column(
                "_called", "Record", lambda row: Cell(row["_called"], thing_url(site, estate, row["thing"])), head=True
            ),
            Column("register", "Register", lambda row: Cell(estate.kind(row["register"]).title)),
            Column("rule", "What is wrong", lambda row: Cell(RULES[row["rule"]])),
            text("message", "In detail", sortable=False),
        ],
        filters=[
            Filter("register", "Register", [(name, estate.kind(name).title) for name in estate.registers]),
            Filter("rule", "What is wrong", list(RULES.items())),
            Filter(
                "organisation", "Organisation", [(name, estate.label(f"organisation:{name}")) for name in organisations]
            ),
        ],
        search=("_called", "message"),
    )


def history_table(site: Site) -> Table:
    """All registers together, at each build after which the figures were others."""
    whole = site.estate.quality("quality-history").filter(pl.col("organisation").is_null())
    sums = [
        pl.col(name).sum()
        for name in ("records", "wanted", "filled", "cells", "invalid", "dangling", "duplicates", "stale")
    ]
    frame = whole.group_by("built", maintain_order=True).agg(sums)
    frame = (
        frame.with_columns(
            (pl.col("filled") / pl.when(pl.col("wanted") > 0).then(pl.col("wanted"))).alias("completeness"),
            (1 - pl.col("invalid") / pl.when(pl.col("cells") > 0).then(pl.col("cells"))).alias("validity"),
        )
        .drop("wanted", "filled", "cells", "invalid")
        .reverse()
    )
    return Table(
        id="history",
        caption="All registers, build by build",
        frame=frame,
        columns=[
            Column(
                "built", "Built", lambda row: Cell(f"{date(row['built'][:10])}, {row['built'][11:16]} UTC"), head=True
            ),
            numbers("records", "Records", number),
            numbers("completeness", "Complete", percent),
            numbers("validity", "Valid", percent),
            numbers("dangling", "Dangling", number),
            numbers("duplicates", "Twice", number),
            numbers("stale", "Stale", number),
        ],
    )


def mends_of(estate: Estate, thing: str) -> list[dict[str, Any]]:
    """What there is to mend in one record."""
    rows = estate.quality("quality-mends").filter(pl.col("thing") == thing)
    return [{"rule": RULES[row["rule"]], "message": row["message"]} for row in rows.to_dicts()]


def tables(site: Site, params: Mapping[str, str]) -> Made:
    """The tables of the page."""
    if not site.estate.registers:
        return {}
    return {
        "shares": lambda: shares_table(site),
        "mends": lambda: mends_table(site),
        "history": lambda: history_table(site),
    }


def view(request: HttpRequest, site: Site) -> HttpResponse:
    """Quality, what to mend, and its history."""
    if not site.estate.registers:
        raise Http404(f"{site.name} has no registers yet.")
    return render(
        request,
        "quality.html",
        site,
        title="Quality of the registers",
        nav="estate",
        trail=[("Estate", site.url("estate"))],
        shares=show(shares_table(site), request.GET),
        mends=show(mends_table(site), request.GET),
        history=show(history_table(site), {}),
        months=site.build.place.get("review_months"),
    )
