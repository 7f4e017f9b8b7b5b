"""Join an index to its uncertainty: which other choices could have been made, and what they would have changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from wholeplace.measure.aggregate import Floats
from wholeplace.measure.index import IndexResult, normalise_leaf
from wholeplace.measure.normalise import NormaliseError, NormaliseSpec
from wholeplace.measure.result import Result
from wholeplace.measure.uncertainty.choices import IndexChoices, UncertaintySettings
from wholeplace.measure.uncertainty.curves import LeafInterval, ScoreCurve
from wholeplace.measure.uncertainty.draws import usual_share
from wholeplace.measure.uncertainty.of_ranks import Source, Uncertainty, index_uncertainty

#: Other normalisations that are drawn among when the index file names none.
NORMALISATIONS = ("min-max", "z-score", "percentile")
#: Another mean that is drawn among when the index file names none, by the index's own.
AGGREGATIONS = {"arithmetic": ("geometric",), "geometric": ("arithmetic",), "harmonic": ("arithmetic", "geometric")}
#: An alternative min-max starts at 1, so that it can meet a geometric mean (OECD/JRC 2008, step 5).
POSITIVE_RANGE = (1.0, 100.0)
#: With more areas than this the sensitivity is worked out from a smaller sample.
MOST_SAMPLED = 5_000
_STRAIGHT = ("min-max", "z-score", "none", "goalposts")
_WORDS = {
    "weights": "the weights",
    "normalisation": "the way indicators are put on one scale",
    "aggregation": "the way parts are combined",
    "intervals": "the indicators within their own intervals",
}


@dataclass(frozen=True)
class IndexUncertainty(Result):
    """An index with how sure its ranks are.

    `frame`: the index's frame with rank_p05, rank_p50, rank_p95 and p_decile_1; `about`: draws, seed, settings, what
    each source moves, and sentences that say so.
    """

    frame: pl.DataFrame
    about: dict[str, Any]
    uncertainty: Uncertainty

    @property
    def summary(self) -> tuple[str, ...]:
        """What each source moves, in sentences."""
        return tuple(self.about["sentences"])


def uncertainty_of(
    result: IndexResult, *, draws: int | None = None, seed: int = 1, sensitivity_samples: int | None = None
) -> IndexUncertainty:
    """Say how sure the ranks of a built index are; see `index_uncertainty` for the method and its limits.

    Parameters
    ----------
    result
        A built index.
    draws, seed
        How many draws (the index file's when None), and their seed.
    sensitivity_samples
        Base sample of the Sobol indices, a power of 2: 256 when None, 64 for more than 5,000 areas, whose rankings as a
        whole differ less by chance; 0 leaves out what each source moves.
    """
    wanted = result.spec.uncertainty
    if sensitivity_samples is None:
        sensitivity_samples = 256 if result.frame.height <= MOST_SAMPLED else 64
    settings = UncertaintySettings(draws or wanted.draws, seed, wanted.weight_concentration, sensitivity_samples)
    choices, unusable = choices_of(result)
    found = _with_left_out(index_uncertainty(choices, settings), unusable)
    columns = ["area", "rank_p05", "rank_p50", "rank_p95", "p_decile_1"]
    frame = result.frame.join(found.frame.select(columns), on="area", how="left", maintain_order="left")
    scored = int(result.frame["rank"].count())
    sentences = [_sentence(source, scored) for source in found.sources]
    sentences += [f"Left out: {choice}." for source in found.sources for choice in source.left_out if source.included]
    half = usual_share(0.5, wanted.weight_concentration)
    about = {**found.as_dict(), "usual_half": half, "sentences": [*sentences, *_held_fixed(result, choices)]}
    return IndexUncertainty(frame, about, found)


def _with_left_out(found: Uncertainty, unusable: tuple[str, ...]) -> Uncertainty:
    """Name the normalisations that could not even be worked out beside those the draws had to leave out."""
    sources = tuple(
        replace(source, left_out=(*unusable, *source.left_out)) if source.id == "normalisation" else source
        for source in found.sources
    )
    return replace(found, sources=sources)


def _held_fixed(result: IndexResult, choices: IndexChoices) -> list[str]:
    """Say which indicators have no interval and so stay as published, where others move."""
    moving = {interval.leaf for interval in choices.intervals}
    parts = [part for part, _ in result.spec.leaves()]
    still = [part.name or part.id.replace("-", " ") for number, part in enumerate(parts) if number not in moving]
    if not moving or not still:
        return []
    counted = f"{len(still)} of {len(result.leaves)} indicators"
    return [f"Held as published, because they come without counts or intervals: {counted} ({', '.join(still)})."]


def choices_of(result: IndexResult) -> tuple[IndexChoices, tuple[str, ...]]:
    """The choices that could as well have been made for an index, from its file or by default.

    The second answer names the normalisations that do not fit the index's values, each with the reason.
    """
    # areas outside serve only where a level is normalised again among them
    again = any(node.renormalise and node.renormalise.reference == "source" for node in result.root.walk())
    rows = np.ones(len(result.areas), dtype=bool) if again else result.inside
    matrices = {"as published": result.normalised[rows].T}
    left_out = []
    for method in _other_methods(result):
        try:
            matrices[method] = _normalised(result, method)[rows].T
        except NormaliseError as error:
            left_out.append(f"{method}: {error}")
    intervals = [_interval(result, number, matrices, rows) for number in range(len(result.leaves))]
    usable = [one for one in intervals if one.usable().any()]
    aggregations = result.spec.uncertainty.aggregations
    why = {"intervals": "none of its indicators is published with counts or intervals"} if not usable else {}
    choices = IndexChoices(
        root=result.root,
        areas=result.areas.filter(pl.Series(rows)).to_list(),
        normalisations={name: np.ascontiguousarray(matrix) for name, matrix in matrices.items()},
        rank_1=result.spec.rank_1,
        aggregations=AGGREGATIONS.get(result.root.method, ()) if aggregations is None else aggregations,
        intervals=usable,
        ranked=result.inside[rows],
        why_not=why,  # type: ignore[arg-type]
    )
    return choices, tuple(left_out)


def _other_methods(result: IndexResult) -> list[str]:
    asked = result.spec.uncertainty.normalisations
    own = {settings.method for _, settings in result.spec.leaves()}
    return [method for method in (asked or NORMALISATIONS) if own != {method}] if asked != [] else []


def _normalised(result: IndexResult, method: str) -> Floats:
    """Every leaf normalised by another method, with what it refers to unchanged."""
    columns = []
    for (part, settings), leaf in zip(result.spec.leaves(), result.leaves, strict=True):
        own = settings.spec()
        other = replace(own, method=method, range=POSITIVE_RANGE if method == "min-max" else own.range)
        if method in {"goalposts", "log-goalposts"} and (own.low is None or own.high is None):
            raise NormaliseError(f"{part.name or part.id} has no goalposts")
        columns.append(normalise_leaf(leaf, other, result.spec, result.inside))
    return np.column_stack(columns)


def _interval(result: IndexResult, number: int, matrices: dict[str, Floats], rows: Any) -> LeafInterval:
    """The interval of one leaf, with the curve by which each normalisation scores its values."""
    leaf = result.leaves[number]
    settings: NormaliseSpec = result.spec.leaves()[number][1].spec()
    value = leaf.value[rows]
    curves = {}
    for name, matrix in matrices.items():
        method = settings.method if name == "as published" else name
        straight = method in _STRAIGHT and not (method == "goalposts" and settings.clip)
        curves[name] = ScoreCurve.through(value, matrix[number], extend=straight)
    inside_own = (leaf.lower95[rows] <= value) & (value <= leaf.upper95[rows])
    lower = np.where(inside_own, leaf.lower95[rows], np.nan)
    return LeafInterval(number, value, lower, np.where(inside_own, leaf.upper95[rows], np.nan), curves)


def _sentence(source: Source, areas: int) -> str:
    """What one source of uncertainty does, in plain words."""
    words = _WORDS[source.id]
    if not source.included:
        return f"Not varied: {words}, because {source.why_not}."
    if source.mean_rank_shift is None:
        return f"Varied: {words}."
    places = f"{source.mean_rank_shift:.1f} of {areas:,} places"
    share = ""
    if source.s1 is not None:
        margin = "" if source.s1_half_width is None else f" (± {100 * source.s1_half_width:.0f} percentage points)"
        share = f" Alone it explains {_share(source.s1)} of how much whole rankings differ{margin}."
    return f"Varying only {words} moves an area by {places} on average.{share}"


def _share(share: float) -> str:
    """A share in per cent; an estimate that falls at or beyond 0 or 1 is called next to nothing, or nearly all."""
    return "under 1%" if share < 0.005 else "over 99%" if share > 0.995 else f"{share:.0%}"
