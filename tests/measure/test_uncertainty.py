"""Uncertainty of an index, against theory, against plain Python, and against itself in another order."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy import stats

from wholeplace.measure.aggregate import METHODS, Node, combine
from wholeplace.measure.normalise import NormaliseSpec, normalise
from wholeplace.measure.ranks import rank_scores
from wholeplace.measure.uncertainty import (
    IndexChoices,
    LeafInterval,
    ScoreCurve,
    UncertaintyError,
    UncertaintySettings,
    index_uncertainty,
)
from wholeplace.measure.uncertainty.draws import draw_weights, usual_share
from wholeplace.measure.uncertainty.engine import prepare
from wholeplace.measure.uncertainty.tree import flatten

QUICK = UncertaintySettings(draws=200, sensitivity_samples=0)


def group(*children, name="", **settings):
    return Node(name, children=children, **settings)


def leaves(weights):
    return [Node(f"p{k}", weight=weight, leaf=k) for k, weight in enumerate(weights)]


def codes(count):
    return [f"A{k:05}" for k in range(count)]


def flat(weights, scores, **settings):
    """An index of one level on one matrix of scores, leaves x areas."""
    scores = np.asarray(scores, dtype=np.float64)
    defaults = {"areas": codes(scores.shape[1]), "normalisations": {"published": scores}, "rank_1": "highest"}
    return IndexChoices(root=group(*leaves(weights)), **{**defaults, **settings})


def interval(leaf, value, half_width, *, extend=True, name="published"):
    """An interval of equal halves about values that are their own scores."""
    value = np.asarray(value, dtype=np.float64)
    curve = ScoreCurve.through(value, value, extend=extend)
    return LeafInterval(leaf, value, value - half_width, value + half_width, {name: curve})


def test_without_any_uncertainty_the_interval_is_the_rank():
    found = index_uncertainty(flat([1.0], [[10, 30, 20, 20]]))
    assert found.frame["rank"].to_list() == [4, 1, 2, 2]
    for column in ("rank_p05", "rank_p50", "rank_p95", "mean_rank"):
        assert found.frame[column].to_list() == [4, 1, 2, 2]
    assert [source.included for source in found.sources] == [False] * 4
    assert "no level has two parts" in found.source("weights").why_not
    assert "only the published normalisation" in found.source("normalisation").why_not
    assert "no other aggregation" in found.source("aggregation").why_not
    assert "no part of the index has values with intervals" in found.source("intervals").why_not


def test_two_areas_that_change_places_with_the_weights():
    # area 0 leads in one leaf and area 1 in the other, so that each is first whenever its leaf has the larger weight:
    # probability one half by symmetry; mean rank 1.5; standard error of the mean of 10,000 draws 0.005
    draws = 10_000
    found = index_uncertainty(flat([0.5, 0.5], [[1, 0], [0, 1]]), UncertaintySettings(draws, sensitivity_samples=0))
    assert found.frame["mean_rank"].to_list() == pytest.approx([1.5, 1.5], abs=5 * 0.005)
    assert found.frame["rank_p05"].to_list() == [1, 1]
    assert found.frame["rank_p95"].to_list() == [2, 2]


def test_two_areas_that_change_places_with_their_values():
    # both values are 10 with the same interval: one half each; the third is far away and stays last
    choices = flat([1.0], [[10, 10, -500]], intervals=[interval(0, [10, 10, -500], 4.0)])
    found = index_uncertainty(choices, UncertaintySettings(10_000, sensitivity_samples=0))
    assert found.frame["mean_rank"].to_list() == pytest.approx([1.5, 1.5, 3], abs=5 * 0.005)


def test_chance_of_changing_places_follows_the_normal_distribution():
    # values 0 and 1 with half-widths 1.96 (sd 1): P(first < second) = Φ(1/√2) = 0.7602
    choices = flat([1.0], [[0, 1]], intervals=[interval(0, [0, 1], 1.959963984540054)])
    found = index_uncertainty(choices, UncertaintySettings(20_000, sensitivity_samples=0))
    chance_first = 2 - found.frame["mean_rank"][1]
    assert chance_first == pytest.approx(stats.norm.cdf(1 / np.sqrt(2)), abs=5 * np.sqrt(0.18 / 20_000))


def test_drawn_values_have_the_value_as_median_and_the_limits_as_their_points():
    # one area against fixed areas at its median and limits: it beats each in the share of draws that lies above it
    at = np.array([50.0, 40.0, 50.0, 90.0])
    none = np.full(4, np.nan)
    lower, upper = none.copy(), none.copy()
    lower[0], upper[0] = 40.0, 90.0
    lopsided = LeafInterval(0, at, lower, upper, {"published": ScoreCurve.through(at, at, extend=True)})
    found = index_uncertainty(
        flat([1.0], [at], intervals=[lopsided]), UncertaintySettings(40_000, sensitivity_samples=0)
    )
    # an area held at x has rank 1 + (number of held areas above it) + [the drawn value is above x]
    above = found.frame["mean_rank"].to_numpy()[1:] - [3, 2, 1]
    assert above == pytest.approx([0.975, 0.5, 0.025], abs=5 * 0.0025)


def test_dirichlet_weights_have_the_mean_and_variance_of_theory():
    tree = flatten(group(*leaves([22.5, 13.5, 9.3, 0.0])))
    drawn = draw_weights(tree, draws=40_000, concentration=100, seed=3)
    total = 22.5 + 13.5 + 9.3
    share = tree.weights / total
    assert drawn[0].tolist() == [22.5, 13.5, 9.3, 0.0]
    assert np.allclose(drawn.sum(axis=1), total)
    assert (drawn[:, 3] == 0).all()
    sd = np.sqrt(share * (1 - share) / 101)
    assert np.abs(drawn[1:].mean(axis=0) / total - share).max() < 5 * sd.max() / 200
    assert drawn[1:].std(axis=0) / total == pytest.approx(sd, rel=0.02)


def test_the_usual_share_is_that_of_the_beta_distribution() -> None:
    """A share of a Dirichlet draw is a Beta variable; its quantiles are those of scipy."""
    from scipy.stats import beta

    for share, concentration in ((0.5, 100), (0.5, 30), (0.3, 100)):
        found = usual_share(share, concentration)
        exact = beta.ppf([0.025, 0.975], concentration * share, concentration * (1 - share))
        assert found == pytest.approx(exact, abs=0.01)


def test_each_level_keeps_its_sum():
    root = group(group(*leaves([2.0, 6.0]), name="g", weight=0.25), Node("p2", weight=0.75, leaf=2))
    tree = flatten(root)
    drawn = draw_weights(tree, draws=50, concentration=10, seed=1)
    assert [tree.group_ids, tree.leaf_ids] == [("g", ""), ("p0", "p1", "p2")]
    assert np.allclose(drawn[:, :2].sum(axis=1), 8)
    assert np.allclose(drawn[:, 2:].sum(axis=1), 1)
    assert drawn[1:].std(axis=0).min() > 0


def random_choices(seed=0, areas=60, **settings):
    rng = np.random.default_rng(seed)
    scores = rng.uniform(1, 100, (4, areas))
    normalisations = {"published": scores, "squares": scores**2 / 100, "roots": 10 * np.sqrt(scores)}
    curves = {name: ScoreCurve.through(scores[2], matrix[2]) for name, matrix in normalisations.items()}
    wide = LeafInterval(2, scores[2], scores[2] - 8, scores[2] + 15, curves)
    return flat(
        [0.4, 0.3, 0.2, 0.1],
        scores,
        **{
            "normalisations": normalisations,
            "aggregations": ("geometric", "harmonic", "median"),
            "intervals": [wide],
            **settings,
        },
    )


def test_same_seed_same_figures_whatever_the_threads():
    settings = UncertaintySettings(draws=150, sensitivity_samples=16)
    found = [index_uncertainty(random_choices(), settings, threads=threads) for threads in (1, 2, 5)]
    for other in found[1:]:
        assert_frame_equal(found[0].frame, other.frame, check_exact=True)
        assert found[0].sources == other.sources
    another = index_uncertainty(random_choices(), replace(settings, seed=2))
    assert not another.frame["mean_rank"].equals(found[0].frame["mean_rank"])


def test_order_of_areas_and_of_leaf_columns_does_not_matter():
    choices = random_choices()
    rows = np.random.default_rng(9).permutation(60)
    columns = np.array([2, 0, 3, 1])  # new row of the matrix -> old row
    found = index_uncertainty(choices, UncertaintySettings(150, sensitivity_samples=16))
    held = choices.intervals[0]
    shuffled = replace(
        choices,
        root=group(*(replace(node, leaf=int(np.argmax(columns == node.leaf))) for node in choices.root.children)),
        areas=[choices.areas[row] for row in rows],
        normalisations={name: matrix[columns][:, rows] for name, matrix in choices.normalisations.items()},
        intervals=[LeafInterval(0, held.value[rows], held.lower95[rows], held.upper95[rows], held.curves)],
    )
    again = index_uncertainty(shuffled, UncertaintySettings(150, sensitivity_samples=16))
    assert_frame_equal(again.frame.sort("area"), found.frame, check_exact=True)
    assert again.frame["area"].to_list() == shuffled.areas
    assert again.sources == found.sources


def test_only_weights_vary_so_they_explain_everything():
    rng = np.random.default_rng(4)
    settings = UncertaintySettings(draws=500, sensitivity_samples=512)
    found = index_uncertainty(flat([0.3, 0.3, 0.4], rng.normal(size=(3, 80))), settings)
    weights = found.source("weights")
    # the whole variance is the weights': both indices are 1, each estimated with its own error
    assert weights.s1 == pytest.approx(1, abs=2 * weights.s1_half_width)
    assert weights.st == pytest.approx(1, abs=2 * weights.st_half_width)
    assert weights.s1_half_width < 0.2
    assert weights.mean_rank_shift > 0
    assert found.source("intervals").s1 is None


def test_mean_shift_of_one_source_by_hand():
    # published order 0, 1, 2; the other normalisation turns it round: shifts 2, 0, 2, mean 4/3; both as likely: 2/3
    scores = np.array([[3.0, 2.0, 1.0]])
    found = index_uncertainty(flat([1.0], scores, normalisations={"published": scores, "turned": -scores}))
    source = found.source("normalisation")
    assert source.choices == ("published", "turned")
    assert source.mean_rank_shift == pytest.approx(2 / 3)
    assert source.s1 == pytest.approx(1, abs=2 * source.s1_half_width)
    assert found.frame["rank_p05"].to_list() == [1, 2, 1]


def plain_scores(node, values, weights, method, renormalised):
    """Score one area set by the book: `weights` by node id, `method` None for the index's own."""
    if not node.children:
        return values[node.leaf]
    x = np.array([plain_scores(child, values, weights, method, renormalised) for child in node.children])
    w = np.array([weights[child.id] for child in node.children])
    total = w.sum()
    own = method or node.method
    if own == "arithmetic":
        score = w @ x
    elif own == "geometric":
        power = np.exp((w / total) @ np.log(x))
        score = total * power if method else np.exp(w @ np.log(x))
    elif own == "harmonic":
        score = total * total / ((w[:, None] / x).sum(axis=0))
    else:
        order = np.argsort(x, axis=0)
        reached = np.cumsum(w[order], axis=0) >= total / 2
        score = total * np.take_along_axis(x, order, axis=0)[reached.argmax(axis=0), np.arange(x.shape[1])]
    if node.renormalise is not None:
        score = normalise(score, node.renormalise, flip=False)
    return score


