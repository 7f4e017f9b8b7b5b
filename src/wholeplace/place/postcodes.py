"""Postcodes, by which people find their neighbourhood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from wholeplace.place.config import PostcodeSection, resolve
from wholeplace.place.findings import Findings
from wholeplace.place.geography import Geography
from wholeplace.place.tables import as_number, as_text, read_table

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
        geography = geographies.get(section.geography)
        if geography is None:
            message = f"[[postcode]] names a geography that is not there: {section.geography!r}"
            findings.error("unknown-geography", message, file="place.toml", value=section.geography)
            continue
        frame = _read(folder, section, findings)
        if frame is not None:
            frames.append(frame.filter(pl.col("area").is_in(list(geography.codes))))
    return pl.concat(frames)


def _read(folder: Path, section: PostcodeSection, findings: Findings) -> pl.DataFrame | None:
    columns = section.columns
    path = resolve(folder, section.file, findings)
    wanted = [name for name in (columns.postcode, columns.area, columns.lat, columns.lon) if name]
    table = path and read_table(path, findings, file=section.file, columns=wanted, sheet=section.sheet)
    if not table:
        return None
    text = as_text(table.frame[columns.postcode]).str.to_uppercase().str.strip_chars()
    unknown = pl.repeat(None, len(text), dtype=pl.Float64, eager=True)
    named = (("lat", columns.lat), ("lon", columns.lon))
    number = {name: as_number(table.frame[column]) if column else unknown for name, column in named}
    frame = pl.DataFrame(
        {
            "postcode": text,
            "postcode_key": text.str.replace_all(r"\s", ""),
            "geography": pl.repeat(section.geography, len(text), eager=True),
            "area": as_text(table.frame[columns.area]),
            **number,
        }
    )
    twice = frame.with_row_index("row", 2).filter(pl.col("postcode_key").is_duplicated()).sort("postcode_key", "row")
    second = twice.filter(~pl.col("postcode_key").is_first_distinct())
    cells = second.select("row", "postcode").iter_rows()
    findings.cells("error", "key-twice", "the postcode is there twice; keep one", cells,
                   total=second.height, file=section.file, column=columns.postcode)  # fmt: skip
    return frame
