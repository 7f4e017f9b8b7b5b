"""Exact chances of going down at one instant, by binary decision diagrams."""

from wholeplace.resilience.exact.cut_sets import CutSets
from wholeplace.resilience.exact.engine import ExactLimitError, ExactResult, exact

__all__ = ["CutSets", "ExactLimitError", "ExactResult", "exact"]
