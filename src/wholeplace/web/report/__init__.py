"""The report of one area on paper: what its profile says, as an accessible PDF (PDF/UA-1)."""

from wholeplace.web.report.contents import area_contents
from wholeplace.web.report.pdf import MISSING, can_write, require_typst, write_pdf

__all__ = ["MISSING", "area_contents", "can_write", "require_typst", "write_pdf"]
