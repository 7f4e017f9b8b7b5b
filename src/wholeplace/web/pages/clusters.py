"""Where figures lie together: the map of clusters and outliers of a figure, and what could be chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse

from wholeplace.measure.spatial.clusters import (
    CHANCE,
    COLD,
    HIGH,
    HIGH_AMONG_LOW,
    HOT,
    LOW,
    LOW_AMONG_HIGH,
    NO_FIGURE,
    NO_NEIGHBOURS,
    SPOTS,
    WORDS,
)
from wholeplace.measure.spatial.words import meanings
from wholeplace.web import maps
from wholeplace.web.pages.index_tables import area_link, source_of
from wholeplace.web.pages.indicators import find_indicator
from wholeplace.web.pages.indices import find_index
from wholeplace.web.rendering import render
from wholeplace.web.site import Site
from wholeplace.web.table import Cell, Column, Filter, Row, Table, link, numbers, show, text
from wholeplace.web.words import Writer, first_upper, number

#: Ways to look, by the parameter in the address: column, words, and what the form calls it.
LOOKS = {
    "": ("word", WORDS, "Clusters and outliers"),
    "spots": ("gi_word", SPOTS, "Hot and cold spots"),
}
#: Colour classes where a high figure is worse, or neither end is; c1 is the warmest.
_CLASSES = {HIGH: "c1", HOT: "c1", HIGH_AMONG_LOW: "c2", CHANCE: "c3", LOW_AMONG_HIGH: "c4", LOW: "c5", COLD: "c5",
            NO_NEIGHBOURS: "c6", NO_FIGURE: "none"}  # fmt: skip
_NOT_FOUND = (CHANCE, NO_FIGURE, NO_NEIGHBOURS)


@dataclass(frozen=True)
class Found:
    """What a build holds of the clusters of one figure: `about` in words and numbers, `frame` area by area."""

    about: Mapping[str, Any]
    frame: pl.DataFrame | None
    writer: Writer
    source: str
    back: str
    look: str

    @property
    def column(self) -> str:
        """The column of words that is asked for."""
        return LOOKS[self.look][0]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many areas each of these words is said of."""
        counts: Mapping[str, int] = self.about["gi_counts" if self.look else "counts"]
        return counts

    def kept(self) -> dict[str, str]:
        """The choices as parameters of links."""
        asked = {"look": self.look}
        if self.about["kind"] == "indicator":
            asked["geography"] = self.about["geography"]
        return {name: value for name, value in asked.items() if value}

    def css(self, word: str) -> str:
        """The colour class of a word: warm for the worse side."""
        css = _CLASSES[word]
        return maps.turned(css) if self.about["high"] == "better" else css

    def words(self, word: str) -> str:
        """A word with what it means for this figure."""
        meaning = meanings(self.about["high"]).get(word)
        return f"{word} ({meaning})" if meaning else word


def of_indicator(site: Site, name: str, params: Mapping[str, str]) -> tuple[Found, str]:
    """The clusters of an indicator that an address asks for, and what in it cannot be used, in words."""
    about = find_indicator(site, name)
    kinds = [geography for one, geography in site.build.clusters if one == name]
    if not kinds:
        raise Http404(f"{about['name']} has no figures to look for clusters in.")
    asked = params.get("geography") or kinds[0]
    wrong = "" if asked in kinds else f"Clusters of this indicator are not looked for on “{asked}”."
    geography = asked if asked in kinds else kinds[0]
    look, odd = _look(params)
    held = site.build.clusters[name, geography]
    frame = None if "why_not" in held else site.build.clusters_of(name, geography)
    source = about["source"] or "published without a source"
    return Found(held, frame, Writer(about), source, site.url("indicators", name), look), " ".join(
        filter(None, [wrong, odd])
    )


def of_index(site: Site, name: str, params: Mapping[str, str]) -> tuple[Found, str]:
    """The clusters of the scores of an index."""
    index = find_index(site, name)
    look, odd = _look(params)
    frame = None if "why_not" in index.clusters else index.clusters_frame
    writer = Writer({"unit": "", "decimals": "1"})
    return Found(index.clusters, frame, writer, source_of(index), site.url("indices", name), look), odd


