"""A client for the pages of the demo place, without a server, and a place of many areas."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from tests.web.squares import write_squares

from wholeplace.build import build_place
from wholeplace.web.settings import configure
from wholeplace.web.site import Sites


@pytest.fixture(scope="session")
def client(demo_place: Path) -> Client:
    configure(Sites([demo_place]), host="127.0.0.1")
    return Client(SERVER_NAME="127.0.0.1")


@pytest.fixture(scope="session")
def many_areas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place of 5,040 square areas, built."""
    folder = write_squares(tmp_path_factory.mktemp("places") / "squares")
    build_place(folder)
    return folder
