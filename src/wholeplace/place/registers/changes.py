"""What a mitigation changes, written as text: `service:meals.rto_h = 8; crew:it.size += 2`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wholeplace.errors import WholeplaceError

_THING = re.compile(r"[a-z_]+:[^\s.:;,()]+")
_SET = re.compile(r"(.*?)\s*\.\s*(\w+)\s*(\+=|\*=|=)(.*)", re.DOTALL)
_DEPENDENCY = re.compile(r"dependency\s*\((.*)\)", re.DOTALL)
_ADD = re.compile(r"add\s+(.*)", re.DOTALL)
#: How a change may be written, for messages.
FORM = (
    "`service:meals.rto_h = 8` (also += and *=), `dependency(service:meals, power).tolerance_h = 72` or "
    "`add dependency(service:calls, telecoms, provider=utility:mobile)`"
)


class ChangeError(WholeplaceError, ValueError):
    """Text that is no change; says what is wrong and at which letter."""


@dataclass(frozen=True)
class Change:
    """One change. `operator` is =, += or *=, which work on `field`, or add, which adds a dependency row.

    `thing` is what is changed, by name; where `dependency` is true it is the dependent, of which `group` or, for a row
    without a group, `provider` names the rows.
    """

    operator: str
    thing: str
    field: str = ""
    value: str = ""
    dependency: bool = False
    group: str = ""
    provider: str = ""


def parse_changes(text: str) -> list[Change]:
    """Read the changes of a mitigation.

    >>> parse_changes("crew:it.size += 2")
    [Change(operator='+=', thing='crew:it', field='size', value='2', dependency=False, group='', provider='')]

    Raises
    ------
    ChangeError
        With the place in the text.
    """
    return [_change(piece, at) for piece, at in _pieces(text, ";", 0) if piece]


def _pieces(text: str, mark: str, at: int) -> Iterator[tuple[str, int]]:
    """The pieces of a text between marks, without spaces round them, each with where it begins."""
    for piece in text.split(mark):
        yield piece.strip(), at + len(piece) - len(piece.lstrip())
        at += len(piece) + len(mark)


def _change(piece: str, at: int) -> Change:
    added = _ADD.fullmatch(piece)
    if added:
        thing, group, provider = _dependency(added[1], at + added.start(1))
        if not provider:
            raise _fault("an added dependency needs a provider=", at)
        return Change("add", thing, dependency=True, group=group, provider=provider)
    match = _SET.fullmatch(piece)
    if match is None:
        raise _fault(f"is no change; write {FORM}", at)
    target, field, operator, value = match[1], match[2], match[3], match[4].strip()
    if not value:
        raise _fault(f"gives no value to {field}", at + match.start(4))
    if _THING.fullmatch(target):
        return Change(operator, target, field, value)
    thing, group, provider = _dependency(target, at)
    if group and provider:
        raise _fault("names both a group and a provider; a group has one value for all its providers", at)
    return Change(operator, thing, field, value, dependency=True, group=group, provider=provider)


def _dependency(text: str, at: int) -> tuple[str, str, str]:
    """Dependent, group and provider of `dependency(…)`."""
    match = _DEPENDENCY.fullmatch(text)
    if match is None:
        raise _fault(f"names neither a thing (as service:meals) nor a dependency; write {FORM}", at)
    found: dict[str, str] = {}
    for number, (piece, where) in enumerate(_pieces(match[1], ",", at + match.start(1))):
        name, equals, value = (part.strip() for part in piece.partition("="))
        if not equals:
            name, value = ("dependent", "group", "")[min(number, 2)], piece
        if name not in {"dependent", "group", "provider"} or name in found or not value:
            raise _fault("a dependency is (dependent, group) or (dependent, provider=…)", where)
        if name != "group" and not _THING.fullmatch(value):
            raise _fault(f"{value!r} is not the name of a thing, as service:meals", where)
        found[name] = value
    if "dependent" not in found or len(found) == 1:
        raise _fault("a dependency is (dependent, group) or (dependent, provider=…)", at)
    return found["dependent"], found.get("group", ""), found.get("provider", "")


def _fault(words: str, at: int) -> ChangeError:
    return ChangeError(f"{words} (at letter {at + 1})")
