"""Files that must not be taken in: refused with their rows named, and nothing is changed."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from tests.commands import run, snapshot
from tests.records.small import SUPPLIERS, SYSTEMS, make_place, take_in

ROWS = [["id", "name", "supplier"], ["web", "Web site", "acme"], ["intranet", "Intranet", "bolt"]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = make_place(tmp_path / "testham", suppliers=SUPPLIERS, systems=SYSTEMS)
    take_in(folder)
    return folder


Refused = Callable[..., list[tuple[str, int | None, str | None]]]


@pytest.fixture
def refused(place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Refused:
    """Import a file, see that it is refused and nothing changed; give rule, row and value of each finding."""

    def refuse(name: str, content: str | bytes) -> list[tuple[str, int | None, str | None]]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        before = snapshot(place)
        said = run(capfd, "records", "import", place, path, "--yes", "--reason", "Test")
        assert (said.code, said.out, said.plain()) == (1, "", True)
        assert name in said.err
        found = run(capfd, "records", "import", place, path, "--json")
        assert (found.code, found.document["ok"], found.document["applied"]) == (1, False, False)
        assert snapshot(place) == before
        findings = found.document["findings"]
        assert all(name in (one["file"] or "") for one in findings)
        return [(one["rule"], one["row"], one["value"]) for one in findings if one["level"] == "error"]

    return refuse


def book(rows: list[list[str]], *, sheet: str = "systems", **more: list[list[str]]) -> bytes:
    """A workbook of text cells; cells that begin with = are formulas."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_numbers": False}) as written:
        for name, lines in {sheet: rows, **more}.items():
            page = written.add_worksheet(name)
            for number, line in enumerate(lines):
                page.write_row(number, 0, line)
    return content.getvalue()


