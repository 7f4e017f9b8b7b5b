"""Dependency rows: columns of a group, how many a group needs, and references that no row stands for."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.registers import found, read_registers, spot

UTILITIES = "id\none\ntwo\nthree\n"
SERVICES = "id\nmeals\nbins\n"
COLUMNS = ("required", "tolerance_h", "degraded_to", "restart_h")


def rows(column: str, *cells: str, group: str = "power") -> str:
    """A row of service:meals for each cell, with its own provider."""
    ids = ("one", "two", "three")
    lines = [f"service:meals,utility:{name},{group},{cell}" for name, cell in zip(ids, cells, strict=False)]
    return f"dependent,provider,group,{column}\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("cells", [("0.5", "0.5"), ("0.5", ""), ("", "0.5", ""), ("", ""), ("0.5", "0.50", ".5")])
def test_a_blank_agrees_with_any_value(tmp_path: Path, column: str, cells: tuple[str, ...]) -> None:
    if column == "required":
        cells = tuple(cell and "2" for cell in cells)
    assert found(tmp_path, services=SERVICES, utilities=UTILITIES, dependencies=rows(column, *cells)) == []


@pytest.mark.parametrize("column", COLUMNS)
def test_two_different_values_of_a_group_are_an_error(tmp_path: Path, column: str) -> None:
    cells = ("1", "", "2") if column == "required" else ("0.25", "", "0.5")
    [one] = found(tmp_path, services=SERVICES, utilities=UTILITIES, dependencies=rows(column, *cells))
    assert (one.level, one.rule, *spot(one)) == ("error", "group-disagrees", "dependencies", 4, column, cells[2])
    assert f"service:meals, group 'power': {column}" in one.message
    assert f"{cells[0]} for utility:one in row 2, {cells[2]} for utility:three in row 4" in one.message


def test_rows_without_a_group_are_groups_of_their_own(tmp_path: Path) -> None:
    table = rows("tolerance_h", "1", "2", "3", group="")
    assert found(tmp_path, services=SERVICES, utilities=UTILITIES, dependencies=table) == []


def test_groups_of_two_dependents_are_two_groups(tmp_path: Path) -> None:
    table = (
        "dependent,provider,group,tolerance_h\nservice:meals,utility:one,power,1\nservice:bins,utility:one,power,2\n"
    )
    assert found(tmp_path, services=SERVICES, utilities=UTILITIES, dependencies=table) == []


def test_chance_and_notes_belong_to_the_row(tmp_path: Path) -> None:
    table = rows("chance", "0.5", "0.9")
    assert found(tmp_path, services=SERVICES, utilities=UTILITIES, dependencies=table) == []


@pytest.mark.parametrize(("cells", "wrong"), [(("2", "2"), ""), (("", "2"), ""), (("3", ""), "3"), (("3", "3"), "3")])
def test_required_above_the_number_of_rows(tmp_path: Path, cells: tuple[str, ...], wrong: str) -> None:
    findings = found(tmp_path, services=SERVICES, utilities=UTILITIES, dependencies=rows("required", *cells))
    assert [(one.level, one.rule, *spot(one)) for one in findings] == (
        [("error", "required-too-many", "dependencies", 2, "required", wrong)] if wrong else []
    )


def test_a_row_without_a_group_has_one_provider(tmp_path: Path) -> None:
    [one] = found(tmp_path, services=SERVICES, utilities=UTILITIES, dependencies=rows("required", "1", "2", group=""))
    assert (one.rule, one.row, one.message) == ("required-too-many", 3, "service:meals requires 2 providers and has 1")


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    head, *lines = rows("restart_h", "1", "", "2").splitlines()
    turned = "\n".join([head, *reversed(lines)]) + "\n"
    for table in (rows("restart_h", "1", "", "2"), turned):
        [one] = found(tmp_path, services=SERVICES, utilities=UTILITIES, dependencies=table)
        assert one.rule == "group-disagrees"


def test_a_loop_is_legal(tmp_path: Path) -> None:
    table = "dependent,provider\nservice:meals,service:bins\nservice:bins,service:meals\n"
    assert found(tmp_path, services=SERVICES, dependencies=table) == []


# --- References without a row ---

ESTATE = {
    "sites": "id\nhall\n",
    "suppliers": "id\nacme\n",
    "organisations": "id\ncouncil\n",
    "contracts": "id\nc1\n",
    "systems": "id,supplier,location,contract,organisation\nemail,supplier:acme,site:hall,c1,council\nweb,acme,,,\n",
    "teams": "id,site\nit,hall\n",
    "datasets": "id,system,owner\npeople,email,team:it\n",
}


def undeclared(folder: Path, **tables: str) -> list[tuple[str, int | None, str | None, str | None]]:
    _, findings = read_registers(folder, **{**ESTATE, **tables})
    assert {(one.level, one.rule) for one in findings} <= {("notice", "no-dependency-row")}
    return [spot(one) for one in findings]


def test_references_without_a_dependency_row_are_listed(tmp_path: Path) -> None:
    """Suppliers, locations, sites of teams and systems of datasets; no owner, contract or organisation."""
    assert sorted(undeclared(tmp_path)) == [
        ("datasets", 2, "system", "system:email"),
        ("systems", 2, "location", "site:hall"),
        ("systems", 2, "supplier", "supplier:acme"),
        ("systems", 3, "supplier", "supplier:acme"),
        ("teams", 2, "site", "site:hall"),
    ]


def test_a_row_of_any_group_declares_a_reference(tmp_path: Path) -> None:
    table = (
        "dependent,provider,group\nsystem:email,supplier:acme,makers\nsystem:web,supplier:acme,\nteam:it,site:hall,\n"
    )
    assert sorted(undeclared(tmp_path, dependencies=table)) == [
        ("datasets", 2, "system", "system:email"),
        ("systems", 2, "location", "site:hall"),
    ]


def test_a_row_the_other_way_round_declares_nothing(tmp_path: Path) -> None:
    table = "dependent,provider\nsupplier:acme,system:web\n"
    assert ("systems", 3, "supplier", "supplier:acme") in undeclared(tmp_path, dependencies=table)


def test_a_reference_that_leads_nowhere_is_told_once(tmp_path: Path) -> None:
    _, findings = read_registers(tmp_path, systems="id,supplier\nemail,acme\n")
    assert [one.rule for one in findings] == ["unknown-reference"]


def test_what_cannot_fail_needs_no_row(tmp_path: Path) -> None:
    systems = "id,location\nemail,organisation:council\n"
    _, findings = read_registers(tmp_path, organisations=ESTATE["organisations"], systems=systems)
    assert findings == []
