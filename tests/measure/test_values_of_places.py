"""Comparisons, changes and inequalities of a place's indicators, tables by age, and the commands that write them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from tests.commands import Ran, run
from tests.measure.small_places import csv_text, write_files

from wholeplace.measure.index import build_index
from wholeplace.measure.values import ValuesError, european_standard_population, life_table, standardised_rate
from wholeplace.measure.values.by_age import read_by_age
from wholeplace.measure.values.funnel_of_place import funnel_of_areas
from wholeplace.measure.values.life import LIFE_TABLE_AGES
from wholeplace.measure.values.of_place import NotThereError, change_of_areas, compare_areas, inequality_of
from wholeplace.place import FindingsError, Place, open_place

PLACE = """
[place]
code = "T1"
name = "Town"

[[geography]]
id = "a"
name = "Areas"

[[values]]
file = "values/long.csv"
geography = "a"
suppressed = ["*"]
columns = { area = "area", indicator = "indicator", period = "period", count = "count", denominator = "total", \
status = "status", value = "value", lower95 = "lower", upper95 = "upper" }
"""
INDICATORS = """\
id,name,value_type,unit,polarity,source,licence
offline,Offline,proportion,%,low_good,Test,OGL
jobs,Jobs,rate,per 1000 people,high_good,Test,OGL
life,Life expectancy,mean,years,high_good,Test,OGL
score,Score,score,points,none,Test,OGL
"""
INDEX = (
    'id = "need"\nname = "Need"\ngeography = "a"\nperiod = "2021"\nhigher_is = "worse"\n\n[normalise]\nmethod = "none"\n\n'
    '[[part]]\nid = "score"\nindicator = "score"\nweight = 1\ndirection = "high-is-worse"\n'
)
AREAS = [f"A{number:02}" for number in range(1, 11)]
OFFLINE = {"2021": [30, 28, 25, 24, 20, 18, 15, 12, 10, 8], "2023": [60, 28, 25, "*", None, 18, 15, 12, 10, 2]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten areas of 100 people; `score` falls from A01 to A10, and the offline with it."""
    rows: dict[str, list[object]] = {name: [] for name in
                                     ("area", "indicator", "period", "count", "total", "status", "value", "lower", "upper")}  # fmt: skip

    def add(*row: object) -> None:
        for column, cell in zip(rows.values(), row, strict=True):
            column.append(cell)

    for period, counts in OFFLINE.items():
        for area, count in zip(AREAS, counts, strict=True):
            missing = {None: "O", "*": "Q"}.get(count, "A")  # type: ignore[arg-type]
            add(
                area, "offline", period, count, 100, "B" if area == "A07" and period == "2023" else missing, *[None] * 3
            )
    for number, area in enumerate(AREAS):
        add(area, "score", "2021", None, None, "A", 100 - 10 * number, None, None)
        add(area, "jobs", "2021", 5 + number, 100, "A", None, None, None)
        add(area, "life", "2020/2022", None, None, "A", 75 + number, 73 + number, 77 + number)
        add(area, "life", "2022/2024", None, None, "A", 75 + number, 73 + number, 77 + number)
    files = {"place.toml": PLACE, "indicators/indicators.csv": INDICATORS, "values/long.csv": csv_text(rows)}
    return write_files(tmp_path / "town", files | {"indices/need.toml": INDEX})


@pytest.fixture
def place(folder: Path) -> Place:
    return open_place(folder)


def words(frame: pl.DataFrame, column: str = "word") -> dict[str, str | None]:
    return dict(frame.select("area", column).iter_rows())


# --- against a benchmark


def test_areas_are_compared_with_the_whole_place(place: Place) -> None:
    # 190 of 1,000 in 2021: 19 %. Wilson of 30/100 is 21.9 to 39.6, of 10/100 5.5 to 17.4, of 8/100 4.1 to 15.0;
    # at 99.8 % of 30/100 18.0 to 45.6, of 8/100 2.7 to 21.4: both hold 19.
    found = compare_areas(place, "offline", period="2021")
    assert found.about["benchmark"] == pytest.approx(19.0)
    assert words(found.frame) == dict.fromkeys(AREAS, "similar") | {
        "A01": "worse", "A02": "worse", "A09": "better", "A10": "better",
    }  # fmt: skip
    assert set(found.frame["certainty"].drop_nulls()) == {"95"}
    assert found.summary[0] == "Offline, 2021, beside Town (19 %), at 95 %: 6 similar, 2 better, 2 worse."
    assert len(found.summary) == 1


