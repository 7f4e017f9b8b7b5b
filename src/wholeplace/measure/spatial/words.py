"""What is said of clusters, outliers and chance, in plain sentences."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from wholeplace.measure.spatial.clusters import (
    COLD,
    FEW,
    HIGH,
    HIGH_AMONG_LOW,
    HOT,
    LOW,
    LOW_AMONG_HIGH,
    NO_FIGURE,
    NO_NEIGHBOURS,
    Clusters,
    GlobalMoran,
)
from wholeplace.measure.values.changes import FALSE_DISCOVERIES
from wholeplace.place.findings import counted


@dataclass(frozen=True)
class Subject:
    """The figure that clusters are looked for in.

    `kind` is "indicator" or "index"; `high` says what a high figure is: "worse", "better", or "" where neither end is
    better. `moved_from` names the geography that the figures were published for, or is "".
    """

    kind: str
    id: str
    name: str
    unit: str
    geography: str
    geography_name: str
    period: str
    high: str
    value_type: str
    moved_from: str = ""

    @property
    def low(self) -> str:
        """What a low figure is."""
        return {"worse": "better", "better": "worse"}.get(self.high, "")

    def as_dict(self) -> dict[str, str]:
        """Everything, as it stands in JSON."""
        return asdict(self)


def meanings(high: str) -> dict[str, str]:
    """What each word means where high figures are worse (or better), in a few words; empty where neither end is."""
    if not high:
        return {}
    low = "better" if high == "worse" else "worse"
    return {
        HIGH: f"{high}, and so are its neighbours",
        LOW: f"{low}, and so are its neighbours",
        HIGH_AMONG_LOW: f"{high} than its neighbours",
        LOW_AMONG_HIGH: f"{low} than its neighbours",
        HOT: high,
        COLD: low,
    }


def sentences(subject: Subject, found: Clusters) -> list[str]:
    """What was found, in the order people ask for it."""
    counts, spots = found.counts, found.spots
    judged = found.moran.areas
    named = counts[HIGH] + counts[LOW]
    outliers = counts[HIGH_AMONG_LOW] + counts[LOW_AMONG_HIGH]
    chance = judged - named - outliers
    verb = "is" if named == 1 else "are"
    first = f"{named:,} of {counted(judged, 'area')} {verb} in clusters"
    if named:
        first += (
            f": {counts[HIGH]:,} of high figures{_in(subject.high)}, {counts[LOW]:,} of low figures{_in(subject.low)}"
        )
    first += f". {f'{outliers:,}' if outliers else 'None'} {'differ' if outliers > 1 else 'differs'} clearly from the "
    first += "areas around. "
    first += f"In {chance:,} it could be chance."
    said = [first, _whole(found.moran)]
    said.append(
        f"Each area counted together with those around it, there are {counted(spots[HOT], 'hot spot')} "
        f"(high{_and(subject.high)}) and {counted(spots[COLD], 'cold spot')} (low{_and(subject.low)})."
    )
    said.append(
        f"All areas are looked at together, so that about {FALSE_DISCOVERIES:.0%} of those named are expected to be "
        "named by chance alone (false discovery rate)."
    )
    return said


def _in(meaning: str) -> str:
    return f" ({meaning})" if meaning else ""


def _and(meaning: str) -> str:
    return f", {meaning}" if meaning else ""


def _whole(moran: GlobalMoran) -> str:
    how = {
        "neighbours are alike": "On the whole neighbours are more alike than chance would make them",
        "neighbours are unlike": "On the whole neighbours are less alike than chance would make them",
    }.get(moran.word, "On the whole neighbours are no more alike than chance could make them")
    by_luck = "less than once in 1,000 times" if moran.p_value < 0.001 else f"{moran.p_value:.1%} of the time"
    i, expected = _signed(moran.i, 2), _signed(moran.expected, 2)
    return (
        f"{how}: Moran's I, which is near 1 where all neighbours are alike and below 0 where they are unlike, is {i}; "
        f"by chance it would be about {expected}, and so far from that {by_luck}."
    )


def _signed(number: float, decimals: int) -> str:
    text = f"{abs(number):.{decimals}f}"
    return f"\N{MINUS SIGN}{text}" if number < 0 and text.strip("0.") else text


def cautions(subject: Subject, found: Clusters) -> list[str]:
    """What to keep in mind: how neighbours were found, what was left out, and what the figures cannot carry."""
    said = list(found.neighbours.sentences)
    counts = found.counts
    if counts[NO_FIGURE]:
        hidden = int((found.frame["status"] == "Q").sum())
        of_these = f" ({hidden:,} of them suppressed)" if hidden else ""
        said.append(
            f"{counted(counts[NO_FIGURE], 'area')} without a figure{of_these}: not counted as zero, not filled in, and "
            "nobody's neighbour."
        )
    alone = counts[NO_NEIGHBOURS] - len(set(found.neighbours.islands) - set(_without(found)))
    if alone:
        said.append(f"{counted(alone, 'area')} with a figure, but with no neighbour that has one: cannot be judged.")
    said.append("Areas outside the place have no part in it: at its edge an area is judged by fewer neighbours.")
    if found.moran.areas < FEW:
        said.append(
            f"With {counted(found.moran.areas, 'area')} little can be told from chance, and p values are rough."
        )
    said.append(
        "Clusters and outliers are found by local Moran's I (an area beside its neighbours), hot and cold spots by Gi* "
        f"(an area with its neighbours), two usual methods. P values are {found.p}: far above and far below both count."
    )
    if found.permutations:
        least = 2 / (found.permutations + 1)
        said.append(f"With {found.permutations:,} permutations no p value is under {least:.2g}.")
    if subject.value_type == "count":
        said.append(
            "This counts people, homes or events: it is high where many of them are. A share or a rate says more."
        )
    if subject.moved_from:
        said.append(
            "The figures were moved here from other areas. Areas that share one figure by that are alike for no other "
            "reason."
        )
    return said


def _without(found: Clusters) -> list[str]:
    return found.frame.filter(found.frame["word"] == NO_FIGURE)["area"].to_list()


def summary(subject: Subject, found: Clusters) -> dict[str, Any]:
    """Everything but the rows: what a build keeps and what JSON holds."""
    return {
        **subject.as_dict(),
        **found.about(),
        "sentences": sentences(subject, found),
        "cautions": cautions(subject, found),
    }
