"""Contract A: encodings, unknown keys, paths, ids as text, absent and unknown columns."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.places import (
    GEOGRAPHIES,
    INDICATORS,
    LOOKUP,
    PLACE_TOML,
    TABLE,
    WIDE,
    changed,
    check,
    default_files,
    errors,
    only,
    read,
    told,
    toml,
    values,
    where,
    write_place,
)

BOM = b"\xef\xbb\xbf"


def test_a_byte_order_mark_is_accepted_in_every_kind_of_text(tmp_path: Path) -> None:
    marked = {name: BOM + str(content).encode() for name, content in default_files().items()}
    report = check(write_place(tmp_path, marked))
    assert report.findings == []
    assert report.place is not None
    assert values(report.place, "residents")["A1"] == 100  # the mark is no part of the first column's name


def test_unknown_keys_are_warnings_with_the_nearest_known_key(tmp_path: Path) -> None:
    text = changed(lambda t: t.replace('country = "GB"', 'contry = "GB"'), PLACE_TOML) + GEOGRAPHIES + TABLE + LOOKUP
    text = changed(lambda t: t.replace('period = "2021"', 'period = "2021"\nblnak = "Q"'), text)
    folder = write_place(tmp_path, {"place.toml": text})
    report = check(folder)
    assert [where(finding) for finding in told(report, "unknown-key")] == [
        ("warning", "place.toml", None, "place.contry", None),
        ("warning", "place.toml", None, "table.1.blnak", None),
    ]
    assert "'country'" in told(report, "unknown-key")[0].message
    assert "'blank'" in told(report, "unknown-key")[1].message
    assert report.ok
    strict = check(folder, strict=True)
    assert errors(strict) == ["unknown-key", "unknown-key"]
    assert not strict.ok


def test_an_unknown_key_is_told_beside_the_required_one_it_stands_for(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {"place.toml": toml().replace('name = "Testham"', 'naem = "Testham"')}))
    assert "nearest known key is 'name'" in only(report, "unknown-key").message
    assert where(only(report, "toml-value")) == ("error", "place.toml", None, "place.name", None)


def test_an_unknown_section_is_a_warning(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {"place.toml": toml(TABLE, LOOKUP, "\n[[tabel]]\nfile = 'x.csv'\n")}))
    assert "nearest known key is 'table'" in only(report, "unknown-key").message


def test_only_code_and_name_of_the_place_are_required(tmp_path: Path) -> None:
    (tmp_path / "place.toml").write_text('[place]\ncode = "T01"\nname = "Testham"\n', encoding="utf-8")
    report = check(tmp_path)
    assert report.ok
    assert report.findings == []
    assert report.place is not None
    assert (report.place.settings.timezone, report.place.settings.contact) == ("UTC", "")


@pytest.mark.parametrize("key", ["code", "name"])
def test_code_and_name_of_the_place_are_required(tmp_path: Path, key: str) -> None:
    text = "".join(line for line in PLACE_TOML.splitlines(keepends=True) if not line.startswith(key))
    report = check(write_place(tmp_path, {"place.toml": text}))
    assert where(only(report, "toml-value")) == ("error", "place.toml", None, f"place.{key}", None)


def test_only_id_and_name_are_required_of_a_geography(tmp_path: Path) -> None:
    keyed = '[[geography]]\nid = "area"\nname = "Areas"\n'
    assert check(write_place(tmp_path, {"place.toml": PLACE_TOML + keyed + TABLE})).findings == []
    text = PLACE_TOML + keyed.replace('name = "Areas"\n', "") + TABLE
    report = check(write_place(tmp_path, {"place.toml": text}))
    assert only(report, "toml-value").column == "geography.1.name"


def test_a_faulty_section_does_not_hide_what_is_wrong_in_the_others(tmp_path: Path) -> None:
    text = toml(TABLE.replace('key = "code"\n', ""), TABLE.replace('key = "code"', 'key = "kode"'))
    report = check(write_place(tmp_path, {"place.toml": text}))
    assert where(only(report, "toml-value")) == ("error", "place.toml", None, "table.1.key", None)
    assert where(only(report, "no-column")) == ("error", "indicators/values/wide.csv", None, "kode", None)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("columns = 5", "a table"),
        ("columns = { residents = 5 }", "text in quotes"),
        ('blank = "X"', "one of 'O', 'Q', 'L' or 'M'"),
        ('suppressed = "*"', "a list"),
        ("period = true", "text in quotes"),
        ('scale = { share = "100" }', "a number"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_in_plain_words(tmp_path: Path, value: str, words: str) -> None:
    key = value.partition(" ")[0]
    lines = [line for line in TABLE.splitlines() if not line.startswith(key)]
    report = check(write_place(tmp_path, {"place.toml": toml("\n".join([*lines, value, ""]))}))
    assert f"must be {words}" in only(report, "toml-value").message


def test_a_wrong_value_of_where_names_its_key_alone(tmp_path: Path) -> None:
    long = '[[values]]\nfile = "x.csv"\ngeography = "area"\ncolumns = { area = "a" }\nwhere = { kind = true }\n'
    report = check(write_place(tmp_path, {"place.toml": toml(long)}))
    assert {finding.column for finding in told(report, "toml-value")} == {"values.1.where.kind"}


# --- Paths ---


def test_paths_are_relative_absolute_or_through_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_place(tmp_path / "place")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.move(folder / "indicators/values/wide.csv", elsewhere / "wide.csv")
    monkeypatch.setenv("TESTHAM_DATA", str(elsewhere))
    for file in ("${TESTHAM_DATA}/wide.csv", str(elsewhere / "wide.csv"), "../elsewhere/wide.csv"):
        text = toml(TABLE.replace("indicators/values/wide.csv", file), LOOKUP)
        (folder / "place.toml").write_text(text, encoding="utf-8")
        report = check(folder)
        assert report.findings == []
        assert report.rows_outside == {file: 0}  # named as place.toml names it


def test_paths_start_at_place_toml_whatever_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_place(tmp_path / "place")
    monkeypatch.chdir(tmp_path)
    assert check(Path("place")).findings == []


def test_an_unset_variable_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many files are found through it, and whatever of tables, look-ups and indices hangs on them."""
    monkeypatch.delenv("TESTHAM_DATA", raising=False)
    text = (GEOGRAPHIES + TABLE + TABLE + LOOKUP).replace('file = "', 'file = "${TESTHAM_DATA}/')
    index = 'id = "x"\nname = "X"\ngeography = "area"\nperiod = "2021"\nhigher_is = "worse"\nrank_1 = "highest"\n'
    index += '[normalise]\nmethod = "rank"\n[aggregate]\nmethod = "arithmetic"\n'
    index += '[[part]]\nid = "a"\nindicator = "no-car"\nweight = 1\ndirection = "high-is-worse"\n'
    report = check(write_place(tmp_path, {"place.toml": PLACE_TOML + text, "indices/x.toml": index}))
    assert [where(finding) for finding in report.findings] == [("error", "place.toml", None, None, "TESTHAM_DATA")]
    assert "environment variable TESTHAM_DATA is not set" in report.findings[0].message
    assert "export TESTHAM_DATA=/path/to/folder" in report.findings[0].message


