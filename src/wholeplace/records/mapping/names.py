"""When two names are one name, and how a name becomes an id.

Two spellings are one supplier only when they differ in nothing but what `name_key` takes away. The key of a name hangs
on that name alone, never on what else stands in the file, so that an id made from it is the same every month.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

_APOSTROPHES = re.compile(r"['’‘`´]")
#: A full stop is taken out, but not from between two figures: 1.5 is not 15.
_STOP = re.compile(r"(?<!\d)\.|\.(?!\d)")
#: Other signs stay as they are, so that C++ is not C.
_PUNCTUATION = re.compile(r"[.,;:!?\"“”„()\[\]{}/\\‐‑–—_-]+")
_LONG_FORMS = (
    (("public", "limited", "company"), "plc"),
    (("limited", "liability", "partnership"), "llp"),
    (("limited",), "ltd"),
    (("company",), "co"),
)
#: Left away at the end of a name: the commonest form of firm is often not written. Other forms (plc, LLP, CIC) are
#: other bodies in law and stay.
_OFTEN_LEFT_OUT = "ltd"


def name_key(name: str) -> str:
    """What is left of a name when case, punctuation, `&`/`and` and `Limited`/`Ltd` are made alike.

    >>> name_key("HAIGHS (GUISELEY) LTD.") == name_key("Haighs Guiseley Limited") == "haighs guiseley"
    True
    >>> name_key("Smith & Sons LLP"), name_key("Smith and Sons Ltd")
    ('smith and sons llp', 'smith and sons')
    """
    text = unicodedata.normalize("NFKC", name).casefold().replace("&", " and ")
    text = _PUNCTUATION.sub(" ", _STOP.sub("", _APOSTROPHES.sub("", text)))
    words = text.split()
    for long, short in _LONG_FORMS:
        words = _shortened(words, long, short)
    while len(words) > 1 and words[-1] == _OFTEN_LEFT_OUT:
        words.pop()
    return " ".join(words)


def _shortened(words: list[str], long: tuple[str, ...], short: str) -> list[str]:
    at = 0
    while at + len(long) <= len(words):
        if tuple(words[at : at + len(long)]) == long:
            words = [*words[:at], short, *words[at + len(long) :]]
        at += 1
    return words


def is_usable(key: str) -> bool:
    """Whether a name has a letter or figure in it at all."""
    return any(letter.isalnum() for letter in key)


def slug(text: str) -> str:
    """Text as an id: lower-case letters, figures and hyphens.

    >>> slug("Élan Vital & Co. (Leeds)")
    'elan-vital-and-co-leeds'
    """
    plain = unicodedata.normalize("NFKD", text).casefold().replace("&", " and ")
    plain = _APOSTROPHES.sub("", "".join(letter for letter in plain if not unicodedata.combining(letter)))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def id_of_key(key: str) -> str:
    """The id of a name from its key.

    A key of other signs than a to z, figures and spaces gets six figures of its SHA-256 behind it: its slug may be
    that of another key.

    >>> id_of_key("cafe nero"), id_of_key("café nero")
    ('cafe-nero', 'cafe-nero-f0efad')
    """
    return slug(key) if re.fullmatch(r"[a-z0-9 ]+", key) else marked_id(key, key)


def marked_id(key: str, text: str) -> str:
    """The id of one spelling that was split from the others of its key: it hangs on that spelling alone."""
    return f"{slug(key)}-{hashlib.sha256(text.encode()).hexdigest()[:6]}".lstrip("-")
