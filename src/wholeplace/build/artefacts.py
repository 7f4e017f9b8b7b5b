"""What each step of a build computes: the files that pages and exports read, by name."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import polars as pl

from wholeplace.build.files import Files, json_text, parquet
from wholeplace.build.over_time import over_time_files
from wholeplace.build.shapes import MOST_DRAWN
from wholeplace.place import Finding, Geography, Place


def place_files(place: Place, digests: dict[str, str]) -> Files:
    """Areas, indicators, values and where they come from."""
    from wholeplace.build import frames

    return {
        "areas.parquet": parquet(frames.areas_frame(place)),
        "belongs.parquet": parquet(frames.belongs_frame(place)),
        "indicators.parquet": parquet(frames.indicators_frame(place)),
        "values.parquet": parquet(frames.values_frame(place)),
        "comparators.parquet": parquet(frames.comparators_frame(place)),
        "tables.parquet": parquet(frames.tables_frame(place, digests)),
        "postcodes.parquet": parquet(place.postcodes),
        "groupings.json": json_text(frames.groupings_list(place)),
        **{f"crosstab-{number}.parquet": parquet(one.frame) for number, one in enumerate(place.crosstabs)},
        "crosstabs.json": json_text(frames.crosstabs_list(place)),
    }


def shape_files(geographies: list[Geography]) -> Files:
    """Boundaries, and pictures of them."""
    from wholeplace.build import shapes

    files: Files = {}
    if not geographies:
        return files
    drawing = shapes.Drawing(geographies)
    view_box = pl.lit(drawing.view_box).alias("view_box")
    for geography in geographies:
        paths = shapes.svg_shapes(geography, drawing)
        files[f"shapes-{geography.id}.parquet"] = parquet(paths.with_columns(view_box))
        if geography.areas.height >= MOST_DRAWN:
            squares = shapes.mosaic(geography, drawing)
            files[f"mosaic-{geography.id}.parquet"] = parquet(squares.with_columns(view_box))
        files[f"boundaries-{geography.id}.geojson"] = functools.partial(shapes.write_geojson, geography)
    return files


def tile_files(geographies: list[Geography]) -> Files:
    """Tilesets of geographies with many areas."""
    from wholeplace.build.tiles import write_tiles

    return {f"tiles-{one.id}.mbtiles": functools.partial(write_tiles, one) for one in geographies}


def index_files(place: Place, name: str, result: Any) -> Files:
    """Everything of one index: scores, uncertainty, summaries, scores taken apart, method, people, checklist."""
    from wholeplace.measure import explain, summarise
    from wholeplace.measure.checklist import checklist, people_counted
    from wholeplace.measure.describe import describe_method, parts_list
    from wholeplace.measure.uncertainty import uncertainty_of

    uncertain = uncertainty_of(result)
    explained = explain(place, result)
    rows = {f"leaf_{number}": result.normalised[:, number] for number in range(result.normalised.shape[1])}
    computed = pl.DataFrame({"area": result.areas, "inside": result.inside, **rows})
    about = {
        "spec": result.spec.model_dump(by_alias=True, exclude_none=True),
        "parts": parts_list(place, result),
        "method_sentences": describe_method(place, result),
        "periods": sorted({leaf.period for leaf in result.leaves}),
        "cuts": result.cuts,
        "people": people_counted(place, result),
    }
    return {
        f"index-{name}-checklist.json": json_text(checklist(place, result, uncertain.frame, explained).as_dict()),
        f"index-{name}-scores.parquet": parquet(uncertain.frame),
        f"index-{name}-uncertainty.json": json_text(uncertain.about),
        f"index-{name}-rows.parquet": parquet(computed),
        f"index-{name}-explained.parquet": parquet(explained),
        f"index-{name}-summaries.parquet": parquet(summarise(place, result)),
        f"index-{name}.json": json_text(about),
        **over_time_files(place, name, result),
    }


def sentence_files(place: Place, results: dict[str, Any]) -> Files:
    """The main findings of the place in words."""
    from wholeplace.measure.sentences import main_findings

    return {"sentences.json": json_text(main_findings(place, results))}


def finding_files(findings: Sequence[Finding]) -> Files:
    """What the check said."""
    return {"findings.json": json_text([finding.as_dict() for finding in findings])}
