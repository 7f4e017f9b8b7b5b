"""Up to four areas side by side; which they are stands in the address, and a search box adds one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import numpy as np
import polars as pl
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

from wholeplace.measure.values import compare_with, estimates
from wholeplace.place.periods import period_middle
from wholeplace.web.pages.find import find
from wholeplace.web.pages.index_tables import has_ranges, source_of
from wholeplace.web.rendering import render
from wholeplace.web.side_by_side import Lane, side_by_side
from wholeplace.web.site import PLACE, Site
from wholeplace.web.table import Cell, Column, Row, Table, TableView, show, text
from wholeplace.web.words import NO_VALUE, WITHOUT, Writer, end_words, first_upper, number, period

MOST = 4
LETTERS = "ABCD"
#: Value types whose figures cannot be called better or worse than those of the place.
NOT_COMPARED = ("count", "rank")


@dataclass(frozen=True)
class Asked:
    """The areas an address asks for: those that can be compared, their geography, and what cannot be used."""

    areas: tuple[str, ...] = ()
    geography: str = ""
    faults: tuple[str, ...] = field(default=())


def read(site: Site, params: Mapping[str, str]) -> Asked:
    """The areas in an address; every fault in words."""
    given = params.getlist("area") if isinstance(params, QueryDict) else [params["area"]] if "area" in params else []
    codes = list(dict.fromkeys(one.strip() for one in given if one.strip()))
    faults = [f"There is no area {code!r} in {site.name}" for code in codes if code not in site.homes]
    codes = [code for code in codes if code in site.homes]
    if len(codes) > MOST:
        left = ", ".join(site.names[site.homes[code], code] or code for code in codes[MOST:])
        faults.append(f"Up to four areas can be compared; left out: {left}")
        codes = codes[:MOST]
    geographies = [*site.geographies, PLACE]
    shared = [one for one in geographies if all((one, code) in site.names for code in codes)]
    if codes and not shared:
        kinds = ", ".join(f"{site.names[site.homes[code], code] or code} ({site.geography_name(site.homes[code])})"
                          for code in codes)  # fmt: skip
        faults.append(f"Areas of different kinds cannot be compared: {kinds}")
        codes = [code for code in codes if site.homes[code] == site.homes[codes[0]]]
        shared = [site.homes[codes[0]]]
    return Asked(tuple(codes), shared[0] if codes else "", tuple(faults))


def link_to(codes: tuple[str, ...] | list[str]) -> str:
    """The address of the page with these areas."""
    return "?" + urlencode([("area", code) for code in codes])


def tables(site: Site, params: Mapping[str, str]) -> dict[str, Callable[[], Table | None]]:
    """The tables of indices and indicators."""
    asked = read(site, params)
    if asked.faults or not asked.areas:
        return {}
    return {"indices": lambda: indices_table(site, asked), "indicators": lambda: indicators_table(site, asked)}


def view(request: HttpRequest, site: Site) -> HttpResponse:
    """The areas side by side, and the box that adds one."""
    asked = read(site, request.GET)
    words = request.GET.get("q", "").strip()[:100]
    found: dict[str, Any] | None = None
    if words and len(asked.areas) < MOST:
        found = find(site, words)
        hits = [one["area"] for one in found["areas"]] + [one["area"] for one in found["postcodes"]]
        hits = list(dict.fromkeys(hits))
        if len(hits) == 1 and not asked.faults:
            return HttpResponseRedirect(request.path + link_to([*asked.areas, *hits]))
    chosen = [
        {"area": code, "name": site.names[asked.geography, code] or code, "letter": letter,
         "without": link_to([one for one in asked.areas if one != code])}
        for letter, code in zip(LETTERS, asked.areas, strict=False)
    ]  # fmt: skip
    indices = indices_table(site, asked) if asked.areas else None
    return render(
        request,
        "compare.html",
        site,
        status=400 if asked.faults else 200,
        title="Compare areas" if not chosen else "Compare " + ", ".join(one["name"] for one in chosen),
        nav="areas",
        trail=[("Areas", site.url("areas"))],
        asked=asked,
        faults=[("chosen", fault) for fault in asked.faults],
        chosen=chosen,
        most=MOST,
        words=words,
        results=results(site, asked, found) if found else [],
        nothing=bool(words) and found is not None and not results(site, asked, found),
        geography_name=site.geography_name(asked.geography) if asked.geography else "",
        elsewhere=any(site.homes[code] != asked.geography for code in asked.areas),
        indices=as_shown(indices, asked) if indices is not None and indices.frame.height else None,
        table=as_shown(indicators_table(site, asked), asked) if asked.areas else None,
        figure="areas side by side: " + ", ".join(asked.areas) if asked.areas else "",
    )


def as_shown(table: Table, asked: Asked) -> TableView:
    """A table whose downloads keep the areas in their address."""
    return replace(show(table, None), query=link_to(asked.areas).removeprefix("?"))


def results(site: Site, asked: Asked, found: Mapping[str, Any]) -> list[dict[str, str]]:
    """The areas of one kind with those chosen that the search box found, each with the address that adds it."""
    hits = [*found["areas"], *found["postcodes"], *found["near"]]
    known: dict[str, dict[str, str]] = {}
    for one in hits:
        home = site.homes.get(one["area"], "")
        fits = not asked.geography or (asked.geography, one["area"]) in site.names
        if home and fits and one["area"] not in asked.areas:
            name = site.names[home, one["area"]] or one["area"]
            known[one["area"]] = {"area": one["area"], "name": name, "kind": site.geography_name(home),
                                  "href": link_to([*asked.areas, one["area"]])}  # fmt: skip
    return list(known.values())


def indices_table(site: Site, asked: Asked) -> Table:
    """The rank of each area in every index of their geography, with its range."""
    rows = []
    for index in site.indices():
        if index.geography != asked.geography:
            continue
        row: dict[str, Any] = {
            "index": index.id, "name": index.name, "ranked": index.scores["rank"].count(),
            "first": end_words(index.spec)[0], "period": ", ".join(index.periods), "source": source_of(index),
        }  # fmt: skip
        for code in asked.areas:
            found = index.scores.filter(pl.col("area") == code).to_dicts()
            one = found[0] if found else {}
            for key in ("score", "rank", "decile", "rank_p05", "rank_p95"):
                row[f"{code}_{key}"] = one.get(key)
        row["_ranges"] = has_ranges(index)
        rows.append(row)

    def cell(code: str) -> Callable[[Row], Cell]:
        def made(row: Row) -> Cell:
            if row[f"{code}_rank"] is None:
                return Cell("no score", css="wp-none")
            ranks = f"rank {number(row[f'{code}_rank'])}"
            if row[f"{code}_rank_p05"] is not None:
                ranks += f", range {number(row[f'{code}_rank_p05'])} to {number(row[f'{code}_rank_p95'])}"
            else:
                ranks += f", {WITHOUT} a range"
            return Cell(f"{ranks}; score {number(row[f'{code}_score'], 1)}")

        return made

    def name(row: Row) -> Cell:
        about = f"of {number(row['ranked'])} areas, 1 is {row['first']}. Figures of {row['period']}"
        return Cell(row["name"], href=site.url("indices", row["index"]), note=about)

    columns = [Column("name", "Index", name, head=True, sortable=False)]
    columns += [
        Column(f"{code}_rank", f"{letter}. {_name(site, asked, code)}", cell(code), sortable=False)
        for letter, code in zip(LETTERS, asked.areas, strict=False)
    ]
    return Table(id="indices", caption="Indices", frame=pl.DataFrame(rows, infer_schema_length=None), columns=columns,
                 source="named in each row", page_size=200, meta={"areas": ", ".join(asked.areas)})  # fmt: skip


def _name(site: Site, asked: Asked, code: str) -> str:
    return site.names[asked.geography, code] or code


def indicator_rows(site: Site, asked: Asked) -> pl.DataFrame:
    """One row an indicator: each area's value, interval, status and standing to the place, at their latest date."""
    values = site.build.values
    here = values.filter((pl.col("geography") == asked.geography) & pl.col("area").is_in(list(asked.areas)))
    whole = values.filter((pl.col("area") == site.code) & (asked.geography != PLACE))
    places = {(row["indicator"], row["period"]): (row["value"], row["status"]) for row in whole.iter_rows(named=True)}
    order = pl.DataFrame({"area": asked.areas})
    rows = []
    for name, about in site.indicators.items():
        own = here.filter(pl.col("indicator") == name)
        if own.is_empty():
            continue
        date = max(own["period"].unique().to_list(), key=period_middle)
        own = order.join(own.filter(pl.col("period") == date), on="area", how="left", maintain_order="left")
        own = own.with_columns(pl.col("status").fill_null("O"))
        against, status = places.get((name, date), (None, "O"))
        against = None if about["value_type"] in NOT_COMPARED else against
        standing = compare_with(
            estimates(own, site.build.people.indicators[name]), np.nan if against is None else against,
            polarity=about["polarity"] or "none",
        )  # fmt: skip
        row: dict[str, Any] = {"indicator": name, "name": about["name"], "theme": about["theme"] or "Other",
                               "period": date, "unit": about["unit"], "source": about["source"]}  # fmt: skip
        for one, word in zip(own.iter_rows(named=True), standing.word.tolist(), strict=True):
            row |= {f"{one['area']}_{key}": one[key] for key in ("value", "lower95", "upper95", "status")}
            row[f"{one['area']}_standing"] = word
        row |= {"place": against, "place_status": status, "_type": about["value_type"]}
        row["moved_from"] = own["moved_from"].drop_nulls().first()
        rows.append(row)
    frame = pl.DataFrame(rows, infer_schema_length=None)
    themes = {theme: place for place, theme in enumerate(dict.fromkeys(frame["theme"]))} if rows else {}
    return (
        frame.sort(pl.col("theme").replace_strict(themes, return_dtype=pl.Int64), maintain_order=True)
        if rows
        else frame
    )


