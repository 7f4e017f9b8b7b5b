"""Who is left behind: the worst-off areas of an index and who lives there; every choice stands in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.http import HttpRequest, HttpResponse

from wholeplace.errors import WholeplaceError
from wholeplace.measure import IndexSpec
from wholeplace.measure.left_behind import (
    LeftBehind,
    LeftBehindError,
    choice_words,
    choices_of,
    left_behind,
)
from wholeplace.measure.left_behind.words import SLIGHT
from wholeplace.web import maps
from wholeplace.web.bars import ShareBar, share_bars
from wholeplace.web.pages.index_tables import area_link, has_ranges, source_of
from wholeplace.web.pages.portrait_tables import interval_cell
from wholeplace.web.rendering import render
from wholeplace.web.site import Site
from wholeplace.web.table import Cell, Column, Row, Table, first_rows, link, numbers, show, text
from wholeplace.web.words import end_words, first_upper, number, percent, period

#: The legend of the map: colour class, and what it stands for.
CLASSES = {
    "q5": "worst off",
    "q4": "worst off, but may change places with others",
    "q2": "not among the worst off, but might be",
    "q1": "not among the worst off",
    "none": "no score",
}
BOUNDS = {"exact": "", "at least": "at least ", "at most": "at most "}


@dataclass(frozen=True)
class Asked:
    """What an address asks for: an index, which areas are worst off, and one or two groupings."""

    index: str
    worst: str
    by: str
    second: str

    def kept(self) -> dict[str, str]:
        """The choices as parameters of links."""
        asked = {"index": self.index, "worst": self.worst, "by": self.by, "and": self.second}
        return {name: value for name, value in asked.items() if value}


def read(site: Site, params: Mapping[str, str]) -> Asked:
    """The choices in an address; without one the first index, the worst-off tenth and the first grouping."""
    indices = [index.id for index in site.indices()]
    groupings = list(site.build.people.groupings)
    by = params.get("by", "").strip() or (groupings[0] if groupings else "")
    first = indices[0] if indices else ""
    return Asked(params.get("index") or first, params.get("worst") or "10", by, params.get("and", "").strip())


def answer(site: Site, asked: Asked) -> LeftBehind:
    """Who lives in the worst-off areas. Raises LeftBehindError for a choice that cannot be answered."""
    if asked.index not in site.build.indices:
        listed = ", ".join(site.build.indices) or "none"
        raise LeftBehindError(f"There is no index {asked.index!r}; there are: {listed}")
    index = site.build.index(asked.index)
    return left_behind(
        index.scores, IndexSpec.model_validate(index.spec), site.build.people,
        worst=asked.worst, by=asked.by, second=asked.second,
    )  # fmt: skip


def tables(site: Site, params: Mapping[str, str]) -> dict[str, Callable[[], Table | None]]:
    """The table of groups, and that of the worst-off areas."""
    asked = read(site, params)
    try:
        found = answer(site, asked)
    except WholeplaceError:
        return {}
    return {"groups": lambda: groups_table(site, found), "worst": lambda: areas_table(site, found)}


def area_map(site: Site, params: Mapping[str, str]) -> maps.AreaMap | None:
    """The map of the worst-off areas."""
    try:
        return worst_map(site, answer(site, read(site, params)))
    except WholeplaceError:
        return None


def view(request: HttpRequest, site: Site) -> HttpResponse:
    """The form, and what the choices in the address come to."""
    asked = read(site, request.GET)
    found, uncrossed, fault = None, "", ""
    if site.build.indices:
        try:
            found = answer(site, asked)
        except WholeplaceError as error:
            fault = first_upper(str(error))
            if asked.second and not _faulty(site, asked):
                uncrossed, fault = f"{fault}.", ""
                asked = Asked(asked.index, asked.worst, asked.by, "")
                found = answer(site, asked)
    return render(
        request,
        "left_behind.html",
        site,
        status=400 if fault else 200,
        title="Who lives in the worst-off areas: who is left behind",
        nav="left-behind",
        asked=asked,
        faults={"index": fault} if fault else {},
        uncrossed=uncrossed,
        figure="who lives in the worst-off areas",
        **choices(site, asked),
        **(shown(site, found, asked, request) if found else {}),
    )


def _faulty(site: Site, asked: Asked) -> bool:
    """Whether an address is at fault even without its second grouping, or names one that is not there."""
    if asked.second not in site.build.people.groupings or asked.second == asked.by:
        return True
    try:
        answer(site, Asked(asked.index, asked.worst, asked.by, ""))
    except WholeplaceError:
        return True
    return False


def choices(site: Site, asked: Asked) -> dict[str, Any]:
    """What can be chosen in the form."""
    people = site.build.people
    crossed: list[str] = []
    worst: list[tuple[str, str]] = []
    if asked.index in site.build.indices:
        index = site.build.index(asked.index)
        worst_first = end_words(index.spec)[0] == "worst off"
        known = choices_of(index.scores, worst_first=worst_first)
        known += [asked.worst] * (asked.worst.isdecimal() and asked.worst not in known)
        worst = [(one, first_upper(choice_words(one))) for one in known]
        crossed = people.crossed_with(asked.by, index.geography) if asked.by else []
    first = people.groupings[asked.by].name if asked.by in people.groupings else ""
    return {
        "indices": site.indices(),
        "worst_choices": worst,
        "groupings": list(people.groupings.values()),
        "crossable": [
            (one.id, one.name if one.id in crossed else f"{one.name} (cannot be crossed with {first})")
            for one in people.groupings.values()
            if one.id != asked.by
        ],
        "crossed": [people.groupings[one].name for one in crossed],
        "by_name": first,
        "any_crosstab": bool(people.crosstabs),
    }


def shown(site: Site, found: LeftBehind, asked: Asked, request: HttpRequest) -> dict[str, Any]:
    """Everything that the page shows of an answer."""
    index = site.build.index(found.index)
    table = groups_table(site, found)
    headline = len(found.sentences) - found.frame.height
    return {
        "found": found,
        "index": index,
        "headline": found.sentences[:headline],
        "sentences": found.sentences[headline:],
        "elsewhere": found.elsewhere,
        "absent": [one for one in found.absent if one.what != "caveat"],
        "caveats": [one for one in found.absent if one.what == "caveat"],
        "elsewhere_sources": elsewhere_sources(site, found),
        "chart_groups": groups_chart(found),
        "has_base": bool(found.frame["base_share"].count()),
        "table": show(table, request.GET, others=asked.kept()) if found.frame.height else None,
        "areas": first_rows(areas_table(site, found), others=asked.kept()) if found.worst.areas else None,
        "map": worst_map(site, found),
        "kept": urlencode(asked.kept()),
        "index_source": source_of(index),
        "group_sources": sources_of(site, found),
        "geography": site.geography_name(found.geography),
        "value": found.sentences[headline] if found.frame.height else "",
    }


def sources_of(site: Site, found: LeftBehind) -> str:
    """Where the counts of the groups come from, each once."""
    if found.second:
        table = site.build.people.crosstab(found.by, found.second, found.geography)
        return table.source or "published without a source"
    names = (site.indicators[one]["source"] or "published without a source" for one in found.frame["indicator"])
    return "; ".join(dict.fromkeys(names))


def elsewhere_sources(site: Site, found: LeftBehind) -> str:
    """Where the counts of those who live elsewhere come from: of groupings in need, else of the one asked for."""
    every = site.build.people.groupings.values()
    wanted = [one for one in every if one.hardship] or [one for one in every if one.id == found.by]
    sources = [
        site.indicators[name]["source"] or "published without a source" for one in wanted for name in one.members
    ]
    return "; ".join(dict.fromkeys(sources))


def groups_table(site: Site, found: LeftBehind) -> Table:
    """One row a group: how many live in the worst-off areas, of how many, and whether that is more than of others."""

    def amount(key: str) -> Callable[[Row], Cell]:
        def cell(row: Row) -> Cell:
            if row[key] is None:
                return Cell("no figure", css="wp-none")
            return Cell(f"{BOUNDS[row[f'{key}_is']]}{number(row[key])}", css="wp-n")

        return cell

    def share(row: Row) -> Cell:
        if row["share"] is None:
            return Cell("cannot be told", css="wp-none")
        return Cell(f"{BOUNDS[row['share_is']]}{percent(row['share'], 1)}", css="wp-n")

    def interval(row: Row) -> Cell:
        return interval_cell(row, "share", "share_lower95", "share_upper95")

    def base(row: Row) -> Cell:
        if row["base_share"] is None:
            return Cell("not known", css="wp-none")
        return Cell(percent(row["base_share"], 1), css="wp-n")

    def times(row: Row) -> Cell:
        if row["ratio"] is None:
            return Cell("not told", css="wp-none")
        words = {"over": "more", "under": "fewer", "alike": "about as many"}[row["word"]]
        if row["share_lower95"] is None and row["word"] != "alike" and abs(row["ratio"] - 1) < SLIGHT:
            words = f"hardly {words}"
        return Cell(f"{number(row['ratio'], 2)}, {words}", css="wp-n")

    def group(row: Row) -> Cell:
        note = [period(row["period"])]
        if row["out_of"]:
            date = f" in {period(row['base_period'])}" if row["base_period"] != row["period"] else ""
            note.append(f"out of {row['out_of']}{date}")
        if row["moved_from"] in site.geographies:
            note.append(f"moved from {site.geography_name(row['moved_from'])}")
        href = site.url("indicators", row["indicator"]) if row["indicator"] else ""
        return Cell(first_upper(row["group"]), href=href, note=", ".join(note))

    columns = [Column("group", "Group", group, head=True)]
    if found.second:
        columns.append(Column("second_group", "Who are also", lambda row: Cell(row["second_group"])))
    columns += [
        Column("in_areas", "Live there", amount("in_areas"), numeric=True),
        Column("everywhere", "Of all", amount("everywhere"), numeric=True),
        Column("share", "Share", share, numeric=True),
        Column("share_lower95", "95% interval", interval, hint="%", sortable=False),
        Column("base_share", "Of everybody", base, hint="who lives there", numeric=True),
        Column("ratio", "Times everybody’s share", times, hint="1: like everybody", numeric=True),
    ]
    return Table(
        id="groups",
        caption=f"{site.name}: who lives in {found.worst.words}",
        frame=found.frame,
        columns=columns,
        source=sources_of(site, found),
        page_size=200,
        meta={"index": found.index_name, "worst": found.worst.words, "areas": ", ".join(sorted(found.worst.areas))},
    )


def areas_table(site: Site, found: LeftBehind) -> Table:
    """The worst-off areas, and those that might be among them."""
    index = site.build.index(found.index)
    wanted = found.worst.frame.filter(pl.col("worst") | (pl.col("may_change") & pl.col("worst").is_not_null()))
    about = index.scores.select("area", "name", "population", *(["rank_p05", "rank_p95"] if has_ranges(index) else []))
    frame = wanted.join(about, on="area", how="left", maintain_order="left")
    frame = frame.join(site.within(found.geography), on="area", how="left", maintain_order="left")
    frame = frame.with_columns(pl.col("name").fill_null(pl.col("area")), (~pl.col("worst")).alias("_out"))

    def stands(row: Row) -> Cell:
        kind = class_of(row["worst"], row["may_change"])
        return Cell(first_upper(CLASSES[kind]))

    def ranges(row: Row) -> Cell:
        if row["rank_p05"] is None:
            return Cell("no value", css="wp-none")
        return Cell(f"{number(row['rank_p05'])} to {number(row['rank_p95'])}", css="wp-n")

    columns = [link("name", "Area", area_link(site))]
    if frame["within"].count():
        columns.append(text("within_name", "In"))
    columns.append(numbers("rank", "Rank", number, hint=f"1: {end_words(index.spec)[0]}"))
    if has_ranges(index):
        columns.append(Column("rank_p05", "Range of rank", ranges, hint="9 of 10 draws", numeric=True))
    columns += [numbers("population", "People", number), Column("worst", "Stands", stands, sortable=False)]
    return Table(
        id="worst",
        caption=f"The areas: {found.worst.words}, and those that might be among them",
        frame=frame.sort("_out", "rank"),
        columns=columns,
        geography=found.geography,
        source=source_of(index),
        page_size=25,
        meta={"index": found.index_name, "worst": found.worst.words},
    )


def class_of(worst: bool | None, may_change: bool | None) -> str:
    """The colour class of an area."""
    if worst is None:
        return "none"
    return ("q4" if may_change else "q5") if worst else ("q2" if may_change else "q1")


def worst_map(site: Site, found: LeftBehind) -> maps.AreaMap | None:
    """The worst-off areas on the map, and how sure it is which they are."""
    rows = found.worst.frame.select("area", "worst", "may_change").rows()
    kinds = {area: class_of(worst, may_change) for area, worst, may_change in rows}
    held = [kind for kind in CLASSES if kind in kinds.values()]
    legend = [
        maps.LegendEntry(kind, f"{CLASSES[kind]} ({number(sum(one == kind for one in kinds.values()))})")
        for kind in held
    ]

    def words(area: str, label: str) -> str:
        return f"{label}: {CLASSES[kinds.get(area, 'none')]}"

    title = f"Map of {found.worst.words} by {found.index_name}"
    return maps.draw(site, found.geography, kinds, words, legend, title=title)


def groups_chart(found: LeftBehind) -> Any:
    """Bars of the share of each group that lives in the worst-off areas; none where no share is known."""
    rows = [
        ShareBar(
            first_upper(row["group"]),
            f"who are also {row['second_group']}" if row["second_group"] else "",
            row["share"],
            f"{BOUNDS[row['share_is']]}{percent(row['share'], 1)}",
            row["base_share"],
        )
        for row in found.frame.iter_rows(named=True)
        if row["share"] is not None
    ]
    if not rows:
        return None
    said = "; ".join(f"{' '.join(filter(None, (one.name, one.second)))} {one.words}" for one in rows)
    title = f"Share of each group that lives in {found.worst.words}"
    return share_bars(rows, title=title, about=f"{said}.", name="groups")
