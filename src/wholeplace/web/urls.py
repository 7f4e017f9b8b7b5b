"""Addresses: every page under `/p/<place>/`, each with its tables as downloads beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from wholeplace.web import exports
from wholeplace.web.api import api, api_missing
from wholeplace.web.http import failed, find_site, not_found
from wholeplace.web.pages import (
    about,
    areas,
    data,
    estate,
    find,
    indicators,
    indices,
    overview,
    profile,
    record,
    weights,
)
from wholeplace.web.site import Site
from wholeplace.web.table import Table, misread, select

View = Callable[..., HttpResponse]
Tables = Callable[..., dict[str, Callable[[], Table | None]]]


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


def boundaries(request: HttpRequest, site: Site, *, geography: str) -> HttpResponse:
    """The boundaries of a geography as GeoJSON, for the moving map."""
    file = site.build.boundaries(geography)
    if file is None:
        raise Http404(f"There are no boundaries of {geography!r}.")
    return HttpResponse(file.read_bytes(), content_type="application/geo+json", headers={"Cache-Control": "no-cache"})


PAGES: list[tuple[str, View, Tables | None]] = [
    ("", overview.view, overview.tables),
    ("areas/", areas.list_view, areas.list_tables),
    ("areas/<path:code>/", area_view, area_tables),
    ("indices/", indices.list_view, indices.list_tables),
    ("indices/<str:index>/", indices.view, indices.tables),
    ("indices/<str:index>/weights/", weights.view, weights.tables),
    ("indices/<str:index>/uncertainty/", indices.uncertainty_view, indices.uncertainty_tables),
    ("indicators/", indicators.list_view, indicators.list_tables),
    ("indicators/<str:indicator>/", indicators.view, indicators.tables),
    ("data/", data.view, data.tables),
    ("estate/", estate.glance_view, estate.glance_tables),
    ("estate/registers/<str:register>/", estate.register_view, estate.register_tables),
    ("estate/things/<path:thing>/", record.view, None),
    ("find/", find.view, None),
    ("method/", about.method, None),
    ("accessibility/", about.accessibility, None),
]

urlpatterns = [
    path("", overview.home),
    path("sitemap.xml", about.sitemap),
    path("api/", api.urls),
    path("api/<path:rest>", api_missing),
    path("p/<slug:slug>/estate/graph.<str:ending>", page(estate.graph_view)),
    path("p/<slug:slug>/boundaries/<str:geography>.geojson", page(boundaries)),
    *(
        path(f"p/<slug:slug>/{route}tables/<str:table>.<str:ending>", download(tables))
        for route, _, tables in PAGES
        if tables is not None
    ),
    *(path(f"p/<slug:slug>/{route}", page(view)) for route, view, _ in PAGES),
]

handler404 = not_found
handler500 = failed
