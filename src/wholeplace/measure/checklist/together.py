"""Steps of the checklist that are reckoned: how indicators go together, what weighs, what drives, what is linked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from wholeplace.measure.aggregate import Node
from wholeplace.measure.checklist.statistics import (
    Floats,
    correlations,
    cronbach_alpha,
    eigenvalues,
    factor_weights,
    fisher_interval,
    importance,
    sampling_adequacy,
)
from wholeplace.measure.checklist.words import State, Step, joined, two
from wholeplace.measure.index import IndexResult
from wholeplace.measure.index_spec import ROOT
from wholeplace.place import Place, Series
from wholeplace.place.findings import counted

#: Two indicators that go together more closely than this say much the same twice.
SAME = 0.9
#: Two indicators of a correlation below this pull against each other.
AGAINST = -0.1
#: An indicator of at most half, or at least double, the share its weight promises is named.
OFF = 2.0
#: So many links to other indicators are told.
LINKS = 5


def multivariate(result: IndexResult, names: Mapping[str, str]) -> Step:
    """Step 4: what goes together, and what pulls against the rest."""
    parts = [leaf.part for leaf in result.leaves]
    found, n = correlations(result.normalised[result.inside])
    pairs = [(found[i, j], parts[i], parts[j]) for i in range(len(parts)) for j in range(i)]
    same = [f"{names[a]} with {names[b]} ({two(r)})" for r, a, b in sorted(pairs, reverse=True) if r > SAME]
    against = [f"{names[a]} with {names[b]} ({two(r)})" for r, a, b in sorted(pairs) if r < AGAINST]
    roots = eigenvalues(found)
    over = sum(root > 1 for root in roots)
    figures = [
        ("Areas with every indicator", f"{n:,}"),
        (
            "How far all indicators speak of one thing (Cronbach’s alpha: near 1 much, near 0 not at all)",
            two(cronbach_alpha(found)),
        ),
        (
            "How much they share beyond pairs (Kaiser-Meyer-Olkin measure: below 0.5 too little, from 0.8 much)",
            two(sampling_adequacy(found)),
        ),
        (
            "Groups in which indicators vary together (principal components with an eigenvalue over 1)",
            f"{over} of {len(roots)}" if roots else "not known",
        ),
        (
            "Share of all differences between areas that one number could tell (first principal component)",
            f"{roots[0] / len(roots):.0%}" if roots else "not known",
        ),
        ("Pairs that say much the same (over 0.9)", joined(same) or "none"),
        (
            "Pairs that pull against each other (below −0.1)",
            f"{len(against)}: {joined(against, 3)}" if against else "none",
        ),
    ]
    data = _multivariate_data(result, found, n, roots)
    if not roots:
        advice = ["Look for an indicator that is the same everywhere, or has too many gaps."]
        sentence = "How the indicators go together cannot be worked out."
        return Step(4, "Multivariate look", "look", sentence, tuple(figures), advice[0], data=data)
    advice = []
    if same:
        advice.append("Keep one of each pair that says much the same, or halve their weights.")
    if against:
        advice.append("Say why indicators that pull against each other belong in one sum; they cancel each other out.")
    sentence = f"Indicators gather in {over} {'group' if over == 1 else 'groups'} by how they vary from area to area."
    state: State = "look" if advice else "done"
    return Step(4, "Multivariate look", state, sentence, tuple(figures), " ".join(advice), data=data)


def _multivariate_data(result: IndexResult, found: Floats, n: int, roots: list[float]) -> dict[str, Any]:
    """What step 4 found, as numbers; every pair of indicators once."""
    parts = [leaf.part for leaf in result.leaves]
    return {
        "areas": n,
        "cronbach_alpha": cronbach_alpha(found),
        "kaiser_meyer_olkin": sampling_adequacy(found),
        "eigenvalues": roots,
        "correlations": [
            {"part": parts[j], "other": parts[i], "correlation": _known(found[i, j])}
            for i in range(len(parts))
            for j in range(i)
        ],
    }


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def nominal_weights(root: Node) -> dict[str, float]:
    """The share of the whole weight that each leaf has by what is written, through all levels; they add up to 1."""
    found: dict[str, float] = {}

    def walk(node: Node, share: float) -> None:
        total = sum(child.weight for child in node.children)
        if not node.children:
            found[node.id] = share
        for child in node.children:
            walk(child, share * child.weight / total)

    walk(root, 1.0)
    return found


def weighting(result: IndexResult, names: Mapping[str, str]) -> Step:
    """Step 6: the weights as written against what each indicator does to the scores."""
    written = nominal_weights(result.root)
    score = result.scores[ROOT][result.inside]
    does = {
        leaf.part: importance(score, result.normalised[result.inside, number])
        for number, leaf in enumerate(result.leaves)
    }
    total = sum(share or 0.0 for share in does.values())
    figures, off, parts = [], [], []
    for part, weight in written.items():
        share = does[part]
        ratio = share / total / weight if share is not None and total and weight else None
        parts.append({"part": part, "weight": weight, "explains": share, "times_weight": ratio})
        told = "not known" if share is None else f"{share:.0%}"
        told += "" if ratio is None else f"; counts {ratio:.2f} times its weight"
        figures.append((names[part], f"weight {weight:.1%}; explains {told}"))
        if ratio is not None and (ratio >= OFF or ratio <= 1 / OFF):
            off.append(names[part])
    by_factor = _factor_weights(result)
    for group, weights in by_factor.items():
        words = ", ".join(f"{names[part]} {weight:.0%}" for part, weight in weights.items())
        figures.append((f"What weights factor analysis would give: {names.get(group, 'the whole')}", words))
    sentence = (
        f"{len(off)} of {len(written)} indicators count for half or less, or double or more, "
        f"of what their weights say: {joined(off)}."
        if off
        else "Every indicator counts for about as much as its weight says."
    )
    advice = "A weight is no importance: change weights until what they do is what was meant, or say why not."
    data = {"parts": parts, "factor_weights": by_factor}
    state: State = "look" if off else "done"
    return Step(6, "Weighting and adding up", state, sentence, tuple(figures), advice if off else "", data=data)


def _factor_weights(result: IndexResult) -> dict[str, dict[str, float]]:
    """For each group of three or more indicators the weights that a factor analysis gives them, where it gives any.

    They are told so that a person may write them in the index file; no score is made with them unless that is done.
    """
    found = {}
    for node in result.root.walk():
        leaves = [child.leaf for child in node.children if not child.children]
        if len(leaves) < 3 or len(leaves) < len(node.children):
            continue
        columns = result.normalised[result.inside][:, leaves]
        weights = factor_weights(correlations(columns)[0])
        if weights is not None:
            found[node.id] = {result.leaves[leaf].part: float(w) for leaf, w in zip(leaves, weights, strict=True)}
    return found


def back_to_data(explained: pl.DataFrame, result: IndexResult, names: Mapping[str, str]) -> Step:
    """Step 8: which parts set the first and the last tenth apart from the usual area.

    The parts are indicators, and groups that add to the score as a whole, as they are put on a new scale.
    """
    within = result.root.within()
    adding = [node.id for node in result.root.walk() if node.id not in within and
              (not node.children or node.id in within.values())]  # fmt: skip
    ranks = result.frame.select("area", "decile")
    leaves = explained.filter(pl.col("part").is_in(adding)).join(ranks, on="area")
    usual = leaves.group_by("part").agg(pl.col("contribution").mean().alias("usual"))
    tenths = leaves.filter(pl.col("decile").is_in([1, 10])).group_by("decile", "part")
    apart = tenths.agg(pl.col("contribution").mean()).join(usual, on="part")
    apart = apart.with_columns((pl.col("contribution") - pl.col("usual")).alias("apart"))
    figures, driving = [], []
    sentence = "Each score can be taken apart on the page of its area."
    for decile, words in ((1, "The first tenth differs most from the average area in"), (10, "The last tenth")):
        rows = apart.filter(pl.col("decile") == decile).drop_nulls("apart")
        rows = rows.sort(pl.col("apart").abs(), "part", descending=[True, False]).head(3)
        told = [f"{names[row['part']]} ({two(row['apart'])} points of score)" for row in rows.iter_rows(named=True)]
        figures.append((words, ", ".join(told) or "no areas"))
        driving += rows.select("decile", "part", "apart").to_dicts()
        end = "first" if decile == 1 else "last"
        sentence += "".join(f" The {end} tenth stands out most in “{names[part]}”." for part in rows["part"].head(1))
    return Step(8, "Back to the data", "done", sentence, tuple(figures), data={"apart": driving})


def links(place: Place, result: IndexResult) -> Step:
    """Step 9: which indicators that are not in the index go with its scores."""
    inside = pl.DataFrame({"area": result.areas, "score": result.scores[ROOT]}).filter(pl.Series(result.inside))
    found = []
    for series in _others(place, result):
        both = inside.join(series.frame.select("area", "value"), on="area").drop_nulls()
        x, y = both["score"].to_numpy(), both["value"].to_numpy()
        known = np.isfinite(x)
        correlation, n = correlations(np.column_stack([x[known], y[known]]))
        if n >= 10 and np.isfinite(correlation).all():
            found.append((float(correlation[0, 1]), n, series.key))
    found.sort(key=lambda one: (-abs(one[0]), one[2]))
    title = "Links to other indicators"
    if not found:
        return Step(9, title, "open", "There is no other indicator for these areas to hold the index against.",
                    do="Add one that should go with the index and is not in it.")  # fmt: skip
    figures = tuple(
        (f"{place.indicators[key.indicator].name}, {key.period}", f"correlation {two(r)}{_interval(r, n)}; {n:,} areas")
        for r, n, key in found[:LINKS]
    )
    many = f"Of {counted(len(found), 'other indicator')} of the same areas"
    r, _, key = found[0]
    sentence = f"{many}, “{place.indicators[key.indicator].name}” goes most closely with the score ({two(r)})."
    advice = (
        "Going together is no cause, and no check from outside where both count some of the same people. The closest "
        "of many are partly luck, and neighbours are alike."
    )
    rows = [
        {
            "indicator": key.indicator,
            "period": key.period,
            "correlation": r,
            "areas": n,
            "limits": fisher_interval(r, n),
        }
        for r, n, key in found
    ]
    return Step(9, title, "done", f"{sentence} {advice}", figures, data={"correlations": rows})


def _others(place: Place, result: IndexResult) -> list[Series]:
    """The newest series of each indicator of the areas that is not in the index and is neither count nor rank."""
    used = {leaf.indicator for leaf in result.leaves}
    newest: dict[str, Series] = {}
    for key, series in place.series.items():
        known = place.indicators[key.indicator]
        if (
            key.geography == result.spec.geography
            and key.indicator not in used
            and known.value_type not in {"count", "rank"}
        ):
            last = newest.get(key.indicator)
            newest[key.indicator] = series if last is None or key.period > last.key.period else last
    return list(newest.values())


def _interval(correlation: float, n: int) -> str:
    ends = fisher_interval(correlation, n)
    return "" if ends is None else f" (95% interval {two(ends[0])} to {two(ends[1])})"


def finite(values: Floats) -> int:
    """How many values there are."""
    return int(np.isfinite(values).sum())
