"""The glossary: what technical terms mean, in plain words, from one file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "glossary.toml"


@dataclass(frozen=True)
class Term:
    """A term: the id that links go to, its name, what it means, and the terms that its explanation is built on."""

    id: str
    name: str
    words: str
    needs: tuple[str, ...] = ()


@cache
def glossary() -> dict[str, Term]:
    """Every term by id."""
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {key: Term(key, one["name"], one["words"], tuple(one.get("needs", ()))) for key, one in content.items()}