@pytest.mark.parametrize(
    "again",
    [
        None,
        NormaliseSpec("exponential-rank"),
        NormaliseSpec("rank", ties="min"),
        NormaliseSpec("percentile", ties="max"),
        NormaliseSpec("min-max", range=(1, 100)),
        NormaliseSpec("goalposts", low=20, high=60, clip=True, range=(5, 95)),
        NormaliseSpec("log-goalposts", low=2, high=300, clip=True, range=(5, 95)),
    ],
    ids=lambda spec: spec.method if spec else "as it is",
)
@pytest.mark.parametrize("own", METHODS)
def test_every_draw_equals_plain_python(own, again):
    rng = np.random.default_rng(8)
    matrices = {name: rng.uniform(1, 100, (5, 90)).round(1) for name in ("published", "other")}
    inner = group(
        Node("a", weight=0.5, leaf=0),
        Node("b", weight=0.3, leaf=1),
        Node("c", weight=0.4, leaf=2),
        name="inner",
        weight=0.7,
        method=own,
        renormalise=again,
        rescale=own in {"harmonic", "median"},
    )
    root = group(inner, Node("d", weight=0.2, leaf=3), Node("e", weight=0.1, leaf=4), method="arithmetic")
    choices = IndexChoices(
        root, codes(90), matrices, "lowest", aggregations=("arithmetic", "geometric", "harmonic", "median")
    )
    ready = prepare(choices, UncertaintySettings(draws=60), threads=1)
    plan = ready.picks.random_plan(seed=1)
    ranks, shifts = ready.engine.run(plan, published=ready.published, keep=(0, 90))
    names = [*("a", "b", "c"), *("inner", "d", "e")]
    for draw, (weights_row, normalisation, option, _) in enumerate(plan):
        weights = dict(zip(names, ready.engine.weights[weights_row], strict=True))
        method = None if option == 0 else ready.picks.options.names[option]
        values = matrices[ready.normalisations[normalisation]]
        expected = rank_scores(plain_scores(root, values, weights, method, again), rank_1="lowest")
        assert np.array_equal(ranks[draw], expected[ready.rows]), (draw, method)
        assert shifts[draw] == pytest.approx(np.abs(expected[ready.rows] - ready.published).mean())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("drop_missing", [True, False])
