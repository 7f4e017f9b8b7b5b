"""Files that are cut off, binary, in another encoding or packed to do harm: one plain message, exit 1, nothing written."""

from __future__ import annotations

import gzip
import io
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas
import pytest
from shapely.geometry import Polygon
from tests.commands import Ran, run, snapshot
from tests.places import (
    AREAS,
    INDICATORS,
    LOOKUP,
    TABLE,
    WIDE,
    as_parquet,
    as_xlsx,
    default_files,
    geojson,
    packed,
    toml,
    write_place,
)

from wholeplace.build import open_build

VALUES = "indicators/values/"
#: Enough rows that half a file is more than a header.
MANY = WIDE + "".join(f"Z{number},{number},0.5\n" for number in range(2000))


def swapped(text: bytes, name: str) -> dict[str, bytes | str]:
    """The default place with another file in place of its table."""
    return {"place.toml": toml(TABLE.replace("wide.csv", name), LOOKUP), VALUES + name: text}


def geopackage(tmp_path: Path) -> bytes:
    drawn = geopandas.GeoDataFrame(
        {"code": list(AREAS), "name": list(AREAS)},
        geometry=[Polygon(rings[0]) for rings in AREAS.values()],
        crs="EPSG:27700",
    )
    drawn.to_file(tmp_path / "whole.gpkg")
    return (tmp_path / "whole.gpkg").read_bytes()


