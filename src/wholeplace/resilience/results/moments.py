"""Means and spreads that can be put together from parts without losing digits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wholeplace.resilience.results.products import steady_product

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Of V figures in n trials: `total`, their sums (V); `spread`, sums of squared deviations from the mean (V).

    `together` (P, P) has sums of products of deviations of the last P figures. Sums of counts are exact.

    References
    ----------
    Chan T F, Golub G H, LeVeque R J (1983), Algorithms for computing the sample variance. Am. Stat. 37:242-247.
    """

    n: int
    total: Floats
    spread: Floats
    together: Floats

    @classmethod
    def of(cls, table: Floats, last: int) -> Moments:
        """Of a table with a row a trial, n > 0; products are taken of the `last` columns."""
        rows = np.ascontiguousarray(table)  # the order in which numpy adds depends on the layout
        total = rows.sum(axis=0)
        off = rows - total / len(rows)
        tail = np.ascontiguousarray(off[:, off.shape[1] - last :])
        return cls(len(rows), total, np.square(off).sum(axis=0), steady_product(tail.T, tail))

    @classmethod
    def of_nothing(cls, figures: int, last: int) -> Moments:
        return cls(0, np.zeros(figures), np.zeros(figures), np.zeros((last, last)))

    def then(self, other: Moments) -> Moments:
        """Put two parts together; with three, the last digits depend on which two come first."""
        if not (self.n and other.n):
            return other if not self.n else self
        n = self.n + other.n
        apart = other.total / other.n - self.total / self.n
        share = self.n * other.n / n
        tail = apart[len(apart) - len(self.together) :]
        return Moments(
            n,
            self.total + other.total,
            self.spread + other.spread + np.square(apart) * share,
            self.together + other.together + np.outer(tail, tail) * share,
        )

    @cached_property
    def mean(self) -> Floats:
        """Means; NaN without a trial."""
        with np.errstate(invalid="ignore"):
            return np.divide(self.total, self.n if self.n else np.nan)

    @cached_property
    def se(self) -> Floats:
        """Standard errors of the means, from the deviation with n - 1; NaN with fewer than two trials."""
        return np.sqrt(self.spread / (self.n - 1) / self.n) if self.n > 1 else np.full(len(self.spread), np.nan)