def test_missing_parts_are_treated_as_in_the_index(method, drop_missing):
    rng = np.random.default_rng(6)
    scores = rng.uniform(1, 100, (4, 40))
    scores[0, :6] = np.nan
    scores[1, 4:9] = np.nan  # areas 4 and 5 lack both parts of the group
    scores[:, 20] = np.nan
    inner = group(*leaves([0.6, 0.4]), name="g", weight=0.5, method=method, drop_missing=drop_missing)
    root = group(
        inner, Node("c", weight=0.3, leaf=2), Node("d", weight=0.2, leaf=3), method=method, drop_missing=drop_missing
    )
    choices = IndexChoices(root, codes(40), {"published": scores}, "highest")
    ready = prepare(choices, UncertaintySettings(draws=30), threads=1)
    plan = ready.picks.random_plan(seed=1)
    ranks, _ = ready.engine.run(plan, published=ready.published, keep=(0, len(ready.rows)))
    for draw, (row, *_) in enumerate(plan):
        a, b, g, c, d = ready.engine.weights[row]
        drawn = replace(
            root,
            children=(
                replace(
                    inner,
                    weight=g,
                    children=(replace(inner.children[0], weight=a), replace(inner.children[1], weight=b)),
                ),
                replace(root.children[1], weight=c),
                replace(root.children[2], weight=d),
            ),
        )
        expected = rank_scores(combine(drawn, scores.T)[""], rank_1="highest")
        assert np.array_equal(ranks[draw], expected[ready.rows]), draw
    found = index_uncertainty(choices, QUICK).frame
    without = {20} if drop_missing else {*range(9), 20}
    assert set(found.with_row_index().filter(pl.col("rank").is_null())["index"]) == without
    assert found.filter(pl.col("rank").is_null()).select("rank_p05", "p_decile_1").null_count().row(0) == (
        len(without),
        len(without),
    )


