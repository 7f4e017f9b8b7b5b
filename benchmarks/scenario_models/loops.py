"""Which things of a loop could stand by each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def can_stand(
    members: Sequence[int],
    is_well: Callable[[int], bool],
    groups_of: Callable[[int], Sequence[int]],
    could_be_met: Callable[[int, set[int]], bool],
) -> set[int]:
    """The largest set of members that are well and of which every group could be met by the set itself.

    Everything that is well is assumed to stand, and what then cannot is taken out until nothing more falls: what is
    left is the largest such set, since taking one out never helps another.
    """
    standing = {one for one in members if is_well(one)}
    while fallen := {one for one in standing if not all(could_be_met(g, standing) for g in groups_of(one))}:
        standing -= fallen
    return standing
