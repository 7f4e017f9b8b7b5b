"""Set the report of an area in type: a tagged PDF (PDF/UA-1) by Typst, from a fixed template and texts as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from wholeplace.errors import WholeplaceError

TEMPLATE = Path(__file__).parent / "area.typ"
MISSING = "PDF reports need Typst, which is not installed. Install it with  pip install 'wholeplace[pdf]'"


class NoTypstError(WholeplaceError):
    """Typst, which writes PDF files, is not installed."""


def can_write() -> bool:
    """Whether what writes PDF files is installed."""
    return find_spec("typst") is not None


def require_typst() -> None:
    """Refuse, with what to install, where nothing can write a PDF."""
    if not can_write():
        raise NoTypstError(MISSING)


def write_pdf(contents: Mapping[str, Any]) -> bytes:
    """The report as the bytes of a PDF file.

    Texts reach the template as JSON and never as markup, so that a name with a `#` or `$` in it stays a name. The
    fonts are those that come with Typst: the same report is the same on every machine.

    Parameters
    ----------
    contents
        What `area_contents` gives.

    Raises
    ------
    NoTypstError
        When Typst is not installed.
    """
    require_typst()
    import typst

    document: bytes = typst.compile(
        TEMPLATE,
        format="pdf",
        pdf_standards=["ua-1"],
        sys_inputs={"contents": json.dumps(contents)},
        ignore_system_fonts=True,
    )
    return document
