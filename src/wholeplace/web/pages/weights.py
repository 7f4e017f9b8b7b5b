"""Try your own weights: the settings stand in the address, and the page shows which ranks they move."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.http import HttpRequest, HttpResponse

from wholeplace.build import IndexView
from wholeplace.errors import WholeplaceError
from wholeplace.web import charts
from wholeplace.web.pages import index_tables
from wholeplace.web.pages.indices import find_index
from wholeplace.web.rendering import render
from wholeplace.web.site import Site
from wholeplace.web.table import Cell, Column, Row, Table, link, numbers, show
from wholeplace.web.words import MINUS, end_words, first_upper, number

#: A weight's parameter in the address is its part's id after this, so that it can be no other parameter.
PREFIX = "w-"
MOST_MOVED = 15


def read_weights(index: IndexView, params: Mapping[str, str]) -> tuple[dict[str, float], dict[str, str]]:
    """The weights an address asks for that differ from those written, and a message for each that cannot be read."""
    weights, faults = {}, {}
    for part in index.parts:
        text = params.get(PREFIX + part["id"], "").strip()
        if not text:
            continue
        try:
            weight = float(text)
        except ValueError:
            faults[part["id"]] = f"Enter a number for {part['name']}, such as 0.25"
            continue
        if not math.isfinite(weight) or weight < 0:
            faults[part["id"]] = f"The weight of {part['name']} must be 0 or more"
        elif weight != part["weight"]:
            weights[part["id"]] = weight
    return weights, faults


def moved(site: Site, index: IndexView, weights: Mapping[str, float]) -> pl.DataFrame:
    """Every area with its rank before and with the weights, in the new order."""
    frame = index.reweigh(dict(weights))
    names = site.build.areas.filter(pl.col("geography") == index.geography).select("area", "name")
    frame = frame.join(names, on="area", how="left", maintain_order="left")
    return frame.select("area", "name", "rank_before", "rank", "rank_change", "score", "decile")


def tables(site: Site, params: Mapping[str, str], *, index: str) -> dict[str, Callable[[], Table | None]]:
    """The table of ranks before and after."""
    one = find_index(site, index)

    def ranks() -> Table | None:
        weights, faults = read_weights(one, params)
        if faults:
            return None
        try:
            return ranks_table(site, one, moved(site, one, weights))
        except WholeplaceError:
            return None

    return {"ranks": ranks}


def ranks_table(site: Site, index: IndexView, frame: pl.DataFrame) -> Table:
    """Ranks before and with other weights."""

    def change(row: Row) -> Cell:
        step = row["rank_change"]
        if step is None:
            return Cell("no value", css="wp-none")
        if step == 0:
            return Cell("no change", css="wp-n")
        way = "up" if step > 0 else "down"
        return Cell(f"{number(abs(step))} {way}", css="wp-n")

    first, _ = end_words(index.spec)
    return Table(
        id="ranks",
        caption="Ranks before and with these weights",
        frame=frame,
        columns=[
            link("name", "Area", index_tables.area_link(site)),
            numbers("rank_before", "Rank before", number, hint=f"1: {first}"),
            numbers("rank", "Rank now", number),
            Column("rank_change", "Change", change, numeric=True),
            numbers("score", "Score now", lambda value: number(value, 2)),
            numbers("decile", "Tenth now", number),
        ],
        geography=index.geography,
        source=index_tables.source_of(index),
        search=("area", "name"),
        order="rank",
        page_size=25,
    )


def fields(index: IndexView, params: Mapping[str, str], faults: Mapping[str, str]) -> list[dict[str, Any]]:
    """The fields of the form, group by group: heading of the group and its parts."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for part in index.parts:
        typed = params.get(PREFIX + part["id"], "")
        groups.setdefault(part["parent"], []).append(
            {
                **part,
                "field": PREFIX + part["id"],
                "typed": typed or f"{part['weight']:g}",
                "fault": faults.get(part["id"], ""),
            }
        )
    names = {part["id"]: part["name"] for part in index.parts}
    return [{"name": names.get(parent, ""), "parts": parts} for parent, parts in groups.items()]


def view(request: HttpRequest, site: Site, *, index: str) -> HttpResponse:
    """The form, and what the weights in the address do."""
    one = find_index(site, index)
    weights, faults = read_weights(one, request.GET)
    context: dict[str, Any] = {}
    if weights and not faults:
        try:
            context = effect(site, one, weights, request.GET)
        except WholeplaceError as error:
            faults = {"": str(error)}
    return render(
        request,
        "weights.html",
        site,
        status=400 if faults else 200,
        title=f"Try your own weights: {one.name}",
        nav="indices",
        trail=[("Indices", site.url("indices")), (one.name, site.url("indices", one.id))],
        index=one,
        groups=fields(one, request.GET, faults),
        faults=[(f"w-{part}" if part else "weights", first_upper(words)) for part, words in faults.items()],
        weights=weights,
        figure=f"{one.name} with other weights",
        **context,
    )


def effect(site: Site, index: IndexView, weights: Mapping[str, float], params: Mapping[str, str]) -> dict[str, Any]:
    """How far ranks move: counts, the areas that move most, and the whole table."""
    frame = moved(site, index, weights)
    steps = frame["rank_change"].drop_nulls()
    most = frame.filter(pl.col("rank_change").abs() > 0).sort(
        pl.col("rank_change").abs(), "area", descending=[True, False]
    )
    before = set(index.scores.filter(pl.col("decile") == 1)["area"])
    after = set(frame.filter(pl.col("decile") == 1)["area"])
    names = {part["id"]: part["name"] for part in index.parts}
    written = {part["id"]: part["weight"] for part in index.parts}
    kept = {PREFIX + part: f"{weight:g}" for part, weight in weights.items()}
    return {
        "changes": [(names[part], f"{written[part]:g}", f"{weight:g}") for part, weight in weights.items()],
        "moved": int((steps != 0).sum()),
        "n": len(steps),
        "mean_move": float(steps.abs().mean() or 0.0),  # type: ignore[arg-type]
        "most_move": max((abs(step) for step in steps), default=0),
        "left": len(before - after),
        "joined": len(after - before),
        "chart_moves": moves_chart(most.head(MOST_MOVED)) if most.height else None,
        "asked": urlencode(kept),
        "table": show(ranks_table(site, index, frame), params, others=kept),
        "first": end_words(index.spec)[0],
    }


def moves_chart(most: pl.DataFrame) -> Any:
    """Bars of the areas that move most."""
    rows = [
        (
            row["name"] or row["area"],
            float(abs(row["rank_change"])),
            f"{'up' if row['rank_change'] > 0 else 'down'} {abs(row['rank_change'])}: "
            f"{row['rank_before']} to {row['rank']}",
        )
        for row in most.iter_rows(named=True)
    ]
    said = "; ".join(f"{name} {shown}" for name, _, shown in rows).replace("-", MINUS)
    return charts.bars(rows, title="Areas that move most", about=f"{said}.", name="moves")
