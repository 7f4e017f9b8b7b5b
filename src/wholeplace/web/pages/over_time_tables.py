"""The tables of an index over time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl

from wholeplace.build import IndexView
from wholeplace.build.over_time import OverTimeView
from wholeplace.measure.explain import WHOLE
from wholeplace.measure.over_time import BETTER, NOISE, NOT_COMPARED, WORSE
from wholeplace.web.pages.index_tables import area_link, source_of
from wholeplace.web.site import Site
from wholeplace.web.table import Cell, Column, Filter, Row, Table, link, numbers
from wholeplace.web.words import MINUS, WITHOUT, end_words, first_upper, number, percent, period

if TYPE_CHECKING:
    from wholeplace.web.pages.over_time import Asked

#: The direction of a change is called unsure below this share of other weightings in which it holds.
SURE_OF_WEIGHTS = 0.9


def step(value: float | None) -> str:
    """A change of a score with its sign."""
    if value is None:
        return ""
    shown = number(abs(value), 1)
    return f"{'' if not shown.strip('0.,') else '+' if value > 0 else MINUS}{shown}"


def between(row: Row, lower: str = "lower95", upper: str = "upper95") -> str:
    """`1.2 to 3.4`; empty without limits."""
    return "" if row[lower] is None else f"{number(row[lower], 1)} to {number(row[upper], 1)}"


def said(word: str | None) -> Cell:
    """The cell of a verdict."""
    return Cell("cannot be told", css="wp-none") if word in {None, NOT_COMPARED} else Cell(str(word))


def change_cell(prefix: str) -> Callable[[Row], Cell]:
    """The cells of a change with its interval and verdict, whose columns start with a prefix."""

    def cell(row: Row) -> Cell:
        if row[f"{prefix}change"] is None:
            return Cell("cannot be told", css="wp-none")
        interval = between(row, f"{prefix}lower95", f"{prefix}upper95")
        return Cell(f"{step(row[f'{prefix}change'])} ({interval or WITHOUT}): {said(row[f'{prefix}word']).text}")

    return cell


def named(site: Site, geography: str, frame: pl.DataFrame) -> pl.DataFrame:
    """A frame of areas with their names after their codes."""
    names = site.build.areas.filter(geography=geography).select("area", "name")
    frame = frame.join(names, on="area", how="left", maintain_order="left")
    return frame.select("area", pl.col("name").fill_null(pl.col("area")), pl.exclude("area", "name"))


def of_span(known: OverTimeView, asked: Asked, part: str) -> pl.DataFrame:
    """The changes of one part over the span that is asked for."""
    return known.changes.filter(since=asked.since, period=asked.period, part=part)


def changes_of(site: Site, index: IndexView, known: OverTimeView, asked: Asked) -> pl.DataFrame:
    """Every area with its score and rank in both periods, the change and the verdict."""
    whole = of_span(known, asked, WHOLE).drop("since", "period", "part", "depth")
    for column, one in (("rank_before", asked.since), ("rank", asked.period)):
        ranks = known.scores.filter(period=one).select("area", pl.col("rank").alias(column))
        whole = whole.join(ranks, on="area", how="left", maintain_order="left")
    return named(site, index.geography, whole)


def turned_parts(index: IndexView, span: pl.DataFrame) -> dict[str, str]:
    """Area -> the main parts that changed over a span by more than noise, and otherwise than its score, in words."""
    whole = span.filter(part=WHOLE).select("area", pl.col("word").alias("_whole"))
    clear = pl.col("word").is_in([BETTER, WORSE]) & pl.col("_whole").is_in([BETTER, WORSE, NOISE])
    rows = span.filter(depth=1).join(whole, on="area").filter(clear & (pl.col("word") != pl.col("_whole")))
    names = {part["id"]: part["name"] for part in index.parts}
    found: dict[str, list[str]] = {}
    for row in rows.iter_rows(named=True):
        found.setdefault(row["area"], []).append(f"{names[row['part']]}: {row['word']}")
    return {area: f"but {'; '.join(parts)}" for area, parts in found.items()}


def main_part_counts(index: IndexView, known: OverTimeView, asked: Asked) -> list[tuple[str, str]]:
    """Each main part and in how many areas it changed by more than noise; empty where nothing can be told."""
    told = []
    for part in (one for one in index.parts if one["depth"] == 1):
        counts = dict(of_span(known, asked, part["id"])["word"].value_counts().iter_rows())
        if any(counts.get(word) for word in (BETTER, WORSE, NOISE)):
            shown = [word for word in (BETTER, WORSE, NOISE, NOT_COMPARED) if counts.get(word)]
            words = [f"{number(counts[word])} {said(word).text}" for word in shown]
            told.append((part["name"], ", ".join(words)))
    return told if len(told) > 1 else []


def hidden_count(index: IndexView, known: OverTimeView, asked: Asked) -> int:
    """In how many areas whose score could be noise a main part changed by more than noise."""
    span = known.changes.filter(since=asked.since, period=asked.period)
    turned = list(turned_parts(index, span))
    return span.filter(pl.col("part") == WHOLE, pl.col("word") == NOISE, pl.col("area").is_in(turned)).height


def moved_words(index: IndexView, known: OverTimeView, area: str) -> str:
    """What the score of an area did from the first to the last period, in a sentence."""
    since, last = known.spans[0]
    own = known.changes.filter(since=since, period=last, area=area)
    row = own.row(by_predicate=pl.col("part") == WHOLE, named=True)
    if row["change"] is None:
        return f"Its scores of {period(since)} and {period(last)} cannot be compared."
    told = f"From {period(since)} to {period(last)} its score went from {number(row['before'], 1)} to "
    told += f"{number(row['after'], 1)}, a change of {step(row['change'])}"
    interval = between(row)
    if not interval:
        return f"{told}; it is published without an interval, so that noise cannot be told from change."
    turned = turned_parts(index, own).get(area, "")
    return f"{told} (95% interval {interval}): {row['word']}, all areas looked at{turned and f', {turned}'}."


def unsure_count(changes: pl.DataFrame) -> int:
    """In how many areas that changed by more than noise other weights often turn the direction round."""
    clear = pl.col("word").is_in([BETTER, WORSE])
    return changes.filter(clear & (pl.col("weights_agree") < SURE_OF_WEIGHTS)).height


def changes_table(site: Site, index: IndexView, known: OverTimeView, asked: Asked) -> Table:
    """Every area with both scores, the change with its interval, and the verdict."""
    frame = changes_of(site, index, known, asked)
    first = end_words(index.spec)[0]
    turned = turned_parts(index, known.changes.filter(since=asked.since, period=asked.period))

    def verdict(row: Row) -> Cell:
        other = turned.get(row["area"], "")
        return Cell(f"{row['word']}, {other}") if other else said(row["word"])

    def interval(row: Row) -> Cell:
        shown = between(row)
        return Cell(shown or ("" if row["change"] is None else WITHOUT), css="wp-iv" if shown else "wp-none")

    def change(row: Row) -> Cell:
        return Cell("cannot be told", css="wp-none") if row["change"] is None else Cell(step(row["change"]), css="wp-n")

    options = [(word, first_upper(said(word).text)) for word in (BETTER, WORSE, NOISE, NOT_COMPARED)
               if word in frame["word"]]  # fmt: skip
    return Table(
        id="changes",
        caption=f"Change from {period(asked.since)} to {period(asked.period)}: {site.geography_name(index.geography)}",
        frame=frame,
        columns=[
            link("name", "Area", area_link(site)),
            numbers("before", f"Score {period(asked.since)}", lambda value: number(value, 1)),
            numbers("after", f"Score {period(asked.period)}", lambda value: number(value, 1)),
            Column("change", "Change", change, numeric=True),
            Column("lower95", "95% interval", interval, hint="this area by itself"),
            Column("word_alone", "By itself", lambda row: said(row["word_alone"]), hint="not for quoting"),
            Column("word", "More than noise?", verdict, hint="all areas looked at"),
            numbers(
                "weights_agree", "Direction stays", percent, hint="share of other weightings; says nothing of chance"
            ),
            numbers("rank_before", f"Rank {period(asked.since)}", number, hint=f"1: {first}"),
            numbers("rank", f"Rank {period(asked.period)}", number, hint=f"1: {first}"),
        ],
        geography=index.geography,
        source=source_of(index),
        filters=[Filter("word", "Change", options)],
        search=("area", "name"),
        order="-change",
        meta={"from": asked.since, "to": asked.period},
    )


def scores_table(site: Site, index: IndexView, known: OverTimeView) -> Table:
    """The score of every area in every period, with its interval."""
    frame = None
    for one in known.periods:
        limits = {f"score_{side}95": f"{side}95_{one}" for side in ("lower", "upper")}
        own = known.scores.filter(period=one).select(
            "area", pl.col("score").alias(f"score_{one}"), *(pl.col(key).alias(name) for key, name in limits.items())
        )
        frame = own if frame is None else frame.join(own, on="area", how="left", maintain_order="left")
    assert frame is not None  # an index over time has periods

    def score(one: str) -> Callable[[Row], Cell]:
        def cell(row: Row) -> Cell:
            if row[f"score_{one}"] is None:
                return Cell("no score", css="wp-none")
            interval = between(row, f"lower95_{one}", f"upper95_{one}")
            return Cell(f"{number(row[f'score_{one}'], 1)} ({interval or WITHOUT})")

        return cell

    columns = [Column(f"score_{one}", period(one), score(one), sortable=False) for one in known.periods]
    return Table(
        id="scores",
        caption=f"{index.name}: scores of every period, with their 95% intervals",
        frame=named(site, index.geography, frame),
        columns=[link("name", "Area", area_link(site)), *columns],
        geography=index.geography,
        source=source_of(index),
        order="name",
        page_size=40,
    )


def field_names(index: IndexView) -> dict[str, str]:
    """Field of `two_themes` -> what it is called, for an index of two main parts."""
    parts = [part["name"] for part in index.parts if part["depth"] == 1]
    if len(parts) != 2:
        return {}
    first, second = parts[0], parts[1][:1].lower() + parts[1][1:]
    return {
        "second": f"Low {first[:1].lower() + first[1:]}, high {second}",
        "both": f"High {first[:1].lower() + first[1:]}, high {second}",
        "neither": f"Low {first[:1].lower() + first[1:]}, low {second}",
        "first": f"High {first[:1].lower() + first[1:]}, low {second}",
    }


def themes_of(index: IndexView, known: OverTimeView, asked: Asked) -> pl.DataFrame | None:
    """Every area with the scores of both main parts and its field in both periods, and the verdict on each part."""
    if known.themes is None:
        return None
    before = known.themes.filter(period=asked.since).drop("period")
    after = known.themes.filter(period=asked.period).drop("period")
    frame = before.join(after, on="area", suffix="_after", maintain_order="left")
    frame = frame.rename({"first": "first_before", "second": "second_before", "field": "field_before",
                          "first_after": "first", "second_after": "second", "field_after": "field"})  # fmt: skip
    parts = [part["id"] for part in index.parts if part["depth"] == 1]
    for side, part in zip(("first", "second"), parts, strict=True):
        own = of_span(known, asked, part).select(
            "area", *(pl.col(name).alias(f"{side}_{name}") for name in ("change", "lower95", "upper95", "word"))
        )
        frame = frame.join(own, on="area", how="left", maintain_order="left")
    return frame


def _unclear(row: Row, parts: list[str]) -> str:
    """Of the main parts that crossed the middle, and so changed the field, those whose change could be noise."""
    crossed = [
        (side, part)
        for side, part in zip(("first", "second"), parts, strict=True)
        if (row["field"] in {side, "both"}) != (row["field_before"] in {side, "both"})
    ]
    names = [part for side, part in crossed if row[f"{side}_word"] not in {BETTER, WORSE}]
    return f" (the change of {' and of '.join(names)} could be noise)" if names else ""


def themes_table(site: Site, index: IndexView, known: OverTimeView, asked: Asked) -> Table | None:
    """Every area's two main parts, before and now, and which field it lies in; None without two such parts."""
    frame = themes_of(index, known, asked)
    if frame is None:
        return None
    names = field_names(index)
    parts = [part["name"] for part in index.parts if part["depth"] == 1]

    def field(row: Row) -> Cell:
        if row["field"] is None:
            return Cell("no score", css="wp-none")
        same = row["field"] == row["field_before"] or row["field_before"] is None
        if same:
            return Cell(names[row["field"]])
        before = f"; in {period(asked.since)}: {names[row['field_before']].lower()}"
        return Cell(names[row["field"]] + before + _unclear(row, parts))

    columns = [link("name", "Area", area_link(site))]
    for side, name in zip(("first", "second"), parts, strict=True):
        for column, one in ((f"{side}_before", asked.since), (side, asked.period)):
            columns.append(numbers(column, f"{name} {period(one)}", lambda value: number(value, 1), sortable=False))
        hint = f"of {name[:1].lower()}{name[1:]}"
        columns.append(Column(f"{side}_change", "Change", change_cell(f"{side}_"), hint=hint, sortable=False))
    span = f"{period(asked.since)} to {period(asked.period)}"
    return Table(
        id="themes",
        caption=f"{parts[0]} and {parts[1]}, {span}: {site.geography_name(index.geography)}",
        frame=named(site, index.geography, frame),
        columns=[*columns, Column("field", f"Field in {period(asked.period)}", field, sortable=False)],
        geography=index.geography,
        source=source_of(index),
        order="name",
        page_size=40,
        meta={"from": asked.since, "to": asked.period},
    )


