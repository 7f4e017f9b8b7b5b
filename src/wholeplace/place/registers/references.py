"""References between registers: what a cell names, and whether it is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wholeplace.place.vocabulary import Field

#: The ids there are, by register.
Things = Mapping[str, frozenset[str]]


def reference_faults(field: Field, text: str, things: Things) -> Iterator[tuple[str, str]]:
    """Each reference of a cell that leads nowhere, with what is wrong."""
    for one in references_in(field, text):
        register, key = split_reference(field, one)
        if register and key in things.get(register, frozenset()):
            continue
        if register and (len(field.refers) > 1 or ":" not in key):
            file = f"registers/{register}.csv"
            yield one, f"names something that is not in {file}; add it there, or mend the name"
        elif len(field.refers) == 1:
            yield one, f"only the id of one of the {field.refers[0]} can stand here"
        else:
            prefixes = ", ".join(f"{prefix}:" for prefix in field.prefixes)
            yield one, f"must be the name of a thing that begins with one of {prefixes}"


def split_reference(field: Field, text: str) -> tuple[str, str]:
    """The register and id that a reference of a field stands for; ("", text) where it names none of the field's kinds.

    Where a field refers to one register, the prefix may be left out.
    """
    for register, prefix in zip(field.refers, field.prefixes, strict=True):
        if text.startswith(f"{prefix}:"):
            return register, text.removeprefix(f"{prefix}:")
    return (field.refers[0], text) if len(field.refers) == 1 else ("", text)


def references_in(field: Field, text: str) -> list[str]:
    """The references that stand in a cell."""
    pieces = text.split(";") if field.type == "references" else [text]
    return [piece.strip() for piece in pieces if piece.strip()]


def full_name(field: Field, text: str) -> str:
    """The thing that a reference of a field names, with its prefix; "" where it is blank or of none of its kinds."""
    register, key = split_reference(field, text)
    return f"{field.prefixes[field.refers.index(register)]}:{key}" if register and key else ""
