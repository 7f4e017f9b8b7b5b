"""The picture of a map drawn on the server: links coloured by classes, which a script may turn into a moving map."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from wholeplace.web.site import Site
from wholeplace.web.words import Writer, number


@dataclass(frozen=True)
class LegendEntry:
    """A colour class (`d1` … `d10`, `q1` … `q5`, or `none`) and what it stands for."""

    css: str
    words: str


@dataclass(frozen=True)
class AreaMap:
    """A map for a page: picture, legend, and the address of the boundaries for the moving map."""

    title: str
    picture: Markup
    legend: Sequence[LegendEntry]
    boundaries: str
    name: str


def draw(
    site: Site,
    geography: str,
    kinds: Mapping[str, str],
    words: Callable[[str, str], str],
    legend: Sequence[LegendEntry],
    *,
    title: str,
    name: str = "map",
) -> AreaMap | None:
    """Draw a geography; None when it has no boundaries or too many areas.

    `kinds` gives each area's colour class (an area without one is hatched), `words` what is said of (area, name).
    """
    info = site.geographies.get(geography)
    shapes = site.build.shapes(geography) if info is not None and info.drawn else None
    if shapes is None:
        return None
    home = site.url("areas")
    parts = []
    for area, label, path in shapes.frame.select("area", "name", "path").iter_rows():
        kind = kinds.get(area, "none")
        fill = f' fill="url(#{name}-hatch)"' if kind == "none" else ""
        parts.append(
            f'<a href="{home}{escape(area)}/" data-area="{escape(area)}" data-class="{kind}">'
            f"<title>{escape(words(area, label))}</title>"
            f'<path class="m-area m-{kind}"{fill} d="{path}"/></a>'
        )
    picture = Markup(
        f'<svg viewBox="{shapes.view_box}" role="group" aria-label="{escape(title)}">'
        f"<defs>{hatch(name)}</defs>{''.join(parts)}</svg>"
    )
    return AreaMap(title, picture, legend, f"{site.url('boundaries')}{geography}.geojson", name)


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
    ordered = sorted(values.values())
    if not ordered:
        return {}, []
    cuts = sorted({ordered[len(ordered) * k // 5] for k in range(1, 5)} - {ordered[0]})
    kinds: dict[str, str] = {}
    held: dict[int, list[float]] = {}
    shades = {1: [3], 2: [2, 4], 3: [1, 3, 5], 4: [1, 2, 4, 5], 5: [1, 2, 3, 4, 5]}[len(cuts) + 1]
    for area, value in values.items():
        shade = shades[sum(value >= cut for cut in cuts)]
        kinds[area] = f"q{shade}"
        held.setdefault(shade, []).append(value)
    legend = []
    for shade in shades:
        low, high = writer.plain(min(held[shade])), writer.plain(max(held[shade]))
        words = low if low == high else f"{low} to {high}"
        legend.append(LegendEntry(f"q{shade}", f"{words} ({number(len(held[shade]))})"))
    return kinds, legend
