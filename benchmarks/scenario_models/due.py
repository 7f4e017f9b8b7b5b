"""What is due, in the order in which it is done: by time, then phase, then thing."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from wholeplace.resilience.model.draws import NEVER


class Phase(IntEnum):
    """What comes first within one instant."""

    BACK = 1  # repairs, restarts, returns, containment
    FAILURE = 2
    TOLERANCE = 3


@dataclass(order=True)
class Due:
    """Something that is done unless it is called off; what is due at once for one thing goes by event, then by age."""

    time: int
    phase: Phase
    thing: int
    event: int
    age: int
    do: Callable[[], None] = field(compare=False)
    off: bool = field(default=False, compare=False)


class Queue:
    """Everything that is due."""

    def __init__(self) -> None:
        self._heap: list[Due] = []
        self._age = 0

    def add(self, time: int, phase: Phase, thing: int, do: Callable[[], None], event: int = -1) -> Due:
        """Something to do at a time; what is never to come is not kept."""
        self._age += 1
        due = Due(min(time, NEVER), phase, thing, event, self._age, do)
        if due.time < NEVER:
            heapq.heappush(self._heap, due)
        return due

    def pop(self, before: int) -> Due | None:
        """Take out what is first, if it is before a time."""
        while self._heap and self._heap[0].off:
            heapq.heappop(self._heap)
        return heapq.heappop(self._heap) if self._heap and self._heap[0].time < before else None

    def take(self, time: int, phase: Phase) -> list[Due]:
        """Take out all that is due at a time in a phase, in order."""
        found = sorted(one for one in self._heap if (one.time, one.phase) == (time, phase))
        self._heap = [one for one in self._heap if (one.time, one.phase) != (time, phase)]
        heapq.heapify(self._heap)
        return found

    def has(self, time: int, phase: Phase) -> bool:
        """Whether anything is due at a time in a phase."""
        return any(not one.off and (one.time, one.phase) == (time, phase) for one in self._heap)
