"""One place published once, exact and rounded, for all tests that only look at what came out."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.publish.places import write_place

from wholeplace.publish import release
from wholeplace.publish.release import Publication, publish_place


@pytest.fixture(scope="session")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Publication:
    """Published without rounding, so that attacks have exact figures to work with."""
    room = tmp_path_factory.mktemp("exact")
    return publish_place(write_place(room / "town", settings="rounding = 0\n"), room / "out")


@pytest.fixture(scope="session")
def rounded(tmp_path_factory: pytest.TempPathFactory) -> Publication:
    """Published with the defaults: threshold 10, rounded to 5."""
    room: Path = tmp_path_factory.mktemp("rounded")
    return publish_place(write_place(room / "town"), room / "out")


@pytest.fixture
def without_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Publish tables, metadata and catalogue only, for tests that look at no page: pages take most of the time."""
    monkeypatch.setattr(release, "_write_pages", lambda copy, draft, say: 0)
