"""The example of Leeds: a true place folder, and official indices of deprivation worked out again from it.

What needs the published tables is not run without WHOLEPLACE_DATA; with it, a table that is not there is a failure.
"""

from __future__ import annotations

import csv
import json
import os
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from scipy.stats import rankdata

from wholeplace.cli import cli
from wholeplace.measure import IndexResult, IndexSpec, build_index, indicator_values, open_index
from wholeplace.measure.checking import check_measures
from wholeplace.measure.index_spec import ROOT
from wholeplace.measure.over_time import NOT_COMPARED, over_time
from wholeplace.place import Findings, FindingsError, Place, SeriesKey, open_place, read_place

LEEDS = Path(__file__).parents[2] / "examples" / "leeds"
DATA = os.environ.get("WHOLEPLACE_DATA", "")
OFFICIAL_WEIGHTS = [0.225, 0.225, 0.135, 0.135, 0.093, 0.093, 0.093]
INDICES = ("digital-exclusion-risk", "imd-2019", "imd-2025", "inclusive-growth", "left-behind", "vitality")
DOMAINS_2025 = ["income", "employment", "education", "health", "crime", "housing_and_services", "environment"]

needs_data = pytest.mark.real


def settings() -> dict[str, Any]:
    return tomllib.loads((LEEDS / "place.toml").read_text("utf-8"))


