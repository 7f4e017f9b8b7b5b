"""Build what pages show from a place that may be published: the same files as any build, without what tells more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from wholeplace.build import artefacts
from wholeplace.build.files import Files
from wholeplace.build.folder import BuildFolder
from wholeplace.build.shapes import is_drawn
from wholeplace.measure import IndexResult, build_index, index_files
from wholeplace.measure.index_spec import load_index
from wholeplace.measure.uncertainty import DRAWS, wait_for
from wholeplace.place import Findings, FindingsError, Place

#: The key of files that are written once and thrown away.
_KEY = "0" * 12


def build_indices(place: Place) -> tuple[dict[str, IndexResult], dict[str, str]]:
    """The indices of a protected place, and why others cannot be worked out from what may be published."""
    built: dict[str, IndexResult] = {}
    left_out: dict[str, str] = {}
    for name, path in index_files(place.folder).items():
        findings = Findings()
        spec = load_index(path, findings, name=f"indices/{path.name}")
        assert spec is not None  # the place has been checked before it was protected
        try:
            result = build_index(place, spec)
            if result.frame["score"].null_count() < result.frame.height:
                built[name] = result
            else:
                left_out[f"the index {name}"] = "no area has every figure that it needs"
        except FindingsError as error:
            first = next(one for one in error.findings if one.level == "error")
            left_out[f"the index {name}"] = f"it cannot be worked out from what is published: {first.message}"
    return built, left_out


def write_build(place: Place, indices: dict[str, IndexResult], path: Path, about: dict[str, object]) -> None:
    """Write a build of a protected place.

    It has no registers, scenarios, postcodes or findings, and no digests of source files: a digest of a table in which
    one figure is unknown would tell that figure to whoever tries all it can be. `about` is what is said of publishing.
    """
    from wholeplace.compiling import compiling_ahead

    folder = BuildFolder(path)
    drawn = [one for one in place.geographies.values() if is_drawn(one)]
    steps: dict[str, Files] = {"place": artefacts.place_files(place, {}), "shapes": artefacts.shape_files(drawn)}
    if indices:
        with compiling_ahead(DRAWS) as draws:
            if draws is not None:
                wait_for(draws)
    steps |= {f"index-{name}": artefacts.index_files(place, name, result) for name, result in indices.items()}
    written = {step: _written(folder, files) for step, files in steps.items()}
    ranged = {}
    for name, result in indices.items():  # with the ranges of ranks, which sentences tell
        scores = written[f"index-{name}"][f"index-{name}-scores.parquet"]
        ranged[name] = replace(result, frame=pl.read_parquet(path / scores))
    written["sentences"] = _written(folder, artefacts.sentence_files(place, ranged))
    written["findings"] = _written(folder, artefacts.finding_files(()))
    settings = place.settings.model_dump(include=set(type(place.settings).model_fields))
    recorded = {step: {"key": _KEY, "files": files} for step, files in written.items()}
    folder.commit({"place": settings, "inputs": {}, "steps": recorded, "indices": list(indices), "scenarios": [],
                   "published": about})  # fmt: skip


def _written(folder: BuildFolder, files: Files) -> dict[str, str]:
    """Write files and return the names that they got."""
    return {name: folder.write(name, _KEY, put) for name, put in files.items()}
