"""What every comparison shares: the England table, timing, memory, and keeping of results."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
LIBRARIES = ("numpy", "numba", "pandas", "polars", "wholeplace")
#: Seconds the pandas peer took where it was first measured (1,000 draws of England), and what a machine may add.
PEER_SECONDS, MACHINE_SHARE = 69.0, 1.3


def england() -> Path | None:
    """The published England table, where the tables are to be had."""
    root = os.environ.get("WHOLEPLACE_DATA")
    path = Path(root) / "england" / "iod2025_lsoa21.csv.gz" if root else None
    return path if path is not None and path.is_file() else None


def seconds(work: Callable[[], object], *, runs: int = 3) -> float:
    """Median seconds of a piece of work, which has been run once before."""
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def in_own_process(code: str, **environment: str) -> dict[str, Any]:
    """Run a script in a process of its own, with `environment` added to ours; it prints one JSON object."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def peak_mb() -> float:
    """Peak memory of this process so far, in MB (10⁶ bytes).

    On Linux from /proc, as `ru_maxrss` starts with the peak of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def keep(name: str, figures: dict[str, Any]) -> None:
    """Write the figures of a comparison with machine, versions and date, and print them."""
    machine = {"cores": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
    versions = {library: importlib.metadata.version(library) for library in LIBRARIES}
    when = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    RESULTS.mkdir(exist_ok=True)
    content = {"comparison": name, "when": when, "machine": machine, "versions": versions, **figures}
    (RESULTS / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"{name}:")
    for key, value in figures.items():
        print(f"  {key}: {round(value, 4) if isinstance(value, float) else value}")
