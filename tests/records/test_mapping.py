"""Mapping files: any table becomes a register, every fault of a mapping at once, no row dropped in silence."""

from __future__ import annotations

import csv
import doctest
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.commands import Ran, run, snapshot
from tests.places import as_parquet, as_xlsx, packed, write_place

from wholeplace.place import FindingsError
from wholeplace.records.mapping import MappedTable, amounts, map_file, map_table, names
from wholeplace.records.mapping.names import id_of_key, name_key, slug

SITES = """\
Ref,Title,Sort,Opened,Post code,Spend
7,St. Mary's School,P,31/03/1974,ZX1 1AB,"£1,200.50"
8,Guildhall,O,,ZX1 2CD,300
,Nowhere,O,,,1
9,Old Depot,X,01/02/1980,,2
10,Closed Yard,D,01/02/1980,,3
"""
SITES_MAP = """\
register = "sites"

[except]
Ref = "10"

[columns]
name = "Title"
kind = "Sort"
postcode = "Post code"

[own]
opened = "Opened"

[constants]
notes = "From the list of 2026"

[templates]
id = "site-{Ref} {Title}"
tags = "{Sort};listed"

[dates]
opened = "dd/mm/yyyy"

[translate.kind]
P = "school"
O = "office"
D = "depot"
"""


def mapped(folder: Path, table: str | bytes, mapping: str, *, name: str = "table.csv") -> MappedTable:
    (folder / name).write_bytes(table.encode() if isinstance(table, str) else table)
    (folder / "map.toml").write_text(mapping, encoding="utf-8")
    return map_table(folder / name, folder / "map.toml")


def records(found: MappedTable) -> list[dict[str, str]]:
    return found.register.frame.to_dicts()


def refused(folder: Path, table: str, mapping: str) -> list[tuple[str, str | None, str | None]]:
    with pytest.raises(FindingsError) as caught:
        mapped(folder, table, mapping)
    return [(one.rule, one.column, one.value) for one in caught.value.findings if one.level == "error"]


# --- rows


def test_columns_constants_templates_translations_and_dates(tmp_path: Path) -> None:
    found = mapped(tmp_path, SITES, SITES_MAP)
    assert records(found) == [
        {"id": "site-7-st-marys-school", "name": "St. Mary's School", "kind": "school", "postcode": "ZX1 1AB",
         "tags": "P;listed", "notes": "From the list of 2026", "opened": "1974-03-31"},
        {"id": "site-8-guildhall", "name": "Guildhall", "kind": "office", "postcode": "ZX1 2CD",
         "tags": "O;listed", "notes": "From the list of 2026", "opened": ""},
    ]  # fmt: skip
    assert found.register.rows.to_list() == [2, 3]


def test_rows_that_cannot_be_mapped_are_named_and_counted(tmp_path: Path) -> None:
    """Row 4 has no Ref to make an id of, row 5 a sort without a translation; row 6 is not asked for."""
    found = mapped(tmp_path, SITES, SITES_MAP)
    told = [(one.level, one.rule, one.file, one.row, one.column, one.value) for one in found.findings]
    assert told == [
        ("warning", "no-translation", "table.csv", 5, "Sort", "X"),
        ("warning", "no-id", "table.csv", 4, "site-{Ref} {Title}", ""),
    ]
    assert "5 rows of table.csv: 1 not asked for, 2 could not be mapped, 2 became 2 records of sites" in found.lines()
    assert found.as_dict()["rows"] == {"read": 5, "not_asked_for": 1, "unmapped": 2}


def test_any_other_text_may_be_translated_and_where_asks_as_in_place_toml(tmp_path: Path) -> None:
    mapping = SITES_MAP.replace("[except]\nRef", '[where]\nSort = ["X", "D"]\n\n[except]\nRef')
    found = mapped(tmp_path, SITES, mapping.replace('D = "depot"', '"*" = ""'))
    assert [(one["id"], one["kind"]) for one in records(found)] == [("site-9-old-depot", "")]


def test_numbers_are_read_as_people_write_them(tmp_path: Path) -> None:
    mapping = 'register = "suppliers"\n[columns]\nid = "Title"\nspend_gbp = "Spend"\n'
    assert [one["spend_gbp"] for one in records(mapped(tmp_path, SITES, mapping))] == ["1200.50", "300", "1", "2", "3"]


