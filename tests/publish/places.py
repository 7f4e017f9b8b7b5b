"""A place of 20 areas in four wards, with groups that add up to residents, a share, a rate and a mean; small counts in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from tests.places import PLACE_TOML, geojson, square

AREAS = [f"A{n:02}" for n in range(1, 21)]
WARDS = {area: f"W{(number // 5) + 1}" for number, area in enumerate(AREAS)}
GROUPS = ("group-a", "group-b", "group-c")
INDICATORS = """\
id,name,value_type,unit,polarity,source,licence,definition,theme,denominator,ci_method,up
residents,Residents,count,people,none,Census,CC0 1.0,Everybody,People,,none,sum
group-a,Group A,proportion,%,none,Council,CC0 1.0,In group A,People,residents,wilson,mean
group-b,Group B,proportion,%,none,Council,CC0 1.0,In group B,People,residents,wilson,mean
group-c,Group C,proportion,%,none,Council,CC0 1.0,In group C,People,residents,wilson,mean
carers,Carers,proportion,%,none,Council,CC0 1.0,Gives care,Health,residents,wilson,mean
thefts,Thefts,rate,"per 1,000 residents",low_good,Police,Open Government Licence v3.0,Thefts,Crime,residents,byar,mean
score,Score,score,points,none,Survey,CC BY 4.0,A mean,Health,,none,mean
secret,Secret,count,people,none,Supplier,All rights reserved,Not open,People,,none,sum
"""
TOML = (
    PLACE_TOML
    + """
[[geography]]
id = "area"
name = "Areas"
file = "areas/areas.geojson"
code = "code"
label = "name"
population = "residents"

[[geography]]
id = "ward"
name = "Wards"
code = "ward"

[[lookup]]
from = "area"
to = "ward"
file = "areas/lookup.csv"
columns = { from = "code", to = "ward" }

[[table]]
file = "indicators/values/wide.csv"
geography = "area"
key = "code"
period = "2021"
columns = { residents = "residents", score = "score", secret = "secret" }

[[values]]
file = "indicators/values/long.csv"
geography = "area"
period = "2021"
columns = { area = "code", indicator = "indicator", count = "count", denominator = "total" }
suppressed = ["*"]
"""
)


def figures(seed: int = 3) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Counts of 20 areas: about a quarter of those of groups, carers and thefts are under 10."""
    rng = np.random.default_rng(seed)
    groups = {name: rng.poisson(mean, 20) for name, mean in zip(GROUPS, (60, 30, 13), strict=True)}
    residents = np.sum(list(groups.values()), axis=0)
    counts = groups | {"carers": rng.binomial(residents, 0.13), "thefts": rng.poisson(11, 20)}
    wide = pl.DataFrame({"code": AREAS, "residents": residents, "score": rng.normal(50, 5, 20).round(1), "secret": 50})
    long = pl.concat(
        pl.DataFrame({"code": AREAS, "indicator": name, "count": count, "total": residents})
        for name, count in counts.items()
    )
    return wide, long


def write_place(folder: Path, *, settings: str = "", toml: str = TOML, long: pl.DataFrame | None = None) -> Path:
    """Write the place; `settings` are the lines of [disclosure] and what comes after."""
    wide, drawn = figures()
    squares = {area: square(430_000 + 1000 * (n % 5), 433_000 + 1000 * (n // 5)) for n, area in enumerate(AREAS)}
    lookup = "code,ward\n" + "".join(f"{area},{ward}\n" for area, ward in WARDS.items())
    files = {
        "place.toml": f"{toml}\n[disclosure]\n{settings}",
        "areas/areas.geojson": geojson(squares),
        "areas/lookup.csv": lookup,
        "indicators/indicators.csv": INDICATORS,
        "indicators/values/wide.csv": wide.write_csv(),
        "indicators/values/long.csv": (drawn if long is None else long).write_csv(),
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def table(published: Path, indicator: str) -> pl.DataFrame:
    """A published table."""
    texts = ("indicator", "geography", "area", "area_name", "period", "status", "moved_from")
    return pl.read_csv(published / "data" / f"{indicator}.csv", schema_overrides=dict.fromkeys(texts, pl.String))
