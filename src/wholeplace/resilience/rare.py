"""Rare outages of one thing: only trials are drawn in which something can take it down, each with its weight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from math import prod

import numpy as np
from numpy.typing import NDArray

from wholeplace.errors import WholeplaceError
from wholeplace.resilience.exact import cut_sets
from wholeplace.resilience.model import Happening
from wholeplace.resilience.model.draws import Purpose, event_key, uniforms
from wholeplace.resilience.model.network import Network
from wholeplace.resilience.results import BLOCK, Batch
from wholeplace.resilience.simulate import Scaled, Simulation
from wholeplace.resilience.simulate.state import SCALED

#: With more sets of failures than this they cannot be gone through.
MOST_SETS = 20_000
#: With fewer trials in which the target was down, counted by what their weights are worth, nothing can be said.
LEAST_EFFECTIVE_TRIALS = 100


class GuidedError(WholeplaceError, ValueError):
    """A scenario whose rare outages cannot be drawn this way, or with too few trials to trust."""


@dataclass(frozen=True)
class Guide:
    """Sets of strikes of which one must hit before a target can go down.

    `keys` are the draws that decide; set s asks that each draw `members[s][k]` (a position in `keys`) be below
    `below[s][k]`, and has the chance `chance[s]`. `strikes` has, for each key, the strikes that it decides, by their
    number in the scenario.
    """

    keys: NDArray[np.uint64]
    members: tuple[NDArray[np.int64], ...]
    below: tuple[NDArray[np.float64], ...]
    chance: NDArray[np.float64]
    strikes: tuple[NDArray[np.int64], ...]

    def draw(self, seed: int, trials: NDArray[np.int64]) -> tuple[Scaled, NDArray[np.float64]]:
        """Choose a set for each trial by its chance and scale the draws so that it hits; return these and weights.

        A trial counts the sum of all sets' chances divided by how many of the sets hit in it: an estimate without bias
        whose weights differ little.

        References
        ----------
        Karp, Luby and Madras (1989), Monte-Carlo approximation algorithms for enumeration problems.
        """
        total = self.chance.sum()
        choice = uniforms(seed, trials, event_key(Purpose.GUIDE, 0))
        chosen = np.minimum(np.searchsorted(np.cumsum(self.chance) / total, choice, "right"), len(self.chance) - 1)
        draws = np.stack([uniforms(seed, trials, key) for key in self.keys], axis=1)
        rows = []
        for at, of in enumerate(chosen.tolist()):
            draws[at, self.members[of]] *= self.below[of]
            rows.append(self._scaled(of))
        hits = np.zeros(len(trials))
        for members, below in zip(self.members, self.below, strict=True):
            hits += (draws[:, members] < below).all(axis=1)
        starts = np.array([0, *accumulate(len(one) for one in rows)], dtype=np.int64)
        return Scaled(starts, np.concatenate(rows)), total / np.maximum(hits, 1)

    def _scaled(self, of: int) -> NDArray[np.void]:
        """The strikes that the draws of a set decide, with the scale of each."""
        strikes = [self.strikes[key] for key in self.members[of].tolist()]
        rows = np.zeros(sum(map(len, strikes)), dtype=SCALED)
        rows["strike"] = np.concatenate(strikes)
        rows["scale"] = np.repeat(self.below[of], [len(one) for one in strikes])
        return rows


def guide_to(
    network: Network,
    happenings: Sequence[Happening],
    target: str,
    *,
    horizon_h: float,
    background: bool,
    time_limit_s: float,
) -> Guide | None:
    """Find the sets of strikes that can take a target down; None where there is none, so that it never does.

    Raises
    ------
    GuidedError
        When something else than strikes can take it down, or there are too many sets.
    ExactLimitError
        When finding them takes too long.
    """  # fmt: skip
    kinds = sorted({one.kind for one in happenings} - {"fail", "hazard", "exit"})
    if kinds or background:
        what = f"events of kind {kinds[0]}" if kinds else "failures in the background"
        raise GuidedError(f"guided trials know fail, hazard and exit events, not {what}; simulate without --guided")
    found = cut_sets(network, happenings, target, horizon_h=horizon_h, most_listed=MOST_SETS,
                     time_limit_s=time_limit_s)  # fmt: skip
    if found.count > len(found.smallest):
        raise GuidedError(
            f"there are {found.count:,} sets of failures that can take {target} down, more than the {MOST_SETS:,} that "
            "guided trials can go through; so many ways are seldom rare: simulate without --guided, or use screen"
        )
    if not found.count:
        return None
    table = _Strikes(network, happenings)
    sets = list(table.sets(found.smallest))
    if len(sets) > MOST_SETS:
        raise GuidedError(f"there are more than {MOST_SETS:,} sets of strikes that can take {target} down, as several "
                          "events may strike one thing; simulate without --guided")  # fmt: skip
    return table.guide(sets)


class _Strikes:
    """Every strike of a scenario by its number: the thing, its chance and the draw that decides."""

    def __init__(self, network: Network, happenings: Sequence[Happening]) -> None:
        strikes = [one.strikes for one in happenings]
        things = np.concatenate([one.thing for one in strikes])
        self.chance = np.concatenate([one.chance for one in strikes])
        self.keys, self.key = np.unique(np.concatenate([one.key for one in strikes]), return_inverse=True)
        self.of_thing: dict[str, list[int]] = {}
        for number in np.flatnonzero(self.chance > 0).tolist():
            self.of_thing.setdefault(network.things.names[things[number]], []).append(number)

    def sets(self, cut: Sequence[Sequence[str]]) -> Iterator[Mapping[int, float]]:
        """For each cut set of things, each choice of one strike a thing: the draws that decide, and below what."""
        for things in cut:
            for strikes in product(*(self.of_thing[thing] for thing in things)):
                below: dict[int, float] = {}
                for number in strikes:
                    key, chance = int(self.key[number]), float(self.chance[number])
                    below[key] = min(chance, below.get(key, 1.0))
                yield below

    def guide(self, sets: Sequence[Mapping[int, float]]) -> Guide:
        return Guide(
            keys=self.keys,
            members=tuple(np.array(list(one), dtype=np.int64) for one in sets),
            below=tuple(np.array(list(one.values())) for one in sets),
            chance=np.array([prod(one.values()) for one in sets]),
            strikes=tuple(np.flatnonzero(self.key == key) for key in range(len(self.keys))),
        )


def guided_batches(simulation: Simulation, guide: Guide, trials: int) -> Iterator[tuple[int, Batch]]:
    """Run guided trials; batches come in order, each with the number of its first trial."""
    for start in range(0, trials, BLOCK):
        numbers = np.arange(start, min(start + BLOCK, trials))
        scaled, weight = guide.draw(simulation.seed, numbers)
        batch = simulation.some(numbers, scaled=scaled)
        yield start, Batch(batch.downtime_h, batch.outages, batch.longest_ticks, batch.restored_h, batch.not_restored,
                           weight)  # fmt: skip
