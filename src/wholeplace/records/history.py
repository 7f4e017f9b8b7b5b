"""What happened to one thing, and erasing what was personal in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from wholeplace.errors import WholeplaceError
from wholeplace.place.vocabulary import RegisterKind, vocabulary
from wholeplace.records.canonical import SALTED
from wholeplace.records.log import Change, Entry, open_log
from wholeplace.records.state import held_records, in_order, now


class UnknownThingError(WholeplaceError, KeyError):
    """A thing that the log knows nothing of."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Step:
    """One entry with what it changed: each field as (name, before, after)."""

    entry: Entry
    fields: tuple[tuple[str, str, str], ...]


def split_thing(thing: str) -> tuple[RegisterKind, str]:
    """The register and key of a thing. Raises UnknownThingError where its prefix is none."""
    found = vocabulary().split(thing)
    if found is None:
        prefixes = ", ".join(f"{prefix}:" for prefix in vocabulary().by_prefix)
        raise UnknownThingError(f"{thing!r} does not say what kind of thing it is; write it with one of {prefixes}")
    return found


def history_of(folder: Path, thing: str) -> list[Entry]:
    """Every entry of one thing, oldest first. Raises UnknownThingError when there is none."""
    kind, key = split_thing(thing)
    with open_log(folder) as log:
        entries = list(log.entries(register=kind.name, key=key))
        if not entries:
            near = get_close_matches(key, list(held_records(log, kind.name)), n=3)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise UnknownThingError(f"the log has no entry of {thing}{hint}")
    return entries


def steps(folder: Path, entries: Sequence[Entry]) -> list[Step]:
    """What each entry of one thing changed; personal values are shown unless they are erased."""
    with open_log(folder) as log:
        values = log.personal_values([entry.number for entry in entries])
    found: list[Step] = []
    before: dict[str, str] = {}
    for entry in entries:
        kind = vocabulary().registers[entry.register]
        personal = _personal(kind)
        after = json.loads(entry.item)
        for name in personal & after.keys():
            if after[name].startswith(SALTED):
                after[name] = values.get((entry.number, name), "(erased)")
        changed = tuple(
            (name, before.get(name, ""), after.get(name, ""))
            for name in in_order(kind, before, after)
            if before.get(name) != after.get(name)
        )
        found.append(Step(entry, changed))
        before = after
    return found


def _personal(kind: RegisterKind) -> frozenset[str]:
    return frozenset(field.name for field in kind.fields if field.personal)


def readable(folder: Path, entries: Sequence[Entry]) -> Iterator[str]:
    """The history of one thing as lines for people."""
    for step in steps(folder, entries):
        entry = step.entry
        what = "removed" if entry.action == "remove" else "put"
        yield f"{entry.number}  {entry.time}  {what} by {entry.person}: {entry.reason}"
        for name, before, after in step.fields:
            yield f"    {name}: {before or '(blank)'} → {after or '(blank)'}"


def erase_field(folder: Path, thing: str, field: str, *, person: str, reason: str, apply: bool) -> int:
    """Erase every value a personal field of a thing has had; an entry says who did it and why.

    What stands elsewhere is not touched: the register's CSV, exports, and backups that were made before.

    Returns
    -------
    count
        How many values are (or, without `apply`, would be) erased; with none there is no entry either.

    Raises
    ------
    UnknownThingError
        When the log has no entry of the thing, or the field is not personal.
    """
    kind, key = split_thing(thing)
    personal = _personal(kind)
    if field not in personal:
        known = ", ".join(sorted(personal)) or "none"
        raise UnknownThingError(f"{field!r} is no personal field of {kind.title.lower()}; these are: {known}")
    history_of(folder, thing)
    with open_log(folder, write=apply) as log:
        if not apply:
            return log.count_personal(kind.name, key, field)
        with log.transaction():
            held = held_records(log, kind.name).get(key)
            erased = log.erase(kind.name, key, field)
            if erased:
                record = None if held is None else {name: text for name, text in held.record.items() if name != field}
                log.append([Change(kind.name, key, record, personal)], time=now(), person=person, reason=reason)
        log.scrub()  # also when there was none: an earlier erasure may have been cut short
    return erased
