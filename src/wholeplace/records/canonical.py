"""How an entry of the log becomes bytes and a hash, so that any program can work it out again.

Items are JSON objects whose values are all text, in the canonical form of RFC 8785 (JCS): names in order of their
UTF-16 code units, no spaces, only the escapes that JSON demands, UTF-8. The hash of an entry is the SHA-256 of the
canonical JSON array of all its other columns, in the order of `COLUMNS`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring

#: Columns of an entry in the order in which they are hashed; `hash` itself comes after them.
COLUMNS = (
    "number", "register", "key", "action", "item", "item_sha256", "time", "person", "reason", "previous_hash",
)  # fmt: skip
#: What stands for the hash before the first entry.
BEGINNING = "0" * 64
#: Text as JSON with only the escapes that must be; several times as fast as an encoder for each entry.
_quoted = encode_basestring
#: What a field that is marked personal is replaced by in an item, before the salted hash.
SALTED = "sha256:"


def canonical(record: Mapping[str, str]) -> str:
    """A record as canonical JSON.

    >>> canonical({"name": "Café", "id": "a"})
    '{"id":"a","name":"Café"}'
    """
    pairs = [f"{_quoted(name)}:{_quoted(record[name])}" for name in _in_order(tuple(record))]
    return f"{{{','.join(pairs)}}}"


@lru_cache(maxsize=1000)
def _in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: name.encode("utf-16-be")))


def sha256(text: str) -> str:
    """SHA-256 of text in UTF-8, in lower-case hexadecimal; bytes that were read as `surrogateescape` count as they are.

    >>> sha256("")[:16]
    'e3b0c44298fc1c14'
    """
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def entry_hash(columns: Sequence[int | str]) -> str:
    """The hash of an entry from its other columns, in the order of COLUMNS."""
    number, *texts = columns
    return sha256(f"[{number},{','.join(map(_quoted, map(str, texts)))}]")


def salted_hash(salt: str, value: str) -> str:
    """What stands in an item in place of a personal value: it tells nothing to whoever has not the salt."""
    return SALTED + sha256(salt + value)
