"""Values against published worked examples, to their printed digits; the source stands beside each.

"PHEindicatormethods" is the R package of the UK Health Security Agency, version 2.0.2 unless another is named: its
vignettes print results, its tests hold those of the spreadsheets that Public Health England published.
"""

from __future__ import annotations

import numpy as np
import pytest

from wholeplace.measure.values import (
    change,
    european_standard_population,
    expected_events,
    life_table,
    mean,
    proportion,
    proportion_funnel,
    rate,
    rate_funnel,
    slope_index,
    standardised_rate,
    standardised_ratio,
)

# PHEindicatormethods 1.1.2, vignette "Introduction to PHEindicatormethods" (2019): eight areas and what is printed.
OBSERVED = [24, 6, 68, 95, 46, 56, 76, 18]
PEOPLE = [162, 120, 173, 146, 143, 132, 183, 149]


def as_printed(numbers: list[np.ndarray], table: str) -> None:
    """Compare columns of numbers with a printed table, each to as many decimals as are printed there."""
    for row, line in zip(zip(*map(np.atleast_1d, numbers), strict=True), table.strip().splitlines(), strict=True):
        words = line.split()
        assert [f"{number:.{len(word.partition('.')[2])}f}" for number, word in zip(row, words, strict=True)] == words


def test_proportions_have_the_printed_wilson_limits() -> None:
    found = proportion(OBSERVED, PEOPLE)
    table = """
        0.1481481 0.10162049 0.2109760
        0.0500000 0.02311436 0.1048029
        0.3930636 0.32336123 0.4674118
        0.6506849 0.57038874 0.7232550
        0.3216783 0.25064630 0.4020403
        0.4242424 0.34324611 0.5095234
        0.4153005 0.34636288 0.4877211
        0.1208054 0.07779726 0.1828745
    """
    as_printed([found.value, found.lower95, found.upper95], table)
    per_cent = proportion(OBSERVED, PEOPLE, multiplier=100)
    table = """
        8.166047 25.38084
        1.533517 15.10069
        28.680466 51.05106
        52.294492 75.99232
        21.543623 45.02461
        30.088158 55.78251
        30.968023 52.93222
        6.046514 22.68239
    """
    as_printed([per_cent.lower998, per_cent.upper998], table)


def test_rates_have_the_printed_byar_and_exact_limits() -> None:
    found = rate(OBSERVED, PEOPLE)
    table = """
        14814.81  9489.334 22044.21
         5000.00  1834.912 10882.90
        39306.36 30521.553 49830.92
        65068.49 52642.965 79543.66
        32167.83 23548.788 42908.37
        42424.24 32044.793 55092.43
        41530.05 32719.746 51981.74
        12080.54  7156.037 19093.45
    """
    as_printed([found.value, found.lower95, found.upper95], table)  # 6 events: exact, the others Byar's
    per_cent = rate(OBSERVED, PEOPLE, multiplier=100)
    table = """
         7.1693910 26.77154
         0.9225872 15.05136
        26.1925701 56.39516
        46.3595418 88.46988
        19.4573177 49.71192
        27.0186592 63.05222
        28.3382512 58.47473
         5.1176169 23.75627
    """
    as_printed([per_cent.lower998, per_cent.upper998], table)


def test_mean_has_the_printed_student_limits() -> None:
    # The same vignette: mean of the eight counts, and at 99.8 % those of the first four and the last four.
    found = mean(np.mean(OBSERVED), np.std(OBSERVED, ddof=1), len(OBSERVED))
    as_printed([found.value, found.lower95, found.upper95], "48.625 22.76452 74.48548")
    halves = np.reshape(OBSERVED, (2, 4))
    found = mean(halves.mean(axis=1), halves.std(axis=1, ddof=1), 4)
    as_printed([found.value, found.lower998, found.upper998], "48.2 -159 256\n49.0 -74.3 172")


def test_directly_standardised_rate_is_the_printed_one() -> None:
    # PHEindicatormethods 1.1.2, vignette "DSR function" (2019), last example: three bands without deaths,
    # European Standard Population 2013; printed 8283.016 6570.819 10289.65.
    people = [30, 35, 35, 35, 40, 40, 45, 50, 50, 50, 60, 60, 70, 75, 70, 60, 20, 20, 15]
    deaths = [1, 1, 0, 0, 0, 1, 1, 3, 3, 3, 3, 10, 10, 10, 10, 8, 8, 8, 8]
    found = standardised_rate(deaths, people, european_standard_population())
    as_printed([found.value, found.lower95, found.upper95], "8283.016 6570.819 10289.65")


