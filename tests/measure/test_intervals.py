"""Intervals against published tables."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from wholeplace.measure import byar, wilson
from wholeplace.measure.intervals import interval
from wholeplace.measure.moving import with_intervals
from wholeplace.place import Indicator


@pytest.mark.parametrize(
    ("count", "denominator", "lower", "upper"),
    [
        # Newcombe R G (1998), Statistics in Medicine 17:857-872, table I, method 3 (score, no continuity correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_newcombes_table(count: int, denominator: int, lower: float, upper: float) -> None:
    found = wilson(count, denominator)
    assert (round(float(found[0]), 4), round(float(found[1]), 4)) == (lower, upper)


def test_wilson_of_everybody_is_that_of_nobody_turned_round() -> None:
    none, everybody = wilson(0, 20), wilson(20, 20)
    assert everybody[0] == pytest.approx(1 - none[1])
    assert everybody[1] == 1.0
    assert none[0] == 0.0


def test_wilson_has_no_limits_where_there_is_nothing_to_divide() -> None:
    lower, upper = wilson([1, 5, np.nan, -1], [0, 4, 10, 10])
    assert np.isnan(lower).all()
    assert np.isnan(upper).all()


@pytest.mark.parametrize(
    ("events", "lower", "upper"),
    [
        # Exact Poisson limits: Garwood F (1936), Biometrika 28:437-442; Ulm K (1990), Am. J. Epidemiol. 131:373-375.
        (0, 0.0, 3.689),
        (1, 0.025, 5.572),
        (2, 0.242, 7.225),
        (3, 0.619, 8.767),
        (5, 1.623, 11.668),
        (9, 4.115, 17.085),
    ],
)
def test_below_ten_events_limits_are_exact(events: int, lower: float, upper: float) -> None:
    found = byar(events)
    assert (round(float(found[0]), 3), round(float(found[1]), 3)) == (lower, upper)


def test_from_ten_events_on_limits_are_byars() -> None:
    # By hand for 10, z = 1.959964: lower 10 (1 - 1/90 - z / (3 sqrt 10))^3 = 10 (0.782291)^3 = 4.7874;
    # upper 11 (1 - 1/99 + z / (3 sqrt 11))^3 = 11 (1.186883)^3 = 18.3911.
    assert [round(float(limit), 3) for limit in byar(10)] == [4.787, 18.391]
    # 100 events: 100 (1 - 1/900 - z/30)^3 = 81.362; 101 (1 - 1/909 + z / (3 sqrt 101))^3 = 101 (1.063908)^3 = 121.628.
    # The exact limits are 81.364 and 121.627 (Garwood 1936).
    assert [round(float(limit), 3) for limit in byar(100)] == [81.362, 121.628]


def test_byar_is_as_close_to_exact_as_the_technical_guide_says() -> None:
    # Public Health Data Science, Technical Guide: Confidence Intervals (2018): within 0.2 % from 10 events on.
    events = np.arange(10, 400)
    lower, upper = byar(events)
    assert lower == pytest.approx(stats.chi2.ppf(0.025, 2 * events) / 2, rel=0.002)
    assert upper == pytest.approx(stats.chi2.ppf(0.975, 2 * events + 2) / 2, rel=0.002)


def test_byar_of_no_count_is_nothing() -> None:
    assert np.isnan(byar([np.nan, -1.0])).all()


def test_interval_is_in_the_unit_of_the_value() -> None:
    # 15/148 in per cent; 5 events among 2,000 people per 1,000: 1.623 / 2 and 11.668 / 2.
    assert np.round(interval("wilson", 15, 148, multiplier=100.0), 2).tolist() == [6.24, 16.05]
    assert np.round(interval("byar", 5, 2000, multiplier=1000.0), 3).tolist() == [0.812, 5.834]


@pytest.mark.parametrize("method", ["dobson", "student-t", "none"])
def test_methods_that_need_more_than_counts_give_none(method: str) -> None:
    assert np.isnan(interval(method, [5.0, 6.0], [10.0, 20.0])).all()


def test_a_ratio_has_an_interval_on_the_scale_it_is_published_on() -> None:
    # 50 deaths where 40 are expected. Byar's limits of 50 events are 50 x 0.90538³ = 37.108 and 51 x 1.08930³ = 65.920:
    # by 40 and x 100 or x 1.
    frame = pl.DataFrame(
        {"value": [125.0, 1.25, 0.0], "count": [50.0, 50.0, 0.0], "denominator": [40.0] * 3},
    ).with_columns(pl.lit(None, pl.Float64).alias(name) for name in ("lower95", "upper95"))
    about = dict.fromkeys(("id", "name", "polarity", "source", "licence"), "x")
    byars = with_intervals(frame, Indicator(**about, value_type="ratio", unit="deaths to expected", ci_method="byar"))
    assert np.round(byars["lower95"].to_list()[:2], 2).tolist() == [92.77, 0.93]
    assert np.round(byars["upper95"].to_list()[:2], 2).tolist() == [164.8, 1.65]
    assert byars["upper95"][2] is None  # no deaths: the value does not tell its scale
    unasked = with_intervals(frame, Indicator(**about, value_type="ratio", unit="deaths to expected"))
    assert unasked["lower95"].to_list() == [None] * 3


def test_rate_without_people_has_no_interval() -> None:
    assert np.isnan(interval("byar", [3.0], [0.0])).all()


def test_99_8_per_cent_is_wider_on_both_sides() -> None:
    for method in (lambda level: wilson(15, 148, level=level), lambda level: byar(12, level=level)):
        assert method(0.998)[0] < method(0.95)[0]
        assert method(0.998)[1] > method(0.95)[1]
