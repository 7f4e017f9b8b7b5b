"""What a run of trials hands over: one row a trial, one column a thing that is watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wholeplace.place import Place
from wholeplace.place.tables import as_number
from wholeplace.resilience.results.people import ServiceUsers, service_users
from wholeplace.resilience.ticks import TICKS_PER_H

Floats = NDArray[np.float64]
#: With more sets of users than this, areas are added up trial by trial instead of by what sets have in common.
MOST_SETS = 1_500


@dataclass(frozen=True)
class Batch:
    """Trials one after another, T of them, and the K things that are watched.

    `downtime_h` float64 (T, K) is the level-weighted loss, `outages` (T, K) counts spells at level 0, `longest_ticks`
    int64 (T, K) is the longest of them. `restored_h` float64 (T) is when everything was back at level 1 (0 if nothing
    was ever below, the horizon if not all was), `not_restored` bool (T). `weight` float64 (T) is how much more likely a
    trial is in truth than as it was drawn; None when trials are drawn as they are in truth.
    """

    downtime_h: Floats
    outages: NDArray[np.integer]
    longest_ticks: NDArray[np.int64]
    restored_h: Floats
    not_restored: NDArray[np.bool_]
    weight: Floats | None = None

    @property
    def trials(self) -> int:
        return len(self.restored_h)

    def part(self, start: int, stop: int) -> Batch:
        """Some of the trials, counted from the first of the batch."""
        here = slice(start, stop)
        return Batch(
            self.downtime_h[here],
            self.outages[here],
            self.longest_ticks[here],
            self.restored_h[here],
            self.not_restored[here],
            None if self.weight is None else self.weight[here],
        )


@dataclass(frozen=True)
class Watched:
    """The things whose fate is told, by name, and what is asked of them.

    `rto_h` and `max_tolerable_h` are NaN where a thing has none. `users` are those of the services among `items`.
    """

    items: tuple[str, ...]
    horizon_h: float
    users: ServiceUsers
    rto_h: Floats
    max_tolerable_h: Floats
    most_sets: int = field(default=MOST_SETS, repr=False)

    def same_as(self, other: Watched) -> bool:
        """Whether the same is asked of the same things; tables of users follow from the place and are not compared."""
        mine, theirs = ((one.items, one.horizon_h, one.users.services, one.most_sets) for one in (self, other))
        figures = zip((self.rto_h, self.max_tolerable_h, self.users.total),
                      (other.rto_h, other.max_tolerable_h, other.users.total), strict=True)  # fmt: skip
        return mine == theirs and all(np.array_equal(one, two, equal_nan=True) for one, two in figures)

    @cached_property
    def columns(self) -> Columns:
        """Where each figure stands in the table that `table` makes."""
        return Columns(len(self.items))

    @property
    def by_sets(self) -> bool:
        """Whether areas and groups come from the hours of sets of users (else they are added up trial by trial)."""
        return self.users.by_area.shape[0] <= self.most_sets

    @cached_property
    def service_at(self) -> NDArray[np.int64]:
        """Where each of the services of `users` stands among the items."""
        at = {name: position for position, name in enumerate(self.items)}
        return np.array([at[name] for name in self.users.services], dtype=np.int64)

    def table(self, batch: Batch) -> Floats:
        """Every figure of every trial, one row a trial, as `columns` says; no row depends on another."""
        downtime = np.take(batch.downtime_h, self.service_at, axis=1)
        lost = (downtime * np.nan_to_num(self.users.total)).sum(axis=1)
        lost_by = self.users.downtime_of_sets(downtime)
        if not self.by_sets:
            lost_by = np.hstack([lost_by @ self.users.by_area, lost_by @ self.users.by_group])
        parts = (
            batch.downtime_h,
            batch.longest_ticks / TICKS_PER_H,
            lost[:, None],
            batch.restored_h[:, None],
            batch.outages,
            batch.outages > 0,
            batch.longest_ticks > _ticks(self.rto_h),
            batch.longest_ticks > _ticks(self.max_tolerable_h),
            batch.not_restored[:, None],
            lost_by,
        )
        return np.hstack(parts, dtype=np.float64, casting="unsafe")


@dataclass(frozen=True)
class Columns:
    """Where figures of so many items stand among the columns of a table; the first `kept` have quantiles."""

    n: int

    @property
    def kept(self) -> int:
        return 2 * self.n + 2

    @property
    def downtime(self) -> slice:
        return slice(0, self.n)

    @property
    def longest(self) -> slice:
        return slice(self.n, 2 * self.n)

    @property
    def person_hours(self) -> int:
        return 2 * self.n

    @property
    def restored(self) -> int:
        return 2 * self.n + 1

    @property
    def outages(self) -> slice:
        return slice(self.kept, self.kept + self.n)

    @property
    def down(self) -> slice:
        return slice(self.kept + self.n, self.kept + 2 * self.n)

    @property
    def over_rto(self) -> slice:
        return slice(self.kept + 2 * self.n, self.kept + 3 * self.n)

    @property
    def over_max_tolerable(self) -> slice:
        return slice(self.kept + 3 * self.n, self.kept + 4 * self.n)

    @property
    def not_restored(self) -> int:
        return self.kept + 4 * self.n

    @property
    def sets(self) -> slice:
        return slice(self.kept + 4 * self.n + 1, None)


def watch(place: Place, items: Sequence[str], *, horizon_h: float) -> Watched:
    """What is to be told of things of a place: their limits from the register of services, and who uses them."""
    limits = {name: dict.fromkeys(items, float("nan")) for name in ("rto_h", "max_tolerable_h")}
    services = place.registers.get("services")
    if services is not None:
        for name, wanted in limits.items():
            figures = as_number(services.column(name)).fill_null(float("nan"))
            wanted.update(pair for pair in zip(services.names, figures, strict=True) if pair[0] in wanted)
    rto_h, max_tolerable_h = (np.array(list(one.values()), dtype=np.float64) for one in limits.values())
    users = service_users(place, sorted(name for name in items if name.startswith("service:")))
    return Watched(tuple(items), horizon_h, users, rto_h, max_tolerable_h)


def _ticks(limit_h: Floats) -> NDArray[np.int64]:
    """Limits in ticks; nothing lasts longer than one that is not there, or beyond the end of time."""
    ticks = np.full(len(limit_h), np.iinfo(np.int64).max)
    written = limit_h < 2.0**62 / TICKS_PER_H
    ticks[written] = np.rint(limit_h[written] * TICKS_PER_H)
    return ticks
