"""Copy a log away and bring it back, both checked from the first entry to the last."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

from wholeplace.errors import WholeplaceError
from wholeplace.records.log import FILE, Log, LogError, connect, has_log, make_tables, open_log
from wholeplace.records.verify import Verification, verify_log


class BackupError(WholeplaceError, ValueError):
    """A backup that cannot be made or used."""


def backup_log(folder: Path, file: Path) -> Verification:
    """Copy the log of a place into one file, also while it is being written to, and verify the copy.

    Raises
    ------
    BackupError
        When the file is there already or cannot be written.
    """
    if file.exists():
        raise BackupError(f"{file} is there already; give a backup a name of its own")
    with open_log(folder) as log:
        draft = file.with_name(f"{file.name}.draft")
        try:
            draft.unlink(missing_ok=True)
            _copy(log.connection, draft)
            with closing(connect(draft, read_only=True)) as connection:
                found = verify_log(Log(connection, draft))
            draft.replace(file)
        except (sqlite3.Error, OSError) as error:
            raise BackupError(f"cannot write {file}: {error}") from None
        finally:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
    return found


def _copy(source: sqlite3.Connection, file: Path) -> None:
    with closing(sqlite3.connect(file)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a journal beside it


def restore_log(folder: Path, file: Path) -> tuple[Verification, Path | None]:
    """Put a backup in the place of a log; the log as it was is kept beside it.

    An import that runs meanwhile is either in what is kept, or made on top of the backup.

    Raises
    ------
    BackupError
        When the backup is broken; nothing is changed then.
    LogError
        When the file is no log, or the log of the place cannot be written.
    """
    with closing(connect(file, read_only=True)) as source:
        found = verify_log(Log(source, file))
        if not found.ok:
            told = "\n".join(f"  {problem}" for problem in found.problems)
            raise BackupError(f"{file} is broken and is not restored:\n{told}")
    kept = (folder / FILE).with_name(f"records-before-restore-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S%fZ}.sqlite3")
    had_one = has_log(folder)
    if had_one and not _is_readable(folder / FILE):
        _move(folder / FILE, kept)
    with open_log(folder, create=True) as log:
        # Attached outside the transaction, as SQLite wants it.
        log.connection.execute("ATTACH ? AS backup", (str(file),))
        with log.transaction():
            if had_one and not kept.exists():
                with open_log(folder) as present:  # what others have written, up to here; nobody writes any more
                    _copy(present.connection, kept)
            for table in ("personal", "entry"):
                log.connection.execute(f"DROP TABLE {table}")
            make_tables(log.connection)
            for table in ("entry", "personal"):
                log.connection.execute(f"INSERT INTO {table} SELECT * FROM backup.{table} ORDER BY 1")  # noqa: S608
        log.connection.execute("DETACH backup")
    return found, kept if had_one else None


def _is_readable(path: Path) -> bool:
    """Whether a file is a log that SQLite can read through, altered or not."""
    try:
        with closing(connect(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except (LogError, sqlite3.Error):
        return False


def _move(path: Path, kept: Path) -> None:
    """Move a damaged log and its journal aside."""
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.replace(kept.with_name(kept.name + ending))
