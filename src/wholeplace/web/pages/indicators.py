"""Indicators: the list by theme, and the page of one with map, table, distribution and source."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse

from wholeplace.web import charts, maps
from wholeplace.web.frames import frame_lines
from wholeplace.web.pages.index_tables import area_link
from wholeplace.web.rendering import render
from wholeplace.web.site import PLACE, Site
from wholeplace.web.still import is_still
from wholeplace.web.table import Cell, Column, Filter, Row, Table, link, show, text
from wholeplace.web.words import MARKS, NO_VALUE, POLARITY, WITHOUT, Writer, first_upper, period

CI_METHODS = {
    "wilson": "Wilson's score interval, from count and denominator",
    "byar": "Byar's interval, exact below 10, from count and denominator",
    "dobson": "Dobson's interval, from count and denominator",
    "student-t": "Student's t interval",
}


def list_tables(site: Site, params: Mapping[str, str]) -> dict[str, Callable[[], Table | None]]:
    """The one table of the list."""
    return {"indicators": lambda: list_table(site)}


def list_table(site: Site) -> Table:
    """Every indicator with its value for the whole place at the latest period."""
    whole = site.build.values.filter(pl.col("area") == site.code).sort("period", maintain_order=True)
    latest = whole.group_by("indicator").last().select(
        "indicator", "period", "value", "lower95", "upper95", "status")  # fmt: skip
    frame = site.build.indicators.select(
        pl.col("id").alias("indicator"), "name", "theme", "unit", "value_type", "polarity", "source", "licence"
    ).join(latest, on="indicator", how="left", maintain_order="left")
    themes = frame["theme"].unique(maintain_order=True).to_list()
    writers = {name: Writer(row) for name, row in site.indicators.items()}

    def value(row: Row) -> Cell:
        if row["value_type"] == "rank" or (row["value"] is None and row["period"] is None):
            return Cell("for smaller areas only", css="wp-none")  # a mean of ranks says nothing
        words = writers[row["indicator"]].value(row["value"], row["status"])
        return Cell(words, css="wp-n" if row["value"] is not None else "wp-none")

    def interval(row: Row) -> Cell:
        if row["value"] is None or row["value_type"] == "rank":
            return Cell()
        shown = writers[row["indicator"]].interval(row["lower95"], row["upper95"])
        return Cell(shown or WITHOUT, css="wp-iv" if shown else "wp-none")

    def unit(row: Row) -> Cell:
        return Cell(", ".join(filter(None, (writers[row["indicator"]].unit_words, period(row["period"])))))

    order = {theme: place for place, theme in enumerate(themes)}
    frame = frame.with_columns(pl.col("theme").replace_strict(order, default=0).alias("_theme")).sort(
        "_theme", maintain_order=True
    )
    return Table(
        id="indicators",
        caption=f"Indicators of {site.name}",
        frame=frame,
        columns=[
            link("name", "Indicator", lambda row: site.url("indicators", row["indicator"])),
            Column("value", site.name, value, numeric=True, sortable=False),
            Column("lower95", "95% interval", interval, sortable=False),
            Column("unit", "Unit and date", unit, sortable=False),
            Column("source", "Source", lambda row: Cell(row["source"]), sortable=False),
        ],
        filters=[
            Filter(key, label, [(one, one) for one in frame[key].unique(maintain_order=True) if one])
            for key, label in (("theme", "Theme"), ("source", "Source"))
        ],
        search=("name", "indicator"),
        group=lambda row: row["theme"] or "Other",
        page_size=1_000,
    )


def list_view(request: HttpRequest, site: Site) -> HttpResponse:
    """Every indicator, by theme."""
    return render(
        request,
        "indicators.html",
        site,
        title="Indicators",
        nav="indicators",
        table=show(list_table(site), request.GET),
        figure="the list of indicators",
    )


def find_indicator(site: Site, name: str) -> dict[str, Any]:
    """An indicator by id; Http404 where there is none."""
    if name not in site.indicators:
        raise Http404(f"There is no indicator {name!r} in {site.name}.")
    return site.indicators[name]


def chosen(site: Site, name: str, params: Mapping[str, str]) -> tuple[str, str] | None:
    """The geography and period an address asks for; without one the first geography at its latest period."""
    series = site.series.filter((pl.col("indicator") == name) & (pl.col("geography") != PLACE))
    if series.is_empty():
        return None
    own = series.filter(pl.col("moved_from").is_null())
    wanted = params.get("geography", "")
    if wanted not in series["geography"]:
        order = [one for one in site.geographies if one in own["geography"]] or series["geography"].to_list()
        wanted = order[0]
    periods = series.filter(pl.col("geography") == wanted)["period"].to_list()
    asked = params.get("period", "")
    return wanted, asked if asked in periods else max(periods)


def elsewhere(site: Site, key: tuple[str, str], params: Mapping[str, str]) -> str:
    """A sentence that names what an address asks for and the indicator has not; empty when it has."""
    asked = [params.get("geography") or key[0], params.get("period") or key[1]]
    if asked == list(key):
        return ""
    kind = site.geographies[asked[0]].name if asked[0] in site.geographies else f"“{asked[0]}”"
    shown = f"{site.geographies[key[0]].name}, {period(key[1])}"
    return f"There are no figures of this indicator for {kind} in {period(asked[1])}. Shown are: {shown}."


def tables(site: Site, params: Mapping[str, str], *, indicator: str) -> dict[str, Callable[[], Table | None]]:
    """The tables of one indicator: values, and the bars of the distribution."""
    find_indicator(site, indicator)
    key = chosen(site, indicator, params)
    if key is None:
        return {}
    if wrong := elsewhere(site, key, params):
        raise Http404(wrong)
    return {
        "values": lambda: values_table(site, indicator, *key),
        "distribution": lambda: distribution_table(site, indicator, *key),
    }


def area_map(site: Site, params: Mapping[str, str], *, indicator: str) -> maps.AreaMap | None:
    """The map of one indicator."""
    find_indicator(site, indicator)
    key = chosen(site, indicator, params)
    return indicator_map(site, indicator, *key) if key is not None else None


def rows_of(site: Site, name: str, geography: str, date: str) -> pl.DataFrame:
    """The values of an indicator with the names of the areas."""
    return site.rows_of(name, geography, date)


def scale_of(frame: pl.DataFrame) -> tuple[float, float] | None:
    """One scale for the small charts of every row, intervals included; None where every figure is the same."""
    low, high = frame.select(
        pl.min_horizontal("value", "lower95").min().alias("low"),
        pl.max_horizontal("value", "upper95").max().alias("high"),
    ).row(0)
    return None if low is None or low == high else (low, high)


def values_table(site: Site, name: str, geography: str, date: str) -> Table:
    """Every area's value with its interval, count and denominator."""
    indicator = site.indicators[name]
    writer = Writer(indicator)
    frame = rows_of(site, name, geography, date)
    counted = bool(frame["denominator"].count())

    def value(row: Row) -> Cell:
        words = writer.value(row["value"], row["status"])
        return Cell(words, css="wp-n" if row["value"] is not None else "wp-none")

    def interval(row: Row) -> Cell:
        shown = writer.interval(row["lower95"], row["upper95"])
        return Cell(shown or ("" if row["value"] is None else WITHOUT), css="wp-iv" if shown else "wp-none")

    whole = number_of(site, name, date)
    scale = scale_of(frame)

    def drawn(row: Row) -> Cell:
        if row["value"] is None or scale is None:
            return Cell()
        marks = charts.Marks(row["value"], row["lower95"], row["upper95"], None, whole, None)
        return Cell(html=charts.mini_marks(marks, scale, f"{row['name']} {writer.plain(row['value'])}"))

    def counts(key: str) -> Callable[[Row], Cell]:
        return lambda row: Cell("" if row[key] is None else f"{row[key]:,.0f}", css="wp-n")

    columns = [link("name", "Area", area_link(site))]
    filters = [Filter("status", "Figure", statuses(frame))] if frame["status"].n_unique() > 1 else []
    if frame["within"].count():
        columns.append(text("within_name", "In"))
        options = frame.select("within", "within_name").drop_nulls().unique().sort("within_name").rows()
        filters.insert(0, Filter("within", site.geography_name(site.coarser[geography]), options))
    columns += [
        Column("value", first_upper(writer.unit_words) or "Figure", value, numeric=True),
        Column("lower95", "95% interval", interval),
        Column("_drawn", "Drawn", drawn, hint=f"line: {site.name}" if whole is not None else "", sortable=False),
    ]
    if counted:
        columns.append(Column("count", "Count", counts("count"), hint=indicator["numerator"] or "", numeric=True))
        columns.append(
            Column("denominator", "Out of", counts("denominator"), hint=indicator["denominator"] or "", numeric=True)
        )
    return Table(
        id="values",
        caption=f"{indicator['name']}, {period(date)}: {site.geography_name(geography)}",
        frame=frame,
        columns=columns,
        geography=geography,
        source=indicator["source"],
        filters=filters,
        search=("area", "name"),
        order="value" if indicator["value_type"] == "rank" else "-value",
        meta={key: str(indicator[key] or "") for key in ("id", "unit", "licence", "publisher", "url", "issued")},
    )


