"""Addresses: every page under `/p/<place>/`, each with its tables as downloads beside it."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from wholeplace.web import exports, maps, report
from wholeplace.web.api import api, api_missing
from wholeplace.web.http import failed, find_site, not_found
from wholeplace.web.maps import AreaMap
from wholeplace.web.pages import (
    about,
    areas,
    change,
    checklist,
    clusters,
    compare,
    data,
    editions,
    embed,
    estate,
    find,
    indicators,
    indices,
    left_behind,
    over_time,
    overview,
    portraits,
    profile,
    quality,
    record,
    scenario,
    scenarios,
    service_bars,
    similar,
    weights,
)
from wholeplace.web.site import Site
from wholeplace.web.table import Table, misread, select

View = Callable[..., HttpResponse]
Tables = Callable[..., dict[str, Callable[[], Table | None]]]
Map = Callable[..., AreaMap | None]
#: Media type of a Mapbox Vector Tile.
TILE = "application/vnd.mapbox-vector-tile"


def area_view(request: HttpRequest, site: Site, *, code: str) -> HttpResponse:
    """The areas of a geography, or the profile of one area: ids of geographies and codes of areas share a level."""
    if code in site.geographies:
        return areas.geography_view(request, site, code=code)
    return profile.view(request, site, code=code)


def area_tables(site: Site, params: Mapping[str, str], *, code: str) -> dict[str, Callable[[], Table | None]]:
    """The tables of either page."""
    if code in site.geographies:
        return areas.geography_tables(site, params, code=code)
    return profile.tables(site, params, code=code)


def area_map(site: Site, params: Mapping[str, str], *, code: str) -> AreaMap | None:
    """The map of a geography; a profile has none that can be moved."""
    return areas.geography_map(site, code)[0] if code in site.geographies else None


def page(view: View) -> View:
    """A view of a place, called with the place that the address names."""

    def answer(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return HttpResponse("Pages are read with GET.", status=405, headers={"Allow": "GET, HEAD"})
        return view(request, find_site(slug), **kwargs)

    return answer


def download(tables: Tables) -> View:
    """A view that writes one of a page's tables, with the rows and order that the address asks for."""

    def answer(request: HttpRequest, site: Site, *, table: str, ending: str, **kwargs: Any) -> HttpResponse:
        make = tables(site, request.GET, **kwargs).get(table)
        made = make() if make is not None else None
        if made is None or ending not in dict(exports.formats_of(site, made)):
            raise Http404(f"There is no table {table}.{ending} here.")
        wrong = misread(made, request.GET)
        if wrong:
            raise Http404(" ".join(wrong))  # every row in place of the few that were asked for would go unnoticed
        frame, _ = select(made, request.GET)
        body = exports.write(site, made, frame, ending)
        name = f"{site.slug}-{'-'.join(str(value) for value in kwargs.values())}-{table}.{ending}".replace("--", "-")
        return HttpResponse(
            body,
            content_type=exports.FORMATS[ending][1],
            headers={"Content-Disposition": f'attachment; filename="{_plain(name)}"'},
        )

    return page(answer)


def _plain(name: str) -> str:
    """A file name of letters, digits, dots and hyphens only."""
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in ".-_") else "-" for letter in name)


def report_view(request: HttpRequest, site: Site, *, code: str) -> HttpResponse:
    """The report of one area as a PDF; 404 with what to install where nothing here can write one."""
    if not report.can_write():
        raise Http404(report.MISSING)
    name = _plain(f"{site.slug}-{code}-report.pdf")
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    body = report.write_pdf(report.area_contents(site, code))
    return HttpResponse(body, content_type="application/pdf", headers=headers)


def map_figures(drawn: Map) -> View:
    """A view of what the moving map of a page shows of each area, where tiles hold the boundaries."""

    def answer(request: HttpRequest, site: Site, **kwargs: Any) -> HttpResponse:
        found = drawn(site, request.GET, **kwargs)
        if found is None:
            raise Http404("There is no map here.")
        return JsonResponse(maps.figures(site, found), headers={"Cache-Control": "no-cache"})

    return page(answer)


def tile(request: HttpRequest, site: Site, *, geography: str, zoom: int, column: int, row: int) -> HttpResponse:
    """One vector tile of a geography of many areas; an empty answer where the tileset has nothing."""
    tiles = site.build.tiles(geography)
    if tiles is None:
        raise Http404(f"There are no tiles of {geography!r}.")
    if not tiles.least_zoom <= zoom <= tiles.most_zoom or max(column, row) >= 2**zoom:
        words = f"Zooms go from {tiles.least_zoom} to {tiles.most_zoom}, columns and rows from 0 to 2^zoom - 1."
        return HttpResponse(words, status=400, content_type="text/plain; charset=utf-8")
    packed = tiles.read(zoom, column, row)
    if packed is None:
        return HttpResponse(status=204)
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(gzip.decompress(packed), content_type=TILE, headers=headers)
    return HttpResponse(packed, content_type=TILE, headers={**headers, "Content-Encoding": "gzip"})


