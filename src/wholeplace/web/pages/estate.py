"""The estate at a glance, and one page for each register: as it is, or as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from wholeplace.build.registers import THING
from wholeplace.place.registers import full_name
from wholeplace.place.registers.field_types import is_number
from wholeplace.place.vocabulary import Field
from wholeplace.records import WhenError
from wholeplace.resilience import as_dot
from wholeplace.web.estate import Estate
from wholeplace.web.rendering import render
from wholeplace.web.site import Site
from wholeplace.web.table import Cell, Column, Filter, Row, Table, first_rows, link, numbers, show, text
from wholeplace.web.words import date, first_upper, number, percent

#: A field with at most so many different texts can be filtered by.
MOST_OPTIONS = 30
#: Fields that a register's table shows beside the name; the record page and the downloads hold all.
MOST_SHOWN = 5
#: Fields that stand elsewhere on the page, or are too long for a table.
LEFT_OUT = ("id", "name", "notes", "contact")
#: What stands before the name of a field in the column that its table is sorted by.
_SORTED = "_by_"
#: Rows of one table of the estate at a glance; the downloads hold all.
MOST_AT_A_GLANCE = 15
#: Parts of the estate at a glance: table -> its caption.
GLANCE = {
    "stood_on": "What services stand on",
    "hosting": "Where systems run",
    "ending": "Contracts that end within a year",
    "unowned": "What nobody owns",
    "untested": "Plans not tested within a year",
}

#: The register without which a part of the estate cannot be told.
NEEDS = {
    "stood_on": "services",
    "hosting": "systems",
    "ending": "contracts",
    "unowned": "services",
    "untested": "plans",
}

Made = dict[str, Callable[[], Table | None]]


def asked_estate(site: Site, params: Mapping[str, str]) -> tuple[Estate, str]:
    """The registers at the time that an address asks for with `at`, and what is wrong with that time."""
    when = params.get("at", "").strip()
    if not when:
        return site.estate, ""
    try:
        return site.estate_at(when), ""
    except WhenError as error:
        return site.estate, first_upper(str(error)) + "."


def thing_url(site: Site, estate: Estate, thing: str) -> str:
    """The address of a thing's page, at the time that is shown."""
    return site.url("estate", "things", thing) + (f"?{urlencode({'at': estate.when})}" if estate.when else "")


def _at(estate: Estate) -> dict[str, str]:
    """What every link of a page has to keep."""
    return {"at": estate.when} if estate.when else {}


def thing_link(site: Site, estate: Estate, key: str, words: str, head: str) -> Column:
    """A column of links to the pages of things: `words` is the column with the text, `key` with the full name."""
    return link(words, head, lambda row: thing_url(site, estate, row[key]))


def glance_table(site: Site, estate: Estate, name: str) -> Table | None:
    """One table of the estate at a glance; None where it holds nothing."""
    frame = estate.table(name)
    if frame.is_empty():
        return None
    return Table(
        id=name.replace("_", "-"),
        caption=GLANCE[name],
        frame=frame,
        columns=_glance_columns(site, estate, name),
        page_size=MOST_AT_A_GLANCE,
    )


def _glance_columns(site: Site, estate: Estate, name: str) -> list[Column]:
    """The columns of one table of the estate at a glance."""

    def register(row: Row) -> Cell:
        return Cell(estate.kind(row["register"]).title)

    def supplier(row: Row) -> Cell:
        full = full_name(estate.kind("contracts").by_name["supplier"], row["supplier"])
        return Cell(estate.label(full), href=thing_url(site, estate, full)) if full else Cell()

    named = Column("register", "Register", register)
    if name == "hosting":
        return [Column("hosting", "Hosting", lambda row: Cell(_hosting(estate, row["hosting"])), head=True),
                numbers("systems", "Systems", number)]  # fmt: skip
    if name == "stood_on":
        return [
            thing_link(site, estate, "thing", "label", "Name"),
            named,
            text("kind", "Kind"),
            numbers("services", "Services", number, hint="directly or through others"),
            numbers("share", "Share of all services", percent),
        ]
    if name == "ending":
        return [
            thing_link(site, estate, "contract", "label", "Contract"),
            Column("supplier", "Supplier", supplier),
            Column("end", "Last day", lambda row: Cell(date(row["end"]))),
            numbers("days_left", "Days left", number),
        ]
    if name == "unowned":
        return [thing_link(site, estate, "thing", "label", "Name"), named, text("field", "Blank field")]
    return [
        thing_link(site, estate, "plan", "label", "Plan"),
        text("kind", "Kind"),
        Column("last_tested", "Last tested", lambda row: Cell(date(row["last_tested"]) or "never")),
    ]


