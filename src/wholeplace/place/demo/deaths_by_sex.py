"""Deaths and person-years of the wards by age, told apart by sex: the sums over both are those of `deaths`."""

from __future__ import annotations

import numpy as np
import polars as pl

#: Share of women among people of the first and the last age band; it rises from one to the other as in real towns.
_YOUNG, _OLD = 0.488, 0.66
#: Death rates of men by those of women of the same age.
_MEN_BY_WOMEN = 1.45
HIDDEN = "*"


def by_sex(deaths: pl.DataFrame) -> pl.DataFrame:
    """Split the table of `make_deaths`: area, period, sex, age, count, population.

    Women are about half of the young and two thirds of the oldest, and men die at 1.45 times their rate at each age.
    Deaths of men are rounded so that none is lost over the ages of a ward; women have the rest.
    """
    bands = deaths["age"].unique(maintain_order=True)
    place = {age: number / (len(bands) - 1) for number, age in enumerate(bands)}
    along = deaths["age"].replace_strict(place, return_dtype=pl.Float64).to_numpy()
    share = _YOUNG + (_OLD - _YOUNG) * along**2.5
    people = deaths["population"].to_numpy()
    women = np.rint(share * people).astype(np.int64)
    men = people - women
    count = deaths["count"].cast(pl.Int64, strict=False)  # null where the ward's are hidden
    of_men = count.fill_null(0).to_numpy() * (_MEN_BY_WOMEN * men / np.maximum(_MEN_BY_WOMEN * men + women, 1))
    whole = np.rint(np.cumsum(of_men.reshape(-1, len(bands)), axis=1)).astype(np.int64)
    dead_men = np.minimum(np.diff(whole, axis=1, prepend=0).ravel(), count.fill_null(0).to_numpy())
    hidden = count.is_null()
    tables = []
    for sex, dead, alive in (("women", count.fill_null(0).to_numpy() - dead_men, women), ("men", dead_men, men)):
        shown = pl.select(
            pl.when(pl.lit(hidden)).then(pl.lit(HIDDEN)).otherwise(pl.lit(pl.Series(dead)).cast(pl.String))
        )
        tables.append(
            deaths.select("area", "period", pl.lit(sex).alias("sex"), "age", shown.to_series().alias("count"),
                          pl.Series("population", alive))
        )  # fmt: skip
    return pl.concat(tables)
