"""Tables that tell of the same people are safe together: quarters and their year, areas and zones, release after release."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.measure.table_attack import Printed, attack, narrow
from tests.publish.places import AREAS, TOML, WARDS, figures, table, write_place
from tests.publish.test_attack import CROSSING, printed

from wholeplace.publish.counts import overlapping
from wholeplace.publish.earlier import MEMORY
from wholeplace.publish.release import publish_place

QUARTERS = [f"2021-Q{n}" for n in range(1, 5)]
ONE_DATE = (
    'period = "2021"\ncolumns = { area = "code", indicator = "indicator", count = "count", denominator = "total" }'
)
MANY_DATES = ONE_DATE.replace('period = "2021"\n', "").replace('"total"', '"total", period = "period"')
ZONES = """
[[geography]]
id = "zone"
name = "Zones"
code = "zone"

[[lookup]]
from = "area"
to = "zone"
file = "areas/zones.csv"
columns = { from = "code", to = "zone" }
"""
ZONE_TABLE = """
[[values]]
file = "indicators/values/zones.csv"
geography = "zone"
period = "2021"
indicator = "thefts"
columns = { area = "zone", count = "count", denominator = "total" }
"""


def add_zones(town: Path) -> None:
    lines = "code,zone\n" + "".join(f"{area},{zone}\n" for area, zone in CROSSING.items())
    (town / "areas" / "zones.csv").write_text(lines, encoding="utf-8")


@pytest.mark.parametrize(
    ("periods", "groups"),
    [
        (["2021", "2021-Q1", "2022"], [{"2021", "2021-Q1"}, {"2022"}]),
        (["2021", "2021-04/2022-03", "2022", "2023", "now"], [{"2021", "2021-04/2022-03", "2022"}, {"2023"}, {"now"}]),
        (["2020", "2021"], [{"2020"}, {"2021"}]),
    ],
)
def test_periods_that_overlap_belong_together(periods: list[str], groups: list[set[str]]) -> None:
    assert {*overlapping(periods).values()} == {frozenset(group) for group in groups}


@pytest.mark.usefixtures("without_pages")
@pytest.mark.parametrize(
    ("like", "least", "quarters"),
    [
        ("group-a", 1, True),
        ("carers", 0, False),  # years of 10 to 20: no quarter can be shown, and zeros are hidden with the others
    ],
)
def test_quarters_do_not_tell_what_the_year_hides(tmp_path: Path, like: str, least: int, quarters: bool) -> None:
    _, long = figures()
    rng = np.random.default_rng(5)
    year = long.filter(pl.col("indicator") == like).with_columns(indicator=pl.lit("thefts"))
    split = np.array([rng.multinomial(count, [0.4, 0.3, 0.2, 0.1]) for count in year["count"]])
    parts = [year.with_columns(count=pl.Series(split[:, n]), period=pl.lit(one)) for n, one in enumerate(QUARTERS)]
    every = pl.concat([*parts, year.with_columns(pl.lit("2021").alias("period"))])
    toml = TOML.replace(ONE_DATE, MANY_DATES)
    assert toml != TOML
    town = write_place(tmp_path / "town", settings="rounding = 0\n", toml=toml, long=every)
    rows = table(publish_place(town, tmp_path / "out").folder, "thefts")
    cells = rows.select(
        pl.col("geography").replace({"area": "each"}).alias("level"), "area",
        pl.when(pl.col("period") == "2021").then(pl.lit("all")).otherwise(pl.lit("each")).alias("set"),
        pl.when(pl.col("period") == "2021").then(pl.lit("all")).otherwise("period").alias("category"),
        pl.col("count").cast(pl.Float64),
    )  # fmt: skip
    levels = {"each": {area: area for area in AREAS}, "ward": WARDS, "place": dict.fromkeys(AREAS, "T01")}
    sets = {"each": {one: one for one in QUARTERS}, "all": dict.fromkeys(QUARTERS, "all")}
    found = attack([Printed(cells, levels, sets)], least_hidden=least)
    assert len(found) > 20
    shown = cells.filter(pl.col("count").is_not_null())["set"].to_list()
    assert ("all" in shown, "each" in shown) == (True, quarters)
    assert narrow(found, width=10) == []


@pytest.mark.usefixtures("without_pages")
def test_a_table_for_zones_that_cross_wards_does_not_tell_what_areas_hide(tmp_path: Path) -> None:
    _, long = figures()
    zones = long.filter(pl.col("indicator") == "thefts").with_columns(zone=pl.col("code").replace_strict(CROSSING))
    town = write_place(tmp_path / "town", settings="rounding = 0\n", toml=TOML + ZONES + ZONE_TABLE)
    add_zones(town)
    sums = zones.group_by("zone", maintain_order=True).agg(pl.col("count", "total").sum())
    (town / "indicators" / "values" / "zones.csv").write_text(sums.write_csv(), encoding="utf-8")
    done = publish_place(town, tmp_path / "out")
    assert table(done.folder, "thefts").filter((pl.col("geography") == "zone") & (pl.col("status") == "A")).height > 2
    assert table(done.folder, "thefts").filter((pl.col("geography") == "area") & (pl.col("status") == "A")).height > 2
    found = attack([printed(done.folder, ["thefts"], levels=("area", "ward", "zone", "place"), rest=True)],
                   least_hidden=1)  # fmt: skip
    assert len(found) > 5
    assert narrow(found, width=10) == []


@pytest.mark.usefixtures("without_pages")
def test_a_release_that_was_replaced_is_not_forgotten(tmp_path: Path) -> None:
    """What the first release hid stays hidden in a third, though the second in the same folder left it all out."""
    out, kept = tmp_path / "out", tmp_path / "first"
    town = write_place(tmp_path / "town", settings="rounding = 0\n")
    publish_place(town, out)
    out.rename(kept)  # what anybody may have kept
    publish_place(town, out)
    assert not (out / MEMORY).exists()  # the same again has nothing to remember
    closed = close_thefts(town)
    publish_place(town, out)
    remembered = pl.read_csv(out / MEMORY)
    before = table(kept, "thefts")
    assert set(remembered["indicator"]) == {"thefts"}
    assert remembered.height == before.height
    assert remembered["hidden"].sum() == (before["status"] == "Q").sum()
    closed.write_text(closed.read_text(encoding="utf-8").replace("Police,Secret", "Police,CC0 1.0"), encoding="utf-8")
    raised = pl.read_csv(town / "indicators" / "values" / "long.csv").with_columns(
        pl.when(pl.col("indicator") == "thefts").then(pl.col("count") + 10).otherwise("count").alias("count")
    )
    (town / "indicators" / "values" / "long.csv").write_text(raised.write_csv(), encoding="utf-8")
    publish_place(town, out)
    after = table(out, "thefts")
    hidden = before.filter(pl.col("status") == "Q").select("geography", "area")
    assert hidden.height > 3
    assert hidden.join(after.filter(pl.col("status") == "Q"), on=["geography", "area"], how="anti").is_empty()


def close_thefts(town: Path) -> Path:
    """Take thefts out of what may be published, by their licence."""
    file = town / "indicators" / "indicators.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("Police,Open Government Licence v3.0", "Police,Secret"), encoding="utf-8")
    return file


@pytest.mark.usefixtures("without_pages")
def test_sums_for_a_kind_of_area_that_the_place_has_dropped_hold_an_indicator_back(tmp_path: Path) -> None:
    town = write_place(tmp_path / "town", settings="rounding = 0\n")
    first = publish_place(town, tmp_path / "first").folder
    start, end = TOML.index('[[geography]]\nid = "ward"'), TOML.index("[[table]]")
    zones = TOML[:start] + ZONES + TOML[end:]
    write_place(town, settings=f'rounding = 0\nprevious = ["{first}"]\n', toml=zones)
    add_zones(town)
    done = publish_place(town, tmp_path / "second")
    assert "tells sums of it for ward, which place.toml no longer names" in done.protection.left_out["thefts"]
    assert "residents" not in done.protection.left_out  # nobody is hidden in it
