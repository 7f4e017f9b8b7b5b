"""`check --fix`: lists, then mends what needs no guess, keeps the files as they were, touches nothing outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely
from click.testing import CliRunner, Result
from shapely.geometry import shape
from tests.places import (
    AREAS,
    GEOGRAPHIES,
    LOOKUP,
    PLACE_TOML,
    TABLE,
    WIDE,
    check,
    errors,
    geojson,
    told,
    toml,
    values,
    write_place,
)

from wholeplace.cli import cli
from wholeplace.place.fixing import Fix, Mending, apply_fixes, find_fixes

FILE = "indicators/values/wide.csv"


def fix(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["check", str(folder), "--fix", *options])


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file but those kept by a fix."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".wholeplace" not in path.parts
    }


def test_it_lists_then_mends_and_keeps_the_old_file(tmp_path: Path) -> None:
    before = WIDE.replace("A2,200", 'a2,"1,200"')
    folder = write_place(tmp_path, {FILE: before})
    result = fix(folder)
    lines = result.stdout.splitlines()
    assert lines[:2] == [
        f"would mend: {FILE}, row 3, column code: 'a2' becomes 'A2'",
        f"would mend: {FILE}, row 3, column residents: '1,200' becomes '1200'",
    ]
    assert lines[2].startswith("2 mended; the files as they were are in ")
    assert result.exit_code == 0
    assert (folder / FILE).read_text(encoding="utf-8") == WIDE.replace("A2,200", "A2,1200")
    [kept] = (folder / ".wholeplace/before-fix").iterdir()
    assert snapshot_of_kept(kept) == {FILE: before.encode()}
    report = check(folder)
    assert report.findings == []
    assert report.place is not None
    assert values(report.place, "residents")["A2"] == 1200


def snapshot_of_kept(kept: Path) -> dict[str, bytes]:
    return {path.relative_to(kept).as_posix(): path.read_bytes() for path in kept.rglob("*") if path.is_file()}


def test_with_nothing_to_mend_nothing_is_written(tmp_path: Path) -> None:
    folder = write_place(tmp_path)
    before = snapshot(folder)
    result = fix(folder)
    assert result.stdout.splitlines()[0] == "nothing that can be mended by itself"
    assert snapshot(folder) == before
    assert not (folder / ".wholeplace").exists()


def test_a_second_fix_has_nothing_to_do(tmp_path: Path) -> None:
    folder = write_place(tmp_path, {FILE: WIDE.replace("A2", "a2")})
    fix(folder)
    after = snapshot(folder)
    assert "nothing that can be mended" in fix(folder).stdout
    assert snapshot(folder) == after


def test_json_and_fix_leave_one_document_on_standard_output(tmp_path: Path) -> None:
    result = fix(write_place(tmp_path, {FILE: WIDE.replace("A2", "a2")}), "--json")
    assert json.loads(result.stdout)["ok"] is True
    assert "would mend" in result.stderr


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,234", "1234"), ("£1,234.50", "1234.50"), ("$5", "5"), ("-1,234,567", "-1234567"), ("£ 7", "7")],
)
def test_numbers_in_their_clothes(tmp_path: Path, text: str, number: str) -> None:
    folder = write_place(tmp_path, {FILE: WIDE.replace("A2,200", f'A2,"{text}"')})
    assert find_fixes(folder).fixes == (Fix(FILE, 3, "residents", text, number),)


@pytest.mark.parametrize("text", ["12%", "1,23", "12,34,567", "about 5", "*", "5-9", "1.234,5", "n/a", "0x1F"])
def test_what_would_be_a_guess_is_left(tmp_path: Path, text: str) -> None:
    assert find_fixes(write_place(tmp_path, {FILE: WIDE.replace("A2,200", f'A2,"{text}"')})) == Mending()


def test_a_code_is_mended_in_every_row(tmp_path: Path) -> None:
    """A long table has a code in many rows, of which a check names the first; also past the hundredth wrong cell."""
    section = '[[values]]\nfile = "indicators/values/wide.csv"\ngeography = "area"\n'
    section += 'columns = { area = "code", indicator = "what", period = "when", value = "n" }\n'
    rows = "".join(
        f'{code},residents,{2000 + n // 4}-{n % 4 * 3 + 1:02d},"1,000"\n' for n in range(60) for code in ("A1", "a2")
    )
    folder = write_place(tmp_path, {"place.toml": toml(section, LOOKUP), FILE: "code,what,when,n\n" + rows})
    assert "180 mended" in fix(folder).stdout  # 60 codes and 120 numbers
    text = (folder / FILE).read_text(encoding="utf-8")
    assert "a2" not in text
    assert '"' not in text
    assert errors(check(folder)) == []


def test_rows_without_a_change_stay_byte_for_byte(tmp_path: Path) -> None:
    """A mark at the start, Windows line endings, needless quotes, blank lines and a cell of two lines."""
    text = (
        '\ufeffcode,residents,share,note\r\n"A1","100",0.1,\r\n\r\na2,200,"0.2",x\r\n'
        '"A3",300,0.3,"two\nlines"\r\nA4,400,0.4,"a ""b"" \u2028 c"\r\n'
    )
    folder = write_place(tmp_path, {FILE: text})
    fix(folder)
    assert (folder / FILE).read_bytes().decode() == text.replace('a2,200,"0.2",x', "A2,200,0.2,x")


def test_a_code_that_could_be_two_is_left(tmp_path: Path) -> None:
    squares = list(AREAS.values())
    geography = GEOGRAPHIES.partition('[[geography]]\nid = "ward"')[0]
    files = {
        "place.toml": PLACE_TOML + geography + TABLE,
        "areas/areas.geojson": geojson({"01": squares[0], "1": squares[1], "02": squares[2]}),
        FILE: "code,residents,share\n001,1,0\n2,2,0\n",
    }
    assert find_fixes(write_place(tmp_path, files)).fixes == (Fix(FILE, 3, "code", "2", "02"),)


def test_a_shape_that_crosses_itself_is_made_valid(tmp_path: Path) -> None:
    """The bow tie is two triangles of 0.25 km² that meet in a point."""
    bow = [[[430_000, 433_000], [431_000, 434_000], [431_000, 433_000], [430_000, 434_000], [430_000, 433_000]]]
    before = geojson({**AREAS, "A1": bow})
    folder = write_place(tmp_path, {"areas/areas.geojson": before})
    assert "areas/areas.geojson, feature 1: the shape of A1 is made valid" in fix(folder).stdout
    content = json.loads((folder / "areas/areas.geojson").read_text(encoding="utf-8"))
    mended = shape(content["features"][0]["geometry"])
    assert shapely.is_valid(mended)
    assert mended.area == 500_000
    content["features"][0] = json.loads(before)["features"][0]
    assert content == json.loads(before)  # nothing else has changed
    assert told(check(folder), "invalid-geometry") == []


def test_a_shape_of_which_nothing_would_be_left_is_left(tmp_path: Path) -> None:
    line = [[[430_000, 433_000], [431_000, 433_000], [430_500, 433_000], [430_000, 433_000]]]
    assert find_fixes(write_place(tmp_path, {"areas/areas.geojson": geojson({**AREAS, "A1": line})})) == Mending()


# --- Files outside ---


@pytest.mark.parametrize("way", ["${TESTHAM}/wide.csv", "../outside/wide.csv", "absolute", "symlink"])
def test_files_outside_the_folder_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "wide.csv").write_text(WIDE.replace("A2", "a2"), encoding="utf-8")
    monkeypatch.setenv("TESTHAM", str(outside))
    name = {"absolute": str(outside / "wide.csv"), "symlink": "linked/wide.csv"}.get(way, way)
    text = toml(TABLE.replace("indicators/values/wide.csv", name), LOOKUP)
    folder = write_place(tmp_path / "place", {"place.toml": text})
    if way == "symlink":
        (folder / "linked").symlink_to(outside, target_is_directory=True)
    before = snapshot(outside)
    result = fix(folder)
    assert "nothing that can be mended" in result.stdout
    assert result.exit_code == 1  # the code is still wrong
    assert snapshot(outside) == before


@pytest.mark.parametrize("way", ["./indicators/values/wide.csv", "areas/../indicators/values/wide.csv", "absolute"])
def test_a_file_of_the_folder_is_ours_however_it_is_named(tmp_path: Path, way: str) -> None:
    name = str(tmp_path / FILE) if way == "absolute" else way
    text = toml(TABLE, TABLE.replace(FILE, name).replace("2021", "2022"), LOOKUP)
    before = WIDE.replace("A2", "a2")
    folder = write_place(tmp_path, {"place.toml": text, FILE: before})
    assert find_fixes(folder).fixes == (Fix(FILE, 3, "code", "a2", "A2"),)  # two names, one file, one cell
    fix(folder)
    [kept] = (folder / ".wholeplace/before-fix").iterdir()
    assert snapshot_of_kept(kept) == {FILE: before.encode()}
    assert (folder / FILE).read_text(encoding="utf-8") == WIDE


def test_a_file_that_cannot_be_written_is_told_in_a_line(tmp_path: Path) -> None:
    folder = write_place(tmp_path, {FILE: WIDE.replace("A2", "a2"), ".wholeplace/before-fix": "a file in the way"})
    from wholeplace.place.fixing import CannotFixError

    before = snapshot(folder)
    with pytest.raises(CannotFixError, match="cannot mend"):
        apply_fixes(folder, find_fixes(folder).fixes)
    assert snapshot(folder) == before
