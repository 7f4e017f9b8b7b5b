"""`wholeplace scenario run` as people type it, and the same from Python."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.commands import run
from tests.places import PLACE_TOML
from tests.registers import write_registers

import wholeplace
from wholeplace import resilience
from wholeplace.resilience import Options

#: The library stands on its site; the hall of a service that nothing strikes does not.
REGISTERS = {
    "services": "id,name\nlibrary,Library\nweddings,Weddings\n",
    "sites": "id,repair\nannexe,5\nhall,5\n",
    "dependencies": "dependent,provider,tolerance_h\nservice:library,site:annexe,2\nservice:weddings,site:hall,\n",
}
SCENARIO = '[scenario]\nname = "Fire"\nhorizon_h = 100\n[[event]]\nkind = "fail"\nat_h = 0\nitems = ["site:annexe"]\nchance = 0.5\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "place.toml").write_text(PLACE_TOML, encoding="utf-8")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "fire.toml").write_text(SCENARIO, encoding="utf-8")
    return write_registers(tmp_path, REGISTERS)


def test_the_command_and_the_call_give_the_same(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(capfd, "scenario", "run", folder, "fire", "--trials", 500, "--seed", 3, "--json", "-")
    options = Options(trials=500, seed=3)
    result = wholeplace.run_scenario(wholeplace.open_place(folder), "fire", options=options)
    assert ran.code == 0
    assert ran.document == json.loads(json.dumps(result.as_dict()))
    again = run(capfd, "scenario", "run", folder, folder / "scenarios" / "fire.toml", "--trials", 500, "--seed", 3,
                "--csv", "-")  # fmt: skip
    assert again.out == result.items.write_csv()


def test_a_target_that_nothing_reaches(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """No empty table, and no name of a column without a row."""
    ran = run(capfd, "scenario", "run", folder, "fire", "--trials", 10, "--target", "service:weddings")
    assert ran.code == 0
    assert "Nothing that the events strike stands above the target." in ran.lines
    assert "birnbaum" not in ran.out
    ran = run(capfd, "scenario", "run", folder, "fire", "--trials", 10, "--target", "service:library")
    assert "birnbaum" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nowhere"], 1, "there is no scenario 'nowhere'; this place has: fire"),
        (["fier"], 1, "there is no scenario 'fier'; did you mean 'fire'?"),
        (["fire", "--target", "service:librar"], 1, "did you mean 'service:library'?"),
        (["fire", "--method", "exact"], 1, "dependency:service:library||site:annexe has a tolerance of 2 h"),
        (["fire", "--method", "guess"], 2, "guess"),
        (["fire", "--trials", "0"], 2, "--trials"),
        (["fire", "--json", "-", "--csv", "-"], 2, "only one of --csv and --json can be standard output"),
    ],
)
def test_what_cannot_be_run_says_why(
    folder: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    ran = run(capfd, "scenario", "run", folder, *arguments)
    assert ran.code == code
    assert said in ran.err
    assert ran.out == ""
    assert ran.plain()


def test_public_names_are_there_and_load_compiled_code_late() -> None:
    code = (
        "import sys, wholeplace.resilience; assert not {'numba', 'oxidd', 'scipy'} & set(sys.modules); "
        "wholeplace.resilience.Options; assert 'numba' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert [name for name in resilience.__all__ if not hasattr(resilience, name)] == []
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = resilience.nothing_of_the_kind  # type: ignore[attr-defined]
