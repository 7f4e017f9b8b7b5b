"""Several processes that import into one place at once: no entry is lost, and the chain holds."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.records.small import SUPPLIERS, entries, held, make_place, take_in

from wholeplace.records import importing
from wholeplace.records.log import LogError, open_log
from wholeplace.records.verify import verify_log

#: Imports files of one record each, one after the other, and says so after each.
_WORKER = """
import sys
from pathlib import Path
from wholeplace.records import ImportRequest, apply_import
place, name, times = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for number in range(times):
    file = place.parent / name / "sites.csv"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"id,name\\n{name}-{number},Site\\nshared,{name} {number}\\n")
    apply_import(ImportRequest(place, file), person=name, reason=f"Import {number}")
    print(number, flush=True)
"""


def worker(place: Path, name: str, times: int) -> subprocess.Popen[str]:
    """A process that is ready to import and waits for a line."""
    started = subprocess.Popen(
        [sys.executable, "-c", _WORKER, str(place), name, str(times)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    return started


@pytest.mark.parametrize("first", [True, False], ids=["making the log", "with a log"])
def test_imports_at_once(tmp_path: Path, first: bool) -> None:
    """Three processes with ten imports each: each adds one site and renames the one they share."""
    place = make_place(tmp_path / "testham", suppliers=SUPPLIERS)
    if not first:
        take_in(place)
    workers = [worker(place, name, 10) for name in ("pat", "sam", "jo")]
    for one in workers:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in workers:
        out, _ = one.communicate(timeout=120)
        assert (one.returncode, out.split()) == (0, [str(number) for number in range(10)])
    with open_log(place) as log:
        assert verify_log(log).ok
    sites = held(place)["sites"]
    assert sites.keys() == {f"{name}-{number}" for name in ("pat", "sam", "jo") for number in range(10)} | {"shared"}
    puts = [entry for entry in entries(place) if entry.key == "shared"]
    assert len(puts) == 30  # every import gave it another name
    assert len(entries(place)) == (60 if first else 62)


def test_an_import_that_was_planned_before_another_is_planned_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both would add the same record; the later of them finds it there."""
    place = make_place(tmp_path / "testham")
    file = tmp_path / "sites.csv"
    file.write_text("id,name\nhall,Hall\n")
    really = importing._look
    overtaken: list[int] = []

    def look(folder: Path) -> importing._Seen:
        seen = really(folder)
        if not overtaken:
            overtaken.append(1)
            take_in(place, file, reason="Overtakes")
        return seen

    monkeypatch.setattr(importing, "_look", look)
    assert take_in(place, file, reason="Late").differences == ()
    assert [entry.reason for entry in entries(place)] == ["Overtakes"]


def test_whoever_waits_too_long_is_told_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = make_place(tmp_path / "testham", suppliers=SUPPLIERS)
    take_in(place)
    file = tmp_path / "sites.csv"
    file.write_text("id,name\nhall,Hall\n")
    monkeypatch.setattr("wholeplace.records.log.WAIT_S", 0.2)
    with open_log(place, write=True) as log, log.transaction():
        started = time.monotonic()
        with pytest.raises(LogError, match="others have been writing"):
            take_in(place, file)
        assert time.monotonic() - started < 5
    assert len(entries(place)) == 2
