"""Records against one another: keys, ids, references, the order of dates and numbers, the users of a service."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.places import check, told, write_place
from tests.registers import found, read_registers, spot, write_registers

SUPPLIERS = "id\nacme\nbolt\n"


# --- Keys ---


def test_a_key_twice_is_an_error_that_names_the_rows(tmp_path: Path) -> None:
    [one] = found(tmp_path, systems="id,name\nemail,A\nweb,B\nemail,C\n email ,D\n")
    assert (one.level, one.rule, *spot(one)) == ("error", "key-twice", "systems", 4, "id", "email")
    assert "3 times, in rows 2, 4, 5" in one.message


def test_one_id_may_stand_in_two_registers(tmp_path: Path) -> None:
    assert found(tmp_path, systems="id\nemail\n", services="id\nemail\n") == []


@pytest.mark.parametrize("text", ["a", "council-tax", "007", "2024-25", "a--b"])
def test_ids_as_they_should_be(tmp_path: Path, text: str) -> None:
    registers, findings = read_registers(tmp_path, systems=f"id\n{text}\n")
    assert findings == []
    assert registers["systems"].keys.to_list() == [text]  # leading zeros survive


@pytest.mark.parametrize("text", ["Email", "e mail", "e_mail", "e.mail", "system:email", "é", "a;b", "a|b", "*"])
def test_ids_as_they_may_not_be(tmp_path: Path, text: str) -> None:
    [one] = found(tmp_path, systems=f'id\n"{text}"\n')
    assert (one.level, one.rule, *spot(one)) == ("error", "id-form", "systems", 2, "id", text)


def test_the_key_of_a_dependency_is_dependent_group_and_provider(tmp_path: Path) -> None:
    services = "id\na\nb\nc\n"
    rows = [
        "service:a,service:b,",
        "service:a,service:c,",
        "service:a,service:b,g",
        "service:a,service:b,h",
        "service:b,service:a,",
    ]
    registers, findings = read_registers(
        tmp_path, services=services, dependencies="dependent,provider,group\n" + "\n".join(rows) + "\n"
    )
    assert findings == []
    assert registers["dependencies"].keys.to_list()[::2] == [
        "dependency:service:a||service:b",
        "dependency:service:a|g|service:b",
        "dependency:service:b||service:a",
    ]
    [one] = found(
        tmp_path, services=services, dependencies="dependent,provider,group\n" + "\n".join([*rows, rows[2]]) + "\n"
    )
    assert (one.rule, *spot(one)) == ("key-twice", "dependencies", 7, "dependent", "dependency:service:a|g|service:b")
    assert "rows 4, 7" in one.message


def test_the_key_of_users_is_service_geography_area_and_group(tmp_path: Path) -> None:
    """The prefix of the service may be written and makes no other key; a code keeps its case and zeros."""
    head = "service,geography,area,group,people\n"
    table = head + "meals,ward,W1,,5\nmeals,ward,W1,old,3\nmeals,ward,w1,,5\nmeals,ward,01,,5\nmeals,ward,1,,5\n"
    registers, findings = read_registers(tmp_path, services="id\nmeals\n", service_users=table)
    assert findings == []
    assert registers["service_users"].keys.to_list()[:2] == ["use:meals|ward|W1|", "use:meals|ward|W1|old"]
    [one] = found(tmp_path, services="id\nmeals\n", service_users=table + "service:meals,ward,W1,,6\n")
    assert (one.rule, one.row) == ("key-twice", 7)


@pytest.mark.parametrize(
    ("name", "text", "column"),
    [
        ("dependencies", "dependent,provider\n,service:a\n", "dependent"),
        ("dependencies", "dependent,provider\nservice:a,\n", "provider"),
        ("service_users", "service,geography,area,people\na,ward,,5\n", "area"),
        ("service_users", "service,geography,area,people\na,ward,W1,\n", "people"),
    ],
)
def test_a_blank_part_of_a_key(tmp_path: Path, name: str, text: str, column: str) -> None:
    [one] = found(tmp_path, services="id\na\n", **{name: text})
    assert (one.level, one.rule, *spot(one)) == ("error", "required", name, 2, column, "")


# --- References ---


@pytest.mark.parametrize("text", ["acme", "supplier:acme"])
def test_a_reference_to_one_register_with_and_without_prefix(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, suppliers=SUPPLIERS, contracts=f"id,supplier\none,{text}\n") == []


@pytest.mark.parametrize("text", ["acne", "supplier:acne", "ACME", "organisation:acme", "supplier:", "acme;bolt"])
def test_a_reference_to_one_register_that_leads_nowhere(tmp_path: Path, text: str) -> None:
    organisations = "id\nacme\n"
    [one] = found(tmp_path, suppliers=SUPPLIERS, organisations=organisations, contracts=f"id,supplier\none,{text}\n")
    assert (one.level, one.rule, *spot(one)) == ("error", "unknown-reference", "contracts", 2, "supplier", text)


def test_a_reference_into_a_register_that_is_not_there(tmp_path: Path) -> None:
    [one] = found(tmp_path, contracts="id,supplier\none,acme\n")
    assert one.message == "names something that is not in registers/suppliers.csv; add it there, or mend the name"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("team:it", ""),
        ("organisation:council", ""),
        ("it", "must be the name of a thing that begins with one of organisation:, team:"),
        ("team:web", "not in registers/teams.csv"),
        ("system:email", "must be the name"),  # a system owns nothing
    ],
)
def test_a_reference_that_may_name_several_kinds_needs_the_prefix(tmp_path: Path, text: str, words: str) -> None:
    findings = found(
        tmp_path,
        teams="id\nit\n",
        organisations="id\ncouncil\n",
        systems="id\nemail\n",
        services=f"id,owner\na,{text}\n",
    )
    if not words:
        assert findings == []
        return
    [one] = findings
    assert (one.level, one.rule, *spot(one)) == ("error", "unknown-reference", "services", 2, "owner", text)
    assert words in one.message


def test_a_list_of_references_names_the_one_that_is_wrong(tmp_path: Path) -> None:
    plans = "id,covers\none,service:a; site:hall ;system:none;service:b;\n"
    findings = found(tmp_path, services="id\na\n", sites="id\nhall\n", plans=plans)
    assert [(one.rule, *spot(one)) for one in findings] == [
        ("unknown-reference", "plans", 2, "covers", "system:none"),
        ("unknown-reference", "plans", 2, "covers", "service:b"),
    ]


@pytest.mark.parametrize(
    ("register", "field", "text"),
    [
        ("teams", "site", "hall"),
        ("systems", "location", "site:hall"),
        ("systems", "location", "supplier:acme"),
        ("systems", "contract", "c1"),
        ("systems", "crew", "it"),
        ("systems", "organisation", "council"),
        ("datasets", "system", "email"),
        ("plans", "covers", "crew:it;risk:flood;service:a"),
    ],
)
def test_every_column_that_refers(tmp_path: Path, register: str, field: str, text: str) -> None:
    tables = {"sites": "id\nhall\n", "suppliers": SUPPLIERS, "contracts": "id\nc1\n", "crews": "id\nit\n"}
    tables |= {
        "organisations": "id\ncouncil\n",
        "risks": "id\nflood\n",
        "services": "id\na\n",
        "systems": "id\nemail\n",
    }
    assert found(tmp_path, **{**tables, register: f"id,{field}\nemail,{text}\n"}) == []
    assert [one.rule for one in found(tmp_path, **{**tables, register: f"id,{field}\nemail,nothing\n"})] == [
        "unknown-reference"
    ]


@pytest.mark.parametrize("prefix", ["site", "utility", "system", "supplier", "team", "dataset", "service"])
def test_everything_that_can_fail_may_depend_and_be_depended_on(tmp_path: Path, prefix: str) -> None:
    plural = {"utility": "utilities"}.get(prefix, f"{prefix}s")
    table = f"dependent,provider\n{prefix}:one,{prefix}:two\n"
    things = "id,repair,crew,mtbf_h,black_start,vulnerability\none,8,,100,yes,2\ntwo,,,,,\n"
    assert found(tmp_path, **{plural: things, "dependencies": table}) == []


@pytest.mark.parametrize("text", ["crew:it", "plan:it", "it", "thing:it", "service:none", "use:a|b|c|"])
def test_what_cannot_stand_in_a_dependency(tmp_path: Path, text: str) -> None:
    tables = {"crews": "id\nit\n", "plans": "id\nit\n", "services": "id\na\n"}
    [one] = found(tmp_path, **tables, dependencies=f"dependent,provider\nservice:a,{text}\n")
    assert (one.level, one.rule, *spot(one)) == ("error", "unknown-reference", "dependencies", 2, "provider", text)


# --- Order ---


@pytest.mark.parametrize(
    ("start", "end", "wrong"),
    [
        ("2024-04-01", "2024-04-01", False),
        ("2024-04-01", "2027-03-31", False),
        ("", "2027-03-31", False),
        ("2024-04-01", "", False),
        ("2024-04-02", "2024-04-01", True),
    ],
)
def test_dates_in_the_wrong_order(tmp_path: Path, start: str, end: str, wrong: bool) -> None:
    findings = found(tmp_path, contracts=f"id,start,end\none,{start},{end}\n")
    assert [(one.level, one.rule, *spot(one)) for one in findings] == (
        [("error", "date-order", "contracts", 2, "end", end)] if wrong else []
    )


@pytest.mark.parametrize(
    ("register", "low", "high"),
    [("teams", "minimum_staff", "headcount"), ("services", "rto_h", "max_tolerable_h")],
)
def test_numbers_that_contradict_one_another_are_doubts(tmp_path: Path, register: str, low: str, high: str) -> None:
    assert found(tmp_path, **{register: f"id,{low},{high}\none,4,4\ntwo,4,\nthree,,4\nfour,4,12\n"}) == []
    [one] = found(tmp_path, **{register: f"id,{low},{high}\none,12,4\n"})
    assert (one.level, one.rule, *spot(one)) == ("warning", "number-order", register, 2, high, "4")


# --- Users ---


def test_users_of_one_service_stand_in_one_geography(tmp_path: Path) -> None:
    head = "service,geography,area,people\n"
    services = "id\nmeals\nbins\n"
    sound = head + "meals,ward,W1,5\nbins,lsoa,E1,5\nmeals,ward,W2,5\n"
    assert found(tmp_path, services=services, service_users=sound) == []
    [one] = found(tmp_path, services=services, service_users=sound + "service:meals,lsoa,E1,2\nmeals,lsoa,E2,2\n")
    assert (one.level, one.rule, *spot(one)) == ("error", "two-geographies", "service_users", 5, "geography", "lsoa")


# --- In a place ---


def test_check_tells_of_registers_with_file_row_column_and_value(tmp_path: Path) -> None:
    folder = write_place(tmp_path, {"registers/contracts.csv": "id,supplier\none,acme\n"})
    report = check(folder)
    [one] = report.findings
    assert one.as_dict() == {
        "level": "error",
        "rule": "unknown-reference",
        "file": "registers/contracts.csv",
        "row": 2,
        "column": "supplier",
        "value": "acme",
        "message": "names something that is not in registers/suppliers.csv; add it there, or mend the name",
    }
    assert not report.ok


def test_users_of_a_geography_that_place_toml_does_not_have_are_a_warning(tmp_path: Path) -> None:
    folder = write_place(tmp_path)
    table = "service,geography,area,people\na,{},A1,5\n"
    write_registers(folder, {"services": "id\na\n", "service_users": table.format("area")})
    assert [one.rule for one in check(folder).findings] == ["no-dependencies"]
    write_registers(folder, {"service_users": table.format("place").replace("A1", "T01")})
    assert [one.rule for one in check(folder).findings] == ["no-dependencies"]
    write_registers(folder, {"service_users": table.format("lsoa")})
    [one] = told(check(folder), "unknown-geography")
    assert (one.level, *spot(one)) == ("warning", "service_users", 2, "geography", "lsoa")


def test_missing_owners_and_dependencies_are_never_errors(tmp_path: Path) -> None:
    tables = dict.fromkeys(("services", "systems", "sites", "teams", "plans", "datasets"), "id\none\n")
    [one] = check(write_registers(write_place(tmp_path), tables)).findings
    assert (one.level, one.rule, one.file) == ("notice", "no-dependencies", "registers/services.csv")
