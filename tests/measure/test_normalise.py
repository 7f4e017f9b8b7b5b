"""Every normalisation of contract H on five numbers, worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from wholeplace.measure.normalise import NormaliseError, NormaliseSpec, as_ties, cut_count, normalise

FIVE = np.array([2.0, 4.0, 4.0, 6.0, 10.0])


def scored(x: Any, method: str, *, flip: bool = False, reference: Any = None, **settings: Any) -> list[float]:
    found = normalise(np.asarray(x, dtype=float), NormaliseSpec(method, **settings), flip=flip, reference=reference)
    return [round(float(score), 9) for score in found]


def test_min_max() -> None:
    assert scored(FIVE, "min-max") == [0, 25, 25, 50, 100]
    assert scored(FIVE, "min-max", range=(1.0, 5.0)) == [1, 2, 2, 3, 5]


def test_min_max_turned_is_a_plus_b_minus_y() -> None:
    assert scored(FIVE, "min-max", range=(1.0, 5.0), flip=True) == [5, 4, 4, 3, 1]


def test_z_score() -> None:
    # Mean 5.2; squares of differences 10.24 + 1.44 + 1.44 + 0.64 + 23.04 = 36.8; sd = sqrt(36.8 / 4) = 3.0331502.
    sd = math.sqrt(9.2)
    right = [round((x - 5.2) / sd, 9) for x in FIVE]
    assert scored(FIVE, "z-score") == right
    assert scored(FIVE, "z-score", flip=True) == [-z for z in right]


def test_none_and_turned_is_minus() -> None:
    assert scored(FIVE, "none") == FIVE.tolist()
    assert scored(FIVE, "none", flip=True) == (-FIVE).tolist()


@pytest.mark.parametrize(
    ("ties", "ranks"),
    # Rank 1 is the most: 10 is 1, 6 is 2, the two 4s share 3 and 4, 2 is 5.
    [("min", [5, 3, 3, 2, 1]), ("max", [5, 4, 4, 2, 1]), ("average", [5, 3.5, 3.5, 2, 1])],
)
def test_rank_methods(ties: Any, ranks: list[float]) -> None:
    assert scored(FIVE, "rank", ties=ties) == [6 - rank for rank in ranks]
    assert scored(FIVE, "percentile", ties=ties) == [100 * (5.5 - rank) / 5 for rank in ranks]
    share = [(6 - rank) / 5 for rank in ranks]
    curve = [round(-23 * math.log(1 - r * (1 - math.exp(-100 / 23))), 9) for r in share]
    assert scored(FIVE, "exponential-rank", ties=ties) == curve


@pytest.mark.parametrize(
    ("ties", "ranks"),
    # Turned, rank 1 is the least: 2 is 1, the two 4s share 2 and 3.
    [("min", [1, 2, 2, 4, 5]), ("max", [1, 3, 3, 4, 5]), ("average", [1, 2.5, 2.5, 4, 5])],
)
def test_rank_methods_turned_rank_the_other_way(ties: Any, ranks: list[float]) -> None:
    assert scored(FIVE, "rank", ties=ties, flip=True) == [6 - rank for rank in ranks]


def test_exponential_rank_runs_to_100_and_gives_half_the_scale_to_the_top_tenth() -> None:
    """Why 23: the most deprived tenth spreads over half the scale (English Indices 2019, Technical Report, appendix).

    A score of 50 is at R = (1 - e^(-50/23)) / (1 - e^(-100/23)) = 0.88629 / 0.98706 = 0.8979: 898 to
    1,000 of 1,000, so 103, are above.
    """
    score = scored(np.arange(1.0, 1001.0), "exponential-rank")
    assert score[-1] == 100.0
    assert sum(one > 50 for one in score) == 103


def test_exponential_constant_sets_the_curve() -> None:
    # Two areas, R = 1/2 and 1: -c ln(1 - (1 - e^(-100/c)) / 2). c = 10: -10 ln(0.5000227) = 6.9310; c = 50: 28.3110.
    assert scored([1, 2], "exponential-rank", constant=10.0) == [pytest.approx(6.9310, abs=1e-4), 100]
    assert scored([1, 2], "exponential-rank", constant=50.0) == [pytest.approx(28.3110, abs=1e-4), 100]
    assert scored([1, 2], "exponential-rank", constant=0.01)[1] == 100  # no infinity where e^(-100/c) is nothing


def test_goalposts_cut_what_lies_beyond_and_count_it() -> None:
    # 0 at 3, 100 at 8: 2 is below and cut to 0, 10 above and cut to 100.
    assert scored(FIVE, "goalposts", low=3.0, high=8.0) == [0, 20, 20, 60, 100]
    assert cut_count(FIVE, NormaliseSpec("goalposts", low=3.0, high=8.0)) == 2


def test_goalposts_may_be_overrun_when_asked() -> None:
    assert scored(FIVE, "goalposts", low=3.0, high=8.0, clip=False) == [-20, 20, 20, 60, 140]
    assert cut_count(FIVE, NormaliseSpec("goalposts", low=3.0, high=8.0, clip=False)) == 0


def test_goalposts_turned() -> None:
    assert scored(FIVE, "goalposts", low=3.0, high=8.0, flip=True) == [100, 80, 80, 40, 0]
    assert scored(FIVE, "goalposts", low=3.0, high=8.0, flip=True, clip=False) == [120, 80, 80, 40, -40]


def test_values_on_the_goalposts_are_not_cut() -> None:
    assert cut_count(FIVE, NormaliseSpec("goalposts", low=2.0, high=10.0)) == 0


def test_other_methods_cut_nothing_even_with_goalposts_set() -> None:
    assert cut_count(FIVE, NormaliseSpec("z-score", low=3.0, high=8.0)) == 0


def test_log_goalposts_use_natural_logarithms() -> None:
    # ln 100 / ln 10,000 = 1/2, ln 1,000 / ln 10,000 = 3/4.
    assert scored([1, 100, 1000, 10000], "log-goalposts", low=1.0, high=10000.0) == [0, 50, 75, 100]


def test_log_goalposts_cut_to_the_low_one_before_the_logarithm() -> None:
    # As the Human Development Index does with incomes below 100 dollars.
    assert scored([0, 5, 1000], "log-goalposts", low=100.0, high=1000.0) == [0, 0, 100]


def test_log_goalposts_refuse_a_value_without_logarithm() -> None:
    with pytest.raises(NormaliseError, match="above 0"):
        scored([0, 5], "log-goalposts", low=1.0, high=10.0, clip=False)


@pytest.mark.parametrize("method", ["min-max", "z-score"])
@pytest.mark.parametrize("x", [[3, 3, 3], [0, 0], [7], [0.1 + 0.2, 0.3]])
def test_constant_column_is_refused(method: str, x: list[float]) -> None:
    with pytest.raises(NormaliseError, match="every value is"):
        scored(x, method)


def test_constant_column_is_all_ties_to_the_rank_methods() -> None:
    assert scored([3, 3, 3], "rank") == [2, 2, 2]
    assert scored([3, 3, 3], "percentile") == [50, 50, 50]


def test_column_without_values_is_refused() -> None:
    with pytest.raises(NormaliseError, match="no values at all"):
        scored([np.nan, np.nan], "rank")


@pytest.mark.parametrize("method", ["min-max", "z-score", "rank", "percentile", "exponential-rank", "none"])
def test_missing_stays_missing_and_counts_nowhere(method: str) -> None:
    with_gap = scored([2, np.nan, 4, 4, 6, 10], method)
    assert math.isnan(with_gap[1])
    assert [with_gap[0], *with_gap[2:]] == scored(FIVE, method)


def test_reference_rows_set_the_scale_and_others_are_placed_on_it() -> None:
    belongs = np.array([True, True, True, False, False])
    x = [0, 5, 10, 5, 20]
    assert scored(x, "min-max", reference=belongs) == [0, 50, 100, 50, 200]
    assert scored(x, "z-score", reference=belongs) == [-1, 0, 1, 0, 3]  # mean 5, sd 5
    # Ranks among 10, 5, 0: another 5 takes the place of the 5; 20 is beyond the first place, and takes it.
    assert scored(x, "rank", reference=belongs) == [1, 2, 3, 2, 3]


def test_value_between_those_of_the_reference_takes_the_next_place() -> None:
    belongs = np.array([True, True, True, False, False])
    # Among 10, 5, 0 the places are 1, 2, 3: 7 comes after 10, in place 2; -1 after all, in the last place.
    assert scored([0, 5, 10, 7, -1], "rank", reference=belongs) == [1, 2, 3, 2, 1]


def test_computed_values_a_hair_apart_can_be_ties() -> None:
    x = np.array([1.0, 1.0 + 5e-10, 3.0, np.nan, 1.0 + 2e-9])
    assert as_ties(x, 1e-9)[[0, 1, 2, 4]].tolist() == [1.0, 1.0, 3.0, 1.0 + 2e-9]
    assert np.isnan(as_ties(x, 1e-9)[3])
    spec = NormaliseSpec("rank")
    assert normalise(np.array([0.1 + 0.2, 0.3, 0.1]), spec, flip=False, same_within=1e-9).tolist() == [2.5, 2.5, 1.0]
    assert normalise(np.array([0.1 + 0.2, 0.3, 0.1]), spec, flip=False).tolist() == [3.0, 2.0, 1.0]
