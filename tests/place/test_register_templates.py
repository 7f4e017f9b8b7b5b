"""Templates: empty tables that say what to write, import as nothing, and are never written over."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.commands import run, snapshot
from tests.places import write_place
from tests.registers import read_registers
from tests.workbooks import Sheet, read_sheets

from wholeplace.place.registers.templates import write_templates
from wholeplace.place.vocabulary import vocabulary


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    [path] = write_templates(tmp_path_factory.mktemp("template"), form="xlsx")
    return path


@pytest.fixture(scope="module")
def sheets(workbook: Path) -> dict[str, Sheet]:
    return read_sheets(workbook)


def test_one_csv_a_register_with_its_header_and_a_page(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(capfd, "records", "template", tmp_path / "new")
    assert ran.code == 0
    files = snapshot(tmp_path / "new")
    assert files.keys() == {f"{name}.csv" for name in vocabulary().registers} | {"registers.md"}
    assert files["crews.csv"] == b"id,name,organisation,size,tags,contact,notes\n"
    assert ran.out.splitlines() == [
        f"wrote {tmp_path / 'new' / name}"
        for name in [*(f"{one}.csv" for one in vocabulary().registers), "registers.md"]
    ]
    assert b"## Crews" in files["registers.md"]


def test_csv_templates_check_as_empty_registers(tmp_path: Path) -> None:
    write_templates(tmp_path / "registers")
    registers, findings = read_registers(tmp_path)
    assert findings == []
    assert {one.frame.height for one in registers.values()} == {0}
    assert registers.keys() == vocabulary().registers.keys()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_templates_import_as_no_records(tmp_path: Path, capfd: pytest.CaptureFixture[str], form: str) -> None:
    folder = write_place(tmp_path / "place")
    assert run(capfd, "records", "template", tmp_path / "new", "--format", form).code == 0
    source = tmp_path / "new" / "registers.xlsx" if form == "xlsx" else tmp_path / "new"
    ran = run(capfd, "records", "import", folder, source)
    assert ran.lines[0] == "0 removed, 0 changed, 0 added, 0 unchanged"


@pytest.mark.parametrize(("form", "file"), [("csv", "sites.csv"), ("csv", "registers.md"), ("xlsx", "registers.xlsx")])
def test_nothing_is_written_over(tmp_path: Path, capfd: pytest.CaptureFixture[str], form: str, file: str) -> None:
    (tmp_path / file).write_text("mine", encoding="utf-8")
    before = snapshot(tmp_path)
    ran = run(capfd, "records", "template", tmp_path, "--format", form)
    assert (ran.code, len(ran.lines), ran.plain()) == (1, 1, True)
    assert file in ran.err
    assert snapshot(tmp_path) == before


def test_a_folder_that_cannot_be_made(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for command in ("template", "schema"):
        ran = run(capfd, "records", command, tmp_path / "file" / "new")
        assert (ran.code, len(ran.lines), ran.plain()) == (1, 1, True)


# --- The workbook ---


def test_a_sheet_for_each_register_between_words_and_lists(sheets: dict[str, Sheet]) -> None:
    assert list(sheets) == ["About", *vocabulary().registers, "Lists"]
    for kind in vocabulary().registers.values():
        assert sheets[kind.name].rows == [[field.name for field in kind.fields]]
    words = [str(cell) for row in sheets["About"].rows for cell in row if cell]
    assert words[0] == "Registers of a place"
    assert any("wholeplace records import" in line for line in words)
    assert set(vocabulary().registers) <= set(words)


def test_headings_are_protected_over_free_cells(sheets: dict[str, Sheet]) -> None:
    for kind in vocabulary().registers.values():
        sheet = sheets[kind.name]
        assert sheet.protected
        assert sheet.free_columns  # also those to the right, for columns of one's own
        assert len(sheet.locked) == len(kind.fields)
        assert all(sheet.locked.values())
    assert sheets["About"].protected
    assert sheets["Lists"].protected


def test_every_heading_has_a_note(sheets: dict[str, Sheet]) -> None:
    for kind in vocabulary().registers.values():
        notes = list(sheets[kind.name].notes.values())
        assert len(notes) == len(kind.fields)
        for field, note in zip(kind.fields, notes, strict=True):
            assert field.meaning in note
            assert field.example in note
    assert sheets["services"].notes["F1"] == (
        "Hours in which it is to be back (recovery time objective).\nWrite a number, 0 or more. Unit: h.\n"
        "Example: 24\nStandard: ISO 22300 recovery time objective"
    )
    assert "Write the id of one of the sites." in sheets["teams"].notes["D1"]
    assert "from organisations, teams, suppliers" in sheets["services"].notes["D1"]


def test_drop_downs(sheets: dict[str, Sheet]) -> None:
    """Closed lists refuse other words, suggested ones let them pass; long lists stand in a sheet of their own."""
    systems = {sheets["systems"].rows[0]["ABCDEFGHIJKLMNOPQ".index(column)]: choice
               for column, choice in sheets["systems"].choices.items()}  # fmt: skip
    assert systems.keys() == {"kind", "hosting", "data_class", "black_start"}
    assert systems["black_start"] == ('"yes,no"', True)
    assert systems["hosting"][1]
    assert not systems["kind"][1]
    assert offered(sheets, systems["hosting"][0]) == ["on-premises", "cloud", "hybrid", "supplier"]
    [risk] = [choice for column, choice in sheets["risks"].choices.items() if column == "D"]
    assert offered(sheets, risk[0]) == [code.code for code in vocabulary().registers["risks"].by_name["kind"].codes]
    assert len(offered(sheets, risk[0])) == 13


def offered(sheets: dict[str, Sheet], source: str) -> list[object]:
    """The codes of a list by where it stands, as Lists!$A$2:$A$5."""
    name, _, cells = source.partition("!")
    first, _, last = cells.replace("$", "").partition(":")
    column = first.rstrip("0123456789")
    number = 0
    for letter in column:
        number = number * 26 + ord(letter) - 64
    rows = sheets[name].rows[int(first[len(column) :]) - 1 : int(last[len(column) :])]
    return [row[number - 1] for row in rows]


@pytest.mark.office
def test_the_workbook_through_libreoffice(tmp_path: Path, workbook: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Saved again by another program it is still no records."""
    profile = (tmp_path / "profile").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx", "--outdir"]
    subprocess.run([*command, tmp_path / "again", workbook], check=True, capture_output=True, timeout=300)
    ran = run(capfd, "records", "import", write_place(tmp_path / "place"), tmp_path / "again" / workbook.name)
    assert ran.lines[0] == "0 removed, 0 changed, 0 added, 0 unchanged"
