"""What a scenario does to a place, as it is told to people and to programs."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from wholeplace.output import write_bytes
from wholeplace.resilience.importance import Importance
from wholeplace.resilience.results.clock import hours
from wholeplace.resilience.results.figures import (
    ESTIMATE,
    ITEM_FIGURES,
    SPREAD,
    columns_of,
    item_figures,
    item_schema,
    person_hours_by_area,
    person_hours_by_group,
)
from wholeplace.resilience.results.summary import Summary

if TYPE_CHECKING:
    from wholeplace.resilience.exact import CutSets

SCHEMA = "wholeplace.scenario-result/1"
#: A figure with its parts (mean, se, p50, …), or None where there is none; a part is None where it has no number.
Figure = Mapping[str, float | None]


@dataclass(frozen=True)
class ScenarioResult:
    """What a scenario does to a place.

    Hours are hours, person-hours hours times people, shares from 0 to 1, and `_se` a standard error; higher is worse
    throughout. Means and quantiles are over all trials, zeros included. A null says that there is no such figure: a
    service without users or limits, or a method that does not give it.

    `items`: item, p_down, downtime_h_mean and so on (see docs/reference/scenario-result.md), `few` (whether fewer than
    ten trials were down; null when nothing was simulated), effective_trials (null unless trials are weighted). `areas`:
    geography, area, name, person_hours_lost_mean, person_hours_lost_se; `groups`: group and the same two.
    `importance` is None without a target; `cut_sets` has the target's minimal cut sets where the exact engine was
    asked. `exact` names the things whose chance of an outage is exact. `notices` say what to know before using the
    figures.
    """

    scenario: str
    method: str
    trials: int | None
    seed: int | None
    horizon_h: float
    place_hash: str
    items: pl.DataFrame
    areas: pl.DataFrame
    groups: pl.DataFrame
    total_person_hours_lost: Figure | None = None
    all_restored_h: Figure | None = None
    p_not_restored: float | None = None
    importance: tuple[Importance, ...] | None = None
    cut_sets: CutSets | None = None
    quantile_trials: int | None = None
    exact: frozenset[str] = frozenset()
    notices: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON has it; no number in it is infinite or not a number."""
        content: dict[str, Any] = {
            "schema": SCHEMA,
            "scenario": self.scenario,
            "method": self.method,
            "trials": self.trials,
            "seed": self.seed,
            "horizon_h": self.horizon_h,
            "place_hash": self.place_hash,
            "items": {row["item"]: _item(row) for row in self.items.iter_rows(named=True)},
            "areas": _by_area(self.areas),
            "groups": {
                row["group"]: {"person_hours_lost": _figure(row, "person_hours_lost", ESTIMATE)}
                for row in self.groups.iter_rows(named=True)
            },
            "total_person_hours_lost": self.total_person_hours_lost,
            "all_restored_h": self.all_restored_h,
            "p_not_restored": self.p_not_restored,
            "quantile_trials": self.quantile_trials,
            "notices": list(self.notices),
        }
        if self.importance is not None:
            content["importance"] = [one.as_dict() for one in self.importance]
        if self.cut_sets is not None:
            content["cut_sets"] = {
                "count": self.cut_sets.count,
                "single_points": list(self.cut_sets.single_points),
                "smallest": [list(one) for one in self.cut_sets.smallest],
            }
        return content

    def to_json(self, path: str | Path) -> None:
        """Write the whole result as one JSON document."""
        text = json.dumps(self.as_dict(), ensure_ascii=False, indent=2, allow_nan=False)
        write_bytes(str(path), f"{text}\n".encode())

    def to_csv(self, path: str | Path) -> None:
        """Write the table of items as CSV, numbers at full precision, blank where there is none."""
        write_bytes(str(path), self.items.write_csv().encode())

    @property
    def summary(self) -> tuple[str, ...]:
        """What was run, and what to know before using the figures."""
        drawn = "" if self.trials is None else f"{self.trials:,} {'trial' if self.trials == 1 else 'trials'}, "
        return (f"{self.scenario}: {drawn}{hours(self.horizon_h)}, method {self.method}.", *self.notices)

    def _repr_html_(self) -> str:
        """The sentences and the first items, for a notebook."""
        lines = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.summary)
        return lines + self.items._repr_html_()


