"""England's indices of deprivation worked out again from their published domain ranks, all areas of the country.

Published tables: File 7 of IoD 2025 and Files 2 and 9 of IoD 2019 (Ministry of Housing, Communities and Local
Government, Open Government Licence v3.0). Needs WHOLEPLACE_DATA.
"""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest
from tests.measure.small_places import index_spec, indicators_text, leaf, write_files

from wholeplace.measure import build_index
from wholeplace.place import open_place

pytestmark = pytest.mark.real
#: As printed, 99.9 per cent in all: technical report of 2019, table 3.2; unchanged in 2025.
WEIGHTS = {"income": 0.225, "employment": 0.225, "education": 0.135, "health": 0.135, "crime": 0.093}
YEARS = {
    "2025": ("iod2025_lsoa21.csv.gz", "lsoa21_code", ("housing_and_services", "environment")),
    "2019": ("iod2019_lsoa11.csv.gz", "lsoa11_code", ("barriers", "environment")),
}


def england(folder: Path, year: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The index of one year as built, and the published table, both in order of code."""
    name, key, others = YEARS[year]
    domains = WEIGHTS | dict.fromkeys(others, 0.093)
    ids = {domain: domain.replace("_", "-") for domain in domains}
    columns = ", ".join(f'{domain}_rank = "{ids[domain]}"' for domain in domains)
    text = '[place]\ncode = "E92000001"\nname = "England"\n\n[[geography]]\nid = "a"\nname = "LSOAs"\n'
    text += f'\n[[table]]\nfile = "${{WHOLEPLACE_DATA}}/england/{name}"\ngeography = "a"\nkey = "{key}"\n'
    text += f'period = "{year}"\ncolumns = {{ {columns} }}\n'
    kinds = {"indicators/indicators.csv": indicators_text(dict.fromkeys(ids.values(), "rank"))}
    place = open_place(write_files(folder, {"place.toml": text, **kinds}))
    parts = [leaf(ids[domain], weight, direction="high-is-better") for domain, weight in domains.items()]
    built = build_index(place, index_spec(*parts, period=year, normalise={"method": "exponential-rank"})).frame
    path = Path(os.environ["WHOLEPLACE_DATA"]) / "england" / name
    columns_wanted = [key, "imd_score", "imd_rank", "imd_decile"]
    return built, pl.read_csv(path, columns=columns_wanted).sort(key).rename({key: "area"})


def test_imd_2025_of_all_england_is_exact(tmp_path: Path) -> None:
    built, published = england(tmp_path, "2025")
    assert built.height == 33_755
    assert built["area"].equals(published["area"])
    assert (built["score"].round(3) - published["imd_score"]).abs().max() < 1e-9
    assert built["rank"].equals(published["imd_rank"], check_names=False)
    assert built["decile"].equals(published["imd_decile"], check_names=False)


def test_imd_2019_of_all_england_is_as_near_as_single_precision(tmp_path: Path) -> None:
    """The publisher worked in single precision, so that scores differ in the fourth decimal."""
    built, published = england(tmp_path, "2019")
    assert built.height == 32_844
    assert (built["score"] - published["imd_score"]).abs().max() <= 0.0006
    by_rank = published["imd_rank"].to_numpy()
    assert (-(-10 * by_rank // built.height)).tolist() == published["imd_decile"].to_list()
    assert (built["decile"] != published["imd_decile"]).sum() <= 2
