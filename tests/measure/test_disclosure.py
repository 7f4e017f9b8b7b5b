"""Disclosure control on tables small enough to work out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.optimize import linprog

from wholeplace.measure.disclosure import (
    Published,
    Release,
    Rules,
    audit,
    count_table,
    counts_behind,
    hidden_cells,
    hide_derived,
    printable,
    protect,
    round_table,
    summary,
    unsafe,
)
from wholeplace.place import FindingsError


def three_by_three() -> Release:
    """The worked example of docs/background/publishing-safely.md; one count, North's 5 of b, is small."""
    frame = pl.DataFrame({"area": ["North", "Mid", "South"], "a": [20, 15, 12], "b": [5, 25, 18], "c": [30, 40, 22]})
    return count_table(frame, name="three by three")


def mask(release: Release, *cells: tuple[str, str]) -> np.ndarray:
    rows, columns = release.labels()
    hidden = np.zeros((len(rows), len(columns)), dtype=bool)
    for area, category in cells:
        hidden[[name for _, name in rows].index(area), [name for _, name in columns].index(category)] = True
    return hidden


def intervals(frame: pl.DataFrame) -> dict[tuple[str, str], tuple[int, int | None]]:
    return {(row["area"], row["category"]): (row["low"], row["high"]) for row in frame.iter_rows(named=True)}


def test_a_rectangle_gives_the_intervals_worked_out_by_hand() -> None:
    # North: a + b = 55 - 30 = 25. South: a + b = 52 - 22 = 30. Column a: 47 - 15 = 32, column b: 48 - 25 = 23.
    # With b of North = x: a of North 25 - x, a of South 7 + x, b of South 23 - x, all at least 1: x from 1 to 22.
    release = three_by_three()
    hidden = mask(release, ("North", "a"), ("North", "b"), ("South", "a"), ("South", "b"))
    found = intervals(audit([Published(release, hidden)], rules=Rules()))
    assert found == {
        ("North", "a"): (3, 24),
        ("North", "b"): (1, 22),
        ("South", "a"): (8, 29),
        ("South", "b"): (1, 22),
    }


def test_a_cell_alone_in_its_row_or_column_is_told_exactly() -> None:
    release = three_by_three()
    alone = audit([Published(release, mask(release, ("North", "b")))], rules=Rules())
    assert intervals(alone) == {("North", "b"): (5, 5)}
    in_row = audit([Published(release, mask(release, ("North", "a"), ("North", "b")))], rules=Rules())
    assert intervals(in_row) == {("North", "a"): (20, 20), ("North", "b"): (5, 5)}
    assert not in_row["safe"].any()


def test_four_cells_are_hidden_for_one_small_count() -> None:
    protected = protect(three_by_three())
    # fewer than a rectangle cannot do: each row and column with a hidden cell needs two
    assert protected.hidden.sum() == 4
    assert audit([protected.published], rules=protected.rules)["safe"].all()
    told = hidden_cells(protected)
    assert told["reason"].to_list().count("small") == 1
    assert told.filter(pl.col("reason") == "second")["protects"].unique().to_list() == ["each / North / each / b"]
    margins = told.filter(pl.col("reason") == "second")["margin"].to_list()
    assert sorted(margins) == ["several sums", "sum over areas", "sum over categories"]


def test_a_table_without_small_counts_is_left_alone() -> None:
    frame = pl.DataFrame({"area": ["x", "y"], "a": [10, 0], "b": [40, 10]})
    assert not protect(count_table(frame, name="t")).hidden.any()


@pytest.mark.parametrize(("count", "hidden"), [(0, False), (1, True), (9, True), (10, False)])
def test_both_sides_of_the_threshold(count: int, hidden: bool) -> None:
    rules = Rules(threshold=10)
    assert bool(rules.small(np.array([count]))[0]) is hidden
    assert bool(Rules(threshold=10, zeros="hidden").small(np.array([0]))[0])


def test_two_small_counts_protect_each_other_only_as_far_as_they_reach() -> None:
    # Sum 11 in a row of two: each from 1 to 10, width 9, so that the total goes too; sum 12: from 1 to 11, width 10.
    for first, second, total_hidden in ((5, 6, True), (5, 7, False)):
        frame = pl.DataFrame({"area": ["x"], "a": [first], "b": [second]})
        protected = protect(count_table(frame, name="t", grand_total=False))
        assert protected.hidden.tolist() == [[True, True, total_hidden]]


def test_a_ward_of_one_area_is_hidden_with_it() -> None:
    frame = pl.DataFrame({"area": ["x", "y", "z"], "ward": ["v", "w", "w"], "a": [4, 30, 50], "b": [60, 70, 80]})
    protected = protect(count_table(frame, name="t", levels=["ward"]))
    shown = printable(protected).filter(pl.col("category") == "a", pl.col("area").is_in(["x", "v"]))
    assert shown["count"].to_list() == [None, None]
    assert unsafe(protected) == 0