def boundaries(request: HttpRequest, site: Site, *, geography: str) -> HttpResponse:
    """The boundaries of a geography as GeoJSON, for the moving map."""
    file = site.build.boundaries(geography)
    if file is None:
        raise Http404(f"There are no boundaries of {geography!r}.")
    return HttpResponse(file.read_bytes(), content_type="application/geo+json", headers={"Cache-Control": "no-cache"})


PAGES: list[tuple[str, View, Tables | None, Map | None]] = [
    ("", overview.view, overview.tables, overview.area_map),
    ("areas/", areas.list_view, areas.list_tables, None),
    ("areas/<path:code>/", area_view, area_tables, area_map),
    ("indices/", indices.list_view, indices.list_tables, None),
    ("indices/<str:index>/", indices.view, indices.tables, indices.area_map),
    ("indices/<str:index>/weights/", weights.view, weights.tables, None),
    ("indices/<str:index>/checklist/", checklist.view, checklist.tables, None),
    ("indices/<str:index>/uncertainty/", indices.uncertainty_view, indices.uncertainty_tables, None),
    ("indices/<str:index>/change/", editions.view, editions.tables, editions.area_map),
    ("indices/<str:index>/over-time/", over_time.view, over_time.tables, over_time.area_map),
    ("indices/<str:index>/clusters/", clusters.index_view, clusters.index_tables, clusters.index_map),
    ("indicators/", indicators.list_view, indicators.list_tables, None),
    ("indicators/<str:indicator>/", indicators.view, indicators.tables, indicators.area_map),
    ("indicators/<str:indicator>/change/", change.view, change.tables, change.area_map),
    ("portraits/", portraits.list_view, None, None),
    ("portraits/<str:portrait>/", portraits.view, portraits.tables, portraits.area_map),
    ("bars/<str:bar>/", service_bars.view, service_bars.tables, service_bars.area_map),
    (
        "indicators/<str:indicator>/clusters/",
        clusters.indicator_view,
        clusters.indicator_tables,
        clusters.indicator_map,
    ),
    ("indicators/<str:indicator>/embed/", embed.indicator_view, None, None),
    ("indices/<str:index>/embed/", embed.index_view, None, None),
    ("left-behind/", left_behind.view, left_behind.tables, left_behind.area_map),
    ("compare/", compare.view, compare.tables, None),
    ("similar/", similar.view, similar.tables, None),
    ("data/", data.view, data.tables, None),
    ("estate/", estate.glance_view, estate.glance_tables, None),
    ("estate/quality/", quality.view, quality.tables, None),
    ("estate/scenarios/", scenarios.view, scenarios.tables, None),
    ("estate/scenarios/<str:scenario>/", scenario.view, scenario.tables, None),
    ("estate/registers/<str:register>/", estate.register_view, estate.register_tables, None),
    ("estate/things/<path:thing>/", record.view, None, None),
    ("find/", find.view, None, None),
    ("method/", about.method, None, None),
    ("glossary/", about.glossary_view, None, None),
    ("accessibility/", about.accessibility, None, None),
]

urlpatterns = [
    path("", overview.home),
    path("sitemap.xml", about.sitemap),
    path("api/", api.urls),
    path("api/<path:rest>", api_missing),
    path("p/<slug:slug>/estate/graph.<str:ending>", page(estate.graph_view)),
    path("p/<slug:slug>/estate/scenarios/<str:scenario>/result.<str:ending>", page(scenario.result_view)),
    path("p/<slug:slug>/areas/<path:code>/report.pdf", page(report_view)),
    path("p/<slug:slug>/boundaries/<str:geography>.geojson", page(boundaries)),
    path("p/<slug:slug>/tiles/<str:geography>/<int:zoom>/<int:column>/<int:row>.mvt", page(tile)),
    *(
        path(f"p/<slug:slug>/{route}tables/<str:table>.<str:ending>", download(tables))
        for route, _, tables, _ in PAGES
        if tables is not None
    ),
    *(path(f"p/<slug:slug>/{route}map.json", map_figures(drawn)) for route, _, _, drawn in PAGES if drawn is not None),
    *(path(f"p/<slug:slug>/{route}", page(view)) for route, view, _, _ in PAGES),
]

handler404 = not_found
handler500 = failed
