"""The vocabulary: every register and field that places are promised, tables that hold together, sound examples."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.registers import add_row, copy_tables, found

from wholeplace.place.registers.field_types import TYPES, fault_of, words_of
from wholeplace.place.vocabulary import VocabularyError, name_of, read_vocabulary, vocabulary

COMMON = "id,name,organisation,tags,contact,notes"
CAN_FAIL = "repair,crew,mtbf_h,black_start,vulnerability"
#: Register -> prefix and further fields.
PROMISED = {
    "organisations": ("organisation", "kind,code"),
    "teams": ("team", f"site,headcount,minimum_staff,{CAN_FAIL}"),
    "sites": ("site", f"kind,lat,lon,easting,northing,area,uprn,postcode,{CAN_FAIL}"),
    "utilities": ("utility", f"kind,lat,lon,{CAN_FAIL}"),
    "systems": ("system", f"kind,hosting,location,supplier,contract,data_class,{CAN_FAIL}"),
    "suppliers": ("supplier", f"code,country,spend_gbp,spend_period,{CAN_FAIL}"),
    "contracts": ("contract", "supplier,start,end,value_gbp,notice_days,exit_plan"),
    "datasets": ("dataset", f"owner,system,personal_data,quality,licence,{CAN_FAIL}"),
    "services": ("service", f"owner,criticality,rto_h,max_tolerable_h,channel,{CAN_FAIL}"),
    "crews": ("crew", "size"),
    "plans": ("plan", "kind,covers,claimed_recovery_h,last_tested,owner"),
    "risks": ("risk", "kind,likelihood,impact,digital_effect,scenario"),
    "mitigations": ("mitigation", "cost_gbp,changes"),
}


def test_every_register_has_the_fields_it_is_promised_to_have() -> None:
    kinds = vocabulary().registers
    assert kinds.keys() == {*PROMISED, "service_users", "dependencies"}
    for name, (prefix, fields) in PROMISED.items():
        assert kinds[name].prefix == prefix
        assert {one.name for one in kinds[name].fields} == {*COMMON.split(","), *fields.split(",")}, name
        assert [one.name for one in kinds[name].fields if one.required] == ["id"]
        assert [one.name for one in kinds[name].fields if one.personal] == ["contact"]
    users = {one.name for one in kinds["service_users"].fields}
    assert users == {"service", "geography", "area", "group", "people", "notes"}
    columns = [
        "dependent",
        "provider",
        "group",
        "required",
        "tolerance_h",
        "degraded_to",
        "restart_h",
        "chance",
        "notes",
    ]
    assert [one.name for one in kinds["dependencies"].fields] == columns


def test_defaults() -> None:
    kinds = vocabulary().registers
    defaults = {one.name: one.default for one in kinds["dependencies"].fields if one.default}
    assert defaults == {"required": "1", "tolerance_h": "0", "restart_h": "0", "chance": "1"}
    assert kinds["systems"].by_name["vulnerability"].default == "1"
    assert kinds["systems"].by_name["repair"].default == "never"
    assert kinds["teams"].by_name["minimum_staff"].default == "1"


def test_names_are_split_and_made() -> None:
    known = vocabulary()
    assert known.split("email") is known.split("thing:email") is known.split("system:") is None
    for thing, register, key in [
        ("system:email", "systems", "email"),
        ("use:a|b|c|", "service_users", "use:a|b|c|"),
        ("dependency:service:a||site:b", "dependencies", "dependency:service:a||site:b"),
    ]:
        found = known.split(thing)
        assert found is not None
        assert (found[0].name, found[1], name_of(*found)) == (register, key, thing)


def test_every_type_is_known_and_every_example_and_default_is_sound(tmp_path: Path) -> None:
    for kind in vocabulary().registers.values():
        for field in kind.fields:
            assert field.type in TYPES
            assert field.meaning
            assert words_of(field)
            for text in filter(None, (field.example, field.default)):
                assert fault_of(field, text) == "", (kind.name, field.name, text)


def test_the_examples_of_a_register_make_a_record(tmp_path: Path) -> None:
    """A row of all examples has no fault but that what it names is not there."""
    for kind in vocabulary().registers.values():
        row = ",".join(f'"{field.example}"' for field in kind.fields)
        header = ",".join(field.name for field in kind.fields)
        findings = found(tmp_path / kind.name, **{kind.name: f"{header}\n{row}\n"})
        assert {one.rule for one in findings} <= {"unknown-reference", "changes"}, kind.name


def test_tables_that_do_not_hold_together_are_refused_with_every_fault(tmp_path: Path) -> None:
    folder = copy_tables(tmp_path)
    assert read_vocabulary(folder) == vocabulary()
    add_row(folder / "fields.csv", register="sensors", field="a", type="text")
    add_row(folder / "fields.csv", register="systems", field="b", type="code", codes="colours")
    add_row(folder / "fields.csv", register="systems", field="c", type="reference", refers="sites;trends")
    add_row(folder / "fields.csv", register="systems", field="d", type="date", at_least="born")
    add_row(folder / "fields.csv", register="systems", field="supplier", type="text")
    add_row(folder / "registers.csv", name="ideas", prefix="idea", key="id|year", can_fail="no")
    with pytest.raises(VocabularyError) as fault:
        read_vocabulary(folder)
    assert sorted(line.strip() for line in str(fault.value).splitlines()[1:]) == [
        "fields.csv, sensors.a: there is no register 'sensors' in registers.csv",
        "fields.csv, systems.b: there is no list 'colours' in codes.csv",
        "fields.csv, systems.c: there is no register 'trends' in registers.csv",
        "ideas has no field 'id'",
        "ideas has no field 'year'",
        "systems has no field 'born'",
        "systems has the field 'supplier' twice",
    ]