def parts_table(site: Site, index: IndexView, known: OverTimeView, asked: Asked) -> Table:
    """What every part did: on the average of all areas, and in the areas that are chosen."""
    frame = known.averages.filter(since=asked.since, period=asked.period).drop(
        "since", "period", "p_value", "word_alone"
    )
    names = {part["id"]: part["name"] for part in index.parts} | {WHOLE: index.name}
    frame = frame.with_columns(pl.col("part").replace_strict(names).alias("name"))
    for area in asked.areas:
        own = known.changes.filter(since=asked.since, period=asked.period, area=area).select(
            "part", *(pl.col(name).alias(f"{area}_{name}") for name in ("change", "lower95", "upper95", "word"))
        )
        frame = frame.join(own, on="part", how="left", maintain_order="left")

    chosen = [
        Column(f"{area}_change", site.names[index.geography, area] or area, change_cell(f"{area}_"), sortable=False)
        for area in asked.areas
    ]
    return Table(
        id="parts",
        caption=f"What each part did, {period(asked.since)} to {period(asked.period)}",
        frame=frame,
        columns=[
            Column("name", "Part", lambda row: Cell(row["name"], css=f"wp-depth-{row['depth']}"), head=True,
                   sortable=False),
            numbers("before", period(asked.since), lambda value: number(value, 1), hint="average", sortable=False),
            numbers("after", period(asked.period), lambda value: number(value, 1), hint="average", sortable=False),
            Column("change", "Change", change_cell(""), hint="of the average", sortable=False),
            *chosen,
        ],
        source=source_of(index),
        page_size=500,
        meta={"from": asked.since, "to": asked.period},
    )  # fmt: skip
