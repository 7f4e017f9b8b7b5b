"""Small places and scenarios by chance, in which every rule takes effect often and many instants coincide."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import polars as pl

from benchmarks.scenario_models.made_place import MadePlace

#: Few round hours, so that what happens happens at the same instants.
HOURS = ("0", "0", "1", "2", "2", "3", "4", "4", "6", "8", "12")
UNSURE = (
    "exponential(mean=4)",
    "lognormal(median=4, sigma=0.8)",
    "lognormal(median=3, p95=9)",
    "triangular(1, 3, 8)",
    "uniform(0, 6)",
    "beta(2, 3)",
)
KINDS = {
    "systems": "system",
    "sites": "site",
    "teams": "team",
    "services": "service",
    "suppliers": "supplier",
    "datasets": "dataset",
}
#: Ids that sort differently as text, as numbers and beside their prefixes.
IDS = ("a", "b", "a-1", "a1", "a10", "a2", "0", "10", "9", "z", "z-9", "m")
CREWS = ("it", "works")


def random_place(seed: int, *, empty_crews: bool = False) -> MadePlace:
    """A place of 3 to 12 things with a scenario of up to 6 events; the same for the same seed.

    With `empty_crews` some crews have nobody, which no file may say and an engine can bear.
    """
    luck = random.Random(seed)
    names = _names(luck)
    edges = {"edges.csv": _edges(luck, names)} if luck.random() < 0.5 else {}
    registers = {
        register: _frame([_record(luck, register, name, names) for name in names if name.startswith(f"{prefix}:")])
        for register, prefix in KINDS.items()
    }
    sizes = (0, 1, 1, 1, 2) if empty_crews else (1, 1, 1, 2)
    registers["crews"] = _frame([{"id": crew, "size": str(luck.choice(sizes))} for crew in CREWS])
    registers["dependencies"] = _frame(_rows(luck, names))
    return MadePlace(
        registers={name: frame for name, frame in registers.items() if frame.height},
        events=[_event(luck, names, edges=list(edges)) for _ in range(luck.choice((1, 2, 3, 3, 4, 5, 6)))],
        horizon_h=luck.choice((12.0, 24.0, 48.0, 200.0)),
        background=luck.random() < 0.4,
        crews={"it": luck.choice(sizes)} if luck.random() < 0.2 else {},
        edges=edges,
    )


def _frame(records: Sequence[dict[str, str]]) -> pl.DataFrame:
    return pl.DataFrame(list(records), schema=dict.fromkeys(records[0], pl.String) if records else None)


def _names(luck: random.Random) -> list[str]:
    """Things of a few kinds, in no order."""
    prefixes = luck.sample(list(KINDS.values()), luck.choice((1, 2, 3, 4)))
    every = [f"{prefix}:{one}" for prefix in prefixes for one in IDS]
    return luck.sample(every, luck.randint(3, 12))


def _hours(luck: random.Random, *, never: float = 0.0) -> str:
    share = luck.random()
    if share < never:
        return "never"
    return luck.choice(HOURS) if share < 0.75 else luck.choice(UNSURE)


def _record(luck: random.Random, register: str, name: str, names: Sequence[str]) -> dict[str, str]:
    """A thing's row of its register."""
    record = {
        "id": name.partition(":")[2],
        "repair": _hours(luck, never=0.05),
        "crew": luck.choice(("", *CREWS, "it")),
        "mtbf_h": luck.choice(("", "", "5", "20")),
        "black_start": luck.choice(("", "no", "yes", "yes")),
        "vulnerability": luck.choice(("", "", "", "0.5", "2", "0")),
    }
    if register == "teams":
        headcount = luck.choice((0, 1, 2, 3, 5, 8, 40))
        record["headcount"] = str(headcount) if headcount else ""
        record["minimum_staff"] = luck.choice(("", "0", str(min(headcount, 2)), str(headcount // 2), str(headcount)))
    if register == "systems":
        suppliers = [one.partition(":")[2] for one in names if one.startswith("supplier:")]
        record["supplier"] = luck.choice(("", *suppliers))
    return record


def _rows(luck: random.Random, names: Sequence[str]) -> list[dict[str, str]]:
    """Dependency rows, in no order; in a third of the places without loops, in a third with many."""
    backwards = luck.choice((0.0, 0.2, 1.0))
    groups: dict[tuple[str, str], set[str]] = {}
    for _ in range(luck.randint(len(names) // 2, 3 * len(names))):
        one, other = luck.randrange(len(names)), luck.randrange(len(names))
        if luck.random() >= backwards:
            if one == other:
                continue
            one, other = max(one, other), min(one, other)
        group = luck.choice(("", "", "g", "g", "h"))
        own = (names[one], group or names[other] + "|")  # each row without a group is a group of its own
        groups.setdefault(own, set()).add(names[other])
    rows = []
    for (dependent, group), providers in groups.items():
        settings = {
            "required": str(luck.randint(1, len(providers))),
            "tolerance_h": luck.choice(HOURS),
            "degraded_to": luck.choice(("", "", "", "0.5", "0.3")),
            "restart_h": luck.choice(("0", "0", *HOURS)),
        }
        for provider in providers:
            names_of_row = {"dependent": dependent, "group": group.partition("|")[0] if "|" not in group else ""}
            chance = luck.choice(("", "", "", "", "0.5", "0"))
            rows.append({**names_of_row, "provider": provider, **settings, "chance": chance})
    luck.shuffle(rows)
    return rows


def _edges(luck: random.Random, names: Sequence[str]) -> pl.DataFrame:
    """Ways along which something spreads, some of them twice."""
    pairs = [(luck.choice(names), luck.choice(names)) for _ in range(2 * len(names))]
    rates = [luck.choice((0.0, 0.05, 0.5, 1e12)) for _ in pairs]
    return pl.DataFrame({"from": [one for one, _ in pairs], "to": [other for _, other in pairs], "chance_per_h": rates})


def _event(luck: random.Random, names: Sequence[str], *, edges: Sequence[str]) -> dict[str, Any]:
    teams = [name for name in names if name.startswith("team:")]
    suppliers = [name for name in names if name.startswith("supplier:")]
    kinds = ["fail", "fail", "fail", "spread", "spread"]
    kinds += ["absence", "absence"] * bool(teams) + ["exit"] * bool(suppliers)
    kind = luck.choice(kinds)
    event = {"kind": kind, "at_h": _hours(luck), "chance": luck.choice((1.0, 1.0, 0.6))}
    some = luck.sample(names, luck.randint(1, min(4, len(names))))
    if kind == "fail":
        event |= {"items": luck.choice((some, some, [names[0].partition(":")[0] + ":*"]))}
        event |= {"together": luck.random() < 0.3} | _repair(luck)
    elif kind == "absence":
        share = luck.choice(("fixed(0)", "fixed(1)", "beta(2, 3)", "uniform(0.2, 0.9)", "triangular(0, 0.4, 1)"))
        event |= {"items": luck.choice((teams[:1], ["team:*"])), "share": share}
        event |= {"lasts": _hours(luck)} if luck.random() < 0.9 else {}
    elif kind == "spread":
        event |= {"start": some[:2], "applies_to": luck.sample(list(KINDS.values()), luck.randint(1, 6))}
        event |= (
            {"along": edges[0]} if edges and luck.random() < 0.5 else {"chance_per_h": luck.choice((0.05, 0.5, 1e12))}
        )
        event |= {"contain_h": _hours(luck)} if luck.random() < 0.85 else {}
        event |= _repair(luck)
    else:
        event |= {"items": [luck.choice(suppliers)], "notice_h": _hours(luck)} | _repair(luck)
    return event


def _repair(luck: random.Random) -> dict[str, str]:
    return {"repair": _hours(luck, never=0.1)} if luck.random() < 0.6 else {}
