"""Read a table of events and people by area and age, and make rates and life expectancies of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from wholeplace.measure.values.estimate import Floats, Texts, ValuesError, worst_status
from wholeplace.measure.values.life import LifeTable, life_table
from wholeplace.measure.values.standardised import (
    european_standard_population,
    expected_events,
    standardised_rate,
    standardised_ratio,
)
from wholeplace.place import Findings, Place
from wholeplace.place.tables import Table, as_number, as_text, read_table

#: Columns that must be there, and those that divide the areas' rows further where they are.
NEEDED, DIVIDING = ("area", "age", "count", "population"), ("sex", "period")
SUPPRESSED = ("*", "c")
_FIRST_AGE = re.compile(r"\D*(\d+)")


@dataclass(frozen=True)
class ByAge:
    """Events and people by age; arrays are rows x ages.

    `keys` has the rows: area, name, sex and period where given, and whether it is the `whole` place, which stands last:
    as given, else the sum over areas, missing where an area has no row. `status` is Q for a suppressed count and O for
    a blank one, alike for sums of such.
    """

    keys: pl.DataFrame
    ages: tuple[int, ...]
    count: Floats
    population: Floats
    status: Texts

    def standardised(self, *, standard: str = "european") -> pl.DataFrame:
        """Directly standardised rates per 100,000, a row each.

        `standard` is `european` (2013) or `place`: the people of the whole place, of all sexes and periods together.
        """
        people = european_standard_population(self.ages) if standard == "european" else self._whole_population()
        return self._beside(standardised_rate(self.count, self.population, people, status=self.status).frame)

    def _whole_population(self) -> Floats:
        people: Floats = self.population[self.keys["whole"].to_numpy()].sum(axis=0)
        if not np.isfinite(people).all():
            raise ValuesError(
                "not all areas of the place are in the table, so that it cannot say how old its people are"
            )
        return people

    def ratios(self) -> pl.DataFrame:
        """Ratios of observed to expected events, a row each; 100 is the rates of the whole place.

        Rates by age are those of all areas together whose counts are complete, of all sexes and periods.
        """
        complete = ~self.keys["whole"].to_numpy() & (self.status == "A").all(axis=1)
        reference = self.count[complete].sum(axis=0), self.population[complete].sum(axis=0)
        expected = expected_events(self.population, *reference)
        return self._beside(
            standardised_ratio(self.count.sum(axis=1), expected, status=worst_status(self.status)).frame
        )

    def life(self) -> LifeTable:
        """Life tables of all rows."""
        return life_table(self.count, self.population, ages=self.ages, status=self.status)

    def life_expectancy(self, age: int = 0) -> pl.DataFrame:
        """Life expectancy at an age, a row each."""
        return self._beside(self.life().at(age))

    def _beside(self, frame: pl.DataFrame) -> pl.DataFrame:
        return pl.concat([self.keys.drop("whole"), frame], how="horizontal")


def read_by_age(path: str | Path, place: Place) -> ByAge:
    """Read a long table with the columns area, age, count and population, and sex and period where there are such.

    `age` is the first age of a band or its name (`5`, `5-9`, `90+`); `count` the events (deaths, admissions);
    `population` people, or person-years where the events are of several years. A count of `*` or `c` is suppressed, a
    blank one missing; 0 is a count. Areas are of one geography; rows of the place's own code are the whole place.

    Raises
    ------
    FindingsError
        With every fault: columns, areas that the place does not have, numbers, bands missing or there twice.
    """
    findings, path = Findings(), Path(path)
    table = read_table(path, findings, file=path.name)
    if table is not None:
        for column in table.missing(NEEDED):
            findings.error("no-column", f"has no column {column!r}, which is required", file=path.name, column=column)
    findings.raise_errors(f"the table {path}")
    assert table is not None
    frame, divided = _rows(table, path.name, place, findings)
    areas = _check_geography(frame["area"], path.name, place, findings)
    findings.raise_errors(f"the table {path}")
    return _whole_too(frame, divided, place, areas)


def _rows(table: Table, file: str, place: Place, findings: Findings) -> tuple[pl.DataFrame, list[str]]:
    divided = [name for name in DIVIDING if name in table.header]
    count = table.text("count").str.strip_chars()
    hidden = count.is_in(list(SUPPRESSED))
    frame = pl.DataFrame(
        {
            "row": table.rows,
            **{name: table.text(name).str.strip_chars() for name in ("area", *divided)},
            "age": pl.Series([_first_age(text) for text in as_text(table.frame["age"])], dtype=pl.Int64),
            "count": as_number(table.frame["count"]),
            "population": as_number(table.frame["population"]),
            "status": pl.select(
                pl.when(hidden).then(pl.lit("Q")).when(count == "").then(pl.lit("O")).otherwise(pl.lit("A"))
            ).to_series(),
        }
    )
    codes = {place.settings.code}.union(*(geography.codes for geography in place.geographies.values()))
    wrong = {
        "area": (~pl.col("area").is_in(list(codes)), "unknown-area", "is no area of the place"),
        "age": (pl.col("age").is_null(), "number", "is no age; write the first age of the band, as in 5 or 5-9"),
        "count": (
            (pl.col("status") == "A") & ~pl.col("count").is_between(0, float("inf")).fill_null(False),
            "number",
            "is no number of events; write 0 or more, * where it is suppressed, nothing where it is missing",
        ),
        "population": (~pl.col("population").is_between(0, float("inf")).fill_null(False), "number",
                       "is no number of people"),
    }  # fmt: skip
    for column, (fault, rule, message) in wrong.items():
        bad = frame.with_columns(pl.Series("text", table.text(column))).filter(fault)
        findings.cells("error", rule, message, bad.select("row", "text").rows(), total=bad.height,
                       file=file, column=column)  # fmt: skip
    _check_bands(frame, ["area", *divided], file, findings)
    return frame, divided


def _first_age(text: str) -> int | None:
    found = _FIRST_AGE.match(text)
    return int(found[1]) if found else None


def _check_bands(frame: pl.DataFrame, keys: list[str], file: str, findings: Findings) -> None:
    """Check that every area has every band once."""
    twice = frame.filter(pl.struct(*keys, "age").is_duplicated())
    findings.cells("error", "key-twice", "has the same area and age as another row",
                   twice.select("row", pl.col("age").cast(pl.String)).rows(), total=twice.height,
                   file=file, column="age")  # fmt: skip
    bands = frame["age"].n_unique()
    lacking = frame.group_by(keys, maintain_order=True).agg(pl.col("age").n_unique().alias("n"), pl.col("row").first())
    lacking = lacking.filter(pl.col("n") < bands)
    told = ((f"has {n} of the {bands} age bands; write a row for each, with 0 where nothing happened", row, area)
            for area, n, row in lacking.select("area", "n", "row").iter_rows())  # fmt: skip
    findings.several("error", "no-band", told, total=lacking.height, file=file, column="area")


def _check_geography(areas: pl.Series, file: str, place: Place, findings: Findings) -> int:
    """Check that all areas are of one geography, so that none counts twice; return how many areas that has."""
    given = set(areas) - {place.settings.code}
    for geography in place.geographies.values():
        if given <= geography.codes:
            return len(geography.codes - {place.settings.code})
    if given <= {code for geography in place.geographies.values() for code in geography.codes}:
        message = "has areas of several geographies, whose people would count twice; keep those of one"
        findings.error("several-geographies", message, file=file, column="area")
    return 0


def _whole_too(frame: pl.DataFrame, divided: list[str], place: Place, areas: int) -> ByAge:
    """Put the rows into arrays; the whole place, as given or as the sum over all its areas, comes last."""
    names = {code: name for geography in place.geographies.values() for code, name in geography.areas.iter_rows()}
    names[place.settings.code] = place.settings.name
    is_whole = pl.col("area") == place.settings.code
    columns = ["area", *divided, "age", "count", "population", "status"]
    given = frame.filter(is_whole)
    summed = _sums(frame.filter(~is_whole), divided, areas).with_columns(area=pl.lit(place.settings.code))
    summed = summed.join(given, on=[*divided, "age"], how="anti")
    rows = pl.concat([frame.select(columns), summed.select(columns)]).with_columns(whole=is_whole)
    rows = rows.sort("whole", *divided, "area", "age")
    ages = tuple(sorted(frame["age"].unique()))
    shape = (-1, len(ages))
    keys = rows.gather_every(len(ages)).select("area", *divided, "whole")
    count = rows.select(pl.when(pl.col("status") == "A").then("count")).to_series()
    return ByAge(
        keys.insert_column(1, pl.Series("name", [names[area] for area in keys["area"]])),
        ages,
        count.to_numpy().astype(np.float64).reshape(shape),
        rows["population"].to_numpy().astype(np.float64).reshape(shape),
        rows["status"].to_numpy().astype(str).reshape(shape),
    )


def _sums(frame: pl.DataFrame, divided: list[str], areas: int) -> pl.DataFrame:
    """Sums over all areas: suppressed with any suppressed area, missing with any that is missing or has no row."""
    hidden, lacking = (pl.col("status") == "Q").any(), pl.len() < areas
    missing = (pl.col("status") == "O").any() | lacking
    return frame.group_by(*divided, "age").agg(
        pl.col("count").sum(),
        pl.when(~lacking).then(pl.col("population").sum()).alias("population"),
        pl.when(hidden).then(pl.lit("Q")).when(missing).then(pl.lit("O")).otherwise(pl.lit("A")).alias("status"),
    )
