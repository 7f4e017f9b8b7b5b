"""Which areas are worst off by an index, and how sure that is."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import polars as pl

from wholeplace.errors import WholeplaceError

#: Shares of areas, in per cent, that people choose among; any whole number from 1 to 50 can be asked for.
USUAL = (10, 20, 30)
LIKELY = "likely"
PUBLISHED = "published-"
_PERCENT = re.compile(r"[1-9]\d?")
_TENTHS = {10: "tenth", 20: "fifth", 30: "three tenths", 50: "half"}


class LeftBehindError(WholeplaceError, ValueError):
    """A question about the worst-off areas that this place cannot answer."""


@dataclass(frozen=True)
class WorstOff:
    """The worst-off areas of an index.

    `frame`: area, rank, worst (true or false; null for an area without a score), may_change (null where the range of
    ranks is not known). `words` says in words which areas these are, so that it can follow "live in". `may_leave` and
    `may_join` count the areas that other reasonable choices in the index would take out and bring in: an area counts
    when the range of its rank (nine draws of ten) reaches over the line, or with "likely" when its chance of the first
    tenth is between 5 and 95 %. They are None where no ranges are known.
    """

    choice: str
    words: str
    frame: pl.DataFrame
    may_leave: int | None
    may_join: int | None

    @property
    def areas(self) -> frozenset[str]:
        """Codes of the worst-off areas."""
        return frozenset(self.frame.filter("worst")["area"])

    @property
    def without_score(self) -> list[str]:
        """Codes of the areas that have no score, so that nobody can say whether they are among the worst off."""
        return self.frame.filter(pl.col("worst").is_null())["area"].to_list()

    @property
    def ranked(self) -> int:
        """How many areas have a rank."""
        return int(self.frame["rank"].count())


def choices_of(scores: pl.DataFrame, *, worst_first: bool) -> list[str]:
    """The ways to draw the line that the scores of an index allow."""
    found = [str(percent) for percent in USUAL]
    if "p_decile_1" in scores.columns and worst_first:
        found.append(LIKELY)
    if "reference_decile" in scores.columns:
        found += [f"{PUBLISHED}{percent}" for percent in USUAL]
    return found


def choice_words(choice: str) -> str:
    """What a way to draw the line picks, so that it can follow "live in"."""
    if choice == LIKELY:
        return "the areas more likely than not to be in the worst-off tenth"
    percent = int(choice.removeprefix(PUBLISHED))
    part = _TENTHS.get(percent, f"{percent}%")
    if choice.startswith(PUBLISHED):
        return f"the worst-off {part} of all areas published"
    return f"the worst-off {part} of areas"


def worst_off(scores: pl.DataFrame, choice: str, *, worst_first: bool) -> WorstOff:
    """Pick the worst-off areas of an index.

    Parameters
    ----------
    scores
        area, rank; rank_p05, rank_p95, p_decile_1 and reference_decile where they are known.
    choice
        A whole number from 1 to 50: so many per cent of the place's ranked areas, the worst off first (an area is in
        when its rank is at most that share of all, as `decile` has it). `likely`: areas whose chance of being in decile
        1 is at least half. `published-10`, `-20` …: areas in these tenths of all areas in the published table.
    worst_first
        Whether rank 1 is the worst-off area.

    Raises
    ------
    LeftBehindError
        When the choice is none of these, or needs what these scores do not have.
    """
    _check(choice, scores, choices_of(scores, worst_first=worst_first))
    frame = _ranked(scores, worst_first=worst_first)
    if choice == LIKELY:
        worst = pl.col("p_decile_1") >= 0.5
        may_change = pl.col("p_decile_1").is_between(0.05, 0.95, closed="none")
    elif choice.startswith(PUBLISHED):
        tenths = int(choice.removeprefix(PUBLISHED)) // 10
        worst = pl.col("reference_decile") <= tenths if worst_first else pl.col("reference_decile") > 10 - tenths
        may_change = pl.lit(None, pl.Boolean)  # the ranges known are of ranks in the place
    else:
        line = math.floor(int(frame["rank"].count()) * int(choice) / 100 + 1e-9)
        worst = pl.col("worst_rank") <= line
        may_change = pl.when(worst).then(pl.col("high") > line).otherwise(pl.col("low") <= line)
    scored = pl.col("rank").is_not_null()
    frame = frame.select(
        "area", "rank", pl.when(scored).then(worst).alias("worst"), pl.when(scored).then(may_change).alias("may_change")
    )
    known = bool(frame["may_change"].count())
    return WorstOff(
        choice,
        choice_words(choice),
        frame,
        frame.filter(pl.col("worst") & pl.col("may_change")).height if known else None,
        frame.filter(~pl.col("worst") & pl.col("may_change")).height if known else None,
    )


def _check(choice: str, scores: pl.DataFrame, known: list[str]) -> None:
    percent = choice.removeprefix(PUBLISHED)
    if choice == LIKELY or choice in known:
        fits = choice in known
    else:
        fits = bool(_PERCENT.fullmatch(percent)) and int(percent) <= 50
        if choice.startswith(PUBLISHED):
            fits = fits and "reference_decile" in scores.columns and int(percent) % 10 == 0
    if not fits:
        raise LeftBehindError(
            f"the worst-off areas cannot be chosen by {choice!r} here; there are: {', '.join(known)}, and any whole "
            "number from 1 to 50 (per cent of areas)"
        )


def _ranked(scores: pl.DataFrame, *, worst_first: bool) -> pl.DataFrame:
    """The scores with `worst_rank`, 1 the worst off, tied areas sharing the lowest; and its range, `low` to `high`."""
    n = int(scores["rank"].count())
    ends = [pl.col(name) if name in scores.columns else pl.lit(None, pl.Int64) for name in ("rank_p05", "rank_p95")]
    if worst_first:
        rank, (low, high) = pl.col("rank"), ends
    else:
        rank, (high, low) = (-pl.col("rank")).rank("min"), (n + 1 - end for end in ends)
    return scores.with_columns(rank.alias("worst_rank"), low.alias("low"), high.alias("high"))
