"""Find the periods that an indicator misses: in a run of its own, or beside the others of its table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from wholeplace.place.findings import Findings
from wholeplace.place.indicators import Indicator
from wholeplace.place.periods import gaps
from wholeplace.place.series import Series, SeriesKey


def check_periods(series: Mapping[SeriesKey, Series], indicators: Mapping[str, Indicator], findings: Findings) -> None:
    """Warn of periods that an indicator misses: in a run of its own, or that others of its table have.

    A run is three periods or more of one length (years, quarters, months) with fewer gaps than periods. Of indicators
    that share only a source, not a table, a missing period is a notice: publishers add and drop figures.
    """
    held: dict[tuple[str, str], dict[str, Series]] = defaultdict(dict)
    for key, one in series.items():
        held[key.geography, key.indicator][key.period] = one
    told: set[tuple[str, str, str]] = set()
    for (geography, indicator), periods in held.items():
        for gap in gaps(periods):
            one = next(iter(periods.values()))
            message = f"{indicator} has values on {geography} for {_listed(periods)} but not for {gap}"
            findings.warning("missing-period", message, file=one.file, column=one.column, value=gap)
            told.add((geography, indicator, gap))
    _check_companions(held, indicators, told, findings)


def _check_companions(
    held: Mapping[tuple[str, str], Mapping[str, Series]],
    indicators: Mapping[str, Indicator],
    told: set[tuple[str, str, str]],
    findings: Findings,
) -> None:
    tables: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    sources: dict[tuple[str, str], set[str]] = defaultdict(set)
    for (geography, indicator), periods in held.items():
        for period, one in periods.items():
            tables[geography, one.file, one.section].add(period)
            sources[geography, indicators[indicator].source].add(period)
    for (geography, indicator), periods in held.items():
        source = indicators[indicator].source
        own = {(one.file, one.section) for one in periods.values()}
        beside = set().union(*(tables[geography, *table] for table in own))
        for period in sorted((beside | (sources[geography, source] if source else set())) - set(periods)):
            if (geography, indicator, period) in told:
                continue
            one = next(iter(periods.values()))
            same = "its table" if period in beside else "the same source"
            message = f"{indicator} has no values on {geography} for {period}, which others of {same} have"
            tell = findings.warning if period in beside else findings.notice
            tell("missing-period", message, file=one.file, column=one.column, value=period)


def _listed(periods: Iterable[str]) -> str:
    every = sorted(periods)
    return ", ".join(every) if len(every) <= 6 else f"{', '.join(every[:3])} … {every[-1]}"
