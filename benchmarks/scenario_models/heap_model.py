"""An event loop on `heapq` and lists, as quick as plain Python seems to go: everything in one function.

What is due is one whole number, so that the heap compares no tuples: time, then phase, then thing or group. Beside
`networkx_model`, which is what one would write, it shows what tuning by hand still gains.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush

from benchmarks.scenario_models.subset import Figures, Hits, Model, Spells, Subset

_REPAIR, _FAILURE, _TOLERANCE = range(3)


def heap_model(subset: Subset) -> Model:  # noqa: PLR0915
    """Make a function that runs one trial of a place."""
    dependent, spare, tolerance, provides_for = subset.dependent, subset.spare, subset.tolerance, subset.provides_for
    crew_of, crew_sizes, horizon, things = subset.crew, subset.crew_sizes, subset.horizon, subset.things
    shift = max(things, len(dependent)).bit_length()
    mask, instant = (1 << shift) - 1, shift + 2
    of_groups, of_things = [0] * len(dependent), [0] * things

    def run(hits: Hits) -> Figures:  # noqa: PLR0912, PLR0915 - one loop, as every call would cost
        clock = of_groups.copy()  # what is due when the tolerance of a group runs out; 0 for none, -1 in effect
        down, reasons, spells = of_groups.copy(), of_things.copy(), Spells(things)
        since, end_spell = spells.since, spells.end
        free = crew_sizes.copy()
        waiting: list[deque[int]] = [deque() for _ in crew_sizes]
        repair = {thing: ticks for _, thing, ticks in hits}
        heap = [((time << 2 | _FAILURE) << shift) | thing for time, thing, _ in hits]  # in order, and so a heap
        while heap:
            due = heappop(heap)
            time, index = due >> instant, due & mask
            phase = due >> shift & 3
            if phase == _TOLERANCE:
                if clock[index] != due:
                    continue
                clock[index] = -1
                index = dependent[index]
            elif phase == _FAILURE:
                crew = crew_of[index]
                if crew < 0 or free[crew]:
                    if crew >= 0:
                        free[crew] -= 1
                    end = time + repair[index]
                    if end < horizon:
                        heappush(heap, (end << 2) << shift | index)
                else:
                    waiting[crew].append(index)
            else:
                crew = crew_of[index]
                if crew >= 0:
                    if waiting[crew]:
                        following = waiting[crew].popleft()
                        end = time + repair[following]
                        if end < horizon:
                            heappush(heap, (end << 2) << shift | following)
                    else:
                        free[crew] += 1
                reasons[index] -= 1
                if not reasons[index]:
                    end_spell(index, time)
                    coming_up = [index]
                    for thing in coming_up:
                        for group in provides_for[thing]:
                            left = down[group] - 1
                            down[group] = left
                            if left == spare[group]:
                                if clock[group] == -1:
                                    above = dependent[group]
                                    reasons[above] -= 1
                                    if not reasons[above]:
                                        end_spell(above, time)
                                        coming_up.append(above)
                                clock[group] = 0
                continue
            reasons[index] += 1
            if reasons[index] == 1:
                since[index] = time
                going_down = [index]
                for thing in going_down:
                    for group in provides_for[thing]:
                        left = down[group]
                        down[group] = left + 1
                        if left == spare[group]:
                            ticks = tolerance[group]
                            if ticks:
                                ends = time + ticks
                                if ends < horizon:
                                    due = (ends << 2 | _TOLERANCE) << shift | group
                                    clock[group] = due
                                    heappush(heap, due)
                            else:  # nothing that could meet it again is due at this instant any more
                                clock[group] = -1
                                above = dependent[group]
                                reasons[above] += 1
                                if reasons[above] == 1:
                                    since[above] = time
                                    going_down.append(above)
        return spells.figures(reasons, horizon)

    return run
