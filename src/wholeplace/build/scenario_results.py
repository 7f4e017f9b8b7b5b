"""What a build keeps of scenarios: the result of each, and two of its trials told as stories; and how it is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.build.files import Files, json_text, parquet

if TYPE_CHECKING:
    from wholeplace.build.store import Build
    from wholeplace.place import Place
    from wholeplace.resilience import Positions, Scenario
    from wholeplace.resilience.results import Batch, Watched
    from wholeplace.resilience.run import Options, Run
    from wholeplace.resilience.stories.stories import Story

TRIALS = 2_000
SEED = 1
#: A build does not wait longer for exact chances; without them the simulated ones stand.
TIME_LIMIT_S = 5.0
#: Importance takes two runs for every thing above its target, so that it is worked out from fewer trials.
IMPORTANCE_TRIALS = 1_000
#: Of so many services that stopped in a trial the chains are kept; `wholeplace scenario explain` tells any.
MOST_EXPLAINED = 100
#: What the results of a build hang on besides files and code.
SETTINGS = (TRIALS, SEED, TIME_LIMIT_S, IMPORTANCE_TRIALS, MOST_EXPLAINED)
NOTHING_STRUCK = (
    "No event of this scenario can strike anything in the registers within its horizon, so that it was not run."
)


def file_of(scenario: str, part: str = "") -> str:
    """The plain name, without its ending, under which a build keeps a part of a scenario."""
    return f"scenario-{scenario}" + (f"-{part}" if part else "")


def result_files(place: Place, scenario: Scenario, positions: Positions) -> Files:
    """Run a scenario, and give the files that its pages are made of.

    A scenario that can strike nothing is not run: `ran` in its description is false then, and there is no result.
    """
    from wholeplace.resilience.results import watch
    from wholeplace.resilience.results.sentences import headlines
    from wholeplace.resilience.run import Options, finish_run, prepare_run

    run = prepare_run(place, scenario, positions=positions)
    about = _description(run)
    if not run.struck and not run.background:
        return {f"{file_of(scenario.id)}.json": json_text({**about, "ran": False, "headlines": [NOTHING_STRUCK]})}
    options = Options(trials=TRIALS, seed=SEED, time_limit_s=TIME_LIMIT_S, importance_trials=IMPORTANCE_TRIALS)
    services = run.network.services
    watched = watch(place, run.names(services), horizon_h=run.horizon_h)
    batch = run.simulation(options, services).some(np.arange(TRIALS))
    counts, worst = _limits_passed(watched, batch)
    result = finish_run(run, replace(options, target=worst))
    stories, spells = _stories(run, options, watched, batch)
    about |= {
        "ran": True,
        "headlines": headlines(result, place)[len(result.summary) :],
        "target": worst,
        "exact": sorted(result.exact),
        "any_service": counts,
        "stories": stories,
    }
    parts = {"items": result.items, "areas": result.areas, "groups": result.groups, "spells": spells}
    return {
        f"{file_of(scenario.id)}.json": json_text(about),
        f"{file_of(scenario.id, 'result')}.json": json_text(result.as_dict()),
        **{f"{file_of(scenario.id, part)}.parquet": parquet(frame) for part, frame in parts.items()},
    }


def _description(run: Run) -> dict[str, Any]:
    """What a scenario is, before anything of what it does."""
    settings = run.scenario.settings
    return {
        "id": run.scenario.id,
        "name": settings.name,
        "about": [" ".join(one.split()) for one in settings.about.split("\n\n") if one.strip()],
        "horizon_h": settings.horizon_h,
        "background": settings.background,
        "start": None if settings.start is None else settings.start.isoformat(),
        "events": [
            {"number": event.number, "kind": event.kind, "at_h": str(event.section.at_h),
             "chance": event.section.chance, "can_strike": int((happening.strikes.chance > 0).sum())}
            for event, happening in zip(run.scenario.events, run.happenings, strict=True)
        ],
        "crews": dict(run.scenario.crews),
        "computed": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }  # fmt: skip


def _limits_passed(watched: Watched, batch: Batch) -> tuple[dict[str, int | None], str | None]:
    """In how many trials at least one service stopped, and passed its limits; and which is the likeliest to pass them.

    A count is None where no service has such a limit; there is no likeliest where none ever stopped.
    """
    table, columns = watched.table(batch) > 0, watched.columns
    down, late, too_late = (table[:, here] for here in (columns.down, columns.over_rto, columns.over_max_tolerable))
    counts = {
        "down": _trials_with_any(down),
        "over_rto": None if np.isnan(watched.rto_h).all() else _trials_with_any(late),
        "over_max_tolerable": None if np.isnan(watched.max_tolerable_h).all() else _trials_with_any(too_late),
    }
    if not down.any():
        return counts, None
    order = np.lexsort([-trials.sum(axis=0) for trials in (down, late, too_late)])  # the last counts most
    return counts, watched.items[order[0]]


def _trials_with_any(happened: NDArray[np.bool_]) -> int:
    return int(happened.any(axis=1).sum())


def _stories(run: Run, options: Options, watched: Watched, batch: Batch) -> tuple[dict[str, Any], pl.DataFrame]:
    """A typical trial and a bad one: why services stopped in them, and (story, item, start_h, end_h, level)."""
    from wholeplace.resilience.stories.stories import typical_and_bad

    typical, bad = typical_and_bad(run, options, watched, batch)
    named = {"typical": typical, "bad": bad}
    spells = pl.concat([one.spells.select(pl.lit(name).alias("story"), pl.all()) for name, one in named.items()])
    told = {name: {"trial": one.trial, "share_less_bad": one.share_less_bad, "why": list(_why(run, one))}
            for name, one in named.items()}  # fmt: skip
    return told, spells


def _why(run: Run, story: Story) -> Iterator[dict[str, Any]]:
    """The chain of each service that stopped in a trial, up to so many, in order of their first outage."""
    from wholeplace.resilience.stories.wording import Wording

    wording = Wording.of(run)
    stopped = story.spells.filter((pl.col("level") == 0) & pl.col("item").str.starts_with("service:"))
    for item in stopped["item"].unique(maintain_order=True).head(MOST_EXPLAINED):
        link = story.why(item)
        if link is not None:
            lines = [{"depth": depth, "words": words} for depth, words in wording.lines(link)]
            yield {"item": item, "start_h": link.start_h, "end_h": link.end_h, "sentence": wording.sentence(link),
                   "lines": lines}  # fmt: skip


class ScenarioView:
    """A scenario as it was built; all but `about` is there where it was run (`ran`)."""

    def __init__(self, build: Build, name: str) -> None:
        self._build, self.id = build, name
        self.about: Mapping[str, Any] = build.json(file_of(name))

    @property
    def name(self) -> str:
        return str(self.about["name"])

    @property
    def ran(self) -> bool:
        return bool(self.about["ran"])

    @property
    def start(self) -> dt.datetime | None:
        """When hour 0 is, where the scenario says so."""
        return dt.datetime.fromisoformat(self.about["start"]) if self.about["start"] else None

    @cached_property
    def result(self) -> dict[str, Any]:
        """The result as JSON has it (docs/reference/scenario-result.md)."""
        return dict(self._build.json(file_of(self.id, "result")))

    @cached_property
    def items(self) -> pl.DataFrame:
        """One row a service, as in `ScenarioResult.items`."""
        return self._build.frame(file_of(self.id, "items"))

    @cached_property
    def areas(self) -> pl.DataFrame:
        """geography, area, name, person_hours_lost_mean, person_hours_lost_se."""
        return self._build.frame(file_of(self.id, "areas"))

    @cached_property
    def groups(self) -> pl.DataFrame:
        """group, person_hours_lost_mean, person_hours_lost_se."""
        return self._build.frame(file_of(self.id, "groups"))

    @cached_property
    def spells(self) -> pl.DataFrame:
        """story ("typical" or "bad"), item, start_h, end_h, level: when things were below level 1 in these trials."""
        return self._build.frame(file_of(self.id, "spells"))