def test_published_ranks_stay_when_nothing_is_drawn():
    ready = prepare(random_choices(), UncertaintySettings(draws=10), threads=1)
    _, shifts = ready.engine.run(np.zeros((1, 4), dtype=np.int64), published=ready.published)
    assert shifts.tolist() == [0]


@pytest.mark.parametrize("reference", ["place", "source"])
@pytest.mark.parametrize("method", ["exponential-rank", "min-max", "z-score"])
def test_areas_that_only_serve_as_reference_are_not_ranked(method, reference):
    again = NormaliseSpec(method, reference=reference)
    root = group(group(*leaves([0.5, 0.5]), name="g", weight=0.5, renormalise=again), Node("c", weight=0.5, leaf=2))
    scores = np.random.default_rng(1).uniform(0, 100, (3, 50))
    ranked = np.arange(50) % 5 == 0
    found = index_uncertainty(IndexChoices(root, codes(50), {"p": scores}, "highest", ranked=ranked), QUICK).frame
    expected = rank_scores(combine(root, scores.T, inside=ranked)[""][ranked], rank_1="highest")
    assert found.filter(pl.Series(ranked))["rank"].to_list() == expected.tolist()
    assert found.filter(pl.Series(~ranked))["rank"].is_null().all()
    assert found["rank_p95"].max() <= 10


