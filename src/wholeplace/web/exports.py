"""Write a table as CSV, JSON, XLSX or GeoJSON."""

from __future__ import annotations

import io
import json
from typing import Any

import polars as pl

from wholeplace.place.registers.spreadsheet_text import shielded
from wholeplace.web.site import Site
from wholeplace.web.still import is_still
from wholeplace.web.table import Table

FORMATS = {
    "csv": ("CSV", "text/csv; charset=utf-8"),
    "json": ("JSON", "application/json"),
    "xlsx": ("Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "geojson": ("GeoJSON", "application/geo+json"),
}


def formats_of(site: Site, table: Table) -> list[tuple[str, str]]:
    """The formats that a table can be had in: (ending, words); GeoJSON only where its areas have boundaries.

    Pages that stand still have their tables as CSV; GeoJSON lies with the data.
    """
    if is_still():
        return [("csv", "CSV")]
    drawn = bool(table.geography) and site.build.boundaries(table.geography) is not None
    return [(ending, words) for ending, (words, _) in FORMATS.items() if ending != "geojson" or drawn]


def write(site: Site, table: Table, frame: pl.DataFrame, ending: str) -> bytes:
    """The rows of `frame`, which come from `table`, in one format."""
    frame = frame.select(name for name in frame.columns if not name.startswith("_"))
    if ending == "csv":
        return write_csv(frame)
    about = {
        "title": table.caption,
        "place": site.name,
        "source": table.source,
        "built": site.build.built,
        **table.meta,
    }
    if ending == "json":
        return _json({**about, "rows": frame.to_dicts()})
    if ending == "xlsx":
        return write_xlsx(frame, about)
    return _geojson(site, table, frame, about)


def write_csv(frame: pl.DataFrame) -> bytes:
    """CSV in UTF-8, in which no cell is run by a spreadsheet."""
    safe = [shielded(pl.col(name)).alias(name) for name, kind in frame.schema.items() if kind == pl.String]
    return frame.with_columns(safe).write_csv().encode("utf-8")


def write_xlsx(frame: pl.DataFrame, about: dict[str, str]) -> bytes:
    """A workbook of two sheets: the table, and where it comes from. Texts are written as texts, never as formulas."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet("table")
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(frame.columns):
        sheet.write_string(0, column, name, bold)
        sheet.set_column(column, column, min(40, max(12, len(name) + 2)))
    for number, row in enumerate(frame.iter_rows(), start=1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            elif value is not None:
                sheet.write_number(number, column, value)
    notes = book.add_worksheet("about")
    notes.set_column(0, 1, 30)
    for number, (name, words) in enumerate(about.items()):
        notes.write_string(number, 0, name, bold)
        notes.write_string(number, 1, words)
    book.close()
    return out.getvalue()


def _geojson(site: Site, table: Table, frame: pl.DataFrame, about: dict[str, str]) -> bytes:
    path = site.build.boundaries(table.geography)
    assert path is not None  # formats_of offers GeoJSON only then
    shapes = {one["properties"]["area"]: one["geometry"] for one in json.loads(path.read_text("utf-8"))["features"]}
    features = [
        {"type": "Feature", "id": row["area"], "properties": row, "geometry": shapes.get(row["area"])}
        for row in frame.iter_rows(named=True)
    ]
    return _json({"type": "FeatureCollection", **about, "features": features})


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
