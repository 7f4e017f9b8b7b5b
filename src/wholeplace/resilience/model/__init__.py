"""A scenario on a place as arrays: what the engines run on."""

from wholeplace.resilience.model.network import Groups, Network, Rows, Things, build_network
from wholeplace.resilience.model.struck import (
    EventDraws,
    Happening,
    Placing,
    Spreading,
    Strikes,
    event_draws,
    happenings_of,
)

__all__ = [
    "EventDraws",
    "Groups",
    "Happening",
    "Network",
    "Placing",
    "Rows",
    "Spreading",
    "Strikes",
    "Things",
    "build_network",
    "event_draws",
    "happenings_of",
]
