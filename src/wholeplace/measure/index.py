"""Build an index: from indicators to scores, ranks and deciles of areas."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.measure.aggregate import AggregateError, Node, NotNormalised, combine
from wholeplace.measure.index_periods import of_period, of_periods
from wholeplace.measure.index_spec import ROOT, IndexSpec, check_spec, find_index, load_index, normalise_faults
from wholeplace.measure.leaves import Leaf, Leaves, find_leaves, some_of
from wholeplace.measure.normalise import ROUNDING, NormaliseError, NormaliseSpec, cut_count, normalise
from wholeplace.measure.ranks import deciles, rank_scores
from wholeplace.measure.result import Result
from wholeplace.measure.yardstick import on_one_scale, with_settings
from wholeplace.place import Finding, Findings, FindingsError, Place

Floats = NDArray[np.float64]

METHOD_VERSION = "1"


@dataclass(frozen=True)
class IndexResult(Result):
    """An index built for the areas of a place.

    `frame`: area, score, rank, decile, `<part>_score`… (parts depth first), in code order, areas without a score last;
    with `reference = "source"` and one common set of rows also reference_rank and reference_decile, after all others.
    `areas`, `normalised` (areas x leaves) and `leaves` hold every row that was computed, `inside` which are of the
    place. Of an index of several periods this is one, `spec` has the scale that they share, and `written` is its file.
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
    written: IndexSpec | None = None

    @cached_property
    def scores(self) -> dict[str, Floats]:
        """Scores of every part by id, and of the whole (`ROOT`), for all rows computed."""
        return combine(self.root, self.normalised, inside=self.inside)

    @property
    def summary(self) -> tuple[str, ...]:
        """What the index is of, and which end rank 1 is."""
        scored, n = self.frame["score"].count(), self.frame.height
        areas = f"{scored:,} areas" if scored == n else f"{scored:,} of {n:,} areas have a score"
        return (f"{self.spec.name}: {areas}; a higher score is {self.spec.higher_is}, rank 1 the {self.spec.rank_1}.",)


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
        score means. Deciles have as equal numbers of areas as can be; decile 1 holds rank 1. An index of several
        periods gives its newest, on the scale that all periods share (`build_periods`).

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
    return build_periods(place, index)[-1]


def build_periods(place: Place, index: str | Path | IndexSpec) -> tuple[IndexResult, ...]:
    """Build an index for each of its periods, oldest first, by one yardstick; an index of one period gives one result.

    The ends of a min-max scale, and mean and spread of z-scores, are those of all areas in all periods together; where
    everybody gets better, everybody's score rises. Raises FindingsError, as `build_index` does.

    Notes
    -----
    A score of one period means little by itself: with a later period in the file the scale may change, and all earlier
    scores with it. Goalposts do not. Method: OECD/JRC (2008), Handbook on Constructing Composite Indicators, step 5
    (normalisation that depends on time).
    """
    findings = Findings()
    written = _read(place, index, findings)
    asked = [of_period(written, number) for number in range(len(written.periods))] or [written]
    found = [Findings(file=findings.file) for _ in asked]
    prepared = [find_leaves(place, one, each) for one, each in zip(asked, found, strict=True)]
    panel = tuple(written.periods)
    if panel:
        prepared = on_one_scale(prepared)
    specs = [with_settings(one, each.leaves) if panel else one for one, each in zip(asked, prepared, strict=True)]
    normalised = [
        _normalise_leaves(one, each.leaves, each.inside, faults)
        for one, each, faults in zip(specs, prepared, found, strict=True)
    ]
    told = findings.items
    _fail(told, panel, found, f"the index {written.id}")
    results = [
        _combined(one, each, *leaves, faults)
        for one, each, leaves, faults in zip(specs, prepared, normalised, found, strict=True)
    ]
    _fail(told, panel, found, f"the index {written.id}")
    said = (*told, *of_periods(panel, found))
    built = [one for one in results if one is not None]
    return tuple(replace(one, written=written if panel else None, findings=said) for one in built)


def _fail(told: list[Finding], panel: tuple[str, ...], found: list[Findings], subject: str) -> None:
    """Raise the faults of the file and of every period, if there are any."""
    Findings([*told, *of_periods(panel, found)]).raise_errors(subject)


def _combined(
    spec: IndexSpec, prepared: Leaves, normalised: Floats, cuts: dict[str, int], findings: Findings
) -> IndexResult | None:
    """The scores of one period; None with an error where parts cannot be combined."""
    root, inside = spec.tree(), prepared.inside
    try:
        scores = combine(root, normalised, inside=inside)
    except AggregateError as error:
        _explain_fault(error, prepared.areas, findings)
        return None
    _check_groups(root, scores, prepared.areas, inside, findings)
    if not np.isfinite(scores[ROOT][inside]).any():
        findings.error("all-missing", "no area has a score: every value is missing", value=spec.id)
    if findings.errors:
        return None
    frame = _frame(spec, prepared.areas, inside, scores, common=prepared.common)
    return IndexResult(spec, frame, root, prepared.areas, inside, normalised, prepared.leaves, cuts)


def _read(place: Place, index: str | Path | IndexSpec, findings: Findings) -> IndexSpec:
    """Read and check an index; faults of its parts are added to `findings`, what is no index at all is raised.

    What is found later lies in its file, too.
    """
    if isinstance(index, IndexSpec):
        check_spec(index, findings, file=None)
        return index
    found = find_index(place.folder, index, findings)
    spec = load_index(found[0], findings, name=found[1]) if found is not None else None
    if found is None or spec is None:
        raise FindingsError(findings.items, f"the index {index}")
    findings.file = found[1]
    check_spec(spec, findings, file=found[1])
    return spec


