"""The estate at a glance: what services stand on, what ends soon, what nobody owns, what was never tested."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from wholeplace.place.registers import Register
from wholeplace.resilience.graphs.graph import Graph

#: Kinds of thing that many services may stand on without knowing it.
SHARED = ("suppliers", "sites", "utilities")
#: Registers whose records ought to have an owner, and the field that says who.
OWNED = {
    "services": "owner",
    "datasets": "owner",
    "plans": "owner",
    "systems": "organisation",
    "contracts": "organisation",
}


@dataclass(frozen=True)
class Estate:
    """Tables of the estate on a day.

    `hosting`: hosting, systems. `stood_on`: thing, register, kind, label, services, share (0 to 1 of all services),
    only those of SHARED on which a service stands, most first. `ending`: contract, label, supplier, end, days_left.
    `unowned`: thing, register, label, field. `untested`: plan, label, kind, last_tested ("" when never), covers.
    """

    day: dt.date
    services: int
    hosting: pl.DataFrame
    stood_on: pl.DataFrame
    ending: pl.DataFrame
    unowned: pl.DataFrame
    untested: pl.DataFrame


def estate_of(registers: Mapping[str, Register], graph: Graph, *, day: dt.date) -> Estate:
    """Take stock of the registers of a place on a day.

    "Within a year" is 365 days; a plan tested 365 days ago or less counts as tested within the year. That a service
    stands on a thing is read off dependencies.csv alone, through any number of steps, alternatives included.
    """
    is_service = (graph.things["register"] == "services").to_numpy()
    return Estate(
        day=day,
        services=int(is_service.sum()),
        hosting=_hosting(registers.get("systems")),
        stood_on=_stood_on(registers, graph, int(is_service.sum()), pl.Series(graph.standing_on(is_service))),
        ending=_ending(registers.get("contracts"), day),
        unowned=_unowned(registers),
        untested=_untested(registers.get("plans"), day),
    )


def _hosting(systems: Register | None) -> pl.DataFrame:
    if systems is None:
        return pl.DataFrame(schema={"hosting": pl.String, "systems": pl.UInt32})
    counts = pl.DataFrame({"hosting": systems.column("hosting").str.strip_chars()})
    return (
        counts.group_by("hosting").agg(pl.len().alias("systems")).sort("systems", "hosting", descending=[True, False])
    )


def _stood_on(registers: Mapping[str, Register], graph: Graph, services: int, counts: pl.Series) -> pl.DataFrame:
    kinds = {
        thing: kind
        for name in SHARED
        if name in registers
        for thing, kind in zip(registers[name].names, registers[name].column("kind"), strict=True)
    }
    frame = graph.things.with_columns(counts.alias("services")).filter(
        pl.col("register").is_in(SHARED) & (pl.col("services") > 0)
    )
    kind = pl.Series("kind", [kinds.get(thing, "") for thing in frame["thing"]], dtype=pl.String)
    share = pl.col("services") / max(services, 1)
    order = ["services", "thing"]
    frame = frame.with_columns(kind, share.alias("share")).sort(order, descending=[True, False])
    return frame.select("thing", "register", "kind", "label", "services", "share")


def _days(column: str) -> pl.Expr:
    return pl.col(column).str.to_date("%Y-%m-%d", strict=False)


def _ending(contracts: Register | None, day: dt.date) -> pl.DataFrame:
    """Contracts whose last day comes within a year, those that have ended left out; the soonest first."""
    schema = {"contract": pl.String, "label": pl.String, "supplier": pl.String, "end": pl.String, "days_left": pl.Int64}
    if contracts is None:
        return pl.DataFrame(schema=schema)
    frame = pl.DataFrame(
        {
            "contract": contracts.names,
            "label": contracts.column("name"),
            "supplier": contracts.column("supplier"),
            "end": contracts.column("end").str.strip_chars(),
        }
    ).with_columns((_days("end") - pl.lit(day)).dt.total_days().alias("days_left"))
    return frame.filter(pl.col("days_left").is_between(0, 365)).sort("days_left", "contract")


def _unowned(registers: Mapping[str, Register]) -> pl.DataFrame:
    frames = [pl.DataFrame(schema=dict.fromkeys(("thing", "register", "label", "field"), pl.String))]
    for name, field in OWNED.items():
        register = registers.get(name)
        if register is not None:
            every = pl.DataFrame(
                {
                    "thing": register.names,
                    "register": pl.repeat(name, register.frame.height, eager=True, dtype=pl.String),
                    "label": register.column("name"),
                    "field": pl.repeat(field, register.frame.height, eager=True, dtype=pl.String),
                }
            )
            frames.append(every.filter(register.column(field).str.strip_chars() == ""))
    return pl.concat(frames)


def _untested(plans: Register | None, day: dt.date) -> pl.DataFrame:
    """Plans never tested, or not within the last year; the longest ago first."""
    columns = ("plan", "label", "kind", "last_tested", "covers")
    if plans is None:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    frame = pl.DataFrame(
        {"plan": plans.names, "label": plans.column("name"), "kind": plans.column("kind"),
         "last_tested": plans.column("last_tested").str.strip_chars(), "covers": plans.column("covers")}
    )  # fmt: skip
    since = (pl.lit(day) - _days("last_tested")).dt.total_days()
    return frame.filter(since.is_null() | (since > 365)).sort("last_tested", "plan")
