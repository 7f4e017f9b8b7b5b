"""Records of a register that are probably the same thing twice.

Two records are told when their names are the same, or when their postcodes are and their names are alike. Names are
compared without case, accents, punctuation and the legal form of a firm. Alike means that at least 0.85 of their
letters match in order (Ratcliff and Obershelp 1988, as in Python's `difflib`): one slip of the pen in a name of seven
letters. Of more than 200 records at one postcode only those with the same name are told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import combinations

from wholeplace.place.registers import Register

ALIKE, MOST_AT_ONE_POSTCODE = 0.85, 200
_LEGAL = frozenset({"ltd", "limited", "plc", "llp", "lp", "inc", "cic", "cio", "co", "company", "the"})


def plain_name(name: str) -> str:
    """A name without what people write in different ways.

    >>> plain_name("The Café-Bar Co. Ltd"), plain_name("St Mary's Hall"), plain_name("Ltd")
    ('cafe bar', 'st marys hall', 'ltd')
    """
    letters = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter) and letter not in "'’.")
    words = re.findall(r"\w+", letters)
    return " ".join(word for word in words if word not in _LEGAL) or " ".join(words)


def alike(one: str, other: str) -> bool:
    """Whether two plain names are alike."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def duplicates_in(register: Register) -> Iterator[tuple[int, str, str]]:
    """Each record that is probably there twice: its row, its name, and the words that say which other it is."""
    names = register.column("name").to_list()
    plain = [plain_name(name) for name in names]
    by_name: dict[str, list[int]] = {}
    by_postcode: dict[str, list[int]] = {}
    for row, postcode in enumerate(register.column("postcode").to_list()):
        if plain[row]:
            by_name.setdefault(plain[row], []).append(row)
            by_postcode.setdefault("".join(postcode.split()).upper(), []).append(row)
    found: dict[int, tuple[int, str]] = {}
    for rows in by_name.values():
        for row in rows if len(rows) > 1 else ():
            found[row] = (rows[1] if row == rows[0] else rows[0], "has the same name as")
    for postcode, rows in by_postcode.items():
        if not postcode or not 1 < len(rows) <= MOST_AT_ONE_POSTCODE:
            continue
        for one, other in combinations(rows, 2):
            if plain[one] != plain[other] and alike(plain[one], plain[other]):
                words = f"has the postcode {postcode} and nearly the name of"
                found.setdefault(one, (other, words))
                found.setdefault(other, (one, words))
    things = register.names
    for row in sorted(found):
        other, words = found[row]
        yield row, names[row], f"{words} {things[other]}, {names[other]!r}; keep one if they are the same"
