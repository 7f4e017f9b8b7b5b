"""Chances of going down at one instant, by drawing 64 trials a machine word."""

from wholeplace.resilience.screen.engine import Counts, Screening, ScreenResult, screen

__all__ = ["Counts", "ScreenResult", "Screening", "screen"]
