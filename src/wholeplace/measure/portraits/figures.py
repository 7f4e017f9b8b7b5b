"""Figures of an indicator as portraits take them: of the period asked for, else of the latest that an area has."""

from __future__ import annotations

import polars as pl

from wholeplace.measure.moving import values_on
from wholeplace.place import Indicator, Place
from wholeplace.place.findings import Findings, did_you_mean
from wholeplace.place.periods import period_middle


def periods_of(place: Place, indicator: str) -> list[str]:
    """The periods that an indicator has any values for, the latest first."""
    found = {key.period for key in place.series if key.indicator == indicator}
    return sorted(found, key=period_middle, reverse=True)


def figures_on(place: Place, indicator: str, target: str, period: str) -> pl.DataFrame | None:
    """Values on a geography, of a period or of the latest that leads there; None without a way."""
    for one in [period] if period else periods_of(place, indicator):
        frame = values_on(place, place.indicators[indicator], target, one)
        if frame is not None:
            return frame
    return None


def whole_of(indicator: Indicator) -> float | None:
    """The figure that is everybody: 1 or 100 for a proportion, None for anything else."""
    if indicator.value_type != "proportion":
        return None
    return 100.0 if indicator.unit == "%" else 1.0


def check_indicator(
    place: Place, indicator: str, period: str, where: str, findings: Findings, *, file: str, column: str
) -> bool:
    """Check that an indicator is there with values (of the period); say whether it is."""
    if indicator not in place.indicators:
        message = f"{where}: there is no indicator {indicator!r} in indicators.csv"
        message += did_you_mean(indicator, place.indicators)
        findings.error("unknown-indicator", message, file=file, column=column, value=indicator)
        return False
    periods = periods_of(place, indicator)
    if not periods:
        message = f"{where}: {indicator} has no values; a dimension or demand without figures says `why` instead"
        findings.error("no-values", message, file=file, column=column, value=indicator)
    elif period and period not in periods:
        message = f"{where}: {indicator} has no values for {period}; there are: {', '.join(periods)}"
        findings.error("no-period", message, file=file, column=column, value=period)
        return False
    return bool(periods)
