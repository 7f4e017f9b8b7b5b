"""Publishing safely: hide small counts and whatever would tell them, and prove it."""

from wholeplace.measure.disclosure.audit import Published, audit
from wholeplace.measure.disclosure.derived import counts_behind, hide_derived
from wholeplace.measure.disclosure.protect import Protected, protect, unsafe
from wholeplace.measure.disclosure.report import hidden_cells, printable, summary
from wholeplace.measure.disclosure.rounding import round_table
from wholeplace.measure.disclosure.tables import Grouping, Release, Rules, count_table

__all__ = [
    "Grouping",
    "Protected",
    "Published",
    "Release",
    "Rules",
    "audit",
    "count_table",
    "counts_behind",
    "hidden_cells",
    "hide_derived",
    "printable",
    "protect",
    "round_table",
    "summary",
    "unsafe",
]
