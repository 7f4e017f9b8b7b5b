"""Which areas are like one another in their figures, wherever they lie."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.measure.result import Result
from wholeplace.measure.spatial.neighbours import SpatialError
from wholeplace.place import WITHOUT_VALUE, Indicator
from wholeplace.place.findings import counted, did_you_mean
from wholeplace.place.periods import period_middle

#: Median absolute deviation of a normal distribution times this is its standard deviation.
MAD_TO_SD = 1.4826
#: A difference of more spreads counts as so many, so that no single figure decides alone.
MOST_SPREADS = 3.0
#: An area is compared when it has at least this share of the figures that are used.
LEAST_SHARED = 0.5
#: So many figures are named in which a pair is most alike, and most unlike.
NAMED = 3
#: Kinds of indicators that say how large an area is or how it is placed among others, not how it is.
NOT_LIKENESS = {"count": "a count, which says how large an area is", "rank": "a rank", "index": "an index"}
ALL, INDEX, THEME = "all", "index:", "theme:"


@dataclass(frozen=True)
class Similar(Result):
    """How like each other area is to one, the likest first.

    `frame`: area, distance, shared (figures both have), missing (figures of those used that one of them lacks), alike
    and unlike (ids of the figures in which they differ least and most). `differences`: area, indicator, here, there,
    spreads (there less here, in spreads) for the areas that were asked for. `used` and `left_out` name every figure and
    why it is not used, `periods` the date of each. `not_compared` areas share too few figures.
    """

    area: str
    frame: pl.DataFrame
    differences: pl.DataFrame
    used: tuple[str, ...]
    left_out: Mapping[str, str]
    periods: Mapping[str, str]
    not_compared: tuple[str, ...]
    own_missing: tuple[str, ...]

    @property
    def median(self) -> float | None:
        """The distance that half of the other areas are within."""
        found = self.frame["distance"].median()
        return found if isinstance(found, float) else None

    @property
    def near(self) -> float | None:
        """The distance that the nearest tenth of the other areas are within: what counts as near for this area."""
        count = self.frame.height
        return None if not count else float(self.frame["distance"].sort()[math.ceil(count / 10) - 1])


@dataclass
class Figures:
    """Figures of the areas of one geography put on one scale, so that any area can be compared with all others.

    `spreads` holds (figure - median) / spread for areas x indicators, NaN where an area has none; the spread is 1.4826
    times the median absolute deviation.
    """

    areas: list[str]
    used: list[str]
    values: NDArray[np.float64]
    spreads: NDArray[np.float64]
    periods: dict[str, str]
    left_out: dict[str, str] = field(default_factory=dict)

    def similar_to(self, area: str, *, most: int = 10) -> Similar:
        """Compare one area with every other; see `standardise` for the scale.

        The distance is the root of the mean squared difference, in spreads, over the figures that both areas have: a
        Euclidean distance that does not grow with the number of figures. A difference of more than three spreads counts
        as three. 0 means equal in every one of them. It is as far from one to the other as back. Figures that go
        together count together: three on housing weigh three times one on health. It has no interval, and says nothing
        of where areas lie or why they are alike.

        Raises
        ------
        SpatialError
            For an area that is not there, or that has none of the figures.
        """
        if area not in self.areas:
            raise SpatialError(f"there is no area {area!r} here{did_you_mean(area, self.areas)}")
        own = self.areas.index(area)
        known = np.isfinite(self.spreads)
        if not known[own].any():
            raise SpatialError(f"{area} has none of the figures that areas are compared by")
        gap = self.spreads - self.spreads[own]
        shared = np.isfinite(gap).sum(axis=1)
        enough = shared >= max(1, LEAST_SHARED * len(self.used))
        enough[own] = False
        with np.errstate(invalid="ignore", divide="ignore"):
            distance = np.sqrt(np.nansum(np.minimum(np.abs(gap), MOST_SPREADS) ** 2, axis=1) / shared)
        order = np.lexsort((np.arange(len(distance)), distance))
        order = order[enough[order]]
        missing = [name for name, there in zip(self.used, known[own], strict=True) if not there]
        others = [code for code, fine in zip(self.areas, enough, strict=True) if not fine and code != area]
        rows = [self._row(int(place), gap) for place in order[:most]]
        named = pl.DataFrame(rows, schema=dict.fromkeys(("area", "alike", "unlike"), pl.String), orient="row")
        frame = pl.DataFrame(
            {
                "area": [self.areas[place] for place in order],
                "distance": distance[order],
                "shared": shared[order],
                "missing": len(self.used) - shared[order],
            }
        ).join(named, on="area", how="left", maintain_order="left")
        return Similar(
            area, frame, self._differences(own, order[:most], gap), tuple(self.used), self.left_out, self.periods,
            tuple(others), tuple(missing),
        )  # fmt: skip

    def _row(self, place: int, gap: NDArray[np.float64]) -> tuple[str, str, str]:
        size = np.abs(gap[place])
        order = [one for one in np.argsort(size, kind="stable") if np.isfinite(size[one])]
        few = min(NAMED, len(order) // 2) or 1
        alike, unlike = ([self.used[one] for one in part] for part in (order[:few], order[::-1][:few]))
        return self.areas[place], "; ".join(alike), "; ".join(unlike) if len(order) > 1 else ""

    def _differences(self, own: int, places: NDArray[np.int64], gap: NDArray[np.float64]) -> pl.DataFrame:
        rows = [
            (self.areas[place], name, self.values[own, column], self.values[place, column], gap[place, column])
            for place in places
            for column, name in enumerate(self.used)
        ]
        texts = dict.fromkeys(("area", "indicator"), pl.String)
        schema = {**texts, **dict.fromkeys(("here", "there", "spreads"), pl.Float64)}
        return pl.DataFrame(rows, schema=schema, orient="row").fill_nan(None)


def standardise(values: pl.DataFrame, names: Sequence[str]) -> Figures:
    """Put figures of areas on one scale: how many usual spreads each lies above or below the middle area.

    The middle is the median, the usual spread 1.4826 times the median absolute deviation, which a few extreme areas do
    not move. A figure is left out where more than half of all areas have the same one (there is no spread), or none
    has any. Missing and suppressed figures stay missing.

    Parameters
    ----------
    values
        indicator, area, period, value, status on one geography; the latest period of each indicator counts.
    names
        The indicators to use.

    Raises
    ------
    SpatialError
        When none of them can be used.

    References
    ----------
    Rousseeuw P J and Croux C (1993), Alternatives to the median absolute deviation, J. Am. Stat. Assoc. 88:1273-1283.
    """
    areas = values.select(pl.col("area").unique().sort())
    used, columns, scaled = [], [], []
    left_out: dict[str, str] = {}
    periods: dict[str, str] = {}
    there = ~pl.col("status").is_in(list(WITHOUT_VALUE)) & pl.col("value").is_finite()
    known = values.filter(pl.col("indicator").is_in(list(names)) & there).join(areas.with_row_index("at"), on="area")
    of_each = known.partition_by("indicator", as_dict=True)
    for name in names:
        rows = of_each.get((name,))
        if rows is None:
            left_out[name] = "no figures for these areas"
            continue
        periods[name] = max(rows["period"].unique().to_list(), key=period_middle)
        rows = rows.filter(pl.col("period") == periods[name])
        column = np.full(areas.height, np.nan)
        column[rows["at"].to_numpy()] = rows["value"].to_numpy()
        middle = float(np.nanmedian(column))
        spread = MAD_TO_SD * float(np.nanmedian(np.abs(column - middle)))
        if spread <= 1e-12 * max(abs(middle), 1e-300):
            left_out[name] = "more than half of all areas have the same figure"
            continue
        used.append(name)
        columns.append(column)
        scaled.append((column - middle) / spread)
    if not used:
        raise SpatialError("none of these figures can be used to compare areas")
    return Figures(areas["area"].to_list(), used, np.column_stack(columns), np.column_stack(scaled), periods, left_out)


def choose_figures(
    by: str, indicators: Mapping[str, Indicator], indices: Mapping[str, Sequence[str]]
) -> tuple[list[str], dict[str, str]]:
    """The indicators that a choice names, and those of them that say nothing of likeness, with why.

    Parameters
    ----------
    by
        `all`, `index:ID` (the indicators an index is made of), `theme:NAME`, or ids with commas between: these are all
        used, counts and ranks too.
    indices
        Index id -> the indicators of its parts.

    Raises
    ------
    SpatialError
        For an index, theme or indicator that is not there.
    """
    themes = dict.fromkeys(one.theme for one in indicators.values() if one.theme)
    if by == ALL:
        asked = list(indicators)
    elif by.startswith(INDEX):
        name = by.removeprefix(INDEX)
        if name not in indices:
            raise SpatialError(f"there is no index {name!r}{did_you_mean(name, indices)}")
        asked = list(dict.fromkeys(indices[name]))
    elif by.startswith(THEME):
        name = by.removeprefix(THEME)
        if name not in themes:
            raise SpatialError(
                f"there is no theme {name!r}{did_you_mean(name, themes)}; there are: {', '.join(themes)}"
            )
        asked = [one.id for one in indicators.values() if one.theme == name]
    else:
        asked = list(dict.fromkeys(one.strip() for one in by.split(",") if one.strip()))
        unknown = [one for one in asked if one not in indicators]
        if unknown or not asked:
            near = did_you_mean(unknown[0], indicators) if unknown else ""
            raise SpatialError(
                f"areas cannot be compared by {by!r}: there is no indicator {', '.join(unknown)}{near}; name "
                f"indicators, {INDEX}ID, {THEME}NAME or {ALL}"
            )
        return asked, {}
    fitting = [one for one in asked if indicators[one].value_type not in NOT_LIKENESS]
    others = {one: NOT_LIKENESS[indicators[one].value_type] for one in asked if one not in fitting}
    return fitting, others


def likeness_sentences(found: Similar, names: Mapping[str, str], geography: str) -> list[str]:
    """What was compared, by what, and what is missing."""
    others, figures = counted(found.frame.height, "other area"), counted(len(found.used), "figure")
    said = [f"Compared with {others} ({geography}) by {figures}."]
    if found.frame.height:
        said.append(
            "The distance says how unlike two areas are: 0 is the same in every figure; at 1 they lie, figure by "
            "figure, about as far apart as areas commonly lie from the middle one (a usual spread). For this area "
            f"{found.near:.2f} or less is near: a tenth of the others are within that, half within {found.median:.2f}."
        )
    if found.own_missing:
        listed = ", ".join(names.get(one, one) for one in found.own_missing)
        said.append(f"This area has no figure for: {listed}.")
    if found.not_compared:
        said.append(
            f"{counted(len(found.not_compared), 'area')} not compared: fewer than half of the figures are there for "
            "both."
        )
    return said