@pytest.mark.parametrize(
    ("written", "text", "iso"),
    [("dd/mm/yyyy", "05/11/2026", "2026-11-05"), ("yyyymmdd", "20261105", "2026-11-05"),
     ("dd-mmm-yyyy", "05-Nov-2026", "2026-11-05"), ("dd/mm/yyyy", "2026-11-05", "2026-11-05")],
)  # fmt: skip
def test_dates_in_other_forms(tmp_path: Path, written: str, text: str, iso: str) -> None:
    mapping = f'register = "contracts"\n[columns]\nid = "a"\nstart = "b"\n[dates]\nstart = "{written}"\n'
    assert records(mapped(tmp_path, f"a,b\nx,{text}\n", mapping))[0]["start"] == iso


def test_a_date_that_is_none_names_its_row(tmp_path: Path) -> None:
    mapping = 'register = "contracts"\n[columns]\nid = "a"\nstart = "b"\n[dates]\nstart = "dd/mm/yyyy"\n'
    [told] = mapped(tmp_path, "a,b\nx,31/02/2026\ny,01/02/2026\n", mapping).findings
    assert (told.rule, told.row, told.value) == ("date", 2, "31/02/2026")


def test_every_fault_of_a_mapping_is_told_at_once(tmp_path: Path) -> None:
    mapping = """\
register = "sites"
colums = { name = "Title" }

[columns]
postcod = "Post code"
kind = "Srot"

[constants]
kind = "office"

[own]
area = "Ref"

[templates]
notes = "{Title"

[dates]
opened = "the usual"

[translate]
name = "Title"

[group]
by = "Title"
decisions = "nowhere.csv"
"""
    told = refused(tmp_path, SITES, mapping)
    assert told == [
        ("unknown-key", "colums", None),
        ("toml-value", "translate.name", None),
        ("unknown-field", "columns.postcod", "postcod"),
        ("unknown-field", "own.area", "area"),
        ("set-twice", "constants.kind", "kind"),
        ("not-set", "dates.opened", "opened"),
        ("date-pattern", "dates.opened", "the usual"),
        ("template", "templates.notes", "{Title"),
        ("no-column", "columns.kind", "Srot"),
        ("no-file", None, None),
    ]
    with pytest.raises(FindingsError, match="did you mean 'Sort'") as caught:
        map_table(tmp_path / "table.csv", tmp_path / "map.toml")
    assert "the nearest known key is 'columns'" in str(caught.value)
    assert "did you mean postcode?" in str(caught.value)


@pytest.mark.parametrize("mapping", ['register = "sights"\n', "[columns]\nid = 'Ref'\n"])
def test_a_register_that_is_none_lists_those_there_are(tmp_path: Path, mapping: str) -> None:
    [(rule, column, _)] = refused(tmp_path, SITES, mapping)
    assert (rule, column) == ("unknown-register", "register")


def test_nothing_to_make_a_key_of_and_nothing_asked_for(tmp_path: Path) -> None:
    assert refused(tmp_path, SITES, 'register = "sites"\n[columns]\nname = "Title"\n') == [("required", "id", None)]
    mapping = 'register = "sites"\n[where]\nSort = "Q"\n[columns]\nid = "Ref"\n'
    assert refused(tmp_path, SITES, mapping) == [("no-rows", None, None)]
    nothing = PAYMENTS_MAP.replace("[constants]", '[where]\nPayee = "Nobody"\n\n[constants]')
    assert refused(tmp_path, PAYMENTS, nothing) == [("no-rows", None, None)]
    assert refused(tmp_path, "Payee,Paid,Number\n", PAYMENTS_MAP) == [("no-rows", None, None)]


def test_formulas_are_refused_with_their_rows_and_handles_are_not(tmp_path: Path) -> None:
    mapping = 'register = "sites"\n[columns]\nid = "a"\nname = "b"\n'
    assert refused(tmp_path, 'a,b\nx,=1+1\ny,"=HYPERLINK(""http://x"")"\n', mapping) == [
        ("formula", "b", "=1+1"), ("formula", "b", '=HYPERLINK("http://x")')
    ]  # fmt: skip
    assert records(mapped(tmp_path, "a,b\nx,@Home (Leeds)\n", mapping))[0]["name"] == "@Home (Leeds)"


