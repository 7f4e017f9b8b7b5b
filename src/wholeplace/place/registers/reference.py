"""The reference page of the registers, written from the vocabulary.

The documentation holds it; run this after a change of the vocabulary:

    python -m wholeplace.place.registers.reference docs/reference/registers.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from wholeplace.place.registers.field_types import words_of
from wholeplace.place.vocabulary import Code, Field, RegisterKind, Vocabulary, vocabulary

_HEAD = """\
# Registers

What a place has, in tables: one file a register under `registers/` of the place folder, or one sheet of a workbook,
one row a record. Only the `id` is required. Columns may stand in any order, an absent column is an empty one, and
columns of your own are kept.

- Lists in a cell are separated by `;`, yes and no are `yes` and `no`, dates are written 2026-03-31.
- A thing is named `prefix:id`, as `system:email`. A column that refers to one register holds the plain id (the prefix
  does no harm); a column that may name several kinds needs the prefix.
- Hours are numbers or, for `repair`, a distribution: `8`, `30min`, `3d`, `exponential(mean=12)`,
  `lognormal(median=24, p95=90)`, `triangular(1, 2, 8)`, `uniform(2, 6)`, `never`.
- Only rows of `dependencies.csv` make one thing need another. `wholeplace check` lists what other columns name
  without such a row, and `--fix` adds it.
- Where no source says something and you suppose it, begin the `notes` of the record with `Assumption:`, as in
  `Assumption: either hospital is enough`, so that whoever uses the record can show it as one.

`wholeplace records template DIR` writes empty tables to fill in, and `wholeplace records schema DIR` the same rules as
JSON Schema and Table Schema.
"""


def reference_page(known: Vocabulary) -> str:
    """Every register with its fields and code lists, as a page of Markdown."""
    return "\n".join([_HEAD, *(line for kind in known.registers.values() for line in _register(kind))])


def _register(kind: RegisterKind) -> Iterator[str]:
    yield f"## {kind.title}\n"
    yield f"{kind.meaning}.\n"
    key = "the `id`" if not kind.composite else " and ".join(f"`{part}`" for part in kind.key)
    yield f"File `{kind.file}`; prefix `{kind.prefix}:`; no two rows have the same {key.removeprefix('the ')}.\n"
    if kind.wanted:
        wanted = ", ".join(" or ".join(f"`{name}`" for name in one) for one in kind.wanted)
        yield f"A record counts as complete with: {wanted}.\n"
    yield "| field | what it is | what to write | blank means | example | standard |"
    yield "|---|---|---|---|---|---|"
    for field in kind.fields:
        yield f"| {' | '.join(_cells(field))} |"
    yield ""
    lists = {field.codes: field.name for field in kind.fields if field.codes}
    for codes, name in lists.items():
        yield from _codes(name, codes)


def _cells(field: Field) -> Iterator[str]:
    yield f"`{field.name}`" + (" (required)" if field.required else "")
    notes = ["personal: kept apart, can be erased"] if field.personal else []
    notes += ["wants a dependency row"] if field.stands_on else []
    notes += [f"not before or below `{field.at_least}`"] if field.at_least else []
    yield _escaped("; ".join([field.meaning, *notes]))
    unit = f" ({field.unit})" if field.unit else ""
    below = "one of the codes below" + ("" if field.type == "code" else ", or any text")
    yield _escaped((below if field.codes else words_of(field)) + unit)
    yield f"`{field.default}`" if field.default else ""
    yield "`" + field.example.replace("|", "\\|") + "`" if field.example else ""
    yield _escaped(field.standard)


def _codes(name: str, codes: tuple[Code, ...]) -> Iterator[str]:
    yield f"| `{name}` | called | meaning |"
    yield "|---|---|---|"
    for code in codes:
        yield f"| `{code.code}` | {_escaped(code.label)} | {_escaped(code.meaning)} |"
    yield ""


def _escaped(text: str) -> str:
    """Text that stands for itself in a cell of a table."""
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference_page(vocabulary()), encoding="utf-8", newline="\n")
