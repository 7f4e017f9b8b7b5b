"""The demo town of 120 areas, invented once for all tests of the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from wholeplace.place.demo.folder import Demo, invent, write_demo


@pytest.fixture(scope="session")
def demo() -> Demo:
    return invent(120, 1)


@pytest.fixture(scope="session")
def folder(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo")
    write_demo(demo, path)
    return path
