"""Which areas of a place lie outside the funnel: further from a benchmark than chance takes areas of their size."""

from __future__ import annotations

import polars as pl

from wholeplace.measure.values.from_values import NotThereError
from wholeplace.measure.values.funnel import proportion_funnel, rate_funnel
from wholeplace.measure.values.of_place import Values, benchmark_of, indicator_of, named, period_of, short, values_of
from wholeplace.place import Place


def funnel_of_areas(
    place: Place,
    indicator: str,
    *,
    geography: str | None = None,
    period: str | None = None,
    benchmark: str | float | None = None,
) -> Values:
    """Funnel limits for every area about a benchmark: the place as a whole, another area (its code), or a number.

    Not for ranking: an area inside the limits is no different from the benchmark for all that is known, and so no
    different from the others inside. Where most lie outside, they differ by more than chance and the funnel tells
    little of any one.

    Returns
    -------
    values
        area, name, value, count, denominator; lower95, upper95, lower998, upper998: between which values chance alone
        takes an area of its denominator; position (low 99.8, low 95, within, high 95, high 99.8; null without a
        value); status.

    Raises
    ------
    NotThereError
        When the place does not have what is asked for, or the indicator is no proportion or rate with counts.
    """
    known = indicator_of(place, indicator)
    period = period_of(place, known, period)
    geography, frame = values_of(place, known, geography, period)
    make = {"proportion": proportion_funnel, "rate": rate_funnel}.get(known.value_type)
    if make is None or frame["denominator"].null_count() == frame.height:
        raise NotThereError(f"{indicator!r} has no counts and denominators; a funnel needs them")
    name, against = benchmark_of(place, known, period, benchmark)
    found = make(against, frame["denominator"].to_numpy(), multiplier=known.multiplier)
    limits = found.frame.drop("denominator", "benchmark")
    position = pl.Series("position", found.position(frame["value"].to_numpy())).replace("", None)
    own = frame.select("value", "count", "denominator")
    table = pl.concat([named(place, geography, frame["area"]), own, limits], how="horizontal")
    table = table.with_columns(position, frame["status"])
    about: dict[str, object] = {"indicator": indicator, "unit": known.unit, "geography": geography, "period": period}
    about |= {"benchmark": against, "benchmark_name": name}
    return Values(table, about, _told(known.name, period, table, f"{name} ({short(against)} {known.unit})"))


def _told(name: str, period: str, table: pl.DataFrame, against: str) -> tuple[str, ...]:
    placed = table.drop_nulls("position")["position"]
    outside = placed.filter(placed != "within")
    far = int(placed.str.ends_with("99.8").sum())
    sentences = [
        f"{name}, {period}, about {against}: of {len(placed):,} areas {len(outside):,} outside the limits of 95 %, "
        f"{far:,} outside those of 99.8 %.",
        f"By chance alone it would be about {0.05 * len(placed):,.0f} and {0.002 * len(placed):,.1f}.",
    ]
    if 2 * far > len(placed) > 0:
        sentences.append("Most areas lie far outside: they differ by more than chance, so that being outside says "
                         "little of any one of them.")  # fmt: skip
    without = table.height - len(placed)
    if without:
        sentences.append(f"{without:,} without a value and not placed.")
    return tuple(sentences)