def test_two_unset_variables_are_two_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONE_DATA", raising=False)
    monkeypatch.delenv("TWO_DATA", raising=False)
    text = toml(*(TABLE.replace('file = "', f'file = "${{{name}}}/') for name in ("ONE_DATA", "TWO_DATA", "ONE_DATA")))
    report = check(write_place(tmp_path, {"place.toml": text}))
    assert [finding.value for finding in told(report, "unset-variable")] == ["ONE_DATA", "TWO_DATA"]


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    text = toml(TABLE.replace("wide.csv", "wode.csv"), LOOKUP.replace("lookup.csv", "lokup.csv"))
    report = check(write_place(tmp_path, {"place.toml": text}))
    assert [finding.file for finding in told(report, "no-file")] == ["indicators/values/wode.csv", "areas/lokup.csv"]
    assert errors(report) == ["no-file", "no-file"]
    assert "did you mean 'wide.csv'?" in told(report, "no-file")[0].message


def test_a_file_that_is_not_there_is_told_with_where_it_was_looked_for_and_what_to_do(tmp_path: Path) -> None:
    text = toml(TABLE.replace("wide.csv", "xyz.csv"), LOOKUP.replace("areas/lookup", "arreas/lookup"))
    folder = write_place(tmp_path, {"place.toml": text})
    table, lookup = told(check(folder), "no-file")
    where_to = "put it there, or mend the path that names it"
    assert table.message == f"is not there (looked in {folder / 'indicators/values'}); {where_to}"
    assert lookup.message.startswith(f"is not there, nor is the folder {folder / 'arreas'}; put the file there")


