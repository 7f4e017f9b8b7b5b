"""How an entry of the log becomes bytes and a hash, so that any program can work it out again.

Items are JSON objects whose values are all text, in the canonical form of RFC 8785 (JCS): names in order of their
UTF-16 code units, no spaces, only the escapes that JSON demands, UTF-8. The hash of an entry is the SHA-256 of the
canonical JSON array of all its other columns, in the order of `COLUMNS`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

#: Columns of an entry in the order in which they are hashed; `hash` itself comes after them.
COLUMNS = (
    "number", "register", "key", "action", "item", "item_sha256", "time", "person", "reason", "previous_hash",
)  # fmt: skip
#: What stands for the hash before the first entry.
BEGINNING = "0" * 64
#: What a field that is marked personal is replaced by in an item, before the salted hash.
SALTED = "sha256:"


def canonical(record: Mapping[str, str]) -> str:
    """A record as canonical JSON.

    >>> canonical({"name": "Café", "id": "a"})
    '{"id":"a","name":"Café"}'
    """
    ordered = dict(sorted(record.items(), key=lambda pair: pair[0].encode("utf-16-be")))
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":"))


def sha256(text: str) -> str:
    """SHA-256 of text in UTF-8, in lower-case hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def entry_hash(columns: Sequence[object]) -> str:
    """The hash of an entry from its other columns, in the order of COLUMNS."""
    return sha256(json.dumps(list(columns), ensure_ascii=False, separators=(",", ":")))


def salted_hash(salt: str, value: str) -> str:
    """What stands in an item in place of a personal value: it tells nothing to whoever has not the salt."""
    return SALTED + sha256(salt + value)
