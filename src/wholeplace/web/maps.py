"""The picture of a map drawn on the server: links coloured by classes, which a script may turn into a moving map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from markupsafe import Markup, escape

from wholeplace.build.shapes import SQUARE
from wholeplace.web.site import Site
from wholeplace.web.words import Writer, first_upper, number

#: Colour classes of a change for the better, of one that could be noise, and of one for the worse.
GAIN, NO_TELLING, LOSS = "c5", "c3", "c1"
_TURNED = {"c1": "c5", "c2": "c4", "c4": "c2", "c5": "c1"}
#: Colours that are laid over the hatching and let it through.
OVER_HATCH = frozenset({"c2", "c4"})
#: What is said of an area, by its code and name.
Words = Callable[[str, str], str]


@dataclass(frozen=True)
class LegendEntry:
    """A colour class (`d1` … `d10`, `q1` … `q5`, `c1` … `c6`, or `none`) and what it stands for."""

    css: str
    words: str


@dataclass(frozen=True)
class AreaMap:
    """A map for a page: picture, legend, and where the moving map that may take its place gets its boundaries.

    `kinds` gives each area's colour class (an area without one is hatched), `words` what is said of (area, name).
    A geography of few areas has the address of its `boundaries`, one of many its `tiles`, of which the page names
    address, bounds and zooms; the figures of the latter come from the address that ends in `map.json`.
    """

    title: str
    picture: Markup
    legend: Sequence[LegendEntry]
    name: str
    geography: str
    kinds: Mapping[str, str]
    words: Words
    boundaries: str = ""
    tiles: str = ""
    bounds: str = ""
    zooms: str = ""


def draw(
    site: Site,
    geography: str,
    kinds: Mapping[str, str],
    words: Words,
    legend: Sequence[LegendEntry],
    *,
    title: str,
    name: str = "map",
) -> AreaMap | None:
    """Draw a geography; None when it has no boundaries. See `AreaMap` for `kinds` and `words`."""
    info = site.geographies.get(geography)
    if info is None or not (info.drawn or info.tiled):
        return None
    if info.tiled:
        tiles = site.build.tiles(geography)
        assert tiles is not None  # tiled says so
        return AreaMap(
            title,
            _mosaic(site, geography, kinds, title, name),
            legend,
            name,
            geography,
            kinds,
            words,
            tiles=f"{site.url('tiles', geography)}{{z}}/{{x}}/{{y}}.mvt",
            bounds=",".join(map(str, tiles.bounds)),
            zooms=f"{tiles.least_zoom},{tiles.most_zoom}",
        )
    picture = _picture(site, geography, kinds, words, title, name)
    boundaries = f"{site.url('boundaries')}{geography}.geojson"
    return AreaMap(title, picture, legend, name, geography, kinds, words, boundaries=boundaries)


def turned(css: str) -> str:
    """The colour class on the other side of chance: warm for cool, and cool for warm; others as they are."""
    return _TURNED.get(css, css)


def draw_verdicts(
    site: Site,
    geography: str,
    found: Mapping[str, str],
    verdicts: Mapping[str, tuple[str, str]],
    none: str,
    step: Callable[[str], str] = lambda area: "",
    *,
    title: str,
) -> AreaMap | None:
    """Draw what is said of each area, with how many areas it is said of in the legend.

    `found` gives the verdict on an area, `verdicts` the colour class and the words of each, in the order of the legend;
    an area without one has the verdict `none`. `step` gives the amount of a change, written before its words.
    """
    areas = site.build.areas.filter(pl.col("geography") == geography)["area"]
    said = {area: found.get(area, none) for area in areas}
    counts = Counter(said.values())
    legend = [
        LegendEntry(css, f"{first_upper(words)} ({number(counts[key])})")
        for key, (css, words) in verdicts.items()
        if counts[key]
    ]

    def words_of(area: str, label: str) -> str:
        verdict = said.get(area, none)
        moved = "" if verdict == none else step(area)
        return f"{label}: {moved}{', ' if moved else ''}{verdicts[verdict][1]}"

    kinds = {area: verdicts[verdict][0] for area, verdict in said.items()}
    return draw(site, geography, kinds, words_of, legend, title=title)


def figures(site: Site, drawn: AreaMap) -> dict[str, object]:
    """What a moving map shows of each area, in one order: codes, colour classes and words; and where profiles are."""
    rows = site.build.areas.filter(pl.col("geography") == drawn.geography)
    areas, names = rows["area"].to_list(), rows["name"].to_list()
    return {
        "home": site.url("areas"),
        "areas": areas,
        "kinds": [drawn.kinds.get(area, "none") for area in areas],
        "words": [drawn.words(area, name) for area, name in zip(areas, names, strict=True)],
    }


def _picture(site: Site, geography: str, kinds: Mapping[str, str], words: Words, title: str, name: str) -> Markup:
    """Every area as a link."""
    shapes = site.build.shapes(geography)
    assert shapes is not None  # the geography is drawn
    home = site.url("areas")
    parts = []
    for area, label, path in shapes.frame.select("area", "name", "path").iter_rows():
        kind = kinds.get(area, "none")
        parts.append(
            f'<a href="{home}{escape(area)}/" data-area="{escape(area)}" data-class="{kind}">'
            f"<title>{escape(words(area, label))}</title>"
            f"{_path(kind, name, path, 'm-area ')}</a>"
        )
    return Markup(
        f'<svg viewBox="{shapes.view_box}" role="group" aria-label="{escape(title)}">'
        f"<defs>{hatch(name)}</defs>{''.join(parts)}</svg>"
    )


def _mosaic(site: Site, geography: str, kinds: Mapping[str, str], title: str, name: str) -> Markup:
    """Many areas as small squares: one path a colour class, squares side by side in one class joined to a bar."""
    squares = site.build.mosaic(geography)
    assert squares is not None  # the geography has tiles
    kind = pl.Series("kind", [kinds.get(area, "none") for area in squares.frame["area"].to_list()])
    beside = (pl.col("x").diff() == SQUARE) & (pl.col("y").diff() == 0) & (pl.col("kind") == pl.col("kind").shift())
    bars = (
        squares.frame.select("x", "y", kind)
        .with_columns((~beside).fill_null(True).cum_sum().alias("bar"))
        .group_by("bar", maintain_order=True)
        .agg(pl.col("kind", "x", "y").first(), (pl.len() * SQUARE).alias("width"))
        .group_by("kind", maintain_order=True)
        .agg(pl.format("M{},{}h{}v{}h-{}z", "x", "y", "width", pl.lit(SQUARE), "width").str.join(""))
    )
    paths = (_path(kind, name, path) for kind, path in bars.iter_rows())
    return Markup(
        f'<svg viewBox="{squares.view_box}" role="img" aria-label="{escape(title)}" shape-rendering="crispEdges">'
        f"<defs>{hatch(name)}</defs>{''.join(paths)}</svg>"
    )


def _path(kind: str, name: str, path: str, css: str = "") -> str:
    """A shape in the colour of its class; hatched where it has none, and under a colour that lets it through."""
    hatched = f' fill="url(#{name}-hatch)"'
    under = f'<path{hatched} d="{path}"/>' if kind in OVER_HATCH else ""
    return f'{under}<path class="{css}m-{kind}"{hatched if kind == "none" else ""} d="{path}"/>'


def hatch(name: str) -> str:
    """The pattern of areas without a value."""
    return (
        f'<pattern id="{name}-hatch" width="8" height="8" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="8" height="8" fill="#fff"/>'
        '<line x1="0" y1="0" x2="0" y2="8" class="m-hatch"/></pattern>'
    )


def locator(site: Site, geography: str, area: str) -> Markup | None:
    """A small picture that shows where an area lies: outlines of larger areas, and the area itself."""
    own = site.build.shapes(geography)
    if own is None:
        return None
    here = own.frame.filter(own.frame["area"] == area)
    if here.is_empty() or not here["path"][0]:
        return None
    larger = site.coarser.get(geography, geography)
    frame = site.build.shapes(larger) if site.geographies[larger].drawn else None
    back = [] if frame is None else [f'<path class="m-area m-faint" d="{path}"/>' for path in frame.frame["path"]]
    words = escape(f"Where {here['name'][0]} lies in {site.name}")
    return Markup(
        f'<svg viewBox="{own.view_box}" role="img" aria-label="{words}">{"".join(back)}'
        f'<path class="m-area m-here" d="{here["path"][0]}"/></svg>'
    )


def decile_legend(ends: tuple[str, str]) -> list[LegendEntry]:
    """Ten classes; the first and the last say what they are."""
    named = {1: f"1, {ends[0]}", 10: f"10, {ends[1]}"}
    return [LegendEntry(f"d{decile}", named.get(decile, str(decile))) for decile in range(1, 11)]


def classes(values: Mapping[str, float], writer: Writer) -> tuple[dict[str, str], list[LegendEntry]]:
    """Put areas into at most five classes of about equal size, and say the range of each.

    Equal values are always in one class, so that a figure with few different values gets fewer classes.
    """
    if not values:
        return {}, []
    every = np.array(list(values.values()), dtype=np.float64)
    ordered = np.sort(every)
    cuts = np.setdiff1d([ordered[len(ordered) * k // 5] for k in range(1, 5)], ordered[:1])
    shades = {1: [3], 2: [2, 4], 3: [1, 3, 5], 4: [1, 2, 4, 5], 5: [1, 2, 3, 4, 5]}[len(cuts) + 1]
    steps = np.searchsorted(cuts, every, side="right")
    named = [f"q{shade}" for shade in shades]
    kinds = dict(zip(values, (named[step] for step in steps.tolist()), strict=True))
    legend = []
    for step, css in enumerate(named):
        held = every[steps == step]
        low, high = writer.plain(float(held.min())), writer.plain(float(held.max()))
        words = low if low == high else f"{low} to {high}"
        legend.append(LegendEntry(css, f"{words} ({number(len(held))})"))
    return kinds, legend