def workbook_of(members: dict[str, bytes], source: bytes | None = None) -> bytes:
    """A workbook with some of the files inside it replaced."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(source or as_xlsx(WIDE))) as old,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for item in old.infolist():
            new.writestr(item.filename, members.get(item.filename, old.read(item)))
    return written.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
SHEET_START = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
SHEET_END = b"</sheetData></worksheet>"


def corner_cells() -> bytes:
    """Two cells, at the two corners of the largest sheet there is: 17 thousand million cells between them."""
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return workbook_of({SHEET: SHEET_START + cells + SHEET_END})


def zeros() -> bytes:
    """A sheet of 600 MB of blanks in half a megabyte."""
    return workbook_of({SHEET: SHEET_START + b" " * (600 * 1024**2) + SHEET_END})


def long_text() -> bytes:
    """One text of a megabyte to which every cell refers."""
    text = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
        + b"x" * 1024**2
        + b"</t></si></sst>"
    )
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (row, row) for row in range(1, 5000))
    return workbook_of({SHEET: SHEET_START + rows + SHEET_END, "xl/sharedStrings.xml": text})


def lying_size() -> bytes:
    """A workbook whose sheet says it is small and is not."""
    content = bytearray(workbook_of({SHEET: SHEET_START + b" " * 10_000_000 + SHEET_END}))
    size = len(SHEET_START + SHEET_END) + 10_000_000
    found = size.to_bytes(4, "little")
    while (at := content.find(found)) >= 0:
        content[at : at + 4] = (100).to_bytes(4, "little")
    return bytes(content)


BROKEN_TABLES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "CSV cut off in a row": ("wide.csv", lambda: MANY.encode()[:-9], r"row 2005.*cut off"),
    "CSV cut off in a quote": ("wide.csv", lambda: WIDE.replace("A4", '"A4').encode(), r"quote that is never closed"),
    "CSV with rows of all lengths": ("wide.csv", lambda: b"code,residents,share\nA1,1\nA2,1,2,3\n", r"row 2.*cell"),
    "empty CSV": ("wide.csv", lambda: b"", r"is empty"),
    "CSV of blank lines": ("wide.csv", lambda: b"\n\n  \n", r"is empty"),
    "CSV of Latin-1": ("wide.csv", lambda: WIDE.replace("A4", "Ä4").encode("latin-1"), r"row 5.*not UTF-8 text \(byte 0xc4\)"),
    "CSV of UTF-16": ("wide.csv", lambda: WIDE.encode("utf-16"), r"UTF-16"),
    "CSV of UTF-16 without a mark": ("wide.csv", lambda: WIDE.encode("utf-16-le"), r"not text at all"),
    "a picture named .csv": ("wide.csv", lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, r"not text at all|not UTF-8"),
    "a workbook named .csv": ("wide.csv", lambda: as_xlsx(WIDE), r"not text at all"),
    "random bytes named .csv": ("wide.csv", lambda: bytes(n * 7919 % 251 + 1 for n in range(5000)), r"not UTF-8 text"),
    "CSV with semicolons": ("wide.csv", lambda: WIDE.replace(",", ";").encode(), r"semicolons"),
    "another table": ("wide.csv", lambda: b"a,b\n1,2\n", r"no column 'code'"),
    "gzip cut off": ("wide.csv.gz", lambda: packed(MANY)[:-200], r"cut off"),
    "gzip cut off in its header": ("wide.csv.gz", lambda: packed(MANY)[:5], r"cut off"),
    "gzip cut off before its sum": ("wide.csv.gz", lambda: packed(MANY)[:-1], r"cut off"),
    "gzip with a wrong byte": ("wide.csv.gz", lambda: packed(MANY)[:500] + b"\xff\xff" + packed(MANY)[502:], r"damaged"),
    "empty gzip": ("wide.csv.gz", lambda: b"", r"cut off"),
    "CSV named .gz": ("wide.csv.gz", WIDE.encode, r"not a gzip archive"),
    "gzip of Latin-1": ("wide.csv.gz", lambda: gzip.compress("A,Ä\n".encode("latin-1")), r"not UTF-8"),
    "Parquet cut off": ("wide.parquet", lambda: as_parquet(MANY)[:-100], r"not a readable Parquet file"),
    "Parquet cut off at the start": ("wide.parquet", lambda: as_parquet(MANY)[100:], r"not a readable Parquet file"),
    "Parquet with wrong bytes": ("wide.parquet", lambda: as_parquet(MANY)[:200] + b"\xff" * 300 + as_parquet(MANY)[500:], r"not a readable Parquet file"),
    "empty Parquet": ("wide.parquet", lambda: b"", r"not a readable Parquet file"),
    "CSV named .parquet": ("wide.parquet", WIDE.encode, r"not a readable Parquet file"),
    "workbook cut off": ("wide.xlsx", lambda: as_xlsx(MANY)[:-300], r"not a workbook"),
    "workbook cut off at the start": ("wide.xlsx", lambda: as_xlsx(MANY)[300:], r"not a workbook"),
    "workbook with wrong bytes": ("wide.xlsx", lambda: as_xlsx(MANY)[:9000] + b"\xff" * 500 + as_xlsx(MANY)[9500:], r"not a (readable )?workbook"),
    "empty workbook": ("wide.xlsx", lambda: b"", r"not a workbook"),
    "CSV named .xlsx": ("wide.xlsx", WIDE.encode, r"not a workbook"),
    "a zip that is no workbook": ("wide.xlsx", lambda: workbook_of({}, zip_of({"a.txt": b"x"})), r"not a readable workbook"),
    "a workbook whose sheet is no XML": ("wide.xlsx", lambda: workbook_of({SHEET: b"<worksheet><sheetData><row"}), r"not a readable workbook|holds no rows"),
    "a workbook that packs 600 MB": ("wide.xlsx", zeros, r"unpacks [\d,]+ bytes to 6\d\d,"),
    "a workbook with a cell at each corner": ("wide.xlsx", corner_cells, r"1,048,576 rows by 16,384 columns"),
    "a workbook with a text too long": ("wide.xlsx", long_text, r"more text than a cell can hold"),
    "a workbook that lies about its size": ("wide.xlsx", lying_size, r"not a workbook"),
}  # fmt: skip


def zip_of(members: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default place, built once; tests copy it."""
    from wholeplace.build import build_place

    folder = write_place(tmp_path_factory.mktemp("built"))
    build_place(folder)
    return folder


