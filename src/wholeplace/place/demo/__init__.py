"""The demo place: an invented town that needs no network and reads as real."""

from __future__ import annotations

from pathlib import Path

from wholeplace.errors import WholeplaceError

__all__ = ["LEAST_AREAS", "MOST_AREAS", "DemoError", "make_demo"]

LEAST_AREAS, MOST_AREAS = 60, 33_000


class DemoError(WholeplaceError, ValueError):
    """The demo place cannot be made as asked."""


def make_demo(folder: Path, *, areas: int = 120, seed: int = 1) -> None:
    """Write the demo place, the invented town of Harrowmere, into a folder.

    Everything is drawn from `areas` (60 to 33,000 neighbourhoods of about 1,500 people) and `seed` (0 or more): the
    same two give the same bytes. The folder is made if need be. A demo place that is there already is written over,
    edits included; any other folder that holds something is refused.

    Figures are plausible one by one and together, yet invented: never use them to learn about real neighbourhoods,
    nor to tune a method that real decisions rest on.

    Raises `DemoError` (a `WholeplaceError` and `ValueError`) before anything is written, or when the folder cannot be.
    """
    _check(folder, areas, seed)
    from wholeplace.place.demo.folder import invent, write_demo

    demo = invent(areas, seed)
    try:
        write_demo(demo, folder)
    except OSError as error:
        raise DemoError(f"cannot write {error.filename or folder}: {error.strerror or error}") from None


def _check(folder: Path, areas: int, seed: int) -> None:
    problems = []
    if not LEAST_AREAS <= areas <= MOST_AREAS:
        problems.append(f"the demo place can have {LEAST_AREAS} to {MOST_AREAS:,} areas, not {areas:,}")
    if seed < 0:
        problems.append(f"a seed is a whole number of 0 or more, not {seed}")
    if folder.exists() and not folder.is_dir():
        problems.append(f"{folder} is a file; name a folder for the demo place")
    elif folder.is_dir() and any(folder.iterdir()) and not _is_demo(folder):
        problems.append(f"{folder} holds something else than a demo place; name a new or empty folder")
    if problems:
        raise DemoError("; ".join(problems))


def _is_demo(folder: Path) -> bool:
    from wholeplace.place.demo.naming import PLACE_CODE

    place = folder / "place.toml"
    return place.is_file() and f'code = "{PLACE_CODE}"'.encode() in place.read_bytes()
