"""What changed between two editions of an index, and what is only noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse

from wholeplace.build import IndexView
from wholeplace.measure.compare import NotComparableError
from wholeplace.measure.editions import FURTHER, NEARER, NOISE, NOT_COMPARED, Editions, compare_editions
from wholeplace.web import maps
from wholeplace.web.dumbbell import Pair, dumbbell
from wholeplace.web.pages.change import MOST_DRAWN, boundary_table
from wholeplace.web.pages.index_tables import area_link, other_editions, source_of
from wholeplace.web.pages.indices import find_index
from wholeplace.web.rendering import render
from wholeplace.web.site import Site
from wholeplace.web.table import Cell, Column, Filter, Row, Table, first_rows, link, numbers, show
from wholeplace.web.words import end_words, first_upper, number


def read(site: Site, name: str, params: Mapping[str, str]) -> tuple[IndexView, IndexView, IndexView]:
    """The index of the page, and the earlier and later edition of what is compared."""
    index = find_index(site, name)
    known = {one.id: one for one in other_editions(site, index)}
    if not known:
        raise Http404(f"There is no other edition of {index.name} to compare with.")
    asked = params.get("with") or next(iter(known))
    if asked not in known:
        raise Http404(f"{asked!r} is no edition that {index.name} can be compared with; there are: {', '.join(known)}.")
    pair = sorted((index, known[asked]), key=lambda one: (max(one.periods, default=""), one.id))
    return index, pair[0], pair[1]


def compared(site: Site, before: IndexView, after: IndexView) -> Editions:
    """The two editions compared, with the look-up between their areas where there is one."""
    lookup = None
    if before.geography != after.geography:
        pairs = site.build.belongs.filter(
            (pl.col("geography") == before.geography) & (pl.col("to_geography") == after.geography)
        )
        lookup = pairs.select(pl.col("area").alias("from_area"), "to_area") if pairs.height else None
    names = {area: name for (geography, area), name in site.names.items() if geography == after.geography and name}
    return compare_editions(before.result, after.result, lookup=lookup, names=names)


def tables(site: Site, params: Mapping[str, str], *, index: str) -> dict[str, Callable[[], Table | None]]:
    """The table of moves, and of boundaries that changed."""
    _, before, after = read(site, index, params)
    try:
        found = compared(site, before, after)
    except NotComparableError:
        return {}
    return {
        "moves": lambda: moves_table(site, before, after, found),
        "boundaries": lambda: boundaries_of(site, after, found),
    }


def area_map(site: Site, params: Mapping[str, str], *, index: str) -> maps.AreaMap | None:
    """The map of areas that changed place."""
    _, before, after = read(site, index, params)
    try:
        return moves_map(site, after, compared(site, before, after))
    except NotComparableError:
        return None


def words_of(index: IndexView) -> dict[str, tuple[str, str]]:
    """Verdict -> colour class and words; nearer to rank 1 is worse off or better off, as the index has it."""
    first, last = (end.split()[0] for end in end_words(index.spec))
    more = {"worst": (maps.LOSS, "worse off among the areas than before"),
            "best": (maps.GAIN, "better off among the areas than before")}  # fmt: skip
    return {
        NEARER: more[first],
        NOISE: (maps.NO_TELLING, "could be noise"),
        FURTHER: more[last],
        NOT_COMPARED: ("none", "cannot be told"),
    }


def view(request: HttpRequest, site: Site, *, index: str) -> HttpResponse:
    """The page of two editions."""
    one, before, after = read(site, index, request.GET)
    other = before if after.id == one.id else after
    fault, context = "", {}
    try:
        context = shown(site, before, after, compared(site, before, after), other, request)
    except NotComparableError as error:
        fault = first_upper(str(error))
    return render(
        request,
        "editions.html",
        site,
        title=f"What changed: {before.name} to {after.name}",
        nav="indices",
        trail=[("Indices", site.url("indices")), (one.name, site.url("indices", one.id))],
        index=one,
        other=other,
        before=before,
        after=after,
        fault=fault,
        others=other_editions(site, one),
        figure=f"the change from {before.name} to {after.name}",
        **context,
    )


def shown(
    site: Site, before: IndexView, after: IndexView, found: Editions, other: IndexView, request: HttpRequest
) -> dict[str, Any]:
    """Everything that the page shows of two editions."""
    counts = dict(found.frame["word"].value_counts().iter_rows())
    words = words_of(after)
    boundaries = boundaries_of(site, after, found)
    kept = {"with": other.id}
    return {
        "found": found,
        "counts": [(counts[key], said) for key, (_, said) in words.items() if counts.get(key)],
        "compared": found.frame.height,
        "map": moves_map(site, after, found),
        "picture": picture(after, found),
        "table": show(moves_table(site, before, after, found), request.GET, others=kept),
        "boundaries": first_rows(boundaries, others=kept) if boundaries is not None else None,
        "kept": urlencode(kept),
        "ends": end_words(after.spec),
        "source": "; ".join(dict.fromkeys((source_of(before), source_of(after)))),
    }


def moves_table(site: Site, before: IndexView, after: IndexView, found: Editions) -> Table:
    """Every area with its rank and range in both editions, and the verdict."""
    words = words_of(after)

    def ranges(end: str) -> Callable[[Row], Cell]:
        def cell(row: Row) -> Cell:
            if row[f"rank_p05{end}"] is None:
                return Cell("published without", css="wp-none")
            return Cell(f"{number(row[f'rank_p05{end}'])} to {number(row[f'rank_p95{end}'])}", css="wp-n")

        return cell

    first = end_words(after.spec)[0]
    frame = found.frame.drop("_low", "_high", "_low_before", "_high_before")
    return Table(
        id="moves",
        caption=f"{before.name} to {after.name}",
        frame=frame.with_columns(pl.col("rank_change").abs().alias("_far")),
        columns=[
            link("name", "Area", area_link(site)),
            numbers("rank_before", "Rank before", number, hint=f"1: {first}"),
            Column("rank_p05_before", "Range before", ranges("_before"), hint="9 of 10 draws", numeric=True),
            numbers("rank", "Rank now", number),
            Column("rank_p05", "Range now", ranges(""), hint="9 of 10 draws", numeric=True),
            numbers("decile_before", "Tenth before", number),
            numbers("decile", "Tenth now", number),
            Column("word", "More than noise?", lambda row: Cell(first_upper(words[row["word"]][1]))),
        ],
        geography=after.geography,
        source="; ".join(dict.fromkeys((source_of(before), source_of(after)))),
        filters=[Filter("word", "Change", [(key, first_upper(said)) for key, (_, said) in words.items()
                                           if key in found.frame["word"]])],
        search=("area", "name"),
        order="-_far",
        meta={"before": before.id, "after": after.id},
    )  # fmt: skip


def boundaries_of(site: Site, after: IndexView, found: Editions) -> Table | None:
    """The areas whose boundary or code changed, or None."""
    if found.boundaries is None or found.boundaries.is_empty():
        return None
    return boundary_table(site, after.geography, found.boundaries)


def moves_map(site: Site, after: IndexView, found: Editions) -> maps.AreaMap | None:
    """The map in three classes; areas that are not compared are hatched."""
    verdicts = dict(found.frame.select("area", "word").iter_rows())
    title = f"Map of {found.before} to {found.after}"
    return maps.draw_verdicts(site, after.geography, verdicts, words_of(after), NOT_COMPARED, title=title)


def picture(after: IndexView, found: Editions) -> Any:
    """Ranks before and after of the areas that moved most by more than noise; None where there are none."""
    clear = found.frame.filter(pl.col("word").is_in([NEARER, FURTHER]))
    if clear.is_empty():
        return None
    most = clear.sort(pl.col("rank_change").abs(), "area", descending=[True, False]).head(MOST_DRAWN)
    rows = [
        Pair(row["name"], float(row["rank_before"]), float(row["rank"]), f"{row['rank_before']:,} to {row['rank']:,}")
        for row in most.sort("rank_change", descending=True).iter_rows(named=True)
    ]
    said = "; ".join(f"{one.name} rank {one.words}" for one in rows)
    return dumbbell(rows, scale=1.0, title="Areas that moved most", about=f"{said}.", name="moved")
