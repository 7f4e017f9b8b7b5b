"""The records log at the size of a large council: 100,000 records with ten entries each.

Import of 100,000 rows, verifying a million entries, reading the state now and as it was, and the pages that show them.
Each in a process of its own, with wall and processor time and peak memory. The log of a million entries is made by the
engine itself.
"""

from __future__ import annotations

import datetime as dt
import random
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.common import in_own_process, keep
from wholeplace.records.log import Change, open_log

RECORDS, ROUNDS = 100_000, 10
PLACE_TOML = '[place]\ncode = "T01"\nname = "Testham"\ntimezone = "Europe/London"\n'
_TIMED = """
import json, time
from pathlib import Path
from benchmarks.common import peak_mb
{setup}
wall, cpu = time.perf_counter(), time.process_time()
{work}
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(json.dumps({{"wall_s": wall, "cpu_s": cpu, "peak_mb": peak_mb()}}))
"""
_IMPORT = """
plan = apply_import(ImportRequest(Path({folder!r}), Path({file!r})), person="Pat", reason="Benchmark")
assert plan.count("added") == {records}
"""
_VERIFY = """
with open_log(Path({folder!r})) as log:
    found = verify_log(log)
assert found.ok and found.entries == {entries}, found
"""
_STATE = """
with open_log(Path({folder!r})) as log, log.snapshot():
    held = held_records(log, "sites", at={at!r})
assert len(held) == {records}
"""
_HISTORY = """
for number in range(100):
    assert len(history_of(Path({folder!r}), f"site:site-{{number * 997:06}}")) == {rounds}
"""


_PAGES = """
import json, statistics, time
from pathlib import Path
from wholeplace.build import build_place
started = time.perf_counter()
build_place({folder!r})
built = time.perf_counter() - started
from django.test import Client
from wholeplace.web.settings import configure
from wholeplace.web.site import Sites
configure(Sites([Path({folder!r})]), host="127.0.0.1")
client = Client(SERVER_NAME="127.0.0.1")
figures = {{"build_s": built}}
for name, address in {pages!r}.items():
    taken = []
    for _ in range(21):
        started = time.perf_counter()
        assert client.get("/p/large/estate/" + address).status_code == 200, address
        taken.append(1000 * (time.perf_counter() - started))
    figures[name] = {{"first_ms": round(taken[0], 1), "median_ms": round(statistics.median(taken[1:]), 1)}}
print(json.dumps(figures))
"""
PAGES = {
    "register": "registers/sites/",
    "register_searched": "registers/sites/?q=building+4242&sort=-postcode",
    "record": "things/site%3Asite-042420/",
    "register_as_at": "registers/sites/?at=2026-01-05",
    "record_as_at": "things/site%3Asite-042420/?at=2026-01-05",
    "estate": "",
    "quality": "quality/",
}


def site(number: int, times: int, chance: random.Random) -> dict[str, str]:
    """A record with the fields that people fill in."""
    return {
        "id": f"site-{number:06}",
        "name": f"Community building {number}",
        "kind": "office",
        "lat": f"{53 + chance.random():.5f}",
        "lon": f"{-1.5 + chance.random():.5f}",
        "postcode": f"LS{number % 28} {number % 9}AB",
        "uprn": f"{100_000_000 + number}",
        "repair": "lognormal(median=24, p95=90)",
        "contact": f"Person {number} <p{number}@example.org>",
        "notes": f"Seen {times} times",
    }


def make_csv(file: Path) -> None:
    """100,000 sites as a CSV."""
    chance = random.Random(1)
    rows = [site(number, 1, chance) for number in range(RECORDS)]
    lines = [",".join(f'"{text}"' for text in row.values()) for row in rows]
    file.write_text("\n".join([",".join(rows[0]), *lines]) + "\n", encoding="utf-8")


def make_log(folder: Path) -> None:
    """A log in which each site was put ten times, one day after the other."""
    chance = random.Random(1)
    start = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    with open_log(folder, create=True) as log:
        for number in range(ROUNDS):
            time = (start + dt.timedelta(days=number)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            changes = (
                Change("sites", f"site-{one:06}", site(one, number, chance), frozenset({"contact"}))
                for one in range(RECORDS)
            )
            with log.transaction():
                log.append(changes, time=time, person="Pat", reason="Benchmark")


def timed(setup: str, work: str, **values: object) -> dict[str, Any]:
    """Wall and processor seconds and peak memory of a piece of work in a process of its own."""
    return in_own_process(_TIMED.format(setup=setup, work=work.format(**values)))


def run() -> dict[str, Any]:
    """Make the registers and the log in a temporary folder, time each task, and keep the figures."""
    entries = RECORDS * ROUNDS
    state = "from wholeplace.records.log import open_log\nfrom wholeplace.records.state import held_records"
    with tempfile.TemporaryDirectory() as root:
        folder, file, large = Path(root) / "small", Path(root) / "sites.csv", Path(root) / "large"
        for place in (folder, large):
            place.mkdir()
            (place / "place.toml").write_text(PLACE_TOML, encoding="utf-8")
        make_csv(file)
        make_log(large)
        figures: dict[str, Any] = {
            "import_100000_rows": timed("from wholeplace.records import ImportRequest, apply_import", _IMPORT,
                                        folder=str(folder), file=str(file), records=RECORDS),
            "verify_1000000_entries": timed(
                "from wholeplace.records.log import open_log\nfrom wholeplace.records.verify import verify_log",
                _VERIFY, folder=str(large), entries=entries),
            "state_now_of_100000_records": timed(state, _STATE, folder=str(large), at=None, records=RECORDS),
            "state_as_at_the_fifth_of_ten": timed(
                state, _STATE, folder=str(large), at="2026-01-05T23:59:59.999999Z", records=RECORDS),
            "history_of_100_things": timed("from wholeplace.records import history_of", _HISTORY,
                                           folder=str(large), rounds=ROUNDS),
            "pages": in_own_process(_PAGES.format(folder=str(large), pages=PAGES)),
            "log_mb": sum(path.stat().st_size for path in large.rglob("*.sqlite3")) / 1e6,
        }  # fmt: skip
    keep("records", figures)
    return figures
