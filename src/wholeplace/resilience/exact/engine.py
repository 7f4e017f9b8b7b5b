"""Exact chances of going down, worked out in a process of its own that can be ended when it takes too much."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wholeplace.errors import WholeplaceError
from wholeplace.place.distributions import Distribution
from wholeplace.resilience.asking import asked_of, importance_of, position, refuse
from wholeplace.resilience.exact.cut_sets import CutSets
from wholeplace.resilience.exact.question import Figures, Question
from wholeplace.resilience.importance import Importance
from wholeplace.resilience.model import Happening, Network
from wholeplace.resilience.standing import Standing, standing_of

TIME_LIMIT_S = 45.0
_AT_ONCE = Distribution("fixed", (0.0,))
#: Nodes of all diagrams together, at most; a process that fills them takes about 1 GB.
MOST_NODES = 5_000_000


class ExactLimitError(WholeplaceError):
    """The diagrams became too large, or took too long."""


@dataclass(frozen=True)
class ExactResult:
    """Chances of going down, exact but for the rounding of floating-point numbers.

    `p_down` by name of each thing asked for. With a `target`: `importance` of each thing above it that an event can
    strike, in code-point order, and `cut_sets`, None where they could not be counted within the limits.
    """

    p_down: Mapping[str, float]
    target: str | None
    importance: tuple[Importance, ...]
    cut_sets: CutSets | None


def exact(
    network: Network,
    happenings: Sequence[Happening],
    *,
    horizon_h: float,
    background: bool = False,
    target: str | None = None,
    items: Sequence[str] | None = None,
    time_limit_s: float = TIME_LIMIT_S,
    most_nodes: int = MOST_NODES,
) -> ExactResult:
    """Work out the chance that things go down when all events of a scenario strike at one instant.

    Parameters
    ----------
    target
        A thing for which importance and cut sets are wanted, too.
    items
        Whose chances are wanted; by default every service and the target. Those of them above which some row has a
        tolerance are left out; without a target there are none among the services, or the scenario is refused.

    Raises
    ------
    RefusedError
        When the scenario has times in it that matter; it names the first reason (see `refusal_of`).
    ExactLimitError
        When the limits are met; nothing is known then but that `screen` or `simulate` should be asked.

    References
    ----------
    Bryant (1986), Graph-based algorithms for Boolean function manipulation; Rauzy (1993), New algorithms for fault
    trees analysis.
    """
    refuse("exact", network, happenings, background=background, target=target)
    asked = asked_of(network, items, target)
    standing = standing_of(network, happenings, list(asked.values()), horizon_h=horizon_h)
    question = _question(network, standing, asked, target, most_nodes)
    figures, cut_sets = _asked(question, time_limit_s)
    number = standing.number
    p_down = {name: figures.p_down[number[at]] if at in number else 0.0 for name, at in asked.items()}
    importance: tuple[Importance, ...] = ()
    if target is not None:
        failed, spared = ({int(standing.things[thing]): chance for thing, chance in one.items()}
                          for one in (figures.p_down_failed, figures.p_down_spared))  # fmt: skip
        importance = importance_of(network, happenings, target, horizon_h=horizon_h, p_down=p_down[target],
                                   failed=failed, spared=spared)  # fmt: skip
    return ExactResult(p_down, target, importance, cut_sets)


def cut_sets(
    network: Network,
    happenings: Sequence[Happening],
    target: str,
    *,
    horizon_h: float,
    most_listed: int,
    time_limit_s: float = TIME_LIMIT_S,
) -> CutSets:
    """The minimal cut sets of a target as if all events struck at hour 0 and nothing had a tolerance or was repaired.

    Whatever the times are, the target goes down only in trials in which all things of one of these sets are struck.

    Raises
    ------
    ExactLimitError
        When the limits are met.
    """
    at_once = [replace(one, at_h=_AT_ONCE, notice_h=_AT_ONCE) for one in happenings]
    asked = {target: position(network, target)}
    standing = standing_of(network, at_once, list(asked.values()), horizon_h=horizon_h)
    question = replace(_question(network, standing, asked, target, MOST_NODES), most_listed=most_listed)
    found = _asked(question, time_limit_s)[1]
    if found is None:
        raise ExactLimitError(_told(f"within {time_limit_s:g} s (--time-limit)"))
    return found


def _question(
    network: Network, standing: Standing, asked: Mapping[str, int], target: str | None, most_nodes: int
) -> Question:
    number = standing.number
    return Question(
        standing=standing,
        things=tuple(number[at] for at in asked.values() if at in number),
        target=number.get(asked[target]) if target is not None else None,
        names={thing: network.things.names[standing.things[thing]] for thing in standing.exposed.tolist()},
        most_nodes=most_nodes,
    )


def _asked(question: Question, time_limit_s: float) -> tuple[Figures, CutSets | None]:
    """What the other process answers in time."""
    if not question.things:
        return Figures({}, {}, {}), CutSets(0, ())
    command = [sys.executable, "-P", "-m", "wholeplace.resilience.exact"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        late = False
        try:
            out, told = process.communicate(pickle.dumps((question, time_limit_s)), timeout=time_limit_s)
        except subprocess.TimeoutExpired:
            late = True
            process.kill()
            out, told = process.communicate()
        except BaseException:
            process.kill()
            raise
    answers = _read(out)
    figures = next((one for one in answers if isinstance(one, Figures)), None)
    if figures is not None:
        return figures, next((one for one in answers if isinstance(one, CutSets)), None)
    if late:
        raise ExactLimitError(_told(f"within {time_limit_s:g} s (--time-limit)"))
    if None in answers:
        raise ExactLimitError(_told(f"within {question.most_nodes:,} nodes of a decision diagram"))
    raise ExactLimitError(f"{_told('')}; its process ended with {process.returncode}: {told.decode(errors='replace')}")


def _told(limit: str) -> str:
    return (f"exact could not finish {limit}: there are too many ways in which these things can fail together. Ask "
            "--method screen, which draws them instead and copes with any size, or name one --target")  # fmt: skip


def _read(out: bytes) -> list[object]:
    """The answers in what a process wrote, of which the last may be cut off."""
    found: list[object] = []
    stream = io.BytesIO(out)
    while True:
        try:
            found.append(pickle.load(stream))
        except (EOFError, pickle.UnpicklingError):
            return found
