"""What is exported and imported again changes nothing, in every form, whatever stands in the cells."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.commands import run
from tests.records.small import held, make_place, registers, take_in

from wholeplace.records.exporting import TooLongError, export_registers
from wholeplace.records.importing import ImportRequest, plan_import

#: One record a cell that programs like to spoil, by what it is.
CELLS = {
    "leading-zeros": "007",
    "long-number": "12345678901234567890",
    "number": "-1.55",
    "trailing-zero": "1.50",
    "exponent": "1E5",
    "plus": "+5",
    "comma": "a, b;c",
    "quotes": 'the "old" hall',
    "quote": '"',
    "apostrophe": "'tis",
    "apostrophes": "''",
    "newline": "first\nsecond",
    "windows-newline": "first\r\nsecond",
    "old-newline": "first\rsecond",
    "newline-first": "\nsecond",
    "newline-last": "first\n",
    "tab": "a\tb",
    "emoji": "👩🏽‍🚒 Ünïcødé 漢字 \u200bx",
    "spaces": "  two before, three after   ",
    "no-break": "\u00a0a",
    "formula": "=1+1",
    "call": "=HYPERLINK(\"http://example.org\",\"a\")",
    "command": "=cmd|' /C calc'!A0",
    "phone": "+44 113 496 0000",
    "dash": "- none -",
    "minus-formula": "-2+3+cmd|' /C calc'!A0",
    "at": "@sum(A1:A9)",
    "handle": "@testham",
    "tab-formula": "\t=1+1",
    "return-formula": "\r=1+1",
    "newline-formula": "\n=1+1",
    "wide-formula": "＝1+1",
    "shielded": "'=1+1",
    "twice-shielded": "''=1+1",
    "yes": "yes",
    "true": "TRUE",
    "date": "2026-03-31",
    "british-date": "31/03/2026",
    "date-like": "1-2",
    "time": "12:30",
    "percent": "50%",
    "money": "£1,000.00",
    "escape": "_x0041_ and &amp; <b>",
    "null": "NULL",
    "na": "N/A",
    "na-number": "nan",
    "slash": "a\\nb",
    "link": "https://example.org/?a=1&b=2",
    "mail": "mailto:jo@example.org",
    "hash": "#N/A",
    "semicolon": "a;b;;c",
    "byte-order-mark": "\ufeffa",
}  # fmt: skip
FORMS = ("csv", "xlsx", "json")


def written_as_json(folder: Path, records: list[dict[str, str]], name: str = "sites") -> Path:
    """A JSON file of one register, which holds any text as it is."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    return path


def place_of_cells(folder: Path) -> Path:
    """Sites with every cell of CELLS as a name, as a note, as a contact and in a column of the place's own."""
    place = make_place(folder / "testham")
    records = [
        {"id": one, "name": text, "notes": text, "contact": text, "Own, column": text} for one, text in CELLS.items()
    ]
    take_in(place, written_as_json(folder, records))
    return place


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return place_of_cells(tmp_path)


