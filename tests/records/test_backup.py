"""Backups: made while an import runs, restored whole or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.commands import run, snapshot
from tests.records.small import SUPPLIERS, SYSTEMS, entries, held, make_place, take_in, tamper, write_register

from wholeplace.records.backup import BackupError, backup_log, restore_log
from wholeplace.records.log import FILE, Change, Log, connect, open_log
from wholeplace.records.verify import verify_log


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = make_place(tmp_path / "testham", suppliers=SUPPLIERS, systems=SYSTEMS)
    take_in(folder)
    return folder


def test_a_backup_brings_the_log_back_with_its_personal_values(
    place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before, then = entries(place), held(place)
    assert run(capfd, "records", "backup", place, tmp_path / "march.sqlite3").code == 0
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["march.sqlite3"]  # one file, nothing beside
    write_register(place, "systems", SYSTEMS.replace("E-mail", "Mail"))
    take_in(place)
    later = entries(place)
    said = run(capfd, "records", "restore", place, tmp_path / "march.sqlite3")
    assert said.code == 0
    assert (entries(place), held(place)) == (before, then)
    [kept] = (place / ".wholeplace").glob("records-before-restore-*.sqlite3")
    assert kept.name in said.out
    with closing(connect(kept, read_only=True)) as connection:
        assert list(Log(connection, kept).entries()) == later
    with closing(sqlite3.connect(place / FILE)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute("DELETE FROM entry")  # the triggers are there again
    take_in(place)
    assert len(entries(place)) == 5


def test_a_backup_into_a_place_without_a_log(place: Path, tmp_path: Path) -> None:
    backup_log(place, tmp_path / "b.sqlite3")
    other = make_place(tmp_path / "other")
    found, kept = restore_log(other, tmp_path / "b.sqlite3")
    assert (found.entries, kept) == (4, None)
    assert held(other) == held(place)


def test_a_backup_does_not_write_over_a_file(place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "b.sqlite3").write_text("something else")
    assert run(capfd, "records", "backup", place, tmp_path / "b.sqlite3").code == 1
    assert (tmp_path / "b.sqlite3").read_text() == "something else"
    said = run(capfd, "records", "backup", place, tmp_path / "nowhere" / "b.sqlite3")
    assert (said.code, said.plain()) == (1, True)


def test_a_broken_backup_is_not_restored(place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    backup_log(place, tmp_path / "b.sqlite3")
    tamper(place, "UPDATE entry SET reason = 'Other' WHERE number = 2", file=tmp_path / "b.sqlite3")
    before = snapshot(place)
    said = run(capfd, "records", "restore", place, tmp_path / "b.sqlite3")
    assert said.code == 1
    assert "entry 2: its hash is not that of its columns" in said.err
    (tmp_path / "c.sqlite3").write_text("no log at all")
    said = run(capfd, "records", "restore", place, tmp_path / "c.sqlite3")
    assert (said.code, said.plain()) == (1, True)
    assert snapshot(place) == before


def test_a_damaged_log_is_replaced_and_kept(place: Path, tmp_path: Path) -> None:
    before = entries(place)
    backup_log(place, tmp_path / "b.sqlite3")
    (place / FILE).write_bytes(b"no database any more" * 1000)
    _, kept = restore_log(place, tmp_path / "b.sqlite3")
    assert entries(place) == before
    assert kept is not None
    assert kept.read_bytes() == b"no database any more" * 1000


def test_an_altered_log_is_replaced_and_kept(place: Path, tmp_path: Path) -> None:
    backup_log(place, tmp_path / "b.sqlite3")
    tamper(place, "UPDATE entry SET reason = 'Other' WHERE number = 2")
    _, kept = restore_log(place, tmp_path / "b.sqlite3")
    assert kept is not None
    with open_log(place) as log:
        assert verify_log(log).ok
    with closing(connect(kept, read_only=True)) as connection:
        assert not verify_log(Log(connection, kept)).ok


def add_slowly(log: Log) -> None:
    change = Change("suppliers", "cord", {"id": "cord"})
    log.append([change], time="2026-01-01T00:00:00.000000Z", person="Pat", reason="Test")


def test_a_backup_while_an_import_runs_has_all_before_it_and_nothing_of_it(place: Path, tmp_path: Path) -> None:
    with open_log(place, write=True) as log, log.transaction():
        add_slowly(log)
        assert backup_log(place, tmp_path / "b.sqlite3").entries == 4
    assert backup_log(place, tmp_path / "c.sqlite3").entries == 5


def test_a_restore_waits_for_an_import_and_keeps_what_it_added(place: Path, tmp_path: Path) -> None:
    import threading

    backup_log(place, tmp_path / "b.sqlite3")
    done: list[Path | None] = []
    restoring = threading.Thread(target=lambda: done.append(restore_log(place, tmp_path / "b.sqlite3")[1]))
    with open_log(place, write=True) as log:
        with log.transaction():
            add_slowly(log)
            restoring.start()
            restoring.join(timeout=0.5)
            assert restoring.is_alive()  # it waits
        restoring.join(timeout=30)
    [kept] = done
    assert kept is not None
    assert len(entries(place)) == 4
    with closing(connect(kept, read_only=True)) as connection:
        assert [entry.key for entry in Log(connection, kept).entries()][-1] == "cord"  # no acknowledged entry is lost


def test_nothing_is_changed_when_the_backup_is_missing(place: Path, tmp_path: Path) -> None:
    with pytest.raises((BackupError, OSError)):
        restore_log(place, tmp_path / "nowhere.sqlite3")
    assert len(entries(place)) == 4