def indicator_rows() -> list[dict[str, str]]:
    with (LEEDS / "indicators" / "indicators.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def named_files(kinds: tuple[str, ...] = ("geography", "lookup", "table", "values", "postcode")) -> list[str]:
    sections = settings()
    return sorted({section["file"] for kind in kinds for section in sections[kind] if "file" in section})


def named_indicators() -> set[str]:
    sections = settings()
    wide = [[*table.get("columns", {}).values(), *table.get("sum", {})] for table in sections["table"]]
    long = [
        [section["indicator"]] if "indicator" in section else [v for k, v in section["names"].items() if k != "column"]
        for section in sections["values"]
    ]
    return {indicator for group in (*wide, *long) for indicator in group}


# --- The folder itself, without data ---


def test_folder_holds_no_table() -> None:
    """Tables are read where they were published to; only what Leeds itself says stands in the repository."""
    files = {str(path.relative_to(LEEDS).as_posix()) for path in LEEDS.rglob("*") if path.is_file()}
    ours = {file for file in files if not file.startswith(".wholeplace/")}
    indices = {f"indices/{name}.toml" for name in INDICES}
    maps = {f"maps/{path.name}" for path in (LEEDS / "maps").glob("*.toml")}
    registers = {f"registers/{name}.csv" for name in ("organisations", "services")}
    others = {"README.md", "place.toml", "indicators/indicators.csv", "scenarios/flood-zone-3.toml"}
    others |= {"portraits/doughnut.toml", "bars/gp-care-online.toml"}
    assert ours == {*others, *registers, *indices, *maps}


def test_every_table_is_found_through_the_variable() -> None:
    assert len(named_files()) == 15
    assert all(file.startswith("${WHOLEPLACE_DATA}/") for file in named_files())


def test_readme_names_every_table() -> None:
    readme = (LEEDS / "README.md").read_text("utf-8")
    assert [file for file in named_files() if Path(file).name not in readme] == []


def test_every_indicator_has_values_and_every_value_an_indicator() -> None:
    ids = [row["id"] for row in indicator_rows()]
    assert len(ids) == len(set(ids))
    assert set(ids) == named_indicators()


@pytest.mark.parametrize("column", ["definition", "theme", "source", "licence", "publisher", "url", "caveats"])
def test_every_indicator_says_where_it_comes_from(column: str) -> None:
    assert [row["id"] for row in indicator_rows() if not row[column].strip()] == []


def test_traps_of_the_tables_are_told_where_the_figure_is_shown() -> None:
    rows = {row["id"]: row for row in indicator_rows()}
    assert rows["iod25-broadband-deficit"]["polarity"] == "low_good"
    assert "Not in Mbit/s" in rows["iod25-broadband-deficit"]["caveats"]
    assert rows["iod25-connectivity"]["polarity"] == "high_good"
    assert "About travel, not the internet" in rows["iod25-connectivity"]["caveats"]
    with_intervals = [row for row in rows.values() if row["ci_method"] == "wilson"]
    assert with_intervals
    assert all("swing by chance" in row["caveats"] for row in with_intervals)


@pytest.mark.parametrize("index", ["imd-2019", "imd-2025"])
def test_official_weights_stand_as_printed(index: str) -> None:
    """England: 22.5, 22.5, 13.5, 13.5, 9.3, 9.3, 9.3 per cent, which is 99.9; technical report of 2019, table 3.2."""
    spec = open_index(LEEDS, index)
    assert [part.weight for part in spec.part] == OFFICIAL_WEIGHTS
    assert not spec.aggregate.rescale_weights


def test_own_index_has_three_levels_and_enough_intervals() -> None:
    spec = open_index(LEEDS, "left-behind")
    leaves = [part for part, _ in spec.leaves()]
    assert {depth for part, depth, _ in spec.parts() if part.indicator} == {3}
    assert len(leaves) >= 12
    methods = {row["id"]: row["ci_method"] for row in indicator_rows()}
    counted = [part.id for part in leaves if methods[part.indicator] == "wilson"]
    assert len(counted) >= len(leaves) / 3
    assert {part.from_ for part in leaves} == {"", "lsoa11"}


def test_own_weights_add_up_to_one_at_each_level() -> None:
    sums: dict[str, float] = {}
    for part, _, parent in open_index(LEEDS, "left-behind").parts():
        sums[parent] = sums.get(parent, 0.0) + part.weight
    assert sums == pytest.approx(dict.fromkeys(sums, 1.0))


def test_every_weight_of_own_index_has_its_reason() -> None:
    lines = (LEEDS / "indices" / "left-behind.toml").read_text("utf-8").splitlines()
    weights = [line for line in lines if line.startswith("weight = ")]
    assert len(weights) == len(list(open_index(LEEDS, "left-behind").parts()))
    assert [line for line in weights if " # " not in line] == []


def test_unset_variable_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WHOLEPLACE_DATA", raising=False)
    with pytest.raises(FindingsError) as caught:
        open_place(LEEDS)
    unset = [finding for finding in caught.value.findings if finding.rule == "unset-variable"]
    assert [finding.value for finding in unset] == ["WHOLEPLACE_DATA"]


def test_every_missing_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WHOLEPLACE_DATA", str(tmp_path))
    with pytest.raises(FindingsError) as caught:
        open_place(LEEDS)
    missing = {finding.file for finding in caught.value.findings if finding.rule == "no-file"}
    assert missing == set(named_files())


# --- With the published tables ---


@pytest.fixture(scope="module")
def findings() -> Findings:
    return Findings()


@pytest.fixture(scope="module")
def leeds(findings: Findings) -> Place:
    place = read_place(LEEDS, findings)
    findings.raise_errors("Leeds")
    assert place is not None
    return place


@pytest.fixture(scope="module")
def results(leeds: Place, findings: Findings) -> dict[str, IndexResult]:
    return check_measures(leeds, findings)


def published(name: str, key: str) -> pl.DataFrame:
    """The table as published, read here without Wholeplace's reader."""
    return pl.read_csv(Path(DATA) / "england" / name, infer_schema_length=None).sort(key)


def held(place: Place, geography: str, indicator: str, period: str) -> pl.DataFrame:
    """The published values of the areas of the place."""
    return place.series[SeriesKey(geography, indicator, period)].inside


def by_area(frame: pl.DataFrame) -> dict[str, float]:
    return dict(frame.select("area", "value").iter_rows())


@needs_data
@pytest.mark.parametrize("file", named_files())
def test_table_is_there(file: str) -> None:
    assert Path(file.replace("${WHOLEPLACE_DATA}", DATA)).is_file()


@needs_data
def test_check_finds_nothing_doubtful(results: dict[str, IndexResult], findings: Findings) -> None:
    assert [str(finding) for finding in findings.items if finding.level != "notice"] == []
    assert set(results) == set(INDICES)


@needs_data
def test_areas_and_comparators(leeds: Place) -> None:
    """Numbers of areas as the README of the data has them."""
    sizes = {name: geography.areas.height for name, geography in leeds.geographies.items()}
    assert sizes == {"lsoa21": 488, "ward22": 33, "lsoa11": 482, "msoa11": 107}
    assert leeds.rows_outside["${WHOLEPLACE_DATA}/england/iod2025_lsoa21.csv.gz"] == 33_755 - 488
    assert leeds.rows_outside["${WHOLEPLACE_DATA}/england/iod2019_lsoa11.csv.gz"] == 32_844 - 482
    assert leeds.postcodes.height == 30_792


@needs_data
def test_imd_2025_equals_every_published_score_and_rank(results: dict[str, IndexResult]) -> None:
    result = results["imd-2025"]
    table = published("iod2025_lsoa21.csv.gz", "lsoa21_code")
    scores = pl.DataFrame({"lsoa21_code": result.areas, "score": result.scores[ROOT]}).sort("lsoa21_code")
    assert scores["lsoa21_code"].to_list() == table["lsoa21_code"].to_list()
    assert len(scores) == 33_755
    score = scores["score"].to_numpy()
    np.testing.assert_array_equal(np.round(score, 3), table["imd_score"].to_numpy())
    np.testing.assert_array_equal(rankdata(-score, method="min"), table["imd_rank"].to_numpy())


@needs_data
def test_imd_2025_of_leeds_stands_in_the_order_of_england(results: dict[str, IndexResult]) -> None:
    frame = results["imd-2025"].frame
    table = published("iod2025_lsoa21.csv.gz", "lsoa21_code").rename({"lsoa21_code": "area"})
    both = frame.join(table, on="area")
    assert both.height == frame.height == 488
    assert both["reference_rank"].to_list() == both["imd_rank"].to_list()
    assert both["reference_decile"].to_list() == both["imd_decile"].to_list()
    assert both["rank"].to_list() == both["imd_rank"].rank("min").to_list()


@needs_data
@pytest.mark.parametrize("domain", ["imd", *DOMAINS_2025])
def test_published_deciles_follow_the_rule(domain: str) -> None:
    """Decile = ceil(10 x rank / n), in whole numbers; the other usual rule differs for five areas of England."""
    table = published("iod2025_lsoa21.csv.gz", "lsoa21_code")
    rank, decile, n = table[f"{domain}_rank"], table[f"{domain}_decile"], table.height
    assert (-(-10 * rank // n)).to_list() == decile.to_list()
    assert ((10 * (rank - 1)) // n + 1 != decile).sum() == 5


@needs_data
def test_imd_2019_is_within_what_single_precision_allows(results: dict[str, IndexResult]) -> None:
    result = results["imd-2019"]
    table = published("iod2019_lsoa11.csv.gz", "lsoa11_code")
    scores = pl.DataFrame({"lsoa11_code": result.areas, "score": result.scores[ROOT]}).sort("lsoa11_code")
    assert scores["lsoa11_code"].to_list() == table["lsoa11_code"].to_list()
    score = scores["score"].to_numpy()
    assert np.abs(score - table["imd_score"].to_numpy()).max() < 0.0006
    assert np.abs(rankdata(-score, method="min") - table["imd_rank"].to_numpy()).max() <= 1
    n = table.height
    assert (-(-10 * table["imd_rank"] // n)).to_list() == table["imd_decile"].to_list()


@needs_data
def test_own_index_scores_every_neighbourhood(leeds: Place, results: dict[str, IndexResult]) -> None:
    frame = results["left-behind"].frame
    spec: IndexSpec = results["left-behind"].spec
    assert frame.columns == ["area", "score", "rank", "decile", *(f"{part.id}_score" for part, _, _ in spec.parts())]
    assert frame["area"].to_list() == leeds.geographies["lsoa21"].areas["area"].to_list()
    assert frame["score"].null_count() == 0
    assert frame["score"].is_between(0, 100).all()


@needs_data
def test_own_index_leaves_out_a_part_that_is_not_published(results: dict[str, IndexResult]) -> None:
    """Without entry to higher education (0.2), the two other parts of 0.4 share the weight of their level evenly."""
    frame = results["left-behind"].frame
    without = frame.filter(pl.col("no-higher-education_score").is_null())
    assert without["area"].to_list() == ["E01033015", "E01035046"]
    expected = (without["out-of-work_score"] + without["low-skills_score"]) / 2
    assert without["work-and-skills_score"].to_list() == pytest.approx(expected.to_list())


@needs_data
def test_census_share_and_interval_of_one_neighbourhood(leeds: Place) -> None:
    """E01011264: 274 of 1,284 residents are disabled. By hand: 21.340 %, Wilson (1927) 19.186 to 23.664 %."""
    values = indicator_values(leeds, "disabled", geography="lsoa21").filter(pl.col("area") == "E01011264")
    row = values.to_dicts()[0]
    assert (row["count"], row["denominator"]) == (274, 1284)
    assert row["value"] == pytest.approx(21.340, abs=0.001)
    assert row["lower95"] == pytest.approx(19.186, abs=0.001)
    assert row["upper95"] == pytest.approx(23.664, abs=0.001)


@needs_data
def test_people_are_neither_lost_nor_doubled_on_the_way(leeds: Place) -> None:
    """Residents of the published tables: 812,017 by the census, 798,786 by the estimate of mid-2020."""
    for indicator, total in (("usual-residents", 812_017), ("residents-2020", 798_786)):
        sums = indicator_values(leeds, indicator).group_by("geography").agg(pl.col("value").sum())
        found = dict(sums.iter_rows())
        assert {"lsoa21", "ward22", "place"} <= set(found)
        assert found == pytest.approx(dict.fromkeys(found, float(total)))
    bands = ["residents-0-15", "residents-16-64", "residents-65-plus"]
    by_age = sum(indicator_values(leeds, band, geography="place")["value"].item() for band in bands)
    assert by_age == 798_786


@needs_data
def test_divided_neighbourhoods_are_shared_out_by_residents(leeds: Place) -> None:
    """E01011490 became E01035048 and E01035049; each gets its part of the 2020 residents."""
    residents = by_area(held(leeds, "lsoa21", "usual-residents", "2021"))
    before = by_area(held(leeds, "lsoa11", "residents-2020", "2020"))
    moved = by_area(indicator_values(leeds, "residents-2020", geography="lsoa21"))
    first, second = "E01035048", "E01035049"
    share = residents[first] / (residents[first] + residents[second])
    assert moved[first] == pytest.approx(before["E01011490"] * share)
    assert moved[second] == pytest.approx(before["E01011490"] * (1 - share))
    assert moved["E01035054"] == pytest.approx(before["E01033018"] + before["E01033019"])  # two that were merged


@needs_data
def test_suppressed_missing_and_zero_are_three_things(leeds: Place) -> None:
    """In Leeds: 19 blank numbers of children are suppressed, 2 blank shares are missing, 463 flood counts are 0."""
    children = held(leeds, "lsoa21", "iod25-income-children", "2025")
    assert children.filter(pl.col("status") == "Q").height == 19
    education = held(leeds, "lsoa21", "no-higher-education", "2025")
    assert education.filter(pl.col("status") == "O").height == 2
    flood = held(leeds, "lsoa11", "flood-people", "2019")
    assert flood.filter(pl.col("value") == 0).height == 482 - 19
    assert set(flood["status"]) == {"A"}
    wards = indicator_values(leeds, "iod25-income-children", geography="ward22")
    assert wards.filter(pl.col("status") == "Q")["value"].null_count() == wards["value"].null_count() > 0


@needs_data
def test_command_writes_the_index(tmp_path: Path) -> None:
    out = tmp_path / "imd.csv"
    run = CliRunner().invoke(cli, ["index", "build", str(LEEDS), "imd-2025", "--csv", str(out)])
    assert run.exit_code == 0, run.output
    frame = pl.read_csv(out)
    assert frame.columns[:4] == ["area", "score", "rank", "decile"]
    assert frame.columns[-2:] == ["reference_rank", "reference_decile"]
    assert frame.height == 488


def uncertainty(index: str) -> dict[str, Any]:
    run = CliRunner().invoke(cli, ["index", "build", str(LEEDS), index, "--uncertainty", "200", "--json", "-"])
    assert run.exit_code == 0, run.output
    about: dict[str, Any] = json.loads(run.stdout)["uncertainty"]
    return {source["id"]: source for source in about["sources"]}


@needs_data
def test_uncertainty_of_own_index_says_what_each_source_moves() -> None:
    sources = uncertainty("left-behind")
    assert set(sources) == {"weights", "normalisation", "aggregation", "intervals"}
    assert all(source["included"] and source["mean_rank_shift"] > 0 for source in sources.values())
    assert len(sources["intervals"]["choices"]) == 6
    assert "geometric mean with z-score" in sources["aggregation"]["left_out"][0]


@needs_data
def test_uncertainty_names_the_source_that_ranks_leave_out() -> None:
    source = uncertainty("imd-2025")["intervals"]
    assert not source["included"]
    assert "interval" in source["why_not"]


@needs_data
def test_built_twice_is_the_same(leeds: Place, results: dict[str, IndexResult]) -> None:
    assert build_index(leeds, "left-behind").frame.equals(results["left-behind"].frame)


@needs_data
def test_inclusive_growth_follows_two_figures_and_tells_no_change_from_noise(leeds: Place) -> None:
    found = over_time(leeds, "inclusive-growth", draws=20)
    assert found.periods == ("2019", "2025")
    assert found.themes is None  # no figure of prosperity: the two themes cannot be told apart
    assert set(found.overall["word"]) == {NOT_COMPARED}
    # From the published shares, of neighbourhoods in Leeds: 31.8 % of adults had low skills in 2019, 25.0 % in 2025.
    before, after = found.levels.filter(part="skills")["average"].to_list()
    assert after > before
    # E05011396 (Harewood) by hand: the mean of its neighbourhoods' shares, weighted by the residents of 2021.
    lookup = pl.read_csv(f"{DATA}/leeds/lookup_lsoa21.csv").filter(pl.col("ward24_code") == "E05011396")
    shares = pl.read_csv(f"{DATA}/england/iod2025_indicators_lsoa21.csv.gz", infer_schema_length=None)
    people = pl.read_csv(f"{DATA}/england/iod2025_lsoa21.csv.gz", infer_schema_length=None)
    rows = lookup.join(shares, on="lsoa21_code").join(people, on="lsoa21_code")
    share, weight = rows["adult_skills_and_english_language_proficiency_indicator"], rows["residents_census2021"]
    values = dict(zip(found.results[-1].areas, found.results[-1].leaves[0].value.tolist(), strict=True))
    assert values["E05011396"] == pytest.approx(100 * (share * weight).sum() / weight.sum())
