"""Check a place: everything every room has to say about it, without writing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wholeplace.build.registers import is_of_registers
from wholeplace.measure.checking import check_measures
from wholeplace.measure.portraits import check_portraits
from wholeplace.place import Finding, Findings, Place, read_place
from wholeplace.records import PlaceRegisters
from wholeplace.resilience import build_graph, check_graph, check_placing, check_scenarios

#: What an index, portrait or scenario says of values that it does not get; where a file could not be read, that is why.
_OF_VALUES = frozenset(
    {"all-missing", "impute", "missing-value", "no-lookup", "no-period", "no-values", "not-placed", "one-area",
     "unknown-geography", "unknown-indicator", "without-value"}
)  # fmt: skip


@dataclass(frozen=True)
class CheckReport:
    """What a check found; `areas` counts areas by geography, `rows_outside` rows of other places by file."""

    findings: list[Finding]
    areas: dict[str, int] = field(default_factory=dict)
    rows_outside: dict[str, int] = field(default_factory=dict)
    place: Place | None = None

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.level == "error" for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """The report as the contract's JSON has it."""
        findings = [finding.as_dict() for finding in self.findings]
        return {"ok": self.ok, "findings": findings, "areas": self.areas, "rows_outside": self.rows_outside}


def check_place(folder: str | Path, *, strict: bool = False) -> CheckReport:
    """Check a place folder; every problem is a finding, and nothing is raised or written.

    With `strict`, warnings are errors. A file that cannot be read is told of once; what indices and scenarios
    lack for want of it is not.
    """
    findings = Findings(strict=strict)
    place = read_place(Path(folder), findings, registers=PlaceRegisters(Path(folder)))
    if place is None:
        return CheckReport(findings.items)
    sound = not any(is_of_registers(one.file or "") for one in findings.errors)  # else what is wrong there is the cause
    if sound:
        check_graph(build_graph(place.registers), place.registers, findings)
    before = len(findings.items)
    check_measures(place, findings)
    check_portraits(place, findings)
    scenarios = check_scenarios(place, findings)
    if sound:
        check_placing(place, scenarios, findings)
    if place.unread:
        told = findings.items[before:]
        findings.items[before:] = [finding for finding in told if finding.rule not in _OF_VALUES]
    areas = {geography.id: geography.areas.height for geography in place.geographies.values()}
    return CheckReport(findings.items, areas, dict(place.rows_outside), place)