def test_the_latest_period_a_number_and_another_area_to_compare_with(place: Place) -> None:
    # Wilson of 60/100 is 50.2 to 69.1 (99.8 %: 44.5 to 73.8), of 28/100 20.1 to 37.5, of 15/100 9.3 to 23.3 (99.8 %:
    # 7.0 to 29.2), of 2/100 0.6 to 7.0 (99.8 %: 0.3 to 11.2): beside 25.
    found = compare_areas(place, "offline", benchmark=25)
    assert found.about["period"] == "2023"
    rows = {area: (status, word, certainty) for area, status, word, certainty in
            found.frame.select("area", "status", "word", "certainty").iter_rows()}  # fmt: skip
    assert rows["A01"] == ("A", "worse", "99.8")
    assert rows["A02"] == ("A", "similar", None)
    assert rows["A04"] == ("Q", "not compared", None)
    assert rows["A05"] == ("O", "not compared", None)
    assert rows["A07"] == ("B", "better", "95")
    assert rows["A10"] == ("A", "better", "99.8")
    assert compare_areas(place, "offline", period="2021", benchmark="A05").about["benchmark"] == 20


def test_more_jobs_are_better_and_a_score_without_interval_is_not_compared(place: Place) -> None:
    # 95 jobs per 1,000; exact limits of 5 in 100 are 16.2 to 116.7 per 1,000, Byar's of 14 are 76.5 to 234.9.
    assert set(words(compare_areas(place, "jobs").frame).values()) == {"similar"}
    assert words(compare_areas(place, "jobs", benchmark=120).frame)["A01"] == "worse"
    assert set(words(compare_areas(place, "score", benchmark=50).frame).values()) == {"not compared"}
    published = compare_areas(place, "life", benchmark=78)
    assert words(published.frame)["A01"] == "worse"
    assert published.frame["lower998"].null_count() == 10  # published at 95 % only: nothing is made up at 99.8
    assert set(published.frame["certainty"].drop_nulls()) == {"95"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"indicator": "ofline"}, "did you mean 'offline'"),
        ({"indicator": "offline", "period": "1999"}, "there are: 2021, 2023"),
        ({"indicator": "offline", "geography": "ward"}, "there are: a, place"),
        ({"indicator": "offline", "benchmark": "A04"}, "'A04' has no value"),
        ({"indicator": "offline"}, "'T1' has no value"),  # a sum over a suppressed area is suppressed
    ],
)
def test_what_is_not_there_is_named(place: Place, arguments: dict[str, str], said: str) -> None:
    with pytest.raises(NotThereError, match=said):
        compare_areas(place, **arguments)  # type: ignore[arg-type]


# --- between periods


def test_change_says_up_down_and_why_not(place: Place) -> None:
    found = change_of_areas(place, "offline", since="2021")
    assert words(found.frame) == dict.fromkeys(AREAS, "no clear change") | {
        "A01": "up", "A04": "not compared", "A05": "not compared", "A07": "not compared",
    }  # fmt: skip
    assert words(found.frame, "meaning") == dict.fromkeys(AREAS) | {"A01": "worse"}
    # Newcombe of 60/100 - 30/100 in per cent, by hand from the Wilson limits 50.20-69.06 and 21.89-39.58
    row = found.frame.row(0, named=True)
    assert [row["difference_lower95"], row["difference_upper95"]] == pytest.approx(
        [30 - (9.80**2 + 9.58**2) ** 0.5, 30 + (9.06**2 + 8.11**2) ** 0.5], abs=0.02
    )
    assert any("1 area not compared: the series breaks" in sentence for sentence in found.summary)
    assert any("independent samples" in sentence for sentence in found.summary)


@pytest.mark.parametrize(("since", "period"), [("2020/2022", "2022/2024"), ("2022/2024", "2022/2024")])
def test_periods_that_overlap_are_refused(place: Place, since: str, period: str) -> None:
    with pytest.raises(NotThereError, match="overlap"):
        change_of_areas(place, "life", since=since, period=period)


# --- from worst off to best off


def test_slope_over_groups_ordered_by_an_index(place: Place) -> None:
    index = build_index(place, "need")
    found = inequality_of(place, "offline", index, period="2021", groups=5)
    assert found.frame["count"].to_list() == [58, 49, 38, 27, 18]  # pairs of areas, the highest score first
    assert found.frame["areas"].to_list() == [2] * 5
    # the line through 29, 24.5, 19, 13.5, 9 at 0.1, 0.3 … by hand: slope Σ(x - 0.5)y / Σ(x - 0.5)² = -10.2 / 0.4
    assert float(found.inequality.sii.value) == pytest.approx(-25.5)
    assert found.inequality.worst_off == pytest.approx(19 + 12.75)


