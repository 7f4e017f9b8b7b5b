"""Pairs of values, before and after, one line each on one scale."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from wholeplace.web.charts import Axis, Layout, both, dot, label, line, shorten, svg

#: Letters in a line above a pair on a phone, and the height of such a line.
_LETTERS, _LINE = 44, 16.0


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
        above = [_above(one) if layout.name_height else [] for one in rows]
        bottom = 8 + sum(28 + len(lines) * _LINE for lines in above)
        shapes, top = axis.grid(2, bottom, 5 if layout.width > 400 else 3), 8.0
        for one, lines in zip(rows, above, strict=True):
            y = top + len(lines) * _LINE + 10
            before, after = axis.at(one.before * scale), axis.at(one.after * scale)
            if layout.name_height:
                shapes += [label(0, top + (row + 0.8) * _LINE, words, "c-small") for row, words in enumerate(lines)]
            else:
                shapes.append(label(0, y + 5, shorten(one.name, 30)))
                shapes.append(label(right + 10, y + 5, one.words, "c-small"))
            shapes.append(line(before, y, after, y, "c-range"))
            shapes.append(f'<circle cx="{before:.1f}" cy="{y:.1f}" r="5.5" class="c-other"/>')
            shapes.append(dot(after, y, 5.5, "c-point"))
            top = y + 18
        return svg(layout.width, bottom + 28, shapes, title=title, about=about, name=name + layout.suffix)

    return both(draw)


def _above(one: Pair) -> list[str]:
    """The name and the change in as many lines as they need: what is cut off might be the figure."""
    indent = one.name[: len(one.name) - len(one.name.lstrip())]
    return textwrap.wrap(f"{one.name}: {one.words}", _LETTERS, subsequent_indent=indent, break_on_hyphens=False)
