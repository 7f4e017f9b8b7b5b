"""What the portraits and bars of a place say of one area in a few sentences, for its profile and its report."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

import polars as pl
from markupsafe import Markup

from wholeplace.build import BarView, PortraitView
from wholeplace.measure.portraits import portrait_in_brief, summarise_bar, summarise_portrait
from wholeplace.web.pages import bar_tables, portrait_tables, portraits
from wholeplace.web.site import PLACE, Site
from wholeplace.web.words import NO_VALUE, first_upper

#: What to keep in mind of portraits where only their sentences stand.
READING = (
    "A gap is how far a figure is from a floor or ceiling that somebody chose, as a share: another choice would give "
    "another picture. The limit is the same for every area, where a rank sets areas against one another: the best may "
    "still be short of it. Being below what a service asks is not being shut out of it. Both are figures of areas, not "
    "of any one person."
)


@dataclass(frozen=True)
class Brief:
    """One portrait or bar of an area: sentences, the dates of its figures, what has no figure and why, its source.

    `short` is a line of a doughnut's counts, blank of a bar. `href` leads to its page with this area chosen; `picture`
    is the doughnut, and None of a bar.
    """

    id: str
    name: str
    href: str
    sentences: tuple[str, ...]
    dates: str
    without: tuple[tuple[str, str], ...]
    source: str
    picture: Markup | None = None
    short: str = ""


def briefs_of(site: Site, home: str, code: str) -> list[Brief]:
    """Every portrait that has the area, then every bar that has it; nothing of those that do not reach it."""
    found = []
    for name in site.build.portraits:
        view = site.build.portrait(name)
        if view.dimensions.filter(_is(home, code)).height:
            found.append(_doughnut(site, view, home, code))
    for name in site.build.bars:
        bar = site.build.bar(name)
        if bar.bounds.filter(_is(home, code)).height:
            found.append(_bar(site, bar, home, code))
    return found


def _is(home: str, code: str) -> pl.Expr:
    return (pl.col("geography") == home) & (pl.col("area") == code)


def _doughnut(site: Site, view: PortraitView, home: str, code: str) -> Brief:
    rows = view.dimensions.filter(_is(home, code)).to_dicts()
    measures = view.measures.filter(_is(home, code))
    name = portraits.area_name(site, home, code)
    return Brief(
        id=f"portrait-{view.id}",
        name=view.spec.name,
        href=_href(site.url("portraits", view.id), home, code),
        sentences=summarise_portrait(name, view.spec, rows),
        dates=portrait_tables.dates_of(measures["period"]),
        without=portrait_tables.without_figure(site, view, rows),
        source=portrait_tables.sources_of(site, view),
        picture=portraits.picture(view, rows, name),
        short=portrait_in_brief(rows),
    )


def _bar(site: Site, view: BarView, home: str, code: str) -> Brief:
    demands, bounds = view.demands.filter(_is(home, code)), view.bounds.filter(_is(home, code))
    known = {row["kind"]: row for row in demands.iter_rows(named=True)}
    without = []
    for one in view.spec.demand:
        row = known.get(one.kind)
        if one.made and not one.indicator:
            without.append((first_upper(one.kind), f"not measured. {one.why}"))
        elif one.made and (row is None or row["share"] is None):
            status = NO_VALUE.get(row["status"], "missing") if row else "missing"
            without.append((first_upper(one.kind), f"{status} here ({site.indicators[one.indicator]['name']})"))
    return Brief(
        id=f"bar-{view.id}",
        name=f"Digital bar: {view.spec.name}",
        href=_href(site.url("bars", view.id), home, code),
        sentences=summarise_bar(
            portraits.area_name(site, home, code), view.spec, demands.to_dicts(), bounds.to_dicts()
        ),
        dates=portrait_tables.dates_of(demands["period"]),
        without=tuple(without),
        source=bar_tables.sources_of(site, view),
    )


def _href(page: str, home: str, code: str) -> str:
    return page if home == PLACE else f"{page}?{urlencode({'area': code})}"
