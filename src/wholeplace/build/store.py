"""Read a build: the frames that pages, API and exports show, kept in memory."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from wholeplace.build.build import DEFAULT
from wholeplace.build.folder import BuildFolder
from wholeplace.build.over_time import OverTimeView
from wholeplace.build.portrait_views import BarView, PortraitView
from wholeplace.build.scenario_results import ScenarioView
from wholeplace.build.tiles import Tiles
from wholeplace.errors import WholeplaceError
from wholeplace.measure import IndexResult, IndexSpec, reweigh
from wholeplace.measure.left_behind import People
from wholeplace.place import Indicator
from wholeplace.place.crosstabs import Crosstab
from wholeplace.place.groupings import Grouping


class NoBuildError(WholeplaceError):
    """A place that has not been built, or whose build is gone."""


def open_build(folder: str | Path, build: str | Path | None = None) -> Build:
    """Open the last good build of a place folder. Raises NoBuildError when there is none."""
    path = Path(build) if build is not None else Path(folder) / DEFAULT
    manifest = BuildFolder(path).manifest
    if manifest is None:
        raise NoBuildError(f"{folder} has not been built; run `wholeplace build {folder}`")
    return Build(path, manifest)


class Shapes:
    """What pictures of a geography are drawn from: `frame`, and the `view_box` that its figures are in."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.view_box = str(frame["view_box"][0])
        self.frame = frame.drop("view_box")


