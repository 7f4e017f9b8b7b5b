"""The doughnut of Leeds, against the published tables: five social dimensions measured, the rest hatched with a reason."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from wholeplace.measure.portraits import Portrait, check_portraits
from wholeplace.place import Findings, read_place

LEEDS = Path(__file__).parents[2] / "examples" / "leeds"
TABLE = Path(os.environ.get("WHOLEPLACE_DATA", "")) / "england" / "iod2025_indicators_lsoa21.csv.gz"
VIOLENCE = "violence_with_injury_rate_per_1_000_at_risk_population"
BURGLARY = "burglary_rate_per_1_000_at_risk_properties"
SKILLS = "adult_skills_and_english_language_proficiency_indicator"

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    findings = Findings()
    place = read_place(LEEDS, findings)
    assert place is not None
    portraits, bars = check_portraits(place, findings)
    assert findings.errors == []
    assert bars["gp-care-online"].frame.is_empty()
    return portraits["doughnut"]


@pytest.fixture(scope="module")
def published() -> pl.DataFrame:
    columns = ["lsoa21_code", VIOLENCE, BURGLARY, SKILLS]
    return pl.read_csv(TABLE, columns=columns, infer_schema_length=None)


def test_what_the_tables_do_not_hold_is_not_filled_in(portrait: Portrait) -> None:
    own = portrait.of_area("E08000035")
    measured = own.filter(pl.col("gap").is_not_null())["dimension"].to_list()
    assert measured == ["health", "education", "income-and-work", "peace-and-justice", "housing"]
    rest = own.filter(pl.col("gap").is_null())
    assert rest.height == 16
    assert set(rest["status"]) == {"unmeasured"}
    assert all(one.why for one in portrait.spec.dimension if one.id in rest["dimension"].to_list())


def test_gaps_are_those_of_the_published_figures(portrait: Portrait, published: pl.DataFrame) -> None:
    frame = portrait.frame.filter(pl.col("geography") == "lsoa21")
    joined = frame.join(published, left_on="area", right_on="lsoa21_code", how="left")
    skills = joined.filter(pl.col("dimension") == "education")
    assert (skills["gap"] - skills[SKILLS]).abs().max() < 1e-9  # type: ignore[operator]
    crime = joined.filter(pl.col("dimension") == "peace-and-justice")
    worst = pl.max_horizontal(
        (1 - float(published[name].mean()) / pl.col(name)).clip(0)  # type: ignore[arg-type]
        for name in (VIOLENCE, BURGLARY)
    )
    assert (crime["gap"] - crime.select(worst).to_series()).abs().max() < 1e-9  # type: ignore[operator]
