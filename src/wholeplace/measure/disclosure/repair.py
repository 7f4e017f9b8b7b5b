"""Hide more cells until no hidden one is told by several releases, or by groupings that cross, together.

For a cell whose interval is too narrow the cheapest change of the base counts is found that moves it far enough, leaves
whatever earlier releases printed as it is, and touches few cells that are not hidden yet; those it touches are hidden.
A small program in whole numbers for each cell, so for tables of some hundred cells; one hierarchy alone is covered
faster as a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse

from wholeplace.measure.disclosure.audit import Floats, Knowledge, Published, intervals, knowledge
from wholeplace.measure.disclosure.tables import Ints, Mask, Rules

#: Rows of a program with the least and the most that each may be.
_Block = tuple[sparse.csr_array, float | Floats, float | Floats]


@dataclass(frozen=True)
class Repair:
    """Cells hidden after repair; for each cell the one it was hidden for (-1: none); what stays too narrow.

    `lost` names cells as (release, cell) with the new release as 0, earlier ones after it, and -1 for a base count that
    no release prints.
    """

    hidden: Mask
    because: Ints
    lost: list[tuple[int, int]]


def repair(
    new: Published, earlier: Sequence[Published], *, needed: Mask, known: Mask, rules: Rules, because: Ints
) -> Repair:
    """Hide cells of the new release until every hidden cell of all releases is safe, or nothing more can be done.

    `needed` cells must stay hidden. Any other that earlier releases tell whatever is done is shown again.
    """
    hidden, because = new.hidden.ravel().copy(), because.copy()
    never = known.ravel() | (new.release.values().ravel() < rules.lowest_hidden)
    sums, shape = new.sums, new.hidden.shape
    lost: list[tuple[int, int]] = []
    while True:
        now = Published(new.release, hidden.reshape(shape))
        what = knowledge([now, *earlier], rules)
        low, high = intervals(what, width=rules.threshold, exact=False)
        narrow = [n for n in np.flatnonzero(high - low < rules.threshold) if what.target_of[n] not in lost]
        if not narrow:
            return Repair(hidden.reshape(shape), because, lost)
        before = knowledge(earlier, rules) if earlier else None
        for number in narrow:
            opening = _Opening(what.base, sums, hidden, never, before, rules.lowest_hidden)
            touched = _widen(opening, what.targets[[number]], low[number], high[number], rules.threshold)
            going_round = touched is not None and not len(touched) and number == narrow[0]
            release, cell = what.target_of[number]
            if touched is None or going_round:  # audited as too narrow, and nothing left to hide that would widen it
                if release == 0 and not needed.ravel()[cell]:
                    hidden[cell], never[cell], because[cell] = False, True, -1
                else:
                    lost.append((release, cell))
                continue
            because[touched] = cell if release == 0 else -1
            hidden[touched] = True


def _widen(opening: _Opening, target: sparse.csr_array, low: float, high: float, width: int) -> Ints | None:
    """Cells to hide so that the target's interval, now from low to high, is `width` wide; None where it cannot be."""
    true = float((target @ opening.base)[0])
    for amount in (width - (true - low), -(width - (high - true))):
        touched = opening.move(target, amount) if true + amount >= 0 else None
        if touched is not None:
            return touched
    most = opening.furthest(target, far=width)
    up = opening.move(target, most)
    down = opening.move(target, most - width)
    return None if up is None or down is None else np.union1d(up, down)


@dataclass(frozen=True)
class _Opening:
    """The table as it can still be opened: which cells are hidden, which never can be, what earlier releases
    let a reader know."""

    base: Floats
    sums: sparse.csr_array
    hidden: Mask
    never: Mask
    before: Knowledge | None
    lowest: int

    def move(self, target: sparse.csr_array, amount: float) -> Ints | None:
        """Cells to hide so that the target may differ by `amount` or more; None where no change does that."""
        shown = np.flatnonzero(~self.hidden & ~self.never)
        change, still = self.sums[shown], sparse.eye_array(len(shown), format="csr")
        cost = 1 + np.log2(1 + change @ self.base) / 8 + np.log2(np.diff(self.sums.indptr)[shown])
        nothing = np.zeros(len(shown))
        blocks = [
            *self._possible(len(shown)),
            (sparse.hstack([change, -still]), -np.inf, nothing),
            (sparse.hstack([-change, -still]), -np.inf, nothing),
            (_wide(target if amount > 0 else -target, len(shown)), abs(amount), np.inf),
        ]
        found = self._solve(np.concatenate([np.zeros(len(self.base)), cost]), blocks, gap=0.1)
        return None if found is None else shown[np.abs(change @ found) > 0.5]

    def furthest(self, target: sparse.csr_array, *, far: float) -> int:
        """How far the target may rise, up to `far`, if every cell that may be hidden were."""
        blocks = [*self._possible(0), (target, -np.inf, far)]
        found = self._solve(-target.toarray()[0], blocks, gap=0.0)
        return 0 if found is None else int((target @ found)[0])

    def _possible(self, more: int) -> list[_Block]:
        """What every change must keep: cells that stay in print, and at least `lowest` people in those that do not."""
        kept, openable = np.flatnonzero(self.never), np.flatnonzero(~self.never)
        blocks: list[_Block] = [
            (_wide(self.sums[kept], more), 0.0, 0.0),
            (_wide(self.sums[openable], more), self.lowest - self.sums[openable] @ self.base, np.inf),
        ]
        if self.before is not None:
            hidden = self.before.hidden
            blocks.append((_wide(self.before.known, more), 0.0, 0.0))
            blocks.append((_wide(hidden, more), self.lowest - hidden @ self.base, np.inf))
        return blocks

    def _solve(self, objective: Floats, blocks: list[_Block], *, gap: float) -> Floats | None:
        """The change of base counts at which the objective is least, within a share `gap`; None if there is none."""
        count, more = len(self.base), len(objective) - len(self.base)
        solved = optimize.milp(
            objective,
            constraints=[
                optimize.LinearConstraint(sparse.csc_array(block), low, high)
                for block, low, high in blocks
                if block.shape[0]
            ],
            bounds=optimize.Bounds(np.concatenate([-self.base, np.zeros(more)]), np.full(count + more, np.inf)),
            integrality=np.repeat([1, 0], [count, more]),
            options={"mip_rel_gap": gap},
        )
        return None if solved.x is None else np.round(solved.x[:count])


def _wide(rows: sparse.csr_array, more: int) -> sparse.csr_array:
    """Rows with `more` empty columns at the end."""
    return sparse.csr_array(sparse.hstack([rows, sparse.csr_array((rows.shape[0], more))], format="csr"))
