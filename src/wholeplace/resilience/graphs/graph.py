"""The dependency graph of a place: who needs whom, as its registers say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.place.registers import Register, assumed_rows
from wholeplace.place.vocabulary import vocabulary
from wholeplace.resilience.graphs.loops import strong_sets


@dataclass(frozen=True)
class Link:
    """One dependency row as it is met on a walk: the thing at the other end, the group of the row, the steps so far.

    `required` of `alternatives` providers must be up. `again` says that the thing was met before on the same walk, and
    what lies behind it is not told twice. `assumed` says that the row has no published source.
    """

    thing: str
    group: str
    required: int
    alternatives: int
    step: int
    again: bool
    links: tuple[Link, ...]
    assumed: bool = False


@dataclass(frozen=True)
class Graph:
    """Things by name and the rows of dependencies.csv between them.

    `things`: thing, register, label, in code-point order of `thing`. `rows`: dependent, provider, group, required,
    alternatives, assumed. Only rows of the dependencies register make edges; a field such as a system's supplier makes
    none.
    """

    things: pl.DataFrame
    rows: pl.DataFrame

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """What each thing is called; its name in the graph where it has no other."""
        return dict(self.things.select("thing", "label").iter_rows())

    @cached_property
    def _by_dependent(self) -> Mapping[str, list[dict[str, str]]]:
        return _grouped(self.rows, "dependent")

    @cached_property
    def _by_provider(self) -> Mapping[str, list[dict[str, str]]]:
        return _grouped(self.rows, "provider")

    def depends_on(self, thing: str, *, steps: int = 2) -> tuple[Link, ...]:
        """What a thing depends on, so many steps down."""
        return _walk(thing, self._by_dependent, "provider", steps)

    def needed_by(self, thing: str, *, steps: int = 2) -> tuple[Link, ...]:
        """What depends on a thing, so many steps up."""
        return _walk(thing, self._by_provider, "dependent", steps)

    @cached_property
    def providers(self) -> list[list[int]]:
        """For every thing, by its number in `things`, the numbers of the things it depends on."""
        number = pl.int_range(pl.len(), dtype=pl.Int64)
        numbers = self.things.select("thing", number.alias("number"))
        ends = self.rows.select("dependent", "provider")
        for end in ("dependent", "provider"):
            ends = ends.join(numbers.rename({"thing": end, "number": f"_{end}"}), on=end, maintain_order="left")
        found: list[list[int]] = [[] for _ in range(self.things.height)]
        for dependent, provider in ends.select("_dependent", "_provider").iter_rows():
            found[dependent].append(provider)
        return found

    def standing_on(self, things: NDArray[np.bool_]) -> NDArray[np.int64]:
        """For every thing, how many of the chosen `things` (a mask) stand on it, directly or through others.

        Alternatives count: a thing that could be replaced is stood on all the same. A chosen thing stands on itself.
        """
        held = [0] * len(things)  # for each thing, a bit for each chosen one
        for bit, chosen in enumerate(np.flatnonzero(things).tolist()):
            held[chosen] = 1 << bit
        for members in reversed(strong_sets(self.providers)):  # dependents before their providers
            together = 0
            for one in members:
                together |= held[one]
            for one in members:
                held[one] = together
                for provider in self.providers[one]:
                    held[provider] |= together
        return np.array([one.bit_count() for one in held], dtype=np.int64)


def _walk(thing: str, by: Mapping[str, list[dict[str, str]]], end: str, steps: int) -> tuple[Link, ...]:
    """The rows met on a walk; what lies behind a thing is told where the thing is nearest to the start."""
    told_by = {thing: ""}
    ahead = [thing]
    for _ in range(steps):
        here, ahead = ahead, []
        for one in here:
            for row in by.get(one, []):
                if row[end] not in told_by:
                    told_by[row[end]] = one
                    ahead.append(row[end])

    def links(of: str, step: int) -> tuple[Link, ...]:
        found = []
        for row in by.get(of, []) if step <= steps else []:
            first = told_by.get(row[end]) == of
            if first:
                told_by[row[end]] = ""  # a second row to the same thing does not tell it again
            found.append(
                Link(
                    thing=row[end],
                    group=row["group"],
                    required=int(row["required"]),
                    alternatives=int(row["alternatives"]),
                    step=step,
                    again=not first,
                    links=links(row[end], step + 1) if first else (),
                    assumed=bool(row["assumed"]),
                )
            )
        return tuple(found)

    return links(thing, 1)


def build_graph(registers: Mapping[str, Register]) -> Graph:
    """Make the graph from the registers of a place.

    Rows whose ends are in no register are left out: the check tells of them.
    """
    kinds = [kind for kind in vocabulary().registers.values() if kind.can_fail and kind.name in registers]
    frames = [
        pl.DataFrame(
            {
                "thing": registers[kind.name].names,
                "register": pl.repeat(kind.name, registers[kind.name].frame.height, eager=True, dtype=pl.String),
                "label": registers[kind.name].column("name"),
            }
        )
        for kind in kinds
    ]
    schema = {"thing": pl.String, "register": pl.String, "label": pl.String}
    things = pl.concat([pl.DataFrame(schema=schema), *frames]).unique("thing", keep="first", maintain_order=True)
    label = pl.when(pl.col("label") == "").then(pl.col("thing")).otherwise(pl.col("label"))
    things = things.with_columns(label.alias("label")).sort("thing")
    return Graph(things, _rows(registers.get("dependencies"), things["thing"]))


def _rows(register: Register | None, known: pl.Series) -> pl.DataFrame:
    """Dependency rows between known things, with how many of a group's providers are required, in a fixed order."""
    columns = ("dependent", "provider", "group", "required")
    if register is None:
        return pl.DataFrame(schema={**dict.fromkeys(columns[:3], pl.String), "required": pl.Int64,
                                    "alternatives": pl.Int64, "assumed": pl.Boolean})  # fmt: skip
    frame = pl.DataFrame({**{name: register.column(name).str.strip_chars() for name in columns},
                          "assumed": assumed_rows(register)})  # fmt: skip
    frame = frame.filter(pl.col("dependent").is_in(known.implode()) & pl.col("provider").is_in(known.implode()))
    own = pl.when(pl.col("group") == "").then(pl.col("provider")).otherwise(pl.lit("group ") + pl.col("group"))
    number = pl.col("required").cast(pl.Int64, strict=False)
    return (
        frame.with_columns(own.alias("_own"))
        .with_columns(
            number.max().over("dependent", "_own").fill_null(1).alias("required"),
            pl.len().over("dependent", "_own").cast(pl.Int64).alias("alternatives"),
        )
        .sort("dependent", "group", "provider")
        .select(*columns, "alternatives", "assumed")
    )


def _grouped(rows: pl.DataFrame, by: str) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for row in rows.sort(by, "group", "provider", "dependent").iter_rows(named=True):
        found.setdefault(row[by], []).append(row)
    return found


def as_dot(graph: Graph) -> str:
    """The whole graph in the language of Graphviz, from dependents to providers; alternatives are dashed.

    `dot -Tsvg graph.dot > graph.svg` draws it.
    """
    lines = ["digraph place {", '  rankdir="LR";', '  node [shape="box"];']
    lines += [f"  {_quoted(thing)} [label={_quoted(label)}];" for thing, label in graph.labels.items()]
    lines += list(_edges(graph))
    return "\n".join([*lines, "}"]) + "\n"


def _edges(graph: Graph) -> Iterator[str]:
    for dependent, provider, group, required, alternatives, _ in graph.rows.iter_rows():
        style = ' [style="dashed"]' if required < alternatives else ""
        label = f" [label={_quoted(group)}]" if group else ""
        yield f"  {_quoted(dependent)} -> {_quoted(provider)}{style}{label};"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
