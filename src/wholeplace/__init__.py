"""Wholeplace: see, measure, watch, protect, redesign and plan a place as one whole.

>>> import wholeplace
>>> place = wholeplace.open_place("leeds")  # doctest: +SKIP
>>> wholeplace.build_index(place, "imd-2025").frame  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

#: Public name -> the module that has it; loaded when first asked for, so that the command line starts at once.
_PUBLIC = {
    "open_place": "wholeplace.build",
    "build_index": "wholeplace.measure",
    "indicator_values": "wholeplace.measure",
    "build_place": "wholeplace.build",
    "open_build": "wholeplace.build",
    "run_scenario": "wholeplace.resilience.run",
}

if TYPE_CHECKING:
    from wholeplace.build import build_place, open_build, open_place
    from wholeplace.measure import build_index, indicator_values
    from wholeplace.resilience.run import run_scenario

__all__ = [
    "__version__",
    "build_index",
    "build_place",
    "indicator_values",
    "open_build",
    "open_place",
    "run_scenario",
]


def __getattr__(name: str) -> object:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'wholeplace' has no attribute {name!r}")
