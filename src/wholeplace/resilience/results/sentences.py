"""The result of a scenario in sentences."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from wholeplace.place import Place
from wholeplace.resilience.results.clock import hours
from wholeplace.resilience.results.result import ScenarioResult

#: Services named in a sentence.
_NAMED = 3


def headlines(result: ScenarioResult, place: Place) -> list[str]:
    """What a reader should know first: how it was worked out, which services fare worst, and who feels it."""
    sentences = list(result.summary)
    services = result.items.filter(result.items["item"].str.starts_with("service:"))
    hit = services.filter(services["p_down"] > 0).sort("p_down", "item", descending=[True, False])
    names = names_of(place)
    if not hit.height:
        sentences.append("No service had an outage in any trial." if result.trials else "No service can go down.")
        sentences += _lessened(services, names)
    else:
        worst = [f"{names.get(row['item'], row['item'])} ({_percent(row['p_down'])})"
                 for row in hit.head(_NAMED).iter_rows(named=True)]  # fmt: skip
        many = f"{hit.height:,} of {services.height:,} services" if services.height > 1 else "The service"
        sentences.append(f"{many} may have an outage; the most likely: {'; '.join(worst)}.")
    late = services.filter(services["p_over_rto"] > 0).sort("p_over_rto", "item", descending=[True, False])
    if late.height:
        row = late.row(0, named=True)
        sentences.append(
            f"{late.height:,} may be out for longer than their recovery time objective; the most likely: "
            f"{names.get(row['item'], row['item'])} ({_percent(row['p_over_rto'])})."
        )
    total = result.total_person_hours_lost
    if total is not None and total["mean"]:
        sentences.append(
            f"On average {_many(total['mean'])} person-hours of service are lost"
            + (f", in one trial of ten more than {_many(total['p90'])}." if total["p90"] is not None else ".")
        )
    if result.p_not_restored:
        sentences.append(f"After {hours(result.horizon_h)} something is still below its full level in "
                         f"{_percent(result.p_not_restored)} of trials.")  # fmt: skip
    return sentences


def _lessened(services: pl.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Says which services did not stop but went on at less than their full level."""
    lessened = services.filter(services["downtime_h_mean"] > 0)
    lessened = lessened.sort("downtime_h_mean", "item", descending=[True, False])
    worst = [f"{names.get(row['item'], row['item'])} (as if out for {row['downtime_h_mean']:.1f} h on average)"
             for row in lessened.head(_NAMED).iter_rows(named=True)]  # fmt: skip
    return [f"Below their full level were: {'; '.join(worst)}."] if worst else []


def names_of(place: Place) -> Mapping[str, str]:
    """What people call each thing, where its register says so."""
    return {
        name: label
        for register in place.registers.values()
        for name, label in zip(register.names, register.column("name").str.strip_chars(), strict=True)
        if label
    }


def _many(amount: float) -> str:
    """A number of person-hours, with no more digits than simulation tells."""
    for size, words in ((1e9, "billion"), (1e6, "million")):
        if amount >= 0.9995 * size:
            return f"{float(f'{amount / size:.3g}'):,g} {words}"
    return f"{amount:,.0f}"


def _percent(share: float) -> str:
    """A chance as people read it; one that is not 0 is not shown as 0, nor one below 1 as 100 %."""
    percent = 100 * share
    if 0 < percent < 0.1:
        return "under 0.1%"
    if 99.9 < percent < 100:
        return "over 99.9%"
    return f"{percent:.1f}".removesuffix(".0") + "%"
