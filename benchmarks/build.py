"""Read the England table and build the index from it: Wholeplace beside pandas doing the same steps.

Twice: from the published domain ranks (whole numbers) and from the published domain scores (decimals), which are ranked
in different ways. Wholeplace also checks the table as `wholeplace check` does; that is timed apart, for pandas has
nothing like it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from benchmarks.common import england, keep, seconds
from benchmarks.uncertainty import DOMAINS, WEIGHTS
from wholeplace.measure import build_index
from wholeplace.place import open_place

Figure = Literal["rank", "score"]


def place_folder(folder: Path, figure: Figure) -> Path:
    """A place folder of England's neighbourhoods and one index on the published domain ranks or scores."""
    columns = ", ".join(f'{domain}_{figure} = "{domain.replace("_", "-")}"' for domain in DOMAINS)
    (folder / "indicators").mkdir(parents=True)
    (folder / "indices").mkdir()
    (folder / "place.toml").write_text(
        '[place]\ncode = "E92000001"\nname = "England"\n[[geography]]\nid = "lsoa21"\nname = "LSOA 2021"\n'
        f'[[table]]\nfile = "{england()}"\ngeography = "lsoa21"\nkey = "lsoa21_code"\nperiod = "2025"\n'
        f"columns = {{ {columns} }}\n",
        encoding="utf-8",
    )
    rows = [f"{domain.replace('_', '-')},{domain},{figure},{figure},none,MHCLG,OGL v3.0" for domain in DOMAINS]
    header = "id,name,value_type,unit,polarity,source,licence"
    (folder / "indicators" / "indicators.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    direction = "high-is-better" if figure == "rank" else "high-is-worse"
    parts = [
        f'[[part]]\nid = "{domain.replace("_", "-")}"\nindicator = "{domain.replace("_", "-")}"\n'
        f'weight = {weight}\ndirection = "{direction}"\n'
        for domain, weight in zip(DOMAINS, WEIGHTS, strict=True)
    ]
    head = (
        'id = "imd"\nname = "IMD"\ngeography = "lsoa21"\nperiod = "2025"\nhigher_is = "worse"\n'
        '[normalise]\nmethod = "exponential-rank"\n'
    )
    (folder / "indices" / "imd.toml").write_text(head + "".join(parts), encoding="utf-8")
    return folder


def read_with_pandas(figure: Figure) -> pd.DataFrame:
    """The columns of the table that the index needs."""
    return pd.read_csv(england(), usecols=["lsoa21_code", *(f"{domain}_{figure}" for domain in DOMAINS)])


def build_with_pandas(table: pd.DataFrame, figure: Figure) -> pd.DataFrame:
    """Normalise, combine, rank and sort into tenths by whole columns."""
    n = len(table)
    score = pd.Series(0.0, index=table.index)
    parts = {}
    for domain, weight in zip(DOMAINS, WEIGHTS, strict=True):
        rank = table[f"{domain}_{figure}"].rank(method="average", ascending=figure == "rank")
        parts[domain] = -23 * np.log(1 - (n + 1 - rank) / n * (1 - np.exp(-100 / 23)))
        score += weight * parts[domain]
    rank = score.rank(method="min", ascending=False)
    decile = np.ceil(10 * rank / n)
    return pd.DataFrame({"area": table["lsoa21_code"], "score": score, "rank": rank, "decile": decile, **parts})


def compare(figure: Figure) -> dict[str, Any]:
    """Check that both give equal scores and ranks, then time reading and building."""
    with tempfile.TemporaryDirectory() as folder:
        path = place_folder(Path(folder) / "england", figure)
        place, table = open_place(path), read_with_pandas(figure)
        ours = build_index(place, "imd").frame.to_pandas().set_index("area").sort_index()
        theirs = build_with_pandas(table, figure).set_index("area").sort_index()
        found: dict[str, Any] = {
            "areas": len(ours),
            "largest_difference_of_scores": float((ours["score"] - theirs["score"]).abs().max()),
            "areas_with_other_ranks": int((ours["rank"] != theirs["rank"]).sum()),
            "wholeplace_build_s": seconds(lambda: build_index(place, "imd"), runs=15),
            "pandas_build_s": seconds(lambda: build_with_pandas(table, figure), runs=15),
            "wholeplace_read_and_check_s": seconds(lambda: open_place(path)),
            "pandas_read_s": seconds(lambda: read_with_pandas(figure)),
        }
    return {**found, "build_times_faster": found["pandas_build_s"] / found["wholeplace_build_s"]}


def run() -> dict[str, Any]:
    """Compare on ranks and on scores, and keep the figures."""
    if england() is None:
        print("build: not run, because WHOLEPLACE_DATA names no England table")
        return {}
    figures: dict[str, Any] = {"from_ranks": compare("rank"), "from_scores": compare("score")}
    keep("build", figures)
    return figures
