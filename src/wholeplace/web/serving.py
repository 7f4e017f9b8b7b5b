"""Serve places in the foreground."""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wholeplace.errors import WholeplaceError

#: What the server process is told through its environment: folders and host.
ENVIRONMENT = "WHOLEPLACE_SERVED"


class PortInUseError(WholeplaceError, OSError):
    """A port that another program listens on."""


def application_from_environment() -> Callable[..., Any]:
    """The WSGI application for the places named in the environment, style and scripts included."""
    told = json.loads(os.environ[ENVIRONMENT])
    return make_application([Path(folder) for folder in told["folders"]], host=told["host"])


def make_application(folders: list[Path], *, host: str = "127.0.0.1") -> Callable[..., Any]:
    """A WSGI application that shows built places."""
    from wholeplace.web.settings import SECURITY_HEADERS, STATIC, configure
    from wholeplace.web.site import Sites

    configure(Sites(folders), host=host)
    from django.core.wsgi import get_wsgi_application
    from whitenoise import WhiteNoise

    def add_headers(headers: Any, path: str, url: str) -> None:
        for name, value in SECURITY_HEADERS.items():
            headers[name] = value

    pages = get_wsgi_application()
    application: Callable[..., Any] = WhiteNoise(
        pages, root=STATIC, prefix="static/", max_age=3600, add_headers_function=add_headers
    )
    return application


def serve(folders: list[Path], *, host: str, port: int) -> None:
    """Answer requests until stopped with Ctrl-C.

    Raises PortInUseError before anything is started when the port is taken.
    """
    _check_port(host, port)
    os.environ[ENVIRONMENT] = json.dumps({"folders": [str(folder.resolve()) for folder in folders], "host": host})
    multiprocessing.set_start_method("spawn", force=True)  # a fork would inherit polars' locks and hang
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "wholeplace.web.serving:application_from_environment",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=2,
        log_level="warning",  # type: ignore[arg-type]
    ).serve()


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            words = error.strerror or str(error)
            message = f"cannot listen on {host} port {port}: {words}; choose another with --port"
            raise PortInUseError(message) from None