def test_a_level_normalised_again_among_the_place_by_hand():
    """Three areas ranked, 3 more that only serve as reference; nothing is drawn, so that all quantiles are the rank.

    g = a is ranked again. Among the place a = 1, 2, 3 becomes 1, 2, 3 and with b the scores are 1 + 1.5, 2 + 0, 3 + 0:
    ranks 2, 3, 1. Among all six a becomes 1, 4, 6: 2.5, 4, 6 give ranks 3, 2, 1.
    """
    scores = np.array([[1.0, 2, 3, 1.2, 1.4, 2.5], [1.5, 0, 0, 0, 0, 0]])
    ranked = np.arange(6) < 3
    for reference, ranks in (("place", [2, 3, 1]), ("source", [3, 2, 1])):
        inner = group(Node("a", leaf=0), name="g", renormalise=NormaliseSpec("rank", reference=reference))
        choices = IndexChoices(group(inner, Node("b", leaf=1)), codes(6), {"p": scores}, "highest", ranked=ranked)
        still = UncertaintySettings(draws=20, weight_concentration=1e9, sensitivity_samples=0)
        found = index_uncertainty(choices, still).frame.filter(pl.Series(ranked))
        for name in ("rank", "rank_p05", "rank_p50", "rank_p95"):
            assert found[name].to_list() == ranks, (reference, name)


@pytest.mark.parametrize("ties", ["min", "average", "max"])
@pytest.mark.parametrize(
    "again",
    [*(NormaliseSpec(name) for name in ("rank", "percentile", "exponential-rank")), NormaliseSpec("min-max"),
     NormaliseSpec("z-score"), NormaliseSpec("goalposts", low=20, high=60)],
    ids=lambda spec: spec.method,
)  # fmt: skip
def test_a_level_among_the_place_inside_one_among_the_source(again, ties):
    """Areas outside are placed among those of the place as in the index itself; draw 0 takes what is published."""
    rng = np.random.default_rng(4)
    scores = rng.integers(10, 80, (3, 60)) / 2.0
    scores[0, rng.random(60) < 0.1] = np.nan
    ranked = rng.random(60) < 0.5
    inner = group(*leaves([0.5, 0.5]), name="g", renormalise=replace(again, ties=ties), drop_missing=True)
    outer = group(inner, name="h", renormalise=NormaliseSpec("rank", reference="source", ties=ties))
    root = group(outer, Node("c", weight=0.5, leaf=2))
    ready = prepare(
        IndexChoices(root, codes(60), {"p": scores}, "highest", ranked=ranked), UncertaintySettings(draws=5), threads=1
    )
    expected = rank_scores(combine(root, scores.T, inside=ranked)[""][ranked], rank_1="highest")
    assert sorted(ready.published) == sorted(expected)
    _, shifts = ready.engine.run(np.zeros((1, 4), dtype=np.int64), published=ready.published)
    assert shifts.tolist() == [0]


