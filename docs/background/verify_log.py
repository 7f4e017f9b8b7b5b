"""Verify a records log without Wholeplace:  python verify_log.py records.sqlite3 [EXPECTED HEAD]"""

import hashlib
import json
import sqlite3
import sys

#: What is hashed, in this order; then once more the item, its hash, and the hash of the entry.
QUERY = """
SELECT number, register, key, action, item, item_sha256, time, person, reason, previous_hash, item, item_sha256, hash
FROM entry ORDER BY number"""


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def verify(file: str, expected: str = "") -> tuple[int, str]:
    """Number of entries and the last hash. Raises ValueError at the first entry that was altered."""
    log = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    log.text_factory = lambda content: content.decode("utf-8", "surrogateescape")
    number, head, met = 0, "0" * 64, expected in ("", "0" * 64)
    for *columns, item, item_sha256, entry_hash in log.execute(QUERY):
        number += 1
        if columns[0] != number or columns[-1] != head:
            raise ValueError(f"entry {columns[0]} does not follow on entry {number - 1}")
        text = json.dumps(columns, ensure_ascii=False, separators=(",", ":"))
        if sha256(item) != item_sha256 or sha256(text) != entry_hash:
            raise ValueError(f"entry {number} is not what its hashes say")
        head, met = entry_hash, met or entry_hash == expected
    log.close()
    if not met:
        raise ValueError(f"no entry has the hash {expected}")
    return number, head


if __name__ == "__main__":
    print("{} entries, sound; head {}".format(*verify(*sys.argv[1:])))
