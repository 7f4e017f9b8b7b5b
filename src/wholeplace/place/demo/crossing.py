"""Cross-tables of the demo place: people in two groups at once, whose sums are the single figures of each area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from wholeplace.place.demo.character import stream
from wholeplace.place.demo.figures import Figures
from wholeplace.place.demo.landscape import Ints
from wholeplace.place.demo.people import PERIODS, People
from wholeplace.place.demo.town import Town

#: Ages of each band, and how likely a person of it is to be disabled against one of working age.
AGE_BANDS = {"0 to 15": (0, 16, 0.45), "16 to 64": (16, 65, 1.0), "65 and over": (65, 91, 3.2)}
#: How likely a disabled person is to be in bad health against one who is not.
BAD_HEALTH_ODDS = 14.0


def age_by_disability(town: Town, people: People, figures: Sequence[Figures], seed: int) -> pl.DataFrame:
    """Residents by area, age band and whether they are disabled; older people more often are."""
    ages = people.by_age[PERIODS[1]]
    bands = np.column_stack([ages[:, first:last].sum(axis=1) for first, last, _ in AGE_BANDS.values()])
    odds = [chance for *_, chance in AGE_BANDS.values()]
    disabled = spread(_of(figures, "disabled").count, bands, odds, stream(seed, "age by disability"))
    cells = {(band, "Disabled"): disabled[:, k] for k, band in enumerate(AGE_BANDS)}
    cells |= {(band, "Not disabled"): bands[:, k] - disabled[:, k] for k, band in enumerate(AGE_BANDS)}
    return _table(town, ("age_band", "disability"), cells)


def disability_by_health(town: Town, figures: Sequence[Figures], seed: int) -> pl.DataFrame:
    """Residents by area, whether they are disabled and whether in bad health."""
    disabled, bad = _of(figures, "disabled"), _of(figures, "bad-health").count
    groups = np.column_stack([disabled.count, disabled.denominator - disabled.count])
    ill = spread(bad, groups, [BAD_HEALTH_ODDS, 1.0], stream(seed, "disability by health"))
    names = ("Disabled", "Not disabled")
    cells = {(name, "Bad or very bad"): ill[:, k] for k, name in enumerate(names)}
    cells |= {(name, "Fair or better"): groups[:, k] - ill[:, k] for k, name in enumerate(names)}
    return _table(town, ("disability", "health"), cells)


def spread(total: Ints, room: Ints, odds: Sequence[float], rng: np.random.Generator) -> Ints:
    """Share a number of people an area out over groups, none of which gets more than its room."""
    weight = room * np.asarray(odds)
    found: Ints = np.minimum(rng.multinomial(total, weight / weight.sum(axis=1, keepdims=True)), room)
    for group in range(room.shape[1]):  # who found no room goes where there is some
        found[:, group] += np.minimum(total - found.sum(axis=1), room[:, group] - found[:, group])
    return found


def _of(figures: Sequence[Figures], indicator: str) -> Figures:
    return next(one for one in figures if one.indicator == indicator and one.period == PERIODS[1])


def _table(town: Town, heads: tuple[str, str], cells: Mapping[tuple[str, str], Ints]) -> pl.DataFrame:
    parts = [
        pl.DataFrame({"area_code": town.codes, heads[0]: first, heads[1]: second, "people": count})
        for (first, second), count in cells.items()
    ]
    return pl.concat(parts).sort("area_code", maintain_order=True)
