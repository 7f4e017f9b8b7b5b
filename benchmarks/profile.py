"""Server time of the profile of an area of Leeds with 100 indicators, beside plain polars and Jinja2 for its table."""

from __future__ import annotations

import csv
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.common import keep

EXAMPLE = Path(__file__).parents[1] / "examples" / "leeds"
AREA, INDICATORS, RUNS = "E01011264", 100, 41
#: Columns of the published table that are read once more under other names until the profile has its 100.
_AGAIN = (
    "imd_score", "imd_rank", "imd_decile", "income_rank", "employment_rank", "education_rank", "health_rank",
    "crime_rank", "income_decile", "employment_decile", "income_score", "employment_score", "education_decile",
    "health_decile", "crime_decile", "wider_barriers_rank", "outdoors_rank",
)  # fmt: skip
_TABLE = """
<table><tr><th>Indicator<th>Here<th>Lower<th>Upper<th>Ward<th>Leeds<th>Date<th>Source</tr>
{% for r in rows %}<tr><th>{{ r[0] }}<td>{{ r[1] }}<td>{{ r[2] }}<td>{{ r[3] }}<td>{{ r[4] }}<td>{{ r[5] }}\
<td>{{ r[6] }}<td>{{ r[7] }}</tr>{% endfor %}</table>"""


def run() -> dict[str, Any]:
    """Ask for the profile 41 times, plain and ours by turns, and keep the medians."""
    if not os.environ.get("WHOLEPLACE_DATA"):
        print("profile: not run, because WHOLEPLACE_DATA is not set")
        return {}
    from wholeplace.build import build_place

    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "leeds"
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".wholeplace"))
        build_place(folder)
        added = _add_indicators(folder, INDICATORS - _shown(folder))
        build_place(folder)
        shown = _shown(folder)
        if shown != INDICATORS:
            raise RuntimeError(f"the profile shows {shown} indicators, not {INDICATORS}")
        ours, plain = _ours(folder), _plain(folder)
        first_ms = _ms(ours)
        taken = [(_ms(ours), _ms(plain)) for _ in range(RUNS)]
    figures = {
        "indicators": shown,
        "of_which_read_twice": added,
        "first_request_ms": round(first_ms, 1),
        "page_median_ms": round(statistics.median(one for one, _ in taken), 1),
        "page_slowest_ms": round(max(one for one, _ in taken), 1),
        "plain_table_median_ms": round(statistics.median(other for _, other in taken), 1),
    }
    keep("profile", figures)
    return figures


def _add_indicators(folder: Path, number: int) -> int:
    """Let `number` columns of a published table stand for further indicators."""
    file = folder / "indicators" / "indicators.csv"
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    pattern = next(row for row in rows if row["id"] == "iod25-imd-score")
    named = [(name, f"again-{name.replace('_', '-')}") for name in _AGAIN[:number]]
    with file.open("a", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(pattern))
        for name, new in named:
            writer.writerow({**pattern, "id": new, "name": f"Again {name}"})
    pairs = ", ".join(f'{name} = "{new}"' for name, new in named)
    block = (
        '\n[[table]]\nfile = "${WHOLEPLACE_DATA}/england/iod2025_lsoa21.csv.gz"\ngeography = "lsoa21"\n'
        f'key = "lsoa21_code"\nperiod = "2025"\ncolumns = {{ {pairs} }}\n'
    )
    with (folder / "place.toml").open("a", encoding="utf-8") as opened:
        opened.write(block)
    return len(named)


def _shown(folder: Path) -> int:
    from wholeplace.build import open_build
    from wholeplace.web.pages.profile import home_of, indicators_table
    from wholeplace.web.site import Site

    site = Site("leeds", folder, open_build(folder))
    return indicators_table(site, home_of(site, AREA), AREA).frame.height


def _ours(folder: Path) -> Callable[[], object]:
    """The whole page: scores taken apart, charts, table, as a browser gets it."""
    from django.test import Client

    from wholeplace.web.settings import configure
    from wholeplace.web.site import Sites

    configure(Sites([folder]), host="testserver")
    client = Client()

    def ask() -> object:
        answer = client.get(f"/p/leeds/areas/{AREA}/")
        if answer.status_code != 200:
            raise RuntimeError(f"the profile answered {answer.status_code}")
        return answer

    return ask


def _plain(folder: Path) -> Callable[[], object]:
    """The same indicators as a bare table, from the same frames in memory: what a page without us would do least."""
    import jinja2
    import polars as pl

    from wholeplace.build import open_build

    build = open_build(folder)
    values, indicators = build.values, build.indicators.rename({"id": "indicator"})
    belongs = build.belongs.filter((pl.col("area") == AREA) & (pl.col("to_geography") == "ward22"))
    ward, place = belongs["to_area"][0], "E08000035"
    template = jinja2.Environment(autoescape=True).from_string(_TABLE)

    def latest(area: str, name: str) -> pl.DataFrame:
        own = values.filter(pl.col("area") == area).sort("period").group_by("indicator").last()
        return own.select("indicator", pl.col("value").alias(name))

    def make() -> object:
        here = values.filter(pl.col("area") == AREA).sort("period").group_by("indicator").last()
        frame = (
            here.join(latest(ward, "ward"), on="indicator", how="left")
            .join(latest(place, "place"), on="indicator", how="left")
            .join(indicators, on="indicator", how="left")
        )
        rows = frame.select("name", "value", "lower95", "upper95", "ward", "place", "period", "source").rows()
        return template.render(rows=rows)

    return make


def _ms(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000
