"""Contract B, look-ups: weights, splitting, chains, losses and routes that disagree."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.places import (
    LOOKUP,
    TABLE,
    check,
    errors,
    geojson,
    only,
    read,
    square,
    told,
    toml,
    where,
    write_place,
)

from wholeplace.measure import indicator_values
from wholeplace.place import Place

FILE = "areas/lookup.csv"
WEIGHTED = LOOKUP.replace('to = "ward" }', 'to = "ward", weight = "share" }')
SPLIT = LOOKUP + 'split_by = "residents"\n'
WARD_TABLE = """
[[table]]
file = "indicators/values/wards.csv"
geography = "ward"
key = "code"
period = "2021"
columns = { residents = "residents" }
"""


def weights(place: Place, start: str = "area", end: str = "ward") -> list[tuple[str, str, float]]:
    found = place.routes.find(start, end)
    assert found is not None
    return found.frame.rows()


def wards(place: Place, indicator: str = "residents") -> list[tuple[str, float | None]]:
    return indicator_values(place, indicator, geography="ward").select("area", "value").rows()


# --- Without weight ---


def test_without_weight_each_area_lies_in_one(tmp_path: Path) -> None:
    place, findings = read(write_place(tmp_path))
    assert findings.items == []
    assert weights(place) == [("A1", "W1", 1.0), ("A2", "W1", 1.0), ("A3", "W2", 1.0), ("A4", "W2", 1.0)]


def test_without_weight_an_area_in_two_would_count_twice(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {FILE: "code,ward\nA1,W1\nA2,W1\nA2,W2\nA3,W2\nA4,W2\n"}))
    finding = only(report, "lookup-doubles")
    assert where(finding) == ("error", FILE, 4, "code", "A2")
    assert "A2 lies in 2 areas (W1, W2)" in finding.message


def test_one_pair_twice_is_an_error(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {FILE: "code,ward\nA1,W1\nA2,W1\nA2,W1\nA3,W2\nA4,W2\n"}))
    assert where(only(report, "key-twice")) == ("error", FILE, 4, "code", "A2")
    assert errors(report) == ["key-twice"]


# --- With weight ---


def lookup(share: str, other: str) -> str:
    return f"code,ward,share\nA1,W1,1\nA2,W1,{share}\nA2,W2,{other}\nA3,W2,1\nA4,W2,1\n"


def test_weights_share_out_counts(tmp_path: Path) -> None:
    place, findings = read(write_place(tmp_path, {"place.toml": toml(TABLE, WEIGHTED), FILE: lookup("0.75", "0.25")}))
    assert findings.items == []
    # W1 = 100 + 0.75 x 200, W2 = 0.25 x 200 + 300 + 400
    assert wards(place) == [("W1", 250.0), ("W2", 750.0)]
    # the mean of shares by residents: (0.1 x 100 + 0.2 x 150) / 250, (0.2 x 50 + 0.3 x 300 + 0.4 x 400) / 750
    assert wards(place, "no-car") == [("W1", pytest.approx(0.16)), ("W2", pytest.approx(260 / 750))]


@pytest.mark.parametrize(
    ("other", "sound"),
    [("0.25", True), ("0.250001", True), ("0.249999", True), ("0.250002", False), ("0.249998", False), ("0.3", False)],
)
def test_weights_sum_to_1_within_a_millionth(tmp_path: Path, other: str, sound: bool) -> None:
    report = check(write_place(tmp_path, {"place.toml": toml(TABLE, WEIGHTED), FILE: lookup("0.75", other)}))
    assert [where(finding) for finding in told(report, "lookup-weights")] == (
        [] if sound else [("error", FILE, 3, "share", "A2")]
    )


@pytest.mark.parametrize("cell", ["", "half", "-0.25", "25%"])
def test_a_weight_that_is_no_share_is_one_error(tmp_path: Path, cell: str) -> None:
    report = check(write_place(tmp_path, {"place.toml": toml(TABLE, WEIGHTED), FILE: lookup("0.75", cell)}))
    assert where(only(report, "not-number")) == ("error", FILE, 4, "share", cell)
    if cell != "-0.25":
        assert errors(report) == ["not-number"]


def test_weights_in_per_cent_are_told_with_their_sum(tmp_path: Path) -> None:
    text = lookup("75", "25").replace(",1\n", ",100\n")
    report = check(write_place(tmp_path, {"place.toml": toml(TABLE, WEIGHTED), FILE: text}))
    found = told(report, "lookup-weights")
    assert [finding.value for finding in found] == ["A1", "A2", "A3", "A4"]
    assert "add up to 100, not to 1" in found[0].message


def test_a_weight_of_nothing_is_no_row(tmp_path: Path) -> None:
    place, findings = read(write_place(tmp_path, {"place.toml": toml(TABLE, WEIGHTED), FILE: lookup("1", "0")}))
    assert errors(findings) == []
    assert ("A2", "W2", 0.0) not in weights(place)


# --- split_by ---

DIVIDED = "code,ward\nA1,W1\nA2,W1\nA2,W2\nA3,W2\nA4,W2\n"


def test_split_by_shares_an_area_in_proportion_to_the_indicator_where_it_goes(tmp_path: Path) -> None:
    """W1 has 300 residents and W2 100: A2 is split 3 to 1, and only A2."""
    files = {
        "place.toml": toml(TABLE, WARD_TABLE, SPLIT),
        FILE: DIVIDED,
        "indicators/values/wards.csv": "code,residents\nW1,300\nW2,100\n",
    }
    place, findings = read(write_place(tmp_path, files))
    assert errors(findings) == []
    assert weights(place) == [
        ("A1", "W1", 1.0),
        ("A2", "W1", 0.75),
        ("A2", "W2", 0.25),
        ("A3", "W2", 1.0),
        ("A4", "W2", 1.0),
    ]


def test_split_by_takes_the_latest_period(tmp_path: Path) -> None:
    late = WARD_TABLE.replace("wards.csv", "late.csv").replace("2021", "2023")
    files = {
        "place.toml": toml(TABLE, late, WARD_TABLE, SPLIT),
        FILE: DIVIDED,
        "indicators/values/wards.csv": "code,residents\nW1,300\nW2,100\n",
        "indicators/values/late.csv": "code,residents\nW1,50\nW2,50\n",
    }
    place, _ = read(write_place(tmp_path, files))
    assert weights(place)[1] == ("A2", "W1", 0.5)


@pytest.mark.parametrize(
    ("table", "row", "column", "value"),
    [
        (None, None, "lookup.split_by", "residents"),  # no values on the geography it leads to
        ("code,residents\nW1,300\n", 4, "ward", "W2"),  # none for one of the parts
    ],
)
def test_split_by_an_indicator_that_is_not_known_there_is_an_error(
    tmp_path: Path, table: str | None, row: int | None, column: str, value: str
) -> None:
    files = {
        "place.toml": toml(TABLE, WARD_TABLE if table else "", SPLIT),
        FILE: DIVIDED,
        "indicators/values/wards.csv": table,
    }
    finding = only(check(write_place(tmp_path, files)), "split-by")
    assert (finding.level, finding.row, finding.column, finding.value) == ("error", row, column, value)
    if table:
        assert "W2 has no value of residents, by which its part of A2" in finding.message


def test_parts_that_are_all_empty_are_split_evenly_and_told(tmp_path: Path) -> None:
    files = {
        "place.toml": toml(TABLE, WARD_TABLE, SPLIT),
        FILE: DIVIDED,
        "indicators/values/wards.csv": "code,residents\nW1,0\nW2,0\n",
    }
    folder = write_place(tmp_path, files)
    assert weights(read(folder)[0])[1] == ("A2", "W1", 0.5)
    finding = only(check(folder), "split-by")
    assert where(finding) == ("warning", FILE, 3, "code", "A2")


def test_weight_and_split_by_together_are_an_error(tmp_path: Path) -> None:
    text = toml(TABLE, WEIGHTED + 'split_by = "residents"\n')
    report = check(write_place(tmp_path, {"place.toml": text, FILE: lookup("0.75", "0.25")}))
    assert "both a weight and `split_by`" in only(report, "split-by").message


# --- Losses ---


def test_an_area_without_a_row_is_lost_and_named(tmp_path: Path) -> None:
    folder = write_place(tmp_path, {FILE: "code,ward\nA1,W1\nA3,W2\nA4,W2\n"})
    finding = only(check(folder), "lookup-drops")
    assert where(finding) == ("warning", FILE, None, "code", "A2")
    assert "1 of 4 areas of area have no row and are lost on the way to ward: A2" in finding.message
    assert wards(read(folder)[0]) == [("W1", 100.0), ("W2", 700.0)]


def test_an_area_that_goes_out_of_the_place_is_lost_and_named(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {FILE: "code,ward\nA1,W1\nA2,Z9\nA3,W2\nA4,W2\n"}))
    finding = only(report, "lookup-drops")
    assert where(finding) == ("warning", FILE, 3, "ward", "Z9")
    assert "A2 goes to 'Z9', which is no area of ward" in finding.message


def test_an_area_that_nothing_leads_to_is_a_notice(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {FILE: "code,ward\nA1,W1\nA2,W1\nA3,W1\nA4,W1\n"}))
    assert where(only(report, "lookup-unreached")) == ("notice", FILE, None, "ward", "W2")


def test_rows_of_other_places_are_passed_over(tmp_path: Path) -> None:
    """A national look-up serves every place; what it says of others is not checked as if it were ours."""
    files = {"place.toml": toml(TABLE, WEIGHTED), FILE: lookup("0.75", "0.25") + "Z1,W1,0.1\nZ2,Z8,5\n"}
    assert check(write_place(tmp_path, files)).findings == []


@pytest.mark.parametrize(
    ("text", "column", "value"), [("code,ward\nZ1,W1\n", "code", "Z1"), ("code,ward\nA1,Z1\n", "ward", "Z1")]
)
def test_a_look_up_that_joins_nothing_is_an_error(tmp_path: Path, text: str, column: str, value: str) -> None:
    finding = only(check(write_place(tmp_path, {FILE: text})), "no-join")
    assert where(finding) == ("error", FILE, 2, column, value)


def test_columns_of_a_look_up_must_be_there(tmp_path: Path) -> None:
    text = toml(TABLE, LOOKUP.replace('to = "ward" }', 'to = "wrad", weight = "w" }'))
    assert [finding.column for finding in told(check(write_place(tmp_path, {"place.toml": text})), "no-column")] == [
        "wrad",
        "w",
    ]


@pytest.mark.parametrize("absent", ["file", "columns", "file and columns"])
def test_a_look_up_needs_file_and_columns(tmp_path: Path, absent: str) -> None:
    text = "\n".join(line for line in LOOKUP.splitlines() if not line or line.split(" ")[0] not in absent.split(" "))
    finding = only(check(write_place(tmp_path, {"place.toml": toml(TABLE, text)})), "required")
    assert f"needs {absent}, or `by" in finding.message


@pytest.mark.parametrize("second", [LOOKUP, LOOKUP.replace('to = "ward"', 'to = "area"', 1)])
def test_a_way_given_twice_or_to_itself_is_an_error(tmp_path: Path, second: str) -> None:
    finding = only(check(write_place(tmp_path, {"place.toml": toml(TABLE, LOOKUP, second)})), "lookup-twice")
    assert finding.value == ("area to ward" if second == LOOKUP else "area to area")


# --- Chains ---

OLD = '[[geography]]\nid = "old"\nname = "Old areas"\nfile = "areas/old.geojson"\ncode = "code"\n'
OLD_TABLE = TABLE.replace("wide.csv", "old.csv").replace('"area"', '"old"').replace("2021", "2011")


def way(start: str, end: str, file: str) -> str:
    return (
        f'\n[[lookup]]\nfrom = "{start}"\nto = "{end}"\nfile = "areas/{file}.csv"\n'
        'columns = { from = "from", to = "to", weight = "w" }\n'
    )


def chain_files(**more: str) -> dict[str, str]:
    """Two old areas: O1 became A1 and a quarter of A3's side (0.75, 0.25); O2 became A2 and A4 (half each)."""
    return {
        "areas/old.geojson": geojson({"O1": square(430_000, 433_000), "O2": square(431_000, 433_000)}),
        "indicators/values/old.csv": "code,residents,share\nO1,80,0\nO2,40,0\n",
        "areas/old_area.csv": "from,to,w\nO1,A1,0.75\nO1,A3,0.25\nO2,A2,0.5\nO2,A4,0.5\n",
        **more,
    }


