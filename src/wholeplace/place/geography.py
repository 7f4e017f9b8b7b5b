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


def read_geographies(
    folder: Path, sections: Sequence[GeographySection], keys: Mapping[str, pl.DataFrame], findings: Findings
) -> dict[str, Geography]:
    """Read every geography; one without a file has the areas that are keys (`area`, `name`) of its tables.

    A geography that cannot be read, or has no areas, is left out.
    """
    geographies: dict[str, Geography] = {}
    for section in sections:
        if section.id in geographies or section.id == PLACE:
            message = (
                "is already the id of another geography" if section.id != PLACE else "is kept for the place itself"
            )
            findings.error("id-twice", message, file="place.toml", column="geography.id", value=section.id)
            continue
        geography = _from_file(folder, section, findings) if section.file else _from_keys(section, keys, findings)
        if geography is not None:
            geographies[section.id] = geography
            _check_alike(geography, findings)
    return geographies


def _from_keys(section: GeographySection, keys: Mapping[str, pl.DataFrame], findings: Findings) -> Geography | None:
    """The geography whose areas are the keys of its tables; None when no table of it could be read."""
    areas = keys.get(section.id)
    if areas is None:
        message = f"{section.id} has no areas: it has no `file`, and no table that could be read names it"
        findings.warning("no-areas", message, file="place.toml", column="geography.id", value=section.id)
        return None
    return Geography(
        section.id, section.name, areas.unique("area", keep="first").sort("area"), None, section.population
    )


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
