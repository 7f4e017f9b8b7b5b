"""The demo place: the same every time, a whole tessellation, figures that add up and hang together."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import shapely

from wholeplace.errors import WholeplaceError
from wholeplace.measure.values.by_age import read_by_age
from wholeplace.place import Findings, Place, SeriesKey, open_place, read_place
from wholeplace.place.demo import LEAST_AREAS, MOST_AREAS, make_demo
from wholeplace.place.demo.folder import Demo, invent

AREAS, SEED = 120, 1  # of the town in conftest.py


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def place(folder: Path) -> Place:
    return open_place(folder)


def values(place: Place, indicator: str, period: str = "2024", geography: str = "neighbourhood") -> pl.DataFrame:
    return place.series[SeriesKey(geography, indicator, period)].frame.sort("area")


def long_rows(folder: Path) -> Iterator[dict[str, str]]:
    """Every row of the long tables of counts, as text."""
    for file in ("income_and_work.csv", "homes.csv", "digital.csv", "hospital.csv", "crime.csv"):
        with (folder / "indicators" / "values" / file).open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)


# --- the same every time


def test_same_arguments_give_same_bytes_in_another_process_with_other_settings(tmp_path: Path) -> None:
    make_demo(tmp_path / "here", areas=LEAST_AREAS, seed=4)
    code = "import sys; from pathlib import Path; from wholeplace.place.demo import make_demo; "
    code += f"make_demo(Path(sys.argv[1]), areas={LEAST_AREAS}, seed=4)"
    other = {
        "PYTHONHASHSEED": "7",
        "POLARS_MAX_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
    }
    there = tmp_path / "there"
    subprocess.run([sys.executable, "-c", code, str(there)], check=True, env=os.environ | other)
    assert digests(tmp_path / "here") == digests(there)


def test_another_processor_gives_the_same_bytes(tmp_path: Path) -> None:
    """What numpy does in wide registers differs in the last digit from one processor to the next.

    Without care for it 37 files of this town came out otherwise. Here the wide registers are turned off.
    """
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    code = "import sys; from pathlib import Path; from wholeplace.place.demo import make_demo; "
    code += "make_demo(Path(sys.argv[1]), areas=300, seed=1)"
    narrow = " ".join(one for one in __cpu_dispatch__ if __cpu_features__.get(one))
    made = []
    for name, env in (("wide", {}), ("narrow", {"NPY_DISABLE_CPU_FEATURES": narrow})):
        subprocess.run([sys.executable, "-c", code, str(tmp_path / name)], check=True, env=os.environ | env)
        made.append(digests(tmp_path / name))
    assert made[0] == made[1]


def test_another_seed_gives_another_town(demo: Demo) -> None:
    other = invent(AREAS, SEED + 1)
    assert not np.array_equal(demo.people.residents("2024"), other.people.residents("2024"))
    assert shapely.to_wkb(demo.town.boundaries[0]) != shapely.to_wkb(other.town.boundaries[0])


def test_written_over_itself_but_not_over_anything_else(folder: Path, tmp_path: Path) -> None:
    make_demo(tmp_path, areas=LEAST_AREAS)
    first = digests(tmp_path)
    (tmp_path / "README.md").write_text("edited", encoding="utf-8")
    make_demo(tmp_path, areas=LEAST_AREAS)
    assert digests(tmp_path) == first
    (tmp_path / "place.toml").write_text('[place]\ncode = "E08000035"\nname = "Leeds"\n', encoding="utf-8")
    with pytest.raises(WholeplaceError, match="something else than a demo place"):
        make_demo(tmp_path, areas=LEAST_AREAS)


@pytest.mark.parametrize("areas", [LEAST_AREAS - 1, MOST_AREAS + 1, 0, -1])
def test_sizes_outside_the_limits_are_refused_before_anything_is_written(areas: int, tmp_path: Path) -> None:
    with pytest.raises(WholeplaceError, match="60 to 33,000 areas"):
        make_demo(tmp_path / "town", areas=areas)
    assert not (tmp_path / "town").exists()


def test_a_folder_that_cannot_be_made_is_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(WholeplaceError, match="cannot write"):
        make_demo(tmp_path / "file" / "town", areas=LEAST_AREAS)


def test_negative_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="seed is a whole number of 0 or more, not -1"):
        make_demo(tmp_path / "town", seed=-1)


# --- the land


def test_areas_tile_the_town(demo: Demo) -> None:
    town = demo.town
    for shapes in (town.boundaries, town.old_boundaries, town.ward_boundaries, town.grid_boundaries):
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)  # no overlap, no gap along a border, corners shared
        whole = shapely.union_all(shapes)
        assert whole.geom_type == "Polygon"
        assert len(whole.interiors) == 0
        assert shapely.area(shapes).sum() == pytest.approx(whole.area, rel=1e-12)
    assert shapely.equals_exact(
        shapely.normalize(shapely.coverage_union_all(town.boundaries)),
        shapely.normalize(shapely.coverage_union_all(town.old_boundaries)),
    )


@pytest.mark.parametrize(("areas", "seed"), [(60, 3), (97, 8), (700, 2)])
def test_other_sizes_tile_too(areas: int, seed: int) -> None:
    from wholeplace.place.demo.town import make_town

    town = make_town(areas, np.random.default_rng(seed))
    assert len(set(town.codes)) == len(set(town.names)) == areas
    assert len(set(town.ward_names)) == len(town.ward_codes)
    for shapes in (town.boundaries, town.old_boundaries, town.ward_boundaries):
        assert (shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON).all()
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)


def test_wards_are_whole_groups_of_neighbouring_areas(demo: Demo) -> None:
    town = demo.town
    assert (shapely.get_type_id(town.ward_boundaries) == shapely.GeometryType.POLYGON).all()  # in one piece
    area = shapely.area(town.grid_boundaries)
    assert np.bincount(town.ward, area) == pytest.approx(shapely.area(town.ward_boundaries))
    assert len(set(town.ward_names)) == len(town.ward_names) == AREAS / 6


def test_small_areas_in_the_middle_and_large_ones_outside(demo: Demo) -> None:
    out_m = np.hypot(*demo.town.middles.T)
    km2 = shapely.area(demo.town.grid_boundaries) / 1e6
    near, far = out_m < np.quantile(out_m, 0.25), out_m > np.quantile(out_m, 0.75)
    assert np.median(km2[far]) > 3 * np.median(km2[near])


def test_codes_cannot_be_taken_for_real_ones(folder: Path) -> None:
    wards = pl.read_csv(folder / "areas" / "neighbourhood_to_ward.csv")
    assert wards["area_code"].str.contains(r"^X01\d{6}$").all()
    assert wards["ward_code"].str.contains(r"^X05\d{6}$").all()
    assert wards["area_name"].str.contains(r"^Harrowmere \d{3}[A-Z]$").all()
    postcodes = pl.read_csv(folder / "areas" / "postcodes.csv.gz")
    assert postcodes["postcode"].str.contains(r"^ZX\d{1,2} [1-9][A-Z]{2}$").all()
    assert postcodes["postcode"].is_unique().all()


def test_postcodes_lie_in_their_area(demo: Demo) -> None:
    frame = demo.postcodes.frame
    points = shapely.points(frame["lon"].to_numpy(), frame["lat"].to_numpy())
    # Borders are drawn without their finest turns (8 m, about 0.0001 degrees), so a few lie just across.
    apart = shapely.distance(points, demo.town.boundaries[demo.postcodes.area])
    assert (apart > 0).mean() < 0.01
    assert apart.max() < 0.0005
    households = demo.people.households["2024"].sum()
    assert 15 < households / len(points) < 20


def test_old_areas_are_split_merged_or_unchanged(demo: Demo, folder: Path) -> None:
    lookup = pl.read_csv(folder / "areas" / "neighbourhood11_to_neighbourhood.csv")
    changes = lookup["change_code"].value_counts()
    assert set(changes["change_code"]) == {"U", "S", "M"}
    same = lookup.filter(pl.col("change_code") == "U")
    assert (same["area11_code"] == same["area_code"]).all()
    assert set(lookup["area_code"]) == set(demo.town.codes.tolist())
    assert set(lookup["area11_code"]) == set(demo.town.old_codes.tolist())
    changed = lookup.filter(pl.col("change_code") != "U")
    assert not set(changed["area11_code"]) & set(demo.town.codes.tolist())  # a changed area has a new code


# --- the people


def test_population_reconciles_exactly(demo: Demo, folder: Path) -> None:
    for file, period in (("population_2021.csv", "2021"), ("population_2024.csv.gz", "2024")):
        table = pl.read_csv(folder / "indicators" / "values" / file)
        by_age = table.select(pl.sum_horizontal([f"age_{age}" for age in range(90)] + ["age_90plus"])).to_series()
        assert (by_age == table["all_ages"]).all()
        residents = dict(zip(table["area_code"], table["all_ages"], strict=True))
        households = dict(zip(table["area_code"], table["households"], strict=True))
        bases = {"violence": residents, "income-deprived": residents, "burglary": households, "no-computer": households}
        checked = 0
        for row in long_rows(folder):
            if row["period"] == period and row["indicator"] in bases:
                assert int(row["total"]) == bases[row["indicator"]][row["area_code"]]
                checked += 1
        assert checked == 4 * AREAS
    before = demo.people.old_residents.sum()
    assert before == pytest.approx(demo.people.residents("2021").sum(), rel=0.03)


def test_people_are_as_many_and_as_old_as_people_are(demo: Demo) -> None:
    residents, by_age = demo.people.residents("2024"), demo.people.by_age["2024"]
    assert 1_350 < residents.mean() < 1_650
    older = by_age[:, 65:].sum(axis=1) / residents
    assert 0.15 < by_age[:, 65:].sum() / residents.sum() < 0.22
    assert np.quantile(older, 0.05) > 0.03
    assert older.max() < 0.45
    assert 0.16 < by_age[:, :16].sum() / residents.sum() < 0.22


# --- the figures


def test_read_without_error_or_warning_and_indices_build(folder: Path, place: Place) -> None:
    from wholeplace.measure import build_index

    findings = Findings()
    read_place(folder, findings, today=dt.date(2026, 11, 1))
    assert [str(finding) for finding in findings.items if finding.level != "notice"] == []
    for path in sorted((folder / "indices").glob("*.toml")):
        assert build_index(place, path).frame["score"].null_count() == 0


def test_indices_name_indicators_that_exist(folder: Path) -> None:
    known = set(pl.read_csv(folder / "indicators" / "indicators.csv")["id"])
    used = {"deprivation": 22, "digital-exclusion": 12, "within-limits": 13, "vitality": 10,
            "inclusive-growth": 9}  # fmt: skip

    def leaves(parts: list[dict[str, object]]) -> Iterator[str]:
        for part in parts:
            below = part.get("part")
            if isinstance(below, list):
                yield from leaves(below)
            else:
                yield str(part["indicator"])

    for id_, count in used.items():
        index = tomllib.loads((folder / "indices" / f"{id_}.toml").read_text(encoding="utf-8"))
        named = list(leaves(index["part"]))
        assert len(named) == len(set(named)) == count
        assert set(named) <= known


def test_all_value_types_formats_and_statuses_are_there(folder: Path, place: Place) -> None:
    indicators = pl.read_csv(folder / "indicators" / "indicators.csv")
    assert {"count", "proportion", "rate", "mean", "ratio", "score"} <= set(indicators["value_type"])
    assert {"share", "%", "per 1,000 residents"} <= set(indicators["unit"])
    assert indicators["caveats"].str.starts_with("Invented data").all()
    suffixes = {path.suffix for path in folder.rglob("*") if path.is_file()}
    assert {".csv", ".gz", ".xlsx", ".parquet", ".geojson", ".gpkg", ".toml", ".md"} == suffixes
    statuses = set[str]().union(*(series.frame["status"].unique().to_list() for series in place.series.values()))
    assert {"A", "Q", "O", "L", "U", "E", "P"} <= statuses


def test_hidden_cells_have_no_value_and_zero_is_shown(folder: Path, demo: Demo) -> None:
    rows = [row for row in long_rows(folder) if row["count"] in {"*", ""}]
    assert {row.get("status") for row in rows if row["count"] == ""} == {"Q", "O", "L"}
    hidden = [row for row in long_rows(folder) if row["indicator"] == "homeless-households" and row["status"] == "Q"]
    assert hidden
    assert all(row["count"] == "" for row in hidden)
    for figures in demo.figures:
        off = np.isin(figures.status, ["Q", "O", "L"])
        assert np.isnan(figures.value[off]).all()
        assert not np.isnan(figures.value[~off]).any()
        if len(figures.count):
            assert (figures.count[off] == -1).all()
    small = {"pensioner-poverty", "homeless-households", "young-not-in-work"}
    shown = [int(row["count"]) for row in long_rows(folder) if row["indicator"] in small and row["count"].isdigit()]
    assert not {1, 2, 3, 4} & set(shown)


def test_readme_counts_the_faults(folder: Path, demo: Demo) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    hidden = sum(int((figures.status == "Q").sum()) for figures in demo.figures)
    hidden += demo.life_expectancy.filter(pl.col("status") == "Q").height
    hidden += demo.deaths.filter(pl.col("count") == "*").height
    last = next(line for line in text.splitlines() if line.startswith("| all |"))
    assert last.split("|")[2].strip() == f"{hidden:,}"
    assert "Nothing here is real" in text


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("income-deprived", "child-poverty", 0.7, 1.0),
        ("income-deprived", "household-income", -1.0, -0.6),
        ("income-deprived", "school-attainment", -1.0, -0.5),
        ("income-deprived", "violence", 0.4, 1.0),
        ("no-computer", "no-digital-skills", 0.3, 1.0),
        ("no-car", "owner-occupied", -1.0, -0.4),
        ("surgery-minutes", "density", -1.0, -0.3),
        ("nitrogen-dioxide", "density", 0.4, 1.0),
        ("download-speed", "surgery-minutes", -1.0, -0.3),
        ("life-satisfaction", "bad-health", -1.0, -0.2),
    ],
)
def test_indicators_go_together_as_they_do_in_towns(
    place: Place, one: str, other: str, least: float, most: float
) -> None:
    from scipy.stats import spearmanr

    both = values(place, one).join(values(place, other), on="area").select("value", "value_right").drop_nulls()
    assert least <= spearmanr(both["value"], both["value_right"]).statistic <= most


@pytest.mark.parametrize(
    ("indicator", "unit", "low", "middle_low", "middle_high", "high"),
    [
        ("income-deprived", "share", 0.005, 0.07, 0.15, 0.7),
        ("fuel-poverty", "%", 1, 9, 17, 50),
        ("disabled", "%", 5, 14, 21, 40),
        ("household-income", "GBP", 12_000, 36_000, 48_000, 100_000),
        ("violence", "per 1,000", 0, 15, 40, 400),
        ("life-satisfaction", "points", 4, 7, 8, 9.5),
        ("nitrogen-dioxide", "µg/m3", 3, 8, 16, 45),
    ],
)
def test_figures_are_of_a_believable_size(
    place: Place, indicator: str, unit: str, low: float, middle_low: float, middle_high: float, high: float
) -> None:
    value = values(place, indicator)["value"].drop_nulls()
    assert low <= value.min() <= value.max() <= high
    assert middle_low <= value.median() <= middle_high


def test_life_expectancy_is_for_wards_with_intervals(place: Place) -> None:
    frame = values(place, "life-expectancy", "2020/2024", "ward").drop_nulls("value")
    assert frame["value"].is_between(74, 88).all()
    assert (frame["lower95"] < frame["value"]).all()
    assert (frame["value"] < frame["upper95"]).all()


def test_deaths_by_age_give_about_the_published_life_expectancy_and_hide_what_it_hides(
    folder: Path, place: Place
) -> None:
    # Deaths are whole numbers and the published figures have one decimal: in a ward of a hundred deaths that is 0.2 years.
    table = read_by_age(folder / "indicators" / "values" / "deaths_by_age_wards.csv", place)
    published = values(place, "life-expectancy", "2020/2024", "ward")
    found = table.life_expectancy().filter(pl.col("area") != place.settings.code).sort("area")
    assert (found["status"] == "Q").to_list() == (published["status"] == "Q").to_list()
    assert (found["value"] - published["value"]).drop_nulls().abs().max() < 0.35
    # person-years are five times the mean of the two years' residents, each band rounded to a whole number
    residents = sum(values(place, "residents", period)["value"].sum() for period in ("2021", "2024")) / 2
    assert table.population[-1].sum() == pytest.approx(5 * residents, abs=table.population.size / 2)


def test_deaths_of_women_and_men_add_up_and_women_live_longer(folder: Path, place: Place) -> None:
    both, apart = (read_by_age(folder / "indicators" / "values" / f"deaths_by_age{name}_wards.csv", place)
                   for name in ("", "_and_sex"))  # fmt: skip
    women = (apart.keys["sex"] == "women").to_numpy()
    for of_both, of_one in ((both.count, apart.count), (both.population, apart.population)):
        assert np.array_equal(of_both, of_one[women] + of_one[~women], equal_nan=True)
    found = apart.life_expectancy()  # of the whole town nothing is known, as one ward's deaths are hidden
    longer = found.filter(sex="women")["value"].mean() - found.filter(sex="men")["value"].mean()
    assert 2.5 < longer < 5  # in England about four years (Office for National Statistics, national life tables)


def test_flood_share_falls_with_distance_to_the_river(demo: Demo, place: Place) -> None:
    share = values(place, "flood-zone-share")
    assert share["value"].is_between(0, 1).all()
    middles = demo.town.middles[[demo.town.codes.tolist().index(code) for code in share["area"]]]
    river = shapely.linestrings(demo.town.land.river)
    away_m = shapely.distance(river, shapely.points(middles))
    assert (share["value"].to_numpy()[away_m > 2_000] == 0).all()
    assert share["value"].to_numpy()[away_m < 400].mean() > 0.2


def test_two_periods_are_alike_but_not_the_same(place: Place) -> None:
    before, after = values(place, "no-car", "2021"), values(place, "no-car", "2024")
    assert np.corrcoef(before["value"], after["value"])[0, 1] > 0.95
    assert (before["value"] != after["value"]).mean() > 0.9


def test_neighbours_are_alike(demo: Demo, place: Place) -> None:
    value = values(place, "income-deprived")["value"].to_numpy()
    assert values(place, "income-deprived")["area"].to_list() == demo.town.codes.tolist()
    first, second = demo.town.edges.T
    apart = value - value.mean()
    moran = (apart[first] * apart[second]).mean() / (apart**2).mean()
    assert moran > 0.3
