"""Small place folders for tests: four areas in two wards, squares of one kilometre, known by heart."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from wholeplace.build.check import CheckReport, check_place
from wholeplace.place import Finding, Findings, Place, read_place

#: What the parts of place.toml start with: no geography, table or look-up.
PLACE_TOML = """
[place]
code = "T01"
name = "Testham"
country = "GB"
crs = "EPSG:27700"
timezone = "Europe/London"
"""
GEOGRAPHIES = """
[[geography]]
id = "area"
name = "Areas"
file = "areas/areas.geojson"
code = "code"
label = "name"
population = "residents"

[[geography]]
id = "ward"
name = "Wards"
file = "areas/wards.geojson"
code = "code"
"""
TABLE = """
[[table]]
file = "indicators/values/wide.csv"
geography = "area"
key = "code"
period = "2021"
columns = { residents = "residents", share = "no-car" }
"""
LOOKUP = """
[[lookup]]
from = "area"
to = "ward"
file = "areas/lookup.csv"
columns = { from = "code", to = "ward" }
"""
#: Residents 100, 200, 300, 400; households without a car 0.1, 0.2, 0.3, 0.4.
WIDE = "code,residents,share\nA1,100,0.1\nA2,200,0.2\nA3,300,0.3\nA4,400,0.4\n"
INDICATORS = """\
id,name,value_type,unit,polarity,source,licence
residents,Residents,count,people,none,Census,Open
no-car,No car,proportion,share,low_good,Census,Open
"""
Content = str | bytes


def square(west: float, south: float, *, size: float = 1000.0) -> list[list[list[float]]]:
    """A square as the rings of a GeoJSON polygon, in the units of west and south."""
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def geojson(
    shapes: Mapping[str, list[list[list[float]]] | None], *, crs: str | None = "urn:ogc:def:crs:EPSG::27700"
) -> str:
    """A FeatureCollection of polygons with the properties `code` and `name` (`Area A1`)."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": f"Area {code}"},
            "geometry": None if rings is None else {"type": "Polygon", "coordinates": rings},
        }
        for code, rings in shapes.items()
    ]
    content: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if crs:
        content["crs"] = {"type": "name", "properties": {"name": crs}}
    return json.dumps(content)


#: Four squares of 1 km in a row, west to east, in British National Grid; two wards of two squares each.
AREAS = {f"A{n}": square(430_000 + 1000 * (n - 1), 433_000) for n in (1, 2, 3, 4)}
WARDS = {
    f"W{n}": [[[x, 433_000], [x + 2000, 433_000], [x + 2000, 434_000], [x, 434_000], [x, 433_000]]]
    for n, x in ((1, 430_000), (2, 432_000))
}


def default_files() -> dict[str, Content]:
    """The default place, without a finding: areas A1 to A4 in wards W1 (A1, A2) and W2 (A3, A4)."""
    return {
        "place.toml": PLACE_TOML + GEOGRAPHIES + TABLE + LOOKUP,
        "areas/areas.geojson": geojson(AREAS),
        "areas/wards.geojson": geojson(WARDS),
        "areas/lookup.csv": "code,ward\nA1,W1\nA2,W1\nA3,W2\nA4,W2\n",
        "indicators/indicators.csv": INDICATORS,
        "indicators/values/wide.csv": WIDE,
    }


def write_place(folder: Path, files: Mapping[str, Content | None] | None = None) -> Path:
    """Write the default place with some files replaced or added, or left out (None); return the folder."""
    for name, content in {**default_files(), **(files or {})}.items():
        if content is None:
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def toml(*sections: str) -> str:
    """place.toml of the default [place] and geographies with other sections."""
    return PLACE_TOML + GEOGRAPHIES + "".join(sections)


def read(folder: Path, *, strict: bool = False) -> tuple[Place, Findings]:
    """Read a place with whatever it finds."""
    findings = Findings(strict=strict)
    place = read_place(folder, findings)
    assert place is not None, findings.items
    return place, findings


def check(folder: Path, *, strict: bool = False) -> CheckReport:
    """Check a place folder as the command does."""
    return check_place(folder, strict=strict)


def told(found: CheckReport | Findings | Sequence[Finding], rule: str) -> list[Finding]:
    """The findings of one rule."""
    items = found.findings if isinstance(found, CheckReport) else found.items if isinstance(found, Findings) else found
    return [finding for finding in items if finding.rule == rule]


def only(found: CheckReport | Findings | Sequence[Finding], rule: str) -> Finding:
    """The one finding of a rule."""
    known = told(found, rule)
    assert len(known) == 1, known
    return known[0]


def where(finding: Finding) -> tuple[str, str | None, int | None, str | None, str | None]:
    """Level, file, row, column and value of a finding."""
    return finding.level, finding.file, finding.row, finding.column, finding.value


def errors(found: CheckReport | Findings) -> list[str]:
    """The rules of all errors, sorted."""
    items = found.findings if isinstance(found, CheckReport) else found.items
    return sorted(finding.rule for finding in items if finding.level == "error")


def values(place: Place, indicator: str, period: str = "2021", geography: str = "area") -> dict[str, float | None]:
    """The values of a series of the place by area."""
    frame = place.series[geography, indicator, period].inside.sort("area")  # type: ignore[index]
    return dict(frame.select("area", "value").iter_rows())


def statuses(place: Place, indicator: str, period: str = "2021", geography: str = "area") -> dict[str, str]:
    """The status of each value of a series by area."""
    frame = place.series[geography, indicator, period].inside.sort("area")  # type: ignore[index]
    return dict(frame.select("area", "status").iter_rows())


def packed(text: str) -> bytes:
    """Text as gzip."""
    return gzip.compress(text.encode(), mtime=0)


def as_xlsx(text: str, *, numbers: bool = True) -> bytes:
    """A CSV text as a workbook; figures are numbers, or with `numbers` false text."""
    import xlsxwriter

    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True, "strings_to_numbers": numbers}) as book:
        sheet = book.add_worksheet("values")
        for number, line in enumerate(text.splitlines()):
            sheet.write_row(number, 0, line.split(","))
    return written.getvalue()


def as_parquet(text: str, **kinds: Any) -> bytes:
    """A CSV text as Parquet; columns are text but for those named in `kinds`."""
    frame = pl.read_csv(io.StringIO(text), infer_schema=False).cast(kinds)
    written = io.BytesIO()
    frame.write_parquet(written)
    return written.getvalue()


def changed(change: Callable[[str], str], text: str = WIDE) -> str:
    """A text after a change that must have changed something, so that a test cannot pass by a slip."""
    new = change(text)
    assert new != text
    return new
