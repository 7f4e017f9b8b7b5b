"""The event-driven engine: every rule of dependencies and scenarios, with time."""

from wholeplace.resilience.simulate.engine import Batch, Simulation

__all__ = ["Batch", "Simulation"]
