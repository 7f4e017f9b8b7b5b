"""A place in memory: its folder read, checked and ready for the engines."""

from __future__ import annotations

import datetime as dt
import gc
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from wholeplace.place.area_weighting import read_area_lookup
from wholeplace.place.config import (
    PlaceFile,
    PlaceSection,
    TableSection,
    read_toml,
    validate_place,
)
from wholeplace.place.crosstabs import Crosstab, CrosstabContext, read_crosstabs
from wholeplace.place.disclosure_settings import check_disclosure
from wholeplace.place.findings import Finding, Findings
from wholeplace.place.geography import PLACE, Geography, from_keys, read_geographies
from wholeplace.place.groupings import Grouping, read_groupings
from wholeplace.place.indicators import FILE as INDICATORS
from wholeplace.place.indicators import Indicator, read_indicators
from wholeplace.place.lookup_ends import LookupEnds
from wholeplace.place.lookups import Lookup, Routes, open_lookup, read_lookup
from wholeplace.place.missing_periods import check_periods
from wholeplace.place.named_tables import Tables
from wholeplace.place.postcodes import read_postcodes
from wholeplace.place.registers import Register, RegisterSource, check_registers
from wholeplace.place.series import Series, SeriesKey, SeriesReader
from wholeplace.place.settings import check_settings