def test_a_file_that_is_not_there_and_rows_that_cannot_be_grouped(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\nx\n")
    with pytest.raises(FindingsError, match="is named as the mapping file but is not there"):
        map_table(tmp_path / "t.csv", tmp_path / "nowhere.toml")
    mapping = 'register = "dependencies"\n[columns]\ndependent = "a"\nprovider = "a"\n[group]\nby = "a"\n'
    assert refused(tmp_path, "a\nx\n", mapping) == [("group", "group.by", "a")]


# --- names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("TREVOR ILES LTD", "Trevor Iles Limited"),
        ("Ripon Farm Services", "Ripon Farm Services Ltd."),
        ("Geo. Spence & Sons", "GEO SPENCE AND SONS"),
        ("HAIGHS (GUISELEY) LTD", "Haighs - Guiseley,  Ltd"),
        ("St John's Care", "St. Johns Care"),
        ("Acme Public Limited Company", "ACME P.L.C."),
        ("Brown and Company Ltd", "Brown & Co Limited"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Smith Ltd", "Smith LLP"),
        ("Smith Ltd", "Smith PLC"),
        ("Leeds Care Ltd", "Leeds Care Two Ltd"),
        ("Version 1.5", "Version 15"),
        ("C++ Training", "C Training"),
        ("Reed Specialist Recrui", "Reed Specialist Recruitment"),
        ("Café Nero", "Cafe Nero"),
        ("The Sanctuary", "Sanctuary"),
        ("A B Smith", "AB Smith"),
        ("Limited", "Ltd Edition"),
    ],
)
def test_names_that_differ_otherwise_are_never_one(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)
    assert id_of_key(name_key(one)) != id_of_key(name_key(other))


def test_slugs() -> None:
    assert slug(" Élan & Co. (North) ") == "elan-and-co-north"
    assert id_of_key(name_key("中文")).strip("-0123456789abcdef") == ""  # nothing of a slug is left, an id still is


def test_the_prefix_of_a_reference_stays_where_several_kinds_may_stand(tmp_path: Path) -> None:
    """A supplier can be nothing else, so that its prefix is a part of the text there; a provider may be of any kind."""
    mapping = (
        'register = "dependencies"\n[constants]\ndependent = "service:gp-care"\n'
        '[templates]\nprovider = "site:gp {Code}"\n[slugs]\nprovider = "text"\n'
    )
    found = mapped(tmp_path, "Code\nB86001\n", mapping)
    assert [one["provider"] for one in records(found)] == ["site:gp-b86001"]
    counts = "0 not asked for, 0 could not be mapped, 1 became 1 record of dependencies"
    assert list(found.lines()) == [f"1 row of table.csv: {counts}"]
    mapping = mapping.replace("site:gp {Code}", "{Kind}:{Code}")  # as people write kinds in a column
    assert [one["provider"] for one in records(mapped(tmp_path, "Kind,Code\nSite,B 1\n", mapping))] == ["site:b-1"]
    mapping = 'register = "systems"\n[columns]\nid = "Code"\nsupplier = "Code"\n[slugs]\nsupplier = "text"\n'
    assert [one["supplier"] for one in records(mapped(tmp_path, "Code\nsupplier:A B\n", mapping))] == ["supplier-a-b"]


