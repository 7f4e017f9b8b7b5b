"""The pictures of an index over time: two themes on two axes, a line an area, the parts side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from markupsafe import Markup

from wholeplace.build import IndexView
from wholeplace.build.over_time import OverTimeView
from wholeplace.measure.explain import WHOLE
from wholeplace.web.dumbbell import Pair, dumbbell
from wholeplace.web.pages.over_time_tables import (
    between,
    changes_of,
    field_names,
    named,
    said,
    step,
    themes_of,
    turned_parts,
)
from wholeplace.web.quadrants import Fields, Track, quadrants
from wholeplace.web.site import Site
from wholeplace.web.small_lines import Point, small_lines
from wholeplace.web.words import WITHOUT, number, period

if TYPE_CHECKING:
    from wholeplace.web.pages.over_time import Asked

#: So many areas are drawn with a line of their own; the table has all.
MOST_LINES = 24
#: So many areas are drawn as arrows; of more, those that changed most.
MOST_ARROWS = 60


def themes_picture(site: Site, index: IndexView, known: OverTimeView, asked: Asked) -> Markup | None:
    """Where every area was and is on two axes; None for an index without two main parts."""
    frame = themes_of(index, known, asked)
    if frame is None:
        return None
    frame = named(site, index.geography, frame.drop_nulls(["first_before", "second_before", "first", "second"]))
    names, parts = field_names(index), [part for part in index.parts if part["depth"] == 1]
    chosen = pl.col("area").is_in(list(asked.areas))
    far = (pl.col("first") - pl.col("first_before")).abs() + (pl.col("second") - pl.col("second_before")).abs()
    frame = frame.sort(chosen, far, "area", descending=[True, True, False]).head(MOST_ARROWS)
    tracks = [
        Track(
            row["name"], (row["first_before"], row["second_before"]), (row["first"], row["second"]),
            f"{names[row['field_before']]} in {period(asked.since)}; "
            f"{names[row['field']].lower()} in {period(asked.period)}",
            marked=row["area"] in asked.areas,
        )
        for row in frame.iter_rows(named=True)
    ]  # fmt: skip
    if not tracks:
        return None
    counts = dict(frame["field"].value_counts().iter_rows())
    about = "; ".join(f"{words}: {counts.get(field, 0)}" for field, words in names.items())
    middle = (known.middles[parts[0]["id"]] or 0.0, known.middles[parts[1]["id"]] or 0.0)
    fields = Fields(middle, (names["second"], names["both"], names["neither"], names["first"]),
                    (parts[0]["name"], parts[1]["name"]))  # fmt: skip
    return quadrants(tracks, fields, title=f"{parts[0]['name']} and {parts[1]['name']}",
                     about=f"Areas in each field in {period(asked.period)}: {about}.", name="themes")  # fmt: skip


def line_panels(site: Site, index: IndexView, known: OverTimeView, asked: Asked) -> list[dict[str, Any]]:
    """A small chart an area: those that are chosen, else those that changed most."""
    changes = changes_of(site, index, known, asked)
    if asked.areas:
        order = {area: number for number, area in enumerate(asked.areas)}
        changes = changes.filter(pl.col("area").is_in(list(order)))
        changes = changes.sort(pl.col("area").replace_strict(order, default=None, return_dtype=pl.Int64))
    else:
        changes = changes.sort("change", "area", descending=[True, False], nulls_last=True)
        if changes.height > MOST_LINES:
            most = changes.sort(pl.col("change").abs(), descending=True, nulls_last=True).head(MOST_LINES)
            changes = changes.filter(pl.col("area").is_in(most["area"].implode()))
    scores = {(row["area"], row["period"]): row for row in known.scores.iter_rows(named=True)}
    turned = turned_parts(index, known.changes.filter(since=asked.since, period=asked.period))
    drawn = {row["area"]: _points(known, scores, row["area"]) for row in changes.iter_rows(named=True)}
    every = [value for points in drawn.values() for one in points
             for value in (one.score, one.lower, one.upper, one.average) if value is not None]  # fmt: skip
    if not every:
        return []
    margin = 0.05 * (max(every) - min(every)) or 1.0
    scale = (min(every) - margin, max(every) + margin)
    return [
        {
            "area": row["area"],
            "name": row["name"],
            "words": WITHOUT + " an interval" if _bare(row) else said(row["word"]).text,
            "turned": turned.get(row["area"], ""),
            "change": step(row["change"]) + (f" ({between(row)})" if between(row) else ""),
            "picture": small_lines(drawn[row["area"]], scale, _spoken(row["name"], drawn[row["area"]])),
        }
        for row in changes.iter_rows(named=True)
    ]


def _bare(row: dict[str, Any]) -> bool:
    """Whether a change is known and no interval of it."""
    return row["change"] is not None and row["lower95"] is None


def _points(known: OverTimeView, scores: dict[tuple[str, str], dict[str, Any]], area: str) -> list[Point]:
    found = []
    for one in known.periods:
        row = scores.get((area, one), {})
        found.append(Point(one, period(one), row.get("score"), row.get("score_lower95"), row.get("score_upper95"),
                           known.levels.get((WHOLE, one))))  # fmt: skip
    return found


def _spoken(name: str, points: list[Point]) -> str:
    """The scores of one area in words."""
    return f"{name}: " + ", ".join(
        f"{one.label} {'no score' if one.score is None else number(one.score, 1)}" for one in points
    )


def parts_picture(index: IndexView, known: OverTimeView, asked: Asked) -> Markup | None:
    """The average of every part before and now."""
    frame = known.averages.filter(since=asked.since, period=asked.period).drop_nulls("change")
    names = {part["id"]: part["name"] for part in index.parts}
    rows = [
        Pair("\u2003" * (row["depth"] - 1) + names[row["part"]], row["before"], row["after"],
             f"{step(row['change'])}, {row['word']}" if row["word"] else step(row["change"]))
        for row in frame.iter_rows(named=True) if row["part"] != WHOLE
    ]  # fmt: skip
    if not rows:
        return None
    spoken = "; ".join(f"{one.name.strip()} {one.words}" for one in rows)
    return dumbbell(rows, scale=1.0, title="What each part did", about=f"{spoken}.", name="parts-moved")
