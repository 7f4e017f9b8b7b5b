"""Bars of shares side by side, each with a name of one or two lines, and a line where everybody stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from wholeplace.web.charts import Axis, Layout, bar, both, label, line, shorten, svg

_LINE = 19.0
_BAR = 20.0


@dataclass(frozen=True)
class ShareBar:
    """One bar: its name, a second line of it, an amount and the amount in words; `whole` is where everybody stands."""

    name: str
    second: str
    amount: float
    words: str
    whole: float | None


def share_bars(rows: Sequence[ShareBar], *, title: str, about: str, name: str) -> Markup:
    """Draw bars from nothing on one scale, names above them so that long ones can be read on a phone too."""
    high = max([0.0, *(one.amount for one in rows), *(one.whole or 0.0 for one in rows)]) or 1.0
    room = 14 + 7 * max((len(one.words) for one in rows), default=0)
    lines = 2 if any(one.second for one in rows) else 1
    height = lines * _LINE + _BAR + 14

    def draw(layout: Layout) -> Markup:
        axis = Axis(0, high, 2, layout.width - room)
        letters = 90 if layout.width > 400 else 36
        shapes: list[str] = []
        for number, one in enumerate(rows):
            top = number * height + 14
            shapes.append(label(0, top, shorten(one.name, letters)))
            if lines == 2:
                shapes.append(label(0, top + _LINE, shorten(one.second, letters), "c-small"))
            y = top + (lines - 1) * _LINE + 6
            shapes.append(bar(axis.at(0), y, axis.at(one.amount) - axis.at(0), _BAR, "c-bar"))
            if one.whole is not None:
                shapes.append(line(axis.at(one.whole), y - 3, axis.at(one.whole), y + _BAR + 3, "c-place"))
            end = max(axis.at(one.amount), axis.at(one.whole) if one.whole is not None else 0.0)
            shapes.append(label(end + 8, y + 15, one.words, "c-small"))
        bottom = len(rows) * height + 4
        return svg(layout.width, bottom, shapes, title=title, about=about, name=name + layout.suffix)

    return both(draw)
