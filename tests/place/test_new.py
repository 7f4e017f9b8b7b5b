"""`wholeplace new`: a folder that checks and builds as it is, and never writes over anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.commands import run, snapshot
from tests.places import check

from wholeplace.build import build_place, open_build


def test_a_new_place_checks_and_builds(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new-town"
    ran = run(capfd, "new", folder, "--name", "New Town", "--code", "N01")
    assert ran.code == 0
    assert "wholeplace check" in ran.out
    report = check(folder)
    assert [finding for finding in report.findings if finding.level != "notice"] == []
    assert report.areas == {"neighbourhood": 4}
    build_place(folder)
    built = open_build(folder)
    assert (built.place["name"], built.place["code"], built.indices) == ("New Town", "N01", ["example"])
    # A04 is suppressed; the others 212/640, 98/655, 301/702
    assert built.values.filter(indicator="no-car", geography="neighbourhood")["status"].to_list() == [
        "A",
        "A",
        "A",
        "Q",
    ]


def test_a_new_place_has_registers_to_fill_in(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A workbook that imports as nothing until it is filled in, and a page about its fields; no empty registers."""
    folder = tmp_path / "new-town"
    run(capfd, "new", folder)
    assert sorted(path.name for path in (folder / "registers").iterdir()) == ["registers.md", "registers.xlsx"]
    ran = run(capfd, "records", "import", folder, folder / "registers" / "registers.xlsx")
    assert ran.lines[0] == "0 removed, 0 changed, 0 added, 0 unchanged"
    assert (folder / "registers" / "registers.md").read_text(encoding="utf-8").startswith("# Registers\n")


@pytest.mark.parametrize("path", ["new-town", "."])
def test_name_and_code_come_from_the_folder(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    start = tmp_path / "new-town" if path == "." else tmp_path
    start.mkdir(exist_ok=True)
    monkeypatch.chdir(start)
    assert run(capfd, "new", path).code == 0
    report = check(tmp_path / "new-town")
    assert report.place is not None
    assert (report.place.settings.name, report.place.settings.code) == ("New Town", "new-town")


@pytest.mark.parametrize("name", ['The "Old" Town', "C:\\Town", "Ynys Môn", "two\nlines", "tab\there", "\x7f"])
def test_any_name_can_be_written(tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str) -> None:
    assert run(capfd, "new", tmp_path / "x", "--name", name).code == 0
    report = check(tmp_path / "x")
    assert report.place is not None
    assert report.place.settings.name == name


def test_an_empty_folder_is_filled(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(capfd, "new", tmp_path).code == 0
    assert (tmp_path / "place.toml").is_file()


@pytest.mark.parametrize("kind", ["in use", "hidden file", "file", "under a file"])
def test_nothing_is_written_over(tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str) -> None:
    folder = tmp_path / "place"
    if kind in {"file", "under a file"}:
        folder.write_text("mine", encoding="utf-8")
    else:
        folder.mkdir()
        (folder / (".hidden" if kind == "hidden file" else "mine.txt")).write_text("mine", encoding="utf-8")
    before = snapshot(tmp_path)
    ran = run(capfd, "new", folder / "town" if kind == "under a file" else folder)
    assert ran.code == 1
    assert ran.plain()
    assert len(ran.lines) == 1
    assert snapshot(tmp_path) == before
