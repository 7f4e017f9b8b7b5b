"""The small place that scenarios are read in; what holds figures against theory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.resilience.theory import Compared
from tests.scenarios import opened, write_place

from wholeplace.place import Place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_place(tmp_path)


@pytest.fixture
def place(folder: Path) -> Place:
    return opened(folder)


@pytest.fixture(scope="module")
def compared() -> Iterator[Compared]:
    """Compares figures with theory; those of a file also all together, when its last test is done."""
    one = Compared()
    yield one
    one.check_together()
