"""Who is left behind: the worst-off areas of an index, and how many people of each group live there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from wholeplace.measure.index_spec import IndexSpec
from wholeplace.measure.left_behind.absent import Absence, not_in_the_data
from wholeplace.measure.left_behind.counting import SCHEMA, Count, count_in
from wholeplace.measure.left_behind.people import Group, People, crossed_groups, groups_of
from wholeplace.measure.left_behind.words import elsewhere_sentences, group_sentence, headline
from wholeplace.measure.left_behind.worst import LeftBehindError, WorstOff, worst_off
from wholeplace.measure.result import Result

#: Texts that say what a row is of.
KEYS = ("group", "second_group", "indicator", "period", "out_of", "base_period", "moved_from")


@dataclass(frozen=True)
class LeftBehind(Result):
    """How many people of each group live in the worst-off areas.

    `frame`: one row a group (with two groupings, a pair of groups): group, second_group, indicator, period, out_of,
    base_period, moved_from, and the figures of `Count`. `worst` says which areas these are, `residents` how many live
    in them and everywhere (None where no population is known). `elsewhere` says how many people in need do not live
    there. `absent` lists who is not in the data.
    """

    worst: WorstOff
    index: str
    index_name: str
    geography: str
    by: str
    second: str
    counts: str
    frame: pl.DataFrame
    residents: Count | None
    residents_period: str
    sentences: tuple[str, ...]
    elsewhere: tuple[str, ...]
    absent: tuple[Absence, ...]

    @property
    def summary(self) -> tuple[str, ...]:
        """What to read first."""
        return (*self.sentences, *self.elsewhere)

    def as_dict(self) -> dict[str, Any]:
        """The result as one JSON document."""
        return {
            "index": self.index,
            "geography": self.geography,
            "worst": self.worst.choice,
            "worst_words": self.worst.words,
            "areas": sorted(self.worst.areas),
            "areas_ranked": self.worst.ranked,
            "may_leave": self.worst.may_leave,
            "may_join": self.worst.may_join,
            "without_score": self.worst.without_score,
            "residents": self.residents.as_row() if self.residents else None,
            "by": self.by,
            "and": self.second or None,
            "groups": self.frame.to_dicts(),
            "summary": list(self.summary),
            "not_in_the_data": [{"what": one.what, "text": one.text} for one in self.absent],
        }


def left_behind(
    scores: pl.DataFrame, spec: IndexSpec, people: People, *, worst: str = "10", by: str = "", second: str = ""
) -> LeftBehind:
    """Count who lives in the worst-off areas of an index.

    That an area is worst off does not make its people so: most people in need live elsewhere, and most who live there
    are not in need (`elsewhere` gives both figures). Never read the result as the number of people who are left behind,
    and never set it beside figures of single persons (Robinson 1950: the ecological fallacy).

    Parameters
    ----------
    scores
        The index on the areas of the place, with the ranges of ranks where they are known (`uncertainty_of`).
    people
        Counts, groupings and cross-tables of the place.
    worst
        Which areas: see `worst_off`.
    by, second
        Ids of groupings. Two are crossed by a table that counts both at once, and by nothing else.

    Raises
    ------
    LeftBehindError
        When the choice, a grouping or a cross-table is not there.

    References
    ----------
    Robinson W S (1950), Am. Sociol. Rev. 15:351-357; Openshaw S (1984), Environ. Plann. A 16:17-31.
    """
    worst_first = (spec.higher_is == "worse") == (spec.rank_1 == "highest")
    chosen = worst_off(scores, worst, worst_first=worst_first)
    groups, without, counts = _groups(people, spec.geography, by, second)
    rows = [(group, count_in(_placed(group, chosen), chosen.areas, intervals=group.intervals)) for group in groups]
    residents, period = _residents(people, spec.geography, chosen)
    sentences = [*headline(spec.name, chosen, residents, period)]
    sentences += [group_sentence(group, count, chosen) for group, count in rows]
    return LeftBehind(
        chosen, spec.id, spec.name, spec.geography, by, second, counts, _frame(rows), residents, period,
        tuple(sentences), _elsewhere(people, spec, by, chosen),
        tuple(not_in_the_data(people, spec.geography, by, second, chosen, rows, without)),
    )  # fmt: skip


def _groups(people: People, geography: str, by: str, second: str) -> tuple[list[Group], list[str], str]:
    """The groups asked for, those without figures here, and what is counted."""
    if not by:
        if second:
            raise LeftBehindError("a second grouping needs a first; name it too")
        return [], [], "people"
    grouping = people.grouping(by)
    if not second:
        groups, without = groups_of(people, grouping, geography)
        return groups, without, grouping.counts
    other = people.grouping(second)
    table = people.crosstab(grouping.id, other.id, geography)
    return crossed_groups(table, grouping.id, other.id), [], grouping.counts


def _placed(group: Group, chosen: WorstOff) -> pl.DataFrame:
    """The counts of a group for every area that the index has: an area without a row is missing."""
    areas = chosen.frame.select("area").join(group.cells, on="area", how="left", maintain_order="left")
    return areas.with_columns(pl.col("status").fill_null("O"))


def _residents(people: People, geography: str, chosen: WorstOff) -> tuple[Count | None, str]:
    rows = people.population.filter((pl.col("geography") == geography) & pl.col("population").is_not_null())
    if rows.is_empty():
        return None, ""
    cells = rows.select("area", pl.col("population").alias("count"), pl.lit(None, pl.Float64).alias("base"),
                        pl.lit("A").alias("status"))  # fmt: skip
    group = Group("residents", "", cells)
    return count_in(_placed(group, chosen), chosen.areas, intervals=False), str(rows["population_period"][0])


def _elsewhere(people: People, spec: IndexSpec, by: str, chosen: WorstOff) -> tuple[str, ...]:
    """Of the groupings in need, or of the one asked for where none is: who lives outside the worst-off areas."""
    wanted = [one for one in people.groupings.values() if one.hardship] or [
        one for one in people.groupings.values() if one.id == by
    ]
    found: list[str] = []
    inside = {part.indicator for part, _ in spec.leaves()}
    for grouping in wanted:
        for group in groups_of(people, grouping, spec.geography)[0]:
            count = count_in(_placed(group, chosen), chosen.areas, intervals=False)
            found += elsewhere_sentences(group, count, in_index=group.indicator in inside)
    return tuple(found)


def _frame(rows: list[tuple[Group, Count]]) -> pl.DataFrame:
    records = [
        {
            "group": group.label, "second_group": group.second, "indicator": group.indicator, "period": group.period,
            "out_of": group.out_of, "base_period": group.base_period, "moved_from": group.moved_from, **count.as_row(),
        }
        for group, count in rows
    ]  # fmt: skip
    return pl.DataFrame(records, schema={**dict.fromkeys(KEYS, pl.String), **SCHEMA})
