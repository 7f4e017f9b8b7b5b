"""The digital bar of a service: what it asks of people, how many lack it, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse

from wholeplace.build import BarView
from wholeplace.measure.portraits import summarise_bar
from wholeplace.web import maps
from wholeplace.web.demand_bars import DemandBar, demand_bars
from wholeplace.web.pages.bar_tables import areas_table, bars_of, bound_words, demands_table, users_note, ways_table
from wholeplace.web.pages.portrait_tables import dates_of
from wholeplace.web.pages.portraits import MOST_TO_CHOOSE, area_name
from wholeplace.web.rendering import render
from wholeplace.web.settings import on_loopback
from wholeplace.web.site import Site
from wholeplace.web.table import Table, show
from wholeplace.web.words import NO_VALUE, Writer, first_upper, percent

_SHARE = Writer({"unit": "share", "decimals": "3"})


def bar_of(site: Site, bar: str) -> BarView:
    """The bar of an address; 404 without it."""
    if bar not in site.build.bars:
        raise Http404(f"There is no bar {bar!r}.")
    return site.build.bar(bar)


def read(site: Site, view: BarView, params: Mapping[str, str]) -> tuple[str, str]:
    """The area and the unit (as adults) of an address; without them the place, and the unit of most demands."""
    area = params.get("area", "").strip() or site.code
    if view.bounds.height and area not in view.bounds["area"]:
        raise Http404(f"There is no area {area!r} in this bar.")
    measured = [one.unit for one in view.spec.demand if one.indicator]
    units = sorted(dict.fromkeys(measured), key=measured.count, reverse=True)
    unit = params.get("unit", "")
    return area, unit if unit in units else next(iter(units), "")


def tables(site: Site, params: Mapping[str, str], *, bar: str) -> dict[str, Callable[[], Table | None]]:
    """The demands of the area asked for, every way into the service, and all areas."""
    view = bar_of(site, bar)
    area, unit = read(site, view, params)
    return {
        "demands": lambda: demands_table(site, view, area),
        "ways": lambda: ways_table(site, view, area),
        "areas": lambda: areas_table(site, view, unit),
    }


def area_map(site: Site, params: Mapping[str, str], *, bar: str) -> maps.AreaMap | None:
    """The map of the least share below the bar."""
    view = bar_of(site, bar)
    return least_map(site, view, read(site, view, params)[1])


def view(request: HttpRequest, site: Site, *, bar: str) -> HttpResponse:
    """What a service asks, how many are below it in an area, other ways in, and every neighbourhood."""
    view = bar_of(site, bar)
    area, unit = read(site, view, request.GET)
    kept = {"area": area, "unit": unit}
    demands = view.demands.filter(pl.col("area") == area).to_dicts()
    bounds = view.bounds.filter(pl.col("area") == area).to_dicts()
    name = site.name if area == site.code else area_name(site, view.spec.geography, area)
    compared = areas_table(site, view, unit)
    info = site.geographies[view.spec.geography]
    options = site.build.areas.filter(pl.col("geography") == info.id).sort("name").select("area", "name").rows()
    return render(
        request,
        "bar.html",
        site,
        title=view.spec.name if area == site.code else f"{view.spec.name}: {name}",
        nav="portraits",
        trail=[("Portraits", site.url("portraits"))],
        spec=view.spec,
        service=view.service,
        service_href=site.url("estate", "things", view.spec.service) if on_loopback() else "",
        area=area,
        unit=unit,
        units=list(dict.fromkeys(one.unit for one in view.spec.demand if one.indicator)),
        area_name=name,
        whole=area == site.code,
        geography=info.name,
        options=options if info.areas <= MOST_TO_CHOOSE else [],
        dates=dates_of(view.demands.filter(pl.col("area") == area)["period"]),
        sentences=summarise_bar(name, view.spec, demands, bounds),
        picture=picture(view, demands, bounds, name),
        demands=show(demands_table(site, view, area), None, others={"area": area}),
        others=len(bars_of(site, view.spec.service)) > 1,
        ways=show(ways_table(site, view, area), None, others={"area": area}),
        areas=show(compared, request.GET, others=kept) if compared.frame["least"].count() else None,
        users_note=users_note(view),
        map=least_map(site, view, unit),
        kept=urlencode(kept),
        figure=f"the digital bar {view.spec.name}, {name}",
    )


def picture(view: BarView, demands: list[dict[str, Any]], bounds: list[dict[str, Any]], name: str) -> Any:
    """A bar for each demand that is made, hatched where there is no figure, and the bounds of each unit."""
    rows, known = [], {row["kind"]: row for row in demands}
    for one in view.spec.demand:
        if not one.made:
            continue
        row = known.get(one.kind)
        if row is None or row["share"] is None:
            why = "not measured" if row is None else NO_VALUE.get(row["status"], "missing")
            rows.append(DemandBar(first_upper(one.kind), why, 0.0, None))
        else:
            words = f"{percent(row['share'], 1)} of {one.unit} below it"
            rows.append(DemandBar(first_upper(one.kind), words, 0.0, row["share"], row["lower95"], row["upper95"]))
    for row in bounds:
        if row["least"] is not None and row["of"] > 1:
            start = f"Any of the {row['of']} measured of {row['unit']}"
            rows.append(DemandBar(start, bound_words(row), row["least"], row["most"], bounds=True))
    if not rows:
        return None
    about = "; ".join(f"{one.name}: {one.words}" for one in rows)
    return demand_bars(rows, title=f"{view.spec.name}: below each demand in {name}", about=f"{about}.", name="bar")


def least_map(site: Site, view: BarView, unit: str) -> maps.AreaMap | None:
    """The least share of people below the bar in each area."""
    here = (pl.col("geography") == view.spec.geography) & (pl.col("unit") == unit)
    rows = {row["area"]: row for row in view.bounds.filter(here).iter_rows(named=True)}
    least = {area: row["least"] for area, row in rows.items() if row["known"] == row["of"]}
    if not least:
        return None
    kinds, legend = maps.classes(least, _SHARE)
    if len(least) < len(rows):
        legend.append(maps.LegendEntry("none", f"not every demand has a figure ({len(rows) - len(least)})"))

    def words(area: str, label: str) -> str:
        return f"{label}: {bound_words(rows[area])}" if area in rows else f"{label}: no figure"

    title = f"Map of {view.spec.name}: at least so many of {unit} below the bar"
    return maps.draw(site, view.spec.geography, kinds, words, legend, title=title)