def test_directly_standardised_rate_is_the_weighted_sum_by_hand() -> None:
    # Numbers of an example in Gardner M J and Altman D G (1989), Statistics with Confidence. By hand, not as printed:
    # (2773 x 4/96 + 2556 x 13/237 + 1113 x 8/105 + 184 x 7/32) / 6626 = 380.798 / 6626 = 0.057470.
    found = standardised_rate([4, 13, 8, 7], [96, 237, 105, 32], [2773, 2556, 1113, 184], multiplier=100)
    assert float(found.value) == pytest.approx(5.7470, abs=5e-5)


def test_european_standard_population_is_eurostats() -> None:
    # Eurostat (2013), Revision of the European Standard Population: 19 bands of five years to 90+, as the UK uses.
    assert european_standard_population().tolist() == [
        5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500, 5000, 4000, 2500, 1500, 1000,
    ]  # fmt: skip
    assert european_standard_population([0]).tolist() == [100_000]


def test_standardised_mortality_ratios_are_the_printed_ones() -> None:
    # PHEindicatormethods 1.1.2, vignette "Introduction": observed and expected, printed value and limits.
    observed, expected = [15846, 15515, 15220], [15846, 15505, 15619]
    found = standardised_ratio(observed, expected, multiplier=1)
    # printed to three significant digits: 1, 0.984 and 1.02; 1.00, 0.985 and 1.02; 0.974, 0.959 and 0.990
    as_printed([found.value, found.lower95, found.upper95], "1.00 0.984 1.02\n1.00 0.985 1.02\n0.974 0.959 0.990")


def test_expected_events_are_the_sum_over_ages() -> None:
    # By hand: 1000 people at 10 in 10,000 and 500 at 30 in 6,000: 1 + 2.5.
    assert float(expected_events([1000, 500], [10, 30], [10_000, 6_000])) == pytest.approx(3.5)


@pytest.mark.parametrize(
    ("after", "before", "lower", "upper"),
    [
        # Newcombe R G (1998), Statistics in Medicine 17:873-890, table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
        # Perondi et al. (2004), N. Engl. J. Med. 350:1722, in Fagerland M W, Lydersen S, Laake P (2017), Statistical
        # Analysis of Contingency Tables, ch. 4 (R package contingencytables prints 0.0189 to 0.3404).
        ((7, 34), (1, 34), 0.0189, 0.3404),
    ],
)
def test_difference_of_proportions_is_newcombes(
    after: tuple[int, int], before: tuple[int, int], lower: float, upper: float
) -> None:
    found = change(proportion(*before), proportion(*after)).difference
    assert (round(float(found.lower95), 4), round(float(found.upper95), 4)) == (lower, upper)


def test_ratio_of_rates_is_rothmans() -> None:
    # Breast cancer after fluoroscopy, an example of Rothman's books: 41 in 28,010 person-years against 15 in 19,017. The
    # R package episheet, which is Rothman's spreadsheet, has 1.855, 1.03 to 3.35, and a difference of 67.499 in its tests.
    found = change(rate(15, 19_017), rate(41, 28_010))
    assert float(found.ratio.value) == pytest.approx(1.855, abs=0.001)
    assert (round(float(found.ratio.lower95), 2), round(float(found.ratio.upper95), 2)) == (1.03, 3.35)
    assert round(float(found.difference.value), 3) == 67.499