def test_look_ups_and_postcodes_are_looked_for_although_the_boundaries_are_not_there(tmp_path: Path) -> None:
    """So that whoever fetches the files fetches them all at once; the look-up is there, the postcodes are not."""
    postcodes = '[[postcode]]\nfile = "areas/postcodes.csv"\ngeography = "area"\n'
    postcodes += 'columns = { postcode = "postcode", area = "area" }\n'
    folder = write_place(tmp_path, {"place.toml": toml(TABLE, LOOKUP, postcodes)})
    (folder / "areas/areas.geojson").unlink()
    assert [finding.file for finding in told(check(folder), "no-file")] == [
        "areas/areas.geojson",
        "areas/postcodes.csv",
    ]
    (folder / "areas/lookup.csv").unlink()
    absent = ["areas/areas.geojson", "areas/lookup.csv", "areas/postcodes.csv"]
    assert [finding.file for finding in told(check(folder), "no-file")] == absent


# --- Columns ---


def test_a_path_that_no_system_has_is_a_file_that_is_not_there(tmp_path: Path) -> None:
    text = toml(TABLE.replace("wide.csv", "wide\\u0000.csv"), LOOKUP)
    assert only(check(write_place(tmp_path, {"place.toml": text})), "no-file").file == "indicators/values/wide\0.csv"


def test_a_column_that_place_toml_names_must_be_there(tmp_path: Path) -> None:
    text = toml(TABLE.replace('share = "no-car"', 'shar = "no-car", x = "y"'), LOOKUP)
    report = check(write_place(tmp_path, {"place.toml": text}))
    assert [where(finding) for finding in told(report, "no-column")] == [
        ("error", "indicators/values/wide.csv", None, "shar", None),
        ("error", "indicators/values/wide.csv", None, "x", None),
    ]
    assert "its columns are: code, residents, share" in told(report, "no-column")[0].message


@pytest.mark.parametrize("column", ["key", "scale", "blanks", "sum"])
def test_so_must_columns_named_for_other_ends(tmp_path: Path, column: str) -> None:
    table = {
        "key": TABLE.replace('key = "code"', 'key = "gone"'),
        "scale": TABLE + "scale = { gone = 2 }\n",
        "blanks": TABLE + 'blanks = { gone = "Q" }\n',
        "sum": TABLE + '[table.sum]\nno-car = ["gone"]\n',
    }[column]
    report = check(write_place(tmp_path, {"place.toml": toml(table)}))
    assert only(report, "no-column").column == "gone"


def test_the_columns_that_are_there_are_checked_though_another_is_not(tmp_path: Path) -> None:
    text = toml(TABLE.replace('residents = "residents"', 'gone = "residents"'), LOOKUP)
    wide = WIDE.replace("0.3", "3.5")
    report = check(write_place(tmp_path, {"place.toml": text, "indicators/values/wide.csv": wide}))
    assert only(report, "no-column").column == "gone"
    assert only(report, "share-over-1").row == 4


def test_unknown_columns_are_kept_and_ignored(tmp_path: Path) -> None:
    wide = "\n".join(f"{line},x" for line in WIDE.splitlines()) + "\n"
    indicators = "\n".join(f"{line},x" for line in INDICATORS.splitlines()) + "\n"
    files = {"indicators/values/wide.csv": wide, "indicators/indicators.csv": indicators}
    folder = write_place(tmp_path, files)
    assert check(folder).findings == []
    assert (folder / "indicators/values/wide.csv").read_text(encoding="utf-8") == wide


def test_columns_without_a_name_are_ignored(tmp_path: Path) -> None:
    """Spreadsheets save commas behind the table as nameless columns."""
    wide = "\n".join(f"{line},," for line in WIDE.splitlines()) + "\n"
    assert check(write_place(tmp_path, {"indicators/values/wide.csv": wide})).findings == []


def test_two_columns_of_one_name_are_an_error(tmp_path: Path) -> None:
    wide = WIDE.replace("code,residents,share", "code,share,share")
    report = check(write_place(tmp_path, {"indicators/values/wide.csv": wide}))
    assert where(only(report, "header-twice")) == ("error", "indicators/values/wide.csv", 1, "share", None)


