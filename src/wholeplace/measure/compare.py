"""Compare two indices area by area: who moved, how far, and which parts did it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from wholeplace.errors import WholeplaceError
from wholeplace.measure.aggregate import effective_weights
from wholeplace.measure.index import Floats, IndexResult, spearman
from wholeplace.measure.index_spec import ROOT
from wholeplace.measure.result import Result

#: So many areas are named in words at either end; the table has all.
NAMED = 3
#: What the columns of parts end in; no other column does, whatever parts are called.
CHANGE = "_contribution_change"


class NotComparableError(WholeplaceError, ValueError):
    """Two indices that share no areas."""


@dataclass(frozen=True)
class Comparison(Result):
    """What changed from one index to another, on the areas that both have.

    `frame`: area, name, score_before, score, score_change, rank_before, rank, rank_change (positive: nearer to rank 1),
    decile_before, decile, main_part (the part that did most to move the area the way it went, null where it kept its
    rank), and for each part at the top level of both `<part>_contribution_change`, the change of what it adds to the
    score; the largest move first. With arithmetic means these changes add up to the change of the score.

    `parts`: part, name, mean_change (of its contribution), mean_shift (how far that change is from the mean change, on
    average over areas, which is what moves ranks), main_part_in (how many areas), the part with most effect first.
    `spearman` is the rank correlation, None where there is none. `only_before` and `only_after` name areas that one of
    the two lacks, `cautions` say what makes the two hard to compare, `summary` says it all in sentences.
    """

    before: str
    after: str
    frame: pl.DataFrame
    parts: pl.DataFrame
    spearman: float | None
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    cautions: tuple[str, ...] = ()

    @property
    def summary(self) -> tuple[str, ...]:
        """Who moved, how far, and which parts did it, in sentences."""
        lost = [_left_out(self.before, self.only_before), _left_out(self.after, self.only_after)]
        return (*_how_far(self), *_who(self), *_which_parts(self), *self.cautions, *filter(None, lost))


def compare(before: IndexResult, after: IndexResult, *, names: Mapping[str, str] | None = None) -> Comparison:
    """Compare two built indices on the areas that both have.

    Ranks are those within each index. Where the sets of areas differ (another vintage), a code that both have is taken
    for the same area, which boundary changes can make untrue: `only_before` and `only_after` name the rest. Parts are
    the same when they have the same id. Contributions are weight x score; where a level is no arithmetic mean they say
    which way and roughly how much a part moved the score, not exactly.

    Parameters
    ----------
    before, after
        Two built indices, of one place or of two.
    names
        Area code -> name, for the table and the sentences; codes where None.

    Raises
    ------
    NotComparableError
        When no area is in both.
    """
    columns = ["area", "score", "rank", "decile"]
    left = before.frame.select(columns).rename({name: f"{name}_before" for name in columns[1:]})
    joined = left.join(after.frame.select(columns), on="area", how="inner")
    if joined.is_empty():
        raise NotComparableError(f"{before.spec.id} and {after.spec.id} have no area in common")
    called = names or {}
    moved = joined.with_columns(
        pl.Series("name", [called.get(area, area) for area in joined["area"]], dtype=pl.String),
        (pl.col("score") - pl.col("score_before")).alias("score_change"),
        (pl.col("rank_before") - pl.col("rank")).alias("rank_change"),
    )
    changes = _part_changes(before, after, moved["area"])
    ends = ["score_before", "score", "score_change", "rank_before", "rank", "rank_change", "decile_before", "decile"]
    frame = moved.select("area", "name", *ends).hstack([_main_part(changes, moved["rank_change"], after), *changes])
    frame = frame.sort(pl.col("rank_change").abs(), "area", descending=[True, False], nulls_last=True)
    first, second = set(before.frame["area"]), set(after.frame["area"])
    return Comparison(
        before.spec.id,
        after.spec.id,
        frame,
        _parts(frame, changes, after),
        spearman(_floats(frame["score_before"]), _floats(frame["score"])),
        tuple(sorted(first - second)),
        tuple(sorted(second - first)),
        tuple(_cautions(before, after)),
    )


def _floats(column: pl.Series) -> Floats:
    return column.cast(pl.Float64).fill_null(np.nan).to_numpy()


def _contributions(result: IndexResult, areas: pl.Series) -> dict[str, Floats]:
    """What each part at the top level adds to the score of some areas; 0 where it is left out."""
    every = pl.DataFrame({"area": result.areas}).with_row_index("row")
    rows = pl.DataFrame({"area": areas}).join(every, on="area", how="left", maintain_order="left")["row"].to_numpy()
    scores = np.column_stack([result.scores[child.id][rows] for child in result.root.children])
    weights = effective_weights(result.root, np.isfinite(scores))
    return {child.id: weights[:, i] * np.nan_to_num(scores[:, i]) for i, child in enumerate(result.root.children)}


def _part_changes(before: IndexResult, after: IndexResult, areas: pl.Series) -> list[pl.Series]:
    """Change of the contribution of each part that stands at the top level of both indices."""
    old, new = _contributions(before, areas), _contributions(after, areas)
    return [pl.Series(part + CHANGE, new[part] - old[part]).fill_nan(None) for part in new if part in old]


def _part_of(change: pl.Series) -> str:
    return change.name.removesuffix(CHANGE)


def _shift(change: pl.Series) -> Floats:
    """How far each area's change is from the mean change: what all areas share moves no rank."""
    numbers = _floats(change)
    return np.nan_to_num(numbers - np.nanmean(numbers)) if np.isfinite(numbers).any() else np.zeros(len(numbers))


