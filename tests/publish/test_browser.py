"""Published pages in a real browser, opened from a disk: nothing for axe to find, nothing missing, nothing sideways."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from wholeplace.publish.release import Publication

pytestmark = pytest.mark.browser

PAGES = ("index.html", "areas/A01/index.html", "indicators/thefts/index.html", "data/files.html")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


def test_pages_open_from_a_disk_and_axe_finds_nothing(rounded: Publication, browser: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": 320, "height": 800})
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(f"{request.url}: {request.failure}"))
    for name in PAGES:
        page.goto((rounded.folder / name).resolve().as_uri())
        assert (
            page.evaluate("getComputedStyle(document.querySelector('.wp-header')).backgroundColor")
            != "rgba(0, 0, 0, 0)"
        )
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 320
        assert failed == []
        found = Axe().run(page)
        failed.clear()  # axe fetches the style sheet by itself, which a browser refuses on a disk
        assert found.violations_count == 0, found.generate_report()
    page.close()
