"""Lay the demo place out as a place folder: which file holds what."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from string import Template

import numpy as np
import polars as pl

from wholeplace.place.demo import naming
from wholeplace.place.demo.character import make_character
from wholeplace.place.demo.crossing import age_by_disability, disability_by_health
from wholeplace.place.demo.deaths import make_deaths
from wholeplace.place.demo.deaths_by_sex import by_sex
from wholeplace.place.demo.estate import Estate, make_estate
from wholeplace.place.demo.figures import (
    Figures,
    make_figures,
    make_life_expectancy,
    make_old_figures,
)
from wholeplace.place.demo.flood import write_flood
from wholeplace.place.demo.growth import make_growth_figures, write_growth_figures
from wholeplace.place.demo.landscape import ORIGIN, to_wgs84
from wholeplace.place.demo.people import (
    OLD_PERIOD,
    PERIODS,
    People,
    Postcodes,
    make_people,
    make_postcodes,
    people_in_flood_zone,
)
from wholeplace.place.demo.portrait import make_portrait_figures, write_portrait_figures
from wholeplace.place.demo.town import Town, make_town
from wholeplace.place.demo.write import write_csv, write_geojson, write_geopackage, write_parquet, write_xlsx
from wholeplace.place.vocabulary import vocabulary

HERE = Path(__file__).parent
#: Folders whose files are the same for every town.
COPIED = ("indices", "scenarios", "hazards", "portraits", "bars")
PUBLISHER = "Wholeplace demo (invented)"
LICENCE = "CC0 1.0"

#: Long tables of counts: file, heading of the period, of the indicator and of a status column ("" marks hidden by *).
_COUNTS = {
    "people_and_homes": ("people_and_homes.csv.gz", "year", "topic", ""),
    "income_and_work": ("income_and_work.csv", "period", "indicator", ""),
    "homes": ("homes.csv", "period", "indicator", "status"),
    "digital": ("digital.csv", "period", "indicator", "status"),
    "hospital": ("hospital.csv", "period", "indicator", ""),
    "crime": ("crime.csv", "period", "indicator", ""),
    "shops": ("shops.csv", "period", "indicator", ""),
}
_WIDE = ("earnings.csv", "schools.csv", "networks.csv", "health.xlsx", "environment.parquet", "centres.csv")


@dataclass(frozen=True)
class Demo:
    """Everything that is written."""

    areas: int
    seed: int
    town: Town
    people: People
    postcodes: Postcodes
    figures: list[Figures]
    old_figures: pl.DataFrame
    life_expectancy: pl.DataFrame
    deaths: pl.DataFrame
    estate: Estate
    portrait: dict[str, pl.DataFrame]
    growth: dict[str, pl.DataFrame]


def invent(areas: int, seed: int) -> Demo:
    """Make up the town and all its figures."""
    town = make_town(areas, np.random.default_rng([seed, areas]))
    character = make_character(town, seed)
    people = make_people(town, character, seed)
    postcodes = make_postcodes(town, people, seed)
    life_expectancy = make_life_expectancy(town, character, people, seed)
    return Demo(
        areas=areas,
        seed=seed,
        town=town,
        people=people,
        postcodes=postcodes,
        figures=make_figures(town, character, people, seed),
        old_figures=make_old_figures(town, character, people, seed),
        life_expectancy=life_expectancy,
        deaths=make_deaths(town, people, life_expectancy),
        estate=make_estate(town, character, people, postcodes, seed),
        portrait=make_portrait_figures(town, character, people, seed),
        growth=make_growth_figures(town, character, people, seed),
    )


def write_demo(demo: Demo, folder: Path) -> None:
    """Write the whole folder; place.toml comes first, so that a folder left half-written is known as a demo."""
    values = folder / "indicators" / "values"
    for part in (*(folder / name for name in ("areas", "registers", *COPIED)), values):
        part.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "place.toml", folder / "place.toml")
    for name in COPIED:
        for source in sorted((HERE / name).iterdir()):
            shutil.copyfile(source, folder / name / source.name)
    write_flood(demo.town, folder / "hazards" / "river-flood.geojson")
    _write_areas(demo, folder / "areas")
    indicators = indicator_table()
    write_csv(folder / "indicators" / "indicators.csv", indicators)
    _write_population(demo, values)
    _write_counts(demo, values)
    _write_surveys(demo, values)
    _write_wide(demo, values, indicators)
    _write_single(demo, values)
    write_portrait_figures(demo.portrait, values)
    write_growth_figures(demo.growth, values)
    for name, register in demo.estate.registers.items():
        write_csv(folder / "registers" / f"{name}.csv", register)
    (folder / "README.md").write_text(_readme(demo, len(indicators)), encoding="utf-8", newline="\n")


def indicator_table() -> pl.DataFrame:
    """What indicators.csv holds: the table beside the code with source, licence and publisher written out."""
    files = (naming.TABLES / name for name in ("indicators.csv", "portrait_indicators.csv", "growth_indicators.csv"))
    table = pl.concat(pl.read_csv(file, infer_schema=False).fill_null("") for file in files)
    titles = dict(pl.read_csv(naming.TABLES / "sources.csv").iter_rows())
    caveats = pl.concat_str(
        pl.lit("Invented data, of no real place."),
        pl.when(pl.col("caveats") != "").then(pl.format(" {}.", pl.col("caveats"))).otherwise(pl.lit("")),
    )
    return table.with_columns(
        source=pl.col("source").replace_strict(titles),
        licence=pl.lit(LICENCE),
        publisher=pl.lit(PUBLISHER),
        caveats=caveats,
    )


def _write_areas(demo: Demo, folder: Path) -> None:
    import shapely

    town = demo.town
    today = {"area_code": town.codes, "area_name": town.names}
    wards = {"ward_code": town.ward_codes, "ward_name": town.ward_names}
    before = {"area11_code": town.old_codes, "area11_name": town.old_names}
    write_geojson(folder / "neighbourhoods_2021.geojson", town.boundaries, today)
    write_geojson(folder / "neighbourhoods_2011.geojson", town.old_boundaries, before)
    write_geopackage(folder / "wards_2024.gpkg", town.ward_boundaries, wards, layer="wards", crs="EPSG:27700")
    river = shapely.intersection(shapely.linestrings(town.land.river), shapely.polygons(town.land.outline))
    river = shapely.transform(river, lambda points: np.round(to_wgs84(points + ORIGIN), 6))
    write_geojson(folder / "river.geojson", np.array([river]), {"name": np.array([naming.RIVER_NAME])})
    in_ward = {name: values[town.ward] for name, values in wards.items()}
    write_csv(folder / "neighbourhood_to_ward.csv", pl.DataFrame(today | in_ward))
    pairs = sorted(set(zip(town.atom_old.tolist(), town.atom_area.tolist(), strict=True)))
    old, new = np.array(pairs).T
    change = np.where(np.bincount(old)[old] > 1, "S", np.where(np.bincount(new)[new] > 1, "M", "U"))
    lookup = {"area11_code": town.old_codes[old], "area_code": town.codes[new], "change_code": change}
    write_csv(folder / "neighbourhood11_to_neighbourhood.csv", pl.DataFrame(lookup))
    write_csv(folder / "postcodes.csv.gz", demo.postcodes.frame)


def _write_population(demo: Demo, folder: Path) -> None:
    """Residents by single year of age, households and two ratios of them; the period before for the older areas."""
    import shapely

    town, people = demo.town, demo.people
    hectares = shapely.area(town.grid_boundaries) / 10_000
    for period, file in zip(PERIODS, ("population_2021.csv", "population_2024.csv.gz"), strict=True):
        by_age, residents = people.by_age[period], people.residents(period)
        ages = {f"age_{age}{'plus' if age == 90 else ''}": by_age[:, age] for age in range(by_age.shape[1])}
        older = 100 * by_age[:, 65:].sum(axis=1) / by_age[:, 16:65].sum(axis=1)
        columns = {"area_code": town.codes, "area_name": town.names, "all_ages": residents} | ages
        columns |= {"age_75_and_over": by_age[:, 75:].sum(axis=1)}
        columns |= {"households": people.households[period], "people_per_hectare": np.round(residents / hectares, 1)}
        write_csv(folder / file, pl.DataFrame(columns | {"older_per_100_working": np.round(older, 1)}))
    before = {"area11_code": town.old_codes, "area11_name": town.old_names, "all_ages": people.old_residents}
    frame = pl.DataFrame(before | {"age_16_to_64": people.old_working_age})
    write_csv(folder / f"population_{OLD_PERIOD}_areas_2011.csv", frame)


def _of_table(demo: Demo, table: str) -> list[Figures]:
    return [figures for figures in demo.figures if figures.table == table]


def _write_counts(demo: Demo, folder: Path) -> None:
    """Long tables of counts. A hidden count is `*`, or blank with a status where the table has a status column."""
    topics = dict(pl.read_csv(naming.TABLES / "topics.csv").iter_rows())
    for table, (file, period, indicator, status) in _COUNTS.items():
        parts = []
        for figures in _of_table(demo, table):
            columns = {"area_code": demo.town.codes, "count": figures.count, "total": figures.denominator}
            frame = pl.DataFrame(columns | {"status": figures.status}).with_columns(pl.col("count").cast(pl.String))
            hidden = pl.lit(None if status else "*", dtype=pl.String)
            shown = pl.when(pl.col("status") == "A").then("count").otherwise(hidden)
            named = [
                pl.lit(figures.period).alias(period),
                pl.lit(topics.get(figures.indicator, figures.indicator)).alias(indicator),
            ]
            last = ["status"] if status else []
            parts.append(frame.select("area_code", *named, shown.alias("count"), "total", *last))
        write_csv(folder / file, pl.concat(parts))


def _write_surveys(demo: Demo, folder: Path) -> None:
    parts = []
    for figures in _of_table(demo, "surveys"):
        columns = {"value": figures.value, "lower95": figures.lower95, "upper95": figures.upper95}
        frame = pl.DataFrame({"area_code": demo.town.codes} | columns | {"status": figures.status})
        named = [pl.lit(figures.period).alias("period"), pl.lit(figures.indicator).alias("indicator")]
        rounded = [pl.col(name).fill_nan(None).round(2) for name in columns]
        parts.append(frame.select("area_code", *named, *rounded, "status"))
    write_csv(folder / "surveys.csv", pl.concat(parts))


def _write_wide(demo: Demo, folder: Path, indicators: pl.DataFrame) -> None:
    """Wide tables, one column an indicator and year; a hidden figure is `*`, a missing one blank."""
    about = {row["id"]: row for row in indicators.iter_rows(named=True)}
    for file in _WIDE:
        columns: dict[str, object] = {"area_code": demo.town.codes}
        for figures in sorted(_of_table(demo, Path(file).stem), key=lambda figures: figures.period):
            row = about[figures.indicator]
            percent = 100 if row["unit"] == "%" and len(figures.count) else 1
            decimals = int(row["decimals"])
            value = pl.Series(np.round(percent * figures.value, decimals)).fill_nan(None)
            value = value if decimals else value.cast(pl.Int64)
            if (figures.status == "Q").any():
                hidden = pl.lit(pl.Series(figures.status == "Q"))
                value = pl.select(pl.when(hidden).then(pl.lit("*")).otherwise(value.cast(pl.String))).to_series()
            columns[f"{figures.indicator.replace('-', '_')}_{figures.period}"] = value
        frame = pl.DataFrame(columns)
        if file.endswith(".parquet"):
            write_parquet(folder / file, frame)
        elif file.endswith(".xlsx"):
            write_xlsx(folder / file, frame, sheet="Health")
        else:
            write_csv(folder / file, frame)


def _write_single(demo: Demo, folder: Path) -> None:
    """The tables that stand alone: the flood zone, wards' life expectancy and deaths, the old areas' figures."""
    town = demo.town
    residents = demo.people.residents(PERIODS[1])
    flooded = people_in_flood_zone(demo.people, demo.postcodes)
    columns = {"area_code": town.codes, "people_in_flood_zone": flooded}
    flood = pl.DataFrame(columns | {"residents": residents}).insert_column(
        1, pl.lit("flood-zone-share").alias("indicator")
    )
    write_csv(folder / "flood_2024.csv", flood)
    life = demo.life_expectancy.rename({"value": "years"})
    write_csv(folder / "life_expectancy_wards.csv", life.insert_column(1, pl.lit("life-expectancy").alias("indicator")))
    write_csv(folder / "deaths_by_age_wards.csv", demo.deaths)
    write_csv(folder / "deaths_by_age_and_sex_wards.csv", by_sex(demo.deaths))
    write_csv(folder / "age_by_disability_2024.csv.gz", age_by_disability(town, demo.people, demo.figures, demo.seed))
    write_csv(folder / "disability_by_health_2024.csv.gz", disability_by_health(town, demo.figures, demo.seed))
    old = demo.old_figures.rename({"area_code": "area11_code"})
    write_csv(folder / f"income_and_work_{OLD_PERIOD}_areas_2011.csv", old)


def _readme(demo: Demo, indicators: int) -> str:
    """Tell what the folder is, with the faults that it holds counted from what was written."""
    marks = ("Q", "O", "L", "U")
    by_file: dict[str, Counter[str]] = {}
    files = {table: row[0] for table, row in _COUNTS.items()} | {Path(file).stem: file for file in _WIDE}
    for figures in demo.figures:
        count = by_file.setdefault(files.get(figures.table, f"{figures.table}.csv"), Counter())
        count.update(figures.status.tolist())
    by_file["life_expectancy_wards.csv"] = Counter(demo.life_expectancy["status"].to_list())
    by_file["deaths_by_age_wards.csv"] = Counter(Q=int((demo.deaths["count"] == "*").sum()))
    lines = [
        f"| `{file}` | " + " | ".join(f"{count[mark]:,}" for mark in marks) + " |"
        for file, count in by_file.items()
        if any(count[mark] for mark in marks)
    ]
    total = [f"{sum(count[mark] for count in by_file.values()):,}" for mark in marks]
    town = demo.town
    return Template((HERE / "README.template.md").read_text(encoding="utf-8")).substitute(
        place=naming.PLACE_NAME,
        river=naming.RIVER_NAME,
        areas=f"{demo.areas:,}",
        seed=demo.seed,
        wards=f"{len(town.ward_codes):,}",
        residents=f"{demo.people.residents(PERIODS[1]).sum():,}",
        period=PERIODS[1],
        postcodes=f"{len(demo.postcodes.area):,}",
        indicators=indicators,
        split=f"{(np.bincount(town.atom_old) > 1).sum():,}",
        merged=f"{(np.bincount(town.atom_area) > 1).sum():,}",
        faults="\n".join(lines),
        registers=", ".join(_counted(name, frame.height) for name, frame in demo.estate.registers.items()),
        scenarios=len(list((HERE / "scenarios").iterdir())),
        hidden=total[0],
        missing=total[1],
        not_collected=total[2],
        unreliable=total[3],
        licence=LICENCE,
        publisher=PUBLISHER,
    )


def _counted(register: str, records: int) -> str:
    """A register with its records, in words: `42 services`."""
    kind = vocabulary().registers[register]
    return f"{records:,} {kind.one if records == 1 else kind.title.lower()}"
