"""Is a value better or worse than a benchmark, by more than chance?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from wholeplace.measure.values.estimate import LEVELS, Estimate, Texts, ValuesError, numbers

#: What a value above, and below, the benchmark is called.
WORDS = {"high_good": ("better", "worse"), "low_good": ("worse", "better"), "none": ("higher", "lower")}


@dataclass(frozen=True)
class Standing:
    """How values stand to a benchmark.

    `word`: better or worse (higher or lower where neither is good), similar, or "not compared" where there is no value
    or no interval. `certainty`: "99.8" or "95", the largest per cent at which it still holds; "" where it is similar.
    Together these are the five classes that health profiles colour.
    """

    word: Texts
    certainty: Texts


def compare_with(estimate: Estimate, benchmark: ArrayLike, *, polarity: str) -> Standing:
    """Compare values with a benchmark that is taken as known without error.

    A value differs when its interval leaves the benchmark out; a limit that equals it does not. Of 100 areas that are
    all as the benchmark, about five differ at 95 % and one in 500 at 99.8 %: with many areas read the latter. For two
    areas, or two years, use `change`: two intervals that overlap can still differ.

    Parameters
    ----------
    estimate
        Values with intervals.
    benchmark
        One number, or one for each value; NaN where there is none.
    polarity
        high_good, low_good or none.

    References
    ----------
    Public Health England (2018), Technical Guide: Confidence Intervals; Fingertips, "Comparing with a benchmark".
    """
    if polarity not in WORDS:
        raise ValuesError(f"polarity must be one of {', '.join(WORDS)}, not {polarity!r}")
    above_word, below_word = WORDS[polarity]
    b = np.broadcast_to(numbers(benchmark), estimate.value.shape)
    known = np.isfinite(b) & np.isfinite(estimate.lower95) & np.isfinite(estimate.upper95)
    word = np.where(known, "similar", "not compared").astype("U12")
    certainty = np.full(word.shape, "").astype("U4")
    for level in LEVELS:
        lower, upper = estimate.limits(level)
        above, below = lower > b, upper < b
        word[above], word[below] = above_word, below_word
        certainty[above | below] = f"{100 * level:g}"
    return Standing(word, certainty)
