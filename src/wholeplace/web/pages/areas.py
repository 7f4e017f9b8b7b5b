"""Lists of areas: every geography, and the areas of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl
from django.http import HttpRequest, HttpResponse

from wholeplace.web import maps
from wholeplace.web.pages import index_tables
from wholeplace.web.rendering import render
from wholeplace.web.site import Site
from wholeplace.web.table import Filter, Table, link, numbers, show, text
from wholeplace.web.words import number, percent


def list_tables(site: Site, params: Mapping[str, str]) -> dict[str, Callable[[], Table | None]]:
    """The one table of the list of geographies."""
    return {"geographies": lambda: geographies_table(site)}


def geographies_table(site: Site) -> Table:
    """Every geography with its number of areas."""
    rows = [
        {
            "geography": one.id,
            "name": one.name,
            "areas": one.areas,
            "boundaries": "yes" if site.build.boundaries(one.id) else "no",
        }
        for one in site.geographies.values()
    ]
    schema = {"geography": pl.String, "name": pl.String, "areas": pl.Int64, "boundaries": pl.String}
    return Table(
        id="geographies",
        caption=f"Kinds of areas of {site.name}",
        frame=pl.DataFrame(rows, schema=schema),
        columns=[
            link("name", "Kind of area", lambda row: site.url("areas", row["geography"])),
            numbers("areas", "Areas", number),
            text("boundaries", "Has a map"),
        ],
    )


def list_view(request: HttpRequest, site: Site) -> HttpResponse:
    """Every geography."""
    return render(
        request,
        "areas.html",
        site,
        title="Areas",
        nav="areas",
        table=show(geographies_table(site), request.GET),
    )


def geography_tables(site: Site, params: Mapping[str, str], *, code: str) -> dict[str, Callable[[], Table | None]]:
    """The one table of a geography."""
    return {"areas": lambda: areas_table(site, code)}


def areas_table(site: Site, geography: str) -> Table:
    """Every area of a geography: people, the larger area it lies in, and its rank in each index."""
    frame = site.build.areas.filter(pl.col("geography") == geography).select("area", "name", "population")
    frame = frame.join(site.within(geography), on="area", how="left", maintain_order="left")
    columns = [link("name", "Area", index_tables.area_link(site)), text("area", "Code")]
    filters = []
    larger = site.coarser.get(geography)
    if larger:
        columns.append(text("within_name", "In"))
        options = site.build.areas.filter(pl.col("geography") == larger).sort("name").select("area", "name").rows()
        filters.append(Filter("within", site.geography_name(larger), options))
    columns.append(numbers("population", "People", number))
    source = []
    for index in site.indices():
        if index.geography == geography:
            ranks = index.scores.select("area", pl.col("rank").alias(f"{index.id}_rank"),
                                        pl.col("decile").alias(f"{index.id}_decile"))  # fmt: skip
            columns.append(numbers(f"{index.id}_rank", index.name, number, hint="rank"))
            filters.append(Filter(f"{index.id}_decile", index.name, index_tables.DECILES))
        else:
            rows = index.summaries.filter(pl.col("geography") == geography)
            if rows.is_empty() or site.coarser.get(index.geography) != geography:
                continue  # a share of areas says something of larger areas only
            key = f"{index.id}_share_decile_1"
            ranks = rows.select("area", pl.col("share_decile_1").alias(key))
            columns.append(numbers(key, index.name, percent, hint="areas in tenth 1"))
        source.append(index_tables.source_of(index))
        frame = frame.join(ranks, on="area", how="left", maintain_order="left")
    return Table(
        id="areas",
        caption=f"{site.geography_name(geography)} of {site.name}",
        frame=frame,
        columns=columns,
        geography=geography,
        source="; ".join(dict.fromkeys(source)),
        filters=filters,
        search=("area", "name"),
        order="name",
    )


def geography_map(site: Site, geography: str) -> tuple[maps.AreaMap | None, str]:
    """The map of a geography by the first index that has it, and a line that says what it shows."""
    for index in site.indices():
        if index.geography == geography:
            return index_tables.index_map(site, index), f"{index.name}, areas in tenths by rank"
    for index in site.indices():
        if site.coarser.get(index.geography) == geography:
            return index_tables.larger_map(site, index), f"{index.name}: share of areas in tenth 1"
    plain = maps.draw(
        site, geography, {}, lambda area, name: name, [], title=f"Map of {site.geography_name(geography)}"
    )
    return plain, ""


def geography_view(request: HttpRequest, site: Site, *, code: str) -> HttpResponse:
    """The areas of one geography."""
    info = site.geographies[code]
    drawn, about = geography_map(site, code)
    return render(
        request,
        "geography.html",
        site,
        title=info.name,
        nav="areas",
        trail=[("Areas", site.url("areas"))],
        info=info,
        map=drawn,
        map_about=about,
        table=show(areas_table(site, code), request.GET),
        figure=f"the areas of {info.name}",
    )
