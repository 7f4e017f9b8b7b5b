"""Rules of values: suppressed, missing and zero apart, what is withheld and refused, both sides of every limit."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from wholeplace.measure.values import (
    LIFE_TABLE_AGES,
    ValuesError,
    change,
    compare_with,
    crude,
    european_standard_population,
    life_table,
    mean,
    proportion,
    proportion_funnel,
    quantile_groups,
    rate,
    rate_funnel,
    slope_index,
    standardised,
    standardised_rate,
    standardised_ratio,
)
from wholeplace.measure.values.estimate import Estimate, Texts

NAN = np.nan


# --- suppressed, missing and zero are three things


@pytest.mark.parametrize("make", [proportion, rate])
def test_suppressed_missing_zero_and_nobody_are_told_apart(make: object) -> None:
    counts, people = [0, NAN, NAN, 0, 7, 3], [50, 50, 50, 0, 50, NAN]
    found = make(counts, people, status=["A", "Q", "O", "A", "Q", "A"])  # type: ignore[operator]
    assert found.status.tolist() == ["A", "Q", "O", "M", "Q", "O"]
    assert found.value[0] == 0.0
    assert np.isnan(found.value[1:]).all()
    assert np.isnan(found.lower998[1:]).all()
    assert np.isnan(found.count[4])  # the suppressed count itself is not passed on
    assert found.frame["value"].to_list() == [0.0, None, None, None, None, None]


def test_a_standardised_rate_with_a_suppressed_band_is_suppressed_with_a_missing_one_missing() -> None:
    counts, people = [[20.0, 30.0], [20.0, NAN], [NAN, 30.0], [NAN, NAN]], [1000.0, 1000.0]
    found = standardised_rate(counts, people, [1, 1], status=[["A", "A"], ["A", "O"], ["Q", "A"], ["Q", "O"]])
    assert found.status.tolist() == ["A", "O", "Q", "Q"]
    assert np.isfinite(found.value).tolist() == [True, False, False, False]


# --- withheld


def test_directly_standardised_rates_are_withheld_below_ten_events() -> None:
    found = standardised_rate([[4, 5], [4, 6]], [[900, 800], [900, 800]], [1, 1])
    assert found.status.tolist() == ["O", "A"]
    assert found.withheld.tolist() == ["fewer than 10 events", ""]
    assert np.isnan(found.lower95[0])
    # by hand: 100,000 (4/900 + 6/800) / 2
    assert float(found.value[1]) == pytest.approx(597.2222, abs=1e-4)
    assert found.count.tolist() == [9, 10]


def test_a_band_without_people_withholds_the_rate() -> None:
    found = standardised_rate([[40, 0]], [[900, 0]], [1, 1])
    assert found.withheld.tolist() == ["an age band without people"]


def test_standard_of_the_areas_own_people_gives_the_crude_rate() -> None:
    deaths, people = np.array([3, 9, 40]), np.array([900, 700, 300])
    own, crude = standardised_rate(deaths, people, people), rate(deaths.sum(), people.sum())
    assert [float(own.value), float(own.lower95), float(own.upper998)] == pytest.approx(
        [float(crude.value), float(crude.lower95), float(crude.upper998)]
    )


LIFE_DEATHS = np.array([3, 1, 1, 1, 2, 2, 3, 4, 5, 7, 10, 14, 20, 28, 40, 55, 70, 80, 75, 60])
LIFE_PEOPLE = np.array([500, 2000, 2500, 2500, 2400, 2300, 2300, 2300, 2200, 2200, 2100, 2000, 1900, 1700, 1500, 1300, 1000,
                        700, 400, 250])  # fmt: skip


@pytest.mark.parametrize(
    ("deaths", "people", "reason"),
    [
        (LIFE_DEATHS, LIFE_PEOPLE, ""),
        ([1] * 20, [250] * 20, "5,000 person-years or fewer"),
        ([1] * 20, [251] * 20, "95 % interval wider than 20 years"),
        (np.append(LIFE_DEATHS[:-1], 0), LIFE_PEOPLE, "nobody died in the last age band"),
        (LIFE_DEATHS, np.where(np.arange(20) == 4, 0, LIFE_PEOPLE) + 0, "an age band without people"),
        (np.append(LIFE_DEATHS[:-1], 251), LIFE_PEOPLE, "more deaths than person-years in an age band"),
    ],
)
def test_life_expectancy_is_withheld_for_a_reason(deaths: np.ndarray, people: np.ndarray, reason: str) -> None:
    row = life_table(deaths, people).at(0).row(0, named=True)
    assert (row["withheld"] or "") == reason
    assert (row["value"] is None) == bool(reason)


def test_suppressed_deaths_give_no_life_expectancy_and_other_areas_keep_theirs() -> None:
    hidden = np.where(np.arange(20) == 3, NAN, LIFE_DEATHS)
    status = np.full((2, 20), "A")
    status[0, 3] = "Q"
    found = life_table([hidden, LIFE_DEATHS], [LIFE_PEOPLE, LIFE_PEOPLE], status=status).at(0)
    assert found["status"].to_list() == ["Q", "A"]
    assert found["value"][0] is None
    assert found["value"][1] == life_table(LIFE_DEATHS, LIFE_PEOPLE).at(0)["value"][0]


def test_constant_death_rate_gives_its_inverse() -> None:
    # With a death rate m at every age, people live 1/m years on average, whatever age they have reached (exponential
    # law). Bands of five years with half lived are a trapezium: right to about (5m)²/12, here 1 in 5,000.
    people = np.full(20, 1e7)
    found = life_table(people * 0.01, people)
    assert found.years.value[0] == pytest.approx(np.full(20, 100.0), rel=2e-3)
    assert float(found.years.value[0, -1]) == pytest.approx(100.0, rel=1e-12)


def test_life_table_columns_add_up() -> None:
    table = life_table(LIFE_DEATHS, LIFE_PEOPLE)
    assert table.ages == LIFE_TABLE_AGES
    assert table.survivors[0, 0] == 100_000
    assert table.years_lived.sum() / 100_000 == pytest.approx(float(table.years.value[0, 0]))
    # the standard error at 90 by hand: everybody lives 1/m on average, m = 60/250, and its error is 1/(m √d)
    assert float(table.standard_error[0, -1]) == pytest.approx(250 / 60 / np.sqrt(60))


# --- comparing


def of(value: list[float], half95: float, half998: float, kind: str = "other") -> Estimate:
    v = np.array(value)
    nothing, words = np.full(v.shape, NAN), np.full(v.shape, "")
    return Estimate(
        kind, v, v - half95, v + half95, v - half998, v + half998, np.full(v.shape, "A"), words, nothing, nothing
    )


@pytest.mark.parametrize(
    ("polarity", "words"),
    [
        ("high_good", ["worse", "worse", "similar", "similar", "better", "better", "not compared"]),
        ("low_good", ["better", "better", "similar", "similar", "worse", "worse", "not compared"]),
        ("none", ["lower", "lower", "similar", "similar", "higher", "higher", "not compared"]),
    ],
)
def test_five_classes_and_both_sides_of_each_limit(polarity: str, words: list[str]) -> None:
    # Limits are 2 and 3 away; the benchmark is 10. A limit that equals the benchmark is similar.
    found = compare_with(of([6.75, 7.5, 8, 12, 12.5, 13.25, NAN], 2, 3), 10, polarity=polarity)
    assert found.word.tolist() == words
    assert found.certainty.tolist() == ["99.8", "95", "", "", "95", "99.8", ""]


def test_a_word_for_polarity_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValuesError, match="high_good, low_good, none"):
        compare_with(of([1.0], 1, 2), 1, polarity="good")


def test_an_area_is_outside_the_funnel_exactly_when_its_wilson_interval_leaves_the_benchmark_out() -> None:
    # The score interval is the set of shares p with |x/n - p| <= z √(p(1-p)/n) (Wilson 1927), which is the funnel.
    count, people = np.meshgrid(np.arange(0, 41), [40, 41, 57, 400])
    share = proportion(count, people)
    standing = compare_with(share, 0.2, polarity="none")
    position = proportion_funnel(0.2, people).position(share.value)
    words = {"low 99.8": ("lower", "99.8"), "low 95": ("lower", "95"), "within": ("similar", ""),
             "high 95": ("higher", "95"), "high 99.8": ("higher", "99.8")}  # fmt: skip
    assert set(position.ravel()) == set(words)
    for at, word, certainty in zip(position.ravel(), standing.word.ravel(), standing.certainty.ravel(), strict=True):
        assert words[at] == (word, certainty)


def test_rate_funnel_holds_as_much_of_a_poisson_law_as_it_says() -> None:
    # Whole counts within the limits: at least 95 and 99.8 % by the exact law, and not much more where many are expected.
    for expected in (0.5, 3, 3.6, 3.7, 8, 40, 400):
        found = rate_funnel(1, expected, multiplier=1)
        for level, lower, upper in ((0.95, found.lower95, found.upper95), (0.998, found.lower998, found.upper998)):
            law = stats.poisson(expected)
            inside = law.cdf(np.floor(float(upper) * expected + 1e-9)) - law.cdf(
                np.ceil(float(lower) * expected - 1e-9) - 1
            )
            assert inside >= level
            assert expected < 40 or inside < level + 0.02


def test_no_funnel_where_nobody_is() -> None:
    for found in (proportion_funnel(0.3, [0, 10]), rate_funnel(50, [0, 10])):
        assert np.isnan(found.lower95).tolist() == [True, False]
        assert found.position([0.1, NAN]).tolist() == ["", ""]


# --- change


def test_change_of_nothing_is_no_change_and_of_something_missing_none() -> None:
    before, after = proportion([10, 10, NAN], [100, 100, 100]), proportion([10, 40, 20], [100, 100, 100])
    found = change(before, after)
    assert found.word.tolist() == ["no clear change", "up", "not compared"]
    assert found.certainty.tolist() == ["", "99.8", ""]
    assert found.difference.value[:2] == pytest.approx([0, 0.3])
    assert found.ratio.value[:2] == pytest.approx([1, 4])
    assert np.isnan(found.ratio.value[2])
    # Katz (1978) by hand: se = √(1/10 - 1/100 + 1/40 - 1/100) = 0.324037; 4 exp(∓1.959964 se) = 2.1195, 7.5489
    assert [float(found.ratio.lower95[1]), float(found.ratio.upper95[1])] == pytest.approx([2.1195, 7.5489], abs=1e-4)


def test_from_no_events_a_rate_has_a_difference_and_no_ratio() -> None:
    found = change(rate(0, 1000), rate(12, 1000))
    assert found.word.item() == "up"
    assert np.isnan(float(found.ratio.value))


def test_change_back_is_the_change_turned_round() -> None:
    a, b = rate(31, 2000), rate(55, 2100)
    there, back = change(a, b), change(b, a)
    assert float(there.difference.lower95) == pytest.approx(-float(back.difference.upper95))
    assert float(there.ratio.upper998) == pytest.approx(1 / float(back.ratio.lower998))


def test_change_of_large_means_is_the_textbooks_interval() -> None:
    # Of two means with symmetric limits the squares of the standard errors add up.
    found = change(of([50.0], 3, 5), of([58.0], 4, 6)).difference
    assert [float(found.lower95[0]), float(found.upper95[0])] == pytest.approx([3, 13])


def test_only_like_is_compared_with_like() -> None:
    with pytest.raises(ValuesError, match="proportion"):
        change(proportion(1, 10), rate(1, 10))


# --- inequality


def test_slope_is_that_of_the_weighted_line() -> None:
    # The independent way: numpy's polynomial fit, whose weights multiply the residuals (so the square root).
    people = np.array([500, 900, 700, 1100, 800.0])
    values = np.array([31.0, 27.0, 28.0, 20.0, 14.0])
    rank = (np.cumsum(people) - people / 2) / people.sum()
    slope, start = np.polyfit(rank, values, 1, w=np.sqrt(people))
    found = slope_index(people, values, standard_error=np.full(5, 1.0), draws=1000)
    assert [float(found.sii.value), found.worst_off] == pytest.approx([slope, start])
    assert found.rii is not None
    assert float(found.rii.value) == pytest.approx((start + slope) / start)


def test_limits_of_the_slope_are_those_of_the_formula() -> None:
    # Normal errors: the slope is a weighted sum, so that its standard error has a formula. A quantile of 100,000 draws
    # has a standard error of 0.0053 (2.5 %) and 0.03 (0.1 %) of that; four of these.
    people, error = np.array([500, 900, 700, 1100, 800.0]), np.array([1.0, 0.5, 0.8, 0.4, 0.7])
    share = people / people.sum()
    rank = np.cumsum(share) - share / 2
    weights = share * (rank - share @ rank) / (share @ (rank - share @ rank) ** 2)
    se = np.sqrt((weights**2 * error**2).sum())
    found = slope_index(people, [31.0, 27.0, 28.0, 20.0, 14.0], standard_error=error).sii
    assert float(found.upper95 - found.value) == pytest.approx(1.959964 * se, abs=0.034 * se)
    assert float(found.value - found.lower998) == pytest.approx(3.090232 * se, abs=0.12 * se)


def test_relative_index_of_rates_on_the_log_scale_has_the_formulas_limits() -> None:
    people, value = np.full(5, 1000.0), np.array([50.0, 44, 41, 33, 30])
    found = slope_index(people, value, standard_error=np.full(5, 0.05), kind="rate", transform=True).rii
    slope = np.polyfit([0.1, 0.3, 0.5, 0.7, 0.9], np.log(value), 1)[0]
    se = 0.05 / np.sqrt(((np.arange(5) * 0.2 - 0.4) ** 2).sum())  # of a line's slope by hand: σ / √Σ(x - mean)²
    assert found is not None
    assert float(found.value) == pytest.approx(np.exp(slope))
    assert float(found.lower95) == pytest.approx(np.exp(slope - 1.959964 * se), rel=0.034 * se)


def test_the_same_seed_gives_the_same_interval_and_another_unit_the_same_ratio() -> None:
    people, count = np.full(5, 1000.0), np.array([300, 260, 250, 200, 120])
    share, per_cent = proportion(count, people), proportion(count, people, multiplier=100)
    one, two = (
        slope_index(people, e.value, lower95=e.lower95, upper95=e.upper95, kind="proportion", multiplier=m)
        for e, m in ((share, 1.0), (per_cent, 100.0))
    )
    assert float(two.sii.lower95) == pytest.approx(100 * float(one.sii.lower95))
    assert one.rii is not None
    assert two.rii is not None
    assert float(two.rii.upper998) == pytest.approx(float(one.rii.upper998))
    assert two.worst_off == pytest.approx(100 * one.worst_off)


@pytest.mark.parametrize(
    ("people", "values", "more", "words"),
    [
        ([10] * 4, [1.0] * 4, {}, "4 groups given"),
        ([10, 10, 0, 10, 10], [1.0] * 5, {}, "group 3"),
        ([10] * 5, [1, NAN, 3, 4, 5], {}, "group 2"),
        ([10] * 5, [1, 2, 3, 0, 5], {"kind": "rate"}, "group 4"),
        ([10] * 5, [0.1, 0.2, 0.3, 0.4, 1.0], {"kind": "proportion"}, "group 5"),
        ([10] * 5, [1.0] * 5, {"transform": True}, "rates and proportions"),
        ([10] * 5, [1.0] * 5, {"kind": "share"}, "rate, proportion"),
    ],
)
def test_groups_without_a_slope_are_refused(
    people: list[float], values: list[float], more: dict[str, object], words: str
) -> None:
    with pytest.raises(ValuesError, match=words):
        slope_index(people, values, standard_error=[0.1] * len(people), **more)  # type: ignore[arg-type]


def test_quantile_groups_by_hand() -> None:
    # Ten areas in five groups, the highest score the worst off; ties stay together; one without a score.
    score = [10, 9, 8, 7, 7, 5, 4, 3, 2, 1, NAN]
    found = quantile_groups(score, 5)
    assert found[:10].tolist() == [1, 1, 2, 2, 2, 3, 4, 4, 5, 5]
    assert np.isnan(found[10])
    assert quantile_groups(score, 5, worst="lowest")[:10].tolist() == [5, 5, 4, 3, 3, 3, 2, 2, 1, 1]
    assert np.isnan(quantile_groups([1, 2, 3], 5)).all()


# --- refused


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: proportion([1, -1, 5], [4, 4, 4]), ["counts below 0: 1 of 3 (number 2)", "above their denominator"]),
        (lambda: rate([1, 2], [0, 5]), ["events where nobody is: 1 of 2 (number 1)"]),
        (lambda: mean([1.0], [-1.0], [5]), ["standard deviations below 0"]),
        (lambda: standardised_rate([1, 2], [3, 4], [1, 1, 1]), ["2 age bands and 3"]),
        (lambda: standardised_ratio([3], [0]), ["events where none can be"]),
        (lambda: european_standard_population([0, 3]), ["[0, 3]"]),
        (lambda: life_table([1, 2], [3, 4], ages=[0, 5]), ["first year of life"]),
        (lambda: proportion_funnel(30, [10]), ["lies from 0 to 1"]),
    ],
)
def test_numbers_that_cannot_be_are_named(call: object, words: list[str]) -> None:
    with pytest.raises(ValuesError) as refused:
        call()  # type: ignore[operator]
    assert all(word in str(refused.value) for word in words)


def test_the_mean_of_one_person_has_no_interval() -> None:
    found = mean([4.0, 4.0], [NAN, 1.0], [1, 2])
    assert found.value.tolist() == [4, 4]
    assert np.isnan(found.lower95).tolist() == [True, False]


# --- whatever the numbers


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=20))
def test_every_interval_holds_its_value_and_99_8_holds_95(pairs: list[tuple[int, int]]) -> None:
    low, high = np.sort(np.array(pairs), axis=1).T
    for found in (proportion(low, high), rate(low, np.maximum(high, 1))):
        assert nested(found).all()


def nested(found: Estimate) -> Texts:
    """Whether limits and value stand in order; where there is no value there are none."""
    parts = np.array([found.lower998, found.lower95, found.value, found.upper95, found.upper998])
    return np.where(found.status == "A", (np.diff(parts, axis=0) >= -1e-9).all(axis=0), np.isnan(parts).all(axis=0))


def test_a_line_that_meets_0_has_no_relative_index_and_on_the_log_scale_it_has() -> None:
    people, steep = np.full(5, 1000.0), np.array([90.0, 30, 10, 3, 1])
    assert slope_index(people, steep, standard_error=np.full(5, 0.1), kind="rate").rii is None
    assert slope_index(people, steep, standard_error=np.full(5, 0.1), kind="rate", transform=True).rii is not None


def test_examples_in_the_code_do_what_they_say() -> None:
    for module, examples in ((crude, 2), (standardised, 1)):
        ran = doctest.testmod(module)
        assert ran.failed == 0
        assert ran.attempted >= examples
