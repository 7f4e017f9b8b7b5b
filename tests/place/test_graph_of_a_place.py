"""The check and the build of a place tell of its dependency graph, unless its registers are wrong themselves."""

from __future__ import annotations

from pathlib import Path

from tests.places import check, write_place
from tests.registers import write_registers

from wholeplace.build import build_place

TABLES = {
    "services": "id\nmeals\n",
    "systems": "id\na\nb\n",
    "dependencies": "dependent,provider\nservice:meals,system:a\nsystem:a,system:b\nsystem:b,system:a\n",
}


def of_graph(findings):
    return [(one.level, one.rule) for one in findings if (one.file or "").startswith("registers/")]


def test_check_and_build_tell_the_same(tmp_path: Path) -> None:
    folder = write_registers(write_place(tmp_path), TABLES)
    told = [("warning", "loop-without-black-start")]
    assert of_graph(check(folder).findings) == told
    assert of_graph(build_place(folder).findings) == told


def test_a_loop_is_an_error_to_who_is_strict(tmp_path: Path) -> None:
    folder = write_registers(write_place(tmp_path), TABLES)
    assert not check(folder, strict=True).ok


def test_what_is_wrong_in_a_register_is_told_alone(tmp_path: Path) -> None:
    """The row that cannot be read is the cause of whatever the graph then lacks."""
    wrong = {**TABLES, "dependencies": "dependent,provider\nservice:meals,system:c\n"}
    folder = write_registers(write_place(tmp_path), wrong)
    assert of_graph(check(folder).findings) == [("error", "unknown-reference")]
