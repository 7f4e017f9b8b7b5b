"""The independent draws that decide over a network, in an order that keeps decision diagrams small."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from wholeplace.resilience.standing import Standing


@dataclass
class Variables:
    """Independent yes-or-no draws by number; `chance` has the chance of a yes for each.

    `own[i]` says that thing i is struck by draws of its own. `shared[i]` are draws that also decide over others: i is
    struck by them where all of one of the entries say yes, unless `spared[i]` says no. That one is certain, and there
    only to be set to no; the same is true of an `own` that has no chance. `came[r]` says that row r came up.
    """

    chance: list[float] = field(default_factory=list)
    own: dict[int, int] = field(default_factory=dict)
    spared: dict[int, int] = field(default_factory=dict)
    shared: dict[int, list[list[int]]] = field(default_factory=dict)
    came: dict[int, int] = field(default_factory=dict)

    def new(self, chance: float) -> int:
        """One more draw; its number."""
        self.chance.append(chance)
        return len(self.chance) - 1


def variables_of(standing: Standing, things: Sequence[int]) -> Variables:
    """Number the draws that decide over `things`, from them down to what they depend on.

    What is near in the network is near in the order, which is the one of depth-first, left-most visits that is usual
    for fault trees (Rauzy 1993, New algorithms for fault trees analysis).
    """
    found = Variables()
    links = _Links(standing, found)
    for kind, number in _visits(standing, things):
        if kind == "row":
            found.came[number] = found.new(float(standing.row_chance[number]))
        else:
            links.add(number)
    return found


def _visits(standing: Standing, things: Sequence[int]) -> Iterator[tuple[str, int]]:
    """Things, and rows that may not come up, in depth-first order, each once."""
    met: set[int] = set()
    ahead = [("thing", thing) for thing in reversed(things)]
    while ahead:
        kind, number = ahead.pop()
        if kind == "row":
            if standing.row_chance[number] < 1:
                yield kind, number
        elif number not in met:
            met.add(number)
            yield kind, number
            first, last = standing.group_starts[number], standing.group_starts[number + 1]
            for row in reversed(range(int(standing.row_starts[first]), int(standing.row_starts[last]))):
                ahead += [("thing", int(standing.provider[row])), ("row", row)]


class _Links:
    """The draws that strike things. Things that share a draw are hit when it is below their own chances.

    So of two such things, the one of the larger chance is hit whenever the other is. A draw with chances a < b is two
    independent ones: of chance b (is b's thing hit?) and, if so, of chance a / b (is a's hit, too?).
    """

    def __init__(self, standing: Standing, found: Variables) -> None:
        self.standing = standing
        self.found = found
        uses = Counter(standing.strike_key.tolist())
        self.chances: dict[int, list[float]] = {}
        for key, chance in zip(standing.strike_key.tolist(), standing.strike_chance.tolist(), strict=True):
            if uses[key] > 1 and chance < 1:
                self.chances.setdefault(key, []).append(chance)
        self.chains: dict[tuple[int, float], list[int]] = {}

    def add(self, thing: int) -> None:
        """Number the draws that strike a thing."""
        alone, together = 0.0, []
        for strike in range(self.standing.strike_starts[thing], self.standing.strike_starts[thing + 1]):
            key, chance = int(self.standing.strike_key[strike]), float(self.standing.strike_chance[strike])
            if len(self.chances.get(key, ())) > 1 and chance < 1:
                together.append(self._chain(key, chance))
            else:
                alone += (1 - alone) * chance  # not 1 - (1 - alone)(1 - chance), which loses chances as small as 1e-13
        if together:
            self.found.shared[thing] = together
            self.found.spared[thing] = self.found.new(1.0)
        if together or alone > 0:
            self.found.own[thing] = self.found.new(alone)

    def _chain(self, key: int, chance: float) -> list[int]:
        """The draws that all say yes where the draw of `key` is below `chance`."""
        if (key, chance) not in self.chains:
            chain: list[int] = []
            above = 1.0
            for one in sorted(set(self.chances[key]), reverse=True):
                chain = [*chain, self.found.new(one / above)]
                self.chains[key, one] = chain
                above = one
        return self.chains[key, chance]
