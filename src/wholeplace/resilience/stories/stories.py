"""Single trials told as stories: a typical one and a bad one, and why a service stopped in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from wholeplace.resilience.results import Batch, Watched
from wholeplace.resilience.run import Options, Run
from wholeplace.resilience.simulate import Trace, trace_trial
from wholeplace.resilience.stories.chain import Link, explain, outages_of

#: Trials among which a bad one of a thing is looked for.
LOOKED_AT = 1_000
#: The share of trials that were less bad than the bad one.
BAD = 0.95


@dataclass(frozen=True)
class Story:
    """One trial of a scenario.

    `share_less_bad` is the share of the trials looked at that lost less. `spells`: item, start_h, end_h, level: each
    time that something spent below level 1, things in order of their first.
    """

    run: Run
    trial: int
    share_less_bad: float
    trace: Trace

    @cached_property
    def spells(self) -> pl.DataFrame:
        names = self.run.network.things.names
        rows = [(names[thing], *spell) for thing in self.trace.levels for spell in self.trace.spells_below(thing)]
        schema = {"item": pl.String, "start_h": pl.Float64, "end_h": pl.Float64, "level": pl.Float64}
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        return frame.sort(pl.col("start_h").min().over("item"), "item", "start_h")

    def why(self, thing: str, hour: float | None = None) -> Link | None:
        """The chain that led to a thing's longest outage, or to the one it was in at an hour; None without any."""
        number = self.run.number_of(thing)
        if hour is None:
            outages = outages_of(self.trace, number)
            if not outages:
                return None
            hour = max(outages, key=lambda one: (one[1] - one[0], -one[0]))[0]
        return explain(self.run.network, self.run.happenings, self.trace, number, hour)


def story_of(run: Run, options: Options, trial: int, share_less_bad: float = 0.0) -> Story:
    """One trial, by its number."""
    return Story(run, trial, share_less_bad, trace_trial(run.simulation(options, run.network.services), trial))


def typical_and_bad(run: Run, options: Options, watched: Watched, batch: Batch) -> tuple[Story, Story]:
    """The story of the trial in the middle of a batch, the first ones, and of one that only a twentieth is worse than.

    Trials are compared by the person-hours lost, or by hours of services where nobody is known to use any. The batch is
    of the services of the run, as `watched` is.
    """
    users = watched.users.total
    weights = np.nan_to_num(users) if np.nansum(users) > 0 else np.ones(len(users))
    lost = batch.downtime_h @ weights
    order = np.argsort(lost, kind="stable")
    places = [round(share * (len(order) - 1)) for share in (0.5, BAD)]
    typical, bad = (story_of(run, options, int(order[place]), float((lost < lost[order[place]]).mean()))
                    for place in places)  # fmt: skip
    return typical, bad


def bad_trial_of(run: Run, options: Options, thing: str) -> int | None:
    """Of the first trials in which a thing stopped, the one that only a twentieth are worse than; None without any."""
    kept = np.array([run.number_of(thing)])
    batch = run.simulation(options, kept).some(np.arange(LOOKED_AT))
    stopped = np.flatnonzero(batch.outages[:, 0])
    if not len(stopped):
        return None
    order = stopped[np.argsort(batch.downtime_h[stopped, 0], kind="stable")]
    return int(order[round(BAD * (len(order) - 1))])
