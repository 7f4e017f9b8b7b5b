"""Small networks and events written by hand or drawn at random, and what stands in them by trying every case."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from wholeplace.place.distributions import Distribution
from wholeplace.resilience.model import Groups, Happening, Network, Rows, Strikes, Things
from wholeplace.resilience.model.draws import Purpose, as_ticks, keys, name_keys


class Need(NamedTuple):
    """A group of alternatives: who needs how many of which (name, or name and chance)."""

    dependent: str
    providers: Sequence[str | tuple[str, float]]
    required: int = 1
    degraded_to: float = np.nan
    tolerance_h: float = 0.0


class Hit(NamedTuple):
    """An event: the chance of each thing; `together` by one draw."""

    chances: Mapping[str, float]
    together: bool = False
    kind: str = "fail"
    at_h: Distribution = Distribution("fixed", (0.0,))
    notice_h: Distribution = Distribution("fixed", (0.0,))


@dataclass(frozen=True)
class Case:
    network: Network
    happenings: tuple[Happening, ...]
    needs: tuple[Need, ...]
    hits: tuple[Hit, ...]


def case(needs: Sequence[Need], hits: Sequence[Hit], services: Sequence[str] = ()) -> Case:
    """A network of all things that are named, and its events."""
    names = {need.dependent for need in needs} | {_row(row)[0] for need in needs for row in need.providers}
    names |= {name for hit in hits for name in hit.chances} | set(services)
    network = network_of(sorted(names), needs, services)
    happenings = tuple(_happening(network, number, hit) for number, hit in enumerate(hits, start=1))
    return Case(network, happenings, tuple(needs), tuple(hits))


def _row(row: str | tuple[str, float]) -> tuple[str, float]:
    return (row, 1.0) if isinstance(row, str) else row


def network_of(names: list[str], needs: Sequence[Need], services: Sequence[str]) -> Network:
    count = len(names)
    things = Things(
        names=names,
        repair=[Distribution("fixed", (8.0,))] * count,
        crew=np.full(count, -1),
        mtbf_h=np.full(count, np.inf),
        black_start=np.zeros(count, dtype=bool),
        vulnerability=np.ones(count),
        headcount=np.zeros(count, dtype=np.int64),
        minimum_staff=np.ones(count, dtype=np.int64),
    )
    at = {name: number for number, name in enumerate(names)}
    sorted_needs = sorted(enumerate(needs), key=lambda pair: (at[pair[1].dependent], pair[0]))
    rows = [(group, need.dependent, f"g{group}", *row) for group, (_, need) in enumerate(sorted_needs)
            for row in sorted(map(_row, need.providers))]  # fmt: skip
    row_names = name_keys([f"dependency:{dependent}|{name}|{provider}" for _, dependent, name, provider, _ in rows])
    groups = [need for _, need in sorted_needs]
    return Network(
        things=things,
        groups=Groups(
            dependent=np.array([at[need.dependent] for need in groups], dtype=np.int64),
            name=[f"g{group}" for group in range(len(groups))],
            required=np.array([need.required for need in groups], dtype=np.int64),
            size=np.array([len(need.providers) for need in groups], dtype=np.int64),
            tolerance_ticks=as_ticks(np.array([need.tolerance_h for need in groups], dtype=float)),
            restart_ticks=np.zeros(len(groups), dtype=np.int64),
            degraded_to=np.array([need.degraded_to for need in groups], dtype=float),
        ),
        rows=Rows(
            group=np.array([row[0] for row in rows], dtype=np.int64),
            provider=np.array([at[row[3]] for row in rows], dtype=np.int64),
            chance=np.array([row[4] for row in rows], dtype=float),
            key=keys(row_names, Purpose.ROW),
        ),
        crews={},
        services=np.array([at[name] for name in services], dtype=np.int64),
        rto_h=np.full(len(services), np.nan),
        max_tolerable_h=np.full(len(services), np.nan),
    )


def _happening(network: Network, number: int, hit: Hit) -> Happening:
    names = sorted(hit.chances)
    things = np.array([network.things.number[name] for name in names], dtype=np.int64)
    own = keys(network.things.keys[things], Purpose.STRIKE, number)
    one = keys(name_keys([""] * len(names)), Purpose.EVENT_CHANCE, number)
    fixed, never = Distribution("fixed", (0.0,)), Distribution("never")
    return Happening(
        number=number,
        kind=hit.kind,
        at_h=hit.at_h,
        notice_h=hit.notice_h,
        share=fixed,
        lasts_h=never,
        contain_h=never,
        strikes=Strikes(
            thing=things,
            chance=np.array([hit.chances[name] for name in names], dtype=float),
            key=one if hit.together else own,
            repair=[Distribution("fixed", (8.0,))] * len(names),
            repair_key=keys(network.things.keys[things], Purpose.REPAIR, number),
        ),
        away_key=np.empty(0, dtype=np.uint64),
        spreading=None,
    )


def down(needs: Sequence[Need], struck: set[str], out: set[tuple[int, str]] = frozenset()) -> set[str]:  # type: ignore[assignment]
    """What is down, by the words of the rule: from all up, whatever cannot stay up goes, until all else can.

    `out` has the rows (number of the need, provider) that did not come up.
    """
    gone = set(struck)
    settled = False
    while not settled:
        settled = True
        for number, need in enumerate(needs):
            up = sum(name not in gone or (number, name) in out for name, _ in map(_row, need.providers))
            if np.isnan(need.degraded_to) and up < need.required and need.dependent not in gone:
                gone.add(need.dependent)
                settled = False
    return gone


def every_case(one: Case) -> Iterator[tuple[float, set[str], set[tuple[int, str]]]]:
    """Every outcome of all draws: its chance, what is struck, the rows that did not come up."""
    draws: list[list[tuple[float, set[str], set[tuple[int, str]]]]] = []
    for hit in one.hits:
        if hit.together:
            edges = sorted({0.0, 1.0, *hit.chances.values()})
            draws.append([(high - low, {name for name, chance in hit.chances.items() if low < chance}, set())
                          for low, high in itertools.pairwise(edges)])  # fmt: skip
        else:
            draws += [[(chance, {name}, set()), (1 - chance, set(), set())] for name, chance in hit.chances.items()]
    for number, need in enumerate(one.needs):
        draws += [[(chance, set(), set()), (1 - chance, set(), {(number, name)})]
                  for name, chance in map(_row, need.providers) if chance < 1]  # fmt: skip
    for outcome in itertools.product(*draws):
        chance = float(np.prod([part[0] for part in outcome])) if outcome else 1.0
        if chance > 0:
            yield chance, set().union(*(part[1] for part in outcome)), set().union(*(part[2] for part in outcome))


def p_down(one: Case, name: str, forced: Callable[[set[str]], set[str]] = lambda struck: struck) -> float:
    """The chance that a thing is down, by trying every case; `forced` changes what is struck."""
    return sum(chance for chance, struck, out in every_case(one) if name in down(one.needs, forced(struck), out))


def random_case(generator: np.random.Generator, *, most: int = 11) -> Case:
    """A case of few enough draws to try them all, with loops, alternatives, chances and shared draws."""
    names = [f"system:{letter}" for letter in "abcdefg"[: generator.integers(2, 8)]]
    needs: list[Need] = []
    draws = 0
    for _ in range(generator.integers(1, 10)):
        providers = generator.choice(names, size=generator.integers(1, min(4, len(names)) + 1), replace=False).tolist()
        rows: list[str | tuple[str, float]] = []
        for name in providers:
            loose = draws < most - 6 and generator.random() < 0.2
            draws += loose
            rows.append((name, float(generator.choice([0.0, 0.3, 0.9]))) if loose else name)
        degraded = 0.5 if generator.random() < 0.1 else np.nan
        needs.append(Need(str(generator.choice(names)), rows, int(generator.integers(1, len(rows) + 1)), degraded))
    hits = []
    for _ in range(generator.integers(1, 4)):
        struck = generator.choice(names, size=generator.integers(1, len(names) + 1), replace=False).tolist()
        together = bool(generator.random() < 0.4)
        struck = struck if together else struck[: max(0, most - draws)]
        draws += 1 if together else len(struck)
        hits.append(Hit({name: float(generator.choice([0.0, 0.1, 0.25, 0.6, 1.0])) for name in struck}, together))
    return case(needs, hits, services=names[:2])
