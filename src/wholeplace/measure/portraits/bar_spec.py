"""The bar file: what a service demands of the people who use it, read and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from wholeplace.measure.portraits.portrait_spec import check_ids
from wholeplace.place.config import Section, Text, read_toml, validate_toml
from wholeplace.place.findings import Findings

Kind = Literal["device", "bandwidth", "skill", "space", "cost", "confidence"]
#: The six demands of the digital bar, and what each is about.
KINDS: dict[str, str] = {
    "device": "a device that the service works on",
    "bandwidth": "a connection that is fast and steady enough",
    "skill": "the skill to do it without help",
    "space": "a private, quiet place to do it in",
    "cost": "money for data, calls or devices",
    "confidence": "the confidence to do it and to trust it",
}


class DemandSection(Section):
    """One demand. It is measured (`indicator`), not measured (`why`), or not made (`asks = "nothing"`)."""

    kind: Kind
    asks: str
    indicator: str = ""
    counts: Literal["lack", "meet"] = "lack"
    unit: str = ""
    base: str = ""
    period: Text = ""
    why: str = ""

    @property
    def made(self) -> bool:
        """Whether the service makes the demand at all."""
        return self.asks.strip().lower() != "nothing"


class BarSpec(Section):
    """A bar as its TOML file has it."""

    id: str
    name: str
    service: str
    geography: str
    description: str = ""
    demand: list[DemandSection] = []


def bar_files(folder: Path) -> dict[str, Path]:
    """The bar files of a place folder by id (file stem)."""
    return {path.stem: path for path in sorted((folder / "bars").glob("*.toml"))}


def read_bar(path: Path, findings: Findings, *, name: str | None = None) -> BarSpec | None:
    """Read a bar file; every fault is an error in `findings`, and with any the answer is None."""
    file, before = name or path.name, len(findings.errors)
    content = read_toml(path, findings, name=file)
    spec = None if content is None else validate_toml(BarSpec, content, findings, file=file)
    if spec is not None:
        check_ids(spec.id, [], "demand", findings, file)
        _check_kinds(spec, findings, file)
        for one in spec.demand:
            _check_demand(one, findings, file)
        _check_units(spec, findings, file)
    return spec if len(findings.errors) == before else None


def _check_kinds(spec: BarSpec, findings: Findings, file: str) -> None:
    """Each of the six demands is there once, so that none is forgotten in silence."""
    given: list[str] = [one.kind for one in spec.demand]
    for kind, words in KINDS.items():
        if given.count(kind) > 1:
            message = f"the demand {kind!r} is there {given.count(kind)} times; each is there once"
            findings.error("key-twice", message, file=file, column="demand.kind", value=kind)
        if kind not in given:
            message = f'there is no [[demand]] of kind {kind!r} ({words}); where the service has none, asks = "nothing"'
            findings.error("required", message, file=file, column="demand.kind", value=kind)
    if not spec.service.startswith("service:"):
        message = "name a service of the register as `service:id`"
        findings.error("bar-service", message, file=file, column="service", value=spec.service)


def _check_demand(one: DemandSection, findings: Findings, file: str) -> None:
    where = f"demand {one.kind!r}"
    ways = [bool(one.indicator), bool(one.why.strip()), not one.made]
    if sum(ways) != 1:
        message = (
            f'{where} needs one of three: `indicator` (measured), `why` there is no figure, or asks = "nothing" '
            "(the service does not demand it)"
        )
        findings.error("demand-kind", message, file=file, column="demand", value=one.kind)
    if one.indicator and not one.unit.strip():
        message = f"{where} needs `unit`: who is counted, as `households` or `adults`"
        findings.error("required", message, file=file, column="demand.unit", value="")


def _check_units(spec: BarSpec, findings: Findings, file: str) -> None:
    """Demands of one unit are shares of one and the same people."""
    bases: dict[str, str] = {}
    for one in spec.demand:
        if one.indicator and bases.setdefault(one.unit, one.base) != one.base:
            message = (
                f"demands of the unit {one.unit!r} have different `base`s ({bases[one.unit] or 'none'} and "
                f"{one.base or 'none'}); bounds need shares of the same people, so give one base or other units"
            )
            findings.error("unit-base", message, file=file, column="demand.base", value=one.base)
