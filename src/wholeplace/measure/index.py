"""Build an index: from indicators to scores, ranks and deciles of areas."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from wholeplace.measure.aggregate import AggregateError, Node, combine
from wholeplace.measure.index_spec import ROOT, IndexSpec, open_index
from wholeplace.measure.leaves import Leaf, find_leaves
from wholeplace.measure.normalise import NormaliseError, NormaliseSpec, cut_count, normalise
from wholeplace.place import Finding, Findings, Place

Floats = NDArray[np.float64]

METHOD_VERSION = "1"
#: Scores nearer than this share a rank.
TIE = 1e-9


@dataclass(frozen=True)
class IndexResult:
    """An index built for the areas of a place.

    `frame`: area, score, rank, decile, `<part>_score`… (parts depth first), in code order, areas without a score last;
    with `reference = "source"` and one common set of rows also reference_rank and reference_decile. `areas`,
    `normalised` (areas x leaves) and `leaves` hold every row that was computed, `inside` which are of the place.
    """

    spec: IndexSpec
    frame: pl.DataFrame
    root: Node
    areas: pl.Series
    inside: NDArray[np.bool_]
    normalised: Floats
    leaves: tuple[Leaf, ...]
    cuts: dict[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @cached_property
    def scores(self) -> dict[str, Floats]:
        """Scores of every part, and of the whole under "index", for all rows computed."""
        return combine(self.root, self.normalised)

    def _repr_html_(self) -> str:
        counted = f"{self.frame['score'].count()} areas, rank 1 is the {self.spec.rank_1} score"
        title = f"<p><strong>{self.spec.name}</strong>: {counted}</p>"
        return title + self.frame.sort("rank", nulls_last=True)._repr_html_()

    def to_csv(self, path: str | Path) -> None:
        """Write `frame` as CSV, scores at full precision, blank where there is none."""
        self.frame.write_csv(path)

    def to_json(self, path: str | Path) -> None:
        """Write `frame` as JSON, a list with one object an area."""
        self.frame.write_json(path)


def build_index(place: Place, index: str | Path | IndexSpec) -> IndexResult:
    """Build an index of a place.

    Parameters
    ----------
    place
        An opened place.
    index
        The id of an index of the place (file stem), the path of an index file, or a read one.

    Returns
    -------
    result
        Scores (in the scale the normalisation gives), ranks and deciles; `higher_is` of the file says what a high
        score means. Deciles have as equal numbers of areas as can be; decile 1 holds rank 1.

    Raises
    ------
    FindingsError
        When the file or the values do not allow it; the error lists every fault.

    Notes
    -----
    A composite index orders areas, it does not measure how far apart they are in life; do not read differences of
    ranks without their intervals (`uncertainty`). Method: OECD/JRC (2008), Handbook on Constructing Composite
    Indicators.
    """
    spec = index if isinstance(index, IndexSpec) else open_index(place.folder, index)
    findings = Findings()
    prepared = find_leaves(place, spec, findings)
    findings.raise_errors(f"the index {spec.id}")
    normalised, cuts = _normalise_leaves(spec, prepared.leaves, prepared.inside, findings)
    findings.raise_errors(f"the index {spec.id}")
    root = spec.tree()
    try:
        scores = combine(root, normalised)
    except (AggregateError, NormaliseError) as error:
        _explain_fault(error, prepared.areas, findings)
        findings.raise_errors(f"the index {spec.id}")
    if not np.isfinite(scores[ROOT][prepared.inside]).any():
        findings.error("all-missing", "no area has a score: every value is missing", value=spec.id)
    findings.raise_errors(f"the index {spec.id}")
    frame = _frame(spec, prepared.areas, prepared.inside, scores, common=prepared.common)
    inside = prepared.inside
    return IndexResult(
        spec, frame, root, prepared.areas, inside, normalised, prepared.leaves, cuts, tuple(findings.items)
    )


def _normalise_leaves(
    spec: IndexSpec, leaves: tuple[Leaf, ...], inside: NDArray[np.bool_], findings: Findings
) -> tuple[Floats, dict[str, int]]:
    columns, cuts = [], {}
    for (part, settings), leaf in zip(spec.leaves(), leaves, strict=True):
        setting = settings.spec()
        try:
            columns.append(normalise_leaf(leaf, setting, spec, inside))
        except NormaliseError as error:
            message = f"part {part.id!r} cannot be normalised by {setting.method}: {error}"
            findings.error("normalise", message, column=part.indicator, value=part.id)
            continue
        cut = cut_count(leaf.value[inside], setting)
        if cut:
            cuts[part.id] = cut
            message = f"{cut} values of part {part.id!r} lie beyond the goalposts and are cut to them"
            findings.notice("cut", message, column=part.indicator, value=part.id)
    return (np.column_stack(columns) if columns else np.empty((0, 0))), cuts


def normalise_leaf(leaf: Leaf, setting: NormaliseSpec, spec: IndexSpec, inside: NDArray[np.bool_]) -> Floats:
    """Normalise one leaf for the rows that are computed, among the reference it asks for."""
    flip = flipped(spec, leaf)
    if setting.reference == "source" and leaf.source is not None:
        everyone = np.concatenate([leaf.value, leaf.source])
        refers = np.concatenate([np.zeros(len(leaf.value), dtype=bool), np.ones(len(leaf.source), dtype=bool)])
        if leaf.common:
            return normalise(leaf.value, setting, flip=flip)
        return normalise(everyone, setting, flip=flip, reference=refers)[: len(leaf.value)]
    return normalise(leaf.value, setting, flip=flip, reference=inside)


def flipped(spec: IndexSpec, leaf: Leaf) -> bool:
    """Whether high values of a leaf mean the opposite of `higher_is`."""
    return (spec.higher_is == "worse") != (leaf.direction == "high-is-worse")


def _explain_fault(error: Exception, areas: pl.Series, findings: Findings) -> None:
    if isinstance(error, AggregateError):
        codes = areas.gather(error.rows[:5]).to_list()
        listed = ", ".join(codes) + (f" and {len(error.rows) - 5} more" if len(error.rows) > 5 else "")
        message = f"{error}; area {listed}. Use an arithmetic mean or a normalisation whose range starts above 0"
        findings.error("not-positive", message, column=error.part, value=codes[0])
    else:
        findings.error("normalise", f"a combined score cannot be normalised again: {error}")


def rank_scores(scores: Floats, rank_1: str) -> tuple[Floats, Floats]:
    """Rank and decile of scores, NaN where there is no score.

    Scores within TIE of the next share the lowest number; decile = ceil(10 x rank / n).
    """
    present = np.isfinite(scores)
    rank = np.full(len(scores), np.nan)
    rank[present] = tied_ranks(-scores[present] if rank_1 == "highest" else scores[present])
    n = int(present.sum())
    return rank, np.ceil(10 * rank / n - 1e-9) if n else rank


def tied_ranks(key: Floats) -> Floats:
    """Ranks from 1, the least key first; keys within TIE of their neighbour share the lowest number."""
    order = np.argsort(key, kind="stable")
    starts = np.concatenate([[True], np.diff(key[order]) > TIE])
    first = np.maximum.accumulate(np.where(starts, np.arange(len(key)), 0))
    ranks = np.empty(len(key))
    ranks[order] = first + 1
    return ranks


def _frame(
    spec: IndexSpec, areas: pl.Series, inside: NDArray[np.bool_], scores: dict[str, Floats], *, common: bool
) -> pl.DataFrame:
    score = scores[ROOT]
    rank, decile = rank_scores(score[inside], spec.rank_1)
    columns: dict[str, pl.Series] = {"area": areas.filter(pl.Series(inside)), "score": _series(score[inside])}
    columns |= {"rank": _whole(rank), "decile": _whole(decile)}
    if common:
        everywhere, tenth = rank_scores(score, spec.rank_1)
        columns |= {"reference_rank": _whole(everywhere[inside]), "reference_decile": _whole(tenth[inside])}
    columns |= {f"{part.id}_score": _series(scores[part.id][inside]) for part, _, _ in spec.parts()}
    frame = pl.DataFrame(columns)
    return frame.with_columns(pl.col("score").is_null().alias("_last")).sort("_last", "area").drop("_last")


def _series(numbers: Floats) -> pl.Series:
    return pl.Series(numbers).fill_nan(None)


def _whole(numbers: Floats) -> pl.Series:
    return pl.Series(numbers).fill_nan(None).cast(pl.Int64)


def spearman(left: Floats, right: Floats) -> float:
    """Rank correlation of two sets of scores, over the areas that have both."""
    both = np.isfinite(left) & np.isfinite(right)
    return float(stats.spearmanr(left[both], right[both]).statistic)
