"""Say in plain words how an index was made."""

from __future__ import annotations

from typing import Any

from wholeplace.measure.explain import part_name
from wholeplace.measure.index import IndexResult
from wholeplace.measure.index_spec import NormaliseSection
from wholeplace.place import Place
from wholeplace.place.findings import counted

_NORMALISE = {
    "min-max": "put on a scale from {low:g} (the lowest value) to {high:g} (the highest)",
    "z-score": "counted in standard deviations from the mean",
    "rank": "replaced by its rank",
    "percentile": "replaced by the share of areas below it, in per cent",
    "goalposts": "put on a scale from {low:g} to {high:g} between two fixed goalposts",
    "log-goalposts": "put on a logarithmic scale from {low:g} to {high:g} between two fixed goalposts",
    "exponential-rank": "ranked and stretched by an exponential curve (constant {constant:g}), "
    "so that differences among the areas at the top count most",
    "normal-rank": "ranked and put on the scale of a bell curve by its rank",
    "none": "used as it is",
}
#: What each scale is called in a few words.
SCALE_NAMES = {
    "min-max": "from the lowest to the highest value (min-max)",
    "z-score": "standard deviations from the mean (z-score)",
    "percentile": "share of areas below (percentile)",
    "rank": "ranks",
    "exponential-rank": "ranks on an exponential curve",
    "normal-rank": "ranks on a bell curve",
    "goalposts": "between two fixed goalposts",
    "log-goalposts": "between two fixed goalposts, on a logarithmic scale",
    "none": "as it is",
}
_COMBINE = {
    "arithmetic": "the weighted sum of its parts",
    "geometric": "the weighted geometric mean of its parts, so that a low score of one part is not fully made up for "
    "by a high one of another",
    "harmonic": "the weighted harmonic mean of its parts, so that low scores weigh more than high ones",
    "median": "the weighted median of its parts",
}
_MISSING = {
    "error": "Every area needs a value for every part.",
    "drop-part": "Where an area has no value for a part, the other parts of its group share that part's weight.",
    "impute": "Where an area has no value for a part, the mean of the larger area that it lies in, weighted by people, "
    "is used where there is one.",
}


def describe_method(place: Place, result: IndexResult) -> list[str]:
    """The method of an index as sentences for a page: what it is made of, how it is scaled, combined and ranked."""
    spec = result.spec
    geography = place.geographies[spec.geography]
    worse = "worse off" if spec.higher_is == "worse" else "better off"
    leaves = (result.written or spec).leaves()
    sentences = [
        f"{spec.name} is made of {counted(len(leaves), 'indicator')} "
        f"for {geography.areas.height:,} areas: {geography.name}.",
        f"A higher score means that an area is {worse}; rank 1 is the {spec.rank_1} score.",
    ]
    words = [_scaling(settings) for _, settings in leaves]
    usual = max(dict.fromkeys(words), key=words.count)
    every = "Each indicator is" if words.count(usual) == len(words) else "Most indicators are each"
    sentences.append(f"{every} {usual}, and turned round where a high value means the opposite.")
    if result.written is not None:
        sentences.append(
            f"One scale holds for all periods ({', '.join(result.written.periods)}): a value scores the same "
            f"in each. What stands here is the newest, {spec.period}."
        )
    if any(settings.reference == "source" for _, settings in leaves):
        sentences.append("It is compared with all areas of the published tables, also those outside this place.")
    for larger in dict.fromkeys(leaf.shrunk_to for leaf in result.leaves if leaf.shrunk_to):
        drawn_in = "; ".join(part_name(place, part) for part, _ in leaves if part.shrink_to == larger)
        around = place.geographies[larger].name if larger in place.geographies else "the place as a whole"
        sentences.append(
            "Shares of few people move by chance: they are drawn towards the share of the area around them "
            f"({around}), the more the fewer people they count. So treated: {drawn_in}."
        )
    sentences.append(f"The score is {_COMBINE[result.root.method]}.")
    others = {node.method for node in result.root.walk() if node.children} - {result.root.method}
    sentences += [
        f"Some groups of parts are scored by {_COMBINE[method].replace('its', 'their')}." for method in sorted(others)
    ]
    rescaled = result.root.rescale or result.root.method in {"harmonic", "median"}
    weights = "scaled so that each level adds up to 1" if rescaled else "used exactly as they are written"
    sentences.append(f"Weights are {weights}.")
    sentences.append(_MISSING[spec.aggregate.missing or "error"])
    imputed = sum(leaf.imputed for leaf in result.leaves)
    if imputed:
        sentences.append(f"Values filled in this way: {imputed:,}.")
    sentences += [
        f"Values of {part} that lay beyond the goalposts and were cut to them: {count:,}."
        for part, count in result.cuts.items()
    ]
    if spec.missing:
        names = "; ".join(one.name for one in spec.missing)
        sentences.append(f"Without data, and so not in the score: {names}. Nothing was filled in for them.")
    enough = result.frame["rank"].count() >= 10
    first = "tenth 1 holds rank 1" if enough else "of fewer than ten areas some tenths hold none"
    sentences.append(f"Tenths are ten groups of as equal size as can be; {first}.")
    return sentences


def _scaling(settings: NormaliseSection) -> str:
    spec = settings.spec()
    return _NORMALISE[spec.method].format(low=spec.range[0], high=spec.range[1], constant=spec.constant)


def parts_list(place: Place, result: IndexResult) -> list[dict[str, Any]]:
    """Every part: id, name, depth, parent, within, weight, indicator, direction, period, unit, moved_from and more.

    A part at the top has no parent. `within` is the group that is put on a new scale as a whole, for a part of one.
    """
    within = result.root.within()
    leaves = {leaf.part: leaf for leaf in result.leaves}
    rows = []
    for part, depth, parent in result.spec.parts():
        leaf = leaves.get(part.id)
        indicator = place.indicators.get(part.indicator)
        rows.append(
            {
                "id": part.id,
                "name": part_name(place, part),
                "depth": depth,
                "parent": parent or None,
                "within": within.get(part.id),
                "weight": part.weight,
                "indicator": part.indicator or None,
                "direction": part.direction,
                "period": leaf.period if leaf else None,
                "unit": indicator.unit if indicator else None,
                "source": indicator.source if indicator else None,
                "moved_from": leaf.moved_from if leaf else None,
                "shrunk_to": leaf.shrunk_to if leaf else None,
                "has_interval": bool(leaf is not None and (leaf.upper95 > leaf.lower95).any()),
            }
        )
    return rows
