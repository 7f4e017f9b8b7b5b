"""Changes that are more than noise, boundaries that changed, editions of an index."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.measure.small_places import index_spec, leaf, open_town

from wholeplace.measure import IndexResult, build_index
from wholeplace.measure.boundary_changes import boundary_changes
from wholeplace.measure.compare import NotComparableError
from wholeplace.measure.editions import FURTHER, NEARER, NOISE, NOT_COMPARED, compare_editions
from wholeplace.measure.values import NotThereError, changes_between
from wholeplace.measure.values.changes import clear_among_all, refuse_overlap
from wholeplace.place import Indicator

SHARE = Indicator("no-car", "No car", "proportion", "%", "low_good", "Census", "OGL")


def rows(counts: list[int | None], total: int = 1000, status: str | None = None) -> pl.DataFrame:
    from wholeplace.measure.moving import with_intervals

    frame = pl.DataFrame(
        {
            "value": [None if one is None else 100 * one / total for one in counts],
            "lower95": [None] * len(counts), "upper95": [None] * len(counts),
            "count": counts, "denominator": [total] * len(counts),
            "status": list(status or "".join("O" if one is None else "A" for one in counts)),
        },
        schema_overrides=dict.fromkeys(("value", "lower95", "upper95", "count", "denominator"), pl.Float64),
    )  # fmt: skip
    return with_intervals(frame, SHARE)


def test_a_p_value_is_under_five_per_cent_just_where_the_interval_leaves_no_change_out() -> None:
    rng = np.random.default_rng(7)
    before = rows([int(one) for one in rng.integers(150, 250, 400)])
    found = changes_between(SHARE, before, rows([int(one) for one in rng.integers(150, 250, 400)]))
    out = (found["difference_lower95"] > 0) | (found["difference_upper95"] < 0)
    assert 100 < out.sum() < 300
    assert (out == (found["p_value"] < 0.05)).all()


def test_false_discoveries_are_controlled_as_benjamini_and_hochberg_published() -> None:
    # Benjamini and Hochberg (1995), J. R. Stat. Soc. B 57, p. 295: of these 15 p values the first four are rejected.
    published = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
                 0.7590, 1.0]  # fmt: skip
    assert clear_among_all(np.array([*published, np.nan])) == [True] * 4 + [False] * 11 + [None]


def test_where_nothing_changed_one_by_one_names_areas_and_all_together_names_none() -> None:
    rng = np.random.default_rng(3)
    before, after = (rows([int(one) for one in rng.binomial(1000, 0.2, 300)]) for _ in range(2))
    found = changes_between(SHARE, before, after)
    assert 3 < (found["word"] != "no clear change").sum() < 30
    assert found["clear_among_all"].sum() == 0


def test_breaks_and_gaps_are_not_compared_and_a_change_says_what_it_means() -> None:
    found = changes_between(SHARE, rows([100, 100, None, 300], status="ABOA"), rows([300, 300, 300, 100]))
    assert found["word"].to_list() == ["up", "not compared", "not compared", "down"]
    assert found["clear_among_all"].to_list() == [True, None, None, True]
    assert found["meaning"].to_list() == ["worse", None, None, "better"]


def test_a_date_with_limits_and_no_counts_is_compared_by_its_limits() -> None:
    bare = rows([100, 300]).with_columns(pl.lit(None, pl.Float64).alias("count"))
    found = changes_between(SHARE, bare, rows([300, 100]))
    assert found["word"].to_list() == ["up", "down"]
    gone = rows([None, None], status="QQ")  # all of one date is suppressed: no counts, and nothing to compare
    assert changes_between(SHARE, gone, rows([300, 100]))["word"].to_list() == ["not compared"] * 2


def test_dates_that_overlap_are_refused() -> None:
    refuse_overlap("2019", "2020")
    for since, period in (("2018/2020", "2020/2022"), ("2020", "2020")):
        with pytest.raises(NotThereError, match="overlap"):
            refuse_overlap(since, period)


def test_what_became_of_areas_between_two_vintages() -> None:
    pairs = [("S", "S"), ("old", "new"), ("P", "P1"), ("P", "P2"), ("M1", "M"), ("M2", "M"), ("R1", "Ra"), ("R1", "Rb"),
             ("R2", "Rb"), ("K", "K"), ("K", "K2")]  # fmt: skip
    lookup = pl.DataFrame(pairs, schema=["from_area", "to_area"], orient="row")
    found = {area: (change, before) for area, before, change in boundary_changes(lookup).iter_rows()}
    assert found["S"] == ("same", ["S"])
    assert found["new"] == ("new code", ["old"])
    assert found["P1"] == found["P2"] == ("split", ["P"])
    assert found["M"] == ("merged", ["M1", "M2"])
    assert found["Rb"] == ("redrawn", ["R1", "R2"])
    assert found["Ra"] == ("split", ["R1"])
    assert found["K"] == ("split", ["K"])  # it kept its code and lost people


AREAS = ["A01", "A02", "A03", "A04"]


def edition(
    tmp_path: Path, name: str, values: list[float], low: list[int], high: list[int], **more: object
) -> IndexResult:
    place = open_town(tmp_path / name, {"x": values})
    result = build_index(place, index_spec(leaf("x"), id=name, **more))
    ranges = pl.DataFrame({"area": AREAS, "rank_p05": low, "rank_p95": high})
    return replace(result, frame=result.frame.join(ranges, on="area", how="left", maintain_order="left"))


def test_a_move_is_noise_unless_the_ranges_of_the_ranks_lie_apart(tmp_path: Path) -> None:
    before = edition(tmp_path, "before", [40, 30, 20, 10], [1, 2, 3, 3], [1, 3, 3, 4])
    after = edition(tmp_path, "after", [10, 40, 30, 20], [4, 1, 2, 2], [4, 1, 3, 4])
    found = compare_editions(before, after)
    # A01: 1 to 1, then 4 to 4. A02: 2 to 3, then 1 to 1. A03: 3 to 3, then 2 to 3. A04: 3 to 4, then 2 to 4.
    words = dict(found.frame.select("area", "word").iter_rows())
    assert words == {"A01": FURTHER, "A02": NEARER, "A03": NOISE, "A04": NOISE}
    assert found.same_method
    assert found.boundaries is None
    assert "1 nearer to rank 1, 1 further from rank 1, 2 could be noise" in found.summary[0]


def test_areas_drawn_anew_are_named_and_not_compared(tmp_path: Path) -> None:
    before = edition(tmp_path, "before", [40, 30, 20, 10], [1, 2, 3, 4], [1, 2, 3, 4])
    after = edition(tmp_path, "after", [40, 30, 20, 10], [1, 2, 3, 4], [1, 2, 3, 4])
    pairs = [("A01", "A01"), ("A02", "A02"), ("A02", "A03"), ("A03", "A03"), ("A04", "A04")]
    found = compare_editions(before, after, lookup=pl.DataFrame(pairs, schema=["from_area", "to_area"], orient="row"))
    assert found.frame["area"].sort().to_list() == ["A01", "A04"]
    assert found.boundaries is not None
    assert found.boundaries["area"].to_list() == ["A02", "A03"]
    assert any("Boundaries changed" in one for one in found.cautions)


def test_editions_of_another_making_say_that_scores_cannot_be_compared(tmp_path: Path) -> None:
    before = edition(tmp_path, "before", [40, 30, 20, 10], [1, 2, 3, 4], [1, 2, 3, 4])
    after = edition(tmp_path, "after", [40, 30, 20, 10], [1, 2, 3, 4], [1, 2, 3, 4], normalise={"method": "rank"})
    found = compare_editions(before, after)
    assert not found.same_method
    assert any("ranks may be compared with care, scores not" in one for one in found.cautions)


def test_without_ranges_noise_cannot_be_told_and_opposite_ends_are_refused(tmp_path: Path) -> None:
    before = edition(tmp_path, "before", [40, 30, 20, 10], [1, 2, 3, 4], [1, 2, 3, 4])
    bare = replace(before, frame=before.frame.drop("rank_p05", "rank_p95"))
    assert set(compare_editions(bare, before).frame["word"]) == {NOT_COMPARED}
    turned = edition(tmp_path, "turned", [40, 30, 20, 10], [1, 2, 3, 4], [1, 2, 3, 4], rank_1="lowest")
    with pytest.raises(NotComparableError, match="worst off in one"):
        compare_editions(before, turned)
