"""Two scores of each area on two axes, with the way it went: four fields about the middle, each with a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot

from markupsafe import Markup, escape

from wholeplace.web.charts import Axis, Layout, dot, label, line, shorten, svg, tick_text, ticks

#: Letters of a name beside a dot, and the room that one takes.
_LETTERS, _LETTER_WIDTH, _LINE = 20, 7.2, 15
#: Left, top, right and bottom of a name.
_Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Track:
    """The way of one area: where it was and where it is, along both axes; `marked` areas are named and drawn dark."""

    name: str
    before: tuple[float, float]
    after: tuple[float, float]
    words: str
    marked: bool = False


@dataclass(frozen=True)
class Fields:
    """Where the four fields meet, and what they are called: top left, top right, bottom left, bottom right."""

    middle: tuple[float, float]
    names: tuple[str, str, str, str]
    axes: tuple[str, str]


def quadrants(tracks: Sequence[Track], fields: Fields, *, title: str, about: str, name: str) -> Markup:
    """Draw every area as an arrow from where it was to where it is; `axes` name what runs right and what runs up."""

    def draw(layout: Layout) -> Markup:
        wide = layout.width > 400
        left, right, top, bottom = (52.0, 748.0, 12.0, 560.0) if wide else (30.0, 296.0, 8.0, 330.0)
        across, up = _axes(tracks, fields, (left, right, top, bottom))
        shapes = _frame(across, up, fields, (left, right, top, bottom), wide=wide)
        arrow = 9.0 if wide else 6.0
        order = sorted(tracks, key=lambda one: one.marked)
        shapes += [_arrow(one, across, up, arrow) for one in order]
        if wide or any(one.marked for one in tracks):
            shapes += _names(order[::-1], across, up, (left, right, top, bottom), every=wide)
        return svg(layout.width, bottom + (44 if wide else 40), shapes, title=title, about=about,
                   name=name + layout.suffix)  # fmt: skip

    phone = Layout(300, 2, 240, 0, 36, "-p")
    desk = Layout(760, 0, 760, 0, 40, "")
    return Markup('<div class="wp-desk">{}</div><div class="wp-phone">{}</div>').format(draw(desk), draw(phone))


def _axes(tracks: Sequence[Track], fields: Fields, room: tuple[float, float, float, float]) -> tuple[Axis, Axis]:
    left, right, top, bottom = room
    found = []
    for side, (start, end) in enumerate(((left, right), (bottom, top))):
        values = [point[side] for one in tracks for point in (one.before, one.after)] + [fields.middle[side]]
        margin = (0.08, 0.15)[side] * (max(values) - min(values)) or 1.0  # names of fields stand above and below
        found.append(Axis(min(values) - margin, max(values) + margin, start, end))
    return found[0], found[1]


def _frame(across: Axis, up: Axis, fields: Fields, room: tuple[float, float, float, float], *, wide: bool) -> list[str]:
    left, right, top, bottom = room
    shapes = [
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}" class="q-paper"/>'
    ]
    for axis, vertical in ((across, True), (up, False)):
        values = ticks(axis.low, axis.high, 7 if wide else 4)
        step = values[1] - values[0] if len(values) > 1 else 1.0
        for value in values:
            at, words = axis.at(value), tick_text(value, step)
            shapes.append(line(at, top, at, bottom, "c-grid") if vertical else line(left, at, right, at, "c-grid"))
            shapes.append(label(at, bottom + 16, words, "c-small c-middle") if vertical
                          else label(left - 5, at + 4, words, "c-small c-end"))  # fmt: skip
    x, y = across.at(fields.middle[0]), up.at(fields.middle[1])
    shapes += [line(x, top, x, bottom, "q-middle"), line(left, y, right, y, "q-middle")]
    for words, (at, height, anchor) in zip(fields.names, _corners(room), strict=True):
        lines = [words] if wide else words.split(", ")  # a narrow picture has room for half of a name beside the other
        upward = height > (top + bottom) / 2
        for number, one in enumerate(lines):
            y = height + _LINE * (number - (len(lines) - 1 if upward else 0))
            shapes.append(label(at, y, shorten(one, 40), f"q-name {anchor}"))
    shapes.append(label((left + right) / 2, bottom + 36, f"{fields.axes[0]} →", "c-small c-middle"))
    middle = (top + bottom) / 2
    shapes.append(
        f'<text x="{left - 36 if wide else 9:.1f}" y="{middle:.1f}" class="c-text c-small c-middle" '
        f'transform="rotate(-90 {left - 36 if wide else 9:.1f} {middle:.1f})">{escape(fields.axes[1])} →</text>'
    )
    return shapes


def _corners(room: tuple[float, float, float, float]) -> list[tuple[float, float, str]]:
    """Where the names of the four fields stand, and which end of them stands there."""
    left, right, top, bottom = room
    return [(x, y, anchor) for y in (top + 18, bottom - 9) for x, anchor in ((left + 8, ""), (right - 8, "c-end"))]


def _arrow(track: Track, across: Axis, up: Axis, head: float) -> str:
    """A line from where an area was to where it is, with a head; a dot alone where it hardly moved."""
    x1, y1 = across.at(track.before[0]), up.at(track.before[1])
    x2, y2 = across.at(track.after[0]), up.at(track.after[1])
    css = "q-marked" if track.marked else "q-track"
    far = hypot(x2 - x1, y2 - y1)
    shape = dot(x2, y2, 3.5, "q-end")
    if far > head:
        ux, uy = (x2 - x1) / far, (y2 - y1) / far
        bx, by, half = x2 - head * ux, y2 - head * uy, head * 0.45
        shape = line(x1, y1, bx, by, "q-line") + (
            f'<path d="M{x2:.1f},{y2:.1f}L{bx - half * uy:.1f},{by + half * ux:.1f}'
            f'L{bx + half * uy:.1f},{by - half * ux:.1f}Z" class="q-end"/>'
        )
    return f'<g class="{css}"><title>{escape(track.name)}: {escape(track.words)}</title>{shape}</g>'


def _names(
    tracks: Sequence[Track], across: Axis, up: Axis, room: tuple[float, float, float, float], *, every: bool
) -> list[str]:
    """Names beside the heads of the arrows, as many as find room; the table has all."""
    left, right, top, bottom = room
    taken = [(left, top, right, top + 26), (left, bottom - 26, right, bottom)]
    points = [point for one in tracks for point in _points(one, across, up)]
    shapes = []
    for one in tracks:
        if not (every or one.marked):
            continue
        words = shorten(one.name, _LETTERS)
        within = [(box, text) for box, text in _places(one, across, up, words) if left < box[0] and box[2] < right]
        free = [
            (box, text)
            for box, text in within
            if not any(_meet(box, other) for other in taken)
            and not any(box[0] < x < box[2] and box[1] < y < box[3] for x, y in points)
        ]
        for box, text in (free or (within if one.marked else []))[:1]:
            taken.append(box)
            shapes.append(text)
    return shapes


def _points(track: Track, across: Axis, up: Axis) -> list[tuple[float, float]]:
    """Points along an arrow, close enough that no name hides one between them."""
    (x1, x2), (y1, y2) = ([axis.at(track.before[k]), axis.at(track.after[k])] for k, axis in enumerate((across, up)))
    steps = 1 + int(hypot(x2 - x1, y2 - y1) // 5)
    return [(x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps) for step in range(steps + 1)]


def _places(track: Track, across: Axis, up: Axis, words: str) -> list[tuple[_Box, str]]:
    """Where a name may stand beside the head of its arrow, the best first: ahead, behind, above and below it."""
    x, y, wide = across.at(track.after[0]), up.at(track.after[1]), _LETTER_WIDTH * len(words)
    sides = [(x + 8, x + 8, y, ""), (x - 8 - wide, x - 8, y, "c-end")]
    if track.after[0] < track.before[0]:
        sides.reverse()
    sides += [(x - wide / 2, x, y + down, "c-middle") for down in (-13, 16)]
    bold = "c-bold" if track.marked else ""
    return [
        ((start, height - 9, start + wide, height + 6), label(at, height + 4, words, f"c-small q-label {css} {bold}"))
        for start, at, height, css in sides
    ]


def _meet(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
