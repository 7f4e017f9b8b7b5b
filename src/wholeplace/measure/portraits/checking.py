"""Portraits and bars of a place, checked against what the place holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from wholeplace.measure.portraits.bar import Bar, bar_of
from wholeplace.measure.portraits.bar_spec import BarSpec, DemandSection, bar_files, read_bar
from wholeplace.measure.portraits.figures import check_indicator, figures_on, whole_of
from wholeplace.measure.portraits.gaps import threshold_fault
from wholeplace.measure.portraits.portrait import Portrait, latest_period, portrait_of, threshold_of
from wholeplace.measure.portraits.portrait_spec import (
    DimensionSection,
    MeasureSection,
    PortraitSpec,
    portrait_files,
    read_portrait,
)
from wholeplace.place import Findings, Place
from wholeplace.place.findings import did_you_mean

Spec = TypeVar("Spec", PortraitSpec, BarSpec)
Read = Callable[..., "Spec | None"]


def check_portraits(place: Place, findings: Findings) -> tuple[dict[str, Portrait], dict[str, Bar]]:
    """Check every portrait and bar of a place, adding to `findings`; return those without a fault, by file stem."""
    portraits, bars = {}, {}
    for stem, path in portrait_files(place.folder).items():
        file, before = f"portraits/{path.name}", len(findings.errors)
        portrait = read_portrait(path, findings, name=file)
        if portrait is not None:
            _check_stem(portrait.id, stem, findings, file)
            _check_portrait(place, portrait, findings, file)
            if len(findings.errors) == before:
                portraits[stem] = portrait_of(place, portrait)
    for stem, path in bar_files(place.folder).items():
        file, before = f"bars/{path.name}", len(findings.errors)
        bar = read_bar(path, findings, name=file)
        if bar is not None:
            _check_stem(bar.id, stem, findings, file)
            _check_bar(place, bar, findings, file)
            if len(findings.errors) == before:
                bars[stem] = bar_of(place, bar)
    return portraits, bars


def open_portrait(place: Place, name: str) -> Portrait:
    """The portrait of an id (file stem). Raises FindingsError with every fault, or when there is no such portrait."""
    findings = Findings()
    spec = _open(place, name, portrait_files(place.folder), "portrait", read_portrait, _check_portrait, findings)
    findings.raise_errors(f"the portrait {name}")
    assert spec is not None  # without a spec there is an error
    return portrait_of(place, spec)


def open_bar(place: Place, name: str) -> Bar:
    """The bar of an id (file stem). Raises FindingsError with every fault, or when there is no such bar."""
    findings = Findings()
    spec = _open(place, name, bar_files(place.folder), "bar", read_bar, _check_bar, findings)
    findings.raise_errors(f"the bar {name}")
    assert spec is not None  # without a spec there is an error
    return bar_of(place, spec)


def _open(
    place: Place,
    name: str,
    files: Mapping[str, Path],
    what: str,
    read: Read[Spec],
    check: Callable[[Place, Spec, Findings, str], None],
    findings: Findings,
) -> Spec | None:
    if name not in files:
        message = f"there is no {what} {name!r}; this place has: {', '.join(files) or 'none'}"
        findings.error(f"no-{what}", message, file=f"{what}s/")
        return None
    file = f"{what}s/{name}.toml"
    spec = read(files[name], findings, name=file)
    if spec is not None:
        check(place, spec, findings, file)
    return spec


def _check_stem(own: str, stem: str, findings: Findings, file: str) -> None:
    """A file goes by its stem everywhere, so that an id of another name would be found by nobody."""
    if own != stem:
        message = f"has the id {own!r} but the file is named {stem!r}; give both the same name"
        findings.error("id-form", message, file=file, column="id", value=own)


def _check_portrait(place: Place, spec: PortraitSpec, findings: Findings, file: str) -> None:
    for dimension in spec.dimension:
        for measure in dimension.measure:
            where, column = f"dimension {dimension.id!r}", "dimension.measure.indicator"
            if check_indicator(place, measure.indicator, measure.period, where, findings, file=file, column=column):
                _check_measure(place, dimension, measure, findings, file)


def _check_measure(
    place: Place, dimension: DimensionSection, measure: MeasureSection, findings: Findings, file: str
) -> None:
    """Check that figures have a true zero and that the threshold can be divided by."""
    where = f"dimension {dimension.id!r}, {measure.indicator}"
    indicator = place.indicators[measure.indicator]
    values = [series.frame["value"].min() for key, series in place.series.items() if key.indicator == indicator.id]
    if indicator.value_type in {"rank", "index"} or any(isinstance(one, float) and one < 0 for one in values):
        message = f"{where}: a gap is a share of the threshold and needs figures of 0 or more with a true zero; "
        message += "a rank, an index or a standardised score has none"
        findings.error("no-true-zero", message, file=file, column="dimension.measure.indicator", value=indicator.id)
        return
    threshold = threshold_of(place, measure, latest_period(place, measure))
    if math.isnan(threshold):
        message = f"{where}: `source-mean` needs a table that holds areas outside the place as well"
        findings.error("threshold", message, file=file, column="dimension.measure.threshold", value="source-mean")
        return
    whole = whole_of(indicator)
    fault = threshold_fault(threshold, ring=dimension.ring, direction=measure.direction, whole=whole)
    if fault:
        message = f"{where}: the threshold {fault}"
        findings.error("threshold", message, file=file, column="dimension.measure.threshold", value=f"{threshold:g}")


def _check_bar(place: Place, spec: BarSpec, findings: Findings, file: str) -> None:
    if spec.geography not in place.geographies:
        message = f"there is no geography {spec.geography!r}; there are: {', '.join(place.geographies)}"
        findings.error("unknown-geography", message, file=file, column="geography", value=spec.geography)
    services = place.registers.get("services")
    if services is not None and spec.service not in services.names:
        message = f"no service is {spec.service!r}{did_you_mean(spec.service, services.names.to_list())}"
        findings.error("unknown-reference", message, file=file, column="service", value=spec.service)
    for demand in spec.demand:
        if demand.indicator:
            _check_demand(place, spec, demand, findings, file)


def _check_demand(place: Place, spec: BarSpec, demand: DemandSection, findings: Findings, file: str) -> None:
    """Check that a demand counts people by a proportion, and that its base is a count on the same areas."""
    where, column = f"demand {demand.kind!r}", "demand.indicator"
    if not check_indicator(place, demand.indicator, demand.period, where, findings, file=file, column=column):
        return
    if place.indicators[demand.indicator].value_type != "proportion":
        message = f"{where}: {demand.indicator} is no proportion, so that nobody is counted below the demand"
        findings.error("not-counted", message, file=file, column=column, value=demand.indicator)
    if spec.geography in place.geographies and figures_on(place, demand.indicator, spec.geography, "") is None:
        message = (
            f"{where}: {demand.indicator} has no values on {spec.geography}, and no look-up that carries them there"
        )
        findings.error("no-lookup", message, file=file, column=column, value=demand.indicator)
    if not demand.base:
        return
    column = "demand.base"
    known = check_indicator(place, demand.base, "", where, findings, file=file, column=column)
    if known and place.indicators[demand.base].value_type != "count":
        message = f"{where}: the base {demand.base} is no count"
        findings.error("not-counted", message, file=file, column=column, value=demand.base)