def statuses(frame: pl.DataFrame) -> list[tuple[str, str]]:
    """The statuses that occur, in words."""
    words = {"A": "figure without reservation"} | MARKS | NO_VALUE
    found = sorted(frame["status"].drop_nulls().unique())
    return [(code, first_upper(words.get(code, code))) for code in found]


def whole_of(site: Site, name: str, date: str) -> dict[str, Any] | None:
    """The row of the place as a whole, where there is one."""
    here = (pl.col("area") == site.code) & (pl.col("period") == date)
    return next(site.build.values_of(name).filter(here).iter_rows(named=True), None)


def number_of(site: Site, name: str, date: str) -> float | None:
    """The value of the place as a whole, where there is one that its areas can be compared with."""
    row = whole_of(site, name, date)
    kind = site.indicators[name]["value_type"]
    return None if row is None or kind in {"count", "rank"} else row["value"]


def distribution_table(site: Site, name: str, geography: str, date: str) -> Table | None:
    """How many areas have values in each step, as the chart draws it."""
    bins = bins_of(site, name, geography, date)
    if not bins:
        return None
    writer = Writer(site.indicators[name])
    frame = pl.DataFrame([{"from": one.first, "to": one.last, "areas": one.count} for one in bins])
    ends = "" if frame["from"].eq(frame["to"]).any() else "not counted in, but for the last"
    return Table(
        id="distribution",
        caption=f"{site.indicators[name]['name']}, {period(date)}: how many areas have which figure",
        frame=frame,
        columns=[
            Column("from", "From", lambda row: Cell(writer.plain(row["from"])), head=True, sortable=False),
            Column("to", "To", lambda row: Cell(writer.plain(row["to"])), hint=ends, sortable=False),
            Column("areas", "Areas", lambda row: Cell(f"{row['areas']:,}", css="wp-n"), numeric=True, sortable=False),
        ],
        source=site.indicators[name]["source"],
        cards=False,
    )


