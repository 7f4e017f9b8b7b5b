"""How many people of a group live in some areas: counts, what is not known, shares with intervals, representation."""

from __future__ import annotations

import math
from collections.abc import Set
from dataclasses import asdict, dataclass

import polars as pl

from wholeplace.measure.intervals import wilson
from wholeplace.place import WITHOUT_VALUE

#: What a share is: worked out from complete counts, or bounded by those that are known, or not to be told.
EXACT, AT_LEAST, AT_MOST, NOT_TOLD = "exact", "at least", "at most", "not told"

SCHEMA = {
    "in_areas": pl.Float64,
    "in_areas_is": pl.String,
    "everywhere": pl.Float64,
    "everywhere_is": pl.String,
    "suppressed_in": pl.Int64,
    "missing_in": pl.Int64,
    "suppressed": pl.Int64,
    "missing": pl.Int64,
    "share": pl.Float64,
    "share_lower95": pl.Float64,
    "share_upper95": pl.Float64,
    "share_is": pl.String,
    "base_in": pl.Float64,
    "base_everywhere": pl.Float64,
    "base_share": pl.Float64,
    "ratio": pl.Float64,
    "ratio_lower95": pl.Float64,
    "ratio_upper95": pl.Float64,
    "word": pl.String,
}


@dataclass(frozen=True)
class Count:
    """How many of a group live in some areas, of how many everywhere; one row of SCHEMA.

    `in_areas` and `everywhere` are sums of what is known, None where nothing is; `…_is` says "exact", or "at least"
    where some areas are suppressed or missing (how many: `suppressed_in`, `missing_in` in the areas, `suppressed`,
    `missing` everywhere). `share` is in_areas / everywhere; with unknown areas only inside it is "at least" that, only
    outside "at most", and with both it is not told. `base_share` is the same share of everybody the group is out of,
    `ratio` share / base_share with the interval of the share, `word` over, under, alike or "" where there is none.
    """

    in_areas: float | None
    in_areas_is: str
    everywhere: float | None
    everywhere_is: str
    suppressed_in: int
    missing_in: int
    suppressed: int
    missing: int
    share: float | None
    share_lower95: float | None
    share_upper95: float | None
    share_is: str
    base_in: float | None
    base_everywhere: float | None
    base_share: float | None
    ratio: float | None
    ratio_lower95: float | None
    ratio_upper95: float | None
    word: str

    def as_row(self) -> dict[str, object]:
        """The columns of SCHEMA."""
        return asdict(self)


def count_in(cells: pl.DataFrame, areas: Set[str], *, intervals: bool) -> Count:
    """Count a group in some areas and everywhere.

    A suppressed or missing cell is never taken for zero: a sum over it is "at least" what is known. One where no value
    can exist (nobody to count) adds nothing.

    Parameters
    ----------
    cells
        One row for each area of the place: area, count, base (everybody the group is out of; null where not known),
        status.
    areas
        The areas to count in.
    intervals
        Whether the counts come with intervals, so that the share has Wilson's. Those who live in the areas are then
        taken as a draw from the group; where everybody was counted it says what chance does to so few, and no more.
    """
    cells = cells.with_columns(pl.col("area").is_in(list(areas)).alias("inside"), _known("count"))
    inside = cells.filter("inside")
    hidden = [int((part["status"] == "Q").sum()) for part in (inside, cells)]
    absent = [part.filter(pl.col("status") != "Q")["count"].null_count() for part in (inside, cells)]
    in_areas, everywhere = _sum(inside["count"]), _sum(cells["count"])
    unknown_in, unknown = hidden[0] + absent[0], hidden[1] + absent[1]
    share_is = {
        (False, False): EXACT,
        (True, False): AT_LEAST,
        (False, True): AT_MOST,
        (True, True): NOT_TOLD,
    }[unknown_in > 0, unknown > unknown_in]
    share = None
    if share_is != NOT_TOLD and in_areas is not None and everywhere:
        share = in_areas / everywhere
    else:
        share_is = NOT_TOLD
    lower = upper = None
    if share_is == EXACT and intervals and share is not None:
        low, high = wilson(in_areas or 0.0, everywhere or 0.0)
        lower, upper = float(low), float(high)
    base_in, base_all = _complete(inside["base"]), _complete(cells["base"])
    base_share = base_in / base_all if base_in is not None and base_all else None
    relative = share_is == EXACT and share is not None and bool(base_share)
    ratio, ratio_lower, ratio_upper = (
        one / base_share if relative and one is not None and base_share else None for one in (share, lower, upper)
    )
    return Count(
        in_areas=in_areas,
        in_areas_is=AT_LEAST if unknown_in else EXACT,
        everywhere=everywhere,
        everywhere_is=AT_LEAST if unknown else EXACT,
        suppressed_in=hidden[0],
        missing_in=absent[0],
        suppressed=hidden[1],
        missing=absent[1],
        share=share,
        share_lower95=lower,
        share_upper95=upper,
        share_is=share_is,
        base_in=base_in,
        base_everywhere=base_all,
        base_share=base_share,
        ratio=ratio,
        ratio_lower95=ratio_lower,
        ratio_upper95=ratio_upper,
        word=_word(ratio, ratio_lower, ratio_upper),
    )


def _known(column: str) -> pl.Expr:
    """Counts as they can be summed: 0 where nobody can be counted, null where a status says that there is no figure."""
    without = [code for code in WITHOUT_VALUE if code != "M"]
    return (
        pl.when(pl.col("status").is_in(without)).then(None)
        .when(pl.col("status") == "M").then(pl.col(column).fill_null(0.0))
        .otherwise(pl.col(column)).alias(column)
    )  # fmt: skip


def _sum(column: pl.Series) -> float | None:
    """The sum of what is known; None where nothing is, 0 where there is nothing to sum."""
    return None if len(column) and column.null_count() == len(column) else float(column.sum() or 0.0)


def _complete(column: pl.Series) -> float | None:
    return None if column.null_count() else float(column.sum() or 0.0)


def _word(ratio: float | None, lower: float | None, upper: float | None) -> str:
    if ratio is None:
        return ""
    low, high = (ratio, ratio) if lower is None or upper is None else (lower, upper)
    if math.isclose(low, 1.0, rel_tol=1e-9) or math.isclose(high, 1.0, rel_tol=1e-9):
        return "alike"
    return "over" if low > 1 else "under" if high < 1 else "alike"
