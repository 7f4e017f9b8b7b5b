"""What is known of an index over time, and how its changes are called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from wholeplace.measure.explain import WHOLE
from wholeplace.measure.index import IndexResult
from wholeplace.measure.over_time.themes import two_themes
from wholeplace.measure.result import Result
from wholeplace.place.findings import counted

#: What is said of an area: its score changed by more than noise, or could be noise, or nothing can be told.
BETTER, WORSE, NOISE, NOT_COMPARED = "better off", "worse off", "could be noise", "not compared"


@dataclass(frozen=True)
class OverTime(Result):
    """An index in all its periods, on one scale.

    Attributes
    ----------
    results
        The index of each period, oldest first.
    frame
        period, area, score, score_lower95, score_upper95, rank, decile, `<part>_score`…, else as `IndexResult.frame`.
    changes
        since, period, part ("index" is the whole), area, before, after, change, lower95, upper95, p_value,
        word_alone (this area by itself), word (all areas looked at), weights_agree (0 to 1, of the whole index). Every
        span from one period to the next, and from the first to the last.
    averages
        The mean of all areas, weighted by people: the columns of `changes` without area.
    levels
        period, part, average: that mean in each period.
    cautions
        What to beware of, in sentences.
    """

    results: tuple[IndexResult, ...]
    frame: pl.DataFrame
    changes: pl.DataFrame
    averages: pl.DataFrame
    levels: pl.DataFrame
    weighted_by: str
    draws: int
    seed: int
    cautions: tuple[str, ...]

    @property
    def periods(self) -> tuple[str, ...]:
        """The periods, oldest first."""
        return tuple(one.spec.period for one in self.results)

    @cached_property
    def middles(self) -> dict[str, float | None]:
        """Part -> the average of all areas over all periods."""
        found = self.levels.group_by("part", maintain_order=True).agg(pl.col("average").mean())
        return dict(found.iter_rows())

    @cached_property
    def themes(self) -> pl.DataFrame | None:
        """The two main parts told apart, where there are two; see `two_themes`."""
        return two_themes(self.results, self.middles)

    @property
    def spans(self) -> list[tuple[str, str]]:
        """What is compared: the first with the last period, then each with the next."""
        return list(self.changes.select("since", "period").unique(maintain_order=True).iter_rows())

    @property
    def overall(self) -> pl.DataFrame:
        """The changes of the whole index from the first to the last period."""
        since, period = self.spans[0]
        return self.changes.filter(since=since, period=period, part=WHOLE)

    @property
    def summary(self) -> tuple[str, ...]:
        """How many areas changed by more than noise from the first to the last period."""
        since, period = self.spans[0]
        whole = self.overall
        counts = dict(whole["word"].value_counts().iter_rows())
        told = ", ".join(f"{counts[word]:,} {word}" for word in (BETTER, WORSE, NOISE, NOT_COMPARED) if word in counts)
        return (f"{since} to {period}, {counted(whole.height, 'area')}: {told}.", *self.cautions)

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        spec = self.results[-1].spec
        return {
            "id": spec.id,
            "name": spec.name,
            "periods": list(self.periods),
            "higher_is": spec.higher_is,
            "draws": self.draws,
            "seed": self.seed,
            "cautions": list(self.cautions),
            "scores": self.frame.to_dicts(),
            "changes": self.changes.to_dicts(),
            "averages": self.averages.to_dicts(),
            "themes": self.themes.to_dicts() if self.themes is not None else [],
        }
