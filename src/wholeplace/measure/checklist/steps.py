"""Fill in the ten steps of the OECD/JRC handbook for an index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from wholeplace.measure.checklist import together
from wholeplace.measure.checklist.reasons import answered
from wholeplace.measure.checklist.words import State, Step, joined
from wholeplace.measure.describe import SCALE_NAMES, describe_method
from wholeplace.measure.explain import explain, part_name
from wholeplace.measure.index import IndexResult
from wholeplace.measure.result import Result
from wholeplace.place import Place
from wholeplace.place.findings import counted
from wholeplace.place.periods import period_middle

#: Indicators whose dates lie further apart than this, in years, are named.
YEARS_APART = 3
#: A rank whose range is wider than this share of all areas is not worth much.
WIDE = 0.25
#: What is done where an area has no value for a part.
_RULES = {
    "error": "every area needs every figure (error)",
    "drop-part": "the other parts of the group share its weight (drop-part)",
    "impute": "the mean of the larger area that it lies in is taken, where there is one (impute)",
}


@dataclass(frozen=True)
class Checklist(Result):
    """The ten steps of an index; `frame` has one row a step."""

    steps: tuple[Step, ...]

    @property
    def frame(self) -> pl.DataFrame:  # type: ignore[override]
        """number, title, state, sentence, do, said."""
        return pl.DataFrame([step.as_dict() for step in self.steps]).drop("figures", "data")

    @property
    def summary(self) -> tuple[str, ...]:
        """How many steps are in which state."""
        states = [step.state for step in self.steps]
        todo = ", where somebody must still write something" if "open" in states else ""
        done, look, left = (states.count(state) for state in ("done", "look", "open"))
        return (f"Of ten steps {done} done, {look} to look at, {left} open{todo}.",)

    def as_dict(self) -> dict[str, Any]:
        """The checklist for JSON."""
        return {"summary": self.summary[0], "steps": [step.as_dict() for step in self.steps]}


def checklist(
    place: Place, result: IndexResult, ranges: pl.DataFrame, explained: pl.DataFrame | None = None
) -> Checklist:
    """Say of each of the ten steps of making an index what was found, what to look at, and what must still be written.

    Parameters
    ----------
    place, result
        A place and an index built for it.
    ranges
        The frame of the index with rank_p05, rank_p95 and p_decile_1 (`uncertainty_of`).
    explained
        The scores taken apart (`explain`); worked out when None.

    Notes
    -----
    Steps: OECD/JRC (2008), Handbook on Constructing Composite Indicators. `done` says that a step was taken, not that
    it was taken well: the program cannot judge whether an index makes sense.
    """
    names = {part.id: part_name(place, part) for part, _, _ in result.spec.parts()}
    explained = explain(place, result) if explained is None else explained
    steps = (
        _theory(result),
        _selection(place, result, names),
        _missing(result, names),
        together.multivariate(result, names),
        _normalisation(place, result, names),
        together.weighting(result, names),
        _robustness(ranges),
        together.back_to_data(explained, result, names),
        together.links(place, result),
        _presentation(result),
    )
    return Checklist(tuple(answered(step, result.spec.reasons) for step in steps))


def _theory(result: IndexResult) -> Step:
    spec = result.spec
    written = {"purpose": spec.purpose, "definition": spec.definition, "choices": " ".join(spec.choices)}
    absent = [key for key, words in written.items() if not words.strip()]
    figures = tuple((key.capitalize(), words) for key, words in written.items() if words.strip())
    if spec.missing:
        figures += (("Dimensions without data", joined([one.name for one in spec.missing], 20)),)
    if absent:
        return Step(1, "Theory", "open", f"The index file does not say its {', '.join(absent)}.", figures,
                    f"Write {', '.join(f'“{key}”' for key in absent)} at the top of the index file.")  # fmt: skip
    return Step(
        1, "Theory", "done", "What the index is for, what it measures and how it was chosen is written.", figures
    )


def _selection(place: Place, result: IndexResult, names: dict[str, str]) -> Step:
    figures, middles = [], []
    for leaf in result.leaves:
        known = place.indicators[leaf.indicator]
        have = together.finite(leaf.value[result.inside])
        licence = known.licence or "licence not said"
        moved = f"; moved from {leaf.moved_from}" if leaf.moved_from else ""
        words = (
            f"{known.source or 'source not said'}; {licence}; {leaf.period}; {have:,} of {result.inside.sum():,} areas"
        )
        figures.append((names[leaf.part], words + moved))
        middles.append(period_middle(leaf.period))
    unsourced = [names[leaf.part] for leaf in result.leaves if not place.indicators[leaf.indicator].source]
    apart = max(middles) - min(middles)
    advice = []
    if unsourced:
        advice.append(f"Name the source of {joined(unsourced)} in indicators.csv.")
    if apart > YEARS_APART:
        advice.append("Take newer figures for the oldest indicators, or say why the older ones still hold.")
    state: State = "open" if unsourced else "look" if advice else "done"
    when = f"the oldest and the newest lie {counted(round(apart), 'year')} apart" if apart >= 0.5 else "all of one year"
    sentence = f"{counted(len(figures), 'indicator')}; {when}."
    return Step(2, "Selection of indicators", state, sentence, tuple(figures), " ".join(advice))


def _missing(result: IndexResult, names: dict[str, str]) -> Step:
    rows, gaps = int(result.inside.sum()), []
    for leaf in result.leaves:
        without = rows - together.finite(leaf.value[result.inside])
        if without or leaf.imputed:
            empty = f"{without + leaf.imputed:,} of {rows:,} areas without; {leaf.imputed:,} of them filled in"
            gaps.append((names[leaf.part], empty))
    rule = result.spec.aggregate.missing or "error"
    scored = int(result.frame["score"].count())
    figures = (("Rule of the index", _RULES[rule]), ("Areas with a score", f"{scored:,} of {rows:,}"), *gaps)
    if not gaps:
        return Step(3, "Missing data", "done", "No value is missing.", figures)
    sentence = f"{counted(len(gaps), 'indicator')} with missing or hidden values; missing is never counted as nought."
    return Step(3, "Missing data", "look", sentence, figures, "Look whether the areas with gaps are of one kind.")


def _normalisation(place: Place, result: IndexResult, names: dict[str, str]) -> Step:
    sentences = describe_method(place, result)
    figures = tuple(
        (names[leaf.part], f"{leaf.direction.replace('-', ' ')}; {SCALE_NAMES[str(leaf.settings.method)]}")
        for leaf in result.leaves
    )
    cuts = sum(result.cuts.values())
    advice = "Values lie beyond the goalposts and were cut: look whether the goalposts are right." if cuts else ""
    return Step(5, "One scale for all", "look" if cuts else "done", sentences[2], figures, advice)


def _robustness(ranges: pl.DataFrame) -> Step:
    known = ranges.drop_nulls(["rank_p05", "rank_p95"])
    if known.is_empty():
        return Step(7, "Robustness", "open", "The ranks were worked out without a range.",
                    do="Build the index with its uncertainty.")  # fmt: skip
    width = (known["rank_p95"] - known["rank_p05"]).to_numpy()
    many = int((width > WIDE * known.height).sum())
    wide = many / known.height
    first = known.filter(pl.col("decile") == 1)
    firm = first.filter(pl.col("rank_p95") <= pl.col("rank").max()).height
    figures = (
        ("Middle width of the range of a rank", f"{np.median(width):,.0f} of {known.height:,} places"),
        ("Areas whose range is wider than a quarter of all places", f"{many:,} of {known.height:,}"),
        ("Areas of the first tenth whose whole range lies in it", f"{firm:,} of {first.height:,}"),
    )
    shaky = wide > 0.5 or 2 * firm < first.height
    sentence = "Ranks were drawn again with other reasonable choices; the page on how sure the ranking is names them."
    advice = "Speak of groups of areas, not of single ranks." if shaky else ""
    data = {"middle_width": float(np.median(width)), "wide": many, "share_wide": wide, "firm": firm,
            "first_tenth": first.height}  # fmt: skip
    return Step(7, "Robustness", "look" if shaky else "done", sentence, figures, advice, data=data)


def _presentation(result: IndexResult) -> Step:
    spec = result.spec
    sources = "; ".join(one.strip().rstrip(".") for one in spec.sources)
    figures = (("Sources named in the index file", sources or "none"),)
    sentence = "Map, ranking with ranges, table, parts and method are on the page of the index and can be downloaded."
    if not spec.description.strip():
        return Step(10, "Presentation", "open", f"{sentence} A sentence that says what it shows is not written.",
                    figures, "Write “description” at the top of the index file.")  # fmt: skip
    return Step(10, "Presentation", "done", sentence, figures)
