"""An index over time in a build: the files that are written, and what pages read of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from wholeplace.build.files import Files, json_text, parquet
from wholeplace.place import Place

if TYPE_CHECKING:
    from wholeplace.build.store import Build


def over_time_files(place: Place, name: str, result: Any) -> Files:
    """Scores, changes and averages of an index of several periods; nothing for one of one period."""
    if result.written is None:
        return {}
    from wholeplace.measure.over_time import over_time

    found = over_time(place, result.written)
    about = {
        "periods": found.periods,
        "spans": found.spans,
        "weighted_by": found.weighted_by,
        "draws": found.draws,
        "seed": found.seed,
        "cautions": found.cautions,
        "levels": found.levels.to_dicts(),
        "middles": found.middles,
    }
    themes = {} if found.themes is None else {f"index-{name}-themes.parquet": parquet(found.themes)}
    return {
        f"index-{name}-over-time.json": json_text(about),
        f"index-{name}-over-time.parquet": parquet(found.frame),
        f"index-{name}-changes.parquet": parquet(found.changes),
        f"index-{name}-averages.parquet": parquet(found.averages),
        **themes,
    }


class OverTimeView:
    """An index over time as it was built; the frames are those of `wholeplace.measure.over_time.OverTime`."""

    def __init__(self, build: Build, name: str) -> None:
        self._build, self.id = build, name
        about = build.json(f"index-{name}-over-time")
        self.periods: list[str] = about["periods"]
        self.spans: list[tuple[str, str]] = [(since, period) for since, period in about["spans"]]
        self.weighted_by: str = about["weighted_by"]
        self.draws: int = about["draws"]
        self.cautions: list[str] = about["cautions"]
        self.levels = {(one["part"], one["period"]): one["average"] for one in about["levels"]}
        self.middles: dict[str, float | None] = about["middles"]

    @cached_property
    def scores(self) -> pl.DataFrame:
        """period, area, score, score_lower95, score_upper95, rank, decile, `<part>_score`…"""
        return self._build.frame(f"index-{self.id}-over-time")

    @cached_property
    def changes(self) -> pl.DataFrame:
        """The columns of `OverTime.changes`."""
        return self._build.frame(f"index-{self.id}-changes")

    @cached_property
    def averages(self) -> pl.DataFrame:
        """The columns of `OverTime.averages`."""
        return self._build.frame(f"index-{self.id}-averages")

    @cached_property
    def themes(self) -> pl.DataFrame | None:
        """The columns of `two_themes`, where the index has two main parts."""
        name = f"index-{self.id}-themes"
        return self._build.frame(name) if self._build.has(f"{name}.parquet") else None