def bins_of(site: Site, name: str, geography: str, date: str) -> list[charts.Bin]:
    """The bars of the distribution."""
    values = rows_of(site, name, geography, date)["value"].drop_nulls().to_list()
    return charts.histogram_bins(values) if values else []


def view(request: HttpRequest, site: Site, *, indicator: str) -> HttpResponse:
    """The page of one indicator."""
    about = find_indicator(site, indicator)
    key = chosen(site, indicator, request.GET)
    context: dict[str, Any] = {}
    if key is not None:
        context = figures(site, indicator, key, request)
    return render(
        request,
        "indicator.html",
        site,
        title=about["name"],
        nav="indicators",
        trail=[("Indicators", site.url("indicators"))],
        indicator=about,
        writer=Writer(about),
        polarity=POLARITY.get(about["polarity"], ""),
        used=[index for index in site.indices() if any(part["indicator"] == indicator for part in index.parts)],
        figure=about["name"],
        dated=bool(site.dates_of(indicator)),
        clustered=not is_still() and any(one == indicator for one, _ in site.build.clusters),
        **context,
    )


def figures(site: Site, name: str, key: tuple[str, str], request: HttpRequest) -> dict[str, Any]:
    """Map, chart and table of one indicator on one geography and period."""
    geography, date = key
    about, writer = site.indicators[name], Writer(site.indicators[name])
    series = site.series.filter((pl.col("indicator") == name) & (pl.col("geography") != PLACE))
    here = series.filter((pl.col("geography") == geography) & (pl.col("period") == date)).row(0, named=True)
    bins = bins_of(site, name, geography, date)
    drawn = indicator_map(site, name, geography, date)
    whole = whole_of(site, name, date)
    picture = None
    if bins and len(bins) > 1:
        said = "; ".join(
            f"{writer.plain(one.first)} to {writer.plain(one.last)}: {one.count}" for one in bins if one.count
        )
        picture = charts.histogram(
            bins, writer.scale, writer.unit_in_full, name="spread",
            title=f"How many areas have which figure: {about['name']}", about=f"{said}.",
        )  # fmt: skip
    query = urlencode({"geography": geography, "period": date})
    shown = [("Map", query)] if drawn is not None else []
    if picture is not None:
        shown.append(("How the areas differ", f"{query}&show=spread"))
    known = whole["value"] if whole and about["value_type"] != "rank" else None
    return {
        "geography": site.geographies[geography],
        "period": date,
        "geographies": [one for one in site.geographies.values() if one.id in series["geography"].to_list()],
        "periods": sorted(series.filter(pl.col("geography") == geography)["period"].to_list(), reverse=True),
        "choices": choices(site, name, key),
        "series": here,
        "moved": site.geographies[here["moved_from"]].name if here["moved_from"] in site.geographies else "",
        "map": drawn,
        "chart_picture": picture,
        "framed": frame_lines(request, site, ("indicators", name), about["name"], shown),
        "distribution": show(table, None) if (table := distribution_table(site, name, geography, date)) else None,
        "table": show(
            values_table(site, name, geography, date), request.GET,
            others={"geography": geography, "period": date},
        ),
        "elsewhere": elsewhere(site, key, request.GET),
        "headline": headline(site, about, whole, date),
        "uncertainty": uncertainty_words(about, intervals=bool(here["intervals"])),
        "national": site.national.get((geography, name, date)) if about["value_type"] != "rank" else None,
        "value": "" if known is None else f"{site.name} {writer.plain(known)}, {period(date)}",
        "gaps": gaps(site, name, geography, date),
    }  # fmt: skip


