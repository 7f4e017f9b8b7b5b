"""The portrait file: dimensions of a doughnut with their indicators, floors and ceilings, read and checked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from wholeplace.place.config import Section, Text, read_toml, validate_toml
from wholeplace.place.findings import Findings
from wholeplace.place.indicators import is_id

Finite = Annotated[float, Field(allow_inf_nan=False)]


class MeasureSection(Section):
    """One indicator of a dimension with its floor or ceiling."""

    indicator: str
    direction: Literal["high-is-better", "high-is-worse"]
    threshold: Finite | Literal["source-mean"]
    source: str
    url: str = ""
    date: Text = ""
    period: Text = ""
    note: str = ""


class DimensionSection(Section):
    """One wedge of the doughnut; without measures it says why, and is drawn hatched."""

    ring: Literal["social", "ecological"]
    id: str
    name: str
    rule: Literal["mean", "worst"] = "mean"
    why: str = ""
    measure: list[MeasureSection] = []

    @property
    def nobody(self) -> bool:
        """Whether a floor of it is that nobody goes without, so that one person who does makes a shortfall."""
        lacks = (one for one in self.measure if one.direction == "high-is-worse")
        return self.ring == "social" and any(one.threshold == 0 for one in lacks)


class PortraitSpec(Section):
    """A portrait as its TOML file has it."""

    id: str
    name: str
    description: str = ""
    dimension: list[DimensionSection] = []


def portrait_files(folder: Path) -> dict[str, Path]:
    """The portrait files of a place folder by id (file stem)."""
    return {path.stem: path for path in sorted((folder / "portraits").glob("*.toml"))}


def read_portrait(path: Path, findings: Findings, *, name: str | None = None) -> PortraitSpec | None:
    """Read a portrait file; every fault is an error in `findings`, and with any the answer is None."""
    file, before = name or path.name, len(findings.errors)
    content = read_toml(path, findings, name=file)
    spec = None if content is None else validate_toml(PortraitSpec, content, findings, file=file)
    if spec is not None:
        _check(spec, findings, file)
    return spec if len(findings.errors) == before else None


def _check(spec: PortraitSpec, findings: Findings, file: str) -> None:
    check_ids(spec.id, [one.id for one in spec.dimension], "dimension", findings, file)
    if not spec.dimension:
        findings.error("required", "a portrait needs at least one [[dimension]]", file=file, column="dimension")
    for one in spec.dimension:
        where = f"dimension {one.id!r}"
        if bool(one.measure) == bool(one.why.strip()):
            message = f"{where} needs either [[dimension.measure]] or `why` there is no figure, and not both"
            findings.error("dimension-kind", message, file=file, column="dimension", value=one.id)
        for indicator, count in Counter(measure.indicator for measure in one.measure).items():
            if count > 1:
                message = f"{where} has the indicator {indicator!r} {count} times; once is enough"
                findings.error("key-twice", message, file=file, column="dimension.measure.indicator", value=indicator)
        for measure in one.measure:
            if not measure.source.strip():
                message = f"{where}, {measure.indicator}: say where the threshold comes from, if only `our choice`"
                findings.error("required", message, file=file, column="dimension.measure.source", value="")


def check_ids(own: str, parts: list[str], what: str, findings: Findings, file: str) -> None:
    """Check the form of a file's id and of its parts' ids, and that no part's id is there twice."""
    for part, count in Counter(parts).items():
        if count > 1:
            message = f"the {what} id {part!r} is there {count} times; each id is used once"
            findings.error("key-twice", message, file=file, column=f"{what}.id", value=part)
    for one, column in [(own, "id"), *((part, f"{what}.id") for part in dict.fromkeys(parts))]:
        if not is_id(one):
            message = "an id is made of lower-case letters, digits and hyphens"
            findings.error("id-form", message, file=file, column=column, value=one)