def breaks(
    built: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], files: dict[str, bytes | str | None], words: str
) -> Ran:
    """Break a place that has been built: check and build say why in plain words, and the build stays as it was."""
    folder = tmp_path / "place"
    shutil.copytree(built, folder)
    for name in files:
        (folder / name).unlink(missing_ok=True)
    write_place(folder, {**dict.fromkeys(default_files()), **files})
    before = snapshot(folder)
    for command in ("check", "build"):
        ran = run(capfd, command, folder)
        assert ran.plain(), ran
        assert ran.code == 1
        said = [line for line in ran.lines if re.search(words, line)]
        assert said, ran.lines
        assert snapshot(folder) == before
    asked = run(capfd, "check", folder, "--json")
    assert asked.code == 1
    assert asked.document["ok"] is False
    assert [one for one in asked.document["findings"] if one["level"] == "error" and re.search(words, str_of(one))]
    for command in (["indicator", folder, "residents", "--json"], ["area", folder, "A1", "--json"]):
        asked = run(capfd, *command)
        assert (asked.code, asked.out) == (1, "")
        assert asked.plain()
    assert open_build(folder).values.height > 0  # the last good build stays
    return ran


def str_of(finding: dict[str, object]) -> str:
    return f"{finding['file']}, row {finding['row']}, {finding['message']}"


@pytest.mark.parametrize("name", BROKEN_TABLES)
def test_a_broken_table(built: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str) -> None:
    file, make, words = BROKEN_TABLES[name]
    ran = breaks(built, tmp_path, capfd, swapped(make(), file), words)
    errors = [line for line in ran.err.splitlines() if "error:" in line]
    if "rows of all lengths" not in name and "another table" not in name:
        assert len(errors) == 1  # one plain message, and none of what follows from it


def test_a_table_cut_off_in_a_number_is_the_one_fault_that_cannot_be_seen(tmp_path: Path) -> None:
    """`0.4` cut to `0.` reads as a number: nothing in the file says that more was to come."""
    from tests.places import check

    assert check(write_place(tmp_path, {VALUES + "wide.csv": WIDE[:-2]})).ok


