"""The API of portraits: doughnuts and digital bars, every area's gaps and bounds, and one area in words."""

from __future__ import annotations

from typing import Annotated, Any

import polars as pl
from django.http import Http404, HttpRequest
from ninja import Query, Router

from wholeplace.build import BarView
from wholeplace.measure.portraits import KINDS, bar_document, portrait_document
from wholeplace.web import schemas_measure as schemas
from wholeplace.web.http import find_site
from wholeplace.web.pages.portraits import area_name, portrait_of
from wholeplace.web.pages.service_bars import bar_of
from wholeplace.web.paging import known_area, known_geography, narrowed, one_of, paged, refuse_unknown
from wholeplace.web.schemas import FAULTS
from wholeplace.web.site import Site

router = Router(tags=["portraits"])


@router.get("/p/{place}/portraits", response={200: schemas.Portraits, **FAULTS})
def portraits(request: HttpRequest, place: str) -> Any:
    """Doughnuts with their dimensions, floors and ceilings, and who says so."""
    refuse_unknown(request)
    build = find_site(place).build
    items = [build.portrait(name).spec for name in build.portraits]
    return {"count": len(items), "items": items}


def narrow_to_area(site: Site, frame: pl.DataFrame, query: schemas.InAreaQuery, **wanted: str) -> pl.DataFrame:
    """The rows that a query asks for."""
    areas = {"geography": known_geography(site, query.geography), "area": known_area(site, query.area)}
    return narrowed(frame, {**areas, **wanted})


@router.get("/p/{place}/portraits/{portrait}/dimensions", response={200: schemas.Gaps, **FAULTS})
def dimensions(
    request: HttpRequest, place: str, portrait: str, query: Annotated[schemas.DimensionQuery, Query()]
) -> Any:
    """Shortfall or overshoot of every dimension in every area."""
    refuse_unknown(request, schemas.DimensionQuery)
    site = find_site(place)
    view = portrait_of(site, portrait)
    wanted = one_of(query.dimension, [one.id for one in view.spec.dimension], "dimension")
    return paged(request, narrow_to_area(site, view.dimensions, query, dimension=wanted), query)


@router.get("/p/{place}/portraits/{portrait}/measures", response={200: schemas.MeasuresOfAreas, **FAULTS})
def measures(request: HttpRequest, place: str, portrait: str, query: Annotated[schemas.DimensionQuery, Query()]) -> Any:
    """The figures of every dimension in every area, with the floor or ceiling that each is held against."""
    refuse_unknown(request, schemas.DimensionQuery)
    site = find_site(place)
    view = portrait_of(site, portrait)
    wanted = one_of(query.dimension, [one.id for one in view.spec.dimension], "dimension")
    return paged(request, narrow_to_area(site, view.measures, query, dimension=wanted), query)


@router.get("/p/{place}/portraits/{portrait}/areas/{area}", response={200: dict[str, Any], **FAULTS})
def portrait_of_area(request: HttpRequest, place: str, portrait: str, area: str) -> Any:
    """The doughnut of one area: the document that `wholeplace portrait --area --json` writes, with sentences."""
    refuse_unknown(request)
    site = find_site(place)
    view = portrait_of(site, portrait)
    rows, figures = (_of_area(frame, area) for frame in (view.dimensions, view.measures))
    if rows.is_empty():
        raise Http404(f"The portrait {portrait} has no area {area!r}.")
    return portrait_document(view.spec, area, area_name(site, rows["geography"][0], area), rows, figures)


@router.get("/p/{place}/bars", response={200: schemas.Bars, **FAULTS})
def bars(request: HttpRequest, place: str) -> Any:
    """Digital bars: what each service demands of people, and what of it is measured."""
    refuse_unknown(request)
    build = find_site(place).build
    items = [{**view.spec.model_dump(), "service_name": view.service} for view in map(build.bar, build.bars)]
    return {"count": len(items), "items": items}


@router.get("/p/{place}/bars/{bar}/demands", response={200: schemas.DemandsOfAreas, **FAULTS})
def demands(request: HttpRequest, place: str, bar: str, query: Annotated[schemas.DemandQuery, Query()]) -> Any:
    """The share and number of people below each measured demand, in every area."""
    refuse_unknown(request, schemas.DemandQuery)
    site = find_site(place)
    view = bar_of(site, bar)
    return paged(
        request, narrow_to_area(site, view.demands, query, kind=one_of(query.kind, list(KINDS), "kind")), query
    )


@router.get("/p/{place}/bars/{bar}/bounds", response={200: schemas.BoundsOfAreas, **FAULTS})
def bounds(request: HttpRequest, place: str, bar: str, query: Annotated[schemas.BoundQuery, Query()]) -> Any:
    """At least and at most how many are below any measured demand, in every area; the units are never added up."""
    refuse_unknown(request, schemas.BoundQuery)
    site = find_site(place)
    view = bar_of(site, bar)
    wanted = one_of(query.unit, units(view), "unit")
    return paged(request, narrow_to_area(site, view.bounds, query, unit=wanted), query)


@router.get("/p/{place}/bars/{bar}/areas/{area}", response={200: dict[str, Any], **FAULTS})
def bar_of_area(request: HttpRequest, place: str, bar: str, area: str) -> Any:
    """The bar in one area: the document that `wholeplace bar --area --json` writes, with sentences."""
    refuse_unknown(request)
    site = find_site(place)
    view = bar_of(site, bar)
    demanded, bound = (_of_area(frame, area) for frame in (view.demands, view.bounds))
    if bound.is_empty():
        raise Http404(f"The bar {bar} has no area {area!r}.")
    return bar_document(view.spec, area, area_name(site, bound["geography"][0], area), demanded, bound)


def units(view: BarView) -> list[str]:
    """The units in which a bar counts, each once."""
    return list(dict.fromkeys(one.unit for one in view.spec.demand if one.indicator))


def _of_area(frame: pl.DataFrame, area: str) -> pl.DataFrame:
    """The rows of an area on the first geography that has it."""
    rows = frame.filter(pl.col("area") == area)
    return rows.filter(pl.col("geography") == pl.col("geography").first())
