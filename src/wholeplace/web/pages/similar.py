"""Areas like one another: which are likest to one in their figures; the choices stand in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.http import HttpRequest, HttpResponse

from wholeplace.measure.spatial import Similar, SpatialError
from wholeplace.measure.spatial.similar import ALL, INDEX, THEME, likeness_sentences
from wholeplace.web.pages.index_tables import area_link
from wholeplace.web.rendering import render
from wholeplace.web.site import PLACE, Site
from wholeplace.web.table import Cell, Column, Row, Table, first_rows, link, numbers, show, text
from wholeplace.web.words import MINUS, Writer, first_upper, number, period

#: So many of the likest areas are shown with the figures in which they are most alike and unlike.
MOST = 10


@dataclass(frozen=True)
class Asked:
    """What an address asks for: an area, what to compare by, and an area to compare figure by figure."""

    area: str
    by: str
    other: str

    def kept(self) -> dict[str, str]:
        """The choices as parameters of links."""
        asked = {"area": self.area, "by": self.by, "with": self.other}
        return {name: value for name, value in asked.items() if value}


def read(site: Site, params: Mapping[str, str]) -> Asked:
    """The choices in an address; compared is by the first index, else by all figures, without one."""
    first = next((f"{INDEX}{index.id}" for index in site.indices()), ALL)
    return Asked(params.get("area", "").strip(), params.get("by") or first, params.get("with", "").strip())


def answer(site: Site, asked: Asked) -> Similar:
    """The areas likest to one. Raises SpatialError for a choice that cannot be answered."""
    home = site.homes.get(asked.area, PLACE)
    if home == PLACE:
        raise SpatialError(f"There is no area {asked.area!r} to compare with others in {site.name}.")
    return site.figures_of(home, asked.by).similar_to(asked.area, most=MOST)


def tables(site: Site, params: Mapping[str, str]) -> dict[str, Callable[[], Table | None]]:
    """The tables of the page: areas by distance, one pair figure by figure, and what was compared."""
    asked = read(site, params)
    try:
        found = answer(site, asked)
    except SpatialError:
        return {}
    return {
        "similar": lambda: similar_table(site, asked, found),
        "pair": lambda: pair_table(site, found, _other(asked, found)),
        "figures": lambda: figures_table(site, found),
    }


def _other(asked: Asked, found: Similar) -> str:
    likest = found.frame["area"].head(MOST).to_list()
    return asked.other if asked.other in likest else next(iter(likest), "")


def view(request: HttpRequest, site: Site) -> HttpResponse:
    """The page of areas like one another."""
    asked = read(site, request.GET)
    fault, context = "", {}
    if asked.area:
        try:
            context = shown(site, asked, answer(site, asked), request)
        except SpatialError as error:
            fault = first_upper(str(error))
    name = site.names.get((site.homes.get(asked.area, ""), asked.area), "")
    return render(
        request,
        "similar.html",
        site,
        status=400 if fault else 200,
        title=f"Areas like {name}" if context else "Areas like one another",
        nav="areas",
        trail=[("Areas", site.url("areas"))] + ([(name, site.url("areas", asked.area))] if context else []),
        asked=asked,
        name=name or asked.area,
        faults={"area": fault} if fault else {},
        choices=choices(site),
        figure=f"the areas like {name}" if context else "",
        **context,
    )


def choices(site: Site) -> list[tuple[str, str]]:
    """What can be compared by."""
    themes = dict.fromkeys(one["theme"] for one in site.indicators.values() if one["theme"])
    return [
        *((f"{INDEX}{index.id}", f"The figures of {index.name}") for index in site.indices()),
        *((f"{THEME}{theme}", f"Theme: {theme}") for theme in themes),
        (ALL, "All figures"),
    ]


def shown(site: Site, asked: Asked, found: Similar, request: HttpRequest) -> dict[str, Any]:
    """Everything that the page shows of an answer."""
    home = site.homes[asked.area]
    names = {name: about["name"] for name, about in site.indicators.items()}
    other = _other(asked, found)
    pair = pair_table(site, found, other)
    sources = dict.fromkeys(site.indicators[one]["source"] or "published without a source" for one in found.used)
    return {
        "found": found,
        "sentences": likeness_sentences(found, names, site.geography_name(home)),
        "likest": [(one, site.names[home, one]) for one in found.frame["area"].head(MOST)],
        "table": show(similar_table(site, asked, found), request.GET, others=asked.kept()),
        "other": other,
        "other_name": site.names.get((home, other), other),
        "pair": first_rows(pair, others=asked.kept()) if pair else None,
        "figures": first_rows(figures_table(site, found), others=asked.kept()),
        "sources": "; ".join(sources),
        "kept": urlencode(asked.kept()),
        "geography": site.geography_name(home),
    }


def similar_table(site: Site, asked: Asked, found: Similar) -> Table:
    """Every area by its distance, the likest first."""
    home = site.homes[asked.area]
    about = site.build.areas.filter(pl.col("geography") == home).select("area", "name", "population")
    frame = found.frame.join(about, on="area", how="left", maintain_order="left")
    frame = frame.join(site.within(home), on="area", how="left", maintain_order="left")
    frame = frame.with_columns(pl.col("name").fill_null(pl.col("area")))

    def named(key: str) -> Callable[[Row], Cell]:
        def cell(row: Row) -> Cell:
            ids = (row[key] or "").split("; ") if row[key] else []
            return Cell(", ".join(site.indicators[one]["name"] for one in ids), css="wp-sentence")

        return cell

    columns = [link("name", "Area", area_link(site))]
    if frame["within"].count():
        columns.append(text("within_name", "In"))
    columns += [
        numbers("distance", "Distance", lambda value: number(value, 2), hint="in usual spreads"),
        Column("alike", "Most alike in", named("alike"), sortable=False),
        Column("unlike", "Most unlike in", named("unlike"), sortable=False),
        numbers("population", "People", number),
        numbers("missing", "Missing", number, hint="figures"),
    ]
    return Table(
        id="similar",
        caption=f"Areas by how like they are to {site.names[home, asked.area]}",
        frame=frame,
        columns=columns,
        geography=home,
        source="named with each figure",
        search=("area", "name"),
        order="distance",
        page_size=MOST,
        meta={"compared_with": asked.area, "by": asked.by},
    )


def pair_table(site: Site, found: Similar, other: str) -> Table | None:
    """Two areas figure by figure, the largest differences first."""
    if not other:
        return None
    home = site.homes[found.area]
    frame = found.differences.filter(pl.col("area") == other).drop("area")
    frame = frame.with_columns(
        pl.col("indicator").replace_strict(found.periods).alias("period"), pl.col("spreads").abs().alias("_size")
    ).sort("_size", descending=True, nulls_last=True)

    def value(key: str) -> Callable[[Row], Cell]:
        def cell(row: Row) -> Cell:
            if row[key] is None:
                return Cell("no figure", css="wp-none")
            return Cell(Writer(site.indicators[row["indicator"]]).plain(row[key]), css="wp-n")

        return cell

    def gap(row: Row) -> Cell:
        if row["spreads"] is None:
            return Cell("not compared", css="wp-none")
        size = number(abs(row["spreads"]), 2)
        sign = "" if not size.strip("0.") else "+" if row["spreads"] > 0 else MINUS
        return Cell(f"{sign}{size}", css="wp-n")

    def figure(row: Row) -> Cell:
        about = site.indicators[row["indicator"]]
        note = ", ".join(filter(None, (Writer(about).unit_words, period(row["period"]))))
        return Cell(about["name"], href=site.url("indicators", row["indicator"]), note=note)

    return Table(
        id="pair",
        caption=f"{site.names[home, found.area]} and {site.names[home, other]}, figure by figure",
        frame=frame,
        columns=[
            Column("indicator", "Figure", figure, head=True, sortable=False),
            Column("here", str(site.names[home, found.area]), value("here"), numeric=True, sortable=False),
            Column("there", str(site.names[home, other]), value("there"), numeric=True, sortable=False),
            Column("spreads", "Difference", gap, hint="in usual spreads", numeric=True, sortable=False),
        ],
        source="named with each figure",
        page_size=500,
        meta={"area": found.area, "other": other},
    )


def figures_table(site: Site, found: Similar) -> Table:
    """What was compared, and what was not and why."""
    rows = [(one, found.periods[one], "used") for one in found.used]
    rows += [(one, found.periods.get(one, ""), f"left out: {why}") for one, why in found.left_out.items()]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(("indicator", "period", "use"), pl.String), orient="row")

    def name(row: Row) -> Cell:
        about = site.indicators[row["indicator"]]
        return Cell(about["name"], href=site.url("indicators", row["indicator"]))

    return Table(
        id="figures",
        caption="The figures, and which of them are used",
        frame=frame,
        columns=[
            Column("indicator", "Figure", name, head=True, sortable=False),
            Column("period", "Date", lambda row: Cell(period(row["period"])), sortable=False),
            Column("source", "Source", lambda row: Cell(site.indicators[row["indicator"]]["source"]), sortable=False),
            text("use", "Used", sortable=False),
        ],
        source="named in each row",
        page_size=500,
    )
