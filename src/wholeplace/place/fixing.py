"""Mend what can be mended without guessing, after saying what would be done; the files as they were are kept."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import shutil
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wholeplace.place.findings import Finding, Findings
from wholeplace.place.geography import Geography
from wholeplace.place.place import read_place

#: A number as people write it: thousands in commas, a currency or per cent sign, spaces.
_DRESSED = re.compile(r"[£$€]?\s*(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?)\s*%?")
_ALIKE = re.compile(r"is '([^']+)' of")


@dataclass(frozen=True)
class Fix:
    """One cell or shape to be changed. `column` is "" for a shape."""

    file: str
    row: int
    column: str
    before: str
    after: str

    def __str__(self) -> str:
        if not self.column:
            return f"{self.file}, feature {self.row}: the shape of {self.before} is made valid"
        return f"{self.file}, row {self.row}, column {self.column}: {self.before!r} becomes {self.after!r}"


def find_fixes(folder: Path) -> list[Fix]:
    """What can be mended in the CSV and GeoJSON files inside a place folder.

    Area codes that lost leading zeros, case or spaces; numbers written with thousands commas or signs; shapes that
    cross themselves. Files outside the folder are others' and are left alone.
    """
    findings = Findings()
    place = read_place(folder, findings)
    fixes = [fix for finding in findings.items if (fix := _fix_of(folder, finding)) is not None]
    geographies = place.geographies.values() if place is not None else []
    return fixes + [fix for geography in geographies for fix in _shape_fixes(folder, geography)]


def _fix_of(folder: Path, finding: Finding) -> Fix | None:
    """The fix for a cell that a finding names, if there is one that needs no guess."""
    if finding.file is None or finding.row is None or finding.column is None or finding.value is None:
        return None
    if not _ours(folder, finding.file) or not finding.file.endswith(".csv"):
        return None
    if finding.rule == "code-alike" and (right := _ALIKE.search(finding.message)):
        return Fix(finding.file, finding.row, finding.column, finding.value, right[1])
    dressed = _DRESSED.fullmatch(finding.value.strip())
    if finding.rule == "not-number" and dressed:
        return Fix(finding.file, finding.row, finding.column, finding.value, dressed[1].replace(",", ""))
    return None


def _ours(folder: Path, file: str) -> bool:
    """Whether a file lies in the place folder."""
    path = folder / file
    return not file.startswith("${") and path.is_file() and folder.resolve() in path.resolve().parents


def _shape_fixes(folder: Path, geography: Geography) -> list[Fix]:
    if geography.geometries is None or not _ours(folder, geography.file) or not geography.file.endswith("json"):
        return []
    import shapely

    invalid = {
        area
        for area, geometry in zip(geography.areas["area"], geography.geometries, strict=True)
        if geometry is not None and not shapely.is_valid(geometry)
    }
    if not invalid:
        return []
    content = json.loads((folder / geography.file).read_text(encoding="utf-8-sig"))
    fixes = []
    for number, feature in enumerate(content["features"], 1):
        codes = invalid & {str(value) for value in (feature.get("properties") or {}).values()}
        if codes and feature.get("geometry"):
            fixes.append(Fix(geography.file, number, "", min(codes), "valid"))
    return fixes


def apply_fixes(folder: Path, fixes: list[Fix]) -> Path:
    """Change the files and return the folder that keeps them as they were."""
    kept = folder / ".wholeplace" / "before-fix" / dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%fZ")
    by_file: dict[str, list[Fix]] = defaultdict(list)
    for fix in fixes:
        by_file[fix.file].append(fix)
    for file, wanted in by_file.items():
        path = folder / file
        (kept / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, kept / file)
        text = _mended_csv(path, wanted) if path.suffix == ".csv" else _mended_geojson(path, wanted)
        draft = path.with_name(path.name + ".draft")
        draft.write_text(text, encoding="utf-8", newline="")
        draft.replace(path)
    return kept


def _mended_csv(path: Path, fixes: list[Fix]) -> str:
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    for fix in fixes:
        column = rows[0].index(fix.column)
        rows[fix.row - 1][column] = fix.after
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def _mended_geojson(path: Path, fixes: list[Fix]) -> str:
    import shapely
    from shapely.geometry import mapping, shape

    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
    for fix in fixes:
        feature = content["features"][fix.row - 1]
        polygons = [part for part in shapely.get_parts(shapely.make_valid(shape(feature["geometry"])))
                    if shapely.get_type_id(part) in (3, 6)]  # fmt: skip
        feature["geometry"] = mapping(shapely.union_all(polygons))
    return json.dumps(content, ensure_ascii=False)
