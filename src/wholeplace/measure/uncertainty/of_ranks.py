"""How sure the ranks of an index are: seeded draws over weights, normalisation, aggregation and indicator values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wholeplace.measure.result import Result
from wholeplace.measure.uncertainty.choices import IndexChoices, UncertaintySettings, check_choices
from wholeplace.measure.uncertainty.draws import SourceId

if TYPE_CHECKING:
    from wholeplace.measure.uncertainty.engine import Prepared

Floats = NDArray[np.float64]
_PERCENTS = (5, 50, 95)


@dataclass(frozen=True)
class Source:
    """One source of uncertainty and how much it moves ranks.

    Attributes
    ----------
    id
        weights, normalisation, aggregation or intervals.
    included, why_not
        Whether it was varied and, if not, why.
    choices
        What was drawn among, the published choice first (normalisation, aggregation), or which leaves (intervals).
    left_out
        Choices that were asked for and could not be drawn, each with the reason.
    mean_rank_shift
        Places by which an area's rank differs from its published rank, on average over areas and draws, when only this
        source varies and the others stay as published. Higher is less sure.
    s1, st
        First-order and total Sobol index: the share of the variance of the mean rank shift between draws that this
        source explains alone, and together with the others. Estimates: they can fall a little outside 0 to 1.
    s1_half_width, st_half_width
        Half-widths of their 95 % intervals.
    """

    id: SourceId
    included: bool
    why_not: str | None = None
    choices: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    mean_rank_shift: float | None = None
    s1: float | None = None
    s1_half_width: float | None = None
    st: float | None = None
    st_half_width: float | None = None


@dataclass(frozen=True)
class Uncertainty(Result):
    """Rank intervals of an index and what makes them wide.

    `frame` has one row an area, in the order given: `area`, `rank` (published), `rank_p05`, `rank_p50`, `rank_p95`
    (ranks), `mean_rank`, `p_decile_1` (0 to 1); empty for an area without a score. `settings` are those used.
    """

    frame: pl.DataFrame
    sources: tuple[Source, ...]
    settings: UncertaintySettings

    @property
    def summary(self) -> tuple[str, ...]:
        """How far each source that varies moves ranks."""
        return tuple(
            f"{source.id}: {source.mean_rank_shift:.1f} places on average"
            for source in self.sources
            if source.mean_rank_shift is not None
        )

    def source(self, source: SourceId) -> Source:
        """One source by its id."""
        return next(found for found in self.sources if found.id == source)

    def as_dict(self) -> dict[str, Any]:
        """Settings and sources as plain values, without the areas."""
        return {**asdict(self.settings), "sources": [asdict(source) for source in self.sources]}


def index_uncertainty(
    choices: IndexChoices, settings: UncertaintySettings | None = None, *, threads: int | None = None
) -> Uncertainty:
    """Draw an index many times over and see how its ranks move.

    Each draw takes at once:

    * weights of every level from a Dirichlet distribution around the published ones (parameters: concentration x share
      of the level, so that a share p has standard deviation √(p (1 - p) / (concentration + 1)): at 100, a weight of a
      quarter is drawn between 0.17 and 0.34 nineteen times in twenty), kept to the sum of the level; 0 stays 0;
    * one of the normalisations and one of the aggregations, each as likely as any other. An alternative mean is
      multiplied by its level's sum of weights, so that no level gains or loses influence by the change of mean;
    * values of the leaves with intervals: half of the draws on each side of the published value, each half a
      half-normal whose 95 % limit is the published one. The value is thus the median and the limits are the 2.5 and
      97.5 per cent points. Values of different areas and leaves are drawn independently.

    Areas are then ranked exactly, not by bins. What a normalisation refers to (least and greatest value, mean, spread,
    order of the published values) is held fixed: a drawn value is read off it by straight lines between published
    values. Intervals of ranks are therefore a little too narrow where all areas' values are uncertain together.

    When not to use it: draws say how much a rank depends on choices that could as well have been made, not whether the
    index measures the right thing, nor about errors in the data that no interval describes. With two or three areas
    the ranks have little room to move and the shares of sources mean little.

    Parameters
    ----------
    choices
        The index, its alternatives and intervals.
    settings
        Draws, seed, concentration, base sample; the defaults when None.
    threads
        Threads to run on; every processor when None. It changes the time, never a figure.

    Returns
    -------
    uncertainty
        Rank quantiles (the least drawn rank that at least 5, 50, 95 per cent of draws do not exceed), chance of decile
        1 (10 x rank at most the number of ranked areas), mean rank, and the sources. The same seed gives the same
        figures, whatever the order of areas and the number of threads.

    Raises
    ------
    UncertaintyError
        All problems of the inputs together.

    References
    ----------
    OECD/JRC (2008), Handbook on Constructing Composite Indicators, step 7 (uncertainty and sensitivity analysis, R̄s);
    Saisana, Saltelli and Tarantola (2005), Journal of the Royal Statistical Society A 168, 307-323 (triggers).
    """
    from wholeplace.measure.uncertainty.engine import prepare

    settings = settings or UncertaintySettings()
    check_choices(choices, settings)
    ready = prepare(choices, settings, threads=threads)
    plan = ready.picks.random_plan(seed=settings.seed)
    quantiles, p_decile_1, mean_rank = ready.engine.summarise(plan, published=ready.published, percents=_PERCENTS)
    columns = {"rank": ready.published, **dict(zip(("rank_p05", "rank_p50", "rank_p95"), quantiles, strict=True))}
    frame = _frame(choices, ready.rows, {**columns, "mean_rank": mean_rank, "p_decile_1": p_decile_1})
    return Uncertainty(frame, _sources(ready, choices, settings), settings)


def _frame(choices: IndexChoices, rows: NDArray[np.intp], columns: dict[str, NDArray[Any]]) -> pl.DataFrame:
    """Put figures of the ranked areas, which stand at `rows`, beside all areas' codes."""
    place = np.full(len(choices.areas), len(rows))
    place[rows] = np.arange(len(rows))
    figures = pl.DataFrame(columns).with_row_index("place")
    areas = pl.DataFrame({"area": list(choices.areas), "place": place.astype(np.uint32)})
    return areas.join(figures, on="place", how="left", maintain_order="left").drop("place")


