"""What the measure room checks in a place: its indices, moves that mislead, and populations that do not agree."""

from __future__ import annotations

from dataclasses import replace

from wholeplace.measure.index import IndexResult, build_index
from wholeplace.measure.index_spec import index_files, load_index
from wholeplace.place import Findings, FindingsError, Place

#: Two totals of one population may differ by this share before it is worth a warning.
RECONCILES_WITHIN = 0.005


def check_measures(place: Place, findings: Findings) -> dict[str, IndexResult]:
    """Check everything that the measure room makes of a place, adding to `findings`; return the indices it built."""
    _check_ranks_moved(place, findings)
    _check_populations(place, findings)
    return _build_indices(place, findings)


def _build_indices(place: Place, findings: Findings) -> dict[str, IndexResult]:
    built: dict[str, IndexResult] = {}
    ids: dict[str, str] = {}
    for stem, path in index_files(place.folder).items():
        file = f"indices/{path.name}"
        before = len(findings.errors)
        spec = load_index(path, findings, name=file)
        if spec is None:
            continue
        if len(findings.errors) == before:
            _check_id(spec.id, stem, ids, findings)
        try:
            result = build_index(place, spec)
        except FindingsError as error:
            findings.extend(replace(finding, file=finding.file or file) for finding in error.findings)
        else:
            findings.extend(replace(finding, file=file) for finding in result.findings)
            if len(findings.errors) == before:
                built[stem] = result
    return built


def _check_id(index_id: str, stem: str, ids: dict[str, str], findings: Findings) -> None:
    """Check that no other index has the id, which `ids` (id -> file) gathers, and that the file is named by it."""
    file = f"indices/{stem}.toml"
    if index_id in ids:
        message = f"has the id {index_id!r}, which {ids[index_id]} has already"
        findings.error("id-twice", message, file=file, column="id", value=index_id)
    elif index_id != stem:
        message = f"has the id {index_id!r} but the file is named {stem!r}, by which commands know it"
        findings.warning("id-form", message, file=file, column="id", value=index_id)
    ids.setdefault(index_id, file)


def _check_ranks_moved(place: Place, findings: Findings) -> None:
    """Give notice where a rank or an index is averaged to larger areas: the mean of ranks is not a rank."""
    for indicator in dict.fromkeys(key.indicator for key in place.series):
        known = place.indicators[indicator]
        if known.value_type in {"rank", "index"} and known.up != "none":
            message = f"{indicator} is of type {known.value_type}: for larger areas it is a mean, and orders nothing"
            findings.notice("rank-moved", message, file="indicators/indicators.csv", value=indicator)


def _check_populations(place: Place, findings: Findings) -> None:
    """Compare the totals of populations of one source and period that several geographies hold."""
    totals: dict[tuple[str, str], list[tuple[str, str, float]]] = {}
    names = {geography.population for geography in place.geographies.values() if geography.population}
    for key, series in place.series.items():
        if key.indicator in names:
            source = place.indicators[key.indicator].source
            total = float(series.inside["value"].sum())
            totals.setdefault((source, key.period), []).append((key.geography, key.indicator, total))
    for (source, period), held in totals.items():
        first = held[0]
        for other in held[1:]:
            largest = max(first[2], other[2])
            if largest and abs(first[2] - other[2]) / largest > RECONCILES_WITHIN:
                message = (
                    f"the population by {source or 'one source'} in {period} is {first[2]:,.0f} on {first[0]} "
                    f"({first[1]}) but {other[2]:,.0f} on {other[0]} ({other[1]}); areas are missing or counted twice"
                )
                findings.warning("population", message, file="place.toml", value=other[1])
