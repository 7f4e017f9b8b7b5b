"""Binary decision diagrams of what takes things down.

Every diagram is of the draws of `Variables`: it says yes where they take its thing down.
"""

from __future__ import annotations

from collections.abc import Sequence

from oxidd.bdd import BDDFunction, BDDManager

from wholeplace.resilience.exact.variables import Variables
from wholeplace.resilience.standing import Standing


def diagrams_of(standing: Standing, variables: Variables, *, most_nodes: int) -> list[BDDFunction]:
    """The diagram of each thing.

    Raises
    ------
    MemoryError
        When the diagrams have more than `most_nodes` nodes in all.
    """
    return _Builder(standing, variables, most_nodes).build()


class _Builder:
    """Holds the diagrams while they are built, each after those that it is made of."""

    def __init__(self, standing: Standing, variables: Variables, most_nodes: int) -> None:
        self.standing = standing
        self.variables = variables
        self.manager = BDDManager(most_nodes, max(most_nodes // 8, 1024), 1)
        self.bits = [self.manager.var(number) for number in self.manager.add_vars(len(variables.chance))]
        self.yes, self.no = self.manager.true(), self.manager.false()
        self.down = [self.no] * len(standing.things)

    def build(self) -> list[BDDFunction]:
        starts = self.standing.set_starts.tolist()
        for first, last, looped in zip(starts, starts[1:], self.standing.looped.tolist(), strict=False):
            if looped:
                self._settle(range(first, last))
            else:
                self.down[first] = self._struck(first) | self._taken_down(first)
        return self.down

    def _settle(self, members: Sequence[int]) -> None:
        """Settle a loop: from all of it up, take down what has to be until nothing more has.

        That ends, as there are finitely many draws and each round takes things down in more cases of them; what is
        left is the largest set that can stay up in every case at once.
        """
        struck = {thing: self._struck(thing) for thing in members}
        settled = False
        while not settled:
            settled = True
            for thing in members:
                down = struck[thing] | self._taken_down(thing)
                if down != self.down[thing]:
                    self.down[thing] = down
                    settled = False

    def _struck(self, thing: int) -> BDDFunction:
        variables = self.variables
        struck = self.bits[variables.own[thing]] if thing in variables.own else self.no
        if thing in variables.shared:
            for chain in variables.shared[thing]:
                struck = struck | self._all(chain)
            struck = struck & self.bits[variables.spared[thing]]
        return struck

    def _all(self, chain: Sequence[int]) -> BDDFunction:
        found = self.yes
        for bit in reversed(chain):
            found = self.bits[bit] & found
        return found

    def _taken_down(self, thing: int) -> BDDFunction:
        """Where some group of a thing is unmet."""
        standing = self.standing
        found = self.no
        for group in range(int(standing.group_starts[thing]), int(standing.group_starts[thing + 1])):
            rows = range(int(standing.row_starts[group]), int(standing.row_starts[group + 1]))
            found = found | self._at_least(int(standing.losses[group]), [self._lost(row) for row in rows])
        return found

    def _lost(self, row: int) -> BDDFunction:
        down = self.down[int(self.standing.provider[row])]
        came = self.variables.came.get(row)
        return down if came is None else down & self.bits[came]

    def _at_least(self, many: int, functions: Sequence[BDDFunction]) -> BDDFunction:
        """Where so many of the functions, or more, say yes."""
        found: list[BDDFunction] = [self.yes] + [self.no] * many  # found[k]: at least k of those looked at
        for one in reversed(functions):
            for k in range(many, 0, -1):
                found[k] = one.ite(found[k - 1], found[k])
        return found[many]
