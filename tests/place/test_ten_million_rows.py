"""Ten million rows of junk in a table end with plain messages, in sane time and memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.places import LOOKUP, TABLE, WIDE, toml, write_place

ROWS = 10_000_000
FILE = "indicators/values/wide.csv"
LONG = """
[[values]]
file = "indicators/values/wide.csv"
geography = "area"
columns = { area = "code", indicator = "what", period = "when", value = "n" }
"""
#: Runs a command and says the most memory it held, in bytes.
MEASURED = """
import resource, sys
sys.argv = ["wholeplace", *sys.argv[1:]]
from wholeplace.cli import main
try:
    main()
finally:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(f"peak {peak}", file=sys.stderr)
"""


def rows_of(kind: str, start: int, count: int) -> bytes:
    numbers = range(start, start + count)
    if kind == "codes that do not join":
        return b"".join(b"Q%08d,%d,0.5\n" % (n, n) for n in numbers)
    if kind == "one code again and again":
        return b"A1,1,0.5\n" * count
    if kind == "no numbers":
        return b"".join(b"Q%08d,x%d,%d y\n" % (n, n, n) for n in numbers)
    if kind == "rows of all lengths":
        return b"".join(b"Q%d" % n + b",z" * (n % 7) + b"\n" for n in numbers)
    if kind == "indicators":
        return b"".join(b"A1,i%d,2021,%d\n" % (n, n) for n in numbers)
    if kind == "periods":
        return b"".join(b"A1,residents,p%d,%d\n" % (n, n) for n in numbers)
    if kind == "blank codes":
        return b",1,1\n" * count
    random = np.random.default_rng(start)
    noise = random.integers(32, 127, count * 30, dtype=np.uint8)
    noise[29::30] = 10
    return noise.tobytes().replace(b'"', b"'")


KINDS: dict[str, tuple[str, str]] = {
    "codes that do not join": (WIDE.splitlines()[0], r"none of its 10,000,000 area codes is an area"),
    "one code again and again": (WIDE.splitlines()[0], r"'A1' is there 10,000,001 times"),
    "no numbers": (WIDE.splitlines()[0] + "\nA1,1,0.5", r"9,999,900 more with the same problem"),
    "rows of all lengths": (WIDE.splitlines()[0], r"9,900 more with the same problem"),
    "blank codes": (WIDE.splitlines()[0] + "\nA1,1,0.5", r"9,999,900 more with the same problem"),
    "noise": (WIDE.splitlines()[0], r"has \d+ cell|none of its"),
    "indicators": ("code,what,when,n", r"'i0' is not in indicators.csv"),
    "periods": ("code,what,when,n", r"nor are 100 other texts of the column or more"),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="memory is measured as POSIX has it")
@pytest.mark.parametrize("kind", KINDS)
def test_ten_million_rows_of_junk(tmp_path: Path, kind: str) -> None:
    head, words = KINDS[kind]
    text = toml(LONG if kind in {"indicators", "periods"} else TABLE, LOOKUP)
    folder = write_place(tmp_path, {"place.toml": text})
    with (folder / FILE).open("wb") as file:
        file.write(head.encode() + b"\n" + (b"A1,1,0.5\n" if kind == "one code again and again" else b""))
        for start in range(0, ROWS, 500_000):
            file.write(rows_of(kind, start, 500_000))
    before = set(snapshot_names(folder))
    started = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-c", MEASURED, "build", str(folder)], capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    peak = int(re.findall(r"peak (\d+)", ran.stderr)[-1])
    print(f"{kind}: {seconds:.0f} s, {peak / 1024**3:.2f} GiB, {len(ran.stderr)} letters")  # noqa: T201
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert "Traceback" not in ran.stderr
    assert "has failed" not in ran.stderr
    assert re.search(words, ran.stderr), ran.stderr[:1000]
    assert len(ran.stderr.splitlines()) < 1000
    assert peak < 4 * 1024**3
    assert seconds < 120
    assert set(snapshot_names(folder)) == before


def snapshot_names(folder: Path) -> list[str]:
    return [path.as_posix() for path in sorted(folder.rglob("*"))]