def test_zeros_are_shown_unless_the_rules_hide_them() -> None:
    frame = pl.DataFrame({"area": ["x", "y", "z"], "a": [0, 30, 40], "b": [50, 60, 70]})
    release = count_table(frame, name="t")
    assert not protect(release).hidden.any()
    protected = protect(release, rules=Rules(zeros="hidden"))
    assert protected.hidden[0, 0]
    assert audit([protected.published], rules=protected.rules)["safe"].all()


def differing() -> tuple[Release, Release]:
    """The old ward holds x, y and z, the new one x and y; z, with 4 people, is their difference."""
    frame = pl.DataFrame(
        {
            "area": ["x", "y", "z", "u", "v"],
            "old": ["p", "p", "p", "q", "q"],
            "new": ["k", "k", "l", "l", "l"],
            "people": [30, 25, 4, 60, 50],
        }
    )
    made = [
        count_table(frame, name=level, levels=[level], categories=["people"], publish_areas=False, row_totals=False)
        for level in ("old", "new")
    ]
    return made[0], made[1]


def test_the_difference_of_two_releases_is_seen() -> None:
    old, new = differing()
    assert not protect(old).hidden.any()  # p 59, q 110, all 169
    assert not protect(new).hidden.any()  # k 55, l 114, all 169: by itself as harmless
    both = audit([protect(old).published, protect(new).published], rules=Rules())
    # 59 - 55 = 4
    assert both.filter(pl.col("area") == "z").select("count", "low", "high", "safe").rows() == [(4, 4, 4, False)]


def test_what_is_out_already_is_taken_into_account() -> None:
    old, new = differing()
    first = protect(old).published
    second = protect(new, earlier=[first])
    # with k out, z is 59 - k; with l out, z is l - 110: both must go, and the total is out already
    shown = printable(second).select("area", "count").rows()
    assert shown == [("k", None), ("l", None), ("all", 169)]
    assert set(hidden_cells(second)["margin"]) == {"sums with other releases"}


def test_a_cell_hidden_once_stays_hidden() -> None:
    release = three_by_three()
    first = protect(release)
    looser = protect(replace(release, name="again"), rules=Rules(threshold=3), earlier=[first.published])
    assert (looser.hidden == first.hidden).all()
    assert set(hidden_cells(looser)["reason"]) == {"before"}


def test_totals_that_come_later_are_hidden_where_they_tell() -> None:
    release = three_by_three()
    bare = replace(release, name="without totals", rows=release.rows[:1], columns=release.columns[:1])
    first = protect(bare)
    assert first.hidden.sum() == 1  # without totals nothing tells the 5
    later = protect(release, earlier=[first.published])
    # all other counts are out, so that any sum in which the 5 is would tell it: its row's, its column's and that of all
    assert (later.hidden == mask(release, ("North", "b"), ("North", "all"), ("all", "b"), ("all", "all"))).all()


def test_a_later_edition_in_another_order_is_the_same_table() -> None:
    release = three_by_three()
    first = protect(release)
    turned = pl.DataFrame({"area": ["South", "North", "Mid"], "c": [22, 30, 40], "b": [18, 5, 25], "a": [12, 20, 15]})
    later = protect(count_table(turned, name="later"), earlier=[first.published])
    before, after = (printable(one).sort("area", "category") for one in (first, later))
    assert after.equals(before)


def test_what_an_earlier_release_gives_away_is_refused_by_name() -> None:
    release = three_by_three()
    careless = Published(replace(release, name="last year's page"), mask(release))
    with pytest.raises(FindingsError) as caught:
        protect(release, earlier=[careless])
    assert {finding.rule for finding in caught.value.findings} == {"told-before"}
    assert "each, North, each, b" in {finding.value for finding in caught.value.findings}


def test_earlier_releases_must_stand_on_the_same_areas() -> None:
    other = count_table(
        pl.DataFrame({"area": ["North", "Mid"], "a": [20, 15], "b": [5, 25], "d": [1, 1]}), name="other"
    )
    with pytest.raises(FindingsError) as caught:
        protect(three_by_three(), earlier=[protect(other).published])
    text = str(caught.value)
    assert "South" in text
    assert "c, d" in text


def test_every_wrong_count_is_named() -> None:
    frame = pl.DataFrame({"area": ["x", "x", None], "a": [1.5, -1.0, None], "b": ["1", "2", "3"]})
    with pytest.raises(FindingsError) as caught:
        count_table(frame, name="t", bands={"halves": {"a": "first"}})
    found = {(finding.rule, finding.row, finding.column) for finding in caught.value.findings}
    assert found == {
        ("key", 4, "area"),
        ("key-twice", None, "area"),
        ("count", 2, "a"),
        ("count", 3, "a"),
        ("count", 4, "a"),
        ("count", None, "b"),
        ("band", None, "halves"),
    }


def test_rules_that_protect_nothing_are_refused() -> None:
    with pytest.raises(FindingsError, match="3 problems"):
        Rules(threshold=1, rounding_base=0, zeros="perhaps")  # type: ignore[arg-type]


