"""How sure the ranks of an index are: what could as well have been chosen, drawn many times over."""

from wholeplace.measure.uncertainty.choices import IndexChoices, UncertaintyError, UncertaintySettings
from wholeplace.measure.uncertainty.compiling import DRAWS, wait_for
from wholeplace.measure.uncertainty.curves import LeafInterval, ScoreCurve
from wholeplace.measure.uncertainty.of_index import IndexUncertainty, uncertainty_of
from wholeplace.measure.uncertainty.of_ranks import Source, Uncertainty, index_uncertainty

__all__ = [
    "DRAWS",
    "IndexChoices",
    "IndexUncertainty",
    "LeafInterval",
    "ScoreCurve",
    "Source",
    "Uncertainty",
    "UncertaintyError",
    "UncertaintySettings",
    "index_uncertainty",
    "uncertainty_of",
    "wait_for",
]
