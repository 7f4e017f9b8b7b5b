"""Run a scenario: three engines behind one call."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wholeplace.errors import WholeplaceError
from wholeplace.place import Place
from wholeplace.place.findings import counted, did_you_mean
from wholeplace.place.registers import Register, assumed_rows
from wholeplace.resilience.asking import refusal_of
from wholeplace.resilience.exact import TIME_LIMIT_S, ExactLimitError, ExactResult, exact
from wholeplace.resilience.importance import Importance
from wholeplace.resilience.model import Happening, Network, build_network, happenings_of
from wholeplace.resilience.rare import LEAST_EFFECTIVE_TRIALS, GuidedError, guide_to, guided_batches
from wholeplace.resilience.results import (
    ScenarioResult,
    Summary,
    Watched,
    chances_result,
    merged,
    overlaid,
    simulated_result,
    watch,
)
from wholeplace.resilience.scenarios.placing import place_things
from wholeplace.resilience.scenarios.positions import Positions, positions_of
from wholeplace.resilience.scenarios.scenario import Event, Scenario, open_scenario
from wholeplace.resilience.screen import Screening, ScreenResult
from wholeplace.resilience.simulate import Simulation, forced_trials, importance_by_trials
from wholeplace.resilience.standing import above

METHODS = ("auto", "simulate", "screen", "exact")
TRIALS = 10_000
#: Before so many trials a standard error is not yet to be relied upon.
LEAST_BEFORE_STOPPING = 1_024
#: Told of long work: what is done, how much of it, of how much.
Progress = Callable[[str, int, int], None]


class RunError(WholeplaceError, ValueError):
    """A scenario that cannot be run as asked."""


@dataclass(frozen=True)
class Options:
    """How to run a scenario.

    `precision` stops a simulation early, when the standard error of every service's chance of an outage and hours lost
    is under that share of the figure. With `all_items` everything that can fail is told of, not services alone.
    Importance by simulation is worked out from `importance_trials` at most, where that is given. `guided` is for rare
    outages of the target: only trials are drawn in which something happens that can take it down. `threads` make no
    difference to any figure.
    """

    method: str = "auto"
    trials: int = TRIALS
    seed: int = 1
    target: str | None = None
    all_items: bool = False
    precision: float | None = None
    guided: bool = False
    time_limit_s: float = TIME_LIMIT_S
    threads: int | None = None
    importance_trials: int | None = None


@dataclass(frozen=True)
class Run:
    """A scenario made ready for a place."""

    place: Place
    scenario: Scenario
    network: Network
    happenings: tuple[Happening, ...]
    notices: tuple[str, ...]

    @property
    def horizon_h(self) -> float:
        return self.scenario.settings.horizon_h

    @property
    def background(self) -> bool:
        return self.scenario.settings.background

    @cached_property
    def place_hash(self) -> str:
        """Stands for everything in the place that the figures depend on: registers and what events strike."""
        digest = hashlib.sha256()
        for name, register in sorted(self.place.registers.items()):
            frame = register.frame.select(sorted(register.frame.columns))
            digest.update(f"{name}\n{frame.sort(frame.columns).write_csv()}".encode())
        for one in self.happenings:
            digest.update(np.ascontiguousarray(one.strikes.thing).tobytes() + one.strikes.chance.tobytes())
        return digest.hexdigest()

    def simulation(self, options: Options, kept: NDArray[np.int64]) -> Simulation:
        return Simulation(self.network, self.happenings, self.horizon_h, options.seed, kept,
                          self.scenario.crews, self.background)  # fmt: skip

    def kept(self, options: Options) -> NDArray[np.int64]:
        """The positions of the things that the result tells of: services and the target, or everything."""
        if options.all_items:
            return np.arange(len(self.network.things.names))
        target = [] if options.target is None else [self.number_of(options.target)]
        return np.unique(np.array([*self.network.services.tolist(), *target], dtype=np.int64))

    def names(self, positions: NDArray[np.int64]) -> list[str]:
        return [self.network.things.names[at] for at in positions.tolist()]

    def number_of(self, thing: str) -> int:
        """The position of a thing.

        Raises
        ------
        RunError
            When no register has it.
        """
        number = self.network.things.number.get(thing)
        if number is None:
            near = did_you_mean(thing, self.network.things.names)
            raise RunError(f"no register has a thing {thing!r} that can fail{near}")
        return number

    @cached_property
    def struck(self) -> frozenset[int]:
        """The positions of the things that an event can strike."""
        happen = [one for one in self.happenings if one.at_h.kind != "fixed" or one.at_h.numbers[0] < self.horizon_h]
        struck = {int(thing) for one in happen
                  for thing in one.strikes.thing[one.strikes.chance > 0]}  # fmt: skip
        for one in happen:
            if one.spreading is not None:
                struck.update(one.spreading.target[one.spreading.per_h > 0].tolist())
        return frozenset(struck)

    def above(self, target: int) -> list[int]:
        """The things above a target, itself included, that an event can strike."""
        stands_on = above(self.network, [target])
        return sorted(thing for thing in self.struck if stands_on[thing])


def prepare_run(place: Place, scenario: str | Path | Scenario, *, positions: Positions | None = None) -> Run:
    """Make a scenario, by id, path or read before, ready for a place; `positions` may have been worked out before.

    Raises
    ------
    FindingsError
        With every fault of the scenario.
    """
    opened = scenario if isinstance(scenario, Scenario) else open_scenario(place, scenario)
    network = build_network(place.registers)
    where = positions_of(place) if positions is None else positions
    notices = []

    def placing(event: Event) -> tuple[Sequence[str], NDArray[np.float64]]:
        placed = place_things(place, event, positions=where)
        if placed.unplaced:
            many = counted(len(placed.unplaced), "thing")
            notices.append(f"Event {event.number}: {many} could not be placed and "
                           f"{'is' if len(placed.unplaced) == 1 else 'are'} not struck: "
                           f"{', '.join(list(placed.unplaced)[:5])}"
                           f"{' and more' if len(placed.unplaced) > 5 else ''}.")  # fmt: skip
        return placed.things, placed.chances

    happenings = happenings_of(opened, network, place.registers, placing)
    return Run(place, opened, network, happenings, (*notices, *_assumptions(place.registers, network)))


def _assumptions(registers: Mapping[str, Register], network: Network) -> list[str]:
    """Says how many dependency rows are assumptions, where any is."""
    register = registers.get("dependencies")
    if register is None:
        return []
    assumed = int(assumed_rows(register).sum())
    rows = counted(len(network.rows.group), "dependency row")
    return [f"{assumed:,} of {rows} are assumptions without a published source."] if assumed else []


def run_scenario(
    place: Place,
    scenario: str | Path | Scenario,
    *,
    options: Options | None = None,
    progress: Progress = lambda what, done, of: None,
) -> ScenarioResult:
    """Work out what a scenario does to a place.

    `auto` simulates, and lays exact chances over where time plays no part. `exact` and `screen` tell chances of an
    outage only, and refuse scenarios in which time matters.

    Raises
    ------
    FindingsError
        With every fault of the scenario.
    RunError
        When there is no such method or target.
    RefusedError
        When a method is asked for that cannot answer this scenario; says why.
    ExactLimitError
        When exact meets its limit of time or size.
    GuidedError
        When a scenario cannot be drawn guided, or too few trials tell anything.
    """
    return finish_run(prepare_run(place, scenario), options or Options(), progress=progress)


def finish_run(run: Run, options: Options, *, progress: Progress = lambda what, done, of: None) -> ScenarioResult:
    """`run_scenario` of a scenario made ready before."""
    if options.method not in METHODS:
        raise RunError(f"there is no method {options.method!r}; there are: {', '.join(METHODS)}")
    if options.trials < 1:
        raise RunError("`trials` must be 1 or more")
    target = None if options.target is None else run.number_of(options.target)
    if options.guided:
        return _guided(run, options, progress)
    if options.method == "exact":
        return _exact(run, options)
    if options.method == "screen":
        return _screen(run, options)
    refused = refusal_of(run.network, run.happenings, background=run.background, target=target)
    if options.method == "auto" and refused is None:
        try:
            return overlaid(_simulate(run, replace(options, target=None), also=target, progress=progress),
                            _exact(run, options))  # fmt: skip
        except ExactLimitError:
            pass  # the simulated figures stand by themselves
    return _simulate(run, options, also=target, progress=progress)


def _simulate(run: Run, options: Options, *, also: int | None, progress: Progress) -> ScenarioResult:
    """Simulate; `also` is a thing to be told of besides the services."""
    kept = run.kept(options) if also is None else np.union1d(run.kept(options), [also])
    simulation = run.simulation(options, kept)
    watched = watch(run.place, run.names(kept), horizon_h=run.horizon_h)
    summary = summarise(simulation, watched, options, progress)
    notices = list(run.notices)
    importance: list[Importance] | None = None
    if options.target is not None:
        importance, of = _importance_by_trials(run, simulation, options, summary.trials, progress)
        if of < summary.trials:
            notices.append(f"Importance is worked out from the first {of:,} trials.")
    return simulated_result(
        summary,
        scenario=run.scenario.id,
        seed=options.seed,
        place_hash=run.place_hash,
        method=options.method,
        importance=importance,
        notices=notices,
    )


def summarise(simulation: Simulation, watched: Watched, options: Options, progress: Progress) -> Summary:
    """Run the trials and add them up, until there are enough of them or the figures are precise enough."""
    threads = options.threads or os.cpu_count() or 1
    parts: list[Summary] = []
    done = 0
    for first_trial, batch in simulation.run(0, options.trials, threads=threads):
        parts.append(Summary.of(batch, first_trial, watched))
        done = first_trial + batch.trials
        progress("trials", done, options.trials)
        if options.precision is not None and done >= LEAST_BEFORE_STOPPING and done % LEAST_BEFORE_STOPPING == 0:
            parts = [merged(parts)]
            if parts[0].imprecision < options.precision:
                break
    return merged(parts)


def _importance_by_trials(
    run: Run, simulation: Simulation, options: Options, trials: int, progress: Progress
) -> tuple[list[Importance], int]:
    target = run.number_of(options.target or "")
    things = run.above(target)
    of = forced_trials(run.network, len(things), min(trials, options.importance_trials or trials))
    chances = importance_by_trials(
        simulation, target, things, trials=of, progress=lambda done, of: progress("importance", done, of)
    )
    names = run.network.things.names
    return [Importance(names[one.thing], one.p, one.p_failed, one.p_spared) for one in chances], of


def _guided(run: Run, options: Options, progress: Progress) -> ScenarioResult:
    """Tell of the target alone, from guided trials."""
    if options.target is None or options.method not in {"auto", "simulate"}:
        raise RunError("guided trials are simulated, and tell of one --target")
    target = options.target
    guide = guide_to(run.network, run.happenings, target, horizon_h=run.horizon_h, background=run.background,
                     time_limit_s=options.time_limit_s)  # fmt: skip
    notice = "Nothing that the events strike can take it down: its chance is 0."
    if guide is None:
        return chances_result({target: 0.0}, scenario=run.scenario.id, method="simulate", horizon_h=run.horizon_h,
                              place_hash=run.place_hash, notices=(*run.notices, notice))  # fmt: skip
    watched = watch(run.place, [target], horizon_h=run.horizon_h)
    simulation = run.simulation(options, np.array([run.number_of(target)]))
    parts = []
    for first_trial, batch in guided_batches(simulation, guide, options.trials):
        parts.append(Summary.of(batch, first_trial, watched))
        progress("trials", first_trial + batch.trials, options.trials)
    summary = merged(parts)
    effective = float(summary.effective_trials[0])
    if effective < LEAST_EFFECTIVE_TRIALS:
        raise GuidedError(f"the trials in which {target} was down are worth {effective:,.0f} trials, fewer than the "
                          f"{LEAST_EFFECTIVE_TRIALS} below which nothing can be said; give more --trials")  # fmt: skip
    notice = (f"Guided: drawn were only trials in which one of {counted(len(guide.chance), 'set')} of failures happens "
              f"that can take {target} down, each with its weight; the trials in which it was down are worth "
              f"{effective:,.0f} trials.")  # fmt: skip
    return simulated_result(summary, scenario=run.scenario.id, seed=options.seed, place_hash=run.place_hash,
                            method="simulate", notices=(*run.notices, notice))  # fmt: skip


def _asked(run: Run, options: Options) -> list[str]:
    return run.names(run.kept(options))


def _exact(run: Run, options: Options) -> ScenarioResult:
    found = exact(
        run.network,
        run.happenings,
        horizon_h=run.horizon_h,
        background=run.background,
        target=options.target,
        items=_asked(run, options),
        time_limit_s=options.time_limit_s,
    )
    return _chances(run, options, found, cut_sets=found.cut_sets)


def _screen(run: Run, options: Options) -> ScenarioResult:
    screening = Screening(
        run.network,
        run.happenings,
        horizon_h=run.horizon_h,
        background=run.background,
        target=options.target,
        items=_asked(run, options),
    )
    found = screening.result(screening.count(options.seed, 0, options.trials, threads=options.threads), options.seed)
    return _chances(run, options, found, p_down_se=found.p_down_se, trials=options.trials, seed=options.seed)


def _chances(run: Run, options: Options, found: ExactResult | ScreenResult, **figures: Any) -> ScenarioResult:
    """The result of an engine that knows no time; `figures` are what only one of the two has."""
    return chances_result(
        {name: found.p_down.get(name) for name in _asked(run, options)},
        scenario=run.scenario.id,
        method="exact" if isinstance(found, ExactResult) else "screen",
        horizon_h=run.horizon_h,
        place_hash=run.place_hash,
        importance=found.importance if options.target is not None else None,
        notices=run.notices,
        **figures,
    )
