"""The estate at a glance, and one page for each register: as it is, or as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from wholeplace.build.registers import THING
from wholeplace.place.vocabulary import Field
from wholeplace.records import WhenError
from wholeplace.resilience import as_dot
from wholeplace.web.rendering import render
from wholeplace.web.site import Site
from wholeplace.web.table import Cell, Column, Filter, Row, Table, link, numbers, show, text
from wholeplace.web.words import date, number, percent

#: A field with at most so many different texts can be filtered by.
MOST_OPTIONS = 30
#: Fields that a register's table shows beside the name; the record page and the downloads hold all.
MOST_SHOWN = 5
#: Parts of the estate at a glance: table -> its caption.
GLANCE = {
    "stood_on": "What services stand on",
    "hosting": "Where systems run",
    "ending": "Contracts that end within a year",
    "unowned": "What nobody owns",
    "untested": "Plans not tested within a year",
}

Made = dict[str, Callable[[], Table | None]]


def thing_link(site: Site, key: str, words: str, head: str) -> Column:
    """A column of links to the pages of things: `words` is the column with the text, `key` with the full name."""
    return link(words, head, lambda row: site.url("estate", "things", row[key]))


def glance_table(site: Site, name: str) -> Table | None:
    """One table of the estate at a glance; None where it holds nothing."""
    frame = site.estate.table(name)
    if frame.is_empty():
        return None
    return Table(
        id=name.replace("_", "-"),
        caption=GLANCE[name],
        frame=frame,
        columns=_glance_columns(site, name),
        search=("label",) if "label" in frame.columns else (),
        page_size=20,
    )


def _glance_columns(site: Site, name: str) -> list[Column]:
    """The columns of one table of the estate at a glance."""

    def register(row: Row) -> Cell:
        about = site.estate.registers.get(row["register"])
        return Cell(str(about["title"]) if about else row["register"])

    named = Column("register", "Register", register)
    if name == "hosting":
        return [Column("hosting", "Hosting", lambda row: Cell(_hosting(site, row["hosting"])), head=True),
                numbers("systems", "Systems", number)]  # fmt: skip
    if name == "stood_on":
        return [
            thing_link(site, "thing", "label", "Name"),
            named,
            text("kind", "Kind"),
            numbers("services", "Services", number, hint="directly or through others"),
            numbers("share", "Share of all services", percent),
        ]
    if name == "ending":
        return [
            thing_link(site, "contract", "label", "Contract"),
            text("supplier", "Supplier"),
            Column("end", "Last day", lambda row: Cell(date(row["end"]))),
            numbers("days_left", "Days left", number),
        ]
    if name == "unowned":
        return [thing_link(site, "thing", "label", "Name"), named, text("field", "Blank field")]
    return [
        thing_link(site, "plan", "label", "Plan"),
        text("kind", "Kind"),
        Column("last_tested", "Last tested", lambda row: Cell(date(row["last_tested"]) or "never")),
    ]


def _hosting(site: Site, code: str) -> str:
    """What a code of the list of hostings is called."""
    codes = site.estate.kind("systems").by_name["hosting"].codes
    return next((one.label for one in codes if one.code == code), code) or "not said"


def registers_table(site: Site) -> Table:
    """Every register with how many records it has and where they come from."""
    rows = [
        {"register": name, "title": about["title"], "meaning": about["meaning"], "records": about["records"],
         "from": "records log" if about["from_log"] else "file"}
        for name, about in site.estate.registers.items()
    ]  # fmt: skip
    schema = {"register": pl.String, "title": pl.String, "meaning": pl.String, "records": pl.Int64, "from": pl.String}
    return Table(
        id="registers",
        caption="Registers",
        frame=pl.DataFrame(rows, schema=schema),
        columns=[
            link("title", "Register", lambda row: site.url("estate", "registers", row["register"])),
            text("meaning", "What is in it", sortable=False),
            numbers("records", "Records", number),
            text("from", "Read from", sortable=False),
        ],
    )


def glance_tables(site: Site, params: Mapping[str, str]) -> Made:
    """The tables of the estate at a glance."""

    def one(name: str) -> Callable[[], Table | None]:
        return lambda: glance_table(site, name)

    made: Made = {name.replace("_", "-"): one(name) for name in GLANCE if site.estate.registers}
    return {"registers": lambda: registers_table(site), **made}


def glance_view(request: HttpRequest, site: Site) -> HttpResponse:
    """The estate at a glance."""
    estate = site.estate
    tables = {name: glance_table(site, name) for name in GLANCE} if estate.registers else {}
    return render(
        request,
        "estate.html",
        site,
        title="Estate",
        nav="estate",
        registers=show(registers_table(site), {}),
        tables={name: show(table, {}) for name, table in tables.items() if table is not None},
        nothing=[GLANCE[name] for name, table in tables.items() if table is None],
        day=estate.about.get("day", ""),
    )


def register_table(site: Site, register: str, when: str) -> Table:
    """All records of a register; filters for fields of few different texts, links to each record."""
    estate = site.estate
    if register not in estate.registers:
        raise Http404(f"{site.name} has no register {register!r}.")
    kind = estate.kind(register)
    frame = estate.records(register, when)
    own = [name for name in frame.columns if name != THING and name not in kind.by_name]
    filled = [field for field in kind.fields if field.name in frame.columns and (frame[field.name] != "").any()]
    named = "name" if not kind.composite and "name" in [field.name for field in filled] else THING
    shown = [field for field in filled if field.name not in {"id", "name", "notes", "contact"}][:MOST_SHOWN]
    at = {"at": when} if when else {}

    def href(row: Row) -> str:
        return site.url("estate", "things", row[THING]) + (f"?at={when}" if when else "")

    frame = frame.with_columns(
        pl.when(pl.col(named) == "").then(pl.col(THING)).otherwise(pl.col(named)).alias("_called")
    )
    return Table(
        id="records",
        caption=f"{kind.title}" + (f" as at {when}" if when else ""),
        frame=frame,
        columns=[link("_called", "Name", href), *(_field_column(field) for field in shown)],
        filters=[_filter(field, frame) for field in shown if 1 < frame[field.name].n_unique() <= MOST_OPTIONS],
        search=["_called", *(["id"] if "id" in frame.columns else []), *own[:1]],
        order="_called",
        meta={"register": register, **at},
    )


def _field_column(field: Field) -> Column:
    labels = {code.code: code.label for code in field.codes}
    head = field.name.replace("_", " ").capitalize()

    def cell(row: Row) -> Cell:
        words = str(row[field.name])
        return Cell(labels.get(words, words))

    return Column(field.name, head, cell, hint=field.unit)


def _filter(field: Field, frame: pl.DataFrame) -> Filter:
    labels = {code.code: code.label for code in field.codes}
    texts = sorted(text for text in frame[field.name].unique() if text)
    return Filter(field.name, field.name.replace("_", " ").capitalize(), [(one, labels.get(one, one)) for one in texts])


def register_tables(site: Site, params: Mapping[str, str], *, register: str) -> Made:
    """The table of a register."""
    return {"records": lambda: register_table(site, register, params.get("at", ""))}


def register_view(request: HttpRequest, site: Site, *, register: str) -> HttpResponse:
    """One register as it is, or as it was on the day that the address asks for."""
    when, fault = asked_time(site, request.GET)
    table = register_table(site, register, when)
    kind = site.estate.kind(register)
    return render(
        request,
        "register.html",
        site,
        title=kind.title,
        nav="estate",
        trail=[("Estate", site.url("estate"))],
        kind=kind,
        about=site.estate.registers[register],
        table=show(table, request.GET, others={"at": when} if when else None),
        when=when,
        asked=request.GET.get("at", ""),
        fault=fault,
    )


def asked_time(site: Site, params: Mapping[str, str]) -> tuple[str, str]:
    """The time that an address asks for, and what is wrong with it; both may be blank."""
    when = params.get("at", "").strip()
    if not when:
        return "", ""
    if not site.estate.has_log:
        return "", "This place has no records log yet, so that only the present can be shown."
    try:
        site.estate.time_of(when)
    except WhenError as error:
        return "", str(error)
    return when, ""


def graph_view(request: HttpRequest, site: Site, *, ending: str) -> HttpResponse:
    """The whole graph, for Graphviz (dot) or for programs (json)."""
    if not site.estate.registers or ending not in {"dot", "json"}:
        raise Http404(f"There is no graph.{ending} here.")
    graph = site.estate.graph
    headers = {"Content-Disposition": f'attachment; filename="{site.slug}-graph.{ending}"'}
    if ending == "dot":
        return HttpResponse(as_dot(graph), content_type="text/vnd.graphviz; charset=utf-8", headers=headers)
    content: dict[str, Any] = {"things": graph.things.to_dicts(), "dependencies": graph.rows.to_dicts()}
    return JsonResponse({"place": site.name, "built": site.build.built, **content}, headers=headers)