def _normalise_leaves(
    spec: IndexSpec, leaves: tuple[Leaf, ...], inside: NDArray[np.bool_], findings: Findings
) -> tuple[Floats, dict[str, int]]:
    """Normalise the leaves that were found, and count what goalposts cut; those that cannot be are errors."""

    def one(leaf: Leaf) -> Floats | NormaliseError:
        try:
            return normalise_leaf(leaf, leaf.settings.spec(), spec, inside)
        except NormaliseError as error:
            return error

    # what is missing altogether or has settings with a fault has been told of
    sound = [leaf for leaf in leaves if np.isfinite(leaf.value[inside]).any() and not normalise_faults(leaf.settings)]
    with ThreadPoolExecutor() as pool:  # sorting, which takes the time, needs no lock
        normalised = list(pool.map(one, sound))
    columns, cuts = [], {}
    for leaf, column in zip(sound, normalised, strict=True):
        if isinstance(column, NormaliseError):
            message = f"part {leaf.part!r} cannot be normalised by {leaf.settings.method}: {column}"
            findings.error("normalise", message, column=leaf.indicator, value=leaf.part)
            continue
        columns.append(column)
        cut = cut_count(leaf.value[inside], leaf.settings.spec())
        if cut:
            cuts[leaf.part] = cut
            message = f"{cut} values of part {leaf.part!r} lie beyond the goalposts and are cut to them"
            findings.notice("cut", message, column=leaf.indicator, value=leaf.part)
    return (np.column_stack(columns) if columns else np.empty((0, 0))), cuts


def normalise_leaf(leaf: Leaf, setting: NormaliseSpec, spec: IndexSpec, inside: NDArray[np.bool_]) -> Floats:
    """Normalise one leaf for the rows that are computed, among the reference it asks for."""
    flip, value = flipped(spec, leaf), leaf.value
    noise = ROUNDING * float(np.nanmax(np.abs(value))) if leaf.moved_from and np.isfinite(value).any() else 0.0
    if setting.reference != "source" or leaf.source is None:
        return normalise(value, setting, flip=flip, reference=inside, same_within=noise)
    if leaf.common:
        return normalise(value, setting, flip=flip, same_within=noise)
    everyone = np.concatenate([value, np.sort(leaf.source)])  # sorted, as the order of the file must not change a sum
    refers = np.arange(len(everyone)) >= len(value)
    return normalise(everyone, setting, flip=flip, reference=refers, same_within=noise)[: len(value)]


def flipped(spec: IndexSpec, leaf: Leaf) -> bool:
    """Whether high values of a leaf mean the opposite of `higher_is`."""
    return (spec.higher_is == "worse") != (leaf.direction == "high-is-worse")


def _explain_fault(error: AggregateError, areas: pl.Series, findings: Findings) -> None:
    """Say which areas and parts cannot be combined."""
    for fault in error.faults:
        if isinstance(fault, NotNormalised):
            message = f"the score of part {fault.part!r} cannot be normalised again: {fault.why}"
            findings.error("normalise", message, column="part.renormalise", value=fault.part)
            continue
        codes = areas.gather(fault.rows)
        message = (
            f"part {fault.part!r} has a score of {fault.score:g} in area {some_of(codes)}, and a {fault.method} "
            "mean needs scores above 0. Use an arithmetic mean or a normalisation whose range starts above 0"
        )
        findings.error("not-positive", message, column=fault.part, value=codes[0])


def _check_groups(
    root: Node, scores: dict[str, Floats], areas: pl.Series, inside: NDArray[np.bool_], findings: Findings
) -> None:
    """Find groups whose parts are all dropped where the level above does not allow a part to be missing."""
    for node in root.walk():
        for child in node.children:
            gaps = inside & np.isnan(scores[child.id])
            if child.drop_missing and not node.drop_missing and child.children and gaps.any():
                codes = areas.filter(pl.Series(gaps))
                message = (
                    f"part {child.id!r} has no score in {some_of(codes)}, as all its parts are missing; set `missing` "
                    "of the level above it to drop-part"
                )
                findings.error("missing-value", message, column=child.id, value=codes[0])


def _frame(
    spec: IndexSpec, areas: pl.Series, inside: NDArray[np.bool_], scores: dict[str, Floats], *, common: bool
) -> pl.DataFrame:
    score = scores[ROOT]
    rank = rank_scores(score[inside], rank_1=spec.rank_1)
    columns = [
        (areas if inside.all() else areas.filter(pl.Series(inside))).alias("area"),  # in code order already
        pl.Series("score", score[inside], nan_to_null=True),
        _whole("rank", rank),
        _whole("decile", deciles(rank)),
        *(pl.Series(f"{part.id}_score", scores[part.id][inside], nan_to_null=True) for part, _, _ in spec.parts()),
    ]
    if common:
        among_all = rank_scores(score, rank_1=spec.rank_1)
        columns.append(_whole("reference_rank", among_all[inside]))
        columns.append(_whole("reference_decile", deciles(among_all)[inside]))
    frame = pl.DataFrame(columns)
    without = frame["score"].is_null()
    return pl.concat([frame.filter(~without), frame.filter(without)]) if without.any() else frame


def _whole(name: str, numbers: Floats) -> pl.Series:
    """Whole numbers as a column, null where there is none."""
    return pl.Series(name, numbers, nan_to_null=True).cast(pl.Int64)


def spearman(left: Floats, right: Floats) -> float | None:
    """Rank correlation of two sets of scores over the areas that have both; None when either is all the same."""
    from scipy import stats  # takes half a second to load

    both = np.isfinite(left) & np.isfinite(right)
    if both.sum() < 2 or np.ptp(left[both]) == 0 or np.ptp(right[both]) == 0:
        return None
    return float(stats.spearmanr(left[both], right[both]).statistic)
