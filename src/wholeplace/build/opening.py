"""Open a place with everything it holds: tables from its folder, registers from its log or its files."""

from __future__ import annotations

from pathlib import Path

from wholeplace.place import Findings, Place, read_place
from wholeplace.records import PlaceRegisters


def open_place(folder: str | Path, *, strict: bool = False) -> Place:
    """Read a place folder with its registers, check it, and return it.

    A register with any entry in the records log is read from the log, else from its CSV file.

    Raises
    ------
    FindingsError
        When the check finds an error (with `strict`, also a warning); the error lists every finding.
    """
    findings = Findings(strict=strict)
    place = read_place(Path(folder), findings, registers=PlaceRegisters(Path(folder)))
    findings.raise_errors(f"the place in {folder}")
    assert place is not None  # without a place there is an error
    return place
