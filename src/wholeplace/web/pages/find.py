"""Find an area by name, code or postcode."""

from __future__ import annotations

import difflib
import re
from typing import Any

import polars as pl
from django.http import HttpRequest, HttpResponse

from wholeplace.web.rendering import render
from wholeplace.web.site import PLACE, Site

MOST_FOUND = 50


def find(site: Site, text: str) -> dict[str, Any]:
    """What a text finds.

    Returns
    -------
    found
        `areas` (area, geography, name, kind, within) by name or code, `postcodes` (postcode, area, …) by a postcode or
        its beginning, `near` names like the text where nothing is found, and `more`: there are more than are shown.
        Spaces and case count for nothing.
    """
    words = " ".join(text.split())
    key = re.sub(r"[^0-9a-z]", "", words.lower())
    if not key:
        return {"areas": [], "postcodes": [], "near": [], "more": False}
    areas, more = _areas(site, words, key)
    postcodes, more_postcodes = _postcodes(site, key.upper())
    indicators = _indicators(site, words)
    near = [] if areas or postcodes or indicators else _near(site, words)
    return {
        "areas": areas,
        "postcodes": postcodes,
        "indicators": indicators,
        "near": near,
        "more": more or more_postcodes,
    }


def _areas(site: Site, words: str, key: str) -> tuple[list[dict[str, Any]], bool]:
    wanted = re.sub(r"[^0-9\w]|_", "", words.lower())
    plain, lower = pl.col("plain"), pl.col("lower")
    rows = site.spelt.filter(plain.str.contains(wanted, literal=True) | lower.str.starts_with(key)).with_columns(
        ((lower == key) | (plain == wanted)).alias("exact"), plain.str.starts_with(wanted).alias("starts")
    )
    rows = rows.with_row_index("order").sort("exact", "starts", "order", descending=[True, True, False])
    found: dict[str, dict[str, Any]] = {}
    for row in rows.iter_rows(named=True):
        if site.homes[row["area"]] != row["geography"]:
            continue
        within = site.above(row["geography"], row["area"])
        found[row["area"]] = {
            **row,
            "kind": site.geography_name(row["geography"]),
            "within": site.names[within[0]["to_geography"], within[0]["to_area"]] if within else "",
        }
        if len(found) == MOST_FOUND:
            break
    return list(found.values()), rows.height > MOST_FOUND


def _postcodes(site: Site, key: str) -> tuple[list[dict[str, Any]], bool]:
    codes = site.build.postcodes
    if codes.is_empty() or len(key) < 2 or not re.fullmatch(r"[A-Z0-9]+", key):
        return [], False
    hits = codes.filter(pl.col("postcode_key") == key)
    if hits.is_empty() and any(letter.isdigit() for letter in key):
        hits = codes.filter(pl.col("postcode_key").str.starts_with(key))
    found = []
    for row in hits.sort("postcode_key").head(MOST_FOUND).iter_rows(named=True):
        home = site.homes.get(row["area"], row["geography"])  # a code of two vintages has one profile, of the first
        name = site.names.get((home, row["area"]), row["area"])
        found.append({**row, "name": name, "kind": site.geography_name(home), "now": _now(site, row)})
    return found, hits.height > MOST_FOUND


def _now(site: Site, row: dict[str, Any]) -> list[dict[str, Any]]:
    """The areas that a postcode's area leads to: itself, or those of other geographies that hold its people."""
    rows = site.build.belongs.filter(
        (pl.col("geography") == row["geography"]) & (pl.col("area") == row["area"]) & (pl.col("to_geography") != PLACE)
    ).sort("share", descending=True)
    return [
        {"area": one["to_area"], "name": site.names[one["to_geography"], one["to_area"]],
         "kind": site.geography_name(one["to_geography"]), "share": one["share"]}
        for one in rows.iter_rows(named=True)
    ]  # fmt: skip


def _indicators(site: Site, words: str) -> list[dict[str, Any]]:
    wanted = words.lower()
    return [row for row in site.indicators.values() if len(wanted) > 2 and wanted in row["name"].lower()][:MOST_FOUND]


def _near(site: Site, words: str) -> list[dict[str, Any]]:
    """Areas whose names, or a word of whose names, are spelt much like the text; numbers count for nothing."""
    text = " ".join(re.findall(r"\b[^\W\d]+\b", words.lower()))
    close = difflib.get_close_matches(text, site.alike, n=5, cutoff=0.7)
    found = list(dict.fromkeys(area for one in close for area in site.alike[one]))[:5]
    return [{"area": area, "name": site.names[site.homes[area], area]} for area in found]


def view(request: HttpRequest, site: Site) -> HttpResponse:
    """The form and what it finds."""
    text = request.GET.get("q", "")[:100]
    example = site.build.postcodes["postcode"][0] if not site.build.postcodes.is_empty() else ""
    return render(
        request,
        "find.html",
        site,
        title=f"Find an area: {text}" if text.strip() else "Find an area",
        nav="find",
        q=text,
        found=find(site, text) if text.strip() else None,
        example=example,
        faults={"q": "Enter a name, code or postcode"} if "q" in request.GET and not text.strip() else {},
        most=MOST_FOUND,
    )
