"""Every scenario of a place, with the chance that some service stops or passes its limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from django.http import HttpRequest, HttpResponse

from wholeplace.build import ScenarioView
from wholeplace.web.chances import chances, spreads, with_intervals
from wholeplace.web.pages.estate import Made
from wholeplace.web.rendering import render
from wholeplace.web.site import Site
from wholeplace.web.table import Cell, Column, Filter, Row, Table, show

#: What kinds of event are called.
KINDS = {
    "fail": "failure",
    "hazard": "hazard",
    "absence": "absence of staff",
    "spread": "something that spreads",
    "exit": "exit of a supplier",
}
#: Chances that some service comes to this: what a build counts -> column.
_ANY = {"down": "p_any_down", "over_rto": "p_any_over_rto", "over_max_tolerable": "p_any_over_max_tolerable"}
_SPREAD = ("mean", "se", "p50", "p90", "p99")


def kinds_of(view: ScenarioView) -> str:
    """The kinds of event in a scenario, in words."""
    return ", ".join(dict.fromkeys(KINDS[event["kind"]] for event in view.about["events"])) or "no event"


def scenarios_frame(site: Site) -> pl.DataFrame:
    """One row a scenario: its id, name, kinds of event, a sentence, chances with intervals, person-hours lost."""
    rows = [_row(site.build.scenario(name)) for name in site.build.scenarios]
    texts = dict.fromkeys(("scenario", "name", "kinds", "sentence"), pl.String)
    lost = [f"person_hours_lost_{part}" for part in _SPREAD]
    numbers = dict.fromkeys((*_ANY.values(), *lost), pl.Float64)
    frame = pl.DataFrame(rows, schema={**texts, "trials": pl.Int64, "horizon_h": pl.Float64, **numbers})
    trials = frame["trials"].max()
    return with_intervals(frame, int(trials) if isinstance(trials, int) else 0, *_ANY.values())


def _row(view: ScenarioView) -> dict[str, Any]:
    about = view.about
    row = {"scenario": view.id, "name": view.name, "kinds": kinds_of(view), "horizon_h": about["horizon_h"],
           "sentence": about["headlines"][0]}  # fmt: skip
    if not view.ran:
        return row
    trials, lost = view.result["trials"], view.result["total_person_hours_lost"] or {}
    counts = {column: about["any_service"][name] for name, column in _ANY.items()}
    shares = {column: None if count is None else count / trials for column, count in counts.items()}
    return {**row, "trials": trials, **shares, **{f"person_hours_lost_{part}": lost.get(part) for part in _SPREAD}}


def scenarios_table(site: Site) -> Table:
    """The table of all scenarios."""
    frame = scenarios_frame(site)

    def name(row: Row) -> Cell:
        return Cell(row["name"], href=site.url("estate", "scenarios", row["scenario"]), note=row["kinds"])

    def sentence(row: Row) -> Cell:
        return Cell(row["sentence"], css="wp-sentence")

    def none(row: Row) -> str:
        return "no limit given" if row["trials"] else "not run"

    kinds = sorted(set(frame["kinds"]))
    return Table(
        id="scenarios",
        caption="Scenarios",
        frame=frame,
        columns=[
            Column("name", "Scenario", name, head=True),
            Column("sentence", "What it comes to", sentence, sortable=False),
            chances("p_any_down", "Some service stops", none=none),
            chances("p_any_over_rto", "Some service passes its recovery time objective", none=none),
            chances("p_any_over_max_tolerable", "Some service passes the longest tolerable outage", none=none),
            spreads("person_hours_lost", "Person-hours lost", hint="mean; then half, 90% and 99% of trials",
                    none=lambda row: "users not known" if row["trials"] else "not run"),
        ],
        filters=[Filter("kinds", "Kind of event", [(one, one) for one in kinds])] if len(kinds) > 1 else [],
        search=("name", "scenario", "sentence"),
        source=f"simulated by Wholeplace from the registers of {site.name}",
        order="-p_any_over_max_tolerable",
        page_size=200,
    )  # fmt: skip


def tables(site: Site, params: Mapping[str, str]) -> Made:
    """The table of the page."""
    return {"scenarios": lambda: scenarios_table(site)}


def view(request: HttpRequest, site: Site) -> HttpResponse:
    """The scenarios of a place."""
    return render(
        request,
        "scenarios.html",
        site,
        title="Scenarios",
        nav="estate",
        trail=[("Estate", site.url("estate"))],
        table=show(scenarios_table(site), request.GET),
        figure="the chances of the scenarios",
    )
