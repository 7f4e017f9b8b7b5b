"""`check --fix`: dependency rows for references that have none, added to the file, or left to an import."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.commands import Ran, run, snapshot
from tests.places import check, told, write_place
from tests.registers import write_registers

FILE = "registers/dependencies.csv"
ESTATE = {
    "suppliers": "id\nacme\n",
    "sites": "id\nhall\n",
    "systems": "id,supplier,location\nemail,acme,supplier:acme\nweb,acme,site:hall\nphone,none,\n",
}


def place(folder: Path, **tables: str) -> Path:
    """An estate of which two of three systems stand on things that no row names; the third names nobody."""
    return write_registers(write_place(folder), {**ESTATE, **tables})


def fix(capfd: pytest.CaptureFixture[str], folder: Path, *options: str) -> Ran:
    ran = run(capfd, "check", folder, "--fix", *options)
    assert ran.plain()
    return ran


def test_rows_are_shown_and_then_added_to_a_new_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = place(tmp_path)
    ran = fix(capfd, folder)
    assert ran.out.splitlines()[:3] == [  # column by column, as the vocabulary has them
        f"would mend: {FILE}: a row is added with dependent 'system:email', provider 'supplier:acme'",
        f"would mend: {FILE}: a row is added with dependent 'system:web', provider 'site:hall'",
        f"would mend: {FILE}: a row is added with dependent 'system:web', provider 'supplier:acme'",
    ]
    assert ran.out.splitlines()[3].startswith("3 mended; the files as they were are in ")
    assert (folder / FILE).read_bytes() == (
        b"dependent,provider\nsystem:email,supplier:acme\nsystem:web,site:hall\nsystem:web,supplier:acme\n"
    )
    assert told(check(folder), "no-dependency-row") == []
    assert fix(capfd, folder).out.splitlines()[0] == "nothing that can be mended by itself"


def test_rows_follow_those_that_are_there(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With the columns, mark and line endings of the file, whose last line has no end; kept as it was."""
    before = '\ufeffgroup,my own,provider,dependent\r\n,x,site:hall,system:web\r\n,"a, b",supplier:acme,system:web'
    folder = place(tmp_path, dependencies=before)
    fix(capfd, folder)
    assert (folder / FILE).read_bytes().decode() == before + "\r\n,,supplier:acme,system:email\r\n"
    [kept] = (folder / ".wholeplace/before-fix").iterdir()
    assert snapshot(kept) == {FILE: before.encode()}


def test_cells_and_rows_of_one_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = place(tmp_path, dependencies='dependent,provider,tolerance_h\nsystem:web,supplier:acme,"1,000"\n')
    fix(capfd, folder)
    assert (folder / FILE).read_text(encoding="utf-8").splitlines()[1:] == [
        "system:web,supplier:acme,1000",
        "system:email,supplier:acme,",
        "system:web,site:hall,",
    ]


@pytest.mark.parametrize(
    "text",
    ["dependent\nsystem:email\n", "dependent,provider\na,b,c\n", "", 'dependent,provider\n"a,b\n'],
)
def test_a_file_that_cannot_be_read_is_left(tmp_path: Path, capfd: pytest.CaptureFixture[str], text: str) -> None:
    folder = place(tmp_path, dependencies=text)
    assert "nothing that can be mended" in fix(capfd, folder).out
    assert (folder / FILE).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("link", ["file", "folder"])
def test_registers_that_lie_elsewhere_are_left(tmp_path: Path, capfd: pytest.CaptureFixture[str], link: str) -> None:
    other, folder = place(tmp_path / "other", dependencies="dependent,provider\n"), write_place(tmp_path / "place")
    if link == "folder":
        (other / FILE).unlink()
        (folder / "registers").symlink_to(other / "registers", target_is_directory=True)
    else:
        write_registers(folder, ESTATE)
        (folder / FILE).symlink_to(other / FILE)
    before = snapshot(other)
    assert "nothing that can be mended" in fix(capfd, folder).out
    assert snapshot(other) == before


def test_a_register_of_the_log_goes_through_an_import(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = place(
        tmp_path, systems="id,supplier\nemail,acme\n", dependencies="dependent,provider\nsystem:email,site:hall\n"
    )
    assert run(capfd, "records", "import", folder, "--yes", "--reason", "first").code == 0
    before = (folder / FILE).read_bytes()
    ran = fix(capfd, folder)
    lines = ran.out.splitlines()
    assert "the records log holds registers/dependencies.csv" in lines[0]
    assert f"wholeplace records import {folder} dependencies.csv" in lines[0]
    assert lines[1:4] == ["dependent,provider", "system:email,supplier:acme", "nothing that can be mended by itself"]
    assert (folder / FILE).read_bytes() == before
    rows = tmp_path / "elsewhere" / "dependencies.csv"
    rows.parent.mkdir()
    rows.write_text("\n".join(lines[1:3]) + "\n", encoding="utf-8")
    assert run(capfd, "records", "import", folder, rows, "--yes", "--reason", "as the check says").code == 0
    assert told(check(folder), "no-dependency-row") == []


def test_a_log_without_dependencies_leaves_them_to_the_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = place(tmp_path, systems="id,supplier\nemail,acme\n")
    assert run(capfd, "records", "import", folder, "--yes", "--reason", "first").code == 0
    fix(capfd, folder)
    assert (folder / FILE).read_text(encoding="utf-8") == "dependent,provider\nsystem:email,supplier:acme\n"


def test_with_json_there_is_one_document(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ran = fix(capfd, place(tmp_path), "--json")
    assert [one["rule"] for one in ran.document["findings"]] == ["unknown-reference"]
    assert "a row is added" in ran.err
