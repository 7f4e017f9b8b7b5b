"""Registers of Leeds from published tables, by the mapping files of the example; figures are those of the data README."""

from __future__ import annotations

import csv
import gzip
import os
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from wholeplace.build.check import check_place
from wholeplace.place import Findings
from wholeplace.place.registers import Register
from wholeplace.records import ImportRequest, PlaceRegisters, apply_import
from wholeplace.records.mapping import MappedTable, map_table

LEEDS = Path(__file__).parents[2] / "examples" / "leeds"
DATA = Path(os.environ.get("WHOLEPLACE_DATA", "")) / "leeds"
TABLES = {
    "schools": "schools.csv", "hospitals": "hospitals.csv", "gp_practices": "gp_practices.csv",
    "river_level_stations": "river_level_stations.csv", "council_spending": "council_spending_2020-06.csv.gz",
}  # fmt: skip

pytestmark = pytest.mark.real


def mapped(name: str) -> MappedTable:
    return map_table(DATA / TABLES[name], LEEDS / "maps" / f"{name}.toml")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example with all five tables imported."""
    folder = tmp_path_factory.mktemp("places") / "leeds"
    shutil.copytree(LEEDS, folder, ignore=shutil.ignore_patterns(".wholeplace"))
    for name in TABLES:
        table = mapped(name)
        request = ImportRequest(folder, None, False, {table.register.kind.name: table.register}, table.fields)
        apply_import(request, person="tester", reason="As published")
    return folder


@pytest.fixture(scope="module")
def registers(place: Path) -> dict[str, Register]:
    findings = Findings()
    found = PlaceRegisters(place).read(findings)
    assert findings.items == []
    return found


def payments() -> Iterator[tuple[str, Decimal]]:
    """Supplier and amount of every payment, read here without Wholeplace."""
    with gzip.open(DATA / TABLES["council_spending"], "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield row["beneficiary"], Decimal(row["amount_gbp"])


def test_check_of_all_that_was_imported_has_no_errors_or_doubts(place: Path) -> None:
    report = check_place(place)
    told = [one for one in report.findings if one.level != "notice" and (one.file or "").startswith(("reg", ".whole"))]
    assert report.ok
    assert told == []


def test_sites_are_as_many_as_the_tables_have_rows(registers: dict[str, Register]) -> None:
    """306 schools, 15 hospitals, 112 practices, 28 of 128 stations in place."""
    kinds = dict(registers["sites"].frame["kind"].value_counts().iter_rows())
    assert kinds == {"school": 306, "hospital": 15, "gp-practice": 112, "river-gauge": 28}
    assert all(registers["sites"].frame[name].str.len_chars().min() > 0 for name in ("name", "lat", "lon"))


def test_a_site_is_what_its_row_says(registers: dict[str, Register]) -> None:
    """The first row of schools.csv."""
    sites = {row["id"]: row for row in registers["sites"].frame.iter_rows(named=True)}
    school = sites["school-107809"]
    assert (school["name"], school["postcode"], school["uprn"], school["area"], school["organisation"]) == (
        "Guiseley Primary School", "LS20 9DA", "72293547", "E01011279", "leeds-city-council"
    )  # fmt: skip
    assert (sites["gp-b86002"]["name"], sites["gp-b86002"]["tags"]) == ("CITY VIEW MEDICAL PRACTICE", "active")
    assert sites["hospital-leeds-general-infirmary"]["lat"] == "53.80145"


def test_payments_reconcile_to_the_penny(registers: dict[str, Register]) -> None:
    """105,659,291.51 in 16,176 payments; 4,788 of them have no name: 1,118 redacted, the others withheld."""
    suppliers = registers["suppliers"].frame
    assert sum(map(Decimal, suppliers["spend_gbp"]), Decimal()) == Decimal("105659291.51")
    assert sum((amount for _, amount in payments()), Decimal()) == Decimal("105659291.51")
    lines = dict(suppliers.select("id", "spend_gbp").iter_rows())
    for line, text in (
        ("redacted", "REDACTED PERSONAL DATA"),
        ("name-withheld", "(name withheld here: may be an individual)"),
    ):
        assert Decimal(lines[line]) == sum((amount for name, amount in payments() if name == text), Decimal())
    grouped = mapped("council_spending").grouped
    assert grouped is not None
    assert grouped.residual_rows == {"name-withheld": 4_788 - 1_118, "redacted": 1_118}
    assert set(suppliers["spend_period"]) == {"2020-06"}


def test_merges_only_what_differs_in_case_signs_or_limited(registers: dict[str, Register]) -> None:
    """Every merge of the real file, looked at one by one; a plainer rule written here finds the same 35."""
    plain: dict[str, set[str]] = {}
    for name, _ in payments():
        key = "".join(
            c for c in name.lower().replace("&", " and ").replace("limited", "ltd") if c.isalnum() or c == " "
        )
        plain.setdefault(" ".join(key.split()).removesuffix(" ltd"), set()).add(name)
    grouped = mapped("council_spending").grouped
    assert grouped is not None
    found: dict[str, set[str]] = {}
    for one in grouped.spellings:
        found.setdefault(one.merge, set()).add(one.text)
    assert sorted(map(sorted, found.values())) == sorted(sorted(names) for names in plain.values() if len(names) > 1)
    assert len(found) == grouped.merges == 35
    assert registers["suppliers"].frame.height == len(plain) == 1_922
    assert found["kindercare-harrogate"] == {"KINDERCARE HARROGATE LTD", "Kindercare (Harrogate) Limited"}


def test_ids_are_the_same_whatever_the_order_of_rows(tmp_path: Path) -> None:
    table = pl.read_csv(DATA / TABLES["council_spending"], infer_schema=False)
    table.sample(fraction=1, shuffle=True, seed=5).write_csv(tmp_path / "turned.csv")
    turned = map_table(tmp_path / "turned.csv", LEEDS / "maps" / "council_spending.toml").register.frame
    assert turned.equals(mapped("council_spending").register.frame)


def test_the_same_again_adds_nothing(place: Path) -> None:
    from wholeplace.records import plan_import

    for name in TABLES:
        table = mapped(name)
        plan = plan_import(ImportRequest(place, None, False, {table.register.kind.name: table.register}, table.fields))
        assert plan.differences == ()
