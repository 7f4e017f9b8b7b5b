"""Write the files of the demo place: the same contents give the same bytes, whenever and wherever they are written."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
Texts = NDArray[np.str_]
Floats = NDArray[np.float64]

_FIXED_DATE = dt.datetime(2025, 1, 1)  # noqa: DTZ001 - a workbook's date has no zone


def write_csv(path: Path, frame: pl.DataFrame) -> None:
    """Write a CSV, packed if its name ends `.gz`."""
    text = io.BytesIO()
    frame.write_csv(text)
    content = text.getvalue()
    if path.suffix == ".gz":
        packed = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=6, mtime=0) as archive:
            archive.write(content)
        content = packed.getvalue()
    path.write_bytes(content)


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    """Write a Parquet file in one thread and rows of one group size."""
    import pyarrow.parquet

    pyarrow.parquet.write_table(frame.to_arrow(), path, row_group_size=65_536, compression="zstd")


def write_xlsx(path: Path, frame: pl.DataFrame, *, sheet: str) -> None:
    """Write a workbook of one sheet, its date of making fixed."""
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": sheet, "author": "Wholeplace demo (invented)", "created": _FIXED_DATE})
        page = book.add_worksheet(sheet)
        page.write_row(0, 0, frame.columns)
        for number, name in enumerate(frame.columns):
            page.write_column(1, number, frame[name].to_list())


def write_geojson(path: Path, shapes: Shapes, properties: Mapping[str, Texts | Floats]) -> None:
    """Write polygons or lines in WGS 84 degrees, one feature a line."""
    import shapely

    outlines = shapely.to_geojson(shapely.orient_polygons(shapes))
    names = list(properties)
    rows = zip(*(properties[name].tolist() for name in names), strict=True)
    features = [
        f'{{"type":"Feature","properties":{json.dumps(dict(zip(names, row, strict=True)))},"geometry":{outline}}}'
        for row, outline in zip(rows, outlines.tolist(), strict=True)
    ]
    head = f'{{"type":"FeatureCollection","name":"{path.stem}","features":[\n'
    path.write_bytes((head + ",\n".join(features) + "\n]}\n").encode())


def write_geopackage(path: Path, shapes: Shapes, properties: dict[str, Texts], *, layer: str, crs: str) -> None:
    """Write polygons in `crs` as one layer of a GeoPackage, its date of change fixed."""
    import pyogrio
    import shapely

    path.unlink(missing_ok=True)
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2025-01-01T00:00:00.000Z"})
    try:
        pyogrio.raw.write(
            os.fspath(path),
            shapely.to_wkb(shapes),
            [values.astype(object) for values in properties.values()],
            list(properties),
            layer=layer,
            driver="GPKG",
            geometry_type="Polygon",
            crs=crs,
        )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
