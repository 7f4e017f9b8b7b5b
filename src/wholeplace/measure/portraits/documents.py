"""A portrait or a bar of one area as one document, the same from a command and from the API."""

from __future__ import annotations

from typing import Any

import polars as pl

from wholeplace.measure.portraits.bar_spec import BarSpec
from wholeplace.measure.portraits.bar_words import summarise_bar
from wholeplace.measure.portraits.portrait_spec import PortraitSpec
from wholeplace.measure.portraits.portrait_words import summarise_portrait


def portrait_document(
    spec: PortraitSpec, area: str, name: str, dimensions: pl.DataFrame, measures: pl.DataFrame
) -> dict[str, Any]:
    """The doughnut of one area: sentences, dimensions with their gaps, and the figures below them.

    Parameters
    ----------
    spec
        The portrait.
    area, name
        The area's code, and what it is called.
    dimensions, measures
        Its rows of `Portrait.frame` and `Portrait.measures`.
    """
    return {
        "schema": "wholeplace.portrait/1",
        "id": spec.id,
        "name": spec.name,
        "area": area,
        "area_name": name,
        "summary": list(summarise_portrait(name, spec, dimensions.to_dicts())),
        "dimensions": dimensions.drop("area").to_dicts(),
        "measures": measures.drop("area").to_dicts(),
    }


def bar_document(spec: BarSpec, area: str, name: str, demands: pl.DataFrame, bounds: pl.DataFrame) -> dict[str, Any]:
    """The digital bar of one area: sentences, measured demands, those nobody measures, and bounds.

    Parameters
    ----------
    spec
        The bar.
    area, name
        The area's code, and what it is called.
    demands, bounds
        Its rows of `Bar.demands` and `Bar.frame`.
    """
    unmeasured = [
        {"kind": one.kind, "asks": one.asks, "why": one.why} for one in spec.demand if one.made and not one.indicator
    ]
    return {
        "schema": "wholeplace.bar/1",
        "id": spec.id,
        "name": spec.name,
        "service": spec.service,
        "area": area,
        "area_name": name,
        "summary": list(summarise_bar(name, spec, demands.to_dicts(), bounds.to_dicts())),
        "unmeasured": unmeasured,
        "demands": demands.drop("area").to_dicts(),
        "bounds": bounds.drop("area").to_dicts(),
    }
