"""Pairs of values, before and after, one line each on one scale."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from wholeplace.web.charts import Axis, Layout, both, dot, label, line, svg

#: Letters in a line above a pair on a phone and beside it on a desk, and the height of a line.
_ABOVE, _BESIDE, _LINE = 44, 30, 16.0


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
        names = [_lines(f"{one.name}: {one.words}", _ABOVE) if layout.name_height else _lines(one.name, _BESIDE)
                 for one in rows]  # fmt: skip
        spare = 28 if layout.name_height else 12
        bottom = 8 + sum(spare + len(lines) * _LINE for lines in names)
        shapes, top = axis.grid(2, bottom, 5 if layout.width > 400 else 3), 8.0
        for one, lines in zip(rows, names, strict=True):
            taken = spare + len(lines) * _LINE
            y = top + (taken - 18 if layout.name_height else taken / 2 - 4)
            before, after = axis.at(one.before * scale), axis.at(one.after * scale)
            if layout.name_height:
                shapes += [label(0, top + (row + 0.8) * _LINE, words, "c-small") for row, words in enumerate(lines)]
            else:
                first = y + 5 - (len(lines) - 1) * _LINE / 2
                shapes += [label(0, first + row * _LINE, words) for row, words in enumerate(lines)]
                shapes.append(label(right + 10, y + 5, one.words, "c-small"))
            shapes.append(line(before, y, after, y, "c-range"))
            shapes.append(f'<circle cx="{before:.1f}" cy="{y:.1f}" r="5.5" class="c-other"/>')
            shapes.append(dot(after, y, 5.5, "c-point"))
            top += taken
        return svg(layout.width, bottom + 28, shapes, title=title, about=about, name=name + layout.suffix)

    return both(draw)


def _lines(words: str, letters: int) -> list[str]:
    """The words in as many lines as they need, all indented as the first: what is cut off might be the figure."""
    indent = words[: len(words) - len(words.lstrip())]
    return textwrap.wrap(words, letters, subsequent_indent=indent, break_on_hyphens=False)
