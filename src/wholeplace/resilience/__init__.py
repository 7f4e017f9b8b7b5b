"""What depends on what: the graph of a place, the estate it stands on, and what may happen to it."""

from wholeplace.resilience.estate import Estate, estate_of
from wholeplace.resilience.graph import Graph, Link, as_dot, build_graph
from wholeplace.resilience.graph_checks import check_graph
from wholeplace.resilience.placing import Placed, check_placing, place_things
from wholeplace.resilience.positions import Positions, positions_of
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
    "Placed",
    "Positions",
    "Scenario",
    "as_dot",
    "build_graph",
    "check_graph",
    "check_placing",
    "check_scenarios",
    "estate_of",
    "open_scenario",
    "place_things",
    "positions_of",
    "read_scenario",
    "scenario_files",
]