@pytest.mark.parametrize("module", [names, amounts, map_file], ids=lambda module: module.__name__)
def test_examples_in_docstrings_hold(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


# --- groups

PAYMENTS = """\
Payee,Paid,Number
Acme Ltd,0.10,c-1
ACME LIMITED,0.20,c-1
acme,-0.30,
Bolt & Co,"1,000.01",c-2
Bolt and Company,(0.01),c-3
REDACTED,99.99,
Redacted,0.01,
,5.00,
--,6.00,
"""
PAYMENTS_MAP = """\
register = "suppliers"

[columns]
code = "Number"

[constants]
spend_period = "2026-06"

[group]
by = "Payee"
sum = { spend_gbp = "Paid" }

[[group.residual]]
id = "redacted"
name = "Redacted"
texts = ["REDACTED"]
"""


def test_payments_become_suppliers_to_the_penny(tmp_path: Path) -> None:
    """By hand: acme 0.10 + 0.20 - 0.30 = 0.00 (floats say 5.6e-17); Bolt 1,000.01 - 0.01; in all 1,111.01 - 0.01."""
    found = mapped(tmp_path, PAYMENTS, PAYMENTS_MAP)
    assert [(one["id"], one["name"], one["spend_gbp"], one["code"]) for one in records(found)] == [
        ("acme", "ACME LIMITED", "0.00", "c-1"),
        ("bolt-and-co", "Bolt & Co", "1000.00", ""),
        ("no-name", "No name given", "11.00", ""),
        ("redacted", "Redacted", "100.00", ""),
    ]
    assert {one["spend_period"] for one in records(found)} == {"2026-06"}
    lines = list(found.lines())
    assert "residual line redacted: 2 rows, spend_gbp 100.00" in lines
    assert "residual line no-name: 2 rows, spend_gbp 11.00" in lines
    assert "spend_gbp: 1,111.00 in the table, 1,111.00 in the records; they agree to the penny" in lines
    [total] = found.as_dict()["totals"]
    assert (total["table"], total["records"], total["difference"]) == ("1111.00", "1111.00", "0.00")


def test_fields_in_which_rows_of_a_record_differ_are_blank_and_told(tmp_path: Path) -> None:
    [told] = mapped(tmp_path, PAYMENTS, PAYMENTS_MAP).findings
    assert (told.rule, told.row, told.column) == ("differs", 5, "code")
    assert "bolt-and-co differ in code (c-2, c-3…)" in told.message


def test_the_same_from_every_kind_of_file_and_in_any_order(tmp_path: Path) -> None:
    plain = PAYMENTS.replace('"1,000.01"', "1000.01")
    expected = records(mapped(tmp_path, plain, PAYMENTS_MAP))
    turned = [plain.splitlines()[0], *reversed(plain.splitlines()[1:])]
    kinds: dict[str, Any] = {
        "a.csv.gz": packed(plain), "a.xlsx": as_xlsx(plain), "a.parquet": as_parquet(plain),
        "b.csv": "\n".join(turned) + "\n",
    }  # fmt: skip
    for name, content in kinds.items():
        assert records(mapped(tmp_path, content, PAYMENTS_MAP, name=name)) == expected, name


def test_ids_hang_on_the_name_alone(tmp_path: Path) -> None:
    alone = mapped(tmp_path, "Payee,Paid,Number\nacme,1,\n", PAYMENTS_MAP)
    assert [one["id"] for one in records(alone)] == ["acme"]


def test_an_amount_that_is_none_refuses_the_whole(tmp_path: Path) -> None:
    table = "Payee,Paid,Number\nAcme,12,\nAcme,n/a,\nBolt,,\n"
    assert refused(tmp_path, table, PAYMENTS_MAP) == [("not-number", "Paid", "n/a"), ("not-number", "Paid", "")]


def test_a_name_with_the_id_of_a_residual_line_is_refused(tmp_path: Path) -> None:
    table = "Payee,Paid,Number\nNo name,12,\n,1,\n"
    assert refused(tmp_path, table, PAYMENTS_MAP) == [("id-taken", None, "No name")]


# --- review and decisions


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_review_list_shows_each_merge_and_takes_decisions_back(tmp_path: Path) -> None:
    review = tmp_path / "merges.csv"
    mapped(tmp_path, PAYMENTS, PAYMENTS_MAP).write_review(review)
    rows = read_rows(review)
    assert [(one["merge"], one["spelling"], one["rows"], one["spend_gbp"]) for one in rows] == [
        ("acme", "ACME LIMITED", "1", "0.20"),
        ("acme", "Acme Ltd", "1", "0.10"),
        ("acme", "acme", "1", "-0.30"),
        ("bolt-and-co", "Bolt & Co", "1", "1000.01"),
        ("bolt-and-co", "Bolt and Company", "1", "-0.01"),
    ]
    text = review.read_text(encoding="utf-8").replace('acme,1,-0.30,"",""', "acme,1,-0.30,split,J. Field")
    text = text.replace('Bolt & Co,1,1000.01,"",""', "Bolt & Co,1,1000.01,keep,J. Field")
    review.write_text(text, encoding="utf-8")
    found = mapped(tmp_path, PAYMENTS, PAYMENTS_MAP.replace("by =", 'decisions = "merges.csv"\nby ='))
    split = next(one for one in records(found) if one["name"] == "acme")
    # sha256("acme") begins 822b33 (sha256sum of coreutils)
    assert (split["id"], split["spend_gbp"]) == ("acme-822b33", "-0.30")
    assert [one["spend_gbp"] for one in records(found) if one["id"] == "acme"] == ["0.30"]
    assert any("(5 spellings, 2 decided on by a person)" in line for line in found.lines())
    assert "they agree to the penny" in list(found.lines())[-1]
    found.write_review(tmp_path / "again.csv")
    decided = {
        one["spelling"]: (one["record"], one["decision"], one["decided_by"])
        for one in read_rows(tmp_path / "again.csv")
    }
    assert decided["acme"] == ("acme-822b33", "split", "J. Field")


def test_decisions_that_cannot_be_used_are_all_told(tmp_path: Path) -> None:
    (tmp_path / "merges.csv").write_text(
        "spelling,decision,decided_by\nacme,perhaps,J. Field\nAcme Ltd,split,\nBolt & Co,keep,A\nBolt & Co,split,A\n"
    )
    told = refused(tmp_path, PAYMENTS, PAYMENTS_MAP.replace("by =", 'decisions = "merges.csv"\nby ='))
    assert told == [("decision", "decision", "perhaps"), ("decision", "decided_by", ""), ("decision", "spelling", "Bolt & Co")]  # fmt: skip


# --- the command


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return write_place(tmp_path / "place")


def imported(capfd: pytest.CaptureFixture[str], place: Path, *more: object) -> Ran:
    (place.parent / "payments.csv").write_text(PAYMENTS, encoding="utf-8")
    (place.parent / "payments.toml").write_text(PAYMENTS_MAP, encoding="utf-8")
    given = [place, place.parent / "payments.csv", "--map", place.parent / "payments.toml", *more]
    return run(capfd, "records", "import", *given)


def test_preview_writes_nothing_and_says_that_the_total_agrees(
    capfd: pytest.CaptureFixture[str], place: Path, tmp_path: Path
) -> None:
    before = snapshot(place)
    ran = imported(capfd, place, "--review", tmp_path / "merges.csv")
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines[-2:] == [
        "spend_gbp: 1,111.00 in the table, 1,111.00 in the records; they agree to the penny",
        "0 removed, 0 changed, 4 added, 0 unchanged; --yes applies this",
    ]
    assert snapshot(place) == before
    again = imported(capfd, place, "--review", tmp_path / "merges.csv")
    assert again.code == 1
    assert "may hold decisions" in again.err
    assert again.plain()


def test_import_keeps_fields_that_the_mapping_does_not_set(capfd: pytest.CaptureFixture[str], place: Path) -> None:
    assert imported(capfd, place, "--yes", "--reason", "June").code == 0
    by_hand = place.parent / "suppliers.csv"
    by_hand.write_text("id,name,country\nacme,ACME LIMITED,GB\n", encoding="utf-8")
    assert run(capfd, "records", "import", place, by_hand, "--yes", "--reason", "By hand").code == 0
    ran = imported(capfd, place, "--yes", "--reason", "June again", "--json")
    assert ran.document["mapping"]["totals"][0]["difference"] == "0.00"
    [change] = ran.document["changes"]
    assert {one["field"] for one in change["fields"]} == {"spend_gbp", "spend_period", "code"}
    last = run(capfd, "records", "history", place, "supplier:acme", "--json").document[-1]
    assert '"country":"GB"' in last["item"]
    assert imported(capfd, place, "--json").document["unchanged"] == 4


def test_two_rows_with_one_id_are_refused_with_their_rows(capfd: pytest.CaptureFixture[str], place: Path) -> None:
    (place.parent / "t.csv").write_text("Title\nSt. Mary's\nOther\nSt Marys\n", encoding="utf-8")
    (place.parent / "m.toml").write_text('register = "sites"\n[columns]\nid = "Title"\n', encoding="utf-8")
    ran = run(capfd, "records", "import", place, place.parent / "t.csv", "--map", place.parent / "m.toml")
    assert ran.code == 1
    assert "st-marys" in ran.err
    assert "row 2" in ran.err or "rows 2" in ran.err
    assert "4" in ran.err


@pytest.mark.parametrize(("options", "words"), [(["--map", "m.toml"], "--map needs the FILE"), (["--review", "r.csv"], "--review needs --map")])  # fmt: skip
def test_options_that_need_one_another(
    capfd: pytest.CaptureFixture[str], place: Path, options: list[str], words: str
) -> None:
    ran = run(capfd, "records", "import", place, *options)
    assert ran.code == 2
    assert words in ran.err
