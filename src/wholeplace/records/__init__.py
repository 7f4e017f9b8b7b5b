"""The append-only record of what the registers of a place have been: who changed what, when and why."""

from wholeplace.records.history import Step, UnknownThingError, history_of, steps
from wholeplace.records.importing import ImportRequest, apply_import, plan_import
from wholeplace.records.log import FILE, has_log, open_log
from wholeplace.records.state import PlaceRegisters, WhenError, parse_when, registers_as_at
from wholeplace.records.verify import verify_log

__all__ = [
    "FILE",
    "ImportRequest",
    "PlaceRegisters",
    "Step",
    "UnknownThingError",
    "WhenError",
    "apply_import",
    "has_log",
    "history_of",
    "open_log",
    "parse_when",
    "plan_import",
    "registers_as_at",
    "steps",
    "verify_log",
]
