"""Geographies: the sets of areas a place is divided into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from wholeplace.place.boundaries import Geometries, check_geometries, read_boundaries
from wholeplace.place.config import GeographySection, resolve
from wholeplace.place.findings import Findings
from wholeplace.place.lookup_ends import LookupEnds

#: The place itself is an area of a geography of its own, to which every area belongs.
PLACE = "place"


@dataclass(frozen=True)
class Geography:
    """One set of areas, e.g. wards.

    `areas` has `area` (code) and `name`, in code order; `geometries`, when there are boundaries, is in the same order,
    in WGS 84, None for an area without one. `population` names an indicator, or is "".
    """

    id: str
    name: str
    areas: pl.DataFrame
    geometries: Geometries | None = None
    population: str = ""
    file: str = ""

    @cached_property
    def codes(self) -> frozenset[str]:
        return frozenset(self.areas["area"])

    @cached_property
    def code_list(self) -> pl.Series:
        """The codes as one list, as polars' `is_in` takes it."""
        return self.areas["area"].implode()


def read_geographies(
    folder: Path,
    sections: Sequence[GeographySection],
    keys: Mapping[str, pl.DataFrame],
    ends: LookupEnds,
    findings: Findings,
) -> dict[str, Geography]:
    """Read every geography; one without a file has the areas that are keys (`area`, `name`) of its tables.

    One that no table names has the areas that look-ups lead to, in two steps at most. A geography that cannot be read,
    or has no areas, is left out.
    """
    geographies: dict[str, Geography] = {}
    waiting: list[GeographySection] = []
    seen: set[str] = set()
    for section in sections:
        if section.id in seen or section.id == PLACE:
            message = (
                "is already the id of another geography" if section.id != PLACE else "is kept for the place itself"
            )
            findings.error("id-twice", message, file="place.toml", column="geography.id", value=section.id)
            continue
        seen.add(section.id)
        if section.file:
            geography = _from_file(folder, section, findings)
        elif section.id in keys:
            geography = from_keys(section.id, section.name, keys[section.id], section.population)
        else:
            waiting.append(section)
            continue
        if geography is not None:
            geographies[section.id] = geography
    geographies |= _from_lookups(waiting, geographies, ends, findings)
    for geography in geographies.values():
        _check_alike(geography, findings)
    order = dict.fromkeys(section.id for section in sections)
    return {name: geographies[name] for name in order if name in geographies}


def from_keys(name: str, title: str, keys: pl.DataFrame, population: str = "") -> Geography:
    """The geography whose areas are these keys (area, name), without boundaries."""
    areas = keys.unique("area", keep="first", maintain_order=True).sort("area")
    return Geography(name, title, areas, None, population)


def _from_lookups(
    waiting: Sequence[GeographySection], read: Mapping[str, Geography], ends: LookupEnds, findings: Findings
) -> dict[str, Geography]:
    """Geographies without file or table whose areas are the ends of look-ups, these of other look-ups included."""
    found: dict[str, Geography] = {}
    for _ in range(2):
        known = {name: one.codes for name, one in {**read, **found}.items()}
        for section in waiting:
            areas = None if section.id in found else ends.areas(section.id, section.label, known)
            if areas is not None:
                found[section.id] = from_keys(section.id, section.name, areas, section.population)
    for section in waiting:
        if section.id not in found:
            message = f"{section.id} has no areas: it has no `file`, and no table that could be read names it"
            findings.warning("no-areas", message, file="place.toml", column="geography.id", value=section.id)
    return found


def _from_file(folder: Path, section: GeographySection, findings: Findings) -> Geography | None:
    path = resolve(folder, section.file, findings)
    boundaries = path and read_boundaries(path, findings, file=section.file, layer=section.layer)
    if not boundaries:
        return None
    if not section.code:
        findings.error("required", "a geography with a file needs `code`, the property that holds the area code",
                       file="place.toml", column=f"geography.{section.id}.code")  # fmt: skip
        return None
    absent = [name for name in (section.code, section.label) if name and name not in boundaries.frame.columns]
    for name in absent:
        listed = ", ".join(boundaries.frame.columns)
        findings.error("no-column", f"has no property {name!r}; it has: {listed}", file=section.file, column=name)
    if absent:
        return None
    codes = boundaries.frame[section.code]
    _check_codes(codes, section, findings)
    check_geometries(codes.to_list(), boundaries.geometries, findings, file=section.file, column=section.code)
    names = boundaries.frame[section.label] if section.label else codes
    order = np.argsort(codes.to_numpy(), kind="stable")
    order = order[codes[order].is_first_distinct().to_numpy()]  # a code twice is told of; it is one area
    areas = pl.DataFrame({"area": codes, "name": names})[order]
    return Geography(section.id, section.name, areas, boundaries.geometries[order], section.population, section.file)


def _check_codes(codes: pl.Series, section: GeographySection, findings: Findings) -> None:
    rows: dict[str, list[int]] = {}
    for number, code in enumerate(codes, 1):
        rows.setdefault(code, []).append(number)
    for code, numbers in rows.items():
        where = ", ".join(map(str, numbers))
        if not code:
            findings.error("required", f"features {where} have no code", file=section.file, row=numbers[0],
                           column=section.code, value="")  # fmt: skip
        elif len(numbers) > 1:
            message = f"the code {code!r} is there {len(numbers)} times, in features {where}; keep one"
            findings.error("key-twice", message, file=section.file, row=numbers[1], column=section.code, value=code)


def plain_code(code: pl.Expr) -> pl.Expr:
    """A code without what people lose by accident: leading zeros, case, spaces round it."""
    return code.str.strip_chars().str.to_lowercase().str.replace("^0+(.)", "$1")


def _check_alike(geography: Geography, findings: Findings) -> None:
    """Report areas whose codes differ only by leading zeros, case or spaces.

    A boundary file says which areas there are, so that two in it may be two areas (a warning); codes that come from
    tables are made one area or two by how they are written, so that one of them is wrong (an error).
    """
    alike = (
        geography.areas.unique("area").group_by(plain_code(pl.col("area")).alias("plain")).agg(pl.col("area").sort())
    ).filter(pl.col("area").list.len() > 1)
    for codes in alike.sort("plain")["area"]:
        listed = ", ".join(map(repr, codes))
        if geography.file:
            message = f"the codes {listed} differ only by leading zeros, case or spaces; are they one area?"
            findings.warning("codes-alike", message, file=geography.file, value=codes[0])
        else:
            message = (
                f"the tables of {geography.id} have the codes {listed}, which differ only by leading zeros, case or "
                "spaces; write them alike"
            )
            findings.error("code-alike", message, file="place.toml", column=f"geography.{geography.id}", value=codes[0])
