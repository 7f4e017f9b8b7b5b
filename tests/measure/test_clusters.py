"""Moran's I and Gi* worked out by hand and by their textbook formulas, chance kept in its place, and gaps."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.commands import run
from tests.measure.lattices import ROOK, code, figures, lattice

from wholeplace.measure.spatial import Neighbours, SpatialError, clusters_of, find_clusters
from wholeplace.measure.spatial.clusters import (
    CHANCE,
    COLD,
    HIGH,
    HIGH_AMONG_LOW,
    HOT,
    LOW,
    LOW_AMONG_HIGH,
    NO_FIGURE,
    NO_NEIGHBOURS,
    Looker,
)
from wholeplace.measure.spatial.words import Subject, cautions, meanings, sentences
from wholeplace.place import Place, open_place


def test_global_moran_of_halves_and_of_a_chessboard_by_hand() -> None:
    """4 x 4 squares that meet at sides, the left half 1, the right half 0.

    Deviations are all 1/2 in size, so that I is the mean of (neighbours alike - neighbours unlike) / neighbours: 1 in the
    outer columns, (2 - 1)/3 at the ends of the inner ones and (3 - 1)/4 in their middle: (8 + 4/3 + 2)/16 = 17/24. On
    a chessboard every neighbour is unlike: -1.
    """
    squares = lattice(4, 4, ROOK)
    halves = find_clusters(figures(squares, [1, 1, 0, 0] * 4), squares)
    assert halves.moran.i == pytest.approx(17 / 24)
    assert halves.moran.expected == pytest.approx(-1 / 15)
    assert halves.moran.word == "neighbours are alike"
    board = find_clusters(figures(squares, [0, 1, 0, 1, 1, 0, 1, 0] * 2), squares)
    assert board.moran.i == pytest.approx(-1)
    assert board.moran.word == "neighbours are unlike"
    assert (
        board.frame["quadrant"].to_list()
        == ([LOW_AMONG_HIGH, HIGH_AMONG_LOW] * 2 + [HIGH_AMONG_LOW, LOW_AMONG_HIGH] * 2) * 2
    )


def test_global_moran_against_the_textbook_formula() -> None:
    """I, and its z under randomisation, by the double sums of Cliff and Ord (1981), written out in plain numpy."""
    squares = lattice(5, 6)
    value = np.random.default_rng(7).gamma(2, size=30)
    weights = squares.matrix.toarray()
    weights /= weights.sum(axis=1, keepdims=True)
    n, z = 30, value - value.mean()
    s0 = weights.sum()
    s1 = ((weights + weights.T) ** 2).sum() / 2
    s2 = ((weights.sum(axis=0) + weights.sum(axis=1)) ** 2).sum()
    i = n / s0 * (weights * np.outer(z, z)).sum() / (z**2).sum()
    b2 = n * (z**4).sum() / (z**2).sum() ** 2
    second = (n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2) - b2 * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)) / (
        (n - 1) * (n - 2) * (n - 3) * s0**2
    )
    found = find_clusters(figures(squares, value), squares)
    assert found.moran.i == pytest.approx(i)
    assert found.moran.z == pytest.approx((i + 1 / 29) / np.sqrt(second - (1 / 29) ** 2))
    assert found.frame["local_i"].sum() == pytest.approx(29 * found.moran.i)  # Anselin (1995): the parts make the whole


def test_local_z_is_that_of_every_way_to_deal_out_the_other_figures() -> None:
    """Mean and spread of the neighbours' mean over all choices of neighbours among the other areas, counted out."""
    squares = lattice(3, 4, ROOK)
    value = np.random.default_rng(3).exponential(size=12)
    rows = find_clusters(figures(squares, value), squares).frame
    matrix = squares.matrix.toarray() > 0
    for own in range(12):
        around = matrix[own].sum()
        means = [np.mean(some) for some in itertools.combinations(np.delete(value, own), around)]
        z = (value[matrix[own]].mean() - np.mean(means)) / np.std(means) * np.sign(value[own] - value.mean())
        assert rows["z"][own] == pytest.approx(z)
        assert rows["neighbours"][own] == around
        assert rows["neighbours_mean"][own] == pytest.approx(value[matrix[own]].mean())


@pytest.mark.parametrize("shift", [0, -100], ids=["above zero", "below zero"])
def test_gi_star_by_hand(shift: float) -> None:
    """4 x 4 squares, one corner 16 and all others 0: mean 1, variance 256/16 - 1 = 15.

    The corner and its three neighbours sum to 16 where 4 are expected: z = 12 / sqrt(15 (16 x 4 - 4²)/15) = sqrt(3). An
    inner square beside the corner has nine in its sum: (16 - 9) / sqrt(16 x 9 - 9²) = 7/sqrt(63). The same from another
    zero, though the sum is then below nothing.
    """
    squares = lattice(4, 4)
    found = find_clusters(figures(squares, [16 + shift] + [shift] * 15), squares).frame
    z = dict(found.select("area", "gi_z").rows())
    assert z[code(0, 0)] == pytest.approx(np.sqrt(3))
    assert z[code(1, 1)] == pytest.approx(7 / np.sqrt(63))
    assert z[code(3, 3)] == pytest.approx(-4 / np.sqrt(48))


