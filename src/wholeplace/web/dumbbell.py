"""Pairs of values, before and after, one line each on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from wholeplace.web.charts import Axis, Layout, both, dot, label, line, shorten, svg


@dataclass(frozen=True)
class Pair:
    """What is drawn in one line: a name, the value before (open ring) and after (dot), and the change in words."""

    name: str
    before: float
    after: float
    words: str


def dumbbell(rows: Sequence[Pair], *, scale: float, title: str, about: str, name: str) -> Markup:
    """Draw each pair as a ring for the value before, joined to a dot for the value after."""
    every = [value * scale for one in rows for value in (one.before, one.after)]
    low, high = min(every), max(every)
    margin = (high - low) * 0.05 or 1.0
    room = 14 + 7 * max(len(one.words) for one in rows)

    def draw(layout: Layout) -> Markup:
        left = 8 if layout.name_height else min(layout.left, 240)
        right = layout.width - 12 if layout.name_height else layout.width - room
        axis = Axis(low - margin, high + margin, left, right)
        height = 28.0 + layout.name_height
        bottom = 8 + height * len(rows)
        shapes = axis.grid(2, bottom, 5 if layout.width > 400 else 3)
        for row, one in enumerate(rows):
            y = 8 + row * height + layout.name_height + 10
            before, after = axis.at(one.before * scale), axis.at(one.after * scale)
            if layout.name_height:
                shapes.append(label(0, y - 11, shorten(f"{one.name}: {one.words}", layout.letters + 8), "c-small"))
            else:
                shapes.append(label(0, y + 5, shorten(one.name, 30)))
                shapes.append(label(right + 10, y + 5, one.words, "c-small"))
            shapes.append(line(before, y, after, y, "c-range"))
            shapes.append(f'<circle cx="{before:.1f}" cy="{y:.1f}" r="5.5" class="c-other"/>')
            shapes.append(dot(after, y, 5.5, "c-point"))
        return svg(layout.width, bottom + 28, shapes, title=title, about=about, name=name + layout.suffix)

    return both(draw)
