"""One small chart an area: its scores over time with their intervals, and the average of the place as a broken line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from wholeplace.place.periods import period_middle
from wholeplace.web.charts import Axis, dot, label, line, tick_text, ticks

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 230, 138, 30, 116


@dataclass(frozen=True)
class Point:
    """A score in one period; None where there is none."""

    period: str
    label: str
    score: float | None
    lower: float | None
    upper: float | None
    average: float | None


def small_lines(points: Sequence[Point], scale: tuple[float, float], words: str) -> Markup:
    """Draw the scores of one area on the scale of all such charts of a page; periods stand where they lie in time."""
    middles = [period_middle(one.period) for one in points]
    across = Axis(min(middles), max(middles), _LEFT + 14, _WIDTH - 16)
    up = Axis(*scale, _BOTTOM, 8)
    shapes = []
    values = ticks(*scale, 4)
    step = values[1] - values[0] if len(values) > 1 else 1.0
    for value in values:
        shapes.append(line(_LEFT, up.at(value), _WIDTH - 4, up.at(value), "c-grid"))
        shapes.append(label(_LEFT - 4, up.at(value) + 4, tick_text(value, step), "c-small c-end"))
    for one, end in ((points[0], across.left), (points[-1], across.right)):
        shapes.append(label(end, _HEIGHT - 4, one.label, "c-small c-middle"))
    at: list[float] = [across.at(middle) for middle in middles]
    shapes += _path(at, [one.average for one in points], up, "l-average")
    for x, one in zip(at, points, strict=True):
        if one.lower is not None and one.upper is not None:
            shapes.append(line(x, up.at(one.lower), x, up.at(one.upper), "l-range"))
    shapes += _path(at, [one.score for one in points], up, "l-line")
    shapes += [dot(x, up.at(one.score), 3.6, "c-point") for x, one in zip(at, points, strict=True)
               if one.score is not None]  # fmt: skip
    return Markup(
        f'<svg class="wp-small-lines" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(words)}">'
        f"{''.join(shapes)}</svg>"
    )


def _path(at: Sequence[float], values: Sequence[float | None], up: Axis, css: str) -> list[str]:
    """Lines through the values that there are; a period without one breaks the line."""
    runs: list[list[str]] = [[]]
    for x, value in zip(at, values, strict=True):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{x:.1f},{up.at(value):.1f}")
    return [f'<polyline points="{" ".join(run)}" class="{css}"/>' for run in runs if len(run) > 1]
