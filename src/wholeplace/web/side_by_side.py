"""A small chart of a few areas on one scale: a line each, with its interval, and the place as an upright line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from wholeplace.web.charts import Axis, dot, label, line

_STEP = 14
_WIDTH = 190


@dataclass(frozen=True)
class Lane:
    """One area: the letter it goes by, its value (None where there is none) and interval."""

    letter: str
    value: float | None
    lower: float | None
    upper: float | None


def side_by_side(lanes: Sequence[Lane], place: float | None, scale: tuple[float, float], words: str) -> Markup:
    """Draw areas below one another on one scale, `scale` widened to hold every mark."""
    known = [one for lane in lanes for one in (lane.value, lane.lower, lane.upper) if one is not None]
    known += [place] if place is not None else []
    axis = Axis(min(scale[0], *known), max(scale[1], *known), 22, _WIDTH - 8)
    height = _STEP * len(lanes) + 6
    shapes = []
    if place is not None:
        shapes.append(line(axis.at(place), 2, axis.at(place), height - 2, "c-place"))
    for row, lane in enumerate(lanes):
        y = 3 + _STEP * (row + 0.5)
        shapes.append(label(2, y + 4, lane.letter, "c-small"))
        shapes.append(line(22, y, _WIDTH - 8, y, "c-grid"))
        if lane.lower is not None and lane.upper is not None:
            shapes.append(line(axis.at(lane.lower), y, max(axis.at(lane.upper), axis.at(lane.lower) + 1), y, "c-range"))
        if lane.value is not None:
            shapes.append(dot(axis.at(lane.value), y, 4, "c-point"))
    return Markup(
        f'<svg class="wp-lanes" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(words)}">{"".join(shapes)}</svg>'
    )
