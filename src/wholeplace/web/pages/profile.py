"""The profile of one area: its scores taken apart, the range of its ranks, its indicators beside larger areas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse

from wholeplace.build import IndexView
from wholeplace.web import charts, maps
from wholeplace.web.pages import over_time_tables, portrait_brief, related
from wholeplace.web.pages.index_tables import has_ranges, source_of
from wholeplace.web.rendering import render
from wholeplace.web.report.pdf import can_write
from wholeplace.web.site import PLACE, Site
from wholeplace.web.still import is_still
from wholeplace.web.table import Cell, Column, Row, Table, show
from wholeplace.web.words import WITHOUT, Writer, end_words, number, period

#: A waterfall of more bars than this is drawn for the first level only.
MOST_BARS = 12


def home_of(site: Site, code: str) -> str:
    """The geography an area's profile is about; Http404 where no geography has the code."""
    geography = site.homes.get(code)
    if geography is None:
        raise Http404(f"There is no area {code!r} in {site.name}.")
    return geography


def tables(site: Site, params: Mapping[str, str], *, code: str) -> dict[str, Callable[[], Table | None]]:
    """The tables of a profile: the indicators, and each index taken apart."""
    home = home_of(site, code)
    found: dict[str, Callable[[], Table | None]] = {"indicators": lambda: indicators_table(site, home, code)}
    for index in site.indices():
        found[f"score-{index.id}"] = lambda index=index: apart_table(site, index, code)  # type: ignore[misc]
    return found


def view(request: HttpRequest, site: Site, *, code: str) -> HttpResponse:
    """The profile of one area."""
    home = home_of(site, code)
    row = site.build.areas.filter((pl.col("geography") == home) & (pl.col("area") == code)).row(0, named=True)
    above = site.above(home, code)
    scores = [about for index in site.indices() if (about := score_of(site, index, code)) is not None]
    scored = {one["index"].id for one in scores}
    table = indicators_table(site, home, code)
    trail = [("Areas", site.url("areas"))]
    if home != PLACE:
        trail.append((site.geography_name(home), site.url("areas", home)))
    larger, beside = related.beside(site, home, code)
    return render(
        request,
        "profile.html",
        site,
        title=f"All figures of {site.name}" if home == PLACE else row["name"],
        nav="areas",
        trail=trail,
        area=row,
        home=home,
        home_name="The place as a whole" if home == PLACE else site.geography_name(home),
        above=[
            {
                **one,
                "name": site.names[one["to_geography"], one["to_area"]],
                "kind": site.geography_name(one["to_geography"]),
            }
            for one in above
        ],
        summaries=[one for one in related.summaries(site, home, code) if one["index"].id not in scored],
        within=related.within(site, home, code),
        kinds=site.geographies.values() if home == PLACE else [],
        larger=larger,
        beside=beside,
        locator=maps.locator(site, home, code) if home != PLACE else None,
        scores=scores,
        # not on pages that are published: portraits are not, and their figures are not protected
        briefs=[] if is_still() else portrait_brief.briefs_of(site, home, code),
        briefs_reading=portrait_brief.READING,
        table=show(table, request.GET) if table.frame.height else None,
        larger_name=larger_of(site, home, code)[1],
        has_pdf=can_write(),
        has_national=any(column.key == "all_published" for column in table.columns),
        figure=f"{row['name']} ({code})",
        value="; ".join(f"{one['index'].name}: rank {one['rank']}" for one in scores),
    )


def score_of(site: Site, index: IndexView, code: str) -> dict[str, Any] | None:
    """What a profile says of one index: rank, range, score taken apart; None where the index has no such area."""
    found = index.scores.filter(pl.col("area") == code)
    table = apart_table(site, index, code)
    if found.is_empty() or table is None:
        return None
    row = found.row(0, named=True)
    n = int(index.scores["rank"].count())
    about: dict[str, Any] = {
        "index": index,
        "rank": row["rank"],
        "score": row["score"],
        "decile": row["decile"],
        "reference_decile": row.get("reference_decile"),
        "reference_rank": row.get("reference_rank"),
        "n": n,
        "ends": end_words(index.spec),
        "combining": any(column.key == "adjustment" for column in table.columns),
        "within": any(part["within"] for part in index.parts),
        "drawn_in": any(part.get("shrunk_to") for part in index.parts),
        "table": show(table, None),
        "next": related.ranked_next(index, code),
        "source": source_of(index),
        "geography": site.geography_name(index.geography),
    }
    if index.over_time is not None:
        about["moved"] = over_time_tables.moved_words(index, index.over_time, code)
    if row["rank"] is None:
        return about
    if has_ranges(index):
        about |= {name: row[name] for name in ("rank_p05", "rank_p95", "p_decile_1")}
        words = f"Rank {row['rank']} of {n}; with other reasonable choices from {row['rank_p05']} to {row['rank_p95']}."
        about["line"] = charts.rank_line(
            row["rank"], row["rank_p05"], row["rank_p95"], n, about["ends"], name=f"line-{index.id}", words=words
        )
    about["chart"] = apart_chart(index, code)
    return about


