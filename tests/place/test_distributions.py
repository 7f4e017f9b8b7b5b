"""Distributions as text: what may be written, what it means in hours, and where a fault stands."""

from __future__ import annotations

import math

import pytest

from wholeplace.place.distributions import Distribution, DistributionError, parse_distribution


@pytest.mark.parametrize(
    ("text", "kind", "numbers"),
    [
        ("8", "fixed", (8,)),
        ("0", "fixed", (0,)),
        (" 8 ", "fixed", (8,)),
        ("+5", "fixed", (5,)),
        (".5", "fixed", (0.5,)),
        ("1e2", "fixed", (100,)),
        ("fixed(8)", "fixed", (8,)),
        ("fixed(value=8)", "fixed", (8,)),
        ("exponential(mean=12)", "exponential", (12,)),
        ("exponential(12)", "exponential", (12,)),
        ("lognormal(median=24, sigma=0.8)", "lognormal", (24, 0.8)),
        ("lognormal(24, 0.8)", "lognormal", (24, 0.8)),
        ("lognormal(sigma=0.8,median=24)", "lognormal", (24, 0.8)),
        ("lognormal(median=24, sigma=0)", "lognormal", (24, 0)),
        ("triangular(1, 2, 4)", "triangular", (1, 2, 4)),
        ("triangular(max=4, min=1, mode=2)", "triangular", (1, 2, 4)),
        ("triangular(2, 2, 2)", "triangular", (2, 2, 2)),
        ("uniform(2, 6)", "uniform", (2, 6)),
        ("uniform ( 2 , 6 )", "uniform", (2, 6)),
        ("uniform(0,0)", "uniform", (0, 0)),
        ("beta(2, 8)", "beta", (2, 8)),
        ("beta(a=2, b=0.5)", "beta", (2, 0.5)),
        ("never", "never", ()),
    ],
)
def test_what_may_be_written(text: str, kind: str, numbers: tuple[float, ...]) -> None:
    assert parse_distribution(text) == Distribution(kind, numbers)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("30min", (0.5,)),
        ("36s", (0.01,)),
        ("3h", (3,)),
        ("3d", (72,)),
        ("2w", (336,)),  # 2 × 7 × 24
        ("1.5 d", (36,)),
        ("fixed(90min)", (1.5,)),
        ("exponential(mean=2d)", (48,)),
        ("uniform(30min, 3d)", (0.5, 72)),
        ("triangular(30min, 2, 1d)", (0.5, 2, 24)),  # a number without a unit is in hours also beside others
        ("lognormal(median=1d, sigma=0.5)", (24, 0.5)),
    ],
)
def test_units_inside_brackets_and_out(text: str, numbers: tuple[float, ...]) -> None:
    assert parse_distribution(text).numbers == pytest.approx(numbers, rel=1e-15)


def test_lognormal_from_median_and_p95() -> None:
    """P(X <= p95) = 0.95 with the normal distribution's own function: ln(90/24) / sigma is its 95 per cent point."""
    median, sigma = parse_distribution("lognormal(median=24, p95=90)").numbers
    assert median == 24
    assert 0.5 * math.erfc(-math.log(90 / 24) / sigma / math.sqrt(2)) == pytest.approx(0.95, abs=1e-12)
    assert parse_distribution("lognormal(p95=90, median=1d)").numbers == (median, sigma)
    assert parse_distribution("lognormal(median=24, p95=24)").numbers == (24, 0)


@pytest.mark.parametrize(
    ("text", "letter", "words"),
    [
        ("", 1, "no distribution"),
        ("eight", 1, "no distribution"),
        ("Never", 1, "no distribution"),
        ("nan", 1, "no distribution"),
        ("inf", 1, "no distribution"),
        ("８", 1, "no distribution"),  # a full-width digit
        ("normal(1, 2)", 1, "there is no distribution 'normal'"),
        ("Fixed(8)", 1, "no distribution"),
        ("fixed(8", 8, "bracket is not closed"),
        ("fixed(8))", 7, "'8)' is no number"),
        ("8 hours", 3, "there is no unit 'hours'"),
        ("8H", 2, "there is no unit 'H'"),
        ("5h30min", 1, "is no number"),
        ("1,5", 1, "is no number"),
        ("-1", 1, "cannot be below 0"),
        ("1e999", 1, "must be finite"),
        ("fixed()", 7, "fixed needs value"),
        ("fixed(never)", 7, "'never' is no number"),
        ("fixed(1, 2)", 10, "so many numbers"),
        ("exponential(mean=0)", 18, "mean must be above 0"),
        ("exponential(rate=2)", 18, "exponential needs mean, not rate"),
        ("uniform(6, 2)", 12, "max must be at least min"),
        ("uniform(2,, 6)", 11, "'' is no number"),
        ("uniform(2, 6,)", 14, "so many numbers"),
        ("uniform(2)", 10, "uniform needs min, max"),
        ("uniform(-1, 2)", 9, "min cannot be below 0"),
        ("uniform(2, 6 hrs)", 14, "there is no unit 'hrs'"),
        ("uniform(min=2, 6)", 9, "name all or none"),
        ("uniform(min=2, min=3)", 20, "min is written twice"),
        ("triangular(1, 5, 4)", 18, "max must be at least mode"),
        ("triangular(3, 2, 4)", 15, "mode must be at least min"),
        ("lognormal(median=24)", 20, "lognormal needs median, sigma or median, p95"),
        ("lognormal(median=24, sigma=1, p95=90)", 37, "lognormal needs"),
        ("lognormal(median=24, p95=20)", 26, "p95 must be at least median"),
        ("lognormal(median=0, p95=20)", 18, "median must be above 0"),
        ("lognormal(median=24, sigma=-1)", 28, "sigma cannot be below 0"),
        ("lognormal(median=24, sigma=1h)", 29, "sigma is a plain number and takes no unit"),
        ("beta(0, 8)", 6, "a must be above 0"),
        ("beta(2h, 8)", 7, "takes no unit"),
        (" uniform(6, 2)", 13, "max must be at least min"),  # a space before it counts as a letter
    ],
)
def test_a_fault_is_told_with_its_place(text: str, letter: int, words: str) -> None:
    with pytest.raises(DistributionError) as fault:
        parse_distribution(text)
    assert words in str(fault.value)
    assert str(fault.value).endswith(f"(at letter {letter})")