@dataclass(frozen=True)
class Place:
    """Everything a place folder holds, checked.

    `series` holds values as published, keyed by geography, indicator and period, in the order of place.toml;
    `postcodes` has postcode, postcode_key, area, geography, lat, lon. `rows_outside` counts, by file, rows of areas
    that are not of this place. `findings` holds what the check said, errors included when it was opened with them;
    `unread` then names the files (and look-ups, as `[[lookup]] 1`) that could not be used: what they hold is not there.
    `settled` holds values of geographies as they are to be told (columns of `measure.moving.SCHEMA`), whatever a series
    or a look-up would give: sums that disclosure control holds back or rounds.
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
    registers: Mapping[str, Register] = field(default_factory=dict)
    groupings: Mapping[str, Grouping] = field(default_factory=dict)
    crosstabs: tuple[Crosstab, ...] = ()
    unread: frozenset[str] = frozenset()
    settled: Mapping[SeriesKey, pl.DataFrame] = field(default_factory=dict, repr=False)
    findings: tuple[Finding, ...] = field(default=(), repr=False)

    @cached_property
    def routes(self) -> Routes:
        """The ways between geographies."""
        return Routes(self.geographies, list(self.lookups), self.settings.code)

    def area_name(self, geography: str, area: str) -> str:
        if geography == PLACE:
            return self.settings.name
        rows = self.geographies[geography].areas.filter(pl.col("area") == area)
        name = str(rows["name"][0]) if rows.height else area
        return self.settings.name if name == area == self.settings.code else name


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


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from walking what is being read: little of it is thrown away, and nothing in a ring.

    A fifth of the time of reading 33,000 areas, whose boundaries are millions of small lists for a moment.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


@_uncollected()
def read_place(
    folder: Path, findings: Findings, *, today: dt.date | None = None, registers: RegisterSource | None = None
) -> Place | None:
    """Read a place folder as far as it can be read, adding every finding; None when place.toml itself is unusable.

    What depends on a file that cannot be used is left out in silence: that file is told of already. Registers are read
    from the source that is given, and not at all without one.
    """
    content = read_toml(folder / "place.toml", findings)
    sections = None if content is None else validate_place(content, findings)
    if content is None or sections is None:
        return None
    check_settings(sections, findings)
    _check_names(content, sections, findings)
    indicators = read_indicators(
        folder, findings, today=today or dt.datetime.now(dt.UTC).date(), needed=bool(sections.table or sections.values)
    )
    check_disclosure(sections, indicators, findings)
    unread = {INDICATORS} if indicators is None else set()
    tables = Tables(folder, sections, findings)
    ends = LookupEnds(folder, sections.lookup)
    geographies = read_geographies(folder, sections.geography, tables.keys(), ends, findings)
    indicators = indicators or {}
    reader, unplaced = (SeriesReader(indicators, geographies, findings, told_all=bool(unread)) for _ in range(2))
    unread |= _read_series(tables, geographies, reader, unplaced)
    check_periods(reader.series, indicators, findings)
    lookups = _read_lookups(folder, sections, geographies, reader.series, findings)
    unread |= tables.unread | {one.file for one in sections.geography if one.id not in geographies}
    unread |= {f"[[lookup]] {number}" for number, lookup in enumerate(lookups, 1) if lookup is None}
    groupings = read_groupings(sections.grouping, None if unread & {INDICATORS} else indicators, findings)
    crosstabs, outside = read_crosstabs(
        folder, sections.crosstab, CrosstabContext(geographies, groupings, reader.series), findings
    )
    place = Place(
        folder=folder,
        settings=sections.place,
        geographies=geographies,
        lookups=tuple(lookup for lookup in lookups if lookup is not None),
        indicators=indicators,
        series=reader.series,
        postcodes=read_postcodes(folder, sections.postcode, geographies, findings),
        rows_outside={**reader.rows_outside, **outside},
        sections=sections,
        registers=_read_registers(registers, findings),
        groupings=groupings,
        crosstabs=crosstabs,
        unread=frozenset(unread),
    )
    place.routes.check(findings)
    _check_references(place, findings)
    object.__setattr__(place, "findings", tuple(findings.items))
    return place


def _read_registers(source: RegisterSource | None, findings: Findings) -> Mapping[str, Register]:
    registers = source.read(findings) if source is not None else {}
    check_registers(registers, findings)
    return registers


def _read_series(
    tables: Tables, geographies: Mapping[str, Geography], reader: SeriesReader, unplaced: SeriesReader
) -> set[str]:
    """Give every table to a reader, and return the files of which nothing can be made.

    One whose geography cannot be used goes to `unplaced`: its cells are checked all the same, and not kept.
    """
    keys, unread = tables.keys(), set()
    for name, section, table in tables.read:
        placed = geographies.get(section.geography)
        geography = placed or from_keys(section.geography, "", keys[section.geography])
        series = reader if placed else unplaced
        if isinstance(section, TableSection):
            taken = series.add_wide(section, name, table, geography)
        else:
            taken = series.add_long(section, name, table, geography)
        if not (placed and taken):
            unread.add(section.file)
    return unread


def _read_lookups(
    folder: Path,
    sections: PlaceFile,
    geographies: Mapping[str, Geography],
    series: Mapping[SeriesKey, Series],
    findings: Findings,
) -> list[Lookup | None]:
    lookups: list[Lookup | None] = []
    for section in sections.lookup:
        source, target = geographies.get(section.from_), geographies.get(section.to)
        if source is None or target is None:
            if section.by != "area":
                open_lookup(folder, section, findings)  # it may have faults of its own
            lookups.append(None)
        elif section.by == "area":
            lookups.append(read_area_lookup(section, source, target, sections.place.crs, findings))
        else:
            lookups.append(read_lookup(folder, section, source, target, series, findings))
    return lookups


def _check_names(content: Mapping[str, Any], sections: PlaceFile, findings: Findings) -> None:
    """Check that every geography a section names is there, and that no way between two is given twice."""
    given = content.get("geography")
    ids = [item.get("id") for item in given if isinstance(item, dict)] if isinstance(given, list) else []
    known = {one for one in ids if isinstance(one, str)}
    listed = ", ".join(sorted(known)) or "none"
    named = [(f"[[table]] {n}", "table.geography", one.geography) for n, one in enumerate(sections.table, 1)]
    named += [(f"[[values]] {n}", "values.geography", one.geography) for n, one in enumerate(sections.values, 1)]
    named += [(f"[[postcode]] {n}", "postcode.geography", one.geography) for n, one in enumerate(sections.postcode, 1)]
    named += [(f"[[crosstab]] {n}", "crosstab.geography", one.geography) for n, one in enumerate(sections.crosstab, 1)]
    for number, lookup in enumerate(sections.lookup, 1):
        named += [(f"[[lookup]] {number}", f"lookup.{end}", one)
                  for end, one in (("from", lookup.from_), ("to", lookup.to))]  # fmt: skip
    for name, column, geography in named:
        if geography not in known:
            message = f"{name} names a geography that is not there: {geography!r}; there are: {listed}"
            findings.error("unknown-geography", message, file="place.toml", column=column, value=geography)
    ways = Counter((lookup.from_, lookup.to) for lookup in sections.lookup)
    for (start, end), count in ways.items():
        if count > 1 or start == end:
            fault = f"is given {count} times; keep one" if count > 1 else "leads nowhere; name two geographies"
            message = f"the look-up from {start} to {end} {fault}"
            findings.error("lookup-twice", message, file="place.toml", column="lookup", value=f"{start} to {end}")


def _check_references(place: Place, findings: Findings) -> None:
    """Check that population indicators and geographies of users exist, and that each indicator has values somewhere."""
    for geography in place.geographies.values():
        known = geography.population in place.indicators or INDICATORS in place.unread
        if geography.population and not known:
            message = (
                f"the population of {geography.id} is to be {geography.population!r}, which is not in indicators.csv"
            )
            findings.error("unknown-indicator", message, file="place.toml",
                           column=f"geography.{geography.id}.population", value=geography.population)  # fmt: skip
    held = {key.indicator for key in place.series}
    for indicator in place.indicators:
        if indicator not in held and not place.unread:
            message = f"{indicator} has no values in any table"
            findings.notice("no-values", message, file=INDICATORS, column="id", value=indicator)
    users = place.registers.get("service_users")
    if users is not None:
        declared = {PLACE, *(section.id for section in place.sections.geography)}
        cells = pl.DataFrame({"row": users.rows, "text": users.column("geography").str.strip_chars()})
        unknown = cells.filter((pl.col("text") != "") & ~pl.col("text").is_in(list(declared)))
        message = f"is no geography of place.toml; there are: {', '.join(place.geographies) or 'none'}"
        findings.cells("warning", "unknown-geography", message, unknown.rows(), total=unknown.height,
                       file=users.file, column="geography")  # fmt: skip
