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
class Rule:
    """How one indicator is drawn: a row of the model table; None or 0 where a rule does not apply."""

    indicator: str
    table: str
    kind: str
    base: float
    of: str
    change: float
    loadings: dict[str, float]
    noise: float
    least: float | None
    most: float | None
    hide_below: int
    missing: float
    not_collected: float
    sample: int


def read_rules() -> list[Rule]:
    """Read the model table, in its order."""
    rules = []
    for row in pl.read_csv(naming.TABLES / "model.csv").iter_rows(named=True):
        loadings = {trait: row.pop(trait) for trait in TRAITS}
        for name in ("hide_below", "missing", "not_collected", "sample"):
            row[name] = row[name] or 0
        rules.append(Rule(loadings=loadings, **row))
    return rules


@dataclass(frozen=True)
class Figures:
    """One indicator in one period; a cell that `status` marks Q, O or L has the value NaN and the count -1.

    Status U marks the widest tenth of published intervals. Arrays that an indicator does not have are empty.
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


def make_figures(town: Town, character: Character, people: People, seed: int) -> list[Figures]:
    """Figures of every indicator of the model table for today's areas and both periods, in the table's order."""
    return [
        _draw(rule, period, _predictor(rule, character, period, seed), town, people, seed)
        for rule in read_rules()
        for period in PERIODS
    ]


def make_old_figures(town: Town, character: Character, people: People, seed: int) -> pl.DataFrame:
    """Two shares of the period before, in the areas of the older vintage: area_code, indicator, count, total."""
    bases = {"income-deprived": people.old_residents, "out-of-work": people.old_working_age}
    homes = town.atom_cells.astype(float)
    parts = []
    for rule in read_rules():
        if rule.indicator not in bases:
            continue
        chance = _chance(rule.base, _predictor(rule, character, OLD_PERIOD, seed))[town.atom_area]
        mean = np.bincount(town.atom_old, homes * chance) / np.bincount(town.atom_old, homes)
        total = bases[rule.indicator]
        count = stream(seed, f"{rule.indicator} {OLD_PERIOD}").binomial(total, mean)
        frame = pl.DataFrame({"area_code": town.old_codes, "count": count, "total": total})
        parts.append(frame.insert_column(1, pl.lit(rule.indicator).alias("indicator")))
    return pl.concat(parts)


def _predictor(rule: Rule, character: Character, period: str, seed: int) -> Floats:
    """What the traits, the indicator's own pattern on the map and time add to its base."""
    rng = stream(seed, rule.indicator)
    areas = len(character.growth)
    own = 0.75 * character.smooth(rng.normal(size=areas), 3) + 0.65 * rng.normal(size=areas)
    local_change = 0.3 * character.smooth(rng.normal(size=areas)) + 0.25 * rng.normal(size=areas)
    spans = (int(period) - int(PERIODS[0])) / (int(PERIODS[1]) - int(PERIODS[0]))
    change = rule.change + rule.noise * local_change
    return character.load(rule.loadings) + rule.noise * own + spans * change


def _chance(base: float, predictor: Floats) -> Floats:
    chance: Floats = 1 / (1 + (1 - base) / base * np.exp(-predictor))
    return chance


def _draw(rule: Rule, period: str, predictor: Floats, town: Town, people: People, seed: int) -> Figures:
    """Draw the figures of one indicator in one period."""
    rng = stream(seed, f"{rule.indicator} {period}")
    denominator, count, lower, upper = _NO_INTS, _NO_INTS, _NO_FLOATS, _NO_FLOATS
    if rule.kind in {"share", "events"}:
        denominator = people.bases[period][rule.of]
        if rule.kind == "share":
            count = rng.binomial(denominator, _chance(rule.base, predictor))
        else:
            count = rng.poisson(denominator * rule.base * np.exp(predictor))
        value = count / denominator
    elif rule.kind == "survey-share":
        value, lower, upper = _survey_share(_chance(rule.base, predictor), _sample(rule, rng, len(predictor)), rng)
    elif rule.kind == "survey-level":
        error = 1.75 / np.sqrt(_sample(rule, rng, len(predictor)))
        value = rule.base + predictor + rng.normal(size=len(predictor)) * error
        lower, upper = value - 1.96 * error, value + 1.96 * error
    else:
        value = rule.base * np.exp(predictor) if rule.kind == "log" else rule.base + predictor
    if rule.least is not None:
        value, lower, upper = (np.clip(part, rule.least, rule.most) for part in (value, lower, upper))
    status = _status(rule, period, count, town, rng)
    shown = status == "A"
    value, lower, upper = (np.where(shown, part, np.nan) if len(part) else part for part in (value, lower, upper))
    if len(lower):
        width = np.round(upper - lower, 9)  # equal widths stay equal on every processor
        status[width > np.nanquantile(width, 0.9)] = "U"
    count = np.where(shown, count, -1) if len(count) else count
    return Figures(rule.indicator, rule.table, period, value, status, count, denominator, lower, upper)


def _sample(rule: Rule, rng: np.random.Generator, areas: int) -> Ints:
    """People asked in each area."""
    return np.maximum(25, rng.poisson(rule.sample * np.exp(rng.normal(0, 0.3, areas))))


def _survey_share(chance: Floats, sample: Ints, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """A share in % as a survey model would give it, with an interval that is even on the log-odds scale."""
    error = 0.8 / np.sqrt(sample * chance * (1 - chance))
    middle = np.log(chance / (1 - chance)) + rng.normal(size=len(chance)) * error
    value, lower, upper = (100 / (1 + np.exp(-(middle + step * error))) for step in (0, -1.96, 1.96))
    return value, lower, upper


def _status(rule: Rule, period: str, count: Ints, town: Town, rng: np.random.Generator) -> Texts:
    """Status of each cell: Q where a small count is hidden, O where a figure is missing, L where none was collected."""
    status = np.full(len(town.codes), "A")
    if rule.hide_below:
        status[(count > 0) & (count < rule.hide_below)] = "Q"
    missing = rng.uniform(size=len(status)) < rule.missing
    missing[np.unique(town.ward, return_index=True)[1]] = False  # no ward is wholly without a figure
    status[missing] = "O"
    if rule.not_collected and period == PERIODS[0]:
        wards = len(town.ward_codes)
        without = rng.permutation(wards)[: max(1, round(rule.not_collected * wards))]
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
        frame = frame.with_columns(pl.Series("status", status.astype(str)))
        parts.append(frame.insert_column(1, pl.lit(period).alias("period")))
    return pl.concat(parts)
