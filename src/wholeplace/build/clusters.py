"""The steps of a build that keep neighbours and clusters: one file a figure, read by the page of its map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from wholeplace.build.files import Files, json_text, parquet
from wholeplace.place import Place

if TYPE_CHECKING:
    from wholeplace.measure import IndexResult
    from wholeplace.measure.spatial import Looker


@dataclass
class Clustering:
    """Looks for clusters in every indicator and index of a place; neighbours are found once for each geography."""

    place: Place
    _lookers: dict[str, Looker | None] = field(default_factory=dict)

    def indicator_files(self) -> Files:
        """Clusters of every indicator on each geography it was published for, at its latest date there."""
        from wholeplace.measure.spatial import indicator_subject

        files: Files = {}
        about: list[dict[str, Any]] = []
        for name in self.place.indicators:
            frames = []
            for geography in self._published(name):
                found, frame = self._look(*indicator_subject(self.place, name, geography))
                about.append(found)
                frames += [] if frame is None else [frame]
            if frames:
                files[f"clusters-of-{name}.parquet"] = parquet(pl.concat(frames))
        return {**files, "clusters.json": json_text(about)}

    def index_files(self, name: str, index: IndexResult) -> Files:
        """Clusters of the scores of an index."""
        from wholeplace.measure.spatial import index_subject

        about, frame = self._look(*index_subject(self.place, index))
        files: Files = {f"index-{name}-clusters.json": json_text(about)}
        return files if frame is None else {**files, f"index-{name}-clusters.parquet": parquet(frame)}

    def _published(self, indicator: str) -> list[str]:
        held = {key.geography for key in self.place.series if key.indicator == indicator}
        return [one for one in self.place.geographies if one in held]

    def _look(self, subject: Any, values: pl.DataFrame) -> tuple[dict[str, Any], pl.DataFrame | None]:
        """What was found, and the rows; or why nothing was."""
        from wholeplace.measure.spatial import LEAST, SpatialError, summary

        try:
            if (
                self.place.geographies[subject.geography].areas.height < LEAST
            ):  # before libraries are loaded for nothing
                raise SpatialError(f"there are fewer than {LEAST} of these areas, too few to tell chance")
            looker = self._looker(subject.geography)
            if looker is None:
                raise SpatialError("nothing says where these areas lie: the place folder has no boundaries of them")
            found = looker.look(values)
        except SpatialError as error:
            return {**subject.as_dict(), "why_not": str(error)}, None
        frame = found.frame.select(pl.lit(subject.geography).alias("geography"), pl.all())
        return summary(subject, found), frame

    def _looker(self, geography: str) -> Looker | None:
        from wholeplace.measure.spatial import Looker, neighbours_of

        if geography not in self._lookers:
            found = neighbours_of(self.place, geography)
            self._lookers[geography] = None if found is None else Looker(found)
        return self._lookers[geography]
