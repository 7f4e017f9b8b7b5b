"""A client for the pages of the demo place, without a server."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from wholeplace.web.settings import configure
from wholeplace.web.site import Sites


@pytest.fixture(scope="session")
def client(demo_place: Path) -> Client:
    configure(Sites([demo_place]), host="127.0.0.1")
    return Client(SERVER_NAME="127.0.0.1")
