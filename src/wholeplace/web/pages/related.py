"""The areas that belong with an area: those within it, those beside it in a larger one, and those ranked next to it."""

from __future__ import annotations

from typing import Any

import polars as pl

from wholeplace.build import IndexView
from wholeplace.web.site import PLACE, Site

#: So many areas before and after an area in a ranking are named in its profile.
RANKED_NEXT = 2


def within(site: Site, home: str, code: str) -> list[dict[str, Any]]:
    """The smaller areas in an area, from the first geography that has some: name, area, share."""
    start = next((one for one, end in site.coarser.items() if end == home), None)
    return [] if start is None else _members(site, start, home, code)


def beside(site: Site, home: str, code: str) -> tuple[str, list[dict[str, Any]]]:
    """The larger area that holds most of an area's people, by name, and the other areas in it."""
    end = site.coarser.get(home)
    larger = next((row["to_area"] for row in site.above(home, code) if row["to_geography"] == end), None)
    if home == PLACE or end is None or larger is None:
        return "", []
    rows = [row for row in _members(site, home, end, larger) if row["area"] != code]
    return site.names[end, larger], rows


def _members(site: Site, start: str, end: str, code: str) -> list[dict[str, Any]]:
    rows = site.build.belongs.filter(
        (pl.col("geography") == start) & (pl.col("to_geography") == end) & (pl.col("to_area") == code)
    )
    found = [{**row, "name": site.names[start, row["area"]]} for row in rows.iter_rows(named=True)]
    return sorted(found, key=lambda row: str(row["name"]))


def ranked_next(index: IndexView, code: str) -> list[dict[str, Any]]:
    """The areas just before and after an area in a ranking: area, name, rank."""
    ranked = index.scores.select("area", "name", "rank").filter(pl.col("rank").is_not_null()).sort("rank", "area")
    here = ranked["area"].index_of(code)
    if here is None:
        return []
    first = max(0, here - RANKED_NEXT)
    near = ranked.slice(first, here + RANKED_NEXT + 1 - first)
    return near.filter(pl.col("area") != code).to_dicts()


def summaries(site: Site, home: str, code: str) -> list[dict[str, Any]]:
    """What each index says of a larger area as a whole: index, and its summary measures.

    Of the whole place only an index that ranks it among others says something: one area in ten is in the first tenth of
    its own.
    """
    found = []
    for index in site.indices():
        if home == PLACE and "reference_rank" not in index.scores.columns:
            continue
        here = (pl.col("geography") == home) & (pl.col("area") == code)
        found += [{"index": index, **row} for row in index.summaries.filter(here).iter_rows(named=True)]
    return found
