"""Cells of registers: what each type of field takes, at both sides of every bound, and how a fault is told."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.registers import found, read_registers, spot

#: register, field, texts that are sound, texts that are not; the rule of the finding.
CELLS = [
    ("sites", "lat", ["-90", "90", "0", "53.7997"], ["-90.001", "90.001", "53,7", "53°", "nan", "inf", "1_0", "５"], "number"),
    ("sites", "lon", ["-180", "180", "-1.5"], ["-180.001", "180.001", "west"], "number"),
    ("sites", "easting", ["430000", "-1.5", "1e5"], ["430,000", "four"], "number"),
    ("sites", "uprn", ["72293547", "000000000001", "123456789012"], ["1234567890123", "7229354.0", "-1", "A1"], "uprn"),
    ("sites", "kind", ["office", "river-gauge", "a kind of our own"], [], ""),
    ("utilities", "kind", ["power", "water", "gas", "telecoms", "transport", "fuel"], ["Power", "heat"], "code-list"),
    ("systems", "hosting", ["on-premises", "cloud", "hybrid", "supplier"], ["Cloud", "on premises"], "code-list"),
    ("systems", "repair", ["8", "never", "3d", "beta(2, 8)"], ["soon", "uniform(6, 2)", "-1"], "distribution"),
    ("systems", "mtbf_h", ["0.001", "8760"], ["0", "-1", "never"], "number"),
    ("systems", "black_start", ["yes", "no"], ["Yes", "true", "1", "y"], "code-list"),
    ("systems", "vulnerability", ["0", "0.5", "1", "3"], ["-0.1", "high"], "number"),
    ("teams", "headcount", ["0", "12"], ["-1", "1.5", "12 people", "²", "9" * 5000], "number"),
    ("teams", "minimum_staff", ["0", "4"], ["-1", "0.5"], "number"),
    ("crews", "size", ["1", "3"], ["0", "1.5"], "number"),
    ("suppliers", "spend_gbp", ["-20.5", "0", "125000.50"], ["£5", "1,000"], "number"),
    ("suppliers", "spend_period", ["2025", "2025-Q1", "2025-04/2026-03"], ["2025/26", "FY25"], "period-form"),
    ("contracts", "start", ["2024-02-29", "2026-03-31"], ["2025-02-29", "31/03/2026", "2026-3-31", "20260331", "2026-W01-1", "March 2026", "２０２６-03-31"], "date"),
    ("contracts", "value_gbp", ["0", "480000.00"], ["-1"], "number"),
    ("contracts", "notice_days", ["0", "90"], ["-1", "3 months"], "number"),
    ("datasets", "personal_data", ["yes", "no"], ["maybe"], "code-list"),
    ("services", "criticality", ["1", "2", "3", "4"], ["0", "5", "high", "1.0"], "code-list"),
    ("services", "rto_h", ["0", "0.5", "24"], ["-1", "1 day"], "number"),
    ("services", "channel", ["web", "web;phone; post"], [], ""),
    ("plans", "kind", ["emergency", "continuity", "disaster-recovery"], ["recovery"], "code-list"),
    ("plans", "claimed_recovery_h", ["0", "8"], ["-1"], "number"),
    ("risks", "likelihood", ["1", "5", "almost certain"], [], ""),  # no scale is laid down; 1 to 5 is a suggestion
    ("risks", "digital_effect", ["creates", "worsens", "mitigates"], ["none"], "code-list"),
    ("mitigations", "cost_gbp", ["0", "25000"], ["-1"], "number"),
]  # fmt: skip
ONE_CELL = [(register, field, text, "") for register, field, good, _, _ in CELLS for text in good]
ONE_CELL += [(register, field, text, rule) for register, field, _, bad, rule in CELLS for text in bad]


@pytest.mark.parametrize(("register", "field", "text", "rule"), ONE_CELL)
def test_a_cell(tmp_path: Path, register: str, field: str, text: str, rule: str) -> None:
    findings = found(tmp_path, **{register: f'id,{field}\nfirst,\nsecond,"{text}"\n'})
    assert [(one.level, one.rule, *spot(one)) for one in findings] == (
        [("error", rule, register, 3, field, text)] if rule else []
    )


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("required", ["1"], ["0", "1.5", "all"]),
        ("tolerance_h", ["0", "4.5"], ["-1", "never"]),
        ("degraded_to", ["0.001", "0.999"], ["0", "1", "-0.5", "60%"]),
        ("restart_h", ["0", "2"], ["-1"]),
        ("chance", ["0", "1", "0.5"], ["-0.1", "1.1"]),
    ],
)
def test_cells_of_dependencies(tmp_path: Path, field: str, good: list[str], bad: list[str]) -> None:
    services = "id\na\nb\n"
    for text in good + bad:
        table = f'dependent,provider,{field}\nservice:a,service:b,"{text}"\n'
        findings = found(tmp_path, services=services, dependencies=table)
        expected = [("number", "dependencies", 2, field, text)] if text in bad else []
        assert [(one.rule, *spot(one)) for one in findings] == expected, text


def test_the_thirteen_kinds_of_risk(tmp_path: Path) -> None:
    """As they are written, in the order of the community's inventory."""
    kinds = [
        "cyber-attack",
        "food-energy-water",
        "cybercrime",
        "physical-safety",
        "conflict-unrest",
        "economy",
        "floods-fires-health",
        "democracy",
        "nature-climate",
        "weak-links",
        "digital-bias",
        "system-failure",
        "supply-chain",
    ]
    assert len(kinds) == 13
    rows = "".join(f"r{number},{kind}\n" for number, kind in enumerate(kinds))
    assert found(tmp_path, risks="id,kind\n" + rows) == []
    [one] = found(tmp_path, risks="id,kind\n" + rows + "last,flood\n")
    assert spot(one) == ("risks", 15, "kind", "flood")
    assert one.message == f"must be one of {', '.join(kinds)}"


