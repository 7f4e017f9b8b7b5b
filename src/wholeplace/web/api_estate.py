"""The API of registers: records, what depends on what, and history; answered on the machine itself only."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Path, Query, Router
from ninja.errors import HttpError

from wholeplace.build.registers import THING
from wholeplace.records import UnknownThingError, WhenError, has_log, history_of
from wholeplace.resilience import Link
from wholeplace.web import schemas
from wholeplace.web.estate import Estate
from wholeplace.web.http import find_site
from wholeplace.web.pages.scenario import scenario_of
from wholeplace.web.pages.scenarios import scenarios_frame
from wholeplace.web.paging import paged, refuse_unknown
from wholeplace.web.schemas import FAULTS, Problem

router = Router(tags=["registers"])
ANSWERS = {**FAULTS, 403: Problem}


def estate_of(place: str, at: str) -> Estate:
    """The registers of a place at a time; 422 for text that is no time."""
    site = find_site(place)
    try:
        return site.estate_at(at) if at else site.estate
    except WhenError as error:
        raise HttpError(422, str(error)) from None


@router.get("/p/{place}/estate/registers", response={200: schemas.Registers, **ANSWERS})
def registers(request: HttpRequest, place: str, query: Annotated[schemas.AtQuery, Query()]) -> Any:
    """Registers with how many records each has."""
    refuse_unknown(request, schemas.AtQuery)
    items = list(estate_of(place, query.at).registers.values())
    return {"count": len(items), "items": items}


@router.get("/p/{place}/estate/registers/{name}", response={200: schemas.Records, **ANSWERS})
def records(request: HttpRequest, place: str, name: str, query: Annotated[schemas.RecordQuery, Query()]) -> Any:
    """Records of a register: `thing` is the full name, every other field as written, blank where it says nothing."""
    refuse_unknown(request, schemas.RecordQuery)
    estate = estate_of(place, query.at)
    if name not in estate.registers:
        raise Http404(f"There is no register {name!r}. There are: {', '.join(estate.registers) or 'none'}.")
    return paged(request, estate.records(name).rename({THING: "thing"}), query)


@router.get("/p/{place}/estate/graph", response={200: schemas.GraphAnswer, **ANSWERS})
def graph(request: HttpRequest, place: str, query: Annotated[schemas.AtQuery, Query()]) -> Any:
    """Every thing that can fail, and every dependency."""
    refuse_unknown(request, schemas.AtQuery)
    found = estate_of(place, query.at).graph
    return {"things": found.things.to_dicts(), "dependencies": found.rows.to_dicts()}


@router.get("/p/{place}/estate/scenarios", response={200: schemas.Scenarios, **ANSWERS})
def scenarios(request: HttpRequest, place: str, query: Annotated[schemas.Paging, Query()]) -> Any:
    """Scenarios, with the chance that some service stops or passes its limits."""
    refuse_unknown(request, schemas.Paging)
    return paged(request, scenarios_frame(find_site(place)), query)


@router.get("/p/{place}/estate/scenarios/{scenario}", response={200: dict[str, Any], **ANSWERS})
def scenario(request: HttpRequest, place: str, scenario: str) -> Any:
    """The result of a scenario as it was built: the document that `wholeplace scenario run --json` writes."""
    refuse_unknown(request)
    found = scenario_of(find_site(place), scenario)
    if not found.ran:
        raise Http404(f"{found.name} was not run: {found.about['headlines'][0]}")
    return found.result


@router.get("/p/{place}/estate/things/{path:thing}/history", response={200: schemas.History, **ANSWERS})
def history(request: HttpRequest, place: str, thing: Annotated[str, Path()]) -> Any:
    """Every entry of the records log about a thing, the oldest first; `item` is the canonical JSON that is hashed."""
    refuse_unknown(request)
    site = find_site(place)
    if not has_log(site.folder):
        raise Http404(f"{site.name} has no records log.")
    try:
        entries = [entry._asdict() for entry in history_of(site.folder, thing)]
    except UnknownThingError as error:
        raise Http404(str(error)) from None
    return {"count": len(entries), "items": entries}


@router.get("/p/{place}/estate/things/{path:thing}", response={200: schemas.ThingAnswer, **ANSWERS})
def thing(
    request: HttpRequest, place: str, thing: Annotated[str, Path()], query: Annotated[schemas.AtQuery, Query()]
) -> Any:
    """One record, who names it, what it depends on and what depends on it, two steps each way."""
    refuse_unknown(request, schemas.AtQuery)
    estate = estate_of(place, query.at)
    record = estate.record(thing)
    if record is None:
        raise Http404(f"There is no {thing!r} in the registers.")
    return {
        "thing": thing,
        "record": record,
        "used_by": [{"thing": one, "register": name, "field": field} for one, name, field in estate.used_by(thing)],
        "depends_on": _flat(estate.graph.depends_on(thing), thing),
        "needed_by": _flat(estate.graph.needed_by(thing), thing),
    }  # fmt: skip


def _flat(links: tuple[Link, ...], start: str) -> list[dict[str, Any]]:
    """Links of a walk one after the other, each with the thing it was met from."""
    found: list[dict[str, Any]] = []
    for link in links:
        found.append(
            {"thing": link.thing, "from": start, "step": link.step, "group": link.group, "required": link.required,
             "alternatives": link.alternatives}
        )  # fmt: skip
        found += _flat(link.links, link.thing)
    return found
