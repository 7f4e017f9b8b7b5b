"""What changed in an indicator between two dates, and what is only noise; the choices stand in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse

from wholeplace.measure.boundary_changes import SAME, boundary_changes
from wholeplace.measure.values import NotThereError, changes_between
from wholeplace.measure.values.changes import refuse_overlap
from wholeplace.place.periods import period_middle
from wholeplace.web import maps
from wholeplace.web.dumbbell import Pair, dumbbell
from wholeplace.web.pages.index_tables import area_link
from wholeplace.web.pages.indicators import find_indicator
from wholeplace.web.rendering import render
from wholeplace.web.site import Site
from wholeplace.web.table import Cell, Column, Filter, Row, Table, first_rows, link, show, text
from wholeplace.web.words import MINUS, POLARITY, WITHOUT, Writer, first_upper, number, period

#: So many areas of the largest clear changes are drawn.
MOST_DRAWN = 15
#: Verdict on an area -> colour class of the map, where a high figure is worse or neither end is better, and words.
VERDICTS = {
    "up": (maps.LOSS, "went up by more than noise"),
    "noise": (maps.NO_TELLING, "could be noise"),
    "down": (maps.GAIN, "went down by more than noise"),
    "none": ("none", "cannot be told"),
}


class Asked(NamedTuple):
    """What an address asks for."""

    geography: str
    since: str
    period: str


def read(site: Site, name: str, params: Mapping[str, str]) -> tuple[Asked, str]:
    """What an address asks for, the last two dates without a choice; and what in it cannot be used, in words."""
    find_indicator(site, name)
    dates = site.dates_of(name)
    if not dates:
        raise Http404(f"{site.indicators[name]['name']} has figures of one date only: there is no change to show.")
    wrong = []
    geography = params.get("geography") or next(iter(dates))
    if geography not in dates:
        wrong.append(f"There are no two dates for “{geography}”.")
        geography = next(iter(dates))
    known = dates[geography]
    last, first = params.get("to") or known[-1], params.get("from") or ""
    if last not in known:
        wrong.append(f"There are no figures of {period(last)}.")
        last = known[-1]
    earlier = [one for one in known if one != last]
    if first and first not in earlier:
        wrong.append(f"There is no other date {period(first)} to compare with.")
        first = ""
    if not first:
        before = [one for one in earlier if period_middle(one) < period_middle(last)]
        first = (before or earlier)[-1]
    return Asked(geography, first, last), " ".join(wrong)


def changes(site: Site, name: str, asked: Asked) -> pl.DataFrame:
    """Every area with both figures, the change, and the verdict on it. Raises NotThereError for dates that overlap."""
    refuse_overlap(asked.since, asked.period)
    before = site.rows_of(name, asked.geography, asked.since)
    after = site.rows_of(name, asked.geography, asked.period)
    found = changes_between(site.build.people.indicators[name], before, after)
    redrawn = redrawn_of(site, name, asked)
    boundary = pl.lit(None, pl.String) if redrawn is None else pl.col("area").replace_strict(
        dict(redrawn.select("area", "change").iter_rows()), default=None, return_dtype=pl.String)  # fmt: skip
    return pl.concat([after.select("area", "name", "within", "within_name"), found], how="horizontal").with_columns(
        verdict().alias("verdict"),
        before["moved_from"].alias("moved_before"),
        after["moved_from"].alias("moved_after"),
        boundary.alias("boundary"),
    )


def verdict() -> pl.Expr:
    """Up or down where it is clear among all areas, noise where it is not, none where nothing is compared."""
    return (
        pl.when(pl.col("clear_among_all").is_null()).then(pl.lit("none"))
        .when("clear_among_all").then("word").otherwise(pl.lit("noise"))
    )  # fmt: skip


def redrawn_of(site: Site, name: str, asked: Asked) -> pl.DataFrame | None:
    """Areas whose boundaries changed since the areas that a date was published for; None where nothing was moved."""
    dates = (asked.since, asked.period)
    moved = {str(site.rows_of(name, asked.geography, date)["moved_from"].drop_nulls().first()) for date in dates}
    frames = []
    for origin in sorted(moved & set(site.geographies)):
        if site.geographies[origin].areas > 3 * site.geographies[asked.geography].areas:
            continue  # smaller areas summed up: another kind, not another vintage
        pairs = site.build.belongs.filter(
            (pl.col("geography") == origin) & (pl.col("to_geography") == asked.geography)
        ).select(pl.col("area").alias("from_area"), "to_area")
        frames.append(boundary_changes(pairs).filter(pl.col("change") != SAME))
    return pl.concat(frames) if frames else None


def tables(site: Site, params: Mapping[str, str], *, indicator: str) -> dict[str, Callable[[], Table | None]]:
    """The table of changes, and of boundaries that changed."""
    asked, wrong = read(site, indicator, params)
    if wrong:
        raise Http404(wrong)
    try:
        frame = changes(site, indicator, asked)
    except NotThereError as error:
        raise Http404(str(error)) from None
    return {
        "changes": lambda: changes_table(site, indicator, asked, frame),
        "boundaries": lambda: boundaries_table(site, indicator, asked),
    }


def area_map(site: Site, params: Mapping[str, str], *, indicator: str) -> maps.AreaMap | None:
    """The map of areas that changed."""
    asked, _ = read(site, indicator, params)
    try:
        return change_map(site, indicator, asked, changes(site, indicator, asked))
    except NotThereError:
        return None


def view(request: HttpRequest, site: Site, *, indicator: str) -> HttpResponse:
    """The page of one indicator's change."""
    asked, wrong = read(site, indicator, request.GET)
    about = site.indicators[indicator]
    dates = site.dates_of(indicator)
    fault, context = "", {}
    try:
        context = shown(site, indicator, asked, request)
    except NotThereError as error:
        fault = first_upper(str(error))
    return render(
        request,
        "change.html",
        site,
        status=400 if fault else 200,
        title=f"What changed: {about['name']}",
        nav="indicators",
        trail=[("Indicators", site.url("indicators")), (about["name"], site.url("indicators", indicator))],
        indicator=about,
        asked=asked,
        wrong=wrong,
        faults={"from": fault} if fault else {},
        geographies=[site.geographies[one] for one in dates],
        dates=dates[asked.geography],
        polarity=POLARITY.get(about["polarity"], ""),
        figure=f"the change of {about['name']}",
        **context,
    )