def test_areas_left_out_of_groups_are_counted(place: Place) -> None:
    found = inequality_of(place, "offline", build_index(place, "need"), groups=5)
    assert found.frame["areas"].sum() == 8
    assert found.summary[-1] == "2 areas without a value or a score left out of every group."


def test_an_indicator_without_counts_has_no_slope(place: Place) -> None:
    with pytest.raises(NotThereError, match="has no counts"):
        inequality_of(place, "score", build_index(place, "need"))


# --- tables by age

PEOPLE = [600, 2400, *[2500] * 17, 300]
DEATHS = [3, 1, 1, 1, 2, 3, 4, 5, 6, 8, 11, 15, 22, 30, 45, 70, 100, 150, 200, 75]


def by_age(folder: Path, *, deaths: list[object] | None = None, more: str = "", skip: int = -1) -> Path:
    """A table of all areas, alike but for A01 where deaths are given; `more` is added, row `skip` left out."""
    lines = ["area,age,count,population"]
    for area, counts in zip(AREAS, [deaths or DEATHS, *[DEATHS] * 9], strict=True):
        lines += [f"{area},{age}+,{'' if d is None else d},{n}"
                  for age, d, n in zip(LIFE_TABLE_AGES, counts, PEOPLE, strict=True)]  # fmt: skip
    lines = [line for number, line in enumerate(lines) if number != skip]
    path = folder / "deaths.csv"
    path.write_text("\n".join(lines) + "\n" + more, encoding="utf-8")
    return path


def test_table_by_age_gives_what_the_functions_give(folder: Path, place: Place) -> None:
    table = read_by_age(by_age(folder), place)
    assert table.keys["area"].to_list() == [*AREAS, "T1"]
    life = table.life_expectancy()
    alone = life_table(DEATHS, PEOPLE).at(0)
    assert life["value"][0] == life["value"][1] == alone["value"][0]
    assert life["value"][10] == pytest.approx(alone["value"][0])  # ten times the deaths among ten times the people
    width = life["upper95"] - life["lower95"]
    assert width[10] == pytest.approx(width[0] / 10**0.5)
    rate = standardised_rate(DEATHS, PEOPLE, european_standard_population(LIFE_TABLE_AGES))
    assert table.standardised()["value"][0] == pytest.approx(float(rate.value))
    assert table.standardised(standard="place")["value"][0] == pytest.approx(1e5 * sum(DEATHS) / sum(PEOPLE))
    assert table.ratios()["value"].to_list() == pytest.approx([100] * 11)


def test_suppressed_and_missing_bands_pass_to_the_whole(folder: Path, place: Place) -> None:
    hidden = read_by_age(by_age(folder, deaths=["*", *DEATHS[1:]]), place)
    assert hidden.life_expectancy()["status"].to_list() == ["Q", *"A" * 9, "Q"]
    assert hidden.ratios()["status"].to_list() == ["Q", *"A" * 9, "Q"]
    assert hidden.ratios()["value"][1] == pytest.approx(100)  # of the areas whose counts are complete: all alike
    missing = read_by_age(by_age(folder, deaths=[None, *DEATHS[1:]]), place)
    assert missing.standardised()["status"].to_list() == ["O", *"A" * 9, "O"]


def test_a_table_without_some_areas_says_nothing_of_the_whole_unless_it_is_given(folder: Path, place: Place) -> None:
    path = by_age(folder)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:-20]) + "\n", encoding="utf-8")  # A10 has no rows
    table = read_by_age(path, place)
    assert table.life_expectancy()["status"].to_list() == [*"A" * 9, "O"]
    with pytest.raises(ValuesError, match="not all areas"):
        table.standardised(standard="place")
    whole = [line.replace("A01", "T1") for line in lines[1:21]]
    path.write_text("\n".join([*lines[:-20], *whole]) + "\n", encoding="utf-8")
    given = read_by_age(path, place).life_expectancy()
    assert given["name"].to_list()[-1] == "Town"
    assert given["value"][9] == given["value"][0]