def _hosting(estate: Estate, code: str) -> str:
    """What a code of the list of hostings is called."""
    codes = estate.kind("systems").by_name["hosting"].codes
    return next((one.label for one in codes if one.code == code), code) or "not said"


def registers_table(site: Site, estate: Estate) -> Table:
    """Every register with how many records it has and where they come from."""
    rows = [
        {"register": name, "title": about["title"], "meaning": about["meaning"], "records": about["records"],
         "from": "records log" if about["from_log"] else "file"}
        for name, about in estate.registers.items()
    ]  # fmt: skip
    schema = {"register": pl.String, "title": pl.String, "meaning": pl.String, "records": pl.Int64, "from": pl.String}
    frame = pl.DataFrame(rows, schema=schema)
    if rows and not estate.when:  # quality is known of the present alone
        whole = estate.quality("quality").filter(pl.col("organisation").is_null())
        mends = estate.quality("quality-mends").group_by("register").agg(pl.len().cast(pl.Int64).alias("to_mend"))
        frame = frame.join(whole.select("register", "completeness"), on="register", how="left", maintain_order="left")
        frame = frame.join(mends, on="register", how="left", maintain_order="left")
        frame = frame.with_columns(pl.col("to_mend").fill_null(0))
    query = f"?{urlencode(_at(estate))}" if estate.when else ""
    return Table(
        id="registers",
        caption="Registers",
        frame=frame,
        columns=[
            link("title", "Register", lambda row: site.url("estate", "registers", row["register"]) + query),
            text("meaning", "What is in it", sortable=False),
            numbers("records", "Records", number),
            *(
                [
                    numbers("completeness", "Complete", percent, hint="wanted fields"),
                    numbers("to_mend", "To mend", number),
                ]
                if "to_mend" in frame.columns
                else []
            ),
            text("from", "Read from", sortable=False),
        ],
    )


def glance_tables(site: Site, params: Mapping[str, str]) -> Made:
    """The tables of the estate at a glance."""
    estate, _ = asked_estate(site, params)

    def one(name: str) -> Callable[[], Table | None]:
        return lambda: glance_table(site, estate, name)

    made: Made = {name.replace("_", "-"): one(name) for name in GLANCE if estate.registers}
    return {"registers": lambda: registers_table(site, estate), **made}


def glance_view(request: HttpRequest, site: Site) -> HttpResponse:
    """The estate at a glance."""
    estate, fault = asked_estate(site, request.GET)
    tables = {name: glance_table(site, estate, name) for name in GLANCE} if estate.registers else {}
    kept = _at(estate)
    return render(
        request,
        "estate.html",
        site,
        title="Estate",
        nav="estate",
        registers=show(registers_table(site, estate), None, others=kept),
        tables={name: first_rows(table, others=kept) for name, table in tables.items() if table is not None},
        nothing=[GLANCE[name] for name, table in tables.items() if table is None and NEEDS[name] in estate.registers],
        untold=[
            GLANCE[name] for name, table in tables.items() if table is None and NEEDS[name] not in estate.registers
        ],
        scenarios=len(site.build.scenarios),
        assumed=int(estate.graph.rows["assumed"].sum()) if estate.registers else 0,
        day=estate.about.get("day", ""),
        when=estate.when,
        asked=request.GET.get("at", ""),
        fault=fault,
    )


