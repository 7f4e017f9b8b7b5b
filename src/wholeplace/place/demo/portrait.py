"""Figures that the doughnut portrait and the digital bars need beside those of the model table.

Answers of residents are counts of those asked, adults or women, so that their intervals carry to wards and to the town;
the rest are counts of households and modelled means without an interval. In `tables/portrait_model.csv` the columns
from `deprivation` to `remote` say how strongly a trait moves the figure: on the log-odds scale for shares, on the log
scale for means. Everything is invented.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from wholeplace.place.demo import naming
from wholeplace.place.demo.character import Character, stream
from wholeplace.place.demo.people import PERIODS, People
from wholeplace.place.demo.town import Town
from wholeplace.place.demo.write import write_csv

TRAITS = ("deprivation", "age", "urban", "remote")
PERIOD = PERIODS[1]
#: Adults asked in an area, on average.
ASKED = 42
#: How many of those asked are women.
WOMEN = 0.52


def make_portrait_figures(town: Town, character: Character, people: People, seed: int) -> dict[str, pl.DataFrame]:
    """The tables of the portrait by file name."""
    shares, wide = [], {"area_code": town.codes}
    households = people.bases[PERIOD]["households"]
    asked = np.maximum(18, stream(seed, "adults asked").poisson(ASKED, len(town.codes)))
    women = np.maximum(5, stream(seed, "women asked").binomial(asked, WOMEN))
    totals = {"answers": asked, "women": women, "homes": households}
    for row in pl.read_csv(naming.TABLES / "portrait_model.csv").iter_rows(named=True):
        rng = stream(seed, row["indicator"])
        own = row["noise"] * character.smooth(rng.normal(size=len(town.codes)), 3)
        lean = character.load({trait: row[trait] for trait in TRAITS}) + own
        if row["file"] == "land":
            wide[row["indicator"].replace("-", "_")] = np.round(row["base"] * np.exp(lean), 1)
            continue
        chance = 1 / (1 + (1 - row["base"]) / row["base"] * np.exp(-lean))
        total = totals[row["file"]]
        columns = {"area_code": town.codes, "count": rng.binomial(total, chance), "total": total}
        shares.append(pl.DataFrame(columns).insert_column(1, pl.lit(row["indicator"]).alias("indicator")))
    return {f"residents_asked_{PERIOD}.csv": pl.concat(shares), f"land_and_water_{PERIOD}.csv": pl.DataFrame(wide)}


def write_portrait_figures(tables: dict[str, pl.DataFrame], folder: Path) -> None:
    """Write the tables into a folder."""
    for name, frame in tables.items():
        write_csv(folder / name, frame)
