"""Every kind of fault the issue names, all in one place folder: the check tells each with where it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.places import AREAS, GEOGRAPHIES, PLACE_TOML, check, geojson, write_place

WIDE = "indicators/values/wide.csv"
OLD_WIDE = "indicators/values/wide2.csv"
INDICATORS_FILE = "indicators/indicators.csv"
SECTIONS = """
[[table]]
file = "indicators/values/wide.csv"
geography = "area"
key = "code"
period = "2021"
columns = { residents = "residents", share = "no-car", percent = "no-work", level = "level" }

[[table]]
file = "indicators/values/wide.csv"
geography = "area"
key = "code"
period = "2022"
columns = { later = "level" }

[[table]]
file = "indicators/values/wide2.csv"
geography = "area"
key = "code"
period = "2024"
columns = { level = "level" }

[[table]]
file = "indicators/values/wards.csv"
geography = "ward"
key = "code"
period = "2021"
columns = { residents = "residents" }

[[lookup]]
from = "area"
to = "ward"
file = "areas/lookup.csv"
columns = { from = "code", to = "ward", weight = "w" }
"""
OTHER = """
[[geography]]
id = "old"
name = "Old areas"

[[table]]
file = "indicators/values/old.csv"
geography = "old"
key = "code"
period = "2021"
columns = { n = "level" }

[[lookup]]
from = "area"
to = "old"
file = "areas/area_old.csv"
columns = { from = "from", to = "to" }

[[lookup]]
from = "old"
to = "ward"
file = "areas/old_ward.csv"
columns = { from = "from", to = "to" }
"""
BOW_TIE = [[[431_000, 433_000], [432_000, 434_000], [432_000, 433_000], [431_000, 434_000], [431_000, 433_000]]]
FILES: dict[str, str] = {
    "place.toml": PLACE_TOML
    + GEOGRAPHIES.replace('id = "ward"', 'id = "ward"\npopulation = "residents"')
    + SECTIONS
    + OTHER,
    "areas/areas.geojson": geojson({**AREAS, "A2": BOW_TIE, "A3": None}),
    INDICATORS_FILE: (
        "id,name,value_type,unit,polarity,source,licence,next_update\n"
        "residents,Residents,count,people,none,Census,Open,2020\n"
        "no-car,No car,proportion,share,low_good,,Open,\n"
        "no-work,No work,proportion,%,low_good,Census,,\n"
        "level,Level,rate,things,none,Lab,Open,\n"
    ),
    # A1 is there twice; a2 is A2 by its case; A4 has no row; O1 is of the old areas; Z9 of another place
    WIDE: (
        "code,residents,share,percent,level,later\n"
        "A1,100,0.1,10,1,1\n"
        'A1,"1,100",0.1,10,1,1\n'
        "a2,200,0.2,20,1,1\n"
        "A3,300,3.3,133,1,1\n"
        "O1,400,0.4,40,1,1\n"
        "Z9,500,0.5,50,1,1\n"
    ),
    OLD_WIDE: "code,level\nA1,1\nA2,1\nA3,1\nA4,1\n",
    "indicators/values/wards.csv": "code,residents\nW1,300\nW2,9000\n",
    "indicators/values/old.csv": "code,n\nO1,1\n",
    # A1's weights sum to 0.9; A2 goes to no ward of the place; A4 has no row
    "areas/lookup.csv": "code,ward,w\nA1,W1,0.9\nA2,W9,1\nA3,W2,1\n",
    # A3 is there twice without a weight
    "areas/area_old.csv": "from,to\nA1,O1\nA2,O1\nA3,O1\nA3,O2\nA4,O1\n",
    "areas/old_ward.csv": "from,to\nO1,W1\n",
}
#: level, rule, file, row, column, value
EXPECTED = {
    ("error", "key-twice", WIDE, 3, "code", "A1"),  # duplicate codes
    ("error", "code-alike", WIDE, 4, "code", "a2"),  # codes that differ by case (or a leading zero)
    ("notice", "no-boundary", "areas/areas.geojson", 3, "code", "A3"),
    ("notice", "no-row", WIDE, None, "code", "A2"),  # A2 and A4 have no row
    ("warning", "invalid-geometry", "areas/areas.geojson", 2, "code", "A2"),
    ("warning", "mixed-vintages", WIDE, 6, "code", "O1"),
    ("error", "not-number", WIDE, 3, "residents", "1,100"),  # numbers as text
    ("warning", "share-over-1", WIDE, 5, "share", "3.3"),
    ("warning", "over-100-percent", WIDE, 5, "percent", "133"),
    ("warning", "unit", INDICATORS_FILE, 5, "unit", "things"),
    ("warning", "missing-period", WIDE, None, "level", "2023"),  # 2021, 2022, 2024
    ("warning", "no-source", INDICATORS_FILE, 3, "source", ""),
    ("warning", "no-licence", INDICATORS_FILE, 4, "licence", ""),
    ("warning", "past-next-update", INDICATORS_FILE, 2, "next_update", "2020"),
    ("warning", "lookup-drops", "areas/lookup.csv", None, "code", "A4"),
    ("warning", "lookup-drops", "areas/lookup.csv", 3, "ward", "W9"),
    ("error", "lookup-weights", "areas/lookup.csv", 2, "w", "A1"),
    ("error", "lookup-doubles", "areas/area_old.csv", 5, "from", "A3"),
    ("warning", "routes-disagree", "areas/lookup.csv", None, None, "A1"),
    ("warning", "population", "place.toml", None, None, "residents"),  # 9,300 on wards, far fewer on areas
}


NEED = """
id = "need"
name = "Need"
geography = "area"
period = "2021"
higher_is = "worse"
rank_1 = "highest"