def test_a_chain_of_two_carries_values_where_there_is_no_direct_way(tmp_path: Path) -> None:
    text = toml(OLD, TABLE, OLD_TABLE, LOOKUP, way("old", "area", "old_area"))
    place, findings = read(write_place(tmp_path, {"place.toml": text, **chain_files()}))
    assert errors(findings) == []
    # A1 and A2 lie in W1, A3 and A4 in W2
    assert weights(place, "old", "ward") == [
        ("O1", "W1", 0.75),
        ("O1", "W2", 0.25),
        ("O2", "W1", 0.5),
        ("O2", "W2", 0.5),
    ]
    frame = indicator_values(place, "residents", geography="ward", period="2011")
    # W1 = 0.75 x 80 + 0.5 x 40, W2 = 0.25 x 80 + 0.5 x 40
    assert frame.select("area", "value", "moved_from").rows() == [("W1", 80.0, "old"), ("W2", 40.0, "old")]


def test_weights_add_up_over_the_ways_of_a_chain(tmp_path: Path) -> None:
    """O1 goes to A1 and A2, both of which lie in W1: 0.4 + 0.6."""
    files = chain_files(**{"areas/old_area.csv": "from,to,w\nO1,A1,0.4\nO1,A2,0.6\nO2,A4,1\n"})
    text = toml(OLD, TABLE, OLD_TABLE, LOOKUP, way("old", "area", "old_area"))
    place, _ = read(write_place(tmp_path, {"place.toml": text, **files}))
    assert weights(place, "old", "ward") == [("O1", "W1", 1.0), ("O2", "W2", 1.0)]