def test_a_level_normalised_again_keeps_ties_that_differ_by_rounding():
    """0.1 + 0.2 and 0.3 + 0 differ in the last digit and are tied in the index, so also in its draws."""
    scores = np.array([[0.1, 0.3, 0.2, 0.25], [0.2, 0.0, 0.0, 0.0], [1.0, 1.0, 5.0, 0.0]])
    inner = group(Node("a", leaf=0), Node("b", leaf=1), name="g", renormalise=NormaliseSpec("rank"))
    choices = IndexChoices(group(inner, Node("c", leaf=2)), codes(4), {"p": scores}, "highest")
    ready = prepare(choices, UncertaintySettings(draws=5), threads=1)
    ranks, shifts = ready.engine.run(np.zeros((1, 4), dtype=np.int64), published=ready.published, keep=(0, 4))
    # g: ranks 3.5, 3.5, 1, 2 from the least; with c 4.5, 4.5, 6, 2
    assert ranks[0].tolist() == ready.published.tolist() == [1, 2, 2, 4]
    assert shifts.tolist() == [0]


def test_decile_1_is_the_first_tenth_of_ranked_areas():
    # 20 areas, no uncertainty: ranks 1 and 2 are decile 1, as 10 x 2 / 20 = 1; of 9 areas none is, as 10 x 1 / 9 > 1
    found = index_uncertainty(flat([1.0], [np.arange(20)])).frame
    assert found.filter(pl.col("p_decile_1") == 1)["rank"].sort().to_list() == [1, 2]
    assert index_uncertainty(flat([1.0], [np.arange(9)])).frame["p_decile_1"].sum() == 0


def test_geometric_mean_is_left_out_where_a_score_is_not_above_zero():
    scores = np.array([[1.0, 2.0, 3.0], [3.0, 1.0, 2.0]])
    zeros = scores - 1
    choices = flat([0.5, 0.5], scores, aggregations=("geometric",), normalisations={"p": scores, "zeros": zeros})
    source = index_uncertainty(choices, QUICK).source("aggregation")
    assert source.included
    assert source.choices == ("as written", "geometric")
    assert source.left_out == (
        "the geometric mean with zeros, because 2 scores of areas in its 2 indicators would be 0 or less, in p0 more than in any other",
    )
    source = index_uncertainty(replace(choices, normalisations={"p": zeros}), QUICK).source("aggregation")
    assert not source.included
    assert "none of the alternatives can be used: the geometric mean, because 2 scores" in source.why_not


def test_a_normalisation_that_the_index_cannot_take_is_left_out():
    scores = np.array([[1.0, 2.0, 3.0], [3.0, 1.0, 2.0]])
    choices = flat([0.5, 0.5], scores, normalisations={"p": scores, "z": scores - 2})
    choices = replace(choices, root=replace(choices.root, method="geometric"))
    source = index_uncertainty(choices, QUICK).source("normalisation")
    assert not source.included
    assert source.choices == ("p",)
    assert "z, because the index takes a mean that needs scores above 0" in source.left_out[0]


def test_drawn_values_never_break_a_geometric_mean():
    scores = np.array([[1.0, 50.0, 99.0], [60.0, 50.0, 40.0]])
    wide = interval(0, scores[0], 80.0)
    choices = flat([0.5, 0.5], scores, aggregations=("geometric", "harmonic"), intervals=[wide])
    found = index_uncertainty(choices, UncertaintySettings(draws=400, sensitivity_samples=32))
    assert found.frame["mean_rank"].is_finite().all()
    assert found.source("intervals").choices == ("p0",)


