"""What every test shares: where things are, which tests are run, and an honest summary of which were not."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from ctypes.util import find_library
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # so that tests can import the helpers that stand beside them, as `tests.places`


def _no_browser() -> str:
    """Why no browser can be driven here; the driver is Node, which links to a library that bare systems lack."""
    if shutil.which("chromium") is None:
        return "no Chromium is found"
    if sys.platform == "linux" and find_library("atomic") is None:
        return "no libatomic is found, which the driver of Chromium needs"
    return ""


#: Why a marked test is not run here, by mark; a mark that is not in it is run.
REASONS = {
    "browser": _no_browser(),
    "office": "no LibreOffice is found" if shutil.which("soffice") is None else "",
    "real": "WHOLEPLACE_DATA is not set" if not os.environ.get("WHOLEPLACE_DATA") else "",
}
_not_run: dict[str, int] = {}

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests that cannot run here, and long ones unless they are asked for; count them for the summary."""
    kept, dropped = [], []
    for item in items:
        reason = _reason(config, item)
        if reason:
            _not_run[reason] = _not_run.get(reason, 0) + 1
        (dropped if reason else kept).append(item)
    config.hook.pytest_deselected(items=dropped)
    items[:] = kept


def _reason(config: pytest.Config, item: pytest.Item) -> str:
    for mark, reason in REASONS.items():
        if reason and item.get_closest_marker(mark):
            return reason
    if item.get_closest_marker("long") and not _long_is_wanted(config, item):
        return "long tests are run by `make test-all`"
    return ""


def _long_is_wanted(config: pytest.Config, item: pytest.Item) -> bool:
    """`pytest --long` runs every long test; WHOLEPLACE_LONG_TESTS=tenth:SEED one in ten, chosen by the seed."""
    if config.getoption("--long"):
        return True
    share, _, seed = os.environ.get("WHOLEPLACE_LONG_TESTS", "").partition(":")
    digest = hashlib.sha256(f"{seed} {item.nodeid}".encode()).digest()
    return share == "tenth" and digest[0] < 26


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long tests too")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what this worker left out to the process that writes the summary, where tests run side by side."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["not_run"] = _not_run


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Every worker collects, and so leaves out, the same tests: one count of them is the count."""
    _not_run.update(getattr(node, "workeroutput", {}).get("not_run", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason, count in sorted(_not_run.items()):
        terminalreporter.write_line(f"NOT RUN: {count} tests, because {reason}")


def built_once(temporary: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that is made and built by one worker and copied by the others, each of which may write to its own."""
    from wholeplace.build import build_place

    shared = temporary.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    original = shared / "built" / name
    with FileLock(shared / f"{name}.lock"):
        if not original.exists():
            making = shared / "making" / name
            make(making)
            build_place(making)
            original.parent.mkdir(exist_ok=True)
            making.rename(original)
    return Path(shutil.copytree(original, temporary.mktemp("places") / name))


@pytest.fixture(scope="session")
def demo_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo place of 60 areas, built."""
    from wholeplace.place.demo import make_demo

    return built_once(tmp_path_factory, "harrowmere", lambda folder: make_demo(folder, areas=60))


@pytest.fixture(scope="session")
def leeds_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Leeds example, built; a table that is missing is a failure, not a test left out."""
    example, unwanted = ROOT / "examples" / "leeds", shutil.ignore_patterns(".wholeplace")
    return built_once(tmp_path_factory, "leeds", lambda folder: shutil.copytree(example, folder, ignore=unwanted))
