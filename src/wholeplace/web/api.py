"""The same figures for machines: OpenAPI 3.1, paging, problem details (RFC 9457); unknown parameters are refused."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlencode

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Query, Schema
from ninja.errors import ValidationError

import wholeplace
from wholeplace.web.http import find_site, problem, sites

MOST_ROWS = 1_000

Page = Annotated[int, Query(ge=1, le=1_000_000, description="Page, from 1.")]
PerPage = Annotated[int, Query(ge=1, le=MOST_ROWS, description=f"Rows a page, at most {MOST_ROWS:,}.")]


class ProblemSchema(Schema):
    """Problem details as RFC 9457 has them."""

    type: str
    title: str
    status: int
    detail: str


class RowsSchema(Schema):
    """One page of rows: how many there are in all, and where the next page is."""

    count: int
    next: str | None
    rows: list[dict[str, Any]]


PROBLEMS = {404: ProblemSchema, 422: ProblemSchema}

api = NinjaAPI(
    title="Wholeplace",
    version=wholeplace.__version__,
    description="Areas, indicators, values and indices of a place. Every list is paged.",
    docs_url=None,
    urls_namespace="wholeplace-api",
)


def strict(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse query parameters that the view does not have, naming those it does."""
    known = set(inspect.signature(view).parameters) - {"request"}

    @functools.wraps(view)
    def answer(request: HttpRequest, **kwargs: Any) -> Any:
        unknown = sorted(set(request.GET) - known)
        if unknown:
            has = ", ".join(sorted(known - {"place", "index_id"})) or "none"
            return problem(422, "Unknown parameter", f"There is no parameter {', '.join(unknown)}; there are: {has}.")
        return view(request, **kwargs)

    return answer


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    faults = [f"{'.'.join(map(str, fault['loc'][1:]))}: {fault['msg']}" for fault in error.errors]
    return problem(422, "Wrong parameter", "; ".join(faults))


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(404, "Not found", str(error) or f"There is nothing at {request.path}.")


def api_missing(request: HttpRequest, rest: str) -> HttpResponse:
    """Any other address under /api."""
    return problem(404, "Not found", f"There is nothing at /api/{rest}; /api/openapi.json says what there is.")


def _rows(request: HttpRequest, frame: pl.DataFrame, page: int, per_page: int) -> dict[str, Any]:
    """One page of a frame."""
    start = (page - 1) * per_page
    more = start + per_page < frame.height
    params = {**request.GET.dict(), "page": page + 1, "per_page": per_page}
    following = f"{request.path}?{urlencode(params)}" if more else None
    return {"count": frame.height, "next": following, "rows": frame.slice(start, per_page).to_dicts()}


def _keep(frame: pl.DataFrame, **wanted: str | None) -> pl.DataFrame:
    """The rows whose columns hold what was asked for; None asks for nothing."""
    for column, value in wanted.items():
        if value is not None:
            frame = frame.filter(pl.col(column) == value)
    return frame


@api.get("/v1/places", response=list[dict[str, Any]], summary="The places that are served")
@strict
def places(request: HttpRequest) -> Any:
    return [
        {"place": site.slug, "code": site.code, "name": site.name, "built": site.build.built} for site in sites().all()
    ]


@api.get("/v1/p/{place}/areas", response={200: RowsSchema, **PROBLEMS}, summary="Areas with their populations")
@strict
def areas(
    request: HttpRequest, place: str, geography: str | None = None, page: Page = 1, per_page: PerPage = 100
) -> Any:
    return _rows(request, _keep(find_site(place).build.areas, geography=geography), page, per_page)


@api.get("/v1/p/{place}/indicators", response={200: RowsSchema, **PROBLEMS}, summary="What each indicator is")
@strict
def indicators(
    request: HttpRequest, place: str, theme: str | None = None, page: Page = 1, per_page: PerPage = 100
) -> Any:
    return _rows(request, _keep(find_site(place).build.indicators, theme=theme), page, per_page)


@api.get("/v1/p/{place}/values", response={200: RowsSchema, **PROBLEMS}, summary="Values with their intervals")
@strict
def values(
    request: HttpRequest,
    place: str,
    indicator: str | None = None,
    geography: str | None = None,
    period: str | None = None,
    area: str | None = None,
    page: Page = 1,
    per_page: PerPage = 100,
) -> Any:
    frame = find_site(place).build.values
    frame = _keep(frame, indicator=indicator, geography=geography, period=period, area=area)
    return _rows(request, frame, page, per_page)


@api.get("/v1/p/{place}/indices", response={200: list[dict[str, Any]], **PROBLEMS}, summary="The indices of a place")
@strict
def indices(request: HttpRequest, place: str) -> Any:
    build = find_site(place).build
    return [
        {
            "id": one,
            "name": build.index(one).name,
            "geography": build.index(one).geography,
            "parts": build.index(one).parts,
        }
        for one in build.indices
    ]


@api.get(
    "/v1/p/{place}/indices/{index_id}/scores",
    response={200: RowsSchema, **PROBLEMS},
    summary="Scores, ranks and rank intervals",
)
@strict
def scores(
    request: HttpRequest, place: str, index_id: str, area: str | None = None, page: Page = 1, per_page: PerPage = 100
) -> Any:
    build = find_site(place).build
    if index_id not in build.indices:
        raise Http404(f"There is no index {index_id!r}; there are: {', '.join(build.indices)}.")
    return _rows(request, _keep(build.index(index_id).scores, area=area), page, per_page)