def choices(site: Site, name: str, key: tuple[str, str]) -> list[dict[str, Any]]:
    """Every kind of area and date that an indicator has figures for, each with its address."""
    series = site.series.filter((pl.col("indicator") == name) & (pl.col("geography") != PLACE))
    first = chosen(site, name, {})
    found = []
    for geography in site.geographies:
        dates = series.filter(pl.col("geography") == geography)["period"].to_list()
        for date in sorted(dates, reverse=True):
            query = urlencode({"geography": geography, "period": date})
            href = site.url("indicators", name) + ("" if (geography, date) == first else f"?{query}")
            words = f"{site.geographies[geography].name}: figures of {period(date)}"
            found.append({"words": words, "href": href, "chosen": (geography, date) == key})
    return found


def headline(site: Site, about: Mapping[str, Any], whole: Mapping[str, Any] | None, date: str) -> tuple[str, str, str]:
    """What is said of the place as a whole: the words before its figure, the figure, and unit and interval after it."""
    if whole is None or about["value_type"] == "rank":
        return "", "", ""  # ranks of areas do not join to a rank of the place
    writer = Writer(about)
    before = f"{site.name} in {period(date)}: "
    if whole["value"] is None:
        word = writer.value(None, whole["status"])
        return before, word, f", because figures of some of its areas are {word}." if whole["moved_from"] else "."
    unit = writer.after
    if about["value_type"] not in {"count", "rate", "mean"}:
        unit = unit and f",{unit}"
    interval = writer.interval(whole["lower95"], whole["upper95"])
    return before, writer.value(whole["value"], whole["status"]), f"{unit} ({_interval_words(interval)})."


def _interval_words(interval: str) -> str:
    return f"95% interval {interval}" if interval else "published without an interval"


def uncertainty_words(about: Mapping[str, Any], *, intervals: bool) -> str:
    """How the intervals of an indicator came about, or that there are none."""
    usual = {"proportion": "wilson", "rate": "byar"}.get(about["value_type"], "none")
    if not intervals:
        return "Published without an interval"
    return CI_METHODS.get(about["ci_method"] or usual, "95% interval as given by the source")


def gaps(site: Site, name: str, geography: str, date: str) -> list[str]:
    """How many areas have no figure, and why: `19 suppressed`, `2 missing`."""
    counts = rows_of(site, name, geography, date).filter(pl.col("value").is_null())["status"].value_counts()
    return [f"{n:,} {NO_VALUE.get(status, 'missing')}" for status, n in counts.sort("status").iter_rows()]


def indicator_map(site: Site, name: str, geography: str, date: str) -> maps.AreaMap | None:
    """The map of an indicator by at most five classes of about equal size."""
    writer = Writer(site.indicators[name])
    rows = rows_of(site, name, geography, date).select("area", "value", "status")
    known = rows.filter(pl.col("value").is_not_null())
    kinds, legend = maps.classes(dict(zip(known["area"].to_list(), known["value"].to_list(), strict=True)), writer)
    if known.height < rows.height:
        legend = [*legend, maps.LegendEntry("none", f"no figure ({', '.join(gaps(site, name, geography, date))})")]
    said = functools.cache(lambda: {area: writer.value(value, status) for area, value, status in rows.iter_rows()})

    def words(area: str, label: str) -> str:
        return f"{label}: {said().get(area, 'missing')}"

    title = f"Map of {site.indicators[name]['name']}, {period(date)}, {site.geography_name(geography)}"
    return maps.draw(site, geography, kinds, words, legend, title=title)
