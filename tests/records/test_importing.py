"""What an import adds to the log, what it says first, and what it leaves alone."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import pytest
from tests.commands import run, snapshot
from tests.records.small import (
    SUPPLIERS,
    SYSTEMS,
    entries,
    held,
    make_place,
    short,
    take_in,
    write_register,
)  # fmt: skip

from wholeplace.build.check import check_place
from wholeplace.place.findings import FindingsError
from wholeplace.records.log import FILE, has_log


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return make_place(tmp_path / "testham", suppliers=SUPPLIERS, systems=SYSTEMS)


def test_one_entry_for_each_added_changed_and_removed_record_and_no_other(place: Path) -> None:
    take_in(place)
    assert sorted(short(place)) == [
        ("suppliers", "acme", "put"), ("suppliers", "bolt", "put"),
        ("systems", "email", "put"), ("systems", "payroll", "put"),
    ]  # fmt: skip
    write_register(place, "systems", "id,name,supplier,hosting\nemail,Mail,acme,cloud\nweb,Web site,acme,cloud\n")
    take_in(place)
    # payroll is gone; email has another name and no contact; web is new; the suppliers are as they were.
    assert short(place)[4:] == [
        ("systems", "payroll", "remove"),
        ("systems", "email", "put"),
        ("systems", "web", "put"),
    ]
    assert list(held(place)["systems"]) == ["email", "web"]


def test_the_same_input_twice_adds_nothing(place: Path) -> None:
    take_in(place)
    before = entries(place)
    plan = take_in(place)
    assert (plan.differences, plan.unchanged) == ((), 4)
    write_register(place, "suppliers", "name,id,code,notes\nAcme Ltd,acme,01234567,\nBolt plc,bolt,00000042,  \n")
    assert take_in(place).differences == ()  # other order of columns, a blank column, a cell of spaces
    assert entries(place) == before


def test_absent_records_stay_when_a_file_is_imported_and_go_when_it_is_the_whole(place: Path, tmp_path: Path) -> None:
    take_in(place)
    file = tmp_path / "systems.csv"
    file.write_text("id,name,supplier,hosting\npayroll,Pay,bolt,cloud\n")
    assert [(one.action, one.name) for one in take_in(place, file).differences] == [("changed", "system:payroll")]
    assert list(held(place)["systems"]) == ["email", "payroll"]
    assert [(one.action, one.name) for one in take_in(place, file, whole=True).differences] == [
        ("removed", "system:email")
    ]
    assert short(place)[4:] == [("systems", "payroll", "put"), ("systems", "email", "remove")]


def test_a_folder_beside_the_place_is_not_the_whole_of_its_registers(place: Path, tmp_path: Path) -> None:
    take_in(place)
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "suppliers.csv").write_text("id,name\ncord,Cord Ltd\n")
    take_in(place, folder)
    assert list(held(place)["suppliers"]) == ["acme", "bolt", "cord"]


def test_a_register_without_a_file_is_untouched(place: Path) -> None:
    take_in(place)
    (place / "registers" / "systems.csv").unlink()
    assert take_in(place).differences == ()
    assert list(held(place)["systems"]) == ["email", "payroll"]


def test_a_file_with_a_header_alone_is_a_register_without_records(place: Path) -> None:
    take_in(place)
    write_register(place, "systems", "id,name\n")
    take_in(place)
    assert short(place)[4:] == [("systems", "email", "remove"), ("systems", "payroll", "remove")]
    assert held(place)["systems"] == {}  # read from the log, though it holds none


def test_records_of_the_csv_are_kept_when_a_file_is_imported_before_the_folder(place: Path, tmp_path: Path) -> None:
    """A register with any entry is read from the log, so that what stood in its CSV alone would be lost."""
    file = tmp_path / "systems.csv"
    file.write_text("id,name\nweb,Web site\nemail,Mail\n")
    plan = take_in(place, file)
    assert [(one.action, one.key) for one in plan.differences] == [
        ("added", "email"), ("added", "payroll"), ("added", "web"),
    ]  # fmt: skip
    assert held(place)["systems"]["email"] == {"id": "email", "name": "Mail"}
    assert held(place)["systems"]["payroll"]["supplier"] == "bolt"
    assert [entry.register for entry in entries(place)] == ["systems"] * 3  # suppliers are read from their CSV still
    assert [finding.rule for finding in plan.findings] == ["takes-file"]


def test_the_preview_tells_removals_first_then_changes_with_their_fields(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    take_in(place)
    before = snapshot(place)
    write_register(place, "systems", "id,name,hosting\nweb,Web site,cloud\nemail,Mail,cloud\n")
    write_register(place, "suppliers", "id,name,code\nacme,Acme Ltd,01234567\n")
    said = run(capfd, "records", "import", place)
    assert said.code == 0
    assert said.out.splitlines() == [
        "removed supplier:bolt",
        "removed system:payroll",
        "changed system:email",
        "    name: E-mail → Mail",
        "    supplier: acme → (blank)",
        "    contact: Jo Field <jo@example.org> → (blank)",
        "added system:web",
        "2 removed, 1 changed, 1 added, 1 unchanged; --yes applies this",
    ]
    before |= {name: content for name, content in snapshot(place).items() if name.startswith("registers/")}
    assert snapshot(place) == before  # nothing is written


def test_the_preview_as_json(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = run(capfd, "records", "import", place, "--json")
    assert (said.code, said.err) == (0, "")
    assert {name: said.document[name] for name in ("ok", "applied", "removed", "changed", "added", "unchanged")} == {
        "ok": True, "applied": False, "removed": 0, "changed": 0, "added": 4, "unchanged": 0,
    }  # fmt: skip
    assert not (place / ".wholeplace").exists()


def test_a_first_import_with_a_fault_leaves_no_log_behind(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_register(place, "systems", SYSTEMS.replace("bolt", "nobody"))
    before = snapshot(place)
    said = run(capfd, "records", "import", place, "--yes", "--reason", "Test")
    assert said.code == 1
    assert "systems.csv, row 3, column supplier" in said.err
    assert snapshot(place) == before
    assert not has_log(place)
    said = run(capfd, "records", "import", place, "--json")
    assert (said.code, said.document["ok"]) == (1, False)
    assert [(one["rule"], one["row"]) for one in said.document["findings"]] == [("unknown-reference", 3)]


def test_an_import_of_nothing_makes_no_log(tmp_path: Path) -> None:
    place = make_place(tmp_path / "empty")
    take_in(place)
    assert not (place / FILE).exists()


def test_yes_needs_a_reason_and_the_person_is_the_user_of_the_system(
    place: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(capfd, "records", "import", place, "--yes").code == 2
    assert run(capfd, "records", "import", place, "--yes", "--reason", "  ").code == 2
    monkeypatch.setattr(getpass, "getuser", lambda: "pfield")
    assert run(capfd, "records", "import", place, "--yes", "--reason", "First").code == 0
    assert {(entry.person, entry.reason) for entry in entries(place)} == {("pfield", "First")}
    write_register(place, "suppliers", SUPPLIERS.replace("Bolt", "Bold"))
    run(capfd, "records", "import", place, "--yes", "--reason", "Second", "--person", "Jo Field")
    assert (entries(place)[-1].person, entries(place)[-1].reason) == ("Jo Field", "Second")


def test_a_system_that_does_not_say_who_you_are_asks_for_a_person(
    place: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", unknown)
    said = run(capfd, "records", "import", place, "--yes", "--reason", "First")
    assert said.code == 2
    assert "--person" in said.err
    assert run(capfd, "records", "import", place, "--yes", "--reason", "First", "--person", "Jo").code == 0


def test_a_register_with_any_entry_is_read_from_the_log_and_check_warns_where_its_csv_differs(place: Path) -> None:
    take_in(place)
    assert [finding.rule for finding in check_place(place).findings if finding.level == "warning"] == []
    write_register(place, "systems", SYSTEMS.replace("Payroll", "Wages").replace("acme", "nobody"))
    report = check_place(place)
    assert report.ok  # the CSV is only a source of import: that it names nobody is told when it is imported
    [told] = [finding for finding in report.findings if finding.rule == "differs-from-log"]
    assert (told.level, told.file) == ("warning", "registers/systems.csv")
    assert "0 more, 0 fewer, 2 different" in told.message
    assert held(place)["systems"]["payroll"]["name"] == "Payroll"


def test_without_an_entry_the_csv_is_read(place: Path) -> None:
    assert list(held(place)["systems"]) == ["email", "payroll"]


def test_own_columns_are_kept(place: Path) -> None:
    write_register(place, "suppliers", "id,Account no,name\nacme,007,Acme\nbolt,,Bolt\n")
    take_in(place)
    assert held(place)["suppliers"] == {
        "acme": {"id": "acme", "Account no": "007", "name": "Acme"}, "bolt": {"id": "bolt", "name": "Bolt"},
    }  # fmt: skip
    assert json.loads(entries(place)[0].item) == {"Account no": "007", "id": "acme", "name": "Acme"}


def test_an_import_that_removes_what_others_refer_to_is_refused(place: Path, tmp_path: Path) -> None:
    take_in(place)
    before = snapshot(place)
    file = tmp_path / "suppliers.csv"
    file.write_text("id,name\nacme,Acme Ltd\n")
    with pytest.raises(FindingsError) as refused:
        take_in(place, file, whole=True)
    [told] = refused.value.findings
    assert (told.rule, told.value) == ("removed-reference", "supplier:bolt")
    assert "system:payroll names it as supplier" in told.message
    assert snapshot(place) == before


def test_a_thing_may_go_together_with_those_that_refer_to_it(place: Path) -> None:
    take_in(place)
    write_register(place, "suppliers", "id,name,code\nacme,Acme Ltd,01234567\n")
    write_register(place, "systems", SYSTEMS.replace("bolt", "acme"))
    assert [(one.action, one.name) for one in take_in(place).differences] == [
        ("removed", "supplier:bolt"), ("changed", "system:payroll"),
    ]  # fmt: skip


DEPENDENCIES = (
    "dependent,provider,group,required,tolerance_h\n"
    "system:email,supplier:acme,host,2,4\n"
    "system:email,supplier:bolt,host,,\n"
    "system:payroll,supplier:bolt,,,\n"
)


def test_a_group_that_an_import_makes_disagree_with_rows_that_stay_is_refused(place: Path, tmp_path: Path) -> None:
    write_register(place, "dependencies", DEPENDENCIES)
    take_in(place)
    before = snapshot(place)
    file = tmp_path / "dependencies.csv"
    file.write_text("dependent,provider,group,tolerance_h\nsystem:email,supplier:bolt,host,8\n")
    with pytest.raises(FindingsError) as refused:
        take_in(place, file)
    [told] = refused.value.findings
    assert (told.rule, told.column, told.file) == ("group-disagrees", "tolerance_h", "dependencies.csv")
    assert "4 for supplier:acme, 8 for supplier:bolt in row 2" in told.message
    assert snapshot(place) == before


def test_a_group_that_an_import_leaves_with_too_few_providers_is_refused(place: Path, tmp_path: Path) -> None:
    write_register(place, "dependencies", DEPENDENCIES)
    take_in(place)
    write_register(place, "dependencies", DEPENDENCIES.replace("system:email,supplier:bolt,host,,\n", ""))
    with pytest.raises(FindingsError) as refused:
        take_in(place)
    assert "required-too-many" in {finding.rule for finding in refused.value.findings}


def test_a_part_of_a_group_may_be_imported_alone(place: Path, tmp_path: Path) -> None:
    """The file has one row of a group that needs two providers; the other one is in the log."""
    write_register(place, "dependencies", DEPENDENCIES)
    take_in(place)
    file = tmp_path / "dependencies.csv"
    file.write_text("dependent,provider,group,required,tolerance_h,notes\nsystem:email,supplier:acme,host,2,4,Seen\n")
    assert [one.action for one in take_in(place, file).differences] == ["changed"]


def test_a_file_of_the_folder_that_is_no_register_is_told_of(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_register(place, "sistems", "id\nweb\n")
    said = run(capfd, "records", "import", place)
    assert said.code == 0
    assert "did you mean systems?" in said.out


def test_any_name_may_be_that_of_a_column(place: Path) -> None:
    write_register(place, "suppliers", "id,__row,row,key,hash,literal\nacme,1,2,3,4,5\nbolt,,,,,\n")
    take_in(place)
    assert held(place)["suppliers"]["acme"] == {
        "id": "acme", "__row": "1", "row": "2", "key": "3", "hash": "4", "literal": "5",
    }  # fmt: skip


def test_a_folder_that_is_no_place_is_left_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = run(capfd, "records", "import", tmp_path / "nowhere", "--yes", "--reason", "Test")
    assert (said.code, list(tmp_path.iterdir())) == (1, [])