def test_a_cluster_is_found_where_it_was_put_and_an_outlier_too() -> None:
    squares = lattice(12, 12)
    value = np.random.default_rng(1).normal(size=(12, 12))
    value[1:5, 1:5] += 6
    value[8:11, 8:11] -= 6
    value[9, 9] = 6
    rows = {
        row["area"]: row for row in find_clusters(figures(squares, value.ravel()), squares).frame.iter_rows(named=True)
    }
    assert rows[code(2, 2)]["word"] == HIGH
    assert rows[code(2, 2)]["gi_word"] == HOT
    assert rows[code(8, 8)]["word"] == CHANCE  # a corner of the low square: two thirds of its neighbours are outside
    assert rows[code(9, 9)]["word"] == HIGH_AMONG_LOW
    assert rows[code(9, 8)]["gi_word"] == COLD
    assert rows[code(0, 11)]["word"] == CHANCE


def test_among_random_figures_something_is_named_in_one_run_of_twenty_at_most() -> None:
    """Where nothing lies together all that is named is false, so that the rate is the share of runs with any."""
    squares = lattice(10, 10)
    looker = Looker(squares)
    rng = np.random.default_rng(20260101)
    named = spots = alone = 0
    for _ in range(150):
        found = looker.look(figures(squares, rng.normal(size=100)))
        named += found.counts[CHANCE] < 100
        spots += found.spots[CHANCE] < 100
        alone += bool((found.frame["p_value"] < 0.05).any())
    assert named <= 0.05 * 150 + 2 * np.sqrt(150 * 0.05 * 0.95)
    assert spots <= 0.05 * 150 + 2 * np.sqrt(150 * 0.05 * 0.95)
    assert alone > 0.9 * 150  # each area by itself: nearly every run names one


def test_gaps_are_not_zero_not_filled_in_and_nobodys_neighbours() -> None:
    """A row of squares: without the second figure the first has nobody left, and what remains is as if neither were."""
    row = lattice(1, 14, ROOK)
    value = [*np.random.default_rng(5).normal(size=14)]
    values = figures(row, [value[0], None, *value[2:]])
    values = values.with_columns(
        pl.when(pl.col("area") == code(0, 1)).then(pl.lit("Q")).otherwise("status").alias("status")
    )
    found = find_clusters(values, row)
    assert found.frame["word"].to_list()[:2] == [NO_NEIGHBOURS, NO_FIGURE]
    assert found.frame["gi_word"].to_list()[:2] == [NO_NEIGHBOURS, NO_FIGURE]
    assert found.frame.head(2).select("local_i", "z", "p_value", "gi_z", "gi_p_value").null_count().row(0) == (2,) * 5
    assert found.moran.areas == 12
    rest = lattice(1, 12, ROOK)
    alone = find_clusters(figures(rest, value[2:]), rest)
    assert found.moran.i == pytest.approx(alone.moran.i)
    assert found.frame["p_value"].drop_nulls().to_list() == pytest.approx(alone.frame["p_value"].to_list())
    said = " ".join(cautions(SUBJECT, found))
    assert "1 area without a figure (1 of them suppressed): not counted as zero" in said
    assert "1 area with a figure, but with no neighbour that has one" in said
    assert "With 12 areas little can be told from chance" in said


def test_a_value_that_its_status_denies_is_no_value() -> None:
    row = lattice(1, 14, ROOK)
    values = figures(row, np.arange(14.0)).with_columns(
        pl.when(pl.col("area") == code(0, 6)).then(pl.lit("Q")).otherwise("status").alias("status")
    )
    assert find_clusters(values, row).frame["word"][6] == NO_FIGURE


def test_too_few_areas_and_figures_that_are_all_the_same_are_refused() -> None:
    small, large = lattice(3, 3), lattice(4, 4)
    with pytest.raises(SpatialError, match="9 areas with a figure and a neighbour that has one; it takes 10"):
        find_clusters(figures(small, np.arange(9.0)), small)
    with pytest.raises(SpatialError, match="every area has the same figure"):
        find_clusters(figures(large, [0.1] * 16), large)


SUBJECT = Subject("indicator", "no-car", "No car", "%", "area", "Areas", "2024", "worse", "proportion")


def test_words_say_which_end_is_worse() -> None:
    assert meanings("worse")[HIGH] == "worse, and so are its neighbours"
    assert meanings("worse")[LOW_AMONG_HIGH] == "better than its neighbours"
    assert meanings("better")[HIGH_AMONG_LOW] == "better than its neighbours"
    assert meanings("better")[COLD] == "worse"
    assert meanings("") == {}


