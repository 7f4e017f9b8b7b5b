"""`wholeplace depends on|of`, on the estate of test_graph.py."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from tests.commands import run
from tests.places import write_place
from tests.registers import write_registers
from tests.resilience.test_graph import FILES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_registers(write_place(tmp_path), FILES)


def test_what_a_thing_depends_on(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(capfd, "depends", "on", folder, "service:calls")
    assert (ran.code, ran.out) == (
        0,
        "service:calls (Care calls) depends on, within 2 steps:\n"
        "  system:phones (Phones)\n"
        "    system:phones-backup (Spare phones)\n"
        "    utility:generator (Generator), group power: 1 of 2 must be up\n"
        "    utility:grid (Grid), group power: 1 of 2 must be up\n",
    )


def test_what_depends_on_a_thing(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(capfd, "depends", "of", folder, "system:phones-backup", "--steps", 3)
    assert (ran.code, ran.out) == (
        0,
        "what depends on system:phones-backup (Spare phones), within 3 steps:\n"
        "  system:phones (Phones)\n"
        "    service:calls (Care calls)\n"
        "    system:phones-backup (Spare phones); named already\n",
    )


def test_nothing_either_way(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(capfd, "depends", "on", folder, "team:care").out == "team:care depends on nothing\n"
    assert run(capfd, "depends", "of", folder, "team:care").out == "nothing depends on team:care\n"


def test_one_step_as_json(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    document = run(capfd, "depends", "of", folder, "utility:generator", "--steps", 1, "--json").document
    assert document == {
        "thing": "utility:generator",
        "label": "Generator",
        "steps": 1,
        "needed_by": [
            {"thing": "system:phones", "label": "Phones", "group": "power", "required": 1, "alternatives": 2, "step": 1,
             "again": False, "links": []},
        ],
    }  # fmt: skip
    two = run(capfd, "depends", "on", folder, "service:meals", "--json").document
    assert [(one["thing"], [link["thing"] for link in one["links"]]) for one in two["depends_on"]] == [
        ("site:kitchen", ["utility:grid"]),
        ("system:vans", []),
    ]


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("phones", "; did you mean 'system:phones'?"),
        ("service:phones", "; did you mean 'system:phones'?"),
        ("system:phnes", "; did you mean 'system:phones'?"),
        ("soon", ""),  # a contract cannot fail
        ("zzz", ""),
        ("plan:old", ""),  # a plan cannot fail
    ],
)
def test_an_unknown_thing_is_refused(folder: Path, capfd: pytest.CaptureFixture[str], asked: str, hint: str) -> None:
    ran = run(capfd, "depends", "on", folder, asked, "--json")
    assert (ran.code, ran.out, ran.err) == (1, "", f"no register has a thing {asked!r} that can fail{hint}\n")


@pytest.mark.parametrize("steps", ["0", "-1", "101", "all"])
def test_steps_that_there_are_not(folder: Path, capfd: pytest.CaptureFixture[str], steps: str) -> None:
    assert run(capfd, "depends", "on", folder, "team:care", "--steps", steps).code == 2


def test_a_chain_of_more_than_the_most_steps(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    names = [f"c{k:03}" for k in range(150)]
    rows = "".join(f"system:{one},system:{after}\n" for one, after in pairwise(names))
    tables = {"systems": "id\n" + "\n".join(names) + "\n", "dependencies": "dependent,provider\n" + rows}
    folder = write_registers(write_place(tmp_path), tables)
    ran = run(capfd, "depends", "on", folder, "system:c000", "--steps", 100)
    assert ran.lines[-1].strip() == "system:c100"
    assert run(capfd, "depends", "on", folder, "system:c000", "--steps", 100, "--json").code == 0


def test_the_log_counts_where_there_is_one(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(capfd, "records", "import", folder, "--yes", "--reason", "first").code == 0
    file = folder / "registers" / "dependencies.csv"
    file.write_text("dependent,provider\nservice:meals,system:vans\n", encoding="utf-8")
    assert "site:kitchen" in run(capfd, "depends", "on", folder, "service:meals").out


def test_a_place_with_errors_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(capfd, "depends", "on", tmp_path / "none", "system:a")
    assert ran.code == 1
    assert ran.plain()