def test_a_direct_look_up_is_preferred_and_disagreement_is_told(tmp_path: Path) -> None:
    text = toml(OLD, TABLE, OLD_TABLE, LOOKUP, way("old", "area", "old_area"), way("old", "ward", "old_ward"))
    files = chain_files(**{"areas/old_ward.csv": "from,to,w\nO1,W1,1\nO2,W1,0.5\nO2,W2,0.5\n"})
    folder = write_place(tmp_path, {"place.toml": text, **files})
    assert weights(read(folder)[0], "old", "ward")[0] == ("O1", "W1", 1.0)
    report = check(folder)
    finding = only(report, "routes-disagree")
    assert where(finding) == ("warning", "areas/old_ward.csv", None, None, "O1")
    assert "1 area of old come out elsewhere in ward" in finding.message
    assert report.ok


def test_routes_that_agree_are_not_told(tmp_path: Path) -> None:
    text = toml(OLD, TABLE, OLD_TABLE, LOOKUP, way("old", "area", "old_area"), way("old", "ward", "old_ward"))
    files = chain_files(**{"areas/old_ward.csv": "from,to,w\nO1,W1,0.75\nO1,W2,0.25\nO2,W1,0.5\nO2,W2,0.5\n"})
    assert told(check(write_place(tmp_path, {"place.toml": text, **files})), "routes-disagree") == []


