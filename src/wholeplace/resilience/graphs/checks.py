"""What a check says of the dependency graph: nothing in it is wrong as an entry, all of it is worth a look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from wholeplace.place import Findings
from wholeplace.place.registers import Register
from wholeplace.resilience.graphs.graph import Graph
from wholeplace.resilience.graphs.loops import strong_sets

#: A thing without a substitute is told of when at least this share of all services, and so many, stand on it.
LEAST_SHARE, LEAST_SERVICES = 0.25, 3
#: So many things are named in one finding.
MOST_NAMED = 6
_TABLE = "dependencies"


def check_graph(graph: Graph, registers: Mapping[str, Register], findings: Findings) -> None:
    """Tell of loops that cannot start by themselves, of what nothing joins, and of what much stands on alone.

    A place without dependency rows has no graph yet: it is told once, if it has services.
    """
    if graph.rows.is_empty():
        _check_begun(registers, findings)
        return
    hard = _hard_rows(graph, registers[_TABLE])
    _check_loops(graph, hard, registers, findings)
    _check_joined(graph, registers, findings)
    _check_single(graph, hard, registers, findings)


def _check_begun(registers: Mapping[str, Register], findings: Findings) -> None:
    services = registers.get("services")
    if services is not None and services.frame.height:
        message = "no row of dependencies.csv says what any service depends on"
        findings.notice("no-dependencies", message, file=services.file)


def _hard_rows(graph: Graph, table: Register) -> pl.DataFrame:
    """Rows of groups that take their dependent down: `degraded_to` in one row of a group is that of all its rows."""
    own = pl.when(pl.col("group") == "").then(pl.col("provider")).otherwise(pl.lit("group ") + pl.col("group"))
    columns = {name: table.column(name).str.strip_chars() for name in ("dependent", "provider", "group", "degraded_to")}
    soft = pl.DataFrame(columns).filter(pl.col("degraded_to") != "").select("dependent", own.alias("_own"))
    return graph.rows.with_columns(own.alias("_own")).join(
        soft, on=["dependent", "_own"], how="anti", maintain_order="left"
    )


def _check_loops(graph: Graph, hard: pl.DataFrame, registers: Mapping[str, Register], findings: Findings) -> None:
    """Warn of loops over hard groups in which nothing has a black start: once all of it is down, it stays down."""
    providers = Graph(graph.things, hard).providers
    names = graph.things["thing"].to_list()
    starting = {
        thing
        for register in registers.values()
        if register.kind.can_fail
        for thing in register.names.filter(register.column("black_start").str.strip_chars() == "yes")
    }
    loops = [
        sorted(names[one] for one in members)
        for members in strong_sets(providers)
        if len(members) > 1 or members[0] in providers[members[0]]
    ]
    loops = sorted((loop for loop in loops if starting.isdisjoint(loop)), key=lambda loop: (len(loop), loop))
    told = ((_loop_words(loop), None, None) for loop in loops)
    findings.several("warning", "loop-without-black-start", told, total=len(loops), file=registers[_TABLE].file)


def _loop_words(loop: list[str]) -> str:
    if len(loop) == 1:
        return f"{loop[0]} depends on itself and has no black start: once down, it stays down"
    what = f"{_named(loop)} depend on each other"
    return f"{what}, and none has a black start: once they are down together, they stay down"


def _named(things: list[str]) -> str:
    """Names in a sentence; of many, the first and how many more."""
    more = len(things) - MOST_NAMED
    named = [*things[:MOST_NAMED], f"{more:,} more"] if more > 0 else things
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def _check_joined(graph: Graph, registers: Mapping[str, Register], findings: Findings) -> None:
    """Tell of services that depend on nothing, and of other things on which nothing depends, once a register."""
    dependents, providers = graph.rows["dependent"].implode(), graph.rows["provider"].implode()
    for name, register in registers.items():
        if not register.kind.can_fail:
            continue
        of_services = name == "services"
        names = register.names
        alone = names.filter(~names.is_in(dependents if of_services else providers)).to_list()
        if not alone:
            continue
        share = f"{len(alone):,} of {len(names):,}"
        if of_services:
            verb = "depends" if len(alone) == 1 else "depend"
            message = f"{share} services {verb} on nothing: {_named(alone)}"
            findings.notice("service-alone", message, file=register.file)
        else:
            findings.notice("nothing-depends", f"nothing depends on {share}: {_named(alone)}", file=register.file)


def _check_single(graph: Graph, hard: pl.DataFrame, registers: Mapping[str, Register], findings: Findings) -> None:
    """Tell of things without which many services go down, most first.

    Only groups count that need every one of their providers. Two alternatives that stand on the same thing count as
    alternatives here, so that the number is the least it can be.
    """
    needed = Graph(graph.things, hard.filter(pl.col("required") >= pl.col("alternatives")))
    is_service = (graph.things["register"] == "services").to_numpy()
    services = int(is_service.sum())
    on_it = needed.standing_on(is_service) - is_service  # a service is no provider of its own
    frame = graph.things.with_columns(pl.Series("services", on_it))
    many = (pl.col("services") >= LEAST_SERVICES) & (pl.col("services") >= LEAST_SHARE * services)
    frame = frame.filter(many).sort("services", "thing", descending=[True, False])
    findings.several("notice", "single-provider", _single_words(frame, services), total=frame.height,
                     file=registers[_TABLE].file)  # fmt: skip


def _single_words(frame: pl.DataFrame, services: int) -> Iterator[tuple[str, None, None]]:
    for thing, on_it in frame.select("thing", "services").iter_rows():
        message = f"{on_it:,} of {services:,} services need {thing}, and nothing can take its place"
        yield message, None, None
