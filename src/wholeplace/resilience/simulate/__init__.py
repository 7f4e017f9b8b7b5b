"""The event-driven engine: every rule of dependencies and scenarios, with time."""

from wholeplace.resilience.simulate.engine import Scaled, Simulation
from wholeplace.resilience.simulate.forcing import Chances, forced_trials, importance_by_trials
from wholeplace.resilience.simulate.trace import Spell, Trace, trace_trial

__all__ = [
    "Chances",
    "Scaled",
    "Simulation",
    "Spell",
    "Trace",
    "forced_trials",
    "importance_by_trials",
    "trace_trial",
]
