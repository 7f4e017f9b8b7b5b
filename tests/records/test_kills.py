"""An import that is killed at any moment is there whole or not at all, and is there once it was acknowledged."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.records.small import entries, make_place

from wholeplace.records.log import has_log, open_log
from wholeplace.records.verify import verify_log

#: Records of one import.
SIZE = 25
#: Imports one register after the other, each with all its records anew, and says so after each.
_IMPORTER = """
import sys
from pathlib import Path
from wholeplace.records import ImportRequest, apply_import
place, number, size = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
file = place.parent / "sites.csv"
print("ready", flush=True)
while True:
    rows = [f"s{one},import {number},Person {number}" for one in range(size)]
    file.write_text("\\n".join(["id,name,contact", *rows]) + "\\n")
    apply_import(ImportRequest(place, file), person="Pat", reason=str(number))
    print(number, flush=True)
    number += 1
"""


def importer_of(place: Path, number: int) -> subprocess.Popen[str]:
    """An importer that is ready to begin."""
    importer = subprocess.Popen(
        [sys.executable, "-c", _IMPORTER, str(place), str(number), str(SIZE)], stdout=subprocess.PIPE, text=True
    )
    assert importer.stdout is not None
    assert importer.stdout.readline() == "ready\n"
    return importer


def import_s(place: Path, imports: int = 5) -> float:
    """How long one import takes on this machine as it is now."""
    with importer_of(place, 0) as importer:
        assert importer.stdout is not None
        started = time.perf_counter()
        for _ in range(imports):
            importer.stdout.readline()
        taken = time.perf_counter() - started
        importer.send_signal(signal.SIGKILL)
    return taken / imports


def acknowledged_before_kill(place: Path, number: int, wait_s: float) -> list[int]:
    """Start the importer, kill it so many seconds after it is ready, and give the imports that it acknowledged."""
    with importer_of(place, number) as importer:
        assert importer.stdout is not None
        time.sleep(wait_s)
        importer.send_signal(signal.SIGKILL)
        return [int(line) for line in importer.stdout.read().splitlines()]


def kill_many(place: Path, kills: int, seed: int) -> int:
    """Kill the importer so many times; after each, look that the log is sound. Gives how many imports were made."""
    moments = random.Random(seed)
    one_s = import_s(make_place(place.with_name("elsewhere")))
    acknowledged: list[int] = []
    for kill in range(kills):
        # A third fall within the first import, when the log is opened or made.
        wait_s = moments.uniform(0, one_s) if kill % 3 == 0 else moments.uniform(0, 10 * one_s)
        acknowledged += acknowledged_before_kill(place, 1000 * (kill + 1), wait_s)
        if not has_log(place):
            assert acknowledged == []
            continue
        with open_log(place) as log:
            found = verify_log(log)
        assert found.ok, found.problems
        whole = Counter(int(entry.reason) for entry in entries(place))
        assert set(whole.values()) <= {SIZE}  # no half import
        assert set(acknowledged) <= set(whole)  # none that was acknowledged is lost
        assert len(set(whole) - set(acknowledged)) <= kill + 1  # at most one a kill was done but not yet said
    return len(acknowledged)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_twenty_kills(tmp_path: Path) -> None:
    assert kill_many(make_place(tmp_path / "testham"), 20, seed=1) > 20


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_two_hundred_kills(tmp_path: Path, seed: int) -> None:
    assert kill_many(make_place(tmp_path / "testham"), 20, seed=100 + seed) > 20
