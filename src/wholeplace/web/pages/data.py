"""The data page: every source table with what it holds, what is missing, and what the check found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import polars as pl
from django.http import HttpRequest, HttpResponse

from wholeplace.build.registers import is_of_registers
from wholeplace.web.rendering import render
from wholeplace.web.settings import on_loopback
from wholeplace.web.site import Site
from wholeplace.web.table import Cell, Column, Filter, Row, Table, numbers, show, text
from wholeplace.web.words import date, first_upper, number, period, plural

LEVELS = ("error", "warning", "notice")


def tables(site: Site, params: Mapping[str, str]) -> dict[str, Callable[[], Table | None]]:
    """The tables of the page: the source tables and the findings."""
    return {
        "tables": lambda: sources_table(site),
        "findings": lambda: findings_table(site),
        "sources": lambda: licences_table(site),
    }


def plain_file(file: str) -> str:
    """A file's name without the folder that it happens to lie in."""
    return file.rpartition("/")[2]


def sources_table(site: Site) -> Table:
    """Every source table, once for each geography and period."""
    frame = site.build.tables.with_columns(
        pl.col(name).list.join("; ").alias(name)
        for name, kind in site.build.tables.schema.items()
        if isinstance(kind, pl.List)
    )

    def indicators(row: Row) -> Cell:
        names = row["indicators"].split("; ")
        first = site.indicators[names[0]]["name"] if names[0] in site.indicators else names[0]
        words = first if len(names) == 1 else f"{first} and {len(names) - 1} more"
        return Cell(words, href=site.url("indicators", names[0]) if names[0] in site.indicators else "")

    def gaps(row: Row) -> Cell:
        said = [
            f"{plural(row[key], 'figure' if key != 'areas_missing' else 'area')} {words}"
            for key, words in (("areas_missing", "without a row"), ("missing", "missing"), ("suppressed", "suppressed"))
            if row.get(key)
        ]
        return Cell(", ".join(said) or "none")

    return Table(
        id="tables",
        caption="Source tables",
        frame=frame,
        columns=[
            Column("file", "Table", lambda row: Cell(plain_file(row["file"]), css="wp-code"), head=True),
            Column("indicators", "Holds", indicators),
            Column("geography", "For", lambda row: Cell(site.geography_name(row["geography"]))),
            Column("period", "Date", lambda row: Cell(period(row["period"]))),
            Column(
                "sources",
                "Source and licence",
                lambda row: Cell(f"{row['sources']}. {row['licences']}", css="wp-sentence"),
            ),
            numbers("rows", "Rows", number),
            numbers("rows_outside", "Rows of other places", number),
            Column("suppressed", "Gaps", gaps),
        ],
        filters=[Filter("geography", "For", [(one.id, one.name) for one in site.geographies.values()])],
        search=("file", "sources", "indicators"),
        page_size=500,
    )


def licences_table(site: Site) -> Table:
    """Every source with its publisher, licence, address, dates and caveats.

    Several caveats are counted here and told on the pages of their indicators: one after the other nobody reads them.
    """
    keys = ["source", "publisher", "licence", "url", "issued", "next_update"]
    grouped = site.build.indicators.group_by(keys, maintain_order=True).agg(
        pl.len().alias("indicators"), pl.col("caveats").filter(pl.col("caveats") != "").unique(maintain_order=True)
    )
    several = pl.format("{} caveats, told on the pages of its indicators", pl.col("caveats").list.len())
    one = pl.col("caveats").list.first().fill_null("")
    frame = grouped.with_columns(
        pl.when(pl.col("caveats").list.len() > 1).then(several).otherwise(one).alias("caveats")
    )

    def source(row: Row) -> Cell:
        return Cell(row["source"], href=row["url"] if (row["url"] or "").startswith(("http://", "https://")) else "")

    def held(row: Row) -> Cell:
        return Cell(number(row["indicators"]), href=f"{site.url('indicators')}?{urlencode({'source': row['source']})}")

    return Table(
        id="sources",
        caption="Sources and licences",
        frame=frame,
        columns=[
            Column("source", "Source", source, head=True),
            text("publisher", "Publisher"),
            text("licence", "Licence"),
            Column("issued", "Issued", lambda row: Cell(date(row["issued"]), css="wp-date")),
            Column("next_update", "Next expected", lambda row: Cell(date(row["next_update"]) or "not said")),
            Column("indicators", "Indicators", held, numeric=True),
            Column("caveats", "Caveats", lambda row: Cell(row["caveats"], css="wp-long")),
        ],
        page_size=500,
    )


def findings_table(site: Site) -> Table:
    """What the check of the place folder found."""
    schema = dict.fromkeys(("level", "rule", "file", "row", "column", "value", "message"), pl.String)
    told = [one for one in site.build.findings if on_loopback() or not is_of_registers(one.get("file") or "")]
    rows = [{key: None if one.get(key) is None else str(one[key]) for key in schema} for one in told]
    frame = pl.DataFrame(rows, schema=schema)
    rank = {level: place for place, level in enumerate(LEVELS)}
    frame = frame.with_columns(pl.col("level").replace_strict(rank, default=9).alias("_rank"))
    return Table(
        id="findings",
        caption="What the check found",
        frame=frame,
        columns=[
            Column("_rank", "Level", lambda row: Cell(first_upper(row["level"]), css=f"wp-level-{row['level']}")),
            text("message", "Finding", sortable=False, css="wp-sentence"),
            Column("file", "In", lambda row: Cell(_where(row), css="wp-code wp-sentence"), sortable=False),
        ],
        order="_rank",
        page_size=200,
    )


def _where(row: Row) -> str:
    """File, row and column of a finding, without folders."""
    file = (row["file"] or "").replace("${WHOLEPLACE_DATA}/", "")
    parts = [file, f"row {row['row']}" if row["row"] else "", f"column {row['column']}" if row["column"] else ""]
    return ", ".join(part for part in parts if part)


def view(request: HttpRequest, site: Site) -> HttpResponse:
    """Sources, tables and findings."""
    return render(
        request,
        "data.html",
        site,
        title="Data",
        nav="data",
        sources=show(licences_table(site), None),
        table=show(sources_table(site), request.GET),
        findings=show(findings_table(site), None),
        figure="the data page",
    )
