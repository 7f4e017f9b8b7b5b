"""Lay out a place in which nothing needs itself, so that trials can be worked out together (see together.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wholeplace.resilience.model import Happening, Network
from wholeplace.resilience.simulate import state as layout
from wholeplace.resilience.simulate.lanes import LANES
from wholeplace.resilience.simulate.state import NONE

#: Room for what lists of turns there are at once for one thing, over two for each of its rows.
_MORE_TURNS = 512


def in_order(network: Network, happenings: Sequence[Happening]) -> bool:
    """Whether things are up or down and no more, and each needs only what comes before it."""
    return bool(
        network.groups.hard.all()
        and (network.loop == NONE).all()
        and all(happening.kind != "absence" for happening in happenings)
    )


def ordered_tables(network: Network, kept: NDArray[np.int64], *, failures: int) -> dict[str, NDArray[Any]]:
    """The tables, in the order of what needs what, with room for so many failures a trial."""
    order, groups = network.order, network.groups
    things = len(order)
    place_of = np.empty(things, dtype=np.int64)
    place_of[order] = np.arange(things)
    by_place = np.argsort(place_of[groups.dependent], kind="stable")
    needs = np.zeros(len(by_place), dtype=layout.NEED)
    needs["first_row"], needs["last_row"] = network.row_starts[:-1][by_place], network.row_starts[1:][by_place]
    short = groups.size - groups.required + 1
    needs["short"] = short[by_place]
    needs["tolerance"], needs["restart"] = groups.tolerance_ticks[by_place], groups.restart_ticks[by_place]
    unsure = np.bincount(network.rows.group[network.rows.chance < 1], minlength=len(by_place)) > 0
    all_or_two = (groups.required == 1) | ((short == 2) & (groups.required > 0))
    needs["simple"] = (all_or_two & ~unsure & (groups.restart_ticks == 0))[by_place]
    ordered = np.zeros(things, dtype=layout.ORDERED)
    starts = np.searchsorted(place_of[groups.dependent][by_place], np.arange(things + 1))
    ordered["first_need"], ordered["last_need"] = starts[:-1], starts[1:]
    ordered["own"] = ordered["kept"] = NONE
    ordered["kept"][place_of[kept]] = np.arange(len(kept))
    turns = np.zeros(_MORE_TURNS + 2 * things + 2 * len(network.rows.group), dtype=layout.NUMBER)
    return {
        "ordered": ordered,
        "place_of": _numbers(place_of),
        "needs": needs,
        "providers": _numbers(place_of[network.rows.provider]),
        "own_spells": np.empty(LANES * failures, dtype=layout.OWN_SPELL),
        "spells": np.empty(LANES * things, dtype=layout.SPELL),
        "listed": np.empty(LANES * (things // 2 + 10), dtype=layout.SPELL),
        "spell_of": np.zeros(LANES, dtype=layout.SPELL),
        "turns": turns,
        "at_least": np.zeros(groups.size.max(initial=0) + 2, dtype=layout.NUMBER),
        "lanes": np.zeros(LANES, dtype=layout.LANE),
    }


def no_tables() -> dict[str, NDArray[Any]]:
    """The same for any other place, of which trials are run one by one."""
    names = ("ordered", "place_of", "needs", "providers", "own_spells", "spells", "listed", "spell_of", "turns",
             "at_least", "lanes")  # fmt: skip
    return {name: np.zeros(0, dtype=layout.TABLES[name]) for name in names}


def _numbers(values: NDArray[Any]) -> NDArray[Any]:
    table = np.zeros(len(values), dtype=layout.NUMBER)
    table["value"] = values
    return table