def repacked(content: bytes, change: Callable[[str, bytes], bytes], **added: bytes) -> bytes:
    """A workbook with its files changed, and others put in."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, more in added.items():
            new.writestr(name, more)
    return packed.getvalue()


def test_a_sound_workbook_is_taken_in(place: Path, tmp_path: Path) -> None:
    """The others are refused for what is wrong with them and for nothing else."""
    path = tmp_path / "new.xlsx"
    path.write_bytes(book(ROWS))
    assert [one.name for one in take_in(place, path).differences] == ["system:intranet", "system:web"]


def test_formulas_in_csv(refused: Refused) -> None:
    text = 'id,name\nweb,=1+1\nintranet,"=HYPERLINK(""http://x"",""y"")"\nphone,+44 113 496 0000\nmap,@sum(a1)\ncmd,"+cmd|\' /C calc\'!A0"\n'
    assert refused("systems.csv", text) == [
        ("formula", 2, "=1+1"), ("formula", 3, '=HYPERLINK("http://x","y")'), ("formula", 5, "@sum(a1)"),
        ("formula", 6, "+cmd|' /C calc'!A0"),
    ]  # fmt: skip


def test_a_formula_as_the_name_of_a_column(refused: Refused) -> None:
    assert refused("systems.csv", "id,=1+1\nweb,x\n") == [("formula", 1, "=1+1")]


def test_formulas_in_a_workbook(refused: Refused) -> None:
    rows = [*ROWS, ["map", '=HYPERLINK("http://x","y")', "=1+1"]]
    assert refused("new.xlsx", book(rows)) == [("formula", 4, "B4"), ("formula", 4, "C4")]


def test_formulas_in_a_workbook_written_in_an_odd_way(refused: Refused) -> None:
    """Other order of attributes, a prefix before every name, and cells that do not say where they are."""
    plain = book([*ROWS, ["map", "=1+1", "acme"]])

    def odd(name: str, content: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return content
        changed = content.replace(b'<c r="B4">', b'<c s="0" r="B4" >').replace(b"<f>", b"<f ca='1' >")
        assert changed != content
        return changed

    assert refused("odd.xlsx", repacked(plain, odd)) == [("formula", 4, "B4")]

    def nowhere(name: str, content: bytes) -> bytes:
        return content.replace(b'<c r="B4">', b"<c>") if name == "xl/worksheets/sheet1.xml" else content

    assert refused("nowhere.xlsx", repacked(plain, nowhere)) == [("formula", 4, "B4")]


def test_macros(refused: Refused) -> None:
    assert refused("new.xlsm", book(ROWS)) == [("format", None, None)]
    assert refused("new.xls", b"\xd0\xcf\x11\xe0old") == [("format", None, None)]
    assert refused("new.ods", book(ROWS)) == [("format", None, None)]
    hidden = repacked(book(ROWS), lambda name, content: content, **{"xl/vbaProject.bin": b"macros"})
    assert refused("new.xlsx", hidden) == [("macros", None, None)]
    renamed = repacked(
        book(ROWS),
        lambda name, content: content.replace(
            b"</Types>", b'<Override PartName="/xl/a.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
        ),
        **{"xl/a.bin": b"macros"},
    )
    assert refused("renamed.xlsx", renamed) == [("macros", None, None)]


def test_macros_in_a_folder_are_not_passed_over(place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "systems.csv").write_text("id,name\nweb,Web\n")
    (tmp_path / "new" / "systems.xlsm").write_bytes(book(ROWS))
    said = run(capfd, "records", "import", place, tmp_path / "new", "--yes", "--reason", "Test")
    assert said.code == 1
    assert "systems.xlsm" in said.err


@pytest.mark.parametrize("second", ["web", " web "])
def test_two_rows_with_one_key(refused: Refused, second: str) -> None:
    text = f"id,name\nweb,One\nmail,Mail\n{second},Two\n"
    [(rule, row, value)] = refused("systems.csv", text)
    assert (rule, row, value) == ("key-twice", 4, "web")
    rows = [["id", "name"], ["web", "One"], ["mail", "Mail"], [second, "Two"]]
    assert refused("new.xlsx", book(rows)) == [("key-twice", 4, "web")]
    records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert refused("systems.json", json.dumps(records)) == [("key-twice", 3, "web")]


def test_rows_without_a_key(refused: Refused) -> None:
    assert refused("systems.csv", "id,name\nweb,One\n,Two\n") == [("required", 3, "")]
    assert refused("systems.json", '[{"name": "One"}]')[0][0] == "no-column"


def test_text_in_a_column_without_a_name(refused: Refused) -> None:
    text = "id,name,,\nweb,Web,,\n\nmap,Map,,a note\n"
    assert refused("systems.csv", text) == [("unnamed-column", 4, "a note")]
    rows = [["id", "name", "", ""], ["web", "Web", "a note", "7"]]
    assert refused("new.xlsx", book(rows)) == [("unnamed-column", 2, "a note"), ("unnamed-column", 2, "7")]


def test_blank_columns_without_a_name_do_no_harm(place: Path, tmp_path: Path) -> None:
    path = tmp_path / "systems.csv"
    path.write_text("id,name,,\nweb,Web,, \n")
    assert take_in(place, path).differences[0].after == {"id": "web", "name": "Web"}


def test_columns_of_one_name(refused: Refused) -> None:
    assert refused("systems.csv", "id,name,name\nweb,a,b\n")[0][0] == "header-twice"
    assert refused("systems.csv", "id,+x,'+x\nweb,a,b\n") == [("header-twice", 1, None)]


def test_three_hundred_columns(refused: Refused) -> None:
    names = ["id", *(f"column {number}" for number in range(299))]
    assert refused("systems.csv", ",".join(names) + "\nweb" + "," * 299 + "\n") == [("too-many-columns", 1, None)]
    assert refused("new.xlsx", book([names, ["web"]])) == [("too-many-columns", 1, None)]
    record = dict.fromkeys(names, "x") | {"id": "web"}
    assert refused("systems.json", json.dumps([record])) == [("too-many-columns", 1, None)]


def test_dates_in_five_styles(refused: Refused) -> None:
    dates = ["31/03/2026", "31.03.2026", "March 31, 2026", "2026-3-31", "20260331", "2026-02-30", "46112"]
    text = "id,start,end\nsound,2026-03-31,2027-03-31\n" + "".join(
        f'c{number},"{date}",\n' for number, date in enumerate(dates)
    )
    assert refused("contracts.csv", text) == [("date", number, date) for number, date in enumerate(dates, 3)]


def test_a_real_date_of_a_workbook_is_a_date(place: Path, tmp_path: Path) -> None:
    """46112 days after 30 December 1899 is 31 March 2026."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as written:
        page = written.add_worksheet("contracts")
        page.write_row(0, 0, ["id", "start"])
        page.write(1, 0, "deal")
        page.write_number(1, 1, 46112, written.add_format({"num_format": "dd/mm/yyyy"}))
    path = tmp_path / "new.xlsx"
    path.write_bytes(content.getvalue())
    assert take_in(place, path).differences[0].after == {"id": "deal", "start": "2026-03-31"}


def test_a_reference_to_nothing(refused: Refused) -> None:
    text = "id,supplier,location\nweb,acme,\nmail,nobody,\nmap,acme,site:nowhere\nlist,acme,nowhere\n"
    assert sorted(refused("systems.csv", text)) == [
        ("unknown-reference", 3, "nobody"), ("unknown-reference", 4, "site:nowhere"), ("unknown-reference", 5, "nowhere"),
    ]  # fmt: skip


def test_a_sheet_renamed(refused: Refused) -> None:
    assert refused("registers.xlsx", book(ROWS, sheet="systmes", suppliers=[["id"], ["cord"]])) == [
        ("unknown-register", None, "systmes")
    ]
    assert refused("systems.xlsx", book(ROWS, sheet="Old systems")) == [("unknown-register", None, "Old systems")]
    assert refused("workbook.xlsx", book(ROWS, sheet="Sheet1")) == [("unknown-register", None, "Sheet1")]