def test_json_is_taken_in_as_it_is_with_new_lines_as_one_letter(place: Path) -> None:
    taken = {key: record["notes"] for key, record in held(place)["sites"].items()}
    assert taken == {**CELLS, "windows-newline": "first\nsecond", "old-newline": "first\nsecond",
                     "return-formula": "\n=1+1"}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_an_export_imported_again_changes_nothing(
    place: Path, tmp_path: Path, form: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(capfd, "records", "export", place, tmp_path / "out", "--format", form).code == 0
    said = run(capfd, "records", "import", place, tmp_path / "out", "--whole", "--json")
    assert said.code == 0, said.err
    assert (said.document["changes"], said.document["unchanged"]) == ([], len(CELLS))


@pytest.mark.parametrize("form", FORMS)
def test_an_export_imported_into_another_place_gives_the_same_place(place: Path, tmp_path: Path, form: Any) -> None:
    export_registers(registers(place), tmp_path / "out", form=form)
    other = make_place(tmp_path / "other")
    take_in(other, tmp_path / "out")
    assert held(other) == held(place)


def test_an_exported_csv_in_the_place_folder_is_what_the_log_holds(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(capfd, "records", "export", place, place / "registers").code == 0
    assert run(capfd, "check", place, "--json").document["findings"] == []


def test_no_exported_cell_can_run(place: Path, tmp_path: Path) -> None:
    """By the list of OWASP: cells that begin with =, +, -, @, tab or return; numbers alone may."""
    [path] = export_registers(registers(place), tmp_path)
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    runs = {cell for row in rows for cell in row if cell[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"}}
    assert runs == {"-1.55", "+5"}
    [path] = export_registers(registers(place), tmp_path, form="xlsx")
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f" not in sheet
    assert b"<c" in sheet
    assert sheet.count(b"<v>") == sheet.count(b't="s"')  # every cell is text


def test_a_column_with_a_name_that_would_run_is_kept_from_running(tmp_path: Path) -> None:
    place = make_place(tmp_path / "testham")
    take_in(place, written_as_json(tmp_path, [{"id": "a", "=1+1": "x", "-": "y"}]))
    [path] = export_registers(registers(place), tmp_path)
    assert {"'=1+1", "'-"} <= set(path.read_text().splitlines()[0].split(","))
    assert plan_import(ImportRequest(place, path, True)).differences == ()


def test_a_workbook_refuses_what_it_would_cut_off(tmp_path: Path) -> None:
    """A cell of a workbook holds 32,767 letters."""
    place = make_place(tmp_path / "testham")
    take_in(place, written_as_json(tmp_path, [{"id": "a", "notes": "x" * 32_766}]))
    export_registers(registers(place), tmp_path / "out", form="xlsx")
    assert plan_import(ImportRequest(place, tmp_path / "out", True)).differences == ()
    take_in(place, written_as_json(tmp_path, [{"id": "b", "notes": "x" * 32_768}]))
    with pytest.raises(TooLongError, match="notes of site:b"):
        export_registers(registers(place), tmp_path / "out", form="xlsx")
    export_registers(registers(place), tmp_path / "csv", form="csv")
    assert plan_import(ImportRequest(place, tmp_path / "csv", True)).differences == ()


def test_json_of_other_kinds_than_text(tmp_path: Path) -> None:
    place = make_place(tmp_path / "testham")
    path = tmp_path / "services.json"
    path.write_text('[{"id": "a", "rto_h": 1.50, "criticality": 2, "tags": ["x", "y"], "name": null, "big": 10000000000000000000000000.10, "own": true}]')  # fmt: skip
    take_in(place, path)
    assert held(place)["services"]["a"] == {
        "id": "a", "rto_h": "1.50", "criticality": "2", "tags": "x;y", "big": "10000000000000000000000000.10",
        "own": "yes",
    }  # fmt: skip


#: Any text that a workbook can hold: no control characters, no halves of letters.
ANY_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n\r"), max_size=12)
SPOILED = st.lists(st.sampled_from(["=", "+", "-", "@", "'", '"', ",", "\n", "\r", "\t", " ", "0", "1", ".", "a", "ﬁ", "＝"]), max_size=6).map("".join)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.one_of(ANY_TEXT, SPOILED), min_size=1, max_size=30))
def test_any_text_goes_out_and_comes_back(
    tmp_path_factory: pytest.TempPathFactory, form: Any, cells: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    place = make_place(folder / "testham")
    cells = [cell.replace("\ufffe", "").replace("\uffff", "") for cell in cells]
    records = [{"id": f"s{number}", "notes": cell, "name": "x"} for number, cell in enumerate(cells)]
    take_in(place, written_as_json(folder, records))
    export_registers(registers(place), folder / "out", form=form)
    assert plan_import(ImportRequest(place, folder / "out", True)).differences == ()
