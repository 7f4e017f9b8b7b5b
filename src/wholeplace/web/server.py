"""Serve places: the WSGI application, and a server for it in the foreground."""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from wholeplace.errors import WholeplaceError
from wholeplace.web.settings import SECURITY_HEADERS, STATIC, configure
from wholeplace.web.site import Sites

#: How the folders and the host reach the server's own process.
VARIABLE = "WHOLEPLACE_SERVE"

Wsgi = Callable[..., Iterable[bytes]]


class CannotServeError(WholeplaceError, OSError):
    """An address that cannot be listened on."""


def make_application(folders: Sequence[str | Path], *, host: str = "127.0.0.1") -> Wsgi:
    """The WSGI application of these places, static files included. They must have been built."""
    from django.core.handlers.wsgi import WSGIHandler
    from whitenoise import WhiteNoise

    sites = Sites(folders)
    sites.all()
    configure(sites, host=host)
    application: Wsgi = WhiteNoise(
        WSGIHandler(),
        root=STATIC,
        prefix="static/",
        max_age=86_400,
        mimetypes={".mjs": "text/javascript"},
        add_headers_function=_static_headers,
    )
    return application


def _static_headers(headers: Any, path: str, url: str) -> None:
    for name, value in SECURITY_HEADERS.items():
        headers[name] = value


def application_of_environment() -> Wsgi:
    """The application for the folders named in the environment; the server's own process calls this."""
    told = json.loads(os.environ[VARIABLE])
    return make_application(told["folders"], host=told["host"])


def free_port(host: str, port: int) -> int:
    """The port, or a free one for port 0; CannotServeError when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except (OSError, OverflowError) as error:
        words = error.strerror if isinstance(error, OSError) else "ports go from 0 to 65535"
        raise CannotServeError(f"cannot serve on {host}, port {port}: {words}; try another with --port") from None


def address(host: str, port: int) -> str:
    """What to type into a browser."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}/"


def serve(folders: Sequence[str | Path], *, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve places in the foreground until stopped. `port` 0 is refused here: ask `free_port` for one first."""
    told = {"folders": [str(Path(folder).resolve()) for folder in folders], "host": host}
    os.environ[VARIABLE] = json.dumps(told)
    try:
        from granian import Granian
        from granian.constants import Interfaces
    except ImportError:  # no ready-made Granian for this machine
        serve_plainly(make_application(folders, host=host), host=host, port=port)
        return
    multiprocessing.set_start_method("spawn", force=True)  # a fork would inherit the locks of polars and hang
    server = Granian(
        "wholeplace.web.server:application_of_environment",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=4,
        log_enabled=True,
        log_level="warning",  # type: ignore[arg-type]
    )
    server.serve()


def serve_plainly(application: Wsgi, *, host: str, port: int) -> None:
    """Serve with the server in Python's own library: slower, and there on every machine."""
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing for each request."""

    with Server((host, port), Quiet) as server:
        server.set_app(application)
        server.serve_forever()
