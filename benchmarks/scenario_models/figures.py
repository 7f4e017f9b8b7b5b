"""The figures of one trial, from the levels of things over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from wholeplace.resilience.ticks import TICKS_PER_H


@dataclass
class Level:
    """The level of a thing over time: `spells` are its past stretches below level 1, as (from, to, level)."""

    value: float = 1.0
    since: int = 0
    spells: list[tuple[int, int, float]] = field(default_factory=list)

    def becomes(self, value: float, now: int) -> None:
        """From now on the level is this; stretches of no length are none."""
        if value == self.value:
            return
        if self.value < 1 and now > self.since:
            self.spells.append((self.since, now, self.value))
        self.value, self.since = value, now


@dataclass(frozen=True)
class TrialResult:
    """What one trial gives for every thing, in the order of the network's things.

    `downtime_h` is lost level over time, `outages` are unbroken spells at level 0, `longest_ticks` the longest of them;
    `restored_h` is when everything was back at level 1 for good (the horizon if it was not, 0 if nothing was ever
    below); `rules` counts how often each rule took effect.
    """

    downtime_h: list[float]
    outages: list[int]
    longest_ticks: list[int]
    restored_h: float
    not_restored: bool
    rules: Counter[str]

    @classmethod
    def of(cls, levels: Sequence[Level], horizon: int, rules: Counter[str]) -> TrialResult:
        not_restored = any(level.value < 1 for level in levels)
        for level in levels:
            level.becomes(1.0, horizon)
        down = [[to - since for since, to, value in level.spells if value == 0] for level in levels]
        restored = max((to for level in levels for _, to, _ in level.spells), default=0)
        return cls(
            downtime_h=[sum((1 - value) * (to - since) for since, to, value in level.spells) / TICKS_PER_H
                        for level in levels],
            outages=[len(spells) for spells in down],
            longest_ticks=[max(spells, default=0) for spells in down],
            restored_h=restored / TICKS_PER_H,
            not_restored=not_restored,
            rules=+rules,
        )  # fmt: skip
