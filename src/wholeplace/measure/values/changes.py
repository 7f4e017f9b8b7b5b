"""How far every area moved between two periods, and which of these moves are more than noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from scipy.special import ndtr, ndtri

from wholeplace.measure.values.change import Change, change
from wholeplace.measure.values.estimate import Floats
from wholeplace.measure.values.from_values import NotThereError, estimates
from wholeplace.place import Indicator
from wholeplace.place.periods import period_bounds

#: The status of a value that cannot be set beside an earlier one.
BREAK = "B"
#: Of the areas that are said to have changed when all are looked at, so many may be false in the long run.
FALSE_DISCOVERIES = 0.05


def changes_between(indicator: Indicator, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Say for every area how far an indicator moved, and whether by more than chance (`change`).

    Of 100 areas where nothing changed, about five leave 0 out of a 95 % interval. So each change also has a p value,
    and `clear_among_all` says whether it is still clear when all areas are looked at together: the procedure of
    Benjamini and Hochberg, which keeps the expected share of false ones among those named at 5 %. It holds for
    independent areas and for those that move together.

    Parameters
    ----------
    before, after
        The same areas in the same order: value, lower95, upper95, count, denominator, status.

    Returns
    -------
    frame
        value_before, status_before, value, status, differences and ratios with their limits, word, certainty;
        `meaning`: better or worse where the indicator says which end is good; p_value (two-sided, from how far the
        limit of the difference on the side of 0 lies from it: under 0.05 just where the 95 % interval leaves 0 out);
        clear_among_all (null where nothing is compared). A break in the series in either period is not compared.

    References
    ----------
    Benjamini Y and Hochberg Y (1995), J. R. Stat. Soc. B 57:289-300; Benjamini Y and Yekutieli D (2001), Ann. Stat.
    29:1165-1188 (dependence).
    """
    first, second = estimates(before, indicator), estimates(after, indicator)
    if first.kind != second.kind:  # counts are there for one period only: what both have is limits
        first, second = replace(first, kind="other"), replace(second, kind="other")
    moved = change(first, second)
    broken = ((before["status"] == BREAK) | (after["status"] == BREAK)).fill_null(False).to_numpy()
    p_value = np.where(broken, np.nan, p_values(moved))
    good = {"high_good": ("better", "worse"), "low_good": ("worse", "better")}.get(indicator.polarity, (None, None))
    unbroken = pl.lit(pl.Series(~broken))
    table = pl.concat(
        [
            before.select(value_before="value", status_before="status"),
            after.select("value", "status"),
            moved.frame,
        ],
        how="horizontal",
    ).with_columns(
        pl.when(unbroken).then("word").otherwise(pl.lit("not compared")).alias("word"),
        pl.when(unbroken).then("certainty").alias("certainty"),
    )
    meaning = pl.col("word").replace_strict(dict(zip(("up", "down"), good, strict=True)), default=None,
                                            return_dtype=pl.String)  # fmt: skip
    return table.with_columns(
        meaning.alias("meaning"),
        pl.Series("p_value", p_value).fill_nan(None),
        pl.Series("clear_among_all", clear_among_all(p_value), dtype=pl.Boolean),
    )


def p_values(moved: Change) -> Floats:
    """Two-sided p values that agree with the 95 % intervals of the differences; NaN where there is none."""
    difference = moved.difference
    towards = np.where(
        difference.value > 0, difference.value - difference.lower95, difference.upper95 - difference.value
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(difference.value == 0, 0.0, float(ndtri(0.975)) * np.abs(difference.value) / towards)
    known = np.isfinite(difference.lower95) & np.isfinite(difference.upper95)
    found: Floats = np.where(known, 2 * ndtr(-z), np.nan)
    return found


def clear_among_all(p_value: Floats) -> list[bool | None]:
    """Whether each is among those named when false discoveries are kept at 5 %; None where there is no p value."""
    from scipy.stats import false_discovery_control  # takes longer to load than all else a command needs

    known = np.isfinite(p_value)
    clear = np.zeros(len(p_value), dtype=bool)
    if known.any():
        clear[known] = false_discovery_control(p_value[known]) <= FALSE_DISCOVERIES
    return [bool(one) if there else None for one, there in zip(clear, known, strict=True)]


def refuse_overlap(since: str, period: str) -> None:
    """Raise NotThereError for two periods that share a day: their estimates are not independent."""
    first, last = period_bounds(since), period_bounds(period)
    if since == period or (first and last and first[0] < last[1] and last[0] < first[1]):
        raise NotThereError(
            f"{since} and {period} overlap: what happened in both counts twice, and no interval of the change can be "
            "told; choose periods that do not overlap"
        )
