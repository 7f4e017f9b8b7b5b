"""The rules of dependencies and scenarios in plain Python, one trial at a time: slow, and written to be read.

What is due is kept in one queue in the order of time, phase and thing, and each kind of happening is one method. It
shares with the engine what a scenario is (`wholeplace.resilience.model`) and the luck that is drawn, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from benchmarks.scenario_models.due import Phase, Queue
from benchmarks.scenario_models.figures import Level, TrialResult
from benchmarks.scenario_models.loops import can_stand
from benchmarks.scenario_models.state import IN_EFFECT, Group, State, Thing, ticks_of
from wholeplace.place.distributions import Distribution
from wholeplace.resilience.model import EventDraws, Happening, Network
from wholeplace.resilience.model.draws import (
    NEVER,
    Purpose,
    keys,
    nth_key,
    stream_of,
    uniform,
)


def run_trial(
    network: Network,
    happenings: Sequence[Happening],
    draws: EventDraws,
    *,
    seed: int,
    trial: int,
    crews: Mapping[str, int],
    horizon_ticks: int,
    background: bool,
) -> TrialResult:
    """Run one trial and give the figures of every thing, with how often each rule took effect.

    `draws` are those of this one trial (`event_draws(happenings, seed, np.array([trial]))`); `crews` are sizes by plain
    id that go before those of the network.
    """
    sizes = {**network.crews, **crews}
    return _Trial(network, happenings, draws, seed, trial, list(sizes.values()), background).run(horizon_ticks)


class _Trial:
    def __init__(
        self,
        network: Network,
        happenings: Sequence[Happening],
        draws: EventDraws,
        seed: int,
        trial: int,
        crew_sizes: list[int],
        background: bool,
    ) -> None:
        self.network = network
        self.happenings = happenings
        self.draws = draws
        self.stream = np.uint64(stream_of(seed, trial))
        self.background = background
        self.now = 0
        self.queue = Queue()
        self.rules: Counter[str] = Counter()
        self.things = [Thing() for _ in network.things.names]
        self.groups = [Group() for _ in network.groups.required]
        self.groups_of = [range(*pair) for pair in _pairs(network.group_starts)]
        self.rows_of = [range(*pair) for pair in _pairs(network.row_starts)]
        order, starts = network.rows_by_provider
        self.rows_from = [order[slice(*pair)].tolist() for pair in _pairs(starts)]
        self.came_up = [self.hit(network.rows.key[r], network.rows.chance[r]) for r in range(len(network.rows.group))]
        self.rules["row did not come up"] += self.came_up.count(False)
        self.crew_sizes = crew_sizes
        self.at_work: list[set[int]] = [set() for _ in crew_sizes]
        self.waiting: list[list[int]] = [[] for _ in crew_sizes]
        self.struck: list[set[int]] = [set() for _ in happenings]
        self.levels = [Level() for _ in network.things.names]

    # The run

    def run(self, horizon: int) -> TrialResult:
        for i in range(len(self.things)):
            self.start_running(i)
        for number in range(len(self.happenings)):
            self.draw_event(number)
        while (due := self.queue.pop(before=horizon)) is not None:
            if due.time > self.now:
                self.record()
                self.now = due.time
            together = self.queue.take(due.time, due.phase) if due.phase is Phase.FAILURE else []
            for one in (due, *together):  # all that fails at an instant, before what follows from it
                if not one.off:
                    one.do()
            if not self.queue.has(due.time, due.phase):
                self.judge_loops()
        self.record()
        return TrialResult.of(self.levels, horizon, self.rules)

    def record(self) -> None:
        """Note the level of everything, now that all of this instant is done."""
        for i, level in enumerate(self.levels):
            level.becomes(self.level(i), self.now)

    def hit(self, key: np.uint64, chance: float) -> bool:
        return bool(uniform(self.stream, np.uint64(key)) < chance)

    # Events

    def draw_event(self, e: int) -> None:
        """Put in the queue what an event strikes in this trial."""
        happening, strikes, at = self.happenings[e], self.happenings[e].strikes, int(self.draws.at[e, 0])
        shared = Counter(strikes.key.tolist())
        for k, i in enumerate(strikes.thing.tolist()):
            if not self.hit(strikes.key[k], strikes.chance[k]):
                self.rules["spared"] += 1
                continue
            if happening.kind == "absence":
                self.queue.add(at, Phase.FAILURE, i, lambda i=i, k=k: self.be_absent(i, e, k), e)  # type: ignore[misc]
            elif happening.kind == "spread":
                self.queue.add(at, Phase.FAILURE, i, lambda i=i: self.spread_strikes(i, e), e)  # type: ignore[misc]
            else:
                repair = self.repair_of(strikes.repair[k], strikes.repair_key[k])
                self.queue.add(at, Phase.FAILURE, i, lambda i=i, repair=repair: self.fail(i, repair), e)  # type: ignore[misc]
                self.rules[happening.kind] += 1
                self.rules["together"] += happening.kind != "exit" and shared[strikes.key[k]] > 1

    def repair_of(self, distribution: Distribution, key: np.uint64) -> int:
        self.rules[f"repair {distribution.kind}"] += 1
        return self.drawn(distribution, key)

    def drawn(self, distribution: Distribution, key: np.uint64) -> int:
        """The draw of a duration, in ticks."""
        return ticks_of(distribution, uniform(self.stream, np.uint64(key)))

    def be_absent(self, i: int, e: int, k: int) -> None:
        """A team's absence begins: each member is away by a draw of its own."""
        headcount = int(self.network.things.headcount[i])
        if headcount == 0:
            return
        key, share = np.uint64(self.happenings[e].away_key[k]), float(self.draws.share[e, 0])
        away = sum(self.hit(np.uint64(nth_key(key, member)), share) for member in range(headcount))
        present = headcount - away
        below = present < int(self.network.things.minimum_staff[i])
        self.rules["absence below minimum" if below else "absence level" if away else "nobody away"] += 1
        self.rules["overlapping absences"] += bool(self.things[i].absences)
        self.things[i].absences[e] = below, present / headcount
        self.queue.add(self.now + int(self.draws.lasts[e, 0]), Phase.BACK, i, lambda: self.come_back(i, e), e)
        self.review(i)

    def come_back(self, i: int, e: int) -> None:
        del self.things[i].absences[e]
        self.rules["returned"] += 1
        self.review(i)

    def spread_strikes(self, i: int, e: int) -> None:
        """Something that spreads strikes a thing, once, and goes on from it to its neighbours until containment."""
        if i in self.struck[e]:
            return
        self.struck[e].add(i)
        spreading = self.happenings[e].spreading
        assert spreading is not None
        contained = min(int(self.draws.at[e, 0]) + int(self.draws.contain[e, 0]), NEVER)
        for j in np.flatnonzero(spreading.source == i).tolist():
            target, per_h = int(spreading.target[j]), float(spreading.per_h[j])
            if target in self.struck[e] or per_h == 0:
                continue
            then = self.now + self.drawn(Distribution("exponential", (1.0 / per_h,)), spreading.key[j])
            if then < contained:
                self.rules["spread to a neighbour"] += 1
                self.queue.add(then, Phase.FAILURE, target, lambda i=target: self.spread_strikes(i, e), e)  # type: ignore[misc]
            else:
                self.rules["spread contained"] += 1
        self.rules["spread struck"] += 1
        self.things[i].release = max(self.things[i].release, contained)
        self.fail(i, self.repair_of(spreading.repair[i], spreading.repair_key[i]))
        if contained > self.now:
            self.queue.add(contained, Phase.BACK, i, lambda: self.release(i), e)

    def release(self, i: int) -> None:
        """What struck a thing is contained: its repair may begin, unless something else still holds it."""
        thing = self.things[i]
        if thing.failed and thing.release == self.now and thing.repair is None and not self.is_waiting(i):
            self.rules["released"] += 1
            self.ask_for_repair(i)

    # Failures and repairs

    def start_running(self, i: int) -> None:
        """Start the clock of failures that come of themselves."""
        thing, mtbf_h = self.things[i], float(self.network.things.mtbf_h[i])
        if self.background and mtbf_h < np.inf:
            key = keys(self.network.things.keys, Purpose.RUNNING)[i]
            runs = self.drawn(Distribution("exponential", (mtbf_h,)), np.uint64(nth_key(key, thing.runs)))
            thing.runs += 1
            thing.next_failure = self.queue.add(self.now + runs, Phase.FAILURE, i, lambda: self.fail_by_itself(i))

    def fail_by_itself(self, i: int) -> None:
        thing = self.things[i]
        key = keys(self.network.things.keys, Purpose.OWN_REPAIR)[i]
        repair = self.repair_of(self.network.things.repair[i], np.uint64(nth_key(key, thing.own_failures)))
        thing.own_failures += 1
        self.rules["background failure"] += 1
        self.rules["background failure while down"] += not thing.up
        self.fail(i, repair)

    def fail(self, i: int, repair: int) -> None:
        """A thing fails, or one that has failed is struck again."""
        thing = self.things[i]
        if thing.failed:
            self.strike_again(i, repair)
        else:
            if thing.next_failure is not None:
                thing.next_failure.off = True
            thing.failed, thing.left = True, repair
            self.ask_for_repair(i)
        self.review(i)

    def strike_again(self, i: int, repair: int) -> None:
        """The repair still to do is the larger of the two; a thing that can or may not be repaired holds no crew."""
        thing = self.things[i]
        left = thing.left if thing.repair is None else thing.repair.time - self.now
        self.rules["larger repair kept" if left >= repair else "larger repair taken"] += 1
        thing.left = max(left, repair)
        if thing.left == NEVER or thing.release > self.now:
            reason = "turned to never" if thing.left == NEVER else "stopped by spread"
            if thing.repair is not None:
                self.rules[f"repair {reason}"] += 1
                thing.repair.off = True
                thing.repair = None
                self.free_crew(i)
            elif self.is_waiting(i):
                self.rules[f"wait {reason}"] += 1
                self.waiting[self.crew_of(i)].remove(i)
        elif thing.repair is not None:
            thing.repair.off = True
            self.start_repair(i)

    def ask_for_repair(self, i: int) -> None:
        """Begin the repair of a failed thing as soon as its crew can."""
        thing, crew = self.things[i], self.crew_of(i)
        if thing.left == NEVER:
            self.rules["never repaired"] += 1
        elif thing.release > self.now:
            self.rules["held until containment"] += 1
        elif crew < 0:
            self.start_repair(i)
        elif len(self.at_work[crew]) < self.crew_sizes[crew]:
            self.rules["crew starts at once"] += 1
            self.at_work[crew].add(i)
            self.start_repair(i)
        else:
            self.rules["crew waited for"] += 1
            self.rules["crew of nobody"] += self.crew_sizes[crew] == 0
            self.waiting[crew].append(i)

    def start_repair(self, i: int) -> None:
        thing = self.things[i]
        thing.repair = self.queue.add(self.now + thing.left, Phase.BACK, i, lambda: self.end_repair(i))

    def end_repair(self, i: int) -> None:
        thing = self.things[i]
        thing.failed, thing.left, thing.repair = False, 0, None
        self.rules["repaired"] += 1
        self.free_crew(i)
        self.start_running(i)
        self.review(i)

    def free_crew(self, i: int) -> None:
        """A crew is done with a thing and begins with the one that has waited longest."""
        crew = self.crew_of(i)
        if crew < 0:
            return
        self.at_work[crew].remove(i)
        if self.waiting[crew]:
            following = self.waiting[crew].pop(0)
            self.rules["crew goes on to the next"] += 1
            self.at_work[crew].add(following)
            self.start_repair(following)

    def crew_of(self, i: int) -> int:
        return int(self.network.things.crew[i])

    def is_waiting(self, i: int) -> bool:
        return self.crew_of(i) >= 0 and i in self.waiting[self.crew_of(i)]

    # What a thing's state does to those that need it

    def is_up(self, i: int) -> bool:
        below = any(below for below, _ in self.things[i].absences.values())
        hard = any(self.groups[g].state in IN_EFFECT for g in self.groups_of[i] if self.is_hard(g))
        return not (self.things[i].failed or below or hard)

    def is_hard(self, g: int) -> bool:
        return bool(np.isnan(self.network.groups.degraded_to[g]))

    def level(self, i: int) -> float:
        """0 when down, else the least of what it is degraded to and the share of a team that is present, else 1."""
        if not self.is_up(i):
            return 0.0
        degraded = [
            float(self.network.groups.degraded_to[g])
            for g in self.groups_of[i]
            if not self.is_hard(g) and self.groups[g].state in IN_EFFECT
        ]
        return min([1.0, *degraded, *(share for _, share in self.things[i].absences.values())])

    def review(self, i: int) -> None:
        """If a thing goes down or comes up by what changed, count the groups that it provides for."""
        if self.is_up(i) != self.things[i].up:
            self.things[i].up = not self.things[i].up
            for r in self.rows_from[i]:
                self.count(int(self.network.rows.group[r]))

    def count(self, g: int) -> None:
        """Count the providers of a group that are up; a row that did not come up counts as one."""
        group, rows = self.groups[g], self.rows_of[g]
        up = sum(not self.came_up[r] or self.things[self.network.rows.provider[r]].up for r in rows)
        if up >= self.network.groups.required[g]:
            self.rules["met by k of n"] += up < len(rows)
            self.is_met(g, group)
        elif group.state == State.MET:
            group.state = State.TIMING
            self.start_clock(g, int(self.network.groups.tolerance_ticks[g]), Phase.TOLERANCE, self.take_effect)
        elif group.state == State.RESTARTING:
            self.rules["restart interrupted"] += 1
            self.stop_clock(g)
            group.state = State.EFFECT

    def is_met(self, g: int, group: Group) -> None:
        if group.state == State.TIMING:
            self.rules["met again in time"] += 1
            self.stop_clock(g)
            group.state = State.MET
        elif group.state == State.EFFECT:
            self.rules["restart"] += self.network.groups.restart_ticks[g] > 0
            group.state = State.RESTARTING
            self.start_clock(g, int(self.network.groups.restart_ticks[g]), Phase.BACK, self.end_effect)
        elif group.state == State.BLACK_RESTARTING:  # what has begun already goes on
            self.rules["met during black start"] += 1
            group.state = State.RESTARTING
        elif group.state == State.HELD:
            self.rules["met while held up"] += 1
            group.state = State.MET

    def start_clock(self, g: int, ticks: int, phase: Phase, do: Callable[[int], None]) -> None:
        i = int(self.network.groups.dependent[g])
        self.groups[g].clock = self.queue.add(self.now + ticks, phase, i, lambda: do(g))

    def stop_clock(self, g: int) -> None:
        clock = self.groups[g].clock
        assert clock is not None
        clock.off = True

    def take_effect(self, g: int) -> None:
        """The tolerance of a group has run out."""
        i = int(self.network.groups.dependent[g])
        self.groups[g].state = State.EFFECT
        self.rules["tolerance ran out"] += self.network.groups.tolerance_ticks[g] > 0
        self.rules["effect at once"] += self.network.groups.tolerance_ticks[g] == 0
        self.rules["degraded"] += not self.is_hard(g)
        self.rules["loop"] += self.network.loop[i] >= 0 and any(
            self.network.loop[self.network.rows.provider[r]] == self.network.loop[i] for r in self.rows_of[g]
        )
        self.rules["tolerance ran out while down"] += not self.things[i].up
        self.review(i)

    def end_effect(self, g: int) -> None:
        """A restart has ended."""
        group = self.groups[g]
        self.rules["held up by black start"] += group.state == State.BLACK_RESTARTING
        group.state = State.MET if group.state == State.RESTARTING else State.HELD
        self.review(int(self.network.groups.dependent[g]))

    # Loops

    def judge_loops(self) -> None:
        """Let the black starts of each loop begin or be lost, until nothing changes any more."""
        loop = self.network.loop
        black = np.flatnonzero(self.network.things.black_start & (loop >= 0))
        for one in np.unique(loop[black]):
            members, starters = np.flatnonzero(loop == one).tolist(), black[loop[black] == one].tolist()
            changed = True
            while changed:
                standing = can_stand(members, self.is_well, self.hard_groups_of, self.could_be_met)
                changed = sum(self.judge(b, standing=b in standing) for b in starters) > 0

    def judge(self, b: int, *, standing: bool) -> bool:
        """Judge one thing with a black start, which could stand or not; say whether anything changed."""
        changed = False
        for g in self.hard_groups_of(b):
            group = self.groups[g]
            if standing and group.state == State.EFFECT:
                self.rules["black start"] += 1
                group.state = State.BLACK_RESTARTING
                self.start_clock(g, int(self.network.groups.restart_ticks[g]), Phase.BACK, self.end_effect)
                changed = True
            elif not standing and group.state == State.BLACK_RESTARTING:
                self.rules["black start lost while restarting"] += 1
                self.stop_clock(g)
                group.state = State.EFFECT
                changed = True
            elif not standing and group.state == State.HELD:
                self.rules["black start lost while held up"] += 1
                group.state = State.TIMING
                self.start_clock(g, int(self.network.groups.tolerance_ticks[g]), Phase.TOLERANCE, self.take_effect)
                changed = True
        return changed

    def is_well(self, i: int) -> bool:
        """Whether a thing has not failed itself and is not below its minimum of staff."""
        return not self.things[i].failed and not any(below for below, _ in self.things[i].absences.values())

    def hard_groups_of(self, i: int) -> list[int]:
        return [g for g in self.groups_of[i] if self.is_hard(g)]

    def could_be_met(self, g: int, standing: set[int]) -> bool:
        """Whether a group of a thing in a loop is met if those of the loop that are standing are up and no others."""
        if self.groups[g].state == State.TIMING:
            return True
        loop = self.network.loop
        here = loop[self.network.groups.dependent[g]]

        def counts(r: int) -> bool:
            provider = int(self.network.rows.provider[r])
            up = provider in standing if loop[provider] == here else self.things[provider].up
            return up or not self.came_up[r]

        return sum(map(counts, self.rows_of[g])) >= int(self.network.groups.required[g])


def _pairs(starts: np.ndarray) -> list[tuple[int, int]]:
    return list(pairwise(starts.tolist()))