BROKEN_FILES: dict[str, tuple[dict[str, Callable[[], bytes | str]], str]] = {
    "place.toml cut off in a string": ({"place.toml": lambda: toml(TABLE, LOOKUP)[:-15]}, r"not valid TOML"),
    "place.toml cut off in a table": ({"place.toml": lambda: toml(TABLE, LOOKUP) + "[[table"}, r"not valid TOML"),
    "place.toml of Latin-1": ({"place.toml": lambda: toml(TABLE, LOOKUP).replace("Testham", "Testhäm").encode("latin-1")}, r"not UTF-8"),
    "place.toml of UTF-16": ({"place.toml": lambda: toml(TABLE, LOOKUP).encode("utf-16")}, r"not UTF-8"),
    "place.toml that is binary": ({"place.toml": lambda: bytes(range(256))}, r"not (UTF-8|valid TOML)"),
    "empty place.toml": ({"place.toml": lambda: ""}, r"place: is required"),
    "place.toml with brackets without end": ({"place.toml": lambda: "x = " + "[" * 100_000}, r"brackets go too deep"),
    "place.toml with a number without end": ({"place.toml": lambda: "x = " + "9" * 5000}, r"not valid TOML"),
    "indicators.csv cut off": ({"indicators/indicators.csv": lambda: INDICATORS[:-9]}, r"indicators.csv, row 3.*cut off"),
    "indicators.csv of UTF-16": ({"indicators/indicators.csv": lambda: INDICATORS.encode("utf-16")}, r"UTF-16"),
    "GeoJSON cut off": ({"areas/areas.geojson": lambda: geojson(AREAS)[:-50]}, r"not valid JSON, or is cut off"),
    "GeoJSON cut off in a letter": ({"areas/areas.geojson": lambda: '{"a": "ä'.encode()[:-1]}, r"not UTF-8"),
    "GeoJSON that is binary": ({"areas/areas.geojson": lambda: bytes(range(256))}, r"not UTF-8"),
    "empty GeoJSON": ({"areas/areas.geojson": lambda: ""}, r"not valid JSON"),
    "GeoJSON with brackets without end": ({"areas/areas.geojson": lambda: "[" * 100_000}, r"brackets go too deep"),
    "look-up cut off": ({"areas/lookup.csv": lambda: "code,ward\nA1,W1\nA2"}, r"lookup.csv, row 3.*cut off"),
    "look-up that does not join": ({"areas/lookup.csv": lambda: "code,ward\nX1,W1\n"}, r"none of its codes is an area"),
    "codes that do not join": ({VALUES + "wide.csv": lambda: WIDE.replace("A", "E")}, r"none of its 4 area codes is an area"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_another_broken_file(built: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str) -> None:
    files, words = BROKEN_FILES[name]
    ran = breaks(built, tmp_path, capfd, {file: make() for file, make in files.items()}, words)
    assert len([line for line in ran.err.splitlines() if "error:" in line]) == 1


@pytest.mark.parametrize("cut", ["end", "half", "header", "bytes", "no"])
def test_a_broken_geopackage(built: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], cut: str) -> None:
    whole = geopackage(tmp_path)
    content = {
        "end": whole[:-5000],
        "half": whole[: len(whole) // 2],
        "header": whole[:50],
        "bytes": whole[:20_000] + b"\xff" * 20_000 + whole[40_000:],
        "no": b"code,name\nA1,A1\n",
    }[cut]
    text = toml(TABLE, LOOKUP).replace("areas.geojson", "areas.gpkg")
    files: dict[str, bytes | str | None] = {"place.toml": text, "areas/areas.gpkg": content}
    ran = breaks(built, tmp_path, capfd, files, r"areas.gpkg.*(not a readable GeoPackage|has no layer with boundaries)")
    assert len([line for line in ran.err.splitlines() if "error:" in line]) == 1


def test_a_file_is_a_folder(built: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for number, file in enumerate(
        ("indicators/values/wide.csv", "areas/areas.geojson", "areas/lookup.csv", "place.toml")
    ):
        folder = write_place(tmp_path / str(number), {file: None})
        (folder / file).mkdir(parents=True)
        ran = run(capfd, "check", folder)
        assert ran.code == 1
        assert ran.plain()
        assert len([line for line in ran.lines if line.startswith("error")]) == 1


def test_a_file_that_may_not_be_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests may run as root, whom nothing is denied: the refusal is played."""
    folder = write_place(tmp_path)
    opened = Path.open

    def refuse(self: Path, *arguments: object, **options: object) -> object:
        if self.name in {"wide.csv", "areas.geojson"}:
            raise PermissionError(13, "Permission denied", str(self))
        return opened(self, *arguments, **options)  # type: ignore[arg-type,call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    ran = run(capfd, "check", folder)
    assert ran.code == 1
    assert ran.plain()
    said = {line for line in ran.lines if line.startswith("error")}
    assert said == {
        "error: indicators/values/wide.csv: cannot be read: Permission denied [unreadable]",
        "error: areas/areas.geojson: cannot be read: Permission denied [unreadable]",
    }


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is denied to root")
def test_a_folder_that_may_not_be_read(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = write_place(tmp_path / "place")
    folder.chmod(0)
    try:
        ran = run(capfd, "check", folder)
    finally:
        folder.chmod(0o755)
    assert ran.code == 1
    assert ran.plain()


# --- Folders ---


@pytest.mark.parametrize("command", ["check", "build", "indicator", "area"])
@pytest.mark.parametrize("kind", ["absent", "file", "empty"])
def test_what_is_no_place_folder(tmp_path: Path, capfd: pytest.CaptureFixture[str], command: str, kind: str) -> None:
    folder = tmp_path / "place"
    if kind == "file":
        folder.write_text("not a folder", encoding="utf-8")
    elif kind == "empty":
        folder.mkdir()
    ran = run(capfd, command, folder, *(["x"] if command in {"indicator", "area"} else []))
    assert ran.code == 1
    assert ran.plain()
    words = {
        "absent": "there is no folder",
        "file": "is a file, not a place folder",
        "empty": "there is no place.toml in",
    }
    assert len([line for line in ran.lines if words[kind] in line]) == 1
    assert (list(folder.iterdir()) == []) if kind == "empty" else (folder.exists() == (kind == "file"))


def test_json_of_a_folder_that_is_not_there_is_still_a_document(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ran = run(capfd, "check", tmp_path / "gone", "--json")
    assert ran.code == 1
    assert ran.err == ""
    assert [finding["rule"] for finding in ran.document["findings"]] == ["no-file"]
    assert (ran.document["areas"], ran.document["rows_outside"]) == ({}, {})


@pytest.mark.parametrize("arguments", [["check"], ["chekc", "x"], ["check", "x", "--josn"], ["build", "x", "y"]])
def test_wrong_usage_is_exit_2(capfd: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    ran = run(capfd, *arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.plain()