def _look(params: Mapping[str, str]) -> tuple[str, str]:
    asked = params.get("look", "")
    return (asked, "") if asked in LOOKS else ("", f"There is no way to look called “{asked}”.")


def indicator_tables(site: Site, params: Mapping[str, str], *, indicator: str) -> dict[str, Callable[[], Table | None]]:
    """The table of an indicator's clusters."""
    return _tables(site, *of_indicator(site, indicator, params))


def index_tables(site: Site, params: Mapping[str, str], *, index: str) -> dict[str, Callable[[], Table | None]]:
    """The table of an index's clusters."""
    return _tables(site, *of_index(site, index, params))


def _tables(site: Site, found: Found, wrong: str) -> dict[str, Callable[[], Table | None]]:
    if wrong:
        raise Http404(wrong)
    return {} if found.frame is None else {"clusters": lambda: clusters_table(site, found)}


def indicator_map(site: Site, params: Mapping[str, str], *, indicator: str) -> maps.AreaMap | None:
    """The map of an indicator's clusters."""
    return clusters_map(site, of_indicator(site, indicator, params)[0])


def index_map(site: Site, params: Mapping[str, str], *, index: str) -> maps.AreaMap | None:
    """The map of an index's clusters."""
    return clusters_map(site, of_index(site, index, params)[0])


def indicator_view(request: HttpRequest, site: Site, *, indicator: str) -> HttpResponse:
    """The page of an indicator's clusters."""
    found, wrong = of_indicator(site, indicator, request.GET)
    kinds = [site.geographies[geography] for one, geography in site.build.clusters if one == indicator]
    about = find_indicator(site, indicator)
    return _view(request, site, found, wrong, nav="indicators", kinds=kinds, first="Indicators",
                 what=about["definition"] or "", issued=about["issued"] or "")  # fmt: skip


def index_view(request: HttpRequest, site: Site, *, index: str) -> HttpResponse:
    """The page of an index's clusters."""
    found, wrong = of_index(site, index, request.GET)
    what = find_index(site, index).spec.get("description") or ""
    return _view(request, site, found, wrong, nav="indices", kinds=[], first="Indices", what=what)


def _view(
    request: HttpRequest,
    site: Site,
    found: Found,
    wrong: str,
    *,
    nav: str,
    kinds: list[Any],
    first: str,
    what: str,
    issued: str = "",
) -> HttpResponse:
    about = found.about
    shown: dict[str, Any] = {}
    if found.frame is not None:
        clusters, whole, spots, chance = about["sentences"]
        shown = {
            "sentences": [spots, whole, clusters, chance] if found.look else [clusters, whole, spots, chance],
            "map": clusters_map(site, found),
            "table": show(clusters_table(site, found), request.GET, others=found.kept()),
            "kept": urlencode(found.kept()),
        }
    return render(
        request,
        "clusters.html",
        site,
        title=f"Where figures lie together: {about['name']}",
        nav=nav,
        trail=[(first, site.url(nav)), (about["name"], found.back)],
        about=about,
        found=found,
        what=what if not what or what.endswith(".") else f"{what}.",
        issued=issued,
        wrong=wrong,
        kinds=kinds,
        looks=[(key, words) for key, (_, _, words) in LOOKS.items()],
        figure=f"the clusters of {about['name']}",
        value=about["sentences"][0] if found.frame is not None else "",
        **shown,
    )


