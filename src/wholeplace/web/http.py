"""What every answer has: security headers, and plain words when something is not there or has failed."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from wholeplace.web.settings import FRAMED_HEADERS, SECURITY_HEADERS, on_loopback
from wholeplace.web.site import Site, Sites

#: Pages, downloads and API of registers.
_REGISTERS = re.compile(r"/p/[^/]+/estate(/|$)|/api/v1/p/[^/]+/estate(/|$)")
log = logging.getLogger("wholeplace.web")


def sites() -> Sites:
    """The places that are served."""
    found: Sites = settings.WHOLEPLACE_SITES
    return found


def find_site(slug: str) -> Site:
    """The place under a slug; Http404 when there is none."""
    site = sites().get(slug)
    if site is None:
        raise Http404(f"There is no place {slug!r} here.")
    return site


class FramedResponse(HttpResponse):  # type: ignore[misc]  # Django has no types
    """An answer that other sites may show in a frame."""


def security_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that puts the security headers on every answer of Django's."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        headers = FRAMED_HEADERS if isinstance(response, FramedResponse) else SECURITY_HEADERS
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return answer


def registers_on_loopback_only(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that keeps registers, and all that is drawn from them, to this machine until there are accounts."""

    def answer(request: HttpRequest) -> HttpResponse:
        if on_loopback() or not _REGISTERS.match(request.path):
            return get_response(request)
        words = (
            "Registers show what a place stands on and where it could be hurt. They are not shown while other machines "
            "can reach these pages. To read them, start `wholeplace serve` without --host, and open the address it "
            "prints on that same machine."
        )
        if request.path.startswith("/api"):
            return problem(403, "Only on this machine", words)
        from wholeplace.web.rendering import render

        return render(request, "403.html", None, status=403, title="Only on the machine that serves this", words=words)

    return answer


def problem(status: int, title: str, detail: str, **more: Any) -> JsonResponse:
    """Problem details for machines (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: a page in plain words, or problem details under /api."""
    words = str(exception.args[0]) if exception.args and isinstance(exception.args[0], str) else ""
    if request.path.startswith("/api"):
        return problem(404, "Not found", words or f"There is nothing at {request.path}.")
    from wholeplace.web.rendering import render

    slug = request.path.split("/")[2] if request.path.startswith("/p/") else ""
    site = sites().get(slug) if slug else None
    return render(request, "404.html", site, status=404, title="Page not found", words=words)


def failed(request: HttpRequest) -> HttpResponse:
    """500: an apology without details; the details go to the log of whoever runs the server."""
    log.error("failed at %s\n%s", request.path, traceback.format_exc())
    if request.path.startswith("/api"):
        return problem(500, "Failed", "Wholeplace has failed. This is our fault, not yours.")
    from wholeplace.web.rendering import render

    return render(request, "500.html", None, status=500, title="Something has gone wrong")
