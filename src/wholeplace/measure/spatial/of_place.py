"""Clusters of an indicator or an index of an opened place, and areas of it that are alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from wholeplace.measure.index import IndexResult, build_index
from wholeplace.measure.index_spec import index_files, open_index
from wholeplace.measure.moving import indicator_values, population, targets, values_on
from wholeplace.measure.result import Result
from wholeplace.measure.spatial.clusters import Clusters, Looker
from wholeplace.measure.spatial.neighbours import SpatialError, neighbours_of
from wholeplace.measure.spatial.similar import (
    ALL,
    INDEX,
    Similar,
    choose_figures,
    likeness_sentences,
    standardise,
)
from wholeplace.measure.spatial.words import Subject, cautions, sentences, summary
from wholeplace.place import PLACE, Place
from wholeplace.place.findings import did_you_mean
from wholeplace.place.periods import period_middle

SCHEMA_ID = "wholeplace.clusters-result/1"
_HIGH = {"high_good": "better", "low_good": "worse"}


@dataclass(frozen=True)
class PlaceClusters(Result):
    """The clusters of one figure of a place: `frame` has name and the columns of `Clusters.frame`."""

    subject: Subject
    clusters: Clusters
    frame: pl.DataFrame

    @property
    def sentences(self) -> list[str]:
        """What was found, in words."""
        return sentences(self.subject, self.clusters)

    @property
    def cautions(self) -> list[str]:
        """What to keep in mind."""
        return cautions(self.subject, self.clusters)

    @property
    def summary(self) -> tuple[str, ...]:
        return tuple(self.sentences)

    def as_dict(self) -> dict[str, Any]:
        """One JSON document."""
        return {"schema": SCHEMA_ID, **summary(self.subject, self.clusters), "areas": self.frame.to_dicts()}


def clusters_of(
    place: Place,
    name: str,
    *,
    geography: str | None = None,
    period: str | None = None,
    permutations: int = 0,
    seed: int = 1,
) -> PlaceClusters:
    """Find the clusters of an indicator or an index of a place; see `find_clusters` for method and limits.

    Parameters
    ----------
    name
        The id of an indicator, else the id or path of an index.
    geography, period
        Of an indicator: the first geography it was published for, and the latest period, when not given.

    Raises
    ------
    SpatialError
        When the place does not have what is asked for, nothing says where its areas lie, or too few have a figure.
    """
    if name in place.indicators:
        subject, values = indicator_subject(place, name, geography, period)
    elif name in index_files(place.folder) or name.endswith(".toml"):
        index = build_index(place, name)
        _refuse_for_index(index, geography, period)
        subject, values = index_subject(place, index)
    else:
        known = [*place.indicators, *index_files(place.folder)]
        raise SpatialError(f"there is no indicator and no index {name!r}{did_you_mean(name, known)}")
    neighbours = neighbours_of(place, subject.geography)
    if neighbours is None:
        raise SpatialError(
            f"nothing says where the areas of {subject.geography} lie; give its boundaries as `file` of [[geography]], "
            "or postcodes with lat and lon in [[postcode]]"
        )
    found = Looker(neighbours).look(values, permutations=permutations, seed=seed)
    names = place.geographies[subject.geography].areas.select("area", "name")
    frame = names.join(found.frame, on="area", how="right", maintain_order="right").select(
        "area", "name", pl.exclude("area", "name")
    )
    return PlaceClusters(subject, found, frame)


def indicator_subject(
    place: Place, name: str, geography: str | None = None, period: str | None = None
) -> tuple[Subject, pl.DataFrame]:
    """An indicator as a subject, and its values: area, value, status. Raises SpatialError for what is not there."""
    indicator = place.indicators[name]
    held = [key for key in place.series if key.indicator == name]
    periods = sorted({key.period for key in held}, key=period_middle)
    if not periods:
        raise SpatialError(f"{name!r} has no values")
    if period is not None and period not in periods:
        raise SpatialError(f"{name!r} has no values of {period}; there are: {', '.join(periods)}")
    if geography is not None and (geography not in targets(place) or geography == PLACE):
        listed = ", ".join(place.geographies)
        raise SpatialError(f"there is no geography {geography!r}{did_you_mean(geography, place.geographies)}; "
                           f"there are: {listed}")  # fmt: skip
    if geography is None:
        published = {key.geography for key in held if period is None or key.period == period}
        geography = next(one for one in place.geographies if one in published)
        if period is None:  # the latest it was published for there, before a later one that was moved there
            periods = [one for one in periods if any(key.period == one and key.geography == geography for key in held)]
    wanted = [period] if period is not None else periods[::-1]
    for one in wanted:
        values = values_on(place, indicator, geography, one)
        if values is not None:
            break
    else:
        raise SpatialError(f"{name!r} has no values for {geography}, and no way to move them there")
    subject = Subject(
        kind="indicator",
        id=name,
        name=indicator.name,
        unit=indicator.unit,
        geography=geography,
        geography_name=place.geographies[geography].name,
        period=one,
        high=_HIGH.get(indicator.polarity, ""),
        value_type=indicator.value_type,
        moved_from=str(values["moved_from"].drop_nulls().first() or ""),
    )
    return subject, values.select("area", "value", "status")


def index_subject(place: Place, index: IndexResult) -> tuple[Subject, pl.DataFrame]:
    """An index as a subject, and its scores as values: area, value, status."""
    spec = index.spec
    subject = Subject(
        kind="index",
        id=spec.id,
        name=spec.name,
        unit="score",
        geography=spec.geography,
        geography_name=place.geographies[spec.geography].name,
        period=", ".join(sorted({leaf.period for leaf in index.leaves}, key=period_middle)),
        high=spec.higher_is,
        value_type="index",
    )
    status = pl.when(pl.col("score").is_null()).then(pl.lit("O")).otherwise(pl.lit("A")).alias("status")
    return subject, index.frame.select("area", pl.col("score").alias("value"), status)


@dataclass(frozen=True)
class PlaceSimilar(Result):
    """The areas of a place that are like one; `frame` has name and population beside the columns of `Similar.frame`."""

    area: str
    name: str
    geography: str
    by: str
    similar: Similar
    frame: pl.DataFrame
    sentences: list[str]

    @property
    def summary(self) -> tuple[str, ...]:
        return tuple(self.sentences)

    def as_dict(self, most: int) -> dict[str, Any]:
        """One JSON document, with the differences of the likest areas."""
        pairs = self.similar.differences.partition_by("area", as_dict=True)
        rows = [
            {**row, "differences": pairs[row["area"],].drop("area").to_dicts()}
            for row in self.frame.head(most).iter_rows(named=True)
        ]
        return {
            "schema": "wholeplace.similar-result/1",
            "area": self.area,
            "name": self.name,
            "geography": self.geography,
            "by": self.by,
            "distance": "root mean square of differences in robust spreads (1.4826 x median absolute deviation), "
            "of which more than 3 count as 3",
            "median_distance": self.similar.median,
            "used": [{"indicator": one, "period": self.similar.periods[one]} for one in self.similar.used],
            "left_out": dict(self.similar.left_out),
            "missing_here": list(self.similar.own_missing),
            "not_compared": list(self.similar.not_compared),
            "sentences": self.sentences,
            "areas": rows,
        }


def similar_to(
    place: Place, area: str, *, by: str | None = None, geography: str | None = None, most: int = 10
) -> PlaceSimilar:
    """Find the areas whose figures are likest to those of one; see `Figures.similar_to` for the distance.

    Parameters
    ----------
    by
        What to compare by (`choose_figures`); the place's first index, else all figures, when not given.
    geography
        The first that has the area when not given; compared are areas of one geography, those of the place only.

    Raises
    ------
    SpatialError
        For an area, index, theme or indicator that is not there, or when there is nothing to compare by.
    """
    homes = [one for one in place.geographies if area in place.geographies[one].codes]
    if geography is not None:
        homes = [one for one in homes if one == geography]
    if not homes:
        codes = [code for one in place.geographies.values() for code in one.areas["area"]]
        raise SpatialError(f"there is no area {area!r}{did_you_mean(area, codes)}")
    files = index_files(place.folder)
    wanted = by or (f"{INDEX}{next(iter(files))}" if files else ALL)
    parts: dict[str, list[str]] = {one: [] for one in files}
    if (index := wanted.removeprefix(INDEX)) in files and wanted != index:
        parts[index] = [part.indicator for part, *_ in open_index(place.folder, index).parts() if part.indicator]
    names, others = choose_figures(wanted, place.indicators, parts)
    home = homes[0]
    frames = [
        indicator_values(place, one, geography=home).select(
            pl.lit(one).alias("indicator"), "area", "period", "value", "status"
        )
        for one in names
    ]
    if not frames:
        raise SpatialError(f"{wanted} names no figure that says how areas are alike")
    figures = standardise(pl.concat(frames), names)
    figures.left_out |= others
    found = figures.similar_to(area, most=most)
    people = population(place, home, max(found.periods.values(), key=period_middle))
    frame = found.frame.join(
        place.geographies[home].areas.select("area", "name"), on="area", how="left", maintain_order="left"
    )
    if people is not None:
        frame = frame.join(people.select("area", "population"), on="area", how="left", maintain_order="left")
    else:
        frame = frame.with_columns(pl.lit(None, pl.Float64).alias("population"))
    labels = {one.id: one.name for one in place.indicators.values()}
    return PlaceSimilar(
        area, place.area_name(home, area), home, wanted, found,
        frame.select("area", "name", "population", pl.exclude("area", "name", "population")),
        likeness_sentences(found, labels, place.geographies[home].name),
    )  # fmt: skip


def _refuse_for_index(index: IndexResult, geography: str | None, period: str | None) -> None:
    if geography not in (None, index.spec.geography) or period is not None:
        raise SpatialError(
            f"{index.spec.id} is an index: it has scores of {index.spec.geography} and of the dates in its file only; "
            "leave out --geography and --period"
        )
