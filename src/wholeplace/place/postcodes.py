"""Postcodes, by which people find their neighbourhood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from wholeplace.place.area_codes import AreaCodes, check_twice
from wholeplace.place.cells import Cells
from wholeplace.place.config import PostcodeSection, resolve
from wholeplace.place.findings import Findings
from wholeplace.place.geography import Geography
from wholeplace.place.tables import Table, read_table

SCHEMA = {
    "postcode": pl.String,
    "postcode_key": pl.String,
    "geography": pl.String,
    "area": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
}


def postcode_key(text: str) -> str:
    """A postcode as it is looked up: capitals, no spaces."""
    return "".join(text.split()).upper()


def read_postcodes(
    folder: Path, sections: Sequence[PostcodeSection], geographies: Mapping[str, Geography], findings: Findings
) -> pl.DataFrame:
    """Read every [[postcode]] section into one frame of SCHEMA, for the areas of the place."""
    frames = [pl.DataFrame(schema=SCHEMA)]
    for section in sections:
        table, geography = _open(folder, section, findings), geographies.get(section.geography)
        if table is not None and geography is not None:
            frames.append(_rows(section, table, geography, findings))
    return pl.concat(frames)


def _open(folder: Path, section: PostcodeSection, findings: Findings) -> Table | None:
    columns = section.columns
    path = resolve(folder, section.file, findings)
    wanted = [name for name in (columns.postcode, columns.area, columns.lat, columns.lon) if name]
    return read_table(path, findings, file=section.file, columns=wanted, sheet=section.sheet) if path else None


def _rows(section: PostcodeSection, table: Table, geography: Geography, findings: Findings) -> pl.DataFrame:
    columns = section.columns
    text = table.text(columns.postcode).str.to_uppercase().str.strip_chars().str.replace_all(r"\s+", " ")
    frame = pl.DataFrame(
        {
            "postcode": text,
            "postcode_key": text.str.replace_all(r"\s", ""),
            "geography": pl.repeat(section.geography, len(text), eager=True),
            "area": table.text(columns.area),
            "lat": _degrees(section, table, columns.lat, 90.0, findings),
            "lon": _degrees(section, table, columns.lon, 180.0, findings),
            "row": table.rows,
        }
    )
    check_twice(frame, ["postcode_key"], findings, file=section.file, column=columns.postcode, what="postcode")
    codes = AreaCodes(section.file, columns.area, frame["area"], frame["row"])
    alike = codes.check_alike(geography, findings)
    inside = frame.filter(pl.col("area").is_in(geography.code_list))
    if frame.height and not inside.height and not alike:
        message = f"none of its area codes is an area of {geography.id}; no postcode of it can be found"
        findings.error("no-join", message, file=section.file, row=frame["row"][0], column=columns.area,
                       value=frame["area"][0])  # fmt: skip
    return inside.select(list(SCHEMA))


def _degrees(section: PostcodeSection, table: Table, column: str, most: float, findings: Findings) -> pl.Series:
    """A column of latitudes or longitudes; blank is not known, text is an error, off the globe a warning."""
    if not column:
        return pl.repeat(None, table.frame.height, dtype=pl.Float64, eager=True)
    number, _ = Cells(table, section.file, [], findings).numbers(column, blank="O")
    off = number.abs() > most
    if off.any():
        cells = zip(table.rows.filter(off), table.text(column).filter(off), strict=True)
        message = f"is no number of degrees from -{most:g} to {most:g}; it is not used"
        findings.cells("warning", "degrees", message, cells, total=int(off.sum()), file=section.file, column=column)
    return number.set(off, None)