def test_spaces_round_a_cell_do_no_harm(tmp_path: Path) -> None:
    registers, findings = read_registers(
        tmp_path,
        crews="id\n it \n",
        systems="id,hosting,crew,repair\n email , cloud , it , 8 \n",
        dependencies="dependent,provider\n system:email ,system:email\n",
    )
    assert findings == []
    assert registers["systems"].names.to_list() == ["system:email"]


def test_only_the_id_is_required(tmp_path: Path) -> None:
    names = ["organisations", "teams", "sites", "utilities", "systems", "suppliers", "contracts", "datasets"]
    names += ["services", "crews", "plans", "risks", "mitigations"]
    assert found(tmp_path, **dict.fromkeys(names, "id\none\n")) == []


def test_an_absent_column_is_an_empty_one(tmp_path: Path) -> None:
    registers, _ = read_registers(tmp_path, systems="id\nemail\n")
    assert registers["systems"].column("hosting").to_list() == [""]


def test_columns_of_ones_own_are_kept_and_not_checked(tmp_path: Path) -> None:
    registers, findings = read_registers(tmp_path, systems="id,Owner's name,repairs\nemail,=?,soon\n".replace("=", "~"))
    assert findings == []
    assert registers["systems"].frame.columns == ["id", "Owner's name", "repairs"]
    assert registers["systems"].column("Owner's name").to_list() == ["~?"]


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    findings = found(
        tmp_path,
        systems="id,hosting,repair\nemail,Cloud,soon\nEMAIL,cloud,8\n,cloud,8\n",
        contracts="id,start\none,1/4/2026\n",
    )
    assert sorted((one.rule, *map(str, spot(one))) for one in findings) == [
        ("code-list", "systems", "2", "hosting", "Cloud"),
        ("date", "contracts", "2", "start", "1/4/2026"),
        ("distribution", "systems", "2", "repair", "soon"),
        ("id-form", "systems", "3", "id", "EMAIL"),
        ("required", "systems", "4", "id", ""),
    ]
    assert {one.level for one in findings} == {"error"}