def _main_part(changes: list[pl.Series], rank_change: pl.Series, after: IndexResult) -> pl.Series:
    if not changes:
        return pl.Series("main_part", [None] * len(rank_change), dtype=pl.String)
    way = np.sign(np.nan_to_num(_floats(rank_change))) * (1.0 if after.spec.rank_1 == "highest" else -1.0)
    pushes = np.column_stack([_shift(change) for change in changes]) * way[:, None]
    most = np.argmax(pushes, axis=1)
    parts = [_part_of(changes[part]) if pushes[row, part] > 0 else None for row, part in enumerate(most)]
    return pl.Series("main_part", parts, dtype=pl.String)


def _parts(frame: pl.DataFrame, changes: list[pl.Series], after: IndexResult) -> pl.DataFrame:
    names = {part.id: part.name or part.id for part, _, parent in after.spec.parts() if parent == ROOT}
    rows = [
        {
            "part": _part_of(change),
            "name": names[_part_of(change)],
            "mean_change": change.mean(),
            "mean_shift": float(np.abs(_shift(change)).mean()),
            "main_part_in": frame.filter(pl.col("main_part") == _part_of(change)).height,
        }
        for change in changes
    ]
    schema = {"part": pl.String, "name": pl.String, "mean_change": pl.Float64, "mean_shift": pl.Float64}
    table = pl.DataFrame(rows, schema={**schema, "main_part_in": pl.Int64})
    return table.sort("main_part_in", "mean_shift", "part", descending=[True, True, False])


def _cautions(before: IndexResult, after: IndexResult) -> list[str]:
    """What makes two indices hard to compare."""
    said = []
    ends = [(one.spec.higher_is == "worse") == (one.spec.rank_1 == "highest") for one in (before, after)]
    if ends[0] != ends[1]:
        first, second = ("worst" if end else "best" for end in ends)
        said.append(f"Take care: rank 1 is the {first}-off area of {before.spec.id} but the {second}-off of "
                    f"{after.spec.id}, so that a move means little.")  # fmt: skip
    counts = [int(one.frame["rank"].count()) for one in (before, after)]
    if counts[0] != counts[1]:
        said.append(f"Ranks are of {counts[0]:,} areas before and of {counts[1]:,} after.")
    tops = [{child.id for child in one.root.children} for one in (before, after)]
    for index, only in ((before, tops[0] - tops[1]), (after, tops[1] - tops[0])):
        if only:
            said.append(f"Only {index.spec.id} has the parts {', '.join(sorted(only))}: what they did is not shown.")
    return said


def _left_out(index: str, codes: tuple[str, ...]) -> str:
    if not codes:
        return ""
    noun, verb = ("area", "is") if len(codes) == 1 else ("areas", "are")
    listed = ", ".join(codes[:8]) + (" …" if len(codes) > 8 else "")
    return f"{len(codes):,} {noun} {verb} only in {index} and {verb} left out: {listed}"


def _how_far(found: Comparison) -> list[str]:
    ranked = found.frame.filter(pl.col("rank_change").is_not_null())
    if ranked.is_empty():
        return [f"No area has a rank in both {found.before} and {found.after}."]
    places = np.abs(ranked["rank_change"].to_numpy())
    crossed = ranked.filter(pl.col("decile") != pl.col("decile_before")).height
    half = float(np.median(places))
    same = "" if found.spearman is None else f" (rank correlation {found.spearman:.3f})"
    return [
        f"From {found.before} to {found.after}: {ranked.height:,} areas have a rank in both{same}. "
        f"Half of them move {half:g} {'place' if half == 1 else 'places'} or fewer, the most is {places.max():,}; "
        f"{crossed:,} ({crossed / ranked.height:.0%}) change decile."
    ]


def _who(found: Comparison) -> list[str]:
    names = dict(found.parts.select("part", "name").iter_rows())
    said = []
    for words, rows in (
        ("Furthest towards rank 1", found.frame.filter(pl.col("rank_change") > 0)),
        ("Furthest away from rank 1", found.frame.filter(pl.col("rank_change") < 0)),
    ):
        moves = [
            f"{row['name']} by {abs(row['rank_change']):,} (rank {row['rank_before']:,} to {row['rank']:,}"
            + (f", mainly {names[row['main_part']]})" if row["main_part"] else ")")
            for row in rows.head(NAMED).iter_rows(named=True)
        ]
        if moves:
            said.append(f"{words}: {'; '.join(moves)}.")
    return said


def _which_parts(found: Comparison) -> list[str]:
    moved = found.frame.filter(pl.col("rank_change") != 0).height
    shares = [
        f"{row['name']} in {row['main_part_in']:,} ({row['main_part_in'] / moved:.0%})"
        for row in found.parts.iter_rows(named=True)
        if row["main_part_in"]
    ]
    return [f"Of the {moved:,} areas whose rank changes, the part that does most is {', '.join(shares)}."] * bool(
        shares
    )