def clusters_table(site: Site, found: Found) -> Table:
    """Every area with its figure, that of its neighbours, and what was found by either way of looking."""
    assert found.frame is not None  # what has no areas has no table
    about, writer = found.about, found.writer
    geography = about["geography"]
    names = site.build.areas.filter(pl.col("geography") == geography).select("area", "name")
    frame = names.join(found.frame, on="area", how="right", maintain_order="right")
    frame = frame.join(site.within(geography), on="area", how="left", maintain_order="left")
    order = {word: place for place, word in enumerate((*WORDS, *SPOTS))}
    frame = frame.select(
        "area",
        pl.col("name").fill_null(pl.col("area")),
        "within",
        "within_name",
        pl.exclude("area", "name", "within", "within_name"),
        *(pl.col(name).replace_strict(order, return_dtype=pl.Int64).alias(f"_{name}") for name in ("word", "gi_word")),
    )

    def value(row: Row) -> Cell:
        words = writer.value(row["value"], row["status"])
        return Cell(words, css="wp-n" if row["value"] is not None else "wp-none")

    def around(row: Row) -> Cell:
        if row["neighbours_mean"] is None:
            return Cell("none", css="wp-none")
        return Cell(writer.plain(row["neighbours_mean"]), css="wp-n")

    def said(key: str) -> Callable[[Row], Cell]:
        return lambda row: Cell(found.words(row[key]), css="wp-none" if row[key] in _NOT_FOUND else "")

    def chance(key: str) -> Callable[[Row], Cell]:
        def cell(row: Row) -> Cell:
            if row[key] is None:
                return Cell("none", css="wp-none")
            return Cell("under 0.001" if row[key] < 0.001 else number(row[key], 3), css="wp-n")

        return cell

    columns = [link("name", "Area", area_link(site))]
    filters = [
        Filter(key, label, [(word, first_upper(word)) for word in words if word in frame[key]])
        for key, label, words in (("word", "Cluster or outlier", WORDS), ("gi_word", "Hot or cold spot", SPOTS))
    ]
    if frame["within"].count():
        columns.append(text("within_name", "In"))
        options = frame.select("within", "within_name").drop_nulls().unique().sort("within_name").rows()
        filters.insert(0, Filter("within", site.geography_name(site.coarser[geography]), options))
    columns += [
        Column("value", "Figure", value, hint=writer.unit_words, numeric=True),
        Column("neighbours_mean", "Around it", around, hint="mean of its neighbours", numeric=True),
        numbers("neighbours", "Neighbours", number, hint="with a figure"),
        Column("word", "Cluster or outlier", said("word"), hint="beside its neighbours", by="_word"),
        Column("p_value", "p value", chance("p_value"), hint="cluster", numeric=True),
        Column("gi_word", "Hot or cold spot", said("gi_word"), hint="with its neighbours", by="_gi_word"),
        Column("gi_p_value", "p value", chance("gi_p_value"), hint="spot", numeric=True),
    ]
    return Table(
        id="clusters",
        caption=f"{about['name']}: clusters, {site.geography_name(geography)}",
        frame=frame,
        columns=columns,
        geography=geography,
        source=found.source,
        filters=filters,
        search=("area", "name"),
        order="gi_word" if found.look else "word",
        page_size=25,
        meta={"period": about["period"], "p_values": about["p"], "morans_i": f"{about['moran']['i']:.4f}"},
    )


def clusters_map(site: Site, found: Found) -> maps.AreaMap | None:
    """The map of what was found; None where nothing was, or nothing can be drawn."""
    if found.frame is None:
        return None
    rows = {
        row["area"]: row for row in found.frame.select("area", "value", "status", found.column).iter_rows(named=True)
    }
    kinds = {area: found.css(row[found.column]) for area, row in rows.items()}
    legend = [
        maps.LegendEntry(found.css(word), f"{first_upper(found.words(word))}: {number(found.counts[word])}")
        for word in LOOKS[found.look][1]
        if found.counts[word]
    ]

    def words(area: str, label: str) -> str:
        row = rows.get(area)
        if row is None:
            return f"{label}: {NO_FIGURE}"
        return f"{label}: {found.words(row[found.column])}; {found.writer.value(row['value'], row['status'])}"

    title = f"Map of {LOOKS[found.look][2].lower()}: {found.about['name']}"
    return maps.draw(site, found.about["geography"], kinds, words, legend, title=title)