def test_a_distribution_that_does_not_parse_is_told_with_the_place_in_the_text(tmp_path: Path) -> None:
    [one] = found(tmp_path, systems='id,repair\nemail,"uniform(2, 6 hrs)"\n')
    assert one.message == "there is no unit 'hrs'; there are: s, min, h, d, w (at letter 14)"


@pytest.mark.parametrize(
    "text", ["=1+1", "=cmd|' /C calc'!A0", "@SUM(A1:A9)", "+HYPERLINK(A1)", "-2+3+cmd|' /C calc'!A0"]
)
def test_formulas_are_refused_with_the_row_named(tmp_path: Path, text: str) -> None:
    [one] = found(tmp_path, systems=f'id,notes\nemail,\nweb,"{text}"\n')
    assert (one.level, one.rule, *spot(one)) == ("error", "formula", "systems", 3, "notes", text)


@pytest.mark.parametrize(
    "text", ["+44 (0)113 496 0000", "-1.5", "- see the plan (2019)", "@leeds", "-", "'=1+1", "a=b"]
)
def test_what_only_looks_like_a_formula_is_text(tmp_path: Path, text: str) -> None:
    registers, findings = read_registers(tmp_path, systems=f'id,notes\nemail,"{text}"\n')
    assert findings == []
    assert registers["systems"].column("notes").to_list() == [text.removeprefix("'")]


def test_a_file_of_no_register_is_a_warning_that_names_the_nearest(tmp_path: Path) -> None:
    [one] = found(tmp_path, system="id\nemail\n")
    assert (one.level, one.rule, one.value) == ("warning", "unknown-register", "system")
    assert "did you mean systems?" in one.message


@pytest.mark.parametrize(
    ("name", "text", "column"),
    [
        ("systems", "name\nEmail\n", "id"),
        ("dependencies", "dependent\nservice:a\n", "provider"),
        ("service_users", "service,geography,people\na,ward,5\n", "area"),
        ("service_users", "service,geography,area\na,ward,W1\n", "people"),
    ],
)
def test_a_column_without_which_there_is_no_record(tmp_path: Path, name: str, text: str, column: str) -> None:
    [one] = found(tmp_path, **{name: text})
    assert (one.level, one.rule, *spot(one)) == ("error", "no-column", name, 1, column, None)


def test_a_table_with_far_too_many_columns_is_another_kind_of_table(tmp_path: Path) -> None:
    own = ",".join(f"c{number}" for number in range(100))
    assert found(tmp_path, systems=f"id,{own}\nemail{',' * 100}\n") == []
    [one] = found(tmp_path, systems=f"id,{own},c100\nemail{',' * 101}\n")
    assert (one.rule, one.row) == ("too-many-columns", 1)


@pytest.mark.parametrize("text", ["id,name\n", "id,name\n,\n , \n"])
def test_a_table_without_records(tmp_path: Path, text: str) -> None:
    registers, findings = read_registers(tmp_path, systems=text)
    assert findings == []
    assert registers["systems"].frame.height == 0


def test_rows_are_numbered_as_a_spreadsheet_does(tmp_path: Path) -> None:
    """Blank rows are no records and still count, and a cell may hold two lines."""
    [one] = found(tmp_path, systems='id,hosting,notes\nemail,cloud,"two\nlines"\n,,\nweb,moon,\n')
    assert spot(one) == ("systems", 4, "hosting", "moon")


def test_a_hundred_thousand_rows_are_checked_in_seconds(tmp_path: Path) -> None:
    """In time of this process's own, so that other work on the machine does not count; it takes about 1.5 s."""
    rows = (
        f'x{n},N {n},cloud,s{n % 500},{n % 90},"lognormal(median={n + 1}, p95={n + 900})",{n + 1}\n'
        for n in range(100_000)
    )
    suppliers = "id\n" + "".join(f"s{n}\n" for n in range(500))
    start = time.process_time()
    assert (
        found(tmp_path, suppliers=suppliers, systems="id,name,hosting,supplier,lat,repair,mtbf_h\n" + "".join(rows))
        == []
    )
    assert time.process_time() - start < 10
