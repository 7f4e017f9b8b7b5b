"""One scenario: what it does to services and people, how it may go, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from wholeplace.build import ScenarioView
from wholeplace.resilience.results.clock import hours
from wholeplace.web.exports import write_csv
from wholeplace.web.pages import scenario_tables
from wholeplace.web.pages.estate import Made
from wholeplace.web.pages.scenarios import KINDS
from wholeplace.web.rendering import render
from wholeplace.web.site import Site
from wholeplace.web.table import Table, TableView, first_rows, show
from wholeplace.web.timeline import timeline

#: Assumptions that a page lists; the register has all.
MOST_ASSUMED = 50
#: The two trials that are told, and what they are called.
STORIES = {"typical": "A typical trial", "bad": "A bad trial"}


def scenario_of(site: Site, scenario: str) -> ScenarioView:
    """A scenario by its id; Http404 when there is none."""
    try:
        return site.build.scenario(scenario)
    except KeyError:
        raise Http404(f"{site.name} has no scenario {scenario!r}.") from None


def tables(site: Site, params: Mapping[str, str], *, scenario: str) -> Made:
    """The tables of the page."""
    view = scenario_of(site, scenario)
    if not view.ran:
        return {}
    return {
        "services": lambda: scenario_tables.services_table(site, view),
        "areas": lambda: scenario_tables.areas_table(site, view),
        "groups": lambda: scenario_tables.groups_table(site, view),
        "importance": lambda: scenario_tables.importance_table(site, view),
        "timeline": lambda: scenario_tables.timeline_table(site, view),
        **{f"timeline-{story}": _story_table(site, view, story) for story in STORIES},
    }


def _story_table(site: Site, view: ScenarioView, story: str) -> Any:
    return lambda: scenario_tables.timeline_table(site, view, story)


def _first_rows(table: Table | None) -> TableView | None:
    """The first rows of a table; None where there are none."""
    return None if table is None or table.frame.is_empty() else first_rows(table)


def view(request: HttpRequest, site: Site, *, scenario: str) -> HttpResponse:
    """The page of one scenario."""
    found = scenario_of(site, scenario)
    context: dict[str, Any] = {
        "title": found.name,
        "nav": "estate",
        "trail": [("Estate", site.url("estate")), ("Scenarios", site.url("estate", "scenarios"))],
        "scenario": found,
        "headlines": found.about["headlines"],
        "about": found.about["about"],
        "events": [_event(event) for event in found.about["events"]],
        "risks": site.estate.risks_of(scenario),
        "assumed": site.estate.graph.rows.filter(pl.col("assumed")).select("dependent", "provider").rows(),
        "most_assumed": MOST_ASSUMED,
        "label": site.estate.label,
        "figure": f"the scenario {found.name}",
    }
    if found.ran:
        context |= _results(request, site, found)
    return render(request, "scenario.html", site, **context)


def _results(request: HttpRequest, site: Site, found: ScenarioView) -> dict[str, Any]:
    """What the page says of a scenario that was run."""
    result = found.result
    return {
        "result": result,
        "method": _method(found),
        "horizon": hours(found.about["horizon_h"]),
        "services": show(scenario_tables.services_table(site, found), request.GET),
        "areas": _first_rows(scenario_tables.areas_table(site, found)),
        "kinds_of_area": found.areas["geography"].n_unique(),
        "groups": _first_rows(scenario_tables.groups_table(site, found)),
        "stories": [_story(site, found, name, title) for name, title in STORIES.items()],
        "importance": _first_rows(scenario_tables.importance_table(site, found)),
        "cut_sets": result.get("cut_sets") if found.about["exact"] else None,
        "few": [site.estate.label(item) for item in found.items.filter(pl.col("few") & (pl.col("p_down") > 0))["item"]],
        "error_at_10": 100 * (0.1 * 0.9 / result["trials"]) ** 0.5,
    }


def _event(event: Mapping[str, Any]) -> dict[str, str]:
    """An event in words: its kind, when, and how much it can strike."""
    at = event["at_h"]
    try:
        when = "at the start" if float(at) == 0 else f"after {hours(float(at))}"
    except ValueError:
        when = f"at an hour drawn from {at}"
    return {"kind": KINDS[event["kind"]], "when": when, "chance": event["chance"], "can_strike": event["can_strike"]}


def _method(found: ScenarioView) -> str:
    if not found.about["exact"]:
        return "simulated"
    return "simulated; chances of an outage are exact, as time plays no part in them"


def _story(site: Site, found: ScenarioView, name: str, title: str) -> dict[str, Any]:
    """One trial: its picture, its table, and why services stopped in it."""
    story = found.about["stories"][name]
    spells = scenario_tables.spells_of_services(site, found, name)
    stopped = spells.filter(pl.col("level") == 0)["item"].n_unique()
    return {
        "name": name,
        "title": title,
        "more": stopped - len(story["why"]),
        "trial": story["trial"],
        "less_bad": story["share_less_bad"],
        "picture": timeline(spells, horizon_h=found.about["horizon_h"], start=found.start, title=title, name=name),
        "table": _first_rows(scenario_tables.timeline_table(site, found, name, services_only=True)),
        "why": [
            {"item": one["item"], "label": site.estate.label(one["item"]),
             "lasted": hours(one["end_h"] - one["start_h"]), "chain": _nested(one["lines"])}
            for one in story["why"]
        ],
    }  # fmt: skip


def _nested(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The lines of a chain as a nested list."""
    whole: list[dict[str, Any]] = []
    ahead = [whole]
    for one in lines:
        made: dict[str, Any] = {"words": one["words"], "links": []}
        del ahead[one["depth"] + 1 :]
        ahead[-1].append(made)
        ahead.append(made["links"])
    return whole


def result_view(request: HttpRequest, site: Site, *, scenario: str, ending: str) -> HttpResponse:
    """The whole result as `wholeplace scenario run` writes it: JSON, or the items as CSV."""
    found = scenario_of(site, scenario)
    if not found.ran or ending not in {"json", "csv"}:
        raise Http404(f"There is no result.{ending} here.")
    headers = {"Content-Disposition": f'attachment; filename="{site.slug}-scenario.{ending}"'}
    if ending == "csv":
        return HttpResponse(write_csv(found.items), content_type="text/csv; charset=utf-8", headers=headers)
    return JsonResponse(found.result, headers=headers)
