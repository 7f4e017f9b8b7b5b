"""Ranks: ties within 1e-9, exact sorting whatever the scores, quantiles of ranks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from wholeplace.measure.ranks import TIE, rank_scores
from wholeplace.measure.uncertainty.evaluate import quantile_position
from wholeplace.measure.uncertainty.sorting import place_into, rank_into, sort_space, summarise_ranks


def compiled_ranks(x, tie_within=TIE):
    ranks = np.empty(len(x), dtype=np.uint32)
    rank_into(np.asarray(x, dtype=np.float64), tie_within, sort_space(len(x)), ranks)
    return ranks


def test_rank_1_is_the_highest_or_the_lowest_score():
    scores = np.array([10.0, 30.0, 20.0])
    assert rank_scores(scores, rank_1="highest").tolist() == [3, 1, 2]
    assert rank_scores(scores, rank_1="lowest").tolist() == [1, 3, 2]


def test_tied_areas_share_the_lowest_number():
    # 5 and 5 share rank 2, so that the next rank is 4
    assert rank_scores(np.array([9.0, 5.0, 5.0, 1.0]), rank_1="highest").tolist() == [1, 2, 2, 4]


def test_both_sides_of_the_tie_rule():
    # gaps from the lowest: exactly 1e-9 (tied), then 1.1e-9 (not tied)
    scores = np.array([0.0, 1e-9, 2.1e-9])
    assert rank_scores(scores, rank_1="lowest").tolist() == [1, 1, 3]
    assert compiled_ranks(scores).tolist() == [1, 1, 3]


def test_neighbours_tied_in_a_chain_share_one_rank():
    # each within 1e-9 of the next, the ends 1.6e-9 apart
    scores = np.array([0.0, 0.8e-9, 1.6e-9, 1.0])
    assert rank_scores(scores, rank_1="lowest").tolist() == [1, 1, 1, 4]
    assert compiled_ranks(scores).tolist() == [1, 1, 1, 4]


def test_areas_without_a_score_have_no_rank_and_are_not_counted():
    ranks = rank_scores(np.array([np.nan, 2.0, np.nan, 3.0]), rank_1="highest")
    assert np.isnan(ranks[[0, 2]]).all()
    assert ranks[[1, 3]].tolist() == [2, 1]
    assert np.isnan(rank_scores(np.array([np.nan]), rank_1="highest")).all()


def awkward_scores():
    rng = np.random.default_rng(5)
    grid = rng.integers(0, 20_000, 70_000) / 64  # multiples of 1/64: equal or far apart, many ties, over 65,536 rows
    yield "more rows than 16 bits count", grid
    yield "all equal", np.full(1000, 7.25)
    yield "one", np.array([3.5])
    yield "two values", np.repeat([1.0, 2.0], 500)
    yield "one far outlier, so that all other keys are equal", np.append(np.arange(5000.0)[::-1], 1e13)
    yield "short runs of equal keys", np.append(rng.permutation(5000.0 * np.arange(50)), 1e12)
    yield "negative and positive", np.round(rng.normal(0, 10, 40_000), 4)
    yield "a span too wide for a number", np.array([-1.7e308, 1.7e308, 0.0, 1.0])
    yield "a span next to nothing", np.array([3e-300, 1e-300, 2e-300])
    yield "infinite", np.array([1.0, np.inf, 2.0])


@pytest.mark.parametrize(("name", "x"), [pytest.param(*case, id=case[0]) for case in awkward_scores()])
def test_compiled_ranks_equal_scipy(name, x):
    tie_within = 0.0 if "next to nothing" in name else TIE
    assert np.array_equal(compiled_ranks(x, tie_within), rankdata(x, method="min")), name


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=80),
    st.sampled_from([1e-10, 5e-10, 1e-9, 3e-9, 1.0]),
    st.sampled_from([0.0, 1.0, 250.0, -40.0]),
    st.sampled_from([0.0, 3e3, 2e7]),
)
def test_compiled_ranks_equal_plain_ranks(steps, unit, start, outlier):
    """Gaps about the tie rule, far finer than the sorting key when there is an outlier."""
    x = start + unit * np.array([*steps, outlier / unit])
    assert np.array_equal(compiled_ranks(x), rank_scores(x, rank_1="lowest"))


@pytest.mark.parametrize(("ties", "method"), [(0, "min"), (1, "average"), (2, "max")])
def test_places_of_equal_numbers_equal_scipy(ties, method):
    rng = np.random.default_rng(2)
    x = np.append(rng.integers(0, 300, 4000) / 8, 1e14)  # the outlier gives all others one key
    places = np.empty(len(x))
    place_into(x, ties, 0.0, sort_space(len(x)), places)
    assert np.array_equal(places, rankdata(x, method=method))


def test_quantile_positions_by_hand():
    # type 1: the least value that at least p per cent do not exceed
    assert [quantile_position(p, 1000) for p in (5, 50, 95)] == [50, 500, 950]
    assert [quantile_position(p, 10) for p in (5, 50, 95)] == [1, 5, 10]
    assert [quantile_position(p, 1) for p in (5, 50, 95)] == [1, 1, 1]
    assert quantile_position(0, 10) == 1


@pytest.mark.parametrize("kind", [np.uint16, np.uint32])
@pytest.mark.parametrize("draws", [1, 2, 97, 1000])
def test_summaries_equal_numpy(kind, draws):
    rng = np.random.default_rng(3)
    ranks = rng.integers(1, 60_000, (draws, 70)).astype(kind)
    ranks[:, 0] = 17
    ranks[:, 1] = rng.choice([1, 60_000], draws)
    positions = np.array([quantile_position(p, draws) for p in (5, 50, 95)])
    quantiles, tenths, means = np.empty((3, 70), np.int64), np.empty(70, np.int64), np.empty(70)
    summarise_ranks(ranks, 0, 70, positions, 5999, quantiles, tenths, means)
    assert np.array_equal(quantiles, np.quantile(ranks, [0.05, 0.5, 0.95], axis=0, method="inverted_cdf"))
    assert np.array_equal(tenths, (ranks <= 5999).sum(axis=0))
    assert np.allclose(means, ranks.mean(axis=0), rtol=1e-12)