@pytest.mark.parametrize(
    ("people", "limits"),
    [
        # Public Health England's funnel plot tool, as in PHEindicatormethods, tests/testthat/
        # testdata_funnel_prop_outputs.csv: baseline 80.642448 %, limits at 95 and 99.8 %.
        (1, (3.204264, 100, 0, 100)),
        (18, (62.390093, 98.894803, 51.864359, 100)),
        (41, (68.548635, 92.736260, 61.574398, 99.710497)),
        (1008, (78.203374, 83.081521, 76.796814, 84.488082)),
        (110_000, (80.408963, 80.875933, 80.274317, 81.010578)),
    ],
)
def test_funnel_limits_of_proportions_are_the_published_ones(people: int, limits: tuple[float, ...]) -> None:
    found = proportion_funnel(80.642448, people, multiplier=100)
    side = (found.lower95, found.upper95, found.lower998, found.upper998)
    assert [float(part) for part in side] == pytest.approx(limits, abs=2e-6)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        # The same tool, testdata_funnel_ratio_outputs.csv: the expected events at which so many observed just reach a
        # limit: lower 95, upper 95, lower 99.8, upper 99.8 (from a search that stops at 1e-7 of the whole).
        (1, (5.571644585, 0.025317898, 9.233410143, 0.001000547)),
        (5, (11.6683321, 1.623486324, 16.45474478, 0.739371928)),
        (10, (18.39035799, 4.795387629, 24.13397235, 2.960519925)),
        (58, (74.9784561, 44.04182619, 85.60854299, 37.27915765)),
        (716, (770.4222128, 664.5083011, 802.60414, 636.1521174)),
    ],
)
def test_funnel_limits_of_ratios_are_the_published_ones(events: int, expected: tuple[float, ...]) -> None:
    names = ("lower95", "upper95", "lower998", "upper998")
    for name, at in zip(names, expected, strict=True):
        limit = float(getattr(rate_funnel(1, at, multiplier=1), name))
        assert limit * at == pytest.approx(events, rel=2e-5)  # the limit is events / expected events


def test_funnel_limits_of_rates_are_the_published_ones() -> None:
    # testdata_funnel_rate_outputs.csv: average 116.1720835 per 100,000, three years: at the populations
    # where 1 and 14 events reach the lower limit, and 14 the upper.
    found = rate_funnel(116.1720835, np.array([1598.675694, 6739.891419, 2196.147577]) * 3)
    assert found.lower95[:2] == pytest.approx([20.85059119, 69.23949329], rel=1e-5)
    assert found.upper95[2] == pytest.approx(212.4933095, rel=1e-5)


# --- life expectancy

# PHEindicatormethods, tests/testthat/testLifeExpectancy.R: results of Public Health England's Life Expectancy
# Calculator (Chiang, with the variance of Silcocks et al. for the last band).
PERSON_YEARS = [7060, 35059, 46974, 48489, 43219, 38561, 46009, 57208, 61435, 55601, 50209, 56416, 46411, 39820, 37978,
                37039, 33288, 23306, 11936, 11936]  # fmt: skip
DEATHS = [17, 9, 4, 8, 20, 15, 24, 33, 50, 71, 100, 163, 263, 304, 536, 872, 1390, 1605, 1936, 1937]
YEARS = [80.16960813, 79.36245674, 75.44193645, 70.47299936, 65.52909542, 60.67510088, 55.78835987, 50.92752727,
         46.06740425, 41.24505636, 36.49322717, 31.83343842, 27.26027992, 22.9719144, 18.76856852, 14.95858336,
         11.51684445, 8.618849241, 6.163942934, 6.16210635]  # fmt: skip
LOWER = [79.88268548, 79.0898816, 75.17407307, 70.20675732, 65.26548673, 60.41876577, 55.53801579, 50.68279939,
         45.82666794, 41.00842831, 36.26223216, 31.60996318, 27.04337271, 22.76653134, 18.57570352, 14.77985004,
         11.34831778, 8.451134045, 5.978358351, 5.887683386]  # fmt: skip


def test_life_expectancy_at_every_age_is_the_published_one() -> None:
    found = life_table(DEATHS, PERSON_YEARS)
    assert found.years.value[0] == pytest.approx(YEARS, abs=6e-9)
    # the spreadsheet's z is 1.96, ours 1.959964: the same standard error, and the same limits to four decimals
    assert found.standard_error[0] == pytest.approx((np.array(YEARS) - LOWER) / 1.96, abs=6e-9)
    assert found.years.lower95[0] == pytest.approx(LOWER, abs=6e-6)


# --- slope index of inequality

