"""How every neighbourhood is doing: values with their uncertainty, indices, comparisons."""

from wholeplace.measure.compare import Comparison, compare
from wholeplace.measure.explain import explain
from wholeplace.measure.index import IndexResult, build_index
from wholeplace.measure.index_spec import IndexSpec, index_files, open_index, read_index
from wholeplace.measure.intervals import byar, wilson
from wholeplace.measure.moving import indicator_values, population, targets
from wholeplace.measure.reweigh import reweigh
from wholeplace.measure.summaries import summarise

__all__ = [
    "Comparison",
    "IndexResult",
    "IndexSpec",
    "build_index",
    "byar",
    "compare",
    "explain",
    "index_files",
    "indicator_values",
    "open_index",
    "population",
    "read_index",
    "reweigh",
    "summarise",
    "targets",
    "wilson",
]