def simulated_result(
    summary: Summary,
    *,
    scenario: str,
    seed: int,
    place_hash: str,
    method: str = "simulate",
    importance: Sequence[Importance] | None = None,
    notices: Sequence[str] = (),
) -> ScenarioResult:
    """The result of simulated trials; `notices` of the caller come first."""
    moments, quantiles, at = summary.moments, summary.quantiles(), summary.watched.columns
    whole = {
        position: _spread((moments.mean[position], moments.se[position], *quantiles[position]))
        for position in (at.person_hours, at.restored)
    }
    users = summary.watched.users
    told = not np.isnan(users.total).all()
    said = [*notices, *users.notices]
    if summary.weighted:
        said.append("Trials are weighted, as rare ones were drawn more often than they happen: there are no quantiles.")
    elif summary.quantile_trials < summary.trials:
        said.append(f"Quantiles are of the first {summary.quantile_trials:,} trials.")
    return ScenarioResult(
        scenario=scenario,
        method=method,
        trials=summary.trials,
        seed=seed,
        horizon_h=summary.watched.horizon_h,
        place_hash=place_hash,
        items=item_figures(summary),
        areas=person_hours_by_area(summary),
        groups=person_hours_by_group(summary),
        total_person_hours_lost=whole[at.person_hours] if told else None,
        all_restored_h=whole[at.restored],
        p_not_restored=_number(moments.mean[at.not_restored]),
        importance=None if importance is None else tuple(importance),
        quantile_trials=summary.quantile_trials,
        notices=tuple(said),
    )


def chances_result(
    p_down: Mapping[str, float | None],
    *,
    scenario: str,
    method: str,
    horizon_h: float,
    place_hash: str,
    p_down_se: Mapping[str, float] | None = None,
    trials: int | None = None,
    seed: int | None = None,
    importance: Sequence[Importance] | None = None,
    cut_sets: CutSets | None = None,
    notices: Sequence[str] = (),
) -> ScenarioResult:
    """The result of a method that tells only who goes down and why: `exact` (without `p_down_se`, 0) or `screen`.

    `p_down` is None for things of which the method cannot tell.
    """
    names = sorted(p_down)
    figures = {
        "item": names,
        "p_down": [p_down[name] for name in names],
        "p_down_se": [_error(p_down[name], name, p_down_se) for name in names],
    }
    schema = item_schema()
    items = pl.DataFrame(figures, schema={name: schema[name] for name in figures})
    items = items.with_columns(pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in figures)
    lost = {f"person_hours_lost_{part}": pl.Float64 for part in ESTIMATE}
    return ScenarioResult(
        scenario=scenario,
        method=method,
        trials=trials,
        seed=seed,
        horizon_h=horizon_h,
        place_hash=place_hash,
        items=items,
        areas=pl.DataFrame(schema={**dict.fromkeys(("geography", "area", "name"), pl.String), **lost}),
        groups=pl.DataFrame(schema={"group": pl.String, **lost}),
        importance=None if importance is None else tuple(importance),
        cut_sets=cut_sets,
        exact=frozenset(name for name in names if p_down_se is None and p_down[name] is not None),
        notices=tuple(notices),
    )


def _error(chance: float | None, name: str, errors: Mapping[str, float] | None) -> float | None:
    if chance is None:
        return None
    return 0.0 if errors is None else errors[name]


def overlaid(simulated: ScenarioResult, exact: ScenarioResult) -> ScenarioResult:
    """The simulated result with the chances and importance of the exact one laid over: method `auto`."""
    chances = ["p_down", "p_down_se"]
    told = dict.fromkeys((*simulated.notices, *exact.notices))
    laid = simulated.items.select("item").join(exact.items.select("item", *chances), on="item", how="left")
    items = simulated.items.with_columns(laid[name].fill_null(simulated.items[name]) for name in chances)
    return replace(
        simulated,
        method="auto",
        items=items,
        importance=exact.importance,
        cut_sets=exact.cut_sets,
        exact=exact.exact,
        notices=tuple(told),
    )


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    """One item of the JSON: a figure without any number is null; what says nothing is left out."""
    content = {figure: _figure(row, figure, parts) if parts else row[figure] for figure, parts in ITEM_FIGURES.items()}
    if row["few"]:
        content["few"] = True
    if row["effective_trials"] is not None:
        content["effective_trials"] = row["effective_trials"]
    return content


def _figure(row: Mapping[str, Any], figure: str, parts: tuple[str, ...]) -> Figure | None:
    numbers = [row[name] for name in columns_of(figure, parts)]
    return None if numbers[0] is None else dict(zip(parts, numbers, strict=True))


def _by_area(areas: pl.DataFrame) -> dict[str, Any]:
    """Areas by code; a code that two geographies have is written with the geography before it the second time."""
    found: dict[str, Any] = {}
    for row in areas.iter_rows(named=True):
        code = row["area"] if row["area"] not in found else f"{row['geography']}:{row['area']}"
        found[code] = {
            "geography": row["geography"],
            "person_hours_lost": _figure(row, "person_hours_lost", ESTIMATE),
        }
    return found


def _spread(parts: Iterable[float]) -> Figure | None:
    """A figure of SPREAD; None when there is no mean."""
    figure = dict(zip(SPREAD, map(_number, parts), strict=True))
    return None if figure["mean"] is None else figure


def _number(number: float) -> float | None:
    return None if math.isnan(number) else float(number)
