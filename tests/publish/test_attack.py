"""Whoever adds up and takes off what is published learns no hidden count: linear programming on the published tables."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest
from tests.measure.table_attack import Printed, attack, narrow
from tests.publish.places import AREAS, GROUPS, TOML, WARDS, figures, table, write_place

from wholeplace.publish.release import Publication, publish_place

CROSSING = {area: f"Z{min(number // 3, 5) + 1}" for number, area in enumerate(AREAS)}
LEVELS = {"area": {area: area for area in AREAS}, "ward": WARDS, "zone": CROSSING, "place": dict.fromkeys(AREAS, "T01")}
#: As the attack calls the geography of base areas.
NAMES = {"area": "each"}


def printed(
    published: Path, indicators: Iterable[str], *, levels: Iterable[str] = ("area", "ward", "place"), rest: bool = False
) -> Printed:
    """Published tables of counts out of one total, as the attack takes them; `rest`: those who are not counted."""
    frames, names = [], list(indicators)
    for name in names:
        rows = table(published, name).filter(pl.col("geography").is_in(list(levels)))
        for values, group, category in ((rows["count"], "each", name), (rows["denominator"], "all", "all")):
            frames.append(rows.select(
                pl.col("geography").replace(NAMES).alias("level"), "area", pl.lit(group).alias("set"),
                pl.lit(category).alias("category"), values.cast(pl.Float64).alias("count"),
            ))  # fmt: skip
    frame = pl.concat(frames)
    known = frame.filter((pl.col("set") == "each") | pl.col("count").is_not_null())
    categories = [*names, *(["rest"] if rest else [])]
    return Printed(
        known,
        {NAMES.get(level, level): LEVELS[level] for level in levels},
        {"each": {one: one for one in categories}, "all": dict.fromkeys(categories, "all")},
    )


@pytest.mark.parametrize(("indicators", "rest"), [(GROUPS, False), (["carers"], True), (["thefts"], True)])
def test_no_hidden_count_is_known_to_within_the_threshold(
    exact: Publication, indicators: list[str], rest: bool
) -> None:
    found = attack([printed(exact.folder, indicators, rest=rest)], least_hidden=1)
    assert len(found) > 3
    assert narrow(found, width=10) == []


def test_the_attack_breaks_a_release_in_which_only_small_counts_are_hidden(exact: Publication) -> None:
    _, long = figures()
    sound = printed(exact.folder, GROUPS)
    true = long.select(
        pl.col("code").alias("area"), pl.col("indicator").alias("category"), pl.col("count").alias("true")
    )
    frame = sound.frame.join(true, on=["area", "category"], how="left")
    second = pl.col("count").is_null() & (pl.col("true") >= 10)
    naive = frame.with_columns(pl.when(second).then(pl.col("true")).otherwise("count").alias("count")).drop("true")
    assert naive["count"].null_count() < sound.frame["count"].null_count()
    assert narrow(attack([Printed(naive, sound.area_of, sound.category_of)], least_hidden=1), width=10)


def test_rounding_leaves_what_is_hidden_hidden(exact: Publication, rounded: Publication) -> None:
    for name in (*GROUPS, "carers", "thefts"):
        one, other = table(exact.folder, name), table(rounded.folder, name)
        assert one["status"].to_list() == other["status"].to_list()
        assert (other["count"].drop_nulls() % 5 == 0).all()


@pytest.mark.usefixtures("without_pages")
def test_two_releases_for_other_wards_tell_nothing_together(tmp_path: Path) -> None:
    first = publish_place(write_place(tmp_path / "town", settings="rounding = 0\n"), tmp_path / "first").folder
    zones = TOML.replace('id = "ward"', 'id = "zone"').replace('code = "ward"', 'code = "zone"')
    zones = zones.replace('to = "ward"', 'to = "zone"').replace('to = "ward" }', 'to = "zone" }')
    zones = zones.replace('file = "areas/lookup.csv"', 'file = "areas/zones.csv"')
    both = zones.replace(
        "[[table]]", TOML[TOML.index('[[geography]]\nid = "ward"') : TOML.index("[[table]]")] + "[[table]]"
    )
    town = write_place(tmp_path / "town", settings=f'rounding = 0\nprevious = ["{first}"]\n', toml=both)
    (town / "areas" / "zones.csv").write_text("code,zone\n" + "".join(f"{a},{z}\n" for a, z in CROSSING.items()))
    second = publish_place(town, tmp_path / "second").folder
    checked = 0
    for names, rest in ((GROUPS, False), (["carers"], True), (["thefts"], True)):
        if not {*names} <= {path.stem for path in (second / "data").glob("*.csv")}:
            continue  # what could not be hidden is left out as a whole
        before = printed(first, names, levels=("area", "ward", "place"), rest=rest)
        after = printed(second, names, levels=("area", "zone", "place"), rest=rest)
        found = attack([before, after], least_hidden=1)
        assert narrow(found, width=10) == []
        checked += bool(found)
    assert checked


@pytest.mark.long
@pytest.mark.usefixtures("without_pages")
@pytest.mark.parametrize("seed", range(10, 40))
def test_no_place_tells_a_hidden_count(seed: int, tmp_path: Path) -> None:
    wide, long = figures(seed)
    town = write_place(tmp_path / "town", settings="rounding = 0\n", long=long)
    (town / "indicators" / "values" / "wide.csv").write_text(wide.write_csv(), encoding="utf-8")
    done = publish_place(town, tmp_path / "out").folder
    for names, rest in ((GROUPS, False), (["carers"], True), (["thefts"], True)):
        if {*names} <= {path.stem for path in (done / "data").glob("*.csv")}:
            assert narrow(attack([printed(done, names, rest=rest)], least_hidden=1), width=10) == []


@pytest.mark.usefixtures("without_pages")
def test_a_later_edition_hides_what_the_first_hid_though_its_figures_have_changed(tmp_path: Path) -> None:
    _, long = figures()
    first = publish_place(write_place(tmp_path / "town", settings="rounding = 0\n"), tmp_path / "out")
    before = {name: table(first.folder, name) for name in ("carers", "thefts")}
    moved = long.with_columns(pl.when(pl.col("indicator") == "thefts").then(pl.col("count") + 3).otherwise("count"))
    write_place(tmp_path / "town", settings="rounding = 0\n", long=moved)
    second = publish_place(tmp_path / "town", tmp_path / "out")  # the folder that is replaced counts as published
    after = table(second.folder, "thefts")
    hidden = before["thefts"].filter(pl.col("status") == "Q").select("geography", "area")
    still = after.filter(pl.col("status") == "Q").select("geography", "area")
    assert hidden.join(still, on=["geography", "area"], how="anti").is_empty()
    assert (second.protection.hidden.filter(pl.col("indicator") == "thefts")["reason"] == "before").any()
    assert narrow(attack([printed(second.folder, ["thefts"], rest=True)], least_hidden=1), width=10) == []
    assert table(second.folder, "carers").equals(before["carers"])


@pytest.mark.usefixtures("without_pages")
def test_what_an_earlier_release_tells_is_left_out_and_named(tmp_path: Path) -> None:
    town = write_place(tmp_path / "town", settings="rounding = 0\nthreshold = 3\n")
    first = publish_place(town, tmp_path / "first").folder
    write_place(town, settings=f'rounding = 0\nthreshold = 10\nprevious = ["{first}"]\n')
    second = publish_place(town, tmp_path / "second")
    assert "an earlier release tells" in second.protection.left_out["thefts"]
    assert not (second.folder / "data" / "thefts.csv").exists()
