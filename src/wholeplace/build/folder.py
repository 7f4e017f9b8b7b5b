"""The build folder: files named by their content's step, and a manifest that is replaced last and all at once."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

import wholeplace
from wholeplace.errors import WholeplaceError

SCHEMA = "wholeplace.build/1"
MANIFEST = "manifest.json"


#: Names of our own making; whatever else lies in the folder is the user's and is never removed.
_OURS = re.compile(r".+-[0-9a-f]{12}\.(parquet|json|geojson|mbtiles)|.+\.[0-9a-f]{8}\.draft")


class CannotBuildError(WholeplaceError, OSError):
    """A build folder that cannot be written to."""


@dataclass
class BuildFolder:
    """Writes artefacts so that a build that stops half-way leaves the last good one as it was.

    An artefact is written under a name that holds the key of its step; nothing points to it until `commit` replaces the
    manifest. Files that no manifest names any more are removed after that, and by `discard`.
    """

    path: Path

    @property
    def manifest(self) -> dict[str, Any] | None:
        """The manifest of the last good build, or None."""
        try:
            content = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return content if isinstance(content, dict) and content.get("schema") == SCHEMA else None

    def unchanged(self, step: str, key: str) -> dict[str, Any] | None:
        """What the last build says of a step, when its key is the same and its files are there."""
        known = ((self.manifest or {}).get("steps") or {}).get(step)
        if known and known["key"] == key and all((self.path / name).is_file() for name in known["files"].values()):
            return dict(known)
        return None

    def last_frame(self, step: str, name: str) -> pl.DataFrame | None:
        """A Parquet file of a step of the last build by its plain name; None when there is none."""
        files = ((self.manifest or {}).get("steps") or {}).get(step, {}).get("files", {})
        path = self.path / files.get(name, name)
        return pl.read_parquet(path) if name in files and path.is_file() else None

    def write(self, name: str, key: str, put: Callable[[Path], object]) -> str:
        """Let `put` write one file (`values.parquet`) and return the name it got (`values-3f2a….parquet`).

        Raises CannotBuildError when the folder or the file cannot be written.
        """
        stem, dot, suffix = name.partition(".")
        final = f"{stem}-{key[:12]}{dot}{suffix}"
        draft = self.path / f"{final}.{secrets.token_hex(4)}.draft"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            put(draft)
            draft.replace(self.path / final)
        except OSError as error:
            raise self._cannot(error) from None
        finally:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
        return final

    def commit(self, manifest: Mapping[str, Any]) -> None:
        """Make a finished build the current one. Raises CannotBuildError when the manifest cannot be written."""
        body = {
            "schema": SCHEMA,
            "built": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "version": wholeplace.__version__,
            **manifest,
        }
        last = self.manifest or {"steps": {}}
        draft = self.path / f"{MANIFEST}.{secrets.token_hex(4)}.draft"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with draft.open("w", encoding="utf-8") as file:
                json.dump(body, file, ensure_ascii=False, indent=1)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path / MANIFEST)
        except OSError as error:
            raise self._cannot(error) from None
        self._tidy(body, last)  # pages that are being served may still read the files of the last build

    def discard(self) -> None:
        """Remove what an unfinished build has written, so that the folder is as the last good one left it."""
        with contextlib.suppress(OSError):
            self._tidy(self.manifest or {"steps": {}})
            if not any(self.path.iterdir()):
                self.path.rmdir()

    def _tidy(self, *manifests: Mapping[str, Any]) -> None:
        steps = [step for manifest in manifests for step in manifest["steps"].values()]
        kept = {name for step in steps for name in step["files"].values()}
        for path in self.path.iterdir():
            if path.is_file() and path.name not in kept and _OURS.fullmatch(path.name):
                with contextlib.suppress(OSError):  # a file that someone has open goes with the next build
                    path.unlink()

    def _cannot(self, error: OSError) -> CannotBuildError:
        return CannotBuildError(f"cannot write the build in {self.path}: {error.strerror or error}")


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


def code_files() -> list[Path]:
    """The code that computes, and the tables it computes by: everything but pages and commands."""
    root = Path(__file__).parent.parent
    rooms = [folder for folder in root.iterdir() if folder.is_dir() and folder.name != "web"]
    return sorted(path for room in rooms for path in room.rglob("*") if path.suffix in {".py", ".csv"})


def code_digest() -> str:
    """Digest of the code that computes: another version of it makes every step run again."""
    code = hashlib.sha256()
    for path in code_files():
        code.update(path.name.encode() + b"\0" + path.read_bytes())
    return code.hexdigest()
