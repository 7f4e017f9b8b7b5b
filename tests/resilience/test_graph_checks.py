"""What the check says of small graphs, each drawn in its test."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.registers import read_registers

from wholeplace.place import Findings
from wholeplace.resilience import build_graph, check_graph
from wholeplace.resilience.graphs.checks import MOST_NAMED

HEADER = "dependent,provider,group,required,degraded_to\n"
TWO = "system:a,system:b,,,\nsystem:b,system:a,,,\n"
LOOP, ALONE, UNUSED, SINGLE = "loop-without-black-start", "service-alone", "nothing-depends", "single-provider"


def told(folder: Path, rule: str, rows: str, *, level: str = "", **tables: str) -> list[str]:
    """What the check says by one rule of registers with such dependency rows."""
    dependencies = {"dependencies": HEADER + rows} if rows else {}
    registers, wrong = read_registers(folder, **tables, **dependencies)
    assert [one for one in wrong if one.level == "error"] == []
    findings = Findings()
    check_graph(build_graph(registers), registers, findings)
    assert {one.level for one in findings.items} <= {"warning", "notice"}
    assert {one.level for one in findings.items if one.rule == rule} <= ({level} if level else {"warning", "notice"})
    return [one.message for one in findings.items if one.rule == rule]


def systems(*names: str, black_start: str = "") -> str:
    return "id,black_start\n" + "".join(f"{one},{'yes' if one == black_start else 'no'}\n" for one in names)


def test_a_loop_of_two_is_warned_of_when_none_has_a_black_start(tmp_path: Path) -> None:
    messages = told(tmp_path / "none", LOOP, TWO, level="warning", systems=systems("a", "b"))
    assert messages == [
        "system:a and system:b depend on each other, and none has a black start: "
        "once they are down together, they stay down"
    ]
    assert told(tmp_path / "one", LOOP, TWO, systems=systems("a", "b", black_start="b")) == []


def test_a_black_start_outside_the_loop_does_not_help(tmp_path: Path) -> None:
    rows = TWO + "system:a,system:c,,,\n"
    assert len(told(tmp_path, LOOP, rows, systems=systems("a", "b", "c", black_start="c"))) == 1


@pytest.mark.parametrize(
    "back",
    [
        "system:b,system:a,,,0.5\n",
        # the level stands in the other row of the group, and is that of both
        "system:b,system:a,either,1,\nsystem:b,system:c,either,,0.5\n",
    ],
)
def test_a_loop_over_a_group_that_only_degrades_is_none(tmp_path: Path, back: str) -> None:
    assert told(tmp_path, LOOP, "system:a,system:b,,,\n" + back, systems=systems("a", "b", "c")) == []


def test_the_level_of_one_group_is_not_that_of_another(tmp_path: Path) -> None:
    """b needs a hard; that it would be degraded without c is another group, of no name as well."""
    rows = TWO + "system:b,system:c,,,0.5\n"
    assert len(told(tmp_path, LOOP, rows, systems=systems("a", "b", "c"))) == 1


def test_a_loop_through_an_alternative_is_one(tmp_path: Path) -> None:
    rows = "system:a,system:b,,,\nsystem:b,system:a,either,1,\nsystem:b,system:c,either,1,\n"
    assert len(told(tmp_path, LOOP, rows, systems=systems("a", "b", "c"))) == 1


def test_a_thing_that_needs_itself_is_a_loop(tmp_path: Path) -> None:
    row = "system:a,system:a,,,\n"
    messages = told(tmp_path / "none", LOOP, row, systems=systems("a"))
    assert messages == ["system:a depends on itself and has no black start: once down, it stays down"]
    assert told(tmp_path / "one", LOOP, row, systems=systems("a", black_start="a")) == []


def test_short_loops_come_first_and_long_ones_are_cut(tmp_path: Path) -> None:
    """A ring of 20,000 and a loop of two."""
    ring = [f"r{k:05}" for k in range(20_000)]
    rows = "".join(f"system:{one},system:{next_},,,\n" for one, next_ in zip(ring, ring[1:] + ring[:1], strict=True))
    pair = "system:y,system:z,,,\nsystem:z,system:y,,,\n"
    messages = told(tmp_path, LOOP, rows + pair, systems=systems("y", "z", *ring))
    assert messages[0].startswith("system:y and system:z depend")
    named = ", ".join(f"system:{one}" for one in ring[:MOST_NAMED])
    assert messages[1].startswith(f"{named} and {20_000 - MOST_NAMED:,} more depend on each other")
    assert len(messages) == 2


def test_services_that_need_nothing_and_things_that_nothing_needs(tmp_path: Path) -> None:
    """meals needs a; calls needs nothing; nothing needs b. That nothing needs a service is as it should be."""
    tables = {"services": "id\nmeals\ncalls\n", "systems": systems("a", "b"), "crews": "id\nfitters\n"}
    assert told(tmp_path / "1", ALONE, "service:meals,system:a,,,\n", level="notice", **tables) == [
        "1 of 2 services depends on nothing: service:calls"
    ]
    assert told(tmp_path / "2", UNUSED, "service:meals,system:a,,,\n", level="notice", **tables) == [
        "nothing depends on 1 of 2: system:b"
    ]


def test_two_services_that_need_nothing_are_told_together(tmp_path: Path) -> None:
    tables = {"services": "id\nmeals\ncalls\nvisits\n", "systems": systems("a")}
    assert told(tmp_path, ALONE, "service:meals,system:a,,,\n", **tables) == [
        "2 of 3 services depend on nothing: service:calls and service:visits"
    ]


def test_without_any_dependency_row_that_alone_is_told(tmp_path: Path) -> None:
    tables = {"services": "id\nmeals\ncalls\n", "systems": systems("a", "b")}
    rules = ("no-dependencies", ALONE, UNUSED)
    assert [len(told(tmp_path, rule, "", **tables)) for rule in rules] == [1, 0, 0]
    assert told(tmp_path / "systems", "no-dependencies", "", systems=systems("a")) == []
    assert told(tmp_path / "none", "no-dependencies", "") == []


def services(count: int) -> str:
    return "id\n" + "".join(f"s{k:02}\n" for k in range(count))


def on(provider: str, count: int, rest: str = ",,") -> str:
    return "".join(f"service:s{k:02},{provider},{rest}\n" for k in range(count))


@pytest.mark.parametrize(
    ("all_services", "standing", "is_told"),
    [(16, 4, True), (17, 4, False), (12, 3, True), (3, 3, True), (8, 2, False), (2, 2, False)],
)
def test_a_quarter_of_the_services_and_three_of_them(
    tmp_path: Path, all_services: int, standing: int, is_told: bool
) -> None:
    """4 of 16 are a quarter and 4 of 17 are not; 2 of 8 are a quarter, but only two."""
    messages = told(tmp_path, SINGLE, on("system:a", standing), level="notice", services=services(all_services),
                    systems=systems("a"))  # fmt: skip
    expected = f"{standing} of {all_services} services need system:a, and nothing can take its place"
    assert messages == ([expected] if is_told else [])


def test_single_providers_are_told_through_others_most_first(tmp_path: Path) -> None:
    """Four services need a, which needs c; a fifth needs c itself."""
    rows = on("system:a", 4) + "service:s04,system:c,,,\nsystem:a,system:c,,,\n"
    messages = told(tmp_path, SINGLE, rows, services=services(5), systems=systems("a", "c"))
    assert [message.partition(",")[0] for message in messages] == [
        "5 of 5 services need system:c", "4 of 5 services need system:a",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "is_told"),
    [
        (on("system:a", 3, "either,1,") + on("system:b", 3, "either,,"), []),  # one of two
        (on("system:a", 3, "both,2,") + on("system:b", 3, "both,,"), ["system:a", "system:b"]),  # two of two
        (on("system:a", 3, ",,0.5"), []),  # degraded, not down
    ],
)
def test_alternatives_and_groups_that_degrade_leave_no_single_provider(
    tmp_path: Path, rows: str, is_told: list[str]
) -> None:
    messages = told(tmp_path, SINGLE, rows, services=services(3), systems=systems("a", "b"))
    assert [message.partition("need ")[2].partition(",")[0] for message in messages] == is_told


def test_a_service_that_others_need_does_not_count_itself(tmp_path: Path) -> None:
    """s01, s02 and s03 need s00: three of four."""
    rows = "".join(f"service:s0{k},service:s00,,,\n" for k in (1, 2, 3))
    assert told(tmp_path, SINGLE, rows, services=services(4)) == [
        "3 of 4 services need service:s00, and nothing can take its place"
    ]
