"""What `wholeplace check` prints for people, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.commands import run
from tests.places import WIDE, write_place

FILE = "indicators/values/wide.csv"


def test_a_sound_place(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(capfd, "check", write_place(tmp_path, {FILE: WIDE + "Z1,1,0\n"}))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"1 row of {FILE} is of another place and serves as comparison",
        "4 areas of area, 2 areas of ward: 0 errors, 0 warnings, 0 notices",
    ]


def test_errors_come_first_each_with_where_it_is(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    wide = WIDE.replace("A4,400,0.4\n", "").replace("0.2", "2").replace("A3,300", "A3,*")
    ran = run(capfd, "check", write_place(tmp_path, {FILE: wide}))
    assert ran.code == 1
    starts = [line.split(":")[0] for line in ran.out.splitlines()]
    assert starts == ["error", "warning", "notice", "4 areas of area, 2 areas of ward"]
    assert ran.out.startswith(f"error: {FILE}, row 4, column residents: is not a number; ")
    assert "(value '*') [not-number]" in ran.out
    assert ran.out.endswith("1 error, 1 warning, 1 notice\n")


@pytest.mark.parametrize(("options", "code"), [([], 0), (["--strict"], 1)])
def test_only_errors_stop_a_command(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], options: list[str], code: int
) -> None:
    ran = run(capfd, "check", write_place(tmp_path, {FILE: WIDE.replace("0.2", "2")}), *options)
    assert ran.code == code


def test_a_check_writes_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = write_place(tmp_path)
    before = sorted(folder.rglob("*"))
    run(capfd, "check", folder)
    assert sorted(folder.rglob("*")) == before