def test_an_absent_optional_column_equals_an_empty_one(tmp_path: Path) -> None:
    optional = ("definition", "theme", "decimals", "numerator", "denominator", "ci_method", "publisher", "url",
                "issued", "next_update", "caveats", "up")  # fmt: skip
    lines = INDICATORS.splitlines()
    wide = "\n".join([f"{lines[0]},{','.join(optional)}", *(line + "," * len(optional) for line in lines[1:])])
    absent, _ = read(write_place(tmp_path / "absent"))
    empty, findings = read(write_place(tmp_path / "empty", {"indicators/indicators.csv": wide + "\n"}))
    assert absent.indicators == empty.indicators
    assert findings.items == []


# --- Codes and ids ---


def test_codes_are_text_with_their_zeros_and_case(tmp_path: Path) -> None:
    geographies = '[[geography]]\nid = "area"\nname = "Areas"\n'
    wide = "code,residents,share\n007,1,0\n0e1,2,0\n1.0,3,0\nAb,4,0\nNA,5,0\n"
    folder = write_place(tmp_path, {"place.toml": PLACE_TOML + geographies + TABLE, "indicators/values/wide.csv": wide})
    place, findings = read(folder)
    assert findings.items == []
    assert values(place, "residents") == {"007": 1, "0e1": 2, "1.0": 3, "Ab": 4, "NA": 5}


def test_a_code_of_the_place_may_be_written_as_a_number(tmp_path: Path) -> None:
    place, _ = read(write_place(tmp_path, {"place.toml": '[place]\ncode = 12\nname = "Testham"\n'}))
    assert place.settings.code == "12"


@pytest.mark.parametrize(("text", "fault"), [("area-2", False), ("2021", False), ("Area", True), ("area_2", True)])
def test_ids_are_small_letters_digits_and_hyphens(tmp_path: Path, text: str, fault: bool) -> None:
    content = toml(TABLE, LOOKUP).replace('"area"', f'"{text}"')
    report = check(write_place(tmp_path, {"place.toml": content}))
    assert [where(finding) for finding in told(report, "id-form")] == (
        [("warning", "place.toml", None, "geography.id", text)] if fault else []
    )


def test_two_geographies_of_one_id_are_an_error(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {"place.toml": toml(TABLE, LOOKUP).replace('id = "ward"', 'id = "area"')}))
    assert where(only(report, "id-twice")) == ("error", "place.toml", None, "geography.id", "area")


def test_the_id_place_is_kept_for_the_place_itself(tmp_path: Path) -> None:
    report = check(write_place(tmp_path, {"place.toml": toml('[[geography]]\nid = "place"\nname = "X"\n')}))
    assert "kept for the place itself" in only(report, "id-twice").message


@pytest.mark.parametrize(
    ("key", "value", "rule", "level"),
    [
        ("timezone", "Europe/Leeds", "timezone", "error"),
        ("crs", "EPSG:99999", "crs", "error"),
        ("crs", "EPSG:4326", "crs", "warning"),  # in degrees: no lengths or areas
        ("code", "  ", "required", "error"),
    ],
)
def test_settings_of_the_place_are_checked(tmp_path: Path, key: str, value: str, rule: str, level: str) -> None:
    lines = [f'{key} = "{value}"' if line.startswith(key) else line for line in PLACE_TOML.splitlines()]
    report = check(write_place(tmp_path, {"place.toml": "\n".join(lines) + GEOGRAPHIES + TABLE + LOOKUP}))
    finding = only(report, rule)
    assert (finding.level, finding.column) == (level, f"place.{key}")


@pytest.mark.parametrize(
    "text", ["geography = 5\n" + PLACE_TOML + TABLE, toml(TABLE).replace('id = "area"', 'id = ["area"]', 1)]
)
def test_geographies_or_an_id_of_the_wrong_kind_are_told_in_plain_words(tmp_path: Path, text: str) -> None:
    assert "toml-value" in errors(check(write_place(tmp_path, {"place.toml": text})))


def test_a_geography_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    text = toml(TABLE.replace('"area"', '"aera"'), LOOKUP.replace('to = "ward"', 'to = "wrad"', 1))
    report = check(write_place(tmp_path, {"place.toml": text}))
    assert [where(finding) for finding in told(report, "unknown-geography")] == [
        ("error", "place.toml", None, "table.geography", "aera"),
        ("error", "place.toml", None, "lookup.to", "wrad"),
    ]
    assert "there are: area, ward" in told(report, "unknown-geography")[0].message