def register_table(site: Site, estate: Estate, register: str) -> Table:
    """All records of a register; filters for fields of few different texts, links to each record."""
    if register not in estate.registers:
        raise Http404(f"{site.name} has no register {register!r}" + (" at that time." if estate.when else "."))
    kind, frame = estate.kind(register), estate.records(register)
    filled = [field for field in kind.fields if field.name in frame.columns and (frame[field.name] != "").any()]
    called = (
        pl.when(pl.col("name") == "").then(pl.col(THING)).otherwise(pl.col("name"))
        if "name" in frame.columns
        else pl.col(THING)
    )
    frame = frame.with_columns(called.alias("_called"))
    shown = [field for field in filled if field.name not in LEFT_OUT][:MOST_SHOWN]
    frame = frame.with_columns(_sorted_by(estate, field, frame[field.name]) for field in shown)
    return Table(
        id="records",
        caption=kind.title + (f" as at {estate.when}" if estate.when else ""),
        frame=frame,
        columns=[
            link("_called", "Name", lambda row: thing_url(site, estate, row[THING])),
            *(_field_column(site, estate, field) for field in shown),
        ],
        filters=[_filter(estate, field, frame) for field in shown if 1 < frame[field.name].n_unique() <= MOST_OPTIONS],
        search=["_called", THING],
        order="_called",
        meta={"register": register, **_at(estate)},
    )


def _field_column(site: Site, estate: Estate, field: Field) -> Column:
    """A column of one field: codes by their labels, references by the names of things."""
    labels = {code.code: code.label for code in field.codes}

    def cell(row: Row) -> Cell:
        words = str(row[field.name])
        value = row[_SORTED + field.name] if is_number(field) else None
        if value is not None:
            return Cell(number(value, len(words.strip().partition(".")[2])), css="wp-n")
        if field.refers and words and field.type == "reference":
            full = full_name(field, words)
            known = full in estate.labels or estate.record(full) is not None
            return Cell(estate.label(full), href=thing_url(site, estate, full) if known else "")
        return Cell(labels.get(words, words))

    by = _SORTED + field.name
    return Column(field.name, field.label, cell, hint=field.unit, numeric=is_number(field), by=by)


def _sorted_by(estate: Estate, field: Field, cells: pl.Series) -> pl.Series:
    """What a column is sorted by: numbers as numbers, references by what people call the thing, blanks last."""
    by = cells.str.strip_chars()
    if is_number(field):
        by = by.cast(pl.Float64, strict=False)
    elif field.refers and field.type == "reference":
        texts = by.unique()
        by = by.replace(texts, [estate.label(full_name(field, text)) if text else "" for text in texts])
    return (by if is_number(field) else by.replace("", None)).alias(_SORTED + field.name)


def _filter(estate: Estate, field: Field, frame: pl.DataFrame) -> Filter:
    labels = {code.code: code.label for code in field.codes}
    texts = sorted(text for text in frame[field.name].unique() if text)
    if field.refers and field.type == "reference":
        labels = {one: estate.label(full_name(field, one)) for one in texts}
    return Filter(field.name, field.label, [(one, labels.get(one, one)) for one in texts])


def register_tables(site: Site, params: Mapping[str, str], *, register: str) -> Made:
    """The table of a register."""
    estate, _ = asked_estate(site, params)
    return {"records": lambda: register_table(site, estate, register)}


def register_view(request: HttpRequest, site: Site, *, register: str) -> HttpResponse:
    """One register as it is, or as it was on the day that the address asks for."""
    estate, fault = asked_estate(site, request.GET)
    kind = estate.vocabulary.registers.get(register)
    if kind is None or (register not in estate.registers and register not in site.estate.registers):
        raise Http404(f"{site.name} has no register {register!r}.")
    there = register in estate.registers
    return render(
        request,
        "register.html",
        site,
        title=kind.title,
        nav="estate",
        trail=[("Estate", site.url("estate"))],
        kind=kind,
        from_log=there and estate.registers[register]["from_log"],
        table=show(register_table(site, estate, register), request.GET, others=_at(estate)) if there else None,
        when=estate.when,
        asked=request.GET.get("at", ""),
        fault=fault,
    )


def graph_view(request: HttpRequest, site: Site, *, ending: str) -> HttpResponse:
    """The whole graph, for Graphviz (dot) or for programs (json)."""
    estate, fault = asked_estate(site, request.GET)
    if fault or not estate.registers or ending not in {"dot", "json"}:
        raise Http404(fault or f"There is no graph.{ending} here.")
    graph = estate.graph
    headers = {"Content-Disposition": f'attachment; filename="{site.slug}-graph.{ending}"'}
    if ending == "dot":
        return HttpResponse(as_dot(graph), content_type="text/vnd.graphviz; charset=utf-8", headers=headers)
    content: dict[str, Any] = {"things": graph.things.to_dicts(), "dependencies": graph.rows.to_dicts()}
    return JsonResponse({"place": site.name, "built": site.build.built, **_at(estate), **content}, headers=headers)
