"""What a range of trials comes to; ranges that follow one another are put together without a trace of the cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wholeplace.errors import WholeplaceError
from wholeplace.resilience.results.batch import Batch, Watched
from wholeplace.resilience.results.moments import Moments
from wholeplace.resilience.results.quantiles import LEVELS, AboveZero, quantiles

Floats = NDArray[np.float64]
#: Trials are added up in blocks that begin at multiples of this.
BLOCK = 256
#: Quantiles come from the first trials of a range: about so many, or fewer with many things, as long as there are ...
QUANTILE_TRIALS = 102_400
#: ... no more figures to keep than this ...
QUANTILE_FIGURES = 2**26
#: ... but never from fewer than these.
LEAST_QUANTILE_TRIALS = 10_240


class RangesError(WholeplaceError, ValueError):
    """Ranges of trials that cannot be put together: they overlap, leave a gap, or are of different things."""


@dataclass(frozen=True)
class Node:
    """Moments of 2^k whole blocks, the first a multiple of that many; `hits` counts trials in which a thing was down.

    Nodes that are the two halves of a larger one are always joined, so that which sums were added first depends on the
    numbers of the trials alone and never on how they were handed out.
    """

    start: int
    moments: Moments
    hits: NDArray[np.int64]

    @property
    def stop(self) -> int:
        return self.start + self.moments.n

    def then(self, other: Node) -> Node:
        return Node(self.start, self.moments.then(other.moments), self.hits + other.hits)


@dataclass(frozen=True)
class Piece:
    """Trials of a block of which others are elsewhere: kept as they are until the block is whole."""

    start: int
    table: Floats
    weight: Floats | None

    @property
    def stop(self) -> int:
        return self.start + len(self.table)

    @property
    def whole(self) -> bool:
        return self.start % BLOCK == 0 and len(self.table) == BLOCK

    def then(self, other: Piece) -> Piece:
        weights = None
        if self.weight is not None and other.weight is not None:
            weights = np.concatenate([self.weight, other.weight])
        return Piece(self.start, np.vstack([self.table, other.table]), weights)


@dataclass(frozen=True)
class Summary:
    """What the trials from `first_trial` on come to, `trials` of them.

    Summaries of ranges that follow one another, merged in any order of brackets, are equal to the summary of the one
    range bit by bit. Memory does not grow with the number of trials but for the values that quantiles need, which are
    those above 0 in the first trials (see QUANTILE_TRIALS).

    With weights (trials drawn more often than they happen, to see rare things), means and shares are those of weight x
    figure, which is unbiased, and there are no quantiles.
    """

    watched: Watched
    first_trial: int
    trials: int
    weighted: bool
    nodes: tuple[Node, ...]
    pieces: tuple[Piece, ...]
    above_zero: tuple[AboveZero, ...]

    @classmethod
    def of(cls, batch: Batch, first_trial: int, watched: Watched) -> Summary:
        """Of a batch whose first trial has a number; at best a multiple of BLOCK, and as many trials."""
        weighted = batch.weight is not None
        nodes: list[Node] = []
        pieces: list[Piece] = []
        kept: list[AboveZero] = []
        last = first_trial + batch.trials
        until = _window_end(first_trial, len(watched.items))
        cuts = [first_trial, *range((first_trial // BLOCK + 1) * BLOCK, last, BLOCK), last]
        for start, stop in pairwise(cuts):
            if start == stop:
                continue
            part = batch.part(start - first_trial, stop - first_trial)
            weight = None if part.weight is None else part.weight.copy()  # the batch may be written over
            piece = Piece(start, watched.table(part), weight)
            if not piece.whole:
                pieces.append(piece)
                continue
            _push(nodes, _node(piece, watched))
            if start < until and not weighted:
                kept.append(AboveZero.of(start, piece.table[:, : watched.columns.kept]))
        return cls(watched, first_trial, batch.trials, weighted, tuple(nodes), tuple(pieces), tuple(kept))

    def then(self, other: Summary) -> Summary:
        """Put the range that follows this one behind it.

        Raises
        ------
        RangesError
            When the other range does not begin where this one ends, or tells of something else.
        """
        if not (self.trials and other.trials):
            return other if not self.trials else self
        end = self.first_trial + self.trials
        if other.first_trial != end:
            raise RangesError(f"the trials of a range end before {end}, and those of the next begin at "
                              f"{other.first_trial}; give ranges that follow one another")  # fmt: skip
        if self.weighted != other.weighted or not self.watched.same_as(other.watched):
            raise RangesError("the ranges are of different things or drawn in different ways")
        pieces, joined = _join([*self.pieces, *other.pieces])
        fresh = [_node(piece, self.watched) for piece in joined]
        nodes: list[Node] = []
        for node in sorted([*self.nodes, *fresh, *other.nodes], key=lambda one: one.start):
            _push(nodes, node)
        width = self.watched.columns.kept
        whole = [] if self.weighted else [AboveZero.of(piece.start, piece.table[:, :width]) for piece in joined]
        until = _window_end(self.first_trial, len(self.watched.items))
        kept = sorted([*self.above_zero, *whole, *other.above_zero], key=lambda one: one.start)
        return Summary(
            self.watched,
            self.first_trial,
            self.trials + other.trials,
            self.weighted,
            tuple(nodes),
            tuple(pieces),
            tuple(one for one in kept if one.start < until),
        )

    @cached_property
    def _whole(self) -> Node:
        """All trials as one node."""
        nodes = [*self.nodes, *(_node(piece, self.watched) for piece in self.pieces)]
        nothing = _nothing(self.watched)
        return reduce(Node.then, sorted(nodes, key=lambda one: one.start), nothing)

    @property
    def moments(self) -> Moments:
        """Moments of every figure of `watched.columns`."""
        return self._whole.moments

    @property
    def hits(self) -> NDArray[np.int64]:
        """In how many trials each item had an outage, as they were drawn."""
        return self._whole.hits

    @property
    def p_down(self) -> tuple[Floats, Floats]:
        """The share of trials with an outage of each item, and its standard error."""
        return self.share(self.watched.columns.down)

    def share(self, where: slice) -> tuple[Floats, Floats]:
        """Shares of trials with their standard errors, sqrt(p (1 - p) / n), or by the spread of weights.

        At 0 and 1 the error comes out as 0, which is no proof: with n trials, 0 of them down, 3 / n may well be true.
        """
        p = self.moments.mean[where]
        if self.weighted:
            return p, self.moments.se[where]
        with np.errstate(invalid="ignore", divide="ignore"):
            return p, np.sqrt(p * (1 - p) / np.float64(self.trials))

    @property
    def imprecision(self) -> float:
        """The largest standard error of a service as a share of its figure, over p_down and downtime_h.

        Services that nothing has happened to in any trial have no such share and are left out; NaN when all are.
        """
        at, services = self.watched.columns, self.watched.service_at
        pairs = [self.p_down, (self.moments.mean[at.downtime], self.moments.se[at.downtime])]
        figure, error = (np.concatenate([pair[part][services] for pair in pairs]) for part in (0, 1))
        shares = error[figure > 0] / figure[figure > 0]
        return float(shares.max()) if len(shares) else float("nan")

    @property
    def effective_trials(self) -> Floats:
        """How many plain trials those with an outage of each item are worth: (sum of w)^2 / sum of w^2; 0 without any.

        References
        ----------
        Kish L (1965), Survey Sampling, section 11.7.
        """
        here = self.watched.columns.down
        total = self.moments.total[here]
        if not self.trials:
            return total
        squares = self.moments.spread[here] + np.square(total) / self.trials
        return np.divide(np.square(total), squares, out=np.zeros_like(total), where=squares > 0)

    @property
    def quantile_trials(self) -> int:
        """How many trials quantiles are of, the first of the range; none with weights."""
        if self.weighted:
            return 0
        return min(self.trials, _window_end(self.first_trial, len(self.watched.items)) - self.first_trial)

    def quantiles(self) -> Floats:
        """Quantiles (figures x 50, 90, 99 per cent) of the first `watched.columns.kept` figures; NaN without trials."""
        width = self.watched.columns.kept
        if not self.quantile_trials:
            return np.full((width, len(LEVELS)), np.nan)
        until = self.first_trial + self.quantile_trials
        ends = [AboveZero.of(piece.start, piece.table[:, :width]) for piece in self.pieces if piece.start < until]
        return quantiles([*self.above_zero, *ends])


def merged(summaries: Iterable[Summary]) -> Summary:
    """Put ranges together that follow one another without a gap, given in any order.

    Raises
    ------
    RangesError
        When there is a gap or an overlap, or none is given.
    """
    ordered = sorted(summaries, key=lambda one: (one.first_trial, one.trials))
    if not ordered:
        raise RangesError("there is no range of trials to put together")
    return reduce(Summary.then, ordered)


def _window_end(first_trial: int, items: int) -> int:
    """The first trial whose block no longer counts for the quantiles of a range."""
    trials = max(LEAST_QUANTILE_TRIALS, min(QUANTILE_TRIALS, QUANTILE_FIGURES // (2 * items + 2)))
    return (first_trial // BLOCK + trials // BLOCK) * BLOCK


def _node(piece: Piece, watched: Watched) -> Node:
    hits = (piece.table[:, watched.columns.down] > 0).sum(axis=0)
    table = piece.table if piece.weight is None else piece.table * piece.weight[:, None]
    return Node(piece.start, Moments.of(table, _products(watched)), hits)


def _nothing(watched: Watched) -> Node:
    users = watched.users
    sets = users.by_area.shape[0] if watched.by_sets else users.by_area.shape[1] + users.by_group.shape[1]
    width = watched.columns.not_restored + 1 + sets
    return Node(0, Moments.of_nothing(width, _products(watched)), np.zeros(len(watched.items), dtype=np.int64))


def _products(watched: Watched) -> int:
    """Of how many figures, the last, products are taken."""
    return watched.users.by_area.shape[0] if watched.by_sets else 0


def _push(nodes: list[Node], node: Node) -> None:
    """Add a node behind others, joining the halves of larger ones."""
    nodes.append(node)
    while len(nodes) > 1:
        first, second = nodes[-2:]
        if first.moments.n != second.moments.n or first.stop != second.start or first.start % (2 * first.moments.n):
            return
        nodes[-2:] = [first.then(second)]


def _join(pieces: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Join pieces of one block that follow one another; what is still in pieces, and what is whole now."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].stop == piece.start and piece.start % BLOCK:
            joined[-1] = joined[-1].then(piece)
        else:
            joined.append(piece)
    return [one for one in joined if not one.whole], [one for one in joined if one.whole]