class Build:
    """A finished build. Frames are read when first asked for and then kept."""

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path, self.manifest = path, manifest
        self._files = {name: file for step in manifest["steps"].values() for name, file in step["files"].items()}
        self._indices: dict[str, IndexView] = {}
        self._shapes: dict[str, Shapes] = {}
        self._tiles: dict[str, Tiles] = {}
        self._scenarios: dict[str, ScenarioView] = {}
        self._portraits: dict[str, PortraitView] = {}
        self._bars: dict[str, BarView] = {}

    @property
    def place(self) -> dict[str, Any]:
        """code, name, country, crs, timezone, contact, notice."""
        return dict(self.manifest["place"])

    @property
    def built(self) -> str:
        """When the build was finished (ISO 8601, UTC)."""
        return str(self.manifest["built"])

    def has(self, file: str) -> bool:
        """Whether the build holds a file, by its plain name with its ending."""
        return file in self._files

    def frame(self, name: str) -> pl.DataFrame:
        """A Parquet file of the build by its plain name."""
        return pl.read_parquet(self.path / self._files[f"{name}.parquet"])

    def json(self, name: str) -> Any:
        """A JSON file of the build by its plain name."""
        return json.loads((self.path / self._files[f"{name}.json"]).read_text(encoding="utf-8"))

    @cached_property
    def areas(self) -> pl.DataFrame:
        """geography, geography_name, area, name, population, population_period; the place itself last."""
        return self.frame("areas")

    @cached_property
    def belongs(self) -> pl.DataFrame:
        """geography, area, to_geography, to_area, share."""
        return self.frame("belongs")

    @cached_property
    def indicators(self) -> pl.DataFrame:
        """All fields of indicators.csv."""
        return self.frame("indicators")

    @cached_property
    def values(self) -> pl.DataFrame:
        """indicator, geography, area, period, value, lower95, upper95, count, denominator, status, moved_from."""
        return self.frame("values")

    @cached_property
    def _runs_of_values(self) -> dict[str, tuple[int, int]]:
        return _runs(self.values["indicator"])

    def values_of(self, indicator: str) -> pl.DataFrame:
        """The values of one indicator, which stand together; empty for one that has none."""
        return self.values.slice(*self._runs_of_values.get(indicator, (0, 0)))

    @cached_property
    def _values_by_area(self) -> tuple[pl.DataFrame, dict[str, tuple[int, int]]]:
        """The values once more, those of an area together and otherwise in their order: a profile reads few of many."""
        frame = self.values.sort("area", maintain_order=True)
        return frame, _runs(frame["area"])

    def values_in(self, area: str) -> pl.DataFrame:
        """The values of the areas of one code, of whatever geography; empty for a code that has none."""
        frame, runs = self._values_by_area
        return frame.slice(*runs.get(area, (0, 0)))

    @cached_property
    def comparators(self) -> pl.DataFrame:
        """geography, indicator, period, rows, mean, p10, median, p90 over all areas of the source table."""
        return self.frame("comparators")

    @cached_property
    def tables(self) -> pl.DataFrame:
        """Every source table with what is missing, suppressed and outside."""
        return self.frame("tables")

    @cached_property
    def postcodes(self) -> pl.DataFrame:
        """postcode, postcode_key, geography, area, lat, lon."""
        return self.frame("postcodes")

    @cached_property
    def people(self) -> People:
        """Who is counted where: every value, the groupings of place.toml and its cross-tables."""
        groupings = {one["id"]: Grouping(**one) for one in self.json("groupings")}
        crosstabs = [
            Crosstab(**{**one, "groupings": tuple(one["groupings"])}, frame=self.frame(f"crosstab-{number}"))
            for number, one in enumerate(self.json("crosstabs"))
        ]
        indicators = {row["id"]: Indicator(**row) for row in self.indicators.iter_rows(named=True)}
        return People(self.values, indicators, self.areas, groupings, crosstabs)

    @cached_property
    def clusters(self) -> dict[tuple[str, str], dict[str, Any]]:
        """(indicator, geography) -> what was found of its clusters, or `why_not`; `clusters_of` has the areas."""
        return {(one["id"], one["geography"]): one for one in self.json("clusters")}

    def clusters_of(self, indicator: str, geography: str) -> pl.DataFrame:
        """Every area with the columns of `Clusters.frame`, for an indicator and geography that `clusters` names."""
        return self.frame(f"clusters-of-{indicator}").filter(pl.col("geography") == geography).drop("geography")

    @cached_property
    def quality(self) -> pl.DataFrame | None:
        """Quality of the registers, by register and organisation (`records.quality.Quality.figures`), or None."""
        return self.frame("quality") if "quality.parquet" in self._files else None

    @cached_property
    def quality_mends(self) -> pl.DataFrame:
        """register, thing, organisation, rule, field, value, message: what there is to mend in the registers."""
        return self.frame("quality-mends")

    @cached_property
    def quality_history(self) -> pl.DataFrame:
        """The figures of `quality` with `built`, when they were first so, from build to build."""
        return self.frame("quality-history")

    @cached_property
    def findings(self) -> list[dict[str, Any]]:
        """What the check said."""
        return list(self.json("findings"))

    @cached_property
    def sentences(self) -> list[dict[str, Any]]:
        """The main findings of the place in words."""
        return list(self.json("sentences"))

    @property
    def indices(self) -> list[str]:
        """Ids of the indices."""
        return list(self.manifest["indices"])

    def index(self, name: str) -> IndexView:
        """One index. Raises KeyError when there is none of that id."""
        if name not in self.indices:
            raise KeyError(name)
        if name not in self._indices:
            self._indices[name] = IndexView(self, name)
        return self._indices[name]

    @property
    def scenarios(self) -> list[str]:
        """Ids of the scenarios."""
        return list(self.manifest["scenarios"])

    def scenario(self, name: str) -> ScenarioView:
        """One scenario. Raises KeyError when there is none of that id."""
        if name not in self.scenarios:
            raise KeyError(name)
        if name not in self._scenarios:
            self._scenarios[name] = ScenarioView(self, name)
        return self._scenarios[name]

    @property
    def portraits(self) -> list[str]:
        """Ids of the portraits; none in a build of before there were any."""
        return list(self.manifest.get("portraits", []))

    def portrait(self, name: str) -> PortraitView:
        """One portrait. Raises KeyError when there is none of that id."""
        if name not in self.portraits:
            raise KeyError(name)
        return self._portraits.setdefault(name, PortraitView(self, name))

    @property
    def bars(self) -> list[str]:
        """Ids of the digital bars of services."""
        return list(self.manifest.get("bars", []))

    def bar(self, name: str) -> BarView:
        """One digital bar. Raises KeyError when there is none of that id."""
        if name not in self.bars:
            raise KeyError(name)
        return self._bars.setdefault(name, BarView(self, name))

    def boundaries(self, geography: str) -> Path | None:
        """The GeoJSON of a geography (WGS 84; properties area, name), or None."""
        file = self._files.get(f"boundaries-{geography}.geojson")
        return self.path / file if file else None

    def shapes(self, geography: str) -> Shapes | None:
        """The boundaries of a geography as SVG paths (area, name, path), or None."""
        return self._drawing(f"shapes-{geography}")

    def mosaic(self, geography: str) -> Shapes | None:
        """The squares that stand for a geography of many areas in a picture (x, y, area), or None."""
        return self._drawing(f"mosaic-{geography}")

    def _drawing(self, name: str) -> Shapes | None:
        if f"{name}.parquet" not in self._files:
            return None
        if name not in self._shapes:
            self._shapes[name] = Shapes(self.frame(name))
        return self._shapes[name]

    def tiles(self, geography: str) -> Tiles | None:
        """The tileset of a geography of many areas, or None."""
        file = self._files.get(f"tiles-{geography}.mbtiles")
        if file is None:
            return None
        if geography not in self._tiles:
            self._tiles[geography] = Tiles.open(self.path / file)
        return self._tiles[geography]


