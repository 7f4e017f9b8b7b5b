"""What every list of the API does alike: a page of rows at a time, and no parameter or area that it does not know."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.http import HttpRequest
from ninja import Schema
from ninja.errors import HttpError

from wholeplace.web.schemas import Paging
from wholeplace.web.site import PLACE, Site


def refuse_unknown(request: HttpRequest, known: type[Schema] | None = None) -> None:
    """Refuse parameters that an operation does not have, and those given twice."""
    names = set(known.model_fields) if known is not None else set()
    unknown = sorted(set(request.GET) - names)
    if unknown:
        have = f"This operation has: {', '.join(sorted(names))}." if names else "This operation has none."
        raise HttpError(422, f"There is no parameter {', '.join(repr(name) for name in unknown)}. {have}")
    twice = sorted(name for name in names if len(request.GET.getlist(name)) > 1)
    if twice:
        raise HttpError(422, f"The parameter {twice[0]!r} is given twice.")


def paged(request: HttpRequest, frame: pl.DataFrame, paging: Paging) -> dict[str, Any]:
    """One page of a frame, with the addresses of the pages beside it."""
    start, most = paging.offset, paging.limit

    def at(offset: int) -> str:
        return f"{request.path}?" + urlencode({**request.GET.dict(), "limit": most, "offset": offset})

    return {
        "count": frame.height,
        "next": at(start + most) if start + most < frame.height else None,
        "previous": at(max(0, start - most)) if start > 0 else None,
        "items": frame.slice(start, most).to_dicts(),
    }


def known_geography(site: Site, geography: str) -> str:
    """A geography's id; 422 when there is none."""
    if geography and geography != PLACE and geography not in site.geographies:
        have = ", ".join([*site.geographies, PLACE])
        raise HttpError(422, f"There is no geography {geography!r}. There are: {have}.")
    return geography


def known_area(site: Site, area: str) -> str:
    """An area's code; 422 when there is none."""
    if area and area not in site.homes:
        raise HttpError(422, f"There is no area {area!r}; /api/v1/p/{site.slug}/areas lists them.")
    return area


def one_of(value: str, known: list[str], what: str) -> str:
    """A value that is among those known, or blank; 422 for any other."""
    if value and value not in known:
        raise HttpError(422, f"There is no {what} {value!r}. There are: {', '.join(known) or 'none'}.")
    return value


def narrowed(frame: pl.DataFrame, wanted: dict[str, str]) -> pl.DataFrame:
    """The rows whose columns equal what is wanted; an empty text wants nothing."""
    for column, value in wanted.items():
        if value:
            frame = frame.filter(pl.col(column) == value)
    return frame