def indicators_table(site: Site, asked: Asked) -> Table:
    """Every indicator of the areas side by side, by theme."""
    writers = {name: Writer(row) for name, row in site.indicators.items()}

    def cell(code: str) -> Callable[[Row], Cell]:
        def made(row: Row) -> Cell:
            writer = writers[row["indicator"]]
            words = writer.value(row[f"{code}_value"], row[f"{code}_status"])
            if row[f"{code}_value"] is None:
                return Cell(words, css="wp-none")
            interval = writer.interval(row[f"{code}_lower95"], row[f"{code}_upper95"])
            said = [f"{words} ({interval or WITHOUT})"]
            standing = row[f"{code}_standing"]
            if standing != "not compared":
                said.append(f"{standing} {'to' if standing == 'similar' else 'than'} {site.name}")
            return Cell(": ".join(said))

        return made

    def place(row: Row) -> Cell:
        if row["_type"] in NOT_COMPARED:
            return Cell("not compared", css="wp-none")
        if row["place"] is None:
            return Cell(NO_VALUE.get(row["place_status"], "missing"), css="wp-none")
        return Cell(writers[row["indicator"]].plain(row["place"]), css="wp-n")

    def drawn(row: Row) -> Cell:
        scale = site.scales.get((row["indicator"], asked.geography, row["period"]))
        values = [row[f"{code}_value"] for code in asked.areas]
        if (
            scale is None
            or scale[0] == scale[1]
            or row["_type"] == "rank"
            or not any(one is not None for one in values)
        ):
            return Cell()
        lanes = [
            Lane(letter, row[f"{code}_value"], row[f"{code}_lower95"], row[f"{code}_upper95"])
            for letter, code in zip(LETTERS, asked.areas, strict=False)
        ]
        writer = writers[row["indicator"]]
        said = ", ".join(
            f"{letter} {writer.value(row[f'{code}_value'], row[f'{code}_status'])}"
            for letter, code in zip(LETTERS, asked.areas, strict=False)
        )
        return Cell(html=side_by_side(lanes, row["place"], scale, f"{row['name']}: {said}"))

    def name(row: Row) -> Cell:
        about = [f"{first_upper(writers[row['indicator']].unit_words)}, {period(row['period'])}", row["source"]]
        if row["moved_from"] in site.geographies:
            about.append(f"Moved from {site.geography_name(row['moved_from'])}")
        return Cell(row["name"], href=site.url("indicators", row["indicator"]), note=". ".join(filter(None, about)))

    columns = [Column("name", "Indicator", name, head=True, sortable=False)]
    columns += [
        Column(f"{code}_value", f"{letter}. {_name(site, asked, code)}", cell(code), sortable=False)
        for letter, code in zip(LETTERS, asked.areas, strict=False)
    ]
    if asked.geography != PLACE:
        columns.append(Column("place", site.name, place, numeric=True, sortable=False))
    columns.append(Column("_drawn", "Drawn", drawn, sortable=False))
    frame = indicator_rows(site, asked)
    if frame.is_empty():
        frame, columns = pl.DataFrame(schema={"name": pl.String}), [text("name", "Indicator")]
    return Table(
        id="indicators", caption="Indicators", frame=frame, columns=columns, source="named in each row",
        group=lambda row: row["theme"], page_size=2_000, meta={"areas": ", ".join(asked.areas)},
    )  # fmt: skip
