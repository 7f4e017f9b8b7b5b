"""One scale for all periods of an index, so that its scores can be compared over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wholeplace.measure.index_spec import IndexSpec, NormaliseSection, PartSection
from wholeplace.measure.leaves import Leaf, Leaves
from wholeplace.measure.normalise import is_constant

Floats = NDArray[np.float64]


def on_one_scale(panel: Sequence[Leaves]) -> list[Leaves]:
    """The leaves of every period with settings that give one value the same score in each.

    A leaf that is missing in some period (it has been told of) keeps its settings.
    """
    fixed: dict[str, NormaliseSection] = {}
    for leaf in panel[0].leaves:
        values = [one.value[each.inside] for each in panel for one in each.leaves if one.part == leaf.part]
        if len(values) == len(panel):
            fixed[leaf.part] = pooled(leaf.settings, np.concatenate(values))

    def settled(leaf: Leaf) -> Leaf:
        return replace(leaf, settings=fixed.get(leaf.part, leaf.settings))

    return [replace(each, leaves=tuple(map(settled, each.leaves))) for each in panel]


def pooled(settings: NormaliseSection, values: Floats) -> NormaliseSection:
    """Settings by which the values of all areas and periods together are normalised, written as goalposts.

    min-max becomes goalposts at the least and greatest value; z-score goalposts one standard deviation (n - 1) either
    side of the mean, scored -1 and 1. What is fixed already stays, and so does what is the same everywhere, which then
    cannot be normalised.
    """
    known = values[np.isfinite(values)]
    if settings.method not in {"min-max", "z-score"} or not len(known) or is_constant(known):
        return settings
    low, high, span = float(known.min()), float(known.max()), settings.range
    if settings.method == "z-score":
        mean, sd = float(known.mean()), float(known.std(ddof=1))
        low, high, span = mean - sd, mean + sd, [-1.0, 1.0]
    return settings.model_copy(update={"method": "goalposts", "low": low, "high": high, "clip": False, "range": span})


def with_settings(spec: IndexSpec, leaves: Sequence[Leaf]) -> IndexSpec:
    """The index with the settings of its leaves written in, so that it needs no other period."""
    settled = {leaf.part: leaf.settings for leaf in leaves}

    def written(part: PartSection) -> PartSection:
        update: dict[str, object] = {"part": [written(one) for one in part.part]}
        if part.id in settled:
            update["normalise"] = settled[part.id]
        return part.model_copy(update=update)

    return spec.model_copy(update={"part": [written(one) for one in spec.part]})
