"""Figures of every indicator: drawn from the areas' traits by the rules of `tables/model.csv`, then given honest gaps.

In that table `of` names the denominator, the columns from `deprivation` to `remote` say how strongly each trait moves
the indicator (on the log-odds scale for shares, the log scale for rates and `log`, else in the unit), `change` how
far it moves from the first period to the second, `noise` how much is its own. `hide_below` is the smallest count that
is shown, `missing` the share of areas with a gap, `not_collected` the share of wards left out of the first period,
`sample` the number of people asked in each area.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.place.demo import naming
from wholeplace.place.demo.character import Character, stream
from wholeplace.place.demo.landscape import Floats, Ints
from wholeplace.place.demo.people import OLD_PERIOD, PERIODS, People
from wholeplace.place.demo.town import Town

TRAITS = ("deprivation", "age", "student", "urban", "terraces", "remote")
Texts = NDArray[np.str_]


@dataclass(frozen=True)
class Figures:
    """One indicator in one period. A cell that `status` marks Q, O or L has NaN or -1 in every other array.

    `count`, `denominator` are empty when the indicator has none, as are `lower95`, `upper95`.
    """

    indicator: str
    table: str
    period: str
    value: Floats
    status: Texts
    count: Ints
    denominator: Ints
    lower95: Floats
    upper95: Floats


_NO_INTS = np.array([], dtype=np.int64)
_NO_FLOATS = np.array([], dtype=np.float64)
_LOW_SAMPLE = 60


def make_figures(town: Town, character: Character, people: People, seed: int) -> list[Figures]:
    """Figures of every indicator of the model table for today's areas and both periods, in the table's order."""
    model = pl.read_csv(naming.TABLES / "model.csv")
    return [
        _draw(row, period, _predictor(row, character, period, seed), town, people, seed)
        for row in model.iter_rows(named=True)
        for period in PERIODS
    ]


def make_old_figures(town: Town, character: Character, people: People, seed: int) -> pl.DataFrame:
    """Two shares of the period before, in the areas of the older vintage: area_code, indicator, count, total."""
    model = pl.read_csv(naming.TABLES / "model.csv")
    bases = {"residents": people.old_residents, "working-age": people.old_working_age}
    parts = []
    for row in model.filter(pl.col("indicator").is_in(["income-deprived", "out-of-work"])).iter_rows(named=True):
        chance = _chance(row["base"], _predictor(row, character, OLD_PERIOD, seed))
        atoms = town.atom_cells.astype(float)
        mean = np.bincount(town.atom_old, atoms * chance[town.atom_area]) / np.bincount(town.atom_old, atoms)
        total = bases[row["of"]]
        count = stream(seed, f"{row['indicator']} {OLD_PERIOD}").binomial(total, mean)
        columns = {"area_code": town.old_codes, "count": count, "total": total}
        parts.append(pl.DataFrame(columns).insert_column(1, pl.lit(row["indicator"]).alias("indicator")))
    return pl.concat(parts)


def _predictor(row: dict[str, object], character: Character, period: str, seed: int) -> Floats:
    """What the traits, the indicator's own pattern and time add to its base."""
    name, noise = str(row["indicator"]), float(str(row["noise"]))
    rng = stream(seed, name)
    areas = len(character.growth)
    total = character.load({trait: float(str(row[trait])) for trait in TRAITS})
    total += noise * (0.75 * character.smooth(rng.normal(size=areas), 3) + 0.65 * rng.normal(size=areas))
    local_change = noise * (0.3 * character.smooth(rng.normal(size=areas)) + 0.25 * rng.normal(size=areas))
    years = (int(period) - int(PERIODS[0])) / (int(PERIODS[1]) - int(PERIODS[0]))
    return total + years * (float(str(row["change"])) + local_change)


def _chance(base: float, predictor: Floats) -> Floats:
    chance: Floats = 1 / (1 + (1 - base) / base * np.exp(-predictor))
    return chance