class IndexView:
    """An index as it was built."""

    def __init__(self, build: Build, name: str) -> None:
        self._build, self.id = build, name
        about = build.json(f"index-{name}")
        self.spec: dict[str, Any] = about["spec"]
        self.parts: list[dict[str, Any]] = about["parts"]
        self.method_sentences: list[str] = about["method_sentences"]
        self.periods: list[str] = about["periods"]
        self.people: list[dict[str, Any]] = about["people"]

    @property
    def name(self) -> str:
        return str(self.spec["name"])

    @property
    def geography(self) -> str:
        return str(self.spec["geography"])

    @cached_property
    def scores(self) -> pl.DataFrame:
        """Contract columns with `name` and `population` of each area; rank intervals where uncertainty was run."""
        frame = self._build.frame(f"index-{self.id}-scores")
        names = self._build.areas.filter(pl.col("geography") == self.geography)
        return frame.join(names.select("area", "name", "population"), on="area", how="left", maintain_order="left")

    @cached_property
    def summaries(self) -> pl.DataFrame:
        """Population-weighted summaries of larger areas."""
        return self._build.frame(f"index-{self.id}-summaries")

    @cached_property
    def uncertainty(self) -> dict[str, Any] | None:
        """Draws, seed, settings and what each source moves; None where uncertainty was not run."""
        name = f"index-{self.id}-uncertainty"
        return self._build.json(name) if f"{name}.json" in self._build._files else None

    @cached_property
    def checklist(self) -> dict[str, Any]:
        """The ten steps of making an index, as far as they are known of this one."""
        found: dict[str, Any] = self._build.json(f"index-{self.id}-checklist")
        return found

    @cached_property
    def over_time(self) -> OverTimeView | None:
        """The index in all its periods; None for one of one period."""
        has = self._build.has(f"index-{self.id}-over-time.json")
        return OverTimeView(self._build, self.id) if has else None

    @cached_property
    def clusters(self) -> dict[str, Any]:
        """What was found of the clusters of the scores, or `why_not`."""
        found: dict[str, Any] = self._build.json(f"index-{self.id}-clusters")
        return found

    @cached_property
    def clusters_frame(self) -> pl.DataFrame:
        """Every area with the columns of `Clusters.frame`, where clusters were found."""
        return self._build.frame(f"index-{self.id}-clusters").drop("geography")

    @cached_property
    def _explained(self) -> tuple[pl.DataFrame, dict[str, tuple[int, int]]]:
        frame = self._build.frame(f"index-{self.id}-explained")
        return frame, _runs(frame["area"])

    def explain(self, area: str) -> list[dict[str, Any]]:
        """The score of one area taken apart, one row a part. Raises KeyError for an area the index does not have."""
        frame, runs = self._explained
        return frame.slice(*runs[area]).to_dicts()

    @cached_property
    def result(self) -> IndexResult:
        """The index as an engine result, enough to weigh it again."""
        spec = IndexSpec.model_validate(self.spec)
        rows = self._build.frame(f"index-{self.id}-rows")
        leaves = rows.drop("area", "inside").to_numpy().astype(np.float64)
        frame = self._build.frame(f"index-{self.id}-scores")
        return IndexResult(spec, frame, spec.tree(), rows["area"], rows["inside"].to_numpy(), leaves, ())

    def reweigh(self, weights: dict[str, float]) -> pl.DataFrame:
        """area, score, rank, decile, rank_before, rank_change with other weights; see `wholeplace.measure.reweigh`."""
        return reweigh(self.result, weights)


def _runs(column: pl.Series) -> dict[str, tuple[int, int]]:
    """Where each value of a column begins and how often it stands there, equal values standing together."""
    runs = column.rle().struct.unnest()
    starts, lengths = runs["len"].cum_sum() - runs["len"], runs["len"]
    return dict(zip(runs["value"].to_list(), zip(starts.to_list(), lengths.to_list(), strict=True), strict=True))
