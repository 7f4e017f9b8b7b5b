"""Strongly connected sets: things of which each needs, in the end, each other."""

from __future__ import annotations

from collections.abc import Sequence


def strong_sets(providers: Sequence[Sequence[int]]) -> list[list[int]]:
    """Split things, numbered from 0, into sets that reach each other; `providers` names the providers of each.

    A thing in no loop is a set of its own. Every set comes after the sets that it depends on.

    References
    ----------
    Tarjan (1972), Depth-first search and linear graph algorithms. Its recursion is a list here, so that a chain of
    100,000 things is no trouble; the time grows with things and rows together.
    """
    unmet, done = -1, len(providers)
    order = [unmet] * len(providers)
    earliest = [0] * len(providers)
    found: list[list[int]] = []
    waiting: list[int] = []
    met = 0
    for start in range(len(providers)):
        if order[start] != unmet:
            continue
        path = [(start, iter(providers[start]))]
        order[start] = earliest[start] = met
        met += 1
        waiting.append(start)
        while path:
            thing, rest = path[-1]
            for provider in rest:
                if order[provider] == unmet:
                    order[provider] = earliest[provider] = met
                    met += 1
                    waiting.append(provider)
                    path.append((provider, iter(providers[provider])))
                    break
                earliest[thing] = min(earliest[thing], order[provider])
            else:
                path.pop()
                if path:
                    above = path[-1][0]
                    earliest[above] = min(earliest[above], earliest[thing])
                if earliest[thing] == order[thing]:
                    one, members = unmet, []
                    while one != thing:
                        one = waiting.pop()
                        order[one] = done  # later than everything, so that a finished set draws nobody in
                        members.append(one)
                    found.append(members)
    return found
