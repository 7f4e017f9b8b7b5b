"""Charts as SVG drawn on the server: shapes carry CSS classes, never styles, and every chart has a title and a text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape

from wholeplace.web.words import number


def svg(
    width: float, height: float, shapes: Iterable[str], *, title: str, about: str, name: str, natural: bool = False
) -> Markup:
    """Wrap shapes as one picture that a screen reader reads as its title and description.

    It fills the width it is given, or has its `natural` size; such a picture may hold links, which are read as well.
    """
    size = f' width="{width:g}" height="{height:g}" role="group"' if natural else ' role="img"'
    return Markup(
        f'<svg viewBox="0 0 {width:g} {height:g}"{size} aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(about)}</desc>'
        f"{''.join(shapes)}</svg>"
    )


def label(x: float, y: float, words: str, css: str = "") -> str:
    """A text at a point."""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="c-text {css}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    """A straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{css}"/>'


def bar(x: float, y: float, width: float, height: float, css: str) -> str:
    """A filled rectangle."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height:.1f}" class="{css}"/>'


def dot(x: float, y: float, radius: float, css: str) -> str:
    """A filled circle."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" class="{css}"/>'


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from low to high: steps of 1, 2 or 5 times a power of ten."""
    if not high > low:
        return [low]
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def tick_text(value: float, step: float) -> str:
    """A tick's number with as many decimals as its step needs."""
    decimals = max(0, -math.floor(math.log10(step))) if step > 0 else 0
    return number(value, min(decimals, 6))


@dataclass(frozen=True)
class Axis:
    """A scale from values to points of the drawing."""

    low: float
    high: float
    left: float
    right: float

    def at(self, value: float) -> float:
        """Where a value stands; what lies beyond the ends stands at the end."""
        if self.high <= self.low:
            return (self.left + self.right) / 2
        share = min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)
        return self.left + share * (self.right - self.left)

    def grid(self, top: float, bottom: float, about: int = 5) -> list[str]:
        """Upright lines with their numbers below."""
        values = ticks(self.low, self.high, about)
        step = values[1] - values[0] if len(values) > 1 else 1.0
        shapes = [line(self.at(value), top, self.at(value), bottom, "c-grid") for value in values]
        words = [label(self.at(v), bottom + 18, tick_text(v, step), "c-small c-middle") for v in values]
        return shapes + words


@dataclass(frozen=True)
class Layout:
    """Measures of a chart: its width, where its bars begin and end, and the room above each bar for its name.

    With no such room (0) names stand to the left of the bars.
    """

    width: float
    left: float
    right: float
    name_height: float
    letters: int
    suffix: str


DESK = Layout(760, 320, 670, 0, 40, "")
PHONE = Layout(300, 2, 240, 20, 40, "-p")


def both(draw: Callable[[Layout], Markup]) -> Markup:
    """A chart twice, for wide and narrow windows; the style sheet shows one of them."""
    return Markup('<div class="wp-desk">{}</div><div class="wp-phone">{}</div>').format(draw(DESK), draw(PHONE))


@dataclass(frozen=True)
class Piece:
    """One bar of a waterfall: a part of a score."""

    name: str
    amount: float
    depth: int
    group: bool


def waterfall(pieces: Sequence[Piece], total: float, *, title: str, about: str, name: str) -> Markup:
    """A score taken apart: each bar starts where the one before it ended, and the last is the score."""
    ends, run = [], 0.0
    for piece in pieces:
        ends.append((run, run + piece.amount))
        run += piece.amount
    low = min([0.0, *(min(pair) for pair in ends)])
    high = max([total, *(max(pair) for pair in ends)])

    def draw(layout: Layout) -> Markup:
        axis = Axis(low, high * 1.02 or 1.0, layout.left, layout.right)
        height = 34.0 + layout.name_height
        bottom = 12 + height * (len(pieces) + 1)
        shapes = axis.grid(6, bottom)
        for row, (piece, span) in enumerate(zip(pieces, ends, strict=True)):
            css = "c-bar" if piece.amount >= 0 else "c-bar-minus"
            shapes += _named_bar(layout, axis, 12 + row * height, piece.name, span, number(piece.amount, 2), css)
        last = 12 + len(pieces) * height
        shapes += _named_bar(layout, axis, last, "Score", (0.0, total), number(total, 2), "c-bar-group", "c-bold")
        return svg(layout.width, bottom + 28, shapes, title=title, about=about, name=name + layout.suffix)

    return both(draw)


