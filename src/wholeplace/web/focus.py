"""The picture of one thing: what stands on it to the left, what it stands on to the right, two steps each way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup, escape

from wholeplace.resilience import Link
from wholeplace.web.charts import svg
from wholeplace.web.estate import Estate
from wholeplace.web.site import Site

#: Boxes in one column; the list beside the picture has all.
MOST_IN_COLUMN = 12
_WIDTH, _HEIGHT, _GAP_X, _GAP_Y = 176, 34, 44, 10
_LETTERS = 20


@dataclass(frozen=True)
class _Box:
    thing: str
    column: int
    row: float


def focus_picture(site: Site, estate: Estate, thing: str, down: Sequence[Link], up: Sequence[Link]) -> Markup:
    """Draw a thing between what needs it and what it needs; every box is a link to the page of its thing."""
    columns: dict[int, list[str]] = {0: [thing]}
    lines: list[tuple[str, int, str, int, bool]] = []
    left_out = 0
    for links, side in ((down, 1), (up, -1)):
        left_out += _collect(links, side, thing, columns, lines)
    tallest = max(len(column) for column in columns.values())
    boxes = {
        (name, at): _Box(name, at, (tallest - len(column)) / 2 + row)
        for at, column in columns.items()
        for row, name in enumerate(column)
    }
    first, last = min(columns), max(columns)
    shapes = [
        _line(boxes[start, a], boxes[end, b], first, assumed=assumed)
        for start, a, end, b, assumed in lines
        if (start, a) in boxes and (end, b) in boxes
    ]
    shapes += [_draw(site, estate, box, first, own=box.column == 0) for box in boxes.values()]
    width = (last - first + 1) * (_WIDTH + _GAP_X) - _GAP_X + 4
    height = tallest * (_HEIGHT + _GAP_Y) + 2
    label = estate.graph.labels.get(thing, thing)
    about = f"{sum(len(c) for at, c in columns.items() if at < 0)} things that need it to the left, "
    about += f"{sum(len(c) for at, c in columns.items() if at > 0)} that it needs to the right."
    if left_out:
        about += f" {left_out} more are in the lists only."
    return svg(
        width,
        height,
        shapes,
        title=f"What {label} stands on, and what stands on it",
        about=about,
        name="focus",
        natural=True,
    )


def _collect(
    links: Sequence[Link],
    side: int,
    start: str,
    columns: dict[int, list[str]],
    lines: list[tuple[str, int, str, int, bool]],
) -> int:
    """Put the things of a walk into columns; give how many found no room."""
    left_out = 0
    for link in links:
        at = side * link.step
        column = columns.setdefault(at, [])
        if not link.again and link.thing not in column:
            if len(column) >= MOST_IN_COLUMN:
                left_out += 1
                continue
            column.append(link.thing)
        lines.append((start, side * (link.step - 1), link.thing, at, link.assumed))
        left_out += _collect(link.links, side, link.thing, columns, lines)
    return left_out


def _x(column: int, first: int) -> float:
    return 2 + (column - first) * (_WIDTH + _GAP_X)


def _y(row: float) -> float:
    return 1 + row * (_HEIGHT + _GAP_Y)


def _line(one: _Box, other: _Box, first: int, *, assumed: bool) -> str:
    left, right = sorted((one, other), key=lambda box: box.column)
    x1, x2 = _x(left.column, first) + _WIDTH, _x(right.column, first)
    y1, y2 = _y(left.row) + _HEIGHT / 2, _y(right.row) + _HEIGHT / 2
    middle = (x1 + x2) / 2
    css = "g-line g-line--assumed" if assumed else "g-line"
    return f'<path d="M{x1:.0f},{y1:.0f}C{middle:.0f},{y1:.0f} {middle:.0f},{y2:.0f} {x2:.0f},{y2:.0f}" class="{css}"/>'


def _draw(site: Site, estate: Estate, box: _Box, first: int, *, own: bool) -> str:
    label = estate.graph.labels.get(box.thing, box.thing)
    x, y = _x(box.column, first), _y(box.row)
    shape = f'<rect x="{x:.0f}" y="{y:.0f}" width="{_WIDTH}" height="{_HEIGHT}" rx="4" class="g-box"/>'
    letters = _LETTERS * 3 // 4 if label.isupper() else _LETTERS  # capitals are wide
    words = escape(label if len(label) <= letters else label[: letters - 1].rstrip(" ,") + "…")
    text = f'<text x="{x + 10:.0f}" y="{y + 22:.0f}" class="c-text g-text">{words}</text>'
    if own:
        return f'<g class="g-own">{shape}{text}</g>'
    query = f"?{urlencode({'at': estate.when})}" if estate.when else ""
    href = escape(site.url("estate", "things", box.thing) + query)
    return f'<a href="{href}" class="g-thing"><title>{escape(label)}</title>{shape}{text}</a>'
