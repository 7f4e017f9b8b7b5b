"""The main findings of a place as sentences computed from its data, each with its figure and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from wholeplace.measure.index import IndexResult
from wholeplace.measure.moving import indicator_values, targets
from wholeplace.place import PLACE, Indicator, Place
from wholeplace.place.findings import counted
from wholeplace.place.periods import period_middle

#: So many indicator gaps are told on the first page; the rest stand on the indicators' own pages.
MOST_GAPS = 4
#: A gap to an area with fewer people than this is large because the area is nearly empty of them.
FEWEST = 100


def main_findings(place: Place, results: Mapping[str, IndexResult]) -> list[dict[str, Any]]:
    """Sentences for the first page of a place.

    Returns
    -------
    findings
        For each: text, kind (index or gap), link (kind and id of what it is about), source, period.
    """
    found = [sentence for name, result in results.items() for sentence in _about_index(place, name, result)]
    return found + _gaps(place)


def _about_index(place: Place, name: str, result: IndexResult) -> list[dict[str, Any]]:
    frame, spec = result.frame, result.spec
    national = "reference_decile" in frame.columns
    decile = "reference_decile" if national else "decile"
    scored = frame.filter(pl.col("score").is_not_null())
    worst = scored.filter(pl.col(decile) == 1).height
    among = f"all {int(result.areas.len()):,} areas of the published tables" if national else "the areas of this place"
    first = scored.sort("rank", "area").row(0, named=True)
    names = dict(place.geographies[spec.geography].areas.iter_rows())
    end = "worst-off" if (spec.higher_is == "worse") == (spec.rank_1 == "highest") else "best-off"
    sentences = []
    if national:
        share = worst / scored.height
        sentences.append(
            f"{worst:,} of {scored.height:,} areas ({share:.0%}) are among the {end} tenth of {among} by {spec.name}; "
            "10% would be in line with the rest. This share is published without an interval."
        )
    where = names.get(first["area"], first["area"]) + _within(place, spec.geography, first["area"])
    sentences.append(_first_place(where, end, spec.name, first, scored))
    source = "; ".join(dict.fromkeys(place.indicators[leaf.indicator].source for leaf in result.leaves))
    link = {"kind": "index", "id": name}
    period = spec.period or ", ".join(sorted({leaf.period for leaf in result.leaves}))
    return [{"text": text, "kind": "index", "link": link, "source": source, "period": period} for text in sentences]


def _first_place(name: str, end: str, index: str, row: dict[str, Any], scored: pl.DataFrame) -> str:
    text = f"{name} comes out as the {end} of {scored.height:,} areas by {index}"
    if row.get("rank_p95") is None:
        return f"{text}; this rank is published without a range."
    low, high = row["rank_p05"], row["rank_p95"]
    choices = "nine draws of ten with other reasonable choices of weights and method"
    if low == high == 1:
        text = f"{text}, and stays there in at least {choices}."
    else:
        text = f"{text}; its rank is from {low:.0f} to {high:.0f} in {choices}."
    overlapping = scored.filter((pl.col("rank_p05") <= high) & (pl.col("rank_p95") >= low)).height - 1
    if not overlapping:
        return f"{text} No other area's range of ranks overlaps with its own."
    return (
        f"{text} {counted(overlapping, 'other area')} cannot safely be told apart from it: the ranges of their ranks "
        "overlap."
    )


def _within(place: Place, geography: str, area: str) -> str:
    """` in Kingsbridge`: the larger area that holds all of an area's people; an empty text where there is none."""
    coarsest = _coarsest(place)
    route = place.routes.find(geography, coarsest) if coarsest and coarsest != geography else None
    found = [] if coarsest is None or route is None else route.frame.filter(pl.col("from_area") == area).to_dicts()
    if coarsest is None or len(found) != 1:
        return ""
    return f" in {dict(place.geographies[coarsest].areas.iter_rows())[found[0]['to_area']]}"


def _coarsest(place: Place) -> str | None:
    """The geography of fewest areas, but more than one, to which others lead."""
    larger = [end for end in targets(place) if end != PLACE and place.geographies[end].areas.height > 1]
    larger = [
        end for end in larger if any(place.routes.find(start, end) for start in place.geographies if start != end)
    ]
    return min(larger, key=lambda end: place.geographies[end].areas.height, default=None)


def _gaps(place: Place) -> list[dict[str, Any]]:
    """The widest gaps between larger areas that their intervals cannot explain."""
    coarsest = _coarsest(place)
    if coarsest is None:
        return []
    gaps = [gap for one in place.indicators.values() if (gap := _gap(place, one, coarsest)) is not None]
    gaps.sort(key=lambda gap: -gap["ratio"])
    return _varied(gaps)


def _varied(gaps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first few gaps, at most one a theme, so that one subject does not fill the page."""
    themes: dict[str, dict[str, Any]] = {}
    for gap in gaps:
        themes.setdefault(gap.pop("theme"), gap)
    return list(themes.values())[:MOST_GAPS]


def _gap(place: Place, indicator: Indicator, geography: str) -> dict[str, Any] | None:
    """The gap of one proportion or rate between its highest and lowest area, when their intervals lie apart."""
    periods = {key.period for key in place.series if key.indicator == indicator.id}
    if indicator.value_type not in {"proportion", "rate"} or indicator.polarity == "none" or not periods:
        return None
    period = max(periods, key=period_middle)
    rows = indicator_values(place, indicator.id, geography=geography, period=period)
    rows = rows.filter(pl.col("lower95").is_not_null()).sort("value", "area")
    if rows.height < 3:
        return None
    low, high = rows.row(0, named=True), rows.row(-1, named=True)
    few = any(row["count"] is not None and row["count"] < FEWEST for row in (low, high))
    if high["lower95"] <= low["upper95"] or few or low["value"] <= 0:
        return None
    names = dict(place.geographies[geography].areas.iter_rows())
    text = (
        f"{indicator.name}: {names[high['area']]} has {_figure(high, indicator)}, "
        f"{names[low['area']]} {_figure(low, indicator)}."
    )
    return {
        "text": text,
        "kind": "gap",
        "link": {"kind": "indicator", "id": indicator.id},
        "source": indicator.source,
        "period": period,
        "theme": indicator.theme or indicator.id,
        "ratio": high["value"] / low["value"],
    }


def _figure(row: dict[str, Any], indicator: Indicator) -> str:
    """A value with its interval, as `23.1% (95% interval 22.4 to 23.9)`."""
    scale, unit = (100.0, "%") if indicator.unit == "share" else (1.0, indicator.unit)
    given = int(indicator.decimals) if indicator.decimals.isdigit() else None
    decimals = 1 if given is None else max(0, given - 2) if indicator.unit == "share" else given
    value, low, high = (f"{row[name] * scale:,.{decimals}f}" for name in ("value", "lower95", "upper95"))
    shown = f"{value}%" if unit == "%" else f"{value} {unit}"
    return f"{shown} (95% interval {low} to {high})"