def shown(site: Site, name: str, asked: Asked, request: HttpRequest) -> dict[str, Any]:
    """Everything that the page shows of a change."""
    frame = changes(site, name, asked)
    kept = {"geography": asked.geography, "from": asked.since, "to": asked.period}
    boundaries = boundaries_table(site, name, asked)
    return {
        "counts": counts(frame),
        "points": bool(Writer(site.indicators[name]).suffix),
        "whole": whole_words(site, name, asked),
        "picture": picture(site, name, asked, frame),
        "map": change_map(site, name, asked, frame),
        "table": show(changes_table(site, name, asked, frame), request.GET, others=kept),
        "boundaries": first_rows(boundaries, others=kept) if boundaries is not None else None,
        "moved": [
            (period(date), site.geographies[one].name)
            for date, column in ((asked.since, "moved_before"), (asked.period, "moved_after"))
            if (one := str(frame[column].drop_nulls().first())) in site.geographies
        ],
        "kept": urlencode(kept),
        "geography": site.geographies[asked.geography],
    }


def counts(frame: pl.DataFrame) -> dict[str, int]:
    """How many areas changed by either rule, how many cannot be told, have a break, or another boundary."""
    word, clear = frame["word"], pl.col("verdict")
    broken = frame.filter((pl.col("status_before") == "B") | (pl.col("status") == "B")).height
    return {
        "areas": frame.height,
        "up_alone": int((word == "up").sum()),
        "down_alone": int((word == "down").sum()),
        "up": frame.filter(clear == "up").height,
        "down": frame.filter(clear == "down").height,
        "noise": frame.filter(clear == "noise").height,
        "untold": frame.filter(clear == "none").height,
        "broken": broken,
        "redrawn": frame.filter(clear.is_in(["up", "down"]) & pl.col("boundary").is_not_null()).height,
    }


def whole_words(site: Site, name: str, asked: Asked) -> str:
    """What the place as a whole did, in a sentence; empty where its figures cannot be compared."""
    if site.indicators[name]["value_type"] == "rank":
        return ""
    rows = [site.build.values_of(name).filter((pl.col("area") == site.code) & (pl.col("period") == date))
            for date in (asked.since, asked.period)]  # fmt: skip
    if any(one.height != 1 for one in rows):
        return ""
    row = changes_between(site.build.people.indicators[name], *rows).row(0, named=True)
    if row["value_before"] is None or row["value"] is None:
        return ""
    writer = Writer(site.indicators[name])
    said = (
        f"{site.name} as a whole: {writer.plain(row['value_before'])} in {period(asked.since)}, "
        f"{writer.plain(row['value'])} in {period(asked.period)}, a change of {step(writer, row['difference'])}"
    )
    interval = writer.interval(row["difference_lower95"], row["difference_upper95"])
    if not interval:
        return f"{said} (published without an interval)."
    word = "" if row["word"] in {"up", "down", "not compared"} else ": could be noise"
    return f"{said} (95% interval {interval}{word})."


def step(writer: Writer, value: float | None) -> str:
    """A change with its sign; in percentage points where the unit is per cent."""
    if value is None:
        return ""
    shown = number(abs(value) * writer.scale, writer.decimals)
    sign = "" if not shown.strip("0.,") else "+" if value > 0 else MINUS
    unit = " points" if writer.suffix else ""
    return f"{sign}{writer.prefix}{shown}{unit}"


