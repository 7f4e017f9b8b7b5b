"""One trial of a scenario as a picture: a row a service, dark where it is stopped, hatched where it goes on at less."""

from __future__ import annotations

import datetime as dt
import math

import polars as pl
from markupsafe import Markup, escape

from wholeplace.resilience.results.clock import hours, moment
from wholeplace.web.charts import Axis, Layout, both, label, line, shorten, svg

#: Services in one picture; the table has all.
MOST_ROWS = 40
#: A picture of more rows than this has its dates above as well.
_TALL = 12
#: Steps between the marks of an axis, in hours.
_STEPS_H = (1, 2, 3, 6, 12, 24, 48, 72, 168, 336, 672, 1344, 2688, 8760)


def timeline(
    spells: pl.DataFrame, *, horizon_h: float, start: dt.datetime | None, title: str, name: str
) -> Markup | None:
    """Draw spells below level 1 (item, label, start_h, end_h, level), a row an item; None where there is none.

    The axis ends with the last of them. It has dates where it is known when hour 0 is, else hours or days.
    """
    items = spells["item"].unique(maintain_order=True).head(MOST_ROWS).to_list()
    if not items:
        return None
    last_h = min(horizon_h, max(spells["end_h"].to_list()))
    about = _about(spells, len(items), start)

    def draw(layout: Layout) -> Markup:
        axis = Axis(0, last_h, min(layout.left, 290) + 6, layout.width - 24)
        height = 26.0 + layout.name_height
        head = 24 if len(items) > _TALL else 6
        bottom = head + height * len(items)
        pattern = f"{name}-hatch{layout.suffix}"
        shapes = [_hatch(pattern), *_axis(axis, last_h, (head, bottom), start, most=7 if layout.width > 400 else 4)]
        for row, item in enumerate(items):
            own = spells.filter(pl.col("item") == item)
            top = head + row * height + layout.name_height
            words = shorten(str(own["label"][0]), layout.letters)
            shapes.append(label(0, top - 4 if layout.name_height else top + 16, words))
            shapes += [_spell(axis, top, one, pattern, start) for one in own.iter_rows(named=True)]
        return svg(layout.width, bottom + 28, shapes, title=title, about=about, name=name + layout.suffix)

    return both(draw)


def _about(spells: pl.DataFrame, drawn: int, start: dt.datetime | None) -> str:
    """What the picture shows, for those who do not see it."""
    services, stopped = (frame["item"].n_unique() for frame in (spells, spells.filter(pl.col("level") == 0)))
    first, last = min(spells["start_h"].to_list()), max(spells["end_h"].to_list())
    words = f"{services} services below their usual level, {stopped} of them stopped. The first begins "
    words += f"{moment(first, start)}, the last ends {moment(last, start)}. The table below says the same."
    return words + (f" The first {drawn} are drawn." if drawn < services else "")


def _hatch(name: str) -> str:
    return (
        f'<defs><pattern id="{name}" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="7" height="7" class="t-paper"/><line x1="0" y1="0" x2="0" y2="7" class="t-hatch"/>'
        "</pattern></defs>"
    )


def _spell(axis: Axis, top: float, spell: dict[str, float], pattern: str, start: dt.datetime | None) -> str:
    """One spell, which says what it is under the pointer."""
    x, end = axis.at(spell["start_h"]), axis.at(spell["end_h"])
    css = 'class="t-stopped"' if spell["level"] == 0 else f'class="t-less" fill="url(#{pattern})"'
    lasts = hours(spell["end_h"] - spell["start_h"])
    words = f"{level_words(spell['level'])} {moment(spell['start_h'], start)}, for {lasts}"
    return (
        f'<rect x="{x:.1f}" y="{top + 3:.1f}" width="{max(end - x, 2):.1f}" height="17" {css}>'
        f"<title>{escape(words)}</title></rect>"
    )


def level_words(level: float) -> str:
    """A level as people say it."""
    return "stopped" if level == 0 else f"at {level:.0%}"


def _axis(axis: Axis, last_h: float, ends: tuple[float, float], start: dt.datetime | None, *, most: int) -> list[str]:
    """Upright lines with dates, hours or days below, and above where there is room."""
    top, bottom = ends
    step_h = next((step for step in _STEPS_H if last_h / step <= most), _STEPS_H[-1])
    shift_h = 0.0
    if start is not None:  # marks stand at midnights, or at whole steps after one
        shift_h = -(start.hour + start.minute / 60 + start.second / 3600) % min(step_h, 24)
    marks = [shift_h + step_h * number for number in range(math.floor((last_h - shift_h) / step_h) + 1)]
    shapes = [line(axis.at(0), bottom, axis.at(last_h), bottom, "c-axis")]
    for hour in marks:
        words = _mark(hour, step_h, start)
        shapes.append(line(axis.at(hour), top - 4, axis.at(hour), bottom, "c-grid"))
        heights = (bottom + 18, top - 9) if top > 20 else (bottom + 18,)
        shapes += [label(axis.at(hour), y, words, "c-small c-middle") for y in heights]
    return shapes


def _mark(hour: float, step_h: float, start: dt.datetime | None) -> str:
    if start is None:
        return "0" if not hour else f"{hour:g} h" if step_h < 24 else f"{hour / 24:g} d"
    at = start + dt.timedelta(hours=hour)
    return f"{at:%H:%M}" if step_h < 24 and at.hour + at.minute else f"{at.day} {at:%b}"
