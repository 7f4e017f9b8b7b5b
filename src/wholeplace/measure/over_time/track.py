"""Follow an index through its periods: scores, changes with intervals, and what is only noise."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.errors import WholeplaceError
from wholeplace.measure.explain import WHOLE
from wholeplace.measure.index import IndexResult, build_periods
from wholeplace.measure.index_spec import ROOT, IndexSpec
from wholeplace.measure.moving import population
from wholeplace.measure.over_time.cautions import cautions
from wholeplace.measure.over_time.draws import agreement, drawn_scores, has_interval
from wholeplace.measure.over_time.result import BETTER, NOISE, NOT_COMPARED, WORSE, OverTime
from wholeplace.measure.values.changes import clear_among_all, two_sided
from wholeplace.place import Place

Floats = NDArray[np.float64]
#: Draws of weights that tell how often a direction holds.
WEIGHT_DRAWS = 200
_ENDS = (2.5, 97.5)
_FEW = 0.05


class NotOverTimeError(WholeplaceError, ValueError):
    """An index of one period, which says nothing of change."""


def over_time(place: Place, index: str | Path | IndexSpec, *, draws: int | None = None, seed: int = 1) -> OverTime:
    """Score every area of an index in each of its periods, and say which changes are more than noise.

    All periods are scored by one yardstick (`build_periods`). The interval of a change is that of the middle 95 % of
    draws in which every value moves within its own interval, apart from all others; weights and method stay as
    written, and `weights_agree` says in how many draws of other weights (the same in both periods) the direction
    stays. A change is named where it is clear when all areas are looked at together: false ones among those named are
    kept at 5 % (Benjamini and Hochberg), part by part and span by span.

    Assumes that the values of different periods are independent; periods that overlap are refused. It is not for
    people: who lives in an area changes, and an area can get better because others moved in. What a change comes of it
    does not say.

    Parameters
    ----------
    place
        An opened place.
    index
        The id of an index of the place (file stem), the path of an index file, or a read one; with `periods`.
    draws, seed
        How many draws (the index file's when None), and their seed.

    Raises
    ------
    FindingsError
        When the file or the values do not allow it; the error lists every fault.
    NotOverTimeError
        When the index has one period.

    References
    ----------
    OECD/JRC (2008), Handbook on Constructing Composite Indicators, steps 5 and 7; Benjamini Y and Hochberg Y (1995),
    J. R. Stat. Soc. B 57:289-300.
    """
    results = build_periods(place, index)
    if len(results) < 2:
        raise NotOverTimeError(
            f"the index {results[0].spec.id} has one period; name two or more under `periods` to see it over time"
        )
    return track(place, results, draws=draws, seed=seed)


def track(place: Place, results: Sequence[IndexResult], *, draws: int | None = None, seed: int = 1) -> OverTime:
    """Follow the results of an index's periods; see `over_time`."""
    spec = results[-1].spec
    draws = draws or spec.uncertainty.draws
    people, weighted_by = _people(place, results[-1])
    parts = {ROOT: 0} | {part.id: depth for part, depth, _ in spec.parts()}
    scores = {part: np.stack([one.scores[part] for one in results]) for part in parts}
    told = _told(results, list(combinations(range(len(results)), 2)))
    spans = list(dict.fromkeys([(0, len(results) - 1), *pairwise(range(len(results)))]))
    steady = {part: np.logical_and.reduce([one.comparable for one in told[part].values()]) for part in parts}
    weights = {part: np.where(steady[part] & np.isfinite(scores[part][0]), people, 0.0) for part in parts}
    limits, means, own = _drawn(results, spans, weights, draws=draws, seed=seed)
    agrees = agreement(results, spans, draws=WEIGHT_DRAWS, seed=seed)
    changes, averages = [], []
    for span, (first, last) in enumerate(spans):
        for part, depth in parts.items():
            head = {"since": results[first].spec.period, "period": results[last].spec.period, "part": part or WHOLE}
            about = _Head(head, depth, spec.higher_is)
            sure = told[part][first, last]
            before, after = (np.where(sure.comparable, scores[part][number], np.nan) for number in (first, last))
            ends = np.where(sure.interval, limits[part][span], np.nan)
            frame = _changed(about, before, after, ends, results[0].areas)
            agree = agrees[span] if part == ROOT else np.full(agrees.shape[1], np.nan)
            changes.append(frame.with_columns(pl.Series("weights_agree", agree).fill_nan(None)))
            before, after = (_mean(scores[part][[number]], weights[part]) for number in (first, last))
            reach = _ends(means[part][last] - means[part][first]) if sure.interval.any() else np.full(2, np.nan)
            averages.append(_changed(about, before, after, reach[:, None]))
    levels = [
        pl.DataFrame({"period": [one.spec.period for one in results]}).with_columns(
            pl.lit(part or WHOLE).alias("part"), pl.Series("average", _mean(found, weights[part])).fill_nan(None)
        )
        for part, found in scores.items()
    ]
    moving = [one.any(axis=0) for one in has_interval(results)]
    frames = [
        _with_limits(one, np.where(moves, ends, np.nan)) for one, ends, moves in zip(results, own, moving, strict=True)
    ]
    return OverTime(
        tuple(results), pl.concat(frames), pl.concat(changes), pl.concat(averages), pl.concat(levels), weighted_by,
        draws, seed, tuple(cautions(place, results)),
    )  # fmt: skip


def _people(place: Place, result: IndexResult) -> tuple[Floats, str]:
    """People by area, by whom areas are weighted in the mean of all, and of which period; ones where nobody knows."""
    people = population(place, result.spec.geography, result.spec.period)
    if people is None:
        return np.ones(len(result.areas)), ""
    known = pl.DataFrame({"area": result.areas}).join(people, on="area", how="left", maintain_order="left")
    return known["population"].fill_null(0.0).to_numpy(), str(people["period"][0])


def _mean(scores: Floats, weights: Floats) -> Floats:
    """Weighted means along the last axis, of what has a weight; NaN where nothing has."""
    total = weights.sum()
    counted = np.where(weights > 0, scores, 0.0)
    mean: Floats = counted @ weights / total if total > 0 else np.full(scores.shape[:-1], np.nan)
    return mean


def _drawn(
    results: Sequence[IndexResult],
    spans: Sequence[tuple[int, int]],
    weights: dict[str, Floats],
    *,
    draws: int,
    seed: int,
) -> tuple[dict[str, Floats], dict[str, Floats], Floats]:
    """What the draws tell: of every part the limits of its change (spans x 2 x areas) and the mean of all areas by draw
    (periods x draws), and the limits of the whole score (periods x 2 x areas).
    """
    areas = len(results[0].areas)
    limits = {part: np.full((len(spans), 2, areas), np.nan) for part in weights}
    means = {part: np.zeros((len(results), draws)) for part in weights}
    own = np.full((len(results), 2, areas), np.nan)
    for rows, scores in drawn_scores(results, draws=draws, seed=seed):
        own[:, :, rows] = _ends(scores[ROOT].transpose(1, 0, 2)).transpose(1, 0, 2)
        for part, drawn in scores.items():
            for span, (first, last) in enumerate(spans):
                limits[part][span][:, rows] = _ends(drawn[last] - drawn[first])
            share = weights[part] / max(weights[part].sum(), 1e-300)
            means[part] += np.where(share[rows] > 0, drawn, 0.0) @ share[rows]
    return limits, means, own


def _with_limits(result: IndexResult, ends: Floats) -> pl.DataFrame:
    """The frame of one period with the limits of each score, null where no value of an area has an interval."""
    limits = {name: pl.Series(end).fill_nan(None) for name, end in zip(("lower95", "upper95"), ends, strict=True)}
    known = pl.DataFrame({"area": result.areas, **{f"score_{name}": column for name, column in limits.items()}})
    joined = result.frame.join(known, on="area", how="left", maintain_order="left")
    first = ("area", "score", "score_lower95", "score_upper95")
    return joined.select(pl.lit(result.spec.period).alias("period"), *first, pl.exclude(*first))


def _ends(drawn: Floats) -> Floats:
    """The limits of the middle 95 % of draws, along the first axis."""
    found: Floats = np.percentile(drawn, _ENDS, axis=0)
    return found


class _Sure(NamedTuple):
    """In which areas a part is made of the same figures in both periods, and in which of these some have intervals."""

    comparable: NDArray[np.bool_]
    interval: NDArray[np.bool_]


def _told(results: Sequence[IndexResult], spans: Sequence[tuple[int, int]]) -> dict[str, dict[tuple[int, int], _Sure]]:
    """What can be told of each part over each span."""
    known = np.stack([np.isfinite(one.normalised) for one in results])  # periods x areas x leaves
    moves = has_interval(results).transpose(0, 2, 1)
    found = {}
    for node in results[0].root.walk():
        own = [leaf.leaf for leaf in node.walk() if not leaf.children]
        sure = {}
        for first, last in spans:
            same = (known[first][:, own] == known[last][:, own]).all(axis=1)
            drawn = (moves[first] & moves[last])[:, own].any(axis=1)
            sure[first, last] = _Sure(same, same & drawn)
        found[node.id] = sure
    return found


class _Head(NamedTuple):
    """What changes are of: since, period and part, how deep the part stands, and what a high score means."""

    texts: dict[str, str]
    depth: int
    higher_is: str


def _changed(
    head: _Head, before: Floats, after: Floats, limits: Floats, areas: pl.Series | None = None
) -> pl.DataFrame:
    """Changes of one part over one span as a table, with the words for them."""
    change = after - before
    p_value = two_sided(change, limits[0], limits[1])
    numbers = {"before": before, "after": after, "change": change, "lower95": limits[0], "upper95": limits[1]}
    alone = [None if np.isnan(p) else bool(p < _FEW) for p in p_value]
    return pl.DataFrame(
        [
            *(pl.Series(name, [value] * len(before)) for name, value in head.texts.items()),
            pl.Series("depth", [head.depth] * len(before)),
            *([] if areas is None else [areas.alias("area")]),
            *(pl.Series(name, column).fill_nan(None) for name, column in {**numbers, "p_value": p_value}.items()),
            pl.Series("word_alone", _words(change, alone, head.higher_is)),
            pl.Series("word", _words(change, clear_among_all(p_value), head.higher_is)),
        ]
    )


def _words(change: Floats, clear: Sequence[bool | None], higher_is: str) -> list[str]:
    """What is said of each change, by whether it is clear; None: nothing can be told."""
    up, down = (BETTER, WORSE) if higher_is == "better" else (WORSE, BETTER)
    return [
        NOT_COMPARED if one is None else NOISE if not one else up if moved > 0 else down
        for moved, one in zip(change, clear, strict=True)
    ]
