"""A place in memory: its folder read, checked and ready for the engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl

from wholeplace.place.config import (
    PlaceFile,
    PlaceSection,
    TableSection,
    ValuesSection,
    read_toml,
    resolve,
    validate_toml,
)
from wholeplace.place.findings import Finding, Findings
from wholeplace.place.geography import PLACE, Geography, plain_code, read_geographies
from wholeplace.place.indicators import Indicator, is_id, read_indicators
from wholeplace.place.lookups import Lookup, Routes, read_lookup
from wholeplace.place.postcodes import read_postcodes
from wholeplace.place.series import Series, SeriesKey, SeriesReader, expand_range
from wholeplace.place.tables import Table, as_text, read_table


@dataclass(frozen=True)
class Place:
    """Everything a place folder holds, checked.

    `series` holds values as published, keyed by geography, indicator and period, in the order of place.toml;
    `postcodes` has postcode, postcode_key, area, geography, lat, lon. `rows_outside` counts, by file, rows of areas
    that are not of this place. `findings` holds what the check said, errors included when it was opened with them.
    """

    folder: Path
    settings: PlaceSection
    geographies: Mapping[str, Geography]
    lookups: tuple[Lookup, ...]
    indicators: Mapping[str, Indicator]
    series: Mapping[SeriesKey, Series]
    postcodes: pl.DataFrame
    rows_outside: Mapping[str, int]
    sections: PlaceFile
    findings: tuple[Finding, ...] = field(default=(), repr=False)

    @cached_property
    def routes(self) -> Routes:
        """The ways between geographies."""
        return Routes(self.geographies, list(self.lookups), self.settings.code)

    def area_name(self, geography: str, area: str) -> str:
        if geography == PLACE:
            return self.settings.name
        rows = self.geographies[geography].areas.filter(pl.col("area") == area)
        return str(rows["name"][0]) if rows.height else area


def open_place(folder: str | Path, *, strict: bool = False) -> Place:
    """Read a place folder, check it, and return it.

    Raises
    ------
    FindingsError
        When the check finds an error (with `strict`, also a warning); the error lists every finding.
    """
    findings = Findings(strict=strict)
    place = read_place(Path(folder), findings)
    findings.raise_errors(f"the place in {folder}")
    assert place is not None  # without a place there is an error
    return place


def read_place(folder: Path, findings: Findings, *, today: dt.date | None = None) -> Place | None:
    """Read a place folder as far as it can be read, adding every finding; None when place.toml itself is unusable."""
    content = read_toml(folder / "place.toml", findings)
    sections = None if content is None else validate_toml(PlaceFile, content, findings, file="place.toml")
    if sections is None:
        return None
    _check_settings(sections, findings)
    indicators = read_indicators(folder, findings, today=today or dt.datetime.now(dt.UTC).date())
    tables = _Tables(folder, sections, findings)
    geographies = read_geographies(folder, sections.geography, tables.keys(), findings)
    reader = SeriesReader(indicators, findings)
    for name, section, table in tables.read:
        geography = geographies.get(section.geography)
        if geography is None:
            if not any(known.id == section.geography for known in sections.geography):
                message = f"{name} names a geography that is not there: {section.geography!r}"
                findings.error("unknown-geography", message, file="place.toml", value=section.geography)
            continue
        if not tables.check_keys(section, table, geography, geographies):
            continue
        if isinstance(section, TableSection):
            reader.add_wide(section, name, table, geography.codes)
        else:
            reader.add_long(section, name, table, geography.codes)
    for name, count in reader.left_out.items():
        if count:
            findings.notice("left-out", f"{count:,} rows have no indicator named for them and are left out", file=name)
    lookups = [read_lookup(folder, section, geographies, reader.series, findings) for section in sections.lookup]
    place = Place(
        folder=folder,
        settings=sections.place,
        geographies=geographies,
        lookups=tuple(lookup for lookup in lookups if lookup is not None),
        indicators=indicators,
        series=reader.series,
        postcodes=read_postcodes(folder, sections.postcode, geographies, findings),
        rows_outside={file: int(rows.sum()) for file, rows in reader.rows_outside.items()},
        sections=sections,
        findings=(),
    )
    place.routes.check(findings)
    _check_references(place, findings)
    object.__setattr__(place, "findings", tuple(findings.items))
    return place


def _check_settings(sections: PlaceFile, findings: Findings) -> None:
    import zoneinfo

    for geography in sections.geography:
        if not is_id(geography.id):
            message = "an id is made of lower-case letters, digits and hyphens"
            findings.warning("id-form", message, file="place.toml", column="geography.id", value=geography.id)
    try:
        zoneinfo.ZoneInfo(sections.place.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        message = "is no time zone; write one like Europe/London"
        findings.error("timezone", message, file="place.toml", column="place.timezone", value=sections.place.timezone)
    if sections.place.crs:
        import pyproj

        try:
            projected = pyproj.CRS.from_user_input(sections.place.crs).is_projected
        except pyproj.exceptions.CRSError:
            message = "is no coordinate system; write one like EPSG:27700"
            findings.error("crs", message, file="place.toml", column="place.crs", value=sections.place.crs)
        else:
            if not projected:
                message = "measures in degrees; lengths and areas need a projected system, in Britain EPSG:27700"
                findings.warning("crs", message, file="place.toml", column="place.crs", value=sections.place.crs)


def _check_references(place: Place, findings: Findings) -> None:
    """Check that population indicators exist, and that each indicator has values somewhere."""
    for geography in place.geographies.values():
        if geography.population and geography.population not in place.indicators:
            message = (
                f"the population of {geography.id} is to be {geography.population!r}, which is not in indicators.csv"
            )
            findings.error("unknown-indicator", message, file="place.toml", value=geography.population)
    held = {key.indicator for key in place.series}
    for indicator in place.indicators:
        if indicator not in held:
            message = f"{indicator} has no values in any table"
            findings.notice("no-values", message, file="indicators/indicators.csv", value=indicator)


class _Tables:
    """Reads each file that place.toml names once, and knows which columns every section needs."""

    def __init__(self, folder: Path, sections: PlaceFile, findings: Findings) -> None:
        self._folder, self._findings = folder, findings
        self._files: dict[tuple[str, str], Table | None] = {}
        self._sections = {geography.id: geography for geography in sections.geography}
        self.read: list[tuple[str, TableSection | ValuesSection, Table]] = []
        named: list[tuple[str, TableSection | ValuesSection]] = [
            (f"[[table]] {number}", table) for number, table in enumerate(sections.table, 1)
        ]
        named += [(f"[[values]] {number}", values) for number, values in enumerate(sections.values, 1)]
        for name, section in named:
            table = self._open(section)
            if table is not None and self._has_columns(section, table):
                self.read.append((name, section, table))

    def _open(self, section: TableSection | ValuesSection) -> Table | None:
        key = (section.file, section.sheet)
        if key not in self._files:
            path = resolve(self._folder, section.file, self._findings)
            found = path and read_table(path, self._findings, file=section.file, sheet=section.sheet)
            self._files[key] = found or None
        return self._files[key]

    def _has_columns(self, section: TableSection | ValuesSection, table: Table) -> bool:
        absent = table.missing(_wanted_columns(section, table))
        listed = ", ".join(table.header[:12]) + (f" … ({len(table.header)} in all)" if len(table.header) > 12 else "")
        for column in absent:
            message = f"has no column {column!r}, which place.toml names; its columns are: {listed}"
            self._findings.error("no-column", message, file=section.file, column=column)
        return not absent

    def keys(self) -> dict[str, pl.DataFrame]:
        """The area codes and names that the tables of each geography hold."""
        found: dict[str, list[pl.DataFrame]] = {}
        for _, section, table in self.read:
            column = section.key if isinstance(section, TableSection) else section.columns.area
            rows = table.frame
            if isinstance(section, ValuesSection):
                for name, allowed in section.where.items():
                    rows = rows.filter(as_text(rows[name]).is_in([allowed] if isinstance(allowed, str) else allowed))
            geography = self._sections.get(section.geography)
            label = geography.label if geography and geography.label in table.header else column
            frame = pl.DataFrame({"area": as_text(rows[column]), "name": as_text(rows[label])})
            found.setdefault(section.geography, []).append(frame.filter(pl.col("area") != ""))
        return {geography: pl.concat(frames) for geography, frames in found.items()}

    def check_keys(
        self,
        section: TableSection | ValuesSection,
        table: Table,
        geography: Geography,
        geographies: Mapping[str, Geography],
    ) -> bool:
        """Check the area codes of a table against its geography; False when none of them joins."""
        column = section.key if isinstance(section, TableSection) else section.columns.area
        keys = as_text(table.frame[column]).unique()
        inside = keys.is_in(list(geography.codes))
        if not inside.any() and len(keys):
            message = (
                f"none of its {len(keys):,} area codes is an area of {geography.id}; is it another vintage or place? "
                f"It has {keys.sort()[0]!r}, {geography.id} has {min(geography.codes, default='no areas')!r}"
            )
            self._findings.error("no-join", message, file=section.file, column=column)
            return False
        outside = pl.DataFrame({"area": keys.filter(~inside)})
        self._check_alike(section, column, table, outside, geography)
        self._check_vintage(section, column, outside, geography, geographies)
        absent = len(geography.codes) - int(inside.sum())
        if absent:
            listed = ", ".join(sorted(geography.codes - set(keys.filter(inside)))[:5])
            message = (
                f"{absent} of {len(geography.codes)} areas of {geography.id} have no row and are missing: {listed}"
            )
            self._findings.notice("no-row", message + (" …" if absent > 5 else ""), file=section.file, column=column)
        return True

    def _check_alike(
        self,
        section: TableSection | ValuesSection,
        column: str,
        table: Table,
        outside: pl.DataFrame,
        geography: Geography,
    ) -> None:
        alike = (
            outside.with_columns(plain_code(pl.col("area")).alias("plain"))
            .join(
                geography.areas.select(pl.col("area").alias("right"), plain_code(pl.col("area")).alias("plain")),
                on="plain",
            )
            .sort("area")
        )
        keys = as_text(table.frame[column])
        for code, right in alike.select("area", "right").head(100).iter_rows():
            row = int((keys == code).arg_true()[0]) + 2
            message = (
                f"{code!r} is {right!r} of {geography.id} but for leading zeros, case or spaces; write it as there"
            )
            self._findings.error("code-alike", message, file=section.file, row=row, column=column, value=code)
        if alike.height > 100:
            message = f"… and {alike.height - 100:,} more codes differ only by leading zeros, case or spaces"
            self._findings.error("code-alike", message, file=section.file, column=column)

    def _check_vintage(
        self,
        section: TableSection | ValuesSection,
        column: str,
        outside: pl.DataFrame,
        geography: Geography,
        geographies: Mapping[str, Geography],
    ) -> None:
        for other in geographies.values():
            strays = set(outside["area"]) & other.codes if other.id != geography.id else set()
            if strays:
                message = (
                    f"{len(strays)} of its codes are areas of {other.id}, not of {geography.id}: "
                    f"{', '.join(sorted(strays)[:5])}; are two vintages mixed?"
                )
                self._findings.warning("mixed-vintages", message, file=section.file, column=column, value=min(strays))


def _wanted_columns(section: TableSection | ValuesSection, table: Table) -> list[str]:
    if isinstance(section, TableSection):
        wanted = [section.key, *section.columns, *section.scale, *section.blanks]
        for columns in section.sum.values():
            wanted += expand_range(columns, table.header)
        return wanted
    names = section.columns
    long = [names.area, names.indicator, names.period, names.value, names.count, names.denominator]
    long += [names.lower95, names.upper95, names.status, section.names.get("column", ""), *section.where]
    return [column for column in long if column]
