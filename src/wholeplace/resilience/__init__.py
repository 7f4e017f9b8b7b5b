"""What depends on what: the graph of a place, the estate it stands on, and what may happen to it.

What runs a scenario is loaded when it is first asked for, so that the rest starts at once. The engines that know no
time have modules of their own: `wholeplace.resilience.exact` and `wholeplace.resilience.screen`.
"""

import importlib
from typing import TYPE_CHECKING

from wholeplace.resilience.graphs.checks import check_graph
from wholeplace.resilience.graphs.estate import Estate, estate_of
from wholeplace.resilience.graphs.graph import Graph, Link, as_dot, build_graph
from wholeplace.resilience.scenarios.placing import Placed, check_placing, place_things
from wholeplace.resilience.scenarios.positions import Positions, positions_of
from wholeplace.resilience.scenarios.scenario import (
    Event,
    Scenario,
    check_scenarios,
    open_scenario,
    read_scenario,
    scenario_files,
)

#: Name -> the module that has it; these bring compiled code along.
_LATER = {
    "Options": "wholeplace.resilience.run",
    "Run": "wholeplace.resilience.run",
    "RunError": "wholeplace.resilience.run",
    "finish_run": "wholeplace.resilience.run",
    "prepare_run": "wholeplace.resilience.run",
    "run_scenario": "wholeplace.resilience.run",
    "ExactLimitError": "wholeplace.resilience.exact",
    "GuidedError": "wholeplace.resilience.rare",
    "RefusedError": "wholeplace.resilience.asking",
    "ScenarioResult": "wholeplace.resilience.results",
    "Simulation": "wholeplace.resilience.simulate",
    "Spell": "wholeplace.resilience.simulate",
    "Story": "wholeplace.resilience.stories.stories",
    "Trace": "wholeplace.resilience.simulate",
    "bad_trial_of": "wholeplace.resilience.stories.stories",
    "story_of": "wholeplace.resilience.stories.stories",
    "trace_trial": "wholeplace.resilience.simulate",
}

if TYPE_CHECKING:
    from wholeplace.resilience.asking import RefusedError
    from wholeplace.resilience.exact import ExactLimitError
    from wholeplace.resilience.rare import GuidedError
    from wholeplace.resilience.results import ScenarioResult
    from wholeplace.resilience.run import Options, Run, RunError, finish_run, prepare_run, run_scenario
    from wholeplace.resilience.simulate import Simulation, Spell, Trace, trace_trial
    from wholeplace.resilience.stories.stories import Story, bad_trial_of, story_of

__all__ = [
    "Estate",
    "Event",
    "ExactLimitError",
    "Graph",
    "GuidedError",
    "Link",
    "Options",
    "Placed",
    "Positions",
    "RefusedError",
    "Run",
    "RunError",
    "Scenario",
    "ScenarioResult",
    "Simulation",
    "Spell",
    "Story",
    "Trace",
    "as_dot",
    "bad_trial_of",
    "build_graph",
    "check_graph",
    "check_placing",
    "check_scenarios",
    "estate_of",
    "finish_run",
    "open_scenario",
    "place_things",
    "positions_of",
    "prepare_run",
    "read_scenario",
    "run_scenario",
    "scenario_files",
    "story_of",
    "trace_trial",
]


def __getattr__(name: str) -> object:
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
