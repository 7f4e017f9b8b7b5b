"""Strongly connected sets, against SciPy and by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from wholeplace.resilience.graphs.loops import strong_sets


def test_by_hand() -> None:
    """0 needs 1; 1 and 2 need each other; 2 needs 3; 4 needs itself."""
    assert [sorted(one) for one in strong_sets([[1], [2], [1, 3], [], [4]])] == [[3], [1, 2], [0], [4]]
    assert strong_sets([]) == []


def test_a_ring_and_a_chain_of_20_000() -> None:
    many = 20_000
    assert [len(one) for one in strong_sets([[(k + 1) % many] for k in range(many)])] == [many]
    chain = strong_sets([[k + 1] for k in range(many - 1)] + [[]])
    assert chain == [[k] for k in reversed(range(many))]


@given(
    st.integers(1, 12).flatmap(lambda n: st.lists(st.lists(st.integers(0, n - 1), max_size=3), min_size=n, max_size=n))
)
def test_the_same_sets_as_scipy_and_providers_before_dependents(providers: list[list[int]]) -> None:
    sets = strong_sets(providers)
    size = len(providers)
    pairs = [(one, other) for one, row in enumerate(providers) for other in row]
    at = np.array(pairs, dtype=int).reshape(-1, 2)
    labels = connected_components(coo_array((np.ones(len(at)), (at[:, 0], at[:, 1])), shape=(size, size)),
                                  connection="strong")[1]  # fmt: skip
    theirs = {frozenset(np.flatnonzero(labels == label).tolist()) for label in labels.tolist()}
    assert {frozenset(one) for one in sets} == theirs
    assert sum(map(len, sets)) == size
    place = {thing: number for number, members in enumerate(sets) for thing in members}
    assert all(place[provider] <= place[dependent] for dependent, provider in pairs)