def apart_chart(index: IndexView, code: str) -> Any:
    """The waterfall of a score: its indicators where they are few and simply add up, else its first level."""
    rows = index.explain(code)
    leaves = [row for row in rows if row["indicator"]]
    bent = any(abs(row["adjustment"] or 0.0) > 1e-9 for row in rows if row["depth"] > 0)
    if len(leaves) > MOST_BARS or bent:
        leaves = [row for row in rows if row["depth"] == 1]
        left = rows[0]["adjustment"] or 0.0
    else:
        left = sum(row["adjustment"] or 0.0 for row in rows)
    pieces = [
        charts.Piece(row["name"], row["contribution"], row["depth"], not row["indicator"])
        for row in leaves
        if row["contribution"] is not None
    ]
    if abs(left) > 1e-9:
        pieces.append(charts.Piece("From how the parts are combined", left, 1, True))
    total = rows[0]["score"]
    words = "; ".join(f"{piece.name} {number(piece.amount, 2)}" for piece in pieces)
    return charts.waterfall(
        pieces, total, title="What makes up the score", about=f"{words}; together {number(total, 2)}.",
        name=f"apart-{index.id}",
    )  # fmt: skip


def apart_table(site: Site, index: IndexView, code: str) -> Table | None:
    """The score of an area taken apart: one row a part, depth first."""
    try:
        rows = index.explain(code)
    except KeyError:
        return None
    frame = pl.DataFrame(rows, infer_schema_length=None).drop("area")

    drawn_in = {part["id"] for part in index.parts if part.get("shrunk_to")}
    names = {part["id"]: part["name"] for part in index.parts}
    within = {part["id"]: names[part["within"]] for part in index.parts if part["within"]}
    whole = {part["within"] for part in index.parts if part["within"]}

    def value(row: Row) -> Cell:
        if not row["indicator"]:
            return Cell()
        writer = Writer(site.indicators[row["indicator"]])
        words = writer.value(row["value"], row["status"])
        unit = "" if row["value"] is None else writer.after
        shrunk = row["part"] in drawn_in and row["value"] is not None
        drawn = " (drawn towards those around)" if shrunk else ""
        return Cell(words + unit + drawn, css="" if row["value"] is not None else "wp-none")

    def interval(row: Row) -> Cell:
        if not row["indicator"] or row["value"] is None:
            return Cell()
        shown = Writer(site.indicators[row["indicator"]]).interval(row["lower95"], row["upper95"])
        return Cell(shown or WITHOUT, css="wp-iv" if shown else "wp-none")

    def name(row: Row) -> Cell:
        href = site.url("indicators", row["indicator"]) if row["indicator"] else ""
        words = "Score" if row["depth"] == 0 else row["name"]
        return Cell(words, href=href, css=f"wp-depth-{row['depth']}")

    def figure(key: str, decimals: int) -> Callable[[Row], Cell]:
        return lambda row: Cell(number(row[key], decimals), css="wp-n")

    def adds(row: Row) -> Cell:
        if row["part"] in within:
            return Cell(f"within {within[row['part']]}", css="wp-none")
        return Cell(number(row["contribution"], 2), css="wp-n")

    def left_over(row: Row) -> Cell:
        untold = row["part"] in within or row["part"] in whole
        return Cell() if untold else Cell(number(row["adjustment"], 2), css="wp-n")

    columns = [
        Column("name", "Part", name, head=True, sortable=False),
        Column("value", "Figure", value, hint="as this index uses it", sortable=False),
        Column("lower95", "95% interval", interval, sortable=False),
        Column("score", "Score", figure("score", 1), hint="of the part", numeric=True, sortable=False),
        Column("weight", "Weight", figure("weight", 3), hint="in its group", numeric=True, sortable=False),
        Column("contribution", "Adds", adds, hint="to the score", numeric=True, sortable=False),
    ]
    left = frame.filter(~pl.col("part").is_in([*within, *whole]))["adjustment"]
    if left.fill_null(0.0).abs().max() or 0.0:
        columns.append(Column("adjustment", "From combining", left_over, numeric=True, sortable=False))
    return Table(
        id=f"score-{index.id}",
        caption=f"{index.name}: the score taken apart",
        frame=frame,
        columns=columns,
        source=source_of(index),
        page_size=500,
        meta={"area": code, "period": ", ".join(index.periods)},
    )


def larger_of(site: Site, home: str, code: str) -> tuple[tuple[str, str] | None, str]:
    """The larger area that a profile compares with, as (geography, area), and its name."""
    end = site.coarser.get(home)
    row = next((row for row in site.above(home, code) if row["to_geography"] == end), None)
    if row is None:
        return None, ""
    key = (row["to_geography"], row["to_area"])
    return key, site.names[key]


