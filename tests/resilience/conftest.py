"""The small place that scenarios are read in."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.scenarios import opened, write_place

from wholeplace.place import Place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_place(tmp_path)


@pytest.fixture
def place(folder: Path) -> Place:
    return opened(folder)
