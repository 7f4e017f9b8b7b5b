"""What a scenario does to things and people: summaries of trials that can be put together, and the result."""

from wholeplace.resilience.results.batch import Batch, Watched, watch
from wholeplace.resilience.results.people import ServiceUsers, residents, service_users
from wholeplace.resilience.results.result import (
    SCHEMA,
    ScenarioResult,
    chances_result,
    overlaid,
    simulated_result,
)
from wholeplace.resilience.results.summary import BLOCK, RangesError, Summary, merged

__all__ = [
    "BLOCK",
    "SCHEMA",
    "Batch",
    "RangesError",
    "ScenarioResult",
    "ServiceUsers",
    "Summary",
    "Watched",
    "chances_result",
    "merged",
    "overlaid",
    "residents",
    "service_users",
    "simulated_result",
    "watch",
]