def _named_bar(
    layout: Layout, axis: Axis, y: float, name: str, span: tuple[float, float], words: str, css: str, text_css: str = ""
) -> list[str]:
    """A bar with its name before or above it and its amount in words after it."""
    left, right = sorted((axis.at(span[0]), axis.at(span[1])))
    top = y + layout.name_height
    return [
        label(0, top - 1 if layout.name_height else y + 20, shorten(name, layout.letters), text_css),
        bar(left, top + 4, right - left, 22, css),
        label(right + 6, top + 20, words, f"c-small {text_css}"),
    ]


def shorten(words: str, most: int) -> str:
    """The words, cut at a space where they are too long for a chart; the table beside it has them in full."""
    if len(words) <= most:
        return words
    return words[: most - 1].rsplit(" ", 1)[0] + "…"


def rank_line(rank: int, low: float, high: float, n: int, ends: tuple[str, str], *, name: str, words: str) -> Markup:
    """Where one area stands among all, with the range of its rank."""

    def draw(layout: Layout) -> Markup:
        width = min(layout.width, 720)
        axis = Axis(1, max(n, 2), 14, width - 14)
        tenths = [axis.at(1 + (n - 1) * k / 10) for k in range(11)]
        shapes = [line(axis.at(1), 34, axis.at(n), 34, "c-axis"), *(line(x, 28, x, 40, "c-axis") for x in tenths)]
        shapes.append(bar(axis.at(low), 25, max(axis.at(high) - axis.at(low), 3), 18, "c-bar"))
        shapes.append(dot(axis.at(rank), 34, 8, "c-bar-here"))
        x = axis.at(rank)
        anchor = "" if x <= 40 else "c-end" if x >= width - 40 else "c-middle"
        shapes.append(label(x, 16, f"rank {rank:,}", f"c-bold {anchor}"))
        shapes.append(label(8, 64, f"1: {ends[0]}", "c-small"))
        shapes.append(label(width - 8, 64, f"{n:,}: {ends[1]}", "c-small c-end"))
        return svg(width, 74, shapes, title="Rank and its range", about=words, name=name + layout.suffix)

    return both(draw)


def mini_rank(rank: float, low: float, high: float, n: int, words: str) -> Markup:
    """A row's rank and its range, for a table cell."""
    axis = Axis(1, max(n, 2), 4, 166)
    shapes = (
        line(4, 11, 166, 11, "c-grid"),
        line(axis.at(low), 11, max(axis.at(high), axis.at(low) + 2), 11, "c-range"),
        dot(axis.at(rank), 11, 4.5, "c-point"),
    )
    return _mini(170, shapes, words)


@dataclass(frozen=True)
class Marks:
    """What stands on the line of one indicator: this area with its interval, and what it is compared with."""

    value: float
    lower: float | None
    upper: float | None
    larger: float | None
    place: float | None
    country: float | None


def mini_marks(marks: Marks, scale: tuple[float, float], words: str) -> Markup:
    """An area's value with its interval against larger areas, for a table cell."""
    known = [value for value in (marks.value, marks.lower, marks.upper, marks.larger, marks.place, marks.country)
             if value is not None]  # fmt: skip
    axis = Axis(min(scale[0], *known), max(scale[1], *known), 8, 212)
    shapes = [line(8, 11, 212, 11, "c-grid")]
    if marks.country is not None:
        shapes.append(line(axis.at(marks.country), 1, axis.at(marks.country), 21, "c-country"))
    if marks.place is not None:
        shapes.append(line(axis.at(marks.place), 2, axis.at(marks.place), 20, "c-place"))
    if marks.lower is not None and marks.upper is not None:
        shapes.append(line(axis.at(marks.lower), 11, axis.at(marks.upper), 11, "c-range"))
    if marks.larger is not None:
        x = axis.at(marks.larger)
        shapes.append(f'<path d="M{x - 5:.1f},11L{x:.1f},6L{x + 5:.1f},11L{x:.1f},16Z" class="c-other"/>')
    shapes.append(dot(axis.at(marks.value), 11, 4.5, "c-point"))
    return _mini(220, shapes, words, "wp-mini--wide")


def _mini(width: int, shapes: Iterable[str], words: str, css: str = "") -> Markup:
    return Markup(
        f'<svg class="wp-mini {css}" viewBox="0 0 {width} 22" role="img" aria-label="{escape(words)}">'
        f"{''.join(shapes)}</svg>"
    )


