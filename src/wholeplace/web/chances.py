"""Simulated figures as tables show them: a chance with its interval and bar, hours with their spread."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from markupsafe import Markup

from wholeplace.measure.intervals import wilson
from wholeplace.web.charts import Axis, bar, line
from wholeplace.web.table import Cell, Column, Row
from wholeplace.web.words import number, percent

#: Width and height of the bar of a chance.
_WIDTH, _HEIGHT = 112, 14


def with_intervals(frame: pl.DataFrame, trials: int, *shares: str) -> pl.DataFrame:
    """Add `<share>_lower95` and `<share>_upper95` (Wilson) to shares of so many trials; null without a share."""
    for share in shares:
        lower, upper = wilson(np.rint(frame[share].to_numpy() * trials), np.full(frame.height, trials))
        ends = {f"{share}_lower95": lower, f"{share}_upper95": upper}
        frame = frame.with_columns(pl.Series(name, end).fill_nan(None) for name, end in ends.items())
    return frame


def chance(share: float) -> str:
    """A chance in per cent, with a decimal near never and always, where it matters."""
    return percent(share, _decimals(share) if 0 < share < 1 else 0)


def chance_range(share: float, lower: float, upper: float) -> str:
    """The interval of a chance with as many decimals: `8.9 to 11.5%`."""
    low, high = (percent(end, _decimals(share)) if 0 < end < 1 else percent(end) for end in (lower, upper))
    return f"{low.removesuffix('%') if low[:1].isdigit() else low} to {high}"


def _decimals(share: float) -> int:
    return 1 if min(share, 1 - share) < 0.1 else 0


def chances(
    key: str, label: str, *, none: Callable[[Row], str], note: Callable[[Row], str] = lambda row: "", hint: str = ""
) -> Column:
    """A column of chances with 95 % intervals and bars.

    `none` says what stands where there is no such chance, `note` what a chance is of.
    """

    def cell(row: Row) -> Cell:
        share, lower, upper = (row[key + end] for end in ("", "_lower95", "_upper95"))
        if share is None:
            return Cell(none(row), css="wp-none")
        between = Markup("<small>{}</small>").format(
            chance_range(share, lower, upper) if lower is not None else "exact"
        )
        below = Markup("<small>{}</small>").format(note(row)) if note(row) else ""
        return Cell(html=Markup('<span class="wp-chance">{}{}{}{}</span>').format(
            chance(share), between, _bar(share, lower, upper) if share else "", below))  # fmt: skip

    return Column(key, label, cell, hint=hint, numeric=True)


def _bar(share: float, lower: float | None, upper: float | None) -> Markup:
    """A chance as a bar from 0 to 100 %, its interval as a whisker; the numbers beside it say the same."""
    axis, middle = Axis(0, 1, 1, _WIDTH - 1), _HEIGHT / 2
    shapes = [bar(1, 2, _WIDTH - 2, _HEIGHT - 4, "c-track")]
    if share > 0:
        shapes.append(bar(1, 2, axis.at(share) - 1, _HEIGHT - 4, "c-bar"))
    if lower is not None and upper is not None:
        shapes.append(line(axis.at(lower), middle, axis.at(upper), middle, "c-whisker"))
        shapes += [line(axis.at(end), middle - 4, axis.at(end), middle + 4, "c-whisker") for end in (lower, upper)]
    return Markup(
        f'<svg class="wp-bar" viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-hidden="true" focusable="false">'
        f"{''.join(shapes)}</svg>"
    )


def amount(value: float) -> str:
    """Hours or person-hours, three digits of large ones; what is not nothing is never written as 0."""
    if 0 < value < 0.05:
        return "under 0.1"
    for size, words in ((1e9, "bn"), (1e6, "m")):
        if value >= 0.9995 * size:
            return f"{float(f'{value / size:.3g}'):,g}{words}"
    return number(value, 1 if 0 < value < 9.95 else 0)


def spreads(figure: str, label: str, *, none: Callable[[Row], str], hint: str = "") -> Column:
    """A column of a figure with its mean and, below, the 50th, 90th and 99th of 100 trials."""

    def cell(row: Row) -> Cell:
        parts = [row[f"{figure}_{part}"] for part in ("mean", "p50", "p90", "p99")]
        if parts[0] is None:
            return Cell(none(row), css="wp-none")
        if parts[1] is None or not parts[0]:
            return Cell(amount(parts[0]), css="wp-n")
        below = " – ".join(amount(part) for part in parts[1:])
        return Cell(html=Markup("<span>{}<small>{}</small></span>").format(amount(parts[0]), below))

    return Column(f"{figure}_mean", label, cell, hint=hint, numeric=True)


def people(label: str, *, none: str) -> Column:
    """A column of mean person-hours with the interval of the mean, from its standard error."""

    def cell(row: Row) -> Cell:
        mean, error = row["person_hours_lost_mean"], row["person_hours_lost_se"]
        if mean is None:
            return Cell(none, css="wp-none")
        if not error:
            return Cell(amount(mean), css="wp-n")
        ends = f"{amount(max(0.0, mean - 1.96 * error))} to {amount(mean + 1.96 * error)}"
        return Cell(html=Markup("<span>{}<small>{}</small></span>").format(amount(mean), ends))

    return Column("person_hours_lost_mean", label, cell, hint="mean, with 95% interval", numeric=True)
