"""The API: places, areas, indicators, values and indices as JSON, described by OpenAPI 3.1."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Query, Router
from ninja.errors import HttpError, ValidationError

import wholeplace
from wholeplace.build.over_time import OverTimeView
from wholeplace.web import schemas
from wholeplace.web.api_estate import router as estate_router
from wholeplace.web.api_portraits import router as portraits_router
from wholeplace.web.api_spatial import router as spatial_router
from wholeplace.web.http import find_site, problem, sites
from wholeplace.web.paging import known_area, known_geography, narrowed, one_of, paged, refuse_unknown
from wholeplace.web.schemas import FAULTS, Paging
from wholeplace.web.site import Site
from wholeplace.web.words import first_upper

DESCRIPTION = """Figures of places, with source, date and uncertainty. Every list is paged with `limit` and `offset`.
An unknown parameter is refused. Faults are problem details (RFC 9457). Answers carry an ETag.

An empty `value` has a `status` that says why: Q suppressed, O missing, L not collected, M cannot exist."""

PROBLEM = "application/problem+json"


class API(NinjaAPI):
    """The API, whose description says that faults are problem details and no plain JSON."""

    def get_openapi_schema(self, **how: Any) -> Any:
        schema = super().get_openapi_schema(**how)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400 and "content" in answer:
                        answer["content"] = {PROBLEM: next(iter(answer["content"].values()))}
        return schema


api = API(
    title="Wholeplace", version=wholeplace.__version__, description=DESCRIPTION, urls_namespace="api", docs_url=None
)
router = Router(tags=["v1"])


@router.get("/places", response={200: schemas.Places, **FAULTS})
def places(request: HttpRequest) -> Any:
    """Every place that is served here."""
    refuse_unknown(request)
    items = [
        {"slug": site.slug, "code": site.code, "name": site.name, "built": site.build.built, "url": site.url()}
        for site in sites().all()
    ]
    return {"count": len(items), "items": items}


@router.get("/p/{place}/areas", response={200: schemas.Areas, **FAULTS})
def areas(request: HttpRequest, place: str, query: Annotated[schemas.AreaQuery, Query()]) -> Any:
    """Areas of a place: every geography, or one."""
    refuse_unknown(request, schemas.AreaQuery)
    site = find_site(place)
    return paged(request, narrowed(site.build.areas, {"geography": known_geography(site, query.geography)}), query)


@router.get("/p/{place}/indicators", response={200: schemas.Indicators, **FAULTS})
def indicators(request: HttpRequest, place: str, query: Annotated[schemas.IndicatorQuery, Query()]) -> Any:
    """Indicators with definition, unit, source and licence."""
    refuse_unknown(request, schemas.IndicatorQuery)
    return paged(request, narrowed(find_site(place).build.indicators, {"theme": query.theme}), query)


@router.get("/p/{place}/values", response={200: schemas.Values, **FAULTS})
def values(request: HttpRequest, place: str, query: Annotated[schemas.ValueQuery, Query()]) -> Any:
    """Values with interval, count, denominator, status, and where they were moved from."""
    refuse_unknown(request, schemas.ValueQuery)
    site = find_site(place)
    if query.indicator and query.indicator not in site.indicators:
        raise HttpError(422, f"There is no indicator {query.indicator!r}; /api/v1/p/{site.slug}/indicators lists them.")
    known_area(site, query.area)
    known_geography(site, query.geography)
    wanted = {name: getattr(query, name) for name in ("indicator", "geography", "period", "area", "status")}
    return paged(request, narrowed(site.build.values, wanted), query)


@router.get("/p/{place}/indices", response={200: schemas.Indices, **FAULTS})
def indices(request: HttpRequest, place: str) -> Any:
    """Indices with their method, parts and weights."""
    refuse_unknown(request)
    items = [
        {
            "id": index.id,
            "name": index.name,
            "geography": index.geography,
            "periods": index.periods,
            "method": index.method_sentences,
            "parts": index.parts,
        }
        for index in find_site(place).indices()
    ]
    return {"count": len(items), "items": items}


def index_of(site: Site, name: str) -> Any:
    """An index by id; 404 when there is none."""
    if name not in site.build.indices:
        raise Http404(f"There is no index {name!r} in {site.name}.")
    return site.build.index(name)


@router.get("/p/{place}/indices/{index}/scores", response={200: schemas.Scores, **FAULTS})
def scores(request: HttpRequest, place: str, index: str, query: Annotated[schemas.ScoreQuery, Query()]) -> Any:
    """Score, rank, tenth and range of rank of every area, in order of rank."""
    refuse_unknown(request, schemas.ScoreQuery)
    site = find_site(place)
    frame = index_of(site, index).scores.sort("rank", "area", nulls_last=True)
    return paged(request, narrowed(frame, {"area": known_area(site, query.area)}), query)


@router.get("/p/{place}/indices/{index}/summaries", response={200: schemas.Summaries, **FAULTS})
def summaries(request: HttpRequest, place: str, index: str, query: Annotated[Paging, Query()]) -> Any:
    """Summaries of an index for larger areas, weighted by people."""
    refuse_unknown(request, Paging)
    return paged(request, index_of(find_site(place), index).summaries, query)


@router.get("/p/{place}/indices/{index}/areas/{area}", response={200: schemas.Apart, **FAULTS})
def apart(request: HttpRequest, place: str, index: str, area: str) -> Any:
    """The score of one area taken apart, to the last indicator."""
    refuse_unknown(request)
    one = index_of(find_site(place), index)
    try:
        return {"index": one.id, "area": area, "parts": one.explain(area)}
    except KeyError:
        raise Http404(f"The index {one.id} has no area {area!r}.") from None


@router.get("/p/{place}/indices/{index}/uncertainty", response={200: dict[str, Any], **FAULTS})
def uncertainty(request: HttpRequest, place: str, index: str) -> Any:
    """What each choice moves, with draws and seed."""
    refuse_unknown(request)
    about = index_of(find_site(place), index).uncertainty
    if about is None:
        raise Http404(f"The index {index!r} was built without its uncertainty.")
    return about


def over_time_of(site: Site, name: str) -> OverTimeView:
    """An index over time; 404 for one of one period."""
    view: OverTimeView | None = index_of(site, name).over_time
    if view is None:
        raise Http404(f"The index {name!r} has one period: it says nothing of change.")
    return view


@router.get("/p/{place}/indices/{index}/over-time", response={200: schemas.OverTimeScores, **FAULTS})
def over_time(request: HttpRequest, place: str, index: str, query: Annotated[schemas.OverTimeQuery, Query()]) -> Any:
    """Score with its interval, rank and one score a part of every area in every period, on one scale."""
    refuse_unknown(request, schemas.OverTimeQuery)
    site = find_site(place)
    view = over_time_of(site, index)
    wanted = {"area": known_area(site, query.area), "period": one_of(query.period, view.periods, "period")}
    return paged(request, narrowed(view.scores, wanted), query)


@router.get("/p/{place}/indices/{index}/changes", response={200: schemas.Changes, **FAULTS})
def changes(request: HttpRequest, place: str, index: str, query: Annotated[schemas.ChangeQuery, Query()]) -> Any:
    """Change of every area and part from one period to another, with its interval and whether it could be noise."""
    refuse_unknown(request, schemas.ChangeQuery)
    site = find_site(place)
    view = over_time_of(site, index)
    wanted = {"area": known_area(site, query.area)}
    for name in ("part", "since", "period"):
        known = view.changes[name].unique(maintain_order=True).to_list()
        wanted[name] = one_of(getattr(query, name), known, name)
    return paged(request, narrowed(view.changes, wanted), query)


@router.get("/p/{place}/indices/{index}/checklist", response={200: dict[str, Any], **FAULTS})
def checklist(request: HttpRequest, place: str, index: str) -> Any:
    """The ten steps of making an index: what was found, what to look at, what is open; figures under `data`."""
    refuse_unknown(request)
    return index_of(find_site(place), index).checklist


@router.get("/p/{place}/tables", response={200: schemas.Tables, **FAULTS})
def tables(request: HttpRequest, place: str, query: Annotated[Paging, Query()]) -> Any:
    """Source tables with what is missing, suppressed and of other places."""
    refuse_unknown(request, Paging)
    return paged(request, find_site(place).build.tables, query)


api.add_router("/v1", router)
api.add_router("/v1", portraits_router)
api.add_router("/v1", spatial_router)
api.add_router("/v1", estate_router)


@api.exception_handler(ValidationError)
def refused(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """422: parameters of the wrong form."""
    said = [f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}" for one in error.errors]
    return problem(422, "Refused", "; ".join(said), errors=said)


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Any fault raised with a status."""
    title = {422: "Refused"}.get(error.status_code, "Fault")
    return problem(error.status_code, title, first_upper(str(error)))


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """404: something that is not there."""
    return problem(404, "Not found", str(error) or f"There is nothing at {request.path}.")


def api_missing(request: HttpRequest, rest: str) -> HttpResponse:
    """404 for any other address under /api."""
    return problem(404, "Not found", f"There is nothing at {request.path}. /api/openapi.json describes what there is.")