def test_reasons_of_the_caller_are_passed_on():
    choices = flat(
        [1.0], [[1, 2]], why_not={"intervals": "the sources give none"}, left_out={"normalisation": ["x: y"]}
    )
    found = index_uncertainty(choices, QUICK)
    assert found.source("intervals").why_not == "the sources give none"
    assert found.source("normalisation").left_out == ("x: y",)
    assert found.source("normalisation").why_not == "none of the alternatives can be used: x: y"


def test_curves_read_between_and_beyond_their_points():
    values, scores = np.array([3.0, 1.0, 2.0, np.nan, 2.0]), np.array([9.0, 0.0, 6.0, 1.0, 6.0])
    stepped = ScoreCurve.through(values, scores)
    assert stepped.values.tolist() == [1, 2, 3]
    assert stepped.scores.tolist() == [0, 6, 9]
    line = ScoreCurve.through(values, scores, extend=True)
    assert (line.values.tolist(), line.scores.tolist()) == ([1, 3], [0, 9])


def test_drawn_scores_equal_interpolation():
    rng = np.random.default_rng(7)
    values = np.concatenate([rng.exponential(1, 300), [50.0]])  # most points in few cells of the guide
    scores = normalise(values, NormaliseSpec("exponential-rank"), flip=False)
    straight = 2 * values - 3
    curves = {
        "published": ScoreCurve.through(values, scores),
        "line": ScoreCurve.through(values, straight, extend=True),
    }
    held = LeafInterval(0, values, values - 0.3, values + 0.3, curves)
    choices = flat(
        [1.0], [scores], normalisations={"published": scores[None], "line": straight[None]}, intervals=[held]
    )
    from wholeplace.measure.uncertainty.perturbing import perturb

    ready = prepare(choices, UncertaintySettings(draws=10), threads=1)
    noise = ready.engine.noise
    drawn = np.empty((2, 1, 301))
    for normalisation in (0, 1):
        matrix = ready.engine.leaves[ready.engine.matrix[normalisation, 0]]
        perturb(noise, 4, 1, normalisation, 2, np.array([0]), matrix, drawn[normalisation])
    value = (drawn[1, 0] + 3) / 2  # the line turns scores back into the drawn values, beyond its ends too
    order = np.argsort(values)
    assert np.allclose(drawn[0, 0], np.interp(value, values[order], scores[order]), atol=1e-8)
    assert value.min() < values.min()


def test_draws_of_an_area_do_not_depend_on_other_areas():
    from wholeplace.measure.uncertainty.perturbing import perturb

    drawn = {}
    for count in (5, 9):
        values = np.arange(float(count))
        choices = flat([1.0], [values], intervals=[interval(0, values, 1.0)])
        ready = prepare(choices, UncertaintySettings(draws=10), threads=1)
        out = np.empty((1, count))
        perturb(ready.engine.noise, 3, 1, 0, 1, np.array([0]), ready.engine.leaves[0], out)
        drawn[count] = dict(zip(ready.rows.tolist(), out[0], strict=True))
    assert all(drawn[9][area] == pytest.approx(drawn[5][area], abs=1e-12) for area in range(5))


def test_ranks_that_do_not_fit_in_memory_are_drawn_in_parts(monkeypatch):
    whole = index_uncertainty(random_choices(), QUICK).frame
    monkeypatch.setattr("wholeplace.measure.uncertainty.evaluate._MOST_BYTES", 200 * 2 * 7)  # seven areas at a time
    assert_frame_equal(index_uncertainty(random_choices(), QUICK).frame, whole, check_exact=True)


