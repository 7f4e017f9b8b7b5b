"""The ten steps of an index: statistics against other tools and by hand, and what the steps say of small indices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.measure.small_places import group, index_spec, leaf, open_town, write_files

from wholeplace.measure import build_index, open_index
from wholeplace.measure.checklist import Step, checklist, people_counted
from wholeplace.measure.checklist.statistics import (
    correlations,
    cronbach_alpha,
    eigenvalues,
    factor_weights,
    fisher_interval,
    importance,
    one_factor,
    sampling_adequacy,
)
from wholeplace.measure.checklist.together import nominal_weights
from wholeplace.measure.describe import describe_method
from wholeplace.measure.uncertainty import uncertainty_of
from wholeplace.place import FindingsError

ROWS = np.random.default_rng(7).normal(size=(40, 4)) @ np.array(
    [[1, 0.6, 0, 0], [0, 1, 0, 0], [0, 0, 1, -0.5], [0, 0, 0, 1]]
)


def test_correlations_are_those_of_pandas() -> None:
    import pandas as pd

    gaps = ROWS.copy()
    gaps[3, 1] = np.nan
    found, n = correlations(gaps)
    assert n == 39
    assert found == pytest.approx(pd.DataFrame(gaps).dropna().corr().to_numpy())


def test_alpha_by_hand() -> None:
    """Three items that all correlate 0.5: standardised alpha is k r / (1 + (k - 1) r) = 1.5 / 2 (Spearman-Brown)."""
    assert cronbach_alpha(np.full((3, 3), 0.5) + 0.5 * np.eye(3)) == pytest.approx(0.75)
    assert cronbach_alpha(np.eye(4)) == pytest.approx(0)
    assert cronbach_alpha(np.array([[1.0]])) is None
    assert cronbach_alpha(np.array([[1.0, np.nan], [np.nan, 1.0]])) is None


def test_eigenvalues_are_the_principal_components_of_scikit_learn() -> None:
    from sklearn import decomposition

    scaled = (ROWS - ROWS.mean(axis=0)) / ROWS.std(axis=0, ddof=1)
    found = eigenvalues(correlations(ROWS)[0])
    assert found == pytest.approx(decomposition.PCA().fit(scaled).explained_variance_)
    assert sum(found) == pytest.approx(4)


def test_the_kaiser_meyer_olkin_measure_by_hand() -> None:
    """Three items that all correlate 0.5: with the third held fixed 1/3 is left, and 0.25 / (0.25 + 1/9) = 9/13."""
    assert sampling_adequacy(np.full((3, 3), 0.5) + 0.5 * np.eye(3)) == pytest.approx(9 / 13)
    assert sampling_adequacy(np.array([[1.0]])) is None
    assert sampling_adequacy(np.ones((3, 3))) is None  # items that are the same have no inverse


def test_one_factor_gives_back_the_loadings_that_made_the_correlations() -> None:
    made = np.array([0.9, 0.7, 0.5, 0.3])
    fit = one_factor(np.outer(made, made) + np.diag(1 - made**2))
    assert fit is not None
    assert fit[0] == pytest.approx(made, abs=1e-4)
    assert fit[1] == pytest.approx(1 - made**2, abs=1e-4)


def test_one_factor_is_that_of_statsmodels() -> None:
    from statsmodels.multivariate import factor

    mixed = np.random.default_rng(3).normal(size=(200, 1)) * [0.9, 0.8, 0.6, 0.5, 0.4]
    correlation = np.corrcoef(mixed + np.random.default_rng(4).normal(size=(200, 5)) * 0.7, rowvar=False)
    theirs = factor.Factor(corr=correlation, n_factor=1, method="ml", nobs=200).fit()
    fit = one_factor(correlation)
    assert fit is not None
    assert fit[0] == pytest.approx(np.abs(theirs.loadings[:, 0]), abs=1e-3)


def test_weights_by_factor_analysis_by_hand() -> None:
    """Loading over unique variance: 0.8 / 0.36 and twice 0.6 / 0.64, of a sum of 4.0972."""
    made = np.array([0.8, 0.6, 0.6])
    weights = factor_weights(np.outer(made, made) + np.diag(1 - made**2))
    assert weights == pytest.approx([0.5424, 0.2288, 0.2288], abs=1e-3)
    against = np.array([0.8, 0.6, -0.6])
    assert factor_weights(np.outer(against, against) + np.diag(1 - against**2)) is None
    assert factor_weights(np.array([[1, 0.5], [0.5, 1]])) is None


def test_the_interval_of_a_correlation_is_that_of_scipy() -> None:
    from scipy import stats

    found = stats.pearsonr(ROWS[:, 0], ROWS[:, 1])
    interval = found.confidence_interval(0.95)
    assert fisher_interval(found.statistic, 40) == pytest.approx((interval.low, interval.high), abs=1e-6)
    assert fisher_interval(1.0, 40) is None
    assert fisher_interval(0.3, 3) is None


def test_importance_sees_a_bend_that_a_straight_line_does_not() -> None:
    """y = x² on -1 … 1 has no correlation with x and hangs wholly on it; an unrelated x explains nothing."""
    x = np.linspace(-1, 1, 1000)
    assert importance(x**2, x) == pytest.approx(0.97, abs=0.03)
    assert importance(np.random.default_rng(1).normal(size=1000), x) == pytest.approx(0, abs=0.02)
    assert importance(x[:50], 2 * x[:50]) == pytest.approx(1)
    assert importance(x, np.zeros(1000)) is None


VALUES = {"x": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], "y": [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 25],
          "z": [9, 3, 8, 1, None, 7, 2, 6, 5, 4, 3, 5], "other": [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 2]}  # fmt: skip


def steps(tmp_path: Path, *parts: dict[str, Any], **more: Any) -> dict[int, Step]:
    place = open_town(tmp_path, VALUES)
    result = build_index(place, index_spec(*parts, aggregate={"missing": "drop-part"}, **more))
    ranges = uncertainty_of(result, draws=50, sensitivity_samples=0).frame
    found = checklist(place, result, ranges)
    assert [step.number for step in found.steps] == list(range(1, 11))
    assert found.frame.height == 10
    return {step.number: step for step in found.steps}


def test_steps_say_what_is_written_and_what_is_not(tmp_path: Path) -> None:
    silent = steps(tmp_path / "a", leaf("x"), leaf("z"))
    assert (silent[1].state, silent[10].state) == ("open", "open")
    assert "purpose" in silent[1].sentence
    told = steps(tmp_path / "b", leaf("x"), leaf("z"), purpose="P", definition="D", choices=["C"], description="E",
                 missing=[{"id": "m", "name": "Bus times", "why": "none"}])  # fmt: skip
    assert (told[1].state, told[10].state) == ("done", "done")
    assert ("Dimensions without data", "Bus times") in told[1].figures


def test_words_settle_what_was_to_be_looked_at_and_words_that_are_lacking_leave_a_step_open(tmp_path: Path) -> None:
    silent = steps(tmp_path / "a", leaf("x"), leaf("y"), leaf("z"))
    assert [silent[number].state for number in (2, 3, 4, 6)] == ["open", "look", "look", "open"]
    assert "“selection” under [reasons]" in silent[2].do
    assert "“multivariate” under [reasons]" in silent[4].do
    reasons = {"selection": "All there are.", "multivariate": "Y is X counted twice, on purpose.", "weighting": "W"}
    told = steps(tmp_path / "b", leaf("x"), leaf("y"), leaf("z"), reasons=reasons)
    assert [told[number].state for number in (2, 3, 4, 6)] == ["done", "look", "done", "done"]
    assert told[4].said == "Y is X counted twice, on purpose."
    assert told[4].figures == silent[4].figures


def test_figures_of_the_steps_are_there_as_numbers(tmp_path: Path) -> None:
    found = steps(tmp_path, leaf("x"), leaf("y"), leaf("other"))
    pairs = {(row["part"], row["other"]): row["correlation"] for row in found[4].data["correlations"]}
    x, y = np.array(VALUES["x"], dtype=float), np.array(VALUES["y"], dtype=float)
    assert pairs["x", "y"] == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert len(pairs) == 3
    assert [row["weight"] for row in found[6].data["parts"]] == pytest.approx([1 / 3] * 3)
    assert found[9].data["correlations"][0]["areas"] == 11


def test_steps_name_gaps_twins_and_links(tmp_path: Path) -> None:
    found = steps(tmp_path, leaf("x"), leaf("y"), leaf("z"))
    assert found[3].state == "look"
    assert ("Z", "1 of 12 areas without; 0 of them filled in") in found[3].figures
    assert "Y with X (1.00)" in dict(found[4].figures)["Pairs that say much the same (over 0.9)"]
    assert found[9].figures[0][0].startswith("Other")
    assert "“Other” goes most closely with the score (−0.9" in found[9].sentence
    assert "The first tenth stands out most in “" in found[8].sentence
    assert found[9].figures[0][1].startswith("correlation −0.9")
    assert "12 areas" in found[9].figures[0][1]


def test_what_is_written_of_weights_is_held_against_what_they_do(tmp_path: Path) -> None:
    """y moves 20 times as much as z at a tenth of its weight and carries the score; the weights say z."""
    place = open_town(tmp_path, {"y": [0, 500, 100, 900, 300, 700], "z": [1, 2, 1, 2, 2, 1]})
    result = build_index(place, index_spec(leaf("y", 0.1), leaf("z", 0.9)))
    found = checklist(place, result, uncertainty_of(result, draws=20, sensitivity_samples=0).frame).steps[5]
    assert found.state == "open"
    assert "change weights until" in found.do
    assert dict(found.figures)["Z"].startswith("weight 90.0%; explains")
    # what y explains is all but z's little part of all shares together, at a tenth of the weight
    shares = {one["part"]: one["explains"] for one in found.data["parts"]}
    times = shares["y"] / (shares["y"] + shares["z"]) / 0.1
    assert times > 5
    assert dict(found.figures)["Y"] == f"weight 10.0%; explains 100%; counts {times:.2f} times its weight"


def test_factor_weights_are_told_of_groups_of_three_indicators_and_of_no_other(tmp_path: Path) -> None:
    """A group of two indicators and a group has no such weights, and none of another group's indicators."""
    shared = np.random.default_rng(5).normal(size=60)
    noise = np.random.default_rng(6).normal(size=(6, 60))
    place = open_town(tmp_path, {name: (shared + own).tolist() for name, own in zip("abcdef", noise, strict=True)})
    inner = group("inner", 1, [leaf("a"), leaf("b"), leaf("c")])
    result = build_index(place, index_spec(group("outer", 1, [leaf("d"), leaf("e"), inner]), leaf("f")))
    found = checklist(place, result, uncertainty_of(result, draws=20, sensitivity_samples=0).frame).steps[5]
    weights = found.data["factor_weights"]
    assert {name: sorted(parts) for name, parts in weights.items()} == {"inner": ["a", "b", "c"]}
    columns = np.array([shared + own for own in noise[:3]])
    expected = factor_weights(np.corrcoef(columns))
    assert list(weights["inner"].values()) == pytest.approx(list(expected if expected is not None else []))


