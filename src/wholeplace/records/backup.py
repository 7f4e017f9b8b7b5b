"""Copy a log away and bring it back, both checked from the first entry to the last."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

from wholeplace.errors import WholeplaceError
from wholeplace.records.log import FILE, Log, connect, has_log, open_log
from wholeplace.records.verify import Verification, verify_log


class BackupError(WholeplaceError, ValueError):
    """A backup that cannot be made or used."""


def backup_log(folder: Path, file: Path) -> Verification:
    """Copy the log of a place into one file, also while it is being written to, and verify the copy."""
    if file.exists():
        raise BackupError(f"{file} is there already; give a backup a name of its own")
    with open_log(folder) as log:
        draft = file.with_name(f"{file.name}.draft")
        draft.unlink(missing_ok=True)
        try:
            _copy(log.connection, draft)
            with closing(connect(draft, read_only=True)) as connection:
                found = verify_log(Log(connection, draft))
            draft.replace(file)
        except sqlite3.Error as error:
            raise BackupError(f"cannot write {file}: {error}") from None
        finally:
            draft.unlink(missing_ok=True)
    return found


def _copy(source: sqlite3.Connection, file: Path) -> None:
    with closing(sqlite3.connect(file)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a journal beside it


def restore_log(folder: Path, file: Path) -> tuple[Verification, Path | None]:
    """Put a backup in the place of a log; the log as it was is kept beside it.

    Raises
    ------
    BackupError
        When the backup is broken; nothing is changed then.
    """
    with closing(connect(file, read_only=True)) as source:
        found = verify_log(Log(source, file))
        if not found.ok:
            told = "\n".join(f"  {problem}" for problem in found.problems)
            raise BackupError(f"{file} is broken and is not restored:\n{told}")
        kept = _keep(folder)
        target = folder / FILE
        target.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(target)) as connection:
            source.backup(connection)  # in one transaction
            connection.execute("PRAGMA journal_mode = WAL")
    return found, kept


def _keep(folder: Path) -> Path | None:
    """Copy the present log aside; None when there is none."""
    if not has_log(folder):
        return None
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%fZ")
    kept = (folder / FILE).with_name(f"records-before-restore-{stamp}.sqlite3")
    with closing(sqlite3.connect(folder / FILE)) as present:
        _copy(present, kept)
    return kept
