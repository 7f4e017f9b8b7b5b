"""Summaries of ranges of trials: by hand, against numpy and pandas, and merged against whole."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array

from wholeplace.resilience.results import BLOCK, Batch, RangesError, ServiceUsers, Summary, Watched, merged
from wholeplace.resilience.results.figures import item_figures, person_hours_by_area, person_hours_by_group
from wholeplace.resilience.results.products import steady_product
from wholeplace.resilience.results.summary import LEAST_QUANTILE_TRIALS
from wholeplace.resilience.ticks import TICKS_PER_H

NAN = math.nan
ITEMS = ("service:calls", "service:meals", "service:tax", "system:email")


def users_of(
    total: Sequence[float], by_area: Sequence[Sequence[float]], by_group: Sequence[Sequence[float]]
) -> ServiceUsers:
    """Users of services: calls is used by all residents (first row), meals has rows of its own, tax is unknown."""
    areas = [f"A{number}" for number in range(len(by_area[0]))]
    return ServiceUsers(
        services=ITEMS[:3],
        total=np.array(total, dtype=float),
        of_residents=np.array([True, False, False]),
        own=np.array([1]),
        areas=pl.DataFrame({"geography": "area", "area": areas, "name": areas, "known": True}),
        by_area=csr_array(np.array(by_area, dtype=float)),
        groups=("old",),
        by_group=csr_array(np.array(by_group, dtype=float)),
        residents_of="area",
    )


def watched(**changes: object) -> Watched:
    """calls: 100 residents in A0, 300 in A1; meals: 10 users in A0, 4 of them old; tax: nobody knows."""
    users = users_of([400.0, 10.0, NAN], [[100, 300], [10, 0]], [[0], [4]])
    one = Watched(ITEMS, 100.0, users, np.array([4.0, 8.0, NAN, NAN]), np.array([NAN, 12.0, NAN, NAN]))
    return replace(one, **changes)  # type: ignore[arg-type]


def batch_of(downtime_h: Sequence[Sequence[float]], **changes: object) -> Batch:
    """Trials in which a thing that loses any hours loses them in one outage."""
    downtime = np.array(downtime_h, dtype=float)
    one = Batch(
        downtime_h=downtime,
        outages=(downtime > 0).astype(np.int32),
        longest_ticks=np.rint(downtime * TICKS_PER_H).astype(np.int64),
        restored_h=downtime.max(axis=1),
        not_restored=downtime.max(axis=1) >= 100,
    )
    return replace(one, **changes)  # type: ignore[arg-type]


def random_batch(trials: int, seed: int, items: int = 4, *, weighted: bool = False) -> Batch:
    rng = np.random.default_rng(seed)
    downtime = np.where(rng.random((trials, items)) < 0.4, rng.lognormal(2, 1.5, (trials, items)), 0.0)
    outages = np.where(downtime > 1, rng.integers(1, 5, downtime.shape), 0).astype(np.int32)
    longest = np.where(outages > 0, downtime / np.maximum(outages, 1) * TICKS_PER_H, 0).astype(np.int64)
    restored = downtime.max(axis=1)
    weight = rng.exponential(1.0, trials) if weighted else None
    return Batch(downtime, outages, longest, restored, restored > 60, weight)


def figures(summary: Summary) -> dict[str, dict[str, float | None]]:
    return {row.pop("item"): row for row in item_figures(summary).rows(named=True)}


def test_by_hand() -> None:
    # calls: 0, 4, 6, 0: mean 2.5, squared deviations 6.25 + 2.25 + 12.25 + 6.25 = 27, sd 3, se 3 / 2
    batch = batch_of([[0, 0, 0, 0], [4, 8, 0, 0], [6, 12, 1, 0], [0, 20, 0, 100]])
    found = Summary.of(batch, 0, watched())
    calls, meals, tax, email = (figures(found)[name] for name in ITEMS)
    assert calls["p_down"] == 0.5
    assert calls["p_down_se"] == math.sqrt(0.25 / 4)
    assert calls["downtime_h_mean"] == 2.5
    assert calls["downtime_h_se"] == pytest.approx(1.5, rel=1e-14)
    # sorted 0 0 4 6: ranks 1.5, 2.7, 2.97 counted from 0
    assert [calls[f"downtime_h_{level}"] for level in ("p50", "p90", "p99")] == pytest.approx([2.0, 5.4, 5.94])
    assert calls["outages_mean"] == 0.5
    assert calls["p_over_rto"] == 0.25  # 4 h is not longer than 4 h
    assert calls["p_over_max_tolerable"] is None
    assert meals["p_over_rto"] == 0.5
    assert meals["p_over_max_tolerable"] == 0.25
    assert calls["person_hours_lost_mean"] == 1000.0
    assert calls["person_hours_lost_se"] == pytest.approx(600.0, rel=1e-14)
    assert calls["person_hours_lost_p50"] == 800.0
    assert meals["person_hours_lost_mean"] == 100.0
    assert tax["person_hours_lost_mean"] is None
    assert tax["p_over_rto"] is None
    assert tax["downtime_h_mean"] == 0.25
    assert email["person_hours_lost_p99"] is None
    assert email["p_down"] == 0.25
    # person-hours a trial: 0, 1600 + 80, 2400 + 120, 200
    total = found.watched.columns.person_hours
    assert found.moments.mean[total] == 1100.0
    assert found.quantiles()[total, 0] == (200 + 1680) / 2
    # A0: 100 x calls + 10 x meals = 0, 480, 720, 200; A1: 300 x calls; old: 4 x meals
    areas = person_hours_by_area(found)
    assert areas["person_hours_lost_mean"].to_list() == [350.0, 750.0]
    assert areas["person_hours_lost_se"].to_list() == pytest.approx([np.std([0, 480, 720, 200], ddof=1) / 2, 450.0])
    groups = person_hours_by_group(found)
    assert groups.rows() == [("old", 40.0, pytest.approx(4 * np.std([0, 8, 12, 20], ddof=1) / 2))]


def test_imprecision_is_that_of_the_least_certain_service() -> None:
    # calls: p 1/2, se 1/4; downtime 2.5, se 1.5. tax: p 1/4, se sqrt(3/64); downtime 1/4, se 1/4. No service is email
    batch = batch_of([[0, 0, 0, 0], [4, 0, 0, 0], [6, 0, 1, 0], [0, 0, 0, 0]])
    assert Summary.of(batch, 0, watched()).imprecision == pytest.approx(1.0)
    tax_aside = batch_of([[0, 0, 0, 0], [4, 0, 0, 0], [6, 0, 0, 0], [0, 0, 0, 1]])
    assert Summary.of(tax_aside, 0, watched()).imprecision == pytest.approx(0.6)
    assert math.isnan(Summary.of(batch_of([[0] * 4] * 2), 0, watched()).imprecision)


def test_a_limit_is_passed_by_one_microsecond() -> None:
    at = np.array([[4 * TICKS_PER_H] * 4, [4 * TICKS_PER_H + 1] * 4])
    found = Summary.of(batch_of([[4.0] * 4] * 2, longest_ticks=at), 0, watched())
    assert figures(found)["service:calls"]["p_over_rto"] == 0.5


def test_limits_of_a_microsecond_and_beyond_all_time() -> None:
    # 0.1 h is no binary fraction: 360,000,000 ticks; 1e300 h is longer than anything that can be counted
    at = np.full((1, 4), 360_000_001)
    limits = watched(rto_h=np.array([0.1, 1e300, NAN, NAN]), max_tolerable_h=np.array([0.0, NAN, NAN, NAN]))
    found = figures(Summary.of(batch_of([[1.0] * 4], longest_ticks=at), 0, limits))
    assert [found[name]["p_over_rto"] for name in ITEMS[:2]] == [1.0, 0.0]
    assert found["service:calls"]["p_over_max_tolerable"] == 1.0


def test_degraded_is_not_down() -> None:
    batch = batch_of(
        [[4.0] * 4], outages=np.zeros((1, 4), dtype=np.int32), longest_ticks=np.zeros((1, 4), dtype=np.int64)
    )
    calls = figures(Summary.of(batch, 0, watched()))["service:calls"]
    assert (calls["p_down"], calls["downtime_h_mean"], calls["longest_outage_h_mean"]) == (0.0, 4.0, 0.0)


def test_one_trial_has_no_standard_error_of_a_mean() -> None:
    found = Summary.of(batch_of([[4, 0, 0, 0]]), 0, watched())
    calls = figures(found)["service:calls"]
    assert (calls["downtime_h_mean"], calls["downtime_h_se"], calls["downtime_h_p50"]) == (4.0, None, 4.0)
    assert person_hours_by_area(found)["person_hours_lost_se"].to_list() == [None, None]


def test_what_never_varies_has_no_error() -> None:
    found = Summary.of(batch_of([[47.3] * 4] * 1000), 0, watched())
    calls = figures(found)["service:calls"]
    assert calls["downtime_h_mean"] == pytest.approx(47.3, rel=1e-14)
    assert calls["downtime_h_se"] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("first", "trials"), [(0, 3000), (100, 777), (511, 2), (5, 50)])
def test_against_numpy_and_pandas(first: int, trials: int) -> None:
    batch = random_batch(trials, seed=trials)
    found = Summary.of(batch, first, watched())
    frame = item_figures(found)
    for name, column in (("downtime_h", batch.downtime_h), ("longest_outage_h", batch.longest_ticks / TICKS_PER_H)):
        table = pd.DataFrame(column)
        assert frame[f"{name}_mean"].to_numpy() == pytest.approx(table.mean().to_numpy(), rel=1e-12)
        assert frame[f"{name}_se"].to_numpy() == pytest.approx(table.sem().to_numpy(), rel=1e-12)
        for level, q in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
            assert frame[f"{name}_{level}"].to_numpy() == pytest.approx(table.quantile(q).to_numpy(), rel=1e-13)
    down = batch.outages > 0
    assert frame["p_down"].to_list() == (down.sum(axis=0) / trials).tolist()
    assert frame["few"].to_list() == (down.sum(axis=0) < 10).tolist()
    lost = batch.downtime_h[:, [0, 1]] @ np.array([400.0, 10.0])
    total = found.watched.columns.person_hours
    assert found.moments.mean[total] == pytest.approx(lost.mean())
    assert found.moments.se[total] == pytest.approx(lost.std(ddof=1) / math.sqrt(trials))
    assert found.quantiles()[total] == pytest.approx(np.quantile(lost, [0.5, 0.9, 0.99]))
    of_areas = batch.downtime_h[:, [0, 1]] @ np.array([[100, 300], [10, 0]])
    areas = person_hours_by_area(found)
    assert areas["person_hours_lost_mean"].to_numpy() == pytest.approx(of_areas.mean(axis=0))
    assert areas["person_hours_lost_se"].to_numpy() == pytest.approx(of_areas.std(axis=0, ddof=1) / math.sqrt(trials))


def test_areas_added_up_trial_by_trial_are_the_same() -> None:
    batch = random_batch(1000, seed=1)
    by_sets, by_trial = (Summary.of(batch, 0, watched(most_sets=most)) for most in (10, 0))
    for table in (person_hours_by_area, person_hours_by_group):
        for column in ("person_hours_lost_mean", "person_hours_lost_se"):
            assert table(by_trial)[column].to_numpy() == pytest.approx(table(by_sets)[column].to_numpy(), rel=1e-12)


def assert_equal(one: Summary, two: Summary) -> None:
    """Equal to the last bit, in what is kept and in what is told."""
    assert (one.first_trial, one.trials, one.quantile_trials) == (two.first_trial, two.trials, two.quantile_trials)
    assert [node.start for node in one.nodes] == [node.start for node in two.nodes]
    for mine, theirs in (
        (one.moments, two.moments),
        *((a.moments, b.moments) for a, b in zip(one.nodes, two.nodes, strict=True)),
    ):
        for name in ("total", "spread", "together"):
            assert np.array_equal(getattr(mine, name), getattr(theirs, name)), name
    assert np.array_equal(one.hits, two.hits)
    assert np.array_equal(one.quantiles(), two.quantiles(), equal_nan=True)
    for table in (item_figures, person_hours_by_area, person_hours_by_group):
        assert table(one).equals(table(two), null_equal=True)


@settings(deadline=None, max_examples=60)
@given(
    first=st.integers(0, 2000),
    trials=st.integers(0, 3000),
    cuts=st.lists(st.integers(0, 3000) | st.integers(0, 11).map(lambda n: n * BLOCK), max_size=6),
    seed=st.integers(0, 5),
    weighted=st.booleans(),
    most_sets=st.sampled_from([0, 10]),
    order=st.randoms(use_true_random=False),
)
def test_merged_ranges_equal_one_range(first, trials, cuts, seed, weighted, most_sets, order) -> None:  # type: ignore[no-untyped-def]
    batch, asked = random_batch(trials, seed, weighted=weighted), watched(most_sets=most_sets)
    ends = sorted({0, trials, *(cut for cut in cuts if cut < trials)})
    parts = [Summary.of(batch.part(a, b), first + a, asked) for a, b in pairwise(ends)]
    whole = Summary.of(batch, first, asked)
    order.shuffle(parts)
    assert_equal(merged(parts) if parts else whole, whole)
    ordered = sorted(parts, key=lambda one: one.first_trial)
    while len(ordered) > 1:  # in any order of brackets
        at = order.randrange(len(ordered) - 1)
        ordered[at : at + 2] = [ordered[at].then(ordered[at + 1])]
    assert_equal(ordered[0] if ordered else whole, whole)


def test_quantiles_come_from_the_first_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wholeplace.resilience.results.summary.QUANTILE_TRIALS", 512)
    monkeypatch.setattr("wholeplace.resilience.results.summary.LEAST_QUANTILE_TRIALS", 256)
    batch = random_batch(2000, seed=3)
    whole = Summary.of(batch, 100, watched())
    assert whole.quantile_trials == 512 - 100
    expected = np.quantile(batch.downtime_h[: 512 - 100], 0.9, axis=0)
    assert item_figures(whole)["downtime_h_p90"].to_numpy() == pytest.approx(expected, rel=1e-13)
    assert item_figures(whole)["downtime_h_mean"].to_numpy() == pytest.approx(batch.downtime_h.mean(axis=0))
    parts = [Summary.of(batch.part(a, b), 100 + a, watched()) for a, b in ((0, 300), (300, 1000), (1000, 2000))]
    assert_equal(merged(parts), whole)


def test_gaps_overlaps_and_strangers_are_refused() -> None:
    one, two = (Summary.of(random_batch(300, 1), first, watched()) for first in (0, 301))
    with pytest.raises(RangesError, match="end before 300, and those of the next begin at 301"):
        merged([two, one])
    with pytest.raises(RangesError, match="begin at 0"):
        one.then(one)
    other = Summary.of(random_batch(300, 1), 300, watched(horizon_h=99.0))
    with pytest.raises(RangesError, match="different things"):
        one.then(other)
    with pytest.raises(RangesError, match="different ways"):
        one.then(Summary.of(random_batch(300, 1, weighted=True), 300, watched()))
    with pytest.raises(RangesError, match="no range"):
        merged([])


def test_weights() -> None:
    # calls is down in trials 1 and 2, with weights 0.1 and 0.3: p = 0.4 / 4, worth 0.4^2 / (0.01 + 0.09) = 1.6 trials
    batch = batch_of([[0] * 4, [5, 0, 0, 0], [10, 0, 0, 0], [0] * 4], weight=np.array([1.5, 0.1, 0.3, 2.0]))
    found = Summary.of(batch, 0, watched())
    calls, meals, *_ = (figures(found)[name] for name in ITEMS)
    assert calls["p_down"] == pytest.approx(0.1)
    assert calls["p_down_se"] == pytest.approx(np.std([0, 0.1, 0.3, 0], ddof=1) / 2)
    assert calls["effective_trials"] == pytest.approx(1.6)
    assert calls["downtime_h_mean"] == pytest.approx((0.5 + 3) / 4)
    assert calls["downtime_h_p50"] is None
    assert (meals["p_down"], meals["effective_trials"]) == (0.0, 0.0)
    assert person_hours_by_area(found)["person_hours_lost_mean"].to_list() == pytest.approx([87.5, 262.5])
    assert found.quantile_trials == 0


def test_weights_of_one_change_nothing_but_quantiles() -> None:
    plain = random_batch(1000, seed=2)
    one, two = (Summary.of(replace(plain, weight=weight), 0, watched()) for weight in (None, np.ones(1000)))
    assert np.array_equal(one.moments.total, two.moments.total)
    assert two.effective_trials == pytest.approx(two.hits.astype(float), rel=1e-12)


def test_a_batch_may_be_written_over_once_it_is_summed() -> None:
    batch = random_batch(700, seed=4, weighted=True)
    found, again = (Summary.of(batch, 0, watched()) for _ in range(2))
    for array in (
        batch.downtime_h,
        batch.outages,
        batch.longest_ticks,
        batch.restored_h,
        batch.not_restored,
        batch.weight,
    ):
        assert array is not None
        array[:] = 0
    assert_equal(found, again)
    assert found.moments.total.any()


def many(services: int, areas: int) -> Watched:
    """Services of which every second has users of its own in all areas."""
    names = tuple(f"service:s{number:03d}" for number in range(services))
    own = np.arange(0, services, 2)
    people = csr_array(random_array((len(own) + 1, areas), density=1.0, rng=np.random.default_rng(1), format="csr"))
    codes = [f"A{number:05d}" for number in range(areas)]
    users = ServiceUsers(
        names, np.full(services, 100.0), np.arange(services) % 2 == 1, own,
        pl.DataFrame({"geography": "area", "area": codes, "name": codes, "known": True}),
        people, (), csr_array((len(own) + 1, 0)),
    )  # fmt: skip
    return Watched(names, 720.0, users, np.full(services, 8.0), np.full(services, 24.0))


def test_ten_thousand_trials_of_300_services_stay_small() -> None:
    asked = many(300, 100)
    assert LEAST_QUANTILE_TRIALS >= 10_000
    tracemalloc.start()
    try:
        summary = merged(Summary.of(random_batch(1024, first, 300), first, asked) for first in range(0, 10_240, 1024))
        assert item_figures(summary).height == 300
        assert summary.quantile_trials == 10_240
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 150e6


def test_products_are_right_and_the_same_whatever_the_order_of_the_sums() -> None:
    rng = np.random.default_rng(7)
    left, right = rng.lognormal(0, 3, (40, 300)) * rng.choice([-1, 0, 1], (40, 300)), rng.lognormal(0, 3, (300, 20))
    size = np.abs(left).max(axis=1)[:, None] * np.abs(right).max(axis=0)
    product = steady_product(left, right)
    exact = [[math.fsum(row * column) for column in right.T] for row in left]
    assert np.abs((product - exact) / size).max() < 300 * 2**-42
    for _ in range(5):  # exact sums do not know in which order they were made
        order = rng.permutation(300)
        assert np.array_equal(steady_product(left[:, order], right[order]), product)
    assert not np.array_equal(left[:, order] @ right[order], left @ right)  # which plain sums do


def test_products_of_nothing() -> None:
    assert steady_product(np.zeros((2, 3)), np.zeros((3, 1))).tolist() == [[0.0], [0.0]]
    assert steady_product(np.zeros((2, 0)), np.zeros((0, 1))).tolist() == [[0.0], [0.0]]
    assert steady_product(np.zeros((0, 3)), np.zeros((3, 2))).shape == (0, 2)


def test_figures_do_not_depend_on_the_number_of_threads() -> None:
    code = "from tests.resilience.test_summary import fingerprint; print(fingerprint())"
    found = set()
    for threads in ("1", "2", "3"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(run.stdout)
    assert found == {f"{fingerprint()}\n"}


def fingerprint() -> str:
    """Every figure of many services, as one number."""
    summary = Summary.of(random_batch(1500, 1, 300), 77, many(300, 50))
    tables = (item_figures, person_hours_by_area)
    return hashlib.sha256("".join(table(summary).write_csv() for table in tables).encode()).hexdigest()
