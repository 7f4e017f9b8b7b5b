"""What LibreOffice makes of our exports: nothing runs in it, and what it saves can be imported without a change."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest
from tests.records.small import registers
from tests.records.test_round_trips import CELLS, place_of_cells

from wholeplace.records.exporting import export_registers
from wholeplace.records.importing import ImportRequest, plan_import

pytestmark = pytest.mark.office

#: How LibreOffice is to read and write CSV: commas, quotes, UTF-8 (76); every column as text (2).
AS_TEXT = "CSV:44,34,76,1," + "/".join(f"{column}/2" for column in range(1, 60))
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return place_of_cells(tmp_path_factory.mktemp("office"))


def convert(source: Path, to: str, out: Path, *, read_as: str = "") -> Path:
    """Let LibreOffice open a file and save it in another form; return what it wrote."""
    profile = f"-env:UserInstallation={(source.parents[1] / 'profile').as_uri()}"
    reading = [f"--infilter={read_as}"] if read_as else []
    command = ["soffice", profile, "--headless", *reading, "--convert-to", to, "--outdir", str(out), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    [written] = out.iterdir()
    return written


def assert_unchanged(place: Path, path: Path) -> None:
    plan = plan_import(ImportRequest(place, path, whole=True))
    assert ([(one.name, list(one.fields())) for one in plan.differences], plan.unchanged) == ([], len(CELLS))


def formulas(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert sheet.count(b"<row ") == len(CELLS) + 1  # it did read the records
    return sheet.count(b"<f")


def test_a_workbook_saved_by_libreoffice_changes_nothing(place: Path, tmp_path: Path) -> None:
    [source] = export_registers(registers(place), tmp_path / "xlsx", form="xlsx")
    written = convert(source, "xlsx", tmp_path / "saved")
    assert formulas(written) == 0
    assert_unchanged(place, written)


def test_a_csv_saved_by_libreoffice_as_workbook_changes_nothing(place: Path, tmp_path: Path) -> None:
    [source] = export_registers(registers(place), tmp_path / "csv")
    written = convert(source, "xlsx", tmp_path / "saved", read_as=AS_TEXT)
    assert formulas(written) == 0
    assert_unchanged(place, written)


def test_a_workbook_saved_by_libreoffice_as_csv_changes_nothing(place: Path, tmp_path: Path) -> None:
    [source] = export_registers(registers(place), tmp_path / "xlsx", form="xlsx")
    written = convert(source, AS_CSV, tmp_path / "saved")
    assert_unchanged(place, written.rename(tmp_path / "sites.csv"))


def test_no_cell_of_a_csv_runs_in_libreoffice(place: Path, tmp_path: Path) -> None:
    """Opened as it comes, with no setting made: leading zeros may go, but nothing is worked out."""
    [source] = export_registers(registers(place), tmp_path / "csv")
    assert formulas(convert(source, "xlsx", tmp_path / "saved")) == 0


def test_libreoffice_would_run_it_if_it_were_not_kept_from_it(tmp_path: Path) -> None:
    """So that the tests above cannot pass because LibreOffice runs nothing at all here."""
    source = tmp_path / "csv" / "sites.csv"
    source.parent.mkdir()
    source.write_text("id,name\n" + "a,=1+1\n" * len(CELLS))
    assert formulas(convert(source, "xlsx", tmp_path / "saved")) == len(CELLS)