def _sources(ready: Prepared, choices: IndexChoices, settings: UncertaintySettings) -> tuple[Source, ...]:
    """Say of every source whether it was varied, and how far it moves ranks."""
    from wholeplace.measure.uncertainty.sensitivity import sobol_shares

    sources = _described(ready, choices)
    if settings.sensitivity_samples == 0:
        return sources

    def mean_shift(plan: NDArray[np.int64]) -> Floats:
        return ready.engine.run(plan, published=ready.published)[1]

    varied = [source.id for source in sources if source.included]
    shares = sobol_shares(
        ready.picks, varied, samples=settings.sensitivity_samples, seed=settings.seed, mean_shift=mean_shift
    )
    measured = []
    for source in sources:
        if source.included:
            alone = ready.picks.single_plan(source.id, at_most=settings.sensitivity_samples)
            sobol = asdict(shares[source.id]) if shares else {}
            source = replace(source, mean_rank_shift=float(mean_shift(alone).mean()), **sobol)
        measured.append(source)
    return tuple(measured)


def _described(ready: Prepared, choices: IndexChoices) -> tuple[Source, ...]:
    """The sources with what is drawn among, before anything is run."""
    picks, options = ready.picks, ready.picks.options
    return (
        _source(choices, "weights", picks.weights, "no level has two parts with weights above 0"),
        _source(
            choices,
            "normalisation",
            len(ready.normalisations) > 1,
            "only the published normalisation is given",
            ready.normalisations,
            ready.left_out,
        ),
        _source(
            choices,
            "aggregation",
            len(options.names) > 1,
            "no other aggregation is given",
            options.names,
            options.left_out,
        ),
        _source(
            choices,
            "intervals",
            picks.intervals,
            "no part of the index has values with intervals",
            ready.moving_leaves,
        ),
    )


def _source(
    choices: IndexChoices,
    source: SourceId,
    included: bool,
    nothing_given: str,
    drawn_among: tuple[str, ...] = (),
    left_out: tuple[str, ...] = (),
) -> Source:
    left_out = (*choices.left_out.get(source, ()), *left_out)
    if left_out:
        nothing_given = f"none of the alternatives can be used: {'; '.join(left_out)}"
    why_not = None if included else choices.why_not.get(source, nothing_given)
    return Source(source, included, why_not, drawn_among, left_out)
