"""The vocabulary: what every register is and what its fields mean, read from the tables that stand beside this file.

Checks, templates, schemas, forms, pages and the reference docs come from these tables: a field is added by adding a
row.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

from wholeplace.errors import WholeplaceError

#: In the column `register` of fields.csv: every register whose key is `id`, and those of things that can fail.
EVERY, CAN_FAIL = "*", "can-fail"


class VocabularyError(WholeplaceError, ValueError):
    """Tables of a vocabulary that name what is not there."""


@dataclass(frozen=True)
class Code:
    """One entry of a code list."""

    code: str
    label: str
    meaning: str


@dataclass(frozen=True)
class Field:
    """One field of a register: `name` as files write it, `label` as pages do.

    `type` says what a cell may hold (see `place.registers.field_types`); `codes` is its code list, closed for the type
    `code` and a suggestion otherwise; `refers` names the registers a reference may lead to, `prefixes` their prefixes.
    A record `stands_on` what such a field names: there should be a dependency row. `at_least` names a field of the same
    record which this one may not come before (a date) or should not be below (a number).
    """

    register: str
    name: str
    label: str
    type: str
    unit: str
    codes: tuple[Code, ...]
    refers: tuple[str, ...]
    prefixes: tuple[str, ...]
    stands_on: bool
    at_least: str
    required: bool
    personal: bool
    default: str
    meaning: str
    example: str
    standard: str


@dataclass(frozen=True)
class RegisterKind:
    """What a register is: `name` is its file's stem, `key` the fields that make the key of a record.

    `wanted` are the fields without which others can do little with a record; of several together one is enough.
    """

    name: str
    prefix: str
    key: tuple[str, ...]
    title: str
    one: str
    can_fail: bool
    wanted: tuple[tuple[str, ...], ...]
    meaning: str
    fields: tuple[Field, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Fields by name."""
        return {field.name: field for field in self.fields}

    @property
    def file(self) -> str:
        """The register's file in a place folder."""
        return f"registers/{self.name}.csv"

    @property
    def composite(self) -> bool:
        """Whether the key is made of several fields instead of an id."""
        return self.key != ("id",)


@dataclass(frozen=True)
class Vocabulary:
    """Every register by name, in the order of registers.csv."""

    registers: Mapping[str, RegisterKind]

    @cached_property
    def by_prefix(self) -> Mapping[str, RegisterKind]:
        """Registers by the prefix of their things."""
        return {kind.prefix: kind for kind in self.registers.values()}

    def split(self, thing: str) -> tuple[RegisterKind, str] | None:
        """The register and key that the name of a thing stands for; None where its prefix is not known.

        >>> kind, key = vocabulary().split("system:email")
        >>> kind.name, key
        ('systems', 'email')
        """
        prefix, colon, rest = thing.partition(":")
        kind = self.by_prefix.get(prefix)
        if kind is None or not colon or not rest:
            return None
        return kind, thing if kind.composite else rest


def name_of(kind: RegisterKind, key: str) -> str:
    """The name by which a thing is called everywhere, `prefix:id`; the key of a composite register is its name."""
    return key if kind.composite else f"{kind.prefix}:{key}"


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary that Wholeplace comes with."""
    return read_vocabulary(files(__name__))


def read_vocabulary(folder: Traversable) -> Vocabulary:
    """Read the three tables of a vocabulary.

    Raises
    ------
    VocabularyError
        With every fault: a register, code list or field that is named and not there.
    """
    lists: dict[str, list[Code]] = {}
    for row in _rows(folder, "codes.csv"):
        lists.setdefault(row["list"], []).append(Code(row["code"], row["label"], row["meaning"]))
    rows = list(_rows(folder, "fields.csv"))
    kinds = {kind["name"]: kind for kind in _rows(folder, "registers.csv")}
    groups = {
        EVERY: [name for name, kind in kinds.items() if kind["key"] == "id"],
        CAN_FAIL: [name for name, kind in kinds.items() if kind["can_fail"] == "yes"],
    }
    _check_tables(rows, kinds, lists, groups)
    prefixes = {name: kind["prefix"] for name, kind in kinds.items()}
    registers = {}
    for name, kind in kinds.items():
        mine = {name} | {group for group, names in groups.items() if name in names}
        registers[name] = RegisterKind(
            name=name,
            prefix=kind["prefix"],
            key=tuple(kind["key"].split("|")),
            title=kind["title"],
            one=kind["one"],
            can_fail=kind["can_fail"] == "yes",
            wanted=tuple(tuple(one.split("|")) for one in _words(kind["wanted"])),
            meaning=kind["meaning"],
            fields=tuple(_field(name, row, lists, groups, prefixes) for row in rows if row["register"] in mine),
        )
    return Vocabulary(registers)


def _field(
    register: str,
    row: dict[str, str],
    lists: Mapping[str, list[Code]],
    groups: Mapping[str, list[str]],
    prefixes: Mapping[str, str],
) -> Field:
    refers = [name for word in _words(row["refers"]) for name in groups.get(word, [word])]
    return Field(
        register=register,
        name=row["field"],
        label=row["label"],
        type=row["type"],
        unit=row["unit"],
        codes=tuple(lists[row["codes"]]) if row["codes"] else (),
        refers=tuple(refers),
        prefixes=tuple(prefixes[name] for name in refers),
        stands_on=row["stands_on"] == "yes",
        at_least=row["at_least"],
        required=row["required"] == "yes",
        personal=row["personal"] == "yes",
        default=row["default"],
        meaning=row["meaning"],
        example=row["example"],
        standard=row["standard"],
    )


def _check_tables(
    rows: list[dict[str, str]],
    kinds: Mapping[str, dict[str, str]],
    lists: Mapping[str, list[Code]],
    groups: Mapping[str, list[str]],
) -> None:
    """Raise every name in the tables that leads nowhere."""
    wrong = []
    fields: dict[str, list[str]] = {name: [] for name in kinds}
    for row in rows:
        where = f"fields.csv, {row['register']}.{row['field']}"
        for name in (row["register"], *_words(row["refers"])):
            if name not in kinds and name not in groups:
                wrong.append(f"{where}: there is no register {name!r} in registers.csv")
        if row["codes"] and row["codes"] not in lists:
            wrong.append(f"{where}: there is no list {row['codes']!r} in codes.csv")
        for name in groups.get(row["register"], [row["register"]]):
            fields.get(name, []).append(row["field"])
    for name, kind in kinds.items():
        wanted = [name for one in _words(kind["wanted"]) for name in one.split("|")]
        needed = [*kind["key"].split("|"), *wanted, *(row["at_least"] for row in rows if row["register"] == name)]
        wrong += [f"{name} has no field {one!r}" for one in needed if one and one not in fields[name]]
        wrong += [f"{name} has the field {one!r} twice" for one in set(fields[name]) if fields[name].count(one) > 1]
    if wrong:
        raise VocabularyError("the vocabulary does not hold together:\n  " + "\n  ".join(wrong))


def _words(cell: str) -> list[str]:
    return [word for word in cell.split(";") if word]


def _rows(folder: Traversable, name: str) -> Iterator[dict[str, str]]:
    with (folder / name).open("r", encoding="utf-8") as table:
        yield from csv.DictReader(table)