def test_what_sets_the_ends_apart_is_told_of_groups_on_a_new_scale_as_a_whole(tmp_path: Path) -> None:
    """Ranks of x are 1 to 12: the last has 12 - 6.5 points more than the usual area; z hardly counts."""
    below = group("g", 1, [leaf("x"), leaf("y")], renormalise={"method": "rank"})
    found = steps(tmp_path, below, leaf("z", 0.001), normalise={"method": "min-max"}, rank_1="highest")[8]
    first = {row["part"]: row["apart"] for row in found.data["apart"] if row["decile"] == 1}
    assert sorted(first) == ["g", "z"]
    assert first["g"] == pytest.approx(12 - 6.5, abs=1e-3)
    assert found.sentence.endswith("The first tenth stands out most in “g”. The last tenth stands out most in “g”.")


def test_nominal_weights_go_through_all_levels(tmp_path: Path) -> None:
    place = open_town(tmp_path, VALUES)
    spec = index_spec(group("g", 3, [leaf("x", 1), leaf("y", 3)]), leaf("other", 1))
    root = build_index(place, spec).root
    assert nominal_weights(root) == pytest.approx({"x": 3 / 16, "y": 9 / 16, "other": 1 / 4})


def test_ranks_without_ranges_are_not_called_robust(tmp_path: Path) -> None:
    place = open_town(tmp_path, VALUES)
    result = build_index(place, index_spec(leaf("x"), leaf("y")))
    blank = result.frame.with_columns(
        pl.lit(None, pl.Float64).alias(name) for name in ("rank_p05", "rank_p95", "p_decile_1")
    )
    assert checklist(place, result, blank).steps[6].state == "open"


