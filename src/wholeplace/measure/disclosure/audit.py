"""The auditor: what a reader with all releases in hand can work out about every hidden cell.

It knows nothing of how cells were chosen. Every published cell is an equation over the people of each base area and
category, people are whole, and a hidden cell holds at least one person where zeros are shown. The least and the most
that a hidden cell can be under these is what anybody can find out without other knowledge: integer programming (HiGHS).

References
----------
Fischetti M and Salazar J J (2000), Models and algorithms for optimizing cell suppression in tabular data with linear
constraints, J. Am. Stat. Assoc. 95:916-928 (the attacker's problem).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import optimize, sparse
from scipy.sparse.csgraph import connected_components

from wholeplace.measure.disclosure.tables import EACH, Grouping, Ints, Mask, Release, Rules

Floats = NDArray[np.float64]

#: Intervals are followed to this many thresholds above the true count; further up is not a question of safety.
_FAR = 10


@dataclass(frozen=True)
class Published:
    """A release and which of its cells are hidden: what a reader has in hand."""

    release: Release
    hidden: Mask

    @property
    def sums(self) -> sparse.csr_array:
        """Which base counts every cell adds up; a row per cell, a column per base area and category."""
        cells = sparse.kron(_members(self.release.rows), _members(self.release.columns), format="csr")
        return sparse.csr_array(cells).astype(np.float64)


def _members(groupings: Sequence[Grouping]) -> sparse.csr_array:
    blocks = []
    for grouping in groupings:
        members = np.arange(len(grouping.of))
        blocks.append(sparse.csr_array((np.ones(len(members)), (grouping.of, members)), (grouping.size, len(members))))
    return sparse.csr_array(sparse.vstack(blocks, format="csr"))


@dataclass(frozen=True)
class Knowledge:
    """Everything published about the base counts: `known` sums hold exactly, `hidden` ones are at least `lowest`.

    `targets` are the sums nobody may learn: hidden cells, and small base counts that no release prints.
    """

    base: Floats
    known: sparse.csr_array
    hidden: sparse.csr_array
    least: Floats
    lowest: int
    targets: sparse.csr_array
    target_of: list[tuple[int, int]]


def knowledge(published: Sequence[Published], rules: Rules) -> Knowledge:
    """Gather the equations of several releases of the same people (see `aligned` for putting them on one base)."""
    base = published[0].release.counts.ravel().astype(np.float64)
    sums = [one.sums for one in published]
    hides = [np.flatnonzero(one.hidden.ravel()) for one in published]
    known = sparse.vstack([s[np.flatnonzero(~one.hidden.ravel())] for s, one in zip(sums, published, strict=True)])
    hidden = sparse.csr_array(sparse.vstack([s[h] for s, h in zip(sums, hides, strict=True)]))
    printed = np.zeros(len(base), dtype=bool)
    for s in sums:
        alone = np.flatnonzero(np.diff(s.indptr) == 1)
        printed[s.indices[s.indptr[alone]]] = True
    least = np.zeros(len(base))
    alone = np.flatnonzero(np.diff(hidden.indptr) == 1)
    least[hidden.indices[hidden.indptr[alone]]] = rules.lowest_hidden
    unprinted = np.flatnonzero(~printed & rules.small(published[0].release.counts.ravel()))
    extra = sparse.csr_array(
        (np.ones(len(unprinted)), (np.arange(len(unprinted)), unprinted)), (len(unprinted), len(base))
    )
    target_of = [(number, int(cell)) for number, h in enumerate(hides) for cell in h] + [
        (-1, int(u)) for u in unprinted
    ]
    targets = sparse.csr_array(sparse.vstack([hidden, extra]))
    return Knowledge(base, sparse.csr_array(known), hidden, least, rules.lowest_hidden, targets, target_of)


def intervals(what: Knowledge, *, width: int, exact: bool = True) -> tuple[Floats, Floats]:
    """The least and the most every target can be; most is infinite where it is far above (`width` x 10).

    With `exact=False` a target is left as soon as it is seen to be at least `width` wide: its interval is then too
    narrow here, but never below `width`. Not for tables of more than some thousand hidden cells.
    """
    free = _free(what)
    part = _components(what, free)
    low = what.targets @ what.base
    high = low.copy()
    targets = what.targets[:, free]
    cells = [targets.indices[targets.indptr[i] : targets.indptr[i + 1]] for i in range(targets.shape[0])]
    seen_low, seen_high = low.copy(), high.copy()
    for number, members in enumerate(cells):
        if not len(members) or (not exact and seen_high[number] - seen_low[number] >= width):
            low[number], high[number] = seen_low[number], seen_high[number]
            continue
        for sign in (1, -1):
            found = _extreme(what, free, part, members, sign=sign, far=_FAR * width)
            values = targets @ found[free] + (what.targets @ np.where(free, 0.0, what.base))
            seen_low, seen_high = np.minimum(seen_low, values), np.maximum(seen_high, values)
        low[number], high[number] = seen_low[number], seen_high[number]
    true = what.targets @ what.base
    return low, np.where(high >= true + _FAR * width - 0.5, np.inf, high)


def _free(what: Knowledge) -> Mask:
    """Base counts that are not published and lie in no published sum of nobody."""
    free = np.ones(len(what.base), dtype=bool)
    size = np.diff(what.known.indptr)
    zero = (what.known @ what.base) == 0
    fixed = np.flatnonzero((size == 1) | zero)
    free[what.known[fixed].indices] = False
    return free


def _components(what: Knowledge, free: Mask) -> Ints:
    """Component of every base count; counts in one published (or restricting hidden) sum hang together."""
    rows = sparse.vstack([what.known[:, free], _binding(what)[:, free]])
    count, size = rows.shape
    where = rows.tocoo()
    links = sparse.csr_array((where.data, (where.row + size, where.col)), (count + size, count + size))
    part = np.full(len(free), -1)
    part[free] = connected_components(links, directed=False)[1][:size]
    return part


def _binding(what: Knowledge) -> sparse.csr_array:
    """Hidden sums whose being at least `lowest` does not follow from their parts."""
    return what.hidden[np.flatnonzero(what.hidden @ what.least < what.lowest)]


def _extreme(what: Knowledge, free: Mask, part: Ints, members: NDArray[np.integer], *, sign: int, far: int) -> Floats:
    """Base counts that fit all that is known, at which the sum of `members` (among the free) is least or most."""
    positions = np.flatnonzero(free)[members]
    inside = np.flatnonzero(np.isin(part, np.unique(part[positions])) & free)
    objective = np.isin(inside, positions).astype(np.float64)
    true = what.base[inside]
    rows = [what.known[:, inside], _binding(what)[:, inside]]
    other = np.where(np.isin(np.arange(len(what.base)), inside), 0.0, what.base)
    known_sum = rows[0] @ true
    binding_least = what.lowest - _binding(what) @ other
    used = [np.flatnonzero(np.diff(sparse.csr_array(block).indptr) > 0) for block in rows]
    matrix = sparse.vstack([rows[0][used[0]], rows[1][used[1]], sparse.csr_array(objective[None, :])])
    lower = np.concatenate([known_sum[used[0]], binding_least[used[1]], [-np.inf]])
    upper = np.concatenate([known_sum[used[0]], np.full(len(used[1]), np.inf), [objective @ true + far]])
    solved = optimize.milp(
        sign * objective,
        constraints=optimize.LinearConstraint(sparse.csc_array(matrix), lower, upper),
        bounds=optimize.Bounds(what.least[inside], np.inf),
        integrality=np.ones(len(inside), dtype=np.int64),
        options={"mip_rel_gap": 0.0},
    )
    if solved.x is None:
        raise RuntimeError(f"the audit of a hidden cell ended without an answer: {solved.message}")
    found = what.base.copy()
    found[inside] = np.round(solved.x)
    return found


def audit(published: Sequence[Published], *, rules: Rules) -> pl.DataFrame:
    """What readers can work out about every hidden cell of all releases together, and whether that is too much.

    Returns
    -------
    frame
        release, level, area, set, category; count (the truth), low, high (what a reader can work out; high is null
        where it is far above), safe (high - low >= threshold). Small counts of areas and categories that no release
        prints are in it with an empty release. Not for publication.
    """
    what = knowledge(published, rules)
    low, high = intervals(what, width=rules.threshold)
    count = what.targets @ what.base
    records = []
    for number, (release, cell) in enumerate(what.target_of):
        if release < 0:
            first = published[0].release
            area, category = divmod(cell, len(first.categories))
            name, row, column = "", (EACH, first.areas[area]), (EACH, first.categories[category])
        else:
            of = published[release].release
            rows, columns = of.labels()
            name, row, column = of.name, rows[cell // len(columns)], columns[cell % len(columns)]
        records.append((name, *row, *column, count[number], low[number], high[number]))
    schema = ["release", "level", "area", "set", "category", "count", "low", "high"]
    frame = pl.DataFrame(
        records, schema=dict.fromkeys(schema[:5], pl.String) | dict.fromkeys(schema[5:], pl.Float64), orient="row"
    )
    return frame.with_columns(
        pl.col("count", "low").cast(pl.Int64),
        high=pl.when(pl.col("high").is_finite()).then(pl.col("high")).cast(pl.Int64),
        safe=pl.col("high") - pl.col("low") >= rules.threshold,
    )


def aligned(release: Release, to: Release) -> Release:
    """The same release with its base areas and categories in the order of another, and that one's counts.

    Two editions are taken to mean the same people: what differs is a correction, and the later counts hold.
    """
    rows = _order(release.areas, to.areas)
    columns = _order(release.categories, to.categories)
    return Release(
        release.name,
        to.areas,
        to.categories,
        to.counts,
        tuple(Grouping(g.name, g.groups, g.of[rows]) for g in release.rows),
        tuple(Grouping(g.name, g.groups, g.of[columns]) for g in release.columns),
    )


def _order(names: tuple[str, ...], wanted: tuple[str, ...]) -> Ints:
    position = {name: index for index, name in enumerate(names)}
    return np.array([position[name] for name in wanted], dtype=np.int64)