def intervals(
    rows: Sequence[tuple[str, float, float, float]], *, low: float, high: float, title: str, about: str, name: str
) -> Markup:
    """Values with their intervals, one line each: (name, value, lower, upper)."""

    def draw(layout: Layout) -> Markup:
        axis = Axis(low, high, min(layout.left, 270) + 6, layout.width - 20)
        height = 26.0 + layout.name_height
        bottom = 8 + height * len(rows)
        shapes = axis.grid(2, bottom)
        shapes.append(label(axis.at(low), bottom + 18, tick_text(low, 1.0), "c-small c-middle"))
        for row, (words, value, lower, upper) in enumerate(rows):
            y = 8 + row * height + layout.name_height + 9
            shapes.append(label(0, y - 10 if layout.name_height else y + 5, shorten(words, layout.letters)))
            shapes.append(line(axis.at(lower), y, max(axis.at(upper), axis.at(lower) + 1), y, "c-range"))
            shapes.append(dot(axis.at(value), y, 5, "c-point"))
        return svg(layout.width, bottom + 28, shapes, title=title, about=about, name=name + layout.suffix)

    return both(draw)


def bars(rows: Sequence[tuple[str, float, str]], *, title: str, about: str, name: str) -> Markup:
    """Amounts side by side: (name, amount, the amount in words)."""
    high = max((amount for _, amount, _ in rows), default=1.0) or 1.0
    room = 14 + 7 * max((len(shown) for _, _, shown in rows), default=0)  # letters of 13 units are 7 wide at most

    def draw(layout: Layout) -> Markup:
        axis = Axis(0, high, layout.left, min(layout.right, layout.width - room))
        height = 34.0 + layout.name_height
        shapes: list[str] = []
        for row, (words, amount, shown) in enumerate(rows):
            shapes += _named_bar(layout, axis, row * height, words, (0.0, amount), shown, "c-bar")
        return svg(layout.width, height * len(rows) + 4, shapes, title=title, about=about, name=name + layout.suffix)

    return both(draw)


@dataclass(frozen=True)
class Bin:
    """One bar of a histogram: values from low to high (the last bar includes its end), or one whole number alone."""

    low: float
    high: float
    count: int
    whole: int | None = None

    @property
    def first(self) -> float:
        """Where its values begin."""
        return self.low if self.whole is None else self.whole

    @property
    def last(self) -> float:
        """Where its values end."""
        return self.high if self.whole is None else self.whole


def histogram_bins(values: Sequence[float], about: int = 16) -> list[Bin]:
    """Count values in equal steps of a round width; few different whole numbers, such as tenths, each by itself."""
    every = np.asarray(values, dtype=np.float64)
    low, high = float(every.min()), float(every.max())
    if high - low <= 1e-12 * max(abs(low), abs(high)):  # means of one figure differ in their last digit
        return [Bin(low, high, len(every))]
    if high - low <= about and bool((every == np.floor(every)).all()):
        counts = np.bincount((every - low).astype(np.int64)).tolist()
        return [Bin(n - 0.5, n + 0.5, count, n) for n, count in enumerate(counts, int(low))]
    marks = ticks(low, high, about)
    step = marks[1] - marks[0] if len(marks) > 1 else high - low
    first = math.floor(low / step + 1e-9)
    size = max(1, math.ceil(high / step - 1e-9) - first)
    steps = np.floor(every / step + 1e-9).astype(np.int64) - first
    counts = np.bincount(np.minimum(steps, size - 1), minlength=size).tolist()
    return [Bin(round((first + k) * step, 12), round((first + k + 1) * step, 12), n) for k, n in enumerate(counts)]


def histogram(bins: Sequence[Bin], scale: float, axis_words: str, *, title: str, about: str, name: str) -> Markup:
    """How many areas have which values."""
    low, high = bins[0].low * scale, bins[-1].high * scale
    most = max(one.count for one in bins)
    up = Axis(0, most, 210, 24)

    def draw(layout: Layout) -> Markup:
        right = layout.width - 20
        axis = Axis(low, high if high > low else low + 1, 44, right)
        shapes = [label(0, 12, "areas", "c-small")]
        for value in ticks(0, most, 4):
            if value == int(value):
                shapes.append(line(44, up.at(value), right, up.at(value), "c-grid"))
                shapes.append(label(38, up.at(value) + 5, number(value), "c-small c-end"))
        for one in bins:
            x, end = axis.at(one.low * scale), axis.at(one.high * scale)
            if one.count:
                shapes.append(bar(x + 0.5, up.at(one.count), end - x - 1, 210 - up.at(one.count), "c-bar"))
        values = ticks(low, high, 7 if layout.width > 400 else 4)
        if bins[0].whole is not None:
            values = [value for value in values if value == int(value)]
        step = values[1] - values[0] if len(values) > 1 else 1.0
        shapes.append(line(44, 210, right, 210, "c-axis"))
        shapes += [label(axis.at(v), 229, tick_text(v, step), "c-small c-middle") for v in values]
        shapes.append(label((44 + right) / 2, 250, shorten(axis_words, 44), "c-small c-middle"))
        return svg(layout.width, 258, shapes, title=title, about=about, name=name + layout.suffix)

    return both(draw)
