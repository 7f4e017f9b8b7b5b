"""SimPy with bare events for tolerances, put into its queue by hand: as quick as SimPy seems to go.

It reaches into what SimPy keeps to itself. Beside `simpy_model`, which is what one would write, it shows what tuning
by hand still gains.
"""

from __future__ import annotations

from collections.abc import Generator

import simpy

from benchmarks.scenario_models.subset import Figures, Hits, Model, Spells, Subset

#: After all that SimPy does at one instant of its own accord (0 and 1).
_TOLERANCE = 2


def simpy_tuned_model(subset: Subset) -> Model:  # noqa: PLR0915
    """Make a function that runs one trial of a place."""
    dependent, spare, tolerance, provides_for = subset.dependent, subset.spare, subset.tolerance, subset.provides_for
    crew_of, horizon, things = subset.crew, subset.horizon, subset.things

    def run(hits: Hits) -> Figures:  # noqa: PLR0915
        env = simpy.Environment()
        crews = [simpy.Resource(env, size) for size in subset.crew_sizes]
        clock: list[simpy.Event | bool] = [False] * len(dependent)  # True while in effect
        down, reasons, spells = [0] * len(dependent), [0] * things, Spells(things)
        since, end_spell = spells.since, spells.end
        schedule = env.schedule

        def failure(time: int, thing: int, repair: int) -> Generator[simpy.Event]:
            yield env.timeout(time)
            go_down(thing)
            if crew_of[thing] < 0:
                yield env.timeout(repair)
            else:
                with crews[crew_of[thing]].request() as turn:
                    yield turn
                    yield env.timeout(repair)
            come_up(thing)

        def runs_out(event: simpy.Event) -> None:
            group = event._value
            if clock[group] is event:
                clock[group] = True
                go_down(dependent[group])

        on_time = [runs_out]

        def go_down(thing: int) -> None:
            reasons[thing] += 1
            if reasons[thing] > 1:
                return
            now = since[thing] = env.now
            going = [thing]
            for one in going:
                for group in provides_for[one]:
                    left = down[group]
                    down[group] = left + 1
                    if left == spare[group]:
                        ticks = tolerance[group]
                        if ticks:
                            if now + ticks < horizon:
                                event = clock[group] = simpy.Event(env)
                                event._ok, event._value, event.callbacks = True, group, on_time.copy()
                                schedule(event, _TOLERANCE, ticks)
                        else:
                            clock[group] = True
                            above = dependent[group]
                            reasons[above] += 1
                            if reasons[above] == 1:
                                since[above] = now
                                going.append(above)

        def come_up(thing: int) -> None:
            reasons[thing] -= 1
            if reasons[thing]:
                return
            now = env.now
            end_spell(thing, now)
            coming = [thing]
            for one in coming:
                for group in provides_for[one]:
                    left = down[group] - 1
                    down[group] = left
                    if left == spare[group]:
                        if clock[group] is True:
                            above = dependent[group]
                            reasons[above] -= 1
                            if not reasons[above]:
                                end_spell(above, now)
                                coming.append(above)
                        clock[group] = False

        for hit in hits:
            env.process(failure(*hit))
        env.run(until=horizon)
        return spells.figures(reasons, horizon)

    return run
