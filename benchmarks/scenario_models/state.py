"""How things and groups stand in the plain model, and the lengths that are drawn for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

import numpy as np

from benchmarks.scenario_models.due import Due
from wholeplace.place.distributions import Distribution
from wholeplace.resilience.model.draws import Durations, Kind, duration, ticks


class State(Enum):
    """How a group stands; its effect is there in the last three."""

    MET = "met"
    TIMING = "unmet, within its tolerance"
    HELD = "unmet, held up by a black start"
    EFFECT = "unmet, in effect"
    RESTARTING = "met, in effect until the restart ends"
    BLACK_RESTARTING = "unmet, in effect until the restart by black start ends"


IN_EFFECT = {State.EFFECT, State.RESTARTING, State.BLACK_RESTARTING}


@dataclass
class Thing:
    """How one thing stands.

    `left` is how long its repair still takes, for as long as it is not under way; `repair` is the end of the repair
    when it is; `release` the time before which no repair may go on; `absences` has, by event, whether the team is below
    its minimum and its level.
    """

    failed: bool = False
    left: int = 0
    repair: Due | None = None
    release: int = 0
    next_failure: Due | None = None
    runs: int = 0
    own_failures: int = 0
    absences: dict[int, tuple[bool, float]] = field(default_factory=dict)
    up: bool = True


@dataclass
class Group:
    """How one group of alternatives stands, and what its clock waits for."""

    state: State = State.MET
    clock: Due | None = None


@lru_cache(maxsize=4096)
def _coded(distribution: Distribution) -> tuple[tuple[float, ...], np.ndarray]:
    durations = Durations()
    durations.code(distribution)
    rows, betas = durations.arrays()
    return tuple(rows[0].tolist()), betas


def ticks_of(distribution: Distribution, u: float) -> int:
    """Ticks of a duration of which a share `u` of draws is shorter."""
    (kind, a, b, c), betas = _coded(distribution)
    if kind == Kind.BETA:
        at = u * (betas.shape[1] - 1)
        low = int(at)
        before, after = betas[int(c), low], betas[int(c), low + 1]
        return int(ticks(before + (at - low) * (after - before)))
    return int(duration(int(kind), a, b, c, float(u)))