def changes_table(site: Site, name: str, asked: Asked, frame: pl.DataFrame) -> Table:
    """Every area with both figures, the change with its interval, and the verdict."""
    writer = Writer(site.indicators[name])

    def value(key: str, status: str, moved: str) -> Callable[[Row], Cell]:
        def cell(row: Row) -> Cell:
            words = writer.value(row[key], row[status])
            if row[key] is None:
                return Cell(words, css="wp-none")
            return Cell(f"{words} (moved)" if row[moved] and row["boundary"] else words, css="wp-n")

        return cell

    def interval(row: Row) -> Cell:
        shown = writer.interval(row["difference_lower95"], row["difference_upper95"])
        return Cell(shown or ("" if row["difference"] is None else WITHOUT), css="wp-iv" if shown else "wp-none")

    def alone(row: Row) -> Cell:
        if row["clear_among_all"] is None:
            return Cell("cannot be told", css="wp-none")
        return Cell({"up": "up", "down": "down"}.get(row["word"], "could be noise"))

    def among(row: Row) -> Cell:
        if row["verdict"] == "none":
            return Cell("cannot be told", css="wp-none")
        words = {"up": "up", "down": "down", "noise": "could be noise"}[row["verdict"]]
        return Cell(f"{words}, {row['meaning']}" if row["meaning"] and row["verdict"] != "noise" else words)

    columns = [link("name", "Area", area_link(site))]
    if frame["within"].count():
        columns.append(text("within_name", "In"))
    columns += [
        Column(
            "value_before", period(asked.since), value("value_before", "status_before", "moved_before"), numeric=True
        ),
        Column("value", period(asked.period), value("value", "status", "moved_after"), numeric=True),
        Column("difference", "Change", lambda row: Cell(step(writer, row["difference"]), css="wp-n"), numeric=True),
        Column("difference_lower95", "95% interval", interval, hint="this area by itself"),
        Column("word", "By itself", alone, hint="not for quoting"),
        Column("verdict", "More than noise?", among, hint="all areas looked at"),
    ]
    if frame["boundary"].count():
        columns.append(text("boundary", "Boundary"))
    options = [(key, first_upper(words)) for key, (_, words) in VERDICTS.items() if key in frame["verdict"]]
    return Table(
        id="changes",
        caption=f"{site.indicators[name]['name']}, {period(asked.since)} to {period(asked.period)}: "
        f"{site.geography_name(asked.geography)}",
        frame=frame,
        columns=columns,
        geography=asked.geography,
        source=site.indicators[name]["source"],
        filters=[Filter("verdict", "Change", options)],
        search=("area", "name"),
        order="-difference",
        meta={"from": asked.since, "to": asked.period, "unit": site.indicators[name]["unit"]},
    )


def boundaries_table(site: Site, name: str, asked: Asked) -> Table | None:
    """The areas that were drawn anew between the two vintages, or None where there are none."""
    redrawn = redrawn_of(site, name, asked)
    if redrawn is None or redrawn.is_empty():
        return None
    return boundary_table(site, asked.geography, redrawn)


def boundary_table(site: Site, geography: str, redrawn: pl.DataFrame) -> Table:
    """Areas whose boundaries changed, and the areas they were made from."""
    names = site.build.areas.filter(pl.col("geography") == geography).select("area", "name")
    frame = redrawn.with_columns(pl.col("before").list.join("; ")).join(names, on="area", how="left")
    return Table(
        id="boundaries",
        caption="Areas whose boundary or code changed",
        frame=frame.select("area", pl.col("name").fill_null(pl.col("area")), "change", "before"),
        columns=[link("name", "Area", area_link(site)), text("change", "What became of it"),
                 text("before", "Made from", sortable=False)],
        geography=geography,
        source="look-ups of the place folder",
        page_size=25,
    )  # fmt: skip


def change_map(site: Site, name: str, asked: Asked, frame: pl.DataFrame) -> maps.AreaMap | None:
    """The map in three classes: up, down, could be noise; hatched where nothing can be told."""
    writer = Writer(site.indicators[name])
    moved = dict(frame.select("area", "difference").iter_rows())
    good = site.indicators[name]["polarity"] == "high_good"
    return maps.draw_verdicts(
        site,
        asked.geography,
        dict(frame.select("area", "verdict").iter_rows()),
        {key: (maps.turned(css) if good else css, words) for key, (css, words) in VERDICTS.items()},
        "none",
        lambda area: step(writer, moved[area]),
        title=f"Map of the change of {site.indicators[name]['name']}, {period(asked.since)} to {period(asked.period)}",
    )


def picture(site: Site, name: str, asked: Asked, frame: pl.DataFrame) -> Any:
    """The areas that changed most, of those whose change is more than noise; None where there are none."""
    clear = frame.filter(pl.col("verdict").is_in(["up", "down"]))
    if clear.is_empty():
        return None
    writer = Writer(site.indicators[name])
    most = clear.sort(pl.col("difference").abs(), "area", descending=[True, False]).head(MOST_DRAWN)
    rows = [
        Pair(row["name"] or row["area"], row["value_before"], row["value"], step(writer, row["difference"]))
        for row in most.sort("difference", descending=True).iter_rows(named=True)
    ]
    said = "; ".join(f"{one.name} {one.words}" for one in rows)
    return dumbbell(rows, scale=writer.scale, title="Areas that changed most", about=f"{said}.", name="changed")
