"""The append-only record of what the registers of a place have been: who changed what, when and why."""

from wholeplace.records.history import history_of
from wholeplace.records.importing import ImportRequest, apply_import, plan_import
from wholeplace.records.log import has_log, open_log
from wholeplace.records.state import PlaceRegisters
from wholeplace.records.verify import verify_log

__all__ = [
    "ImportRequest",
    "PlaceRegisters",
    "apply_import",
    "has_log",
    "history_of",
    "open_log",
    "plan_import",
    "verify_log",
]
