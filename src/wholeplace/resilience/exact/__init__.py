"""Exact chances of going down at one instant, by binary decision diagrams."""

from wholeplace.resilience.exact.cut_sets import CutSets
from wholeplace.resilience.exact.engine import TIME_LIMIT_S, ExactLimitError, ExactResult, cut_sets, exact

__all__ = ["TIME_LIMIT_S", "CutSets", "ExactLimitError", "ExactResult", "cut_sets", "exact"]
