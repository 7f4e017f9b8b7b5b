"""Who is left behind: counts, bounds, shares and representation, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from tests.measure.small_places import csv_text, index_dict, indicators_text, leaf, write_files

from wholeplace.cli import cli
from wholeplace.measure import build_index
from wholeplace.measure.left_behind import LeftBehindError, choices_of, count_in, left_behind_of, worst_off
from wholeplace.place import Place, open_place

AREAS = [f"A{number:02}" for number in range(1, 11)]


# --- Which areas ---


def scores(ranks: list[int | None], **more: list[object]) -> pl.DataFrame:
    return pl.DataFrame({"area": AREAS[: len(ranks)], "rank": ranks, **more}, schema_overrides={"rank": pl.Int64})


def test_per_cent_of_areas_is_what_deciles_say() -> None:
    for n in (7, 10, 19, 20, 25):
        frame = pl.DataFrame({"area": [f"{k:02}" for k in range(n)], "rank": list(range(1, n + 1))})
        expected = {f"{rank - 1:02}" for rank in range(1, n + 1) if -(-10 * rank // n) == 1}  # ceil(10 x rank / n)
        assert worst_off(frame, "10", worst_first=True).areas == expected


def test_where_rank_1_is_best_the_last_are_worst_off_and_ties_go_together() -> None:
    frame = scores([1, 2, 3, 4, 5, 6, 7, 8, 9, 9])
    assert worst_off(frame, "20", worst_first=False).areas == {"A09", "A10"}
    assert worst_off(frame, "10", worst_first=False).areas == {"A09", "A10"}  # tied areas share the lowest rank
    assert worst_off(frame, "10", worst_first=True).areas == {"A01"}


def test_areas_that_may_change_places_are_those_whose_range_reaches_over_the_line() -> None:
    low, high = [1, 1, 2, 3, 5, 6, 7, 8, 9, 10], [1, 3, 4, 4, 5, 6, 7, 8, 9, 10]
    found = worst_off(scores(list(range(1, 11)), rank_p05=low, rank_p95=high), "20", worst_first=True)
    assert found.areas == {"A01", "A02"}
    assert (found.may_leave, found.may_join) == (1, 1)  # A02 to rank 3; A03 from rank 2; A04 from 3 is not in
    assert worst_off(scores(list(range(1, 11))), "20", worst_first=True).may_leave is None


def test_likely_is_a_chance_of_at_least_a_half() -> None:
    chance = [1.0, 0.9, 0.5, 0.49, 0.04, 0.0, 0.0, 0.0, 0.0, 0.0]
    found = worst_off(scores(list(range(1, 11)), p_decile_1=chance), "likely", worst_first=True)
    assert found.areas == {"A01", "A02", "A03"}
    assert (found.may_leave, found.may_join) == (2, 1)


def test_published_tenths_and_areas_without_a_score() -> None:
    frame = scores([1, 2, 3, None], reference_decile=[1, 1, 2, None])
    found = worst_off(frame, "published-10", worst_first=True)
    assert found.areas == {"A01", "A02"}
    assert found.without_score == ["A04"]
    assert found.may_leave is None
    assert worst_off(frame, "published-20", worst_first=True).areas == {"A01", "A02", "A03"}


@pytest.mark.parametrize(
    "choice", ["0", "51", "ten", "-10", "", "likely", "published-10", "published-15", "published-"]
)
def test_choices_that_cannot_be_answered_are_refused_with_those_that_can(choice: str) -> None:
    frame = scores(list(range(1, 11)))
    assert choices_of(frame, worst_first=True) == ["10", "20", "30"]
    with pytest.raises(LeftBehindError, match="there are: 10, 20, 30"):
        worst_off(frame, choice, worst_first=True)


# --- How many ---


def cells(counts: list[float | None], *, base: list[float | None] | None = None, status: str = "AAAA") -> pl.DataFrame:
    return pl.DataFrame(
        {"area": AREAS[:4], "count": counts, "base": base or [None] * 4, "status": list(status)},
        schema_overrides={"count": pl.Float64, "base": pl.Float64},
    )


def test_share_and_representation_by_hand() -> None:
    found = count_in(cells([30, 10, 40, 20], base=[100, 100, 100, 100]), {"A01"}, intervals=False)
    assert (found.in_areas, found.everywhere, found.share) == (30, 100, 0.3)
    assert (found.base_share, found.ratio, found.word) == (0.25, pytest.approx(1.2), "over")
    assert found.share_lower95 is None
    few = count_in(cells([10, 30, 40, 20], base=[100, 100, 100, 100]), {"A01"}, intervals=False)
    assert (few.word, few.ratio) == ("under", pytest.approx(0.4))
    same = count_in(cells([25, 25, 25, 25], base=[100, 100, 100, 100]), {"A01"}, intervals=False)
    assert same.word == "alike"


def test_the_interval_is_wilsons_as_published() -> None:
    # Newcombe (1998), Stat. Med. 17:857-872, table I: 81 of 263, Wilson without correction 0.2553 to 0.3662.
    found = count_in(cells([81, 100, 50, 32], base=[300, 300, 200, 200]), {"A01"}, intervals=True)
    assert (found.share_lower95, found.share_upper95) == (
        pytest.approx(0.2553, abs=5e-5),
        pytest.approx(0.3662, abs=5e-5),
    )
    assert found.base_share == 0.3
    assert found.word == "alike"  # 0.3 lies in the interval
    assert found.ratio_upper95 == pytest.approx(0.3662 / 0.3, abs=2e-4)


def test_sums_over_suppressed_areas_are_at_least_what_is_known_and_never_silently_low() -> None:
    inside = count_in(cells([None, 10, 40, 20], status="QAAA"), {"A01", "A02"}, intervals=True)
    assert (inside.in_areas, inside.in_areas_is, inside.everywhere, inside.everywhere_is) == (
        10,
        "at least",
        70,
        "at least",
    )
    assert (inside.share, inside.share_is) == (pytest.approx(10 / 70), "at least")  # (10 + x) / (70 + x) >= 10 / 70
    assert inside.share_lower95 is None
    outside = count_in(cells([30, 10, None, 20], status="AAQA"), {"A01"}, intervals=True)
    assert (outside.in_areas_is, outside.share, outside.share_is) == ("exact", 0.5, "at most")
    both = count_in(cells([None, 10, None, 20], status="QAOA"), {"A01", "A02"}, intervals=True)
    assert (both.share, both.share_is) == (None, "not told")
    assert (both.suppressed, both.suppressed_in, both.missing, both.missing_in) == (1, 1, 1, 0)
    assert (both.word, both.ratio) == ("", None)


def test_nobody_to_count_adds_nothing_and_nought_is_a_figure() -> None:
    found = count_in(cells([None, 0, 40, 20], status="MAAA"), {"A01", "A02"}, intervals=False)
    assert (found.in_areas, found.in_areas_is, found.share, found.share_is) == (0, "exact", 0, "exact")
    none = count_in(cells([None, None, 40, 20], status="QQAA"), {"A01", "A02"}, intervals=False)
    assert (none.in_areas, none.share_is) == (None, "not told")
    a_number_beside_a_status = count_in(cells([5, 10, 40, 20], status="QAAA"), {"A01"}, intervals=False)
    assert a_number_beside_a_status.in_areas is None


# --- A whole place ---

GROUPINGS = """
[[grouping]]
id = "age"
name = "Age"
whole = "people"
members = { older = "older people", babies = "babies" }

