"""Server time of the pages of Leeds; and the time its build takes: the very first, which compiles, cold, unchanged."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.common import in_own_process, keep

EXAMPLE = Path(__file__).parents[1] / "examples" / "leeds"
PAGES = (
    "", "areas/", "areas/lsoa21/", "areas/E01011264/", "indices/", "indices/left-behind/",
    "indices/left-behind/weights/?w-reach=0.5", "indices/left-behind/uncertainty/", "indicators/",
    "indicators/disabled/", "data/", "find/?q=LS1", "method/", "accessibility/",
)  # fmt: skip
_BUILD = """
import json, time
started = time.perf_counter()
from wholeplace.build import build_place
build_place({folder!r})
print(json.dumps({{"seconds": time.perf_counter() - started}}))
"""


def run() -> dict[str, Any]:
    """Build Leeds twice, then ask for each kind of page 21 times and keep the median."""
    if not os.environ.get("WHOLEPLACE_DATA"):
        print("pages: not run, because WHOLEPLACE_DATA is not set")
        return {}
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "leeds"
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".wholeplace"))
        build = _BUILD.format(folder=str(folder))
        first = in_own_process(build, NUMBA_CACHE_DIR=str(Path(root) / "nothing-compiled"))["seconds"]
        shutil.rmtree(folder / ".wholeplace")
        figures: dict[str, Any] = {
            "build_first_after_installation_s": first,
            "build_cold_s": in_own_process(build)["seconds"],
            "build_unchanged_s": in_own_process(build)["seconds"],
        }
        figures["server_ms"] = _server_ms(folder)
    figures["median_of_pages_ms"] = statistics.median(figures["server_ms"].values())
    keep("pages", figures)
    return figures


def _server_ms(folder: Path) -> dict[str, float]:
    from django.test import Client

    from wholeplace.web.settings import configure
    from wholeplace.web.site import Sites

    configure(Sites([folder]), host="testserver")
    client = Client()
    found = {}
    for page in PAGES:
        taken = []
        for _ in range(21):
            started = time.perf_counter()
            status = client.get(f"/p/leeds/{page}").status_code
            taken.append((time.perf_counter() - started) * 1000)
        if status != 200:
            raise RuntimeError(f"/p/leeds/{page} answered {status}")
        found[page or "overview"] = round(statistics.median(taken), 1)
    return found
