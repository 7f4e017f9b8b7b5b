"""The doughnut: shortfalls grow from the social floor inwards, overshoots from the ecological ceiling outwards."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from wholeplace.web.charts import dot, label, svg
from wholeplace.web.maps import hatch

#: Overshoot at which a wedge reaches the edge of the picture; one that goes further has a point on it.
FARTHEST = 1.0
_LINE = 15.0
_LETTER = 7.0


@dataclass(frozen=True)
class Wedge:
    """One dimension: its number and name, its ring (social or ecological), and its gap, None where it has no figure."""

    number: int
    name: str
    ring: str
    gap: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Rings:
    """Measures of the picture: radii of the centre that nothing covers, the floor, the ceiling and the edge."""

    width: float
    height: float
    centre: float
    floor: float
    ceiling: float
    edge: float
    named: bool
    suffix: str

    def radius(self, ring: str, gap: float) -> float:
        """How far from the middle a gap reaches; a length along the radius is in proportion to the gap."""
        if ring == "social":
            return self.floor - (self.floor - self.centre) * min(max(gap, 0.0), 1.0)
        return self.ceiling + (self.edge - self.ceiling) * min(max(gap, 0.0), FARTHEST) / FARTHEST


DESK = Rings(880, 660, 12, 122, 212, 292, named=True, suffix="")
PHONE = Rings(300, 300, 6, 58, 92, 126, named=False, suffix="-p")


def doughnut(wedges: Sequence[Wedge], *, title: str, about: str, name: str) -> Markup:
    """Draw a doughnut twice: with names for wide windows, with numbers for narrow ones; the style sheet shows one."""
    pictures = (_draw(wedges, rings, title, about, name + rings.suffix) for rings in (DESK, PHONE))
    return Markup('<div class="wp-desk">{}</div><div class="wp-phone">{}</div>').format(*pictures)


def _draw(wedges: Sequence[Wedge], rings: Rings, title: str, about: str, name: str) -> Markup:
    x, y = rings.width / 2, rings.height / 2
    shapes = [f"<defs>{hatch(name)}</defs>"]
    shapes.append(dot(x, y, rings.edge, "d-edge"))
    shapes.append(dot(x, y, rings.ceiling, "d-space"))
    shapes.append(dot(x, y, rings.floor, "d-inside"))
    for ring in ("social", "ecological"):
        own = [one for one in wedges if one.ring == ring]
        step = 2 * math.pi / max(len(own), 1)
        for place, one in enumerate(own):
            shapes += _wedge(one, rings, (x, y), (place * step, (place + 1) * step), name)
    shapes.append(dot(x, y, rings.ceiling, "d-ring"))
    shapes.append(dot(x, y, rings.floor, "d-ring"))
    for ring in ("social", "ecological"):
        own = [one for one in wedges if one.ring == ring]
        step = 2 * math.pi / max(len(own), 1)
        for place, one in enumerate(own):
            shapes += _name(one, rings, (x, y), (place + 0.5) * step, step)
    return svg(rings.width, rings.height, shapes, title=title, about=about, name=name)


def point(middle: tuple[float, float], radius: float, angle: float) -> tuple[float, float]:
    """The point at a radius and an angle, which is measured from the top, clockwise, in radians."""
    return middle[0] + radius * math.sin(angle), middle[1] - radius * math.cos(angle)


def sector(middle: tuple[float, float], inner: float, outer: float, start: float, end: float) -> str:
    """Path of the part of a ring between two radii and two angles; arcs are cut in two, so that a whole ring works."""
    half = (start + end) / 2

    def at(radius: float, angle: float) -> str:
        px, py = point(middle, radius, angle)
        return f"{px:.2f},{py:.2f}"

    def arc(radius: float, angles: Sequence[float], sweep: int) -> str:
        return "".join(f"A{radius:.2f},{radius:.2f} 0 0 {sweep} {at(radius, angle)}" for angle in angles)

    out = f"M{at(outer, start)}{arc(outer, (half, end), 1)}"
    return f"{out}L{at(inner, end)}{arc(inner, (half, start), 0)}Z"


def _wedge(one: Wedge, rings: Rings, middle: tuple[float, float], angles: tuple[float, float], name: str) -> list[str]:
    """A gap as a filled wedge with its interval; a dimension without a figure is hatched, one that is kept is bare."""
    start, end = angles
    base = rings.floor if one.ring == "social" else rings.ceiling
    if one.gap is None:
        far = rings.centre if one.ring == "social" else rings.edge
        path = sector(middle, min(base, far), max(base, far), start, end)
        return [f'<path d="{path}" fill="url(#{name}-hatch)" class="d-none"/>']
    shapes = []
    far = rings.radius(one.ring, one.gap)
    if one.gap > 0:
        shapes.append(f'<path d="{sector(middle, min(base, far), max(base, far), start, end)}" class="d-gap"/>')
    half = (start + end) / 2
    if one.lower is not None and one.upper is not None and one.upper > one.lower:
        ends = (point(middle, rings.radius(one.ring, gap), half) for gap in (one.lower, one.upper))
        (x1, y1), (x2, y2) = ends
        shapes.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="d-range"/>')
    if one.ring == "ecological" and one.gap > FARTHEST:
        tip, side = point(middle, rings.edge + 9, half), min(0.05, (end - start) / 4)
        left, right = (point(middle, rings.edge, half + turn) for turn in (-side, side))
        corners = "L".join(f"{px:.1f},{py:.1f}" for px, py in (left, tip, right))
        shapes.append(f'<path d="M{corners}Z" class="d-gap"/>')
    return shapes


def _name(one: Wedge, rings: Rings, middle: tuple[float, float], angle: float, step: float) -> list[str]:
    """The number and name of a dimension; the number alone where the name does not fit whole."""
    if one.ring == "social":
        radius = (rings.floor + rings.ceiling) / 2
        room = min(step * radius, rings.ceiling - rings.floor)
        css, anchor = "c-small d-name", "c-middle"
    else:
        radius = rings.edge + (14 if rings.named else 12)
        px, _ = point(middle, radius, angle)
        side = math.sin(angle)
        css = "d-name"
        anchor = "c-middle" if abs(side) < 0.2 else "" if side > 0 else "c-end"
        room = rings.width - px if side > 0.2 else px if side < -0.2 else 2 * min(px, rings.width - px)
    lines = wrapped(f"{one.number}\N{NO-BREAK SPACE}{one.name}", room) if rings.named else []
    if not lines or (one.ring == "social" and len(lines) * _LINE > room):
        lines = [str(one.number)]
        anchor = "c-middle"
    px, py = point(middle, radius, angle)
    up = -math.cos(angle)  # -1 above the middle, 1 below it: text outside the ring grows away from it
    top = py - len(lines) * _LINE / 2 + (len(lines) * _LINE / 2 * up if one.ring != "social" else 0.0)
    return [label(px, top + _LINE * (row + 0.8), words, f"{css} {anchor}") for row, words in enumerate(lines)]


def wrapped(words: str, room: float) -> list[str]:
    """The words in lines that fit into so many points; nothing where a single word does not."""
    letters = int(room // _LETTER)
    if letters < max(len(word) for word in words.split(" ")):
        return []
    return textwrap.wrap(words, letters, break_long_words=False, break_on_hyphens=False)