[normalise]
method = "rank"

[[part]]
id = "cars"
indicator = "no-car"
weight = 1
direction = "high-is-worse"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_place(tmp_path_factory.mktemp("place"), FILES)


def test_all_are_told_at_once(folder: Path) -> None:
    report = check(folder)
    found = {(f.level, f.rule, f.file, f.row, f.column, f.value) for f in report.findings}
    assert EXPECTED - found == set()
    assert not report.ok


def test_cells_are_checked_though_the_boundaries_of_their_geography_cannot_be_read(folder: Path) -> None:
    place = write_place(folder.parent / "no-boundaries", {**FILES, "areas/areas.geojson": None})
    found = {(f.level, f.rule, f.file, f.row, f.column, f.value) for f in check(place).findings}
    assert ("error", "no-file", "areas/areas.geojson", None, None, None) in found
    assert ("error", "not-number", WIDE, 3, "residents", "1,100") in found
    assert ("error", "key-twice", WIDE, 3, "code", "A1") in found


@pytest.mark.parametrize("file", ["areas/areas.geojson", WIDE])
def test_an_index_is_checked_though_its_areas_are_there_twice(tmp_path: Path, file: str) -> None:
    files = {"indices/need.toml": NEED, WIDE: "code,residents,share\nA1,1,0.1\nA2,2,0.2\nA3,3,0.3\nA4,4,0.4\n"}
    write_place(tmp_path, files)
    content = (tmp_path / file).read_text(encoding="utf-8")
    if file == WIDE:
        twice = content + "A2,2,0.2\n"
    else:
        shapes = json.loads(content)
        twice = json.dumps(shapes | {"features": [*shapes["features"], shapes["features"][1]]})
    (tmp_path / file).write_text(twice, encoding="utf-8")
    assert [(one.rule, one.value) for one in check(tmp_path).findings] == [("key-twice", "A2")]


def test_every_message_says_what_is_wrong_in_words(folder: Path) -> None:
    for finding in check(folder).findings:
        assert len(finding.message) > 10
        assert "Error" not in finding.message
        assert "None" not in str(finding)


def test_the_json_has_the_keys_of_the_contract(folder: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "wholeplace.cli", "check", str(folder), "--json"], capture_output=True, check=False
    )
    document: dict[str, Any] = json.loads(run.stdout)  # one document and nothing else
    assert run.returncode == 1
    assert list(document) == ["ok", "findings", "areas", "rows_outside"]
    assert document["ok"] is False
    assert document["areas"] == {"area": 4, "ward": 2, "old": 1}
    # a2 (not A2), O1 and Z9 are no areas of the place
    assert document["rows_outside"] == {
        WIDE: 3,
        OLD_WIDE: 0,
        "indicators/values/wards.csv": 0,
        "indicators/values/old.csv": 0,
    }
    keys = {"level", "rule", "file", "row", "column", "value", "message"}
    assert all(set(finding) == keys for finding in document["findings"])
    found = {
        tuple(finding[key] for key in ("level", "rule", "file", "row", "column", "value"))
        for finding in document["findings"]
    }
    assert EXPECTED - found == set()


def test_strict_makes_errors_of_warnings_and_leaves_notices(folder: Path) -> None:
    levels = {finding.rule: finding.level for finding in check(folder, strict=True).findings}
    assert levels["share-over-1"] == "error"
    assert levels["no-boundary"] == "notice"


# --- Population that does not reconcile: 0.5 % of the larger total ---


@pytest.mark.parametrize(
    ("second", "told"), [("700", False), ("705", False), ("706", True), ("695", False), ("694", True)]
)
def test_populations_reconcile_within_half_a_per_cent(tmp_path: Path, second: str, told: bool) -> None:
    """Areas sum to 1000; wards to 300 + 700 = 1000. 5 of 1005 and of 1000 are within 0.5 %; 6 of 1006 and 1000 are not."""
    from tests.places import LOOKUP, TABLE, toml

    wards = TABLE.replace("wide.csv", "wards.csv").replace('"area"', '"ward"').replace(', share = "no-car"', "")
    files = {
        "place.toml": toml(TABLE, wards, LOOKUP),
        "indicators/values/wards.csv": f"code,residents\nW1,300\nW2,{second}\n",
    }
    found = [finding for finding in check(write_place(tmp_path, files)).findings if finding.rule == "population"]
    assert [finding.level for finding in found] == (["warning"] if told else [])
