"""What depends on what: the graph of a place and the estate it stands on."""

from wholeplace.resilience.estate import Estate, estate_of
from wholeplace.resilience.graph import Graph, Link, as_dot, build_graph
from wholeplace.resilience.graph_checks import check_graph

__all__ = ["Estate", "Graph", "Link", "as_dot", "build_graph", "check_graph", "estate_of"]
