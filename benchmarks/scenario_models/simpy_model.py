"""The peer on SimPy: a process for each failure and each tolerance that runs, resources for crews.

Things and groups are numbers, and a tolerance that is no longer wanted is left to run out: interrupting it costs more.
"""

from __future__ import annotations

from collections.abc import Generator

import simpy

from benchmarks.scenario_models.subset import Figures, Hits, Model, Spells, Subset


def simpy_model(subset: Subset) -> Model:
    """Make a function that runs one trial of a place."""
    dependent, spare, tolerance, provides_for = subset.dependent, subset.spare, subset.tolerance, subset.provides_for

    def run(hits: Hits) -> Figures:
        env = simpy.Environment()
        crews = [simpy.Resource(env, size) for size in subset.crew_sizes]
        groups = len(dependent)
        down, in_effect, version = [0] * groups, [False] * groups, [0] * groups
        reasons, spells = [0] * subset.things, Spells(subset.things)

        def failure(time: int, thing: int, repair: int) -> Generator[simpy.Event]:
            yield env.timeout(time)
            go_down(thing)
            if subset.crew[thing] < 0:
                yield env.timeout(repair)
            else:
                with crews[subset.crew[thing]].request() as turn:
                    yield turn
                    yield env.timeout(repair)
            come_up(thing)

        def run_out(group: int, started: int) -> Generator[simpy.Event]:
            yield env.timeout(tolerance[group])
            if version[group] == started:
                in_effect[group] = True
                go_down(dependent[group])

        def go_down(thing: int) -> None:
            reasons[thing] += 1
            if reasons[thing] > 1:
                return
            spells.since[thing] = env.now
            for group in provides_for[thing]:
                down[group] += 1
                if down[group] == spare[group] + 1:
                    if tolerance[group]:
                        env.process(run_out(group, version[group]))
                    else:
                        in_effect[group] = True
                        go_down(dependent[group])

        def come_up(thing: int) -> None:
            reasons[thing] -= 1
            if reasons[thing]:
                return
            spells.end(thing, env.now)
            for group in provides_for[thing]:
                down[group] -= 1
                if down[group] == spare[group]:
                    version[group] += 1
                    if in_effect[group]:
                        in_effect[group] = False
                        come_up(dependent[group])

        for hit in hits:
            env.process(failure(*hit))
        env.run(until=subset.horizon)
        return spells.figures(reasons, subset.horizon)

    return run
