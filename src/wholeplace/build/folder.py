"""The build folder: files named by their content's step, and a manifest that is replaced last and all at once."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import wholeplace

SCHEMA = "wholeplace.build/1"
MANIFEST = "manifest.json"


@dataclass
class BuildFolder:
    """Writes artefacts so that a build that stops half-way leaves the last good one as it was.

    An artefact is written under a name that holds the key of its step; nothing points to it until `commit` replaces the
    manifest. Files that no manifest names any more are removed after that.
    """

    path: Path

    @property
    def manifest(self) -> dict[str, Any] | None:
        """The manifest of the last good build, or None."""
        try:
            content: dict[str, Any] = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return content if content.get("schema") == SCHEMA else None

    def unchanged(self, step: str, key: str) -> dict[str, Any] | None:
        """What the last build says of a step, when its key is the same and its files are there."""
        known = ((self.manifest or {}).get("steps") or {}).get(step)
        if known and known["key"] == key and all((self.path / name).is_file() for name in known["files"].values()):
            return dict(known)
        return None

    def write(self, name: str, key: str, put: Callable[[Path], object]) -> str:
        """Let `put` write one file (`values.parquet`) and return the name it got (`values-3f2a….parquet`)."""
        stem, dot, suffix = name.partition(".")
        final = f"{stem}-{key[:12]}{dot}{suffix}"
        self.path.mkdir(parents=True, exist_ok=True)
        draft = self.path / f"{final}.{secrets.token_hex(4)}.draft"
        try:
            put(draft)
            draft.replace(self.path / final)
        finally:
            draft.unlink(missing_ok=True)
        return final

    def commit(self, manifest: Mapping[str, Any]) -> None:
        """Make a finished build the current one."""
        body = {
            "schema": SCHEMA,
            "built": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "version": wholeplace.__version__,
            **manifest,
        }
        draft = self.path / f"{MANIFEST}.{secrets.token_hex(4)}.draft"
        self.path.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8") as file:
            json.dump(body, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path / MANIFEST)
        self._tidy(body)

    def _tidy(self, manifest: Mapping[str, Any]) -> None:
        kept = {name for step in manifest["steps"].values() for name in step["files"].values()} | {MANIFEST}
        for path in self.path.iterdir():
            if path.is_file() and path.name not in kept:
                path.unlink(missing_ok=True)


def digest_files(files: Iterable[tuple[str, Path]]) -> dict[str, str]:
    """SHA-256 of each file by the name place.toml gives it; a file that is not there has the digest ""."""
    return {name: _digest(path) for name, path in files}


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def step_key(*parts: object) -> str:
    """A key that changes when any of the inputs of a step does."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def code_digest() -> str:
    """Digest of the code that computes: another version of it makes every step run again."""
    root = Path(__file__).parent.parent
    code = hashlib.sha256()
    for folder in ("place", "measure", "build"):
        for path in sorted((root / folder).glob("*.py")):
            code.update(path.name.encode() + b"\0" + path.read_bytes())
    return code.hexdigest()