# PHEindicatormethods, data LE_data and the vignette "Worked examples for phe_sii": male life expectancy by deprivation
# decile, worst off first; people, years, standard error. Printed SII; limits by 1,000 draws of their own.
HARTLEPOOL = ([13837, 14519, 14940, 14599, 12311, 13196, 13335, 13388, 13685, 11779],
              [70.56313911, 72.61347473, 75.06710359, 75.20662276, 76.23469045, 75.21801932, 77.09240397, 79.84156222,
               80.81329918, 82.73763832],
              [1.133868862, 1.020288759, 1.108685178, 1.485618539, 1.311653285, 1.169033147, 1.306645801, 1.090905616,
               0.979426096, 1.319452272])  # fmt: skip
STOCKTON = ([31147, 30866, 25433, 32212, 27863, 27336, 24888, 28320, 30546, 28027],
            [69.20108791, 74.21283732, 74.932479, 76.34881505, 78.68231391, 79.80919091, 81.06231776, 81.52758251,
             84.52806861, 82.36568616],
            [0.796193843, 0.821750976, 0.938102831, 0.662956404, 0.683456844, 0.840229937, 1.014952532, 0.804054345,
             0.705796375, 0.884730389])  # fmt: skip
# DSR_data: rates by quintile, people, value, lower and upper limit; printed SII and RII with `transform`, and their
# limits from 100,000 draws, repeated with a mean difference of 0.013 and 0.028 (SII), 0.00009 and 0.0002 (RII).
RATES_2010 = ([1434002, 1450590, 1453827, 1440980, 1457780],
              [150.2200205, 131.0221747, 127.4954973, 130.494241, 135.4664241],
              [147.3194185, 128.3676972, 125.0421198, 128.2469515, 133.2469515],
              [153.1498241, 133.7051129, 129.975513, 132.7657553, 137.8657553])  # fmt: skip
RATES_2011 = ([1445258, 1467772, 1470806, 1454888, 1457780],
              [148.4061234, 131.7211691, 125.0341288, 130.3084574, 135.4664241],
              [145.5359227, 129.0779928, 122.6267941, 128.0909634, 133.2469515],
              [151.3052827, 134.3924424, 127.4677057, 132.549757, 137.8657553])  # fmt: skip


@pytest.mark.parametrize(("data", "sii"), [(HARTLEPOOL, 11.68886), (STOCKTON, 14.85223)])
def test_slope_index_of_life_expectancy_is_the_printed_one(data: tuple[list[float], ...], sii: float) -> None:
    people, years, error = data
    found = slope_index(people, years, standard_error=error)
    assert round(float(found.sii.value), 5) == sii


def test_slope_index_of_life_expectancy_has_about_the_printed_limits() -> None:
    people, years, error = HARTLEPOOL
    found = slope_index(people, years, standard_error=error).sii
    # printed 9.215442 to 14.07460 and 7.896985 to 15.27278: quantiles of 1,000 draws (standard errors 0.11 and 0.4)
    assert [float(found.lower95), float(found.upper95)] == pytest.approx([9.215442, 14.07460], abs=0.33)
    assert [float(found.lower998), float(found.upper998)] == pytest.approx([7.896985, 15.27278], abs=1.2)


@pytest.mark.parametrize(
    ("data", "sii", "rii", "sii_limits", "rii_limits"),
    [
        (RATES_2010, -14.03684, 0.9010655, (-17.95990, -10.126662), (0.8752420, 0.9275826)),
        (RATES_2011, -12.83196, 0.9086641, (-16.72001, -8.917710), (0.8827020, 0.9355915)),
    ],
)
def test_slope_and_relative_index_of_rates_are_the_printed_ones(
    data: tuple[list[float], ...],
    sii: float,
    rii: float,
    sii_limits: tuple[float, float],
    rii_limits: tuple[float, float],
) -> None:
    people, value, lower, upper = data
    found = slope_index(people, value, lower95=lower, upper95=upper, kind="rate", transform=True)
    assert found.rii is not None
    assert round(float(found.sii.value), 5) == sii
    assert round(float(found.rii.value), 7) == rii
    # a 2.5 % quantile of 100,000 draws has a standard error of 0.017 (SII) and 0.00011 (RII); two of them differ by √2
    # of that: four of these
    assert [float(found.sii.lower95), float(found.sii.upper95)] == pytest.approx(sii_limits, abs=0.096)
    assert [float(found.rii.lower95), float(found.rii.upper95)] == pytest.approx(rii_limits, abs=0.00063)
