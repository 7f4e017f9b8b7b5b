"""Portraits of a place: the list of what there is, and the doughnut of a place or of one of its areas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse

from wholeplace.build import PortraitView
from wholeplace.measure.portraits import DimensionSection, summarise_portrait
from wholeplace.web import maps
from wholeplace.web.doughnut import FARTHEST, Wedge, doughnut
from wholeplace.web.pages.portrait_tables import (
    areas_table,
    dates_of,
    dimensions_table,
    gap_words,
    indicators_table,
    without_figure,
)
from wholeplace.web.rendering import render
from wholeplace.web.site import PLACE, Site
from wholeplace.web.table import Table, show
from wholeplace.web.words import Writer

#: Geographies of more areas than this are not in the list to choose from; their areas are in the table.
MOST_TO_CHOOSE = 100
_SHARE = Writer({"unit": "share", "decimals": "3"})


@dataclass(frozen=True)
class Asked:
    """What an address asks of a portrait: whose it is, and by which dimension and geography areas are compared."""

    area: str
    dimension: str
    geography: str

    def kept(self) -> dict[str, str]:
        """The choices as parameters of links."""
        return {"area": self.area, "dimension": self.dimension, "geography": self.geography}


def list_view(request: HttpRequest, site: Site) -> HttpResponse:
    """Every portrait and every bar of a place."""
    portraits = [site.build.portrait(name) for name in site.build.portraits]
    bars = [site.build.bar(name) for name in site.build.bars]
    return render(request, "portraits.html", site, title="Portraits", nav="portraits", portraits=portraits, bars=bars)


def portrait_of(site: Site, portrait: str) -> PortraitView:
    """The portrait of an address; 404 without it."""
    if portrait not in site.build.portraits:
        raise Http404(f"There is no portrait {portrait!r}.")
    return site.build.portrait(portrait)


def read(site: Site, view: PortraitView, params: Mapping[str, str]) -> Asked:
    """The choices in an address; without one the place itself, its largest social gap, and its first geography."""
    area = params.get("area", "").strip() or site.code
    if area not in view.dimensions["area"]:
        raise Http404(f"There is no area {area!r} in this portrait.")
    with_figures = view.dimensions.filter(pl.col("gap").is_not_null())
    known = with_figures.filter(pl.col("geography") != PLACE)
    dimension = params.get("dimension", "")
    if dimension not in [one.id for one in view.spec.dimension]:
        measured = [one.id for one in view.spec.dimension if one.measure]
        first = known.filter(pl.col("ring") == "social").group_by("dimension").agg(pl.col("gap").mean())
        worst = first.sort("gap", descending=True, nulls_last=True)["dimension"].to_list()
        dimension = next(iter(worst + measured + [one.id for one in view.spec.dimension]))
    geography = params.get("geography", "")
    if geography not in site.geographies:
        own = known.filter(pl.col("dimension") == dimension)["geography"].unique().to_list()
        geography = next((one for one in site.geographies if one in own), next(iter(site.geographies), ""))
    return Asked(area, dimension, geography)


def tables(site: Site, params: Mapping[str, str], *, portrait: str) -> dict[str, Callable[[], Table | None]]:
    """Dimensions and indicators of the area asked for, and all areas by one dimension."""
    view = portrait_of(site, portrait)
    asked = read(site, view, params)
    return {
        "dimensions": lambda: dimensions_table(site, view, asked.area),
        "figures": lambda: indicators_table(site, view, asked.area),
        "areas": lambda: areas_table(site, view, asked.dimension, asked.geography),
    }


def area_map(site: Site, params: Mapping[str, str], *, portrait: str) -> maps.AreaMap | None:
    """The map of one dimension."""
    view = portrait_of(site, portrait)
    asked = read(site, view, params)
    return dimension_map(site, view, asked)


def view(request: HttpRequest, site: Site, *, portrait: str) -> HttpResponse:
    """The doughnut of an area, its tables, and how areas compare in one dimension."""
    view = portrait_of(site, portrait)
    asked = read(site, view, request.GET)
    rows = rows_of(view, asked.area)
    name = area_name(site, rows[0]["geography"], asked.area)
    compared = areas_table(site, view, asked.dimension, asked.geography)
    return render(
        request,
        "portrait.html",
        site,
        title=view.spec.name if asked.area == site.code else f"{view.spec.name}: {name}",
        nav="portraits",
        trail=[("Portraits", site.url("portraits"))],
        spec=view.spec,
        asked=asked,
        area_name=name,
        whole=asked.area == site.code,
        sentences=summarise_portrait(name, view.spec, rows),
        dates=dates_of(measures_of(view, rows)["period"]),
        picture=picture(view, rows, name),
        without=without_figure(site, view, rows),
        measured=[measure.indicator for one in view.spec.dimension for measure in one.measure],
        beyond=any(row["ring"] == "ecological" and (row["gap"] or 0) > FARTHEST for row in rows),
        choices=choices(site, view, asked.area),
        dimension=next(one for one in view.spec.dimension if one.id == asked.dimension),
        dimensions=show(dimensions_table(site, view, asked.area), None, others={"area": asked.area}),
        figures=show(indicators_table(site, view, asked.area), None, others={"area": asked.area}),
        areas=show(compared, request.GET, others=asked.kept()) if compared.frame["gap"].count() else None,
        map=dimension_map(site, view, asked),
        kept=urlencode(asked.kept()),
        figure=f"{view.spec.name}, {name}",
        value=rows[0]["name"],
    )


def rows_of(view: PortraitView, area: str) -> list[dict[str, Any]]:
    """The dimensions of an area in the order of the file, on the first geography that has it."""
    rows = view.dimensions.filter(pl.col("area") == area)
    return rows.filter(pl.col("geography") == pl.col("geography").first()).to_dicts()


def measures_of(view: PortraitView, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """The figures below the dimensions of an area."""
    here = (pl.col("geography") == rows[0]["geography"]) & (pl.col("area") == rows[0]["area"])
    return view.measures.filter(here)


def area_name(site: Site, geography: str, area: str) -> str:
    """What an area is called."""
    return site.name if geography == PLACE else site.names.get((geography, area)) or area


def picture(view: PortraitView, rows: list[dict[str, Any]], name: str) -> Any:
    """The doughnut of an area, with every gap told in its description."""
    wedges = [
        Wedge(number, row["name"], row["ring"], row["gap"], row["gap_lower95"], row["gap_upper95"])
        for number, row in enumerate(rows, 1)
    ]
    told = "; ".join(f"{row['name']}: {gap_words(row)}" for row in rows)
    return doughnut(wedges, title=f"{view.spec.name}: {name}", about=f"{told}.", name="doughnut")


def choices(site: Site, view: PortraitView, chosen: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Areas to choose from by geography: those of geographies that are not too long for a list, and the chosen one."""
    held = set(view.dimensions.filter(pl.col("gap").is_not_null())["geography"].unique().to_list())
    found = []
    for one in site.geographies.values():
        if one.id in held and one.areas <= MOST_TO_CHOOSE:
            areas = site.build.areas.filter(pl.col("geography") == one.id).sort("name").select("area", "name").rows()
            found.append((one.name, [(area, name or area) for area, name in areas if area != site.code]))
    if found and chosen != site.code and not any(chosen == area for _, areas in found for area, _ in areas):
        home = site.homes[chosen]
        found.append((site.geography_name(home), [(chosen, area_name(site, home, chosen))]))
    return sorted(found, key=lambda one: len(one[1]))


def dimension_map(site: Site, view: PortraitView, asked: Asked) -> maps.AreaMap | None:
    """One dimension of every area on the map, areas without a figure hatched."""
    here = (pl.col("geography") == asked.geography) & (pl.col("dimension") == asked.dimension)
    rows = {row["area"]: row for row in view.dimensions.filter(here).iter_rows(named=True)}
    gaps = {area: row["gap"] for area, row in rows.items() if row["gap"] is not None}
    if not gaps:
        return None
    kinds, legend = maps.classes(gaps, _SHARE)
    if len(gaps) < len(rows):
        legend.append(maps.LegendEntry("none", f"no figure ({len(rows) - len(gaps)})"))
    one: DimensionSection = next(one for one in view.spec.dimension if one.id == asked.dimension)

    def words(area: str, label: str) -> str:
        return f"{label}: {gap_words(rows[area])}" if area in rows else f"{label}: no figure"

    title = f"Map of {one.name}: {'shortfall' if one.ring == 'social' else 'overshoot'}"
    return maps.draw(site, asked.geography, kinds, words, legend, title=title)