def test_the_summary_counts_cells_and_people_by_level() -> None:
    protected = protect(three_by_three())
    row = summary(protected).filter(pl.col("level") == "each", pl.col("set") == "each").row(0, named=True)
    values = protected.release.values()[:3, :3]
    assert (row["cells"], row["hidden"], row["small"], row["second"]) == (9, 4, 1, 3)
    assert row["people"] == values[protected.hidden[:3, :3]].sum()
    assert row["share_hidden"] == pytest.approx(row["people"] / 187)


def test_a_share_with_one_decimal_is_the_count() -> None:
    # 3 of 42 = 7.14 %; 2 would be 4.8, 4 would be 9.5. Of 4,200: 7.05 % are 296.1, 7.15 % are 300.3.
    assert counts_behind(7.1, denominator=42) == (3, 3)
    assert counts_behind(7.1, denominator=4200) == (297, 300)
    assert counts_behind(0.0, denominator=42) == (0, 0)
    with pytest.raises(ValueError, match="no count out of 42"):
        counts_behind(7.9, denominator=42)


def test_figures_of_hidden_cells_are_hidden_with_them() -> None:
    frame = pl.DataFrame({"area": ["x"], "a": [5], "b": [6], "c": [40]})
    protected = protect(count_table(frame, name="t", grand_total=False))
    cell = {"level": "each", "area": "x", "set": "each"}
    of = {"of_level": "each", "of_area": "x", "of_set": "all", "of_category": "all"}
    figures = pl.DataFrame(
        [{**cell, "category": c, **of, "value": v} for c, v in (("a", 9.8), ("b", 11.8), ("c", 78.4))]
    )
    found = hide_derived(figures, protected)
    shown = dict(printable(protected).filter(pl.col("set") == "each").select("category", "count").rows())
    assert shown["a"] is None
    assert found["value"].to_list() == [
        None if shown[c] is None else v for c, v in (("a", 9.8), ("b", 11.8), ("c", 78.4))
    ]
    with pytest.raises(ValueError, match="does not have"):
        hide_derived(figures.with_columns(area=pl.lit("elsewhere")), protected)


def test_a_hidden_denominator_hides_the_figure() -> None:
    frame = pl.DataFrame({"area": ["x"], "a": [5], "b": [6], "c": [0]})
    protected = protect(count_table(frame, name="t", grand_total=False))  # the total of 11 is hidden, see above
    cell = {"level": "each", "area": "x", "set": "each", "category": "c", "value": 0.0}
    of = {"of_level": "each", "of_area": "x", "of_set": "all", "of_category": "all"}
    assert hide_derived(pl.DataFrame([cell]), protected)["value"].to_list() == [0.0]
    assert hide_derived(pl.DataFrame([cell | of]), protected)["value"].to_list() == [None]


def test_rounded_tables_add_up_and_stay_near() -> None:
    rng = np.random.default_rng(7)
    for _ in range(30):
        counts = rng.poisson(4, size=(6, 3))
        frame = pl.DataFrame(
            {"area": list("uvwxyz"), "ward": list("ppqqrr"), **{f"c{j}": counts[:, j] for j in range(3)}}
        )
        release = count_table(frame, name="t", levels=["ward"])
        found = round_table(release, rules=Rules(rounding_base=5))
        assert (found % 5 == 0).all()
        assert (np.abs(found - release.values()) < 5).all()
        again = replace(release, counts=found[:6, :3]).values()
        assert (again == found).all()


def ranges_behind(rounded: np.ndarray, release: Release, *, off: float) -> np.ndarray:
    """What a reader works out of base counts when every printed cell is within `off` of the truth, both ends included."""
    size = release.counts.size
    basis = [
        replace(release, counts=np.eye(size, dtype=np.int64)[i].reshape(release.counts.shape)).values().ravel()
        for i in range(size)
    ]
    sums = np.array(basis, dtype=float).T
    limits = np.concatenate([rounded.ravel() + off, off - rounded.ravel()])
    widths = []
    for unit in np.eye(size):
        ends = [linprog(sign * unit, A_ub=np.vstack([sums, -sums]), b_ub=limits).fun for sign in (1, -1)]
        widths.append(-ends[1] - ends[0])
    return np.array(widths)


def test_rounding_that_adds_up_does_not_give_counts_away_and_the_other_does() -> None:
    # Four counts of 2 are printed as 0, their total of 8 as 10: no count is above 2 and no total under 8, so each is 2.
    release = count_table(pl.DataFrame({"area": list("wxyz"), "a": [2, 2, 2, 2]}), name="t", row_totals=False)
    alone = (2 * release.values() + 5) // 10 * 5
    assert alone.ravel().tolist() == [0, 0, 0, 0, 10]
    assert ranges_behind(alone, release, off=2).max() == pytest.approx(0)
    together = round_table(release)
    assert together[:4].sum() == together[4]
    assert ranges_behind(together, release, off=4).min() >= 4  # less than one base off: from 0 to 4, or from 1 to 9


def test_rounding_what_is_left_keeps_hidden_cells_hidden() -> None:
    protected = protect(three_by_three())
    exact, rounded = printable(protected), printable(protected, rounding=True)
    assert (exact["count"].is_null() == rounded["count"].is_null()).all()
    assert (rounded["count"].drop_nulls() % 5 == 0).all()