[[grouping]]
id = "disability"
name = "Disability"
not_counted = "Nobody asks people in prison."
members = { disabled = "disabled people" }

[[grouping]]
id = "need"
name = "Need"
hardship = true
members = { poor = "poor people" }

[[crosstab]]
id = "cross"
name = "Age by disability"
file = "values/cross.csv"
geography = "a"
period = "2021"
columns = { area = "code", age = "age", disability = "disabled", count = "n" }
suppressed = ["*"]
[crosstab.names.disability]
yes = "disabled people"
"""
#: Ten areas of 100 people, A01 worst off. Old and disabled go together there, and nowhere else.
OLD = [50, *[10] * 9]
DISABLED = [50, *[10] * 9]
BOTH = [45, *[1] * 9]
POOR = [40, *[8] * 9]


def write_town(folder: Path, *, hidden: bool = False) -> Path:
    wide = csv_text({"code": AREAS, "people": [100] * 10, "older": OLD, "score": list(range(10, 0, -1))})
    long = {"code": [], "what": [], "n": [], "total": []}  # type: ignore[var-annotated]
    for name, counts in (("disabled", DISABLED), ("poor", POOR)):
        for area, count in zip(AREAS, counts, strict=True):
            for column, cell in zip(long, (area, name, count, 100), strict=True):
                long[column].append(cell)
    rows = []
    for area, old, disabled, both in zip(AREAS, OLD, DISABLED, BOTH, strict=True):
        both_cell: object = "*" if hidden and area == "A02" else both
        rows += [(area, "older people", "yes", both_cell), (area, "older people", "no", old - both)]
        rows += [(area, "younger", "yes", disabled - both), (area, "younger", "no", 100 - old - disabled + both)]
    cross = {name: [row[k] for row in rows] for k, name in enumerate(("code", "age", "disabled", "n"))}
    kinds = {"people": "count", "older": "count", "babies": "count", "disabled": "proportion", "poor": "proportion",
             "score": "score"}  # fmt: skip
    text = '[place]\ncode = "T1"\nname = "Town"\n\n[[geography]]\nid = "a"\nname = "Areas"\npopulation = "people"\n'
    text += '\n[[table]]\nfile = "values/a.csv"\ngeography = "a"\nkey = "code"\nperiod = "2021"\n'
    text += 'columns = { people = "people", older = "older", score = "score" }\n'
    text += '\n[[values]]\nfile = "values/long.csv"\ngeography = "a"\nperiod = "2021"\n'
    text += 'columns = { area = "code", indicator = "what", count = "n", denominator = "total" }\n'
    part = index_dict(leaf("score"))["part"][0]
    index = 'id = "test"\nname = "Test"\ngeography = "a"\nperiod = "2021"\nhigher_is = "worse"\nrank_1 = "highest"\n'
    index += (
        '[normalise]\nmethod = "rank"\n[aggregate]\nrescale_weights = false\n[uncertainty]\ndraws = 100\n[[part]]\n'
    )
    index += "".join(f"{key} = {json.dumps(value)}\n" for key, value in part.items())
    return write_files(
        folder,
        {
            "place.toml": text + GROUPINGS,
            "indicators/indicators.csv": indicators_text(kinds, {"disabled": {"denominator": "all residents"}}),
            "values/a.csv": wide, "values/long.csv": csv_text(long), "values/cross.csv": csv_text(cross),
            "indices/test.toml": index,
        },
    )  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return open_place(write_town(tmp_path_factory.mktemp("town")))


def test_one_grouping_of_a_place(town: Place) -> None:
    found = left_behind_of(town, build_index(town, "test"), by="age")
    assert found.worst.areas == {"A01"}
    assert found.frame.select("group", "in_areas", "everywhere", "out_of", "base_share").rows() == [
        ("older people", 50, 140, "people", 0.1)
    ]
    assert found.frame["ratio"][0] == pytest.approx((50 / 140) / 0.1)
    assert found.sentences[-1] == (
        "Older people: 50 of 140 (35.7%, published without an interval) live in the worst-off tenth of areas, more than "
        "the 10.0% of people who do (3.57 times)."
    )
    assert "100 of 1,000 residents (10.0%, 2021) live in them." in found.sentences
    assert [one.text for one in found.absent] == ["Babies: this place holds no counts of them for these areas."]


def test_people_in_need_who_live_elsewhere_are_told_with_their_number(town: Place) -> None:
    found = left_behind_of(town, build_index(town, "test"), by="age")
    # 40 of 112 poor people live in A01, so 72 (64.3 %) do not; 60 of its 100 people are not poor.
    assert found.elsewhere == (
        "Poor people: 72 of 112 (64.3%, 2021) do not live in the worst-off areas; 35.7% do, against 10.0% of "
        "everybody counted. Of everybody counted in those areas, 60.0% are not of this group.",
    )


def test_two_groups_are_crossed_by_a_table_and_not_by_shares(town: Place) -> None:
    found = left_behind_of(town, build_index(town, "test"), by="age", second="disability")
    row = found.frame.filter(group="older people", second_group="disabled people").row(0, named=True)
    assert (row["in_areas"], row["everywhere"]) == (45, 54)
    multiplied = 50 * 50 / 100 + 9 * 10 * 10 / 100  # shares of two groups multiplied, area by area
    assert multiplied == 34  # not 54: in A01 the two go together
    assert row["share"] == pytest.approx(45 / 54)
    assert found.frame["in_areas"].sum() == 100
    assert found.frame["everywhere"].sum() == 1000
    assert any(one.text == "Nobody asks people in prison." for one in found.absent)


def test_a_hidden_cell_of_a_cross_table_makes_its_sums_at_least(tmp_path: Path) -> None:
    place = open_place(write_town(tmp_path, hidden=True))
    found = left_behind_of(place, build_index(place, "test"), by="age", second="disability")
    row = found.frame.filter(group="older people", second_group="disabled people").row(0, named=True)
    assert (row["in_areas_is"], row["everywhere"], row["everywhere_is"], row["share_is"]) == (
        "exact",
        53,
        "at least",
        "at most",
    )
    assert any("suppressed in 1 area, none of them" in one.text for one in found.absent)


@pytest.mark.parametrize(
    ("by", "second", "words"),
    [
        ("disability", "need", "Disability and Need cannot be crossed here.*never multiplied"),
        ("age", "age", "are one grouping"),
        ("ages", "", "no grouping 'ages'; did you mean 'age'"),
        ("", "age", "needs a first"),
        ("age", "tenure", "no grouping 'tenure'"),
    ],
)
def test_what_cannot_be_crossed_is_refused_in_words(town: Place, by: str, second: str, words: str) -> None:
    with pytest.raises(LeftBehindError, match=words):
        left_behind_of(town, build_index(town, "test"), worst="20", by=by, second=second, draws=50)


def test_the_command_tells_people_and_machines_the_same(town: Place) -> None:
    run = CliRunner()
    told = run.invoke(cli, ["left-behind", str(town.folder), "--by", "age", "--and", "disability"])
    assert told.exit_code == 0, told.output
    assert "Older people who are also disabled people: 45 of 54 (83.3%" in told.output
    assert "What not to conclude" in told.output
    answer = run.invoke(cli, ["left-behind", str(town.folder), "--by", "disability", "--json"])
    content = json.loads(answer.stdout)
    assert content["areas"] == ["A01"]
    assert content["groups"][0]["in_areas"] == 50
    # Wilson, 50 of 140: (0.35714 + 1.9208 / 140 - 1.96 sqrt(0.0016399 + 3.8416 / 78400)) / (1 + 3.8416 / 140)
    assert content["groups"][0]["share_lower95"] == pytest.approx(0.28256, abs=2e-5)
    refused = run.invoke(cli, ["left-behind", str(town.folder), "--by", "disability", "--and", "need"])
    assert isinstance(refused.exception, LeftBehindError)