def test_people_are_counted_only_where_counts_are_published(demo_place: Path) -> None:
    from wholeplace.place import SeriesKey, open_place

    place = open_place(demo_place)
    rows = {row["part"]: row for row in people_counted(place, build_index(place, "digital-exclusion"))}
    counts = place.series[SeriesKey("neighbourhood", "english-not-well", "2024")].inside["count"]
    assert rows["language"]["count"] == counts.sum()
    assert rows["language"]["areas_without"] == counts.null_count()
    assert rows["digital-skills"]["count"] is None


# --- Dimensions without data ---

HEAD = 'id = "test"\nname = "Test"\ngeography = "a"\nperiod = "2021"\nhigher_is = "worse"\n'
X = '[normalise]\nmethod = "none"\n[[part]]\nid = "x"\nindicator = "x"\nweight = 1\ndirection = "high-is-worse"\n'


def test_a_dimension_without_data_is_named_and_changes_no_score(tmp_path: Path) -> None:
    place = open_town(tmp_path, VALUES)
    plain = build_index(place, index_spec(leaf("x")))
    named = build_index(place, index_spec(leaf("x"), missing=[{"id": "m", "name": "Bus times", "why": "nobody asked"}]))
    assert named.frame.equals(plain.frame)
    assert "Without data, and so not in the score: Bus times. Nothing was filled in for them." in describe_method(
        place, named
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[missing]]\nid = "m"\nwhy = "w"\n', "name: is required"),
        ('[[missing]]\nid = "m"\nname = "M"\n', "needs `why`"),
        ('[[missing]]\nid = "x"\nname = "M"\nwhy = "w"\n', "is a part or stands under [[missing]] already"),
        ('[[missing]]\nid = "M 1"\nname = "M"\nwhy = "w"\n', "lower-case letters"),
    ],
)
def test_a_missing_dimension_at_fault_is_refused(tmp_path: Path, text: str, words: str) -> None:
    place = open_town(tmp_path, VALUES)
    write_files(tmp_path, {"indices/test.toml": HEAD + X + text})
    with pytest.raises(FindingsError) as caught:
        build_index(place, open_index(tmp_path, "test"))
    assert [finding for finding in caught.value.findings if words in finding.message]
