"""What can fail and what it needs, as arrays: the registers of a place made ready for the engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.place.distributions import Distribution, parse_distribution
from wholeplace.place.registers import Register
from wholeplace.place.vocabulary import vocabulary
from wholeplace.resilience.graphs.loops import strong_sets
from wholeplace.resilience.model.draws import Purpose, as_ticks, keys, name_keys

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: What a blank cell of dependencies.csv means, by column.
_ROW_DEFAULTS = {"required": 1.0, "tolerance_h": 0.0, "degraded_to": np.nan, "restart_h": 0.0, "chance": 1.0}


@dataclass(frozen=True)
class Things:
    """One entry a thing, in code-point order of names.

    `repair` as the registers have it; `crew` a position in the network's `crews`, or -1; `mtbf_h` infinite where a
    thing does not fail by itself; `headcount` 0 for all but teams whose register says how many they are.
    """

    names: list[str]
    repair: list[Distribution]
    crew: Ints
    mtbf_h: Floats
    black_start: Bools
    vulnerability: Floats
    headcount: Ints
    minimum_staff: Ints

    @cached_property
    def number(self) -> Mapping[str, int]:
        """The position of each name."""
        return {name: number for number, name in enumerate(self.names)}

    @cached_property
    def keys(self) -> NDArray[np.uint64]:
        """64 bits that stand for each in its draws."""
        return name_keys(self.names)


@dataclass(frozen=True)
class Groups:
    """One entry a group of alternatives, sorted by dependent; `degraded_to` is NaN where its effect is to go down."""

    dependent: Ints
    name: list[str]
    required: Ints
    size: Ints
    tolerance_ticks: Ints
    restart_ticks: Ints
    degraded_to: Floats

    @property
    def hard(self) -> Bools:
        """Whether the dependent goes down when the group takes effect."""
        return np.isnan(self.degraded_to)


@dataclass(frozen=True)
class Rows:
    """One entry a row of dependencies.csv, sorted by group and provider; `key` is that of its draw."""

    group: Ints
    provider: Ints
    chance: Floats
    key: NDArray[np.uint64]


@dataclass(frozen=True)
class Network:
    """Things, the groups of alternatives that they need, and the rows of these groups.

    `crews` has the size of each crew by its plain id, in code-point order. `services` are positions of things;
    `rto_h` and `max_tolerable_h` (NaN where there is none) are in their order.
    """

    things: Things
    groups: Groups
    rows: Rows
    crews: Mapping[str, int]
    services: Ints
    rto_h: Floats
    max_tolerable_h: Floats

    @cached_property
    def group_starts(self) -> Ints:
        """Where the groups of each thing begin; one entry more than things."""
        return np.searchsorted(self.groups.dependent, np.arange(len(self.things.names) + 1))

    @cached_property
    def row_starts(self) -> Ints:
        """Where the rows of each group begin; one entry more than groups."""
        return np.searchsorted(self.rows.group, np.arange(len(self.groups.required) + 1))

    @cached_property
    def rows_by_provider(self) -> tuple[Ints, Ints]:
        """Rows in order of their providers, and where those of each thing begin."""
        order = np.argsort(self.rows.provider, kind="stable")
        return order, np.searchsorted(self.rows.provider[order], np.arange(len(self.things.names) + 1))

    @cached_property
    def loop(self) -> Ints:
        """The loop that each thing is in, numbered from 0, or -1; groups with `degraded_to` make none."""
        found = np.full(len(self.things.names), -1)
        for number, members in enumerate(one for one, in_loop in self._sets if in_loop):
            found[members] = number
        return found

    @cached_property
    def order(self) -> Ints:
        """All things, each after those that it needs, but for those that it is in a loop with."""
        return np.array([thing for members, _ in self._sets for thing in members], dtype=np.int64)

    @cached_property
    def _sets(self) -> list[tuple[list[int], bool]]:
        """Things that need each other in hard groups, each set after those that it needs, and whether it is a loop."""
        providers: list[list[int]] = [[] for _ in self.things.names]
        hard = self.groups.hard[self.rows.group]
        dependents = self.groups.dependent[self.rows.group]
        for dependent, provider in zip(dependents[hard].tolist(), self.rows.provider[hard].tolist(), strict=True):
            providers[dependent].append(provider)
        return [(members, len(members) > 1 or members[0] in providers[members[0]])
                for members in strong_sets(providers)]  # fmt: skip


def build_network(registers: Mapping[str, Register]) -> Network:
    """Make the network of registers that have no fault; rows whose ends are in no register are left out."""
    kinds = [kind for kind in vocabulary().registers.values() if kind.can_fail and kind.name in registers]
    frames = [_things_of(registers[kind.name]) for kind in kinds]
    schema = dict.fromkeys(("thing", *_FIELDS, *_OF_SERVICES), pl.String)
    frame = pl.concat([pl.DataFrame(schema=schema), *frames]).unique("thing", keep="first", maintain_order=True)
    frame = frame.sort("thing")
    crews = _crews(registers.get("crews"))
    things = _things(frame, list(crews))
    groups, rows = _groups_and_rows(registers.get("dependencies"), things)
    services = np.flatnonzero(frame["thing"].str.starts_with("service:").to_numpy())
    of_services = frame[services.tolist()]
    return Network(
        things=things,
        groups=groups,
        rows=rows,
        crews=crews,
        services=services,
        rto_h=_numbers(of_services["rto_h"], np.nan),
        max_tolerable_h=_numbers(of_services["max_tolerable_h"], np.nan),
    )


_FIELDS = ("repair", "crew", "mtbf_h", "black_start", "vulnerability", "headcount", "minimum_staff")
_OF_SERVICES = ("rto_h", "max_tolerable_h")


def _things_of(register: Register) -> pl.DataFrame:
    columns = {name: register.column(name).str.strip_chars() for name in (*_FIELDS, *_OF_SERVICES)}
    return pl.DataFrame({"thing": register.names, **columns})


def _things(frame: pl.DataFrame, crews: list[str]) -> Things:
    number = {crew: at for at, crew in enumerate(crews)}
    crew = [number.get(text.removeprefix("crew:"), -1) for text in frame["crew"]]
    repairs = {text: parse_distribution(text) if text else Distribution("never") for text in frame["repair"].unique()}
    return Things(
        names=frame["thing"].to_list(),
        repair=[repairs[text] for text in frame["repair"]],
        crew=np.array(crew, dtype=np.int64),
        mtbf_h=_numbers(frame["mtbf_h"], np.inf),
        black_start=(frame["black_start"] == "yes").to_numpy(),
        vulnerability=_numbers(frame["vulnerability"], 1.0),
        headcount=_numbers(frame["headcount"], 0.0).astype(np.int64),
        minimum_staff=_numbers(frame["minimum_staff"], 1.0).astype(np.int64),
    )


def _numbers(texts: pl.Series, blank: float) -> Floats:
    numbers: Any = texts.cast(pl.Float64, strict=False).fill_null(blank).to_numpy()
    return np.array(numbers, dtype=np.float64)


def _crews(register: Register | None) -> dict[str, int]:
    if register is None:
        return {}
    sizes = _numbers(register.column("size").str.strip_chars(), 1.0).astype(int).tolist()
    return dict(sorted(zip(register.keys.to_list(), sizes, strict=True)))


def _groups_and_rows(register: Register | None, things: Things) -> tuple[Groups, Rows]:
    """The groups with their rows, from dependency rows between known things."""
    frame = _row_frame(register).filter(
        pl.col("dependent").is_in(things.names) & pl.col("provider").is_in(things.names)
    )
    frame = frame.sort("dependent", "own", "provider")
    groups = frame.group_by("dependent", "own", maintain_order=True).agg(
        pl.col("group").first(),
        pl.len().alias("size"),
        *(pl.col(name).max() for name in ("required", "tolerance_h", "degraded_to", "restart_h")),
    )
    columns = {name: groups[name].fill_null(blank).to_numpy() for name, blank in _ROW_DEFAULTS.items()
               if name != "chance"}  # fmt: skip
    texts = frame.select("dependent", "group", "provider").iter_rows()
    row_names = name_keys([f"dependency:{dependent}|{group}|{provider}" for dependent, group, provider in texts])
    return Groups(
        dependent=_positions(groups["dependent"], things),
        name=groups["group"].to_list(),
        required=columns["required"].astype(np.int64),
        size=groups["size"].to_numpy().astype(np.int64),
        tolerance_ticks=as_ticks(columns["tolerance_h"]),
        restart_ticks=as_ticks(columns["restart_h"]),
        degraded_to=columns["degraded_to"],
    ), Rows(
        group=np.repeat(np.arange(groups.height), groups["size"].to_numpy()),
        provider=_positions(frame["provider"], things),
        chance=frame["chance"].fill_null(1.0).to_numpy(),
        key=keys(row_names, Purpose.ROW),
    )


def _row_frame(register: Register | None) -> pl.DataFrame:
    """Dependency rows with their numbers, null where blank; `own` tells the groups of a dependent apart."""
    names = ("dependent", "group", "provider")
    if register is None:
        schema: dict[str, Any] = dict.fromkeys((*names, "own"), pl.String)
        return pl.DataFrame(schema=schema | dict.fromkeys(_ROW_DEFAULTS, pl.Float64))
    texts = [register.column(name).str.strip_chars().alias(name) for name in names]
    numbers = [register.column(name).str.strip_chars().cast(pl.Float64, strict=False).alias(name)
               for name in _ROW_DEFAULTS]  # fmt: skip
    alone, grouped = pl.lit("row ") + pl.col("provider"), pl.lit("group ") + pl.col("group")
    own = pl.when(pl.col("group") == "").then(alone).otherwise(grouped)
    return pl.DataFrame([*texts, *numbers]).with_columns(own.alias("own"))


def _positions(names: pl.Series, things: Things) -> Ints:
    return np.array([things.number[name] for name in names], dtype=np.int64)
