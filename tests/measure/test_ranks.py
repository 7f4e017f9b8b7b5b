"""Rank numbers against scipy's `rankdata`: sorted, or counted where they are whole and lie close together."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from wholeplace.measure.ranks import Ties, rank_from_least

CLOSE = st.integers(-20, 20).map(float)
FAR = st.sampled_from([-1e300, -(2.0**53) - 2, 2.0**60, 1e15, 3.0])
BROKEN = st.floats(-5, 5, allow_subnormal=False)


@pytest.mark.parametrize("ties", get_args(Ties))
@given(numbers=st.lists(CLOSE) | st.lists(FAR) | st.lists(BROKEN) | st.lists(CLOSE | BROKEN))
def test_as_scipy_ranks_them(ties: Any, numbers: list[float]) -> None:
    assert rank_from_least(np.array(numbers), ties=ties).tolist() == rankdata(numbers, method=ties).tolist()


def test_a_hair_beside_a_whole_number_is_another_number() -> None:
    # From -3 up, 0.1 and its neighbour are no longer told apart: they must not be counted as one step.
    numbers = np.array([-3.0, 0.1, np.nextafter(0.1, 1), 1.0])
    assert rank_from_least(numbers).tolist() == [1, 2, 3, 4]


def test_whole_numbers_within_a_wide_tie_are_chained() -> None:
    # 1 and 2 lie within 1 of each other and share the lowest rank; 5 does not.
    assert rank_from_least(np.array([5.0, 1.0, 2.0]), within=1.0).tolist() == [3, 1, 1]
