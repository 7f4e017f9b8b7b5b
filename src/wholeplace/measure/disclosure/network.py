"""A table with one hierarchy of areas as a network: every cell is an edge, every sum a node where flow is conserved.

A change of the hidden cells that leaves all published cells as they are is then a circulation, and what a reader can
work out about a cell is how far a circulation can raise or lower it. Sums of a ward over its categories follow from
those of its areas, so that each cell stands in two sums only: from the sum of its column in the larger area down to the
sum of its row.

References
----------
Gusfield D (1988), A graph theoretic approach to statistical data security, SIAM J. Comput. 17:552-571.
Cox L H (1995), Network models for complementary cell suppression, J. Am. Stat. Assoc. 90:1453-1462.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from wholeplace.measure.disclosure.tables import ALL, EACH, Grouping, Ints, Mask, Release, Rules, summed

#: What is known of a cell: published unless it is hidden later; hidden; known whatever is done; published nowhere.
SHOWN, HIDDEN, KNOWN, UNPUBLISHED = 0, 1, 2, 3

ARTIFICIAL = "\0block"  # the name of no grouping

#: More areas than this under one larger area are first looked at in blocks of about this many.
BLOCK = 40


@dataclass(frozen=True)
class Network:
    """Rows are areas, then their groups level by level up to the whole place; the last column is the total.

    `parent` is the row a row adds up to (-1 for the whole place), `children` of row r are
    `child[child_start[r]:child_start[r + 1]]`. `cell_row` and `cell_column` say which row and column of the release's
    cells a row and column is (-1: published nowhere). `artificial` rows are blocks that only shorten the search.
    """

    areas: int
    parent: Ints
    height: Ints
    child_start: Ints
    child: Ints
    value: Ints
    cell_row: Ints
    cell_column: Ints
    artificial: Mask

    def states(self, hidden: Mask, known: Mask, rules: Rules) -> np.ndarray:
        """State of every cell, from masks over the release's cells."""
        state = np.full(self.value.shape, UNPUBLISHED, dtype=np.uint8)
        published = np.ix_(self.cell_row >= 0, self.cell_column >= 0)
        at = np.ix_(self.cell_row[self.cell_row >= 0], self.cell_column[self.cell_column >= 0])
        fixed = known[at] | (self.value[published] < rules.lowest_hidden)
        state[published] = np.where(hidden[at], HIDDEN, np.where(fixed, KNOWN, SHOWN))
        return state

    def positions(self, shape: tuple[int, ...]) -> Ints:
        """Flat place of every cell of the network among the release's cells (-1: published nowhere)."""
        flat = self.cell_row[:, None] * shape[1] + self.cell_column[None, :]
        return np.where((self.cell_row[:, None] >= 0) & (self.cell_column[None, :] >= 0), flat, -1)

    def mask(self, state: np.ndarray, shape: tuple[int, ...]) -> Mask:
        """Hidden cells of the release, from the states of the network."""
        hidden = np.zeros(shape, dtype=bool)
        at = np.ix_(self.cell_row[self.cell_row >= 0], self.cell_column[self.cell_column >= 0])
        hidden[at] = state[np.ix_(self.cell_row >= 0, self.cell_column >= 0)] == HIDDEN
        return hidden


def network(release: Release) -> Network | None:
    """The network of a release; None where groupings cross or categories are banded, which no network can hold."""
    if any(grouping.name not in {EACH, ALL} for grouping in release.columns):
        return None
    levels = chain(release.rows)
    if levels is None:
        return None
    levels = _with_blocks(levels)
    counts = np.hstack([release.counts, release.counts.sum(axis=1, keepdims=True)])
    value, parent, height, cell_row, artificial = [counts], [], [], [], []
    starts = np.cumsum([0, *(len(level.groups) for level, _ in levels)])
    for depth, (level, first_cell) in enumerate(levels):
        if depth:
            value.append(summed(counts, level))
        above = levels[depth + 1][0].of if depth + 1 < len(levels) else None
        parent.append(np.full(level.size, -1) if above is None else starts[depth + 1] + _upward(level, above))
        height.append(np.full(level.size, depth))
        cell_row.append(np.full(level.size, -1) if first_cell < 0 else first_cell + np.arange(level.size))
        artificial.append(np.full(level.size, level.name == ARTIFICIAL))
    up = np.concatenate(parent)
    order = np.argsort(up, kind="stable")
    child = order[up[order] >= 0]
    child_start = np.searchsorted(up[child], np.arange(len(up) + 1))
    return Network(
        areas=len(release.areas),
        parent=up,
        height=np.concatenate(height),
        child_start=child_start.astype(np.int64),
        child=child.astype(np.int64),
        value=np.concatenate(value),
        cell_row=np.concatenate(cell_row),
        cell_column=_columns(release),
        artificial=np.concatenate(artificial),
    )


def _upward(level: Grouping, above: Ints) -> Ints:
    """Group of `above` that each group of `level` lies in."""
    inside = np.zeros(level.size, dtype=np.int64)
    inside[level.of] = above
    return inside


def chain(rows: tuple[Grouping, ...]) -> list[tuple[Grouping, int]] | None:
    """Groupings from areas up to the place and where each one's cells start (-1: not printed); None if they cross."""
    starts = np.cumsum([0, *(grouping.size for grouping in rows)])
    members = len(rows[0].of)
    held = sorted(zip(rows, starts[:-1].tolist(), strict=True), key=lambda pair: -pair[0].size)
    if held[0][0].name != EACH:
        held.insert(0, (Grouping(EACH, tuple(map(str, range(members))), np.arange(members)), -1))
    if held[-1][0].size > 1:
        held.append((Grouping(ALL, (ALL,), np.zeros(members, dtype=np.int64)), -1))
    for (lower, _), (upper, _) in itertools.pairwise(held):
        if (upper.of != _upward(lower, upper.of)[lower.of]).any():
            return None
    return held


def _with_blocks(levels: list[tuple[Grouping, int]]) -> list[tuple[Grouping, int]]:
    """The levels with blocks of children put between levels where a group has very many."""
    longer = [levels[0]]
    for upper, start in levels[1:]:
        while (block := _blocks(longer[-1][0], upper)) is not None:
            longer.append((block, -1))
        longer.append((upper, start))
    return longer


def _blocks(lower: Grouping, upper: Grouping) -> Grouping | None:
    """Groups of about BLOCK neighbours of `lower` within each group of `upper`; None where none has very many."""
    inside = _upward(lower, upper.of)
    order = np.argsort(inside, kind="stable")
    sizes = np.bincount(inside, minlength=upper.size)
    if sizes.max() <= 2 * BLOCK:
        return None
    place_in_group = np.empty(lower.size, dtype=np.int64)
    place_in_group[order] = np.arange(lower.size) - np.searchsorted(inside[order], inside[order])
    blocks = np.maximum(1, sizes // BLOCK)
    block = np.concatenate([[0], np.cumsum(blocks)])[inside] + place_in_group * blocks[inside] // sizes[inside]
    return Grouping(ARTIFICIAL, ("",) * int(blocks.sum()), block[lower.of])


def _columns(release: Release) -> Ints:
    """Where each category and the total stand among the release's columns of cells (-1: not published)."""
    found = np.full(len(release.categories) + 1, -1)
    start = 0
    for grouping in release.columns:
        if grouping.name == EACH:
            found[:-1] = start + np.arange(grouping.size)
        else:
            found[-1] = start
        start += grouping.size
    return found
