"""Run the command line as a person does, and look that what it says is plain."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from wholeplace.cli import main

#: What no message for people holds: tracebacks, names of classes and of libraries, our own fault.
_INNER = re.compile(
    r"Traceback|\b[A-Za-z_]+(Error|Exception)\b|polars|pyarrow|pydantic|calamine|pyogrio|<class|has failed"
)


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document it must be."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        """The lines a person reads, on either output."""
        return [*self.out.splitlines(), *self.err.splitlines()]

    def plain(self) -> bool:
        """Whether nothing of the inside shows."""
        return not _INNER.search(self.out + self.err)


def run(capfd: pytest.CaptureFixture[str], *arguments: object) -> Ran:
    """Run `wholeplace` with arguments in this process, catching what any library writes too."""
    before = sys.argv
    sys.argv = ["wholeplace", *map(str, arguments)]
    capfd.readouterr()
    try:
        main()
    except SystemExit as ending:
        found = capfd.readouterr()
        return Ran(ending.code if isinstance(ending.code, int) else 1, found.out, found.err)
    finally:
        sys.argv = before
    raise AssertionError("the command line ends by leaving")


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file under a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
