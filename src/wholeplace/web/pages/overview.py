"""The first page of a place, and the list of places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from wholeplace.build import IndexView
from wholeplace.web import maps
from wholeplace.web.http import sites
from wholeplace.web.pages import index_tables
from wholeplace.web.rendering import render
from wholeplace.web.site import PLACE, Site
from wholeplace.web.table import Table, show
from wholeplace.web.words import period


def home(request: HttpRequest) -> HttpResponse:
    """The list of places; where there is one, its first page."""
    served = sites().all()
    if len(served) == 1:
        return HttpResponseRedirect(served[0].url())
    return render(request, "home.html", None, title="Places", sites=served)


def chosen_index(site: Site, params: Mapping[str, str]) -> IndexView | None:
    """The index that the first page is about: the one in the address, else the first, which is the place's own."""
    wanted = params.get("index", "")
    if wanted in site.build.indices:
        return site.build.index(wanted)
    return next(iter(site.indices()), None)


def tables(site: Site, params: Mapping[str, str]) -> dict[str, Callable[[], Table | None]]:
    """The tables of the first page."""
    index = chosen_index(site, params)
    if index is None:
        return {}
    return {"larger": lambda: index_tables.summaries(site, index)}


def area_map(site: Site, params: Mapping[str, str]) -> maps.AreaMap | None:
    """The map of the first page."""
    index = chosen_index(site, params)
    return None if index is None else index_tables.index_map(site, index)


def view(request: HttpRequest, site: Site) -> HttpResponse:
    """Facts, main findings, map and the larger areas."""
    index = chosen_index(site, request.GET)
    found: dict[str, Any] = {}
    if index is not None:
        table = index_tables.summaries(site, index)
        drawn = area_map(site, request.GET)
        found = {
            "table": table and show(table, request.GET, others={"index": index.id}),
            "map": drawn,
            "instead": index_tables.drawn_instead(site, index, drawn),
            "source": index_tables.source_of(index),
        }
    return render(
        request,
        "overview.html",
        site,
        title=site.name,
        nav="overview",
        index=index,
        indices=site.indices(),
        facts=facts(site),
        sentences=[{**one, "href": sentence_link(site, one)} for one in in_order(site, site.build.sentences)],
        portraits=[
            *((site.build.portrait(one).spec.name, site.url("portraits", one)) for one in site.build.portraits),
            *((f"Digital bar: {site.build.bar(one).spec.name}", site.url("bars", one)) for one in site.build.bars),
        ],
        figure=f"the main findings of {site.name}",
        **found,
    )


def in_order(site: Site, sentences: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Main findings with those of the place's own indices first and the newest before the older, then the others."""
    order = {index.id: number for number, index in enumerate(site.indices())}
    return sorted(
        sentences, key=lambda one: order.get(one["link"]["id"], len(order)) if one["kind"] == "index" else len(order)
    )


def sentence_link(site: Site, sentence: Mapping[str, Any]) -> str:
    """The page that a main finding is about."""
    link = sentence.get("link") or {}
    kinds = {"index": "indices", "indicator": "indicators", "area": "areas"}
    return site.url(kinds[link["kind"]], link["id"]) if link.get("kind") in kinds else site.url()


def facts(site: Site) -> list[tuple[str, str, str]]:
    """Short facts under the title: (what, figure, a note)."""
    whole = site.build.areas.filter(pl.col("area") == site.code).to_dicts()
    found = []
    people = whole[0]["population"] if whole else None
    if people is not None:
        found.append(
            (
                "People",
                f"{people:,.0f}",
                f"in {period(whole[0]['population_period'])}, summed from its areas, published without an interval",
            )
        )
    if site.geographies:
        smallest = max(site.geographies.values(), key=lambda one: one.areas)
        shown = next((one for one in site.geographies.values() if one.areas > smallest.areas / 2), smallest)
        found.append(("Areas", f"{shown.areas:,}", shown.name))
    if not site.indicators:
        return found
    with_interval = set(site.series.filter((pl.col("geography") != PLACE) & (pl.col("intervals") > 0))["indicator"])
    note = f"{len(with_interval)} with an interval that says how sure they are"
    found.append(("Indicators", f"{len(site.indicators):,}", note))
    return found
