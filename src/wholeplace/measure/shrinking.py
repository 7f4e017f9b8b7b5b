"""Draw shares of small areas towards that of the larger area around them, the more the fewer people they count."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.place import PLACE, Indicator, Place

Floats = NDArray[np.float64]
_TWO_SIDED_95 = 1.959964


def shrink(count: Floats, denominator: Floats, group: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Shrunken shares with their limits.

    A share of few people moves by chance. Here it becomes a weighted mean, on the logit scale, of itself and of the
    share of its group: weight 1/s² on itself, s² its sampling variance, and 1/t² on the group, t² the variance of
    areas about the group's share.

    Parameters
    ----------
    count, denominator
        People with the property, and all people, an area; NaN where not known.
    group
        Number of the larger area of each area, from 0; below 0 where there is none.

    Returns
    -------
    value, lower95, upper95
        Shares from 0 to 1; NaN where a count or a denominator above 0 is not known, or the area has no group. Limits
        are those of the mean, taking the group's share and t² as known, which makes them somewhat too narrow.

    Notes
    -----
    The "shrinkage" of the English and Scottish indices of deprivation: Noble and others (2004), The English Indices of
    Deprivation 2004, and Scottish Executive (2003), Scottish Indices of Deprivation 2003, appendix 1. Not for rates
    of events, which may happen to one person twice, nor where being unlike its neighbours is what is looked for: an
    area that truly differs is drawn in too. An area alone in its group stays as it is.
    """
    known = np.isfinite(count) & np.isfinite(denominator) & (denominator > 0) & (group >= 0)
    value, lower, upper = (np.full(len(count), np.nan) for _ in range(3))
    if not known.any():
        return value, lower, upper
    r, n, g = count[known], denominator[known], group[known]
    z = np.log((r + 0.5) / (n - r + 0.5))
    variance = (n + 1) * (n + 2) / (n * (r + 1) * (n - r + 1))
    events, people, areas = (np.bincount(g, weights) for weights in (r, n, None))
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = np.log((events + 0.5) / (people - events + 0.5))[g]
        between = (np.bincount(g, (z - middle) ** 2) / (areas - 1))[g]
        own = np.where(between > 0, between / (between + variance), 0.0)
    own[areas[g] == 1] = 1.0
    drawn, half = own * z + (1 - own) * middle, _TWO_SIDED_95 * np.sqrt(own * variance)
    for target, logit in ((value, drawn), (lower, drawn - half), (upper, drawn + half)):
        target[known] = 1 / (1 + np.exp(-logit))
    return value, lower, upper


def why_not_shrunk(place: Place, indicator: Indicator, frame: pl.DataFrame, geography: str, larger: str) -> str | None:
    """Why values cannot be shrunk towards a larger geography; None when they can."""
    if larger not in place.geographies and larger != PLACE:
        return f"`shrink_to` names a geography that is not there: {larger!r}"
    if place.routes.find(geography, larger) is None:
        return f"no look-up leads from {geography} to {larger}, to which it is to be shrunk"
    counted = frame.select((pl.col("count").is_not_null() & pl.col("denominator").is_not_null()).any()).item()
    if indicator.value_type != "proportion" or not counted:
        return f"{indicator.id!r} is no proportion with counts and denominators, which `shrink_to` needs"
    return None


def shrunken(place: Place, indicator: Indicator, frame: pl.DataFrame, geography: str, larger: str) -> pl.DataFrame:
    """Values and intervals of a series shrunk towards the larger area that holds most of each area.

    `frame` has area, value, lower95, upper95, count and denominator; an area whose count is hidden keeps no value.
    """
    route = place.routes.find(geography, larger)
    assert route is not None  # `why_not_shrunk` has looked
    home = route.frame.sort("weight", descending=True, maintain_order=True).unique("from_area", keep="first")
    around = frame.select("area").join(home, left_on="area", right_on="from_area", how="left", maintain_order="left")
    names = around["to_area"].unique().drop_nulls().sort()
    numbers = dict(zip(names, range(len(names)), strict=True))
    group = np.array([numbers.get(name, -1) for name in around["to_area"]], dtype=np.int64)
    parts = shrink(frame["count"].to_numpy(), frame["denominator"].to_numpy(), group)
    columns = dict(zip(("value", "lower95", "upper95"), parts, strict=True))
    return frame.with_columns(
        pl.Series(name, part * indicator.multiplier).fill_nan(None) for name, part in columns.items()
    )
