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

#: In the column `register` of fields.csv: every register whose key is `id`, and those of things that can fail.
EVERY, CAN_FAIL = "*", "can-fail"


@dataclass(frozen=True)
class Code:
    """One entry of a code list."""

    code: str
    label: str
    meaning: str


@dataclass(frozen=True)
class Field:
    """One field of a register.

    `type` says what a cell may hold (see `place.field_types`); `codes` is its code list, closed for the type `code` and
    a suggestion otherwise; `refers` names the registers a reference may lead to.
    """

    register: str
    name: str
    type: str
    unit: str
    codes: tuple[Code, ...]
    refers: tuple[str, ...]
    required: bool
    personal: bool
    default: str
    meaning: str
    example: str
    standard: str


@dataclass(frozen=True)
class RegisterKind:
    """What a register is: `name` is its file's stem, `key` the fields that make the key of a record."""

    name: str
    prefix: str
    key: tuple[str, ...]
    title: str
    one: str
    can_fail: bool
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
    """Read the three tables of a vocabulary."""
    lists: dict[str, list[Code]] = {}
    for row in _rows(folder, "codes.csv"):
        lists.setdefault(row["list"], []).append(Code(row["code"], row["label"], row["meaning"]))
    rows = list(_rows(folder, "fields.csv"))
    kinds = list(_rows(folder, "registers.csv"))
    things = [kind["name"] for kind in kinds if kind["key"] == "id"]
    failing = [kind["name"] for kind in kinds if kind["can_fail"] == "yes"]
    groups = {EVERY: tuple(things), CAN_FAIL: tuple(failing)}
    registers = {}
    for kind in kinds:
        name = kind["name"]
        mine = {name} | {group for group, names in groups.items() if name in names}
        registers[name] = RegisterKind(
            name=name,
            prefix=kind["prefix"],
            key=tuple(kind["key"].split("|")),
            title=kind["title"],
            one=kind["one"],
            can_fail=kind["can_fail"] == "yes",
            meaning=kind["meaning"],
            fields=tuple(_field(name, row, lists, groups) for row in rows if row["register"] in mine),
        )
    return Vocabulary(registers)


def _field(
    register: str, row: dict[str, str], lists: Mapping[str, list[Code]], groups: Mapping[str, tuple[str, ...]]
) -> Field:
    refers = [name for word in row["refers"].split(";") if word for name in groups.get(word, (word,))]
    return Field(
        register=register,
        name=row["field"],
        type=row["type"],
        unit=row["unit"],
        codes=tuple(lists[row["codes"]]) if row["codes"] else (),
        refers=tuple(refers),
        required=row["required"] == "yes",
        personal=row["personal"] == "yes",
        default=row["default"],
        meaning=row["meaning"],
        example=row["example"],
        standard=row["standard"],
    )


def _rows(folder: Traversable, name: str) -> Iterator[dict[str, str]]:
    with (folder / name).open("r", encoding="utf-8") as table:
        yield from csv.DictReader(table)
