"""What the compiled code of a screening works on: lines, each of which is worked out from lines before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wholeplace.resilience.model.network import Bools, Ints
from wholeplace.resilience.model.struck import Keys
from wholeplace.resilience.standing import Standing

Words = NDArray[np.uint64]
#: The line that says yes in every trial.
_ALWAYS = 0


class Plan(NamedTuple):
    """Lines of yes or no in every trial, by number: one that is always yes, then draws, then what they bring about.

    Draw k is line k + 1: yes where the hash of `key[k]` is below `limit[k]`. All other lines are things that may be
    down and rows that may be lost. Line n (counted from the first of them) says yes when in any of its groups, those
    between `group_starts[n]` and `[n + 1]`, `needed` of the lines in `inputs` between two `input_starts` say so.
    Lines between two `set_starts` are settled together where the set is `looped`. `readers` between two `reader_starts`
    are the sets with a line that has line n as input.

    `items` are the lines that are counted. `towards` marks the sets on which the line `target` stands; it is -1 without
    one. `forced` are the lines of the exposed things among these, whose first group says whether they are struck, and
    `forced_things` their numbers in the `Standing`.
    """

    key: Keys
    limit: Words
    set_starts: Ints
    looped: Bools
    set_of: Ints
    group_starts: Ints
    needed: Ints
    input_starts: Ints
    inputs: Ints
    reader_starts: Ints
    readers: Ints
    items: Ints
    target: int
    towards: Bools
    forced: Ints
    forced_things: Ints


def plan_of(standing: Standing, items: Sequence[int], target: int | None) -> Plan:
    """Lay out a screening of some things (as numbered in `standing`)."""
    lines = _Lines(standing)
    for first, last, looped in zip(standing.set_starts[:-1].tolist(), standing.set_starts[1:].tolist(),
                                   standing.looped.tolist(), strict=True):  # fmt: skip
        lines.add(range(first, last), looped)
    return lines.plan(items, target)


class _Lines:
    """Lines while they are laid out."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        keys = [*standing.strike_key.tolist(), *standing.row_key.tolist()]
        chances = [*standing.strike_chance.tolist(), *standing.row_chance.tolist()]
        loose = dict.fromkeys(pair for pair in zip(keys, chances, strict=True) if pair[1] < 1)
        self.draws = {pair: line for line, pair in enumerate(loose, start=_ALWAYS + 1)}
        self.first = len(self.draws) + 1
        self.groups: list[list[tuple[int, list[int]]]] = []  # of each line
        self.set_starts = [0]
        self.looped: list[bool] = []
        self.of_thing: dict[int, int] = {}

    def add(self, members: Sequence[int], looped: bool) -> None:
        """Add a set of things, and before them a line for each of their rows that may not come up."""
        standing = self.standing
        rows = [row for thing in members for group in self._groups(thing) for row in self._rows(group)]
        loose = [row for row in rows if standing.row_chance[row] < 1]
        start = self.first + len(self.groups)
        of_row = {row: start + at for at, row in enumerate(loose)}
        self.of_thing |= {thing: start + len(loose) + at for at, thing in enumerate(members)}
        provider = [self.of_thing[thing] for thing in standing.provider[rows].tolist()]
        inputs = dict(zip(rows, provider, strict=True))
        self.groups += [[(2, [inputs[row], self._draw(standing.row_key[row], standing.row_chance[row])])]
                        for row in loose]  # fmt: skip
        inputs |= of_row
        for thing in members:
            strikes = range(standing.strike_starts[thing], standing.strike_starts[thing + 1])
            struck = [self._draw(standing.strike_key[at], standing.strike_chance[at]) for at in strikes]
            unmet = [(int(standing.losses[group]), [inputs[row] for row in self._rows(group)])
                     for group in self._groups(thing)]  # fmt: skip
            self.groups.append([(1, struck), *unmet] if struck else unmet)
        ends = [len(self.groups)] if looped else range(self.set_starts[-1] + 1, len(self.groups) + 1)
        self.set_starts += ends
        self.looped += [looped] * len(ends)

    def _groups(self, thing: int) -> range:
        return range(int(self.standing.group_starts[thing]), int(self.standing.group_starts[thing + 1]))

    def _rows(self, group: int) -> range:
        return range(int(self.standing.row_starts[group]), int(self.standing.row_starts[group + 1]))

    def _draw(self, key: np.uint64, chance: np.float64) -> int:
        return self.draws.get((int(key), float(chance)), _ALWAYS)

    def plan(self, items: Sequence[int], target: int | None) -> Plan:
        set_starts = np.array(self.set_starts)
        set_of = np.repeat(np.arange(len(self.looped)), np.diff(set_starts)).astype(np.int64)
        needed = [(line, *group) for line, groups in enumerate(self.groups) for group in groups]
        inputs = np.array([one for _, _, many in needed for one in many], dtype=np.int64)
        of_group = np.array([line for line, _, _ in needed], dtype=np.int64)
        reader = np.repeat(set_of[of_group], [len(many) for _, _, many in needed])
        links = np.unique(np.stack([inputs, reader], axis=1), axis=0)
        towards = np.zeros(len(self.looped), dtype=bool)
        exposed = self.standing.exposed.tolist()
        if target is not None:
            towards[set_of[self.of_thing[target] - self.first]] = True
            for one, into in zip(inputs[::-1].tolist(), reader[::-1].tolist(), strict=True):  # readers come later
                if towards[into] and one >= self.first:
                    towards[set_of[one - self.first]] = True
        forced = [thing for thing in exposed if towards[set_of[self.of_thing[thing] - self.first]]]
        return Plan(
            key=np.array([key for key, _ in self.draws], dtype=np.uint64),
            limit=np.array([_limit(chance) for _, chance in self.draws], dtype=np.uint64),
            set_starts=set_starts,
            looped=np.array(self.looped, dtype=bool),
            set_of=set_of,
            group_starts=np.cumsum([0, *map(len, self.groups)]),
            needed=np.array([many for _, many, _ in needed], dtype=np.int64),
            input_starts=np.cumsum([0, *(len(many) for _, _, many in needed)]),
            inputs=inputs,
            reader_starts=np.searchsorted(links[:, 0], np.arange(self.first + len(self.groups) + 1)),
            readers=links[:, 1].copy(),
            items=np.array([self.of_thing[thing] for thing in items], dtype=np.int64),
            target=-1 if target is None else self.of_thing[target],
            towards=towards,
            forced=np.array([self.of_thing[thing] for thing in forced], dtype=np.int64),
            forced_things=np.array(forced, dtype=np.int64),
        )


def _limit(chance: float) -> int:
    """The 64 bits below which a hash gives a number below a chance; `draws.uniform` takes the upper 53 of a hash."""
    return int(np.ceil(chance * 2.0**53)) << 11
