"""Two editions of an index: which areas changed place by more than noise, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from wholeplace.measure.boundary_changes import SAME, boundary_changes
from wholeplace.measure.compare import Comparison, NotComparableError, compare
from wholeplace.measure.index import IndexResult
from wholeplace.measure.result import Result
from wholeplace.place.findings import counted

#: What is said of an area: nearer to rank 1 or further from it by more than noise, within it, or nothing.
NEARER, FURTHER, NOISE, NOT_COMPARED = "nearer to rank 1", "further from rank 1", "could be noise", "not compared"


@dataclass(frozen=True)
class Editions(Result):
    """What changed between two editions of an index.

    `frame`: area, name, rank_before, rank_p05_before, rank_p95_before, rank, rank_p05, rank_p95, decile_before, decile,
    place_before and place (rank as a share of the areas ranked, 0 to 1), word; a row for each area that has a rank in
    both and whose boundary is known not to have changed. `boundaries` (see `boundary_changes`) holds the areas that
    were drawn anew, None where no look-up says. `same_method` says whether both editions have the same figures,
    weights and method: if not, ranks may be compared and scores not. `comparison` is what `compare` says.
    """

    before: str
    after: str
    frame: pl.DataFrame
    boundaries: pl.DataFrame | None
    same_method: bool
    comparison: Comparison
    cautions: tuple[str, ...]

    @property
    def summary(self) -> tuple[str, ...]:
        """How many areas changed by more than noise, and what to beware of."""
        counts = dict(self.frame["word"].value_counts().iter_rows())
        told = ", ".join(f"{counts.get(word, 0):,} {word}" for word in (NEARER, FURTHER, NOISE) if counts.get(word))
        return (f"Of {counted(self.frame.height, 'area')} in both: {told or 'none can be compared'}.", *self.cautions)


def compare_editions(
    before: IndexResult,
    after: IndexResult,
    *,
    lookup: pl.DataFrame | None = None,
    names: Mapping[str, str] | None = None,
) -> Editions:
    """Compare two editions of an index, with what is only noise told apart.

    An area changed by more than noise when the ranges of its ranks (nine draws of ten of other reasonable choices, see
    `uncertainty_of`) do not overlap, both as shares of the areas ranked. That is strict: choices that both editions
    share move both ranks alike. It is no test: there is no chance of being wrong to control, so that false discoveries
    cannot be kept at a level, and nothing is told where an edition has no ranges.

    Parameters
    ----------
    before, after
        Two built indices whose frames have rank_p05 and rank_p95.
    lookup
        from_area, to_area between the areas of the two, where they are of different vintages: areas that were split,
        merged or redrawn are then left out. Without it, an area is the same where its code is.

    Raises
    ------
    NotComparableError
        When they share no area, or rank 1 is the worst-off area of one and the best-off of the other.
    """
    ends = [(one.spec.higher_is == "worse") == (one.spec.rank_1 == "highest") for one in (before, after)]
    if ends[0] != ends[1]:
        raise NotComparableError(
            f"rank 1 is worst off in one of {before.spec.id} and {after.spec.id} and best off in the other"
        )
    compared = compare(before, after, names=names)
    boundaries = boundary_changes(lookup) if lookup is not None else None
    frame = compared.frame.select("area", "name", "rank_before", "rank", "rank_change", "decile_before", "decile")
    frame = frame.filter(pl.col("rank_before").is_not_null() & pl.col("rank").is_not_null())
    if boundaries is not None:
        kept = boundaries.filter(pl.col("change") == SAME)["area"]
        frame = frame.filter(pl.col("area").is_in(kept.implode()))
        boundaries = boundaries.filter(pl.col("change") != SAME)
    frame = _with_ranges(_with_ranges(frame, before, "_before"), after, "")
    same = _method(before) == _method(after)
    return Editions(
        before.spec.id, after.spec.id, frame.with_columns(_word()), boundaries, same, compared,
        tuple(_cautions(before, after, frame, boundaries, same=same)),
    )  # fmt: skip


def _with_ranges(frame: pl.DataFrame, result: IndexResult, end: str) -> pl.DataFrame:
    """Add the range of each rank, and rank and range as shares of the areas that are ranked."""
    names = ("rank_p05", "rank_p95")
    nothing = [pl.lit(None, pl.Int64).alias(name) for name in names if name not in result.frame.columns]
    ranges = result.frame.with_columns(nothing).select("area", *(pl.col(name).alias(name + end) for name in names))
    n = int(result.frame["rank"].count())
    frame = frame.join(ranges, on="area", how="left", maintain_order="left")
    return frame.with_columns(
        ((pl.col(f"rank{end}") - 0.5) / n).alias(f"place{end}"),
        ((pl.col(f"rank_p05{end}") - 0.5) / n).alias(f"_low{end}"),
        ((pl.col(f"rank_p95{end}") - 0.5) / n).alias(f"_high{end}"),
    )


def _word() -> pl.Expr:
    known = pl.all_horizontal(pl.col("_low", "_high", "_low_before", "_high_before").is_not_null())
    return (
        pl.when(~known).then(pl.lit(NOT_COMPARED))
        .when(pl.col("_high") < pl.col("_low_before")).then(pl.lit(NEARER))
        .when(pl.col("_low") > pl.col("_high_before")).then(pl.lit(FURTHER))
        .otherwise(pl.lit(NOISE)).alias("word")
    )  # fmt: skip


def _method(result: IndexResult) -> tuple[object, ...]:
    """What a score hangs on: figures, weights, normalisation and aggregation of every part."""
    parts = [
        (part.id, part.indicator, part.weight, part.direction, part.normalise, part.aggregate, parent)
        for part, _, parent in result.spec.parts()
    ]
    return (parts, result.spec.normalise, result.spec.aggregate)


def _cautions(
    before: IndexResult, after: IndexResult, frame: pl.DataFrame, boundaries: pl.DataFrame | None, *, same: bool
) -> list[str]:
    said = []
    if not same:
        first, second = ({part.indicator for part, *_ in one.spec.parts() if part.indicator} for one in (before, after))
        said.append(
            "The two editions are not made alike "
            f"({len(first & second):,} of {len(second):,} figures of {after.spec.id} are in {before.spec.id} too): "
            "ranks may be compared with care, scores not."
        )
    counts = [int(one.frame["rank"].count()) for one in (before, after)]
    if counts[0] != counts[1]:
        said.append(f"Ranks are of {counts[0]:,} areas before and of {counts[1]:,} after; compared as shares of all.")
    if boundaries is None and before.spec.geography != after.spec.geography:
        said.append(
            "No look-up leads from the areas of one to those of the other: a code that both have is taken for the same "
            "area, which boundary changes can make untrue."
        )
    if boundaries is not None and boundaries.height:
        kinds = dict(boundaries["change"].value_counts().iter_rows())
        told = ", ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items()))
        said.append(f"Boundaries changed: {told}. These areas are named and not compared.")
    without = int(frame["_low"].is_null().sum() or 0) + int(frame["_low_before"].is_null().sum() or 0)
    if without:
        said.append("An edition is published without ranges of ranks, so that noise cannot be told from change.")
    return said