def test_two_chains_without_a_direct_way_are_an_error(tmp_path: Path) -> None:
    other = '[[geography]]\nid = "other"\nname = "Other"\nfile = "areas/areas.geojson"\ncode = "code"\n'
    ways = [("old", "area"), ("old", "other"), ("other", "ward")]
    lookups = [way(start, end, "old_area" if start == "old" else "other_ward") for start, end in ways]
    files = chain_files(**{"areas/other_ward.csv": "from,to,w\nA1,W1,1\nA2,W1,1\nA3,W2,1\nA4,W2,1\n"})
    report = check(
        write_place(tmp_path / "two", {"place.toml": toml(OLD, other, TABLE, OLD_TABLE, LOOKUP, *lookups), **files})
    )
    finding = only(report, "two-chains")
    assert where(finding) == ("error", "place.toml", None, None, "old to ward")
    direct = way("old", "ward", "old_ward")
    files["areas/old_ward.csv"] = "from,to,w\nO1,W1,0.75\nO1,W2,0.25\nO2,W1,0.5\nO2,W2,0.5\n"
    text = toml(OLD, other, TABLE, OLD_TABLE, LOOKUP, *lookups, direct)
    assert errors(check(write_place(tmp_path / "direct", {"place.toml": text, **files}))) == []


def test_a_chain_of_three_is_no_way(tmp_path: Path) -> None:
    older = OLD.replace('"old"', '"older"').replace("Old", "Older")
    older_table = OLD_TABLE.replace('"old"', '"older"').replace("2011", "2001")
    files = chain_files(**{"areas/older_old.csv": "from,to,w\nO1,O1,1\nO2,O2,1\n"})
    text = toml(
        OLD,
        older,
        TABLE,
        OLD_TABLE,
        older_table,
        LOOKUP,
        way("old", "area", "old_area"),
        way("older", "old", "older_old"),
    )
    place, findings = read(write_place(tmp_path, {"place.toml": text, **files}))
    assert errors(findings) == []
    assert place.routes.find("older", "area") is not None
    assert place.routes.find("older", "ward") is None