def test_a_sheet_that_nobody_named_goes_by_its_file(place: Path, tmp_path: Path) -> None:
    path = tmp_path / "systems.xlsx"
    path.write_bytes(book(ROWS, sheet="Sheet1"))
    assert len(take_in(place, path).differences) == 2


def test_a_file_named_after_no_register(refused: Refused) -> None:
    assert refused("sistems.csv", "id\nweb\n") == [("unknown-register", None, "sistems")]
    assert refused("systems.pdf", b"%PDF") == [("format", None, None)]


def test_a_file_that_is_not_there(place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("systems.csv", "systems.xlsx", "systems.json", "lists"):
        said = run(capfd, "records", "import", place, tmp_path / name)
        assert (said.code, said.plain()) == (1, True)
        assert "is not there" in said.err


def test_a_truncated_csv(refused: Refused) -> None:
    text = "id,name,supplier\nweb,Web site,acme\nintranet,Intr"
    assert refused("systems.csv", text) == [("ragged-row", 3, None)]
    [(rule, _, _)] = refused("systems.csv", 'id,name,supplier\nweb,"Web site,acme\nintranet,Intranet,acme\n')
    assert rule == "csv"


def test_truncated_workbooks(refused: Refused) -> None:
    content = book(ROWS)
    for end in (10, len(content) // 2, len(content) - 10):
        [(rule, _, _)] = refused("new.xlsx", content[:end])
        assert rule == "xlsx"
    assert refused("new.xlsx", b"") == [("xlsx", None, None)]


def test_the_wrong_encoding(refused: Refused) -> None:
    assert refused("systems.csv", "id,name\nweb,Web\ncafe,Café\n".encode("cp1252")) == [("encoding", 3, None)]
    assert refused("systems.csv", "id,name\nweb,Web\n".encode("utf-16"))[0][0] == "encoding"
    assert refused("systems.json", '[{"id": "café"}]'.encode("cp1252"))[0][0] == "encoding"
    assert refused("systems.json", r'[{"id": "web", "name": "\ud83d"}]') == [("encoding", 1, None)]


def test_a_zip_bomb(refused: Refused) -> None:
    """Three hundred million spaces behind the last row pack into some 300 kB."""

    def swollen(name: str, content: bytes) -> bytes:
        return content + b" " * 300_000_000 if name == "xl/worksheets/sheet1.xml" else content

    content = repacked(book(ROWS), swollen)
    assert len(content) < 400_000
    assert refused("new.xlsx", content) == [("zip-bomb", None, None)]


@pytest.mark.parametrize(
    ("content", "row"),
    [
        ("{", None), ("null", None), ("5", None), ('"id"', None), ('{"systems": {"id": "web"}}', None),
        ('{"systems": 5}', None), ('["web"]', 1), ('[{"id": "web"}, []]', 2), ('[{"id": "web", "name": {"a": 1}}]', 1),
        ('[{"id": "web", "tags": ["a;b"]}]', 1), ('[{"id": "web", "tags": [["a"]]}]', 1),
        ('[{"id": "web", "id": "other"}]', None), ('[{"id": NaN}]', None), ("[" * 100_000, None),
    ],
)  # fmt: skip
def test_json_of_a_wrong_shape(refused: Refused, content: str, row: int | None) -> None:
    [(rule, where, _)] = refused("systems.json", content)
    assert (rule, where) == ("json", row)


def test_json_of_an_unknown_register(refused: Refused) -> None:
    assert refused("all.json", '{"sistems": []}') == [("unknown-register", None, "sistems")]


def test_letters_that_no_workbook_can_hold(refused: Refused) -> None:
    assert refused("systems.json", r'[{"id": "web"}, {"id": "map", "name": "a\u0000b"}]')[0][:2] == (
        "control-character",
        2,
    )
    assert refused("systems.csv", "id,name\nweb,a\x07b\n")[0][:2] == ("control-character", 2)


def test_two_registers_of_one_name(place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "systems.csv").write_text("id\nweb\n")
    (tmp_path / "new" / "all.xlsx").write_bytes(book(ROWS))
    said = run(capfd, "records", "import", place, tmp_path / "new", "--yes", "--reason", "Test")
    assert (said.code, "register-twice" in said.err) == (1, True)


def test_every_fault_of_a_file_is_told_at_once(refused: Refused) -> None:
    text = "id,supplier,hosting,repair\nweb,nobody,cloud,fixed(4)\nmap,acme,moon,often\nmap,acme,cloud,\n"
    assert {one[0] for one in refused("systems.csv", text)} == {
        "unknown-reference", "code-list", "distribution", "key-twice",
    }  # fmt: skip
