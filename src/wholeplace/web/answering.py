"""Pages asked for without a server: what writes them to files asks here, and knows nothing of Django."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from wholeplace.web.settings import configure
from wholeplace.web.site import Sites
from wholeplace.web.still import standing_still


@contextmanager
def answering(sites: Sites) -> Iterator[Callable[[str], tuple[int, str, bytes]]]:
    """Answer addresses with status, media type and content, as pages that stand still; what was served is put back."""
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler

    before = settings.WHOLEPLACE_SITES if settings.configured else None
    loopback = settings.WHOLEPLACE_ON_LOOPBACK if settings.configured else True
    configure(sites)
    handler = WSGIHandler()

    def get(address: str) -> tuple[int, str, bytes]:
        parts, told = urlsplit(address), {}

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> None:
            told.update({"status": status, **{name.lower(): value for name, value in headers}})

        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": unquote(parts.path).encode().decode("latin-1"),
            "QUERY_STRING": parts.query, "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "HTTP_HOST": "127.0.0.1",
            "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(), "wsgi.version": (1, 0),
            "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.multithread": False, "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }  # fmt: skip
        answer = handler(environ, start)
        body = b"".join(answer)
        answer.close()
        return int(str(told["status"])[:3]), str(told.get("content-type", "")), body

    try:
        with standing_still():
            yield get
    finally:
        if before is not None:
            settings.WHOLEPLACE_SITES, settings.WHOLEPLACE_ON_LOOPBACK = before, loopback