def test_every_fault_of_a_table_by_age_is_named(folder: Path, place: Place) -> None:
    path = by_age(folder, skip=3, more="A01,0+,5,10\nB99,0+,5,10\nA02,old,-1,x\n")
    with pytest.raises(FindingsError) as refused:
        read_by_age(path, place)
    said = str(refused.value)
    for part in ("is no area of the place (value 'B99')", "is no age", "is no number of events", "is no number of people",
                 "same area and age as another row", "age bands; write a row for each"):  # fmt: skip
        assert part in said
    path.write_text("area,age,deaths\nA01,0,3\n", encoding="utf-8")
    with pytest.raises(FindingsError, match="no column 'count'"):
        read_by_age(path, place)


# --- commands


def test_the_funnel_about_the_whole_place_by_hand(place: Place) -> None:
    """190 of 1,000 people: 19 % ± 1.96 √(0.19 · 0.81 / 100) is 11.31 to 26.69, and 6.88 to 31.12 at 99.8 %."""
    found = funnel_of_areas(place, "offline", period="2021")
    first = found.frame.row(0, named=True)
    limits = [first[name] for name in ("lower998", "lower95", "upper95", "upper998")]
    assert limits == pytest.approx([6.88, 11.31, 26.69, 31.12], abs=0.005)
    assert words(found.frame, "position") == dict(
        zip(AREAS, ["high 95", "high 95", *["within"] * 6, "low 95", "low 95"], strict=True)
    )
    assert "of 10 areas 4 outside the limits of 95 %, 0 outside those of 99.8 %" in found.sentences[0]


def test_the_funnel_leaves_areas_without_a_value_unplaced(place: Place) -> None:
    """60 of 100 where 19 % is usual lies outside at 99.8 %; a hidden and a missing area have no place and say so."""
    found = funnel_of_areas(place, "offline", benchmark=19.0)
    position = words(found.frame, "position")
    assert (position["A01"], position["A04"], position["A05"]) == ("high 99.8", None, None)
    assert found.sentences[-1] == "2 without a value and not placed."
    with pytest.raises(NotThereError, match="a funnel needs them"):
        funnel_of_areas(place, "score")


@pytest.fixture
def ran(folder: Path, capfd: pytest.CaptureFixture[str]) -> object:
    by_age(folder)
    return lambda *arguments: run(capfd, "values", arguments[0], folder, *arguments[1:])


def test_commands_write_tables_csv_and_json(ran: object, folder: Path) -> None:
    def values(*arguments: object) -> Ran:
        found: Ran = ran(*arguments)  # type: ignore[operator]
        assert found.code == 0, found.err
        return found

    assert "beside Town (19 %)" in values("compare", "offline", "--period", "2021").out
    document = values("compare", "offline", "--with", "25", "--json", "-").document
    assert document["benchmark"] == 25.0
    assert document["values"][0]["word"] == "worse"
    rows = list(csv.DictReader(io.StringIO(values("change", "offline", "--since", "2021", "--csv", "-").out)))
    assert [row["word"] for row in rows[:2]] == ["up", "no clear change"]
    document = values(
        "inequality", "offline", "--by", "need", "--groups", "5", "--period", "2021", "--json", "-"
    ).document
    assert document["inequality"]["sii"] == pytest.approx(-25.5)
    assert document["inequality"]["rii_upper998"] < 1
    table = str(folder / "deaths.csv")
    document = values("life", table, "--age", "65", "--json", "-").document
    assert document["statistic"] == "life expectancy in years at 65"
    assert [row["area"] for row in document["values"]] == [*AREAS, "T1"]
    assert "European Standard Population 2013" in values("standardise", table).out
    assert values("standardise", table, "--indirect", "--json", "-").document["values"][0]["value"] == pytest.approx(
        100
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["compare", "ofline"], 1, "did you mean 'offline'"),
        (["compare", "offline", "--with", "A4"], 1, "'A4' has no value"),
        (["compare", "offline", "--csv", "-", "--json", "-"], 2, "only one of"),
        (["change", "offline"], 2, "--since"),
        (["inequality", "offline", "--by", "none"], 1, "none"),
        (["inequality", "offline", "--by", "need", "--groups", "4"], 2, "4 is not in the range"),
        (["inequality", "offline", "--by", "need"], 1, "8 areas with a value of 'offline'"),
        (["life", "nowhere.csv"], 1, "nowhere.csv"),
        (["life", "deaths.csv", "--age", "3"], 1, "there is no band that begins at 3"),
    ],
)
def test_commands_refuse_in_plain_words(
    ran: object, folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, said: str
) -> None:
    monkeypatch.chdir(folder)
    found: Ran = ran(*arguments)  # type: ignore[operator]
    assert found.code == code
    assert said in found.out + found.err
    assert found.plain()
