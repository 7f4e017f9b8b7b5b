"""A place as its pages see it: its build, with names and addresses looked up once."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl

from wholeplace.build import Build, IndexView, open_build
from wholeplace.build.build import DEFAULT
from wholeplace.measure.spatial import Figures, choose_figures, standardise
from wholeplace.place.periods import period_middle
from wholeplace.web.estate import Estate, past_estate, present_estate
from wholeplace.web.words import issued_words

#: The id under which a build keeps the place as a whole.
PLACE = "place"


@dataclass(frozen=True)
class GeographyInfo:
    """A geography: id, name, number of areas, whether each is drawn in pictures, and whether it has tiles instead."""

    id: str
    name: str
    areas: int
    drawn: bool
    tiled: bool


class Site:
    """One place that is served, under one slug."""

    def __init__(self, slug: str, folder: Path, build: Build) -> None:
        self.slug, self.folder, self.build = slug, folder, build
        self._within: dict[str, pl.DataFrame] = {}
        self._above: dict[tuple[str, str], list[dict[str, Any]]] = {}

    @property
    def name(self) -> str:
        return str(self.build.place["name"])

    @property
    def code(self) -> str:
        return str(self.build.place["code"])

    @property
    def notice(self) -> str:
        """What place.toml asks to be said at the head of every page."""
        return str(self.build.place.get("notice") or "")

    @property
    def contact(self) -> str:
        return str(self.build.place.get("contact") or "")

    @property
    def published(self) -> dict[str, Any] | None:
        """What is said of hidden figures, where this is a place that is published; None where it is the council's."""
        said = self.build.manifest.get("published")
        return dict(said) if said else None

    def url(self, *parts: str) -> str:
        """The address of a page of this place: `url("areas", "E01")` is `/p/<slug>/areas/E01/`."""
        return f"/p/{self.slug}/" + "".join(f"{quote(part, safe='')}/" for part in parts)

    @cached_property
    def estate(self) -> Estate:
        """The registers of the place as they were built."""
        return present_estate(self.build)

    def estate_at(self, when: str) -> Estate:
        """The registers as the records log had them at a date or time; WhenError for text that is none."""
        return past_estate(self.folder, when, str(self.build.place.get("timezone") or "UTC"))

    @cached_property
    def in_scenarios(self) -> dict[str, list[dict[str, Any]]]:
        """Service -> the scenarios that touch it, the likeliest outage first: scenario, name and its figures in it."""
        found: dict[str, list[dict[str, Any]]] = {}
        for view in map(self.build.scenario, self.build.scenarios):
            for row in view.items.iter_rows(named=True) if view.ran else ():
                if row["downtime_h_mean"]:
                    found.setdefault(row["item"], []).append({"scenario": view.id, "name": view.name, **row})
        return {item: sorted(rows, key=lambda row: -row["p_down"]) for item, rows in found.items()}

    @cached_property
    def geographies(self) -> dict[str, GeographyInfo]:
        """Geographies in the order of place.toml, the place as a whole left out."""
        counts = self.build.areas.group_by("geography", "geography_name", maintain_order=True).len()
        return {key: self._geography(key, name, count) for key, name, count in counts.iter_rows() if key != PLACE}

    def _geography(self, key: str, name: str, areas: int) -> GeographyInfo:
        tiled = self.build.tiles(key) is not None
        return GeographyInfo(key, name, areas, self.build.boundaries(key) is not None and not tiled, tiled)

    def geography_name(self, geography: str) -> str:
        """What a geography is called; the place as a whole goes by its own name."""
        return self.name if geography == PLACE else self.geographies[geography].name

    @cached_property
    def names(self) -> dict[tuple[str, str], str]:
        """(geography, area) -> name."""
        return {(key, area): name for key, area, name in self.build.areas.select("geography", "area", "name").rows()}

    @cached_property
    def homes(self) -> dict[str, str]:
        """Area code -> the first geography that has it; geographies of two vintages share most of their codes."""
        homes: dict[str, str] = {}
        for geography, area in self.build.areas.select("geography", "area").iter_rows():
            homes.setdefault(area, geography)
        return homes

    @cached_property
    def spelt(self) -> pl.DataFrame:
        """Areas but the place itself with `plain`, the name in letters and digits only, and `lower`, the code so."""
        plain = pl.col("name").str.to_lowercase().str.replace_all(r"[^0-9\p{L}]", "")
        areas = self.build.areas.filter(pl.col("geography") != PLACE)
        return areas.with_columns(plain.alias("plain"), pl.col("area").str.to_lowercase().alias("lower"))

    @cached_property
    def alike(self) -> dict[str, list[str]]:
        """Names without numbers, and their longer words -> areas called so: what a slip of the pen is held against."""
        found: dict[str, list[str]] = {}
        for (geography, area), name in self.names.items():
            words = re.findall(r"\b[^\W\d]+\b", str(name or "").lower()) if geography != PLACE else []
            for one in {" ".join(words), *(word for word in words if len(word) > 3)} - {""}:
                found.setdefault(one, []).append(area)
        return found

    @cached_property
    def indicators(self) -> dict[str, dict[str, Any]]:
        """Indicators by id, in the order of indicators.csv."""
        return {row["id"]: row for row in self.build.indicators.iter_rows(named=True)}

    def issued_between(self, indicators: Iterable[str | None]) -> str:
        """When the figures of some indicators were issued, as a sentence; blank where no source says so."""
        return issued_words(self.indicators[one]["issued"] for one in indicators if one)

    @cached_property
    def series(self) -> pl.DataFrame:
        """What values there are: indicator, geography, period, areas, with_value, intervals, moved."""
        return self.build.values.group_by("indicator", "geography", "period", maintain_order=True).agg(
            pl.len().alias("areas"),
            pl.col("value").count().alias("with_value"),
            pl.col("lower95").count().alias("intervals"),
            pl.col("moved_from").drop_nulls().first().alias("moved_from"),
            pl.col("value").min().alias("least"),
            pl.col("value").max().alias("most"),
        )

    def dates_of(self, indicator: str) -> dict[str, list[str]]:
        """Geography -> dates with figures of an indicator, the earliest first; only those with two or more."""
        rows = self.series.filter(
            (pl.col("indicator") == indicator) & (pl.col("geography") != PLACE) & (pl.col("with_value") > 0)
        )
        found = {
            geography: sorted(rows.filter(pl.col("geography") == geography)["period"].to_list(), key=period_middle)
            for geography in self.geographies
        }
        return {geography: dates for geography, dates in found.items() if len(dates) > 1}

    @cached_property
    def scales(self) -> dict[tuple[str, str, str], tuple[float, float]]:
        """(indicator, geography, period) -> least and most value, for the axes of small charts."""
        rows = self.series.filter(pl.col("least").is_not_null())
        return {
            (one, geography, period): (least, most)
            for one, geography, period, least, most in rows.select(
                "indicator", "geography", "period", "least", "most"
            ).rows()
        }

    @cached_property
    def issued(self) -> dict[tuple[str, str], list[str]]:
        """(geography, period) -> files that hold values for them."""
        found: dict[tuple[str, str], list[str]] = {}
        for row in self.build.tables.iter_rows(named=True):
            found.setdefault((row["geography"], row["period"]), []).append(row["file"])
        return found

    @cached_property
    def national(self) -> dict[tuple[str, str, str], dict[str, Any]]:
        """(geography, indicator, period) -> mean and quantiles over all areas of the source table."""
        rows = self.build.comparators.iter_rows(named=True)
        return {(row["geography"], row["indicator"], row["period"]): row for row in rows}

    def indices(self) -> list[IndexView]:
        """Every index: those of the place's own first, then those compared with other places, the newest first."""
        every = [self.build.index(name) for name in self.build.indices]
        every.sort(key=lambda index: max(index.periods, default=""), reverse=True)
        return sorted(every, key=lambda index: "reference_rank" in index.scores.columns)

    def above(self, geography: str, area: str) -> list[dict[str, Any]]:
        """The larger areas that an area lies in, the place itself left out: to_geography, to_area, share."""
        key = (geography, area)
        if key not in self._above:
            self._above[key] = self._find_above(geography, area)
        return self._above[key]

    def _find_above(self, geography: str, area: str) -> list[dict[str, Any]]:
        here = (pl.col("geography") == geography) & (pl.col("area") == area) & (pl.col("to_geography") != PLACE)
        found = self.build.belongs.filter(here).sort("share", descending=True).to_dicts()
        return [row for row in found if self.geographies[row["to_geography"]].areas < self.geographies[geography].areas]

    @cached_property
    def coarser(self) -> dict[str, str]:
        """Geography -> the geography of larger areas that its tables name beside each area."""
        pairs = self.build.belongs.select("geography", "to_geography").unique(maintain_order=True).rows()
        found: dict[str, str] = {}
        for start, end in pairs:
            if end != PLACE and self.geographies[end].areas < self.geographies[start].areas / 3:
                known = found.get(start)
                if known is None or self.geographies[end].areas < self.geographies[known].areas:
                    found[start] = end
        return found

    def within(self, geography: str) -> pl.DataFrame:
        """area, within, within_name: the larger area that holds most of each area's people; empty without one."""
        if geography not in self._within:
            self._within[geography] = self._find_within(geography)
        return self._within[geography]

    @cached_property
    def rows_of(self) -> Callable[[str, str, str], pl.DataFrame]:
        """Values of an (indicator, geography, period) with the names of the areas; the last few are remembered."""
        return functools.lru_cache(maxsize=8)(self._rows_of)

    def _rows_of(self, indicator: str, geography: str, period: str) -> pl.DataFrame:
        here = (pl.col("geography") == geography) & (pl.col("period") == period)
        names = self.build.areas.filter(pl.col("geography") == geography).select("area", "name")
        rows = names.join(self.build.values_of(indicator).filter(here), on="area", how="left", maintain_order="left")
        rows = rows.with_columns(pl.col("status").fill_null("O"))
        rows = rows.join(self.within(geography), on="area", how="left", maintain_order="left")
        return rows.select("area", "name", "within", "within_name", pl.lit(period).alias("period"), "value", "lower95",
                           "upper95", "count", "denominator", "status", "moved_from")  # fmt: skip

    @cached_property
    def figures_of(self) -> Callable[[str, str], Figures]:
        """Figures of a (geography, choice of `choose_figures`) on one scale; the last few are remembered."""
        return functools.lru_cache(maxsize=8)(self._figures_of)

    def _figures_of(self, geography: str, by: str) -> Figures:
        parts = {index.id: [one["indicator"] for one in index.parts if one["indicator"]] for index in self.indices()}
        names, others = choose_figures(by, self.build.people.indicators, parts)
        values = self.build.values.filter((pl.col("geography") == geography) & pl.col("indicator").is_in(names))
        figures = standardise(values.select("indicator", "area", "period", "value", "status"), names)
        figures.left_out |= others
        return figures

    def _find_within(self, geography: str) -> pl.DataFrame:
        end = self.coarser.get(geography)
        if end is None:
            return pl.DataFrame(schema={"area": pl.String, "within": pl.String, "within_name": pl.String})
        rows = self.build.belongs.filter((pl.col("geography") == geography) & (pl.col("to_geography") == end))
        first = rows.sort("share", descending=True).group_by("area", maintain_order=True).first()
        names = self.build.areas.filter(pl.col("geography") == end).select("area", pl.col("name").alias("within_name"))
        return first.select("area", pl.col("to_area").alias("within")).join(
            names, left_on="within", right_on="area", how="left"
        )


class Sites:
    """The places that are served, opened again when they are built again."""

    def __init__(self, folders: Iterable[Path | str]) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, tuple[int, Site]] = {}
        self.folders = name_places([Path(folder) for folder in folders])

    def get(self, slug: str) -> Site | None:
        """The place under a slug, or None."""
        folder = self.folders.get(slug)
        if folder is None:
            return None
        stamp = (folder / DEFAULT / "manifest.json").stat().st_mtime_ns
        with self._lock:
            known = self._open.get(slug)
            if known is None or known[0] != stamp:
                known = (stamp, Site(slug, folder, open_build(folder)))
                self._open[slug] = known
            return known[1]

    def all(self) -> list[Site]:
        """Every place."""
        return [site for slug in self.folders if (site := self.get(slug)) is not None]


def name_places(folders: list[Path]) -> dict[str, Path]:
    """Give each folder a slug: its name in lower case, numbered where two folders have one name."""
    named: dict[str, Path] = {}
    for folder in folders:
        stem = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-") or "place"
        slug, number = stem, 2
        while slug in named:
            slug, number = f"{stem}-{number}", number + 1
        named[slug] = folder
    return named