def indicators_table(site: Site, home: str, code: str) -> Table:
    """Every indicator of an area at its latest period, with the larger area, the place and all published areas."""
    values = site.build.values_in
    own = values(code).filter(pl.col("geography") == home)
    own = own.sort("period", maintain_order=True).group_by("indicator", maintain_order=True).last()
    key, _ = larger_of(site, home, code)
    keys = ["indicator", "period"]
    larger = values(code).clear() if key is None else values(key[1]).filter(pl.col("geography") == key[0])
    whole = values(site.code) if home != PLACE else values(code).clear()
    frame = own.join(
        larger.select(*keys, pl.col("value").alias("larger_area"), pl.col("status").alias("_larger_area")),
        on=keys,
        how="left",
    )
    frame = frame.join(
        whole.select(*keys, pl.col("value").alias("place"), pl.col("status").alias("_place")), on=keys, how="left"
    )
    national = site.build.comparators.filter(pl.col("geography") == home)
    frame = frame.join(
        national.select(*keys, pl.col("mean").alias("all_published"), pl.lit("A").alias("_all_published")),
        on=keys,
        how="left",
    )
    about = site.build.indicators.with_row_index("_order").select(
        "_order", pl.col("id").alias("indicator"), "name", "theme", "unit", "source", "value_type"
    )
    frame = _by_theme(frame.join(about, on="indicator", how="inner"))
    frame = frame.select(
        "indicator", "name", "theme", "period", "value", "unit", "lower95", "upper95", "status", "larger_area",
        "place", "all_published", "count", "denominator", "moved_from", "source", pl.col("value_type").alias("_type"),
        "_larger_area", "_place", "_all_published",
    )  # fmt: skip
    return Table(
        id="indicators",
        caption="Indicators",
        frame=frame,
        columns=_columns(site, home, code, national=bool(frame["all_published"].count())),
        source="named in each row",
        group=lambda row: row["theme"] or "Other",
        page_size=2_000,
        meta={"area": code, "name": site.names[home, code]},
    )


def _by_theme(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of one theme together, themes in the order of their first indicator."""
    first = frame.group_by("theme").agg(pl.col("_order").min().alias("_theme"))
    return frame.join(first, on="theme", how="left", nulls_equal=True).sort("_theme", "_order")


def _columns(site: Site, home: str, code: str, *, national: bool) -> list[Column]:
    writers = {name: Writer(row) for name, row in site.indicators.items()}
    key, larger = larger_of(site, home, code)

    def value(row: Row) -> Cell:
        writer = writers[row["indicator"]]
        words = writer.value(row["value"], row["status"])
        if row["_type"] == "rank" and row["moved_from"] and row["value"] is not None:
            words = f"{words} (mean of ranks)"
        return Cell(words, css="wp-n" if row["value"] is not None else "wp-none")

    def interval(row: Row) -> Cell:
        if row["value"] is None:
            return Cell()
        shown = writers[row["indicator"]].interval(row["lower95"], row["upper95"])
        return Cell(shown or WITHOUT, css="wp-iv" if shown else "wp-none")

    def other(name: str) -> Callable[[Row], Cell]:
        def cell(row: Row) -> Cell:
            if row["_type"] == "rank":
                return Cell("not for ranks", css="wp-none")  # a mean of ranks orders nothing
            if row[name] is None:
                status = row[f"_{name}"]
                return Cell(
                    "no figure" if status is None else writers[row["indicator"]].value(None, status), css="wp-none"
                )
            return Cell(writers[row["indicator"]].plain(row[name]), css="wp-n")

        return cell

    def drawn(row: Row) -> Cell:
        return Cell(html=_drawn(site, home, row, writers[row["indicator"]], larger))

    def name(row: Row) -> Cell:
        about = [f"{writers[row['indicator']].unit_words}, {period(row['period'])}", row["source"] or "no source named"]
        if row["moved_from"] in site.geographies:
            about.append(f"From {site.geography_name(row['moved_from'])}")
        href = site.url("indicators", row["indicator"])
        return Cell(row["name"], href=href, css="wp-indicator", note=". ".join(about))

    columns = [
        Column("name", "Indicator", name, head=True),
        Column("value", "Here", value, numeric=True),
        Column("lower95", "95% interval", interval),
    ]
    if key is not None:
        columns.append(Column("larger_area", larger, other("larger_area"), numeric=True))
    if home != PLACE:
        columns.append(Column("place", site.name, other("place"), numeric=True))
        if national:
            columns.append(Column("all_published", "All areas published", other("all_published"), numeric=True))
        columns.append(Column("_drawn", "Drawn", drawn))
    return columns


def _drawn(site: Site, home: str, row: Row, writer: Writer, larger: str) -> Any:
    """The small chart of one indicator; none for counts, which do not compare with larger areas."""
    scale = site.scales.get((row["indicator"], home, row["period"]))
    if row["value"] is None or row["_type"] in {"count", "rank"} or scale is None or scale[0] == scale[1]:
        return ""
    marks = charts.Marks(
        row["value"], row["lower95"], row["upper95"], row["larger_area"], row["place"], row["all_published"]
    )
    said = [f"here {writer.plain(row['value'])}"]
    for words, number_there in ((larger, row["larger_area"]), (site.name, row["place"])):
        if number_there is not None and words:
            said.append(f"{words} {writer.plain(number_there)}")
    return charts.mini_marks(marks, scale, ", ".join(said))
