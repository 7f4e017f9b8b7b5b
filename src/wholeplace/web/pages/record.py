"""The page of one record: its fields, who names it, what it stands on, what stands on it, and its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse

from wholeplace.place.registers import ASSUMPTION, full_name, references_in
from wholeplace.place.vocabulary import Field, RegisterKind
from wholeplace.records import UnknownThingError, has_log, history_of, steps
from wholeplace.resilience import Link
from wholeplace.web.estate import Estate
from wholeplace.web.focus import focus_picture
from wholeplace.web.pages.estate import asked_estate
from wholeplace.web.pages.quality import mends_of
from wholeplace.web.rendering import render
from wholeplace.web.site import Site
from wholeplace.web.words import date

#: Users of a thing that a page lists; the rest are counted.
MOST_USERS = 100


def view(request: HttpRequest, site: Site, *, thing: str) -> HttpResponse:
    """One record as it is, or as it was on the day that the address asks for."""
    estate, fault = asked_estate(site, request.GET)
    found = estate.vocabulary.split(thing)
    history = _history(site, found[0], thing) if found is not None else []
    record = estate.record(thing)
    if found is None or (record is None and not history):
        raise Http404(f"{site.name} has no {thing!r} in its registers.")
    kind = found[0]
    users = estate.used_by(thing)
    down, up = estate.graph.depends_on(thing), estate.graph.needed_by(thing)
    return render(
        request,
        "record.html",
        site,
        title=_title(estate, kind, thing, record or site.estate.record(thing) or {}),
        nav="estate",
        trail=[("Estate", site.url("estate")), (kind.title, site.url("estate", "registers", kind.name))],
        thing=thing,
        kind=kind,
        record=record,
        fields=[_field(site, estate, kind.by_name.get(name), name, text) for name, text in (record or {}).items()],
        users=[{"thing": one, "label": estate.label(one), "field": estate.kind(register).by_name[field].label.lower(),
                "register": estate.kind(register).title} for one, register, field in users[:MOST_USERS]],
        more_users=max(0, len(users) - MOST_USERS),
        picture=focus_picture(site, estate, thing, down, up) if down or up else None,
        down=_nested(estate, down),
        up=_nested(estate, up),
        on_assumptions=_any_assumed(down) or _any_assumed(up),
        can_fail=kind.can_fail,
        assumed=kind.name == "dependencies" and (record or {}).get("notes", "").strip().startswith(ASSUMPTION),
        scenarios=[] if estate.when else site.in_scenarios.get(thing, []),
        mends=[] if estate.when else mends_of(estate, thing),
        history=history,
        when=estate.when,
        asked=request.GET.get("at", ""),
        fault=fault,
        at_query=urlencode({"at": estate.when}) if estate.when else "",
    )  # fmt: skip


def _field(site: Site, estate: Estate, field: Field | None, name: str, text: str) -> dict[str, Any]:
    """A field as the page shows it: words, value, links where it names things."""
    shown: dict[str, Any] = {"name": field.label if field else name, "meaning": "", "text": text, "links": []}
    if field is None:
        return {**shown, "meaning": "A column of this place's own"}
    label = next((code.label for code in field.codes if code.code == text), text)
    unit = f" {field.unit}" if field.unit not in {"", "degrees", "GBP"} and field.type != "distribution" else ""
    shown |= {"meaning": field.meaning, "text": date(text) if field.type == "date" else f"{label}{unit}"}
    if field.name == "area" and text in site.homes:
        shown["href"] = site.url("areas", text)
    if field.name == "scenario" and text.strip() in site.build.scenarios:
        name = text.strip()
        shown |= {"href": site.url("estate", "scenarios", name), "text": site.build.scenario(name).name}
    if field.refers:
        for piece in references_in(field, text):
            full = full_name(field, piece) or piece
            shown["links"].append((full, estate.label(full), estate.record(full) is not None))
    return shown


def _title(estate: Estate, kind: RegisterKind, thing: str, record: Mapping[str, str]) -> str:
    """What a record is called: its name, or the things and words that make its key."""
    if not kind.composite:
        return record.get("name") or thing
    parts = [(kind.by_name[name], record[name]) for name in kind.key if record.get(name)]
    return " · ".join(estate.label(full_name(field, text)) if field.refers else text for field, text in parts) or thing


def _nested(estate: Estate, links: tuple[Link, ...]) -> list[dict[str, Any]]:
    """Links as a nested list."""
    return [
        {"thing": link.thing, "label": estate.graph.labels.get(link.thing, link.thing), "again": link.again,
         "group": link.group, "required": link.required, "alternatives": link.alternatives, "assumed": link.assumed,
         "links": _nested(estate, link.links)}
        for link in links
    ]  # fmt: skip


def _any_assumed(links: tuple[Link, ...]) -> bool:
    return any(link.assumed or _any_assumed(link.links) for link in links)


def _in_order(kind: RegisterKind, fields: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Changed fields by their labels, in the order of the register, the place's own last."""
    order = {name: number for number, name in enumerate(kind.by_name)}
    ordered = sorted(fields, key=lambda one: order.get(one[0], len(order)))
    return [
        (kind.by_name[name].label if name in kind.by_name else name, before, after) for name, before, after in ordered
    ]


def _history(site: Site, kind: RegisterKind, thing: str) -> list[dict[str, Any]]:
    """The entries of a thing, the newest first, each with what it changed."""
    if not has_log(site.folder):
        return []
    try:
        entries = history_of(site.folder, thing)
    except UnknownThingError:
        return []
    return [
        {"number": step.entry.number, "time": step.entry.time, "person": step.entry.person,
         "reason": step.entry.reason, "removed": step.entry.action == "remove",
         "fields": _in_order(kind, step.fields)}
        for step in reversed(steps(site.folder, entries))
    ]  # fmt: skip
