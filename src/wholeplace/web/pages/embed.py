"""A map or chart by itself, without the furniture of a page, for a frame on the pages of others."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from wholeplace.web.http import FramedResponse
from wholeplace.web.pages import index_tables, indicators, indices
from wholeplace.web.rendering import render
from wholeplace.web.site import Site
from wholeplace.web.words import Writer, end_words, period, periods

#: What a frame can show of an indicator.
SHOWN = ("map", "spread")
RANGES = "The page of this index gives each rank with its range; ranks whose ranges overlap cannot be told apart."


def indicator_view(request: HttpRequest, site: Site, *, indicator: str) -> HttpResponse:
    """The map of an indicator, or how its areas differ (`?show=spread`)."""
    about = indicators.find_indicator(site, indicator)
    key = indicators.chosen(site, indicator, request.GET)
    if key is None:
        raise Http404(f"There are no figures of {about['name']} yet.")
    if wrong := indicators.elsewhere(site, key, request.GET):
        raise Http404(wrong)
    shown = request.GET.get("show", "map")
    if shown not in SHOWN:
        raise Http404(f"`show` is one of {', '.join(SHOWN)}, not {shown!r}.")
    figures = indicators.figures(site, indicator, key, request)
    writer = Writer(about)
    return _framed(
        request,
        site,
        title=about["name"],
        lead=f"{writer.unit_in_full}, {period(key[1])}. {site.geography_name(key[0])}."
        + (" In brackets: the number of areas." if shown == "map" and figures["map"] else ""),
        map=figures["map"] if shown == "map" else None,
        chart_picture=figures["chart_picture"] if shown == "spread" else None,
        caption="How many areas have which figure",
        source=about["source"] or "published without a source",
        certainty=f"How sure the figures are: {figures['uncertainty'].rstrip('.')}.",
        href=f"{site.url('indicators', indicator)}?geography={key[0]}&period={key[1]}",
    )


def index_view(request: HttpRequest, site: Site, *, index: str) -> HttpResponse:
    """The map of an index in tenths."""
    one = indices.find_index(site, index)
    drawn = index_tables.index_map(site, one)
    ranges = index_tables.has_ranges(one)
    return _framed(
        request,
        site,
        title=one.name,
        lead=index_tables.drawn_instead(site, one, drawn)
        or f"Areas in tenths by rank; tenth 1 is {end_words(one.spec)[0]}. Figures of {periods(one.periods)}.",
        map=drawn,
        source=index_tables.source_of(one),
        certainty=RANGES if ranges else "Ranks are published without a range.",
        href=site.url("indices", index),
    )


def _framed(request: HttpRequest, site: Site, **context: Any) -> HttpResponse:
    page = render(request, "embed.html", site, **{"chart_picture": None, "caption": "", **context})
    return FramedResponse(page.content, status=page.status_code)
