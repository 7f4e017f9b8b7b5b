"""What to beware of when an index is read over time."""

from __future__ import annotations

from collections.abc import Sequence

from wholeplace.measure.explain import part_name
from wholeplace.measure.index import IndexResult
from wholeplace.measure.over_time.draws import has_interval
from wholeplace.place import Place
from wholeplace.place.findings import counted


def cautions(place: Place, results: Sequence[IndexResult]) -> list[str]:
    """Sentences on what the figures of these periods do not tell, those that hold always last."""
    spec = results[-1].spec
    leaves = [part for part, _ in spec.leaves()]
    names = [part_name(place, part) for part in leaves]
    moves = has_interval(results)  # periods x leaves x areas
    still = [name for number, name in enumerate(names) if not all(one[number].any() for one in moves)]
    said = []
    if len(still) == len(names):
        said.append("No figure of this index is published with an interval, so that noise cannot be told from change.")
    elif still:
        said.append(
            "Published without an interval in some period, and so taken as exact, which makes intervals of changes too "
            f"narrow: {', '.join(still)}."
        )
    moved = {result.spec.period: sorted({leaf.moved_from or "" for leaf in result.leaves} - {""}) for result in results}
    kinds = {tuple(origins) for origins in moved.values()}
    if len(kinds) > 1:
        names_of = {one: place.geographies[one].name for origins in kinds for one in origins}
        told = "; ".join(
            f"{period}: {' and '.join(names_of[one] for one in origins) or 'not moved'}"
            for period, origins in moved.items()
        )
        said.append(f"Figures were moved here from other areas, not in every period from the same. {told}.")
    gaps = sum(int(one.frame["score"].null_count()) for one in results)
    if gaps:
        said.append(f"Scores are missing in {counted(gaps, 'case')} (areas by period); there nothing is compared.")
    if spec.missing:
        said.append(f"Without data, and so not in any score: {'; '.join(one.name for one in spec.missing)}.")
    said.append(
        "The scale is that of all areas in all these periods: with another period in the file every score may change, "
        "also those of earlier periods."
        if results[-1].written is not None and _is_pooled(results[-1])
        else "The scale is fixed by the file: another period changes no earlier score."
    )
    return said


def _is_pooled(result: IndexResult) -> bool:
    """Whether the ends of some scale come of the values."""
    assert result.written is not None
    return any(settings.method in {"min-max", "z-score"} for _, settings in result.written.leaves())
