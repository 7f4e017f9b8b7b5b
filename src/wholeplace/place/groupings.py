"""Groupings of people or households: which indicators count the members of which group, as place.toml says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wholeplace.place.config import GroupingSection
from wholeplace.place.findings import Findings, did_you_mean
from wholeplace.place.indicators import Indicator, is_id

#: Names that a cross-table uses for its own columns.
RESERVED = ("area", "count", "status")
#: Value types whose count is a number of people or households.
COUNTED = ("count", "proportion")


@dataclass(frozen=True)
class Grouping:
    """One way to group people or households, as age, disability or tenure.

    `members`: indicator id -> what its group is called. An indicator counts the group by its count: a proportion out of
    its denominator, a count out of the indicator `whole` where that is given. Groups of one grouping need not be apart
    (65 and over, 85 and over) nor make up everybody. `counts` says whether people or households are counted; `hardship`
    that its groups are in need themselves; `not_counted` who the source is known to leave out.
    """

    id: str
    name: str
    members: Mapping[str, str]
    counts: str = "people"
    whole: str = ""
    hardship: bool = False
    not_counted: str = ""


def read_groupings(
    sections: Sequence[GroupingSection], indicators: Mapping[str, Indicator] | None, findings: Findings
) -> dict[str, Grouping]:
    """Check every [[grouping]] of place.toml: ids, labels, and that each member counts people or households.

    `indicators` is None where indicators.csv could not be read; members are then not looked up.
    """
    found: dict[str, Grouping] = {}
    for section in sections:
        column = f"grouping.{section.id}"
        if not is_id(section.id) or section.id in RESERVED:
            message = f"an id is made of lower-case letters, digits and hyphens, and is not {', '.join(RESERVED)}"
            findings.error("grouping-id", message, file="place.toml", column="grouping.id", value=section.id)
            continue
        if section.id in found:
            message = f"two groupings have the id {section.id!r}; give one another"
            findings.error("id-twice", message, file="place.toml", column="grouping.id", value=section.id)
            continue
        if not section.members:
            message = f'the grouping {section.id} has no members; write indicator = "what the group is called"'
            findings.error("required", message, file="place.toml", column=f"{column}.members", value="")
        for label, times in Counter(section.members.values()).items():
            if times > 1 or not label.strip():
                message = f"{times} groups of {section.id} are called {label!r}; give each a name of its own"
                findings.error("group-label", message, file="place.toml", column=f"{column}.members", value=label)
        if indicators is not None:
            _check_members(section, indicators, findings)
        found[section.id] = Grouping(
            section.id, section.name, dict(section.members), section.counts, section.whole, section.hardship,
            section.not_counted,
        )  # fmt: skip
    return found


def _check_members(section: GroupingSection, indicators: Mapping[str, Indicator], findings: Findings) -> None:
    column = f"grouping.{section.id}"
    named: list[tuple[str, str, tuple[str, ...]]] = [(f"{column}.members", one, COUNTED) for one in section.members]
    named += [(f"{column}.whole", section.whole, ("count",))] * bool(section.whole)
    for column, one, allowed in named:
        known = indicators.get(one)
        if known is None:
            message = f"{one!r} is not in indicators.csv{did_you_mean(one, indicators)}"
            findings.error("unknown-indicator", message, file="place.toml", column=column, value=one)
        elif known.value_type not in allowed:
            words = " or ".join(f"a {kind}" for kind in allowed)
            message = f"{one} is a {known.value_type}; how many are in a group can only be told from {words}"
            findings.error("group-kind", message, file="place.toml", column=column, value=one)