def test_more_areas_than_16_bits_count():
    areas = 66_000
    scores = np.random.default_rng(2).uniform(0, 100, (2, areas))
    found = index_uncertainty(flat([0.5, 0.5], scores), UncertaintySettings(draws=3, sensitivity_samples=0)).frame
    assert found["rank"].max() == areas
    assert found["rank_p95"].max() > np.iinfo(np.uint16).max


def test_every_problem_of_the_inputs_is_named():
    choices = flat([0.5, 0.5], [[1, 2], [3, 4]], areas=["x", "x"], aggregations=("mode",))
    with pytest.raises(UncertaintyError) as caught:
        index_uncertainty(choices, UncertaintySettings(draws=0, seed=-1, weight_concentration=0, sensitivity_samples=3))
    text = str(caught.value)
    for part in ("stand twice", "'mode'", "`draws`", "`seed`", "`weight_concentration`", "`sensitivity_samples`"):
        assert part in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"normalisations": {}}, "is empty"),
        ({"normalisations": {"p": np.zeros((1, 2))}}, r"'p' is \(1, 2\), but the index has 2 leaves and 2 areas"),
        ({"normalisations": {"p": np.ones((2, 2)), "q": np.full((2, 2), np.nan)}}, "'q' has scores missing"),
        ({"normalisations": {"p": np.full((2, 2), np.inf)}}, "infinite"),
        ({"normalisations": {"p": np.full((2, 2), np.nan)}}, "No area has a score"),
        ({"intervals": [interval(0, [1, 2], 1.0, name="other")]}, "Leaf 0 has no curve for published"),
        (
            {
                "intervals": [
                    replace(interval(0, [1.0, 2.0], 1.0), lower95=np.array([1.5, 1.0]), upper95=np.array([2.0, 3.0]))
                ]
            },
            "1 values lie outside their own interval",
        ),
    ],
)
def test_inputs_that_no_draws_can_be_made_from(change, message):
    with pytest.raises(UncertaintyError, match=message):
        index_uncertainty(replace(flat([0.5, 0.5], [[1, 2], [3, 4]]), **change), QUICK)


def test_weights_drawn_as_zero_are_told_plainly():
    """With next to no concentration one part takes all the weight, and an area without that part has no score."""
    scores = [[1.0, np.nan, 3.0, 5.0], [2.0, 4.0, np.nan, 1.0]]
    choices = flat([0.5, 0.5], scores)
    choices = replace(choices, root=replace(choices.root, drop_missing=True))
    with pytest.raises(UncertaintyError, match="came out with a weight of 0"):
        index_uncertainty(choices, replace(QUICK, weight_concentration=1e-4))


def test_weights_and_columns_of_the_tree_are_checked():
    with pytest.raises(ValueError, match="not all 0"):
        flatten(group(*leaves([0.0, 0.0])))
    with pytest.raises(ValueError, match="not all 0"):
        flatten(group(*leaves([0.5, -0.5])))
    with pytest.raises(ValueError, match="column of its own"):
        flatten(group(Node("a", leaf=0), Node("b", leaf=0)))
    with pytest.raises(ValueError, match="at least one part"):
        flatten(Node("alone", leaf=0))


def test_results_can_be_written_and_shown(tmp_path):
    found = index_uncertainty(random_choices(), UncertaintySettings(draws=50, sensitivity_samples=8))
    found.to_csv(tmp_path / "ranks.csv")
    found.to_json(tmp_path / "ranks.json")
    assert pl.read_csv(tmp_path / "ranks.csv").columns == [
        "area",
        "rank",
        "rank_p05",
        "rank_p50",
        "rank_p95",
        "mean_rank",
        "p_decile_1",
    ]
    assert len(json.loads((tmp_path / "ranks.json").read_text("utf-8"))) == 60
    settings = found.as_dict()
    assert settings["draws"] == 50
    assert [source["id"] for source in settings["sources"]] == ["weights", "normalisation", "aggregation", "intervals"]
    weights = found.source("weights").mean_rank_shift
    assert f"weights: {weights:.1f} places on average" in found._repr_html_()