def test_sentences_count_every_area_once() -> None:
    squares = lattice(12, 12)
    value = np.random.default_rng(1).normal(size=(12, 12))
    value[1:5, 1:5] += 6
    found = find_clusters(figures(squares, value.ravel()), squares)
    high = found.counts[HIGH]
    assert high > 4
    assert sum(found.counts.values()) == 144
    said = sentences(SUBJECT, found)
    assert said[0].startswith(
        f"{high + found.counts[LOW]} of 144 areas are in clusters: {high} of high figures (worse), "
    )
    assert f"In {found.counts[CHANCE]} it could be chance." in said[0]
    assert any("normal approximation" in one for one in cautions(SUBJECT, found))


@pytest.fixture(scope="module")
def opened(demo_place: Path) -> Place:
    return open_place(demo_place)


def test_the_command_finds_clusters_of_an_indicator_and_of_an_index(
    demo_place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ran = run(capfd, "spatial", "clusters", demo_place, "nitrogen-dioxide", "--json")
    assert ran.code == 0
    document = ran.document
    assert document["schema"] == "wholeplace.clusters-result/1"
    assert (document["high"], document["geography"], document["permutations"]) == ("worse", "neighbourhood", 0)
    assert len(document["areas"]) == sum(document["counts"].values()) == 60
    assert document["moran"]["i"] > 0.3  # the invented town has a poor middle
    index = run(capfd, "spatial", "clusters", demo_place, "deprivation")
    assert index.code == 0
    assert "of 60 areas are in clusters" in index.out
    assert "not why" in index.out


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("no-cars", {}), "there is no indicator and no index 'no-cars'; did you mean 'no-car'?"),
        (("no-car", {"period": "1999"}), "'no-car' has no values of 1999; there are: 2021, 2024"),
        (("no-car", {"geography": "wards"}), "there is no geography 'wards'; did you mean 'ward'?"),
        (("life-expectancy", {}), "it takes 10 or more"),
    ],
)
def test_what_cannot_be_asked_is_told_plainly(asked: tuple[str, dict[str, str]], words: str, opened: Place) -> None:
    with pytest.raises(SpatialError) as told:
        clusters_of(opened, asked[0], **asked[1])  # type: ignore[arg-type]
    assert words in str(told.value)


def test_a_refusal_of_the_command_is_one_line(demo_place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(capfd, "spatial", "clusters", demo_place, "deprivation", "--period", "2024")
    assert ran.code == 1
    assert ran.err.startswith("deprivation is an index")
    assert ran.plain()


def test_figures_that_were_moved_are_named_so(opened: Place) -> None:
    found = clusters_of(opened, "no-car", geography="ward")
    assert "The figures were moved here from other areas." in " ".join(found.cautions)
    assert any(one.startswith("With 10 areas little can be told from chance") for one in found.cautions)


def test_an_area_with_all_others_around_it_is_left_to_chance() -> None:
    """A hub: nothing could be dealt out otherwise, so that there is no z."""
    ring = lattice(1, 12, ROOK)
    hub = ring.areas[0]
    pairs = pl.concat([ring.pairs, *(pl.DataFrame([(hub, one), (one, hub)], schema=ring.pairs.schema, orient="row")
                                     for one in ring.areas[2:])])  # fmt: skip
    found = find_clusters(figures(ring, np.arange(12.0) ** 2), Neighbours(ring.areas, pairs, "boundaries")).frame
    assert found.row(0, named=True)["neighbours"] == 11
    assert found.select("z", "p_value", "gi_z", "gi_p_value", "word").row(0) == (None, 1, None, 1, CHANCE)


@pytest.mark.long
def test_permutations_are_esdas_own_doubled_and_leave_the_shared_generator_alone() -> None:
    """Compiling takes half a minute. The same seed gives the p values of a plain call, both tails counted."""
    from esda.moran import Moran_Local
    from libpysal.graph import Graph

    squares = lattice(10, 10)
    value = np.random.default_rng(2).normal(size=100)
    np.random.seed(9)
    expected = np.random.random()
    np.random.seed(9)
    found = find_clusters(figures(squares, value), squares, permutations=999, seed=4)
    assert np.random.random() == expected
    with pytest.warns(DeprecationWarning, match="two-sided"):  # its p values count one tail until version 3
        plain = Moran_Local(value, Graph.from_sparse(squares.matrix), permutations=999, seed=4)
    assert found.frame["p_value"].to_list() == pytest.approx(np.minimum(1, 2 * plain.p_sim).tolist())
    assert found.frame["p_value"].min() >= 2 / 1000
    closed = find_clusters(figures(squares, value), squares).frame
    assert np.corrcoef(closed["p_value"], found.frame["p_value"])[0, 1] > 0.99
    # the formula of Gi* deals out all figures, permutations leave an area its own
    assert np.corrcoef(closed["gi_p_value"], found.frame["gi_p_value"])[0, 1] > 0.7
    again = find_clusters(figures(squares, value), squares, permutations=999, seed=4)
    assert again.frame.equals(found.frame)
    assert again.moran == found.moran
