"""[disclosure] of place.toml: which indicators need no disclosure control, and whether what it names is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from wholeplace.place.config import DisclosureSection, ExemptSection, PlaceFile
from wholeplace.place.findings import Findings, did_you_mean
from wholeplace.place.indicators import Indicator


def exempt_reason(settings: DisclosureSection, indicator: Indicator) -> str:
    """Why an indicator needs no disclosure control; "" when it needs it."""
    return next((one.reason for one in settings.exempt if _holds(one, indicator)), "")


def _holds(section: ExemptSection, indicator: Indicator) -> bool:
    named = any(fnmatchcase(indicator.id, pattern) for pattern in section.indicators)
    return named or any(fnmatchcase(indicator.source, pattern) for pattern in section.sources)


def check_disclosure(sections: PlaceFile, indicators: Mapping[str, Indicator] | None, findings: Findings) -> None:
    """Check that every exemption has a reason, and that indicators and sources that are named exist."""
    for number, one in enumerate(sections.disclosure.exempt, 1):
        where = f"disclosure.exempt.{number}"
        if not one.reason.strip():
            message = "is blank; say why these figures need no disclosure control, for whoever has to answer for it"
            findings.error("exempt-reason", message, file="place.toml", column=f"{where}.reason", value="")
        if not one.indicators and not one.sources:
            message = "names neither indicators nor sources; name one of them, by id or with * as in `census-*`"
            findings.error("exempt-nothing", message, file="place.toml", column=where)
        if indicators:
            sources = {indicator.source for indicator in indicators.values()}
            _check_names(one.indicators, indicators, findings, column=f"{where}.indicators")
            _check_names(one.sources, sources, findings, column=f"{where}.sources")
    for name, of in sections.disclosure.derived.items() if indicators else ():
        _check_names([name, *of], indicators or {}, findings, column=f"disclosure.derived.{name}")


def _check_names(patterns: Iterable[str], known: Iterable[str], findings: Findings, *, column: str) -> None:
    known = list(known)
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in known):
            message = f"fits nothing in indicators.csv{did_you_mean(pattern, known)}"
            findings.warning("disclosure-name", message, file="place.toml", column=column, value=pattern)
