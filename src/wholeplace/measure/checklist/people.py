"""How many people, or households, each part of an index is about."""

from __future__ import annotations

from typing import Any

from wholeplace.measure.explain import part_name
from wholeplace.measure.index import IndexResult
from wholeplace.place import Place, SeriesKey


def people_counted(place: Place, result: IndexResult) -> list[dict[str, Any]]:
    """Whom each indicator of an index counts in the whole place, as published; nothing is added across parts.

    Returns
    -------
    rows
        part, name, whom (the numerator in words), count (None where the figures come without counts),
        areas_without (areas whose count is hidden or missing and so is not in the sum), period, source.

    Notes
    -----
    One person may be counted in several parts, and nobody is known to be in two. An area's figure names no person.
    """
    sections = {part.id: part for part, _ in result.spec.leaves()}
    rows = []
    for leaf in result.leaves:
        known = place.indicators[leaf.indicator]
        series = place.series.get(SeriesKey(leaf.moved_from or result.spec.geography, leaf.indicator, leaf.period))
        counts = series.inside["count"] if series is not None and known.numerator else None
        told = counts is not None and counts.count() > 0
        rows.append(
            {
                "part": leaf.part,
                "name": part_name(place, sections[leaf.part]),
                "whom": known.numerator or None,
                "count": float(counts.sum()) if counts is not None and told else None,
                "areas_without": int(counts.null_count()) if counts is not None and told else None,
                "period": leaf.period,
                "source": known.source,
            }
        )
    return rows
