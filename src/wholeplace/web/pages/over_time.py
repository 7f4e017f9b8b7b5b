"""An index over time: which areas changed, its two themes apart, and each area's own line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse, QueryDict

from wholeplace.build import IndexView
from wholeplace.build.over_time import OverTimeView
from wholeplace.measure.explain import WHOLE
from wholeplace.measure.over_time import BETTER, NOISE, NOT_COMPARED, WORSE
from wholeplace.web import maps
from wholeplace.web.pages import checklist, over_time_tables
from wholeplace.web.pages.index_tables import source_of
from wholeplace.web.pages.indices import find_index
from wholeplace.web.pages.over_time_pictures import line_panels, parts_picture, themes_picture
from wholeplace.web.rendering import render
from wholeplace.web.site import Site
from wholeplace.web.still import is_still
from wholeplace.web.table import Table, first_rows, show
from wholeplace.web.words import number, period

#: So many areas may be chosen.
MOST = 4
#: Verdict -> colour class of the map and words.
VERDICTS = {
    BETTER: (maps.GAIN, "better off by more than noise"),
    NOISE: (maps.NO_TELLING, "could be noise"),
    WORSE: (maps.LOSS, "worse off by more than noise"),
    NOT_COMPARED: ("none", "cannot be told"),
}


@dataclass(frozen=True)
class Asked:
    """What an address asks for: the span, the areas, and what in it cannot be used."""

    since: str
    period: str
    areas: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The parameters that links of the page keep."""
        return [("from", self.since), ("to", self.period), *(("area", one) for one in self.areas)]


def read(site: Site, name: str, params: Mapping[str, str]) -> tuple[IndexView, OverTimeView, Asked]:
    """The index, what is known of it over time, and what an address asks for; Http404 for an index of one period."""
    index = find_index(site, name)
    view = index.over_time
    if view is None:
        raise Http404(f"{index.name} is an index of one period: it says nothing of change.")
    since, last = view.spans[0]
    faults = []
    wanted = (params.get("from") or since, params.get("to") or last)
    if wanted not in view.spans:
        known = "; ".join(f"{period(one)} to {period(other)}" for one, other in view.spans)
        faults.append(f"There is no change from {period(wanted[0])} to {period(wanted[1])} here; there are: {known}")
        wanted = (since, last)
    given = params.getlist("area") if isinstance(params, QueryDict) else [params["area"]] if "area" in params else []
    codes = list(dict.fromkeys(one.strip() for one in given if one.strip()))
    unknown = [one for one in codes if (index.geography, one) not in site.names]
    faults += [f"{index.name} has no area {one!r}" for one in unknown]
    codes = [one for one in codes if one not in unknown]
    if len(codes) > MOST:
        faults.append(f"Up to four areas can be chosen; left out: {', '.join(codes[MOST:])}")
    return index, view, Asked(*wanted, tuple(codes[:MOST]), tuple(faults))


def tables(site: Site, params: Mapping[str, str], *, index: str) -> dict[str, Callable[[], Table | None]]:
    """The tables of the page."""
    one, view, asked = read(site, index, params)
    if asked.faults:
        raise Http404(". ".join(asked.faults))
    return {
        "changes": lambda: over_time_tables.changes_table(site, one, view, asked),
        "scores": lambda: over_time_tables.scores_table(site, one, view),
        "themes": lambda: over_time_tables.themes_table(site, one, view, asked),
        "parts": lambda: over_time_tables.parts_table(site, one, view, asked),
        "missing": lambda: checklist.missing_table(one),
    }


def area_map(site: Site, params: Mapping[str, str], *, index: str) -> maps.AreaMap | None:
    """The map of areas that changed."""
    one, view, asked = read(site, index, params)
    return changes_map(site, one, view, asked)


