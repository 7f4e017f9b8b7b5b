"""Bars of what a service demands: the share of people below each demand, and the bounds of those below any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from wholeplace.web.charts import Axis, Layout, bar, both, label, line, svg
from wholeplace.web.doughnut import wrapped
from wholeplace.web.maps import hatch

_LINE = 18.0
_BAR = 18.0


@dataclass(frozen=True)
class DemandBar:
    """One bar from `start` to `end` (shares), with an interval where there is one; hatched where `end` is None."""

    name: str
    words: str
    start: float
    end: float | None
    lower: float | None = None
    upper: float | None = None
    bounds: bool = False


def demand_bars(rows: Sequence[DemandBar], *, title: str, about: str, name: str) -> Markup:
    """Draw bars from 0 to all people on one scale; names above them, in as many lines as they need."""

    def draw(layout: Layout) -> Markup:
        axis = Axis(0.0, 1.0, 2, layout.width - 22)
        own = name + layout.suffix
        shapes, y = [f"<defs>{hatch(own)}</defs>"], 0.0
        tops = []
        for one in rows:
            lines = wrapped(f"{one.name}: {one.words}", layout.width / 1.1) or [one.name, one.words]
            shapes += [label(0, y + _LINE * (row + 0.8), text) for row, text in enumerate(lines)]
            y += len(lines) * _LINE + 4
            tops.append(y)
            shapes += _bar(one, axis, y, own)
            y += _BAR + 16
        for mark in (0.0, 0.25, 0.5, 0.75, 1.0):
            shapes += [line(axis.at(mark), top - 2, axis.at(mark), top + _BAR + 2, "c-grid") for top in tops]
            css = "c-small" + (" c-middle" if mark else "")
            shapes.append(label(axis.at(mark), y + 8, f"{100 * mark:.0f}%", css))
        return svg(layout.width, y + 14, shapes, title=title, about=about, name=own)

    return both(draw)


def _bar(one: DemandBar, axis: Axis, top: float, name: str) -> list[str]:
    """The bar of one demand."""
    if one.end is None:
        width = axis.at(1.0) - axis.at(0.0)
        return [
            f'<rect x="{axis.at(0.0):.1f}" y="{top:.1f}" width="{width:.1f}" height="{_BAR:.1f}" '
            f'fill="url(#{name}-hatch)" class="d-none"/>'
        ]
    css = "c-bar-group" if one.bounds else "c-bar"
    shapes = [bar(axis.at(one.start), top, axis.at(one.end) - axis.at(one.start), _BAR, css)]
    if one.lower is not None and one.upper is not None:
        shapes.append(line(axis.at(one.lower), top + _BAR / 2, axis.at(one.upper), top + _BAR / 2, "d-range"))
    return shapes
