"""What depends on what: the graph of a place, the estate it stands on, and what may happen to it."""

from wholeplace.resilience.estate import Estate, estate_of
from wholeplace.resilience.graph import Graph, Link, as_dot, build_graph
from wholeplace.resilience.graph_checks import check_graph
from wholeplace.resilience.scenario import (
    Event,
    Scenario,
    check_scenarios,
    open_scenario,
    read_scenario,
    scenario_files,
)

__all__ = [
    "Estate",
    "Event",
    "Graph",
    "Link",
    "Scenario",
    "as_dot",
    "build_graph",
    "check_graph",
    "check_scenarios",
    "estate_of",
    "open_scenario",
    "read_scenario",
    "scenario_files",
]