def view(request: HttpRequest, site: Site, *, index: str) -> HttpResponse:
    """The page of an index over time."""
    one, known, asked = read(site, index, request.GET)
    changes = over_time_tables.changes_of(site, one, known, asked)
    counts = dict(changes["word"].value_counts().iter_rows())
    themes = over_time_tables.themes_table(site, one, known, asked)
    missing = checklist.missing_table(one)
    kept = "" if is_still() else urlencode(asked.kept)
    return render(
        request,
        "over_time.html",
        site,
        status=400 if asked.faults else 200,
        title=f"Over time: {one.name}",
        nav="indices",
        trail=[("Indices", site.url("indices")), (one.name, site.url("indices", one.id))],
        index=one,
        known=known,
        asked=asked,
        faults=[("from", fault) for fault in asked.faults],
        most=MOST,
        areas=site.build.areas.filter(pl.col("geography") == one.geography).sort("name").select("area", "name").rows(),
        geography=site.geography_name(one.geography),
        counts=[(counts[word], said) for word, (_, said) in VERDICTS.items() if counts.get(word)],
        compared=changes.height,
        untold=counts.get(NOT_COMPARED, 0),
        main_parts=over_time_tables.main_part_counts(one, known, asked),
        hidden=over_time_tables.hidden_count(one, known, asked),
        average=average_words(site, known, asked),
        unsure=over_time_tables.unsure_count(changes),
        map=changes_map(site, one, known, asked),
        picture=themes_picture(site, one, known, asked),
        fields=over_time_tables.field_names(one),
        panels=line_panels(site, one, known, asked),
        parts_picture=parts_picture(one, known, asked),
        table=kept_table(show(over_time_tables.changes_table(site, one, known, asked), request.GET,
                              others=dict(asked.kept[:2])), kept),
        scores=kept_table(first_rows(over_time_tables.scores_table(site, one, known)), kept),
        themes=themes and kept_table(first_rows(themes), kept),
        parts=kept_table(show(over_time_tables.parts_table(site, one, known, asked), None), kept),
        missing=missing and show(missing, None),
        kept=kept,
        source=source_of(one),
        figure=f"{one.name} from {asked.since} to {asked.period}",
    )  # fmt: skip


def kept_table(shown: Any, query: str) -> Any:
    """A table whose downloads keep what the page was asked for, and the areas that are chosen."""
    own = "&".join(part for part in shown.query.split("&") if part and part.split("=")[0] not in {"from", "to", "area"})
    return replace(shown, query="&".join(filter(None, (query, own))))


def average_words(site: Site, known: OverTimeView, asked: Asked) -> str:
    """What the average of all areas did, in a sentence."""
    row = known.averages.filter(since=asked.since, period=asked.period, part=WHOLE).row(0, named=True)
    if row["change"] is None:
        return ""
    by = f"weighted by the people of {period(known.weighted_by)}" if known.weighted_by else "each area counting alike"
    said = f"The average of all areas of {site.name}, {by}: {number(row['before'], 1)} in {period(asked.since)}, "
    said += f"{number(row['after'], 1)} in {period(asked.period)}, a change of {over_time_tables.step(row['change'])}"
    if row["lower95"] is None:
        return f"{said} (published without an interval)."
    return f"{said} (95% interval {number(row['lower95'], 1)} to {number(row['upper95'], 1)}): {row['word']}."


def changes_map(site: Site, index: IndexView, known: OverTimeView, asked: Asked) -> maps.AreaMap | None:
    """The map in three classes: better, worse, could be noise; hatched where nothing can be told."""
    changes = over_time_tables.of_span(known, asked, WHOLE)
    moved = dict(changes.select("area", "change").iter_rows())
    return maps.draw_verdicts(
        site,
        index.geography,
        dict(changes.select("area", "word").iter_rows()),
        VERDICTS,
        NOT_COMPARED,
        lambda area: over_time_tables.step(moved[area]),
        title=f"Map of the change of {index.name}, {period(asked.since)} to {period(asked.period)}",
    )
