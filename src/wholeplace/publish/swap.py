"""Put a finished folder in the place of another, so that nobody ever finds a half-written one."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wholeplace.publish.earlier import MARK
from wholeplace.publish.pages import CannotPublishError

#: So many files that are not ours are named.
_NAMED = 10


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new folder beside `target` to write into; it takes the place of `target` when all has gone well.

    Raises CannotPublishError when `target` is a file, or holds what `wholeplace publish` did not write.
    """
    target = target.resolve()
    _take_back(target)
    _refuse(target)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.draft")
    try:
        draft.mkdir(parents=True)
        yield draft
        _swap(draft, target)
    except OSError as error:
        raise CannotPublishError(f"cannot write {target}: {error.strerror or error}; nothing is published") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _refuse(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise CannotPublishError(f"{target} is a file; name a folder that is new, empty, or made by this command")
    strange = _strange(target) if target.is_dir() else []
    if strange:
        more = f" and {len(strange) - _NAMED:,} more" if len(strange) > _NAMED else ""
        raise CannotPublishError(
            f"{target} holds files that `wholeplace publish` did not write, and would take away: "
            f"{', '.join(strange[:_NAMED])}{more}; move them, or name a folder that is new, empty, or made by this "
            "command"
        )


def _strange(target: Path) -> list[str]:
    """Files of a folder that no release of ours has put there."""
    try:
        ours = {MARK, *json.loads((target / MARK).read_text(encoding="utf-8"))["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        ours = set()
    files = (path.relative_to(target).as_posix() for path in target.rglob("*") if not path.is_dir())
    return sorted(file for file in files if file not in ours)


def _swap(draft: Path, target: Path) -> None:
    if not target.exists():
        draft.rename(target)
        return
    old = target.with_name(f".{target.name}.{secrets.token_hex(4)}.old")
    target.rename(old)
    try:
        draft.rename(target)
    except BaseException:
        os.rename(old, target)  # noqa: PTH104 (a rename of ours back, whatever a test has put in place of Path.rename)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _take_back(target: Path) -> None:
    """Tidy up after a run that was killed: the old folder comes back if it was on its way out, drafts go."""
    with contextlib.suppress(OSError):
        for left in sorted(target.parent.glob(f".{target.name}.????????.old")):
            if target.exists():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.rename(target)
        for draft in target.parent.glob(f".{target.name}.????????.draft"):
            shutil.rmtree(draft, ignore_errors=True)
