"""What the report of an area says, as plain texts, rows and pictures in the order in which they are read."""

from __future__ import annotations

from typing import Any

import polars as pl

from wholeplace.web import maps
from wholeplace.web.pages import portrait_brief, profile, related
from wholeplace.web.report.pictures import picture_of
from wholeplace.web.site import PLACE, Site
from wholeplace.web.words import date, number, percent, period, periods

#: What a reader is told before the figures, so that nobody concludes what they do not show.
READING = (
    "A figure of an area says nothing about one person or household who lives there.",
    "Where a 95% interval is given, it comes from a method that is right nineteen times in twenty. “Published without” "
    "means that the source does not say how sure the figure is. Two figures whose intervals overlap may be the same.",
    "Suppressed means that the publisher held the figure back; missing means that there is none. Neither means 0.",
    "Figures say where things differ, not what causes what.",
)


def area_contents(site: Site, code: str) -> dict[str, Any]:
    """Everything the report of an area shows.

    Parameters
    ----------
    site
        An opened place.
    code
        The code of an area of the place, or of the place itself.

    Returns
    -------
    dict
        Texts, lists of texts, rows and SVG pictures with their words; ready for JSON.

    Raises
    ------
    Http404
        When the place has no area of this code.
    """
    home = profile.home_of(site, code)
    row = site.build.areas.filter((pl.col("geography") == home) & (pl.col("area") == code)).row(0, named=True)
    locator = maps.locator(site, home, code) if home != PLACE else None
    larger = profile.larger_of(site, home, code)[1]
    name = row["name"] or code
    return {
        "title": f"Report on {name}",
        "name": name,
        "kind": "The place as a whole" if home == PLACE else site.geography_name(home),
        "place": site.name,
        "facts": _facts(site, home, code, row),
        "map": picture_of(locator) if locator else None,
        "indices": [_index(site, about) for about in _scores(site, code)],
        "portraits": [_portrait(one) for one in portrait_brief.briefs_of(site, home, code)],
        "portraits_reading": portrait_brief.READING,
        "summaries": [_summary(one) for one in related.summaries(site, home, code)],
        "heads": _heads(site, home, larger),
        "themes": _themes(site, home, code, larger),
        "reading": [*([site.notice] if site.notice else []), *READING],
        "sources": _sources(site, home, code),
        "built": f"Figures built {date(site.build.built[:10])} by Wholeplace {site.build.manifest['version']}.",
        "contact": f"Something wrong with a figure? Write to {site.contact}." if site.contact else "",
    }


def _facts(site: Site, home: str, code: str, row: dict[str, Any]) -> list[tuple[str, str]]:
    facts = [("Code", code)]
    if row["population"] is not None:
        facts.append(("People", f"{number(row['population'])} in {period(row['population_period'])}"))
    for one in site.above(home, code):
        share = f" ({percent(one['share'])} of its people)" if one["share"] < 0.9995 else ""
        facts.append(
            (site.geography_name(one["to_geography"]), site.names[one["to_geography"], one["to_area"]] + share)
        )
    return facts


def _scores(site: Site, code: str) -> list[dict[str, Any]]:
    return [about for index in site.indices() if (about := profile.score_of(site, index, code)) is not None]


def _index(site: Site, about: dict[str, Any]) -> dict[str, Any]:
    """One index: what its rank is and how sure, where it stands, what makes up its score."""
    index = about["index"]
    shown: dict[str, Any] = {
        "name": index.name,
        "source": f"Source: {about['source']}. Figures of {periods(index.periods)}. Areas: {about['geography']}.",
        "line": picture_of(about["line"]) if about.get("line") else None,
        "parts": picture_of(about["chart"]) if about.get("chart") else None,
        "missing": [[one["name"], one["why"]] for one in index.spec.get("missing") or []],
    }
    if about["rank"] is None:
        words = "This area has no score: some of the figures it needs are missing or suppressed."
        return shown | {"words": words}
    words = f"Rank {number(about['rank'])} of {number(about['n'])}, where 1 is {about['ends'][0]}: "
    words += f"tenth {about['decile']} of {site.name}. "
    if about.get("line"):
        words += (
            "With other reasonable choices of weights and method the rank is from "
            f"{number(about['rank_p05'])} to {number(about['rank_p95'])} in nine draws of ten, and it is in the first "
            f"tenth in {percent(about['p_decile_1'])} of the draws."
        )
    else:
        words += "The rank is published without a range."
    if about["reference_decile"]:
        words += f" Among all areas published it is in tenth {about['reference_decile']}."
    return shown | {"words": words}


def _portrait(one: portrait_brief.Brief) -> dict[str, Any]:
    """One portrait or bar: what it says of the area, what has no figure and why, and its picture where it has one."""
    dates = f" Figures of {one.dates}." if one.dates else ""
    return {
        "name": one.name,
        "sentences": list(one.sentences),
        "picture": picture_of(one.picture) if one.picture else None,
        "without": [list(pair) for pair in one.without],
        "source": f"Source: {one.source or 'published without a source'}.{dates}",
    }


def _summary(one: dict[str, Any]) -> str:
    return (
        f"{one['index'].name}: {percent(one['share_decile_1'])} of its {number(one['areas'])} ranked areas are in "
        f"tenth 1; average score {number(one['average_score'], 1)} (published without an interval)."
    )


def _heads(site: Site, home: str, larger: str) -> list[str]:
    heads = ["Indicator", "Here", "95% interval"]
    if larger:
        heads.append(larger)
    return heads if home == PLACE else [*heads, site.name]


def _themes(site: Site, home: str, code: str, larger: str) -> list[dict[str, Any]]:
    """The indicators by theme: each a row of texts, with unit, date and source below its name."""
    table = profile.indicators_table(site, home, code)
    cells = {column.key: column.cell for column in table.columns}
    keys = ["value", "lower95", *(["larger_area"] if larger else []), *(["place"] if home != PLACE else [])]
    themes: dict[str, list[Any]] = {}
    for row in table.frame.iter_rows(named=True):
        name = cells["name"](row)
        texts = [cells[key](row).text for key in keys]
        themes.setdefault(row["theme"] or "Other", []).append({"name": name.text, "note": name.note, "cells": texts})
    return [{"name": name, "rows": rows} for name, rows in themes.items()]


def _sources(site: Site, home: str, code: str) -> list[str]:
    """The sources of the area's indicators with their licences, each once."""
    named = profile.indicators_table(site, home, code).frame["indicator"].unique(maintain_order=True)
    rows = (site.indicators[name] for name in named)
    words = (
        f"{row['source'] or 'No source named'} ({row['licence'] or 'published without a licence'})" for row in rows
    )
    return list(dict.fromkeys(words))