def _draw(
    row: dict[str, object], period: str, predictor: Floats, town: Town, people: People, seed: int
) -> Figures:
    """Draw the figures of one indicator in one period."""
    name, kind, base = str(row["indicator"]), str(row["kind"]), float(str(row["base"]))
    rng = stream(seed, f"{name} {period}")
    denominator, count, lower, upper = _NO_INTS, _NO_INTS, _NO_FLOATS, _NO_FLOATS
    if kind in {"share", "events"}:
        denominator = people.bases[period][str(row["of"])]
        if kind == "share":
            count = rng.binomial(denominator, _chance(base, predictor))
        else:
            count = rng.poisson(denominator * base * np.exp(predictor))
        value = count / denominator
    elif kind == "survey-share":
        value, lower, upper = _survey_share(_chance(base, predictor), _sample(row, rng, len(predictor)), rng)
    else:
        value = base * np.exp(predictor) if kind == "log" else base + predictor
        if kind == "survey-level":
            error = 1.75 / np.sqrt(_sample(row, rng, len(predictor)))
            value = value + rng.normal(size=len(value)) * error
            lower, upper = value - 1.96 * error, value + 1.96 * error
        if row["least"] is not None:
            least, most = float(str(row["least"])), float(str(row["most"]))
            value, lower, upper = (np.clip(part, least, most) for part in (value, lower, upper))
    status = _gaps(row, period, count, town, rng)
    shown = status == "A"
    if len(lower):
        status[shown & (_sample_is_small(lower, upper))] = "U"
    value, lower, upper = (np.where(shown, part, np.nan) if len(part) else part for part in (value, lower, upper))
    count = np.where(shown, count, -1) if len(count) else count
    return Figures(name, str(row["table"]), period, value, status, count, denominator, lower, upper)


def _sample(row: dict[str, object], rng: np.random.Generator, areas: int) -> Ints:
    """People asked in each area."""
    return np.maximum(25, rng.poisson(float(str(row["sample"])) * np.exp(rng.normal(0, 0.3, areas))))


def _survey_share(chance: Floats, sample: Ints, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """A share in % as a survey model would give it, with an interval on the log-odds scale."""
    error = 0.8 / np.sqrt(sample * chance * (1 - chance))
    middle = np.log(chance / (1 - chance)) + rng.normal(size=len(chance)) * error
    value, lower, upper = (100 / (1 + np.exp(-(middle + step * error))) for step in (0, -1.96, 1.96))
    return value, lower, upper


def _sample_is_small(lower: Floats, upper: Floats) -> NDArray[np.bool_]:
    """The widest tenth of the intervals: published, but marked as of low reliability."""
    width = upper - lower
    wide: NDArray[np.bool_] = width > np.quantile(width, 0.9)
    return wide


def _gaps(row: dict[str, object], period: str, count: Ints, town: Town, rng: np.random.Generator) -> Texts:
    """Status of each cell: Q where a small count is hidden, O where a figure is missing, L where none was collected."""
    status = np.full(len(town.codes), "A")
    if row["hide_below"] is not None:
        status[(count > 0) & (count < int(str(row["hide_below"])))] = "Q"
    if row["missing"] is not None:
        status[rng.uniform(size=len(status)) < float(str(row["missing"]))] = "O"
    if row["not_collected"] is not None and period == PERIODS[0]:
        wards = len(town.ward_codes)
        without = rng.permutation(wards)[: max(1, round(float(str(row["not_collected"])) * wards))]
        status[np.isin(town.ward, without)] = "L"
    return status


def make_life_expectancy(town: Town, character: Character, people: People, seed: int) -> pl.DataFrame:
    """Life expectancy of wards over two spans of five years: a long table with intervals and status codes."""
    rng = stream(seed, "life-expectancy")
    residents = people.residents(PERIODS[0])
    size = np.bincount(town.ward, residents)
    effect = -2.1 * character.traits["deprivation"] - 0.5 * character.traits["terraces"]
    middle = 81.4 + np.bincount(town.ward, residents * effect) / size + rng.normal(0, 0.35, len(size))
    parts = []
    for period, shift in (("2015/2019", 0.15), ("2020/2024", -0.1)):
        error = 0.62 * np.sqrt(9_000 / size)
        value = middle + shift + rng.normal(size=len(size)) * error
        status = np.where(size < np.quantile(size, 0.12), "U", "P" if period == "2020/2024" else "A")
        chosen = rng.permutation(len(size))
        if period == "2015/2019":
            status[chosen[: max(1, len(size) // 12)]] = "E"
            status[chosen[-1]] = "L"
        else:
            status[np.argmin(size)] = "Q"
        shown = ~np.isin(status, ["L", "Q"])
        columns = {"value": value, "lower95": value - 1.96 * error, "upper95": value + 1.96 * error}
        frame = pl.DataFrame({"ward_code": town.ward_codes} | columns).with_columns(
            pl.when(pl.Series(shown)).then(pl.col(name).round(1)) for name in columns
        )
        frame = frame.with_columns(status=pl.Series(status.astype(str))).insert_column(1, pl.lit(period).alias("period"))
        parts.append(frame)
    return pl.concat(parts)
