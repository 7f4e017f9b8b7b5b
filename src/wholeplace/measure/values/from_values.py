"""Values as a place holds them, made into estimates."""

from __future__ import annotations

import numpy as np
import polars as pl

from wholeplace.errors import WholeplaceError
from wholeplace.measure.moving import limits_at
from wholeplace.measure.values.estimate import Estimate
from wholeplace.place import Indicator


class NotThereError(WholeplaceError, KeyError):
    """An indicator, period, geography or area that the place does not have values for, or that do not fit."""

    def __str__(self) -> str:
        return str(self.args[0])


def estimates(frame: pl.DataFrame, indicator: Indicator) -> Estimate:
    """Values of one indicator and period as estimates: the 95 % limits they have, and those at 99.8 % by its method.

    Where limits were published, and ours at 99.8 % would be narrower, none are given at 99.8 %.
    """
    value, lower95, upper95, count, denominator = (
        frame[name].to_numpy().astype(np.float64) for name in ("value", "lower95", "upper95", "count", "denominator")
    )
    lower998, upper998 = limits_at(frame, indicator, level=0.998)
    with np.errstate(invalid="ignore"):
        around = (lower998 <= lower95) & (upper998 >= upper95)
    has_counts = bool(np.isfinite(count).any()) and indicator.value_type in {"proportion", "rate"}
    return Estimate(
        indicator.value_type if has_counts else "other",
        value, lower95, upper95,
        np.where(around, lower998, np.nan), np.where(around, upper998, np.nan),
        frame["status"].to_numpy().astype(str), np.full(len(value), ""), count, denominator,
    )  # fmt: skip
