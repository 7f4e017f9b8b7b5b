"""Things that can fail, as scenarios name them: by patterns and by what their registers say."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from functools import cached_property

import polars as pl

from wholeplace.place.registers import Register
from wholeplace.place.vocabulary import vocabulary
from wholeplace.resilience.scenarios.where_clause import Where

_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Things:
    """The things of a place that can fail, by the registers they stand in."""

    registers: Mapping[str, Register]
    _held: dict[Where, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def names(self) -> list[str]:
        """The name of each, in code-point order."""
        return sorted({name for register in self._can_fail for name in register.names})

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.names)

    @cached_property
    def _can_fail(self) -> list[Register]:
        return [register for register in self.registers.values() if register.kind.can_fail]

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def matching(self, pattern: str) -> list[str]:
        """Those that a name or a shell pattern means; upper and lower case are different letters."""
        if not _WILD.search(pattern):
            return [pattern] if pattern in self._known else []
        means = re.compile(translate(pattern)).match
        return [name for name in self.names if means(name)]

    def of_kinds(self, prefixes: Iterable[str]) -> list[str]:
        """Those whose names begin with one of these prefixes."""
        starts = tuple(f"{prefix}:" for prefix in prefixes)
        return [name for name in self.names if name.startswith(starts)]

    def nearest(self, pattern: str) -> str:
        """A name much like one that is not there, or an empty text."""
        near = [] if _WILD.search(pattern) else difflib.get_close_matches(pattern, self.names, n=1)
        return near[0] if near else ""

    @cached_property
    def fields(self) -> list[str]:
        """Every field that some thing may have, those of the place's own included."""
        of_vocabulary = [name for kind in vocabulary().registers.values() if kind.can_fail for name in kind.by_name]
        own = [name for register in self._can_fail for name in register.frame.columns]
        return list(dict.fromkeys([*of_vocabulary, *own]))

    def where(self, names: Iterable[str], where: Where) -> list[str]:
        """Those of some things for which a condition holds, in the order given."""
        if where not in self._held:  # many events may ask the same
            self._held[where] = frozenset(name for register in self._can_fail for name in _held_in(register, where))
        return [name for name in names if name in self._held[where]]

    @cached_property
    def with_repair(self) -> frozenset[str]:
        """Those whose register says how long a repair takes, `never` included."""
        repairs = ((one.names, one.column("repair").str.strip_chars()) for one in self._can_fail)
        return frozenset(name for names, texts in repairs for name in names.filter(texts != ""))


def _held_in(register: Register, where: Where) -> pl.Series:
    columns = {name: register.keys if name == "id" else register.column(name) for name in where.fields}
    return register.names.filter(where.holds(columns))
