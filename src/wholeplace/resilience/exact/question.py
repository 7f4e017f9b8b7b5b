"""A question for decision diagrams, and its answer: what passes between the two processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from wholeplace.resilience.exact.cut_sets import MOST_LISTED, CutSets, cut_sets_of
from wholeplace.resilience.exact.diagrams import diagrams_of
from wholeplace.resilience.exact.nodes import Nodes, chances, nodes_of
from wholeplace.resilience.exact.variables import Variables, variables_of
from wholeplace.resilience.standing import Standing


@dataclass(frozen=True)
class Question:
    """Things (as numbered in `standing`) whose chance of going down is asked for.

    With `target`, one of them, also what it is when each exposed thing fails, and cannot fail, and the target's
    minimal cut sets, of which at most `most_listed` are listed, or all single points. `names` has a name for every
    exposed thing.
    """

    standing: Standing
    things: tuple[int, ...]
    target: int | None
    names: dict[int, str]
    most_nodes: int
    most_listed: int = MOST_LISTED


@dataclass(frozen=True)
class Figures:
    """Chances of going down, as far as asked: of each thing; of the target when an exposed thing fails or cannot."""

    p_down: dict[int, float]
    p_down_failed: dict[int, float]
    p_down_spared: dict[int, float]


def answers(question: Question) -> Iterator[Figures | CutSets]:
    """Answer a question: first the figures, then, with a target, the cut sets.

    Raises
    ------
    MemoryError
        When the diagrams need more than `most_nodes` nodes.
    """
    standing, target = question.standing, question.target
    first = () if target is None else (target,)
    variables = variables_of(standing, [*first, *question.things])
    diagrams = diagrams_of(standing, variables, most_nodes=question.most_nodes)
    nodes = nodes_of([diagrams[thing] for thing in question.things])
    p_down = chances(nodes, np.array([variables.chance]))[0]
    by_thing = dict(zip(question.things, p_down.tolist(), strict=True))
    if target is None:
        yield Figures(by_thing, {}, {})
        return
    nodes = nodes_of([diagrams[target]])
    del diagrams
    yield Figures(by_thing, _forced(nodes, variables, fails=True), _forced(nodes, variables, fails=False))
    yield _cut_sets(nodes, variables, question)


def _forced(nodes: Nodes, variables: Variables, *, fails: bool) -> dict[int, float]:
    """The chance of the first top when each exposed thing that matters to it fails itself, or cannot fail."""
    matters = set(nodes.variable.tolist())
    things = [thing for thing, own in variables.own.items() if own in matters]
    cases = np.tile(np.array(variables.chance), (len(things), 1))
    for case, thing in enumerate(things):
        cases[case, variables.own[thing]] = float(fails)
        if thing in variables.spared:
            cases[case, variables.spared[thing]] = float(fails)
    return dict(zip(things, chances(nodes, cases)[:, 0].tolist(), strict=True))


def _cut_sets(nodes: Nodes, variables: Variables, question: Question) -> CutSets:
    names = {own: question.names[thing] for thing, own in variables.own.items()}
    given = dict.fromkeys([*variables.came.values(), *variables.spared.values()], True)
    given |= dict.fromkeys({bit for chains in variables.shared.values() for one in chains for bit in one}, False)
    return cut_sets_of(nodes, names, given, most_nodes=question.most_nodes, most_listed=question.most_listed)
