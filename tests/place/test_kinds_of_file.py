"""The same table gives the same values as CSV, CSV.gz, TSV, Parquet and XLSX."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from tests.places import (
    LOOKUP,
    TABLE,
    WIDE,
    as_parquet,
    as_xlsx,
    check,
    only,
    packed,
    read,
    statuses,
    told,
    toml,
    values,
    where,
    write_place,
)

from wholeplace.place import Findings
from wholeplace.place.tables import read_table

#: A2 suppressed, A3 blank, A4 zero; codes with leading zeros would be numbers but for care.
TEXT = "code,residents,share\nA1,100,0.125\nA2,*,0.2\nA3,,0.3\nA4,0,0\n"
KINDS: dict[str, Callable[[str], bytes]] = {
    "wide.csv": lambda text: text.encode(),
    "windows.csv": lambda text: text.replace("\n", "\r\n").encode(),
    "quoted.csv": lambda text: "\n".join('"' + line.replace(",", '","') + '"' for line in text.splitlines()).encode(),
    "UPPER.CSV": lambda text: text.encode(),
    "wide.tsv": lambda text: text.replace(",", "\t").encode(),
    "wide.csv.gz": packed,
    "two-parts.csv.gz": lambda text: packed(text[:30]) + packed(text[30:]),
    "wide.parquet": as_parquet,
    "wide.xlsx": as_xlsx,
    "as-text.xlsx": lambda text: as_xlsx(text, numbers=False),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_values(tmp_path: Path, kind: str) -> None:
    text = toml(TABLE.replace("wide.csv", kind) + 'suppressed = ["*"]\n', LOOKUP)
    folder = write_place(tmp_path, {"place.toml": text, f"indicators/values/{kind}": KINDS[kind](TEXT)})
    place, findings = read(folder)
    assert findings.items == []
    assert values(place, "residents") == {"A1": 100, "A2": None, "A3": None, "A4": 0}
    assert statuses(place, "residents") == {"A1": "A", "A2": "Q", "A3": "O", "A4": "A"}
    assert values(place, "no-car") == {"A1": 0.125, "A2": 0.2, "A3": 0.3, "A4": 0}


def test_numbers_of_parquet_are_taken_as_they_are_and_nan_is_blank(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "code": ["A1", "A2", "A3", "A4"],
            "residents": pl.Series([100.0, float("nan"), None, 0.0]),
            "share": pl.Series([0.1, 0.2, 0.3, 1 / 3]),
            "list": [[1], [2], [3], [4]],
            "bytes": [b"\xff", b"", b"", b""],
        }
    )
    written = io.BytesIO()
    frame.write_parquet(written)
    text = toml(TABLE.replace("wide.csv", "wide.parquet"), LOOKUP)
    place, findings = read(
        write_place(tmp_path, {"place.toml": text, "indicators/values/wide.parquet": written.getvalue()})
    )
    assert findings.items == []
    assert values(place, "residents") == {"A1": 100, "A2": None, "A3": None, "A4": 0}
    assert statuses(place, "residents") == {"A1": "A", "A2": "O", "A3": "O", "A4": "A"}
    assert values(place, "no-car")["A4"] == 1 / 3  # to the last bit


def table(path: Path, content: bytes, **options: str) -> pl.DataFrame:
    path.write_bytes(content)
    findings = Findings()
    found = read_table(path, findings, file=path.name, **options)
    assert found is not None, findings.items
    return found.frame.select(found.text(name) for name in found.frame.columns)


def test_codes_that_parquet_holds_as_numbers_have_no_decimal_point(tmp_path: Path) -> None:
    frame = pl.DataFrame({"whole": [1, 22], "float": [1.0, 22.0], "date": [date(2021, 3, 21), None]}).with_columns(
        flag=pl.Series([True, None]), other=pl.Series([False, True])
    )
    written = io.BytesIO()
    frame.write_parquet(written)
    rows = table(tmp_path / "x.parquet", written.getvalue()).rows()
    assert rows == [("1", "1", "2021-03-21", "yes", "no"), ("22", "22", "", "", "yes")]


def test_cells_of_a_workbook_are_the_text_a_person_sees(tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        sheet = book.add_worksheet("first")
        sheet.write_row(0, 0, ["code", "number", "day", "flag", "", ""])
        sheet.write_string(1, 0, "007")
        sheet.write_number(1, 1, 12.5)
        sheet.write_datetime(1, 2, date(2021, 3, 21), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_boolean(1, 3, True)
        sheet.write_number(2, 1, 7)
        book.add_worksheet("second").write_row(0, 0, ["other"])
    content = (tmp_path / "x.xlsx").read_bytes()
    first = table(tmp_path / "x.xlsx", content)
    assert first.rows() == [("007", "12.5", "2021-03-21", "yes"), ("", "7", "", "")]
    assert table(tmp_path / "x.xlsx", content, sheet="second").columns == ["other"]


def test_a_sheet_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    text = toml(TABLE.replace("wide.csv", "wide.xlsx") + 'sheet = "valeus"\n', LOOKUP)
    report = check(write_place(tmp_path, {"place.toml": text, "indicators/values/wide.xlsx": as_xlsx(WIDE)}))
    assert "has no sheet 'valeus'; its sheets are: values" in only(report, "no-sheet").message


def test_two_sheets_of_one_workbook_are_two_tables(tmp_path: Path) -> None:
    """With different numbers of rows outside: 1 of the first sheet, 2 of the second, 3 of the file."""
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "two.xlsx") as book:
        for name, column, codes in (("a", "residents", ["A1", "Z1"]), ("b", "share", ["A1", "Z1", "Z2"])):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["code", column])
            for number, code in enumerate(codes, 1):
                sheet.write_row(number, 0, [code, 1])
    one = TABLE.replace("indicators/values/wide.csv", "two.xlsx")
    text = toml(
        one.replace(', share = "no-car"', "") + 'sheet = "a"\n',
        one.replace('residents = "residents", ', "") + 'sheet = "b"\n',
    )
    report = check(write_place(tmp_path, {"place.toml": text}))
    assert report.ok
    assert report.rows_outside == {"two.xlsx": 3}


def test_a_file_of_another_kind_is_an_error(tmp_path: Path) -> None:
    text = toml(TABLE.replace("wide.csv", "wide.docx"), LOOKUP)
    report = check(write_place(tmp_path, {"place.toml": text, "indicators/values/wide.docx": "x"}))
    assert where(only(report, "format")) == ("error", "indicators/values/wide.docx", None, None, None)


# --- Rows as a spreadsheet numbers them ---


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (WIDE.replace("A3,300", "A3,many"), 4),  # header 1, A1 2, A2 3, A3 4
        (WIDE.replace("A3,300", "\nA3,many"), 5),  # behind a blank line
        (WIDE.replace("A3,300", "\n\n\nA3,many"), 7),
        (WIDE.replace("A3,300", "A3,many") + "\n\n\n", 4),  # blank lines at the end are nothing
        (WIDE.replace("A1,", '"A1",').replace("A3,300", 'A3,"ma\nny"'), 4),  # a cell of two lines is one row
        (WIDE.replace("A3,300", "A3,many").replace("\n", "\r\n"), 4),
    ],
)
def test_the_row_of_a_finding_is_that_of_a_spreadsheet(tmp_path: Path, text: str, row: int) -> None:
    report = check(write_place(tmp_path, {"indicators/values/wide.csv": text}))
    assert only(report, "not-number").row == row


def test_the_row_in_a_workbook_counts_blank_rows_too(tmp_path: Path) -> None:
    text = toml(TABLE.replace("wide.csv", "wide.xlsx"), LOOKUP)
    content = as_xlsx(WIDE.replace("A3,300", "A3,many"))
    report = check(write_place(tmp_path, {"place.toml": text, "indicators/values/wide.xlsx": content}))
    assert where(only(report, "not-number")) == ("error", "indicators/values/wide.xlsx", 4, "residents", "many")


def test_rows_with_too_few_or_too_many_cells_are_all_told(tmp_path: Path) -> None:
    wide = "code,residents,share\nA1,100\nA2,200,0.2\n\nA3,300,0.3,9\nA4\n"
    report = check(write_place(tmp_path, {"indicators/values/wide.csv": wide}))
    found = told(report, "ragged-row")
    assert [(finding.row, finding.message.split(";")[0]) for finding in found] == [
        (2, "has 2 cells where the header has 3"),
        (5, "has 4 cells where the header has 3"),
        (6, "has 1 cell where the header has 3"),
    ]


def test_more_than_a_hundred_of_one_kind_are_counted(tmp_path: Path) -> None:
    wide = "code,residents,share\n" + "A1,x\n" * 250
    report = check(write_place(tmp_path, {"indicators/values/wide.csv": wide}))
    found = told(report, "ragged-row")
    assert len(found) == 101
    assert found[-1].message == "… and 150 more with the same problem"


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    for text in ("code,residents,share\n", "code,residents,share"):
        report = check(write_place(tmp_path, {"indicators/values/wide.csv": text}))
        assert report.ok
        assert "4 of 4 areas of area have no row" in only(report, "no-row").message
