"""Figures of five years on work, pay and what living costs: what the index of inclusive growth is made of.

In `tables/growth_model.csv` the columns from `deprivation` to `urban` say how strongly a trait moves the figure, and
`growing` how strongly it moves from year to year where the town is building: on the log-odds scale for shares, on the
log scale else. The columns named by years are how far the whole town has moved by then, `noise` is what an area has of
its own, `walk` how far it wanders by itself in a year. A survey asks about `asked` people in each ward. Everything is
invented.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from wholeplace.place.demo import naming
from wholeplace.place.demo.character import Character, standardise, stream
from wholeplace.place.demo.landscape import Floats, Ints
from wholeplace.place.demo.people import PERIODS, People
from wholeplace.place.demo.town import Town
from wholeplace.place.demo.write import write_csv

YEARS = ("2020", "2021", "2022", "2023", "2024")
TRAITS = ("deprivation", "student", "urban")
COUNTS, SURVEY = "jobs_and_benefits.csv.gz", "work_and_pay_wards.csv"
#: Deviation of one person's pay, as a share of the mean.
_SPREAD_OF_PAY = 0.42


def make_growth_figures(town: Town, character: Character, people: People, seed: int) -> dict[str, pl.DataFrame]:
    """The two tables by file name: counts by neighbourhood and year, and what a survey found by ward and year."""
    parts: dict[str, list[pl.DataFrame]] = {"counts": [], "survey": []}
    for row in pl.read_csv(naming.TABLES / "growth_model.csv").iter_rows(named=True):
        make = _counted if row["table"] == "counts" else _asked
        parts[row["table"]] += make(row, town, character, people, seed)
    return {COUNTS: pl.concat(parts["counts"]), SURVEY: pl.concat(parts["survey"])}


def write_growth_figures(tables: dict[str, pl.DataFrame], folder: Path) -> None:
    """Write the tables into a folder."""
    for name, frame in tables.items():
        write_csv(folder / name, frame)


def _paths(row: dict[str, Any], lean: Floats, growing: Floats, rng: np.random.Generator) -> Floats:
    """What each area adds to the base in every year: years x areas."""
    own = lean + row["noise"] * rng.normal(size=len(lean))
    steps = row["growing"] * growing + row["walk"] * rng.normal(size=(len(YEARS), len(lean)))
    steps[0] = 0
    town = np.array([row[year] for year in YEARS])
    path: Floats = own + town[:, None] + np.cumsum(steps, axis=0) / (len(YEARS) - 1) * 2
    return path


def _counted(row: dict[str, Any], town: Town, character: Character, people: People, seed: int) -> list[pl.DataFrame]:
    """Counts of every neighbourhood among all who live there."""
    rng = stream(seed, row["indicator"])
    lean = character.load({trait: row[trait] for trait in TRAITS})
    paths = _paths(row, lean, standardise(character.growth), rng)
    frames = []
    for year, path in zip(YEARS, paths, strict=True):
        total = _in_year(people, row["of"], year)
        if row["kind"] == "events":
            count = rng.poisson(total * row["base"] * np.exp(path))
        else:
            count = rng.binomial(total, 1 / (1 + (1 - row["base"]) / row["base"] * np.exp(-path)))
        columns = {"area_code": town.codes, "count": count, "total": total}
        frames.append(_named(pl.DataFrame(columns), row["indicator"], year))
    return frames


def _in_year(people: People, base: str, year: str) -> Ints:
    """People of a kind in a year, along the line through the two years in which they are counted."""
    first, last = (people.bases[period][base] for period in PERIODS)
    share = (int(year) - int(PERIODS[0])) / (int(PERIODS[1]) - int(PERIODS[0]))
    return np.maximum(np.rint(first + share * (last - first)), 1).astype(np.int64)


def _asked(row: dict[str, Any], town: Town, character: Character, people: People, seed: int) -> list[pl.DataFrame]:
    """What a survey found in every ward: shares of those asked, or a mean with its interval."""
    rng = stream(seed, row["indicator"])
    residents = people.residents(PERIODS[0])
    size = np.bincount(town.ward, residents)

    def of_ward(values: Floats) -> Floats:
        mean: Floats = np.bincount(town.ward, residents * values) / size
        return mean

    lean = of_ward(character.load({trait: row[trait] for trait in TRAITS}))
    paths = _paths(row, lean, standardise(of_ward(character.growth)), rng)
    frames = []
    for year, path in zip(YEARS, paths, strict=True):
        asked = np.maximum(60, rng.poisson(row["asked"] * np.clip(size / size.mean(), 0.5, 2)))
        nothing = pl.lit(None, pl.Float64)
        if row["kind"] == "share":
            count = rng.binomial(asked, 1 / (1 + (1 - row["base"]) / row["base"] * np.exp(-path)))
            frame = pl.DataFrame({"ward_code": town.ward_codes, "count": count, "total": asked}).with_columns(
                nothing.alias("value"), nothing.alias("lower95"), nothing.alias("upper95")
            )
        else:
            mean = row["base"] * np.exp(path)
            error = _SPREAD_OF_PAY * mean / np.sqrt(asked)
            value = mean + rng.normal(size=len(mean)) * error
            sides = {"value": value, "lower95": value - 1.96 * error, "upper95": value + 1.96 * error}
            frame = pl.DataFrame({"ward_code": town.ward_codes} | {name: np.round(x, 1) for name, x in sides.items()})
            frame = frame.with_columns(pl.lit(None, pl.Int64).alias("count"), pl.lit(None, pl.Int64).alias("total"))
        order = ("ward_code", "count", "total", "value", "lower95", "upper95")
        frames.append(_named(frame.select(order), row["indicator"], year))
    return frames


def _named(frame: pl.DataFrame, indicator: str, year: str) -> pl.DataFrame:
    frame = frame.insert_column(1, pl.lit(year).alias("year"))
    return frame.insert_column(2, pl.lit(indicator).alias("indicator"))
